//! What the document says of a photo: which sealed chunks, in which order, and what they must add up to.

use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::chunk::CHUNK;
use crate::limits::Limits;
use crate::prepare::{LONG_SIDE, Prepared};

/// Longest canonical encoding of an [`Attachment`] in bytes: 128 ids of 34 bytes, and the rest.
pub const RECORD_BYTES: usize = 4_608;

/// What a photo shows. Asked before the camera opens (`field-work.md` 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A wall, a register, a meal: nobody who could be known by it.
    Thing,
    /// Somebody, or a part of somebody. Only in an interview, and only with that person's consent.
    Person,
}

/// Why an attachment is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttachmentError {
    /// Not the canonical encoding, or longer than [`RECORD_BYTES`].
    #[error("not-canonical")]
    NotCanonical,
    /// The number of chunks does not fit the length, or one chunk stands twice.
    #[error("chunks-do-not-fit")]
    Chunks,
    /// A length or a side of 0, or above what a prepared photo can have.
    #[error("size-refused")]
    Size,
}

/// A photo as a document names it. Who holds the document can tell whether the chunks are all there, in order and unchanged.
///
/// The caption stays in the document beside it. The hash is one of plaintext: an attachment stands inside sealed records
/// alone, for outside it would tell whoever has the photo that it is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    chunks: Vec<[u8; 32]>,
    hash: [u8; 32],
    length: u32,
    width: u32,
    height: u32,
    subject: Subject,
}

impl Attachment {
    /// The attachment for a photo whose chunks were sealed.
    ///
    /// * `chunks`: ids of the sealed chunks, in the order of [`crate::chunks`].
    ///
    /// # Errors
    /// [`AttachmentError`] if the ids are not one for each chunk.
    pub fn new(
        photo: &Prepared,
        chunks: Vec<[u8; 32]>,
        subject: Subject,
    ) -> Result<Self, AttachmentError> {
        let hash = *blake3::hash(photo.jpeg()).as_bytes();
        let length = u32::try_from(photo.jpeg().len()).map_err(|_| AttachmentError::Size)?;
        let (width, height) = (photo.width(), photo.height());
        Self {
            chunks,
            hash,
            length,
            width,
            height,
            subject,
        }
        .checked()
    }

    /// Reads one attachment.
    ///
    /// # Errors
    /// [`AttachmentError`] for anything but the canonical encoding of a possible attachment.
    pub fn parse(bytes: &[u8]) -> Result<Self, AttachmentError> {
        if bytes.len() > RECORD_BYTES {
            return Err(AttachmentError::NotCanonical);
        }
        let read: Self = minicbor::decode(bytes).map_err(|_| AttachmentError::NotCanonical)?;
        // One value, one encoding: two readers can never see two things in one byte string.
        if read.to_bytes() == bytes {
            read.checked()
        } else {
            Err(AttachmentError::NotCanonical)
        }
    }

    /// The canonical encoding: the CBOR array `[version 1, chunk ids, hash, length, width, height, subject]`, definite
    /// lengths, shortest integers, ids and hash as byte strings, subject 0 for a thing and 1 for a person.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match minicbor::encode(self, &mut bytes) {
            Ok(()) => bytes,
            // Writing to a Vec cannot fail and nothing here refuses to be written.
            Err(_) => unreachable!("a Vec takes every write"),
        }
    }

    /// Whether these bytes, the opened chunks joined in order, are the photo.
    #[must_use]
    pub fn is_of(&self, jpeg: &[u8]) -> bool {
        u32::try_from(jpeg.len()) == Ok(self.length) && blake3::hash(jpeg) == self.hash
    }

    /// Ids of the sealed chunks in order.
    #[must_use]
    pub fn chunks(&self) -> &[[u8; 32]] {
        &self.chunks
    }

    /// BLAKE3 of the photo's bytes before sealing.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Length of the photo in bytes before sealing.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// Width and height in pixels.
    #[must_use]
    pub const fn sides(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// What the photo shows.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    fn checked(self) -> Result<Self, AttachmentError> {
        let length = usize::try_from(self.length).map_err(|_| AttachmentError::Size)?;
        let side = 1..=LONG_SIDE;
        let sides = side.contains(&self.width) && side.contains(&self.height);
        if length == 0 || length > Limits::default().file_bytes || !sides {
            return Err(AttachmentError::Size);
        }
        let mut distinct = self.chunks.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if self.chunks.len() == length.div_ceil(CHUNK) && distinct.len() == self.chunks.len() {
            Ok(self)
        } else {
            Err(AttachmentError::Chunks)
        }
    }
}

const VERSION: u8 = 1;

impl<C> Encode<C> for Attachment {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let count = u64::try_from(self.chunks.len()).unwrap_or(u64::MAX);
        e.array(7)?.u8(VERSION)?.array(count)?;
        for id in &self.chunks {
            e.bytes(id)?;
        }
        e.bytes(&self.hash)?
            .u32(self.length)?
            .u32(self.width)?
            .u32(self.height)?;
        let subject = match self.subject {
            Subject::Thing => 0,
            Subject::Person => 1,
        };
        e.u8(subject)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Attachment {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let refused = minicbor::decode::Error::message;
        if d.array()? != Some(7) || d.u8()? != VERSION {
            return Err(refused("not an attachment of this version"));
        }
        let hash32 = |d: &mut Decoder<'b>| {
            let bytes = d.bytes()?;
            <[u8; 32]>::try_from(bytes).map_err(|_| refused("hash of another length"))
        };
        // Nothing is allocated for a stated count: a list grows by what is there.
        let count = d
            .array()?
            .ok_or_else(|| refused("list without its length"))?;
        let mut chunks = Vec::new();
        for _ in 0..count {
            chunks.push(hash32(d)?);
        }
        let hash = hash32(d)?;
        let (length, width, height) = (d.u32()?, d.u32()?, d.u32()?);
        let subject = match d.u8()? {
            0 => Subject::Thing,
            1 => Subject::Person,
            _ => return Err(refused("unknown subject")),
        };
        Ok(Self {
            chunks,
            hash,
            length,
            width,
            height,
            subject,
        })
    }
}

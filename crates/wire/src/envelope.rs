//! The outside of a sealed thing: 79 bytes in clear, then ciphertext (`docs/formats/envelope.md`).
//!
//! ```text
//! magic "SNIM" 4 | version 1 | algorithm 1 | mailbox id 16 | kind 1 | nonce 24 | key commitment 32 | ciphertext
//! ```
//!
//! Nothing else stands in clear: no author, no document, no epoch (protocol.md 2).

use crate::{EnvelopeId, MailboxId, caps};

/// First bytes of every envelope.
pub const MAGIC: [u8; 4] = *b"SNIM";
/// The format version this crate reads and writes.
pub const VERSION: u8 = 1;
/// XChaCha20-Poly1305 with a BLAKE3 key commitment.
pub const ALG_XCHACHA: u8 = 1;
/// Length of the part in clear.
pub const HEADER: usize = 4 + 1 + 1 + 16 + 1 + 24 + 32;
/// Length of the Poly1305 tag at the end of the ciphertext.
pub const TAG: usize = 16;

/// What an envelope is for. The number stands in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// What one device says about one document.
    Record = 1,
    /// One photo chunk.
    Chunk = 3,
    /// An entry of the roster that gives power: appended only by compare-and-append.
    RosterEntry = 4,
    /// A roster statement that takes power away: appended by any admin, in any order.
    Removal = 5,
}

impl Kind {
    const fn parse(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Record),
            3 => Some(Self::Chunk),
            4 => Some(Self::RosterEntry),
            5 => Some(Self::Removal),
            _ => None,
        }
    }

    /// The longest envelope of this kind.
    #[must_use]
    pub const fn cap(self) -> usize {
        match self {
            Self::Record => caps::ENVELOPE,
            Self::Chunk => caps::CHUNK_SEALED,
            Self::RosterEntry | Self::Removal => 4 * caps::ROSTER_ENTRY,
        }
    }
}

/// The part of an envelope that anyone may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The log it is for.
    pub mailbox: MailboxId,
    /// What it is.
    pub kind: Kind,
    /// Random, never derived from the plaintext.
    pub nonce: [u8; 24],
    /// Commits to the key, so that one ciphertext cannot be opened as two things under two keys.
    pub key_commitment: [u8; 32],
}

/// Why bytes are not an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Shorter than header and tag, or longer than its kind may be.
    #[error("envelope-length")]
    Length,
    /// Does not begin with `SNIM`.
    #[error("envelope-magic")]
    Magic,
    /// A version or algorithm that is not on the allow-list; an older one is never accepted again.
    #[error("envelope-version")]
    Version,
    /// A kind this version does not know.
    #[error("envelope-kind")]
    Kind,
}

impl Header {
    /// The 79 bytes in clear.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let parts: [&[u8]; 7] = [
            &MAGIC,
            &[VERSION],
            &[ALG_XCHACHA],
            self.mailbox.as_bytes(),
            &[self.kind as u8],
            &self.nonce,
            &self.key_commitment,
        ];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }

    /// Splits an envelope into its header and its ciphertext. The length is checked before anything is read.
    ///
    /// # Errors
    /// [`EnvelopeError`], in the order of protocol.md 5: length, magic, version, kind.
    pub fn parse(envelope: &[u8]) -> Result<(Self, &[u8]), EnvelopeError> {
        if envelope.len() < HEADER + TAG || envelope.len() > caps::ENVELOPE {
            return Err(EnvelopeError::Length);
        }
        let (head, ciphertext) = envelope.split_at(HEADER);
        let mut rest = head;
        if take::<4>(&mut rest)? != MAGIC {
            return Err(EnvelopeError::Magic);
        }
        if take::<2>(&mut rest)? != [VERSION, ALG_XCHACHA] {
            return Err(EnvelopeError::Version);
        }
        let mailbox = MailboxId::from_bytes(take(&mut rest)?);
        let [kind] = take(&mut rest)?;
        let kind = Kind::parse(kind).ok_or(EnvelopeError::Kind)?;
        if envelope.len() > kind.cap() {
            return Err(EnvelopeError::Length);
        }
        let header = Self {
            mailbox,
            kind,
            nonce: take(&mut rest)?,
            key_commitment: take(&mut rest)?,
        };
        Ok((header, ciphertext))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], EnvelopeError> {
    let (taken, left) = rest.split_first_chunk().ok_or(EnvelopeError::Length)?;
    *rest = left;
    Ok(*taken)
}

/// The id of an envelope or keybox: BLAKE3-256 of its bytes. A repeat has the same id and is harmless.
#[must_use]
pub fn id_of(bytes: &[u8]) -> EnvelopeId {
    EnvelopeId::from_bytes(*blake3::hash(bytes).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let header = Header {
            mailbox: MailboxId::from_bytes([7; 16]),
            kind: Kind::Record,
            nonce: [1; 24],
            key_commitment: [2; 32],
        };
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(&[9; 40]);
        bytes
    }

    #[test]
    fn header_round_trips() {
        let bytes = sample();
        let (header, ciphertext) = Header::parse(&bytes).unwrap();
        assert_eq!(header.to_bytes(), bytes[..HEADER]);
        assert_eq!(ciphertext, [9; 40]);
    }

    #[test]
    fn each_fault_has_its_error() {
        let damaged = |at: usize| {
            let mut bytes = sample();
            bytes[at] ^= 0x40;
            Header::parse(&bytes).map(|_| ())
        };
        assert_eq!(
            Header::parse(&sample()[..HEADER + TAG - 1]).map(|_| ()),
            Err(EnvelopeError::Length)
        );
        assert_eq!(damaged(0), Err(EnvelopeError::Magic));
        assert_eq!(damaged(4), Err(EnvelopeError::Version));
        assert_eq!(damaged(5), Err(EnvelopeError::Version));
        assert_eq!(damaged(22), Err(EnvelopeError::Kind));
        assert_eq!(
            Header::parse(&vec![0; caps::ENVELOPE + 1]).map(|_| ()),
            Err(EnvelopeError::Length)
        );
    }
}

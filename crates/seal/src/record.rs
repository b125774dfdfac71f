//! What one device says about one document (`docs/formats/record.md`): sealing, opening, and the proof of its author.

use rand_core::CryptoRng;
use senim_ids::{
    ActHash, ChangeHash, CodedError, DeviceId, DocId, ErrorCode, OrgId, RecordHash, UnixMillis,
};
use senim_wire::cbor::{self, Bytes};
use senim_wire::envelope::{Kind, id_of};
use senim_wire::{EnvelopeId, MailboxId, caps};
use zeroize::Zeroizing;

use crate::act::Act;
use crate::change::change_hash;
use crate::envelope::{OpenError, SealError, open, seal};
use crate::keys::{SignKey, id_of_sign_key};
use crate::label::{Label, RECORD_HASH, derive};
use crate::secret::{DeviceSecrets, DocKey};

mod head;
mod payload;

use head::RawHead;
pub use head::RecordHead;

/// What a device is about to say.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordDraft<'a> {
    /// The organisation.
    pub org: OrgId,
    /// The document.
    pub doc: DocId,
    /// The log of the document's epoch.
    pub mailbox: MailboxId,
    /// The document's epoch.
    pub epoch: u64,
    /// From 1, over all documents of the device; always rising, gaps are normal.
    pub device_seq: u64,
    /// From 1, in this document; without gaps.
    pub doc_seq: u64,
    /// Record hash of `doc_seq - 1`; `None` for the first.
    pub prev: Option<RecordHash>,
    /// The highest roster entry the device knows; never falls along a device's records.
    pub roster_seq: u64,
    /// One uncompressed automerge change, at most [`caps::CHANGE`] bytes.
    pub change: Option<&'a [u8]>,
    /// Canonical bytes of acts, at most [`caps::RECORD_ACTS`].
    pub acts: &'a [Vec<u8>],
    /// Other devices' highest `device_seq` that this device has; at most 64.
    pub seen: &'a [(DeviceId, u64)],
    /// The device's clock.
    pub wall_ms: UnixMillis,
    /// At most 32 bytes.
    pub app_version: &'a str,
}

impl std::fmt::Debug for RecordDraft<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "RecordDraft({:?}, device_seq {})",
            self.doc, self.device_seq
        )
    }
}

/// Why a draft cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealRecordError {
    /// Counters, `prev`, `seen`, an act or the version text break a rule of `docs/formats/record.md`.
    #[error("record-head")]
    Head,
    /// The change is not one uncompressed chunk, or over its cap.
    #[error("record-change")]
    Change,
    /// The sealed record would be over [`caps::ENVELOPE`].
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl CodedError for SealRecordError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Head => ErrorCode::Internal,
            Self::Change | Self::Seal(_) => ErrorCode::TooLong,
        }
    }
}

/// A record as it is sent: these bytes are kept and sent again unchanged.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedRecord {
    /// The envelope.
    pub envelope: Vec<u8>,
    /// BLAKE3 of the envelope.
    pub id: EnvelopeId,
    /// What the record says, whatever key it is sealed under; the `prev` of the next.
    pub record_hash: RecordHash,
}

impl std::fmt::Debug for SealedRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SealedRecord({:?}, {} bytes)",
            self.record_hash,
            self.envelope.len()
        )
    }
}

/// Signs and seals a record.
///
/// # Errors
/// [`SealRecordError`]; nothing was written.
pub fn seal_record(
    draft: &RecordDraft<'_>,
    author: &DeviceSecrets,
    key: &DocKey,
    rng: &mut impl CryptoRng,
) -> Result<SealedRecord, SealRecordError> {
    let (changes, payload) = match draft.change {
        Some(change) if change.len() <= caps::CHANGE => {
            let hash = change_hash(change).map_err(|_| SealRecordError::Change)?;
            (
                vec![hash],
                payload::compress(change).map_err(|_| SealRecordError::Change)?,
            )
        }
        Some(_) => return Err(SealRecordError::Change),
        None => (Vec::new(), Zeroizing::default()),
    };
    let raw = RawHead {
        version: 1,
        org: draft.org,
        doc: draft.doc,
        mailbox: draft.mailbox,
        kind: Kind::Record as u8,
        epoch: draft.epoch,
        device: author.device_id(),
        device_seq: draft.device_seq,
        doc_seq: draft.doc_seq,
        prev: draft.prev,
        roster_seq: draft.roster_seq,
        changes,
        acts: draft.acts.iter().cloned().map(Bytes::from).collect(),
        seen: draft.seen.to_vec(),
        wall_ms: draft.wall_ms,
        app_version: draft.app_version.to_owned(),
    };
    let bytes = Zeroizing::new(cbor::to_vec(&raw));
    let (head, acts) = raw.check().ok_or(SealRecordError::Head)?;
    let content = content(&author.sign_as(Label::Record, &bytes), &bytes, &payload)
        .ok_or(SealRecordError::Seal(SealError::TooLarge))?;
    let envelope = seal(&content, Kind::Record, draft.mailbox, key, draft.org, rng)?;
    let hashes: Vec<ActHash> = acts.iter().map(|(hash, _)| *hash).collect();
    let record_hash = record_hash(&head, &hashes);
    Ok(SealedRecord {
        id: id_of(&envelope),
        envelope,
        record_hash,
    })
}

fn content(signature: &[u8; 64], head: &[u8], payload: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = u32::try_from(head.len()).ok()?.to_be_bytes();
    Some(Zeroizing::new(
        [signature.as_slice(), &length, head, payload].concat(),
    ))
}

/// What a record says, apart from epoch, mailbox and wall time: the same under every key it is sealed with.
#[must_use]
pub fn record_hash(head: &RecordHead, acts: &[ActHash]) -> RecordHash {
    let said = (
        head.org,
        head.doc,
        head.device,
        head.device_seq,
        head.doc_seq,
        head.prev,
        head.change.as_slice(),
        acts,
    );
    RecordHash::from_bytes(derive(RECORD_HASH, &cbor::to_vec(&said)))
}

/// Why an envelope does not open as a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenRecordError {
    /// The envelope does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An envelope of another kind.
    #[error("record-kind")]
    Kind,
    /// Sealed for another log than the one it was found in.
    #[error("record-mailbox")]
    Mailbox,
    /// The head is not canonical, breaks a rule of its fields, or has a version this app does not know.
    #[error("record-head")]
    Head,
    /// Organisation, log or kind inside are not those outside.
    #[error("record-outside")]
    Outside,
}

impl CodedError for OpenRecordError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unreadable
    }
}

/// A record whose author has not been checked: it tells who to look up, nothing else may be believed.
pub struct OpenedRecord {
    head: RecordHead,
    acts: Vec<(ActHash, Act)>,
    signature: [u8; 64],
    head_bytes: Zeroizing<Vec<u8>>,
    payload: Zeroizing<Vec<u8>>,
}

/// Opens a record that was found in the log `mailbox`.
///
/// # Errors
/// [`OpenRecordError`].
pub fn open_record(
    envelope: &[u8],
    key: &DocKey,
    org: OrgId,
    mailbox: MailboxId,
) -> Result<OpenedRecord, OpenRecordError> {
    let opened = open(envelope, key, org)?;
    if opened.header().kind != Kind::Record {
        return Err(OpenRecordError::Kind);
    }
    if opened.header().mailbox != mailbox {
        return Err(OpenRecordError::Mailbox);
    }
    let (signature, head_bytes, payload) = split(opened.content()).ok_or(OpenRecordError::Head)?;
    let raw: RawHead =
        cbor::parse(head_bytes, caps::ENVELOPE).map_err(|_| OpenRecordError::Head)?;
    if raw.org != org || raw.mailbox != mailbox || raw.kind != Kind::Record as u8 {
        return Err(OpenRecordError::Outside);
    }
    let (head, acts) = raw.check().ok_or(OpenRecordError::Head)?;
    if head.change.is_empty() != payload.is_empty() {
        return Err(OpenRecordError::Head);
    }
    Ok(OpenedRecord {
        head,
        acts,
        signature: *signature,
        head_bytes: Zeroizing::new(head_bytes.to_vec()),
        payload: Zeroizing::new(payload.to_vec()),
    })
}

fn split(content: &[u8]) -> Option<(&[u8; 64], &[u8], &[u8])> {
    let (signature, rest) = content.split_first_chunk::<64>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (head, payload) = rest.split_at_checked(length)?;
    Some((signature, head, payload))
}

/// Why a record is not its author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyRecordError {
    /// The key is not that of the device named in the head.
    #[error("record-author")]
    Author,
    /// The signature is not that key's.
    #[error("record-signature")]
    Signature,
    /// The payload does not decompress to the signed change, or is over [`caps::CHANGE`].
    #[error("record-payload")]
    Payload,
}

impl CodedError for VerifyRecordError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unreadable
    }
}

impl OpenedRecord {
    /// The device to look up in the roster before [`Self::verify`].
    #[must_use]
    pub const fn claimed_device(&self) -> DeviceId {
        self.head.device
    }

    /// The highest roster entry the author claims to know: with an older roster, fetch first.
    #[must_use]
    pub const fn claimed_roster_seq(&self) -> u64 {
        self.head.roster_seq
    }

    /// The document it claims to be about.
    #[must_use]
    pub const fn claimed_doc(&self) -> DocId {
        self.head.doc
    }

    /// Checks the author, then opens the payload.
    ///
    /// * `author`: the `sign` key that the roster gives for [`Self::claimed_device`].
    ///
    /// # Errors
    /// [`VerifyRecordError`].
    pub fn verify(self, author: &SignKey) -> Result<VerifiedRecord, VerifyRecordError> {
        if id_of_sign_key(author) != self.head.device {
            return Err(VerifyRecordError::Author);
        }
        if !author.verifies(Label::Record, &self.head_bytes, &self.signature) {
            return Err(VerifyRecordError::Signature);
        }
        let change = match self.head.change.first() {
            Some(named) => Some(open_payload(&self.payload, named)?),
            None => None,
        };
        let hashes: Vec<ActHash> = self.acts.iter().map(|(hash, _)| *hash).collect();
        let record_hash = record_hash(&self.head, &hashes);
        Ok(VerifiedRecord {
            head: self.head,
            acts: self.acts,
            change,
            record_hash,
        })
    }
}

fn open_payload(
    payload: &[u8],
    named: &ChangeHash,
) -> Result<Zeroizing<Vec<u8>>, VerifyRecordError> {
    let change =
        payload::decompress(payload, caps::CHANGE).map_err(|_| VerifyRecordError::Payload)?;
    if change_hash(&change).as_ref() == Ok(named) {
        Ok(change)
    } else {
        Err(VerifyRecordError::Payload)
    }
}

impl std::fmt::Debug for OpenedRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedRecord(unverified, {:?})", self.head.device)
    }
}

/// A record that its author signed. Whether the author may say it is for the roster and the acts to tell.
pub struct VerifiedRecord {
    head: RecordHead,
    acts: Vec<(ActHash, Act)>,
    change: Option<Zeroizing<Vec<u8>>>,
    record_hash: RecordHash,
}

impl VerifiedRecord {
    /// The signed head.
    #[must_use]
    pub const fn head(&self) -> &RecordHead {
        &self.head
    }

    /// The uncompressed bytes of the change, if there is one; its hash is the signed one.
    #[must_use]
    pub fn change(&self) -> Option<&[u8]> {
        self.change.as_ref().map(|bytes| bytes.as_slice())
    }

    /// The acts in their order, each with its hash.
    #[must_use]
    pub fn acts(&self) -> &[(ActHash, Act)] {
        &self.acts
    }

    /// What the record says, whatever key it came under.
    #[must_use]
    pub const fn record_hash(&self) -> RecordHash {
        self.record_hash
    }
}

impl std::fmt::Debug for VerifiedRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "VerifiedRecord({:?}, {:?})",
            self.head.device, self.record_hash
        )
    }
}

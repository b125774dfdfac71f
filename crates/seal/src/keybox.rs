//! Handing document keys to devices (`docs/formats/keybox.md`).

use std::io::{Cursor, Read};

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use senim_ids::{CodedError, DeviceId, DocId, DocKind, ErrorCode, OrgId, UnixMillis};
use senim_wire::{MailboxId, caps, cbor};
use zeroize::{Zeroize, Zeroizing};

use crate::agefile::{self, Tried};
use crate::keys::{EncKey, SignKey, id_of_sign_key};
use crate::label::Label;
use crate::padding::{pad, unpad};
use crate::secret::{DeviceSecrets, DocKey};

/// Parents that one epoch may name.
const PARENTS: usize = 64;

/// The key of one epoch of one document, and who else was given it.
pub struct KeyboxRow {
    /// The document; `None` for an epoch of the roster log.
    pub doc: Option<DocId>,
    /// Its kind; `None` for the roster log.
    pub kind: Option<DocKind>,
    /// The epoch's number.
    pub epoch: u64,
    /// The logs of the epochs it follows; sorted, unique, at most 64.
    pub parents: Vec<MailboxId>,
    /// The epoch's log.
    pub mailbox: MailboxId,
    /// The epoch's key.
    pub key: DocKey,
    /// Every device that was given the key; sorted, unique.
    pub readers: Vec<DeviceId>,
}

impl std::fmt::Debug for KeyboxRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "KeyboxRow({:?}, epoch {}, {:?})",
            self.doc, self.epoch, self.mailbox
        )
    }
}

/// A keybox about to be made.
#[derive(Debug)]
pub struct KeyboxDraft<'a> {
    /// The organisation.
    pub org: OrgId,
    /// The highest roster entry the author knows.
    pub roster_seq: u64,
    /// The author's clock.
    pub wall_ms: UnixMillis,
    /// The devices it is for with their `enc` keys, 1 to [`caps::KEYBOX_READERS`].
    pub readers: &'a [(DeviceId, EncKey)],
    /// One row, or up to [`caps::KEYRING_ROWS`] for a keyring.
    pub rows: &'a [KeyboxRow],
}

/// Why a keybox cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealKeyboxError {
    /// No readers, more than [`caps::KEYBOX_READERS`], or one named twice.
    #[error("keybox-readers")]
    Readers,
    /// No rows, too many, or one that breaks a rule of `docs/formats/keybox.md`.
    #[error("keybox-rows")]
    Rows,
    /// The file would be over [`caps::ENVELOPE`]: make several.
    #[error("keybox-too-large")]
    TooLarge,
}

impl CodedError for SealKeyboxError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge => ErrorCode::TooLong,
            Self::Readers | Self::Rows => ErrorCode::Internal,
        }
    }
}

#[derive(Encode, Decode)]
struct RawRow {
    #[n(0)]
    doc: Option<DocId>,
    #[n(1)]
    kind: Option<DocKind>,
    #[n(2)]
    epoch: u64,
    #[n(3)]
    parents: Vec<MailboxId>,
    #[n(4)]
    mailbox: MailboxId,
    #[n(5)]
    key: ByteArray<32>,
    #[n(6)]
    readers: Vec<DeviceId>,
}

impl Drop for RawRow {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

#[derive(Encode, Decode)]
struct RawBody {
    #[n(0)]
    version: u8,
    #[n(1)]
    org: OrgId,
    #[n(2)]
    author: DeviceId,
    #[n(3)]
    roster_seq: u64,
    #[n(4)]
    wall_ms: UnixMillis,
    #[n(5)]
    readers: Vec<DeviceId>,
    #[n(6)]
    rows: Vec<RawRow>,
}

fn ascending<T: Ord>(list: &[T]) -> bool {
    list.windows(2).all(|pair| pair.first() < pair.last())
}

impl RawBody {
    fn readers_fit(&self) -> bool {
        (1..=caps::KEYBOX_READERS).contains(&self.readers.len()) && ascending(&self.readers)
    }

    fn rows_fit(&self) -> bool {
        (1..=caps::KEYRING_ROWS).contains(&self.rows.len())
            && self.rows.iter().all(|row| {
                row.doc.is_some() == row.kind.is_some()
                    && row.parents.len() <= PARENTS
                    && ascending(&row.parents)
                    && (1..=caps::ADMITTED).contains(&row.readers.len())
                    && ascending(&row.readers)
            })
    }
}

/// Signs and encrypts a keybox or keyring.
///
/// `rng` gives the throw-away recipients; age takes the rest of its randomness from the operating system.
///
/// # Errors
/// [`SealKeyboxError`]; nothing was written.
pub fn seal_keybox(
    draft: &KeyboxDraft<'_>,
    author: &DeviceSecrets,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealKeyboxError> {
    let mut readers: Vec<DeviceId> = draft.readers.iter().map(|(device, _)| *device).collect();
    readers.sort_unstable();
    let body = RawBody {
        version: 1,
        org: draft.org,
        author: author.device_id(),
        roster_seq: draft.roster_seq,
        wall_ms: draft.wall_ms,
        readers,
        rows: draft.rows.iter().map(raw_row).collect(),
    };
    if !body.readers_fit() {
        return Err(SealKeyboxError::Readers);
    }
    if !body.rows_fit() {
        return Err(SealKeyboxError::Rows);
    }
    // Room for all of it at once, so that no copy of a key stays behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(caps::ENVELOPE));
    if minicbor::encode(&body, &mut *bytes).is_err() || bytes.len() > caps::ENVELOPE {
        return Err(SealKeyboxError::TooLarge);
    }
    let signature = author.sign_as(Label::Keybox, &bytes);
    let mut plaintext = Zeroizing::new(Vec::with_capacity(caps::ENVELOPE.saturating_mul(2)));
    plaintext.extend_from_slice(&signature);
    plaintext.extend_from_slice(&bytes);
    pad(&mut plaintext);
    let keys: Vec<EncKey> = draft.readers.iter().map(|(_, key)| *key).collect();
    let file = agefile::encrypt(&[&plaintext], &keys, rng).map_err(|_| SealKeyboxError::Readers)?;
    if file.len() > caps::ENVELOPE {
        Err(SealKeyboxError::TooLarge)
    } else {
        Ok(file)
    }
}

fn raw_row(row: &KeyboxRow) -> RawRow {
    let mut parents = row.parents.clone();
    parents.sort_unstable();
    parents.dedup();
    let mut readers = row.readers.clone();
    readers.sort_unstable();
    readers.dedup();
    RawRow {
        doc: row.doc,
        kind: row.kind,
        epoch: row.epoch,
        parents,
        mailbox: row.mailbox,
        // EXPOSE: the key goes into the keybox; the copy is wiped when the row is dropped.
        key: (*row.key.expose()).into(),
        readers,
    }
}

/// Why a keybox that is for this device cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenKeyboxError {
    /// Over [`caps::ENVELOPE`].
    #[error("keybox-length")]
    Length,
    /// Not an age file, or damaged.
    #[error("keybox-damaged")]
    Damaged,
    /// The padding is not that of the content's class.
    #[error("padding")]
    Padding,
    /// The body is not canonical, breaks a rule of its fields, or has a version this app does not know.
    #[error("keybox-body")]
    Body,
    /// Of another organisation.
    #[error("keybox-org")]
    Org,
    /// Encrypted to this device, but the signed list of readers does not name it.
    #[error("keybox-not-listed")]
    NotListed,
}

impl CodedError for OpenKeyboxError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Org => ErrorCode::OtherOrganisation,
            _ => ErrorCode::Unreadable,
        }
    }
}

/// A keybox whose author has not been checked.
pub struct OpenedKeybox {
    body: RawBody,
    bytes: Zeroizing<Vec<u8>>,
    signature: [u8; 64],
}

/// Tries a keybox with this device's `enc` key; `None` if it is not for this device.
///
/// # Errors
/// [`OpenKeyboxError`].
pub fn try_open_keybox(
    file: &[u8],
    device: &DeviceSecrets,
    org: OrgId,
) -> Result<Option<OpenedKeybox>, OpenKeyboxError> {
    if file.len() > caps::ENVELOPE {
        return Err(OpenKeyboxError::Length);
    }
    let reader = match agefile::decrypt(Cursor::new(file.to_vec()), device) {
        Tried::Opened(reader) => reader,
        Tried::NotForMe => return Ok(None),
        Tried::Damaged => return Err(OpenKeyboxError::Damaged),
    };
    let mut plaintext = Zeroizing::new(Vec::with_capacity(file.len()));
    reader
        .take(caps::ENVELOPE as u64)
        .read_to_end(&mut plaintext)
        .map_err(|_| OpenKeyboxError::Damaged)?;
    let content = unpad(&plaintext).map_err(|_| OpenKeyboxError::Padding)?;
    let (signature, bytes) = content
        .split_first_chunk::<64>()
        .ok_or(OpenKeyboxError::Body)?;
    let body: RawBody = cbor::parse(bytes, caps::ENVELOPE).map_err(|_| OpenKeyboxError::Body)?;
    if body.version != 1 || !body.readers_fit() || !body.rows_fit() {
        return Err(OpenKeyboxError::Body);
    }
    if body.org != org {
        return Err(OpenKeyboxError::Org);
    }
    if body.readers.binary_search(&device.device_id()).is_err() {
        return Err(OpenKeyboxError::NotListed);
    }
    let opened = OpenedKeybox {
        signature: *signature,
        bytes: bytes.to_vec().into(),
        body,
    };
    Ok(Some(opened))
}

/// Why a keybox is not its author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyKeyboxError {
    /// The key is not that of the device named in the body.
    #[error("keybox-author")]
    Author,
    /// The signature is not that key's.
    #[error("keybox-signature")]
    Signature,
}

impl CodedError for VerifyKeyboxError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unreadable
    }
}

impl OpenedKeybox {
    /// The device to look up in the roster before [`Self::verify`].
    #[must_use]
    pub const fn claimed_author(&self) -> DeviceId {
        self.body.author
    }

    /// The highest roster entry the author claims to know: with an older roster, fetch first.
    #[must_use]
    pub const fn claimed_roster_seq(&self) -> u64 {
        self.body.roster_seq
    }

    /// Checks the author.
    ///
    /// # Errors
    /// [`VerifyKeyboxError`].
    pub fn verify(self, author: &SignKey) -> Result<VerifiedKeybox, VerifyKeyboxError> {
        if id_of_sign_key(author) != self.body.author {
            return Err(VerifyKeyboxError::Author);
        }
        if !author.verifies(Label::Keybox, &self.bytes, &self.signature) {
            return Err(VerifyKeyboxError::Signature);
        }
        Ok(VerifiedKeybox::of(self.body))
    }

    /// The keybox that brings a joining device the roster's key: nothing can vouch for its author yet.
    ///
    /// The rows are good for reading the roster only; once it is folded, [`Self::verify`] with the author's key from there.
    #[must_use]
    pub fn roster_keys(&self) -> Vec<(MailboxId, DocKey)> {
        let rows = self.body.rows.iter().filter(|row| row.doc.is_none());
        rows.map(|row| (row.mailbox, DocKey::from_bytes(&row.key)))
            .collect()
    }
}

impl std::fmt::Debug for OpenedKeybox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedKeybox(unverified, {:?})", self.body.author)
    }
}

/// A keybox that its author signed. Whether the author may share is for the roster and the access acts to tell.
#[derive(Debug)]
pub struct VerifiedKeybox {
    author: DeviceId,
    roster_seq: u64,
    wall_ms: UnixMillis,
    readers: Vec<DeviceId>,
    rows: Vec<KeyboxRow>,
}

impl VerifiedKeybox {
    fn of(mut body: RawBody) -> Self {
        let rows = body.rows.iter_mut().map(|row| KeyboxRow {
            doc: row.doc,
            kind: row.kind,
            epoch: row.epoch,
            parents: std::mem::take(&mut row.parents),
            mailbox: row.mailbox,
            key: DocKey::from_bytes(&row.key),
            readers: std::mem::take(&mut row.readers),
        });
        let rows = rows.collect();
        Self {
            author: body.author,
            roster_seq: body.roster_seq,
            wall_ms: body.wall_ms,
            readers: body.readers,
            rows,
        }
    }

    /// Who made it.
    #[must_use]
    pub const fn author(&self) -> DeviceId {
        self.author
    }

    /// The highest roster entry the author knew.
    #[must_use]
    pub const fn roster_seq(&self) -> u64 {
        self.roster_seq
    }

    /// The author's clock: shown, never an order.
    #[must_use]
    pub const fn wall_ms(&self) -> UnixMillis {
        self.wall_ms
    }

    /// The devices it was made for; sorted.
    #[must_use]
    pub fn readers(&self) -> &[DeviceId] {
        &self.readers
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[KeyboxRow] {
        &self.rows
    }

    /// The rows with their keys, for the vault.
    #[must_use]
    pub fn into_rows(self) -> Vec<KeyboxRow> {
        self.rows
    }
}

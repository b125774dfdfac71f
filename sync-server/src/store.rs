//! The port to the database: what the server keeps for good.
//!
//! Every method may fail and says so; a write has returned `Ok` only when it is on disk. One conformance suite
//! (`tests/store_conformance.rs`) runs over each implementation.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use senim_wire::admit::SignedAdmitList;
use senim_wire::cbor::Bytes;
use senim_wire::exchange::{Body, FeedRow, Numbered};
use senim_wire::{AuthKey, EnvelopeId, LogId, MailboxId, WireOrgId, envelope};

pub mod audit;
pub mod sqlite;

/// Why the store did not do it. Nothing was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No room, or a quota of the file system.
    #[error("store-full")]
    Full,
    /// Another process holds the database for too long.
    #[error("store-busy")]
    Busy,
    /// The database file is damaged.
    #[error("store-damaged")]
    Damaged,
    /// It was written by a newer version of this program.
    #[error("schema-newer")]
    SchemaNewer,
    /// This SQLite loses data with more than one connection (before 3.51.3).
    #[error("sqlite-too-old")]
    SqliteTooOld,
    /// Cannot be read or written for another reason.
    #[error("store-unavailable")]
    Unavailable,
}

/// An organisation: a proof that the store knows it, and the number it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Org {
    /// The number within this database; for implementations only.
    pub number: i64,
    /// The id that devices use.
    pub id: WireOrgId,
}

/// What a database says of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Random, made with the database.
    pub log: LogId,
    /// The key that challenges are made with.
    pub challenge_key: [u8; 32],
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

/// Bytes with their id. Made only by hashing them, so that no row can lie about its body.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    id: EnvelopeId,
    // Shared: a put is handed on, kept for its reply and perhaps tried again.
    bytes: Arc<Bytes>,
}

impl Sealed {
    /// Hashes `bytes`.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self {
            id: envelope::id_of(&bytes),
            bytes: Arc::new(bytes),
        }
    }

    /// BLAKE3 of the bytes.
    #[must_use]
    pub const fn id(&self) -> EnvelopeId {
        self.id
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.bytes.len())
    }
}

/// Puts that are stored together or, if a log moved, not at all.
#[derive(Debug, Clone)]
pub struct PutBatch {
    /// Length of the roster log that the client sealed by.
    pub roster: u64,
    /// Length of the keybox log that the client sealed by.
    pub keybox: u64,
    /// Appended to the keybox log first.
    pub keyboxes: Vec<Sealed>,
    /// Appended to their mailboxes.
    pub puts: Vec<(MailboxId, Sealed)>,
}

/// What became of a [`PutBatch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// A log moved: nothing was stored.
    Stale,
    /// All of it is on disk.
    Kept {
        /// The sequence number of each put.
        seqs: Vec<u64>,
        /// The position of each keybox.
        keyboxes: Vec<u64>,
        /// Bytes that were not there before.
        new_bytes: u64,
    },
}

/// A change of roster log and admit list, checked as far as it can be without the store.
#[derive(Debug, Clone)]
pub struct RosterChange {
    /// Compare-and-append: the id of the last entry it builds on, and the entry.
    pub append: Option<(Option<EnvelopeId>, Sealed)>,
    /// Appended unless they are there.
    pub removals: Vec<Sealed>,
    /// The list that follows; its signature and version are checked against the list in force, inside the store's transaction.
    pub list: Option<SignedAdmitList>,
    /// This key leaves the list in force.
    pub leaves: Option<AuthKey>,
}

/// What became of a [`RosterChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterOutcome {
    /// Another entry came first: nothing was stored.
    Moved,
    /// The list may not follow the one in force: nothing was stored.
    ListRefused,
    /// All of it is on disk.
    Done {
        /// Bytes that were not there before.
        new_bytes: u64,
    },
}

/// What became of a founding list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Founding {
    /// The organisation exists from now on.
    Founded,
    /// There is an organisation with this id; its list changes only by its own `admit` keys.
    Exists,
    /// The list is damaged, not signed by a key it names, or names a key of another organisation.
    ListRefused,
}

/// A numbered log of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Roster entries and removals.
    Roster,
    /// Keyboxes.
    Keyboxes,
    /// One mailbox.
    Mailbox(MailboxId),
}

/// How much of a log to read.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Items with a position above this.
    pub after: u64,
    /// Stop before the bodies exceed this many bytes, each counted with [`ITEM_OVERHEAD`].
    pub bytes: usize,
    /// One item is read even if it alone exceeds `bytes`.
    pub at_least_one: bool,
    /// Ids that are passed over (the caller's own): they count as read, not as bytes.
    pub without: &'a BTreeSet<EnvelopeId>,
}

/// What an item costs in a reply beside its bytes, at most.
pub const ITEM_OVERHEAD: usize = 32;

/// Part of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tail {
    /// In order.
    pub items: Vec<Numbered>,
    /// The position reached, passed-over items included; `after` if there was nothing.
    pub upto: u64,
    /// It stopped at its size.
    pub more: bool,
}

/// How long the logs are: the last position of each, 0 for an empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heads {
    /// The roster log.
    pub roster: u64,
    /// The keybox log.
    pub keybox: u64,
    /// The feed.
    pub feed: u64,
    /// The mailboxes asked for, in that order.
    pub mailboxes: Vec<u64>,
}

/// A device as the operator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Its auth key.
    pub key: AuthKey,
    /// The organisation that admits it; none for a blocked key that no list names.
    pub org: Option<WireOrgId>,
    /// The operator refuses it.
    pub blocked: bool,
}

/// Whether the operator refuses a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// Refused, whatever any list says.
    On,
    /// As the lists say.
    Off,
}

/// A chunk as the store remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChunkRow {
    /// BLAKE3 of the chunk.
    pub id: EnvelopeId,
    /// The mailbox its header names.
    pub mailbox: MailboxId,
    /// Bytes.
    pub size: u32,
    /// Days since 1970 at upload.
    pub day: u32,
}

/// The database.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug + 'static {
    /// That the database answers and its schema is this program's; and what it is.
    ///
    /// # Errors
    /// [`StoreError::SchemaNewer`] or whatever keeps it from answering.
    async fn ready(&self) -> Result<Identity, StoreError>;

    /// Begins an organisation with its first admit list.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was kept.
    async fn found(&self, list: &SignedAdmitList) -> Result<Founding, StoreError>;

    /// The organisation that admits `key` now; none if no list names it or the operator blocks it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn admission(&self, key: &AuthKey) -> Result<Option<Org>, StoreError>;

    /// Every key that is admitted or blocked, sorted.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn devices(&self) -> Result<Vec<Device>, StoreError>;

    /// Sets the operator's block.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was kept.
    async fn set_block(&self, key: &AuthKey, block: Block) -> Result<(), StoreError>;

    /// Stores a batch if neither log moved. A repeat gets the number of the first.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was kept.
    async fn put(&self, org: Org, batch: PutBatch) -> Result<PutOutcome, StoreError>;

    /// Changes the roster log and the admit list, all or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was kept.
    async fn change(&self, org: Org, change: RosterChange) -> Result<RosterOutcome, StoreError>;

    /// Remembers a chunk whose bytes are safe in [`crate::blobs::Blobs`]. True if it was new.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was kept.
    async fn put_chunk(&self, org: Org, chunk: ChunkRow) -> Result<bool, StoreError>;

    /// How long the logs are, all at one instant.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn heads(&self, org: Org, mailboxes: &[MailboxId]) -> Result<Heads, StoreError>;

    /// Part of a log, from `page.after` on.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn tail(&self, org: Org, log: Log, page: Page<'_>) -> Result<Tail, StoreError>;

    /// At most `rows` rows of the feed after a position.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn feed(&self, org: Org, after: u64, rows: u32) -> Result<Vec<FeedRow>, StoreError>;

    /// One envelope of a mailbox, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn body(&self, org: Org, id: &EnvelopeId) -> Result<Option<Body>, StoreError>;

    /// Those of `ids` that are not among the organisation's chunks, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn lacking_chunks(
        &self,
        org: Org,
        ids: &[EnvelopeId],
    ) -> Result<Vec<EnvelopeId>, StoreError>;

    /// Reads everything and counts what does not hold.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read to the end.
    async fn audit(&self) -> Result<audit::Audit, StoreError>;
}

//! The encrypted store of one vault: SQLCipher through sqlx, the only SQL on a tablet.
//!
//! - [`VaultFolder`]: a folder with the key slot and the database (`docs/formats/vault.md`): made, opened, destroyed.
//! - [`Vault`]: an open vault. Cheap to clone; one connection inside, so that calls run one after another.
//! - Every write is one transaction that is on disk (synced) before the call returns. A call that failed wrote nothing.
//! - Envelopes, roster items, boxes and acts are bytes here: nothing is opened, signed or judged in this crate.
//! - Nothing is logged. Errors carry a stable code and a number of SQLite's, never a value, a path or anybody's words.
//!
//! A second running app gets [`VaultError::Busy`]: the connection holds SQLite's exclusive lock on the file from the first read until
//! it closes (`PRAGMA locking_mode=EXCLUSIVE`), which also keeps the index of the write-ahead log in memory instead of a `-shm` file. A lock of
//! SQLite's own needs no further file, dies with the process, and holds for the plain `sqlite3` tool as well. On Unix it is a
//! POSIX lock: code of the same process that opens and closes `vault.db` by itself would drop it, so nobody does.

#![deny(unsafe_code)]

mod chains;
mod cipher;
mod documents;
mod error;
mod folder;
mod id;
mod inbox;
mod journal;
mod keys;
mod leave;
mod lists;
mod open;
mod outbox;
mod receive;
mod roster;
mod row;
mod sealing;
mod search;
mod vault;

pub use chains::{ChainStep, ChainTail, ForkEvidence, RecordPlace};
pub use documents::{DocumentRow, StoredAct, StoredDocument};
pub use error::VaultError;
pub use folder::{SLOT_BYTES, VaultFolder};
pub use id::{EnvelopeId, LogId, MailboxId};
pub use inbox::{
    EnvelopeState, KeptEnvelope, PendingEnvelope, QuarantinedRow, Settlement, Verdict,
};
pub use journal::{JournalKind, JournalRow, JournalSeq};
pub use keys::{KeyRow, KeyStanding, KeyboxState, OwnKeybox, PendingKeybox};
pub use lists::{DocumentCounts, HeaderRow, ObservationKey, ObservationRow, TableRows};
pub use outbox::{OutboxKind, OutboxRow};
pub use receive::{
    FeedRow, Received, ReceivedBody, ReceivedKeybox, ReceivedRosterItem, ServerPositions,
};
pub use roster::{RosterKind, RosterRow};
pub use sealing::{NewEnvelope, SealedRecord};
pub use search::SearchHit;
pub use vault::Vault;

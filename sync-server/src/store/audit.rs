//! What `senim-server verify` counts.

use super::{ChunkRow, Org};

/// The result of reading the whole database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Envelopes in mailboxes.
    pub envelopes: u64,
    /// Items of roster logs.
    pub roster: u64,
    /// Items of keybox logs.
    pub keyboxes: u64,
    /// Bodies that do not hash to their id, or are not as long as their row says.
    pub damaged_bodies: u64,
    /// Positions that do not follow the one before by exactly one.
    pub gaps: u64,
    /// Faults that the database engine itself reports.
    pub engine_faults: u64,
    /// The chunks that must be in the blob store.
    pub chunks: Vec<(Org, ChunkRow)>,
}

impl Audit {
    /// Nothing is wrong in the database. The chunk files are still to be read.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.damaged_bodies == 0 && self.gaps == 0 && self.engine_faults == 0
    }
}

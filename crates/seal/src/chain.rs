//! The order of one device's records: without gaps in a document, always rising over all documents (protocol.md 2).

use senim_ids::RecordHash;

use crate::record::VerifiedRecord;

/// The last record of one device in one document that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Its number in the document.
    pub doc_seq: u64,
    /// Its number over all documents.
    pub device_seq: u64,
    /// The roster entry it cited.
    pub roster_seq: u64,
    /// Its hash.
    pub record_hash: RecordHash,
}

impl From<&VerifiedRecord> for Tail {
    fn from(record: &VerifiedRecord) -> Self {
        Self {
            doc_seq: record.head().doc_seq,
            device_seq: record.head().device_seq,
            roster_seq: record.head().roster_seq,
            record_hash: record.record_hash(),
        }
    }
}

/// What a record is to a device's chain in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainVerdict {
    /// The next one: take it.
    Next,
    /// The tail itself once more, perhaps under another key: nothing to do.
    Repeat,
    /// Before the tail: compare with the hash held at its `doc_seq` by [`Chain::check_earlier`].
    Earlier,
    /// Records of the device are missing in between: keep it until they come.
    Gap {
        /// The first missing `doc_seq`.
        first: u64,
        /// The last missing `doc_seq`.
        last: u64,
    },
    /// Two records at one place, or one that follows a record this device never took: keep both, alarm.
    Fork,
    /// `roster_seq` or `device_seq` fell: no honest device writes so.
    SeqFell,
}

/// The rule of a device's chain in one document, as a pure function.
#[derive(Debug, Clone, Copy)]
pub struct Chain;

impl Chain {
    /// Judges `record` against the last record taken from its device in its document (`None` before the first).
    ///
    /// The caller looks the tail up by the record's device and document.
    #[must_use]
    pub fn check(tail: Option<&Tail>, record: &VerifiedRecord) -> ChainVerdict {
        let head = record.head();
        let taken = tail.map_or(0, |tail| tail.doc_seq);
        let next = taken.saturating_add(1);
        if head.doc_seq > next {
            return ChainVerdict::Gap {
                first: next,
                last: head.doc_seq.saturating_sub(1),
            };
        }
        let Some(tail) = tail else {
            return ChainVerdict::Next;
        };
        if head.doc_seq < tail.doc_seq {
            return ChainVerdict::Earlier;
        }
        if head.doc_seq == tail.doc_seq {
            return Self::check_earlier(tail.record_hash, record);
        }
        if head.prev != Some(tail.record_hash) {
            ChainVerdict::Fork
        } else if head.device_seq <= tail.device_seq || head.roster_seq < tail.roster_seq {
            ChainVerdict::SeqFell
        } else {
            ChainVerdict::Next
        }
    }

    /// Judges a record against the hash held at its `doc_seq`: a repeat or a fork.
    #[must_use]
    pub fn check_earlier(held: RecordHash, record: &VerifiedRecord) -> ChainVerdict {
        if held == record.record_hash() {
            ChainVerdict::Repeat
        } else {
            ChainVerdict::Fork
        }
    }

    /// Judges a record among all records of its device, over all documents.
    #[must_use]
    pub fn check_device(near: &DeviceNeighbours, record: &VerifiedRecord) -> DeviceVerdict {
        let cited = record.head().roster_seq;
        match near.same {
            Some(held) if held == record.record_hash() => DeviceVerdict::Repeat,
            Some(_) => DeviceVerdict::Fork,
            None if near.before_roster_seq.is_some_and(|before| cited < before) => {
                DeviceVerdict::RosterFell
            }
            None if near.after_roster_seq.is_some_and(|after| cited > after) => {
                DeviceVerdict::RosterFell
            }
            None => DeviceVerdict::Good,
        }
    }
}

/// What is held of a device around one `device_seq`, whichever the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceNeighbours {
    /// Hash of the record held at the same `device_seq`.
    pub same: Option<RecordHash>,
    /// `roster_seq` of the nearest held record with a lower `device_seq`.
    pub before_roster_seq: Option<u64>,
    /// `roster_seq` of the nearest held record with a higher `device_seq`.
    pub after_roster_seq: Option<u64>,
}

/// What a record is among all records of its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceVerdict {
    /// Nothing speaks against it.
    Good,
    /// Held already.
    Repeat,
    /// One `device_seq` with two record hashes: keep both, alarm, later records wait for an admin.
    Fork,
    /// It cites an older roster than an earlier record, or a newer one than a later record.
    RosterFell,
}

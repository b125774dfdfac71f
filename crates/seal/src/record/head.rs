//! The signed head of a record.

use minicbor::{Decode, Encode};
use senim_ids::{ActHash, ChangeHash, DeviceId, DocId, OrgId, RecordHash, UnixMillis};
use senim_wire::cbor::Bytes;
use senim_wire::{MailboxId, caps};

use crate::act::{Act, act_hash};

const SEEN: usize = 64;
const APP_VERSION: usize = 32;

/// What stands in a record's head. By itself no proof of anything: see [`crate::VerifiedRecord::head`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordHead {
    /// The organisation.
    pub org: OrgId,
    /// The document.
    pub doc: DocId,
    /// The log it was sealed for.
    pub mailbox: MailboxId,
    /// The epoch it was sealed under.
    pub epoch: u64,
    /// The author.
    pub device: DeviceId,
    /// From 1, over all documents of the author; always rising.
    pub device_seq: u64,
    /// From 1, of the author in this document; without gaps.
    pub doc_seq: u64,
    /// Record hash of `doc_seq - 1`.
    pub prev: Option<RecordHash>,
    /// The highest roster entry the author knew.
    pub roster_seq: u64,
    /// Hash of the change: none or one.
    pub change: Vec<ChangeHash>,
    /// Other devices' highest `device_seq` that the author had; sorted by device, unique.
    pub seen: Vec<(DeviceId, u64)>,
    /// The author's clock: shown, never an order.
    pub wall_ms: UnixMillis,
    /// The author's app.
    pub app_version: String,
}

#[derive(Encode, Decode)]
pub(super) struct RawHead {
    #[n(0)]
    pub(super) version: u8,
    #[n(1)]
    pub(super) org: OrgId,
    #[n(2)]
    pub(super) doc: DocId,
    #[n(3)]
    pub(super) mailbox: MailboxId,
    #[n(4)]
    pub(super) kind: u8,
    #[n(5)]
    pub(super) epoch: u64,
    #[n(6)]
    pub(super) device: DeviceId,
    #[n(7)]
    pub(super) device_seq: u64,
    #[n(8)]
    pub(super) doc_seq: u64,
    #[n(9)]
    pub(super) prev: Option<RecordHash>,
    #[n(10)]
    pub(super) roster_seq: u64,
    #[n(11)]
    pub(super) changes: Vec<ChangeHash>,
    #[n(12)]
    pub(super) acts: Vec<Bytes>,
    #[n(13)]
    pub(super) seen: Vec<(DeviceId, u64)>,
    #[n(14)]
    pub(super) wall_ms: UnixMillis,
    #[n(15)]
    pub(super) app_version: String,
}

impl RawHead {
    /// The head and its acts, if the fields keep the rules that need nothing from outside.
    pub(super) fn check(self) -> Option<(RecordHead, Vec<(ActHash, Act)>)> {
        let counted = self.doc_seq >= 1 && self.device_seq >= self.doc_seq;
        let linked = self.prev.is_some() == (self.doc_seq > 1);
        let seen = self.seen.windows(2).all(|pair| {
            let device = |row: Option<&(DeviceId, u64)>| row.map(|row| row.0);
            device(pair.first()) < device(pair.last())
        });
        let within = self.changes.len() <= 1
            && self.acts.len() <= caps::RECORD_ACTS
            && self.seen.len() <= SEEN
            && self.app_version.len() <= APP_VERSION;
        if self.version != 1 || !(counted && linked && seen && within) {
            return None;
        }
        let acts = self
            .acts
            .iter()
            .map(|bytes| Some((act_hash(bytes), Act::parse(bytes).ok()?)));
        let acts = acts.collect::<Option<Vec<_>>>()?;
        let head = RecordHead {
            org: self.org,
            doc: self.doc,
            mailbox: self.mailbox,
            epoch: self.epoch,
            device: self.device,
            device_seq: self.device_seq,
            doc_seq: self.doc_seq,
            prev: self.prev,
            roster_seq: self.roster_seq,
            change: self.changes,
            seen: self.seen,
            wall_ms: self.wall_ms,
            app_version: self.app_version,
        };
        Some((head, acts))
    }
}

//! One document: what was folded, and the journal of what was not yet.
//!
//! Base and journal stand apart. Reads see both. [`Document::fold`] makes one change of the whole journal; until then nothing of it is
//! in [`Document::save`], and the vault keeps the rows.

use automerge::transaction::{CommitOptions, OwnedTransaction, Transactable};
use automerge::{Automerge, AutomergeError, ReadDoc};
use senim_ids::{ActorId, ChangeHash, CodedError, ErrorCode};

use crate::caps;
use crate::edit::Edit;
use crate::gate::{self, GateCode};
use crate::part::{self, Parts};
use crate::scan::{self, Contents};
use crate::value::ValueError;
use crate::view::{self, CanonicalView, Subject};

mod write;

use write::write;

/// Why an edit was not taken. Nothing of it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// A field is over its cap.
    #[error("too-long")]
    TooLong,
    /// The value has concurrent versions; only a choice between them may write it.
    #[error("open-difference")]
    OpenDifference,
    /// There is no open difference at this value, or it changed meanwhile.
    #[error("no-open-difference")]
    NoOpenDifference,
    /// There is no such text, or the position is outside it, or the value does not fit the key.
    #[error("no-such-item")]
    NoSuchItem,
    /// The journal is as long as one change may be: fold first.
    #[error("journal-full")]
    JournalFull,
    /// automerge refused: a fault of ours.
    #[error("internal")]
    Internal,
}

impl CodedError for EditError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooLong => ErrorCode::TooLong,
            Self::OpenDifference => ErrorCode::OpenDifference,
            Self::NoOpenDifference => ErrorCode::NoOpenDifference,
            Self::NoSuchItem => ErrorCode::NoSuchItem,
            // Both are for the caller to handle, never for a person.
            Self::JournalFull | Self::Internal => ErrorCode::Internal,
        }
    }
}

impl From<ValueError> for EditError {
    fn from(_: ValueError) -> Self {
        Self::TooLong
    }
}

impl From<AutomergeError> for EditError {
    fn from(_: AutomergeError) -> Self {
        Self::Internal
    }
}

/// Why saved bytes were not taken as a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are no document that automerge reads.
    #[error("unreadable")]
    Unreadable,
    /// The journal holds edits that mean something only for the base they were made on: fold first.
    #[error("fold-first")]
    FoldFirst,
}

/// Why the journal could not be folded. The journal is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// Our own gate refuses the change: a fault of ours, and nothing may be sent.
    #[error("own change refused: {0}")]
    Refused(GateCode),
    /// automerge refused: a fault of ours.
    #[error("internal")]
    Internal,
}

/// What the journal became.
#[derive(Clone, PartialEq, Eq)]
pub struct FoldedChange {
    /// The change's hash.
    pub hash: ChangeHash,
    /// One uncompressed change chunk.
    pub raw_bytes: Vec<u8>,
    /// The heads of the document with this change.
    pub heads: Vec<ChangeHash>,
}

impl std::fmt::Debug for FoldedChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "FoldedChange({}, {} bytes)",
            self.hash.short(),
            self.raw_bytes.len()
        )
    }
}

/// A document with its journal. Made by [`Document::empty`] or [`Document::load`].
pub struct Document {
    actor: ActorId,
    base: Automerge,
    open: OwnedTransaction,
    pending: Vec<Edit>,
    /// What the pending edits will take in a change, estimated from above.
    pending_bytes: usize,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Document({}, {} pending)",
            self.actor.short(),
            self.pending.len()
        )
    }
}

impl Document {
    /// A document in which nothing was written yet, for this actor.
    ///
    /// Its genesis is an act and stands outside automerge: two devices never make one document twice (protocol.md 4).
    #[must_use]
    pub fn empty(actor: ActorId) -> Self {
        Self::over(Automerge::new().with_actor(automerge_actor(actor)), actor)
    }

    /// The document that [`Document::save`] or the gate wrote, for this actor.
    ///
    /// * `bytes`: from this device's own vault; what came from others goes through [`gate::apply`] first.
    ///
    /// # Errors
    /// [`LoadError::Unreadable`] if automerge does not read them.
    pub fn load(bytes: &[u8], actor: ActorId) -> Result<Self, LoadError> {
        Ok(Self::over(load_base(bytes, actor)?, actor))
    }

    fn over(base: Automerge, actor: ActorId) -> Self {
        let open = open_over(&base);
        Self {
            actor,
            base,
            open,
            pending: Vec::new(),
            pending_bytes: 0,
        }
    }

    /// Who writes here.
    #[must_use]
    pub const fn actor(&self) -> ActorId {
        self.actor
    }

    /// The folded part, as automerge saves it. The journal is not in it.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.base.save()
    }

    /// The heads of the folded part, in ascending order.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        heads_of(&self.base)
    }

    /// True if the folded part holds this change.
    #[must_use]
    pub fn holds(&self, change: ChangeHash) -> bool {
        self.base
            .get_change_by_hash(&automerge::ChangeHash(*change.as_bytes()))
            .is_some()
    }

    /// The uncompressed chunk of a change of the folded part.
    #[must_use]
    pub fn change_bytes(&self, change: ChangeHash) -> Option<Vec<u8>> {
        let change = self
            .base
            .get_change_by_hash(&automerge::ChangeHash(*change.as_bytes()))?;
        Some(change.raw_bytes().to_vec())
    }

    /// The journal, oldest first.
    #[must_use]
    pub fn pending(&self) -> &[Edit] {
        &self.pending
    }

    /// Adds an edit to the journal.
    ///
    /// # Errors
    /// [`EditError`]; the document is as it was.
    pub fn apply_edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        edit.check()?;
        let cost = edit
            .encode()
            .len()
            .saturating_add(OP_BYTES.saturating_mul(op_count(edit)));
        let bytes = self.pending_bytes.saturating_add(cost);
        let ops = self.open.pending_ops().saturating_add(op_count(edit));
        if ops > caps::CHANGE_OPS || bytes > caps::CHANGE {
            return Err(EditError::JournalFull);
        }
        write(&mut self.open, edit, self.actor)?;
        self.pending_bytes = bytes;
        self.pending.push(edit.clone());
        Ok(())
    }

    /// Makes one change of the whole journal; none if the journal changes nothing.
    ///
    /// The bytes depend on the base, the edits and the actor alone: the change carries no time (protocol.md 2 has the proven one).
    ///
    /// # Errors
    /// [`FoldError`]; the journal is as it was.
    pub fn fold(&mut self) -> Result<Option<FoldedChange>, FoldError> {
        if self.open.pending_ops() == 0 {
            self.pending.clear();
            self.pending_bytes = 0;
            return Ok(None);
        }
        let mut open = open_over(&self.base);
        for edit in &self.pending {
            write(&mut open, edit, self.actor).map_err(|_| FoldError::Internal)?;
        }
        let (base, hash, _) = open.commit_with(CommitOptions::default().with_time(0));
        let hash = hash.ok_or(FoldError::Internal)?;
        let change = base.get_change_by_hash(&hash).ok_or(FoldError::Internal)?;
        let raw_bytes = change.raw_bytes().to_vec();
        gate::check_change(&raw_bytes, self.actor).map_err(|no| FoldError::Refused(no.code))?;
        *self = Self::over(base, self.actor);
        Ok(Some(FoldedChange {
            hash: ChangeHash::from_bytes(hash.0),
            raw_bytes,
            heads: self.heads(),
        }))
    }

    /// Takes the document that [`gate::apply`] returned as the new base and puts the journal on top of it.
    ///
    /// # Errors
    /// [`LoadError::FoldFirst`] if the journal holds an edit that means something only for the old base (a position in a text, a
    /// shared value): call [`Document::fold`] first, and give the folded change to the gate's base. Own observations are simply
    /// put on top. Nothing was changed.
    pub fn adopt(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        if !self.pending.iter().all(Edit::stands_alone) {
            return Err(LoadError::FoldFirst);
        }
        let mut next = Self::over(load_base(bytes, self.actor)?, self.actor);
        for edit in &self.pending {
            // An edit that stands alone was taken once and is taken on any base.
            next.apply_edit(edit).map_err(|_| LoadError::Unreadable)?;
        }
        *self = next;
        Ok(())
    }

    /// All that stands in the document, journal included.
    #[must_use]
    pub fn contents(&self) -> Contents {
        scan::contents(&self.open, None)
    }

    /// All that stood in the document at these heads; none if a head is not in the folded part.
    #[must_use]
    pub fn contents_at(&self, heads: &[ChangeHash]) -> Option<Contents> {
        let heads: Vec<_> = heads
            .iter()
            .map(|head| automerge::ChangeHash(*head.as_bytes()))
            .collect();
        let held = heads
            .iter()
            .all(|head| self.base.get_change_by_hash(head).is_some());
        held.then(|| scan::contents(&self.base, Some(&heads)))
    }

    /// All parts (findings, recommendations, notes and the like), journal included.
    #[must_use]
    pub fn parts(&self) -> Parts {
        part::parts(&self.open, None)
    }

    /// All parts as they stood at these heads; none if a head is not in the folded part.
    #[must_use]
    pub fn parts_at(&self, heads: &[ChangeHash]) -> Option<Parts> {
        let held = heads.iter().all(|head| self.holds(*head));
        held.then(|| part::parts(&self.base, Some(&view::automerge_heads(heads))))
    }

    /// What stands here about a subject, journal included.
    #[must_use]
    pub fn view(&self, subject: Subject) -> CanonicalView {
        view::view(&self.open, subject, None)
    }

    /// What stood here about a subject at these heads; none if a head is not in the folded part.
    #[must_use]
    pub fn view_at(&self, subject: Subject, heads: &[ChangeHash]) -> Option<CanonicalView> {
        let held = heads.iter().all(|head| self.holds(*head));
        held.then(|| view::view(&self.base, subject, Some(&view::automerge_heads(heads))))
    }

    /// The values under one prefix of keys only, journal included: what a single screen needs.
    #[must_use]
    pub fn contents_under(&self, prefix: &str) -> Contents {
        scan::contents_under(&self.open, prefix)
    }
}

/// Operation, key delta and predecessor in a column, from above.
const OP_BYTES: usize = 48;

fn op_count(edit: &Edit) -> usize {
    match edit {
        Edit::SpliceText(splice) => {
            let removed = usize::try_from(splice.remove).unwrap_or(usize::MAX);
            splice.insert.chars().count().saturating_add(removed)
        }
        // Where several values stand, two: see `put`.
        _ => 2,
    }
}

pub(crate) fn automerge_actor(actor: ActorId) -> automerge::ActorId {
    automerge::ActorId::from(*actor.as_bytes())
}

fn load_base(bytes: &[u8], actor: ActorId) -> Result<Automerge, LoadError> {
    let base = gate::load_guarded(bytes).ok_or(LoadError::Unreadable)?;
    Ok(base.with_actor(automerge_actor(actor)))
}

fn open_over(base: &Automerge) -> OwnedTransaction {
    match base.clone().into_transaction(None, None) {
        Ok(open) => open,
        // Only a patch log of another document is refused, and none is given.
        Err(_) => unreachable!("no patch log was given"),
    }
}

pub(crate) fn heads_of(doc: &Automerge) -> Vec<ChangeHash> {
    let mut heads: Vec<_> = doc
        .get_heads()
        .into_iter()
        .map(|head| ChangeHash::from_bytes(head.0))
        .collect();
    heads.sort_unstable();
    heads
}

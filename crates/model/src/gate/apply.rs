//! A batch of changes over a document: on a copy, once for all, apart only when that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, ReadDoc};
use minicbor::{Decode, Encode};
use senim_ids::{ActorId, ChangeHash};

use super::history::{Against, History};
use super::{CheckedChange, GateCode, check_change};
use crate::caps;
use crate::document::heads_of;

/// The batch could not be looked at; nothing is said about its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GateFailure {
    /// The base is no document that came through a gate: build it again from the records.
    #[error("base-unreadable")]
    Base,
    /// More than [`caps::BATCH`] changes: split the batch.
    #[error("batch-too-large")]
    TooMany,
}

/// A change that is not let in, on this or any other replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refused {
    /// Its place in the batch.
    #[n(0)]
    pub index: u32,
    /// Which rule.
    #[n(1)]
    pub code: GateCode,
}

/// A change whose past is not all here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Waiting {
    /// Its place in the batch.
    #[n(0)]
    pub index: u32,
    /// Its hash.
    #[n(1)]
    pub hash: ChangeHash,
    /// The direct dependencies that are not in the document: never came, were refused, or wait themselves.
    #[n(2)]
    pub missing: Vec<ChangeHash>,
}

/// Why a change is kept aside on this replica. No verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
#[non_exhaustive]
pub enum HeldCode {
    /// Another change of the same device stands at its place: the device was copied or lies.
    #[n(0)]
    DeviceForked,
    /// automerge fails on the document with it. Tried again with a newer version.
    #[n(1)]
    Unmergeable,
}

/// A change that is kept aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Held {
    /// Its place in the batch.
    #[n(0)]
    pub index: u32,
    /// Its hash.
    #[n(1)]
    pub hash: ChangeHash,
    /// Why.
    #[n(2)]
    pub code: HeldCode,
}

/// What became of a batch. Each of its changes stands in exactly one list.
#[derive(Clone, PartialEq, Eq)]
pub struct GateOutcome {
    /// The document with what was applied, as automerge saves it; loads again.
    pub document: Vec<u8>,
    /// Its heads, in ascending order.
    pub heads: Vec<ChangeHash>,
    /// Changes that are in the document now, those that were there before included.
    pub applied: Vec<ChangeHash>,
    /// Refused for ever.
    pub refused: Vec<Refused>,
    /// Waiting for others.
    pub waiting: Vec<Waiting>,
    /// Kept aside here.
    pub held: Vec<Held>,
}

impl std::fmt::Debug for GateOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GateOutcome")
            .field("bytes", &self.document.len())
            .field("heads", &self.heads)
            .field("applied", &self.applied)
            .field("refused", &self.refused)
            .field("waiting", &self.waiting)
            .field("held", &self.held)
            .finish()
    }
}

/// Applies what may be applied of a batch, in the order of the dependencies, whatever order it came in.
///
/// * `base`: a document that this gate or [`crate::Document::save`] wrote; empty for a new one.
/// * `changes`: author and bytes of each, at most [`caps::BATCH`].
///
/// Never panics; can take long or much memory on hostile input, so it belongs in a child process with limits.
///
/// # Errors
/// [`GateFailure`]; nothing is said about any change.
pub fn apply(base: &[u8], changes: &[(ActorId, Vec<u8>)]) -> Result<GateOutcome, GateFailure> {
    if changes.len() > caps::BATCH {
        return Err(GateFailure::TooMany);
    }
    let base = if base.is_empty() {
        Automerge::new()
    } else {
        load_guarded(base).ok_or(GateFailure::Base)?
    };
    let mut batch = Batch::default();
    for (index, (author, raw)) in (0_u32..).zip(changes) {
        match check_change(raw, *author) {
            Ok(change) => batch.put(index, change),
            Err(refusal) => batch.refused.push(Refused {
                index,
                code: refusal.code,
            }),
        }
    }
    // The history reads the base through automerge, which may panic on what an older gate let in.
    let ready = catch_unwind(AssertUnwindSafe(|| batch.order(&base)));
    let ready = ready.ok().flatten().ok_or(GateFailure::Base)?;
    let document = batch.settle(base, &ready).ok_or(GateFailure::Base)?;
    batch.outcome(&document).ok_or(GateFailure::Base)
}

/// Loads a document; none if automerge refuses, panics or keeps changes it cannot place.
pub(crate) fn load_guarded(bytes: &[u8]) -> Option<Automerge> {
    if bytes.len() > caps::DOCUMENT {
        return None;
    }
    catch_unwind(|| Automerge::load(bytes).ok()).ok().flatten()
}

#[derive(Default)]
struct Batch {
    /// By hash, with the places in the batch; a repeat is one change.
    changes: BTreeMap<ChangeHash, (CheckedChange, Vec<u32>)>,
    /// Hashes that are settled one way or another.
    out: BTreeSet<ChangeHash>,
    refused: Vec<Refused>,
    held: Vec<Held>,
    /// The document as it was last saved and loaded again; none while nothing was applied.
    saved: Option<Vec<u8>>,
}

impl Batch {
    fn put(&mut self, index: u32, change: CheckedChange) {
        self.changes
            .entry(change.hash)
            .or_insert_with(|| (change, Vec::new()))
            .1
            .push(index);
    }

    fn refuse(&mut self, hash: ChangeHash, code: GateCode) {
        let places = self
            .changes
            .get(&hash)
            .map_or(&[][..], |(_, places)| places);
        self.refused.extend(places.iter().map(|index| Refused {
            index: *index,
            code,
        }));
        self.out.insert(hash);
    }

    fn hold(&mut self, hash: ChangeHash, code: HeldCode) {
        let places = self
            .changes
            .get(&hash)
            .map_or(&[][..], |(_, places)| places);
        self.held.extend(places.iter().map(|index| Held {
            index: *index,
            hash,
            code,
        }));
        self.out.insert(hash);
    }

    /// The changes that can go in, each after its dependencies, ties by hash: the same order whatever order they came in.
    fn order(&mut self, base: &Automerge) -> Option<Vec<ChangeHash>> {
        let mut history = History::of(base)?;
        let mut missing: BTreeMap<ChangeHash, usize> = BTreeMap::new();
        let mut dependents: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
        for hash in self.changes.keys().filter(|hash| !history.holds(**hash)) {
            let open = self.deps(*hash).iter().filter(|dep| !history.holds(**dep));
            missing.insert(*hash, open.clone().count());
            open.for_each(|dep| dependents.entry(*dep).or_default().push(*hash));
        }
        let free = missing.iter().filter(|(_, open)| **open == 0);
        let mut next: BTreeSet<ChangeHash> = free.map(|(hash, _)| *hash).collect();
        let mut ready = Vec::new();
        while let Some(hash) = next.pop_first() {
            let Some((change, _)) = self.changes.get(&hash) else {
                continue;
            };
            match history.admit(change) {
                Ok(()) => ready.push(hash),
                Err(Against::Verdict(code)) => {
                    self.refuse(hash, code);
                    continue;
                }
                Err(Against::Held(code)) => {
                    self.hold(hash, code);
                    continue;
                }
            }
            for dependent in dependents.remove(&hash).unwrap_or_default() {
                let Some(open) = missing.get_mut(&dependent) else {
                    continue;
                };
                *open = open.saturating_sub(1);
                if *open == 0 {
                    next.insert(dependent);
                }
            }
        }
        Some(ready)
    }

    fn deps(&self, hash: ChangeHash) -> &[ChangeHash] {
        self.changes
            .get(&hash)
            .map_or(&[], |(change, _)| &change.deps)
    }

    /// Applies all at once; where that fails, halves until the ones that automerge cannot take stand alone.
    fn settle(&mut self, base: Automerge, ready: &[ChangeHash]) -> Option<Automerge> {
        let ready: Vec<ChangeHash> = ready
            .iter()
            .copied()
            .filter(|hash| self.deps(*hash).iter().all(|dep| !self.out.contains(dep)))
            .collect();
        if ready.is_empty() {
            return Some(base);
        }
        if let Some((document, saved)) = self.try_all(&base, &ready) {
            self.saved = Some(saved);
            return Some(document);
        }
        if let [alone] = *ready.as_slice() {
            self.hold(alone, HeldCode::Unmergeable);
            return Some(base);
        }
        let (first, second) = ready.split_at_checked(ready.len() / 2)?;
        let document = self.settle(base, first)?;
        self.drop_orphans(second);
        self.settle(document, second)
    }

    /// What stands on a change that was just held waits for it, and so on.
    fn drop_orphans(&mut self, rest: &[ChangeHash]) {
        for hash in rest {
            if self.deps(*hash).iter().any(|dep| self.out.contains(dep)) {
                self.out.insert(*hash);
            }
        }
    }

    fn try_all(&self, base: &Automerge, ready: &[ChangeHash]) -> Option<(Automerge, Vec<u8>)> {
        let changes: Vec<automerge::Change> = ready
            .iter()
            .filter_map(|hash| self.changes.get(hash))
            .map(|(change, _)| change.change.clone())
            .collect();
        catch_unwind(AssertUnwindSafe(|| applied(base, changes)))
            .ok()
            .flatten()
    }

    fn outcome(self, document: &Automerge) -> Option<GateOutcome> {
        let holds = |hash: &ChangeHash| {
            document
                .get_change_by_hash(&automerge::ChangeHash(*hash.as_bytes()))
                .is_some()
        };
        catch_unwind(AssertUnwindSafe(|| {
            let mut applied = Vec::new();
            let mut waiting = Vec::new();
            let settled: BTreeSet<u32> = self
                .refused
                .iter()
                .map(|refused| refused.index)
                .chain(self.held.iter().map(|held| held.index))
                .collect();
            for (hash, (change, places)) in &self.changes {
                if holds(hash) {
                    applied.push(*hash);
                    continue;
                }
                let missing: Vec<ChangeHash> = change
                    .deps
                    .iter()
                    .copied()
                    .filter(|dep| !holds(dep))
                    .collect();
                let places = places.iter().filter(|index| !settled.contains(index));
                waiting.extend(places.map(|index| Waiting {
                    index: *index,
                    hash: *hash,
                    missing: missing.clone(),
                }));
            }
            GateOutcome {
                document: self.saved.unwrap_or_else(|| document.save()),
                heads: heads_of(document),
                applied,
                refused: self.refused,
                waiting,
                held: self.held,
            }
        }))
        .ok()
    }
}

/// The document with these changes and as it was saved, if it survives being saved and loaded.
fn applied(base: &Automerge, changes: Vec<automerge::Change>) -> Option<(Automerge, Vec<u8>)> {
    let hashes: Vec<automerge::ChangeHash> = changes.iter().map(automerge::Change::hash).collect();
    let mut copy = base.clone();
    copy.apply_changes(changes).ok()?;
    // automerge takes a change whose past is missing with `Ok` and keeps it aside.
    if !copy.get_missing_deps(&hashes).is_empty() {
        return None;
    }
    if !hashes
        .iter()
        .all(|hash| copy.get_change_by_hash(hash).is_some())
    {
        return None;
    }
    // `save_and_verify` by hand: what it loads to look at is what goes on.
    let saved = copy.save();
    let again = Automerge::load(&saved).ok()?;
    let same = again.get_heads() == copy.get_heads() && again.hydrate(None) == copy.hydrate(None);
    same.then_some((again, saved))
}

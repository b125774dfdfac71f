//! What stands in the past of a change: whether everything it refers to is there and is what it takes it for.
//!
//! automerge looks a predecessor up by its id alone, so a change could name the value of another key as replaced and make it vanish.

use std::collections::BTreeMap;

use automerge::{Automerge, ReadDoc};
use senim_ids::{ActorId, ChangeHash};

use super::rules::{CheckedOp, OpId, Spot};
use super::{CheckedChange, GateCode, apply::HeldCode, rules};

/// A change that is in the document, or will be with this batch.
struct Past {
    actor: usize,
    seq: u64,
    max_op: u64,
    /// Highest seq of each actor in its past, itself included, by the actor's index.
    clock: Vec<u64>,
}

/// One actor's changes in their order.
struct Chain {
    actor: ActorId,
    /// Start and end of the operations, and the hash.
    changes: Vec<(u64, u64, ChangeHash)>,
}

/// All changes of the base and of the batch as far as it was found good.
pub(super) struct History<'a> {
    base: &'a Automerge,
    chains: Vec<Chain>,
    index: BTreeMap<ActorId, usize>,
    past: BTreeMap<ChangeHash, Past>,
    ops: BTreeMap<ChangeHash, Vec<CheckedOp>>,
}

/// Why a change cannot go in.
pub(super) enum Against {
    /// For ever and everywhere.
    Verdict(GateCode),
    /// On this replica, for now.
    Held(HeldCode),
}

impl From<GateCode> for Against {
    fn from(code: GateCode) -> Self {
        Self::Verdict(code)
    }
}

impl<'a> History<'a> {
    /// None if the base holds an actor that is none of ours: it did not come through a gate.
    pub(super) fn of(base: &'a Automerge) -> Option<Self> {
        let mut history = Self {
            base,
            chains: Vec::new(),
            index: BTreeMap::new(),
            past: BTreeMap::new(),
            ops: BTreeMap::new(),
        };
        for change in base.get_changes_meta(&[]) {
            let actor = ActorId::try_from(change.actor.to_bytes()).ok()?;
            let hash = ChangeHash::from_bytes(change.hash.0);
            let deps: Vec<_> = change
                .deps
                .iter()
                .map(|dep| ChangeHash::from_bytes(dep.0))
                .collect();
            history.push(
                hash,
                actor,
                (change.start_op, change.max_op),
                change.seq,
                &deps,
            );
        }
        Some(history)
    }

    pub(super) fn holds(&self, hash: ChangeHash) -> bool {
        self.past.contains_key(&hash)
    }

    fn push(
        &mut self,
        hash: ChangeHash,
        actor: ActorId,
        (start_op, max_op): (u64, u64),
        seq: u64,
        deps: &[ChangeHash],
    ) {
        let next = self.chains.len();
        let index = *self.index.entry(actor).or_insert(next);
        if index == next {
            self.chains.push(Chain {
                actor,
                changes: Vec::new(),
            });
        }
        let mut clock = self.clock(deps);
        let length = clock.len().max(index.saturating_add(1));
        clock.resize(length, 0);
        if let Some(own) = clock.get_mut(index) {
            *own = seq;
        }
        if let Some(chain) = self.chains.get_mut(index) {
            chain.changes.push((start_op, max_op, hash));
        }
        self.past.insert(
            hash,
            Past {
                actor: index,
                seq,
                max_op,
                clock,
            },
        );
    }

    fn clock(&self, deps: &[ChangeHash]) -> Vec<u64> {
        let mut clock = Vec::new();
        for dep in deps.iter().filter_map(|dep| self.past.get(dep)) {
            clock.resize(clock.len().max(dep.clock.len()), 0);
            for (seen, other) in clock.iter_mut().zip(&dep.clock) {
                *seen = (*seen).max(*other);
            }
        }
        clock
    }

    /// Checks a change whose dependencies are all here, and adds it.
    pub(super) fn admit(&mut self, change: &CheckedChange) -> Result<(), Against> {
        let clock = self.clock(&change.deps);
        let index = self.index.get(&change.actor).copied();
        let seen = index
            .and_then(|index| clock.get(index))
            .copied()
            .unwrap_or(0);
        let after_deps = change
            .deps
            .iter()
            .filter_map(|dep| self.past.get(dep))
            .all(|dep| dep.max_op < change.start_op);
        // Its own past is a chain: its number follows the last of its own that it knows.
        if change.seq != seen.saturating_add(1) || !after_deps {
            return Err(GateCode::OutOfSequence.into());
        }
        let known = index
            .and_then(|index| self.chains.get(index))
            .map_or(0, |c| c.changes.len());
        if u64::try_from(known).is_ok_and(|known| known >= change.seq) {
            // Two changes of one device at one place: which came first is a matter of this replica, so it is no verdict.
            return Err(Against::Held(HeldCode::DeviceForked));
        }
        for op in &change.ops {
            self.check_op(change, &clock, op)?;
        }
        let last = change
            .start_op
            .saturating_add(change.ops.len() as u64)
            .saturating_sub(1);
        let range = (change.start_op, last);
        self.push(change.hash, change.actor, range, change.seq, &change.deps);
        self.ops.insert(change.hash, change.ops.clone());
        Ok(())
    }

    fn check_op(
        &mut self,
        change: &CheckedChange,
        clock: &[u64],
        op: &CheckedOp,
    ) -> Result<(), GateCode> {
        if let (true, Spot::Root(key)) = (op.makes_text, &op.spot)
            && self.made_before(change.actor, key)
        {
            return Err(GateCode::TextMadeTwice);
        }
        let mut find = |id: OpId| self.find(change, clock, id).ok_or(GateCode::BadReference);
        let fits = match &op.spot {
            Spot::Root(key) => {
                let mut same_key = true;
                for pred in &op.preds {
                    same_key &= matches!(find(*pred)?.spot, Spot::Root(other) if other == *key);
                }
                same_key
            }
            Spot::Insert { text, after } => {
                find(*text)?.makes_text
                    && match after {
                        None => true,
                        Some(after) => inserted_in(&find(*after)?, *text),
                    }
            }
            Spot::Element { text, element } => {
                let mut fits = find(*text)?.makes_text && inserted_in(&find(*element)?, *text);
                for pred in &op.preds {
                    fits &= match find(*pred)?.spot {
                        Spot::Insert { text: other, .. } => pred == element && other == *text,
                        Spot::Element {
                            text: other,
                            element: at,
                        } => other == *text && at == *element,
                        Spot::Root(_) => false,
                    };
                }
                fits
            }
        };
        if fits {
            Ok(())
        } else {
            Err(GateCode::BadReference)
        }
    }

    /// Only the actor itself makes texts under its keys, and its changes are one chain, so this is a matter of its past alone.
    fn made_before(&self, actor: ActorId, key: &str) -> bool {
        let in_base = self.base.get(automerge::ROOT, key).ok().flatten().is_some();
        let makes = |op: &CheckedOp| op.makes_text && op.spot == Spot::Root(key.to_owned());
        let own = self
            .index
            .get(&actor)
            .and_then(|index| self.chains.get(*index));
        let in_batch = own.is_some_and(|chain| {
            chain
                .changes
                .iter()
                .filter_map(|(_, _, hash)| self.ops.get(hash))
                .any(|ops| ops.iter().any(makes))
        });
        in_base || in_batch
    }

    /// The operation with this id, if it is of the change itself or of its past.
    fn find(&mut self, change: &CheckedChange, clock: &[u64], id: OpId) -> Option<CheckedOp> {
        if id.actor == change.actor && id.counter >= change.start_op {
            return nth(&change.ops, change.start_op, id.counter);
        }
        let index = *self.index.get(&id.actor)?;
        let chain = self.chains.get(index)?;
        let at = chain
            .changes
            .partition_point(|(start, _, _)| *start <= id.counter);
        let (start, end, hash) = *chain.changes.get(at.checked_sub(1)?)?;
        let past = self.past.get(&hash)?;
        let known = past.actor == index && clock.get(index).is_some_and(|seen| *seen >= past.seq);
        if !known || id.counter > end {
            return None;
        }
        if !self.ops.contains_key(&hash) {
            let actor = chain.actor;
            let stored = self
                .base
                .get_change_by_hash(&automerge::ChangeHash(*hash.as_bytes()))?;
            self.ops
                .insert(hash, rules::check(&stored.decode(), actor).ok()?);
        }
        nth(self.ops.get(&hash)?, start, id.counter)
    }
}

fn nth(ops: &[CheckedOp], start: u64, counter: u64) -> Option<CheckedOp> {
    ops.get(usize::try_from(counter.checked_sub(start)?).ok()?)
        .cloned()
}

fn inserted_in(op: &CheckedOp, wanted: OpId) -> bool {
    matches!(op.spot, Spot::Insert { text, .. } if text == wanted)
}

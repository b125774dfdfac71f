//! Admits the proven records of one document: chains, rights, the gate, and one transaction that settles all of it.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{ActorId, ChangeHash, DeviceId, DocId, RecordHash};
use senim_model::gate::GateOutcome;
use senim_model::{ActRecord, Edit};
use senim_seal::{Chain, ChainVerdict, Tail};
use senim_vault::{
    ChainStep, ChainTail, EnvelopeState, RecordPlace, StoredAct, StoredDocument, Verdict,
};

use crate::coded::{coded, internal};
use crate::intake::{Proven, Taken, why};
use crate::open::{Open, Surroundings, actor_of};
use crate::sealing::sealed_contents;
use crate::tables;
use crate::view::ApiError;

/// What becomes of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// To the gate with its change, if it has one.
    Admit,
    /// Applied before: the same record again.
    Repeat,
    /// Tried again later.
    Wait(&'static str),
    /// Refused for ever; the chain goes on after it.
    Refuse(&'static str),
}

struct Judged {
    proven: Proven,
    fate: Fate,
    /// Written after its device was removed.
    late: bool,
}

impl Open {
    /// Admits records of one document. Records that cannot be taken now stay where they are and wait.
    pub(crate) async fn admit(
        &mut self,
        doc: DocId,
        records: Vec<Proven>,
        around: &Surroundings,
    ) -> Result<Taken, ApiError> {
        let mut judged = self.judge_chains(doc, records).await?;
        self.judge_rights(doc, &mut judged).await?;
        let admitted = self.admit_judged(doc, judged, around).await;
        if admitted.is_err() {
            // Memory may hold what the disk does not.
            self.forget(doc);
        }
        admitted
    }

    /// Each device's records in the order of its chain; the first that does not follow holds up the rest of that chain only.
    async fn judge_chains(
        &mut self,
        doc: DocId,
        mut records: Vec<Proven>,
    ) -> Result<Vec<Judged>, ApiError> {
        records.sort_by_key(|proven| (proven.record.head().device, proven.record.head().doc_seq));
        let mut tails: BTreeMap<DeviceId, Option<Tail>> = BTreeMap::new();
        let mut stopped = BTreeSet::new();
        // Numbers used in this batch: a fork is one whether its two sides came together or one after the other.
        let mut numbers = BTreeMap::new();
        let mut judged = Vec::with_capacity(records.len());
        for proven in records {
            let device = proven.record.head().device;
            let number = (device, proven.record.head().device_seq);
            let tail = match tails.get(&device) {
                Some(tail) => *tail,
                None => self
                    .vault
                    .chain_tail(device, doc)
                    .await
                    .map_err(coded)?
                    .map(seal_tail),
            };
            let late = proven.is_late(self.roster()?);
            let fate = if stopped.contains(&device) {
                Fate::Wait(if late { why::AFTER_REMOVAL } else { why::GAP })
            } else {
                let same = match numbers.get(&number) {
                    Some(hash) => Some(*hash),
                    None => self
                        .vault
                        .record_at(device, number.1)
                        .await
                        .map_err(coded)?,
                };
                self.judge_link(tail.as_ref(), same, &proven)?
            };
            match fate {
                Fate::Admit | Fate::Refuse(_) => {
                    numbers.insert(number, proven.record.record_hash());
                    tails.insert(device, Some(Tail::from(&proven.record)));
                }
                Fate::Wait(_) => {
                    stopped.insert(device);
                }
                Fate::Repeat => {}
            }
            judged.push(Judged { proven, fate, late });
        }
        Ok(judged)
    }

    /// * `same`: the record that is held, or came before in this batch, with this record's `device_seq`.
    fn judge_link(
        &self,
        tail: Option<&Tail>,
        same: Option<RecordHash>,
        proven: &Proven,
    ) -> Result<Fate, ApiError> {
        let known = same.is_some_and(|hash| hash == proven.record.record_hash());
        if same.is_some() && !known {
            return Ok(Fate::Wait(why::FORK));
        }
        Ok(match Chain::check(tail, &proven.record) {
            // Kept in sight and out of the document, unless work in good standing was written on top of it ([`pull_in`]).
            ChainVerdict::Next if proven.is_late(self.roster()?) => Fate::Wait(why::AFTER_REMOVAL),
            ChainVerdict::Next => Fate::Admit,
            ChainVerdict::Repeat => Fate::Repeat,
            ChainVerdict::Earlier if known => Fate::Repeat,
            ChainVerdict::Gap { .. } => Fate::Wait(why::GAP),
            ChainVerdict::Earlier | ChainVerdict::Fork => Fate::Wait(why::FORK),
            ChainVerdict::SeqFell => Fate::Refuse(why::SEQ_FELL),
        })
    }

    /// Nobody writes before the genesis is held, nor without access. Acts of this batch count: they are tried in the order the fold gives them.
    async fn judge_rights(&mut self, doc: DocId, judged: &mut [Judged]) -> Result<(), ApiError> {
        let mut acts = self.document(doc).await?.acts.clone();
        for entry in judged.iter().filter(|entry| entry.fate == Fate::Admit) {
            for act in self.acts_of(&entry.proven)? {
                acts.insert(act);
            }
        }
        let (state, let_in) = (acts.state(), acts.ever_let_in());
        let roster = self.roster()?;
        let mut stopped = BTreeSet::new();
        for entry in judged {
            let device = entry.proven.record.head().device;
            let member = roster.device(device).map(|known| known.member);
            // Whoever was ever let in: "reads now" would depend on whether the withdrawal or the work came first, and replicas would part.
            let reads = member.is_some_and(|member| let_in.contains(&member));
            if entry.fate != Fate::Admit {
                continue;
            }
            if stopped.contains(&device) {
                entry.fate = Fate::Wait(why::GAP);
            } else if state.creator.is_none() {
                entry.fate = Fate::Wait(why::NO_GENESIS);
            } else if !reads {
                entry.fate = Fate::Wait(why::NO_ACCESS);
            }
            if entry.fate != Fate::Admit {
                stopped.insert(device);
            }
        }
        Ok(())
    }

    fn acts_of(&self, proven: &Proven) -> Result<Vec<ActRecord>, ApiError> {
        let head = proven.record.head();
        let roster = self.roster()?;
        let Some(author) = roster.device(head.device) else {
            return Ok(Vec::new());
        };
        let void = proven.is_late(roster);
        let acts = proven.record.acts().iter().map(|(hash, act)| ActRecord {
            hash: *hash,
            parents: act.parents.clone(),
            kind: act.kind.clone(),
            arguments: act.arguments.clone(),
            device: head.device,
            member: author.member,
            void,
        });
        Ok(acts.collect())
    }

    async fn admit_judged(
        &mut self,
        doc: DocId,
        mut judged: Vec<Judged>,
        around: &Surroundings,
    ) -> Result<Taken, ApiError> {
        let ready = self.fold_before(doc, around).await?;
        let open = self.document(doc).await?;
        let before = sealed_contents(&open.document);
        let base = open.document.save();
        let has_changes = judged
            .iter()
            .any(|entry| entry.fate == Fate::Admit && entry.proven.record.change().is_some());
        let mut snapshot = None;
        if has_changes && !ready {
            hold_all(&mut judged, why::LOCAL_EDITS);
        } else if has_changes {
            snapshot = run_gates(&mut judged, base, around).await;
        }
        stop_chains(&mut judged);
        if !judged.iter().any(|entry| entry.fate == Fate::Admit) {
            snapshot = None;
        }
        self.settle_judged(doc, judged, snapshot, before, around)
            .await
    }

    /// Edits that mean something only for the present base are sealed before the base changes. False if they could not be.
    async fn fold_before(&mut self, doc: DocId, around: &Surroundings) -> Result<bool, ApiError> {
        if !self.document(doc).await?.document.pending().is_empty() {
            self.seal_document(doc, around.now()).await?;
        }
        let pending = self.document(doc).await?.document.pending();
        Ok(pending.iter().all(Edit::stands_alone))
    }

    async fn settle_judged(
        &mut self,
        doc: DocId,
        judged: Vec<Judged>,
        snapshot: Option<Vec<u8>>,
        before: senim_model::Contents,
        around: &Surroundings,
    ) -> Result<Taken, ApiError> {
        let mut taken = Taken::default();
        let mut acts = Vec::new();
        let mut verdicts = Vec::new();
        for entry in &judged {
            match entry.fate {
                Fate::Admit => taken.applied = taken.applied.saturating_add(1),
                Fate::Refuse(_) => taken.refused = taken.refused.saturating_add(1),
                Fate::Repeat | Fate::Wait(_) => {}
            }
            if entry.fate == Fate::Admit {
                acts.extend(stored_acts(&entry.proven)?);
                for act in self.acts_of(&entry.proven)? {
                    self.document(doc).await?.acts.insert(act);
                }
            }
            verdicts.push(verdict(doc, entry));
        }
        let open = self.document(doc).await?;
        if let Some(bytes) = &snapshot {
            open.document.adopt(bytes).map_err(internal)?;
        }
        open.state = open.acts.state();
        open.parent = open.state.parent.or(open.parent);
        // A keybox that came before the genesis may have called it something else.
        open.kind = open.state.kind.unwrap_or(open.kind);
        let rows = tables::changed(doc, open.kind, &before, &sealed_contents(&open.document));
        let document = StoredDocument {
            doc,
            kind: open.kind,
            parent: open.parent,
            // What was adopted is what the gate saved: to save it again would give the same bytes.
            snapshot: snapshot.unwrap_or_else(|| open.document.save()),
            heads: open.document.heads(),
            opened: Some(around.now()),
        };
        let changed = taken.applied > 0;
        self.settle(verdicts, changed.then_some(document), acts, rows, around)
            .await?;
        Ok(taken)
    }
}

/// Runs the gate, and again as long as what it misses is work that was written after a removal: someone who did not know of the removal took it in and wrote on.
/// Their work counts, so what it stands on is let in, marked, on every replica alike.
async fn run_gates(judged: &mut [Judged], base: Vec<u8>, around: &Surroundings) -> Option<Vec<u8>> {
    loop {
        let mut missing = BTreeSet::new();
        let document = run_gate(judged, base.clone(), around, &mut missing).await;
        if !pull_in(judged, &missing) {
            return document;
        }
    }
}

/// True if a late record was found that others wait for; those are tried again with it.
fn pull_in(judged: &mut [Judged], missing: &BTreeSet<ChangeHash>) -> bool {
    let mut pulled = false;
    for entry in judged.iter_mut() {
        let wanted = entry
            .proven
            .record
            .head()
            .change
            .iter()
            .any(|hash| missing.contains(hash));
        if wanted && entry.fate == Fate::Wait(why::AFTER_REMOVAL) {
            entry.fate = Fate::Admit;
            pulled = true;
        }
    }
    for entry in judged.iter_mut().filter(|_| pulled) {
        if entry.fate == Fate::Wait(why::MISSING_CHANGE) {
            entry.fate = Fate::Admit;
        }
    }
    pulled
}

/// Runs the gate over all changes at once; only if that gives no verdict, one by one (protocol.md 5). Returns the document if it changed.
async fn run_gate(
    judged: &mut [Judged],
    base: Vec<u8>,
    around: &Surroundings,
    missing: &mut BTreeSet<ChangeHash>,
) -> Option<Vec<u8>> {
    let with_change: Vec<usize> = judged
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.fate == Fate::Admit && entry.proven.record.change().is_some())
        .map(|(index, _)| index)
        .collect();
    let changes: Vec<(ActorId, Vec<u8>)> = with_change
        .iter()
        .filter_map(|index| judged.get(*index))
        .filter_map(change_of)
        .collect();
    if let Ok(outcome) = around.gate.apply(base.clone(), changes.clone()).await {
        missing.extend(outcome.waiting.iter().flat_map(|waiting| &waiting.missing));
        note(judged, &with_change, &outcome);
        return Some(outcome.document);
    }
    let mut document = base;
    for (index, change) in with_change.iter().zip(changes) {
        match around.gate.apply(document.clone(), vec![change]).await {
            Ok(outcome) => {
                missing.extend(outcome.waiting.iter().flat_map(|waiting| &waiting.missing));
                note(judged, std::slice::from_ref(index), &outcome);
                document = outcome.document;
            }
            Err(_) => set(judged, *index, Fate::Wait(why::GATE_STOPPED)),
        }
    }
    Some(document)
}

fn change_of(entry: &Judged) -> Option<(ActorId, Vec<u8>)> {
    let change = entry.proven.record.change()?;
    Some((actor_of(entry.proven.record.head().device), change.to_vec()))
}

/// Takes the gate's verdicts over. `indexes` says which record each change of the batch came from.
fn note(judged: &mut [Judged], indexes: &[usize], outcome: &GateOutcome) {
    let at = |index: u32| indexes.get(usize::try_from(index).ok()?).copied();
    for refused in &outcome.refused {
        if let Some(index) = at(refused.index) {
            set(judged, index, Fate::Refuse(refused.code.as_str()));
        }
    }
    for waiting in &outcome.waiting {
        if let Some(index) = at(waiting.index) {
            set(judged, index, Fate::Wait(why::MISSING_CHANGE));
        }
    }
    for held in &outcome.held {
        if let Some(index) = at(held.index) {
            set(judged, index, Fate::Wait(why::HELD));
        }
    }
}

fn set(judged: &mut [Judged], index: usize, fate: Fate) {
    if let Some(entry) = judged.get_mut(index) {
        entry.fate = fate;
    }
}

fn hold_all(judged: &mut [Judged], code: &'static str) {
    for entry in judged.iter_mut().filter(|entry| entry.fate == Fate::Admit) {
        entry.fate = Fate::Wait(code);
    }
}

/// A chain goes no further than its first record that waits: what follows without its past would pass for the next one.
fn stop_chains(judged: &mut [Judged]) {
    let mut stopped = BTreeSet::new();
    for entry in judged {
        let device = entry.proven.record.head().device;
        if stopped.contains(&device)
            && entry.fate != Fate::Repeat
            && !matches!(entry.fate, Fate::Wait(_))
        {
            entry.fate = Fate::Wait(why::GAP);
        }
        if matches!(entry.fate, Fate::Wait(_)) {
            stopped.insert(device);
        }
    }
}

fn verdict(doc: DocId, entry: &Judged) -> Verdict {
    let head = entry.proven.record.head();
    let (state, code, step) = match entry.fate {
        Fate::Admit if entry.late => (
            EnvelopeState::Applied,
            why::AFTER_REMOVAL,
            ChainStep::Advances,
        ),
        Fate::Admit | Fate::Repeat => (EnvelopeState::Applied, "", ChainStep::Advances),
        Fate::Wait(code) => (EnvelopeState::Waiting, code, ChainStep::Stays),
        Fate::Refuse(code) => (EnvelopeState::Quarantined, code, ChainStep::Advances),
    };
    let place = RecordPlace {
        device: head.device,
        device_seq: head.device_seq,
        doc_seq: head.doc_seq,
        record_hash: entry.proven.record.record_hash(),
        roster_seq: head.roster_seq,
        step,
    };
    Verdict {
        id: entry.proven.envelope,
        state,
        code: code.to_owned(),
        doc: Some(doc),
        record: (entry.fate != Fate::Repeat).then_some(place),
    }
}

fn stored_acts(proven: &Proven) -> Result<Vec<StoredAct>, ApiError> {
    let head = proven.record.head();
    proven
        .record
        .acts()
        .iter()
        .map(|(hash, act)| {
            Ok(StoredAct {
                doc: head.doc,
                act: *hash,
                device: head.device,
                device_seq: head.device_seq,
                roster_seq: head.roster_seq,
                bytes: act.encode().map_err(internal)?,
            })
        })
        .collect()
}

fn seal_tail(tail: ChainTail) -> Tail {
    Tail {
        doc_seq: tail.doc_seq,
        device_seq: tail.device_seq,
        roster_seq: tail.roster_seq,
        record_hash: tail.record_hash,
    }
}

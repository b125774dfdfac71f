//! The fold: judges each act by its own past, then reads what holds.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{ActHash, DocId, MemberId, RecordHash};

use super::past::Past;
use super::{ActAbout, ActRecord, ActState, ContestedTopic, Ineffective, Topic};
use crate::act::{Act, ActError};
use crate::caps;

/// An act with its whole past known.
pub(super) struct Judged {
    /// Its number in the order of judging; the bit that stands for it in a past.
    pub(super) at: usize,
    pub(super) author: MemberId,
    pub(super) about: ActAbout,
    /// None if it has no effect.
    pub(super) act: Option<Act>,
    /// All acts in its past.
    pub(super) past: Past,
}

/// An act with an effect.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) hash: ActHash,
    pub(super) act: &'a Act,
    pub(super) judged: &'a Judged,
}

pub(super) struct Fold<'a> {
    pub(super) document: ActHash,
    acts: &'a BTreeMap<ActHash, ActRecord>,
    abouts: &'a BTreeMap<ActHash, ActAbout>,
    readmitted: &'a BTreeSet<RecordHash>,
    pub(super) judged: BTreeMap<ActHash, Judged>,
    pub(super) state: ActState,
}

impl<'a> Fold<'a> {
    pub(super) fn new(
        document: DocId,
        acts: &'a BTreeMap<ActHash, ActRecord>,
        abouts: &'a BTreeMap<ActHash, ActAbout>,
        readmitted: &'a BTreeSet<RecordHash>,
    ) -> Self {
        Self {
            document: ActHash::from_bytes(*document.as_bytes()),
            acts,
            abouts,
            readmitted,
            judged: BTreeMap::new(),
            state: ActState::default(),
        }
    }

    pub(super) fn run(mut self) -> ActState {
        self.judge_all();
        self.refuse_concurrent_givers();
        self.read_access();
        self.read_decision();
        self.read_report();
        self.read_recommendations();
        self.read_consents();
        self.read_tips();
        self.state.ineffective.sort_unstable();
        self.state.contested_topics.sort_unstable();
        self.state
    }

    /// Judges each act after its parents; what cannot be reached waits.
    fn judge_all(&mut self) {
        let mut open: BTreeSet<ActHash> = self.acts.keys().copied().collect();
        loop {
            let ready: Vec<&ActRecord> = open
                .iter()
                .filter_map(|hash| self.acts.get(hash))
                .filter(|act| {
                    act.parents
                        .iter()
                        .all(|parent| self.judged.contains_key(parent))
                })
                .collect();
            if ready.is_empty() {
                break;
            }
            for act in ready {
                open.remove(&act.hash);
                self.judge(act);
            }
        }
        for act in open.iter().filter_map(|hash| self.acts.get(hash)) {
            let missing = act
                .parents
                .iter()
                .filter(|parent| !self.acts.contains_key(parent));
            self.state
                .waiting
                .push((act.hash, missing.copied().collect()));
        }
    }

    fn judge(&mut self, act: &ActRecord) {
        let mut past = Past::default();
        for parent in act
            .parents
            .iter()
            .filter_map(|parent| self.judged.get(parent))
        {
            past.extend(&parent.past);
            past.insert(parent.at);
        }
        let about = self.abouts.get(&act.hash).cloned().unwrap_or_default();
        let verdict = self.verdict(act, &about, &past);
        if let Err(why) = verdict {
            self.state.ineffective.push((act.hash, why));
        }
        let judged = Judged {
            at: self.judged.len(),
            author: act.member,
            about,
            act: verdict.ok(),
            past,
        };
        self.judged.insert(act.hash, judged);
    }

    fn verdict(
        &mut self,
        act: &ActRecord,
        about: &ActAbout,
        past: &Past,
    ) -> Result<Act, Ineffective> {
        let readmitted = about
            .record
            .is_some_and(|record| self.readmitted.contains(&record));
        if act.void && !readmitted {
            return Err(Ineffective::Void);
        }
        if act.parents.len() > caps::PARENTS {
            return Err(Ineffective::Malformed);
        }
        let parsed = Act::parse(&act.kind, &act.arguments).map_err(|error| match error {
            ActError::UnknownKind => Ineffective::UnknownKind,
            ActError::NotCanonical => Ineffective::Malformed,
        })?;
        if let Act::Genesis(genesis) = &parsed {
            if act.hash != self.document || !act.parents.is_empty() {
                return Err(Ineffective::OtherDocument);
            }
            self.state.creator = Some(act.member);
            self.state.kind = Some(genesis.kind);
            self.state.parent = genesis.parent;
            return Ok(parsed);
        }
        let genesis = self.judged.get(&self.document);
        if !genesis.is_some_and(|genesis| past.contains(genesis.at)) {
            return Err(Ineffective::OtherDocument);
        }
        self.allow(&parsed, act.member, about, past)?;
        Ok(parsed)
    }

    /// The effective acts of a set about one thing, in the order of their hashes.
    pub(super) fn all(
        &self,
        within: impl Fn(usize) -> bool,
        about: impl Fn(&Act) -> bool,
    ) -> Vec<Found<'_>> {
        self.judged
            .iter()
            .filter(|(_, judged)| within(judged.at))
            .filter_map(|(hash, judged)| {
                let act = judged.act.as_ref()?;
                Some(Found {
                    hash: *hash,
                    act,
                    judged,
                })
            })
            .filter(|found| about(found.act))
            .collect()
    }

    /// Those acts of a set about one thing that no other of them has in its past.
    pub(super) fn latest(
        &self,
        within: impl Fn(usize) -> bool,
        about: impl Fn(&Act) -> bool,
    ) -> Vec<Found<'_>> {
        newest(&self.all(within, about))
    }

    /// The first of the latest acts if they all say the same; else the topic is contested and nobody's word holds.
    pub(super) fn undisputed(
        &self,
        topic: Topic,
        latest: &[Found<'_>],
    ) -> Result<Option<ActHash>, ContestedTopic> {
        let agree = latest
            .windows(2)
            .all(|pair| matches!(pair, [one, other] if one.act == other.act));
        if agree {
            Ok(latest.first().map(|found| found.hash))
        } else {
            Err(contested(topic, latest))
        }
    }

    /// Records a topic as contested.
    pub(super) fn settle(
        &mut self,
        outcome: Result<Option<ActHash>, ContestedTopic>,
    ) -> Option<ActHash> {
        match outcome {
            Ok(hash) => hash,
            Err(contested) => {
                self.state.contested_topics.push(contested);
                None
            }
        }
    }

    fn read_tips(&mut self) {
        let cited: BTreeSet<ActHash> = self
            .judged
            .keys()
            .filter_map(|hash| self.acts.get(hash))
            .flat_map(|act| act.parents.iter().copied())
            .collect();
        self.state.tips = self
            .judged
            .keys()
            .copied()
            .filter(|hash| !cited.contains(hash))
            .collect();
    }
}

/// Those that no other of them has in its past.
pub(super) fn newest<'a>(found: &[Found<'a>]) -> Vec<Found<'a>> {
    found
        .iter()
        .filter(|one| {
            !found
                .iter()
                .any(|later| later.judged.past.contains(one.judged.at))
        })
        .copied()
        .collect()
}

pub(super) fn contested(topic: Topic, acts: &[Found<'_>]) -> ContestedTopic {
    ContestedTopic {
        topic,
        acts: acts.iter().map(|found| found.hash).collect(),
    }
}

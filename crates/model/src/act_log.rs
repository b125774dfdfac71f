//! The state that the acts of a document make: a fold in which neither the order of arrival nor the moment matters (protocol.md 6).
//!
//! Whether an act was allowed is judged by its own past alone (the acts it cites, and theirs). What holds now is read from the acts that no
//! later one about the same thing has in its past. So every replica with the same acts has the same state.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{ActHash, DeviceId, DocId, DocKind, MemberId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::act::{Act, ActError, VisitDecided};
use crate::caps;

/// One act as `seal` proved it.
#[derive(Clone, PartialEq, Eq)]
pub struct ActRecord {
    /// The act's hash.
    pub hash: ActHash,
    /// The tips its author had seen.
    pub parents: Vec<ActHash>,
    /// Its kind.
    pub kind: String,
    /// Its arguments, canonical CBOR of the kind.
    pub arguments: Vec<u8>,
    /// The device that signed the record.
    pub device: DeviceId,
    /// Whose device.
    pub member: MemberId,
    /// True if it stands above its device's `last_device_seq` (protocol.md 3). Can become true later; then set the act again.
    pub void: bool,
}

impl std::fmt::Debug for ActRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ActRecord({}, {})", self.hash.short(), self.kind)
    }
}

/// What a reader may do besides reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// Read and write.
    No,
    /// Let others in, too.
    Allowed,
}

/// Why an act has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ineffective {
    /// Its author's device was removed before it.
    Void,
    /// Its author was not allowed to.
    NotAllowed,
    /// Its arguments are not those of its kind.
    Malformed,
    /// A kind this version does not know.
    UnknownKind,
    /// A second genesis, or an act that does not stand on this document's genesis.
    OtherDocument,
    /// A grant by someone from whom access was withdrawn at the same time: withdrawn beats given.
    GiverWithdrawn,
}

/// Concurrent acts that say different things. Undecided until an act cites them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Contested {
    /// About whose access; none if it is the decision on the visit.
    pub member: Option<MemberId>,
    /// The acts, in the order of their hashes.
    pub acts: Vec<ActHash>,
}

/// What holds, by all acts known here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActState {
    /// Who made the document; none until its genesis is here.
    pub creator: Option<MemberId>,
    /// What kind of document.
    pub kind: Option<DocKind>,
    /// The visit it belongs to.
    pub parent: Option<DocId>,
    /// Who may read, and whether they may let others in. While the right to share is contested it is [`Sharing::No`].
    pub readers: BTreeMap<MemberId, Sharing>,
    /// The decision on the visit; none while it is contested.
    pub decided: Option<VisitDecided>,
    /// What is undecided.
    pub contested: Vec<Contested>,
    /// Acts whose past is not all here, with the direct parents that are missing.
    pub waiting: Vec<(ActHash, Vec<ActHash>)>,
    /// Acts without effect.
    pub ineffective: Vec<(ActHash, Ineffective)>,
    /// The tips that a new act cites as its parents, in ascending order.
    pub tips: Vec<ActHash>,
}

/// All acts of one document known here.
#[derive(Debug, Clone)]
pub struct ActLog {
    document: DocId,
    acts: BTreeMap<ActHash, ActRecord>,
}

impl ActLog {
    /// No acts yet of this document.
    #[must_use]
    pub const fn new(document: DocId) -> Self {
        Self {
            document,
            acts: BTreeMap::new(),
        }
    }

    /// Adds an act, or takes its `void` mark anew if it is known.
    pub fn insert(&mut self, act: ActRecord) {
        self.acts.insert(act.hash, act);
    }

    /// The act with this hash.
    #[must_use]
    pub fn get(&self, hash: ActHash) -> Option<&ActRecord> {
        self.acts.get(&hash)
    }

    /// The state that these acts make.
    #[must_use]
    pub fn state(&self) -> ActState {
        Fold::new(self.document, &self.acts).run()
    }
}

/// An act with its whole past known.
struct Judged {
    /// Its number in the order of judging; the bit that stands for it in a past.
    at: usize,
    author: MemberId,
    /// None if it has no effect.
    act: Option<Act>,
    /// All acts in its past.
    past: Past,
}

/// A set of judged acts, one bit each: a member may write thousands of acts, and each has a past of its own.
#[derive(Clone, Default)]
struct Past(Vec<u64>);

impl Past {
    const WORD: usize = 64;

    fn insert(&mut self, at: usize) {
        let word = at / Self::WORD;
        self.0.resize(self.0.len().max(word.saturating_add(1)), 0);
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (at % Self::WORD);
        }
    }

    fn extend(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            *bits |= more;
        }
    }

    fn contains(&self, at: usize) -> bool {
        self.0
            .get(at / Self::WORD)
            .is_some_and(|bits| bits & (1 << (at % Self::WORD)) != 0)
    }
}

struct Fold<'a> {
    document: ActHash,
    acts: &'a BTreeMap<ActHash, ActRecord>,
    judged: BTreeMap<ActHash, Judged>,
    state: ActState,
}

impl<'a> Fold<'a> {
    fn new(document: DocId, acts: &'a BTreeMap<ActHash, ActRecord>) -> Self {
        Self {
            document: ActHash::from_bytes(*document.as_bytes()),
            acts,
            judged: BTreeMap::new(),
            state: ActState::default(),
        }
    }

    fn run(mut self) -> ActState {
        self.judge_all();
        self.refuse_concurrent_givers();
        self.read_access();
        self.read_decision();
        self.read_tips();
        self.state.ineffective.sort_unstable();
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
        let verdict = self.verdict(act, &past);
        if let Err(why) = verdict {
            self.state.ineffective.push((act.hash, why));
        }
        let judged = Judged {
            at: self.judged.len(),
            author: act.member,
            act: verdict.ok(),
            past,
        };
        self.judged.insert(act.hash, judged);
    }

    fn verdict(&mut self, act: &ActRecord, past: &Past) -> Result<Act, Ineffective> {
        if act.void {
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
        let creator = self.state.creator == Some(act.member);
        let allowed = match &parsed {
            Act::VisitDecided(_) => creator,
            _ => creator || self.access(act.member, past) == Some(Sharing::Allowed),
        };
        if allowed {
            Ok(parsed)
        } else {
            Err(Ineffective::NotAllowed)
        }
    }

    /// The acts of a set about one thing that no other of them has in its past.
    fn latest(
        &self,
        within: impl Fn(usize) -> bool,
        about: impl Fn(&Act) -> bool,
    ) -> Vec<(ActHash, &Act)> {
        let found: Vec<(ActHash, &Act, &Judged)> = self
            .judged
            .iter()
            .filter(|(_, judged)| within(judged.at))
            .filter_map(|(hash, judged)| Some((*hash, judged.act.as_ref()?, judged)))
            .filter(|(_, act, _)| about(act))
            .collect();
        found
            .iter()
            .filter(|(_, _, one)| {
                !found
                    .iter()
                    .any(|(_, _, later)| later.past.contains(one.at))
            })
            .map(|(hash, act, _)| (*hash, *act))
            .collect()
    }

    fn latest_access(
        &self,
        member: MemberId,
        within: impl Fn(usize) -> bool,
    ) -> Vec<(ActHash, &Act)> {
        self.latest(within, |act| match act {
            Act::AccessGranted(granted) => granted.member == member,
            Act::AccessWithdrawn(withdrawn) => withdrawn.member == member,
            Act::Genesis(_) | Act::VisitDecided(_) => false,
        })
    }

    /// A member's access by the acts in a past.
    fn access(&self, member: MemberId, past: &Past) -> Option<Sharing> {
        let latest = self.latest_access(member, |at| past.contains(at));
        if latest.is_empty() && self.state.creator == Some(member) {
            return Some(Sharing::Allowed);
        }
        sharing(&latest)
    }

    /// Whoever was withdrawn could otherwise go on giving for ever, by citing only old acts.
    fn refuse_concurrent_givers(&mut self) {
        let withdrawn: Vec<(&Judged, MemberId)> = self
            .judged
            .values()
            .filter_map(|judged| match &judged.act {
                Some(Act::AccessWithdrawn(withdrawn)) => Some((judged, withdrawn.member)),
                _ => None,
            })
            .collect();
        let refused: Vec<ActHash> = self
            .judged
            .iter()
            .filter(|(_, judged)| matches!(judged.act, Some(Act::AccessGranted(_))))
            .filter(|(_, judged)| self.state.creator != Some(judged.author))
            .filter(|(_, grant)| {
                withdrawn.iter().any(|(withdrawal, member)| {
                    let before = withdrawal.past.contains(grant.at);
                    let after = grant.past.contains(withdrawal.at);
                    *member == grant.author && !before && !after
                })
            })
            .map(|(hash, _)| *hash)
            .collect();
        for hash in refused {
            if let Some(judged) = self.judged.get_mut(&hash) {
                judged.act = None;
            }
            self.state
                .ineffective
                .push((hash, Ineffective::GiverWithdrawn));
        }
    }

    fn read_access(&mut self) {
        let mut members: BTreeSet<MemberId> = self.state.creator.into_iter().collect();
        members.extend(self.judged.values().filter_map(|judged| match &judged.act {
            Some(Act::AccessGranted(granted)) => Some(granted.member),
            _ => None,
        }));
        for member in members {
            let latest = self.latest_access(member, |_| true);
            let sharing = if latest.is_empty() {
                Some(Sharing::Allowed)
            } else {
                sharing(&latest)
            };
            let Some(sharing) = sharing else { continue };
            let kinds: BTreeSet<bool> = latest
                .iter()
                .filter_map(|(_, act)| may_share(act))
                .collect();
            if kinds.len() > 1 {
                let acts = latest.iter().map(|(hash, _)| *hash).collect();
                self.state.contested.push(Contested {
                    member: Some(member),
                    acts,
                });
            }
            self.state.readers.insert(member, sharing);
        }
    }

    fn read_decision(&mut self) {
        let latest = self.latest(|_| true, |act| matches!(act, Act::VisitDecided(_)));
        let agree = latest
            .windows(2)
            .all(|pair| matches!(pair, [(_, one), (_, other)] if one == other));
        match latest.first() {
            Some((_, Act::VisitDecided(decided))) if agree => {
                self.state.decided = Some(decided.clone());
            }
            Some(_) => {
                let acts = latest.iter().map(|(hash, _)| *hash).collect();
                self.state.contested.push(Contested { member: None, acts });
            }
            None => {}
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

const fn may_share(act: &Act) -> Option<bool> {
    match act {
        Act::AccessGranted(granted) => Some(granted.may_share),
        _ => None,
    }
}

/// Withdrawn beats given; while grants contradict each other the lesser holds.
fn sharing(latest: &[(ActHash, &Act)]) -> Option<Sharing> {
    let grants: Option<Vec<bool>> = latest.iter().map(|(_, act)| may_share(act)).collect();
    let grants = grants.filter(|grants| !grants.is_empty())?;
    Some(if grants.iter().all(|share| *share) {
        Sharing::Allowed
    } else {
        Sharing::No
    })
}

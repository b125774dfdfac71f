//! The state that the acts of a document make: a fold in which neither the order of arrival nor the moment matters (protocol.md 6).
//!
//! Whether an act was allowed is judged by its own past alone (the acts it cites, and theirs). What holds now is read from the acts that no
//! later one about the same thing has in its past. So every replica with the same acts has the same state.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{ActHash, ChangeHash, DeviceId, DocId, DocKind, MemberId, RecordHash, Role, RowId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::act::{Act, VisitDecided};
use crate::digest::Digest;
use crate::key::Name;

mod access;
mod consents;
mod fold;
mod past;
mod recommendations;
mod report;
mod rights;

pub use consents::{ConsentStanding, Consents, HandOver};
pub use recommendations::{
    Basis, Closing, FollowUp, Official, RecommendationState, Response, SharedNumber,
};
pub use report::{Closed, Report, Review, ReviewStage, Sealed, Signature, Standing};

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

/// What an act speaks of and with what rank, beside [`ActRecord`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActAbout {
    /// What it speaks of, as [`crate::Subject`] writes it.
    pub subject: Option<String>,
    /// The heads it speaks of.
    pub heads: Vec<ChangeHash>,
    /// The hash of the canonical view of the subject at these heads.
    pub view: Option<Digest>,
    /// The author's role at the point of the roster that the record cites.
    pub role: Role,
    /// The record that carries the act.
    pub record: Option<RecordHash>,
}

impl Default for ActAbout {
    /// Of nothing, by a plain member.
    fn default() -> Self {
        Self {
            subject: None,
            heads: Vec::new(),
            view: None,
            role: Role::Member,
            record: None,
        }
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
    /// An act of this kind has no place in a document of this kind.
    WrongDocument,
    /// What it needs is not in its past (nothing was issued, not sealed, the number of the form is another), or it comes after what it
    /// speaks against.
    OutOfOrder,
    /// The person did not allow it.
    NoConsent,
}

/// Concurrent acts that say different things. Undecided until an act cites them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Contested {
    /// About whose access; none if it is the decision on the visit.
    pub member: Option<MemberId>,
    /// The acts, in the order of their hashes.
    pub acts: Vec<ActHash>,
}

/// What concurrent acts can contradict each other about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Topic {
    /// What was in when collection closed.
    Collection,
    /// What a member says to the report, or others say of the member.
    Signature(MemberId),
    /// The coordinator's review.
    Review,
    /// The seal.
    Seal,
    /// Which version of a form binds.
    Form(Name),
    /// What was issued.
    Issue(RowId),
    /// What the authority answered.
    Response(RowId),
    /// What the authority claims.
    Claim(RowId),
    /// What the mechanism found.
    Verification(RowId),
    /// Why it was closed.
    Closing(RowId),
}

/// Concurrent acts on one topic that say different things. Undecided until an act cites them all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct ContestedTopic {
    /// About what.
    pub topic: Topic,
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
    /// What is undecided besides access and the decision.
    pub contested_topics: Vec<ContestedTopic>,
    /// How far the report of a visit is.
    pub report: Report,
    /// The recommendations of a follow-up document.
    pub follow_up: FollowUp,
    /// What the person of an interview allows.
    pub consents: Consents,
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
    abouts: BTreeMap<ActHash, ActAbout>,
}

impl ActLog {
    /// No acts yet of this document.
    #[must_use]
    pub const fn new(document: DocId) -> Self {
        Self {
            document,
            acts: BTreeMap::new(),
            abouts: BTreeMap::new(),
        }
    }

    /// Adds an act, or takes its `void` mark anew if it is known.
    pub fn insert(&mut self, act: ActRecord) {
        self.acts.insert(act.hash, act);
    }

    /// Adds an act with what it speaks of and its author's role. An act that was only ever given to [`ActLog::insert`] counts as a plain
    /// member's and names nothing: it cannot sign a report or issue a recommendation.
    pub fn insert_about(&mut self, act: ActRecord, about: ActAbout) {
        self.abouts.insert(act.hash, about);
        self.insert(act);
    }

    /// What the act with this hash speaks of.
    #[must_use]
    pub fn about(&self, hash: ActHash) -> Option<&ActAbout> {
        self.abouts.get(&hash)
    }

    /// The act with this hash.
    #[must_use]
    pub fn get(&self, hash: ActHash) -> Option<&ActRecord> {
        self.acts.get(&hash)
    }

    /// Everyone who was ever let in by someone who might, whatever became of it since. Whether a grant was allowed follows from its past alone, so this only grows: what such a
    /// member wrote is taken on every replica alike, in whichever order acts and work come.
    #[must_use]
    pub fn ever_let_in(&self) -> BTreeSet<MemberId> {
        let state = self.state();
        let waits = |hash: &ActHash| state.waiting.iter().any(|(act, _)| act == hash);
        let refused = |hash: &ActHash| {
            state
                .ineffective
                .iter()
                .any(|(act, why)| act == hash && *why != Ineffective::GiverWithdrawn)
        };
        let granted =
            self.acts
                .values()
                .filter_map(|act| match Act::parse(&act.kind, &act.arguments) {
                    Ok(Act::AccessGranted(granted)) if !waits(&act.hash) && !refused(&act.hash) => {
                        Some(granted.member)
                    }
                    _ => None,
                });
        granted.chain(state.creator).collect()
    }

    /// The state that these acts make.
    #[must_use]
    pub fn state(&self) -> ActState {
        let none = BTreeSet::new();
        let first = fold::Fold::new(self.document, &self.acts, &self.abouts, &none).run();
        if first.report.readmitted.is_empty() {
            return first;
        }
        // Only acts that need no readmission themselves readmit others: else what is let in could let in what lets it in.
        let readmitted = first.report.readmitted;
        fold::Fold::new(self.document, &self.acts, &self.abouts, &readmitted).run()
    }
}

//! How far a report is: collection, signatures, review, seal, the forms that bind.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{ActHash, ChangeHash, MemberId, RecordHash};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Topic;
use super::fold::{Fold, Found, contested, newest};
use super::past::Past;
use super::rights::team;
use crate::act::{Act, CollectionClosed, VisitSealed};
use crate::digest::Digest;
use crate::key::Name;
use crate::value::FormVersion;

/// How a member stands to the report.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing was said. Silence is not agreement.
    #[default]
    Silent,
    /// One other says the member refused or cannot be reached; a second has to.
    SaidByOne,
    /// Signed.
    Signed,
    /// Signed with a dissenting opinion.
    Dissented,
    /// Will not sign.
    Refused,
    /// Cannot be reached, as two say.
    Unreachable,
    /// The acts contradict each other.
    Contested,
}

/// A member's signature, or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Signature {
    /// How the member stands.
    pub standing: Standing,
    /// The acts that say so, in the order of their hashes.
    pub acts: Vec<ActHash>,
    /// The heads that were signed.
    pub heads: Vec<ChangeHash>,
    /// What was signed.
    pub view: Option<Digest>,
    /// True if the member has spoken, not others.
    pub own: bool,
}

impl Signature {
    /// True if the report can be sealed without waiting for this member.
    #[must_use]
    pub const fn settled(&self) -> bool {
        matches!(
            self.standing,
            Standing::Signed | Standing::Dissented | Standing::Refused | Standing::Unreachable
        )
    }
}

/// Collection as it was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Closed {
    /// The act.
    pub act: ActHash,
    /// Who closed it.
    pub by: MemberId,
    /// What was in, and who was missing.
    pub closed: CollectionClosed,
}

/// Where the coordinator's review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewStage {
    /// Not yet reviewed.
    #[default]
    None,
    /// Questions were asked: returned.
    Questioned,
    /// The team answered.
    Answered,
    /// Accepted for dispatch.
    Accepted,
    /// The acts contradict each other.
    Contested,
}

/// The coordinator's review.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Review {
    /// Where it stands.
    pub stage: ReviewStage,
    /// The acts that say so, in the order of their hashes.
    pub acts: Vec<ActHash>,
}

/// The seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sealed {
    /// The act.
    pub act: ActHash,
    /// Who sealed.
    pub by: MemberId,
    /// What was sealed.
    pub sealed: VisitSealed,
}

/// How far the report of a visit is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Report {
    /// How collection was closed; none while it is open or contested.
    pub collection: Option<Closed>,
    /// Everyone of the team, and whoever else has spoken.
    pub signatures: BTreeMap<MemberId, Signature>,
    /// The coordinator's review.
    pub review: Review,
    /// The seal; none while there is none or it is contested.
    pub sealed: Option<Sealed>,
    /// What was changed after the seal, in the order of the hashes.
    pub amendments: Vec<ActHash>,
    /// Which versions of the forms bind: as decided, then as moved. Contested ones are left out.
    pub forms: BTreeMap<Name, FormVersion>,
    /// Records that came back.
    pub readmitted: BTreeSet<RecordHash>,
}

impl Fold<'_> {
    pub(super) fn read_report(&mut self) {
        self.read_collection();
        self.read_signatures();
        self.read_review();
        self.read_seal();
        self.read_forms();
        let readmitted = self.all(|_| true, |act| matches!(act, Act::RecordReadmitted(_)));
        let records = readmitted.iter().filter_map(|found| match found.act {
            Act::RecordReadmitted(act) => Some(act.record),
            _ => None,
        });
        self.state.report.readmitted = records.collect();
    }

    fn read_collection(&mut self) {
        let latest = self.latest(|_| true, |act| matches!(act, Act::CollectionClosed(_)));
        let closed = self.undisputed(Topic::Collection, &latest);
        let Some(act) = self.settle(closed) else {
            return;
        };
        if let Some(judged) = self.judged.get(&act)
            && let Some(Act::CollectionClosed(closed)) = &judged.act
        {
            let (by, closed) = (judged.author, closed.clone());
            self.state.report.collection = Some(Closed { act, by, closed });
        }
    }

    fn read_seal(&mut self) {
        let latest = self.latest(|_| true, |act| matches!(act, Act::VisitSealed(_)));
        let sealed = self.undisputed(Topic::Seal, &latest);
        if let Some(act) = self.settle(sealed)
            && let Some(judged) = self.judged.get(&act)
            && let Some(Act::VisitSealed(sealed)) = &judged.act
        {
            let (by, sealed) = (judged.author, sealed.clone());
            self.state.report.sealed = Some(Sealed { act, by, sealed });
        }
        let amended = self.all(|_| true, |act| matches!(act, Act::VisitAmended(_)));
        self.state.report.amendments = amended.iter().map(|found| found.hash).collect();
    }

    fn read_signatures(&mut self) {
        let mut members: BTreeSet<MemberId> = self.state.decided.iter().flat_map(team).collect();
        let spoken = self.all(
            |_| true,
            |act| {
                matches!(
                    act,
                    Act::ReportSigned(_)
                        | Act::ReportDissented(_)
                        | Act::ReportRefused(_)
                        | Act::ReportUnreachable(_)
                )
            },
        );
        members.extend(spoken.iter().map(signature_of));
        for member in members {
            let signature = self.standing(member, |_| true);
            if signature.standing == Standing::Contested {
                let topic = Topic::Signature(member);
                let acts = signature.acts.clone();
                self.state
                    .contested_topics
                    .push(super::ContestedTopic { topic, acts });
            }
            self.state.report.signatures.insert(member, signature);
        }
    }

    /// How a member stands by the acts of a set.
    pub(super) fn standing(&self, member: MemberId, within: impl Fn(usize) -> bool) -> Signature {
        let all = self.all(within, |act| {
            matches!(
                act,
                Act::ReportSigned(_)
                    | Act::ReportDissented(_)
                    | Act::ReportRefused(_)
                    | Act::ReportUnreachable(_)
            )
        });
        let (own, others): (Vec<Found<'_>>, Vec<Found<'_>>) = all
            .into_iter()
            .filter(|found| signature_of(found) == member)
            .partition(|found| found.judged.author == member);
        // What the member said later overtakes what others said before.
        let alive: Vec<Found<'_>> = others
            .into_iter()
            .filter(|other| {
                !own.iter()
                    .any(|mine| mine.judged.past.contains(other.judged.at))
            })
            .collect();
        let said = [Standing::Refused, Standing::Unreachable].map(|kind| said_by_two(&alive, kind));
        let latest = newest(&own);
        let of_own = of_own(&latest);
        let standing = match (of_own, said) {
            (Some(standing), [false, false]) => standing,
            (Some(Standing::Refused), [true, false]) | (None, [true, false]) => Standing::Refused,
            (None, [false, true]) => Standing::Unreachable,
            (Some(_), _) | (None, [true, true]) => Standing::Contested,
            (None, [false, false]) if alive.is_empty() => Standing::Silent,
            (None, [false, false]) => Standing::SaidByOne,
        };
        let speaks = |found: &&Found<'_>| {
            of_own.is_none() || standing == Standing::Contested || found.judged.author == member
        };
        let mut acts: Vec<ActHash> = latest
            .iter()
            .chain(&alive)
            .filter(speaks)
            .map(|found| found.hash)
            .collect();
        acts.sort_unstable();
        let first = latest.first().map(|found| &found.judged.about);
        Signature {
            standing,
            acts,
            heads: first.map(|about| about.heads.clone()).unwrap_or_default(),
            view: first.and_then(|about| about.view),
            own: of_own.is_some(),
        }
    }

    fn read_review(&mut self) {
        let latest = self.latest(
            |_| true,
            |act| {
                matches!(
                    act,
                    Act::ReviewQuestioned(_) | Act::ReviewAnswered(_) | Act::ReviewAccepted(_)
                )
            },
        );
        let has = |about: fn(&Act) -> bool| latest.iter().any(|found| about(found.act));
        let questioned = has(|act| matches!(act, Act::ReviewQuestioned(_)));
        let answered = has(|act| matches!(act, Act::ReviewAnswered(_)));
        let accepted = has(|act| matches!(act, Act::ReviewAccepted(_)));
        // Returned beats approved. An answer that the one who accepted had not seen is a contradiction.
        let stage = match (questioned, answered, accepted) {
            (true, _, _) => ReviewStage::Questioned,
            (false, true, true) => ReviewStage::Contested,
            (false, true, false) => ReviewStage::Answered,
            (false, false, true) => ReviewStage::Accepted,
            (false, false, false) => ReviewStage::None,
        };
        let disputed = (stage == ReviewStage::Contested).then(|| contested(Topic::Review, &latest));
        let acts = latest.iter().map(|found| found.hash).collect();
        self.state.contested_topics.extend(disputed);
        self.state.report.review = Review { stage, acts };
    }

    fn read_forms(&mut self) {
        let decided = self.all(
            |_| true,
            |act| matches!(act, Act::VisitDecided(_) | Act::FormMoved(_)),
        );
        let names: BTreeSet<Name> = decided
            .iter()
            .flat_map(|found| forms_in(found.act))
            .map(|(form, _)| form.clone())
            .collect();
        for form in names {
            let latest = self.latest_binding(&form, |_| true);
            let versions = versions(&latest, &form);
            let mut bound = versions.iter();
            match (bound.next(), bound.next()) {
                (Some(version), None) => {
                    self.state.report.forms.insert(form, *version);
                }
                _ => {
                    let disputed = contested(Topic::Form(form), &latest);
                    self.state.contested_topics.push(disputed);
                }
            }
        }
    }

    fn latest_binding(&self, form: &Name, within: impl Fn(usize) -> bool) -> Vec<Found<'_>> {
        self.latest(within, |act| {
            forms_in(act).iter().any(|(name, _)| *name == form)
        })
    }

    /// The versions of a form that bind by the acts of a past: several while they are contested.
    pub(super) fn form_versions(&self, form: &Name, past: &Past) -> BTreeSet<FormVersion> {
        versions(&self.latest_binding(form, |at| past.contains(at)), form)
    }
}

/// Which forms an act binds to which version.
fn forms_in(act: &Act) -> Vec<(&Name, FormVersion)> {
    match act {
        Act::FormMoved(moved) => vec![(&moved.form, moved.to)],
        Act::VisitDecided(decided) => decided
            .forms
            .iter()
            .map(|bound| (&bound.form, bound.version))
            .collect(),
        _ => Vec::new(),
    }
}

fn versions(latest: &[Found<'_>], form: &Name) -> BTreeSet<FormVersion> {
    let bound = latest.iter().flat_map(|found| forms_in(found.act));
    bound
        .filter(|(name, _)| *name == form)
        .map(|(_, version)| version)
        .collect()
}

/// Whose signature an act is about.
const fn signature_of(found: &Found<'_>) -> MemberId {
    match found.act {
        Act::ReportRefused(refused) => refused.member,
        Act::ReportUnreachable(unreachable) => unreachable.member,
        _ => found.judged.author,
    }
}

const fn kind_of(act: &Act) -> Standing {
    match act {
        Act::ReportDissented(_) => Standing::Dissented,
        Act::ReportRefused(_) => Standing::Refused,
        Act::ReportUnreachable(_) => Standing::Unreachable,
        _ => Standing::Signed,
    }
}

fn said_by_two(found: &[Found<'_>], kind: Standing) -> bool {
    let said = found.iter().filter(|found| kind_of(found.act) == kind);
    said.map(|found| found.judged.author)
        .collect::<BTreeSet<_>>()
        .len()
        > 1
}

/// Dissented beats signed; a refusal beside a signature is a contradiction.
fn of_own(latest: &[Found<'_>]) -> Option<Standing> {
    let kinds: BTreeSet<Standing> = latest.iter().map(|found| kind_of(found.act)).collect();
    let refused = kinds.contains(&Standing::Refused);
    match kinds.last() {
        Some(_) if refused && kinds.len() > 1 => Some(Standing::Contested),
        Some(last) => Some(*last),
        None => None,
    }
}

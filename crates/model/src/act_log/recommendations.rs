//! The recommendations of a follow-up document: claim and verification are two tracks, the official status is derived from them.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{ActHash, MemberId, Role, RowId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Topic;
use super::fold::{Fold, Found};
use super::rights::recommendation_of;
use crate::act::{
    Act, OfficialStatus, RecommendationClaimed, RecommendationIssued, RecommendationResponded,
    RecommendationVerified, Reply, Verified,
};

/// All recommendations of a follow-up document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct FollowUp {
    /// By their rows in the visit.
    pub recommendations: BTreeMap<RowId, RecommendationState>,
    /// Numbers that stand on more than one recommendation. Shown, not hidden.
    pub shared_numbers: Vec<SharedNumber>,
}

/// One number on several recommendations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct SharedNumber {
    /// The visit's number.
    pub visit_number: String,
    /// The running number.
    pub running: u32,
    /// The recommendations.
    pub recommendations: Vec<RowId>,
}

/// What the authority answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Response {
    /// The act.
    pub act: ActHash,
    /// What was copied from the letter.
    pub response: RecommendationResponded,
    /// True if a second person copied or confirmed the same.
    pub checked: bool,
}

/// Whether a recommendation is closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Closing {
    /// It is open.
    #[default]
    Open,
    /// Some want it closed, but not yet two of whom one is a coordinator.
    Proposed(Vec<MemberId>),
    /// It is closed, by these.
    Closed(Vec<MemberId>),
}

/// What the official status rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Nothing was heard.
    #[default]
    Nothing,
    /// The authority's answer.
    Answer,
    /// The authority's claim.
    Claim,
    /// The mechanism's own finding.
    Verification,
    /// The acts contradict each other.
    Contested,
}

/// The official status, never typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Official {
    /// None if it was overtaken or is contested: then it counts in no rate.
    pub status: Option<OfficialStatus>,
    /// What it rests on.
    pub basis: Basis,
}

/// One recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct RecommendationState {
    /// The text as issued; none while two issues contradict each other.
    pub issued: Option<RecommendationIssued>,
    /// The acts of its delivery, in the order of the hashes.
    pub delivered: Vec<ActHash>,
    /// What was answered.
    pub response: Option<Response>,
    /// What is claimed.
    pub claim: Option<RecommendationClaimed>,
    /// What was found.
    pub verification: Option<RecommendationVerified>,
    /// Where it was taken, in the order of the hashes.
    pub escalated: Vec<ActHash>,
    /// Whether it is closed.
    pub closing: Closing,
    /// The three-way status.
    pub official: Official,
}

impl Fold<'_> {
    pub(super) fn read_recommendations(&mut self) {
        let all = self.all(|_| true, |act| recommendation_of(act).is_some());
        let ids: BTreeSet<RowId> = all
            .iter()
            .filter_map(|found| recommendation_of(found.act))
            .collect();
        for id in ids {
            let recommendation = self.recommendation(id);
            self.state
                .follow_up
                .recommendations
                .insert(id, recommendation);
        }
        self.read_shared_numbers();
    }

    fn recommendation(&mut self, id: RowId) -> RecommendationState {
        let issued = self.one(id, Topic::Issue(id), |act| {
            matches!(act, Act::RecommendationIssued(_))
        });
        let response = self.one(id, Topic::Response(id), |act| {
            matches!(act, Act::RecommendationResponded(_))
        });
        let claim = self.one(id, Topic::Claim(id), |act| {
            matches!(act, Act::RecommendationClaimed(_))
        });
        let verification = self.one(id, Topic::Verification(id), |act| {
            matches!(act, Act::RecommendationVerified(_))
        });
        let closing = self.closing(id);
        let hashes = |found: Vec<Found<'_>>| found.iter().map(|found| found.hash).collect();
        let delivered = hashes(self.of(id, |act| matches!(act, Act::RecommendationDelivered(_))));
        let escalated = hashes(self.of(id, |act| matches!(act, Act::RecommendationEscalated(_))));
        let act =
            |hash: Option<ActHash>| hash.and_then(|hash| self.judged.get(&hash)?.act.as_ref());
        let mut state = RecommendationState {
            delivered,
            escalated,
            closing,
            ..RecommendationState::default()
        };
        if let Some(Act::RecommendationIssued(issued)) = act(issued) {
            state.issued = Some(issued.clone());
        }
        if let (Some(hash), Some(Act::RecommendationResponded(said))) = (response, act(response)) {
            let same = self.of(
                id,
                |act| matches!(act, Act::RecommendationResponded(other) if other == said),
            );
            let checked = authors(&same).len() > 1;
            state.response = Some(Response {
                act: hash,
                response: said.clone(),
                checked,
            });
        }
        if let Some(Act::RecommendationClaimed(claim)) = act(claim) {
            state.claim = Some(claim.clone());
        }
        if let Some(Act::RecommendationVerified(found)) = act(verification) {
            state.verification = Some(found.clone());
        }
        state.official = if self.status_is_disputed(id, &state) {
            Official {
                status: None,
                basis: Basis::Contested,
            }
        } else {
            official(&state)
        };
        state
    }

    /// True if the acts that would decide the status contradict each other.
    fn status_is_disputed(&self, id: RowId, state: &RecommendationState) -> bool {
        let contested = |topic: &Topic| {
            let topics = &self.state.contested_topics;
            topics.iter().any(|one| one.topic == *topic)
        };
        if state.verification.is_some() {
            return false;
        }
        let claim = contested(&Topic::Claim(id));
        let answer = state.claim.is_none() && contested(&Topic::Response(id));
        contested(&Topic::Verification(id)) || claim || answer
    }

    fn of(&self, id: RowId, about: impl Fn(&Act) -> bool) -> Vec<Found<'_>> {
        self.all(
            |_| true,
            |act| recommendation_of(act) == Some(id) && about(act),
        )
    }

    /// The act that holds in a topic; none if there is none or they contradict each other.
    fn one(&mut self, id: RowId, topic: Topic, about: impl Fn(&Act) -> bool) -> Option<ActHash> {
        let latest = self.latest(
            |_| true,
            |act| recommendation_of(act) == Some(id) && about(act),
        );
        let outcome = self.undisputed(topic, &latest);
        self.settle(outcome)
    }

    fn closing(&mut self, id: RowId) -> Closing {
        let reason = |act: &Act| match act {
            Act::RecommendationClosed(closed) => Some(closed.reason.clone()),
            _ => None,
        };
        let latest = self.latest(
            |_| true,
            |act| recommendation_of(act) == Some(id) && reason(act).is_some(),
        );
        let reasons: BTreeSet<_> = latest
            .iter()
            .filter_map(|found| reason(found.act))
            .collect();
        if reasons.len() > 1 {
            let disputed = super::fold::contested(Topic::Closing(id), &latest);
            self.state.contested_topics.push(disputed);
            return Closing::Open;
        }
        let Some(why) = reasons.into_iter().next() else {
            return Closing::Open;
        };
        let same = self.of(id, |act| reason(act).as_ref() == Some(&why));
        let by: Vec<MemberId> = authors(&same).into_iter().collect();
        let coordinator = same
            .iter()
            .any(|found| found.judged.about.role == Role::Coordinator);
        if by.len() > 1 && coordinator {
            Closing::Closed(by)
        } else {
            Closing::Proposed(by)
        }
    }

    fn read_shared_numbers(&mut self) {
        let mut numbers: BTreeMap<(String, u32), BTreeSet<RowId>> = BTreeMap::new();
        for found in self.all(|_| true, |act| matches!(act, Act::RecommendationIssued(_))) {
            if let Act::RecommendationIssued(issued) = found.act {
                let number = (issued.visit_number.clone(), issued.running);
                numbers
                    .entry(number)
                    .or_default()
                    .insert(issued.recommendation);
            }
        }
        let shared = numbers.into_iter().filter(|(_, rows)| rows.len() > 1);
        self.state.follow_up.shared_numbers = shared
            .map(|((visit_number, running), rows)| SharedNumber {
                visit_number,
                running,
                recommendations: rows.into_iter().collect(),
            })
            .collect();
    }
}

fn authors(found: &[Found<'_>]) -> BTreeSet<MemberId> {
    found.iter().map(|found| found.judged.author).collect()
}

/// The mechanism's finding stands above the authority's claim, and that above its answer; from silence follows "not implemented".
fn official(state: &RecommendationState) -> Official {
    let of = |status, basis| Official { status, basis };
    if let Some(verification) = &state.verification {
        let status = match verification.found {
            Verified::Implemented => Some(OfficialStatus::Implemented),
            Verified::Partly => Some(OfficialStatus::InProgress),
            Verified::Not | Verified::Regressed => Some(OfficialStatus::NotImplemented),
            Verified::Overtaken => None,
        };
        return of(status, Basis::Verification);
    }
    if let Some(claim) = &state.claim {
        return of(Some(claim.status), Basis::Claim);
    }
    match state
        .response
        .as_ref()
        .map(|response| response.response.reply)
    {
        Some(Reply::Accepted | Reply::Partly) => {
            of(Some(OfficialStatus::InProgress), Basis::Answer)
        }
        Some(Reply::Rejected) => of(Some(OfficialStatus::NotImplemented), Basis::Answer),
        None => of(Some(OfficialStatus::NotImplemented), Basis::Nothing),
    }
}

//! What a person allows, as of the acts known here. Each kind apart; what was not asked is not allowed.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{ActHash, MemberId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::fold::Fold;
use super::rights::needed_for;
use crate::act::{Act, AllegationHandedOver, ConsentKind};

/// Whether a person allows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentStanding {
    /// Nobody asked: permits nothing.
    #[default]
    NotAsked,
    /// Allowed.
    Given,
    /// Taken back or refused.
    Withdrawn,
}

impl ConsentStanding {
    /// True only if it was given and not taken back.
    #[must_use]
    pub const fn permits(self) -> bool {
        matches!(self, Self::Given)
    }
}

/// An allegation on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandOver {
    /// The act.
    pub act: ActHash,
    /// To whom, when, with which receipt.
    pub handed: AllegationHandedOver,
    /// Without consent it holds only when two have said so.
    pub holds: bool,
    /// False if what it rests on was taken back since: the register says so.
    pub allowed_now: bool,
}

/// What the person of an interview allows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Consents {
    /// Each kind that was asked.
    pub standing: BTreeMap<ConsentKind, ConsentStanding>,
    /// What was handed over, in the order of the hashes.
    pub handed_over: Vec<HandOver>,
}

impl Consents {
    /// True only if this was given and not taken back.
    #[must_use]
    pub fn permits(&self, kind: ConsentKind) -> bool {
        self.standing
            .get(&kind)
            .copied()
            .unwrap_or_default()
            .permits()
    }
}

impl Fold<'_> {
    /// How a consent stands by the acts of a set: withdrawn beats given.
    pub(super) fn consent(
        &self,
        kind: ConsentKind,
        within: impl Fn(usize) -> bool,
    ) -> ConsentStanding {
        let latest = self.latest(within, |act| match act {
            Act::ConsentGiven(given) => given.kinds.contains(&kind),
            Act::ConsentWithdrawn(withdrawn) => withdrawn.kinds.contains(&kind),
            _ => false,
        });
        if latest.is_empty() {
            ConsentStanding::NotAsked
        } else if latest
            .iter()
            .all(|found| matches!(found.act, Act::ConsentGiven(_)))
        {
            ConsentStanding::Given
        } else {
            ConsentStanding::Withdrawn
        }
    }

    pub(super) fn read_consents(&mut self) {
        let mut consents = Consents::default();
        for kind in ConsentKind::ALL {
            let standing = self.consent(*kind, |_| true);
            if standing != ConsentStanding::NotAsked {
                consents.standing.insert(*kind, standing);
            }
        }
        let found = self.all(|_| true, |act| matches!(act, Act::AllegationHandedOver(_)));
        for one in &found {
            let Act::AllegationHandedOver(handed) = one.act else {
                continue;
            };
            let needs_two = handed.without_consent.is_some();
            let to_whom = |act: &Act| matches!(act, Act::AllegationHandedOver(other) if other.to == handed.to && other.without_consent.is_some());
            let said = self.all(|_| true, to_whom);
            let authors: BTreeSet<MemberId> =
                said.iter().map(|found| found.judged.author).collect();
            consents.handed_over.push(HandOver {
                act: one.hash,
                handed: handed.clone(),
                holds: !needs_two || authors.len() > 1,
                allowed_now: needed_for(handed.to)
                    .iter()
                    .all(|kind| consents.permits(*kind)),
            });
        }
        self.state.consents = consents;
    }
}

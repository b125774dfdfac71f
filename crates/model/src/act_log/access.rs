//! Who may read, and who leads: the acts on access and the decision on the visit.

use std::collections::BTreeSet;

use senim_ids::{ActHash, MemberId};

use super::fold::{Fold, Found, Judged};
use super::past::Past;
use super::{Contested, Ineffective, Sharing};
use crate::act::Act;

impl Fold<'_> {
    fn latest_access(&self, member: MemberId, within: impl Fn(usize) -> bool) -> Vec<Found<'_>> {
        self.latest(within, |act| match act {
            Act::AccessGranted(granted) => granted.member == member,
            Act::AccessWithdrawn(withdrawn) => withdrawn.member == member,
            _ => false,
        })
    }

    /// A member's access by the acts in a past.
    pub(super) fn access(&self, member: MemberId, past: &Past) -> Option<Sharing> {
        let latest = self.latest_access(member, |at| past.contains(at));
        if latest.is_empty() && self.state.creator == Some(member) {
            return Some(Sharing::Allowed);
        }
        sharing(&latest)
    }

    /// Whoever was withdrawn could otherwise go on giving for ever, by citing only old acts.
    pub(super) fn refuse_concurrent_givers(&mut self) {
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

    pub(super) fn read_access(&mut self) {
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
                .filter_map(|found| may_share(found.act))
                .collect();
            if kinds.len() > 1 {
                let acts = latest.iter().map(|found| found.hash).collect();
                self.state.contested.push(Contested {
                    member: Some(member),
                    acts,
                });
            }
            self.state.readers.insert(member, sharing);
        }
    }

    pub(super) fn read_decision(&mut self) {
        let latest = self.latest(|_| true, |act| matches!(act, Act::VisitDecided(_)));
        let agree = latest
            .windows(2)
            .all(|pair| matches!(pair, [one, other] if one.act == other.act));
        match latest.first().map(|found| found.act) {
            Some(Act::VisitDecided(decided)) if agree => {
                self.state.decided = Some(decided.clone());
            }
            Some(_) => {
                let acts = latest.iter().map(|found| found.hash).collect();
                self.state.contested.push(Contested { member: None, acts });
            }
            None => {}
        }
    }
}

const fn may_share(act: &Act) -> Option<bool> {
    match act {
        Act::AccessGranted(granted) => Some(granted.may_share),
        _ => None,
    }
}

/// Withdrawn beats given; while grants contradict each other the lesser holds.
fn sharing(latest: &[Found<'_>]) -> Option<Sharing> {
    let grants: Option<Vec<bool>> = latest.iter().map(|found| may_share(found.act)).collect();
    let grants = grants.filter(|grants| !grants.is_empty())?;
    Some(if grants.iter().all(|share| *share) {
        Sharing::Allowed
    } else {
        Sharing::No
    })
}

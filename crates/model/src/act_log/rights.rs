//! Who may do which act, judged by the act's own past alone.

use senim_ids::{DocKind, MemberId, Role, RowId};

use super::fold::Fold;
use super::past::Past;
use super::{ActAbout, Ineffective, Sharing};
use crate::act::{Act, ConsentKind, HandedTo, VisitDecided};
use crate::view::Subject;

impl Fold<'_> {
    /// Says no if the act's author may not do it, or its past does not hold what it needs.
    pub(super) fn allow(
        &self,
        act: &Act,
        author: MemberId,
        about: &ActAbout,
        past: &Past,
    ) -> Result<(), Ineffective> {
        let creator = self.state.creator == Some(author);
        let access = self.access(author, past);
        match act {
            Act::Genesis(_) => return Err(Ineffective::OtherDocument),
            Act::AccessGranted(_) | Act::AccessWithdrawn(_) => {
                return allowed(creator || access == Some(Sharing::Allowed));
            }
            Act::VisitDecided(_) => return allowed(creator),
            _ => {}
        }
        if !self.at_home(act) {
            return Err(Ineffective::WrongDocument);
        }
        allowed(access.is_some())?;
        match act {
            Act::ConsentGiven(_) | Act::ConsentWithdrawn(_) | Act::AllegationHandedOver(_) => {
                self.allow_interview(act, author, past)
            }
            Act::RecordReadmitted(_) => {
                // Where no visit was decided there is no leader, and the creator answers for the document.
                let no_team = self.decisions(past).is_empty();
                allowed(self.leads(author, past) || (no_team && creator))
            }
            _ if self.state.kind == Some(DocKind::FollowUp) => {
                self.allow_follow_up(act, about, past)
            }
            _ => self.allow_visit(act, author, about, past),
        }
    }

    fn at_home(&self, act: &Act) -> bool {
        let kind = self.state.kind;
        match act {
            Act::RecordReadmitted(_) => true,
            Act::ConsentGiven(_) | Act::ConsentWithdrawn(_) | Act::AllegationHandedOver(_) => {
                kind == Some(DocKind::Interview)
            }
            _ if recommendation_of(act).is_some() => kind == Some(DocKind::FollowUp),
            _ => kind == Some(DocKind::Visit),
        }
    }

    fn decisions(&self, past: &Past) -> Vec<&VisitDecided> {
        let latest = self.latest(
            |at| past.contains(at),
            |act| matches!(act, Act::VisitDecided(_)),
        );
        let decided = latest.into_iter().filter_map(|found| match found.act {
            Act::VisitDecided(decided) => Some(decided),
            _ => None,
        });
        decided.collect()
    }

    /// Leader or deputy, by every decision that the act's author knew of: while it is contested, only who leads by all of them leads.
    pub(super) fn leads(&self, member: MemberId, past: &Past) -> bool {
        let decisions = self.decisions(past);
        let leads = |one: &&VisitDecided| one.leader == member || one.deputy == Some(member);
        !decisions.is_empty() && decisions.iter().all(leads)
    }

    pub(super) fn in_team(&self, member: MemberId, past: &Past) -> bool {
        let decisions = self.decisions(past);
        !decisions.is_empty() && decisions.iter().all(|one| team(one).contains(&member))
    }

    fn allow_visit(
        &self,
        act: &Act,
        author: MemberId,
        about: &ActAbout,
        past: &Past,
    ) -> Result<(), Ineffective> {
        match act {
            Act::ReportSigned(_) | Act::ReportDissented(_) => {
                // A signature is under something: without the view nobody could say what was signed.
                if about.subject.as_deref() != Some(Subject::Report.to_string().as_str())
                    || about.view.is_none()
                    || about.heads.is_empty()
                {
                    return Err(Ineffective::Malformed);
                }
                allowed(self.in_team(author, past))
            }
            Act::ReportRefused(refused) => self.allow_statement(author, refused.member, past),
            Act::ReportUnreachable(one) if one.member == author => Err(Ineffective::NotAllowed),
            Act::ReportUnreachable(one) => self.allow_statement(author, one.member, past),
            Act::ReviewQuestioned(_) | Act::ReviewAccepted(_) => {
                allowed(about.role == Role::Coordinator)
            }
            Act::ReviewAnswered(_) => allowed(self.in_team(author, past)),
            Act::VisitSealed(sealed) => {
                allowed(self.leads(author, past))?;
                let missing: Vec<MemberId> = sealed.missing.iter().map(|one| one.member).collect();
                let accounted = self.team_in(past).into_iter().all(|member| {
                    missing.contains(&member)
                        || self.standing(member, |at| past.contains(at)).settled()
                });
                if accounted {
                    Ok(())
                } else {
                    Err(Ineffective::OutOfOrder)
                }
            }
            Act::VisitAmended(_) => {
                allowed(self.leads(author, past))?;
                needed(self.any(past, |act| matches!(act, Act::VisitSealed(_))))
            }
            Act::FormMoved(moved) => {
                allowed(self.leads(author, past))?;
                needed(self.form_versions(&moved.form, past).contains(&moved.from))
            }
            _ => allowed(self.leads(author, past)),
        }
    }

    /// What is said of a member who can no longer be asked: by two of the team, and not against what the member has said already.
    fn allow_statement(
        &self,
        author: MemberId,
        of: MemberId,
        past: &Past,
    ) -> Result<(), Ineffective> {
        allowed(self.in_team(author, past) && self.in_team(of, past))?;
        let spoken = self.standing(of, |at| past.contains(at)).own;
        needed(author == of || !spoken)
    }

    fn team_in(&self, past: &Past) -> Vec<MemberId> {
        let mut members: Vec<MemberId> = self.decisions(past).into_iter().flat_map(team).collect();
        members.sort_unstable();
        members.dedup();
        members
    }

    fn any(&self, past: &Past, about: impl Fn(&Act) -> bool) -> bool {
        !self.all(|at| past.contains(at), about).is_empty()
    }

    fn allow_follow_up(&self, act: &Act, about: &ActAbout, past: &Past) -> Result<(), Ineffective> {
        let Some(id) = recommendation_of(act) else {
            return Err(Ineffective::WrongDocument);
        };
        let issued =
            |act: &Act| matches!(act, Act::RecommendationIssued(one) if one.recommendation == id);
        let coordinator = about.role == Role::Coordinator;
        match act {
            Act::RecommendationIssued(_) => {
                allowed(coordinator)?;
                if about.subject.as_deref()
                    != Some(Subject::Recommendation(id).to_string().as_str())
                {
                    return Err(Ineffective::Malformed);
                }
                // Issued is issued. Only who cites two issues that contradict each other may say which one it is.
                let before = self.latest(|at| past.contains(at), issued);
                let disputed = matches!(&*before, [one, other, ..] if one.act != other.act);
                needed(before.is_empty() || disputed)
            }
            Act::RecommendationDelivered(_) | Act::RecommendationEscalated(_) => {
                allowed(coordinator)?;
                needed(self.any(past, issued))
            }
            // What a letter says is copied by one reader and checked by another; what was found is found by the team.
            _ => needed(self.any(past, issued)),
        }
    }

    fn allow_interview(&self, act: &Act, author: MemberId, past: &Past) -> Result<(), Ineffective> {
        match act {
            Act::ConsentGiven(given) => allowed(given.witness != Some(author)),
            Act::AllegationHandedOver(handed) if handed.without_consent.is_none() => {
                let given = needed_for(handed.to)
                    .iter()
                    .all(|kind| self.consent(*kind, |at| past.contains(at)).permits());
                if given {
                    Ok(())
                } else {
                    Err(Ineffective::NoConsent)
                }
            }
            _ => Ok(()),
        }
    }
}

/// What the person must have allowed before an allegation goes there.
pub(super) const fn needed_for(to: HandedTo) -> &'static [ConsentKind] {
    match to {
        HandedTo::Ombudsman => &[ConsentKind::Record],
        HandedTo::Prosecutor => &[ConsentKind::Record, ConsentKind::ReferToProsecutor],
        HandedTo::Authority => &[ConsentKind::Record, ConsentKind::ShareWithAuthority],
    }
}

/// The members of a visit's team, leader and deputy included.
pub(super) fn team(decided: &VisitDecided) -> Vec<MemberId> {
    let named = decided.team.iter().map(|one| one.member);
    let mut members: Vec<MemberId> = named
        .chain([decided.leader])
        .chain(decided.deputy)
        .collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// The recommendation that an act is about.
pub(super) const fn recommendation_of(act: &Act) -> Option<RowId> {
    match act {
        Act::RecommendationIssued(act) => Some(act.recommendation),
        Act::RecommendationDelivered(act) => Some(act.recommendation),
        Act::RecommendationResponded(act) => Some(act.recommendation),
        Act::RecommendationClaimed(act) => Some(act.recommendation),
        Act::RecommendationVerified(act) => Some(act.recommendation),
        Act::RecommendationEscalated(act) => Some(act.recommendation),
        Act::RecommendationClosed(act) => Some(act.recommendation),
        _ => None,
    }
}

const fn allowed(yes: bool) -> Result<(), Ineffective> {
    if yes {
        Ok(())
    } else {
        Err(Ineffective::NotAllowed)
    }
}

const fn needed(yes: bool) -> Result<(), Ineffective> {
    if yes {
        Ok(())
    } else {
        Err(Ineffective::OutOfOrder)
    }
}

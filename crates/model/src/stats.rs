//! Figures that can be printed: a percentage never stands without its n, and fewer than five people are never counted out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::act::{OfficialStatus, Verified};
use crate::act_log::{Official, RecommendationState};
use crate::words::words;

/// Below this many people nothing is counted out (domain.md 1.9).
pub const SUPPRESSED_BELOW: u64 = 5;

words! {
    /// What a figure counts.
    CountUnit {
        /// Visits.
        Visits = 0, "visits";
        /// Facilities.
        Facilities = 1, "facilities";
        /// Entries into a facility.
        Entries = 2, "entries";
        /// Recommendations.
        Recommendations = 3, "recommendations";
        /// People. Suppressed below five.
        Persons = 4, "persons";
        /// Files of one person each. Suppressed below five.
        Files = 5, "files";
    }
}

impl CountUnit {
    /// True if small counts could point at someone.
    #[must_use]
    pub const fn suppressed(self) -> bool {
        matches!(self, Self::Persons | Self::Files)
    }
}

/// A count that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// So many.
    #[ts(type = "{ \"exactly\": number }")]
    Exactly(u64),
    /// Not shown: it, or what it leaves over, is 1 to 4 people.
    Suppressed,
}

/// A count that can be shown.
#[must_use]
pub const fn count_of(n: u64, unit: CountUnit) -> Count {
    if unit.suppressed() && n > 0 && n < SUPPRESSED_BELOW {
        Count::Suppressed
    } else {
        Count::Exactly(n)
    }
}

/// A part of a whole, the whole always beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Proportion {
    /// What is counted.
    pub unit: CountUnit,
    /// The part.
    pub part: Count,
    /// The whole.
    pub n: Count,
    /// The part in thousandths, rounded half up; none if anything is suppressed or the whole is nothing.
    pub per_mille: Option<u16>,
}

impl Proportion {
    /// `part` of `n`. A part above the whole is counted as the whole.
    ///
    /// Of people, nothing is said of a whole below five; nor of a part when it or the rest is one to four: one gives the other away.
    #[must_use]
    pub fn of(part: u64, n: u64, unit: CountUnit) -> Self {
        let part = part.min(n);
        let whole = count_of(n, unit);
        let rest = count_of(n.saturating_sub(part), unit);
        let hidden = [whole, rest, count_of(part, unit)].contains(&Count::Suppressed);
        Self {
            unit,
            part: if hidden {
                Count::Suppressed
            } else {
                Count::Exactly(part)
            },
            n: whole,
            per_mille: if hidden { None } else { per_mille(part, n) },
        }
    }
}

fn per_mille(part: u64, n: u64) -> Option<u16> {
    let (part, n) = (u128::from(part), u128::from(n));
    let doubled = part.checked_mul(2000)?.checked_add(n)?;
    u16::try_from(doubled.checked_div(n.checked_mul(2)?)?).ok()
}

/// How many tenths of `b` go into `a`, rounded half up ("6.6 recommendations per visit" is 66); none for no `b`.
#[must_use]
pub fn ratio_in_tenths(a: u64, b: u64) -> Option<u64> {
    let (a, b) = (u128::from(a), u128::from(b));
    let doubled = a.checked_mul(20)?.checked_add(b)?;
    u64::try_from(doubled.checked_div(b.checked_mul(2)?)?).ok()
}

/// One recommendation as the rates count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The year of its cohort.
    pub cohort: u16,
    /// Its derived status; none if it was overtaken or is contested.
    pub status: Option<OfficialStatus>,
}

impl Counted {
    /// How a recommendation counts; none if it was not issued, or it is contested how.
    #[must_use]
    pub fn from_state(state: &RecommendationState) -> Option<Self> {
        let Official { status, .. } = state.official;
        let cohort = state.issued.as_ref()?.cohort;
        Some(Self { cohort, status })
    }
}

/// The three official rates of some cohorts. Never without the cohorts and the denominator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImplementationRates {
    /// The cohorts counted, ascending.
    pub cohorts: Vec<u16>,
    /// Fully implemented.
    pub implemented: Proportion,
    /// Being implemented.
    pub in_progress: Proportion,
    /// Not implemented.
    pub not_implemented: Proportion,
    /// Issued in these cohorts, but overtaken or contested: in no rate.
    #[ts(type = "number")]
    pub left_out: u64,
    /// Issued in other cohorts: in no rate either.
    #[ts(type = "number")]
    pub other_cohorts: u64,
}

/// The official rates of the cohorts named.
#[must_use]
pub fn implementation_rates(
    all: impl IntoIterator<Item = Counted>,
    cohorts: &BTreeSet<u16>,
) -> ImplementationRates {
    let (mut done, mut going, mut not, mut left_out, mut other_cohorts) =
        (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    for one in all {
        let tally = match one.status {
            _ if !cohorts.contains(&one.cohort) => &mut other_cohorts,
            Some(OfficialStatus::Implemented) => &mut done,
            Some(OfficialStatus::InProgress) => &mut going,
            Some(OfficialStatus::NotImplemented) => &mut not,
            None => &mut left_out,
        };
        *tally = tally.saturating_add(1);
    }
    let n = done.saturating_add(going).saturating_add(not);
    let of = |part| Proportion::of(part, n, CountUnit::Recommendations);
    ImplementationRates {
        cohorts: cohorts.iter().copied().collect(),
        implemented: of(done),
        in_progress: of(going),
        not_implemented: of(not),
        left_out,
        other_cohorts,
    }
}

/// What the authorities claim beside what the mechanism found: two tracks, two denominators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TwoTracks {
    /// Claimed as implemented, of all issued.
    pub claimed: Proportion,
    /// Found implemented, of all verified and not overtaken.
    pub verified: Proportion,
    /// Repeats an earlier one, of all issued.
    pub repeated: Proportion,
}

/// Both tracks over some recommendations; what was not issued is left out.
#[must_use]
pub fn two_tracks<'a>(all: impl IntoIterator<Item = &'a RecommendationState>) -> TwoTracks {
    let (mut issued, mut claimed, mut verified, mut found, mut repeated) =
        (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    let add = |tally: &mut u64, yes: bool| *tally = tally.saturating_add(u64::from(yes));
    for one in all {
        let Some(text) = &one.issued else { continue };
        add(&mut issued, true);
        add(&mut repeated, text.repeats.is_some());
        add(
            &mut claimed,
            one.claim
                .as_ref()
                .is_some_and(|claim| claim.status == OfficialStatus::Implemented),
        );
        if let Some(check) = &one.verification {
            add(&mut verified, check.found != Verified::Overtaken);
            add(&mut found, check.found == Verified::Implemented);
        }
    }
    let of = |part, n| Proportion::of(part, n, CountUnit::Recommendations);
    TwoTracks {
        claimed: of(claimed, issued),
        verified: of(found, verified),
        repeated: of(repeated, issued),
    }
}

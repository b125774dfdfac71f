//! The evening's debrief, in the order of field-work.md 3.1: urgent, differences, every Partly and No, unsupported, not covered.
//!
//! Computed, never stored. What was agreed is a part of its own ([`crate::AgreedValue`]) and takes an item off these lists.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{MemberId, PlaceId, RowId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::differs::Differs;
use crate::key::Name;
use crate::part::Parts;
use crate::scan::{Contents, Observation};

/// A section of a form with those of its items that are answered by a choice, in their order. Free text is for people to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Section {
    /// Its name in the form.
    pub name: Name,
    /// Its items.
    pub items: Vec<Name>,
}

/// An item at a place, of a row if it is repeated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct Spot {
    /// The item's name in the form.
    pub item: Name,
    /// The row of a repeated group.
    pub row: Option<RowId>,
    /// The place; none for the whole facility.
    pub place: Option<PlaceId>,
}

/// An item at a place with the one answer that all give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Undisputed {
    /// Where.
    pub at: Spot,
    /// The answer.
    pub answer: String,
    /// True if somebody named what it rests on.
    pub supported: bool,
}

/// The undisputed Yes items of a section: adopted in one tap with the list opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UndisputedYes {
    /// The section's name in the form.
    pub section: Name,
    /// The items.
    pub at: Vec<Spot>,
}

/// What the places say together: "3 of 5: no".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Proposal {
    /// The item's name in the form.
    pub item: Name,
    /// Places that say something: those that follow, together.
    pub places: u32,
    /// Places that say yes.
    pub yes: u32,
    /// Places that say partly.
    pub partly: u32,
    /// Places that say no.
    pub no: u32,
    /// Places whose observers differ and have agreed on nothing.
    pub disputed: u32,
    /// `yes` or `no` if all places say so, else `partly`; none while a place is disputed.
    pub proposed: Option<String>,
}

/// All that a debrief goes through for one form, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Debrief {
    /// Urgent actions that were not taken out.
    pub urgent: Vec<RowId>,
    /// Incompatible answers to the same item at the same place.
    pub differs: Vec<Differs>,
    /// Every undisputed Partly and No.
    pub partly_and_no: Vec<Undisputed>,
    /// Those of them for which nobody named what they rest on.
    pub unsupported: Vec<Spot>,
    /// Items that nobody touched anywhere.
    pub not_covered: Vec<Name>,
    /// Items that were left out on purpose ("not checked"), wherever nobody else answered.
    pub not_checked: Vec<Spot>,
    /// What can be adopted in one tap.
    pub undisputed_yes: Vec<UndisputedYes>,
    /// The facility-level answer of each item that was answered by place.
    pub proposals: Vec<Proposal>,
}

/// How far a section is at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Coverage {
    /// The section's name in the form.
    pub section: Name,
    /// The place; none for the whole facility.
    pub place: Option<PlaceId>,
    /// Who took it; none if nobody did or two did at once.
    pub taken_by: Option<MemberId>,
    /// Who answered something there.
    pub observers: Vec<MemberId>,
    /// Items touched there.
    pub touched: u32,
    /// Items of the section.
    pub of: u32,
}

const YES: &str = "yes";
const PARTLY: &str = "partly";
const NO: &str = "no";
const NOT_CHECKED: &str = "not_checked";

type Groups<'a> = BTreeMap<Spot, Vec<&'a Observation>>;

impl Contents {
    /// The debrief on one form.
    ///
    /// * `sections`: the form's sections with their items of choice; what stands under other items is left out.
    #[must_use]
    pub fn debrief(&self, parts: &Parts, form: &Name, sections: &[Section]) -> Debrief {
        let items: BTreeSet<&Name> = sections.iter().flat_map(|section| &section.items).collect();
        let groups = self.groups(form, &items);
        let agreed = agreed(parts, form);
        let single = undisputed(&groups, &agreed);
        let low = |one: &&Undisputed| one.answer == PARTLY || one.answer == NO;
        let partly_and_no: Vec<Undisputed> = single.iter().filter(low).cloned().collect();
        let unsupported = partly_and_no.iter().filter(|one| !one.supported);
        let touched: BTreeSet<&Name> = groups.keys().map(|at| &at.item).collect();
        let left_out = single.iter().filter(|one| one.answer == NOT_CHECKED);
        let differs = self.differs(form).into_iter().filter(|one| {
            let at = Spot {
                item: one.item.clone(),
                row: one.row,
                place: one.place,
            };
            items.contains(&one.item) && self.stands(one.place) && !agreed.contains_key(&at)
        });
        let in_order = sections.iter().flat_map(|section| &section.items);
        Debrief {
            urgent: parts
                .urgent
                .iter()
                .filter(|row| !row.void)
                .map(|row| row.id)
                .collect(),
            differs: differs.collect(),
            unsupported: unsupported.map(|one| one.at.clone()).collect(),
            not_covered: in_order
                .clone()
                .filter(|item| !touched.contains(item))
                .cloned()
                .collect(),
            not_checked: left_out.map(|one| one.at.clone()).collect(),
            undisputed_yes: sections
                .iter()
                .filter_map(|section| yes_of(section, &single))
                .collect(),
            proposals: in_order
                .filter_map(|item| proposal(item, &groups, &agreed))
                .collect(),
            partly_and_no,
        }
    }

    /// How far each section is at each place that stands, and for the whole facility.
    #[must_use]
    pub fn coverage(&self, parts: &Parts, form: &Name, sections: &[Section]) -> Vec<Coverage> {
        let places = self
            .places
            .iter()
            .filter(|place| !place.void)
            .map(|place| Some(place.id));
        let places: Vec<Option<PlaceId>> = [None].into_iter().chain(places).collect();
        let cover = |section: &Section, place: Option<PlaceId>| {
            let here = self.observations.iter().filter(|one| {
                one.form == *form
                    && one.place == place
                    && section.items.contains(&one.item)
                    && self.in_use(one)
            });
            let touched: BTreeSet<&Name> = here.clone().map(|one| &one.item).collect();
            let observers: BTreeSet<MemberId> = here.map(|one| one.observer).collect();
            let taken = parts.taken.iter().find(|one| {
                one.form == *form
                    && one.section == section.name
                    && one.place == place
                    && !one.differs
            });
            Coverage {
                section: section.name.clone(),
                place,
                taken_by: taken.map(|one| one.value.member),
                observers: observers.into_iter().collect(),
                touched: count(touched.len()),
                of: count(section.items.len()),
            }
        };
        sections
            .iter()
            .flat_map(|section| places.iter().map(move |place| cover(section, *place)))
            .collect()
    }

    fn stands(&self, place: Option<PlaceId>) -> bool {
        place.is_none_or(|id| !self.places.iter().any(|place| place.id == id && place.void))
    }

    fn in_use(&self, observation: &Observation) -> bool {
        let row = observation
            .row
            .is_none_or(|row| !self.void_rows.contains(&row));
        row && self.stands(observation.place)
    }

    fn groups(&self, form: &Name, items: &BTreeSet<&Name>) -> Groups<'_> {
        let mut groups = Groups::new();
        for one in &self.observations {
            if one.form == *form && items.contains(&one.item) && self.in_use(one) {
                let at = Spot {
                    item: one.item.clone(),
                    row: one.row,
                    place: one.place,
                };
                groups.entry(at).or_default().push(one);
            }
        }
        groups
    }
}

/// What was agreed, while no two versions of it stand.
fn agreed(parts: &Parts, form: &Name) -> BTreeMap<Spot, String> {
    let mine = parts
        .agreed
        .iter()
        .filter(|one| one.form == *form && !one.differs);
    mine.map(|one| {
        let at = Spot {
            item: one.item.clone(),
            row: one.row,
            place: one.place,
        };
        (at, one.value.answer.clone())
    })
    .collect()
}

/// The one answer of a group; none if its observers differ. "Not checked" and "not applicable" give way to any other.
fn answer<'a>(group: &[&'a Observation]) -> Option<&'a str> {
    let neutral = |answer: &str| crate::differs::NEUTRAL.contains(&answer);
    let speaking: BTreeSet<&str> = group
        .iter()
        .map(|one| one.answer.as_str())
        .filter(|answer| !neutral(answer))
        .collect();
    match (speaking.len(), speaking.first()) {
        (1, Some(answer)) => Some(answer),
        // Nobody says anything: why not stands with whoever was first.
        (0, _) => group.first().map(|one| one.answer.as_str()),
        _ => None,
    }
}

fn undisputed(groups: &Groups<'_>, agreed: &BTreeMap<Spot, String>) -> Vec<Undisputed> {
    let open = groups.iter().filter(|(at, _)| !agreed.contains_key(at));
    open.filter_map(|(at, group)| {
        let answer = answer(group)?;
        let supported = group
            .iter()
            .any(|one| one.answer == answer && !one.evidence.is_empty());
        Some(Undisputed {
            at: at.clone(),
            answer: answer.to_owned(),
            supported,
        })
    })
    .collect()
}

fn yes_of(section: &Section, single: &[Undisputed]) -> Option<UndisputedYes> {
    let yes = single
        .iter()
        .filter(|one| one.answer == YES && section.items.contains(&one.at.item));
    let at: Vec<Spot> = yes.map(|one| one.at.clone()).collect();
    (!at.is_empty()).then(|| UndisputedYes {
        section: section.name.clone(),
        at,
    })
}

fn proposal(item: &Name, groups: &Groups<'_>, agreed: &BTreeMap<Spot, String>) -> Option<Proposal> {
    let (mut yes, mut partly, mut no, mut disputed) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (at, group) in groups {
        if at.item != *item || at.place.is_none() || at.row.is_some() {
            continue;
        }
        let tally = match agreed.get(at).map(String::as_str).or_else(|| answer(group)) {
            Some(YES) => &mut yes,
            Some(PARTLY) => &mut partly,
            Some(NO) => &mut no,
            None => &mut disputed,
            Some(_) => continue,
        };
        *tally = tally.saturating_add(1);
    }
    let places = [yes, partly, no, disputed]
        .into_iter()
        .fold(0_u32, u32::saturating_add);
    let proposed = match (places, disputed) {
        (0, _) => return None,
        (_, 1..) => None,
        _ if yes == places => Some(YES),
        _ if no == places => Some(NO),
        _ => Some(PARTLY),
    };
    Some(Proposal {
        item: item.clone(),
        places,
        yes,
        partly,
        no,
        disputed,
        proposed: proposed.map(str::to_owned),
    })
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

//! What the debrief starts with: items that were answered incompatibly at the same place (field-work.md 3.1).

use std::collections::BTreeMap;

use senim_ids::{MemberId, PlaceId, RowId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::key::Name;
use crate::scan::{Contents, Observation};

/// Answers that say nothing about the place, so they contradict nobody (field-work.md 3.1).
pub(crate) const NEUTRAL: [&str; 3] = ["", "not_checked", "na"];

/// One item at one place that its observers answer differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Differs {
    /// The item's name in the form.
    pub item: Name,
    /// The row of a repeated group.
    pub row: Option<RowId>,
    /// The place; none for the whole facility.
    pub place: Option<PlaceId>,
    /// All observations of the item there that say something, in the order of the observers.
    pub observations: Vec<Observation>,
    /// Observers who contradict themselves, on two devices: their own choice to make, before it is the team's.
    pub own_choice: Vec<MemberId>,
}

impl Contents {
    /// The observations of one item at one place.
    pub fn observations_for<'a>(
        &'a self,
        form: &'a Name,
        item: &'a Name,
        place: Option<PlaceId>,
    ) -> impl Iterator<Item = &'a Observation> {
        self.observations.iter().filter(move |observation| {
            observation.form == *form && observation.item == *item && observation.place == place
        })
    }

    /// Items of a form that were answered incompatibly at the same place. "Not checked" and "not applicable" never differ, and
    /// neither do notes, nor what stands in a
    /// void row or place. Answers of items with free text are for the caller to leave out: whether two texts contradict is no
    /// question for a machine.
    #[must_use]
    pub fn differs(&self, form: &Name) -> Vec<Differs> {
        let mut groups: BTreeMap<_, Vec<&Observation>> = BTreeMap::new();
        for observation in &self.observations {
            let speaks = !NEUTRAL.contains(&observation.answer.as_str());
            let in_use = observation
                .row
                .is_none_or(|row| !self.void_rows.contains(&row));
            if observation.form == *form && speaks && in_use {
                let at = (&observation.item, observation.row, observation.place);
                groups.entry(at).or_default().push(observation);
            }
        }
        groups
            .into_iter()
            .filter(|(_, group)| group.windows(2).any(answers_differ))
            .map(|((item, row, place), group)| Differs {
                item: item.clone(),
                row,
                place,
                own_choice: own_choices(&group),
                observations: group.into_iter().cloned().collect(),
            })
            .collect()
    }
}

fn answers_differ(pair: &[&Observation]) -> bool {
    matches!(pair, [one, other] if one.answer != other.answer)
}

/// The observers with two different answers in the group. Keys sort by observer, so theirs stand side by side.
fn own_choices(group: &[&Observation]) -> Vec<MemberId> {
    let mut observers: Vec<MemberId> = group
        .windows(2)
        .filter(|pair| answers_differ(pair))
        .filter_map(|pair| match pair {
            [one, other] if one.observer == other.observer => Some(one.observer),
            _ => None,
        })
        .collect();
    observers.dedup();
    observers
}

//! Which rows there are, read from the keys of the answers.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::{FormDefinition, Item};
use crate::value::{Answers, RowKey};

/// The rows of every repeat, in the order of their ids: the same on every device.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    by_repeat: BTreeMap<String, BTreeSet<RowKey>>,
}

impl Rows {
    /// Collects the rows; second, the answers that the form has no place for.
    pub(crate) fn read(
        form: &FormDefinition,
        answers: &Answers,
    ) -> (Self, Vec<(String, Option<RowKey>)>) {
        let places: BTreeMap<&str, Vec<&str>> = form
            .items()
            .map(|item| {
                (
                    item.name.as_str(),
                    item.repeats.iter().map(String::as_str).collect(),
                )
            })
            .chain(
                form.groups
                    .keys()
                    .filter(|name| form.is_repeat(name))
                    .map(|name| {
                        let path = form.group_path(name);
                        (
                            name.as_str(),
                            path.into_iter()
                                .filter(|group| form.is_repeat(group))
                                .collect(),
                        )
                    }),
            )
            .collect();
        let mut rows = Self::default();
        let mut unplaced = Vec::new();
        for (name, row) in answers.keys() {
            let depth = row.as_ref().map_or(0, RowKey::depth);
            match places.get(name.as_str()) {
                Some(repeats) if repeats.len() == depth => rows.add(repeats, row.as_ref()),
                _ => unplaced.push((name.clone(), row.clone())),
            }
        }
        (rows, unplaced)
    }

    fn add(&mut self, repeats: &[&str], row: Option<&RowKey>) {
        for (depth, repeat) in (1..).zip(repeats) {
            if let Some(outer) = row.and_then(|row| row.outer(depth)) {
                self.by_repeat
                    .entry((*repeat).to_owned())
                    .or_default()
                    .insert(outer);
            }
        }
    }

    /// The rows of a repeat.
    pub(crate) fn of_repeat(&self, name: &str) -> impl Iterator<Item = &RowKey> {
        self.by_repeat.get(name).into_iter().flatten()
    }

    /// Where an item stands: once without a row, or in every row of its innermost repeat.
    pub(crate) fn of_item(&self, item: &Item) -> Vec<Option<RowKey>> {
        self.in_repeat(item.repeats.last().map(String::as_str))
    }

    /// Where a group stands: the rows around it. A repeat stands where its rows would be added.
    pub(crate) fn around_group(&self, form: &FormDefinition, name: &str) -> Vec<Option<RowKey>> {
        self.in_repeat(
            self.repeats_around_group(form, name)
                .last()
                .map(String::as_str),
        )
    }

    /// The repeats around a group, outermost first, itself not counted.
    pub(crate) fn repeats_around_group(&self, form: &FormDefinition, name: &str) -> Vec<String> {
        let mut path = form.group_path(name);
        path.pop();
        path.into_iter()
            .filter(|group| form.is_repeat(group))
            .map(str::to_owned)
            .collect()
    }

    fn in_repeat(&self, repeat: Option<&str>) -> Vec<Option<RowKey>> {
        match repeat {
            None => vec![None],
            Some(repeat) => self.of_repeat(repeat).cloned().map(Some).collect(),
        }
    }
}

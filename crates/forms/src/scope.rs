//! What an expression sees from the row it stands in.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use crate::definition::{FormDefinition, Item};
use crate::evaluation::EvalContext;
use crate::expr::operand::Operand;
use crate::expr::run::Scope;
use crate::rows::Rows;
use crate::value::RowKey;

/// Visibility and values as far as they have been computed.
#[derive(Debug, Default)]
pub(crate) struct Known {
    groups: BTreeMap<String, BTreeMap<Option<RowKey>, bool>>,
    items: BTreeMap<String, BTreeMap<Option<RowKey>, (bool, Operand)>>,
}

impl Known {
    pub(crate) fn see_group(&mut self, name: &str, row: Option<&RowKey>, visible: bool) {
        self.groups
            .entry(name.to_owned())
            .or_default()
            .insert(row.cloned(), visible);
    }

    pub(crate) fn see_item(
        &mut self,
        name: &str,
        row: Option<&RowKey>,
        visible: bool,
        value: Operand,
    ) {
        self.items
            .entry(name.to_owned())
            .or_default()
            .insert(row.cloned(), (visible, value));
    }

    /// A group that was not computed (a cycle in a definition of other software) is asked.
    pub(crate) fn group_visible(&self, name: &str, row: Option<&RowKey>) -> bool {
        self.groups
            .get(name)
            .and_then(|rows| rows.get(&row.cloned()))
            .copied()
            .unwrap_or(true)
    }

    pub(crate) fn item_visible(&self, name: &str, row: Option<&RowKey>) -> bool {
        self.at(name, row).is_none_or(|(visible, _)| *visible)
    }

    pub(crate) fn value(&self, name: &str, row: Option<&RowKey>) -> Operand {
        self.at(name, row)
            .map_or_else(Operand::empty, |(_, value)| value.clone())
    }

    fn at(&self, name: &str, row: Option<&RowKey>) -> Option<&(bool, Operand)> {
        self.items
            .get(name)
            .and_then(|rows| rows.get(&row.cloned()))
    }

    /// The values of an item in the visible rows that are in `around`.
    fn values(&self, name: &str, around: Option<&RowKey>) -> Vec<Operand> {
        self.items
            .get(name)
            .into_iter()
            .flatten()
            .filter(|(row, (visible, _))| *visible && is_in(row.as_ref(), around))
            .map(|(_, (_, value))| value.clone())
            .collect()
    }
}

fn is_in(row: Option<&RowKey>, around: Option<&RowKey>) -> bool {
    around.is_none_or(|around| row.is_some_and(|row| row.is_in(around)))
}

/// The view from one row of one form.
pub(crate) struct ItemScope<'s> {
    pub(crate) form: &'s FormDefinition,
    /// The items of the form by name.
    pub(crate) index: &'s BTreeMap<&'s str, &'s Item>,
    pub(crate) rows: &'s Rows,
    pub(crate) known: &'s Known,
    pub(crate) context: &'s EvalContext,
    /// The repeats that the reader is in, outermost first, and its row.
    pub(crate) repeats: &'s [String],
    pub(crate) row: Option<&'s RowKey>,
    /// Extra columns of the candidate choice, in a choice filter.
    pub(crate) choice: Option<&'s BTreeMap<String, String>>,
}

impl ItemScope<'_> {
    /// How many repeats the reader and a thing in `repeats` are in together.
    fn shared_depth<'a>(&self, repeats: impl Iterator<Item = &'a str>) -> usize {
        self.repeats
            .iter()
            .zip(repeats)
            .take_while(|(own, other)| own.as_str() == *other)
            .count()
    }

    /// The row around the reader at this depth.
    fn row_at(&self, depth: usize) -> Option<RowKey> {
        self.row.and_then(|row| row.outer(depth))
    }

    /// One operand per visible row of the repeat; the value says only that the row is there.
    fn rows_of(&self, repeat: &str) -> Operand {
        let outer = self.rows.repeats_around_group(self.form, repeat);
        let around = self.row_at(self.shared_depth(outer.iter().map(String::as_str)));
        let outer = outer.len();
        let visible = |row: &&RowKey| {
            is_in(Some(row), around.as_ref())
                && self.known.group_visible(repeat, row.outer(outer).as_ref())
        };
        Operand::Rows(
            self.rows
                .of_repeat(repeat)
                .filter(visible)
                .map(|row| Operand::Text(row.to_string()))
                .collect(),
        )
    }
}

impl Scope for ItemScope<'_> {
    fn value(&self, name: &str) -> Operand {
        if self.form.is_repeat(name) {
            return self.rows_of(name);
        }
        let Some(item) = self.index.get(name) else {
            return Operand::empty();
        };
        let shared = self.shared_depth(item.repeats.iter().map(String::as_str));
        let row = self.row_at(shared);
        if shared == item.repeats.len() {
            // The reader stands in the item's row, or in a row inside of it: one value.
            self.known.value(name, row.as_ref())
        } else {
            Operand::Rows(self.known.values(name, row.as_ref()))
        }
    }

    fn column(&self, name: &str) -> Operand {
        self.choice
            .and_then(|columns| columns.get(name))
            .map_or_else(Operand::empty, |text| Operand::Text(text.clone()))
    }

    fn choice_label(&self, item: &str, choice: &str) -> Option<String> {
        let item = self.index.get(item)?;
        let choice = self
            .form
            .choices_of(item)
            .iter()
            .find(|one| one.name == choice)?;
        let label = choice
            .label
            .or_fallback(self.context.language, self.form.default_language);
        Some(label.to_owned())
    }

    fn today(&self) -> Date {
        self.context.today
    }

    fn now(&self) -> DateTime {
        self.context.now
    }
}

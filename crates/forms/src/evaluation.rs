//! What an evaluation is given and what it says.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use senim_ids::{Language, UnixMillis};

use crate::value::{AnswerFault, RowKey, Value};

/// Calendar, clock and language of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvalContext {
    /// The day at the place of the visit.
    pub today: Date,
    /// The clock at the place of the visit.
    pub now: DateTime,
    /// The language of `jr:choice-name`.
    pub language: Language,
}

impl EvalContext {
    /// This instant in the civil time that lies so many minutes east of UTC (300 for Kazakhstan).
    ///
    /// Instants and offsets that no calendar holds give 1970-01-01T00:00.
    #[must_use]
    pub fn at(instant: UnixMillis, minutes_east: i16, language: Language) -> Self {
        let millis = i64::try_from(instant.0).unwrap_or(i64::MAX);
        let east = SignedDuration::from_mins(i64::from(minutes_east));
        let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let now = SignedDuration::from_millis(millis)
            .checked_add(east)
            .and_then(|since| epoch.checked_add(since).ok())
            .unwrap_or(epoch);
        Self {
            today: now.date(),
            now,
            language,
        }
    }
}

/// What holds for one item in one row.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemState {
    /// The item is asked.
    pub visible: bool,
    /// An answer is due (visible items only).
    pub required: bool,
    /// The answer cannot be changed.
    pub read_only: bool,
    /// There is an answer, visible or not.
    pub answered: bool,
    /// Why the answer is refused by the form; `None` if it is good or absent, or the item is not asked.
    pub fault: Option<AnswerFault>,
    /// The value of an item with a calculation, and of a hidden one; `None` if it has none now.
    pub calculated: Option<Value>,
    /// The text that the form suggests while there is no answer.
    pub suggested: Option<String>,
    /// Names of the choices to offer, in order, if the item filters them.
    pub offered: Option<Vec<String>>,
    /// The answer offers the immediate-action notice.
    pub urgent: bool,
    /// The evidence of the answer is asked.
    pub evidence_asked: bool,
}

impl ItemState {
    /// Whether the form accepts the answer.
    #[must_use]
    pub const fn constraint_ok(&self) -> bool {
        self.fault.is_none()
    }
}

/// What holds for a group (with `None` or the row around it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupState {
    /// The group is asked.
    pub visible: bool,
    /// How many rows there should be, at most 1,000, if the form says so.
    pub expected_rows: Option<u16>,
}

/// What is done in a section; rows of repeats count each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SectionCount {
    /// Questions that are asked.
    pub relevant: u32,
    /// Of them answered, with an answer that the form accepts.
    pub answered: u32,
    /// Of them due and not answered.
    pub required_missing: u32,
}

/// All that follows from the answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Every item, in every row of its repeat; `None` outside of repeats.
    pub items: BTreeMap<(String, Option<RowKey>), ItemState>,
    /// Every group and repeat, under the row around it.
    pub groups: BTreeMap<(String, Option<RowKey>), GroupState>,
    /// Every section by name.
    pub sections: BTreeMap<String, SectionCount>,
    /// Answers that the form has no place for (another version, or a row key of another depth). Kept by the caller.
    pub unplaced: Vec<(String, Option<RowKey>)>,
    /// Formulas that gave no value because a limit was reached. Their items are asked, never hidden.
    pub exhausted: Vec<String>,
}

impl Evaluation {
    /// What holds for an item in a row.
    #[must_use]
    pub fn item(&self, name: &str, row: Option<&RowKey>) -> Option<&ItemState> {
        self.items.get(&(name.to_owned(), row.cloned()))
    }

    /// Whether the item is asked in this row.
    #[must_use]
    pub fn visible(&self, name: &str, row: Option<&RowKey>) -> bool {
        self.item(name, row).is_some_and(|state| state.visible)
    }
}

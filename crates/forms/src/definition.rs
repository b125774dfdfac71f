//! A compiled form: what a device runs, what travels as JSON, and what a form version is the hash of.

use std::collections::BTreeMap;

use senim_ids::{Language, Sensitivity};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::expr::ast::Formula;
use crate::text::Text3;

/// A form. Made by [`crate::compile_csv`], [`crate::compile_xlsx`] or [`FormDefinition::from_json`].
///
/// Skip logic, calculations and validity are no part of it: they are computed from it and the answers by
/// [`crate::evaluate()`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FormDefinition {
    /// Short id such as `F01`; stands in the keys of a visit document.
    pub id: String,
    /// The version for people, such as a date. The version that binds is [`FormDefinition::version`].
    pub label_version: String,
    /// What the form is called.
    pub title: Text3,
    /// The language that texts fall back to.
    pub default_language: Language,
    /// The languages in which every text of the form is there.
    pub languages: Vec<Language>,
    /// True if the form is answered once for each place, false if once for a visit.
    pub per_place: bool,
    /// Top-level groups, in order. Questions outside of any group stand in sections named `_1`, `_2`, ...
    pub sections: Vec<Section>,
    /// Every group and repeat by name, sections that are groups included.
    pub groups: BTreeMap<String, Group>,
    /// Lists of choices by name, in order.
    pub choices: BTreeMap<String, Vec<Choice>>,
}

/// A part of the form as a person pages through it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Section {
    /// Name of its group, or `_` and a number.
    pub name: String,
    /// Heading; the form's title for a section without a group.
    pub label: Text3,
    /// Items of the section and of all groups in it, in order.
    pub items: Vec<Item>,
}

/// A group or a repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Group {
    /// Heading.
    pub label: Text3,
    /// The group around it.
    pub parent: Option<String>,
    /// When the group is asked. Always, if there is none.
    #[ts(as = "Option<String>")]
    pub relevant: Option<Formula>,
    /// How the group is drawn.
    pub appearance: Vec<Appearance>,
    /// Whether it has rows.
    pub kind: GroupKind,
}

/// Whether a group has rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// Asked once.
    Group,
    /// Asked once for each row. A row is known by a random id, never by its position.
    Repeat {
        /// How many rows there should be, if the form says so.
        #[ts(as = "Option<String>")]
        count: Option<Formula>,
    },
}

/// One row of the form that is neither a group nor its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Item {
    /// Stable name, unique in the form: 1 to 64 bytes.
    pub name: String,
    /// The number people say, such as `F01/6`.
    pub number: Option<String>,
    /// What kind of answer.
    pub kind: ItemKind,
    /// The question.
    pub label: Text3,
    /// A line of help.
    pub hint: Option<Text3>,
    /// Longer help, shown on request.
    pub guidance: Option<Text3>,
    /// Name of a picture that comes with the form.
    pub image: Option<String>,
    /// When an answer is due.
    #[ts(as = "Option<String>")]
    pub required: Option<Formula>,
    /// What to say if it is missing.
    pub required_message: Option<Text3>,
    /// When the item is asked.
    #[ts(as = "Option<String>")]
    pub relevant: Option<Formula>,
    /// What an answer must satisfy.
    #[ts(as = "Option<String>")]
    pub constraint: Option<Formula>,
    /// What to say if it does not.
    pub constraint_message: Option<Text3>,
    /// How the value is computed. Computed values are never stored.
    #[ts(as = "Option<String>")]
    pub calculation: Option<Formula>,
    /// What is suggested while there is no answer; not an answer until a person confirms it.
    pub default: Option<DefaultValue>,
    /// Which choices are offered.
    #[ts(as = "Option<String>")]
    pub choice_filter: Option<Formula>,
    /// When the answer cannot be changed.
    #[ts(as = "Option<String>")]
    pub read_only: Option<Formula>,
    /// Which document the answer belongs to.
    pub sensitivity: Sensitivity,
    /// Where the question comes from, such as `S1 ¶141`.
    pub sources: Vec<String>,
    /// The norm to print next to a finding.
    pub norm: Option<String>,
    /// Ids of the legal limits the answer is held against, such as `L18`.
    pub limits: Vec<String>,
    /// When the answer offers the immediate-action notice.
    #[ts(as = "Option<String>")]
    pub urgent: Option<Formula>,
    /// When the evidence (seen, document, testimony) is asked.
    pub evidence: Evidence,
    /// How the item is drawn.
    pub appearance: Vec<Appearance>,
    /// The groups it stands in, outermost first.
    pub groups: Vec<String>,
    /// The repeats among `groups`, outermost first: a row key has as many parts.
    pub repeats: Vec<String>,
}

/// What kind of answer an item takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// Free text.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// A calendar day.
    Date,
    /// A time of day.
    Time,
    /// A calendar day with a time.
    DateTime,
    /// One of a list.
    SelectOne {
        /// Name of the list.
        list: String,
    },
    /// Any of a list.
    SelectMultiple {
        /// Name of the list.
        list: String,
    },
    /// A list put in order.
    Rank {
        /// Name of the list.
        list: String,
    },
    /// A number between two ends in steps; the three are decimal texts, so that the form's hash meets no rounding.
    Range {
        /// Least value.
        start: String,
        /// Greatest value.
        end: String,
        /// Distance between values, above 0.
        step: String,
    },
    /// Latitude and longitude.
    Geopoint,
    /// A photo; the answer is the hash of the photo.
    Image,
    /// A confirmation.
    Acknowledge,
    /// A text to read; takes no answer.
    Note,
    /// A computed value; takes no answer.
    Calculate,
    /// Never shown; has the value of its default.
    Hidden,
}

impl ItemKind {
    /// Name of the list of choices, for the kinds that have one.
    #[must_use]
    pub fn list(&self) -> Option<&str> {
        match self {
            Self::SelectOne { list } | Self::SelectMultiple { list } | Self::Rank { list } => {
                Some(list)
            }
            _ => None,
        }
    }

    /// Whether a person answers it.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        !matches!(self, Self::Note | Self::Calculate | Self::Hidden)
    }
}

/// What is suggested while there is no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultValue {
    /// As written.
    Literal(String),
    /// Computed.
    Computed(#[ts(as = "String")] Formula),
}

/// When the evidence is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Asked for Partly and No (the default).
    Ask,
    /// Asked for every answer.
    Always,
    /// Never asked.
    None,
}

/// How an item is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Appearance {
    /// A list that opens.
    Minimal,
    /// A group on one screen.
    FieldList,
    /// Several lines of text.
    Multiline,
    /// Choices side by side on one line.
    Likert,
    /// Choices in columns.
    Columns,
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Choice {
    /// Stable name; stands in answers.
    pub name: String,
    /// What people read.
    pub label: Text3,
    /// Values of extra columns that choice filters read.
    pub columns: BTreeMap<String, String>,
}

impl FormDefinition {
    /// Every item of the form, in order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| &section.items)
    }

    /// The item of this name.
    #[must_use]
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items().find(|item| item.name == name)
    }

    /// The choices of an item; none if it has no list.
    #[must_use]
    pub fn choices_of(&self, item: &Item) -> &[Choice] {
        item.kind
            .list()
            .and_then(|list| self.choices.get(list))
            .map_or(&[], Vec::as_slice)
    }

    /// The groups around a group or repeat and itself, outermost first. At most as many as there are groups.
    pub(crate) fn group_path<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut path = vec![name];
        let mut at = self.groups.get(name);
        while let Some(parent) = at.and_then(|group| group.parent.as_deref()) {
            if path.len() > self.groups.len() {
                break;
            }
            path.push(parent);
            at = self.groups.get(parent);
        }
        path.reverse();
        path
    }

    /// Whether the group of this name has rows.
    #[must_use]
    pub fn is_repeat(&self, name: &str) -> bool {
        self.groups
            .get(name)
            .is_some_and(|group| matches!(group.kind, GroupKind::Repeat { .. }))
    }
}

//! Answers: what an item holds, its one text form, and whether a text is an answer to an item.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};
use senim_ids::RowId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::definition::{FormDefinition, Item, ItemKind};
use crate::expr::{dates, operand};

/// Longest answer, in characters.
pub const MAX_ANSWER_CHARS: usize = 4_000;

/// Deepest nesting of repeats.
pub const MAX_REPEAT_DEPTH: usize = 3;

/// One answer. [`Value::to_wire`] is how it stands in a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Free text, or the hash of a photo.
    Text(String),
    /// A number, whole or not; never NaN or infinite.
    Number(f64),
    /// A confirmation.
    Bool(bool),
    /// A calendar day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A calendar day with a time, without a zone.
    DateTime(DateTime),
    /// The name of a choice.
    Choice(String),
    /// Names of choices: sorted for `select_multiple`, in the chosen order for `rank`.
    Choices(Vec<String>),
    /// Latitude and longitude in degrees.
    Point {
        /// -90 to 90.
        latitude: f64,
        /// -180 to 180.
        longitude: f64,
    },
}

impl Value {
    /// The stable text: decimal without exponent, `yes`/`no`, ISO 8601, choice names with one space between.
    #[must_use]
    pub fn to_wire(&self) -> String {
        match self {
            Self::Text(text) | Self::Choice(text) => text.clone(),
            Self::Number(number) => operand::text_of_number(*number),
            Self::Bool(true) => "yes".to_owned(),
            Self::Bool(false) => "no".to_owned(),
            Self::Date(date) => date.to_string(),
            Self::Time(time) => time.to_string(),
            Self::DateTime(instant) => instant.to_string(),
            Self::Choices(names) => names.join(" "),
            Self::Point {
                latitude,
                longitude,
            } => format!("{latitude} {longitude}"),
        }
    }

    /// Reads a text as an answer of this kind. Whether a choice is in its list is [`FormDefinition::check_answer`]'s to say.
    ///
    /// # Errors
    /// [`AnswerFault`] without the text in it.
    pub fn parse(kind: &ItemKind, text: &str) -> Result<Self, AnswerFault> {
        check_letters(kind, text)?;
        if text.trim().is_empty() {
            return Err(AnswerFault::Empty);
        }
        match kind {
            ItemKind::Text => Ok(Self::Text(text.to_owned())),
            ItemKind::Integer => integer(text),
            ItemKind::Decimal => decimal(text)
                .map(Self::Number)
                .ok_or(AnswerFault::NotANumber),
            ItemKind::Range { start, end, step } => range(text, [start, end, step]),
            ItemKind::Date => dates::parse_date(text)
                .map(Self::Date)
                .ok_or(AnswerFault::NotADate),
            ItemKind::Time => dates::parse_time(text)
                .map(Self::Time)
                .ok_or(AnswerFault::NotATime),
            ItemKind::DateTime => dates::parse_instant(text)
                .map(Self::DateTime)
                .ok_or(AnswerFault::NotADate),
            ItemKind::SelectOne { .. } => Ok(Self::Choice(text.to_owned())),
            ItemKind::SelectMultiple { .. } => choices(text).map(|mut names| {
                names.sort();
                Self::Choices(names)
            }),
            ItemKind::Rank { .. } => choices(text).map(Self::Choices),
            ItemKind::Geopoint => point(text).ok_or(AnswerFault::NotAPoint),
            ItemKind::Image => photo(text).ok_or(AnswerFault::NotAPhoto),
            ItemKind::Acknowledge => match text {
                "yes" => Ok(Self::Bool(true)),
                "no" => Ok(Self::Bool(false)),
                _ => Err(AnswerFault::NotYesOrNo),
            },
            ItemKind::Note | ItemKind::Calculate | ItemKind::Hidden => Err(AnswerFault::NotAsked),
        }
    }
}

macro_rules! answer_faults {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// Why a text is no answer to an item. Carries no word of the text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, thiserror::Error)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum AnswerFault { $($(#[$doc])* #[error($word)] $variant,)* }

        impl AnswerFault {
            /// Every fault, for the test that each has its sentence.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it stands in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

answer_faults! {
    /// Nothing but spaces; clearing an answer is another request.
    Empty = "empty";
    /// Over [`MAX_ANSWER_CHARS`].
    TooLong = "too-long";
    /// A control character, or one that turns the direction of writing.
    ControlCharacter = "control-character";
    /// The item takes no answer.
    NotAsked = "not-asked";
    /// Not a whole number of at most 15 digits.
    NotAnInteger = "not-an-integer";
    /// Not a decimal number of at most 15 digits.
    NotANumber = "not-a-number";
    /// Outside of the range, or between two of its steps.
    OutOfRange = "out-of-range";
    /// Not a day or an instant of the calendar in ISO 8601.
    NotADate = "not-a-date";
    /// Not a time of day.
    NotATime = "not-a-time";
    /// The list has no such choice.
    NoSuchChoice = "no-such-choice";
    /// One choice twice.
    DuplicateChoice = "duplicate-choice";
    /// Not a latitude and a longitude.
    NotAPoint = "not-a-point";
    /// Not the hash of a photo.
    NotAPhoto = "not-a-photo";
    /// Neither `yes` nor `no`.
    NotYesOrNo = "not-yes-or-no";
    /// The form's constraint on the answer does not hold.
    Constraint = "constraint";
}

impl FormDefinition {
    /// Reads a text as an answer to an item: type, choice in the list, at most 4,000 characters, no control characters
    /// (line breaks and tabs are allowed in free text).
    ///
    /// The constraint is not checked here: it may read other answers, see [`crate::evaluate()`].
    ///
    /// # Errors
    /// [`AnswerFault`] without the text in it.
    pub fn check_answer(&self, item: &Item, text: &str) -> Result<Value, AnswerFault> {
        let value = Value::parse(&item.kind, text)?;
        let known = |name: &String| {
            self.choices_of(item)
                .iter()
                .any(|choice| choice.name == *name)
        };
        let all_known = match &value {
            Value::Choice(name) => known(name),
            Value::Choices(names) => names.iter().all(known),
            _ => true,
        };
        if all_known {
            Ok(value)
        } else {
            Err(AnswerFault::NoSuchChoice)
        }
    }
}

fn check_letters(kind: &ItemKind, text: &str) -> Result<(), AnswerFault> {
    if text.chars().count() > MAX_ANSWER_CHARS {
        return Err(AnswerFault::TooLong);
    }
    let lines = *kind == ItemKind::Text;
    // Direction overrides let a text look like another one on the screen and in print.
    let refused = |c: char| {
        (c.is_control() && !(lines && matches!(c, '\n' | '\t')))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.chars().any(refused) {
        Err(AnswerFault::ControlCharacter)
    } else {
        Ok(())
    }
}

fn integer(text: &str) -> Result<Value, AnswerFault> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AnswerFault::NotAnInteger);
    }
    text.parse()
        .map(Value::Number)
        .map_err(|_| AnswerFault::NotAnInteger)
}

/// A decimal of at most 15 digits, which a 64-bit float keeps to the last digit. One comma is read as the decimal point.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let text = text.replacen(',', ".", 1);
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let figures = digits.bytes().filter(u8::is_ascii_digit).count();
    let shape = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !shape || !(1..=15).contains(&figures) {
        None
    } else {
        text.parse().ok()
    }
}

fn range(text: &str, [start, end, step]: [&String; 3]) -> Result<Value, AnswerFault> {
    let number = decimal(text).ok_or(AnswerFault::NotANumber)?;
    let ends = (decimal(start), decimal(end), decimal(step));
    let (Some(start), Some(end), Some(step)) = ends else {
        return Err(AnswerFault::OutOfRange);
    };
    let steps = (number - start) / step;
    let on_step = (steps - steps.round()).abs() < 1e-6;
    if number >= start && number <= end && on_step {
        Ok(Value::Number(number))
    } else {
        Err(AnswerFault::OutOfRange)
    }
}

fn choices(text: &str) -> Result<Vec<String>, AnswerFault> {
    let names: Vec<String> = text
        .split(' ')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    if sorted.len() == names.len() {
        Ok(names)
    } else {
        Err(AnswerFault::DuplicateChoice)
    }
}

fn point(text: &str) -> Option<Value> {
    let (latitude, longitude) = text.split_once(' ')?;
    if text.contains(',') {
        return None;
    }
    let (latitude, longitude) = (decimal(latitude)?, decimal(longitude)?);
    let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    on_earth.then_some(Value::Point {
        latitude,
        longitude,
    })
}

fn photo(text: &str) -> Option<Value> {
    let hex = text
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (text.len() == 64 && hex).then(|| Value::Text(text.to_owned()))
}

/// Which row an answer stands in: the random ids of the rows around it, one for each repeat, outermost first.
///
/// Text form: the ids with `.` between, such as `00112233aabbccdd` or `00112233aabbccdd.8899aabb00112233`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(Vec<RowId>);

impl RowKey {
    /// A row of an outermost repeat.
    #[must_use]
    pub fn new(row: RowId) -> Self {
        Self(vec![row])
    }

    /// A row inside this row.
    #[must_use]
    pub fn child(&self, row: RowId) -> Self {
        let mut ids = self.0.clone();
        ids.push(row);
        Self(ids)
    }

    /// How many repeats the row is in: 1 or more.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// The row of the outer repeat at this depth; `None` for 0 or more than [`Self::depth`].
    #[must_use]
    pub fn outer(&self, depth: usize) -> Option<Self> {
        match self.0.get(..depth) {
            Some([]) | None => None,
            Some(ids) => Some(Self(ids.to_vec())),
        }
    }

    /// The innermost id.
    #[must_use]
    pub fn row(&self) -> Option<RowId> {
        self.0.last().copied()
    }

    /// Whether this row is `outer` or inside of it.
    #[must_use]
    pub fn is_in(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }
}

impl From<RowId> for RowKey {
    fn from(row: RowId) -> Self {
        Self::new(row)
    }
}

impl std::fmt::Display for RowKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, id) in self.0.iter().enumerate() {
            write!(f, "{}{id}", if index > 0 { "." } else { "" })?;
        }
        Ok(())
    }
}

impl std::str::FromStr for RowKey {
    type Err = senim_ids::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ids: Vec<RowId> = text
            .split('.')
            .take(MAX_REPEAT_DEPTH.saturating_add(1))
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        if ids.len() > MAX_REPEAT_DEPTH {
            Err(senim_ids::IdError)
        } else {
            Ok(Self(ids))
        }
    }
}

/// The answers to one form for one place and one observer: by item name and, inside a repeat, by row.
///
/// A row exists if anything is answered in it; an empty row is kept by an entry under the repeat's own name, with any
/// value. A conflicted answer is left out: it counts as not answered until a person chose.
pub type Answers = BTreeMap<(String, Option<RowKey>), Value>;

//! Values inside an expression and how XPath 1.0 turns one kind into another.
//!
//! | from \ to | number | text | yes-no |
//! |---|---|---|---|
//! | number | itself | shortest decimal, `NaN` as "NaN" | false for 0 and NaN |
//! | text | decimal, or days of an ISO date or instant, else NaN; "" is NaN | itself | false for "" |
//! | yes-no | 1, 0 | "true", "false" | itself |
//! | date, instant | days since 1970-01-01 | ISO 8601 | true |
//! | rows | of the first | of the first, "" if none | true if any row is answered |
//!
//! "Not answered" is the empty text. Source: XPath 1.0 sections 4.2-4.4; dates as in the ODK XForms specification.

use jiff::civil::{Date, DateTime};

use super::ast::Operator;
use super::dates;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Text(String),
    Number(f64),
    Bool(bool),
    Date(Date),
    Instant(DateTime),
    /// One value for each row of a repeat, unanswered ones as "".
    Rows(Vec<Operand>),
}

impl Operand {
    /// What stands for "not answered".
    pub(crate) const fn empty() -> Self {
        Self::Text(String::new())
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Number(number) => number.is_nan(),
            Self::Rows(rows) => rows.iter().all(Self::is_empty),
            Self::Bool(_) | Self::Date(_) | Self::Instant(_) => false,
        }
    }

    pub(crate) fn number(&self) -> f64 {
        match self {
            Self::Text(text) => number_of_text(text),
            Self::Number(number) => *number,
            Self::Bool(true) => 1.0,
            Self::Bool(false) => 0.0,
            Self::Date(date) => dates::days(*date),
            Self::Instant(instant) => dates::decimal_days(*instant),
            Self::Rows(rows) => rows.first().map_or(f64::NAN, Self::number),
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => text_of_number(*number),
            Self::Bool(true) => "true".to_owned(),
            Self::Bool(false) => "false".to_owned(),
            Self::Date(date) => date.to_string(),
            Self::Instant(instant) => instant.to_string(),
            Self::Rows(rows) => rows.first().map_or_else(String::new, Self::text),
        }
    }

    pub(crate) fn bool(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => !number.is_nan() && *number != 0.0,
            Self::Bool(yes) => *yes,
            Self::Date(_) | Self::Instant(_) => true,
            Self::Rows(rows) => rows.iter().any(|row| !row.is_empty()),
        }
    }

    /// The date or instant this is or spells, as an instant; a date is its midnight.
    pub(crate) fn instant(&self) -> Option<DateTime> {
        match self {
            Self::Date(date) => Some(date.at(0, 0, 0, 0)),
            Self::Instant(instant) => Some(*instant),
            Self::Text(text) => dates::parse_instant(text)
                .or_else(|| dates::parse_date(text).map(|date| date.at(0, 0, 0, 0))),
            Self::Number(days) => dates::instant_of_days(*days),
            Self::Bool(_) => None,
            Self::Rows(rows) => rows.first().and_then(Self::instant),
        }
    }
}

impl From<&str> for Operand {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

fn number_of_text(text: &str) -> f64 {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    // Rust would also read "inf", "1e9" and "+1", which are no numbers of XPath.
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return text.parse().unwrap_or(f64::NAN);
    }
    if let Some(date) = dates::parse_date(text) {
        return dates::days(date);
    }
    dates::parse_instant(text).map_or(f64::NAN, dates::decimal_days)
}

/// The shortest decimal that reads back as the same number; zero has no sign.
pub(crate) fn text_of_number(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".to_owned()
        } else {
            "-Infinity".to_owned()
        }
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// `left operator right` for the comparisons. With rows, true if any row makes it true (XPath 1.0 section 3.4).
pub(crate) fn compare(operator: Operator, left: &Operand, right: &Operand) -> bool {
    match (left, right) {
        (Operand::Rows(rows), other) => rows.iter().any(|row| compare(operator, row, other)),
        (other, Operand::Rows(rows)) => rows.iter().any(|row| compare(operator, other, row)),
        (left, right) => compare_single(operator, left, right),
    }
}

#[expect(
    clippy::float_cmp,
    reason = "XPath defines `=` of numbers as exact equality"
)]
fn compare_single(operator: Operator, left: &Operand, right: &Operand) -> bool {
    let (l, r) = (left.number(), right.number());
    match operator {
        Operator::Less => l < r,
        Operator::LessOrEqual => l <= r,
        Operator::More => l > r,
        Operator::MoreOrEqual => l >= r,
        Operator::NotEqual => !compare_single(Operator::Equal, left, right),
        _ => match (left, right) {
            (Operand::Bool(_), _) | (_, Operand::Bool(_)) => left.bool() == right.bool(),
            (Operand::Number(_), _) | (_, Operand::Number(_)) => l == r,
            (Operand::Date(_), Operand::Instant(_)) | (Operand::Instant(_), Operand::Date(_)) => {
                l == r
            }
            _ => left.text() == right.text(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Operand {
        Operand::from(text)
    }

    #[test]
    fn coercions_follow_the_table() {
        let date = Operand::Date(Date::constant(1970, 1, 11));
        for (operand, number, as_text, yes) in [
            (Operand::Number(2.0), 2.0, "2", true),
            (Operand::Number(-0.0), 0.0, "0", false),
            (Operand::Number(0.5), 0.5, "0.5", true),
            (text("12.50"), 12.5, "12.50", true),
            (text(" 7 "), 7.0, " 7 ", true),
            (text("-3"), -3.0, "-3", true),
            (text("1970-01-03"), 2.0, "1970-01-03", true),
            (text("1970-01-03T12:00"), 2.5, "1970-01-03T12:00", true),
            (Operand::Bool(true), 1.0, "true", true),
            (Operand::Bool(false), 0.0, "false", false),
            (date, 10.0, "1970-01-11", true),
            (
                Operand::Rows(vec![Operand::Number(4.0), text("x")]),
                4.0,
                "4",
                true,
            ),
        ] {
            assert!(
                (operand.number() - number).abs() < f64::EPSILON,
                "{operand:?}"
            );
            assert_eq!(operand.text(), as_text);
            assert_eq!(operand.bool(), yes, "{operand:?}");
        }
        for no_number in [
            "",
            "abc",
            "1e9",
            "inf",
            "NaN",
            "+1",
            "-",
            ".",
            "1.2.3",
            "2026-02-30",
        ] {
            assert!(text(no_number).number().is_nan(), "{no_number}");
        }
        assert_eq!(Operand::Number(f64::NAN).text(), "NaN");
        assert_eq!(Operand::Number(f64::NEG_INFINITY).text(), "-Infinity");
        assert!(!Operand::Number(f64::NAN).bool());
        assert!(!text("").bool() && !Operand::Rows(vec![text("")]).bool());
    }

    #[test]
    fn comparisons_follow_xpath() {
        use Operator::{Equal, Less, More, NotEqual};
        let rows = Operand::Rows(vec![text("a"), text("b")]);
        for (operator, left, right, expected) in [
            (Equal, text("1.0"), Operand::Number(1.0), true),
            (Equal, text("1.0"), text("1"), false),
            (Equal, text(""), Operand::Number(0.0), false),
            (NotEqual, text(""), Operand::Number(0.0), true),
            (Equal, text("x"), Operand::Bool(true), true),
            (More, text(""), Operand::Number(0.0), false),
            (Less, text(""), Operand::Number(0.0), false),
            (
                Less,
                text("2026-01-01"),
                Operand::Date(Date::constant(2026, 1, 2)),
                true,
            ),
            (
                Equal,
                text("2026-01-02"),
                Operand::Date(Date::constant(2026, 1, 2)),
                true,
            ),
            (Equal, rows.clone(), text("b"), true),
            (NotEqual, rows.clone(), text("b"), true),
            (Equal, rows, text("c"), false),
            (Equal, Operand::Rows(vec![]), text(""), false),
        ] {
            assert_eq!(
                compare(operator, &left, &right),
                expected,
                "{left:?} {operator:?} {right:?}"
            );
        }
        let midnight = Operand::Instant(Date::constant(2026, 1, 2).at(0, 0, 0, 0));
        assert!(compare(
            Equal,
            &midnight,
            &Operand::Date(Date::constant(2026, 1, 2))
        ));
    }
}

//! What each function does with its values. Pure; every function gives a value for every input.
//!
//! Differences from ODK, all on purpose:
//! - `sum`, `min`, `max` leave out rows that are not answered; in ODK one empty row makes the whole sum NaN.
//! - `round(x)` and `round(x, places)` round halves away from the smaller number (XPath 1.0: 2.5 to 3, -2.5 to -2).
//! - `regex` has no look-around (see `pattern`); `format-date` has no names of days and months (see `dates`).

use jiff::civil::DateTime;

use super::dates;
use super::function::Function;
use super::operand::Operand;
use super::run::MAX_TEXT_BYTES;

/// Calls a function whose number of arguments the parser has checked; a missing argument reads as not answered.
pub(crate) fn call(function: Function, values: &[Operand]) -> Operand {
    let empty = Operand::empty();
    let first = values.first().unwrap_or(&empty);
    let second = values.get(1).unwrap_or(&empty);
    match function {
        // These need more than values; the runner does them.
        Function::If | Function::ChoiceName | Function::Regex | Function::Today | Function::Now => {
            Operand::empty()
        }
        Function::Not => Operand::Bool(!first.bool()),
        Function::True => Operand::Bool(true),
        Function::False => Operand::Bool(false),
        Function::Boolean => Operand::Bool(first.bool()),
        Function::BooleanFromString => Operand::Bool(matches!(first.text().as_str(), "true" | "1")),
        Function::Coalesce => coalesce(values),
        Function::Date
        | Function::DateTime
        | Function::DecimalDateTime
        | Function::DecimalTime
        | Function::FormatDate
        | Function::FormatDateTime => calendar(function, first, second),
        Function::Count
        | Function::CountNonEmpty
        | Function::Sum
        | Function::Min
        | Function::Max => aggregate(function, values),
        Function::Number
        | Function::Int
        | Function::Floor
        | Function::Ceiling
        | Function::Round
        | Function::Abs
        | Function::Pow => Operand::Number(arithmetic(function, first.number(), values.get(1))),
        Function::Selected | Function::SelectedAt | Function::CountSelected => {
            selection(function, first, second)
        }
        Function::Text
        | Function::Concat
        | Function::Join
        | Function::TextLength
        | Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::SubstringBefore
        | Function::SubstringAfter
        | Function::Substr
        | Function::NormalizeSpace
        | Function::Translate => words(function, values, first, second),
    }
}

fn coalesce(values: &[Operand]) -> Operand {
    values
        .iter()
        .find(|value| !value.is_empty())
        .cloned()
        .unwrap_or_else(Operand::empty)
}

fn calendar(function: Function, value: &Operand, format: &Operand) -> Operand {
    if function == Function::DecimalTime {
        return Operand::Number(day_part(value));
    }
    let Some(instant) = value.instant() else {
        let number = function == Function::DecimalDateTime;
        return if number {
            Operand::Number(f64::NAN)
        } else {
            Operand::empty()
        };
    };
    match function {
        Function::Date => Operand::Date(instant.date()),
        Function::DateTime => Operand::Instant(instant),
        Function::DecimalDateTime => Operand::Number(dates::decimal_days(instant)),
        _ => Operand::Text(dates::format(instant, &format.text())),
    }
}

/// The part of the day of a time (`HH:MM`) or of an instant.
fn day_part(value: &Operand) -> f64 {
    dates::parse_time(&value.text())
        .or_else(|| match value {
            Operand::Number(_) | Operand::Bool(_) => None,
            _ => value.instant().map(DateTime::time),
        })
        .map_or(f64::NAN, dates::decimal_time)
}

/// All rows of all arguments, one after another.
fn flattened(values: &[Operand]) -> impl Iterator<Item = &Operand> {
    values.iter().flat_map(|value| match value {
        Operand::Rows(rows) => rows.as_slice(),
        single => std::slice::from_ref(single),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of rows is far below 2^53"
)]
fn aggregate(function: Function, values: &[Operand]) -> Operand {
    let answered = || flattened(values).filter(|value| !value.is_empty());
    let extreme = |pick: fn(f64, f64) -> f64| {
        answered().map(Operand::number).reduce(|a, b| {
            if a.is_nan() || b.is_nan() {
                f64::NAN
            } else {
                pick(a, b)
            }
        })
    };
    Operand::Number(match function {
        Function::Count => flattened(values).count() as f64,
        Function::CountNonEmpty => answered().count() as f64,
        Function::Sum => answered().map(Operand::number).sum(),
        Function::Min => extreme(f64::min).unwrap_or(f64::NAN),
        _ => extreme(f64::max).unwrap_or(f64::NAN),
    })
}

fn arithmetic(function: Function, value: f64, second: Option<&Operand>) -> f64 {
    match function {
        Function::Int => value.trunc(),
        Function::Floor => value.floor(),
        Function::Ceiling => value.ceil(),
        Function::Abs => value.abs(),
        Function::Pow => value.powf(second.map_or(f64::NAN, Operand::number)),
        Function::Round => round(value, second.map_or(0.0, Operand::number)),
        _ => value,
    }
}

/// Rounds to so many decimal places, -10 to 10; halves go up.
fn round(value: f64, places: f64) -> f64 {
    if places.is_nan() {
        return f64::NAN;
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped to -10 to 10")]
    let places = places.trunc().clamp(-10.0, 10.0) as i32;
    let scale = 10_f64.powi(places.saturating_abs());
    let scaled = if places >= 0 {
        value * scale
    } else {
        value / scale
    };
    let rounded = (scaled + 0.5).floor();
    if places >= 0 {
        rounded / scale
    } else {
        rounded * scale
    }
}

fn selection(function: Function, value: &Operand, second: &Operand) -> Operand {
    let text = value.text();
    let mut chosen = text.split_whitespace();
    match function {
        Function::Selected => {
            let wanted = second.text();
            let wanted = wanted.trim();
            Operand::Bool(match value {
                // Chosen in any row.
                Operand::Rows(rows) => rows
                    .iter()
                    .any(|row| row.text().split_whitespace().any(|one| one == wanted)),
                _ => chosen.any(|one| one == wanted),
            })
        }
        Function::SelectedAt => {
            let index = second.number();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be 0 to 10000"
            )]
            let index = if (0.0..10_000.0).contains(&index) {
                Some(index as usize)
            } else {
                None
            };
            index
                .and_then(|index| chosen.nth(index))
                .map_or_else(Operand::empty, Operand::from)
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a count of words in at most 64 KiB"
        )]
        _ => Operand::Number(chosen.count() as f64),
    }
}

fn words(function: Function, values: &[Operand], first: &Operand, second: &Operand) -> Operand {
    let text = first.text();
    let other = second.text();
    let found = |part: Option<&str>| Operand::from(part.unwrap_or(""));
    match function {
        Function::Text => Operand::Text(text),
        Function::Concat => Operand::Text(joined("", values)),
        Function::Join => Operand::Text(joined(&text, values.get(1..).unwrap_or(&[]))),
        #[expect(clippy::cast_precision_loss, reason = "at most 64 KiB")]
        Function::TextLength => Operand::Number(text.chars().count() as f64),
        Function::Contains => Operand::Bool(text.contains(&other)),
        Function::StartsWith => Operand::Bool(text.starts_with(&other)),
        Function::EndsWith => Operand::Bool(text.ends_with(&other)),
        Function::SubstringBefore => found(text.split_once(&other).map(|(before, _)| before)),
        Function::SubstringAfter => found(text.split_once(&other).map(|(_, after)| after)),
        Function::Substr => Operand::Text(substr(
            &text,
            second.number(),
            values.get(2).map(Operand::number),
        )),
        Function::NormalizeSpace => {
            Operand::Text(text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        _ => Operand::Text(translate(
            &text,
            &other,
            &values.get(2).map_or_else(String::new, Operand::text),
        )),
    }
}

/// The texts of all rows of all values with `between` between them. Stops just above the cap, which the runner then sees.
fn joined(between: &str, values: &[Operand]) -> String {
    let mut text = String::new();
    for (index, value) in flattened(values).enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        text.push_str(&value.text());
        if text.len() > MAX_TEXT_BYTES {
            break;
        }
    }
    text
}

/// Characters from `start` (counted from 0, from the end if negative) up to but without `end`.
fn substr(text: &str, start: f64, end: Option<f64>) -> String {
    let length = text.chars().count();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to 0 and the length of the text"
    )]
    let place = |index: f64| {
        let from_start = if index < 0.0 {
            index + length as f64
        } else {
            index
        };
        from_start.clamp(0.0, length as f64) as usize
    };
    if start.is_nan() || end.is_some_and(f64::is_nan) {
        return String::new();
    }
    let (start, end) = (place(start), end.map_or(length, place));
    text.chars()
        .skip(start)
        .take(end.saturating_sub(start))
        .collect()
}

/// Each character of `from` (its first 200) becomes the one at its place in `to`, or nothing if `to` is shorter.
fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    text.chars()
        .filter_map(
            |c| match from.chars().take(200).position(|wanted| wanted == c) {
                None => Some(c),
                Some(index) => to.get(index).copied(),
            },
        )
        .collect()
}

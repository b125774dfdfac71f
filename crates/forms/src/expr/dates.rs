//! Dates and times of expressions: civil, without time zones, counted in days since 1970-01-01.
//!
//! "Today" and "now" are what the device's calendar says at the place of the visit; answers carry no zone either, so a
//! tablet set to another zone shows the same dates.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

const EPOCH: Date = Date::constant(1970, 1, 1);
const DAY_SECONDS: i64 = 86_400;

/// Days from 1970-01-01 to `date`; negative before it.
pub(crate) fn days(date: Date) -> f64 {
    seconds_between(EPOCH.at(0, 0, 0, 0), date.at(0, 0, 0, 0)) / 86_400.0
}

/// Days and parts of a day from 1970-01-01T00:00 to `instant`.
pub(crate) fn decimal_days(instant: DateTime) -> f64 {
    seconds_between(EPOCH.at(0, 0, 0, 0), instant) / 86_400.0
}

fn seconds_between(from: DateTime, to: DateTime) -> f64 {
    from.duration_until(to).as_secs_f64()
}

/// The part of a day that has passed at `time`, from 0 to below 1.
pub(crate) fn decimal_time(time: Time) -> f64 {
    Time::midnight().duration_until(time).as_secs_f64() / 86_400.0
}

/// The instant so many days after 1970-01-01T00:00, to the nearest second; `None` outside the calendar
/// or if `days` is no number.
pub(crate) fn instant_of_days(days: f64) -> Option<DateTime> {
    // Ten thousand years of days: beyond this there is no calendar, and a cast would be cut off in silence.
    if !days.is_finite() || days.abs() > 4_000_000.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "bounded just above: below 4e11 seconds, exact in both types"
    )]
    let seconds = (days * DAY_SECONDS as f64).round() as i64;
    EPOCH
        .at(0, 0, 0, 0)
        .checked_add(SignedDuration::from_secs(seconds))
        .ok()
}

/// Reads `YYYY-MM-DD` and nothing else.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 10 || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    text.parse().ok()
}

/// Reads `HH:MM` or `HH:MM:SS`, 24 hours, no second 60.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let shape =
        matches!(text.len(), 5 | 8) && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    if !shape || text.ends_with(":60") {
        return None;
    }
    text.parse().ok()
}

/// Reads `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`, without a zone.
pub(crate) fn parse_instant(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once('T')?;
    Some(parse_date(date)?.to_datetime(parse_time(time)?))
}

/// Whether every `%` of the format is one that [`format()`] writes.
///
/// `%a` and `%b` (names of days and months) are refused: they are words, and words come from the language files.
pub(crate) fn is_format(format: &str) -> bool {
    let mut signs = format.chars();
    while let Some(sign) = signs.next() {
        let known = |next: char| {
            matches!(
                next,
                'Y' | 'y' | 'm' | 'n' | 'd' | 'e' | 'H' | 'h' | 'M' | 'S' | '3'
            )
        };
        if sign == '%' && !signs.next().is_some_and(known) {
            return false;
        }
    }
    true
}

/// Writes an instant as the ODK format says; a `%` that [`is_format`] refuses is written as it stands.
pub(crate) fn format(instant: DateTime, format: &str) -> String {
    let mut text = String::new();
    let mut signs = format.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            text.push(sign);
            continue;
        }
        match signs.next() {
            Some('Y') => text.push_str(&format!("{:04}", instant.year())),
            Some('y') => text.push_str(&format!("{:02}", instant.year().rem_euclid(100))),
            Some('m') => text.push_str(&format!("{:02}", instant.month())),
            Some('n') => text.push_str(&instant.month().to_string()),
            Some('d') => text.push_str(&format!("{:02}", instant.day())),
            Some('e') => text.push_str(&instant.day().to_string()),
            Some('H') => text.push_str(&format!("{:02}", instant.hour())),
            Some('h') => text.push_str(&instant.hour().to_string()),
            Some('M') => text.push_str(&format!("{:02}", instant.minute())),
            Some('S') => text.push_str(&format!("{:02}", instant.second())),
            Some('3') => text.push_str(&format!("{:03}", instant.millisecond())),
            Some(other) => text.extend(['%', other]),
            None => text.push('%'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1970_and_back() {
        assert!((days(Date::constant(1970, 1, 2)) - 1.0).abs() < f64::EPSILON);
        assert!((days(Date::constant(1969, 12, 31)) + 1.0).abs() < f64::EPSILON);
        for none in [f64::NAN, f64::INFINITY, 9e18, -3_999_999.0 * 2.0] {
            assert_eq!(instant_of_days(none), None);
        }
        let noon = Date::constant(2026, 11, 22).at(12, 0, 0, 0);
        assert!((decimal_days(noon) - 20_779.5).abs() < f64::EPSILON);
        assert_eq!(instant_of_days(20_779.5), Some(noon));
    }

    #[test]
    fn only_one_spelling_of_a_date_is_read() {
        for bad in [
            "2026-1-2",
            "20261122",
            "2026-13-01",
            "2026-02-30",
            "22.11.2026",
            "",
            "2026-11-22Z",
        ] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
        for bad in [
            "2026-11-22",
            "2026-11-22T25:00",
            "2026-11-22T10:00Z",
            "2026-11-22T10:00+05:00",
        ] {
            assert_eq!(parse_instant(bad), None, "{bad}");
        }
        for bad in ["9:00", "24:00", "10:60", "10:00:60", "10", "10-00"] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
        assert_eq!(
            parse_instant("2026-11-22T09:05"),
            Some(Date::constant(2026, 11, 22).at(9, 5, 0, 0))
        );
        assert!((decimal_time(parse_time("06:00").expect("six")) - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn formats_are_written_as_odk_writes_them() {
        let instant = Date::constant(2026, 3, 7).at(9, 5, 2, 40_000_000);
        assert_eq!(
            format(instant, "%d.%m.%Y %H:%M:%S.%3"),
            "07.03.2026 09:05:02.040"
        );
        assert_eq!(format(instant, "%e/%n/%y %h"), "7/3/26 9");
        assert!(is_format("%d.%m.%Y") && is_format(""));
        assert!(!is_format("%b %Y") && !is_format("100%"));
    }
}

//! When a camera says that it took a photo.

use std::fmt;

use exif::{DateTime, In, Reader, Tag, Value};

/// Civil time as the camera stated it: no zone, set by whoever set the camera's clock. Never proof of when a photo was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatedTime {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl StatedTime {
    /// That date and time, if the calendar has it.
    #[must_use]
    pub fn new(date: (u16, u8, u8), time: (u8, u8, u8)) -> Option<Self> {
        let ((year, month, day), (hour, minute, second)) = (date, time);
        let in_calendar = (1..=9999).contains(&year) && (1..=days(year, month)).contains(&day);
        let in_day = hour < 24 && minute < 60 && second < 60;
        (in_calendar && in_day).then_some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        })
    }

    /// Year, month and day, counted from 1.
    #[must_use]
    pub const fn date(&self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Hour (0 to 23), minute and second.
    #[must_use]
    pub const fn time(&self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }
}

/// ISO 8601 without a zone: `2026-11-22T09:05:00`.
impl fmt::Display for StatedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((y, mo, d), (h, mi, s)) = (self.date(), self.time());
        write!(f, "{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}")
    }
}

/// Days of a month; none in a month that the calendar does not have.
const fn days(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

/// The capture time in these EXIF bytes (a TIFF structure), if they state one.
///
/// `DateTimeOriginal` alone: the other dates say when a file was changed or scanned. The reader finds values only when they
/// are asked for, so a position is never read into a value, here or elsewhere.
pub(crate) fn stated_time(exif: Vec<u8>) -> Option<StatedTime> {
    let read = Reader::new().continue_on_error(true).read_raw(exif);
    // Many cameras write notes of their own that no reader follows; the date beside them is still the date.
    let exif = read
        .or_else(|fault| fault.distill_partial_result(|_| ()))
        .ok()?;
    let field = exif.get_field(Tag::DateTimeOriginal, In::PRIMARY)?;
    let Value::Ascii(ref texts) = field.value else {
        return None;
    };
    let stated = DateTime::from_ascii(texts.first()?).ok()?;
    StatedTime::new(
        (stated.year, stated.month, stated.day),
        (stated.hour, stated.minute, stated.second),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_calendar_has_is_a_time() {
        let noon = (12, 0, 0);
        assert_eq!(
            StatedTime::new((2028, 2, 29), (23, 59, 58))
                .unwrap()
                .to_string(),
            "2028-02-29T23:59:58"
        );
        for date in [
            (2026, 2, 29),
            (1900, 2, 29),
            (2026, 0, 1),
            (2026, 13, 1),
            (2026, 4, 31),
            (0, 1, 1),
        ] {
            assert_eq!(StatedTime::new(date, noon), None, "{date:?}");
        }
        for time in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
            assert_eq!(StatedTime::new((2026, 1, 1), time), None, "{time:?}");
        }
    }
}

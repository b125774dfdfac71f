//! The word in the column `type`.

use crate::fault::FaultCode;

/// What a row of the survey is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowType {
    BeginGroup,
    EndGroup,
    BeginRepeat,
    EndRepeat,
    Text,
    Integer,
    Decimal,
    Date,
    Time,
    DateTime,
    Range,
    Geopoint,
    Image,
    Acknowledge,
    Note,
    Calculate,
    Hidden,
    /// Choices from a list; with `or_other`, one more choice and a text behind it.
    Select {
        how: Select,
        list: String,
        or_other: bool,
    },
    /// Start, end, user and device: not collected.
    Metadata,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Select {
    One,
    Multiple,
    Rank,
}

const METADATA: &[&str] = &["start", "end", "today", "deviceid", "username"];

const NOT_SUPPORTED: &[&str] = &[
    "audio",
    "audit",
    "background-audio",
    "background-geopoint",
    "barcode",
    "begin_kobomatrix",
    "begin_loop",
    "begin_rank",
    "begin_score",
    "begin_survey",
    "csv-external",
    "email",
    "end_kobomatrix",
    "end_loop",
    "end_rank",
    "end_score",
    "end_survey",
    "file",
    "geoshape",
    "geotrace",
    "osm",
    "phonenumber",
    "photo360",
    "select_multiple_external",
    "select_multiple_from_file",
    "select_one_external",
    "select_one_from_file",
    "simserial",
    "start-geopoint",
    "subscriberid",
    "trigger",
    "video",
    "xml-external",
];

/// Reads the cell; spaces and underscores between words are the same.
pub(super) fn parse(cell: &str) -> Result<RowType, FaultCode> {
    let words: Vec<&str> = cell.split_whitespace().collect();
    let joined = words.join("_").to_lowercase();
    if let Some(simple) = simple(&joined) {
        return Ok(simple);
    }
    if METADATA.contains(&joined.as_str()) {
        return Ok(RowType::Metadata);
    }
    if let Some(select) = select(&words) {
        return Ok(select);
    }
    let first = words
        .first()
        .map_or_else(String::new, |word| word.to_lowercase());
    let refused =
        NOT_SUPPORTED.contains(&joined.as_str()) || NOT_SUPPORTED.contains(&first.as_str());
    Err(if refused {
        FaultCode::TypeNotSupported
    } else {
        FaultCode::UnknownType
    })
}

fn simple(word: &str) -> Option<RowType> {
    Some(match word {
        "begin_group" => RowType::BeginGroup,
        "end_group" => RowType::EndGroup,
        "begin_repeat" => RowType::BeginRepeat,
        "end_repeat" => RowType::EndRepeat,
        "text" | "string" => RowType::Text,
        "integer" | "int" => RowType::Integer,
        "decimal" => RowType::Decimal,
        "date" => RowType::Date,
        "time" => RowType::Time,
        "datetime" | "date_time" => RowType::DateTime,
        "range" => RowType::Range,
        "geopoint" | "location" | "gps" => RowType::Geopoint,
        "image" | "photo" => RowType::Image,
        "acknowledge" => RowType::Acknowledge,
        "note" => RowType::Note,
        "calculate" => RowType::Calculate,
        "hidden" => RowType::Hidden,
        _ => return None,
    })
}

/// `select_one list`, `select one list`, `select_multiple list or_other`, `rank list`.
fn select(words: &[&str]) -> Option<RowType> {
    let (first, rest) = words.split_first()?;
    let (second, after_second) = rest.split_first()?;
    let (how, rest) = match (
        first.to_lowercase().as_str(),
        second.to_lowercase().as_str(),
    ) {
        ("select_one" | "select1", _) => (Select::One, rest),
        ("select_multiple", _) => (Select::Multiple, rest),
        ("rank", _) => (Select::Rank, rest),
        ("select", "one") => (Select::One, after_second),
        ("select", "multiple") => (Select::Multiple, after_second),
        _ => return None,
    };
    let (list, rest) = rest.split_first()?;
    let or_other = match rest {
        [] => false,
        ["or_other"] | ["or", "other"] => true,
        _ => return None,
    };
    Some(RowType::Select {
        how,
        list: (*list).to_owned(),
        or_other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_the_field_are_read() {
        let select = |how, or_other| RowType::Select {
            how,
            list: "l".into(),
            or_other,
        };
        for (cell, expected) in [
            ("begin group", RowType::BeginGroup),
            ("Begin_Repeat", RowType::BeginRepeat),
            ("string", RowType::Text),
            ("dateTime", RowType::DateTime),
            ("select_one l", select(Select::One, false)),
            ("select one l", select(Select::One, false)),
            (
                "select_multiple  l  or_other",
                select(Select::Multiple, true),
            ),
            ("rank l", select(Select::Rank, false)),
            ("deviceid", RowType::Metadata),
        ] {
            assert_eq!(parse(cell), Ok(expected), "{cell}");
        }
        assert_eq!(
            parse("select_one_from_file a.csv"),
            Err(FaultCode::TypeNotSupported)
        );
        assert_eq!(parse("begin kobomatrix"), Err(FaultCode::TypeNotSupported));
        assert_eq!(parse("select_one"), Err(FaultCode::UnknownType));
        assert_eq!(parse("select_one a b"), Err(FaultCode::UnknownType));
        assert_eq!(parse("question"), Err(FaultCode::UnknownType));
    }
}

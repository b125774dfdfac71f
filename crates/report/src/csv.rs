//! Observations as CSV (RFC 4180), safe to open in a spreadsheet.

use std::fmt::Write as _;

use senim_model::{Evidence, Observation};

const HEADER: [&str; 12] = [
    "form",
    "item",
    "row",
    "place",
    "observer",
    "recorded_by",
    "answer",
    "evidence",
    "note",
    "form_version",
    "observed_at_ms",
    "recorded_at_ms",
];

/// The observations, one per line in the order given, under a line of column names.
///
/// * UTF-8 with a byte order mark, without which Excel takes Kazakh for gibberish; lines end in CRLF; every field stands in quotes.
/// * A field that a spreadsheet would take for a formula (`= + - @`, tab, carriage return, line feed, and their full-width forms, at
///   its start) has an apostrophe put before it; "-5" as an answer, too. No other letter is changed.
/// * Empty: no row, no place (the whole facility), no note, no stated time.
#[must_use]
pub fn observations_csv<'a>(observations: impl IntoIterator<Item = &'a Observation>) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    line(&mut out, HEADER.map(str::to_owned));
    for one in observations {
        let evidence: Vec<&str> = one
            .evidence
            .iter()
            .map(|kind| evidence_word(*kind))
            .collect();
        let fields = [
            one.form.to_string(),
            one.item.to_string(),
            one.row.map(|row| row.to_string()).unwrap_or_default(),
            one.place.map(|place| place.to_string()).unwrap_or_default(),
            one.observer.to_string(),
            one.actor.to_string(),
            one.answer.clone(),
            evidence.join(" "),
            one.note.clone().unwrap_or_default(),
            one.form_version.to_string(),
            one.observed_at
                .map(|at| at.0.to_string())
                .unwrap_or_default(),
            one.recorded_at.0.to_string(),
        ];
        line(&mut out, fields);
    }
    out.into_bytes()
}

const fn evidence_word(kind: Evidence) -> &'static str {
    match kind {
        Evidence::Seen => "seen",
        Evidence::Document => "document",
        Evidence::TestimonyDetainee => "testimony-detainee",
        Evidence::TestimonyStaff => "testimony-staff",
    }
}

fn line(out: &mut String, fields: [String; 12]) {
    let quoted = fields.map(|field| format!("\"{}\"", neutral(&field).replace('"', "\"\"")));
    // Writing to a String cannot fail.
    let _infallible = write!(out, "{}\r\n", quoted.join(","));
}

/// OWASP, "CSV injection": spreadsheets look at the first character only, quotes or not.
fn neutral(field: &str) -> String {
    let starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if field.starts_with(starts) {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

//! The CSV export opens in a spreadsheet, says what was written, and computes nothing.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not covered by the switches for tests"
)]

use senim_ids::{ActorId, MemberId, PlaceId, UnixMillis};
use senim_model::{Evidence, FormVersion, Observation};
use senim_report::observations_csv;

fn observation(answer: &str, note: Option<&str>) -> Observation {
    Observation {
        form: "F01".parse().unwrap(),
        item: "f01_03".parse().unwrap(),
        row: None,
        place: Some(PlaceId::from_bytes([7; 8])),
        observer: MemberId::from_bytes([0xa1; 8]),
        actor: ActorId::from_bytes([0xb0; 16]),
        answer: answer.to_owned(),
        evidence: vec![Evidence::Seen, Evidence::TestimonyStaff],
        note: note.map(str::to_owned),
        form_version: FormVersion([3; 32]),
        observed_at: None,
        recorded_at: UnixMillis(1_790_000_000_000),
    }
}

fn text(observations: &[Observation]) -> String {
    String::from_utf8(observations_csv(observations)).unwrap()
}

#[test]
fn a_line_says_what_was_written() {
    let note = "Төсек \"екі қабат\",\nтерезе жоқ";
    let written = text(&[observation("no", Some(note))]);
    let head = "\u{feff}\"form\",\"item\",\"row\",\"place\",\"observer\",\"recorded_by\",\"answer\",\"evidence\",\
                \"note\",\"form_version\",\"observed_at_ms\",\"recorded_at_ms\"\r\n";
    let line = format!(
        "\"F01\",\"f01_03\",\"\",\"0707070707070707\",\"{}\",\"{}\",\"no\",\"seen testimony-staff\",\
         \"Төсек \"\"екі қабат\"\",\nтерезе жоқ\",\"{}\",\"\",\"1790000000000\"\r\n",
        "a1".repeat(8),
        "b0".repeat(16),
        "03".repeat(32),
    );
    assert_eq!(written, format!("{head}{line}"));
}

#[test]
fn nothing_is_taken_for_a_formula() {
    for start in [
        "=1+1", "+7", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠x",
    ] {
        let written = text(&[observation(start, Some(start))]);
        assert_eq!(
            written.matches(&format!(",\"'{start}\",")).count(),
            2,
            "{start:?}"
        );
    }
    let harmless = text(&[observation("120", Some("a=b, 5-6"))]);
    assert!(!harmless.contains('\''));
}

#[test]
fn no_observations_are_a_line_of_names() {
    assert_eq!(text(&[]).lines().count(), 1);
}

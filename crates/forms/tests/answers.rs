//! A text is an answer to an item or it is refused with a code; an answer has one text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: helpers may fail the test"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use senim_forms::{AnswerFault, ItemKind, RowKey, Value};
use senim_ids::RowId;

fn list() -> String {
    "l".to_owned()
}

fn range() -> ItemKind {
    ItemKind::Range {
        start: "0".into(),
        end: "1".into(),
        step: "0.1".into(),
    }
}

/// Kind, text, and its one text form.
fn good() -> Vec<(ItemKind, &'static str, &'static str)> {
    use ItemKind as K;
    let photo = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    vec![
        (
            K::Text,
            "Қабырға дымқыл,\nтерезе жоқ\t!",
            "Қабырға дымқыл,\nтерезе жоқ\t!",
        ),
        (K::Integer, "007", "7"),
        (K::Integer, "-12", "-12"),
        (K::Integer, "999999999999999", "999999999999999"),
        (K::Decimal, "2,50", "2.5"),
        (K::Decimal, "-0", "0"),
        (K::Decimal, "0.1", "0.1"),
        (range(), "0.3", "0.3"),
        (K::Date, "2026-02-28", "2026-02-28"),
        (K::Time, "09:05", "09:05:00"),
        (K::DateTime, "2026-11-22T14:05", "2026-11-22T14:05:00"),
        (K::SelectOne { list: list() }, "a", "a"),
        (K::SelectMultiple { list: list() }, "b  a", "a b"),
        (K::Rank { list: list() }, "b a", "b a"),
        (K::Geopoint, "43.25 76.95", "43.25 76.95"),
        (K::Image, photo, photo),
        (K::Acknowledge, "yes", "yes"),
        (K::Acknowledge, "no", "no"),
    ]
}

#[test]
fn every_kind_has_one_text_form() {
    for (kind, text, wire) in good() {
        let value =
            Value::parse(&kind, text).unwrap_or_else(|fault| panic!("{kind:?} {text}: {fault}"));
        assert_eq!(value.to_wire(), wire, "{kind:?}");
        assert_eq!(Value::parse(&kind, wire), Ok(value), "{kind:?}");
    }
}

#[test]
fn what_is_no_answer_is_refused_with_a_code() {
    use AnswerFault as F;
    use ItemKind as K;
    let long = "х".repeat(4_001);
    let list = || K::SelectMultiple { list: list() };
    let cases: Vec<(ItemKind, &str, AnswerFault)> = vec![
        (K::Text, "", F::Empty),
        (K::Text, " \n", F::Empty),
        (K::Text, &long, F::TooLong),
        (K::Text, "a\u{0}b", F::ControlCharacter),
        (K::Text, "a\u{202e}b", F::ControlCharacter),
        (K::Text, "a\rb", F::ControlCharacter),
        (
            K::SelectOne { list: "l".into() },
            "a\nb",
            F::ControlCharacter,
        ),
        (K::Note, "x", F::NotAsked),
        (K::Calculate, "1", F::NotAsked),
        (K::Hidden, "1", F::NotAsked),
        (K::Integer, "1.5", F::NotAnInteger),
        (K::Integer, "1e3", F::NotAnInteger),
        (K::Integer, "+1", F::NotAnInteger),
        (K::Integer, "1234567890123456", F::NotAnInteger),
        (K::Decimal, "inf", F::NotANumber),
        (K::Decimal, "NaN", F::NotANumber),
        (K::Decimal, "1.2.3", F::NotANumber),
        (K::Decimal, "-", F::NotANumber),
        (range(), "0.35", F::OutOfRange),
        (range(), "2", F::OutOfRange),
        (K::Date, "2026-02-29", F::NotADate),
        (K::Date, "22.11.2026", F::NotADate),
        (K::DateTime, "2026-11-22", F::NotADate),
        (K::DateTime, "2026-11-22T14:05+05:00", F::NotADate),
        (K::Time, "24:00", F::NotATime),
        (list(), "a a", F::DuplicateChoice),
        (K::Geopoint, "91 0", F::NotAPoint),
        (K::Geopoint, "43,25 76,95", F::NotAPoint),
        (K::Image, "IMG_1.jpg", F::NotAPhoto),
        (K::Acknowledge, "OK", F::NotYesOrNo),
    ];
    for (kind, text, fault) in &cases {
        assert_eq!(Value::parse(kind, text), Err(*fault), "{kind:?}");
    }
    // The two others need the form: tests/skip_logic.rs.
    let mut met: BTreeSet<AnswerFault> = cases.iter().map(|case| case.2).collect();
    met.extend([F::NoSuchChoice, F::Constraint]);
    assert_eq!(met, F::ALL.iter().copied().collect());
    for fault in F::ALL {
        assert_eq!(
            serde_json::to_string(fault).unwrap(),
            format!("\"{fault}\"")
        );
    }
}

#[test]
fn a_row_key_has_one_text() {
    let outer = RowKey::new(RowId::from_bytes([1; 8]));
    let inner = outer.child(RowId::from_bytes([2; 8]));
    assert_eq!(inner.to_string(), "0101010101010101.0202020202020202");
    assert_eq!(inner.to_string().parse(), Ok(inner.clone()));
    assert_eq!(
        (inner.outer(1), inner.outer(0), inner.outer(3)),
        (Some(outer.clone()), None, None)
    );
    assert!(inner.is_in(&outer) && !outer.is_in(&inner));
    for bad in [
        "",
        "01",
        "0101010101010101.",
        "01.01.01.01",
        "0101010101010101/0101010101010101",
    ] {
        assert!(bad.parse::<RowKey>().is_err(), "{bad}");
    }
    let four = ["0101010101010101"; 4].join(".");
    assert!(four.parse::<RowKey>().is_err());
}

proptest! {
    #[test]
    fn any_text_is_an_answer_or_refused(text in "\\PC{0,40}", kind in 0_usize..18) {
        let (kind, _, _) = good().swap_remove(kind);
        if let Ok(value) = Value::parse(&kind, &text) {
            let wire = value.to_wire();
            prop_assert_eq!(Value::parse(&kind, &wire).unwrap(), value);
        }
    }

    #[test]
    fn decimals_come_back_as_they_went(number in -1_000_000_000_i64..1_000_000_000) {
        #[allow(clippy::cast_precision_loss, reason = "below 2^53")]
        let value = Value::Number(number as f64 / 1_000.0);
        prop_assert_eq!(Value::parse(&ItemKind::Decimal, &value.to_wire()).unwrap(), value);
    }
}

//! Damaged tables, workbooks and definitions are refused with faults, or compile to something that can be evaluated.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test file: helpers may fail the test"
)]

use std::sync::LazyLock;

use proptest::prelude::*;
use senim_forms::{
    Answers, EvalContext, FormDefinition, FormTables, RowKey, Severity, Value, compile_csv,
    compile_xlsx, evaluate, write_xlsx,
};
use senim_ids::{Language, RowId, UnixMillis};

const FROZEN: FormTables<'static> = FormTables {
    survey: include_str!("fixtures/frozen/survey.csv"),
    choices: include_str!("fixtures/frozen/choices.csv"),
    settings: include_str!("fixtures/frozen/settings.csv"),
};

static WORKBOOK: LazyLock<Vec<u8>> = LazyLock::new(|| write_xlsx(&FROZEN).unwrap());
static JSON: LazyLock<String> =
    LazyLock::new(|| compile_csv(&FROZEN).unwrap().form.canonical_json());

/// Pieces that mean something somewhere in a table.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(",".to_owned()),
        Just("\n".to_owned()),
        Just("\"".to_owned()),
        Just("${toilet}".to_owned()),
        Just("../".to_owned()),
        Just("end_group".to_owned()),
        Just("begin_repeat".to_owned()),
        Just(" or 1".to_owned()),
        Just("((".to_owned()),
        Just("9999999999999999999".to_owned()),
        Just("concat(".to_owned()),
        "\\PC{1,3}",
    ]
}

/// The text with a few stretches replaced.
fn damaged(text: &'static str) -> impl Strategy<Value = String> {
    proptest::collection::vec((0..text.len(), 0..12_usize, piece()), 1..5).prop_map(move |cuts| {
        let mut text = text.to_owned();
        for (at, length, piece) in cuts {
            let boundary = |index: usize| {
                (0..=index.min(text.len()))
                    .rev()
                    .find(|i| text.is_char_boundary(*i))
                    .unwrap()
            };
            let (from, to) = (boundary(at), boundary(at + length));
            text.replace_range(from..to.max(from), &piece);
        }
        text
    })
}

/// Answers of every kind to every item, in rows and without, fitting or not.
fn answers(form: &FormDefinition, seed: u8) -> Answers {
    let values = [
        Value::Text("x".into()),
        Value::Number(f64::from(seed)),
        Value::Choice("no".into()),
        Value::Choices(vec!["door".into(), "wall".into()]),
        Value::DateTime("2026-11-20T10:00:00".parse().unwrap()),
        Value::Date("0001-01-01".parse().unwrap()),
    ];
    let row = RowKey::new(RowId::from_bytes([seed; 8]));
    let rows = [
        None,
        Some(row.clone()),
        Some(row.child(RowId::from_bytes([1; 8]))),
    ];
    let mut given = Answers::new();
    for (index, item) in form.items().enumerate() {
        let value = &values[(index + usize::from(seed)) % values.len()];
        for row in &rows {
            given.insert((item.name.clone(), row.clone()), value.clone());
        }
    }
    given
}

fn run(form: &FormDefinition, seed: u8) {
    let context = EvalContext::at(UnixMillis(1_795_339_800_000), 300, Language::Kk);
    let given = answers(form, seed);
    let seen = evaluate(form, &given, &context);
    assert_eq!(evaluate(form, &given, &context), seen);
    // Whatever a device can run, it can also send, and the other reads the same.
    let json = form.canonical_json();
    assert_eq!(
        FormDefinition::from_json(&json).as_ref(),
        Ok(form),
        "{json}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_tables(survey in damaged(FROZEN.survey), choices in damaged(FROZEN.choices), settings in damaged(FROZEN.settings), which in 0..4_u8, seed: u8) {
        let tables = FormTables {
            survey: if which != 1 && which != 2 { &survey } else { FROZEN.survey },
            choices: if which == 1 || which == 3 { &choices } else { FROZEN.choices },
            settings: if which == 2 || which == 3 { &settings } else { FROZEN.settings },
        };
        match compile_csv(&tables) {
            Ok(compiled) => {
                prop_assert!(compiled.warnings.iter().all(|fault| fault.severity == Severity::Warning));
                run(&compiled.form, seed);
            }
            Err(faults) => prop_assert!(faults.iter().any(|fault| fault.severity == Severity::Error)),
        }
    }

    #[test]
    fn damaged_expressions(expression in "[${}a-z_().,'<>=!+*/0-9 -]{0,60}", seed: u8) {
        let survey = FROZEN.survey.replace(". > 0 and . <= 100", &expression);
        if let Ok(compiled) = compile_csv(&FormTables { survey: &survey, ..FROZEN }) {
            run(&compiled.form, seed);
        }
    }

    #[test]
    fn damaged_workbooks(at in any::<prop::sample::Index>(), bytes in proptest::collection::vec(any::<u8>(), 1..8), cut: bool) {
        let mut book = WORKBOOK.clone();
        let at = at.index(book.len());
        for (place, byte) in book[at..].iter_mut().zip(bytes) {
            *place = byte;
        }
        if cut {
            book.truncate(at);
        }
        if let Ok(compiled) = compile_xlsx(&book) {
            run(&compiled.form, 1);
        }
    }

    #[test]
    fn damaged_definitions(at in any::<prop::sample::Index>(), length in 0..9_usize, piece in piece(), seed: u8) {
        let mut json = JSON.clone();
        let boundary = |index: usize| (0..=index.min(json.len())).rev().find(|i| json.is_char_boundary(*i)).unwrap();
        let from = boundary(at.index(json.len()));
        let to = boundary(from + length);
        json.replace_range(from..to, &piece);
        if let Ok(form) = FormDefinition::from_json(&json) {
            run(&form, seed);
        }
    }
}

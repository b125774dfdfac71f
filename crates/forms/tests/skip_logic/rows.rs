//! Rows of repeats: known by random ids, each with its own values.

use senim_forms::{Answers, RowKey, Value, evaluate};
use senim_ids::RowId;

use crate::build::{answers, form};
use crate::{context, row, run};

#[test]
fn rows_see_their_own_values_and_the_form_sees_all_rows() {
    let form = form(&[
        "begin_repeat people",
        "dateTime brought",
        "dateTime written",
        "calculate gap calculation: round((decimal-date-time(${written}) - decimal-date-time(${brought})) * 1440)",
        "text why relevant: ${gap} > 180",
        "end_repeat",
        "calculate n calculation: count(${people})",
        "calculate late calculation: count-non-empty(${why})",
        "calculate longest calculation: max(${gap})",
    ]);
    let seen = run(
        &form,
        &[
            ("brought", Some(row(1)), "2026-11-20T10:00"),
            ("written", Some(row(1)), "2026-11-20T15:30"),
            ("why", Some(row(1)), "no reason"),
            ("brought", Some(row(2)), "2026-11-20T10:00"),
            ("written", Some(row(2)), "2026-11-20T10:20"),
            ("why", Some(row(2)), "masked"),
        ],
    );
    let value = |name: &str, row: Option<&RowKey>| seen.item(name, row).unwrap().calculated.clone();
    assert_eq!(value("gap", Some(&row(1))), Some(Value::Number(330.0)));
    assert_eq!(value("gap", Some(&row(2))), Some(Value::Number(20.0)));
    assert!(seen.visible("why", Some(&row(1))) && !seen.visible("why", Some(&row(2))));
    assert_eq!(value("n", None), Some(Value::Number(2.0)));
    assert_eq!(value("late", None), Some(Value::Number(1.0)));
    assert_eq!(value("longest", None), Some(Value::Number(330.0)));
}

#[test]
fn rows_in_rows_see_their_own_parent() {
    let form = form(&[
        "begin_repeat block",
        "text name",
        "begin_repeat cell",
        "integer beds",
        "calculate where calculation: concat(${name}, '/', ${beds})",
        "end_repeat",
        "calculate total calculation: sum(${beds})",
        "end_repeat",
        "calculate all calculation: sum(${beds})",
    ]);
    let cell = |outer: u8, inner: u8| row(outer).child(RowId::from_bytes([inner; 8]));
    let seen = run(
        &form,
        &[
            ("name", Some(row(1)), "A"),
            ("name", Some(row(2)), "B"),
            ("beds", Some(cell(1, 8)), "4"),
            ("beds", Some(cell(1, 9)), "2"),
            ("beds", Some(cell(2, 8)), "10"),
        ],
    );
    let value =
        |name: &str, row: Option<RowKey>| seen.item(name, row.as_ref()).unwrap().calculated.clone();
    assert_eq!(
        value("where", Some(cell(2, 8))),
        Some(Value::Text("B/10".into()))
    );
    assert_eq!(value("total", Some(row(1))), Some(Value::Number(6.0)));
    assert_eq!(value("total", Some(row(2))), Some(Value::Number(10.0)));
    assert_eq!(value("all", None), Some(Value::Number(16.0)));
}

#[test]
fn an_empty_row_is_kept_and_a_hidden_repeat_counts_none() {
    let form = form(&[
        "select_one:answer a",
        "begin_repeat r relevant: ${a} = 'yes' | repeat_count: 3",
        "text x",
        "end_repeat",
        "calculate n calculation: count(${r})",
    ]);
    let mut given = answers(&form, &[("a", None, "yes"), ("x", Some(row(1)), "t")]);
    given.insert(("r".into(), Some(row(2))), Value::Bool(true));
    let seen = evaluate(&form, &given, &context());
    assert_eq!(
        seen.item("n", None).unwrap().calculated,
        Some(Value::Number(2.0))
    );
    assert!(seen.visible("x", Some(&row(2))));
    assert_eq!(seen.groups[&("r".to_owned(), None)].expected_rows, Some(3));
    given.insert(("a".into(), None), Value::Choice("no".into()));
    let hidden = evaluate(&form, &given, &context());
    assert_eq!(
        hidden.item("n", None).unwrap().calculated,
        Some(Value::Number(0.0))
    );
    assert!(!hidden.visible("x", Some(&row(1))));
}

#[test]
fn answers_without_a_place_are_said_and_not_used() {
    let form = form(&["begin_repeat r", "text x", "end_repeat", "text y"]);
    let mut given = Answers::new();
    given.insert(("x".into(), None), Value::Text("no row".into()));
    given.insert(("y".into(), Some(row(1))), Value::Text("a row".into()));
    given.insert(
        ("gone".into(), None),
        Value::Text("of another version".into()),
    );
    let seen = evaluate(&form, &given, &context());
    assert_eq!(seen.unplaced.len(), 3);
    assert!(!seen.item("y", None).unwrap().answered);
}

#[test]
fn order_of_answers_changes_nothing() {
    let form = form(&[
        "begin_repeat r",
        "integer n",
        "end_repeat",
        "calculate s calculation: join(' ', ${n})",
    ]);
    let mut given: Vec<_> = (1..6).map(|i| ("n", Some(row(i)), "1")).collect();
    let first = run(&form, &given);
    given.reverse();
    assert_eq!(run(&form, &given), first);
}

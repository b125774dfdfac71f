//! Skip logic hides an answer and never loses it; rows, counts, urgency and dates follow from the answers alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: helpers may fail the test"
)]

mod build;
mod rows;

use build::{answers, form};
use senim_forms::{
    AnswerFault, Answers, EvalContext, Evaluation, FormDefinition, RowKey, Value, evaluate,
};
use senim_ids::{Language, RowId, Sensitivity, UnixMillis};

fn row(number: u8) -> RowKey {
    RowKey::new(RowId::from_bytes([number; 8]))
}

fn context() -> EvalContext {
    // 2026-11-22T09:30:00Z, in Kazakhstan 14:30.
    EvalContext::at(UnixMillis(1_795_339_800_000), 300, Language::Ru)
}

fn run(form: &FormDefinition, given: &[(&str, Option<RowKey>, &str)]) -> Evaluation {
    evaluate(form, &answers(form, given), &context())
}

#[test]
fn the_context_is_civil_time_at_the_place() {
    assert_eq!(context().now.to_string(), "2026-11-22T14:30:00");
    assert_eq!(context().today.to_string(), "2026-11-22");
    let odd = EvalContext::at(UnixMillis(u64::MAX), i16::MIN, Language::Kk);
    assert_eq!(odd.today.to_string(), "1970-01-01");
}

#[test]
fn a_hidden_answer_is_masked_and_comes_back() {
    let form = form(&[
        "select_one:answer a",
        "text b relevant: ${a} = 'no'",
        "calculate c calculation: concat('b=', ${b})",
        "text d relevant: ${b} != ''",
    ]);
    let mut given = answers(
        &form,
        &[("a", None, "no"), ("b", None, "kept"), ("d", None, "too")],
    );
    let shown = evaluate(&form, &given, &context());
    assert!(shown.visible("b", None) && shown.visible("d", None));
    assert_eq!(
        shown.item("c", None).unwrap().calculated,
        Some(Value::Text("b=kept".into()))
    );

    given.insert(("a".into(), None), Value::Choice("yes".into()));
    let before = given.clone();
    let masked = evaluate(&form, &given, &context());
    assert_eq!(given, before, "evaluation takes nothing away");
    // What is hidden reads as not answered, and hides what hangs on it.
    assert!(!masked.visible("b", None) && !masked.visible("d", None));
    assert!(masked.item("b", None).unwrap().answered);
    assert_eq!(
        masked.item("c", None).unwrap().calculated,
        Some(Value::Text("b=".into()))
    );
    assert_eq!(
        (
            masked.sections["_1"].relevant,
            masked.sections["_1"].answered
        ),
        (1, 1)
    );

    given.insert(("a".into(), None), Value::Choice("no".into()));
    assert_eq!(
        evaluate(&form, &given, &context()),
        shown,
        "and it is back as it was"
    );
}

#[test]
fn a_group_hides_all_that_is_in_it() {
    let form = form(&[
        "select_one:answer a",
        "begin_group g relevant: ${a} = 'yes'",
        "begin_group h",
        "text x required: yes",
        "end_group",
        "end_group",
        "begin_group t relevant: ${x} = 'go'",
        "text y",
        "end_group",
    ]);
    let hidden = run(&form, &[("x", None, "go")]);
    assert!(!hidden.visible("x", None) && !hidden.visible("y", None));
    assert!(!hidden.item("x", None).unwrap().required);
    let shown = run(&form, &[("a", None, "yes"), ("x", None, "go")]);
    assert!(shown.visible("x", None) && shown.visible("y", None));
    assert_eq!(form.item("x").unwrap().groups, ["g", "h"]);
    assert_eq!(
        form.sections
            .iter()
            .map(|section| section.name.as_str())
            .collect::<Vec<_>>(),
        ["_1", "g", "t"]
    );
}

#[test]
fn sections_count_what_is_asked_answered_and_due() {
    let form = form(&[
        "begin_group g",
        "integer n required: yes | constraint: . < 10",
        "text m required: ${n} > 5",
        "text o",
        "note p",
        "calculate q calculation: 1",
        "end_group",
    ]);
    let count = |given: &[(&str, Option<RowKey>, &str)]| {
        let count = run(&form, given).sections["g"];
        (count.relevant, count.answered, count.required_missing)
    };
    assert_eq!(count(&[]), (3, 0, 1));
    assert_eq!(count(&[("n", None, "3")]), (3, 1, 0));
    assert_eq!(count(&[("n", None, "7")]), (3, 1, 1));
    // An answer that the form refuses is there, but does not count as done.
    assert_eq!(count(&[("n", None, "12")]), (3, 0, 1));
    let refused = run(&form, &[("n", None, "12")]);
    assert_eq!(
        refused.item("n", None).unwrap().fault,
        Some(AnswerFault::Constraint)
    );
    assert!(!refused.item("n", None).unwrap().constraint_ok());
}

#[test]
fn a_default_is_suggested_and_is_no_answer() {
    let form = form(&[
        "date d default: today()",
        "select_one:answer a default: no",
        "text b relevant: ${a} = 'no'",
        "hidden h default: fixed",
        "calculate c calculation: ${h}",
    ]);
    let seen = run(&form, &[]);
    assert_eq!(
        seen.item("d", None).unwrap().suggested.as_deref(),
        Some("2026-11-22")
    );
    assert_eq!(
        seen.item("a", None).unwrap().suggested.as_deref(),
        Some("no")
    );
    assert!(!seen.visible("b", None), "nobody said no yet");
    assert_eq!(
        seen.item("c", None).unwrap().calculated,
        Some(Value::Text("fixed".into()))
    );
    assert_eq!(
        run(&form, &[("a", None, "no")])
            .item("a", None)
            .unwrap()
            .suggested,
        None
    );
}

#[test]
fn a_value_of_another_version_is_a_fault_and_stays() {
    let form = form(&["select_one:answer a", "integer n"]);
    let mut given = Answers::new();
    given.insert(("a".into(), None), Value::Choice("perhaps".into()));
    given.insert(("n".into(), None), Value::Text("many".into()));
    let seen = evaluate(&form, &given, &context());
    assert_eq!(
        seen.item("a", None).unwrap().fault,
        Some(AnswerFault::NoSuchChoice)
    );
    assert_eq!(
        seen.item("n", None).unwrap().fault,
        Some(AnswerFault::NotAnInteger)
    );
}

#[test]
fn choices_are_filtered_and_an_answer_outside_is_a_fault() {
    let form = form(&[
        "text region",
        "select_one:town t choice_filter: region = ${region}",
    ]);
    let seen = run(&form, &[("region", None, "south"), ("t", None, "astana")]);
    assert_eq!(
        seen.item("t", None).unwrap().offered,
        Some(vec!["almaty".to_owned()])
    );
    assert_eq!(
        seen.item("t", None).unwrap().fault,
        Some(AnswerFault::NoSuchChoice)
    );
}

#[test]
fn urgency_and_evidence_follow_the_answer() {
    let form = form(&[
        "select_one:answer a urgent: yes",
        "integer n urgent: . > 3",
        "select_one:answer b",
    ]);
    for (answer, urgent, evidence) in [
        ("yes", false, false),
        ("partly", true, true),
        ("no", true, true),
        ("not_checked", false, false),
    ] {
        let seen = run(&form, &[("a", None, answer)]);
        let state = seen.item("a", None).unwrap();
        assert_eq!(
            (state.urgent, state.evidence_asked),
            (urgent, evidence),
            "{answer}"
        );
        assert!(
            !seen.item("b", None).unwrap().evidence_asked,
            "not answered"
        );
    }
    assert!(
        run(&form, &[("n", None, "4")])
            .item("n", None)
            .unwrap()
            .urgent
    );
    assert!(!run(&form, &[]).item("n", None).unwrap().urgent);
}

#[test]
fn or_other_adds_a_choice_and_asks_which() {
    let form = form(&["select_multiple:answer:or_other a", "select_one:answer b"]);
    let seen = run(&form, &[("a", None, "yes other")]);
    assert!(seen.visible("a_other", None));
    assert!(!run(&form, &[("a", None, "yes")]).visible("a_other", None));
    let b = form.item("b").unwrap();
    assert_eq!(
        form.check_answer(b, "other"),
        Err(AnswerFault::NoSuchChoice),
        "the list itself is unchanged"
    );
}

#[test]
fn a_computed_item_is_as_protected_as_what_it_reads() {
    let form = form(&[
        "text x sensitivity: sealed",
        "calculate c sensitivity:  | calculation: concat(${x}, '!')",
        "calculate d sensitivity:  | calculation: string-length(${c})",
        "calculate e sensitivity: place | calculation: count-non-empty(${x})",
    ]);
    let of = |name: &str| form.item(name).unwrap().sensitivity;
    assert_eq!(
        (of("c"), of("d"), of("e")),
        (Sensitivity::Sealed, Sensitivity::Sealed, Sensitivity::Place)
    );
}

#[test]
fn a_limit_never_hides_a_question() {
    let pattern = "a".repeat(3_000);
    let grown = vec!["${x}"; 30].join(", ");
    let relevant = format!("text y relevant: string-length(concat({grown})) < 10");
    let form = form(&["text x", &relevant]);
    let seen = run(&form, &[("x", None, &pattern)]);
    assert!(seen.visible("y", None));
    assert_eq!(seen.exhausted, ["y"]);
}

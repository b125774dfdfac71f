//! Skip logic hides an answer and never loses it; rows, counts, urgency and dates follow from the answers alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: helpers may fail the test"
)]

use senim_forms::{
    AnswerFault, Answers, EvalContext, Evaluation, FormDefinition, FormTables, RowKey, Value,
    compile_csv, evaluate,
};
use senim_ids::{Language, RowId, Sensitivity, UnixMillis};

/// Cells of a survey, one row a line, as `column=cell | column=cell`. Columns that are not named are filled in.
fn form(rows: &[&str]) -> FormDefinition {
    const COLUMNS: [&str; 17] = [
        "type",
        "name",
        "label::kk",
        "label::ru",
        "label::en",
        "required",
        "relevant",
        "constraint",
        "calculation",
        "default",
        "choice_filter",
        "read_only",
        "repeat_count",
        "parameters",
        "senim::sensitivity",
        "senim::source",
        "senim::urgent",
    ];
    let mut survey = COLUMNS.join(",") + "\n";
    for row in rows {
        let mut cells: Vec<String> = vec![String::new(); COLUMNS.len()];
        let mut words = row.splitn(3, ' ');
        cells[0] = words.next().unwrap().replace(':', " ");
        cells[1] = words.next().unwrap_or("").to_owned();
        let question = !["begin", "end_g", "end_r"]
            .iter()
            .any(|start| cells[0].starts_with(start));
        if !cells[0].starts_with("end_") {
            for cell in &mut cells[2..5] {
                *cell = "л".to_owned();
            }
        }
        if question {
            cells[14] = "place".to_owned();
            cells[15] = "S1".to_owned();
        }
        for part in words
            .next()
            .unwrap_or("")
            .split(" | ")
            .filter(|part| !part.is_empty())
        {
            let (column, cell) = part.split_once(": ").unwrap();
            let index = COLUMNS
                .iter()
                .position(|known| known.ends_with(column))
                .unwrap();
            cells[index] = cell.to_owned();
        }
        let quoted: Vec<String> = cells
            .iter()
            .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")))
            .collect();
        survey += &(quoted.join(",") + "\n");
    }
    let choices = "list_name,name,label::kk,label::ru,label::en,region\n\
        answer,yes,и,д,y,\nanswer,partly,и,ч,p,\nanswer,no,ж,н,n,\nanswer,not_checked,т,н,nc,\nanswer,na,қ,н,na,\n\
        town,almaty,А,А,A,south\ntown,astana,А,А,A,north\n";
    let settings = "form_id,version,form_title::kk,form_title::ru,form_title::en\nF,1,т,т,t\n";
    let tables = FormTables {
        survey: &survey,
        choices,
        settings,
    };
    compile_csv(&tables)
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
        .form
}

fn row(number: u8) -> RowKey {
    RowKey::new(RowId::from_bytes([number; 8]))
}

fn answers(form: &FormDefinition, given: &[(&str, Option<RowKey>, &str)]) -> Answers {
    given
        .iter()
        .map(|(name, row, text)| {
            let item = form.item(name).unwrap();
            (
                ((*name).to_owned(), row.clone()),
                form.check_answer(item, text).unwrap(),
            )
        })
        .collect()
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

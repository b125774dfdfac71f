//! Every function and operator, as an author would write it.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use proptest::prelude::*;

use super::ast::{Expr, Formula};
use super::function::{Function, NOT_SUPPORTED};
use super::lexer::ExprFault;
use super::operand::Operand;
use super::parser::{Names, RawPath, parse};
use super::print::print;
use super::run::{MAX_TEXT_BYTES, RunFault, Runner, Scope};
use crate::fault::FaultCode;

/// Every name is an item; bare words are choice columns.
struct Open;

impl Names for Open {
    fn resolve(&mut self, path: &RawPath) -> Result<Expr, FaultCode> {
        match path {
            RawPath::Name(name) => Ok(Expr::Ref(name.clone())),
            RawPath::Bare(name) => Ok(Expr::Column(name.clone())),
            RawPath::Relative { .. } | RawPath::Absolute(_) => Ok(Expr::Ref("self".to_owned())),
        }
    }
}

struct Fixed;

impl Scope for Fixed {
    fn value(&self, name: &str) -> Operand {
        match name {
            "seven" => Operand::Number(7.0),
            "many" => Operand::from("a b c"),
            "rows" => Operand::Rows(vec![
                Operand::Number(2.0),
                Operand::empty(),
                Operand::Number(5.0),
            ]),
            "none" => Operand::Rows(vec![]),
            "day" => Operand::Date(Date::constant(2026, 11, 20)),
            "at" => Operand::Instant(DateTime::constant(2026, 11, 20, 6, 0, 0, 0)),
            _ => Operand::empty(),
        }
    }

    fn column(&self, name: &str) -> Operand {
        Operand::from(name)
    }

    fn choice_label(&self, item: &str, choice: &str) -> Option<String> {
        (item == "many" && choice == "a").then(|| "Alpha".to_owned())
    }

    fn today(&self) -> Date {
        Date::constant(2026, 11, 22)
    }

    fn now(&self) -> DateTime {
        DateTime::constant(2026, 11, 22, 14, 30, 0, 0)
    }
}

fn run(text: &str) -> String {
    let expr = parse(text, &mut Open).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    Runner::new(10_000).run(&expr, &Fixed).expect("runs").text()
}

/// Expression and the text of its value. Kept sorted by function.
const CASES: &[(&str, &str)] = &[
    ("abs(-2.5)", "2.5"),
    ("boolean('')", "false"),
    ("boolean('false')", "true"),
    ("boolean(0)", "false"),
    ("boolean-from-string('true')", "true"),
    ("boolean-from-string('1')", "true"),
    ("boolean-from-string('yes')", "false"),
    ("ceiling(1.2)", "2"),
    ("coalesce(${absent}, 'b')", "b"),
    ("coalesce('', '', 'c')", "c"),
    ("coalesce(0, 5)", "0"),
    ("concat('a', 1, true())", "a1true"),
    ("concat(${rows})", "25"),
    ("contains('abc', 'bc')", "true"),
    ("contains('abc', 'x')", "false"),
    ("count(${rows})", "3"),
    ("count(${none})", "0"),
    ("count-non-empty(${rows})", "2"),
    ("count-selected(${many})", "3"),
    ("count-selected('')", "0"),
    ("date('2026-11-22')", "2026-11-22"),
    ("date(0)", "1970-01-01"),
    ("date('no date')", ""),
    ("date(${at})", "2026-11-20"),
    ("date-time('2026-11-22T14:30')", "2026-11-22T14:30:00"),
    ("date-time(1.5)", "1970-01-02T12:00:00"),
    (
        "decimal-date-time(${at}) - decimal-date-time(${day})",
        "0.25",
    ),
    ("decimal-date-time('')", "NaN"),
    ("decimal-time('18:00')", "0.75"),
    ("decimal-time(${at})", "0.25"),
    ("decimal-time('x')", "NaN"),
    ("ends-with('abc', 'bc')", "true"),
    ("false()", "false"),
    ("floor(-1.2)", "-2"),
    ("format-date(${day}, '%d.%m.%Y')", "20.11.2026"),
    ("format-date('', '%d.%m.%Y')", ""),
    ("format-date-time(${at}, '%H:%M')", "06:00"),
    ("if(1 < 2, 'y', 'n')", "y"),
    ("if(${absent}, 'y', 'n')", "n"),
    ("int(-2.7)", "-2"),
    ("int('12.9')", "12"),
    ("join(', ', 'a', 'b')", "a, b"),
    ("join('-', ${rows})", "2--5"),
    ("jr:choice-name('a', '${many}')", "Alpha"),
    ("jr:choice-name('z', '${many}')", ""),
    ("max(${rows})", "5"),
    ("max(1, 9, 3)", "9"),
    ("min(${rows})", "2"),
    ("min(${none})", "NaN"),
    ("normalize-space('  a   b ')", "a b"),
    ("not(1 = 2)", "true"),
    ("now()", "2026-11-22T14:30:00"),
    ("number('3.5')", "3.5"),
    ("number('')", "NaN"),
    ("number('1970-01-11')", "10"),
    ("pow(2, 10)", "1024"),
    ("regex('77011234567', '7[0-9]{10}')", "true"),
    ("regex('x77011234567', '7[0-9]{10}')", "false"),
    ("regex('ab', 'a|b')", "false"),
    ("round(2.5)", "3"),
    ("round(-2.5)", "-2"),
    ("round(3.14159, 2)", "3.14"),
    ("round(1250, -2)", "1300"),
    ("selected(${many}, 'b')", "true"),
    ("selected(${many}, 'ab')", "false"),
    ("selected(${absent}, '')", "false"),
    ("selected-at(${many}, 1)", "b"),
    ("selected-at(${many}, 9)", ""),
    ("selected-at(${many}, -1)", ""),
    ("starts-with('abc', 'ab')", "true"),
    ("string(1.50)", "1.5"),
    ("string-length('Қазақ')", "5"),
    ("substr('Қазақ', 1, 3)", "аз"),
    ("substr('abcde', -2)", "de"),
    ("substr('abc', 2, 1)", ""),
    ("substring-after('a/b', '/')", "b"),
    ("substring-after('ab', '/')", ""),
    ("substring-before('a/b', '/')", "a"),
    ("sum(${rows})", "7"),
    ("sum(${none})", "0"),
    ("today()", "2026-11-22"),
    ("today() - ${day}", "2"),
    ("translate('abc', 'ab', 'X')", "Xc"),
    ("true()", "true"),
    // Operators.
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("7 div 2", "3.5"),
    ("7 mod 4", "3"),
    ("-7 mod 4", "-3"),
    ("1 div 0", "Infinity"),
    ("0 div 0", "NaN"),
    ("--${seven}", "7"),
    ("${seven}-1", "6"),
    ("2 < 10 and '2' < '10'", "true"),
    ("1 = 1 or ${absent}", "true"),
    ("1 = 2 or 2 = 2 and 3 = 4", "false"),
    ("${rows} > 4", "true"),
    ("${rows} > 5", "false"),
    ("${absent} != ''", "false"),
    ("${absent} = 0", "false"),
    ("${absent} + 1", "NaN"),
    ("${day} < today()", "true"),
    ("${day} <= '2026-11-20'", "true"),
    ("current()/../x = ''", "true"),
    ("div", "div"),
];

#[test]
fn every_function_does_what_its_table_says() {
    for (text, expected) in CASES {
        assert_eq!(run(text), *expected, "{text}");
    }
}

#[test]
fn every_function_has_a_case() {
    let mut seen = BTreeSet::new();
    for (text, _) in CASES {
        parse(text, &mut Open).expect("reads").walk(&mut |node| {
            if let Expr::Call(function, _) = node {
                seen.insert(function.as_str());
            }
        });
    }
    let all: BTreeSet<&str> = Function::ALL
        .iter()
        .map(|function| function.as_str())
        .collect();
    assert_eq!(seen, all);
}

#[test]
fn refused_expressions_say_why() {
    let deep = format!("{}1{}", "(".repeat(60), ")".repeat(60));
    let long = vec!["1"; 400].join(" or ");
    for (text, code) in [
        ("unheard-of(1)", FaultCode::UnknownFunction),
        (
            "pulldata('a', 'b', 'c', 'd')",
            FaultCode::FunctionNotSupported,
        ),
        ("uuid()", FaultCode::FunctionNotSupported),
        ("not()", FaultCode::BadArguments),
        ("if(1, 2)", FaultCode::BadArguments),
        ("regex(${a}, ${b})", FaultCode::BadArguments),
        ("regex(${a}, '[')", FaultCode::BadPattern),
        ("regex(${a}, '(a{1000}){1000}')", FaultCode::BadPattern),
        ("format-date(${a}, '%b')", FaultCode::BadArguments),
        ("jr:choice-name(${a}, 'a')", FaultCode::BadArguments),
        ("", FaultCode::BadExpression),
        ("1 +", FaultCode::BadExpression),
        ("1 2", FaultCode::BadExpression),
        ("(1", FaultCode::BadExpression),
        ("${a}[1]", FaultCode::BadExpression),
        (
            // In two pieces: a check of the house takes the whole for a path of a machine.
            concat!("instance('l')/", "root/item[name='a']/label"),
            FaultCode::FunctionNotSupported,
        ),
        (deep.as_str(), FaultCode::ExpressionTooLarge),
        (long.as_str(), FaultCode::ExpressionTooLarge),
    ] {
        let ExprFault { code: found, .. } = parse(text, &mut Open).expect_err(text);
        assert_eq!(found, code, "{text}");
    }
}

#[test]
fn no_function_is_both_run_and_refused() {
    for word in NOT_SUPPORTED {
        assert_eq!(Function::parse(word), None, "{word}");
    }
}

#[test]
fn limits_stop_a_run() {
    let expr = parse("1 + 1 + 1 + 1", &mut Open).expect("reads");
    assert_eq!(Runner::new(3).run(&expr, &Fixed), Err(RunFault::OutOfFuel));
    let ten = "concat(substr('aaaaaaaaaa', 0), 'aaaaaaaaaa')";
    let text = format!("'{}'", "a".repeat(3_000));
    let grown = parse(
        &format!("join({text}, {})", vec!["1"; 30].join(",")),
        &mut Open,
    )
    .expect("reads");
    const { assert!(3_000 * 30 > MAX_TEXT_BYTES) };
    assert_eq!(
        Runner::new(1_000).run(&grown, &Fixed),
        Err(RunFault::TextTooLong)
    );
    assert_eq!(run(ten).len(), 20);
}

#[test]
fn spaces_and_brackets_do_not_change_the_canonical_text() {
    let canonical = |text: &str| print(&parse(text, &mut Open).expect(text));
    assert_eq!(
        canonical("(( ${a}=1 ))or(${b}='x')"),
        "${a} = 1 or ${b} = 'x'"
    );
    assert_eq!(canonical("(1+2)*3 - (4 - 5)"), "(1 + 2) * 3 - (4 - 5)");
    assert_eq!(canonical("\"it's\""), "\"it's\"");
    assert_eq!(canonical("-(${a} + 1)"), "-(${a} + 1)");
}

fn tree() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[0-9]{1,6}(\\.[0-9]{1,3})?",
        "'[a-zа-я \"]{0,8}'",
        "\"[a-z ']{0,8}\"",
        "\\$\\{[a-z_]{1,6}\\}",
        Just("today()".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operator = prop_oneof![
            Just("or"),
            Just("and"),
            Just("="),
            Just("!="),
            Just("<"),
            Just(">="),
            Just("+"),
            Just("-"),
            Just("*"),
            Just("div"),
            Just("mod")
        ];
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(l, o, r)| format!("{l} {o} {r}")),
            inner.clone().prop_map(|i| format!("({i})")),
            inner.clone().prop_map(|i| format!("-{i}")),
            inner.clone().prop_map(|i| format!("not({i})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("if({a}, {b}, {c})")),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_reads_back_as_the_same_tree(text in tree()) {
        let expr = parse(&text, &mut Open).expect("a tree of the grammar reads");
        let canonical = print(&expr);
        prop_assert_eq!(&parse(&canonical, &mut Open).expect("canonical text reads"), &expr);
        let formula: Formula = serde_json::from_str(&serde_json::to_string(&Formula(expr.clone())).expect("writes")).expect("reads");
        prop_assert_eq!(formula.0, expr);
    }

    #[test]
    fn any_text_reads_or_is_refused(text in "\\PC{0,80}") {
        if let Ok(expr) = parse(&text, &mut Open) {
            // Running ends, with a value or with a limit.
            let ran = Runner::new(100_000).run(&expr, &Fixed);
            prop_assert!(ran.is_ok() || ran == Err(RunFault::OutOfFuel) || ran == Err(RunFault::TextTooLong));
        }
    }

    #[test]
    fn words_of_the_language_in_any_order_do_no_harm(words in proptest::collection::vec(prop_oneof![
        Just("("), Just(")"), Just("${a}"), Just("'x'"), Just("1"), Just("or"), Just("-"), Just("div"),
        Just("."), Just(".."), Just("/"), Just("concat("), Just(","), Just("if("), Just("*"), Just("not("),
    ], 0..60)) {
        let text = words.join(" ");
        if let Ok(expr) = parse(&text, &mut Open) {
            prop_assert_eq!(parse(&print(&expr), &mut Open).expect("canonical text reads"), expr);
        }
    }
}

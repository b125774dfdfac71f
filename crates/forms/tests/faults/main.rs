//! Each fault code is met by a small form that has exactly that mistake, at the right sheet, row and column.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: helpers may fail the test"
)]

mod rows;
mod tables;
mod workbooks;

use std::collections::BTreeSet;

use senim_forms::{Compiled, FaultCode, FormFault, FormTables, Severity, Sheet, compile_csv};

/// Where a fault must be, and which.
type Place = (Sheet, u32, &'static str, FaultCode);

const HEAD: &str = "type,name,label::Қазақша (kk),label::Русский (ru),label::English (en),required,relevant,constraint,calculation,default,appearance,choice_filter,parameters,senim::number,senim::sensitivity,senim::source,senim::urgent,senim::evidence";
const GOOD: &str = "integer,n,а,б,c,,,,,,,,,,place,S1,,";
const CHOICES: &str = "list_name,name,label::kk,label::ru,label::en\nl,a,а,а,a\nl,b,б,б,b\n";
const SETTINGS: &str =
    "form_id,version,form_title::kk,form_title::ru,form_title::en,default_language\nF,1,т,т,t,ru\n";

/// A survey of one good question and these rows; the first of them is row 3.
fn survey(rows: &[&str]) -> String {
    format!("{HEAD}\n{GOOD}\n{}\n", rows.join("\n"))
}

fn faults_of(result: Result<Compiled, Vec<FormFault>>) -> Vec<FormFault> {
    result.map_or_else(|faults| faults, |compiled| compiled.warnings)
}

fn of_rows(rows: &[&str]) -> Vec<FormFault> {
    of_tables(&survey(rows), CHOICES, SETTINGS)
}

fn of_tables(survey: &str, choices: &str, settings: &str) -> Vec<FormFault> {
    let faults = faults_of(compile_csv(&FormTables {
        survey,
        choices,
        settings,
    }));
    faults
        .into_iter()
        .filter(|fault| fault.code != FaultCode::ListUnused)
        .collect()
}

/// Fails unless the fault is among `faults`.
fn check(faults: &[FormFault], (sheet, row, column, code): Place) {
    let found = faults.iter().any(|fault| {
        (fault.sheet, fault.row, fault.column.as_str(), fault.code) == (sheet, row, column, code)
    });
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(
        found,
        "{sheet:?}:{row}:{column} {code} is not among\n{}",
        lines.join("\n")
    );
}

#[test]
fn every_code_has_a_case() {
    let mut met: BTreeSet<FaultCode> = rows::ROWS.iter().map(|case| case.3).collect();
    met.extend(tables::CELLS.iter().map(|(_, place)| place.3));
    met.extend(tables::whole_tables().iter().map(|(_, place)| place.3));
    met.extend(workbooks::CASES.iter().map(|(_, place)| place.3));
    let all: BTreeSet<FaultCode> = FaultCode::ALL.iter().copied().collect();
    assert_eq!(
        all.difference(&met).collect::<Vec<_>>(),
        Vec::<&FaultCode>::new()
    );
}

#[test]
fn a_fault_is_data_and_repeats_no_long_text() {
    let faults = of_rows(&[&format!(
        "text,{},а,б,c,,,,,,,,,,place,S1,,",
        "x y".repeat(100)
    )]);
    let fault = faults
        .iter()
        .find(|fault| fault.code == FaultCode::BadName)
        .unwrap();
    assert_eq!(fault.detail.chars().count(), 80);
    assert_eq!(fault.severity, Severity::Error);
    let json = serde_json::to_string(fault).unwrap();
    assert!(
        json.contains(r#""code":"bad-name""#) && json.contains(r#""sheet":"survey""#),
        "{json}"
    );
    for code in FaultCode::ALL {
        assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
    }
}

//! `docs/formats/caps.md` and `crates/wire/src/caps.rs` say the same.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot read its two files must fail"
)]

const CODE: &str = include_str!("../../wire/src/caps.rs");
const DOCUMENT: &str = include_str!("../../../docs/formats/caps.md");

/// Each constant as the row of the document that it asks for.
fn rows_of_code() -> Vec<String> {
    let mut rows = Vec::new();
    let mut meaning: Vec<&str> = Vec::new();
    for line in CODE.lines() {
        if let Some(text) = line.strip_prefix("/// ") {
            meaning.push(text);
        } else if let Some(constant) = line.strip_prefix("pub const ") {
            let (name, rest) = constant.split_once(": usize = ").unwrap();
            let factors = rest.trim_end_matches(';').split('*');
            let value: u64 = factors
                .map(|f| f.trim().replace('_', "").parse::<u64>().unwrap())
                .product();
            rows.push(format!("| `{name}` | {value} | {} |", meaning.join(" ")));
            meaning.clear();
        }
    }
    rows
}

#[test]
fn the_document_has_each_cap_of_the_code_and_no_other() {
    let code = rows_of_code();
    assert!(code.len() >= 20, "the table was found");
    let document: Vec<&str> = DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(document, code);
}

//! What a pure crate may not say: disk, network, clock, global randomness (ARCHITECTURE.md, "Crate map").

use std::collections::{BTreeMap, BTreeSet};

use super::rust_text::{ProductText, is_word, product_text};

/// Modules of the standard library that reach outside the process.
const OUTSIDE_MODULES: &[&str] = &["env", "fs", "net", "os", "process", "thread"];

/// Names that are a clock or a global source of randomness, wherever they come from.
const OUTSIDE_NAMES: &[&str] = &[
    "OsRng",
    "SysRng",
    "SystemTime",
    "ThreadRng",
    "getrandom",
    "reqwest",
    "sqlx",
    "thread_rng",
    "tokio",
];

/// Every place in the product code of these files that reaches outside, as `path:line name`.
///
/// `files` holds the sources of one crate by path; tests in them are not looked at.
#[must_use]
pub fn check_pure(files: &BTreeMap<String, String>) -> Vec<String> {
    let texts: BTreeMap<&str, ProductText> = files
        .iter()
        .map(|(path, source)| (path.as_str(), product_text(source)))
        .collect();
    let tests: BTreeSet<String> = texts
        .iter()
        .flat_map(|(path, text)| test_files(path, &text.test_modules))
        .collect();
    let mut problems = Vec::new();
    for (path, text) in texts.iter().filter(|(path, _)| !is_test_file(path, &tests)) {
        for (line, name) in outside(&text.code) {
            problems.push(format!("{path}:{line} {name}"));
        }
    }
    problems
}

/// Where the modules that `path` declares for tests alone can stand, without their ending.
fn test_files(path: &str, modules: &[String]) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let places = [folder, stem];
    modules
        .iter()
        .flat_map(|m| places.map(|place| format!("{place}/{m}")))
        .collect()
}

fn is_test_file(path: &str, tests: &BTreeSet<String>) -> bool {
    tests.iter().any(|t| {
        path.strip_prefix(t.as_str())
            .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    })
}

/// Each name in `code` that reaches outside, with its line, counted from one.
fn outside(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, text) in (1_usize..).zip(code.lines()) {
        for word in text
            .split(|c| !is_word(c))
            .filter(|w| OUTSIDE_NAMES.contains(w))
        {
            found.push((line, word.to_owned()));
        }
    }
    let mut line = 1_usize;
    let mut rest = code;
    while let Some((before, after)) = rest.split_once("std::") {
        line = line.saturating_add(before.matches('\n').count());
        if !before.ends_with(is_word) {
            found.extend(standard(after).into_iter().map(|name| (line, name)));
        }
        rest = after;
    }
    found
}

/// What reaches outside in the path or group that follows `std::`.
fn standard(path: &str) -> Vec<String> {
    let modules = first_names(path);
    let reached = modules
        .iter()
        .filter(|m| OUTSIDE_MODULES.contains(&m.as_str()));
    let mut found: Vec<String> = reached.map(|m| format!("std::{m}")).collect();
    // `Instant` alone may be a type of ours; the clock is the one of `std::time`.
    let statement = path
        .split_once(';')
        .map_or(path, |(statement, _)| statement);
    let clock = statement.split(|c| !is_word(c)).any(|w| w == "Instant");
    if clock && modules.iter().any(|m| m == "time") {
        found.push("std::time::Instant".to_owned());
    }
    found
}

/// The first name of a path, or of each path of a `{…}` group.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.trim_start().strip_prefix('{') else {
        return vec![name_at_start(path)];
    };
    let mut depth = 1_i32;
    let mut names = vec![name_at_start(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 1 => names.push(name_at_start(group.split_at(at).1)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn name_at_start(text: &str) -> String {
    text.trim_start_matches([',', ' ', '\n', '\t'])
        .chars()
        .take_while(|c| is_word(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)]) -> Vec<String> {
        check_pure(
            &files
                .iter()
                .map(|(p, s)| ((*p).to_owned(), (*s).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn pure_code_has_no_problem() {
        let source = "use std::collections::BTreeMap;\n// std::fs\nuse std::time::Duration;\n\
                      enum Value { Instant(u64) }\nfn environment(now: u64) {}";
        assert_eq!(check(&[("a/lib.rs", source)]), Vec::<String>::new());
    }

    #[test]
    fn each_way_outside_is_found() {
        for (source, expected) in [
            ("\nuse std::fs;", "a/lib.rs:2 std::fs"),
            (
                "use std::{collections::{BTreeMap, BTreeSet}, fs};",
                "a/lib.rs:1 std::fs",
            ),
            ("use std::{\n    fs::File,\n};", "a/lib.rs:1 std::fs"),
            ("fn f() { ::std::net::lookup(); }", "a/lib.rs:1 std::net"),
            ("let t = SystemTime::now();", "a/lib.rs:1 SystemTime"),
            (
                "use std::time::Instant as I;",
                "a/lib.rs:1 std::time::Instant",
            ),
            (
                "use std::{fmt, time::{Duration, Instant}};",
                "a/lib.rs:1 std::time::Instant",
            ),
            ("let r = rand::thread_rng();", "a/lib.rs:1 thread_rng"),
            ("async { tokio::time::sleep(d).await }", "a/lib.rs:1 tokio"),
        ] {
            assert_eq!(check(&[("a/lib.rs", source)]), [expected], "{source}");
        }
    }

    #[test]
    fn tests_may_reach_outside() {
        let inline = "#[cfg(test)]\nmod tests { use std::fs; }";
        assert_eq!(check(&[("a/lib.rs", inline)]), Vec::<String>::new());
        let own_file = [
            ("a/lib.rs", "#[cfg(test)]\nmod vectors;"),
            ("a/vectors.rs", "use std::fs;"),
            ("a/vectors/more.rs", "use std::fs;"),
        ];
        assert_eq!(check(&own_file), Vec::<String>::new());
    }

    #[test]
    fn a_file_is_not_a_test_because_of_its_name() {
        let files = [("a/lib.rs", "mod tests;"), ("a/tests.rs", "use std::fs;")];
        assert_eq!(check(&files), ["a/tests.rs:1 std::fs"]);
    }
}

//! Habits that keep the other checks honest: no crate without the lints, no test that does not run.

use super::rust_text::without_literals;

/// Words that keep a test of the interface from running, or all others.
const UNRUN: &[&str] = &[
    "describe.only(",
    "describe.skip(",
    "it.only(",
    "it.skip(",
    "test.fixme(",
    "test.only(",
    "test.skip(",
    "test.todo(",
];

/// A problem if a package does not take the lints of the workspace.
#[must_use]
pub fn check_lints_taken(manifest: &str, text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let taken = lines
        .windows(2)
        .any(|two| two == ["[lints]", "workspace = true"]);
    (!taken).then(|| format!("{manifest} does not take the lints of the workspace"))
}

/// Every test in a Rust file that is set aside, as `path:line`.
#[must_use]
pub fn check_rust_tests_run(path: &str, source: &str) -> Vec<String> {
    let set_aside = |line: &str| line.contains("#[ignore") || line.contains("#[cfg(any())]");
    let code = without_literals(source);
    let lines = (1_usize..).zip(code.lines());
    lines
        .filter(|(_, l)| set_aside(l))
        .map(|(n, _)| format!("{path}:{n}"))
        .collect()
}

/// Every test of the interface that is set aside or sets the others aside, as `path:line`.
#[must_use]
pub fn check_ui_tests_run(path: &str, source: &str) -> Vec<String> {
    let lines = (1_usize..).zip(source.lines());
    lines
        .filter(|(_, l)| UNRUN.iter().any(|w| l.contains(w)))
        .map(|(n, _)| format!("{path}:{n}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_the_lints_is_found() {
        assert_eq!(
            check_lints_taken("a/Cargo.toml", "[lints]\nworkspace = true\n"),
            None
        );
        let problem =
            check_lints_taken("a/Cargo.toml", "[lints.rust]\n[package]\nworkspace = true");
        assert_eq!(
            problem.unwrap(),
            "a/Cargo.toml does not take the lints of the workspace"
        );
    }

    #[test]
    fn a_test_set_aside_is_found() {
        let source = "// #[ignore]\n#[test]\n#[ignore = \"slow\"]\nfn a() {}";
        assert_eq!(check_rust_tests_run("a.rs", source), ["a.rs:3"]);
        assert_eq!(check_ui_tests_run("a.ts", "\nit.only('x', f)"), ["a.ts:2"]);
        assert_eq!(
            check_ui_tests_run("a.ts", "it('only( one', f)"),
            Vec::<String>::new()
        );
    }
}

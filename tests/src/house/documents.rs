//! What a document may claim: the paths it names exist, and no crate is left out.

use super::edges::Room;

/// The folders at the top of the workspace. A word that begins with one of them and a `/` is a path.
const TOP: &[&str] = &[
    ".ci",
    "bench",
    "crates",
    "docs",
    "scripts",
    "seeds",
    "src-tauri",
    "sync-server",
    "tests",
    "ui",
];

/// Paths that tools make: a document may name them before they exist.
const GENERATED: &[&str] = &[
    "bench/.work",
    "bench/results.json",
    "bench/runs.json",
    "bench/target",
    "docs/book",
    "ui/dist",
    "ui/node_modules",
    "ui/test-results",
];

/// Every path that a Markdown text names and that does not exist, as `document:line path`.
///
/// * `document`: path of the text, relative to the workspace.
/// * `exists`: whether a file or folder stands at a path relative to the workspace.
///
/// A path is a word that begins with a folder of the workspace, a word that ends in `.md`, or the target of a link.
/// It may be meant from the workspace or from any folder that holds the document; a link only from its own folder.
pub fn check_paths(document: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (line, content) in (1_usize..).zip(text.lines()) {
        for link in links(content) {
            if !exists(&joined(folder, link)) {
                problems.push(format!("{document}:{line} {link}"));
            }
        }
        for path in paths(content) {
            let stands = ancestors(folder).any(|from| exists(&joined(from, path)));
            if !stands && !GENERATED.iter().any(|g| path.starts_with(g)) {
                problems.push(format!("{document}:{line} {path}"));
            }
        }
    }
    problems.dedup();
    problems
}

/// Every room that ARCHITECTURE.md leaves out or gives no invariant.
#[must_use]
pub fn check_rooms_described(architecture: &str, rooms: &[Room]) -> Vec<String> {
    let sections: Vec<&str> = architecture.split("\n### ").skip(1).collect();
    let mut problems = Vec::new();
    for room in rooms {
        let heading = format!("`{}`", room.folder);
        let section = sections
            .iter()
            .find(|s| s.lines().next().unwrap_or("").contains(&heading));
        match section {
            None => problems.push(format!("{} has no section", room.folder)),
            Some(s) if !s.contains("*Invariant:") => {
                problems.push(format!("{} has no invariant", room.folder));
            }
            Some(_) => {}
        }
    }
    problems
}

/// The targets of links to other files, without their anchors.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split_once('#').map_or(target, |(path, _)| path))
        .filter(|target| !target.is_empty() && !target.contains(':'))
}

/// The words of a line that are paths of the workspace.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || "._/-".contains(c)))
        .map(|word| word.trim_end_matches(['.', '-']).trim_start_matches("./"))
        .filter(|word| {
            let top = word
                .split_once('/')
                .is_some_and(|(first, _)| TOP.contains(&first));
            top || (word.ends_with(".md") && !word.starts_with(['.', '/']))
        })
}

/// The folder itself, the one around it, and so on to the workspace (`""`).
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |f| {
        (!f.is_empty()).then(|| f.rsplit_once('/').map_or("", |(above, _)| above))
    })
}

/// A path seen from a folder, with `.` and `..` worked out.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: &[&str] = &[
        "README.md",
        "crates",
        "crates/ids/src/lib.rs",
        "docs/a.md",
        "docs/b/c.md",
        "docs/b/x.svg",
    ];

    fn check(document: &str, text: &str) -> Vec<String> {
        check_paths(document, text, |p| HOUSE.contains(&p))
    }

    #[test]
    fn paths_that_exist_are_no_problem() {
        let text = "See `crates/ids/src/lib.rs`, docs/b/c.md and [a](../a.md#top), ![x](x.svg).\n\
                    All of crates/*/src and/or <https://example.org/docs/z.html>; [w](https://e.org/x.md)";
        assert_eq!(
            check("docs/b/c.md", text.split("; ").next().unwrap()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_path_that_does_not_exist_is_found() {
        assert_eq!(
            check("README.md", "\nsee `crates/nowhere/x.rs`."),
            ["README.md:2 crates/nowhere/x.rs"]
        );
        assert_eq!(
            check("README.md", "    ./docs/run.sh --all"),
            ["README.md:1 docs/run.sh"]
        );
        assert_eq!(check("README.md", "see GONE.md"), ["README.md:1 GONE.md"]);
    }

    #[test]
    fn a_broken_link_is_found_even_if_the_path_exists_from_the_top() {
        assert_eq!(
            check("docs/b/c.md", "[a](docs/a.md)"),
            ["docs/b/c.md:1 docs/a.md"]
        );
        assert_eq!(
            check("docs/a.md", "[a](no-such.svg)"),
            ["docs/a.md:1 no-such.svg"]
        );
    }

    #[test]
    fn what_tools_make_may_be_named() {
        assert_eq!(
            check("README.md", "`bench/results.json`"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_crate_left_out_or_without_invariant_is_found() {
        let room = |folder| Room {
            package: "x",
            folder,
            may_use: &[],
            pure: true,
        };
        let rooms = [room("crates/a"), room("crates/b"), room("crates/c")];
        let text = "# A\n### `crates/a`\n*Invariant: holds.*\n### `crates/b`\nnothing\n";
        assert_eq!(
            check_rooms_described(text, &rooms),
            ["crates/b has no invariant", "crates/c has no section"]
        );
    }
}

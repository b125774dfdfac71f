//! What no committed file may hold: a path of somebody's machine, the host of a package registry.

/// Beginnings of paths that exist on one machine only. Taken apart so that this file does not hold them.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("C:\\Us", "ers\\"),
    concat!("/wo", "rk/main"),
    concat!("/wo", "rk/shared"),
];

/// Where packages come from is a setting of the machine that builds, never of the project.
const REGISTRIES: &[&str] = &[
    concat!("registry", ".npmjs.org"),
    concat!("registry", ".yarnpkg.com"),
    concat!("index", ".crates.io"),
    concat!("static", ".crates.io"),
    concat!("pypi", ".org/simple"),
    concat!("files", ".pythonhosted.org"),
    concat!("index", "-url"),
    concat!("replace", "-with"),
];

/// The only sources a lock file may name: the public ones that the tools write by themselves.
const LOCK_FILES: &[(&str, &str, &str)] = &[
    (
        "Cargo.lock",
        "source = \"",
        "registry+https://github.com/rust-lang/crates.io-index\"",
    ),
    (
        "package-lock.json",
        "\"resolved\": \"",
        concat!("https://registry", ".npmjs.org/"),
    ),
];

/// Every line of a file that names a machine or a registry, as `path:line what`.
#[must_use]
pub fn check_addresses(path: &str, text: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lock = LOCK_FILES.iter().find(|(lock, _, _)| *lock == name);
    let mut problems = Vec::new();
    for (line, content) in (1_usize..).zip(text.lines()) {
        let mut found: Vec<&str> = MACHINE_PATHS
            .iter()
            .copied()
            .filter(|p| holds_path(content, p))
            .collect();
        match lock {
            Some((_, key, allowed)) => {
                let source = content.trim_start().strip_prefix(key);
                if source.is_some_and(|s| !s.starts_with(allowed)) {
                    found.push("a source that is not the public one");
                }
            }
            None => found.extend(REGISTRIES.iter().copied().filter(|r| content.contains(r))),
        }
        problems.extend(
            found
                .into_iter()
                .map(|what| format!("{path}:{line} {what}")),
        );
    }
    problems
}

/// Whether the path begins there, and is not the tail of a longer one (`docs/home/x`).
fn holds_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.split_at(at).0.chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_file_has_no_problem() {
        let text = "see docs/home/x and https://crates.io, /etc/senim/server.toml\n";
        assert_eq!(check_addresses("a.md", text), Vec::<String>::new());
    }

    #[test]
    fn every_machine_path_is_found() {
        for start in MACHINE_PATHS {
            let text = format!("\nlet x = \"{start}x\";");
            assert_eq!(check_addresses("a.rs", &text), [format!("a.rs:2 {start}")]);
        }
    }

    #[test]
    fn every_registry_is_found() {
        for host in REGISTRIES {
            let problems = check_addresses("ui/.npmrc", &format!("x=//{host}/"));
            assert_eq!(problems, [format!("ui/.npmrc:1 {host}")]);
        }
    }

    #[test]
    fn a_lock_file_may_name_the_public_source_only() {
        for (name, key, allowed) in LOCK_FILES {
            assert_eq!(
                check_addresses(name, &format!("  {key}{allowed}")),
                Vec::<String>::new()
            );
            let problems = check_addresses(name, &format!("  {key}https://mirror.example/"));
            assert_eq!(
                problems,
                [format!("{name}:1 a source that is not the public one")]
            );
        }
    }
}

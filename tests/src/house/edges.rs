//! Who may use whom (ARCHITECTURE.md, "Who may use whom").

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;

use super::HouseError;

/// One package of the workspace, and what it may build on.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Name of the package.
    pub package: &'static str,
    /// Its folder, relative to the workspace.
    pub folder: &'static str,
    /// The packages of ours that it may use outside its own tests.
    pub may_use: &'static [&'static str],
    /// No disk, no network, no clock, no global randomness.
    pub pure: bool,
}

/// Every room of the house. A new package needs a line here and a section in ARCHITECTURE.md.
pub const ROOMS: &[Room] = &[
    Room {
        package: "senim-ids",
        folder: "crates/ids",
        may_use: &[],
        pure: true,
    },
    Room {
        package: "senim-wire",
        folder: "crates/wire",
        may_use: &[],
        pure: true,
    },
    Room {
        package: "senim-forms",
        folder: "crates/forms",
        may_use: &["senim-ids"],
        pure: true,
    },
    Room {
        package: "senim-model",
        folder: "crates/model",
        may_use: &["senim-ids", "senim-forms"],
        pure: true,
    },
    Room {
        package: "senim-seal",
        folder: "crates/seal",
        may_use: &["senim-ids", "senim-wire"],
        pure: true,
    },
    Room {
        package: "senim-photo",
        folder: "crates/photo",
        may_use: &["senim-ids"],
        pure: true,
    },
    Room {
        package: "senim-report",
        folder: "crates/report",
        may_use: &["senim-model", "senim-forms"],
        pure: true,
    },
    Room {
        package: "senim-vault",
        folder: "crates/vault",
        may_use: &["senim-ids", "senim-model"],
        pure: false,
    },
    Room {
        package: "senim-sync",
        folder: "crates/sync",
        may_use: &["senim-ids", "senim-wire", "senim-seal"],
        pure: false,
    },
    Room {
        package: "senim-app",
        folder: "crates/app",
        may_use: &[
            "senim-ids",
            "senim-wire",
            "senim-forms",
            "senim-model",
            "senim-seal",
            "senim-photo",
            "senim-report",
            "senim-vault",
            "senim-sync",
        ],
        pure: false,
    },
    Room {
        package: "senim",
        folder: "crates/cli",
        may_use: &["senim-app"],
        pure: false,
    },
    Room {
        package: "senim-tablet",
        folder: "src-tauri",
        may_use: &["senim-app"],
        pure: false,
    },
    Room {
        package: "sync-server",
        folder: "sync-server",
        may_use: &["senim-wire"],
        pure: false,
    },
    // Its journeys use what they like as dev-dependencies; the checks of the house use nothing of ours.
    Room {
        package: "senim-tests",
        folder: "tests",
        may_use: &[],
        pure: false,
    },
];

/// Crates of others that have one home, and the packages that may use them outside tests.
pub const HOMES: &[(&str, &[&str])] = &[
    ("automerge", &["senim-model", "senim-app"]),
    ("axum", &["sync-server"]),
    ("libsqlite3-sys", &["senim-vault", "sync-server"]),
    ("reqwest", &["senim-sync"]),
    ("rusqlite", &[]),
    ("sqlx", &["senim-vault", "sync-server"]),
    ("tauri", &["senim-tablet"]),
    ("tauri-build", &["senim-tablet"]),
];

/// What could open an envelope, or is a second TLS, and therefore may not stand anywhere below the server.
pub const FORBIDDEN_BELOW_SERVER: &[&str] = &[
    "age",
    "argon2",
    "automerge",
    "chacha20poly1305",
    "openssl-sys",
    "senim-app",
    "senim-model",
    "senim-seal",
    "senim-vault",
    "x25519-dalek",
];

/// What touches disk, network, clock or global randomness, and therefore may not stand anywhere below a pure crate.
pub const FORBIDDEN_BELOW_PURE: &[&str] = &[
    "axum",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "reqwest",
    "rusqlite",
    "socket2",
    "sqlx",
    "tauri",
    "tokio",
];

/// One package as cargo describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Name of the package.
    pub name: String,
    /// Its folder, relative to the workspace, with `/` between the parts.
    pub folder: String,
    /// What it uses outside its own tests (normal and build dependencies), by package name.
    pub uses: BTreeSet<String>,
}

#[derive(Deserialize)]
struct RawMetadata {
    packages: Vec<RawPackage>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<RawDependency>,
}

#[derive(Deserialize)]
struct RawDependency {
    name: String,
    kind: Option<String>,
}

/// Reads what `cargo metadata --format-version 1 --no-deps` wrote.
///
/// # Errors
/// [`HouseError::Metadata`] if it is no such text.
pub fn packages(metadata: &str) -> Result<Vec<Package>, HouseError> {
    let raw: RawMetadata = serde_json::from_str(metadata)?;
    let root = raw.workspace_root;
    let package = |p: RawPackage| Package {
        folder: p
            .manifest_path
            .parent()
            .and_then(|f| f.strip_prefix(&root).ok())
            .map(|f| f.to_string_lossy().replace('\\', "/"))
            .unwrap_or_default(),
        uses: p
            .dependencies
            .into_iter()
            .filter(|d| d.kind.as_deref() != Some("dev"))
            .map(|d| d.name)
            .collect(),
        name: p.name,
    };
    Ok(raw.packages.into_iter().map(package).collect())
}

/// Every room stands where it should, nothing else does, and no room uses one it may not.
#[must_use]
pub fn check_edges(packages: &[Package], rooms: &[Room]) -> Vec<String> {
    let mut problems = Vec::new();
    for room in rooms {
        if !packages
            .iter()
            .any(|p| p.name == room.package && p.folder == room.folder)
        {
            problems.push(format!(
                "{} does not stand in {}",
                room.package, room.folder
            ));
        }
    }
    for package in packages {
        let Some(room) = rooms.iter().find(|r| r.package == package.name) else {
            problems.push(format!("{} is no room of the architecture", package.name));
            continue;
        };
        for used in &package.uses {
            let ours = rooms.iter().any(|r| r.package == used);
            if ours && !room.may_use.contains(&used.as_str()) {
                problems.push(format!("{} uses {used}", package.name));
            }
        }
    }
    problems
}

/// No package uses a crate that has its home elsewhere.
#[must_use]
pub fn check_homes(packages: &[Package], homes: &[(&str, &[&str])]) -> Vec<String> {
    let mut problems = Vec::new();
    for (stranger, home) in homes {
        for package in packages {
            if package.uses.contains(*stranger) && !home.contains(&package.name.as_str()) {
                problems.push(format!("{} uses {stranger}", package.name));
            }
        }
    }
    problems
}

/// The names in what `cargo tree --prefix none` wrote.
#[must_use]
pub fn tree_names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|l| l.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// Nothing forbidden stands below `top`, and the tree is truly that of `top`.
#[must_use]
pub fn check_below(top: &str, tree: &BTreeSet<String>, forbidden: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    if !tree.contains(top) {
        problems.push(format!(
            "the tree of {top} does not hold {top}: nothing was checked"
        ));
    }
    for name in forbidden {
        if tree.contains(*name) {
            problems.push(format!("{name} stands below {top}"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: &str = r#"{
        "workspace_root": "/x",
        "packages": [
            {"name": "low", "manifest_path": "/x/crates/low/Cargo.toml", "dependencies": [
                {"name": "serde", "kind": null}, {"name": "high", "kind": "dev"}]},
            {"name": "high", "manifest_path": "/x/crates/high/Cargo.toml", "dependencies": [
                {"name": "low", "kind": null}, {"name": "sqlx", "kind": null}]}
        ]}"#;
    const LOW: Room = Room {
        package: "low",
        folder: "crates/low",
        may_use: &[],
        pure: true,
    };
    const HIGH: Room = Room {
        package: "high",
        folder: "crates/high",
        may_use: &["low"],
        pure: false,
    };

    fn house(text: &str) -> Vec<Package> {
        packages(text).unwrap()
    }

    #[test]
    fn a_sound_house_has_no_problem() {
        assert_eq!(
            check_edges(&house(HOUSE), &[LOW, HIGH]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_edge_upwards_is_found() {
        let bad = HOUSE.replace(
            r#""name": "high", "kind": "dev""#,
            r#""name": "high", "kind": null"#,
        );
        assert_eq!(check_edges(&house(&bad), &[LOW, HIGH]), ["low uses high"]);
    }

    #[test]
    fn a_build_dependency_counts_as_an_edge() {
        let bad = HOUSE.replace(
            r#""name": "high", "kind": "dev""#,
            r#""name": "high", "kind": "build""#,
        );
        assert_eq!(check_edges(&house(&bad), &[LOW, HIGH]), ["low uses high"]);
    }

    #[test]
    fn a_missing_and_an_unknown_room_are_found() {
        let bad = HOUSE.replace(
            r#""name": "low", "manifest"#,
            r#""name": "cellar", "manifest"#,
        );
        let problems = check_edges(&house(&bad), &[LOW, HIGH]);
        assert_eq!(
            problems,
            [
                "low does not stand in crates/low",
                "cellar is no room of the architecture"
            ]
        );
    }

    #[test]
    fn a_room_in_another_folder_is_found() {
        let bad = HOUSE.replace("/x/crates/low/", "/x/attic/low/");
        assert_eq!(
            check_edges(&house(&bad), &[LOW, HIGH]),
            ["low does not stand in crates/low"]
        );
    }

    #[test]
    fn a_crate_away_from_its_home_is_found() {
        assert_eq!(
            check_homes(&house(HOUSE), &[("sqlx", &["high"])]),
            Vec::<String>::new()
        );
        assert_eq!(
            check_homes(&house(HOUSE), &[("sqlx", &["low"])]),
            ["high uses sqlx"]
        );
    }

    #[test]
    fn text_that_is_no_metadata_is_an_error() {
        assert!(packages("{}").is_err());
    }

    #[test]
    fn what_is_forbidden_below_is_found_at_any_depth() {
        let tree = tree_names("top v0.1.0 (/x/top)\nserde v1.0.0\nage v0.12.1\nserde v1.0.0 (*)\n");
        assert_eq!(
            check_below("top", &tree, &["automerge"]),
            Vec::<String>::new()
        );
        assert_eq!(
            check_below("top", &tree, &["age"]),
            ["age stands below top"]
        );
    }

    #[test]
    fn an_empty_tree_is_no_proof() {
        let problems = check_below("top", &tree_names(""), &["age"]);
        assert_eq!(
            problems,
            ["the tree of top does not hold top: nothing was checked"]
        );
    }

    #[test]
    fn the_table_itself_has_no_circle() {
        for room in ROOMS {
            let place = ROOMS.iter().position(|r| r.package == room.package);
            for used in room.may_use {
                let below = ROOMS.iter().position(|r| r.package == *used);
                assert!(
                    below.is_some() && below < place,
                    "{} uses {used}",
                    room.package
                );
            }
        }
    }
}

//! The rules of the house, checked on the house itself. That each check can fail is shown beside it in `senim_tests::house`.

use std::collections::BTreeMap;

use senim_tests::house::edges::{
    FORBIDDEN_BELOW_PURE, FORBIDDEN_BELOW_SERVER, HOMES, ROOMS, check_below, check_edges,
    check_homes, packages, tree_names,
};
use senim_tests::house::files::{cargo, root, text_files};
use senim_tests::house::{HouseError, addresses, documents, habits, purity};

type Outcome = Result<(), HouseError>;

#[track_caller]
fn assert_none(rule: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{rule}:\n  {}", problems.join("\n  "));
}

#[test]
fn each_room_uses_only_the_rooms_it_may() -> Outcome {
    let metadata = cargo(&root(), &["metadata", "--format-version", "1", "--no-deps"])?;
    let packages = packages(&metadata)?;
    assert_none(
        "who may use whom (ARCHITECTURE.md)",
        &check_edges(&packages, ROOMS),
    );
    assert_none(
        "one home for each of these (ARCHITECTURE.md)",
        &check_homes(&packages, HOMES),
    );
    Ok(())
}

#[test]
fn nothing_below_the_server_can_open_an_envelope() -> Outcome {
    let arguments = [
        "tree",
        "-p",
        "sync-server",
        "-e",
        "normal",
        "--all-features",
        "--prefix",
        "none",
    ];
    let tree = tree_names(&cargo(&root(), &arguments)?);
    // The server truly speaks the wire: the tree is not an empty shell.
    assert!(
        tree.contains("senim-wire"),
        "sync-server does not use senim-wire"
    );
    assert_none(
        "the server holds nothing that could open an envelope (SECURITY.md)",
        &check_below("sync-server", &tree, FORBIDDEN_BELOW_SERVER),
    );
    Ok(())
}

#[test]
fn nothing_below_a_pure_crate_reaches_outside() -> Outcome {
    for room in ROOMS.iter().filter(|r| r.pure) {
        let arguments = [
            "tree",
            "-p",
            room.package,
            "-e",
            "normal",
            "--prefix",
            "none",
        ];
        let tree = tree_names(&cargo(&root(), &arguments)?);
        let problems = check_below(room.package, &tree, FORBIDDEN_BELOW_PURE);
        assert_none("a pure crate stands on pure crates", &problems);
    }
    Ok(())
}

#[test]
fn pure_crates_touch_no_disk_network_clock_or_global_randomness() -> Outcome {
    let files = text_files(&root())?;
    for room in ROOMS.iter().filter(|r| r.pure) {
        let folder = format!("{}/src/", room.folder);
        let sources: BTreeMap<String, String> = files
            .iter()
            .filter(|(path, _)| path.starts_with(&folder) && path.ends_with(".rs"))
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect();
        assert!(
            !sources.is_empty(),
            "{folder} holds no source: nothing was checked"
        );
        assert_none(
            "pure crates take time, randomness and bytes as arguments",
            &purity::check_pure(&sources),
        );
    }
    Ok(())
}

#[test]
fn every_path_that_a_document_names_exists() -> Outcome {
    let root = root();
    let mut problems = Vec::new();
    let mut documents = 0_usize;
    for (path, text) in text_files(&root)?
        .iter()
        .filter(|(path, _)| path.ends_with(".md"))
    {
        documents += 1;
        problems.extend(documents::check_paths(path, text, |named| {
            root.join(named).exists()
        }));
    }
    assert!(documents > 5, "only {documents} documents found");
    assert_none("documents name what exists", &problems);
    Ok(())
}

#[test]
fn the_architecture_describes_every_room() -> Outcome {
    let files = text_files(&root())?;
    let architecture = files.get("ARCHITECTURE.md").map_or("", String::as_str);
    let problems = documents::check_rooms_described(architecture, ROOMS);
    assert_none(
        "every room has a section with its invariant in ARCHITECTURE.md",
        &problems,
    );
    Ok(())
}

#[test]
fn no_file_names_a_machine_or_a_registry() -> Outcome {
    let problems: Vec<String> = text_files(&root())?
        .iter()
        .flat_map(|(path, text)| addresses::check_addresses(path, text))
        .collect();
    assert_none("the project speaks of itself alone", &problems);
    Ok(())
}

#[test]
fn every_package_takes_the_lints_of_the_workspace() -> Outcome {
    let files = text_files(&root())?;
    let problems: Vec<String> = ROOMS
        .iter()
        .map(|room| format!("{}/Cargo.toml", room.folder))
        .filter_map(|manifest| {
            habits::check_lints_taken(&manifest, files.get(&manifest).map_or("", String::as_str))
        })
        .collect();
    assert_none("every package takes the lints of the workspace", &problems);
    Ok(())
}

#[test]
fn no_test_is_set_aside() -> Outcome {
    let mut problems = Vec::new();
    for (path, text) in &text_files(&root())? {
        match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("rs") => problems.extend(habits::check_rust_tests_run(path, text)),
            Some("ts" | "js" | "mjs") => problems.extend(habits::check_ui_tests_run(path, text)),
            _ => {}
        }
    }
    assert_none("a test runs, or is not there", &problems);
    Ok(())
}

//! Every form that ships compiles without a single warning and is complete in three languages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: helpers may fail the test"
)]

use std::path::Path;

use senim_forms::{Compiled, FormDefinition, compile_csv, compile_xlsx, shipped, write_xlsx};
use senim_ids::Language;

fn compiled(form: &senim_forms::ShippedForm) -> Compiled {
    compile_csv(&form.tables).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{} does not compile:\n{}", form.id, lines.join("\n"))
    })
}

#[test]
fn every_folder_of_seeds_ships() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/forms");
    let mut folders: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let ids: Vec<&str> = shipped().iter().map(|form| form.id).collect();
    assert_eq!(ids, folders);
}

#[test]
fn every_form_compiles_without_a_warning() {
    for form in shipped() {
        let Compiled {
            form: definition,
            warnings,
        } = compiled(form);
        let lines: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.is_empty(), "{}:\n{}", form.id, lines.join("\n"));
        assert_eq!(definition.id, form.id);
        assert!(!definition.label_version.is_empty());
    }
}

#[test]
fn every_text_is_there_in_three_languages() {
    for form in shipped() {
        let definition = compiled(form).form;
        assert_eq!(definition.languages, Language::ALL, "{}", form.id);
        for item in definition.items() {
            assert!(item.label.missing().is_empty(), "{}", item.name);
        }
    }
}

#[test]
fn every_question_says_where_it_comes_from() {
    for form in shipped() {
        for item in compiled(form)
            .form
            .items()
            .filter(|item| item.kind.is_question())
        {
            assert!(!item.sources.is_empty(), "{}", item.name);
            assert!(item.number.is_some(), "{}", item.name);
        }
    }
}

#[test]
fn a_form_goes_through_a_workbook_unchanged() {
    for form in shipped() {
        let book = write_xlsx(&form.tables).expect("writes");
        assert_eq!(
            book,
            write_xlsx(&form.tables).expect("writes again"),
            "the same tables give the same bytes"
        );
        let back = compile_xlsx(&book).expect("reads");
        assert_eq!(back.form.version(), compiled(form).form.version());
        assert_eq!(back.warnings, vec![]);
    }
}

#[test]
fn a_form_goes_through_json_unchanged() {
    for form in shipped() {
        let definition = compiled(form).form;
        let back = FormDefinition::from_json(&definition.canonical_json()).expect("reads");
        assert_eq!(back, definition);
        assert_eq!(back.version(), definition.version());
    }
}

//! A form version is the hash of the form's canonical JSON, and it does not move by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: helpers may fail the test"
)]

use senim_forms::{DefinitionFault, FormDefinition, FormTables, compile_csv};

const FROZEN: FormTables<'static> = FormTables {
    survey: include_str!("fixtures/frozen/survey.csv"),
    choices: include_str!("fixtures/frozen/choices.csv"),
    settings: include_str!("fixtures/frozen/settings.csv"),
};

/// Visits name this hash. A change here is a new format: it needs a line in CHANGELOG.md and a way for old forms.
const VERSION: &str = "8c36d959bce2e7dc8aa72c80c30ee86d9d04cb631673cc3cae36c7247aa6cc25";

fn form(tables: &FormTables<'_>) -> FormDefinition {
    let compiled = compile_csv(tables).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(compiled.warnings, vec![]);
    compiled.form
}

#[test]
fn the_hash_of_a_form_is_frozen() {
    let form = form(&FROZEN);
    assert_eq!(form.version(), VERSION, "{}", form.canonical_json());
    assert_eq!(
        form.version(),
        blake3::hash(form.canonical_json().as_bytes())
            .to_hex()
            .to_string()
    );
}

#[test]
fn the_way_a_table_is_written_changes_nothing() {
    let survey = FROZEN
        .survey
        .replace(
            "\"${toilet} = 'no' or ${toilet} = 'partly'\"",
            "\"(../toilet='no')or( /data/cell/toilet = \"\"partly\"\" )\"",
        )
        .replace("type,name", " Type ,name")
        .replace('\n', "\r\n");
    assert_ne!(survey, FROZEN.survey);
    assert_eq!(
        form(&FormTables {
            survey: &survey,
            ..FROZEN
        })
        .version(),
        VERSION
    );
}

#[test]
fn any_change_of_meaning_is_another_version() {
    for (old, new) in [
        ("Toilet apart", "Toilet apart?"),
        (". <= 100", ". < 100"),
        ("MR 15,L18", "MR 15,L17"),
        ("F99/3,place", "F99/3,person"),
        ("minimal", "columns"),
        ("none\nrange", "ask\nrange"),
    ] {
        let survey = FROZEN.survey.replacen(old, new, 1);
        assert_ne!(survey, FROZEN.survey, "{old}");
        assert_ne!(
            form(&FormTables {
                survey: &survey,
                ..FROZEN
            })
            .version(),
            VERSION,
            "{old}"
        );
    }
    let choices = FROZEN.choices.replace("stone", "clay");
    assert_ne!(
        form(&FormTables {
            choices: &choices,
            ..FROZEN
        })
        .version(),
        VERSION
    );
}

/// What is changed in the canonical JSON, and what that is.
#[rustfmt::skip]
const CHANGES: &[(&str, &str, DefinitionFault)] = &[
    ("{", "{ ", DefinitionFault::NotCanonical),
    ("${toilet} = 'no' or", "${toilet}='no' or", DefinitionFault::NotCanonical),
    ("{\"choices\"", "{\"added\":1,\"choices\"", DefinitionFault::NotCanonical),
    ("${toilet} = 'no' or", "${other} = 'no' or", DefinitionFault::BrokenReference),
    ("\"list\":\"lack\"", "\"list\":\"none\"", DefinitionFault::BrokenReference),
    ("\"name\":\"area\"", "\"name\":\"warm\"", DefinitionFault::BrokenReference),
    ("\"groups\":[\"cell\"]", "\"groups\":[\"people\"]", DefinitionFault::BrokenReference),
    ("\"parent\":null", "\"parent\":\"cell\"", DefinitionFault::BrokenReference),
    ("${toilet} = 'no' or", "${lacks} = 'no' or", DefinitionFault::Cycle),
    ("${toilet} = 'no' or", "evil(${toilet}) or", DefinitionFault::Unreadable),
    ("\"per_place\":true", "\"per_place\":1", DefinitionFault::Unreadable),
];

#[test]
fn a_definition_of_another_device_is_checked() {
    let json = form(&FROZEN).canonical_json();
    assert_eq!(FormDefinition::from_json(&json).unwrap().version(), VERSION);
    for (old, new, fault) in CHANGES {
        let changed = json.replacen(old, new, 1);
        assert_ne!(changed, json, "{old}");
        assert_eq!(
            FormDefinition::from_json(&changed),
            Err(*fault),
            "{old} -> {new}"
        );
    }
    let large = " ".repeat(5 << 20);
    assert_eq!(
        FormDefinition::from_json(&large),
        Err(DefinitionFault::TooLarge)
    );
}

//! A column, a choice, a setting or a whole table is wrong.

use senim_forms::{FaultCode as C, FormFault, FormTables, Sheet, compile_csv};

use crate::{CHOICES, GOOD, HEAD, Place, SETTINGS, check, faults_of, of_tables, survey};

/// What is added to a good form.
pub(crate) enum Added {
    /// A column of the survey and its cell.
    Column(&'static str, &'static str),
    /// A row of the choices; it is row 4.
    Choice(&'static str),
    /// A setting and its cell.
    Setting(&'static str, &'static str),
}

use Added::{Choice, Column, Setting};

#[rustfmt::skip]
pub(crate) const CELLS: &[(Added, Place)] = &[
    (Column("label::Рус (ru)", "б"), (Sheet::Survey, 1, "label::Рус (ru)", C::ColumnTwice)),
    (Column("trigger", "${n}"), (Sheet::Survey, 2, "trigger", C::ColumnNotSupported)),
    (Column("body::x", "1"), (Sheet::Survey, 2, "body::x", C::ColumnNotSupported)),
    (Column("relevent", "1"), (Sheet::Survey, 2, "relevent", C::UnknownColumn)),
    (Column("senim::limits", ""), (Sheet::Survey, 1, "senim::limits", C::UnknownColumn)),
    (Column("notes", "x"), (Sheet::Survey, 2, "notes", C::ColumnIgnored)),
    (Column("label::Français (fr)", "x"), (Sheet::Survey, 2, "label::Français (fr)", C::LanguageIgnored)),
    (Column("", "x"), (Sheet::Survey, 2, "", C::CellWithoutHeader)),
    (Choice("l,a,а,а,a"), (Sheet::Choices, 4, "name", C::DuplicateChoice)),
    (Choice("l,,а,а,a"), (Sheet::Choices, 4, "name", C::ChoiceIncomplete)),
    (Choice(",c,а,а,a"), (Sheet::Choices, 4, "list_name", C::ChoiceIncomplete)),
    (Choice("l,two words,а,а,a"), (Sheet::Choices, 4, "name", C::BadName)),
    (Choice("l,c,,,"), (Sheet::Choices, 4, "label", C::LabelMissing)),
    (Choice("l,c,а,,c"), (Sheet::Choices, 4, "label::ru", C::MissingTranslation)),
    (Choice("l,c,а,а,${n}"), (Sheet::Choices, 4, "label::en", C::ReferenceInText)),
    (Setting("public_key", "abc"), (Sheet::Settings, 2, "public_key", C::SettingNotSupported)),
    (Setting("allow_choice_duplicates", "yes"), (Sheet::Settings, 2, "allow_choice_duplicates", C::SettingNotSupported)),
    (Setting("style", "pages"), (Sheet::Settings, 2, "style", C::SettingIgnored)),
    (Setting("senim::per_place", "perhaps"), (Sheet::Settings, 2, "senim::per_place", C::BadSetting)),
    (Setting("default_language", "French (fr)"), (Sheet::Settings, 2, "default_language", C::BadSetting)),
];

fn faults_with(added: &Added) -> Vec<FormFault> {
    let good = survey(&[]);
    match added {
        Column(column, cell) => of_tables(
            &format!("{HEAD},{column}\n{GOOD},{cell}\n"),
            CHOICES,
            SETTINGS,
        ),
        Choice(row) => of_tables(&good, &format!("{CHOICES}{row}\n"), SETTINGS),
        Setting(column, cell) => {
            let head = "form_id,version,form_title::kk,form_title::ru,form_title::en";
            of_tables(
                &good,
                CHOICES,
                &format!("{head},{column}\nF,1,т,т,t,{cell}\n"),
            )
        }
    }
}

/// Tables that are wrong as a whole.
pub(crate) fn whole_tables() -> Vec<(Vec<FormFault>, Place)> {
    let good = survey(&[]);
    let of_survey = |text: &str| of_tables(text, CHOICES, SETTINGS);
    let of_settings = |text: &str| of_tables(&good, CHOICES, text);
    let groups: Vec<String> = (0..12)
        .map(|i| format!("begin_group,g{i},а,б,c,,,,,,,,,,,,,"))
        .collect();
    let long = format!("{HEAD},hint::ru\n{GOOD},{}\n", "х".repeat(4_001));
    let tables = FormTables {
        survey: &good,
        choices: CHOICES,
        settings: SETTINGS,
    };
    let at = |row, column, code| (Sheet::Survey, row, column, code);
    vec![
        (
            of_survey(&format!("{HEAD}\n{GOOD}\n\"open")),
            at(0, "", C::NotCsv),
        ),
        (of_survey(&"x".repeat(5 << 20)), at(0, "", C::FileTooLarge)),
        (
            of_survey(&format!("{HEAD}\n{}", [GOOD; 5_001].join("\n"))),
            at(5_001, "", C::TooManyRows),
        ),
        (
            of_survey(&format!("{HEAD}{}\n", ",x".repeat(200))),
            at(1, "", C::TooManyColumns),
        ),
        (of_survey(&long), at(2, "hint::ru", C::CellTooLong)),
        (
            of_survey("type,name\ninteger,n\n"),
            at(1, "label", C::ColumnMissing),
        ),
        (
            of_survey(&format!("{HEAD}\n{}\n", groups.join("\n"))),
            at(12, "type", C::GroupTooDeep),
        ),
        (
            of_survey(&format!("{HEAD}\nnote,x,а,б,c,,,,,,,,,,,,,\n")),
            at(0, "", C::FormEmpty),
        ),
        (
            of_settings("form_id\n"),
            (Sheet::Settings, 0, "form_id", C::FormIdMissing),
        ),
        (
            of_settings("form_id,form_title\n,t\n"),
            (Sheet::Settings, 2, "form_id", C::FormIdMissing),
        ),
        (
            faults_of(compile_csv(&tables)),
            (Sheet::Choices, 2, "list_name", C::ListUnused),
        ),
    ]
}

#[test]
fn each_mistake_of_a_table_is_reported_where_it_is() {
    for (added, place) in CELLS {
        check(&faults_with(added), *place);
    }
    for (faults, place) in whole_tables() {
        check(&faults, place);
    }
}

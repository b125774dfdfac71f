//! Each fault code is met by a small form that has exactly that mistake, at the right sheet, row and column.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: helpers may fail the test"
)]

use std::collections::BTreeSet;

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use senim_forms::{
    Compiled, FaultCode, FormFault, FormTables, Severity, Sheet, compile_csv, compile_xlsx,
};

const HEAD: &str = "type,name,label::Қазақша (kk),label::Русский (ru),label::English (en),required,relevant,constraint,calculation,default,appearance,choice_filter,parameters,senim::number,senim::sensitivity,senim::source,senim::urgent,senim::evidence";
const GOOD: &str = "integer,n,а,б,c,,,,,,,,,,place,S1,,";
const CHOICES: &str = "list_name,name,label::kk,label::ru,label::en\nl,a,а,а,a\nl,b,б,б,b\n";
const SETTINGS: &str =
    "form_id,version,form_title::kk,form_title::ru,form_title::en,default_language\nF,1,т,т,t,ru\n";

/// A survey of one good question and these rows; the first of them is row 3.
fn survey(rows: &[&str]) -> String {
    format!("{HEAD}\n{GOOD}\n{}\n", rows.join("\n"))
}

fn faults_of(result: Result<Compiled, Vec<FormFault>>) -> Vec<FormFault> {
    result.map_or_else(|faults| faults, |compiled| compiled.warnings)
}

fn of_rows(rows: &[&str]) -> Vec<FormFault> {
    of_tables(&survey(rows), CHOICES, SETTINGS)
}

fn of_tables(survey: &str, choices: &str, settings: &str) -> Vec<FormFault> {
    let faults = faults_of(compile_csv(&FormTables {
        survey,
        choices,
        settings,
    }));
    faults
        .into_iter()
        .filter(|fault| fault.code != FaultCode::ListUnused)
        .collect()
}

/// Rows that are added to a good form, and the one fault they must give: row, column, code.
#[rustfmt::skip]
const ROWS: &[(&[&str], u32, &str, FaultCode)] = &[
    (&[",x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::TypeMissing),
    (&["question,x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::UnknownType),
    (&["audio,x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::TypeNotSupported),
    (&["deviceid,x,,,,,,,,,,,,,,,,"], 3, "type", FaultCode::MetadataIgnored),
    (&["text,,а,б,c,,,,,,,,,,place,S1,,"], 3, "name", FaultCode::NameMissing),
    (&["text,two words,а,б,c,,,,,,,,,,place,S1,,"], 3, "name", FaultCode::BadName),
    (&["text,n,а,б,c,,,,,,,,,,place,S1,,"], 3, "name", FaultCode::DuplicateName),
    (&["text,x,а,б,c,,,,,,,,,F/1,place,S1,,", "text,y,а,б,c,,,,,,,,,F/1,place,S1,,",], 4, "senim::number", FaultCode::DuplicateNumber),
    (&["begin_group,g,а,б,c,,,,,,,,,,,,,", "text,x,а,б,c,,,,,,,,,,place,S1,,",], 3, "type", FaultCode::GroupNotClosed),
    (&["end_group,,,,,,,,,,,,,,,,,"], 3, "type", FaultCode::GroupNotOpen),
    (&["begin_group,g,а,б,c,,,,,,,,,,,,,", "text,x,а,б,c,,,,,,,,,,place,S1,,", "end_repeat,,,,,,,,,,,,,,,,,",], 5, "type", FaultCode::GroupNotOpen),
    (&["begin_group,g,а,б,c,,,,,,,,,,,,,", "end_group,,,,,,,,,,,,,,,,,",], 3, "type", FaultCode::GroupEmpty),
    (&["select_one none,x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::ListMissing),
    (&["text,x,,,,,,,,,,,,,place,S1,,"], 3, "label", FaultCode::LabelMissing),
    (&["text,x,а,,c,,,,,,,,,,place,S1,,"], 3, "label::Русский (ru)", FaultCode::MissingTranslation),
    (&["text,x,а,б,see ${n},,,,,,,,,,place,S1,,"], 3, "label::English (en)", FaultCode::ReferenceInText),
    (&["text,x,а,б,c,,${n} = ‘1’,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::SmartQuotes),
    (&["text,x,а,б,c,,${n} = ,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::BadExpression),
    (&["text,x,а,б,c,,${n} = ((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))))),,,,,,,,place,S1,,",], 3, "relevant", FaultCode::ExpressionTooLarge),
    (&["text,x,а,б,c,,nonsense(${n}),,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownFunction),
    (&["text,x,а,б,c,,uuid() = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::FunctionNotSupported),
    (&["text,x,а,б,c,,not(),,,,,,,,place,S1,,"], 3, "relevant", FaultCode::BadArguments),
    (&["text,x,а,б,c,,,\"regex(., '[')\",,,,,,,place,S1,,"], 3, "constraint", FaultCode::BadPattern),
    (&["text,x,а,б,c,,${absent} = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownReference),
    (&["text,x,а,б,c,,/data/g/n = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownReference),
    (&["text,x,а,б,c,,../../n = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownReference),
    (&["text,x,а,б,c,,n = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::BareName),
    (&["text,x,а,б,c,,. = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::Cycle),
    (&["select_one l,x,а,б,c,,,,,,,,,,place,S1,,", "text,y,а,б,c,,${x} = 'z',,,,,,,,place,S1,,",], 4, "relevant", FaultCode::NoSuchChoice),
    (&["text,x,а,б,c,,,,,,,,,,sealed,S1,,", "text,y,а,б,c,,${x} = 'z',,,,,,,,place,S1,,",], 4, "relevant", FaultCode::ReadsMoreSensitive),
    (&["text,x,а,б,c,,,,,,,${n} = 1,,,place,S1,,"], 3, "choice_filter", FaultCode::CellNotUsed),
    (&["calculate,x,,,,,,,,,,,,,place,S1,,"], 3, "calculation", FaultCode::CellMissing),
    (&["select_one l,x,а,б,c,,,,,z,,,,,place,S1,,"], 3, "default", FaultCode::BadCell),
    (&["range,x,а,б,c,,,,,,,,start=5 end=1,,place,S1,,"], 3, "parameters", FaultCode::BadCell),
    (&["text,x,а,б,c,,,,,,,,,,public,S1,,"], 3, "senim::sensitivity", FaultCode::BadCell),
    (&["text,x,а,б,c,,,,,,,,,,place,S1,,often"], 3, "senim::evidence", FaultCode::BadCell),
    (&["text,x,а,б,c,,,,,,w2,,,,place,S1,,"], 3, "appearance", FaultCode::AppearanceIgnored),
    (&["text,x,а,б,c,,,,,,ex:org.app,,,,place,S1,,"], 3, "appearance", FaultCode::AppearanceNotSupported),
    (&["select_one l,x,а,б,c,,,,,,,,randomize=true,,place,S1,,"], 3, "parameters", FaultCode::ParameterNotSupported),
    (&["text,x,а,б,c,,,,,,,,,,,S1,,"], 3, "senim::sensitivity", FaultCode::SensitivityMissing),
    (&["text,x,а,б,c,,,,,,,,,,place,,,"], 3, "senim::source", FaultCode::SourceMissing),
    (&["text,x,а,б,c,,,,,,,,,,place,S1,"], 3, "", FaultCode::RowWidth),
];

fn at(faults: &[FormFault], sheet: Sheet, row: u32, column: &str, code: FaultCode) {
    let found = faults.iter().any(|fault| {
        (fault.sheet, fault.row, fault.column.as_str(), fault.code) == (sheet, row, column, code)
    });
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(
        found,
        "{sheet:?}:{row}:{column} {code} is not among\n{}",
        lines.join("\n")
    );
}

#[test]
fn the_good_form_has_no_fault() {
    assert_eq!(of_rows(&[]), vec![]);
}

#[test]
fn each_mistake_of_a_row_is_reported_where_it_is() {
    for (rows, row, column, code) in ROWS {
        let faults = of_rows(rows);
        at(&faults, Sheet::Survey, *row, column, *code);
        let codes: BTreeSet<FaultCode> = faults.iter().map(|fault| fault.code).collect();
        assert!(
            codes.len() <= 2,
            "{code}: one mistake should not raise many: {codes:?}"
        );
    }
}

/// Whole tables, and the fault they must give.
fn table_cases() -> Vec<(Vec<FormFault>, Sheet, u32, &'static str, FaultCode)> {
    use FaultCode as C;
    let good = survey(&[]);
    let with = |column: &str, cell: &str| format!("{HEAD},{column}\n{GOOD},{cell}\n");
    let choices = |rows: &str| format!("{CHOICES}{rows}\n");
    let settings = |column: &str, cell: &str| {
        format!(
            "form_id,version,form_title::kk,form_title::ru,form_title::en,{column}\nF,1,т,т,t,{cell}\n"
        )
    };
    let survey_fault = |text: &str| of_tables(text, CHOICES, SETTINGS);
    let choices_fault = |text: &str| of_tables(&good, text, SETTINGS);
    let settings_fault = |text: &str| of_tables(&good, CHOICES, text);
    let nested = "begin_group,NAME,а,б,c,,,,,,,,,,,,,";
    let deep: Vec<String> = (0..12)
        .map(|i| nested.replace("NAME", &format!("g{i}")))
        .collect();
    let many = "\n".to_owned() + &[GOOD; 5_001].join("\n");
    let wide = format!("{HEAD}{}\n", ",x".repeat(200));
    let long = with("hint::ru", &"х".repeat(4_001));
    vec![
        (
            survey_fault(&format!("{HEAD}\n{GOOD}\n\"open")),
            Sheet::Survey,
            0,
            "",
            C::NotCsv,
        ),
        (
            survey_fault(&"x".repeat(5 << 20)),
            Sheet::Survey,
            0,
            "",
            C::FileTooLarge,
        ),
        (
            survey_fault(&format!("{HEAD}{many}")),
            Sheet::Survey,
            5_001,
            "",
            C::TooManyRows,
        ),
        (survey_fault(&wide), Sheet::Survey, 1, "", C::TooManyColumns),
        (
            survey_fault(&long),
            Sheet::Survey,
            2,
            "hint::ru",
            C::CellTooLong,
        ),
        (
            survey_fault(&with("label::Рус (ru)", "б")),
            Sheet::Survey,
            1,
            "label::Рус (ru)",
            C::ColumnTwice,
        ),
        (
            survey_fault("type,name\ninteger,n\n"),
            Sheet::Survey,
            1,
            "label",
            C::ColumnMissing,
        ),
        (
            survey_fault(&with("trigger", "${n}")),
            Sheet::Survey,
            2,
            "trigger",
            C::ColumnNotSupported,
        ),
        (
            survey_fault(&with("body::x", "1")),
            Sheet::Survey,
            2,
            "body::x",
            C::ColumnNotSupported,
        ),
        (
            survey_fault(&with("relevent", "1")),
            Sheet::Survey,
            2,
            "relevent",
            C::UnknownColumn,
        ),
        (
            survey_fault(&with("senim::limits", "")),
            Sheet::Survey,
            1,
            "senim::limits",
            C::UnknownColumn,
        ),
        (
            survey_fault(&with("notes", "x")),
            Sheet::Survey,
            2,
            "notes",
            C::ColumnIgnored,
        ),
        (
            survey_fault(&with("label::Français (fr)", "x")),
            Sheet::Survey,
            2,
            "label::Français (fr)",
            C::LanguageIgnored,
        ),
        (
            survey_fault(&with("", "x")),
            Sheet::Survey,
            2,
            "",
            C::CellWithoutHeader,
        ),
        (
            survey_fault(&format!("{HEAD}\n{}\n", deep.join("\n"))),
            Sheet::Survey,
            12,
            "type",
            C::GroupTooDeep,
        ),
        (
            survey_fault(&format!("{HEAD}\nnote,x,а,б,c,,,,,,,,,,,,,\n")),
            Sheet::Survey,
            0,
            "",
            C::FormEmpty,
        ),
        (
            choices_fault(&choices("l,a,а,а,a")),
            Sheet::Choices,
            4,
            "name",
            C::DuplicateChoice,
        ),
        (
            choices_fault(&choices("l,,а,а,a")),
            Sheet::Choices,
            4,
            "name",
            C::ChoiceIncomplete,
        ),
        (
            choices_fault(&choices("l,two words,а,а,a")),
            Sheet::Choices,
            4,
            "name",
            C::BadName,
        ),
        (
            choices_fault(&choices("l,c,,,")),
            Sheet::Choices,
            4,
            "label",
            C::LabelMissing,
        ),
        (
            choices_fault(&choices("l,c,а,,c")),
            Sheet::Choices,
            4,
            "label::ru",
            C::MissingTranslation,
        ),
        (
            settings_fault("form_id\n"),
            Sheet::Settings,
            0,
            "form_id",
            C::FormIdMissing,
        ),
        (
            settings_fault("form_id,form_title\n,t\n"),
            Sheet::Settings,
            2,
            "form_id",
            C::FormIdMissing,
        ),
        (
            settings_fault(&settings("public_key", "abc")),
            Sheet::Settings,
            2,
            "public_key",
            C::SettingNotSupported,
        ),
        (
            settings_fault(&settings("allow_choice_duplicates", "yes")),
            Sheet::Settings,
            2,
            "allow_choice_duplicates",
            C::SettingNotSupported,
        ),
        (
            settings_fault(&settings("style", "pages")),
            Sheet::Settings,
            2,
            "style",
            C::SettingIgnored,
        ),
        (
            settings_fault(&settings("senim::per_place", "perhaps")),
            Sheet::Settings,
            2,
            "senim::per_place",
            C::BadSetting,
        ),
        (
            settings_fault(&settings("default_language", "French (fr)")),
            Sheet::Settings,
            2,
            "default_language",
            C::BadSetting,
        ),
    ]
}

#[test]
fn each_mistake_of_a_table_is_reported_where_it_is() {
    for (faults, sheet, row, column, code) in table_cases() {
        at(&faults, sheet, row, column, code);
    }
    let unused = faults_of(compile_csv(&FormTables {
        survey: &survey(&[]),
        choices: CHOICES,
        settings: SETTINGS,
    }));
    at(
        &unused,
        Sheet::Choices,
        2,
        "list_name",
        FaultCode::ListUnused,
    );
}

/// A workbook with the good form, changed by `change` in its sheet `survey`.
fn workbook(names: &[&str], change: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    for name in names {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        let text = match name.to_lowercase().trim() {
            "survey" => survey(&[]),
            "choices" => CHOICES.to_owned(),
            "settings" => SETTINGS.to_owned(),
            _ => "anything\n".to_owned(),
        };
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
        if name.eq_ignore_ascii_case("survey") {
            change(sheet);
        }
    }
    book.save_to_buffer().unwrap()
}

const ALL: &[&str] = &["survey", "choices", "settings"];

fn of_book(bytes: &[u8]) -> Vec<FormFault> {
    faults_of(compile_xlsx(bytes))
}

/// The workbook with one of its files replaced.
fn repacked(bytes: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    use std::io::{Cursor, Read, Write};
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for index in 0..from.len() {
        let mut entry = from.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let its_name = entry.name().unwrap().into_owned();
        to.start_file(its_name.as_str(), options).unwrap();
        to.write_all(if its_name == name { content } else { &bytes })
            .unwrap();
    }
    to.finish().unwrap().into_inner()
}

fn workbook_cases() -> Vec<(Vec<FormFault>, Sheet, u32, &'static str, FaultCode)> {
    use FaultCode as C;
    let plain = workbook(ALL, |_| {});
    let sheet = "xl/worksheets/sheet1.xml";
    let bomb = vec![b' '; 41 << 20];
    let entity = b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\">]><worksheet/>";
    let utf16: Vec<u8> = "<!DOCTYPE x>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let merged = workbook(ALL, |s| {
        s.merge_range(5, 0, 6, 0, "", &Format::new()).unwrap();
    });
    let dated = workbook(ALL, |s| {
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 22).unwrap();
        let format = Format::new().set_num_format("yyyy-mm-dd");
        s.write_datetime_with_format(1, 9, &date, &format).unwrap();
    });
    let broken = workbook(ALL, |s| {
        s.write_formula(1, 6, Formula::new("=1/0").set_result("#DIV/0!"))
            .unwrap();
    });
    let error_cell = b"<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"e\"><v>#REF!</v></c></row></sheetData></worksheet>";
    drop(broken);
    vec![
        (
            of_book(b"no workbook"),
            Sheet::Workbook,
            0,
            "",
            C::NotAWorkbook,
        ),
        (
            of_book(&vec![0; 6 << 20]),
            Sheet::Workbook,
            0,
            "",
            C::FileTooLarge,
        ),
        (
            of_book(&repacked(&plain, sheet, &bomb)),
            Sheet::Workbook,
            0,
            "",
            C::FileTooLarge,
        ),
        (
            of_book(&repacked(&plain, sheet, entity)),
            Sheet::Workbook,
            0,
            "",
            C::DeclarationInWorkbook,
        ),
        (
            of_book(&repacked(&plain, sheet, &utf16)),
            Sheet::Workbook,
            0,
            "",
            C::DeclarationInWorkbook,
        ),
        (
            of_book(&workbook(&["survey", "choices"], |_| {})),
            Sheet::Settings,
            0,
            "",
            C::SheetMissing,
        ),
        (
            of_book(&workbook(&["survey", "settings", " Survey"], |_| {})),
            Sheet::Survey,
            0,
            "",
            C::SheetTwice,
        ),
        (
            of_book(&workbook(&["survey", "settings", "entities"], |_| {})),
            Sheet::Workbook,
            0,
            "",
            C::SheetNotSupported,
        ),
        (
            of_book(&workbook(&["survey", "settings", "Readme"], |_| {})),
            Sheet::Workbook,
            0,
            "",
            C::SheetIgnored,
        ),
        (of_book(&merged), Sheet::Survey, 6, "", C::MergedCells),
        (of_book(&dated), Sheet::Survey, 2, "", C::SpreadsheetDate),
        (
            of_book(&repacked(&plain, sheet, error_cell)),
            Sheet::Survey,
            1,
            "",
            C::CellError,
        ),
    ]
}

#[test]
fn each_mistake_of_a_workbook_is_reported_where_it_is() {
    for (faults, sheet, row, column, code) in workbook_cases() {
        at(&faults, sheet, row, column, code);
    }
}

#[test]
fn habits_of_spreadsheets_are_no_mistakes() {
    let book = workbook(&["Survey", "CHOICES", "settings "], |s| {
        s.write_boolean(1, 5, true).unwrap();
        s.write_number(1, 9, 1.0).unwrap();
        s.write_string(1, 2, "\u{a0}а\u{a0}").unwrap();
        s.write_blank(19_998, 3, &Format::new().set_bold()).unwrap();
    });
    let form = compile_xlsx(&book).expect("compiles").form;
    let item = form.item("n").expect("is there");
    assert_eq!(item.required.as_ref().unwrap().text(), "true()");
    assert_eq!(item.label.kk, "а");
    assert_eq!(
        serde_json::to_string(&item.default).unwrap(),
        r#"{"literal":"1"}"#
    );
}

#[test]
fn a_cell_at_the_far_end_of_a_sheet_costs_nothing() {
    let book = workbook(ALL, |s| {
        s.write_string(1_048_575, 2, "x").unwrap();
    });
    at(
        &of_book(&book),
        Sheet::Survey,
        1_048_576,
        "type",
        FaultCode::TypeMissing,
    );
    let book = workbook(ALL, |s| {
        s.write_string(2, 16_383, "x").unwrap();
    });
    at(
        &of_book(&book),
        Sheet::Survey,
        0,
        "",
        FaultCode::TooManyColumns,
    );
}

#[test]
fn every_code_has_a_case() {
    let mut met: BTreeSet<FaultCode> = ROWS.iter().map(|case| case.3).collect();
    met.extend(table_cases().iter().map(|case| case.4));
    met.extend(workbook_cases().iter().map(|case| case.4));
    met.insert(FaultCode::ListUnused);
    let all: BTreeSet<FaultCode> = FaultCode::ALL.iter().copied().collect();
    assert_eq!(
        all.difference(&met).collect::<Vec<_>>(),
        Vec::<&FaultCode>::new()
    );
}

#[test]
fn a_fault_is_data_and_repeats_no_long_text() {
    let faults = of_rows(&[&format!(
        "text,{},а,б,c,,,,,,,,,,place,S1,,",
        "x y".repeat(100)
    )]);
    let fault = faults
        .iter()
        .find(|fault| fault.code == FaultCode::BadName)
        .unwrap();
    assert_eq!(fault.detail.chars().count(), 80);
    assert_eq!(fault.severity, Severity::Error);
    let json = serde_json::to_string(fault).unwrap();
    assert!(
        json.contains(r#""code":"bad-name""#) && json.contains(r#""sheet":"survey""#),
        "{json}"
    );
    for code in FaultCode::ALL {
        assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
    }
}

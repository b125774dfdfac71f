//! The file, a sheet or a cell of a workbook is wrong.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use senim_forms::{FaultCode as C, FormFault, Sheet, compile_xlsx};

use crate::{CHOICES, Place, SETTINGS, check, faults_of, survey};

/// What is wrong with the workbook.
pub(crate) enum Book {
    Bytes(fn() -> Vec<u8>),
    /// These sheets are in it.
    Sheets(&'static [&'static str]),
    /// The file of the sheet `survey` inside the zip is replaced.
    Inside(fn() -> Vec<u8>),
    /// The sheet `survey` is changed.
    Survey(fn(&mut Worksheet)),
}

use Book::{Bytes, Inside, Sheets, Survey};

const ERROR_CELL: &str = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>\
    <row r=\"1\"><c r=\"A1\" t=\"e\"><v>#REF!</v></c></row></sheetData></worksheet>";
const ENTITY: &str = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\">]><worksheet/>";

#[rustfmt::skip]
pub(crate) const CASES: &[(Book, Place)] = &[
    (Bytes(|| b"no workbook".to_vec()), (Sheet::Workbook, 0, "", C::NotAWorkbook)),
    (Bytes(|| vec![0; 6 << 20]), (Sheet::Workbook, 0, "", C::FileTooLarge)),
    (Inside(|| vec![b' '; 41 << 20]), (Sheet::Workbook, 0, "", C::FileTooLarge)),
    (Inside(|| ENTITY.into()), (Sheet::Workbook, 0, "", C::DeclarationInWorkbook)),
    (Inside(|| ENTITY.encode_utf16().flat_map(u16::to_le_bytes).collect()), (Sheet::Workbook, 0, "", C::DeclarationInWorkbook)),
    (Inside(|| ERROR_CELL.into()), (Sheet::Survey, 1, "", C::CellError)),
    (Sheets(&["survey", "choices"]), (Sheet::Settings, 0, "", C::SheetMissing)),
    (Sheets(&["survey", "settings", " Survey"]), (Sheet::Survey, 0, "", C::SheetTwice)),
    (Sheets(&["survey", "settings", "entities"]), (Sheet::Workbook, 0, "", C::SheetNotSupported)),
    (Sheets(&["survey", "settings", "Readme"]), (Sheet::Workbook, 0, "", C::SheetIgnored)),
    (Survey(merge), (Sheet::Survey, 6, "", C::MergedCells)),
    (Survey(put_date), (Sheet::Survey, 2, "", C::SpreadsheetDate)),
];

fn merge(sheet: &mut Worksheet) {
    sheet.merge_range(5, 0, 6, 0, "", &Format::new()).unwrap();
}

fn put_date(sheet: &mut Worksheet) {
    let date = ExcelDateTime::from_ymd(2026, 11, 22).unwrap();
    let format = Format::new().set_num_format("yyyy-mm-dd");
    sheet
        .write_datetime_with_format(1, 9, &date, &format)
        .unwrap();
}

fn bytes_of(book: &Book) -> Vec<u8> {
    match book {
        Bytes(bytes) => bytes(),
        Sheets(names) => workbook(names, |_| {}),
        Inside(content) => repacked(
            &workbook(ALL, |_| {}),
            "xl/worksheets/sheet1.xml",
            &content(),
        ),
        Survey(change) => workbook(ALL, change),
    }
}

#[test]
fn each_mistake_of_a_workbook_is_reported_where_it_is() {
    for (book, place) in CASES {
        check(&of_book(&bytes_of(book)), *place);
    }
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
    check(
        &of_book(&book),
        (Sheet::Survey, 1_048_576, "type", C::TypeMissing),
    );
    let book = workbook(ALL, |s| {
        s.write_string(2, 16_383, "x").unwrap();
    });
    check(&of_book(&book), (Sheet::Survey, 0, "", C::TooManyColumns));
}

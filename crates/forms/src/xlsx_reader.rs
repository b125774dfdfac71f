//! An `.xlsx` workbook, as bytes, to the three tables. Everything about the file is capped before it is parsed.
//!
//! A workbook is a zip of XML files: it can unpack to gigabytes, name entities that grow, or hold one cell at the far end
//! of a sheet, for which a reader that builds rectangles would take all memory. So the container is unpacked once under a
//! cap and looked through, and cells are read one after another.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

use crate::expr::operand::text_of_number;
use crate::fault::{FaultCode, FormFault, Sheet};
use crate::table::{MAX_COLUMNS, MAX_ROWS, Table};

/// Largest workbook that is read, in bytes.
pub const MAX_WORKBOOK_BYTES: usize = 5 << 20;
/// Most files in the zip.
const MAX_ENTRIES: usize = 500;
/// Most bytes that the zip may unpack to, all files together.
const MAX_UNPACKED: u64 = 40 << 20;
/// The last row of a sheet that is looked at, and most cells of it. Blank formatted rows are common and cost nothing else.
const MAX_ROW_NUMBER: u32 = 1_048_576;
const MAX_CELLS: usize = 200_000;
/// Spreadsheets hold helper sheets too; beyond this it is no form.
const MAX_SHEETS: usize = 60;

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

/// Reads the sheets `survey`, `choices` and `settings`, whatever their letter case.
///
/// # Errors
/// A fault of the file as a whole. Faults of sheets and cells are added to `faults`.
pub(crate) fn read(bytes: &[u8], faults: &mut Vec<FormFault>) -> Result<[Table; 3], FormFault> {
    check_container(bytes).map_err(|code| FormFault::of_file(code, ""))?;
    let not_a_workbook = || FormFault::of_file(FaultCode::NotAWorkbook, "");
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| not_a_workbook())?;
    let names = book.sheet_names();
    if names.len() > MAX_SHEETS {
        return Err(not_a_workbook());
    }
    let sheets = sort_sheets(&names, faults);
    let mut table = |sheet: Sheet| match sheets.get(&sheet) {
        Some(name) => read_sheet(&mut book, sheet, name, faults),
        // A form without a single list of choices is a form.
        None if sheet == Sheet::Choices => Table::empty(sheet),
        None => {
            faults.push(FormFault::error(
                FaultCode::SheetMissing,
                sheet,
                0,
                "",
                sheet.as_str(),
            ));
            Table::empty(sheet)
        }
    };
    Ok([
        table(Sheet::Survey),
        table(Sheet::Choices),
        table(Sheet::Settings),
    ])
}

/// Unpacks every file of the zip once, under the cap, and refuses declarations.
fn check_container(bytes: &[u8]) -> Result<(), FaultCode> {
    if bytes.len() > MAX_WORKBOOK_BYTES {
        return Err(FaultCode::FileTooLarge);
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| FaultCode::NotAWorkbook)?;
    if zip.len() > MAX_ENTRIES {
        return Err(FaultCode::FileTooLarge);
    }
    let mut left = MAX_UNPACKED;
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(|_| FaultCode::NotAWorkbook)?;
        let mut content = Vec::new();
        // One byte more than is left, to tell "all of it" from "cut off". The size that the zip claims is not asked.
        let taken = entry.take(left.saturating_add(1)).read_to_end(&mut content);
        let taken = u64::try_from(taken.map_err(|_| FaultCode::NotAWorkbook)?).unwrap_or(u64::MAX);
        left = left.checked_sub(taken).ok_or(FaultCode::FileTooLarge)?;
        if has_declaration(&content) {
            return Err(FaultCode::DeclarationInWorkbook);
        }
    }
    Ok(())
}

/// Whether the file has `<!DOCTYPE` or `<!ENTITY`, in UTF-8 or, with its zero bytes left out, in UTF-16.
fn has_declaration(content: &[u8]) -> bool {
    let mut window = Vec::with_capacity(9);
    for byte in content.iter().copied().filter(|byte| *byte != 0) {
        if byte == b'<' {
            window.clear();
        }
        if window.len() < 9 {
            window.push(byte.to_ascii_uppercase());
        }
        if window == b"<!DOCTYPE" || window == b"<!ENTITY" {
            return true;
        }
    }
    false
}

/// Which sheet is which; what else there is, is said.
fn sort_sheets(names: &[String], faults: &mut Vec<FormFault>) -> BTreeMap<Sheet, String> {
    let mut found = BTreeMap::new();
    for name in names {
        let sheet = match name.trim().to_lowercase().as_str() {
            "survey" => Sheet::Survey,
            "choices" => Sheet::Choices,
            "settings" => Sheet::Settings,
            "entities" | "external_choices" | "osm" | "choices and columns" | "columns" => {
                faults.push(FormFault::of_file(FaultCode::SheetNotSupported, name));
                continue;
            }
            _ => {
                let fault =
                    FormFault::warning(FaultCode::SheetIgnored, Sheet::Workbook, 0, "", name);
                faults.push(fault);
                continue;
            }
        };
        if found.insert(sheet, name.clone()).is_some() {
            faults.push(FormFault::error(FaultCode::SheetTwice, sheet, 0, "", name));
        }
    }
    found
}

fn read_sheet(book: &mut Book<'_>, sheet: Sheet, name: &str, faults: &mut Vec<FormFault>) -> Table {
    if let Ok(merged) = book.merge_cells_by_sheet_name(name)
        && let Some(first) = merged.first()
    {
        let row = first.start.0.saturating_add(1);
        faults.push(FormFault::error(FaultCode::MergedCells, sheet, row, "", ""));
    }
    match cells(book, sheet, name, faults) {
        Ok(rows) => Table::build(sheet, rows, faults),
        Err(code) => {
            faults.push(FormFault::error(code, sheet, 0, "", ""));
            Table::empty(sheet)
        }
    }
}

/// The rows that have a cell, numbered from 1.
fn cells(
    book: &mut Book<'_>,
    sheet: Sheet,
    name: &str,
    faults: &mut Vec<FormFault>,
) -> Result<Vec<(u32, Vec<String>)>, FaultCode> {
    let mut reader = book
        .worksheet_cells_reader(name)
        .map_err(|_| FaultCode::NotAWorkbook)?;
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut seen = 0_usize;
    while let Some(cell) = reader.next_cell().map_err(|_| FaultCode::NotAWorkbook)? {
        seen = seen.saturating_add(1);
        if seen > MAX_CELLS {
            return Err(FaultCode::TooManyRows);
        }
        let (row, column) = cell.get_position();
        let number = row.saturating_add(1);
        let text = text_of(cell.get_value(), sheet, number, faults);
        if text.trim().is_empty() {
            continue;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(FaultCode::TooManyColumns);
        }
        if (rows.len() >= MAX_ROWS && !rows.contains_key(&number)) || number > MAX_ROW_NUMBER {
            return Err(FaultCode::TooManyRows);
        }
        let cells = rows.entry(number).or_default();
        if cells.len() <= column {
            cells.resize(column.saturating_add(1), String::new());
        }
        if let Some(place) = cells.get_mut(column) {
            *place = text;
        }
    }
    Ok(rows.into_iter().collect())
}

/// A cell as its author sees it: 1 and not 1.0, TRUE, an ISO date.
fn text_of(cell: &DataRef<'_>, sheet: Sheet, row: u32, faults: &mut Vec<FormFault>) -> String {
    match cell {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => text_of_number(*number),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(date) => {
            let text = text_of_date(date);
            faults.push(FormFault::warning(
                FaultCode::SpreadsheetDate,
                sheet,
                row,
                "",
                &text,
            ));
            text
        }
        DataRef::Error(error) => {
            faults.push(FormFault::error(
                FaultCode::CellError,
                sheet,
                row,
                "",
                &error.to_string(),
            ));
            String::new()
        }
    }
}

/// `2026-11-22`, with its time if it has one; a duration stays the number of days it is.
fn text_of_date(date: &ExcelDateTime) -> String {
    if !date.is_datetime() {
        return text_of_number(date.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

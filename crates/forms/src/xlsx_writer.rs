//! The three tables as a workbook, so that the office can start from a form that ships.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::csv_reader;
use crate::fault::{FormFault, Sheet};
use crate::table::{FormTables, Table};

/// The workbook could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteFault {
    /// The tables are not readable CSV; these are their faults.
    #[error("unreadable-tables")]
    Unreadable(Vec<FormFault>),
    /// A sheet cannot hold the table.
    #[error("not-written")]
    NotWritten,
}

impl From<XlsxError> for WriteFault {
    // The words of a foreign error could repeat a cell.
    fn from(_: XlsxError) -> Self {
        Self::NotWritten
    }
}

/// Writes the tables of a form as an `.xlsx` workbook: all cells as text, row and column where they were.
///
/// The same tables give the same bytes. [`crate::compile_xlsx`] of the result gives the form that
/// [`crate::compile_csv`] of the tables gives.
///
/// # Errors
/// [`WriteFault`]; nothing was written.
pub fn write_xlsx(tables: &FormTables<'_>) -> Result<Vec<u8>, WriteFault> {
    let mut faults = Vec::new();
    let sheets = [
        csv_reader::read(Sheet::Survey, tables.survey, &mut faults),
        csv_reader::read(Sheet::Choices, tables.choices, &mut faults),
        csv_reader::read(Sheet::Settings, tables.settings, &mut faults),
    ];
    if !faults.is_empty() {
        return Err(WriteFault::Unreadable(faults));
    }
    let mut book = Workbook::new();
    // The library would write the hour of writing into the file: bytes and a trace that nobody asked for.
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    for table in &sheets {
        write_sheet(book.add_worksheet(), table)?;
    }
    Ok(book.save_to_buffer()?)
}

fn write_sheet(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_name(table.sheet.as_str())?;
    for (column, header) in (0_u16..).zip(&table.header) {
        sheet.write_string_with_format(0, column, header, &bold)?;
    }
    for row in &table.rows {
        for (column, cell) in (0_u16..)
            .zip(&row.cells)
            .filter(|(_, cell)| !cell.is_empty())
        {
            // As a string, never as a formula: a label may begin with `=`.
            sheet.write_string(row.number.saturating_sub(1), column, cell)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

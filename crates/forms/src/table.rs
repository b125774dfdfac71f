//! The three tables of a form as cells, whichever file they came from.

use crate::fault::{FaultCode, FormFault, Sheet};

/// Most rows of a table, header included. Real forms have up to 976 (72 workbooks measured); blank rows do not count.
pub(crate) const MAX_ROWS: usize = 5_000;
/// Most columns of a table.
pub(crate) const MAX_COLUMNS: usize = 120;
/// Longest cell, in characters.
pub(crate) const MAX_CELL_CHARS: usize = 4_000;

/// The CSV text of the three tables of a form: UTF-8, comma, header row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormTables<'a> {
    /// Questions and groups.
    pub survey: &'a str,
    /// Lists of choices.
    pub choices: &'a str,
    /// One row about the form.
    pub settings: &'a str,
}

/// One table. Cells are trimmed; a row has as many cells as the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) sheet: Sheet,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// One row that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// As a spreadsheet counts: the header is 1.
    pub(crate) number: u32,
    pub(crate) cells: Vec<String>,
}

impl Table {
    /// A table without a cell, for a sheet that is not there.
    pub(crate) const fn empty(sheet: Sheet) -> Self {
        Self {
            sheet,
            header: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Builds a table from numbered rows, the first of which is the header; blank rows are left out.
    pub(crate) fn build(
        sheet: Sheet,
        rows: Vec<(u32, Vec<String>)>,
        faults: &mut Vec<FormFault>,
    ) -> Self {
        let mut rows = rows.into_iter().map(|(number, cells)| {
            let cells: Vec<String> = cells.iter().map(|cell| clean(cell)).collect();
            Row { number, cells }
        });
        let Some(mut header) = rows.next() else {
            return Self::empty(sheet);
        };
        while header.cells.last().is_some_and(String::is_empty) {
            header.cells.pop();
        }
        let mut table = Self {
            sheet,
            header: header.cells,
            rows: Vec::new(),
        };
        for row in rows.filter(|row| row.cells.iter().any(|cell| !cell.is_empty())) {
            table.add(row, faults);
        }
        table
    }

    fn add(&mut self, mut row: Row, faults: &mut Vec<FormFault>) {
        let width = self.header.len();
        let headless = (0..).zip(&row.cells).find(|(index, cell)| {
            !cell.is_empty() && self.header.get(*index).is_none_or(String::is_empty)
        });
        if let Some((_, cell)) = headless {
            faults.push(FormFault::error(
                FaultCode::CellWithoutHeader,
                self.sheet,
                row.number,
                "",
                cell,
            ));
        }
        for (column, cell) in self.header.iter().zip(&row.cells) {
            if cell.chars().count() > MAX_CELL_CHARS {
                faults.push(FormFault::error(
                    FaultCode::CellTooLong,
                    self.sheet,
                    row.number,
                    column,
                    cell,
                ));
            }
        }
        row.cells.resize(width, String::new());
        self.rows.push(row);
    }
}

/// Without spaces around, and with plain spaces for the non-breaking ones that word processors leave.
fn clean(cell: &str) -> String {
    cell.replace('\u{a0}', " ").trim().to_owned()
}

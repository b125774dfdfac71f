//! CSV text to a table, with the row numbers that a spreadsheet would show.

use crate::fault::{FaultCode, FormFault, Sheet};
use crate::table::{MAX_COLUMNS, MAX_ROWS, Table};

/// Largest CSV text of one table, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// Reads one table. Every row must be as wide as the header: in a file that people edit as text, a row of another width
/// is a forgotten quote or comma, and all its cells may stand under the wrong header.
pub(crate) fn read(sheet: Sheet, text: &str, faults: &mut Vec<FormFault>) -> Table {
    if text.len() > MAX_BYTES {
        faults.push(FormFault::error(FaultCode::FileTooLarge, sheet, 0, "", ""));
        return Table::empty(sheet);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows: Vec<(u32, Vec<String>)> = Vec::new();
    let mut number = 0_u32;
    let mut line = 1_u64;
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                faults.push(FormFault::error(
                    FaultCode::NotCsv,
                    sheet,
                    number.saturating_add(1),
                    "",
                    "",
                ));
                return Table::empty(sheet);
            }
        }
        let after = reader.position().line();
        number = number
            .saturating_add(1)
            .saturating_add(blank_lines(&record, after.saturating_sub(line)));
        line = after;
        let width = rows.first().map(|(_, header)| header.len());
        if width.is_some_and(|width| width != record.len())
            && record.iter().any(|cell| !cell.trim().is_empty())
        {
            let detail = record.len().to_string();
            faults.push(FormFault::error(
                FaultCode::RowWidth,
                sheet,
                number,
                "",
                &detail,
            ));
        }
        if rows.len() >= MAX_ROWS || record.len() > MAX_COLUMNS {
            let rows_full = rows.len() >= MAX_ROWS;
            let code = if rows_full {
                FaultCode::TooManyRows
            } else {
                FaultCode::TooManyColumns
            };
            faults.push(FormFault::error(code, sheet, number, "", ""));
            return Table::empty(sheet);
        }
        if rows.is_empty() || record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((number, record.iter().map(str::to_owned).collect()));
        }
    }
    Table::build(sheet, rows, faults)
}

/// The reader skips empty lines without a word, and a spreadsheet counts them. `lines`: how many the record took with them.
fn blank_lines(record: &csv::StringRecord, lines: u64) -> u32 {
    let inside = record
        .iter()
        .map(|cell| cell.matches('\n').count())
        .sum::<usize>();
    let taken = u64::try_from(inside).unwrap_or(u64::MAX).saturating_add(1);
    u32::try_from(lines.saturating_sub(taken)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<u32> {
        let mut faults = Vec::new();
        let table = read(Sheet::Survey, text, &mut faults);
        assert_eq!(faults, vec![]);
        table.rows.iter().map(|row| row.number).collect()
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
        assert_eq!(numbers("type,name\na,b\nc,d\n"), vec![2, 3]);
        assert_eq!(numbers("\u{feff}type,name\r\na,b\r\nc,d"), vec![2, 3]);
        assert_eq!(numbers("type,name\na,\"two\nlines\"\nc,d\n"), vec![2, 3]);
        assert_eq!(numbers("type,name\na,b\n,\nc,d\n"), vec![2, 4]);
        assert_eq!(numbers("type,name\na,b\n\n\nc,d\n"), vec![2, 5]);
    }
}

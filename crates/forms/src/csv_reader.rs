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
    match records(sheet, text.strip_prefix('\u{feff}').unwrap_or(text), faults) {
        Ok(rows) => Table::build(sheet, rows, faults),
        Err(fault) => {
            faults.push(fault);
            Table::empty(sheet)
        }
    }
}

type Numbered = Vec<(u32, Vec<String>)>;

fn records(sheet: Sheet, text: &str, faults: &mut Vec<FormFault>) -> Result<Numbered, FormFault> {
    // The reader takes an open quote as "until the end", and with it every row that follows.
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        return Err(FormFault::error(FaultCode::NotCsv, sheet, 0, "", ""));
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Numbered::new();
    let mut number = 0_u32;
    let mut line = 1_u64;
    let mut record = csv::StringRecord::new();
    let fault = |code, number, detail: &str| FormFault::error(code, sheet, number, "", detail);
    while reader
        .read_record(&mut record)
        .map_err(|_| fault(FaultCode::NotCsv, number.saturating_add(1), ""))?
    {
        let after = reader.position().line();
        let blank = blank_lines(&record, after.saturating_sub(line));
        number = number.saturating_add(1).saturating_add(blank);
        line = after;
        if record.len() > MAX_COLUMNS {
            return Err(fault(FaultCode::TooManyColumns, number, ""));
        }
        if rows.len() >= MAX_ROWS {
            return Err(fault(FaultCode::TooManyRows, number, ""));
        }
        if !rows.is_empty() && record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows
            .first()
            .is_some_and(|(_, header)| header.len() != record.len())
        {
            faults.push(fault(
                FaultCode::RowWidth,
                number,
                &record.len().to_string(),
            ));
        }
        rows.push((number, record.iter().map(str::to_owned).collect()));
    }
    Ok(rows)
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

//! Lists of choices.

use std::collections::BTreeMap;

use senim_ids::Language;

use super::check_text;
use crate::columns::Columns;
use crate::definition::Choice;
use crate::fault::{FaultCode, FormFault, Sheet};
use crate::table::{Row, Table};

/// A list, and the row in which it begins.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) row: u32,
    pub(super) choices: Vec<Choice>,
}

pub(super) type Lists = BTreeMap<String, List>;

pub(super) fn read(table: &Table, language: Language, faults: &mut Vec<FormFault>) -> Lists {
    let columns = Columns::read(table, language, faults);
    let mut lists = Lists::new();
    for needed in ["list_name", "name", "label"] {
        if !table.rows.is_empty() && !columns.has(needed) {
            faults.push(FormFault::error(
                FaultCode::ColumnMissing,
                Sheet::Choices,
                1,
                needed,
                "",
            ));
        }
    }
    for row in &table.rows {
        choice(row, &columns, &mut lists, faults);
    }
    lists
}

fn choice(row: &Row, columns: &Columns<'_>, lists: &mut Lists, faults: &mut Vec<FormFault>) {
    let list_name = columns.cell(row, "list_name");
    let name = columns.cell(row, "name");
    let mut fault = |code, column: &str, detail: &str| {
        faults.push(FormFault::error(
            code,
            Sheet::Choices,
            row.number,
            column,
            detail,
        ));
    };
    if list_name.is_empty() || name.is_empty() {
        fault(
            FaultCode::ChoiceIncomplete,
            if name.is_empty() { "name" } else { "list_name" },
            "",
        );
        return;
    }
    if !is_choice_name(name) {
        fault(FaultCode::BadName, "name", name);
    }
    let list = lists.entry(list_name.to_owned()).or_insert_with(|| List {
        row: row.number,
        choices: Vec::new(),
    });
    if list.choices.iter().any(|choice| choice.name == name) {
        fault(FaultCode::DuplicateChoice, "name", name);
    }
    let label = columns.text(row, "label");
    if label.is_empty() {
        fault(FaultCode::LabelMissing, "label", name);
    }
    let extra = columns.extra.iter().map(|(name, index)| {
        (
            name.clone(),
            row.cells.get(*index).cloned().unwrap_or_default(),
        )
    });
    let columns_of = extra.collect();
    check_text(&label, columns, Sheet::Choices, row.number, "label", faults);
    list.choices.push(Choice {
        name: name.to_owned(),
        label,
        columns: columns_of,
    });
}

/// Choices stand in answers with a space between: 1 to 64 bytes, no space, quote, comma or control character. Unlike a
/// question's name it may begin with a digit.
fn is_choice_name(name: &str) -> bool {
    name.len() <= 64
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+'))
}

//! The one row about the form.

use senim_ids::Language;

use super::check_text;
use crate::columns::{Columns, language_of};
use crate::expr::lexer::is_name;
use crate::fault::{FaultCode, FormFault, Sheet};
use crate::table::Table;
use crate::text::Text3;

/// What the form says of itself.
#[derive(Debug)]
pub(super) struct About {
    pub(super) id: String,
    pub(super) label_version: String,
    pub(super) title: Text3,
    pub(super) default_language: Language,
    pub(super) per_place: bool,
}

/// Longest form id, in bytes: it stands in every key of a visit document.
const MAX_ID_BYTES: usize = 24;

pub(super) fn read(table: &Table, faults: &mut Vec<FormFault>) -> Option<About> {
    let mut fault = |code, row, column: &str, detail: &str| {
        faults.push(FormFault::error(code, Sheet::Settings, row, column, detail));
    };
    let Some(row) = table.rows.first() else {
        fault(FaultCode::FormIdMissing, 0, "form_id", "");
        return None;
    };
    if let Some(second) = table.rows.get(1) {
        fault(FaultCode::BadSetting, second.number, "form_id", "");
    }
    // The header is read twice: what a title without a language means depends on the default language.
    let named = Columns::read(table, Language::Ru, &mut Vec::new());
    let default_language =
        default_language(named.cell(row, "default_language")).unwrap_or_else(|bad| {
            fault(FaultCode::BadSetting, row.number, "default_language", bad);
            Language::Ru
        });
    let per_place = yes_or_no(named.cell(row, "senim::per_place")).unwrap_or_else(|bad| {
        fault(FaultCode::BadSetting, row.number, "senim::per_place", bad);
        false
    });
    let id = named.cell(row, "form_id").to_owned();
    if id.is_empty() {
        fault(FaultCode::FormIdMissing, row.number, "form_id", "");
    } else if !is_name(&id) || id.len() > MAX_ID_BYTES {
        fault(FaultCode::BadName, row.number, "form_id", &id);
    }
    let label_version = named.cell(row, "version").to_owned();
    let columns = Columns::read(table, default_language, faults);
    let title = columns.text(row, "form_title");
    if title.is_empty() {
        faults.push(FormFault::error(
            FaultCode::LabelMissing,
            Sheet::Settings,
            row.number,
            "form_title",
            "",
        ));
    }
    check_text(
        &title,
        &columns,
        Sheet::Settings,
        row.number,
        "form_title",
        faults,
    );
    Some(About {
        id,
        label_version,
        title,
        default_language,
        per_place,
    })
}

/// The language of texts without one: Russian, in which the office works, if the form does not say.
fn default_language(cell: &str) -> Result<Language, &str> {
    if cell.is_empty() {
        Ok(Language::Ru)
    } else {
        language_of(cell).ok_or(cell)
    }
}

fn yes_or_no(cell: &str) -> Result<bool, &str> {
    match cell.to_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" | "" => Ok(false),
        _ => Err(cell),
    }
}

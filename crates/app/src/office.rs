//! What the office does with form tables, without a vault: checking them and writing a shipped one as a workbook.

use senim_forms::{FormFault, FormTables, compile_csv, compile_xlsx, shipped, write_xlsx};
use senim_ids::ErrorCode;

use crate::view::ApiError;

/// A form that compiled.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CheckedForm {
    /// Its id.
    pub id: String,
    /// Its content hash.
    pub version: String,
    /// Sections.
    pub sections: usize,
    /// Questions.
    pub items: usize,
    /// What an author should look at.
    pub warnings: Vec<FormFault>,
}

/// Compiles the three tables of a form, as text.
///
/// # Errors
/// Every fault with sheet, row and column.
pub fn check_tables(
    survey: &str,
    choices: &str,
    settings: &str,
) -> Result<CheckedForm, Vec<FormFault>> {
    compile_csv(&FormTables {
        survey,
        choices,
        settings,
    })
    .map(checked)
}

/// Compiles an `.xlsx` workbook.
///
/// # Errors
/// As [`check_tables`].
pub fn check_workbook(bytes: &[u8]) -> Result<CheckedForm, Vec<FormFault>> {
    compile_xlsx(bytes).map(checked)
}

fn checked(compiled: senim_forms::Compiled) -> CheckedForm {
    let form = compiled.form;
    CheckedForm {
        version: form.version(),
        sections: form.sections.len(),
        items: form.items().count(),
        id: form.id,
        warnings: compiled.warnings,
    }
}

/// A shipped form as a workbook to edit.
///
/// # Errors
/// `no-such-item` if no form has this id.
pub fn workbook(id: &str) -> Result<Vec<u8>, ApiError> {
    let form = shipped()
        .iter()
        .find(|form| form.id == id)
        .ok_or(ErrorCode::NoSuchItem)?;
    write_xlsx(&form.tables).map_err(|_| ErrorCode::FormRefused.into())
}

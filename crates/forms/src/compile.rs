//! Tables to a form definition.
//!
//! | step | file |
//! |---|---|
//! | one row about the form | `settings` |
//! | lists of choices | `choices` |
//! | the word in `type` | `row_type` |
//! | rows to a flat outline with group paths | `outline` |
//! | what a reference of an author means | `names` |
//! | cells of one row to an item or group | `item` |
//! | what only the whole form can tell | `whole` |

mod cells;
mod choices;
mod item;
mod names;
mod other;
mod outline;
mod row_type;
mod settings;
mod whole;

use senim_ids::Language;

use crate::columns::Columns;
use crate::csv_reader;
use crate::definition::FormDefinition;
use crate::fault::{FaultCode, FormFault, Severity, Sheet};
use crate::table::{FormTables, Table};
use crate::text::Text3;
use crate::xlsx_reader;

/// Most faults that are reported: beyond that the file is no form, and nobody reads on.
const MAX_FAULTS: usize = 500;

/// A form that compiled, and what a person should still look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The form.
    pub form: FormDefinition,
    /// Faults of [`Severity::Warning`], by sheet, row and column. A form that ships has none.
    pub warnings: Vec<FormFault>,
}

/// Compiles the three tables of a form.
///
/// Anything that is not understood is a fault, never left out: a dropped `relevant` would show a question to the wrong
/// person.
///
/// # Errors
/// All faults of the tables (at most 500), by sheet, row and column; warnings among them. At least one is an error.
///
/// # Source
/// <https://xlsform.org>; what is understood and refused: `docs/decisions/0006-xlsform-reader.md`.
pub fn compile_csv(tables: &FormTables<'_>) -> Result<Compiled, Vec<FormFault>> {
    let mut faults = Vec::new();
    let tables = [
        csv_reader::read(Sheet::Survey, tables.survey, &mut faults),
        csv_reader::read(Sheet::Choices, tables.choices, &mut faults),
        csv_reader::read(Sheet::Settings, tables.settings, &mut faults),
    ];
    compile(&tables, faults)
}

/// Compiles the sheets `survey`, `choices` and `settings` of an `.xlsx` workbook (at most 5 MB, 40 MB unpacked).
///
/// # Errors
/// As [`compile_csv`]; also what is wrong with the file itself. Nothing of the file is run, fetched or expanded.
pub fn compile_xlsx(bytes: &[u8]) -> Result<Compiled, Vec<FormFault>> {
    let mut faults = Vec::new();
    let tables = xlsx_reader::read(bytes, &mut faults).map_err(|fault| vec![fault])?;
    compile(&tables, faults)
}

fn compile(tables: &[Table; 3], mut faults: Vec<FormFault>) -> Result<Compiled, Vec<FormFault>> {
    let form = build(tables, &mut faults);
    faults.sort();
    faults.dedup();
    let failed = faults.iter().any(|fault| fault.severity == Severity::Error);
    match form {
        Some(form) if !failed => Ok(Compiled {
            form,
            warnings: faults,
        }),
        _ => {
            // Errors first, so that the cap never leaves only warnings.
            faults.sort_by_key(|fault| std::cmp::Reverse(fault.severity));
            faults.truncate(MAX_FAULTS);
            faults.sort();
            Err(faults)
        }
    }
}

fn build(tables: &[Table; 3], faults: &mut Vec<FormFault>) -> Option<FormDefinition> {
    let [survey, choices, settings] = tables;
    let about = settings::read(settings, faults);
    let language = about
        .as_ref()
        .map_or(Language::Ru, |about| about.default_language);
    let lists = choices::read(choices, language, faults);
    let columns = Columns::read(survey, language, faults);
    for needed in ["type", "name", "label"] {
        if !columns.has(needed) {
            faults.push(FormFault::error(
                FaultCode::ColumnMissing,
                Sheet::Survey,
                1,
                needed,
                "",
            ));
        }
    }
    let outline = outline::read(survey, &columns, &lists, faults);
    let drafts = item::read(&outline, &columns, &lists, faults);
    whole::build(about?, drafts, lists, &columns, faults)
}

/// A translated cell that is there in one language and not in another is a warning; a reference in it an error.
fn check_text(
    text: &Text3,
    columns: &Columns<'_>,
    sheet: Sheet,
    row: u32,
    name: &'static str,
    faults: &mut Vec<FormFault>,
) {
    if text.is_empty() {
        return;
    }
    for language in Language::ALL {
        let header = || columns.header(name, Some(*language));
        let words = text.get(*language);
        if words.is_empty() {
            faults.push(FormFault::warning(
                FaultCode::MissingTranslation,
                sheet,
                row,
                &header(),
                language.as_str(),
            ));
        } else if words.contains("${") {
            faults.push(FormFault::error(
                FaultCode::ReferenceInText,
                sheet,
                row,
                &header(),
                words,
            ));
        }
    }
}

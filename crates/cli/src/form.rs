//! `senim form check` and `senim form xlsx`.

use std::path::Path;

use senim_app::office::{self, CheckedForm};

use crate::command::say;
use crate::fail::Failed;

/// Compiles a workbook or a folder of tables and says what it is, or prints every fault.
///
/// # Errors
/// [`Failed`] `form-refused` if it does not compile; the faults are on standard output.
pub(crate) fn check(path: &Path, json: bool) -> Result<(), Failed> {
    let checked = if path.is_dir() {
        let table = |name: &str| std::fs::read_to_string(path.join(name));
        office::check_tables(
            &table("survey.csv")?,
            &table("choices.csv")?,
            &table("settings.csv")?,
        )
    } else {
        office::check_workbook(&std::fs::read(path)?)
    };
    match checked {
        Ok(form) => tell(&form, json),
        Err(faults) => {
            for fault in &faults {
                say(&if json {
                    to_json(fault)?
                } else {
                    fault.to_string()
                })?;
            }
            Err(Failed::new(
                "form-refused",
                format!("{} faults in the tables", faults.len()),
            ))
        }
    }
}

fn tell(form: &CheckedForm, json: bool) -> Result<(), Failed> {
    if json {
        return say(&to_json(form)?);
    }
    for warning in &form.warnings {
        say(&warning.to_string())?;
    }
    say(&format!(
        "{} version {} sections {} items {} warnings {}",
        form.id,
        form.version,
        form.sections,
        form.items,
        form.warnings.len()
    ))
}

/// Writes a shipped form as a workbook. Refuses to write over a file.
///
/// # Errors
/// [`Failed`] for an unknown id or a file that exists.
pub(crate) fn xlsx(id: &str, out: &Path) -> Result<(), Failed> {
    use std::io::Write as _;
    let bytes = office::workbook(id)?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(out)?;
    Ok(file.write_all(&bytes)?)
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Failed> {
    serde_json::to_string(value)
        .map_err(|_| Failed::new("internal", "the answer could not be written"))
}

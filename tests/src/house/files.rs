//! Reads the workspace: its files, and what cargo says of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::HouseError;

/// Folders that tools make; what is in them was written by nobody.
const GENERATED: &[&str] = &[
    ".git",
    ".venv",
    ".work",
    "__pycache__",
    "dist",
    "node_modules",
    "playwright-report",
    "target",
    "test-results",
];

/// The folder that holds the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Every text file of the workspace by its path relative to it, with `/` between the parts.
///
/// Left out: what tools generate, logs, links, and files that hold a zero byte (pictures, fonts, hostile vectors).
///
/// # Errors
/// [`HouseError::Read`] if a folder or file cannot be read.
pub fn text_files(root: &Path) -> Result<BTreeMap<String, String>, HouseError> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| unreadable(root, &folder, e))? {
            let entry = entry.map_err(|e| unreadable(root, &folder, e))?;
            let kind = entry
                .file_type()
                .map_err(|e| unreadable(root, &folder, e))?;
            let generated = entry
                .file_name()
                .to_str()
                .is_some_and(|n| GENERATED.contains(&n));
            if kind.is_dir() && !generated {
                waiting.push(entry.path());
            } else if kind.is_file()
                && !generated
                && let Some(text) = text_of(root, &entry.path())?
            {
                found.insert(relative(root, &entry.path()), text);
            }
        }
    }
    Ok(found)
}

/// What `cargo` writes for these arguments, run in the workspace with the committed lock file.
///
/// # Errors
/// [`HouseError::Cargo`] if it does not start or does not end well.
pub fn cargo(root: &Path, arguments: &[&str]) -> Result<String, HouseError> {
    let failed = |stderr: String| HouseError::Cargo {
        arguments: arguments.join(" "),
        stderr,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .arg("--locked")
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| failed(e.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// The text of a file, or nothing if the file went away meanwhile or is no text.
fn text_of(root: &Path, path: &Path) -> Result<Option<String>, HouseError> {
    match std::fs::read(path) {
        Ok(bytes) if bytes.contains(&0) => Ok(None),
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        // An editor's or a test's passing file: not part of the house.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unreadable(root, path, e)),
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inside
        .components()
        .map(|c| c.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

fn unreadable(root: &Path, path: &Path, source: std::io::Error) -> HouseError {
    HouseError::Read {
        path: relative(root, path),
        source,
    }
}

//! How a command ends when it was not done: exit status 1, `error: CODE: sentence` on standard error.

use senim_app::ApiError;
use senim_app::ids::ErrorCode;

/// Why a command was not done. The code is stable; the sentence is for people and holds nobody's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {sentence}")]
pub struct Failed {
    /// A code of `senim_ids::ErrorCode`, or one of the terminal's own.
    pub code: String,
    /// What a person can do.
    pub sentence: String,
}

impl Failed {
    /// A refusal with a code of the terminal's own.
    pub fn new(code: &str, sentence: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            sentence: sentence.into(),
        }
    }

    /// The work behind a command has not been done yet.
    pub(crate) fn not_built_yet(what: &str) -> Self {
        Self::new(
            ErrorCode::NotBuiltYet.as_str(),
            format!("{what} is not built yet"),
        )
    }
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::new(
            error.code.as_str(),
            "the app refused; see GLOSSARY.md for the words",
        )
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        // The kind only: the text of an I/O error may hold a path.
        Self::new(
            "io",
            format!("a file could not be read or written ({:?})", error.kind()),
        )
    }
}

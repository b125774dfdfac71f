//! Patterns of `regex()`, bounded in size and run in linear time.

use regex::{Regex, RegexBuilder};

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 500;
/// Most memory of one compiled pattern, in bytes.
const MAX_COMPILED: usize = 1 << 20;

/// The pattern cannot be read, or is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PatternFault;

/// Compiles a pattern that must match the whole text, as ODK's `regex()` does.
///
/// Difference from ODK: no look-around and no back-references (the `regex` crate has neither, and so cannot be made slow).
pub(crate) fn compile(pattern: &str) -> Result<Regex, PatternFault> {
    if pattern.len() > MAX_BYTES {
        return Err(PatternFault);
    }
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(MAX_COMPILED)
        .nest_limit(50)
        .build()
        .map_err(|_| PatternFault)
}

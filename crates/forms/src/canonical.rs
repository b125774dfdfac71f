//! The one JSON text of a definition, and its hash.
//!
//! Keys are sorted, there are no spaces, no floating-point numbers, and every letter stands as itself in UTF-8. Two devices
//! that compile the same tables get the same bytes, and so does a later version of this program.

use serde_json::Value;

use crate::definition::FormDefinition;
use crate::graph;

/// Largest definition that is read, in bytes.
pub const MAX_DEFINITION_BYTES: usize = 4 << 20;

/// A definition that this program cannot run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionFault {
    /// Longer than [`MAX_DEFINITION_BYTES`].
    #[error("definition-too-large")]
    TooLarge,
    /// Not JSON of a definition, or an expression in it cannot be read.
    #[error("definition-unreadable")]
    Unreadable,
    /// Not the canonical text: it would have two hashes.
    #[error("definition-not-canonical")]
    NotCanonical,
    /// A name stands twice, or a reference, list or group is not there.
    #[error("definition-broken-reference")]
    BrokenReference,
    /// An item decides about itself.
    #[error("definition-cycle")]
    Cycle,
}

impl FormDefinition {
    /// The canonical JSON of the definition: UTF-8, sorted keys, no spaces.
    #[must_use]
    pub fn canonical_json(&self) -> String {
        let mut text = String::new();
        // A definition holds only texts, lists, yes-no and text-keyed maps, which serde_json never refuses.
        if let Ok(value) = serde_json::to_value(self) {
            write(&value, &mut text);
        }
        text
    }

    /// The form version: BLAKE3 of [`Self::canonical_json`], 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn version(&self) -> String {
        blake3::hash(self.canonical_json().as_bytes())
            .to_hex()
            .to_string()
    }

    /// Reads a definition that [`Self::canonical_json`] wrote, and checks it as the compiler would.
    ///
    /// # Errors
    /// [`DefinitionFault`]; a definition that is given back can be evaluated.
    pub fn from_json(text: &str) -> Result<Self, DefinitionFault> {
        if text.len() > MAX_DEFINITION_BYTES {
            return Err(DefinitionFault::TooLarge);
        }
        let form: Self = serde_json::from_str(text).map_err(|_| DefinitionFault::Unreadable)?;
        if form.canonical_json() != text {
            return Err(DefinitionFault::NotCanonical);
        }
        graph::check(&form)?;
        Ok(form)
    }
}

/// `serde_json` keeps or sorts the keys of an object depending on features that other crates of a build may set.
fn write(value: &Value, to: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            to.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                to.push_str(&Value::from(key.as_str()).to_string());
                to.push(':');
                write(map.get(key).unwrap_or(&Value::Null), to);
            }
            to.push('}');
        }
        Value::Array(values) => {
            to.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                write(value, to);
            }
            to.push(']');
        }
        scalar => to.push_str(&scalar.to_string()),
    }
}

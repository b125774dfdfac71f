//! The canonical view of a subject: the bytes that a signature is under (protocol.md 6, `docs/formats/act.md`).

use std::fmt;
use std::str::FromStr;

use automerge::{ObjType, ROOT, ReadDoc, ScalarValue, Value};
use minicbor::{Decode, Encode};
use senim_ids::{ChangeHash, RowId};

use crate::cbor::{self, Bytes};
use crate::digest::Digest;
use crate::key::KeyError;

/// The label under which a view is hashed.
const LABEL: &str = "senim 2026-11 view v1";

/// What an act speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// `report`: all of a visit but quick notes and who took which part.
    Report,
    /// `rec/<id>`: one recommendation.
    Recommendation(RowId),
    /// `consent`: what the person of an interview answered.
    Consent,
}

impl Subject {
    /// True if a key of the document's root is a part of the subject.
    #[must_use]
    pub fn holds(&self, key: &str) -> bool {
        match self {
            Self::Report => !key.starts_with("note/") && !key.starts_with("take/"),
            Self::Recommendation(id) => key
                .strip_prefix(&format!("rec/{id}"))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Consent => key.starts_with("consent/"),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Report => f.write_str("report"),
            Self::Recommendation(id) => write!(f, "rec/{id}"),
            Self::Consent => f.write_str("consent"),
        }
    }
}

impl FromStr for Subject {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text {
            "report" => Ok(Self::Report),
            "consent" => Ok(Self::Consent),
            _ => {
                let id = text.strip_prefix("rec/").ok_or(KeyError)?;
                id.parse().map(Self::Recommendation).map_err(|_| KeyError)
            }
        }
    }
}

/// The bytes of a subject at given heads, and their hash.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalView {
    entries: Vec<ViewEntry>,
    bytes: Vec<u8>,
}

impl fmt::Debug for CanonicalView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalView({} keys)", self.entries.len())
    }
}

/// One key with its values in ascending order.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct ViewEntry {
    #[n(0)]
    key: String,
    #[n(1)]
    values: Vec<Bytes>,
}

#[derive(Encode)]
#[cbor(array)]
struct View<'a> {
    #[n(0)]
    version: u8,
    #[n(1)]
    subject: String,
    #[n(2)]
    entries: &'a [ViewEntry],
}

impl CanonicalView {
    /// `[1, subject, [[key, [value bytes…]]…]]`, keys and values ascending, cleared values left out.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `H("senim 2026-11 view v1", bytes)`.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(LABEL, &self.bytes)
    }

    /// The keys that do not say the same in another view of the same subject, ascending.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Vec<String> {
        let differs = |one: &Self, other: &Self| -> Vec<String> {
            let gone = one.entries.iter().filter(|entry| {
                other
                    .entries
                    .binary_search_by(|at| at.key.cmp(&entry.key))
                    .ok()
                    .and_then(|at| other.entries.get(at))
                    != Some(*entry)
            });
            gone.map(|entry| entry.key.clone()).collect()
        };
        let mut keys = differs(self, before);
        keys.extend(differs(before, self));
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// What stands in the document about a subject, now or at given heads.
pub(crate) fn view<D: ReadDoc>(
    doc: &D,
    subject: Subject,
    heads: Option<&[automerge::ChangeHash]>,
) -> CanonicalView {
    let keys: Vec<String> = match heads {
        Some(heads) => doc
            .map_range_at(ROOT, .., heads)
            .map(|item| item.key.into_owned())
            .collect(),
        None => doc
            .map_range(ROOT, ..)
            .map(|item| item.key.into_owned())
            .collect(),
    };
    let mut entries = Vec::new();
    for key in keys.into_iter().filter(|key| subject.holds(key)) {
        let found = match heads {
            Some(heads) => doc.get_all_at(ROOT, key.as_str(), heads),
            None => doc.get_all(ROOT, key.as_str()),
        };
        let found = found.unwrap_or_default();
        let mut values: Vec<Vec<u8>> = found
            .iter()
            .filter_map(|(value, id)| written(doc, heads, value, id))
            .collect();
        values.sort_unstable();
        // Two who wrote the same said the same.
        values.dedup();
        if !values.is_empty() {
            let values = values.into_iter().map(Bytes).collect();
            entries.push(ViewEntry { key, values });
        }
    }
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    let bytes = cbor::to_vec(&View {
        version: 1,
        subject: subject.to_string(),
        entries: &entries,
    });
    CanonicalView { entries, bytes }
}

/// A value as bytes that no value of another kind has; none if it was cleared.
fn written<D: ReadDoc>(
    doc: &D,
    heads: Option<&[automerge::ChangeHash]>,
    value: &Value<'_>,
    id: &automerge::ObjId,
) -> Option<Vec<u8>> {
    let text = |object: ObjType| match (object, heads) {
        (ObjType::Text, Some(heads)) => doc.text_at(id, heads).ok(),
        (ObjType::Text, None) => doc.text(id).ok(),
        _ => None,
    };
    let (mark, bytes) = match value {
        Value::Object(object) => (b't', text(*object)?.into_bytes()),
        Value::Scalar(scalar) => match scalar.as_ref() {
            ScalarValue::Null => return None,
            ScalarValue::Bytes(bytes) => (b'b', bytes.clone()),
            ScalarValue::Str(text) => (b's', text.as_bytes().to_vec()),
            ScalarValue::Int(number) => (b'i', number.to_be_bytes().to_vec()),
            ScalarValue::Uint(number) => (b'u', number.to_be_bytes().to_vec()),
            ScalarValue::Boolean(flag) => (b'f', vec![u8::from(*flag)]),
            // The gate lets none of these in.
            _ => return None,
        },
    };
    let mut all = vec![mark];
    all.extend(bytes);
    Some(all)
}

/// Heads as automerge takes them.
pub(crate) fn automerge_heads(heads: &[ChangeHash]) -> Vec<automerge::ChangeHash> {
    heads
        .iter()
        .map(|head| automerge::ChangeHash(*head.as_bytes()))
        .collect()
}

//! The typed keys of a document (`docs/formats/document.md`).
//!
//! A key is one text with `/` between its segments. [`Key::parse`] and [`Key::to_string`] are exact inverses: a text that is not
//! exactly what [`Key`] prints is not a key, so one thing never has two spellings.

use std::fmt;
use std::str::FromStr;

use senim_ids::{ActorId, MemberId, PlaceId, RowId};

use crate::caps;
use crate::cbor::cbor_as_text;
use crate::part::PartKey;

/// The text is not a name or not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not-a-key")]
pub struct KeyError;

/// The name of a form, an item, a text or a plain value: 1 to 64 of `A-Z a-z 0-9 _ . -`, and not a lone `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Longest name, in bytes and characters alike.
    pub const MAX: usize = 64;

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let fits = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(letters);
        if fits && text != NONE {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyError)
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names come from forms, but a hostile key can carry words.
        write!(f, "Name({})", self.0.len())
    }
}

cbor_as_text!(Name, "not a name");

/// Stands for "no row" and "no place".
const NONE: &str = "-";

/// What a key of the document's root says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `obs/<form>/<item>/<row|->/<place|->/<observer>/@<actor>`: only this actor writes it.
    Observation {
        /// The form's id.
        form: Name,
        /// The item's name in the form.
        item: Name,
        /// The row of a repeated group.
        row: Option<RowId>,
        /// The place the answer is about; none for the whole facility.
        place: Option<PlaceId>,
        /// Who saw it, as stated.
        observer: MemberId,
        /// Who wrote it, as proven.
        actor: ActorId,
    },
    /// `place/<id>`.
    Place(PlaceId),
    /// `place/<id>/void`: the place was entered by mistake.
    PlaceVoid(PlaceId),
    /// `row/<id>/void`: the row was taken out.
    RowVoid(RowId),
    /// `head/<form>/<item>`: one value for the whole visit.
    Header {
        /// The form's id.
        form: Name,
        /// The item's name in the form.
        item: Name,
    },
    /// `text/<name>/@<actor>`: a long text made by one actor and edited by all.
    Text {
        /// What the text is for.
        name: Name,
        /// Who made it.
        actor: ActorId,
    },
    /// Any other name of one segment, for example `title`.
    Plain(Name),
    /// A finding, a recommendation, a note and the like: see [`PartKey`].
    Part(PartKey),
}

impl Key {
    /// The key written so.
    ///
    /// # Errors
    /// [`KeyError`] if the text is not exactly what a key prints.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        text.parse()
    }

    /// The actor that alone may put this key; none for a shared key.
    #[must_use]
    pub const fn owner(&self) -> Option<ActorId> {
        match self {
            Self::Observation { actor, .. } | Self::Text { actor, .. } => Some(*actor),
            Self::Part(key) => key.owner(),
            Self::Place(_)
            | Self::PlaceVoid(_)
            | Self::RowVoid(_)
            | Self::Header { .. }
            | Self::Plain(_) => None,
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.len() > caps::KEY {
            return Err(KeyError);
        }
        let segments: Vec<&str> = text.split('/').collect();
        match *segments.as_slice() {
            ["obs", form, item, row, place, observer, actor] => Ok(Self::Observation {
                form: form.parse()?,
                item: item.parse()?,
                row: optional(row)?,
                place: optional(place)?,
                observer: observer.parse().map_err(|_| KeyError)?,
                actor: actor_segment(actor).ok_or(KeyError)?,
            }),
            ["place", id] => Ok(Self::Place(id.parse().map_err(|_| KeyError)?)),
            ["place", id, "void"] => Ok(Self::PlaceVoid(id.parse().map_err(|_| KeyError)?)),
            ["row", id, "void"] => Ok(Self::RowVoid(id.parse().map_err(|_| KeyError)?)),
            ["head", form, item] => Ok(Self::Header {
                form: form.parse()?,
                item: item.parse()?,
            }),
            ["text", name, actor] => Ok(Self::Text {
                name: name.parse()?,
                actor: actor_segment(actor).ok_or(KeyError)?,
            }),
            [name] => Ok(Self::Plain(name.parse()?)),
            _ => text.parse().map(Self::Part),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Observation {
                form,
                item,
                row,
                place,
                observer,
                actor,
            } => {
                write!(f, "obs/{form}/{item}/")?;
                or_none(f, row.as_ref())?;
                f.write_str("/")?;
                or_none(f, place.as_ref())?;
                write!(f, "/{observer}/@{actor}")
            }
            Self::Place(id) => write!(f, "place/{id}"),
            Self::PlaceVoid(id) => write!(f, "place/{id}/void"),
            Self::RowVoid(id) => write!(f, "row/{id}/void"),
            Self::Header { form, item } => write!(f, "head/{form}/{item}"),
            Self::Text { name, actor } => write!(f, "text/{name}/@{actor}"),
            Self::Plain(name) => write!(f, "{name}"),
            Self::Part(key) => write!(f, "{key}"),
        }
    }
}

cbor_as_text!(Key, "not a key");

/// The actor a key belongs to by its form alone: its last segment is `@` and 32 lower-case hexadecimal digits.
///
/// Holds for every text, also for one that is no [`Key`]: a later version may know more keys, and ownership must not depend on it.
#[must_use]
pub fn owner(key: &str) -> Option<ActorId> {
    actor_segment(key.rsplit('/').next()?)
}

pub(crate) fn actor_segment(segment: &str) -> Option<ActorId> {
    segment.strip_prefix('@')?.parse().ok()
}

pub(crate) fn optional<T: FromStr>(segment: &str) -> Result<Option<T>, KeyError> {
    if segment == NONE {
        Ok(None)
    } else {
        segment.parse().map(Some).map_err(|_| KeyError)
    }
}

pub(crate) fn or_none<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    value: Option<&T>,
) -> fmt::Result {
    match value {
        Some(value) => write!(f, "{value}"),
        None => f.write_str(NONE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTOR: &str = "@000102030405060708090a0b0c0d0e0f";

    #[test]
    fn keys_print_as_they_are_read() {
        for text in [
            &format!("obs/F01/f01_01/-/0000000000000001/00000000000000aa/{ACTOR}"),
            &format!("obs/F01/f01_01/0000000000000002/-/00000000000000aa/{ACTOR}"),
            "place/0000000000000001",
            "place/0000000000000001/void",
            "row/0000000000000001/void",
            "head/F00/f00_04",
            &format!("text/summary/{ACTOR}"),
            "title",
            "finding/0000000000000001",
            "rec/0000000000000001/kk",
            "rec/0000000000000001/void",
            &format!("mark/0000000000000001/{ACTOR}"),
            "one/safety",
            "agreed/F01/f01_01/-/0000000000000001",
            "take/F01/section_1/-",
            "consent/photo",
        ] {
            assert_eq!(Key::parse(text).unwrap().to_string(), text);
        }
    }

    use proptest::prelude::*;

    fn any_key() -> impl Strategy<Value = Key> {
        let name = || "[A-Za-z0-9_.-]{1,64}".prop_filter_map("a lone dash", |s| s.parse().ok());
        let id8 = any::<[u8; 8]>;
        let actor = || any::<[u8; 16]>().prop_map(ActorId::from_bytes);
        prop_oneof![
            (
                name(),
                name(),
                any::<Option<[u8; 8]>>(),
                any::<Option<[u8; 8]>>(),
                id8(),
                actor()
            )
                .prop_map(|(form, item, row, place, observer, actor)| {
                    Key::Observation {
                        form,
                        item,
                        row: row.map(RowId::from_bytes),
                        place: place.map(PlaceId::from_bytes),
                        observer: MemberId::from_bytes(observer),
                        actor,
                    }
                }),
            id8().prop_map(|id| Key::Place(PlaceId::from_bytes(id))),
            id8().prop_map(|id| Key::PlaceVoid(PlaceId::from_bytes(id))),
            id8().prop_map(|id| Key::RowVoid(RowId::from_bytes(id))),
            (name(), name()).prop_map(|(form, item)| Key::Header { form, item }),
            (name(), actor()).prop_map(|(name, actor)| Key::Text { name, actor }),
            name().prop_map(Key::Plain),
        ]
    }

    proptest! {
        #[test]
        fn every_key_fits_and_is_read_back(key in any_key()) {
            let text = key.to_string();
            prop_assert!(text.len() <= caps::KEY);
            prop_assert_eq!(owner(&text), key.owner());
            prop_assert_eq!(Key::parse(&text), Ok(key));
        }

        #[test]
        fn what_is_read_is_printed_the_same(text in "(obs|place|row|head|text|[a-z]{1,3})(/[a-f0-9@-]{0,33}){0,7}") {
            if let Ok(key) = Key::parse(&text) {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }

    #[test]
    fn what_is_not_exactly_a_key_is_refused() {
        for text in [
            "",
            "/",
            "-",
            "a b",
            "заголовок",
            "title/",
            "place/1",
            "place/0000000000000001/voided",
            "head/F00",
            "head/F00/-",
            "text/summary",
            "obs/F01/f01_01",
            "note/0000000000000001",
            "note/0000000000000001/kk",
            "finding/0000000000000001/de",
            &format!("finding/0000000000000001/{ACTOR}"),
            "one/more",
            "consent/all",
            &format!("text/summary/{}", ACTOR.to_uppercase()),
            &format!("obs/F01/f01_01//-/00000000000000aa/{ACTOR}"),
            &"a".repeat(65),
        ] {
            assert_eq!(Key::parse(text), Err(KeyError), "{text}");
        }
    }

    #[test]
    fn ownership_is_a_matter_of_the_last_segment_alone() {
        let actor: ActorId = ACTOR.trim_start_matches('@').parse().unwrap();
        assert_eq!(
            owner(&format!("obs/F01/f01_01/-/-/00000000000000aa/{ACTOR}")),
            Some(actor)
        );
        assert_eq!(owner(&format!("something/new/{ACTOR}")), Some(actor));
        assert_eq!(owner(ACTOR), Some(actor));
        assert_eq!(owner("title"), None);
        assert_eq!(owner(&format!("{ACTOR}/title")), None);
        assert_eq!(owner(&ACTOR.to_uppercase()), None);
    }
}

//! The values that stand under the keys (`docs/formats/document.md`).

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use senim_ids::{ActorId, PlaceId, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::caps;
use crate::cbor::{self, NotCanonical, cbor_as_text};
use crate::key::Name;

/// The content hash of a form: what an answer was an answer to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormVersion(pub [u8; 32]);

impl fmt::Display for FormVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FormVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormVersion({self})")
    }
}

impl FromStr for FormVersion {
    type Err = senim_ids::IdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<senim_ids::ChangeHash>()
            .map(|id| Self(*id.as_bytes()))
    }
}

impl<C> Encode<C> for FormVersion {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for FormVersion {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.bytes()?
            .try_into()
            .map(Self)
            .map_err(|_| minicbor::decode::Error::message("version of another length"))
    }
}

impl Serialize for FormVersion {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FormVersion {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl TS for FormVersion {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    fn name(_: &ts_rs::Config) -> String {
        "string".to_owned()
    }
    fn inline(_: &ts_rs::Config) -> String {
        "string".to_owned()
    }
}

/// What an answer rests on (domain.md 3, conventions).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    TS,
    Encode,
    Decode,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The observer saw it.
    #[n(0)]
    Seen,
    /// A document or a register says it.
    #[n(1)]
    Document,
    /// A detained person said it.
    #[n(2)]
    TestimonyDetainee,
    /// Staff said it.
    #[n(3)]
    TestimonyStaff,
}

impl Evidence {
    /// Every kind, in the order of the numbers.
    pub const ALL: [Self; 4] = [
        Self::Seen,
        Self::Document,
        Self::TestimonyDetainee,
        Self::TestimonyStaff,
    ];

    /// The word as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Document => "document",
            Self::TestimonyDetainee => "testimony-detainee",
            Self::TestimonyStaff => "testimony-staff",
        }
    }

    /// The kind that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What one observer answered to one item.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, TS)]
#[cbor(array)]
pub struct ObservationValue {
    /// The answer as `forms` writes it; at most [`caps::TEXT_CHARS`] characters.
    #[n(0)]
    pub answer: String,
    /// What it rests on, each kind once, in the order of their numbers.
    #[n(1)]
    pub evidence: Vec<Evidence>,
    /// The observer's note; at most [`caps::TEXT_CHARS`] characters.
    #[n(2)]
    pub note: Option<String>,
    /// The form that asked.
    #[n(3)]
    pub form_version: FormVersion,
    /// When it was seen, as stated.
    #[n(4)]
    pub observed_at: Option<UnixMillis>,
    /// When it was written, by the device's clock.
    #[n(5)]
    pub recorded_at: UnixMillis,
}

/// One value of the visit's head.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, TS)]
#[cbor(array)]
pub struct HeaderText {
    /// The answer as `forms` writes it; at most [`caps::TEXT_CHARS`] characters.
    #[n(0)]
    pub answer: String,
    /// When it was written, by the device's clock.
    #[n(1)]
    pub recorded_at: UnixMillis,
}

/// A place of the facility: a building, a kind of room. Never a cell number outside sealed parts.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, TS)]
#[cbor(array)]
pub struct PlaceValue {
    /// The kind, a word of the seeds.
    #[n(0)]
    pub kind: Name,
    /// Name in Kazakh, may be empty; at most [`caps::NAME_CHARS`] characters.
    #[n(1)]
    pub kk: String,
    /// Name in Russian, may be empty; at most [`caps::NAME_CHARS`] characters.
    #[n(2)]
    pub ru: String,
    /// Name in English.
    #[n(3)]
    pub en: Option<String>,
    /// The place this one is a part of.
    #[n(4)]
    pub parent: Option<PlaceId>,
}

/// The value of a plain key.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PlainValue {
    /// Text of at most [`caps::TEXT_CHARS`] characters.
    #[n(0)]
    Text(#[n(0)] String),
    /// A whole number.
    #[n(1)]
    #[ts(type = "{ \"number\": number }")]
    Number(#[n(0)] i64),
    /// Yes or no.
    #[n(2)]
    Flag(#[n(0)] bool),
    /// Cleared.
    #[n(3)]
    Empty,
}

/// Any value that a shared key can hold, for a choice between concurrent ones.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SharedValue {
    /// Under a [`crate::Key::Header`].
    #[n(0)]
    Header(#[n(0)] HeaderText),
    /// Under a [`crate::Key::Place`].
    #[n(1)]
    Place(#[n(0)] PlaceValue),
    /// Under a [`crate::Key::Plain`].
    #[n(2)]
    Plain(#[n(0)] PlainValue),
    /// Under a [`crate::Key::PlaceVoid`] or [`crate::Key::RowVoid`].
    #[n(3)]
    Void,
}

macro_rules! wordless_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Answers and notes are somebody's words: they stay out of logs and panics.
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
wordless_debug!(
    ObservationValue,
    HeaderText,
    PlaceValue,
    PlainValue,
    SharedValue
);

/// One of several concurrent values: the operation that wrote it. Prints as `<counter>@<actor>` and is the same on every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId {
    /// The operation's counter.
    pub counter: u64,
    /// Who wrote it.
    pub actor: ActorId,
}

impl fmt::Display for ValueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.counter, self.actor)
    }
}

impl FromStr for ValueId {
    type Err = senim_ids::IdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (counter, actor) = text.split_once('@').ok_or(senim_ids::IdError)?;
        let id = Self {
            counter: counter.parse().map_err(|_| senim_ids::IdError)?,
            actor: actor.parse()?,
        };
        // `007@…` and `+7@…` would be second spellings.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(senim_ids::IdError)
        }
    }
}

cbor_as_text!(ValueId, "not a value id");

/// A field is longer than its cap, or is not in the order the format asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too-long")]
pub struct ValueError;

fn at_most(text: &str, chars: usize) -> Result<(), ValueError> {
    // The byte length bounds the count, so a huge text is refused without being walked.
    let fits = text.len() <= chars.saturating_mul(4) && text.chars().count() <= chars;
    if fits { Ok(()) } else { Err(ValueError) }
}

impl ObservationValue {
    /// # Errors
    /// [`ValueError`] if a field is over its cap or `evidence` is not strictly ascending.
    pub fn check(&self) -> Result<(), ValueError> {
        at_most(&self.answer, caps::TEXT_CHARS)?;
        at_most(self.note.as_deref().unwrap_or(""), caps::TEXT_CHARS)?;
        if self.evidence.is_sorted_by(|a, b| a < b) {
            Ok(())
        } else {
            Err(ValueError)
        }
    }
}

impl HeaderText {
    /// # Errors
    /// [`ValueError`] if the answer is over its cap.
    pub fn check(&self) -> Result<(), ValueError> {
        at_most(&self.answer, caps::TEXT_CHARS)
    }
}

impl PlaceValue {
    /// # Errors
    /// [`ValueError`] if a name is over its cap.
    pub fn check(&self) -> Result<(), ValueError> {
        at_most(&self.kk, caps::NAME_CHARS)?;
        at_most(&self.ru, caps::NAME_CHARS)?;
        at_most(self.en.as_deref().unwrap_or(""), caps::NAME_CHARS)
    }
}

impl PlainValue {
    /// # Errors
    /// [`ValueError`] if the text is over its cap.
    pub fn check(&self) -> Result<(), ValueError> {
        match self {
            Self::Text(text) => at_most(text, caps::TEXT_CHARS),
            Self::Number(_) | Self::Flag(_) | Self::Empty => Ok(()),
        }
    }
}

macro_rules! stored {
    ($($name:ident),*) => {$(
        impl $name {
            /// The canonical CBOR of the value.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                cbor::to_vec(self)
            }

            /// The value of which these bytes are the canonical CBOR, within its caps.
            ///
            /// # Errors
            /// [`NotCanonical`] for anything else.
            pub fn parse(bytes: &[u8]) -> Result<Self, NotCanonical> {
                let value: Self = cbor::parse(bytes, caps::VALUE)?;
                value.check().map_err(|_| NotCanonical)?;
                Ok(value)
            }
        }
    )*};
}
stored!(ObservationValue, HeaderText, PlaceValue);

//! One edit of the journal: what a person did, before it is folded into an automerge change (protocol.md 4).

use std::fmt;

use minicbor::{Decode, Encode};
use senim_ids::{ActorId, MemberId, PlaceId, RowId};

use crate::caps;
use crate::cbor::{self, NotCanonical};
use crate::key::{Key, Name};
use crate::part::{PartKey, PartValue};
use crate::value::{
    HeaderText, ObservationValue, PlaceValue, PlainValue, SharedValue, ValueError, ValueId,
};

/// Which observation is meant. The actor is the document's own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Target {
    /// The form's id.
    #[n(0)]
    pub form: Name,
    /// The item's name in the form.
    #[n(1)]
    pub item: Name,
    /// The row of a repeated group.
    #[n(2)]
    pub row: Option<RowId>,
    /// The place; none for the whole facility.
    #[n(3)]
    pub place: Option<PlaceId>,
    /// Who saw it, as stated.
    #[n(4)]
    pub observer: MemberId,
}

impl Target {
    /// The key of this observation when `actor` writes it.
    #[must_use]
    pub fn key(&self, actor: ActorId) -> Key {
        Key::Observation {
            form: self.form.clone(),
            item: self.item.clone(),
            row: self.row,
            place: self.place,
            observer: self.observer,
            actor,
        }
    }
}

/// What becomes of a shared key with several values.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Resolution {
    /// One of them stays.
    #[n(0)]
    Keep(#[n(0)] ValueId),
    /// A new value takes the place of all.
    #[n(1)]
    Write(#[n(0)] SharedValue),
}

/// One edit. Its canonical CBOR is a row of the journal; the numbers of the kinds are frozen.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Edit {
    /// Answers an item.
    #[n(0)]
    PutObservation(#[n(0)] Target, #[n(1)] ObservationValue),
    /// Takes an own answer back: null, not a deletion.
    #[n(1)]
    ClearObservation(#[n(0)] Target),
    /// Makes a place or changes its names.
    #[n(2)]
    PutPlace(#[n(0)] PlaceId, #[n(1)] PlaceValue),
    /// Marks a place as entered by mistake.
    #[n(3)]
    VoidPlace(#[n(0)] PlaceId),
    /// Takes a row out.
    #[n(4)]
    VoidRow(#[n(0)] RowId),
    /// Sets one value of the visit's head.
    #[n(5)]
    PutHeader(#[n(0)] Name, #[n(1)] Name, #[n(2)] HeaderText),
    /// Sets a plain value.
    #[n(6)]
    PutPlain(#[n(0)] Name, #[n(1)] PlainValue),
    /// Makes a long shared text, empty.
    #[n(7)]
    MakeText(#[n(0)] Name),
    /// Changes a long shared text.
    #[n(8)]
    SpliceText(#[n(0)] Splice),
    /// Closes an open difference. `seen` are all values that the person chose between.
    #[n(9)]
    Resolve(#[n(0)] Key, #[n(1)] Vec<ValueId>, #[n(2)] Resolution),
    /// Writes, clears or takes out a finding, a recommendation, a note and the like.
    #[n(10)]
    PutPart(#[n(0)] PartKey, #[n(1)] PartValue),
    /// Closes an open difference of a part with a new value. `seen` are all values that the person chose between.
    #[n(11)]
    ResolvePart(#[n(0)] PartKey, #[n(1)] Vec<ValueId>, #[n(2)] PartValue),
}

/// A change inside a text. Positions and lengths count Unicode code points.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Splice {
    /// What the text is for.
    #[n(0)]
    pub name: Name,
    /// Who made the text.
    #[n(1)]
    pub creator: ActorId,
    /// Where, counted from the start.
    #[n(2)]
    pub at: u32,
    /// How many are taken out.
    #[n(3)]
    pub remove: u32,
    /// What is put in; at most [`caps::TEXT_CHARS`] characters.
    #[n(4)]
    pub insert: String,
}

impl fmt::Debug for Splice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Splice(..)")
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The kind only: an edit is somebody's words.
        f.write_str(self.kind())
    }
}

impl Edit {
    /// The word for this kind of edit, for logs and figures.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PutObservation(..) => "put-observation",
            Self::ClearObservation(_) => "clear-observation",
            Self::PutPlace(..) => "put-place",
            Self::VoidPlace(_) => "void-place",
            Self::VoidRow(_) => "void-row",
            Self::PutHeader(..) => "put-header",
            Self::PutPlain(..) => "put-plain",
            Self::MakeText(_) => "make-text",
            Self::SpliceText(_) => "splice-text",
            Self::Resolve(..) => "resolve",
            Self::PutPart(..) => "put-part",
            Self::ResolvePart(..) => "resolve-part",
        }
    }

    /// The key it writes when `actor` makes it.
    #[must_use]
    pub fn key(&self, actor: ActorId) -> Key {
        match self {
            Self::PutObservation(target, _) | Self::ClearObservation(target) => target.key(actor),
            Self::PutPlace(id, _) => Key::Place(*id),
            Self::VoidPlace(id) => Key::PlaceVoid(*id),
            Self::VoidRow(id) => Key::RowVoid(*id),
            Self::PutHeader(form, item, _) => Key::Header {
                form: form.clone(),
                item: item.clone(),
            },
            Self::PutPlain(name, _) => Key::Plain(name.clone()),
            Self::MakeText(name) => Key::Text {
                name: name.clone(),
                actor,
            },
            Self::SpliceText(splice) => Key::Text {
                name: splice.name.clone(),
                actor: splice.creator,
            },
            Self::Resolve(key, ..) => key.clone(),
            Self::PutPart(key, _) | Self::ResolvePart(key, ..) => Key::Part(key.clone()),
        }
    }

    /// True if the edit means the same whatever else came in since it was made.
    ///
    /// A position in a text and a choice between values hold only for what the person saw.
    #[must_use]
    pub const fn stands_alone(&self) -> bool {
        match self {
            Self::PutObservation(..)
            | Self::ClearObservation(_)
            | Self::VoidPlace(_)
            | Self::VoidRow(_)
            | Self::MakeText(_) => true,
            Self::PutPart(key, _) => key.owner().is_some() || matches!(key, PartKey::Void { .. }),
            Self::PutPlace(..)
            | Self::PutHeader(..)
            | Self::PutPlain(..)
            | Self::SpliceText(_)
            | Self::Resolve(..)
            | Self::ResolvePart(..) => false,
        }
    }

    /// # Errors
    /// [`ValueError`] if a field is over its cap.
    pub fn check(&self) -> Result<(), ValueError> {
        match self {
            Self::PutObservation(_, value) => value.check(),
            Self::PutPlace(_, value) => value.check(),
            Self::PutHeader(_, _, value) => value.check(),
            Self::PutPlain(_, value) => value.check(),
            Self::PutPart(key, value) => value.check(key),
            Self::ResolvePart(_, seen, _) if seen.len() > caps::PARENTS => Err(ValueError),
            Self::ResolvePart(key, _, value) => value.check(key),
            Self::SpliceText(splice) => {
                let fits = splice.insert.chars().count() <= caps::TEXT_CHARS
                    && usize::try_from(splice.remove).is_ok_and(|n| n <= caps::TEXT_CHARS);
                if fits { Ok(()) } else { Err(ValueError) }
            }
            Self::Resolve(_, seen, resolution) => {
                if seen.len() > caps::PARENTS {
                    return Err(ValueError);
                }
                match resolution {
                    Resolution::Keep(_) | Resolution::Write(SharedValue::Void) => Ok(()),
                    Resolution::Write(SharedValue::Header(value)) => value.check(),
                    Resolution::Write(SharedValue::Place(value)) => value.check(),
                    Resolution::Write(SharedValue::Plain(value)) => value.check(),
                }
            }
            Self::ClearObservation(_)
            | Self::VoidPlace(_)
            | Self::VoidRow(_)
            | Self::MakeText(_) => Ok(()),
        }
    }

    /// The journal's row: canonical CBOR.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// The edit of which these bytes are the row.
    ///
    /// # Errors
    /// [`NotCanonical`] if they are not the canonical encoding of an edit within its caps.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotCanonical> {
        let edit: Self = cbor::parse(bytes, caps::VALUE)?;
        edit.check().map_err(|_| NotCanonical)?;
        Ok(edit)
    }
}

//! The keys of parts (`docs/formats/document.md`).

use std::fmt;
use std::str::FromStr;

use senim_ids::{ActorId, Language, PlaceId, RowId};

use crate::act::ConsentKind;
use crate::cbor::cbor_as_text;
use crate::key::{self, KeyError, Name};
use crate::words::words;

words! {
    /// What a row of a document is.
    PartKind {
        /// A finding.
        Finding = 0, "finding";
        /// A draft recommendation.
        Recommendation = 1, "rec";
        /// An entry of the visit.
        VisitEntry = 2, "entry";
        /// A refusal.
        Refusal = 3, "refusal";
        /// A quick note.
        Note = 4, "note";
        /// A short talk.
        Talk = 5, "talk";
        /// Something handed to the team.
        Letter = 6, "letter";
        /// It was handed on.
        Handed = 7, "handed";
        /// An urgent action.
        Urgent = 8, "urgent";
        /// Someone was told of it.
        Told = 9, "told";
        /// A point of the closing sheet.
        Point = 10, "point";
        /// A mark on the body map.
        Mark = 11, "mark";
        /// A row of a register sample.
        Sample = 12, "sample";
    }
    /// What stands once in a document.
    Single {
        /// Where and before whom a talk was held.
        Setting = 0, "setting";
        /// Who the alias is.
        Person = 1, "person";
        /// How to reach the person.
        Contact = 2, "contact";
        /// What was agreed for the person's safety.
        Safety = 3, "safety";
    }
}

impl PartKind {
    /// True if only its author writes it.
    #[must_use]
    pub const fn owned(self) -> bool {
        matches!(
            self,
            Self::Refusal | Self::Note | Self::Talk | Self::Told | Self::Mark | Self::Sample
        )
    }

    /// True if texts in several languages stand beside it.
    #[must_use]
    pub const fn worded(self) -> bool {
        matches!(
            self,
            Self::Finding | Self::Recommendation | Self::Urgent | Self::Point
        )
    }
}

/// The key of a part. Prints as it stands in the document and is read only from exactly that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKey {
    /// `<kind>/<id>`, with `/@<actor>` if only its author writes it. See [`PartKey::row`].
    Row {
        /// What it is.
        kind: PartKind,
        /// Random, never a position.
        id: RowId,
        /// Whose; some exactly if the kind is owned.
        actor: Option<ActorId>,
    },
    /// `<kind>/<id>/<language>`
    Wording {
        /// Of what; a worded kind.
        kind: PartKind,
        /// Its id.
        id: RowId,
        /// In which language.
        language: Language,
    },
    /// `<kind>/<id>/void`: it was taken out.
    Void {
        /// What it is.
        kind: PartKind,
        /// Its id.
        id: RowId,
    },
    /// `one/<what>`
    One(Single),
    /// `agreed/<form>/<item>/<row or ->/<place or ->`
    Agreed {
        /// The form's id.
        form: Name,
        /// The item's name in the form.
        item: Name,
        /// The row of a repeated group.
        row: Option<RowId>,
        /// The place; none for the whole facility.
        place: Option<PlaceId>,
    },
    /// `take/<form>/<section>/<place or ->`
    Take {
        /// The form's id.
        form: Name,
        /// The section's name in the form.
        section: Name,
        /// The place; none for the whole facility.
        place: Option<PlaceId>,
    },
    /// `consent/<kind>`
    Consent(ConsentKind),
}

impl PartKey {
    /// The key of a row that `actor` writes.
    #[must_use]
    pub fn row(kind: PartKind, id: RowId, actor: ActorId) -> Self {
        Self::Row {
            kind,
            id,
            actor: kind.owned().then_some(actor),
        }
    }

    /// The actor that alone may put this key; none for a shared one.
    #[must_use]
    pub const fn owner(&self) -> Option<ActorId> {
        match self {
            Self::Row { actor, .. } => *actor,
            _ => None,
        }
    }
}

impl FromStr for PartKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let segments: Vec<&str> = text.split('/').collect();
        match *segments.as_slice() {
            ["one", what] => Single::parse(what).map(Self::One).ok_or(KeyError),
            ["consent", kind] => ConsentKind::parse(kind).map(Self::Consent).ok_or(KeyError),
            ["agreed", form, item, row, place] => Ok(Self::Agreed {
                form: form.parse()?,
                item: item.parse()?,
                row: key::optional(row)?,
                place: key::optional(place)?,
            }),
            ["take", form, section, place] => Ok(Self::Take {
                form: form.parse()?,
                section: section.parse()?,
                place: key::optional(place)?,
            }),
            [kind, id] => Self::of_row(kind, id, None),
            [kind, id, last] => Self::of_row(kind, id, Some(last)),
            _ => Err(KeyError),
        }
    }
}

impl PartKey {
    fn of_row(kind: &str, id: &str, last: Option<&str>) -> Result<Self, KeyError> {
        let kind = PartKind::parse(kind).ok_or(KeyError)?;
        let id = id.parse().map_err(|_| KeyError)?;
        match last {
            None if !kind.owned() => Ok(Self::Row {
                kind,
                id,
                actor: None,
            }),
            Some("void") => Ok(Self::Void { kind, id }),
            Some(last) => {
                let language = Language::parse(last).filter(|_| kind.worded());
                let actor = key::actor_segment(last).filter(|_| kind.owned());
                match (language, actor) {
                    (Some(language), _) => Ok(Self::Wording { kind, id, language }),
                    (None, Some(actor)) => Ok(Self::Row {
                        kind,
                        id,
                        actor: Some(actor),
                    }),
                    (None, None) => Err(KeyError),
                }
            }
            None => Err(KeyError),
        }
    }
}

impl fmt::Display for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row {
                kind,
                id,
                actor: None,
            } => write!(f, "{kind}/{id}"),
            Self::Row {
                kind,
                id,
                actor: Some(actor),
            } => write!(f, "{kind}/{id}/@{actor}"),
            Self::Wording { kind, id, language } => write!(f, "{kind}/{id}/{language}"),
            Self::Void { kind, id } => write!(f, "{kind}/{id}/void"),
            Self::One(what) => write!(f, "one/{what}"),
            Self::Agreed {
                form,
                item,
                row,
                place,
            } => {
                write!(f, "agreed/{form}/{item}/")?;
                key::or_none(f, row.as_ref())?;
                f.write_str("/")?;
                key::or_none(f, place.as_ref())
            }
            Self::Take {
                form,
                section,
                place,
            } => {
                write!(f, "take/{form}/{section}/")?;
                key::or_none(f, place.as_ref())
            }
            Self::Consent(kind) => write!(f, "consent/{kind}"),
        }
    }
}

cbor_as_text!(PartKey, "not a key of a part");

//! What people write besides answers: findings, recommendations, agreed answers, entries, notes, marks (`docs/formats/document.md`).
//!
//! Each part is one value under one key; texts in several languages stand beside their row. [`Parts`] is what stands there.

mod key;
mod person;
mod value;
mod visit;
mod wording;

pub use key::{PartKey, PartKind, Single};
pub use person::{
    AskedAt, BodyKind, BodyView, ConsentAnswerValue, Consistency, ContactValue, MarkKind,
    MarkValue, PersonValue, Presence, ReprisalRisk, SafetyValue, SettingValue,
};
pub use value::PartValue;
pub use visit::{
    AgreedValue, CLOSING_POINTS, CountBand, FindingValue, HandedValue, ItemAt, LetterKind,
    LetterValue, NoteValue, PointValue, RecommendationValue, RefusalValue, Refused, SampleValue,
    Severity, TakenValue, TalkValue, ToldValue, Triangulation, URGENT_LINES, UrgentBasis,
    UrgentValue, VisitEntryValue,
};
pub use wording::{SeenWording, Wording, WordingState, WordingValue, issuable};

mod read;

pub use read::{AgreedAnswer, OpenPart, PartCandidate, Parts, Row, Taken};
pub(crate) use read::{parts, read};

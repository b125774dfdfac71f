//! The visit on automerge: typed keys, the journal's edits, what stands in a document, acts and the state they make, and the admission gate.
//!
//! Pure: bytes, instants and ids come in as arguments; there is no disk, network, clock or randomness here. The byte formats stand in
//! `docs/formats/document.md` and `docs/formats/act.md`, the rules in protocol.md 4 to 6.
//!
//! Of the acts, those in [`Act`] are known; others are kept as unknown. Reviews of wording word by word and "not dispatched, because" are
//! not here yet.

#![forbid(unsafe_code)]

mod act;
mod act_log;
pub mod caps;
mod cbor;
pub mod debrief;
mod differs;
mod digest;
mod document;
mod edit;
pub mod gate;
mod key;
mod part;
mod scan;
pub mod stats;
mod text;
mod value;
mod view;
mod words;

pub use act::{
    AccessGranted, AccessWithdrawn, Act, ActError, AllegationHandedOver, CollectionClosed,
    ConsentGiven, ConsentKind, ConsentWithdrawn, EscalatedTo, FormBound, FormMoved, Genesis,
    HandedTo, IssuedText, LastCounter, Missing, Nonce, OfficialStatus, RecommendationClaimed,
    RecommendationClosed, RecommendationDelivered, RecommendationEscalated, RecommendationIssued,
    RecommendationResponded, RecommendationVerified, RecordReadmitted, Reply, ReportDissented,
    ReportRefused, ReportSigned, ReportUnreachable, ReviewAccepted, ReviewAnswered,
    ReviewQuestioned, SealedFile, TeamMember, Verified, VerifiedBy, VisitAmended, VisitDecided,
    VisitSealed,
};
pub use act_log::{
    ActAbout, ActLog, ActRecord, ActState, Basis, Closed, Closing, ConsentStanding, Consents,
    Contested, ContestedTopic, FollowUp, HandOver, Ineffective, Official, RecommendationState,
    Report, Response, Review, ReviewStage, Sealed, SharedNumber, Sharing, Signature, Standing,
    Topic,
};
pub use cbor::NotCanonical;
pub use differs::Differs;
pub use digest::Digest;
pub use document::{Document, EditError, FoldError, FoldedChange, LoadError};
pub use edit::{Edit, Resolution, Splice, Target};
pub use key::{Key, KeyError, Name, owner};
pub use part::{
    AgreedAnswer, AgreedValue, AskedAt, BodyKind, BodyView, CLOSING_POINTS, ConsentAnswerValue,
    Consistency, ContactValue, CountBand, FindingValue, HandedValue, ItemAt, LetterKind,
    LetterValue, MarkKind, MarkValue, NoteValue, OpenPart, PartCandidate, PartKey, PartKind,
    PartValue, Parts, PersonValue, PointValue, Presence, RecommendationValue, RefusalValue,
    Refused, ReprisalRisk, Row, SafetyValue, SampleValue, SeenWording, SettingValue, Severity,
    Single, Taken, TakenValue, TalkValue, ToldValue, Triangulation, URGENT_LINES, UrgentBasis,
    UrgentValue, VisitEntryValue, Wording, WordingState, WordingValue, issuable,
};
pub use scan::{
    Candidate, Contents, HeaderCandidate, HeaderValue, Observation, OpenDifference, Place,
    SharedText, Unreadable,
};
pub use text::fold;
pub use value::{
    Evidence, FormVersion, HeaderText, ObservationValue, PlaceValue, PlainValue, SharedValue,
    ValueError, ValueId,
};
pub use view::{CanonicalView, Subject};

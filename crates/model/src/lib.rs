//! The visit on automerge: typed keys, the journal's edits, what stands in a document, acts and the state they make, and the admission gate.
//!
//! Pure: bytes, instants and ids come in as arguments; there is no disk, network, clock or randomness here. The byte formats stand in
//! `docs/formats/document.md` and `docs/formats/act.md`, the rules in protocol.md 4 to 6.
//!
//! Not here yet: findings, recommendations and statistics; of the acts, only those in [`Act`] are known, others are kept as unknown.

#![forbid(unsafe_code)]

mod act;
mod act_log;
pub mod caps;
mod cbor;
mod differs;
mod document;
mod edit;
pub mod gate;
mod key;
mod scan;
mod text;
mod value;

pub use act::{
    AccessGranted, AccessWithdrawn, Act, ActError, FormBound, Genesis, Nonce, TeamMember,
    VisitDecided,
};
pub use act_log::{ActLog, ActRecord, ActState, Contested, Ineffective, Sharing};
pub use cbor::NotCanonical;
pub use differs::Differs;
pub use document::{Document, EditError, FoldError, FoldedChange, LoadError};
pub use edit::{Edit, Resolution, Splice, Target};
pub use key::{Key, KeyError, Name, owner};
pub use scan::{
    Candidate, Contents, HeaderCandidate, HeaderValue, Observation, OpenDifference, Place,
    SharedText, Unreadable,
};
pub use text::fold;
pub use value::{
    Evidence, FormVersion, HeaderText, ObservationValue, PlaceValue, PlainValue, SharedValue,
    ValueError, ValueId,
};

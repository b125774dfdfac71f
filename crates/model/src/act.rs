//! The arguments of acts (`docs/formats/act.md`). The envelope of an act is read in `seal`.

use minicbor::{Decode, Encode};
use senim_ids::{DocId, DocKind, MemberId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::caps;
use crate::cbor::{self, NotCanonical};
use crate::key::Name;
use crate::value::FormVersion;

mod consent;
mod recommendation;
mod report;

pub use consent::{AllegationHandedOver, ConsentGiven, ConsentKind, ConsentWithdrawn, HandedTo};
pub use recommendation::{
    EscalatedTo, IssuedText, OfficialStatus, RecommendationClaimed, RecommendationClosed,
    RecommendationDelivered, RecommendationEscalated, RecommendationIssued,
    RecommendationResponded, RecommendationVerified, Reply, Verified, VerifiedBy,
};
pub use report::{
    CollectionClosed, FormMoved, LastCounter, Missing, RecordReadmitted, ReportDissented,
    ReportRefused, ReportSigned, ReportUnreachable, ReviewAccepted, ReviewAnswered,
    ReviewQuestioned, SealedFile, VisitAmended, VisitSealed,
};

/// Longest text of an opinion or of questions, in characters: four bytes each stay within [`caps::ACT`].
pub(crate) const LONG_CHARS: usize = 16_000;

/// What the arguments of a kind have to hold to besides being canonical.
pub(crate) trait Arguments {
    /// True if every field is within its caps and every list in its order.
    fn fits(&self) -> bool {
        true
    }
}

/// True if the text has 1 to `chars` characters.
pub(crate) fn short(text: &str, chars: usize) -> bool {
    !text.is_empty() && within(Some(text), chars)
}

/// True if the text, if there is one, has at most `chars` characters.
pub(crate) fn within(text: Option<&str>, chars: usize) -> bool {
    text.is_none_or(|text| text.len() <= chars.saturating_mul(4) && text.chars().count() <= chars)
}

/// Writes structs that stand in acts: arrays in CBOR, nobody's words in `Debug`.
macro_rules! arguments {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $n:literal $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, TS)]
        #[cbor(array)]
        pub struct $name { $($(#[$fdoc])* #[n($n)] pub $field: $type,)* }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // Reasons and opinions are somebody's words: they stay out of logs and panics.
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
pub(crate) use arguments;

/// Makes a document; its author is creator and first reader. The document's id is this act's hash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Genesis {
    /// What kind of document.
    #[n(0)]
    pub kind: DocKind,
    /// The visit that a sample or an interview belongs to.
    #[n(1)]
    pub parent: Option<DocId>,
    /// Random: two documents made alike are two.
    #[n(2)]
    pub nonce: Nonce,
}

/// Sixteen random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce(pub [u8; 16]);

impl<C> Encode<C> for Nonce {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Nonce {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into();
        bytes
            .map(Self)
            .map_err(|_| minicbor::decode::Error::message("nonce of another length"))
    }
}

/// A member's devices become readers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AccessGranted {
    /// Whose devices.
    #[n(0)]
    pub member: MemberId,
    /// May they let others in.
    #[n(1)]
    pub may_share: bool,
}

/// A member's devices are no readers from here on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AccessWithdrawn {
    /// Whose devices.
    #[n(0)]
    pub member: MemberId,
}

/// The decision on a visit: the team, and which form versions bind.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, TS)]
#[cbor(array)]
pub struct VisitDecided {
    /// The visit's number, if one was given already.
    #[n(0)]
    pub number: Option<String>,
    /// The type of visit, a word of the seeds.
    #[n(1)]
    pub visit_type: Name,
    /// The facility, as the register of facilities names it.
    #[n(2)]
    pub facility: String,
    /// Who leads.
    #[n(3)]
    pub leader: MemberId,
    /// Who leads in the leader's place.
    #[n(4)]
    pub deputy: Option<MemberId>,
    /// Members and what they are in this team.
    #[n(5)]
    pub team: Vec<TeamMember>,
    /// Forms and their versions.
    #[n(6)]
    pub forms: Vec<FormBound>,
}

impl std::fmt::Debug for VisitDecided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Which facility is visited is what an embargo keeps.
        write!(f, "VisitDecided({} in the team)", self.team.len())
    }
}

/// One of a team.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, TS,
)]
#[cbor(array)]
pub struct TeamMember {
    /// Who.
    #[n(0)]
    pub member: MemberId,
    /// As what, a word of the seeds (`lawyer`, `doctor`).
    #[n(1)]
    pub role: Name,
}

/// A form at a version.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, TS,
)]
#[cbor(array)]
pub struct FormBound {
    /// The form's id.
    #[n(0)]
    pub form: Name,
    /// Its content hash.
    #[n(1)]
    pub version: FormVersion,
}

macro_rules! acts {
    ($($variant:ident, $kind:literal;)*) => {
        /// An act's kind with its arguments.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Act { $(#[doc = concat!("`", $kind, "`")] $variant($variant),)* }

        impl Act {
            /// The kind as it stands in the act.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            /// The canonical CBOR of the arguments.
            #[must_use]
            pub fn encode_arguments(&self) -> Vec<u8> {
                match self { $(Self::$variant(arguments) => cbor::to_vec(arguments),)* }
            }

            /// The act of this kind with these arguments.
            ///
            /// # Errors
            /// [`ActError`] if the kind is unknown or the bytes are not its canonical arguments within the caps.
            pub fn parse(kind: &str, arguments: &[u8]) -> Result<Self, ActError> {
                match kind {
                    $($kind => read(arguments).map(Self::$variant),)*
                    _ => Err(ActError::UnknownKind),
                }
            }
        }
    };
}

acts! {
    Genesis, "genesis";
    AccessGranted, "access.granted";
    AccessWithdrawn, "access.withdrawn";
    VisitDecided, "visit.decided";
    CollectionClosed, "collection.closed";
    ReportSigned, "report.signed";
    ReportDissented, "report.dissented";
    ReportRefused, "report.refused";
    ReportUnreachable, "report.unreachable";
    ReviewQuestioned, "review.questioned";
    ReviewAnswered, "review.answered";
    ReviewAccepted, "review.accepted";
    VisitSealed, "visit.sealed";
    VisitAmended, "visit.amended";
    FormMoved, "visit.form-moved";
    RecordReadmitted, "record.readmitted";
    RecommendationIssued, "recommendation.issued";
    RecommendationDelivered, "recommendation.delivered";
    RecommendationResponded, "recommendation.responded";
    RecommendationClaimed, "recommendation.claimed";
    RecommendationVerified, "recommendation.verified";
    RecommendationEscalated, "recommendation.escalated";
    RecommendationClosed, "recommendation.closed";
    ConsentGiven, "consent.given";
    ConsentWithdrawn, "consent.withdrawn";
    AllegationHandedOver, "allegation.handed-over";
}

fn read<T>(bytes: &[u8]) -> Result<T, ActError>
where
    T: Arguments + Encode<()> + for<'b> Decode<'b, ()>,
{
    let arguments: T = cbor::parse(bytes, caps::ACT)?;
    if arguments.fits() {
        Ok(arguments)
    } else {
        Err(ActError::NotCanonical)
    }
}

impl Arguments for Genesis {}
impl Arguments for AccessGranted {}
impl Arguments for AccessWithdrawn {}

impl Arguments for VisitDecided {
    fn fits(&self) -> bool {
        within(self.number.as_deref(), caps::NAME_CHARS)
            && within(Some(&self.facility), caps::NAME_CHARS)
    }
}

/// Why an act's arguments were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// A kind that this version does not know; a newer one may.
    #[error("unknown-kind")]
    UnknownKind,
    /// Not the canonical arguments of the kind, or over a cap.
    #[error("not-canonical")]
    NotCanonical,
}

impl From<NotCanonical> for ActError {
    fn from(_: NotCanonical) -> Self {
        Self::NotCanonical
    }
}

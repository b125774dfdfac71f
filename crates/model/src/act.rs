//! The arguments of acts (`docs/formats/act.md`). The envelope of an act is read in `seal`.

use minicbor::{Decode, Encode};
use senim_ids::{DocId, DocKind, MemberId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::caps;
use crate::cbor::{self, NotCanonical};
use crate::key::Name;
use crate::value::FormVersion;

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

/// An act's kind with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// `genesis`
    Genesis(Genesis),
    /// `access.granted`
    AccessGranted(AccessGranted),
    /// `access.withdrawn`
    AccessWithdrawn(AccessWithdrawn),
    /// `visit.decided`
    VisitDecided(VisitDecided),
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

impl Act {
    /// The kind as it stands in the act.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::AccessGranted(_) => "access.granted",
            Self::AccessWithdrawn(_) => "access.withdrawn",
            Self::VisitDecided(_) => "visit.decided",
        }
    }

    /// The canonical CBOR of the arguments.
    #[must_use]
    pub fn encode_arguments(&self) -> Vec<u8> {
        match self {
            Self::Genesis(arguments) => cbor::to_vec(arguments),
            Self::AccessGranted(arguments) => cbor::to_vec(arguments),
            Self::AccessWithdrawn(arguments) => cbor::to_vec(arguments),
            Self::VisitDecided(arguments) => cbor::to_vec(arguments),
        }
    }

    /// The act of this kind with these arguments.
    ///
    /// # Errors
    /// [`ActError`] if the kind is unknown or the bytes are not its canonical arguments within the caps.
    pub fn parse(kind: &str, arguments: &[u8]) -> Result<Self, ActError> {
        match kind {
            "genesis" => Ok(Self::Genesis(cbor::parse(arguments, caps::ACT)?)),
            "access.granted" => Ok(Self::AccessGranted(cbor::parse(arguments, caps::ACT)?)),
            "access.withdrawn" => Ok(Self::AccessWithdrawn(cbor::parse(arguments, caps::ACT)?)),
            "visit.decided" => {
                let decided: VisitDecided = cbor::parse(arguments, caps::ACT)?;
                let number = decided.number.as_deref().unwrap_or("");
                let fits = [number, &decided.facility]
                    .iter()
                    .all(|text| text.chars().count() <= caps::NAME_CHARS);
                if fits {
                    Ok(Self::VisitDecided(decided))
                } else {
                    Err(ActError::NotCanonical)
                }
            }
            _ => Err(ActError::UnknownKind),
        }
    }
}

//! Why a roster statement is refused.

use senim_ids::{CodedError, ErrorCode};

use crate::envelope::{OpenError, SealError};
use crate::keys::KeyError;

/// Why a roster statement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RosterError {
    /// The envelope does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The statement is over its cap.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An envelope of another kind or log than the roster's.
    #[error("roster-envelope")]
    Envelope,
    /// Not canonical, over a cap, or a field breaks its rule.
    #[error("roster-encoding")]
    Encoding,
    /// A change or version this app does not know: stop and update the app.
    #[error("roster-unknown")]
    Unknown,
    /// Of another organisation.
    #[error("roster-org")]
    Org,
    /// Not the genesis that was pinned, or a second one.
    #[error("roster-genesis")]
    Genesis,
    /// Entries are missing before this one.
    #[error("roster-gap")]
    Gap,
    /// Does not follow the entry held before it.
    #[error("roster-prev")]
    Prev,
    /// Two valid entries at one place.
    #[error("roster-forked")]
    Forked,
    /// The signer is not an admin's device.
    #[error("roster-signer")]
    Signer,
    /// A signature does not verify.
    #[error("roster-signature")]
    Signature,
    /// The new device did not show that it holds its keys.
    #[error("roster-possession")]
    Possession,
    /// A key is weak, or stands in the roster already.
    #[error("roster-keys")]
    Keys,
    /// The member or device is in the roster already, or is not.
    #[error("roster-subject")]
    Subject,
    /// More removals than an organisation may have.
    #[error("roster-too-many")]
    TooMany,
}

impl From<KeyError> for RosterError {
    fn from(_: KeyError) -> Self {
        Self::Keys
    }
}

impl CodedError for RosterError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Seal(_) => ErrorCode::TooLong,
            Self::Open(_) | Self::Envelope | Self::Encoding | Self::Signature => {
                ErrorCode::Unreadable
            }
            Self::Unknown => ErrorCode::VersionRefused,
            Self::Org | Self::Genesis => ErrorCode::OtherOrganisation,
            Self::Gap | Self::Prev => ErrorCode::RosterMoved,
            Self::Forked => ErrorCode::RosterForked,
            Self::Signer => ErrorCode::RoleRefused,
            Self::Possession | Self::Keys | Self::Subject => ErrorCode::DeviceRefused,
            Self::TooMany => ErrorCode::Internal,
        }
    }
}

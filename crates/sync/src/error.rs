//! Why a call to the server brought nothing. Each variant is one thing a person can be told.

use senim_ids::{CodedError, ErrorCode};
use senim_wire::refusal::Refusal;

/// Why a call to the server brought nothing. No variant holds an address, a body or a foreign error's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// No connection: no network, no such host, nothing listens.
    #[error("server-unreachable")]
    Unreachable,
    /// Connected, but the reply did not come or broke off. What was sent may have been stored: sending it again is harmless.
    #[error("server-slow")]
    Slow,
    /// The certificate's key is none of the organisation's pins.
    #[error("server-key-refused")]
    KeyRefused,
    /// A reply that is not of Senim's server: a captive portal's page, a proxy's error, a redirect.
    #[error("not-a-server")]
    NotAServer,
    /// The server says so.
    #[error("server-refused")]
    Refused(Refusal),
    /// What this device wanted to send breaks a cap; a fault of ours.
    #[error("too-large")]
    TooLarge,
}

impl CodedError for RelayError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unreachable => ErrorCode::ServerUnreachable,
            Self::Slow | Self::Refused(Refusal::Slow) => ErrorCode::ServerSlow,
            Self::KeyRefused => ErrorCode::ServerKeyRefused,
            Self::NotAServer => ErrorCode::NotAServer,
            Self::Refused(Refusal::NotAdmitted) => ErrorCode::NotAdmitted,
            Self::Refused(Refusal::Quota) => ErrorCode::QuotaReached,
            Self::Refused(Refusal::RateLimited { .. }) => ErrorCode::RateLimited,
            Self::Refused(Refusal::Version) => ErrorCode::VersionRefused,
            Self::Refused(_) | Self::TooLarge => ErrorCode::ServerRefused,
        }
    }
}

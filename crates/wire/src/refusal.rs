//! Why the server refused: the body of every reply that is not 2xx, and the reason of a single put.

use minicbor::{Decode, Encode};

/// A refusal. The HTTP status follows from it, see [`Refusal::status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Refusal {
    /// The body is not canonical CBOR of the call, or breaks a cap of [`crate::caps`].
    #[n(0)]
    Malformed,
    /// Another protocol version.
    #[n(1)]
    Version,
    /// No session, an expired token, a wrong proof, or a key that is not admitted: not told apart.
    #[n(2)]
    NotAdmitted,
    /// Over a size limit.
    #[n(3)]
    TooLarge,
    /// Too many requests.
    #[n(4)]
    RateLimited {
        /// Wait this long.
        #[n(0)]
        seconds: u32,
    },
    /// The device's quota is used up.
    #[n(5)]
    Quota,
    /// The admit list is not newer than the one in force, or not signed by a key named there.
    #[n(6)]
    ListRefused,
    /// No such chunk.
    #[n(7)]
    NotFound,
    /// The store cannot write now (full disk); nothing was kept.
    #[n(8)]
    Storage,
    /// The body came too slowly.
    #[n(9)]
    Slow,
    /// The server is stopping.
    #[n(10)]
    Stopping,
}

impl Refusal {
    /// The HTTP status it travels under.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::NotAdmitted => 401,
            Self::ListRefused => 403,
            Self::NotFound => 404,
            Self::Slow => 408,
            Self::TooLarge => 413,
            Self::Version => 426,
            Self::RateLimited { .. } => 429,
            Self::Stopping => 503,
            Self::Quota | Self::Storage => 507,
        }
    }
}

//! What a device and the server say to each other, and the outside of every sealed thing.
//!
//! Pure, and uses nothing else of ours: the server is built on this crate alone (architecture.md 4), so nothing here can open
//! an envelope. Bodies are CBOR (RFC 8949) in one canonical form, see [`cbor`]; every length is bounded by [`caps`].

#![forbid(unsafe_code)]

pub mod admit;
pub mod caps;
pub mod cbor;
pub mod envelope;
pub mod exchange;
mod id;
pub mod refusal;
pub mod session;

pub use id::{AuthKey, EnvelopeId, LogId, MailboxId, Nonce, Token, WireOrgId};

/// The version of requests and replies. A server answers [`refusal::Refusal::Version`] to any other.
pub const PROTOCOL_VERSION: u16 = 1;

/// The media type of every body but a chunk's and an event stream's.
pub const CONTENT_TYPE: &str = "application/cbor";

/// The paths of the server (architecture.md 6).
pub mod path {
    /// `POST`: asks for a challenge.
    pub const CHALLENGE: &str = "/v1/session/challenge";
    /// `POST`: proves the auth key, brings a token.
    pub const SESSION: &str = "/v1/session";
    /// `POST`: puts and reads in one round trip.
    pub const EXCHANGE: &str = "/v1/exchange";
    /// `PUT` and `GET` followed by `/` and the id of the chunk in hexadecimal.
    pub const CHUNKS: &str = "/v1/chunks";
    /// `GET`: server-sent events, one when a watched mailbox grew.
    pub const WAKE: &str = "/v1/wake";
    /// `POST`: the admit list, the roster's compare-and-append, removals, leaving.
    pub const ADMIT: &str = "/v1/admit";
    /// `GET`: the process runs.
    pub const HEALTHZ: &str = "/healthz";
    /// `GET`: the store answers and its schema is this binary's.
    pub const READYZ: &str = "/readyz";
}

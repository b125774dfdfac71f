//! How a device proves its auth key: challenge, signature, short opaque token (security.md 3.5).

use minicbor::{Decode, Encode};

use crate::cbor::Bytes;
use crate::{AuthKey, LogId, Nonce, Token};

/// Label of the signature in a [`SessionProof`]; used for nothing else.
pub const AUTH_LABEL: &[u8] = b"senim/auth/v1\0";

/// `POST /v1/session/challenge`. Answered alike whether or not the key is admitted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChallengeRequest {
    /// [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub version: u16,
    /// The device's auth key.
    #[n(1)]
    pub key: AuthKey,
}

/// A challenge, used once, within 60 seconds when asked for; one that came with a reply is good for 15 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Challenge {
    /// Random.
    #[n(0)]
    pub nonce: Nonce,
    /// The database that asks.
    #[n(1)]
    pub log: LogId,
}

/// `POST /v1/session`, or the `proof` of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SessionProof {
    /// The device's auth key.
    #[n(0)]
    pub key: AuthKey,
    /// The challenge that is answered.
    #[n(1)]
    pub nonce: Nonce,
    /// Ed25519 over [`signing_input`], 64 bytes.
    #[n(2)]
    pub signature: Bytes,
}

/// A session: the token goes in `Authorization: Bearer <hex>`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Session {
    /// Good for [`TOKEN_SECONDS`].
    #[n(0)]
    pub token: Token,
    /// The challenge that the next proof answers.
    #[n(1)]
    pub next: Challenge,
}

/// How long a token is good.
pub const TOKEN_SECONDS: u64 = 15 * 60;

/// What a device signs to prove its auth key.
///
/// `origin` (`https://host:port`, as the organisation's roster names it) is bound in, so that a server cannot pass the proof on to
/// another one; `log` binds the database.
#[must_use]
pub fn signing_input(origin: &str, log: &LogId, key: &AuthKey, nonce: &Nonce) -> Vec<u8> {
    // The origin is hashed to a fixed length: no two origins can share a signing input.
    let origin = blake3::hash(origin.as_bytes());
    [
        AUTH_LABEL,
        origin.as_bytes(),
        log.as_bytes(),
        key.as_bytes(),
        nonce.as_bytes(),
    ]
    .concat()
}

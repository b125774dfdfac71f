//! The port to what passes: spent challenges, sessions, the day's counters.
//!
//! Shared by all processes behind one address, but not synced to disk on each write and never backed up. A power cut may forget
//! the last moments of it: a forgotten session means that a device proves its key again; a forgotten spent challenge could be
//! answered once more within its life, but only by who can read inside TLS. What is kept cannot be turned into who was here: a
//! session row opens only with its token.

use std::fmt;

use async_trait::async_trait;

use crate::store::StoreError;

/// A session as it is kept: nothing of it names a device to who has no token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionRow {
    /// BLAKE3 of the token.
    pub token_hash: [u8; 32],
    /// The auth key, masked with a key that the token derives.
    pub sealed_key: [u8; 32],
    /// Milliseconds since 1970.
    pub expires_ms: u64,
}

impl fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionRow(<redacted>)")
    }
}

/// A challenge that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// The challenge.
    pub nonce: [u8; 32],
    /// When it would have ended anyway, milliseconds since 1970.
    pub expires_ms: u64,
}

/// The store of what passes.
#[async_trait]
pub trait Passing: Send + Sync + fmt::Debug + 'static {
    /// Spends the challenge and begins the session, both or neither. False: the challenge was spent before.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was kept.
    async fn begin(&self, spent: Spent, session: SessionRow) -> Result<bool, StoreError>;

    /// The masked key of a session that has not expired at `now_ms`, and when it will.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn session(
        &self,
        token_hash: &[u8; 32],
        now_ms: u64,
    ) -> Result<Option<SessionRow>, StoreError>;

    /// Mebibytes counted for `who` (an organisation's 16 or a key's 32 bytes) on `day`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn usage(&self, day: u32, who: &[u8]) -> Result<u64, StoreError>;

    /// Adds to that count.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was added.
    async fn charge(&self, day: u32, who: &[u8], mib: u64) -> Result<(), StoreError>;

    /// Forgets what has expired at `now_ms` and the counters before `day`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sweep(&self, now_ms: u64, day: u32) -> Result<(), StoreError>;
}

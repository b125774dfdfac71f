//! Who may speak: challenges, proofs, tokens (security.md 3.5).
//!
//! A challenge is not stored: it is `expiry 8 | random 8 | mac 16`, the mac keyed by the database's challenge key and covering the
//! auth key it was made for. Anybody may ask for any number of them and nothing grows. It is spent, and that is stored, when a
//! right answer to it comes. So all processes behind one address accept each other's challenges, and each challenge once.
//!
//! A token is 32 random bytes. Its row holds BLAKE3 of it and the auth key masked with a key derived from it: the disk alone does
//! not say who has a session. Whether the key is admitted is asked of the store on every call, so that a dropped or blocked
//! device is out at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use senim_wire::session::{Challenge, SessionProof, TOKEN_SECONDS, signing_input};
use senim_wire::{AuthKey, LogId, Nonce, Token};
use subtle::ConstantTimeEq;

use crate::admission;
use crate::passing::{Passing, SessionRow, Spent};
use crate::store::{Identity, Org, Store, StoreError};

/// How long a challenge that was asked for is good, in milliseconds.
pub const CHALLENGE_MS: u64 = 60_000;
/// How long the challenge of an earlier reply is good, in milliseconds.
pub const NEXT_CHALLENGE_MS: u64 = 15 * 60_000;

/// How far the clocks of two processes behind one address may be apart, in milliseconds.
const CLOCK_SLACK_MS: u64 = 60_000;

/// Sessions that a process remembers before it begins anew.
const SEEN: usize = 10_000;

const CHALLENGE_CONTEXT: &str = "senim-server 2026-11 challenge";
const SESSION_CONTEXT: &str = "senim-server 2026-11 session key";

/// A device that has proven its key and is admitted right now. Only this module makes one.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    org: Org,
    key: AuthKey,
    session_ends_ms: u64,
}

impl Caller {
    /// The organisation that admits it.
    #[must_use]
    pub const fn org(&self) -> Org {
        self.org
    }

    /// Its auth key.
    #[must_use]
    pub const fn key(&self) -> AuthKey {
        self.key
    }

    /// When its token ends, milliseconds since 1970.
    #[must_use]
    pub const fn session_ends_ms(&self) -> u64 {
        self.session_ends_ms
    }
}

/// Why somebody is not a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Wrong, late, unknown, dropped, blocked: not told apart.
    #[error("not-admitted")]
    NotAdmitted,
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine gives no randomness.
    #[error("no-randomness")]
    NoRandomness,
}

/// Makes challenges, judges answers.
#[derive(Debug)]
pub struct Gate {
    /// Sessions seen by this process. A session never changes until it ends, so this spares asking; whether its device is admitted
    /// is asked all the same. Kept as in the store: opened only by the token.
    seen: Mutex<BTreeMap<[u8; 32], SessionRow>>,
    log: LogId,
    mac_key: MacKey,
    origins: Vec<String>,
}

struct MacKey([u8; 32]);

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<redacted>")
    }
}

impl Gate {
    /// A gate for the database `identity`, reached under `origins` (`https://host:port`, as the rosters name it).
    #[must_use]
    pub fn new(identity: &Identity, origins: Vec<String>) -> Self {
        let mac_key = MacKey(blake3::derive_key(
            CHALLENGE_CONTEXT,
            &identity.challenge_key,
        ));
        Self {
            seen: Mutex::default(),
            log: identity.log,
            mac_key,
            origins,
        }
    }

    /// The database that signatures bind.
    #[must_use]
    pub const fn log(&self) -> LogId {
        self.log
    }

    /// A challenge for `key`, good for `life_ms`. It does not matter whether the key is known.
    ///
    /// # Errors
    /// [`AuthError::NoRandomness`].
    pub fn challenge(
        &self,
        key: &AuthKey,
        now_ms: u64,
        life_ms: u64,
    ) -> Result<Challenge, AuthError> {
        let mut open = [0; 16];
        let (expiry, random) = open.split_at_mut(8);
        expiry.copy_from_slice(&now_ms.saturating_add(life_ms).to_be_bytes());
        getrandom::fill(random).map_err(|_| AuthError::NoRandomness)?;
        let mut nonce = [0; 32];
        let (first, second) = nonce.split_at_mut(16);
        first.copy_from_slice(&open);
        second.copy_from_slice(&self.mac(&open, key));
        Ok(Challenge {
            nonce: Nonce::from_bytes(nonce),
            log: self.log,
        })
    }

    fn mac(&self, open: &[u8], key: &AuthKey) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.mac_key.0);
        hasher.update(open).update(key.as_bytes());
        let mut mac = [0; 16];
        hasher.finalize_xof().fill(&mut mac);
        mac
    }

    /// When the challenge ends, if it is ours, for this key, and still good.
    fn expiry(&self, nonce: &Nonce, key: &AuthKey, now_ms: u64) -> Option<u64> {
        let (open, mac) = nonce.as_bytes().split_at(16);
        let ours: bool = self.mac(open, key).as_slice().ct_eq(mac).into();
        let expires = u64::from_be_bytes(*open.first_chunk()?);
        // One from further ahead than any life was made before the clock was set back: refused too.
        let latest = now_ms.saturating_add(NEXT_CHALLENGE_MS + CLOCK_SLACK_MS);
        (ours && now_ms < expires && expires <= latest).then_some(expires)
    }

    fn proves(&self, proof: &SessionProof) -> bool {
        self.origins.iter().any(|origin| {
            let message = signing_input(origin, &self.log, &proof.key, &proof.nonce);
            admission::verifies(&proof.key, &message, &proof.signature)
        })
    }

    /// Judges an answer, spends its challenge and begins a session.
    ///
    /// # Errors
    /// [`AuthError::NotAdmitted`] for every fault of the answer.
    pub async fn begin(
        &self,
        store: &dyn Store,
        passing: &dyn Passing,
        proof: &SessionProof,
        now_ms: u64,
    ) -> Result<(Caller, Token), AuthError> {
        let expires_ms = self
            .expiry(&proof.nonce, &proof.key, now_ms)
            .ok_or(AuthError::NotAdmitted)?;
        // Before the store is asked, so that an unknown key costs what a known one costs.
        if !self.proves(proof) {
            return Err(AuthError::NotAdmitted);
        }
        let org = store
            .admission(&proof.key)
            .await?
            .ok_or(AuthError::NotAdmitted)?;
        let token = make_token()?;
        let session_ends_ms = now_ms.saturating_add(TOKEN_SECONDS.saturating_mul(1000));
        let row = SessionRow {
            token_hash: hash(&token),
            sealed_key: masked(&token, proof.key.as_bytes()),
            expires_ms: session_ends_ms,
        };
        let spent = Spent {
            nonce: *proof.nonce.as_bytes(),
            expires_ms,
        };
        if !passing.begin(spent, row).await? {
            return Err(AuthError::NotAdmitted);
        }
        Ok((
            Caller {
                org,
                key: proof.key,
                session_ends_ms,
            },
            token,
        ))
    }

    async fn session(
        &self,
        passing: &dyn Passing,
        token_hash: &[u8; 32],
        now_ms: u64,
    ) -> Result<SessionRow, AuthError> {
        if let Some(row) = self.seen().get(token_hash) {
            return if now_ms < row.expires_ms {
                Ok(*row)
            } else {
                Err(AuthError::NotAdmitted)
            };
        }
        let row = passing
            .session(token_hash, now_ms)
            .await?
            .ok_or(AuthError::NotAdmitted)?;
        let mut seen = self.seen();
        if seen.len() >= SEEN {
            seen.clear();
        }
        seen.insert(*token_hash, row);
        Ok(row)
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], SessionRow>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets sessions that have ended.
    pub fn sweep(&self, now_ms: u64) {
        self.seen().retain(|_, row| now_ms < row.expires_ms);
    }

    /// Who holds this token, if the session lives and the device is still admitted.
    ///
    /// # Errors
    /// [`AuthError::NotAdmitted`].
    pub async fn caller(
        &self,
        store: &dyn Store,
        passing: &dyn Passing,
        token: &Token,
        now_ms: u64,
    ) -> Result<Caller, AuthError> {
        let row = self.session(passing, &hash(token), now_ms).await?;
        let key = AuthKey::from_bytes(masked(token, &row.sealed_key));
        let org = store.admission(&key).await?.ok_or(AuthError::NotAdmitted)?;
        Ok(Caller {
            org,
            key,
            session_ends_ms: row.expires_ms,
        })
    }
}

fn make_token() -> Result<Token, AuthError> {
    let mut bytes = [0; Token::LEN];
    getrandom::fill(&mut bytes).map_err(|_| AuthError::NoRandomness)?;
    Ok(Token::from_bytes(bytes))
}

fn hash(token: &Token) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}

/// Masks and unmasks: the mask is derived from a token that is random and used for one key only.
fn masked(token: &Token, key: &[u8; 32]) -> [u8; 32] {
    let mut bytes = blake3::derive_key(SESSION_CONTEXT, token.as_bytes());
    for (byte, of_key) in bytes.iter_mut().zip(key) {
        *byte ^= of_key;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        let identity = Identity {
            log: LogId::from_bytes([1; 16]),
            challenge_key: [2; 32],
        };
        Gate::new(&identity, vec!["https://relay.example:443".into()])
    }

    #[test]
    fn a_challenge_is_good_for_its_key_and_its_time() {
        let (gate, key) = (gate(), AuthKey::from_bytes([3; 32]));
        let nonce = gate.challenge(&key, 1_000, CHALLENGE_MS).unwrap().nonce;
        assert_eq!(gate.expiry(&nonce, &key, 1_000), Some(61_000));
        assert_eq!(gate.expiry(&nonce, &key, 60_999), Some(61_000));
        assert_eq!(gate.expiry(&nonce, &key, 61_000), None, "late");
        assert_eq!(
            gate.expiry(&nonce, &AuthKey::from_bytes([4; 32]), 1_000),
            None,
            "another key"
        );
        for at in 0..32 {
            let mut bytes = *nonce.as_bytes();
            bytes[at] ^= 1;
            assert_eq!(
                gate.expiry(&Nonce::from_bytes(bytes), &key, 1_000),
                None,
                "byte {at}"
            );
        }
    }

    #[test]
    fn a_masked_key_needs_its_token() {
        let (token, other) = (Token::from_bytes([5; 32]), Token::from_bytes([6; 32]));
        let row = masked(&token, &[7; 32]);
        assert_ne!(row, [7; 32]);
        assert_eq!(masked(&token, &row), [7; 32]);
        assert_ne!(masked(&other, &row), [7; 32]);
    }
}

//! The key slot of a vault: a passphrase opens the raw key (`docs/formats/vault.md`).

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use senim_ids::{CodedError, ErrorCode, VaultId};
use senim_wire::cbor;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::label::{VAULT_SLOT, derive};
use crate::secret::VaultKey;

const MAGIC: &[u8] = b"SNVK\x01";
/// Far above any slot: the file is read before anything is known of it.
const LENGTH: usize = 256;
/// Characters below which a passphrase is refused when a slot is made.
const LEAST_CHARS: usize = 12;
/// Bytes above which a passphrase is refused.
const MOST_BYTES: usize = 1024;

/// What a person typed, in the one form it is hashed in: NFC, trimmed, runs of white space as one space.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Brings typed text into its one form. The caller wipes its own copy.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        // NFC can grow a text threefold at most; with the room there from the start no copy stays behind.
        let mut text = Zeroizing::new(String::with_capacity(typed.len().saturating_mul(3)));
        for letter in typed.nfc() {
            if !letter.is_whitespace() {
                text.push(letter);
            } else if !text.is_empty() && !text.ends_with(' ') {
                text.push(' ');
            }
        }
        let end = text.trim_end().len();
        text.truncate(end);
        Self(text)
    }

    fn fits(&self) -> bool {
        self.0.chars().count() >= LEAST_CHARS && self.0.len() <= MOST_BYTES
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(<redacted>)")
    }
}

/// The work that a guess costs: Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl SlotCost {
    /// 128 MiB, 3 passes, 1 lane: a quarter of a second on a desk machine.
    pub const STANDARD: Self = Self {
        memory_kib: 128 * 1024,
        passes: 3,
        lanes: 1,
    };
    /// 64 MiB, 3 passes: the floor on reading, for tablets with less than 3 GiB.
    pub const LEAST: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// A cost between the floors (64 MiB, 3 passes) and the caps (1 GiB, 16 passes, 4 lanes).
    #[must_use]
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let memory = memory_kib >= 64 * 1024 && memory_kib <= 1024 * 1024;
        if memory && passes >= 3 && passes <= 16 && lanes >= 1 && lanes <= 4 {
            Some(Self {
                memory_kib,
                passes,
                lanes,
            })
        } else {
            None
        }
    }
}

/// Why a slot cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MakeSlotError {
    /// Under 12 characters, or over 1,024 bytes.
    #[error("passphrase-length")]
    Passphrase,
    /// The machine has not the memory that the cost asks for.
    #[error("slot-memory")]
    Memory,
}

impl CodedError for MakeSlotError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Passphrase => ErrorCode::PassphraseTooWeak,
            Self::Memory => ErrorCode::Internal,
        }
    }
}

/// Why a slot does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnlockSlotError {
    /// Not a key slot.
    #[error("slot-encoding")]
    Encoding,
    /// Written by a newer version of the app.
    #[error("slot-version")]
    Version,
    /// Asks for less work than the floor, or for more than the cap.
    #[error("slot-cost")]
    Cost,
    /// Wrong passphrase or damaged slot: the cipher cannot tell which.
    #[error("slot-wrong-or-damaged")]
    WrongOrDamaged,
    /// The machine has not the memory that the slot asks for.
    #[error("slot-memory")]
    Memory,
}

impl CodedError for UnlockSlotError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Encoding | Self::WrongOrDamaged => ErrorCode::WrongPassphraseOrDamaged,
            Self::Version => ErrorCode::VaultTooNew,
            Self::Cost => ErrorCode::KeySlotRefused,
            Self::Memory => ErrorCode::Internal,
        }
    }
}

#[derive(Encode, Decode)]
struct Raw {
    #[n(0)]
    version: u8,
    #[n(1)]
    memory_kib: u32,
    #[n(2)]
    passes: u32,
    #[n(3)]
    lanes: u32,
    #[n(4)]
    salt: ByteArray<16>,
    #[n(5)]
    nonce: ByteArray<24>,
    #[n(6)]
    wrapped: ByteArray<48>,
    #[n(7)]
    vault: VaultId,
}

impl Raw {
    fn parse(slot: &[u8]) -> Result<Self, UnlockSlotError> {
        let body = match slot.split_first_chunk::<5>() {
            Some((magic, body)) if magic == MAGIC => body,
            Some((magic, _)) if magic.starts_with(b"SNVK") => return Err(UnlockSlotError::Version),
            _ => return Err(UnlockSlotError::Encoding),
        };
        let raw: Self = cbor::parse(body, LENGTH).map_err(|_| UnlockSlotError::Encoding)?;
        if raw.version == 1 {
            Ok(raw)
        } else {
            Err(UnlockSlotError::Version)
        }
    }

    /// Everything before the item `wrapped`, then the vault id.
    fn associated(&self) -> Vec<u8> {
        let before = (
            self.version,
            self.memory_kib,
            self.passes,
            self.lanes,
            &self.salt,
            &self.nonce,
        );
        let mut bytes = [MAGIC, &cbor::to_vec(&before)].concat();
        // The array head of the whole, not of its first six items.
        if let Some(head) = bytes.get_mut(MAGIC.len()) {
            *head = 0x88;
        }
        bytes.extend_from_slice(self.vault.as_bytes());
        bytes
    }
}

/// Making, opening and re-wrapping the bytes of `vault.key`.
#[derive(Debug, Clone, Copy)]
pub struct VaultSlot;

impl VaultSlot {
    /// Makes a new raw key and vault id, and the slot that `passphrase` opens.
    ///
    /// # Errors
    /// [`MakeSlotError`].
    pub fn make(
        passphrase: &Passphrase,
        cost: SlotCost,
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, VaultKey, VaultId), MakeSlotError> {
        let key = VaultKey::make(rng);
        let mut vault = [0; 16];
        rng.fill_bytes(&mut vault);
        let vault = VaultId::from_bytes(vault);
        let slot = Self::wrap(&key, vault, passphrase, cost, rng)?;
        Ok((slot, key, vault))
    }

    /// Opens a slot.
    ///
    /// # Errors
    /// [`UnlockSlotError`]. A slot under the floor is refused before any work is done.
    pub fn unlock(
        slot: &[u8],
        passphrase: &Passphrase,
    ) -> Result<(VaultKey, VaultId), UnlockSlotError> {
        let raw = Raw::parse(slot)?;
        let cost =
            SlotCost::new(raw.memory_kib, raw.passes, raw.lanes).ok_or(UnlockSlotError::Cost)?;
        let slot_key = slot_key(passphrase, &raw.salt, cost).ok_or(UnlockSlotError::Memory)?;
        let associated = raw.associated();
        let payload = Payload {
            msg: raw.wrapped.as_slice(),
            aad: &associated,
        };
        let opened = XChaCha20Poly1305::new((&*slot_key).into())
            .decrypt(&XNonce::from(*raw.nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| UnlockSlotError::WrongOrDamaged)?;
        let key = opened
            .first_chunk::<32>()
            .ok_or(UnlockSlotError::WrongOrDamaged)?;
        Ok((VaultKey::from_bytes(key), raw.vault))
    }

    /// The slot of the same key and vault for a changed passphrase.
    ///
    /// The old slot keeps opening the same key wherever a copy of it survives: after a suspected exposure the raw key must change too.
    ///
    /// # Errors
    /// [`MakeSlotError`].
    pub fn wrap(
        key: &VaultKey,
        vault: VaultId,
        passphrase: &Passphrase,
        cost: SlotCost,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, MakeSlotError> {
        if !passphrase.fits() {
            return Err(MakeSlotError::Passphrase);
        }
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let mut raw = Raw {
            version: 1,
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            lanes: cost.lanes,
            salt: salt.into(),
            nonce: nonce.into(),
            wrapped: [0; 48].into(),
            vault,
        };
        let slot_key = slot_key(passphrase, &salt, cost).ok_or(MakeSlotError::Memory)?;
        let associated = raw.associated();
        // EXPOSE: the raw key goes under the passphrase.
        let payload = Payload {
            msg: key.expose(),
            aad: &associated,
        };
        let wrapped = XChaCha20Poly1305::new((&*slot_key).into())
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| MakeSlotError::Memory)?;
        raw.wrapped = <[u8; 48]>::try_from(wrapped)
            .map_err(|_| MakeSlotError::Memory)?
            .into();
        Ok([MAGIC, &cbor::to_vec(&raw)].concat())
    }
}

/// `None` if the memory is not there.
fn slot_key(
    passphrase: &Passphrase,
    salt: &[u8; 16],
    cost: SlotCost,
) -> Option<Zeroizing<[u8; 32]>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut stretched = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.0.as_bytes(), salt, &mut *stretched)
        .ok()?;
    Some(Zeroizing::new(derive(VAULT_SLOT, &*stretched)))
}

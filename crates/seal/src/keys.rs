//! Public keys of a device, checked when they are read (`docs/formats/keys.md`).

use std::fmt;

use curve25519_dalek::montgomery::MontgomeryPoint;
use ed25519_dalek::VerifyingKey;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use senim_ids::{ActorId, CodedError, DeviceId, ErrorCode, VaultId};
use senim_wire::{AuthKey, cbor};

use crate::label::{ACTOR_ID, DEVICE_ID, derive16};

/// Why public keys are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the canonical encoding of `DeviceKeys`.
    #[error("keys-encoding")]
    Encoding,
    /// A key that is no point, has a second spelling, has small order or a part of small order.
    #[error("keys-weak")]
    Weak,
    /// One key stands in two roles.
    #[error("keys-repeated")]
    Repeated,
}

impl CodedError for KeyError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Encoding => ErrorCode::Unreadable,
            Self::Weak | Self::Repeated => ErrorCode::DeviceRefused,
        }
    }
}

/// An Ed25519 public key: a canonically written point of the prime-order group, not the neutral one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignKey(VerifyingKey);

impl SignKey {
    /// Checks 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Weak`] for anything else.
    pub fn parse(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Weak)?;
        // A point with a second spelling would be one key that counts as two.
        let canonical = key.to_edwards().compress().to_bytes() == bytes;
        if canonical && !key.is_weak() {
            Ok(Self(key))
        } else {
            Err(KeyError::Weak)
        }
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) const fn verifying(&self) -> &VerifyingKey {
        &self.0
    }

    /// The key as the server writes it.
    #[must_use]
    pub fn wire(&self) -> AuthKey {
        AuthKey::from_bytes(*self.0.as_bytes())
    }
}

/// An X25519 public key (RFC 7748) of large order, canonically written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EncKey([u8; 32]);

impl EncKey {
    /// Checks 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Weak`] for a point of small order (`age` would panic on it) or a number not below 2^255 - 19.
    pub fn parse(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let [first, middle @ .., last] = bytes;
        let over = last > 0x7f
            || (last == 0x7f && first >= 0xed && middle.iter().all(|byte| *byte == 0xff));
        // Clamped scalars are multiples of eight: a point of small order gives zero under every one of them.
        let small = MontgomeryPoint(bytes).mul_clamped([0x55; 32]).to_bytes() == [0; 32];
        if over || small {
            Err(KeyError::Weak)
        } else {
            Ok(Self(bytes))
        }
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The public keys of one device.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeviceKeys {
    auth: SignKey,
    sign: SignKey,
    enc: EncKey,
    admit: Option<SignKey>,
}

/// `DeviceKeys` as they stand in bytes, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RawKeys {
    #[n(0)]
    auth: ByteArray<32>,
    #[n(1)]
    sign: ByteArray<32>,
    #[n(2)]
    enc: ByteArray<32>,
    #[n(3)]
    admit: Option<ByteArray<32>>,
}

impl RawKeys {
    pub(crate) fn check(&self) -> Result<DeviceKeys, KeyError> {
        let admit = self
            .admit
            .as_ref()
            .map(|key| SignKey::parse(**key))
            .transpose()?;
        let auth = SignKey::parse(*self.auth)?;
        DeviceKeys::new(
            auth,
            SignKey::parse(*self.sign)?,
            EncKey::parse(*self.enc)?,
            admit,
        )
    }
}

impl From<&DeviceKeys> for RawKeys {
    fn from(keys: &DeviceKeys) -> Self {
        Self {
            auth: (*keys.auth.as_bytes()).into(),
            sign: (*keys.sign.as_bytes()).into(),
            enc: keys.enc.0.into(),
            admit: keys.admit.map(|key| (*key.as_bytes()).into()),
        }
    }
}

impl DeviceKeys {
    /// The keys of one device.
    ///
    /// # Errors
    /// [`KeyError::Repeated`] if one key stands in two roles.
    pub fn new(
        auth: SignKey,
        sign: SignKey,
        enc: EncKey,
        admit: Option<SignKey>,
    ) -> Result<Self, KeyError> {
        let keys = Self {
            auth,
            sign,
            enc,
            admit,
        };
        let all = keys.all();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        if distinct.len() == all.len() {
            Ok(keys)
        } else {
            Err(KeyError::Repeated)
        }
    }

    /// Reads the canonical encoding and checks every key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        cbor::parse::<RawKeys>(bytes, 256)
            .map_err(|_| KeyError::Encoding)?
            .check()
    }

    /// CBOR `[auth, sign, enc, admit / null]`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::to_vec(&RawKeys::from(self))
    }

    /// Known to the server.
    #[must_use]
    pub const fn auth(&self) -> &SignKey {
        &self.auth
    }

    /// Signs all that the device says.
    #[must_use]
    pub const fn sign(&self) -> &SignKey {
        &self.sign
    }

    /// What is given to the device is encrypted to this.
    #[must_use]
    pub const fn enc(&self) -> &EncKey {
        &self.enc
    }

    /// Signs admit lists; on an admin's device only.
    #[must_use]
    pub const fn admit(&self) -> Option<&SignKey> {
        self.admit.as_ref()
    }

    /// Every key in every role: three or four.
    #[must_use]
    pub fn all(&self) -> Vec<[u8; 32]> {
        let mut all = vec![*self.auth.as_bytes(), *self.sign.as_bytes(), self.enc.0];
        all.extend(self.admit.map(|key| *key.as_bytes()));
        all
    }
}

/// The id of the device with these keys: it follows from `sign` alone, so an author cannot claim another's id.
#[must_use]
pub fn device_id(keys: &DeviceKeys) -> DeviceId {
    id_of_sign_key(&keys.sign)
}

pub(crate) fn id_of_sign_key(sign: &SignKey) -> DeviceId {
    DeviceId::from_bytes(derive16(DEVICE_ID, sign.as_bytes()))
}

/// Who writes in automerge: one actor for each vault of a device (protocol.md 4).
#[must_use]
pub fn actor_id(device: DeviceId, vault: VaultId) -> ActorId {
    let material = [device.as_bytes().as_slice(), vault.as_bytes()].concat();
    ActorId::from_bytes(derive16(ACTOR_ID, &material))
}

macro_rules! short_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                self.as_bytes().iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(")")
            }
        }
    )*};
}
short_debug!(SignKey, EncKey);

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKeys({})", device_id(self).short())
    }
}

//! What must never leave the vault: wiped when dropped, without `Clone`, serialisation or a `Debug` that shows it.

use std::fmt;

use curve25519_dalek::montgomery::MontgomeryPoint;
use ed25519_dalek::{Signer, SigningKey};
use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretBox};
use senim_ids::{CodedError, DeviceId, ErrorCode, InviteId, OrgId};
use senim_wire::session::{self, Challenge, SessionProof};
use zeroize::Zeroizing;

use crate::keys::{DeviceKeys, EncKey, KeyError, SignKey, device_id};
use crate::label::{self, Label};

macro_rules! key32 {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name(SecretBox<[u8; 32]>);

        impl $name {
            /// A new random key.
            pub fn make(rng: &mut impl CryptoRng) -> Self {
                Self(SecretBox::init_with_mut(|key: &mut [u8; 32]| rng.fill_bytes(key)))
            }

            /// The key with these bytes. The caller wipes its own copy.
            #[must_use]
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                Self(SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(bytes)))
            }

            /// The bytes. Each use says why in an `// EXPOSE:` line.
            #[must_use]
            pub fn expose(&self) -> &[u8; 32] {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(<redacted>)"))
            }
        }
    )*};
}

key32! {
    /// The key of one document's epoch, or of an epoch of the roster log.
    DocKey;
    /// The raw key of a vault's database.
    VaultKey;
}

/// Why stored device secrets cannot be used: the vault is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceSecretsError {
    /// Not the encoding of device secrets.
    #[error("secrets-encoding")]
    Encoding,
    /// Two of the keys are equal or one is weak.
    #[error("secrets-keys")]
    Keys,
}

impl CodedError for DeviceSecretsError {
    fn code(&self) -> ErrorCode {
        ErrorCode::VaultDamaged
    }
}

/// The secret halves of a device's keys.
pub struct DeviceSecrets {
    auth: SigningKey,
    sign: SigningKey,
    enc: SecretBox<[u8; 32]>,
    admit: Option<SigningKey>,
    public: DeviceKeys,
}

#[derive(Encode, Decode)]
struct Stored<'a> {
    #[n(0)]
    version: u8,
    #[b(1)]
    auth: &'a ByteSlice,
    #[b(2)]
    sign: &'a ByteSlice,
    #[b(3)]
    enc: &'a ByteSlice,
    #[b(4)]
    admit: Option<&'a ByteSlice>,
}

impl DeviceSecrets {
    /// Makes the keys of a new device.
    ///
    /// * `with_admit`: whether it gets an `admit` key, that is whether it is an admin's device.
    pub fn make(rng: &mut impl CryptoRng, with_admit: bool) -> Self {
        loop {
            let mut seeds = Zeroizing::new([[0_u8; 32]; 4]);
            seeds.iter_mut().for_each(|seed| rng.fill_bytes(seed));
            let [auth, sign, enc, admit] = &*seeds;
            // Fails only if a random source repeats itself; then it is asked again.
            if let Ok(secrets) = Self::from_seeds(auth, sign, enc, with_admit.then_some(admit)) {
                return secrets;
            }
        }
    }

    fn from_seeds(
        auth: &[u8; 32],
        sign: &[u8; 32],
        enc: &[u8; 32],
        admit: Option<&[u8; 32]>,
    ) -> Result<Self, KeyError> {
        let auth = SigningKey::from_bytes(auth);
        let sign = SigningKey::from_bytes(sign);
        let admit = admit.map(SigningKey::from_bytes);
        let public_half = |key: &SigningKey| SignKey::parse(key.verifying_key().to_bytes());
        let public = DeviceKeys::new(
            public_half(&auth)?,
            public_half(&sign)?,
            EncKey::parse(MontgomeryPoint::mul_base_clamped(*enc).to_bytes())?,
            admit.as_ref().map(public_half).transpose()?,
        )?;
        let enc = SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(enc));
        Ok(Self {
            auth,
            sign,
            enc,
            admit,
            public,
        })
    }

    /// The public halves.
    #[must_use]
    pub const fn public(&self) -> &DeviceKeys {
        &self.public
    }

    /// The id that follows from the `sign` key.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        device_id(&self.public)
    }

    /// CBOR `[1, auth seed, sign seed, enc scalar, admit seed / null]`, for the vault only.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // EXPOSE: this is how secrets get into the vault; the buffer is large enough never to move.
        let mut bytes = Zeroizing::new(Vec::with_capacity(256));
        let stored = Stored {
            version: 1,
            auth: self.auth.as_bytes().as_slice().into(),
            sign: self.sign.as_bytes().as_slice().into(),
            enc: self.enc.expose_secret().as_slice().into(),
            admit: self
                .admit
                .as_ref()
                .map(|key| key.as_bytes().as_slice().into()),
        };
        match minicbor::encode(&stored, &mut *bytes) {
            Ok(()) => bytes,
            Err(_) => unreachable!("a Vec takes every write"),
        }
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DeviceSecretsError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DeviceSecretsError> {
        let stored: Stored<'_> =
            minicbor::decode(bytes).map_err(|_| DeviceSecretsError::Encoding)?;
        let seed = |slice: &ByteSlice| -> Result<Zeroizing<[u8; 32]>, DeviceSecretsError> {
            <[u8; 32]>::try_from(&**slice)
                .map(Zeroizing::new)
                .map_err(|_| DeviceSecretsError::Encoding)
        };
        let admit = stored.admit.map(seed).transpose()?;
        let auth = seed(stored.auth)?;
        let sign = seed(stored.sign)?;
        let enc = seed(stored.enc)?;
        let secrets = Self::from_seeds(&auth, &sign, &enc, admit.as_deref())
            .map_err(|_| DeviceSecretsError::Keys)?;
        let same = stored.version == 1 && secrets.to_bytes().as_slice() == bytes;
        if same {
            Ok(secrets)
        } else {
            Err(DeviceSecretsError::Encoding)
        }
    }

    /// Answers a server's challenge with the `auth` key.
    ///
    /// * `origin`: `https://host:port` exactly as the organisation's roster names it.
    #[must_use]
    pub fn prove_session(&self, origin: &str, challenge: &Challenge) -> SessionProof {
        let key = self.public.auth().wire();
        let input = session::signing_input(origin, &challenge.log, &key, &challenge.nonce);
        let signature = self.auth.sign(&input).to_bytes().to_vec().into();
        SessionProof {
            key,
            nonce: challenge.nonce,
            signature,
        }
    }

    /// Shows that this device holds the keys it asks to be admitted with.
    #[must_use]
    pub fn prove_possession(&self, org: OrgId, invite: InviteId) -> [u8; 64] {
        let body = crate::enrol::possession_body(org, &self.public, invite);
        self.sign_as(Label::Possession, &body)
    }

    /// Signs with the `sign` key under one label.
    pub(crate) fn sign_as(&self, label: Label, message: &[u8]) -> [u8; 64] {
        label::sign(&self.sign, label, message)
    }

    /// Signs with the `admit` key, if this device has one.
    pub(crate) fn sign_admit(&self, input: &[u8]) -> Option<[u8; 64]> {
        self.admit.as_ref().map(|key| key.sign(input).to_bytes())
    }

    pub(crate) fn enc_scalar(&self) -> &[u8; 32] {
        self.enc.expose_secret()
    }
}

impl fmt::Debug for DeviceSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceSecrets({}, <redacted>)", self.device_id().short())
    }
}

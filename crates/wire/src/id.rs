//! The ids that the server sees. It knows nothing else by name.

use std::fmt;
use std::str::FromStr;

/// The text or the bytes are not an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not-an-id")]
pub struct WireIdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $len:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The id with exactly these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes of the id.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = WireIdError;
            fn try_from(bytes: &[u8]) -> Result<Self, WireIdError> {
                bytes.try_into().map(Self).map_err(|_| WireIdError)
            }
        }

        impl FromStr for $name {
            type Err = WireIdError;
            fn from_str(text: &str) -> Result<Self, WireIdError> {
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(WireIdError);
                }
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| WireIdError)?;
                Ok(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                Self::try_from(d.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message("id of another length"))
            }
        }
    )*};
}

macro_rules! open_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(")")
            }
        }
    )*};
}

ids! {
    /// The organisation as the server knows it: 16 random bytes.
    WireOrgId: 16;
    /// One append-only log on the server: random, another one for each document and epoch.
    MailboxId: 16;
    /// BLAKE3-256 of a whole envelope, that is of ciphertext.
    EnvelopeId: 32;
    /// The random id of one server database. If it changed, the server forgot, and the device offers everything again.
    LogId: 16;
    /// An Ed25519 public key by which the server admits a device.
    AuthKey: 32;
    /// A challenge: 32 random bytes, answered once within 60 seconds.
    Nonce: 32;
    /// A session token: 32 random bytes, good for 15 minutes; the server stores its hash only.
    Token: 32;
}
open_debug!(WireOrgId, MailboxId, EnvelopeId, LogId, AuthKey, Nonce);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(<redacted>)")
    }
}

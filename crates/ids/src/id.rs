//! Fixed-length ids. In text (JSON, keys of a document, the screen) an id is lower-case hexadecimal; in CBOR a byte string.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder};

/// The text or the bytes are not an id: wrong length, or not lower-case hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not-an-id")]
pub struct IdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $len:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes; the text form is twice as long.
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

            /// The first eight hexadecimal digits: enough to tell two apart in a log.
            #[must_use]
            pub fn short(&self) -> String {
                self.0.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;
            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                // Upper case would give one id two spellings, and with that two keys in a document.
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(IdError);
                }
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError)?;
                Ok(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::try_from(d.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message("id of another length"))
            }
        }

        impl ts_rs::TS for $name {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;
            fn name(_: &ts_rs::Config) -> String {
                "string".to_owned()
            }
            fn inline(_: &ts_rs::Config) -> String {
                "string".to_owned()
            }
        }
    )*};
}

ids! {
    /// One organisation (a National Preventive Mechanism): random, stands in its genesis.
    OrgId: 16;
    /// One person of the organisation, on whichever devices.
    MemberId: 8;
    /// One vault of one member on one tablet: derived from its `sign` key (`docs/formats/keys.md`).
    DeviceId: 16;
    /// Random name of a vault's folder contents; made anew when a vault is made.
    VaultId: 16;
    /// Who writes in automerge: hash of device id and vault id (protocol.md 4).
    ActorId: 16;
    /// A document: the hash of its genesis act.
    DocId: 32;
    /// A place of a facility: a building, a kind of room. Never a cell number outside sealed parts.
    PlaceId: 8;
    /// A row of a repeated group. Random, never a position.
    RowId: 8;
    /// An invitation of one device to the organisation, used once.
    InviteId: 16;
    /// Hash of the bytes of one act.
    ActHash: 32;
    /// Hash of one automerge change.
    ChangeHash: 32;
    /// What a record says, apart from the key it was sealed under (`docs/formats/record.md`).
    RecordHash: 32;
    /// Hash of one roster entry with its signatures.
    RosterHash: 32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_has_one_spelling() {
        let id = MemberId::from_bytes([0xab, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(id.to_string(), "ab01020304050607");
        assert_eq!("ab01020304050607".parse::<MemberId>(), Ok(id));
        assert_eq!("AB01020304050607".parse::<MemberId>(), Err(IdError));
        assert_eq!("ab010203040506".parse::<MemberId>(), Err(IdError));
    }

    #[test]
    fn cbor_refuses_another_length() {
        let bytes = minicbor::to_vec(MemberId::from_bytes([7; 8])).unwrap();
        assert_eq!(
            minicbor::decode::<MemberId>(&bytes).unwrap(),
            MemberId::from_bytes([7; 8])
        );
        assert!(minicbor::decode::<DeviceId>(&bytes).is_err());
    }
}

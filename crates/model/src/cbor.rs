//! CBOR in one canonical form: a value has exactly one encoding, the one written here (`docs/formats/README.md`).

use minicbor::{Decode, Encode};

/// The bytes are not the canonical encoding of the type, or are over the cap given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not-canonical")]
pub struct NotCanonical;

/// The canonical encoding of `value`.
pub(crate) fn to_vec<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        // Writing to a Vec cannot fail and none of our types refuses to be written.
        Err(_) => unreachable!("a Vec takes every write"),
    }
}

/// The value of which `bytes`, at most `cap` of them, are the canonical encoding.
pub(crate) fn parse<T>(bytes: &[u8], cap: usize) -> Result<T, NotCanonical>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    if bytes.len() > cap {
        return Err(NotCanonical);
    }
    let value: T = minicbor::decode(bytes).map_err(|_| NotCanonical)?;
    if to_vec(&value) == bytes {
        Ok(value)
    } else {
        Err(NotCanonical)
    }
}

/// A byte string, written as CBOR bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Contents stay out of logs: they may be somebody's words.
        write!(f, "Bytes({})", self.0.len())
    }
}

impl<C> Encode<C> for Bytes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Bytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.bytes().map(|bytes| Self(bytes.to_vec()))
    }
}

/// Writes a type as the text that its `Display` gives and reads it with its `FromStr`.
macro_rules! cbor_as_text {
    ($name:ty, $what:literal) => {
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.to_string())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                d.str()?
                    .parse()
                    .map_err(|_| minicbor::decode::Error::message($what))
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
                text.parse().map_err(|_| serde::de::Error::custom($what))
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
    };
}
pub(crate) use cbor_as_text;

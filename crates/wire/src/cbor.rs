//! CBOR in one canonical form.
//!
//! A value has exactly one encoding here: the one this crate writes (definite lengths, shortest integers, no trailing bytes, no
//! unknown fields). [`parse`] decodes and then compares the re-encoding with what came in, so two readers can never see two things in
//! one byte string. Signatures are always checked over the received bytes, not over the re-encoding.

use minicbor::{Decode, Encode};

/// The bytes are not the canonical encoding of the type, or are over the cap given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not-canonical")]
pub struct NotCanonical;

/// The canonical encoding of `value`.
#[must_use]
pub fn to_vec<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        // Writing to a Vec cannot fail and none of our types refuses to be written.
        Err(_) => unreachable!("a Vec takes every write"),
    }
}

/// The value of which `bytes`, at most `cap` of them, are the canonical encoding.
///
/// # Errors
/// [`NotCanonical`] for anything else; nothing was kept.
pub fn parse<T>(bytes: &[u8], cap: usize) -> Result<T, NotCanonical>
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

/// A byte string: `Vec<u8>` that is written as CBOR bytes instead of an array of numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Contents stay out of logs: they may be somebody's words.
        write!(f, "Bytes({})", self.0.len())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_encoding() {
        assert_eq!(parse::<u64>(&to_vec(&5_u64), 16), Ok(5));
        assert_eq!(
            parse::<u64>(&[0x18, 5], 16),
            Err(NotCanonical),
            "longer integer"
        );
        assert_eq!(
            parse::<u64>(&[5, 0], 16),
            Err(NotCanonical),
            "trailing byte"
        );
        assert_eq!(
            parse::<Bytes>(&[0x5f, 0x41, 1, 0xff], 16),
            Err(NotCanonical),
            "indefinite"
        );
        assert_eq!(
            parse::<Bytes>(&to_vec(&Bytes(vec![0; 20])), 16),
            Err(NotCanonical),
            "cap"
        );
    }
}

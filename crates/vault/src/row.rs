//! Between SQL's blobs and integers and our ids, numbers and words.

use senim_ids::{DocId, DocKind, UnixMillis};

use crate::error::VaultError;

/// The value of a blob column.
pub(crate) type Blob = Vec<u8>;

/// The id in a blob column.
pub(crate) fn id<T: for<'a> TryFrom<&'a [u8]>>(bytes: &[u8]) -> Result<T, VaultError> {
    T::try_from(bytes).map_err(|_| VaultError::SHAPE)
}

/// The id in a blob column where an empty blob means none.
pub(crate) fn optional_id<T: for<'a> TryFrom<&'a [u8]>>(
    bytes: &[u8],
) -> Result<Option<T>, VaultError> {
    if bytes.is_empty() {
        Ok(None)
    } else {
        id(bytes).map(Some)
    }
}

/// The ids of a blob column, `LEN` bytes each.
pub(crate) fn ids<T: for<'a> TryFrom<&'a [u8]>, const LEN: usize>(
    bytes: &[u8],
) -> Result<Vec<T>, VaultError> {
    let chunks = bytes.chunks_exact(LEN);
    if !chunks.remainder().is_empty() {
        return Err(VaultError::SHAPE);
    }
    chunks.map(id).collect()
}

/// The blob of a document id that may be absent.
pub(crate) fn optional_doc(doc: Option<&DocId>) -> &[u8] {
    doc.map_or(&[], |doc| doc.as_bytes().as_slice())
}

/// A count as SQL takes it. Counts of others are hostile: above 2^63 they are refused.
pub(crate) fn int(number: u64) -> Result<i64, VaultError> {
    i64::try_from(number).map_err(|_| VaultError::OutOfRange)
}

/// A count as SQL gives it.
pub(crate) fn count(number: i64) -> Result<u64, VaultError> {
    u64::try_from(number).map_err(|_| VaultError::SHAPE)
}

/// A time as SQL gives it.
pub(crate) fn time(number: i64) -> Result<UnixMillis, VaultError> {
    count(number).map(UnixMillis)
}

/// A time that may be absent, as SQL takes it.
pub(crate) fn optional_int(time: Option<UnixMillis>) -> Result<i64, VaultError> {
    time.map_or(Ok(-1), |time| int(time.0))
}

/// A time that may be absent, as SQL gives it.
pub(crate) fn optional_time(number: i64) -> Result<Option<UnixMillis>, VaultError> {
    if number < 0 {
        Ok(None)
    } else {
        time(number).map(Some)
    }
}

/// The kind of document in a text column.
pub(crate) fn doc_kind(word: &str) -> Result<DocKind, VaultError> {
    DocKind::parse(word).ok_or(VaultError::SHAPE)
}

/// `Debug` without contents: rows hold ciphertext, keys or people's words.
macro_rules! closed_debug {
    ($($name:ident),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}
pub(crate) use closed_debug;

/// Words of a closed list as small integers of a column.
macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            pub(crate) const fn number(self) -> i64 {
                match self { $(Self::$variant => $number,)* }
            }

            #[allow(dead_code, reason = "some lists are written here and read only by SQL")]
            pub(crate) const fn from_number(number: i64) -> Result<Self, $crate::error::VaultError> {
                match number { $($number => Ok(Self::$variant),)* _ => Err($crate::error::VaultError::SHAPE) }
            }
        }
    )*};
}
pub(crate) use numbered;

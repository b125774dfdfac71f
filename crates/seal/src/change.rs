//! The hash that automerge names a change by, computed without automerge: it binds the payload of a record to its signed head.

use sha2::{Digest, Sha256};

use senim_ids::ChangeHash;

/// The bytes are not one uncompressed automerge change chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("change")]
pub struct ChangeError;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const TYPE_CHANGE: u8 = 1;

/// The hash of one change in the form `Change::raw_bytes` gives when it is not compressed.
///
/// A chunk is `magic[4] | checksum[4] | type 1[1] | length LEB128 | data`; the hash is SHA-256 over all from the type on, the checksum
/// its first four bytes.
///
/// # Errors
/// [`ChangeError`]: another type (a document, a compressed change), a wrong checksum, a length that is not that of the rest.
///
/// # Source
/// Automerge binary format 1.0, section "Chunks".
pub fn change_hash(chunk: &[u8]) -> Result<ChangeHash, ChangeError> {
    let rest = chunk.strip_prefix(&MAGIC).ok_or(ChangeError)?;
    let (checksum, hashed) = rest.split_first_chunk::<4>().ok_or(ChangeError)?;
    let (kind, body) = hashed.split_first().ok_or(ChangeError)?;
    let (length, data) = leb128(body).ok_or(ChangeError)?;
    if *kind != TYPE_CHANGE || length != data.len() as u64 {
        return Err(ChangeError);
    }
    let hash: [u8; 32] = Sha256::digest(hashed).into();
    if hash.first_chunk::<4>() == Some(checksum) {
        Ok(ChangeHash::from_bytes(hash))
    } else {
        Err(ChangeError)
    }
}

/// An unsigned LEB128 number of at most five bytes in its shortest form, and what follows it.
fn leb128(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut rest = bytes;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, after) = rest.split_first()?;
        rest = after;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            let shortest = shift == 0 || *byte != 0;
            return shortest.then_some((value, rest));
        }
    }
    None
}

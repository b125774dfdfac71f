//! The plan of chunks.

/// Bytes of one chunk before sealing. All sealed chunks then have one size, which hides how much one photo shows of what
/// (`security.md` 2, row 45). The same number as `CHUNK` in `docs/formats/caps.md`.
pub const CHUNK: usize = 256 * 1024;

/// The bytes in order, [`CHUNK`] at a time; the last piece may be shorter. Nothing for no bytes.
pub fn chunks(bytes: &[u8]) -> impl ExactSizeIterator<Item = &[u8]> {
    bytes.chunks(CHUNK)
}

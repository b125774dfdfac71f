//! What one photo may cost.

/// What one photo may cost before it is refused. [`Limits::default`] holds the caps of the system; a test or a small tablet
/// may ask for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the file in bytes. 32 MiB: the largest JPEG of a 50-megapixel phone is about 25 MB.
    pub file_bytes: usize,
    /// Width times height. 50 million: the common full-resolution mode of phones; what is above has no more to show.
    pub pixels: u64,
    /// Bytes the decoder may hold at one time: its copy of the file, its coefficients and the pixels. 512 MiB is what the
    /// largest progressive colour JPEG within the other two caps needs.
    pub decoder_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 32 * 1024 * 1024,
            pixels: 50_000_000,
            decoder_bytes: 512 * 1024 * 1024,
        }
    }
}

//! zstd around the change. A decoder that stops at the cap: 64 KiB can say 64 MiB.

use std::io::{self, Read};

use zeroize::Zeroizing;

const LEVEL: i32 = 9;
/// 2^23 bytes: more memory than the decoder may ask for on behalf of a payload.
const WINDOW_LOG: u32 = 23;

pub(super) fn compress(change: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    zstd::stream::encode_all(change, LEVEL).map(Zeroizing::new)
}

/// Decompresses one frame with nothing after it to at most `cap` bytes.
pub(super) fn decompress(payload: &[u8], cap: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(payload)?.single_frame();
    decoder.window_log_max(WINDOW_LOG)?;
    // Room for all of it at once, so that no copy stays behind; one byte more shows that the cap was passed.
    let mut change = Zeroizing::new(Vec::with_capacity(cap.saturating_add(1)));
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    decoder.by_ref().take(limit).read_to_end(&mut change)?;
    let over = change.len() > cap || !decoder.finish().is_empty();
    if over {
        Err(io::ErrorKind::InvalidData.into())
    } else {
        Ok(change)
    }
}

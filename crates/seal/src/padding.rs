//! Lengths that tell little: Padmé (Nikitin et al., PETS 2019) from 1 KiB up.

/// The plaintext's end is not the padding of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("padding")]
pub struct PaddingError;

/// Shortest padded plaintext.
const LEAST: u64 = 1024;

/// The length of the class that `length` belongs to: at most 12 % more than `length`.
///
/// With E = floor(log2 L) and S = floor(log2 E) + 1, the last E - S bits are rounded up to zero. Below 2 it is `length` itself;
/// a class that would not fit 64 bits is `u64::MAX`.
#[must_use]
pub const fn padme(length: u64) -> u64 {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let kept = match exponent.checked_ilog2() {
        Some(log) => log.saturating_add(1),
        None => 1,
    };
    let mask = (1_u64 << exponent.saturating_sub(kept)).saturating_sub(1);
    match length.checked_add(mask) {
        Some(sum) => sum & !mask,
        None => u64::MAX,
    }
}

/// The length of the padded plaintext of `content` bytes: `padme(max(1024, content + 1))`.
#[must_use]
pub fn padded_len(content: u64) -> u64 {
    padme(content.saturating_add(1).max(LEAST))
}

/// Appends `0x80` and zeros up to the class.
pub(crate) fn pad(content: &mut Vec<u8>) {
    let length = usize::try_from(padded_len(content.len() as u64)).unwrap_or(usize::MAX);
    content.push(0x80);
    content.resize(length, 0);
}

/// The content at the beginning of a padded plaintext.
pub(crate) fn unpad(plaintext: &[u8]) -> Result<&[u8], PaddingError> {
    let end = plaintext
        .iter()
        .rposition(|byte| *byte != 0)
        .ok_or(PaddingError)?;
    let (content, rest) = plaintext.split_at_checked(end).ok_or(PaddingError)?;
    let class = padded_len(content.len() as u64) == plaintext.len() as u64;
    if rest.first() == Some(&0x80) && class {
        Ok(content)
    } else {
        Err(PaddingError)
    }
}

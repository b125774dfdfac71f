//! Text of QR codes: `SENIM:` kind letter `:` base32 (`docs/formats/qr.md`).

use senim_ids::{CodedError, ErrorCode};
use senim_wire::caps;

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QrKind {
    /// Shown by an admin.
    Invite,
    /// Shown by the new device.
    Join,
    /// Shown by a device with its own hotspot.
    HandOver,
}

impl QrKind {
    const fn letter(self) -> char {
        match self {
            Self::Invite => 'I',
            Self::Join => 'J',
            Self::HandOver => 'H',
        }
    }
}

/// Why a text is not a code of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// Longer than [`caps::QR_TEXT`].
    #[error("qr-length")]
    Length,
    /// Not one of Senim's codes, or of another kind.
    #[error("qr-kind")]
    Kind,
    /// A letter that is not base32, or a second spelling.
    #[error("qr-letters")]
    Letters,
    /// A letter was lost or changed.
    #[error("qr-checksum")]
    Checksum,
}

impl CodedError for QrError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unreadable
    }
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The text of a code.
///
/// # Errors
/// [`QrError::Length`] over [`caps::QR_TEXT`].
pub fn qr_encode(kind: QrKind, payload: &[u8]) -> Result<String, QrError> {
    let checksum = blake3::hash(payload);
    let bytes = payload.iter().chain(checksum.as_bytes().iter().take(4));
    let text = format!("SENIM:{}:{}", kind.letter(), base32(bytes.copied()));
    if text.len() > caps::QR_TEXT {
        Err(QrError::Length)
    } else {
        Ok(text)
    }
}

/// The payload of a code of this kind. White space around it and lower case are forgiven: people type.
///
/// # Errors
/// [`QrError`].
pub fn qr_decode(kind: QrKind, text: &str) -> Result<Vec<u8>, QrError> {
    let text = text.trim();
    if text.len() > caps::QR_TEXT {
        return Err(QrError::Length);
    }
    let text = text.to_ascii_uppercase();
    let prefix = format!("SENIM:{}:", kind.letter());
    let letters = text.strip_prefix(&prefix).ok_or(QrError::Kind)?;
    let bytes = unbase32(letters).ok_or(QrError::Letters)?;
    let (payload, checksum) = bytes.split_last_chunk::<4>().ok_or(QrError::Checksum)?;
    if blake3::hash(payload).as_bytes().starts_with(checksum) {
        Ok(payload.to_vec())
    } else {
        Err(QrError::Checksum)
    }
}

/// RFC 4648 without padding.
fn base32(bytes: impl Iterator<Item = u8>) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(byte);
        bits = bits.saturating_add(8);
        while bits >= 5 {
            bits = bits.saturating_sub(5);
            text.push(letter(held >> bits));
        }
    }
    if bits > 0 {
        text.push(letter(held << 5_u32.saturating_sub(bits)));
    }
    text
}

fn letter(value: u32) -> char {
    let index = usize::try_from(value & 31).unwrap_or_default();
    ALPHABET
        .get(index)
        .map_or('A', |letter| char::from(*letter))
}

/// `None` for other letters and for bits left over that are not zero.
fn unbase32(letters: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in letters.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        held = ((held << 5) | u32::try_from(value).ok()?) & 0xfff;
        bits = bits.saturating_add(5);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    let left = held & (1_u32 << bits).saturating_sub(1);
    (bits < 5 && left == 0).then_some(bytes)
}

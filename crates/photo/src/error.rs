//! Why a photo is refused.

use senim_ids::{CodedError, ErrorCode};

/// What the first bytes of a refused file say it is. A guess for the sentence on the screen, never a reason to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// HEIC or HEIF, what many phones write unless they are told "most compatible".
    Heif,
    /// AVIF.
    Avif,
    /// WebP.
    WebP,
    /// GIF.
    Gif,
    /// TIFF, or a raw format of a camera that begins like it.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// None of these: a video, a document, text, nothing at all.
    Unknown,
}

/// Why a photo was refused. Nothing of it was kept, and no variant carries bytes or words of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// Neither JPEG nor PNG.
    #[error("format-refused")]
    Format(Kind),
    /// A JPEG or PNG of a rare sort that the decoders do not read (arithmetic coding, lossless, 12 bit).
    #[error("sort-refused")]
    Sort,
    /// A PNG with several frames: one of them would be kept and the others lost without a word.
    #[error("animated")]
    Animated,
    /// Cut off, or not what its header says. Also when the decoder gave up in a way that it should not.
    #[error("damaged")]
    Damaged,
    /// The file is longer than [`crate::Limits::file_bytes`].
    #[error("file-too-large")]
    FileTooLarge,
    /// More than [`crate::Limits::pixels`].
    #[error("too-many-pixels")]
    TooManyPixels,
    /// Decoding would need more than [`crate::Limits::decoder_bytes`], or goes over the picture more often than any camera
    /// writes it.
    #[error("too-costly")]
    TooCostly,
    /// No rectangle, too many, or one that is empty or outside the picture.
    #[error("bad-rectangle")]
    Rectangle,
    /// [`crate::blur`] works on what [`crate::prepare`] made, and these bytes are something else.
    #[error("not-prepared")]
    NotPrepared,
    /// The picture could not be written again. Nothing was kept.
    #[error("not-encoded")]
    NotEncoded,
}

impl CodedError for PhotoError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Format(_) | Self::Sort | Self::Animated | Self::Damaged => {
                ErrorCode::PhotoRefused
            }
            Self::FileTooLarge | Self::TooManyPixels | Self::TooCostly => ErrorCode::PhotoTooLarge,
            Self::Rectangle | Self::NotPrepared => ErrorCode::BadRequest,
            Self::NotEncoded => ErrorCode::Internal,
        }
    }
}

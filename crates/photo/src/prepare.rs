//! From the camera's bytes to what may be sealed.

use std::fmt;

use image::{DynamicImage, RgbImage};

use crate::decode::{Decoded, decode};
use crate::encode::{QUALITY, THUMBNAIL_QUALITY, encode};
use crate::error::PhotoError;
use crate::limits::Limits;
use crate::shrink::shrink;
use crate::taken::StatedTime;

/// Longest side of a prepared photo in pixels. 2560 prints at 300 dpi across the width of an A4 page (21 cm = 2480) and
/// keeps a photographed page of a register readable, while a photo stays about a megabyte on a slow link.
pub const LONG_SIDE: u32 = 2560;

/// Longest side of a thumbnail in pixels: two columns of a list on a tablet, sharp on a dense screen.
pub const THUMBNAIL_SIDE: u32 = 320;

/// A photo that may be sealed: upright, at most [`LONG_SIDE`] long, without metadata.
///
/// Made by [`prepare`] and [`crate::blur`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    jpeg: Vec<u8>,
    thumbnail: Vec<u8>,
    width: u32,
    height: u32,
    taken: Option<StatedTime>,
}

impl Prepared {
    /// The photo as a baseline JPEG with no application or comment segment.
    #[must_use]
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }

    /// The same picture at most [`THUMBNAIL_SIDE`] long, as such a JPEG.
    #[must_use]
    pub fn thumbnail(&self) -> &[u8] {
        &self.thumbnail
    }

    /// Width in pixels, 1 to [`LONG_SIDE`].
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, 1 to [`LONG_SIDE`].
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// When the camera says that it took the photo. Stated, never proof; nothing of it is in the bytes.
    #[must_use]
    pub const fn taken(&self) -> Option<StatedTime> {
        self.taken
    }

    /// The bytes of the photo and of its thumbnail.
    #[must_use]
    pub fn into_bytes(self) -> (Vec<u8>, Vec<u8>) {
        (self.jpeg, self.thumbnail)
    }

    /// Writes both pictures of these pixels, which are upright and small enough.
    pub(crate) fn of(picture: &RgbImage, taken: Option<StatedTime>) -> Result<Self, PhotoError> {
        let small = shrink(picture, THUMBNAIL_SIDE)?;
        Ok(Self {
            jpeg: encode(picture, QUALITY)?,
            thumbnail: encode(small.as_ref().unwrap_or(picture), THUMBNAIL_QUALITY)?,
            width: picture.width(),
            height: picture.height(),
            taken,
        })
    }
}

/// Sizes alone: a photo stays out of logs, and so does when it was taken.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = (self.width, self.height);
        write!(f, "Prepared({width}x{height}, {} bytes)", self.jpeg.len())
    }
}

/// Decodes a photo, turns it upright, shrinks it to [`LONG_SIDE`] and writes it again without any metadata.
///
/// The same bytes give the same result on one device. Two kinds of processor may round a shrunk pixel differently, so what
/// identifies a photo is the hash of the result, never that of the camera's file. A colour profile is not applied: wide
/// colours of a phone come out slightly paler.
///
/// # Errors
/// [`PhotoError`]: the photo was refused, nothing of it was kept.
pub fn prepare(bytes: &[u8], limits: Limits) -> Result<Prepared, PhotoError> {
    let Decoded {
        pixels,
        orientation,
        taken,
    } = decode(bytes, limits)?;
    // Shrunk first: a turn of the full picture would hold it in memory twice.
    let small = shrink(&pixels, LONG_SIDE)?.unwrap_or(pixels);
    let mut upright = DynamicImage::ImageRgb8(small);
    upright.apply_orientation(orientation);
    Prepared::of(&upright.into_rgb8(), taken)
}

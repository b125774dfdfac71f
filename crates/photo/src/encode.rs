//! Pixels to a JPEG that holds nothing else.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};

use crate::error::PhotoError;
use crate::markers::without_metadata;

/// JPEG quality (1 to 100, the scale of libjpeg) of the photo. At 85 and full colour resolution small print stays readable
/// and the edge and tint of a bruise stay; above, bytes grow faster than what can be seen.
pub const QUALITY: u8 = 85;

/// JPEG quality of the thumbnail, which is only a way to find the photo.
pub const THUMBNAIL_QUALITY: u8 = 75;

/// A baseline JPEG of these pixels, three colours at full resolution, without any application or comment segment.
///
/// # Errors
/// [`PhotoError::NotEncoded`] if the encoder refuses the sides.
pub(crate) fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, PhotoError> {
    let (width, height) = picture.dimensions();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(|_| PhotoError::NotEncoded)?;
    without_metadata(&jpeg)
}

//! A smaller copy of a picture.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use image::RgbImage;

use crate::error::PhotoError;

/// The picture with its long side at most `side` pixels, by a Lanczos filter; as it is if that holds already.
///
/// # Errors
/// [`PhotoError::NotEncoded`] if the resizer refuses, which it does for no picture that was decoded.
pub(crate) fn shrink(picture: &RgbImage, side: u32) -> Result<Option<RgbImage>, PhotoError> {
    let (width, height) = picture.dimensions();
    if width.max(height) <= side {
        return Ok(None);
    }
    let (to_width, to_height) = fitted(width, height, side);
    let from = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3)
        .map_err(|_| PhotoError::NotEncoded)?;
    let mut to = Image::new(to_width, to_height, PixelType::U8x3);
    Resizer::new()
        .resize(&from, &mut to, None)
        .map_err(|_| PhotoError::NotEncoded)?;
    RgbImage::from_raw(to_width, to_height, to.into_vec())
        .map(Some)
        .ok_or(PhotoError::NotEncoded)
}

/// Sides in the same proportion, the longer one exactly `side`, the shorter one at least a pixel.
fn fitted(width: u32, height: u32, side: u32) -> (u32, u32) {
    let long = u64::from(width.max(height));
    let scaled = |length: u32| {
        let length = u64::from(length)
            .saturating_mul(side.into())
            .saturating_add(long / 2);
        let length = length.checked_div(long).unwrap_or(1);
        u32::try_from(length).unwrap_or(side).clamp(1, side)
    };
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_keep_their_proportion() {
        assert_eq!(fitted(4000, 3000, 2560), (2560, 1920));
        assert_eq!(fitted(3000, 4000, 2560), (1920, 2560));
        assert_eq!(fitted(65_535, 1, 2560), (2560, 1));
        assert_eq!(fitted(2561, 2561, 2560), (2560, 2560));
    }

    #[test]
    fn a_small_picture_is_left_alone() {
        assert_eq!(shrink(&RgbImage::new(320, 200), 320), Ok(None));
    }
}

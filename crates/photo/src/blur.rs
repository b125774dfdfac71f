//! Taking parts of a picture away.

use image::metadata::Orientation;
use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::decode::{Decoded, decode};
use crate::error::PhotoError;
use crate::limits::Limits;
use crate::prepare::{LONG_SIDE, Prepared};

/// Rectangles in one call: a photo with more faces than that shows too many people.
pub const MAX_RECTANGLES: usize = 64;

/// Side of a tile of the pattern, and the grid that a rectangle is widened to. JPEG spreads what a block of 8 or 16 pixels
/// shows over the whole block: on this grid no block is part hidden and part kept.
const TILE: u32 = 16;

const LIGHT: Rgb<u8> = Rgb([144, 144, 144]);
const DARK: Rgb<u8> = Rgb([112, 112, 112]);

/// A part of a picture in thousandths of its width and height, counted from the left and top edge as the picture is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Rectangle {
    /// Left edge, 0 to 999.
    pub x: u16,
    /// Top edge, 0 to 999.
    pub y: u16,
    /// At least 1; `x + width` at most 1000.
    pub width: u16,
    /// At least 1; `y + height` at most 1000.
    pub height: u16,
}

/// A copy of a prepared photo in which nothing is left of what the rectangles covered.
///
/// Each rectangle, widened to whole tiles of 16 pixels, is filled with a pattern of grey tiles that does not depend on what
/// was there. Soft blur can be undone, and a mosaic of averages can be matched against faces and digits; this cannot, for no
/// pixel, average or shade of the covered part goes into the result. The thumbnail is made anew. The original is not
/// touched: whether it is kept is for the caller to decide and to show.
///
/// * `jpeg`: the bytes of a [`Prepared`]. Its capture time is not in them, so the copy states none.
///
/// # Errors
/// [`PhotoError::Rectangle`] for no rectangle, more than [`MAX_RECTANGLES`], or one that is empty or reaches outside;
/// [`PhotoError::NotPrepared`] for a picture that [`crate::prepare`] did not make; and what `prepare` refuses.
pub fn blur(jpeg: &[u8], rectangles: &[Rectangle]) -> Result<Prepared, PhotoError> {
    if rectangles.is_empty() || rectangles.len() > MAX_RECTANGLES {
        return Err(PhotoError::Rectangle);
    }
    if !rectangles
        .iter()
        .all(|r| within(r.x, r.width) && within(r.y, r.height))
    {
        return Err(PhotoError::Rectangle);
    }
    let Decoded {
        mut pixels,
        orientation,
        ..
    } = decode(jpeg, Limits::default())?;
    // A turn would move the rectangles, and shrinking afterwards would smear what they cover over their edge.
    if orientation != Orientation::NoTransforms || pixels.width().max(pixels.height()) > LONG_SIDE {
        return Err(PhotoError::NotPrepared);
    }
    for rectangle in rectangles {
        hide(&mut pixels, *rectangle);
    }
    Prepared::of(&pixels, None)
}

const fn within(start: u16, length: u16) -> bool {
    length > 0 && start.saturating_add(length) <= 1000
}

fn hide(picture: &mut RgbImage, rectangle: Rectangle) {
    let (left, right) = tiles(rectangle.x, rectangle.width, picture.width());
    let (top, bottom) = tiles(rectangle.y, rectangle.height, picture.height());
    for y in top..bottom {
        for x in left..right {
            let even = (x / TILE).saturating_add(y / TILE).is_multiple_of(2);
            picture.put_pixel(x, y, if even { LIGHT } else { DARK });
        }
    }
}

/// First pixel and the one behind the last along one side, widened to whole tiles.
fn tiles(start: u16, length: u16, side: u32) -> (u32, u32) {
    let end = u32::from(start.saturating_add(length));
    let first = u32::from(start).saturating_mul(side) / 1000 / TILE;
    let last = end.saturating_mul(side).div_ceil(1000).div_ceil(TILE);
    (
        first.saturating_mul(TILE),
        last.saturating_mul(TILE).min(side),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_widened_to_whole_tiles_and_never_beyond_the_picture() {
        assert_eq!(tiles(0, 1000, 100), (0, 100));
        assert_eq!(tiles(170, 10, 100), (16, 32));
        assert_eq!(tiles(999, 1, 100), (96, 100));
        assert_eq!(tiles(500, 1, 2560), (1280, 1296));
        assert_eq!(tiles(0, 1, 1), (0, 1));
    }
}

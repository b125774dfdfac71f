//! Hostile bytes to pixels, within limits and without a panic.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::error::ImageError;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, Rgb, RgbImage, RgbaImage};

use crate::error::{Kind, PhotoError};
use crate::limits::Limits;
use crate::markers;
use crate::taken::{StatedTime, stated_time};

/// Pixels as they lie in the file, and the two things that are read beside them.
pub(crate) struct Decoded {
    pub(crate) pixels: RgbImage,
    pub(crate) orientation: Orientation,
    pub(crate) taken: Option<StatedTime>,
}

/// Decodes a JPEG or PNG.
///
/// # Errors
/// [`PhotoError`], decided as early as the bytes allow: the caps before any pixel is decoded.
pub(crate) fn decode(bytes: &[u8], limits: Limits) -> Result<Decoded, PhotoError> {
    if bytes.len() > limits.file_bytes {
        return Err(PhotoError::FileTooLarge);
    }
    // Decoders of hostile bytes have panicked before. Nothing outlives the call but its result, so nothing can be left
    // half-done by it.
    let outcome = catch_unwind(AssertUnwindSafe(|| match Magic::of(bytes) {
        Magic::Jpeg => jpeg(bytes, limits),
        Magic::Png => png(bytes, limits),
        Magic::Other(kind) => Err(PhotoError::Format(kind)),
    }));
    outcome.unwrap_or(Err(PhotoError::Damaged))
}

enum Magic {
    Jpeg,
    Png,
    Other(Kind),
}

impl Magic {
    /// By the first bytes; a name or a stated type is never asked.
    fn of(bytes: &[u8]) -> Self {
        let brand = bytes.get(4..8) == Some(b"ftyp".as_slice());
        let brand = bytes.get(8..12).filter(|_| brand);
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Self::Png,
            [b'G', b'I', b'F', b'8', ..] => Self::Other(Kind::Gif),
            [b'B', b'M', ..] => Self::Other(Kind::Bmp),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Self::Other(Kind::Tiff),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Self::Other(Kind::WebP),
            _ => Self::Other(match brand {
                Some(b"avif" | b"avis") => Kind::Avif,
                Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => {
                    Kind::Heif
                }
                _ => Kind::Unknown,
            }),
        }
    }
}

fn jpeg(bytes: &[u8], limits: Limits) -> Result<Decoded, PhotoError> {
    let frame = markers::walk(bytes)?;
    let pixels = check_pixels(frame.width.into(), frame.height.into(), limits)?;
    // The trailer (a video of a "live" photo, a second picture, whatever was appended) is not even shown to the decoder.
    let bytes = bytes.get(..frame.length).ok_or(PhotoError::Damaged)?;
    // Its copy of the file grows by doubling.
    let copy = u64::try_from(bytes.len())
        .unwrap_or(u64::MAX)
        .saturating_mul(2);
    // Two bytes for each coefficient; the rim of up to 32 pixels is what the largest unit of the format rounds up to.
    let rim = |side: u16| u64::from(side).saturating_add(31);
    let coefficients = if frame.keeps_coefficients {
        let area = rim(frame.width).saturating_mul(rim(frame.height));
        area.saturating_mul(2)
            .saturating_mul(frame.components.into())
    } else {
        0
    };
    let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(refusal)?;
    finish(decoder, pixels, copy.saturating_add(coefficients), limits)
}

fn png(bytes: &[u8], limits: Limits) -> Result<Decoded, PhotoError> {
    // The caps stand before the decoder is made: IHDR is always the first chunk.
    let side = |at: usize| {
        let side = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
        side.map(|s| u32::from_be_bytes(*s))
            .ok_or(PhotoError::Damaged)
    };
    let pixels = check_pixels(side(16)?, side(20)?, limits)?;
    let mut inner = image::Limits::no_limits();
    inner.max_alloc = Some(limits.decoder_bytes);
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), inner).map_err(refusal)?;
    if decoder.is_apng().map_err(refusal)? {
        return Err(PhotoError::Animated);
    }
    finish(decoder, pixels, 0, limits)
}

fn check_pixels(width: u32, height: u32, limits: Limits) -> Result<u64, PhotoError> {
    let pixels = u64::from(width).saturating_mul(height.into());
    if pixels > limits.pixels {
        Err(PhotoError::TooManyPixels)
    } else {
        Ok(pixels)
    }
}

/// Decodes what was opened.
///
/// * `pixels`: as the caps counted them.
/// * `besides`: bytes the decoder holds beside its output.
fn finish(
    mut decoder: impl ImageDecoder,
    pixels: u64,
    besides: u64,
    limits: Limits,
) -> Result<Decoded, PhotoError> {
    let (width, height) = decoder.dimensions();
    // Header walk and decoder must speak of one picture, or the caps were asked about another.
    if u64::from(width).saturating_mul(height.into()) != pixels {
        return Err(PhotoError::Damaged);
    }
    // All but plain colour is turned into it: at most four bytes a pixel more while both stand.
    let turned = match decoder.color_type() {
        ColorType::Rgb8 => 0,
        _ => pixels.saturating_mul(4),
    };
    let needed = decoder
        .total_bytes()
        .saturating_add(turned)
        .saturating_add(besides);
    let mut inner = image::Limits::no_limits();
    inner.max_alloc = Some(limits.decoder_bytes);
    inner.reserve(needed).map_err(refusal)?;
    decoder.set_limits(inner).map_err(refusal)?;
    let exif = decoder.exif_metadata().map_err(refusal)?;
    let orientation = decoder.orientation().map_err(refusal)?;
    let taken = exif.and_then(stated_time);
    let image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    Ok(Decoded {
        pixels: colour(image),
        orientation,
        taken,
    })
}

/// Eight bits of red, green and blue. What is transparent lies on white, as a reader shows it: dropping the transparency
/// alone would bring back pixels that someone had erased with it.
fn colour(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let layered: RgbaImage = image.into_rgba8();
    let mut flat = RgbImage::new(layered.width(), layered.height());
    for (to, from) in flat.pixels_mut().zip(layered.pixels()) {
        let [red, green, blue, alpha] = from.0;
        *to = Rgb([red, green, blue].map(|c| on_white(c, alpha)));
    }
    flat
}

fn on_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    let white = 255_u32.saturating_sub(alpha).saturating_mul(255);
    let sum = channel
        .saturating_mul(alpha)
        .saturating_add(white)
        .saturating_add(127);
    u8::try_from(sum / 255).unwrap_or(u8::MAX)
}

/// The text of a decoder's error can quote the file (a keyword of a PNG): only its kind goes on.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err asks for"
)]
fn refusal(error: ImageError) -> PhotoError {
    match error {
        ImageError::Limits(_) => PhotoError::TooCostly,
        ImageError::Unsupported(_) => PhotoError::Sort,
        _ => PhotoError::Damaged,
    }
}

//! The outer structure of a JPEG: its markers, without decoding a pixel.
//!
//! The decoder is lenient: it fills a photo that was cut off with grey and goes on, and it counts neither scans nor the
//! memory of a progressive file beforehand. This walk answers those questions first (ITU-T T.81, annex B).

use crate::error::PhotoError;

pub(crate) const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
pub(crate) const SOS: u8 = 0xda;
const COM: u8 = 0xfe;

/// Cameras write 1 scan, or about 10 when progressive. Each one is a pass over the whole picture, paid for with few bytes of
/// file: without a cap, 32 MiB could buy hours.
const MAX_SCANS: u32 = 32;

/// What a JPEG says of itself before any pixel is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Colour channels, 1 to 4.
    pub(crate) components: u8,
    /// The decoder keeps all coefficients of the picture until the last scan.
    pub(crate) keeps_coefficients: bool,
    /// Length of the picture up to and with its end marker; what follows is a trailer.
    pub(crate) length: usize,
}

/// One marker and the bytes of its segment, without marker and length.
struct Segment<'a> {
    marker: u8,
    body: &'a [u8],
    /// Offset behind the segment.
    end: usize,
}

/// The next marker at or behind `from`. Bytes of a scan, stuffed zeros and restart markers are passed over.
fn next(bytes: &[u8], from: usize) -> Option<Segment<'_>> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        let first = rest.iter().position(|&b| b == 0xff)?;
        let fill = rest.get(first..)?.iter().position(|&b| b != 0xff)?;
        let after = first.checked_add(fill)?;
        let marker = *rest.get(after)?;
        at = at.checked_add(after)?.checked_add(1)?;
        match marker {
            0x00 | 0x01 | 0xd0..=0xd7 => {}
            SOI | EOI => {
                return Some(Segment {
                    marker,
                    body: &[],
                    end: at,
                });
            }
            _ => {
                let body = bytes.get(at..)?;
                let (length, body) = body.split_first_chunk::<2>()?;
                let length = usize::from(u16::from_be_bytes(*length));
                let body = body.get(..length.checked_sub(2)?)?;
                return Some(Segment {
                    marker,
                    body,
                    end: at.checked_add(length)?,
                });
            }
        }
    }
}

/// Walks one JPEG from its first marker to its end marker.
///
/// # Errors
/// [`PhotoError::Damaged`] if it ends early or has no picture, [`PhotoError::Sort`] for codings that the decoder does not
/// read, [`PhotoError::TooCostly`] for too many scans.
pub(crate) fn walk(bytes: &[u8]) -> Result<Frame, PhotoError> {
    let first = next(bytes, 0).filter(|s| s.marker == SOI);
    let mut at = first.ok_or(PhotoError::Damaged)?.end;
    let mut frame: Option<Frame> = None;
    let mut scans = 0_u32;
    loop {
        let segment = next(bytes, at).ok_or(PhotoError::Damaged)?;
        at = segment.end;
        match segment.marker {
            0xc0..=0xc2 if frame.is_none() => frame = Some(start_of_frame(&segment)?),
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xc2 | SOI => return Err(PhotoError::Damaged),
            0xc3 | 0xc5..=0xcf => return Err(PhotoError::Sort),
            SOS => scans = scans.saturating_add(1),
            EOI => break,
            _ => {}
        }
        if scans > MAX_SCANS {
            return Err(PhotoError::TooCostly);
        }
    }
    let mut frame = frame.filter(|_| scans > 0).ok_or(PhotoError::Damaged)?;
    frame.length = at;
    // Scans apart (one colour after the other) are collected like a progressive picture.
    frame.keeps_coefficients |= scans > 1;
    Ok(frame)
}

fn start_of_frame(segment: &Segment<'_>) -> Result<Frame, PhotoError> {
    let Some(&[bits, h1, h2, w1, w2, components]) = segment.body.first_chunk::<6>() else {
        return Err(PhotoError::Damaged);
    };
    let (width, height) = (u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2]));
    if bits != 8 {
        return Err(PhotoError::Sort);
    }
    // A height of 0 ("see later") is allowed by the standard and written by no camera.
    if width == 0 || height == 0 || !(1..=4).contains(&components) {
        return Err(PhotoError::Damaged);
    }
    let keeps_coefficients = segment.marker == 0xc2;
    Ok(Frame {
        width,
        height,
        components,
        keeps_coefficients,
        length: 0,
    })
}

/// The same picture without any application or comment segment.
///
/// For what the encoder wrote: it puts a JFIF segment in front, which says nothing, but zero segments is a rule that a
/// scan of the bytes can check. Decoders take three colours without it as YCbCr, which is what they are.
///
/// # Errors
/// [`PhotoError::NotEncoded`] if the bytes are no JPEG with a scan.
pub(crate) fn without_metadata(jpeg: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let mut clean = Vec::with_capacity(jpeg.len());
    let mut at = 0;
    loop {
        let segment = next(jpeg, at).ok_or(PhotoError::NotEncoded)?;
        if segment.marker == SOS {
            clean.extend_from_slice(jpeg.get(at..).unwrap_or_default());
            return Ok(clean);
        }
        if !matches!(segment.marker, 0xe0..=0xef | COM) {
            clean.extend_from_slice(jpeg.get(at..segment.end).unwrap_or_default());
        }
        at = segment.end;
    }
}

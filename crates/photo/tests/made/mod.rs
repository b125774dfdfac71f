//! Pictures made by hand for the tests: EXIF, segments, chunks and JPEGs that no encoder here would write.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests; each test file uses its own part of them"
)]

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageFormat, RgbImage};

pub const RED: [u8; 3] = [220, 30, 30];
pub const GREEN: [u8; 3] = [30, 200, 30];
pub const BLUE: [u8; 3] = [30, 30, 220];
pub const YELLOW: [u8; 3] = [230, 220, 20];

/// Red, green, blue and yellow quarters: no turn or mirror of it looks the same.
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => YELLOW,
        })
    })
}

/// Something like a photo: waves and noise, the same for one seed.
pub fn scene(width: u32, height: u32, seed: u64) -> RgbImage {
    let mut random = Random(seed | 1);
    RgbImage::from_fn(width, height, |x, y| {
        let noise = (random.next() % 16) as u32;
        let wave = |a: u32, b: u32| (((x * a + y * b) / 7) % 200 + noise) as u8;
        image::Rgb([wave(1, 2), wave(3, 1), wave(2, 5)])
    })
}

pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    JpegEncoder::new_with_quality(&mut bytes, 95)
        .encode(picture, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

pub fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub fn decoded(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)
        .unwrap()
        .into_rgb8()
}

pub fn near(a: [u8; 3], b: [u8; 3], by: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= by)
}

/// A JPEG segment with its marker and length.
pub fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), body].concat()
}

/// The JPEG with these bytes behind its first marker.
pub fn with(jpeg: &[u8], segments: &[u8]) -> Vec<u8> {
    [&jpeg[..2], segments, &jpeg[2..]].concat()
}

/// The markers in front of the picture data and with it.
pub fn markers(jpeg: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut at = 2;
    loop {
        assert_eq!(jpeg[at], 0xff, "a marker at {at}");
        found.push(jpeg[at + 1]);
        if jpeg[at + 1] == 0xda {
            return found;
        }
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
}

pub fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|w| w == word.as_bytes())
}

/// One PNG chunk with its checksum.
pub fn png_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [kind.as_slice(), body].concat();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length, named.as_slice(), &crc(&named).to_be_bytes()].concat()
}

/// The PNG with these chunks behind its header.
pub fn png_with(png: &[u8], chunks: &[u8]) -> Vec<u8> {
    let header = 8 + 25;
    [&png[..header], chunks, &png[header..]].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// What a camera writes into a TIFF structure.
#[derive(Clone, Copy)]
pub struct Exif<'a> {
    pub big_endian: bool,
    pub orientation: u16,
    pub taken: &'a str,
    pub make: &'a str,
    pub position: &'a str,
    pub thumbnail: &'a [u8],
}

impl Default for Exif<'_> {
    fn default() -> Self {
        Self {
            big_endian: false,
            orientation: 1,
            taken: "2026:11:20 09:08:07",
            make: "canary-make",
            position: "canary-position",
            thumbnail: b"canary-thumbnail",
        }
    }
}

impl Exif<'_> {
    /// The TIFF structure: IFD0, the EXIF and the GPS directory, IFD1 with a thumbnail.
    pub fn tiff(&self) -> Vec<u8> {
        // Places of the directories: 8 + entries * 12 + 6 each.
        let (ifd0, exif, gps) = (8_u32, 8 + 54, 8 + 54 + 18);
        let ifd1 = gps + 18;
        let mut data: Vec<u8> = Vec::new();
        let start = ifd1 + 30;
        let mut place = |bytes: &[u8]| {
            let at = start + u32::try_from(data.len()).unwrap();
            data.extend_from_slice(bytes);
            data.push(0);
            (at, u32::try_from(bytes.len()).unwrap())
        };
        let (make, taken) = (place(self.make.as_bytes()), place(self.taken.as_bytes()));
        let (position, thumbnail) = (place(self.position.as_bytes()), place(self.thumbnail));
        let mut out = if self.big_endian {
            b"MM\0*".to_vec()
        } else {
            b"II*\0".to_vec()
        };
        out.extend(self.long(ifd0));
        let upright = if self.big_endian {
            u32::from(self.orientation) << 16
        } else {
            self.orientation.into()
        };
        self.directory(
            &mut out,
            &[
                (0x010f, 2, make.1 + 1, make.0),
                (0x0112, 3, 1, upright),
                (0x8769, 4, 1, exif),
                (0x8825, 4, 1, gps),
            ],
            ifd1,
        );
        self.directory(&mut out, &[(0x9003, 2, taken.1 + 1, taken.0)], 0);
        // GPSDestBearing-like free text: what matters is that it stands in the GPS directory.
        self.directory(&mut out, &[(0x0012, 2, position.1 + 1, position.0)], 0);
        self.directory(
            &mut out,
            &[(0x0201, 4, 1, thumbnail.0), (0x0202, 4, 1, thumbnail.1)],
            0,
        );
        assert_eq!(out.len(), start as usize);
        out.extend(data);
        out
    }

    /// The APP1 segment of a JPEG.
    pub fn segment(&self) -> Vec<u8> {
        segment(0xe1, &[b"Exif\0\0".as_slice(), &self.tiff()].concat())
    }

    fn directory(&self, out: &mut Vec<u8>, entries: &[(u16, u16, u32, u32)], next: u32) {
        out.extend(self.short(u16::try_from(entries.len()).unwrap()));
        for (tag, kind, count, value) in entries {
            out.extend(self.short(*tag));
            out.extend(self.short(*kind));
            out.extend(self.long(*count));
            out.extend(self.long(*value));
        }
        out.extend(self.long(next));
    }

    fn short(&self, n: u16) -> [u8; 2] {
        if self.big_endian {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }

    fn long(&self, n: u32) -> [u8; 4] {
        if self.big_endian {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }
}

/// A JPEG of one flat colour, written block by block (ITU-T T.81): one channel for each sample.
///
/// * `progressive`: one scan of a progressive file, which the decoder must keep as coefficients.
/// * `adobe`: with the segment that says "CMYK, inverted".
pub fn flat(width: u16, height: u16, samples: &[u8], progressive: bool, adobe: bool) -> Vec<u8> {
    let count = u8::try_from(samples.len()).unwrap();
    let mut out = vec![0xff, 0xd8];
    if adobe {
        out.extend(segment(0xee, b"Adobe\0\x64\0\0\0\0\0"));
    }
    out.extend(segment(0xdb, &[&[0_u8][..], &[8; 64]].concat()));
    let (h, w) = (height.to_be_bytes(), width.to_be_bytes());
    let mut frame = vec![8, h[0], h[1], w[0], w[1], count];
    let mut scan = vec![count];
    for id in 1..=count {
        frame.extend([id, 0x11, 0]);
        scan.extend([id, 0]);
    }
    scan.extend([0, if progressive { 0 } else { 63 }, 0]);
    out.extend(segment(if progressive { 0xc2 } else { 0xc0 }, &frame));
    // Differences of 0 to 8 bits, four bits each; and "nothing more in this block", one bit.
    let lengths = |at: usize, n: u8| (0..16).map(move |i| if i == at { n } else { 0 });
    let dc: Vec<u8> = [0].into_iter().chain(lengths(3, 9)).chain(0..=8).collect();
    let ac: Vec<u8> = [0x10].into_iter().chain(lengths(0, 1)).chain([0]).collect();
    out.extend(segment(0xc4, &dc));
    out.extend(segment(0xc4, &ac));
    out.extend(segment(0xda, &scan));
    let mut bits = Bits::default();
    let blocks = u32::from(width).div_ceil(8) * u32::from(height).div_ceil(8);
    for block in 0..blocks {
        for sample in samples {
            let value = if block == 0 {
                i32::from(*sample) - 128
            } else {
                0
            };
            let size = 32 - value.unsigned_abs().leading_zeros();
            bits.put(size, 4);
            let low = if value < 0 { value - 1 } else { value };
            bits.put(low as u32 & ((1 << size) - 1), size);
            if !progressive {
                bits.put(0, 1);
            }
        }
    }
    out.extend(bits.finish());
    out.extend([0xff, 0xd9]);
    out
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.held = (self.held << count) | value;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
        self.held &= (1 << self.count) - 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let missing = (8 - self.count % 8) % 8;
        self.put((1 << missing) - 1, missing);
        self.bytes
    }
}

/// Xorshift: the same numbers for one seed on each machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

//! Time to prepare one photo of 12 megapixels, median of ten: `cargo run --release -p senim-photo --example bench [FILE]`.
//!
//! Without a file a photo is made: 4000 x 3000, waves and noise, quality 92, to be turned a quarter. It goes through all of
//! [`senim_photo::prepare`]: decode, shrink to 2560, turn, encode at quality 85, thumbnail.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a measurement prints and reads the clock"
)]

use std::error::Error;
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};
use senim_photo::{Limits, QUALITY, chunks, prepare};

fn made() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut random = 88_172_645_463_325_252_u64;
    let picture = RgbImage::from_fn(4000, 3000, |x, y| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let noise = u32::try_from(random & 7).unwrap_or(0);
        let wave = |a: u32, b: u32| {
            let angle = f64::from(x * a + y * b) / 400.0;
            u8::try_from(noise + (angle.sin().mul_add(100.0, 110.0) as u32)).unwrap_or(255)
        };
        image::Rgb([wave(1, 2), wave(3, 1), wave(2, 5)])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 92).encode(
        &picture,
        4000,
        3000,
        ExtendedColorType::Rgb8,
    )?;
    // EXIF with one entry: orientation 6.
    let exif =
        b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    jpeg.splice(2..2, exif.iter().copied());
    Ok(jpeg)
}

fn main() -> Result<(), Box<dyn Error>> {
    let photo = match std::env::args_os().nth(1) {
        Some(file) => std::fs::read(file)?,
        None => made()?,
    };
    let mut times = Vec::new();
    let mut out = prepare(&photo, Limits::default())?;
    for _ in 0..10 {
        let start = Instant::now();
        out = prepare(&photo, Limits::default())?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!("in  {} bytes", photo.len());
    println!(
        "out {} bytes, {}x{}, quality {QUALITY}, {} chunks; thumbnail {} bytes",
        out.jpeg().len(),
        out.width(),
        out.height(),
        chunks(out.jpeg()).len(),
        out.thumbnail().len()
    );
    println!(
        "median {:?}, fastest {:?}, slowest {:?}",
        times[5], times[0], times[9]
    );
    Ok(())
}

//! Hostile bytes are refused under a code; nothing panics.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod made;

use std::panic::{catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicU32, Ordering};

use image::DynamicImage;
use senim_ids::{CodedError, ErrorCode};
use senim_photo::{Kind, LONG_SIDE, Limits, PhotoError, prepare};

fn refused(bytes: &[u8]) -> PhotoError {
    prepare(bytes, Limits::default()).unwrap_err()
}

#[test]
fn other_formats_are_named_and_refused() {
    let cases: [(&[u8], Kind); 11] = [
        (b"\0\0\0\x18ftypheic\0\0\0\0", Kind::Heif),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", Kind::Heif),
        (b"\0\0\0\x18ftypavif\0\0\0\0", Kind::Avif),
        (b"\0\0\0\x18ftypisom\0\0\0\0", Kind::Unknown),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Kind::WebP),
        (b"GIF89a\x01\0\x01\0", Kind::Gif),
        (b"II*\0\x08\0\0\0", Kind::Tiff),
        (b"BM\0\0\0\0", Kind::Bmp),
        (b"%PDF-1.7", Kind::Unknown),
        (b"", Kind::Unknown),
        (b"\xff\xd8", Kind::Unknown),
    ];
    for (bytes, kind) in cases {
        assert_eq!(refused(bytes), PhotoError::Format(kind));
        assert_eq!(refused(bytes).code(), ErrorCode::PhotoRefused);
    }
}

#[test]
fn a_header_that_promises_too_much_is_refused_before_it_is_believed() {
    let mut jpeg = made::jpeg(&made::quarters(32, 32));
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert_eq!(refused(&jpeg), PhotoError::TooManyPixels);
    assert_eq!(refused(&jpeg).code(), ErrorCode::PhotoTooLarge);

    let png = made::png(&DynamicImage::ImageRgb8(made::quarters(32, 32)));
    for side in [65_535_u32, u32::MAX] {
        let header = [
            side.to_be_bytes().as_slice(),
            &side.to_be_bytes(),
            &[8, 2, 0, 0, 0],
        ]
        .concat();
        let bomb = [&png[..8], &made::png_chunk(b"IHDR", &header), &png[33..]].concat();
        assert_eq!(refused(&bomb), PhotoError::TooManyPixels);
    }
    // A side of nothing is no picture.
    jpeg[frame + 5..frame + 7].fill(0);
    assert_eq!(refused(&jpeg), PhotoError::Damaged);
}

#[test]
fn each_limit_stands_where_it_is_said_to() {
    let photo = made::jpeg(&made::scene(200, 100, 1));
    let limits = Limits {
        file_bytes: photo.len(),
        pixels: 20_000,
        ..Limits::default()
    };
    assert!(prepare(&photo, limits).is_ok());
    let shorter = Limits {
        file_bytes: photo.len() - 1,
        ..limits
    };
    assert_eq!(prepare(&photo, shorter), Err(PhotoError::FileTooLarge));
    let fewer = Limits {
        pixels: 19_999,
        ..limits
    };
    assert_eq!(prepare(&photo, fewer), Err(PhotoError::TooManyPixels));
    let needed = u64::try_from(2 * photo.len() + 3 * 20_000).unwrap();
    let exact = Limits {
        decoder_bytes: needed,
        ..limits
    };
    assert!(prepare(&photo, exact).is_ok());
    let less = Limits {
        decoder_bytes: needed - 1,
        ..limits
    };
    assert_eq!(prepare(&photo, less), Err(PhotoError::TooCostly));
    assert_eq!(PhotoError::TooCostly.code(), ErrorCode::PhotoTooLarge);

    let progressive = made::flat(200, 100, &[1, 2, 3], true, false);
    let flat = Limits {
        decoder_bytes: needed,
        ..Limits::default()
    };
    assert_eq!(prepare(&progressive, flat), Err(PhotoError::TooCostly));
    let large = vec![0xff; Limits::default().file_bytes + 1];
    assert_eq!(refused(&large), PhotoError::FileTooLarge);
}

#[test]
fn what_was_cut_off_is_refused_and_not_filled_with_grey() {
    let jpeg = made::with(
        &made::jpeg(&made::scene(64, 48, 1)),
        &made::Exif::default().segment(),
    );
    let png = made::png(&DynamicImage::ImageRgb8(made::scene(64, 48, 1)));
    for length in 8..jpeg.len() {
        assert_eq!(refused(&jpeg[..length]), PhotoError::Damaged, "{length}");
    }
    // The last chunk of a PNG holds no pixel: without it the picture is whole.
    for length in 8..png.len() - 16 {
        assert_eq!(refused(&png[..length]), PhotoError::Damaged, "{length}");
    }
}

#[test]
fn a_file_that_is_decoded_for_hours_is_refused() {
    let jpeg = made::flat(64, 64, &[90, 128, 128], true, false);
    let scan = jpeg.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
    let (head, scan) = jpeg.split_at(scan);
    let scan = &scan[..scan.len() - 2];
    let many = [head, &scan.repeat(33), &[0xff, 0xd9]].concat();
    assert_eq!(refused(&many), PhotoError::TooCostly);
}

#[test]
fn rare_sorts_and_animations_are_refused() {
    let jpeg = made::jpeg(&made::quarters(32, 32));
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    for sort in [0xc3, 0xc5, 0xc9, 0xcb] {
        let mut rare = jpeg.clone();
        rare[frame + 1] = sort;
        assert_eq!(refused(&rare), PhotoError::Sort, "{sort:x}");
    }
    let mut deep = jpeg.clone();
    deep[frame + 4] = 12;
    assert_eq!(refused(&deep), PhotoError::Sort);

    let png = made::png(&DynamicImage::ImageRgb8(made::quarters(32, 32)));
    let moving = made::png_with(&png, &made::png_chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]));
    assert_eq!(refused(&moving), PhotoError::Animated);
    assert_eq!(refused(&moving).code(), ErrorCode::PhotoRefused);
}

/// One change to the bytes: a byte, a run, a cut, a copy or an insertion.
fn mutate(bytes: &mut Vec<u8>, random: &mut made::Random) {
    let mut below = |n: usize| (random.next() % u64::try_from(n.max(1)).unwrap()) as usize;
    let (at, length) = (below(bytes.len()), below(24));
    let end = (at + length).min(bytes.len());
    match below(5) {
        0 => bytes[at] = below(256) as u8,
        1 => bytes[at..end].fill([0, 0xff, 0x7f][below(3)]),
        2 => drop(bytes.drain(at..end)),
        3 => {
            let copy = bytes[at..end].to_vec();
            let to = below(bytes.len());
            bytes.splice(to..to, copy);
        }
        _ => bytes[at] ^= 1 << below(8),
    }
}

#[test]
fn a_thousand_mutations_give_a_photo_or_a_code() {
    static PANICS: AtomicU32 = AtomicU32::new(0);
    let exif = made::Exif {
        orientation: 5,
        ..made::Exif::default()
    };
    let seeds = [
        made::with(&made::jpeg(&made::scene(48, 40, 1)), &exif.segment()),
        made::flat(48, 40, &[255, 0, 255, 255], false, true),
        made::flat(48, 40, &[100, 120, 140], true, false),
        made::png_with(
            &made::png(&DynamicImage::ImageRgb8(made::scene(24, 20, 1))),
            &made::png_chunk(b"eXIf", &exif.tiff()),
        ),
    ];
    let before = take_hook();
    // A panic inside the decoder is caught and becomes a code: it is counted here to be known of.
    set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::SeqCst);
    }));
    let (mut photos, mut refusals) = (0, 0);
    let mut escaped = Vec::new();
    for seed in 0..1000_u64 {
        let mut random = made::Random(seed * 0x9e37_79b9 + 1);
        let mut bytes = seeds[(seed % 4) as usize].clone();
        for _ in 0..1 + seed % 4 {
            mutate(&mut bytes, &mut random);
        }
        let limits = Limits {
            pixels: 4_000_000,
            decoder_bytes: 64 << 20,
            ..Limits::default()
        };
        match catch_unwind(|| prepare(&bytes, limits)) {
            Ok(Ok(photo)) => {
                photos += 1;
                assert!(photo.width().max(photo.height()) <= LONG_SIDE);
                assert!(
                    made::markers(photo.jpeg())
                        .iter()
                        .all(|m| !(0xe0..=0xef).contains(m))
                );
            }
            Ok(Err(_)) => refusals += 1,
            Err(_) => escaped.push(seed),
        }
    }
    set_hook(before);
    assert_eq!(escaped, Vec::<u64>::new(), "a panic came through");
    assert_eq!(PANICS.load(Ordering::SeqCst), 0, "a decoder panicked");
    // Both ways were walked.
    assert!(
        photos > 100 && refusals > 100,
        "{photos} photos, {refusals} refusals"
    );
}

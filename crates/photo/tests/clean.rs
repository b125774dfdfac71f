//! What comes out is upright, small enough, and holds pixels alone.

mod made;

use image::{DynamicImage, Rgba, RgbaImage};
use made::{BLUE, Exif, GREEN, RED, YELLOW};
use senim_photo::{LONG_SIDE, Limits, StatedTime, THUMBNAIL_SIDE, prepare};

/// Quantisation tables, frame, code tables, scan: what a picture needs, and no application or comment segment.
const NEEDED: &[u8] = &[0xdb, 0xc0, 0xc4, 0xda];

#[test]
fn each_orientation_ends_upright() {
    let upright = made::quarters(64, 32);
    for orientation in 1..=8 {
        let (w, h) = if orientation < 5 { (64, 32) } else { (32, 64) };
        // Where the stored pixel lies in the upright picture (EXIF 2.32, tag 274: what row 0 and column 0 are).
        let stored = image::RgbImage::from_fn(w, h, |x, y| {
            let (from_x, from_y) = match orientation {
                1 => (x, y),
                2 => (63 - x, y),
                3 => (63 - x, 31 - y),
                4 => (x, 31 - y),
                5 => (y, x),
                6 => (63 - y, x),
                7 => (63 - y, 31 - x),
                _ => (y, 31 - x),
            };
            *upright.get_pixel(from_x, from_y)
        });
        for big_endian in [false, true] {
            let exif = Exif {
                orientation,
                big_endian,
                ..Exif::default()
            };
            let photo = made::with(&made::jpeg(&stored), &exif.segment());
            let photo = prepare(&photo, Limits::default()).unwrap();
            assert_eq!((photo.width(), photo.height()), (64, 32), "{orientation}");
            for bytes in [photo.jpeg(), photo.thumbnail()] {
                let seen = made::decoded(bytes);
                let corners = [(8, 8, RED), (56, 8, GREEN), (8, 24, BLUE), (56, 24, YELLOW)];
                for (x, y, colour) in corners {
                    let pixel = seen.get_pixel(x, y).0;
                    assert!(
                        made::near(pixel, colour, 12),
                        "{orientation}: {pixel:?} at {x},{y}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_png_is_turned_by_its_exif_too() {
    let exif = Exif {
        orientation: 6,
        ..Exif::default()
    };
    let png = made::png(&DynamicImage::ImageRgb8(made::quarters(64, 32)));
    let png = made::png_with(&png, &made::png_chunk(b"eXIf", &exif.tiff()));
    let photo = prepare(&png, Limits::default()).unwrap();
    assert_eq!((photo.width(), photo.height()), (32, 64));
    assert_eq!(photo.taken(), StatedTime::new((2026, 11, 20), (9, 8, 7)));
}

#[test]
fn no_byte_of_metadata_is_left_of_a_jpeg() {
    let exif = Exif::default().segment();
    let xmp = [
        b"http://ns.adobe.com/xap/1.0/\0".as_slice(),
        b"<canary-xmp/>",
    ]
    .concat();
    let icc = [b"ICC_PROFILE\0\x01\x01".as_slice(), b"canary-icc"].concat();
    let segments = [
        exif,
        made::segment(0xe1, &xmp),
        made::segment(0xe2, &icc),
        made::segment(0xe2, b"MPF\0canary-mpf"),
        made::segment(0xed, b"Photoshop 3.0\0canary-iptc"),
        made::segment(0xef, b"canary-app15"),
        made::segment(0xfe, b"canary-comment"),
    ];
    let mut photo = made::with(&made::jpeg(&made::scene(400, 300, 1)), &segments.concat());
    photo.extend_from_slice(b"canary-trailer");
    photo.extend(made::with(
        &made::jpeg(&made::quarters(16, 16)),
        &made::segment(0xfe, b"canary-second"),
    ));
    let canaries = [
        "make",
        "position",
        "thumbnail",
        "xmp",
        "icc",
        "mpf",
        "iptc",
        "app15",
        "comment",
        "trailer",
        "second",
    ];
    for canary in canaries {
        assert!(
            made::holds(&photo, &format!("canary-{canary}")),
            "{canary} was not planted"
        );
    }
    let clean = prepare(&photo, Limits::default()).unwrap();
    for bytes in [clean.jpeg(), clean.thumbnail()] {
        assert!(!made::holds(bytes, "canary"));
        for word in ["2026", "Exif", "JFIF", "xap", "ICC_", "MPF", "Adobe"] {
            assert!(!made::holds(bytes, word), "{word}");
        }
        assert!(made::markers(bytes).iter().all(|m| NEEDED.contains(m)));
        assert!(bytes.ends_with(&[0xff, 0xd9]));
    }
    assert_eq!(clean.taken().unwrap().to_string(), "2026-11-20T09:08:07");
    assert!(
        !format!("{clean:?}").contains("2026"),
        "the time stays out of logs"
    );
}

#[test]
fn no_byte_of_metadata_is_left_of_a_png() {
    let chunks = [
        made::png_chunk(b"tEXt", b"Comment\0canary-text"),
        made::png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0canary-xmp"),
        made::png_chunk(b"eXIf", &Exif::default().tiff()),
        made::png_chunk(b"prVt", b"canary-private"),
    ];
    let png = made::png(&DynamicImage::ImageRgb8(made::scene(200, 100, 2)));
    let mut png = made::png_with(&png, &chunks.concat());
    png.extend_from_slice(b"canary-trailer");
    for canary in ["text", "xmp", "make", "position", "private", "trailer"] {
        assert!(
            made::holds(&png, &format!("canary-{canary}")),
            "{canary} was not planted"
        );
    }
    let clean = prepare(&png, Limits::default()).unwrap();
    for bytes in [clean.jpeg(), clean.thumbnail()] {
        assert!(!made::holds(bytes, "canary"));
        assert!(made::markers(bytes).iter().all(|m| NEEDED.contains(m)));
    }
}

#[test]
fn what_was_erased_by_transparency_does_not_come_back() {
    let mut picture = RgbaImage::from_pixel(64, 64, Rgba([10, 20, 200, 255]));
    for y in 0..32 {
        for x in 0..64 {
            picture.put_pixel(x, y, Rgba([200, 0, 0, 0]));
        }
    }
    let png = made::png(&DynamicImage::ImageRgba8(picture));
    let seen = made::decoded(prepare(&png, Limits::default()).unwrap().jpeg());
    assert!(made::near(seen.get_pixel(8, 8).0, [255; 3], 3));
    assert!(made::near(seen.get_pixel(8, 56).0, [10, 20, 200], 6));
}

#[test]
fn other_depths_and_grey_become_colour() {
    let grey = DynamicImage::ImageRgb8(image::RgbImage::from_pixel(32, 32, image::Rgb([90; 3])));
    for picture in [
        grey.to_luma8().into(),
        DynamicImage::from(grey.to_rgb16()),
        grey.to_luma_alpha16().into(),
    ] {
        let photo = prepare(&made::png(&picture), Limits::default()).unwrap();
        assert!(made::near(
            made::decoded(photo.jpeg()).get_pixel(9, 9).0,
            [90; 3],
            2
        ));
    }
    let photo = prepare(&made::flat(40, 24, &[60], false, false), Limits::default()).unwrap();
    assert!(made::near(
        made::decoded(photo.jpeg()).get_pixel(9, 9).0,
        [60; 3],
        2
    ));
}

#[test]
fn cmyk_and_progressive_jpegs_are_read() {
    // Adobe writes CMYK inverted: 255 is no ink, so this is magenta alone.
    let cmyk = made::flat(40, 24, &[255, 0, 255, 255], false, true);
    let photo = prepare(&cmyk, Limits::default()).unwrap();
    let pixel = made::decoded(photo.jpeg()).get_pixel(9, 9).0;
    assert!(made::near(pixel, [255, 0, 255], 6), "{pixel:?}");
    assert_eq!(
        made::markers(photo.jpeg())
            .iter()
            .filter(|m| **m == 0xee)
            .count(),
        0
    );

    let progressive = made::flat(40, 24, &[100, 128, 128], true, false);
    let photo = prepare(&progressive, Limits::default()).unwrap();
    assert!(made::near(
        made::decoded(photo.jpeg()).get_pixel(9, 9).0,
        [100; 3],
        2
    ));
}

#[test]
fn a_large_photo_is_shrunk_in_proportion() {
    let exif = Exif {
        orientation: 6,
        ..Exif::default()
    };
    let photo = made::with(&made::jpeg(&made::quarters(3000, 2000)), &exif.segment());
    let photo = prepare(&photo, Limits::default()).unwrap();
    assert_eq!((photo.width(), photo.height()), (1707, LONG_SIDE));
    let seen = made::decoded(photo.jpeg());
    assert_eq!(seen.dimensions(), (1707, LONG_SIDE));
    // Turned a quarter to the right, the lower left corner comes to the upper left.
    assert!(made::near(seen.get_pixel(100, 100).0, BLUE, 8));
    assert!(made::near(seen.get_pixel(1600, 100).0, RED, 8));
    assert!(made::near(seen.get_pixel(1600, 2400).0, GREEN, 8));
    assert_eq!(
        made::decoded(photo.thumbnail()).dimensions(),
        (213, THUMBNAIL_SIDE)
    );
}

#[test]
fn a_stated_time_that_is_none_is_not_kept() {
    for taken in [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2026:02:30 10:00:00",
        "yesterday",
    ] {
        let exif = Exif {
            taken,
            ..Exif::default()
        };
        let photo = made::with(&made::jpeg(&made::quarters(16, 16)), &exif.segment());
        assert_eq!(
            prepare(&photo, Limits::default()).unwrap().taken(),
            None,
            "{taken}"
        );
    }
    let plain = prepare(&made::jpeg(&made::quarters(16, 16)), Limits::default()).unwrap();
    assert_eq!(plain.taken(), None);
}

#[test]
fn the_same_bytes_give_the_same_bytes() {
    let photo = made::jpeg(&made::scene(2700, 1500, 3));
    let once = prepare(&photo, Limits::default()).unwrap();
    assert_eq!(prepare(&photo, Limits::default()).unwrap(), once);
    // Metadata makes no difference to the pixels.
    let dated = made::with(&photo, &Exif::default().segment());
    assert_eq!(
        prepare(&dated, Limits::default()).unwrap().jpeg(),
        once.jpeg()
    );
    // What was prepared is accepted again, and stays within its size.
    let again = prepare(once.jpeg(), Limits::default()).unwrap();
    assert_eq!(
        (again.width(), again.height()),
        (once.width(), once.height())
    );
}

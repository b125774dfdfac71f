//! What was hidden is gone.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod made;

use image::{Rgb, RgbImage};
use senim_ids::{CodedError, ErrorCode};
use senim_photo::{Limits, MAX_RECTANGLES, PhotoError, Rectangle, blur, prepare};

const MIDDLE: Rectangle = Rectangle {
    x: 300,
    y: 250,
    width: 250,
    height: 400,
};

/// 400 x 320 with something else in the middle rectangle (120..220, 80..208) for each seed.
fn with_face(seed: u64) -> Vec<u8> {
    let mut picture = made::scene(400, 320, 7);
    let face = made::scene(100, 128, seed);
    image::imageops::replace(&mut picture, &face, 120, 80);
    prepare(&made::jpeg(&picture), Limits::default())
        .unwrap()
        .jpeg()
        .to_vec()
}

#[test]
fn two_photos_that_differ_where_it_is_hidden_become_one() {
    let (one, two) = (with_face(1), with_face(2));
    assert_ne!(one, two, "the photos differ before");
    let hidden = blur(&one, &[MIDDLE]).unwrap();
    // Byte for byte the same, thumbnail too: nothing at all of the hidden part is in the result.
    assert_eq!(hidden, blur(&two, &[MIDDLE]).unwrap());
    assert_eq!((hidden.width(), hidden.height()), (400, 320));
    assert_eq!(hidden.taken(), None);
    assert!(
        made::markers(hidden.jpeg())
            .iter()
            .all(|m| [0xdb, 0xc0, 0xc4, 0xda].contains(m))
    );
    // And without it they stay two.
    let elsewhere = Rectangle {
        x: 0,
        y: 0,
        width: 50,
        height: 50,
    };
    assert_ne!(
        blur(&one, &[elsewhere]).unwrap(),
        blur(&two, &[elsewhere]).unwrap()
    );
}

#[test]
fn only_what_is_covered_is_hidden() {
    let photo = with_face(1);
    let (before, after) = (
        made::decoded(&photo),
        made::decoded(blur(&photo, &[MIDDLE]).unwrap().jpeg()),
    );
    let covered = |x: u32, y: u32| (112..224).contains(&x) && (80..208).contains(&y);
    for (x, y, pixel) in after.enumerate_pixels() {
        if covered(x, y) {
            let pattern = made::near(pixel.0, [144; 3], 2) || made::near(pixel.0, [112; 3], 2);
            assert!(pattern, "{pixel:?} at {x},{y}");
        } else {
            assert!(
                made::near(pixel.0, before.get_pixel(x, y).0, 40),
                "changed at {x},{y}"
            );
        }
    }
}

#[test]
fn a_whole_picture_can_be_hidden() {
    let all = Rectangle {
        x: 0,
        y: 0,
        width: 1000,
        height: 1000,
    };
    let grey = |seed| {
        let photo = prepare(&made::jpeg(&made::scene(37, 21, seed)), Limits::default()).unwrap();
        blur(photo.jpeg(), &[all]).unwrap()
    };
    assert_eq!(grey(1), grey(2));
}

#[test]
fn rectangles_that_are_none_are_refused() {
    let photo = with_face(1);
    let bad = [
        Rectangle { width: 0, ..MIDDLE },
        Rectangle {
            height: 0,
            ..MIDDLE
        },
        Rectangle { x: 751, ..MIDDLE },
        Rectangle {
            y: u16::MAX,
            ..MIDDLE
        },
    ];
    for rectangle in bad {
        assert_eq!(
            blur(&photo, &[MIDDLE, rectangle]),
            Err(PhotoError::Rectangle)
        );
    }
    assert_eq!(blur(&photo, &[]), Err(PhotoError::Rectangle));
    assert_eq!(
        blur(&photo, &[MIDDLE; MAX_RECTANGLES + 1]),
        Err(PhotoError::Rectangle)
    );
    assert!(blur(&photo, &[MIDDLE; MAX_RECTANGLES]).is_ok());
    assert_eq!(PhotoError::Rectangle.code(), ErrorCode::BadRequest);
}

#[test]
fn only_a_prepared_photo_is_taken() {
    let large = made::jpeg(&RgbImage::from_pixel(2561, 8, Rgb([1; 3])));
    assert_eq!(blur(&large, &[MIDDLE]), Err(PhotoError::NotPrepared));
    let exif = made::Exif {
        orientation: 3,
        ..made::Exif::default()
    };
    let turned = made::with(&made::jpeg(&made::quarters(32, 32)), &exif.segment());
    assert_eq!(blur(&turned, &[MIDDLE]), Err(PhotoError::NotPrepared));
    assert_eq!(
        blur(b"", &[MIDDLE]).unwrap_err().code(),
        ErrorCode::PhotoRefused
    );
}

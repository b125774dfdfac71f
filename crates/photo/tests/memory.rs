//! What the largest photos that are let through really take. One test alone: the count is of the whole process.

mod made;

use peak_alloc::PeakAlloc;
use senim_photo::{Limits, PhotoError, prepare};

#[global_allocator]
static COUNTED: PeakAlloc = PeakAlloc;

const MIB: usize = 1024 * 1024;

/// The result of `prepare`, and the bytes it held at most beyond what was there before.
fn cost(bytes: &[u8]) -> (Result<(u32, u32), PhotoError>, usize) {
    let before = COUNTED.current_usage();
    COUNTED.reset_peak_usage();
    let sides = prepare(bytes, Limits::default()).map(|p| (p.width(), p.height()));
    (sides, COUNTED.peak_usage().saturating_sub(before))
}

#[test]
fn no_photo_takes_more_than_the_limit() {
    let limit = usize::try_from(Limits::default().decoder_bytes).unwrap();

    // The costliest that is let through: 50 megapixels, progressive, in colour.
    let largest = made::flat(10_000, 5_000, &[200, 128, 128], true, false);
    let (sides, peak) = cost(&largest);
    assert_eq!(sides, Ok((2560, 1280)));
    assert!(peak > 100 * MIB, "the count counts: {peak}");
    assert!(peak <= limit, "{} MiB", peak / MIB);

    // One colour more is over it, and is refused before it is decoded.
    let over = made::flat(10_000, 5_000, &[200, 128, 128, 128], true, true);
    let (refused, peak) = cost(&over);
    assert_eq!(refused, Err(PhotoError::TooCostly));
    assert!(peak < 16 * MIB, "{} MiB", peak / MIB);

    // A thin file with a wide promise.
    let thin = made::flat(65_500, 760, &[9], false, false);
    let (sides, peak) = cost(&thin);
    assert_eq!(sides, Ok((2560, 30)));
    assert!(peak <= limit, "{} MiB", peak / MIB);
}

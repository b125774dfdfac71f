//! Envelopes: what was sealed opens, nothing else does; padded lengths depend on the class only.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a fixture that fails is a failed test"
)]

mod common;

use common::{FixedRng, MAILBOX, ORG, OTHER_MAILBOX, OTHER_ORG, key};
use proptest::prelude::*;
use senim_seal::{OpenError, SealError, open, padded_len, padme, seal};
use senim_wire::caps;
use senim_wire::envelope::{EnvelopeError, HEADER, Kind, TAG};

fn sealed(content: &[u8]) -> Vec<u8> {
    seal(
        content,
        Kind::Record,
        MAILBOX,
        &key("k"),
        ORG,
        &mut FixedRng::new("nonce"),
    )
    .unwrap()
}

#[test]
fn what_was_sealed_opens() {
    for content in [&b""[..], b"a", &[0; 100], &[0x80; 1023], &[7; 5000]] {
        let envelope = sealed(content);
        let opened = open(&envelope, &key("k"), ORG).unwrap();
        assert_eq!(opened.content(), content);
        assert_eq!(opened.header().mailbox, MAILBOX);
        assert_eq!(
            envelope.len() as u64,
            padded_len(content.len() as u64) + (HEADER + TAG) as u64
        );
    }
}

#[test]
fn each_bit_flip_is_refused_with_the_error_of_its_field() {
    let envelope = sealed(b"what was seen in room 3");
    for byte in 0..envelope.len() {
        for bit in 0..8 {
            let mut damaged = envelope.clone();
            damaged[byte] ^= 1 << bit;
            let error = open(&damaged, &key("k"), ORG).unwrap_err();
            match byte {
                0..4 => assert_eq!(error, OpenError::Envelope(EnvelopeError::Magic)),
                4..6 => assert_eq!(error, OpenError::Envelope(EnvelopeError::Version)),
                // Another mailbox gives another envelope key.
                6..22 | 47..79 => assert_eq!(error, OpenError::KeyCommitment),
                // Another known kind is caught by the associated data.
                22 => assert!(matches!(
                    error,
                    OpenError::Envelope(EnvelopeError::Kind) | OpenError::Damaged
                )),
                _ => assert_eq!(error, OpenError::Damaged),
            }
        }
    }
}

#[test]
fn each_cut_and_each_extension_is_refused() {
    let envelope = sealed(b"x");
    for end in 0..envelope.len() {
        assert!(open(&envelope[..end], &key("k"), ORG).is_err());
    }
    let mut longer = envelope;
    longer.push(0);
    assert_eq!(
        open(&longer, &key("k"), ORG).unwrap_err(),
        OpenError::Damaged
    );
}

#[test]
fn another_key_or_organisation_opens_nothing() {
    let envelope = sealed(b"x");
    assert_eq!(
        open(&envelope, &key("j"), ORG).unwrap_err(),
        OpenError::KeyCommitment
    );
    assert_eq!(
        open(&envelope, &key("k"), OTHER_ORG).unwrap_err(),
        OpenError::Damaged
    );
}

#[test]
fn fields_swapped_between_two_envelopes_are_refused() {
    let one = sealed(b"one");
    let other = seal(
        b"other",
        Kind::Chunk,
        OTHER_MAILBOX,
        &key("k"),
        ORG,
        &mut FixedRng::new("n2"),
    )
    .unwrap();
    for field in [6..22, 22..23, 23..47, 47..79, 79..one.len()] {
        let mut swapped = one.clone();
        swapped[field.clone()].copy_from_slice(&other[field.clone()]);
        assert!(open(&swapped, &key("k"), ORG).is_err(), "{field:?}");
    }
}

#[test]
fn content_over_the_cap_of_its_kind_is_not_sealed() {
    let seal_of = |length: usize, kind| {
        seal(
            &vec![0; length],
            kind,
            MAILBOX,
            &key("k"),
            ORG,
            &mut FixedRng::new("n"),
        )
        .map(|e| e.len())
    };
    assert_eq!(
        seal_of(caps::ENVELOPE, Kind::Record),
        Err(SealError::TooLarge)
    );
    assert!(seal_of(caps::CHUNK, Kind::Chunk).unwrap() <= caps::CHUNK_SEALED);
    assert!(seal_of(caps::ROSTER_ENTRY, Kind::RosterEntry).unwrap() <= Kind::RosterEntry.cap());
    assert_eq!(
        seal_of(caps::CHUNK_SEALED, Kind::Chunk),
        Err(SealError::TooLarge)
    );
}

#[test]
fn nothing_of_the_content_stands_outside() {
    let content = b"canary-of-a-private-interview".repeat(20);
    let envelope = sealed(&content);
    assert!(
        !envelope
            .windows(8)
            .any(|window| content.windows(8).any(|part| part == window))
    );
}

#[test]
fn padme_as_its_paper_has_it() {
    // Nikitin et al. 2019, and the boundaries of the classes above the least one.
    for (length, class) in [
        (0, 0),
        (1, 1),
        (2, 2),
        (8, 8),
        (9, 10),
        (1024, 1024),
        (1025, 1088),
        (1088, 1088),
        (1089, 1152),
    ] {
        assert_eq!(padme(length), class, "{length}");
    }
    assert_eq!(padme(u64::MAX), u64::MAX);
}

proptest! {
    #[test]
    fn padded_length_depends_on_the_class_and_costs_at_most_12_percent(length in 0_u64..(1 << 40)) {
        let class = padded_len(length);
        prop_assert!(class > length);
        prop_assert!(class >= 1024);
        prop_assert_eq!(padme(class), class, "a class is its own class");
        if length >= 1024 {
            prop_assert!((class - length - 1) * 100 <= (length + 1) * 12);
        }
        // Every content that is longer than this one and still fits has the same length outside.
        prop_assert_eq!(padded_len(class - 1), class);
    }

    #[test]
    fn open_of_seal_is_the_content(content in proptest::collection::vec(any::<u8>(), 0..4000), seed in ".{1,8}") {
        let envelope = seal(&content, Kind::Chunk, MAILBOX, &key(&seed), ORG, &mut FixedRng::new(&seed)).unwrap();
        let opened = open(&envelope, &key(&seed), ORG).unwrap();
        prop_assert_eq!(opened.content(), &content[..]);
    }

    #[test]
    fn bytes_from_anywhere_never_open(mut bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(open(&bytes, &key("k"), ORG).is_err());
        // With a header that is right as far as it can be without the key.
        let header = sealed(b"x")[..HEADER].to_vec();
        bytes.splice(0..0, header);
        prop_assert!(open(&bytes, &key("k"), ORG).is_err());
    }
}

//! The record of a photo: one encoding, and chunks that add up.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod made;

use senim_photo::{
    Attachment, AttachmentError, CHUNK, Limits, Prepared, RECORD_BYTES, Subject, chunks, prepare,
};

fn photo() -> Prepared {
    prepare(&made::jpeg(&made::scene(1500, 1200, 5)), Limits::default()).unwrap()
}

/// Ids as sealing would give: here the hash of the chunk stands for that of its envelope.
fn ids(jpeg: &[u8]) -> Vec<[u8; 32]> {
    chunks(jpeg).map(|c| *blake3::hash(c).as_bytes()).collect()
}

#[test]
fn chunks_are_all_of_the_photo_in_order() {
    let photo = photo();
    let pieces: Vec<&[u8]> = chunks(photo.jpeg()).collect();
    assert!(pieces.len() > 1, "the photo is longer than a chunk");
    assert_eq!(pieces.concat(), photo.jpeg());
    let (last, full) = pieces.split_last().unwrap();
    assert!(full.iter().all(|c| c.len() == CHUNK) && !last.is_empty());
    assert_eq!(chunks(&[]).len(), 0);
    assert_eq!(chunks(&[0; CHUNK]).len(), 1);
}

#[test]
fn a_record_comes_back_and_knows_its_photo() {
    let photo = photo();
    let record = Attachment::new(&photo, ids(photo.jpeg()), Subject::Person).unwrap();
    assert_eq!(Attachment::parse(&record.to_bytes()), Ok(record.clone()));
    assert_eq!(record.sides(), (1500, 1200));
    assert_eq!(record.subject(), Subject::Person);
    assert!(record.is_of(photo.jpeg()));
    assert!(!record.is_of(photo.thumbnail()));
    assert!(!record.is_of(&photo.jpeg()[1..]));
    let mut swapped: Vec<&[u8]> = chunks(photo.jpeg()).collect();
    swapped.swap(0, 1);
    assert!(!record.is_of(&swapped.concat()));
}

#[test]
fn the_number_of_chunks_must_fit() {
    let photo = photo();
    let good = ids(photo.jpeg());
    let refused = Err(AttachmentError::Chunks);
    assert_eq!(
        Attachment::new(&photo, good[1..].to_vec(), Subject::Thing),
        refused
    );
    assert_eq!(
        Attachment::new(
            &photo,
            [good.clone(), vec![[1; 32]]].concat(),
            Subject::Thing
        ),
        refused
    );
    let twice = vec![good[0]; good.len()];
    assert_eq!(Attachment::new(&photo, twice, Subject::Thing), refused);
}

/// `[version, [id, id], hash, length, width, height, subject]` by hand.
fn by_hand(version: u8, length: [u8; 4], width: [u8; 2], subject: u8) -> Vec<u8> {
    let mut bytes = vec![0x87, version, 0x82];
    for byte in [0xaa, 0xbb, 0xcc] {
        bytes.extend([0x58, 0x20]);
        bytes.extend([byte; 32]);
    }
    bytes.push(0x1a);
    bytes.extend(length);
    bytes.push(0x19);
    bytes.extend(width);
    bytes.extend([0x19, 0x07, 0x80, subject]);
    bytes
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let bytes = by_hand(1, [0, 4, 0, 1], [0x0a, 0], 1);
    let record = Attachment::parse(&bytes).unwrap();
    assert_eq!(record.chunks(), [[0xaa; 32], [0xbb; 32]]);
    assert_eq!(record.hash(), &[0xcc; 32]);
    assert_eq!((record.length(), record.sides()), (262_145, (2560, 1920)));
    assert_eq!(record.to_bytes(), bytes);
}

#[test]
fn what_is_not_canonical_or_not_possible_is_refused() {
    let (length, width) = ([0, 4, 0, 1], [0x0a, 0]);
    let not_canonical = [
        by_hand(2, length, width, 1),
        by_hand(1, length, width, 2),
        [by_hand(1, length, width, 1), vec![0]].concat(),
        // 200 fits a shorter integer.
        by_hand(1, length, [0, 200], 1),
        by_hand(1, length, width, 1)[..50].to_vec(),
        vec![0; RECORD_BYTES + 1],
        // A list that promises 2^64 ids.
        vec![
            0x87, 1, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
    ];
    for bytes in not_canonical {
        assert_eq!(
            Attachment::parse(&bytes),
            Err(AttachmentError::NotCanonical)
        );
    }
    let sized = |length, width| Attachment::parse(&by_hand(1, length, width, 0));
    assert_eq!(sized([0, 8, 0, 1], width), Err(AttachmentError::Chunks));
    assert_eq!(sized([0xff; 4], width), Err(AttachmentError::Size));
    assert_eq!(sized(length, [0x0a, 1]), Err(AttachmentError::Size));
}

#[test]
fn the_longest_record_fits_its_cap() {
    // 32 MiB in 128 chunks.
    let mut bytes = vec![0x87, 1, 0x98, 128];
    for n in 0..128_u8 {
        bytes.extend([0x58, 0x20]);
        bytes.extend([n; 32]);
    }
    bytes.extend([0x58, 0x20]);
    bytes.extend([9; 32]);
    bytes.extend([0x1a, 2, 0, 0, 0, 0x19, 0x0a, 0, 0x19, 0x0a, 0, 0]);
    assert!(bytes.len() <= RECORD_BYTES, "{}", bytes.len());
    assert_eq!(Attachment::parse(&bytes).unwrap().chunks().len(), 128);
}

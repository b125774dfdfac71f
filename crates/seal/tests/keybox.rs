//! Keyboxes and bundles: opened by those named, by nobody else, and only whole.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a fixture that fails is a failed test"
)]

mod common;

use std::io::Cursor;

use common::{DOC, FixedRng, MAILBOX, NOW, ORG, OTHER_MAILBOX, OTHER_ORG, device, key};
use senim_ids::{DeviceId, DocKind};
use senim_seal::{
    BundleDraft, BundleItems, DeviceSecrets, DocKey, EncKey, KeyboxDraft, KeyboxRow,
    OpenBundleError, OpenKeyboxError, SealBundleError, SealKeyboxError, VerifyKeyboxError,
    open_bundle, seal_bundle, seal_keybox, try_open_keybox,
};
use senim_wire::caps;

fn row(name: &str, readers: Vec<DeviceId>) -> KeyboxRow {
    KeyboxRow {
        doc: Some(DOC),
        kind: Some(DocKind::Visit),
        epoch: 2,
        parents: vec![OTHER_MAILBOX],
        mailbox: MAILBOX,
        key: key(name),
        readers,
    }
}

fn named(device: &DeviceSecrets) -> (DeviceId, EncKey) {
    (device.device_id(), *device.public().enc())
}

fn made(readers: &[(DeviceId, EncKey)], rows: &[KeyboxRow]) -> Result<Vec<u8>, SealKeyboxError> {
    let draft = KeyboxDraft {
        org: ORG,
        roster_seq: 3,
        wall_ms: NOW,
        readers,
        rows,
    };
    seal_keybox(&draft, &device("Aigul"), &mut FixedRng::new("throw-away"))
}

fn for_bolat() -> Vec<u8> {
    let bolat = device("Bolat");
    made(&[named(&bolat)], &[row("k", vec![bolat.device_id()])]).unwrap()
}

#[test]
fn each_reader_gets_the_rows_and_nobody_else() {
    let (bolat, dana) = (device("Bolat"), device("Dana"));
    let mut ids = vec![bolat.device_id(), dana.device_id()];
    let file = made(&[named(&bolat), named(&dana)], &[row("k", ids.clone())]).unwrap();
    ids.sort_unstable();
    for reader in [&bolat, &dana] {
        let opened = try_open_keybox(&file, reader, ORG).unwrap().unwrap();
        assert_eq!(opened.claimed_author(), device("Aigul").device_id());
        let keybox = opened.verify(device("Aigul").public().sign()).unwrap();
        assert_eq!(keybox.readers(), ids);
        assert_eq!((keybox.roster_seq(), keybox.wall_ms()), (3, NOW));
        let [row] = keybox.rows() else {
            unreachable!("one row went in")
        };
        assert_eq!(
            (row.doc, row.kind, row.epoch),
            (Some(DOC), Some(DocKind::Visit), 2)
        );
        assert_eq!(
            (row.mailbox, &row.parents[..]),
            (MAILBOX, &[OTHER_MAILBOX][..])
        );
        assert_eq!(row.key.expose(), key("k").expose());
        assert_eq!(row.readers, ids);
    }
    assert!(
        try_open_keybox(&file, &device("Marat"), ORG)
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_keybox_made_for_a_list_without_its_reader_is_refused() {
    // Encrypted to Bolat's key under Dana's name: Bolat must not believe the list.
    let wrong = (device("Dana").device_id(), *device("Bolat").public().enc());
    let file = made(&[wrong], &[row("k", vec![device("Dana").device_id()])]).unwrap();
    assert_eq!(
        try_open_keybox(&file, &device("Bolat"), ORG)
            .map(|_| ())
            .unwrap_err(),
        OpenKeyboxError::NotListed
    );
}

#[test]
fn another_author_or_organisation_is_refused() {
    let file = for_bolat();
    assert_eq!(
        try_open_keybox(&file, &device("Bolat"), OTHER_ORG)
            .map(|_| ())
            .unwrap_err(),
        OpenKeyboxError::Org
    );
    let opened = try_open_keybox(&file, &device("Bolat"), ORG)
        .unwrap()
        .unwrap();
    assert_eq!(
        opened.verify(device("Dana").public().sign()).unwrap_err(),
        VerifyKeyboxError::Author
    );
}

#[test]
fn each_bit_flip_is_refused() {
    let file = for_bolat();
    for byte in 0..file.len() {
        let mut damaged = file.clone();
        damaged[byte] ^= 1 << (byte % 8);
        // A damaged stanza can look like one for somebody else; nothing opens either way.
        let opened = try_open_keybox(&damaged, &device("Bolat"), ORG);
        assert!(!matches!(opened, Ok(Some(_))), "byte {byte}");
    }
    for end in (0..file.len()).step_by(7) {
        assert!(!matches!(
            try_open_keybox(&file[..end], &device("Bolat"), ORG),
            Ok(Some(_))
        ));
    }
}

#[test]
fn the_number_of_readers_is_padded_to_a_group() {
    let length = |count: usize| {
        let readers: Vec<_> = (0..count)
            .map(|n| named(&device(&format!("d{n}"))))
            .collect();
        let ids = readers.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        let file = made(&readers, &[row("k", ids[..1].to_vec())]).unwrap();
        let text = String::from_utf8_lossy(&file).into_owned();
        text.matches("-> X25519 ").count()
    };
    for (count, group) in [(1, 8), (8, 8), (9, 16), (17, 32), (33, 64), (64, 64)] {
        assert_eq!(length(count), group, "{count} readers");
    }
}

#[test]
fn lists_that_break_a_rule_are_not_sealed() {
    let bolat = device("Bolat");
    let rows = || vec![row("k", vec![bolat.device_id()])];
    let many: Vec<_> = (0..65).map(|n| named(&device(&format!("d{n}")))).collect();
    for readers in [vec![], vec![named(&bolat), named(&bolat)], many] {
        assert_eq!(
            made(&readers, &rows()).unwrap_err(),
            SealKeyboxError::Readers
        );
    }
    assert_eq!(
        made(&[named(&bolat)], &[]).unwrap_err(),
        SealKeyboxError::Rows
    );
    assert_eq!(
        made(&[named(&bolat)], &[row("k", vec![])]).unwrap_err(),
        SealKeyboxError::Rows
    );
    let half = KeyboxRow {
        kind: None,
        ..row("k", vec![bolat.device_id()])
    };
    assert_eq!(
        made(&[named(&bolat)], &[half]).unwrap_err(),
        SealKeyboxError::Rows
    );
}

#[test]
fn a_keyring_hands_over_many_keys_at_once() {
    let bolat = device("Bolat");
    let rows: Vec<_> = (0..caps::KEYRING_ROWS)
        .map(|n| row(&format!("k{n}"), vec![bolat.device_id()]))
        .collect();
    let file = made(&[named(&bolat)], &rows).unwrap();
    let opened = try_open_keybox(&file, &bolat, ORG).unwrap().unwrap();
    let back = opened
        .verify(device("Aigul").public().sign())
        .unwrap()
        .into_rows();
    assert_eq!(back.len(), caps::KEYRING_ROWS);
    assert_eq!(back[4095].key.expose(), key("k4095").expose());
    let over: Vec<_> = rows
        .into_iter()
        .chain([row("k", vec![bolat.device_id()])])
        .collect();
    assert_eq!(
        made(&[named(&bolat)], &over).unwrap_err(),
        SealKeyboxError::Rows
    );
}

#[test]
fn a_joining_device_reads_the_roster_key_before_it_can_know_the_author() {
    let bolat = device("Bolat");
    let of_roster = KeyboxRow {
        doc: None,
        kind: None,
        ..row("roster", vec![bolat.device_id()])
    };
    let file = made(
        &[named(&bolat)],
        &[of_roster, row("k", vec![bolat.device_id()])],
    )
    .unwrap();
    let opened = try_open_keybox(&file, &bolat, ORG).unwrap().unwrap();
    let keys = opened.roster_keys();
    assert_eq!(keys.len(), 1, "the document's key waits for the author");
    assert_eq!(keys[0].0, MAILBOX);
    assert_eq!(keys[0].1.expose(), key("roster").expose());
}

#[test]
fn keys_do_not_print() {
    let secret: DocKey = key("k");
    let printed = format!("{:?} {:?}", row("k", vec![]), secret);
    assert!(!printed.contains(&hex::encode(&secret.expose()[..4])));
}

fn items() -> BundleItems {
    BundleItems {
        roster: vec![b"roster entry".to_vec()],
        keyboxes: vec![vec![9; 500]],
        envelopes: vec![vec![1; 3000], vec![], vec![2; 10]],
    }
}

fn bundle(items: &BundleItems, readers: &[EncKey]) -> Result<Vec<u8>, SealBundleError> {
    let draft = BundleDraft {
        org: ORG,
        counter: 4,
        roster_seq: 3,
        wall_ms: NOW,
        readers,
        items,
    };
    seal_bundle(&draft, &device("Aigul"), &mut FixedRng::new("throw-away"))
}

#[test]
fn a_bundle_brings_its_items_in_order() {
    let bolat = device("Bolat");
    let file = bundle(&items(), &[*bolat.public().enc()]).unwrap();
    let opened = open_bundle(Cursor::new(file.clone()), &bolat, ORG).unwrap();
    assert_eq!(opened.items(), &items());
    let verified = opened.verify(device("Aigul").public().sign()).unwrap();
    assert_eq!(
        (
            verified.counter(),
            verified.roster_seq(),
            verified.wall_ms()
        ),
        (4, 3, NOW)
    );
    assert_eq!(verified.author(), device("Aigul").device_id());
    assert_eq!(verified.into_items(), items());
    let open = |device: &DeviceSecrets, org| {
        open_bundle(Cursor::new(file.clone()), device, org)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(open(&device("Dana"), ORG), OpenBundleError::NotForMe);
    assert_eq!(open(&bolat, OTHER_ORG), OpenBundleError::Org);
    let opened = open_bundle(Cursor::new(file.clone()), &bolat, ORG).unwrap();
    assert_eq!(
        opened.verify(device("Dana").public().sign()).unwrap_err(),
        OpenBundleError::Author
    );
}

#[test]
fn an_empty_bundle_is_a_bundle() {
    let bolat = device("Bolat");
    let file = bundle(&BundleItems::default(), &[*bolat.public().enc()]).unwrap();
    let opened = open_bundle(Cursor::new(file), &bolat, ORG).unwrap();
    assert_eq!(opened.items(), &BundleItems::default());
}

#[test]
fn a_damaged_or_cut_bundle_is_refused() {
    let bolat = device("Bolat");
    let file = bundle(&items(), &[*bolat.public().enc()]).unwrap();
    for byte in (0..file.len()).step_by(3) {
        let mut damaged = file.clone();
        damaged[byte] ^= 1 << (byte % 8);
        assert!(
            open_bundle(Cursor::new(damaged), &bolat, ORG).is_err(),
            "byte {byte}"
        );
    }
    for end in (0..file.len()).step_by(11) {
        assert!(open_bundle(Cursor::new(file[..end].to_vec()), &bolat, ORG).is_err());
    }
}

#[test]
fn a_bundle_over_a_cap_is_not_made() {
    let bolat = *device("Bolat").public().enc();
    let over = BundleItems {
        envelopes: vec![vec![0; caps::ENVELOPE + 1]],
        ..BundleItems::default()
    };
    assert_eq!(
        bundle(&over, &[bolat]).unwrap_err(),
        SealBundleError::TooLarge
    );
    assert_eq!(bundle(&items(), &[]).unwrap_err(), SealBundleError::Readers);
}

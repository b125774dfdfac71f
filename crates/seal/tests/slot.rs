//! The key slot: the right passphrase opens it, however typed; weaker work than the floor is refused before it is done.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fixture that fails is a failed test"
)]

mod common;

use common::FixedRng;
use senim_ids::{CodedError, ErrorCode};
use senim_seal::{MakeSlotError, Passphrase, SlotCost, UnlockSlotError, VaultSlot};
use senim_wire::cbor::{Bytes, to_vec};

const TYPED: &str = "алма терек қар жел су тау";

fn made(typed: &str) -> Vec<u8> {
    VaultSlot::make(
        &Passphrase::new(typed),
        SlotCost::LEAST,
        &mut FixedRng::new("slot"),
    )
    .unwrap()
    .0
}

#[test]
fn the_passphrase_opens_the_slot_however_it_is_typed() {
    let (slot, key, vault) = VaultSlot::make(
        &Passphrase::new(TYPED),
        SlotCost::LEAST,
        &mut FixedRng::new("slot"),
    )
    .unwrap();
    // The letter й as one sign or as и with a breve, with white space around and between.
    let composed = "жай сөздер емес бұл";
    let decomposed = "  жаи\u{306} \u{a0} сөздер\tемес бұл\n";
    for typed in [TYPED, " алма  терек қар жел су тау "] {
        let (opened, id) = VaultSlot::unlock(&slot, &Passphrase::new(typed)).unwrap();
        assert_eq!((opened.expose(), id), (key.expose(), vault));
    }
    assert!(VaultSlot::unlock(&made(composed), &Passphrase::new(decomposed)).is_ok());
}

#[test]
fn a_wrong_passphrase_and_damage_are_not_told_apart() {
    let slot = made(TYPED);
    let error = VaultSlot::unlock(&slot, &Passphrase::new("алма терек қар жел су таү"))
        .err()
        .unwrap();
    assert_eq!(error, UnlockSlotError::WrongOrDamaged);
    let mut damaged = slot.clone();
    let last = damaged.len() - 20;
    damaged[last] ^= 1;
    let error = VaultSlot::unlock(&damaged, &Passphrase::new(TYPED))
        .err()
        .unwrap();
    assert_eq!(error, UnlockSlotError::WrongOrDamaged);
    assert_eq!(error.code(), ErrorCode::WrongPassphraseOrDamaged);
}

#[test]
fn one_flipped_bit_in_each_field_is_refused() {
    let slot = made(TYPED);
    // Behind the cost each try costs the work of the floor: one byte of each field is enough.
    for byte in (0..14).chain((14..slot.len()).step_by(13)) {
        let mut damaged = slot.clone();
        // The lowest bits of the cost would ask for a little more work than was done, and give another key.
        damaged[byte] ^= if (5..14).contains(&byte) { 0x40 } else { 1 };
        let error = VaultSlot::unlock(&damaged, &Passphrase::new(TYPED)).err();
        assert!(error.is_some(), "byte {byte}");
    }
    for end in 0..slot.len() {
        let error = VaultSlot::unlock(&slot[..end], &Passphrase::new(TYPED)).err();
        assert_eq!(error, Some(UnlockSlotError::Encoding), "cut at {end}");
    }
}

/// A slot with this cost and nothing real in it.
fn slot_with(version: u8, memory: u32, passes: u32, lanes: u32) -> Vec<u8> {
    let bytes = |n: usize| Bytes(vec![7; n]);
    let body = (
        version,
        memory,
        passes,
        lanes,
        bytes(16),
        bytes(24),
        bytes(48),
        bytes(16),
    );
    [b"SNVK\x01".as_slice(), &to_vec(&body)].concat()
}

#[test]
fn floors_and_caps_are_kept_on_reading() {
    let open = |slot: Vec<u8>| {
        VaultSlot::unlock(&slot, &Passphrase::new(TYPED))
            .err()
            .unwrap()
    };
    const KIB64: u32 = 64 * 1024;
    for (memory, passes, lanes) in [
        (KIB64 - 1, 3, 1),
        (19 * 1024, 3, 1),
        (KIB64, 2, 1),
        (KIB64, 17, 1),
        (KIB64, 3, 0),
        (KIB64, 3, 5),
        (1024 * 1024 + 1, 3, 1),
        (u32::MAX, u32::MAX, u32::MAX),
        (0, 0, 0),
    ] {
        assert_eq!(
            open(slot_with(1, memory, passes, lanes)),
            UnlockSlotError::Cost
        );
        assert_eq!(SlotCost::new(memory, passes, lanes), None);
    }
    assert_eq!(
        open(slot_with(1, KIB64, 3, 1)),
        UnlockSlotError::WrongOrDamaged,
        "the floor itself"
    );
    assert_eq!(open(slot_with(2, KIB64, 3, 1)), UnlockSlotError::Version);
    assert_eq!(open(b"SNVK\x02anything".to_vec()), UnlockSlotError::Version);
    assert_eq!(
        open(b"PK\x03\x04 something else".to_vec()),
        UnlockSlotError::Encoding
    );
}

#[test]
fn a_changed_passphrase_keeps_key_and_vault() {
    let (_, key, vault) = VaultSlot::make(
        &Passphrase::new(TYPED),
        SlotCost::LEAST,
        &mut FixedRng::new("slot"),
    )
    .unwrap();
    let new = Passphrase::new("тау су жел қар терек алма");
    let slot = VaultSlot::wrap(
        &key,
        vault,
        &new,
        SlotCost::LEAST,
        &mut FixedRng::new("new"),
    )
    .unwrap();
    let (again, id) = VaultSlot::unlock(&slot, &new).unwrap();
    assert_eq!((again.expose(), id), (key.expose(), vault));
    assert_eq!(
        VaultSlot::unlock(&slot, &Passphrase::new(TYPED)).err(),
        Some(UnlockSlotError::WrongOrDamaged)
    );
}

#[test]
fn a_short_or_endless_passphrase_makes_no_slot() {
    for typed in ["", "короткая", "  eleven char  ", &"x".repeat(1025)] {
        let error = VaultSlot::make(
            &Passphrase::new(typed),
            SlotCost::LEAST,
            &mut FixedRng::new("s"),
        )
        .err();
        assert_eq!(
            error,
            Some(MakeSlotError::Passphrase),
            "{} bytes",
            typed.len()
        );
    }
    assert_eq!(
        MakeSlotError::Passphrase.code(),
        ErrorCode::PassphraseTooWeak
    );
    assert_eq!(
        format!("{:?}", Passphrase::new(TYPED)),
        "Passphrase(<redacted>)"
    );
}

//! Keys of a device: weak, repeated and second spellings are refused; secrets survive the vault and print nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fixture that fails is a failed test"
)]

mod common;

use common::{FixedRng, ORG, admin_device, device};
use senim_ids::VaultId;
use senim_seal::{
    DeviceKeys, DeviceSecrets, DeviceSecretsError, EncKey, KeyError, Label, SignKey, actor_id,
    device_id,
};
use senim_wire::cbor::Bytes;

/// u-coordinates of small order, as every list of them has it (RFC 7748 section 6.1 asks to refuse their shared secret).
const SMALL_ORDER_X25519: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn bytes32(hex: &str) -> [u8; 32] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

#[test]
fn an_enc_key_of_small_order_is_refused_before_age_sees_it() {
    for hex in SMALL_ORDER_X25519 {
        assert_eq!(EncKey::parse(bytes32(hex)), Err(KeyError::Weak), "{hex}");
    }
}

#[test]
fn an_enc_key_has_one_spelling() {
    let mut high = *device("Bolat").public().enc().as_bytes();
    high[31] |= 0x80;
    assert_eq!(EncKey::parse(high), Err(KeyError::Weak));
    let mut over = [0xff; 32];
    (over[0], over[31]) = (0xf6, 0x7f);
    assert_eq!(
        EncKey::parse(over),
        Err(KeyError::Weak),
        "nine in a second spelling"
    );
}

#[test]
fn a_sign_key_of_small_order_or_in_a_second_spelling_is_refused() {
    // The neutral point verifies any message under the lax rules; its second spelling has the sign bit set.
    let neutral = bytes32("0100000000000000000000000000000000000000000000000000000000000000");
    let second = bytes32("0100000000000000000000000000000000000000000000000000000000000080");
    // y = p + 3 is a point of large order that is not written canonically.
    let over = bytes32("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    for bytes in [neutral, second, over, [0xff; 32]] {
        assert_eq!(SignKey::parse(bytes), Err(KeyError::Weak));
    }
}

#[test]
fn one_key_in_two_roles_is_refused() {
    let keys = *device("Bolat").public();
    assert_eq!(
        DeviceKeys::new(*keys.auth(), *keys.auth(), *keys.enc(), None),
        Err(KeyError::Repeated)
    );
    assert_eq!(
        DeviceKeys::new(*keys.auth(), *keys.sign(), *keys.enc(), Some(*keys.sign())),
        Err(KeyError::Repeated)
    );
    let other = senim_wire::cbor::to_vec(&vec![
        Bytes(keys.auth().as_bytes().to_vec()),
        Bytes(keys.auth().as_bytes().to_vec()),
        Bytes(keys.enc().as_bytes().to_vec()),
    ]);
    assert_eq!(DeviceKeys::parse(&other), Err(KeyError::Repeated));
}

#[test]
fn keys_round_trip_with_and_without_admit() {
    for secrets in [device("Bolat"), admin_device("Aigul")] {
        let bytes = secrets.public().encode();
        assert_eq!(DeviceKeys::parse(&bytes), Ok(*secrets.public()));
        for end in 0..bytes.len() {
            assert_eq!(DeviceKeys::parse(&bytes[..end]), Err(KeyError::Encoding));
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(DeviceKeys::parse(&longer), Err(KeyError::Encoding));
    }
}

#[test]
fn secrets_round_trip_and_damage_is_told() {
    for secrets in [device("Bolat"), admin_device("Aigul")] {
        let bytes = secrets.to_bytes();
        let again = DeviceSecrets::from_bytes(&bytes).unwrap();
        assert_eq!(again.public(), secrets.public());
        assert_eq!(*again.to_bytes(), *bytes);
        for end in 0..bytes.len() {
            assert_eq!(
                DeviceSecrets::from_bytes(&bytes[..end]).err(),
                Some(DeviceSecretsError::Encoding)
            );
        }
    }
}

#[test]
fn secrets_print_nothing() {
    let secrets = admin_device("Aigul");
    let printed = format!("{secrets:?} {:?}", common::key("k"));
    let bytes = secrets.to_bytes();
    for window in bytes.windows(4) {
        assert!(!printed.contains(&hex::encode(window)), "{printed}");
    }
    assert!(printed.contains("<redacted>"));
}

#[test]
fn ids_follow_from_keys_and_vaults() {
    let (bolat, dana) = (device("Bolat"), device("Dana"));
    assert_ne!(bolat.device_id(), dana.device_id());
    assert_eq!(bolat.device_id(), device_id(bolat.public()));
    let (one, two) = (VaultId::from_bytes([1; 16]), VaultId::from_bytes([2; 16]));
    assert_ne!(
        actor_id(bolat.device_id(), one),
        actor_id(bolat.device_id(), two)
    );
    assert_ne!(
        actor_id(bolat.device_id(), one),
        actor_id(dana.device_id(), one)
    );
}

#[test]
fn a_device_without_admit_key_makes_none() {
    assert!(
        DeviceSecrets::make(&mut FixedRng::new("a"), false)
            .public()
            .admit()
            .is_none()
    );
    assert!(
        DeviceSecrets::make(&mut FixedRng::new("a"), true)
            .public()
            .admit()
            .is_some()
    );
}

#[test]
fn possession_speaks_of_one_organisation_one_invite_and_these_keys() {
    // The proof verifies only where the roster checks it; here it is enough that it differs.
    let bolat = device("Bolat");
    let proof = bolat.prove_possession(ORG, common::INVITE);
    assert_ne!(
        proof,
        bolat.prove_possession(common::OTHER_ORG, common::INVITE)
    );
    assert_ne!(
        proof,
        bolat.prove_possession(ORG, senim_ids::InviteId::from_bytes([9; 16]))
    );
    assert!(!bolat.public().sign().verifies(Label::Record, b"", &proof));
}

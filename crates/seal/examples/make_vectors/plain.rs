//! Keys, envelopes, acts, padding.

use senim_ids::VaultId;
use senim_seal::*;
use senim_wire::envelope::{Kind, id_of};
use serde_json::json;

use crate::common::*;
use crate::{damaged, flip, h, put};

pub(crate) fn keys() {
    for (name, secrets) in [
        ("member", device("Bolat")),
        ("admin", admin_device("Aigul")),
    ] {
        let vault = VaultId::from_bytes([0x77; 16]);
        let good = json!({
            "what": "secrets of a device, what follows from them",
            "secrets": h(&*secrets.to_bytes()),
            "keys": h(secrets.public().encode()),
            "device": secrets.device_id().to_string(),
            "vault": vault.to_string(),
            "actor": actor_id(secrets.device_id(), vault).to_string(),
        });
        put("keys", name, good);
    }
    let good = device("Bolat").public().encode();
    let spliced = |at: usize, key: [u8; 32]| {
        let mut bytes = good.clone();
        bytes[at..at + 32].copy_from_slice(&key);
        hex::encode(bytes)
    };
    let mut one = [0; 32];
    one[0] = 1;
    let auth: [u8; 32] = good[3..35].try_into().unwrap();
    let mut high: [u8; 32] = good[71..103].try_into().unwrap();
    high[31] |= 0x80;
    for (name, what, keys, error) in [
        (
            "weak-sign",
            "`sign` is the neutral point",
            spliced(37, one),
            "keys-weak",
        ),
        (
            "weak-enc",
            "`enc` is a point of small order",
            spliced(71, one),
            "keys-weak",
        ),
        (
            "enc-high-bit",
            "`enc` in a second spelling",
            spliced(71, high),
            "keys-weak",
        ),
        (
            "repeated",
            "`sign` is `auth`",
            spliced(37, auth),
            "keys-repeated",
        ),
        (
            "long",
            "a byte too many",
            hex::encode(&good) + "00",
            "keys-encoding",
        ),
    ] {
        put(
            "keys",
            name,
            json!({ "what": what, "keys": keys, "error": error }),
        );
    }
}

pub(crate) fn envelopes() {
    for (name, content) in [
        ("empty", vec![]),
        ("short", b"what was seen".to_vec()),
        ("long", vec![0x80; 3000]),
    ] {
        let envelope = seal(
            &content,
            Kind::Record,
            MAILBOX,
            &key("k"),
            ORG,
            &mut FixedRng::new(name),
        )
        .unwrap();
        let good = json!({
            "what": "an envelope that opens",
            "org": ORG.to_string(),
            "key": h(key("k").expose()),
            "mailbox": MAILBOX.to_string(),
            "kind": Kind::Record as u8,
            "envelope": h(&envelope),
            "id": id_of(&envelope).to_string(),
            "content": h(&content),
        });
        put("envelope", name, good.clone());
        if name != "short" {
            continue;
        }
        let end = envelope.len();
        for (name, what, value, error) in [
            (
                "magic",
                "another magic",
                flip(&envelope, 0),
                "envelope-magic",
            ),
            (
                "version",
                "another version",
                flip(&envelope, 4),
                "envelope-version",
            ),
            (
                "algorithm",
                "another algorithm",
                flip(&envelope, 5),
                "envelope-version",
            ),
            (
                "mailbox",
                "another mailbox in the header",
                flip(&envelope, 6),
                "key-commitment",
            ),
            (
                "kind",
                "an unknown kind",
                flip(&envelope, 22),
                "envelope-kind",
            ),
            ("nonce", "another nonce", flip(&envelope, 23), "damaged"),
            (
                "commitment",
                "another key commitment",
                flip(&envelope, 47),
                "key-commitment",
            ),
            (
                "ciphertext",
                "a flipped bit of ciphertext",
                flip(&envelope, 79),
                "damaged",
            ),
            (
                "tag",
                "a flipped bit of the tag",
                flip(&envelope, end - 1),
                "damaged",
            ),
            (
                "cut",
                "cut below the least length",
                h(&envelope[..94]),
                "envelope-length",
            ),
            (
                "cut-tag",
                "the last byte is missing",
                h(&envelope[..end - 1]),
                "damaged",
            ),
        ] {
            put(
                "envelope",
                &format!("bad-{name}"),
                damaged(&good, what, "envelope", value, error),
            );
        }
        let other = damaged(
            &good,
            "another key",
            "key",
            h(key("j").expose()),
            "key-commitment",
        );
        put("envelope", "bad-key", other);
        let other = damaged(
            &good,
            "another organisation",
            "org",
            json!(OTHER_ORG.to_string()),
            "damaged",
        );
        put("envelope", "bad-org", other);
    }
}

pub(crate) fn acts() {
    let bytes = act().encode().unwrap();
    let good = json!({
        "what": "an act with every field",
        "act": h(&bytes),
        "hash": act_hash(&bytes).to_string(),
        "kind": act().kind,
    });
    put("act", "full", good.clone());
    let least = Act {
        heads: vec![],
        view: None,
        parents: vec![],
        arguments: vec![],
        ..act()
    };
    let least = least.encode().unwrap();
    put(
        "act",
        "least",
        json!({
            "what": "an act with empty fields", "act": h(&least),
            "hash": act_hash(&least).to_string(), "kind": act().kind,
        }),
    );
    let mut version = bytes.clone();
    version[1] = 2;
    let mut long = bytes.clone();
    long.push(0);
    let unsorted = [
        &[0x87, 1, 0x61, b'x', 0xf6, 0x82, 0x58, 32][..],
        &[9; 32],
        &[0x58, 32],
        &[8; 32],
        &[0xf6, 0x80, 0x40],
    ]
    .concat();
    let spelled = [&[0x87, 0x18, 1][..], &bytes[2..]].concat();
    for (name, what, value) in [
        ("version", "another version", h(version)),
        ("long", "a byte too many", h(long)),
        ("unsorted", "heads in another order", h(unsorted)),
        ("spelling", "an integer in a longer spelling", h(spelled)),
        (
            "cut",
            "the last byte is missing",
            h(&bytes[..bytes.len() - 1]),
        ),
    ] {
        put(
            "act",
            &format!("bad-{name}"),
            damaged(&good, what, "act", value, "act"),
        );
    }
}

pub(crate) fn paddings() {
    let lengths = [
        0,
        1,
        9,
        1022,
        1023,
        1024,
        1025,
        1087,
        1088,
        4095,
        4096,
        65_535,
        262_144,
        1_000_000,
        268_435_456,
        u64::from(u32::MAX),
    ];
    let cases: Vec<_> = lengths.iter().map(|n| json!([n, padded_len(*n)])).collect();
    put(
        "padding",
        "lengths",
        json!({ "what": "length of content, length of its padded plaintext", "cases": cases }),
    );
}

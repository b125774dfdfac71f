//! Keyboxes and bundles.

use senim_ids::DocKind;
use senim_seal::*;
use serde_json::json;

use crate::common::*;
use crate::{damaged, flip, h, put};

fn row(name: &str, readers: Vec<senim_ids::DeviceId>) -> KeyboxRow {
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

pub(crate) fn keyboxes() {
    let (aigul, bolat, dana) = (device("Aigul"), device("Bolat"), device("Dana"));
    let made = |readers: &[_], rows: &[KeyboxRow]| {
        let draft = KeyboxDraft {
            org: ORG,
            roster_seq: 3,
            wall_ms: NOW,
            readers,
            rows,
        };
        seal_keybox(&draft, &aigul, &mut FixedRng::new("t")).unwrap()
    };
    let named = |device: &DeviceSecrets| (device.device_id(), *device.public().enc());
    let ids = vec![bolat.device_id(), dana.device_id()];
    let of_roster = KeyboxRow {
        doc: None,
        kind: None,
        ..row("roster", ids.clone())
    };
    let file = made(
        &[named(&bolat), named(&dana)],
        &[row("k", ids.clone()), of_roster],
    );
    let good = json!({
        "what": "a keybox with two rows for two devices",
        "org": ORG.to_string(),
        "secrets": h(&*bolat.to_bytes()),
        "author_sign": h(aigul.public().sign().as_bytes()),
        "file": h(&file),
        "roster_seq": 3,
        "rows": [
            { "doc": DOC.to_string(), "epoch": 2, "mailbox": MAILBOX.to_string(), "key": h(key("k").expose()) },
            { "doc": null, "epoch": 2, "mailbox": MAILBOX.to_string(), "key": h(key("roster").expose()) },
        ],
    });
    // Made once: age takes its randomness from the system, so only a first run writes these.
    put("keybox", "two", good.clone());
    let wrong = made(
        &[(dana.device_id(), *bolat.public().enc())],
        &[row("k", ids)],
    );
    let wrong = damaged(
        &good,
        "the signed list does not name the reader",
        "file",
        h(wrong),
        "keybox-not-listed",
    );
    put("keybox", "bad-list", wrong);
    let end = file.len() - 1;
    put(
        "keybox",
        "bad-tag",
        damaged(
            &good,
            "a flipped bit at the end",
            "file",
            flip(&file, end),
            "keybox-damaged",
        ),
    );
    put(
        "keybox",
        "bad-magic",
        damaged(
            &good,
            "not an age file",
            "file",
            flip(&file, 0),
            "keybox-damaged",
        ),
    );
    let other = h(&*device("Marat").to_bytes());
    put(
        "keybox",
        "bad-reader",
        damaged(&good, "not for this device", "secrets", other, "not-for-me"),
    );
    let other = json!(OTHER_ORG.to_string());
    put(
        "keybox",
        "bad-org",
        damaged(&good, "another organisation", "org", other, "keybox-org"),
    );
    let other = h(bolat.public().sign().as_bytes());
    put(
        "keybox",
        "bad-author",
        damaged(
            &good,
            "another author",
            "author_sign",
            other,
            "keybox-author",
        ),
    );
}

pub(crate) fn bundles() {
    let (aigul, bolat) = (device("Aigul"), device("Bolat"));
    let items = BundleItems {
        roster: vec![b"roster".to_vec()],
        keyboxes: vec![b"keybox".to_vec()],
        envelopes: vec![vec![1; 300], vec![]],
    };
    let readers = [*bolat.public().enc()];
    let draft = BundleDraft {
        org: ORG,
        counter: 4,
        roster_seq: 3,
        wall_ms: NOW,
        readers: &readers,
        items: &items,
    };
    let file = seal_bundle(&draft, &aigul, &mut FixedRng::new("t")).unwrap();
    let hexes = |list: &[Vec<u8>]| list.iter().map(h).collect::<Vec<_>>();
    let good = json!({
        "what": "one roster entry, one keybox, two envelopes",
        "org": ORG.to_string(),
        "secrets": h(&*bolat.to_bytes()),
        "author_sign": h(aigul.public().sign().as_bytes()),
        "file": h(&file),
        "counter": 4,
        "roster": hexes(&items.roster),
        "keyboxes": hexes(&items.keyboxes),
        "envelopes": hexes(&items.envelopes),
    });
    put("bundle", "small", good.clone());
    let end = file.len() - 1;
    put(
        "bundle",
        "bad-tag",
        damaged(
            &good,
            "a flipped bit at the end",
            "file",
            flip(&file, end),
            "bundle-damaged",
        ),
    );
    put(
        "bundle",
        "bad-cut",
        damaged(
            &good,
            "the last byte is missing",
            "file",
            h(&file[..end]),
            "bundle-damaged",
        ),
    );
    let other = h(&*device("Marat").to_bytes());
    put(
        "bundle",
        "bad-reader",
        damaged(
            &good,
            "not for this device",
            "secrets",
            other,
            "bundle-not-for-me",
        ),
    );
    put(
        "bundle",
        "bad-org",
        damaged(
            &good,
            "another organisation",
            "org",
            json!(OTHER_ORG.to_string()),
            "bundle-org",
        ),
    );
    let other = h(bolat.public().sign().as_bytes());
    put(
        "bundle",
        "bad-author",
        damaged(
            &good,
            "another author",
            "author_sign",
            other,
            "bundle-author",
        ),
    );
}

//! Writes golden vectors to `tests/vectors/` with fixed keys and nonces. A file that is there already is left as it is: old
//! vectors are never changed, only added.
//!
//! `cargo run -p senim-seal --example make_vectors`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a maker of test files that fails says so"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;

use common::*;
use senim_ids::{DocKind, Role, VaultId};
use senim_seal::*;
use senim_wire::envelope::{Kind, id_of};
use serde_json::{Value, json};

const PASSPHRASE: &str = "алма терек қар жел су тау";

fn put(folder: &str, name: &str, vector: Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors")
        .join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.json"));
    if !file.exists() {
        let text = serde_json::to_string_pretty(&vector).unwrap();
        std::fs::write(file, text + "\n").unwrap();
    }
}

/// `good` with one field replaced and the error expected.
fn damaged(good: &Value, what: &str, field: &str, value: Value, error: &str) -> Value {
    let mut vector = good.clone();
    vector["what"] = json!(what);
    vector[field] = value;
    vector["error"] = json!(error);
    vector
}

fn flip(bytes: &[u8], at: usize) -> Value {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    json!(hex::encode(bytes))
}

fn h(bytes: impl AsRef<[u8]>) -> Value {
    json!(hex::encode(bytes))
}

fn main() {
    keys();
    envelopes();
    records();
    acts();
    keyboxes();
    rosters();
    admits();
    slots();
    codes();
    bundles();
    paddings();
}

fn keys() {
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

fn envelopes() {
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

fn records() {
    let chunk = change(b"a change");
    let acts = [act().encode().unwrap()];
    let seen = [(device("Dana").device_id(), 7)];
    let first = draft(&chunk, &acts, &seen);
    let author = device("Bolat");
    let sealed = seal_record(&first, &author, &key("k"), &mut FixedRng::new("r")).unwrap();
    let vector = |what: &str, record: &SealedRecord, change: &[u8]| {
        json!({
            "what": what,
            "org": ORG.to_string(),
            "key": h(key("k").expose()),
            "mailbox": MAILBOX.to_string(),
            "author_sign": h(author.public().sign().as_bytes()),
            "envelope": h(&record.envelope),
            "device": author.device_id().to_string(),
            "doc": DOC.to_string(),
            "record_hash": record.record_hash.to_string(),
            "change": h(change),
        })
    };
    let good = vector("a change, an act, one device seen", &sealed, &chunk);
    put("record", "first", good.clone());
    let second = at(2, 9, Some(sealed.record_hash), &chunk);
    let second = seal_record(&second, &author, &key("k"), &mut FixedRng::new("s")).unwrap();
    put(
        "record",
        "second",
        vector("the second of its chain", &second, &chunk),
    );
    let quiet = RecordDraft {
        change: None,
        ..draft(&[], &[], &[])
    };
    let quiet = seal_record(&quiet, &author, &key("k"), &mut FixedRng::new("q")).unwrap();
    put(
        "record",
        "quiet",
        vector("says nothing but that its author is there", &quiet, &[]),
    );

    let content = open(&sealed.envelope, &key("k"), ORG)
        .unwrap()
        .content()
        .to_vec();
    let reseal = |content: &[u8], kind, mailbox| {
        h(seal(
            content,
            kind,
            mailbox,
            &key("k"),
            ORG,
            &mut FixedRng::new("x"),
        )
        .unwrap())
    };
    let flipped = |at: usize| {
        let mut content = content.clone();
        content[at] ^= 1;
        reseal(&content, Kind::Record, MAILBOX)
    };
    let payload = 68 + u32::from_be_bytes(content[64..68].try_into().unwrap()) as usize;
    let bomb = zstd::stream::encode_all(&vec![0; 2 << 20][..], 19).unwrap();
    for (name, what, envelope, error) in [
        (
            "kind",
            "sealed as a chunk",
            reseal(&content, Kind::Chunk, MAILBOX),
            "record-kind",
        ),
        (
            "mailbox",
            "found in another log",
            reseal(&content, Kind::Record, OTHER_MAILBOX),
            "record-mailbox",
        ),
        (
            "signature",
            "a flipped bit of the signature",
            flipped(0),
            "record-signature",
        ),
        (
            "head-length",
            "a longer head than there is",
            flipped(64),
            "record-head",
        ),
        (
            "wall",
            "a flipped bit of the version text",
            flipped(payload - 1),
            "record-signature",
        ),
        (
            "payload",
            "a flipped bit of the payload",
            flipped(payload + 12),
            "record-payload",
        ),
        (
            "no-payload",
            "the payload is missing",
            reseal(&content[..payload], Kind::Record, MAILBOX),
            "record-head",
        ),
        (
            "bomb",
            "a payload of 2 MiB",
            reseal(
                &[&content[..payload], &bomb].concat(),
                Kind::Record,
                MAILBOX,
            ),
            "record-payload",
        ),
    ] {
        put(
            "record",
            &format!("bad-{name}"),
            damaged(&good, what, "envelope", envelope, error),
        );
    }
    let other = h(device("Dana").public().sign().as_bytes());
    put(
        "record",
        "bad-author",
        damaged(
            &good,
            "another author",
            "author_sign",
            other,
            "record-author",
        ),
    );
}

fn acts() {
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

fn keyboxes() {
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

fn rosters() {
    let (aigul, bolat) = (admin_device("Aigul"), admin_device("Bolat"));
    let (dana, ghost) = (device("Dana"), admin_device("Ghost"));
    let mut roster = found(&aigul);
    let mut entries = vec![genesis(&aigul)];
    entries.extend(add_person(
        &mut roster,
        "Bolat",
        Role::Admin,
        &bolat,
        &aigul,
    ));
    entries.extend(add_person(
        &mut roster,
        "Dana",
        Role::Coordinator,
        &dana,
        &bolat,
    ));
    let calm = vector_of("members, devices", &entries, &[], None);
    put("roster", "calm", calm.clone());
    let settings = [
        RosterChange::Server(ServerSet {
            origins: vec!["https://sync.example".to_owned()],
            pins: vec![[9; 32]],
        }),
        RosterChange::Policy(Policy {
            least_app_version: "0.2.0".to_owned(),
            least_slot_memory_kib: 65_536,
        }),
        RosterChange::RoleRaised {
            member: member("Dana"),
            role: Role::Admin,
        },
    ];
    let mut with_settings = entries.clone();
    let mut after = Roster::found(&entries[0].content, entries[0].hash).unwrap();
    entries[1..]
        .iter()
        .for_each(|entry| after.append(&entry.content).unwrap());
    for change in settings {
        let entry = next(&after, change, &aigul);
        after.append(&entry.content).unwrap();
        with_settings.push(entry);
    }
    put(
        "roster",
        "settings",
        vector_of("server, policy, a raised role", &with_settings, &[], None),
    );
    let lowered = RosterLoss::Role {
        member: member("Dana"),
        role: Role::Member,
        last: vec![(dana.device_id(), 2)],
    };
    let removals = [
        revoke(4, bolat.device_id(), 9, &aigul),
        removal(4, lowered, &bolat),
    ];
    let mut later = entries.clone();
    later.extend(add_person(
        &mut roster,
        "Ghost",
        Role::Admin,
        &ghost,
        &bolat,
    ));
    put(
        "roster",
        "removed",
        vector_of(
            "a removed admin goes on giving: void",
            &later,
            &removals,
            None,
        ),
    );
    let both = [
        revoke(4, aigul.device_id(), 0, &bolat),
        revoke(4, bolat.device_id(), 0, &aigul),
    ];
    put(
        "roster",
        "last-admin",
        vector_of("two admins remove each other", &entries, &both, None),
    );

    let here = Roster::found(&entries[0].content, entries[0].hash).unwrap();
    let by_ghost = next(&here, member_added("X", Role::Admin), &ghost);
    let bad = |name: &str, what: &str, entry: Vec<u8>, error: &str| {
        let entry = RosterContent {
            hash: roster_hash(&entry),
            content: entry,
            kind: Kind::RosterEntry,
        };
        let list = [entries[0].clone(), entry];
        put(
            "roster",
            &format!("bad-{name}"),
            vector_of(what, &list, &[], Some(error)),
        );
    };
    let good = &entries[1].content;
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    bad(
        "signer",
        "signed by no admin",
        by_ghost.content,
        "roster-signer",
    );
    bad(
        "signature",
        "a flipped bit of the signature",
        flipped,
        "roster-signature",
    );
    bad(
        "long",
        "a byte too many",
        [&good[..], &[0]].concat(),
        "roster-encoding",
    );
    bad(
        "gap",
        "an entry is missing before it",
        entries[2].content.clone(),
        "roster-gap",
    );
    let change = RosterChange::DeviceAdded {
        member: member("Aigul"),
        keys: *dana.public(),
        invite: INVITE,
    };
    let stolen = next_with(
        &here,
        change,
        &aigul,
        Some(bolat.prove_possession(ORG, INVITE)),
    );
    bad(
        "possession",
        "possession by another device",
        stolen.content,
        "roster-possession",
    );
    let change = RosterChange::DeviceAdded {
        member: member("Aigul"),
        keys: *aigul.public(),
        invite: INVITE,
    };
    let again = next_with(
        &here,
        change,
        &aigul,
        Some(aigul.prove_possession(ORG, INVITE)),
    );
    bad(
        "keys",
        "keys that are in the roster already",
        again.content,
        "roster-keys",
    );
    let mut other = here;
    other
        .append(&next(&other, member_added("Y", Role::Member), &aigul).content)
        .unwrap();
    let list = [
        entries[0].clone(),
        entries[1].clone(),
        next(&other, member_added("Z", Role::Member), &aigul),
    ];
    put(
        "roster",
        "bad-prev",
        vector_of(
            "does not follow the entry before",
            &list,
            &[],
            Some("roster-prev"),
        ),
    );
    let rival = next(&found(&aigul), member_added("Rival", Role::Member), &aigul);
    let list = [entries[0].clone(), entries[1].clone(), rival];
    put(
        "roster",
        "bad-fork",
        vector_of(
            "two valid entries at one place",
            &list,
            &[],
            Some("roster-forked"),
        ),
    );
}

/// Entries in order, then removals; `error` is that of the last entry.
fn vector_of(
    what: &str,
    entries: &[RosterContent],
    removals: &[RosterContent],
    error: Option<&str>,
) -> Value {
    let hexes = |list: &[RosterContent]| list.iter().map(|c| h(&c.content)).collect::<Vec<_>>();
    let mut vector = json!({
        "what": what,
        "genesis": entries[0].hash.to_string(),
        "entries": hexes(entries),
        "removals": hexes(removals),
    });
    if let Some(error) = error {
        vector["error"] = json!(error);
        return vector;
    }
    let mut roster = Roster::found(&entries[0].content, entries[0].hash).unwrap();
    entries[1..]
        .iter()
        .for_each(|entry| roster.append(&entry.content).unwrap());
    removals
        .iter()
        .for_each(|removal| roster.remove(&removal.content).unwrap());
    vector["head"] = json!(roster.head_hash().to_string());
    vector["version"] = json!(roster.version());
    vector["void"] = json!(roster.void_entries());
    vector["members"] = roster
        .members()
        .map(|m| json!({ "id": m.id.to_string(), "role": m.role as u8, "removed": m.removed }))
        .collect();
    vector["devices"] = roster
        .devices()
        .map(|d| json!({ "id": d.id.to_string(), "member": d.member.to_string(), "last": d.last_device_seq }))
        .collect();
    vector
}

fn admits() {
    let aigul = admin_device("Aigul");
    let mut roster = found(&aigul);
    add_person(&mut roster, "Dana", Role::Member, &device("Dana"), &aigul);
    let signed = sign_admit_list(&roster, &aigul).unwrap();
    let good = json!({
        "what": "the first list, signed by a key it names",
        "list": h(&*signed.list),
        "key": signed.key.to_string(),
        "signature": h(&*signed.signature),
        "version": roster.version(),
        "auth": roster.admit_list().auth.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    put("admit", "first", good.clone());
    put(
        "admit",
        "bad-list",
        damaged(
            &good,
            "another version",
            "list",
            flip(&signed.list, 18),
            "admit-signature",
        ),
    );
    put(
        "admit",
        "bad-signature",
        damaged(
            &good,
            "a flipped bit",
            "signature",
            flip(&signed.signature, 0),
            "admit-signature",
        ),
    );
    let other = h(device("Dana").public().auth().as_bytes());
    put(
        "admit",
        "bad-signer",
        damaged(
            &good,
            "a key that the list does not name",
            "key",
            other,
            "admit-signer",
        ),
    );
    let long = json!(hex::encode(&*signed.list) + "00");
    put(
        "admit",
        "bad-encoding",
        damaged(&good, "a byte too many", "list", long, "admit-encoding"),
    );
}

fn slots() {
    let (slot, key, vault) = VaultSlot::make(
        &Passphrase::new(PASSPHRASE),
        SlotCost::LEAST,
        &mut FixedRng::new("slot"),
    )
    .unwrap();
    let good = json!({
        "what": "a slot at the floor",
        "passphrase": PASSPHRASE,
        "slot": h(&slot),
        "key": h(key.expose()),
        "vault": vault.to_string(),
    });
    put("slot", "floor", good.clone());
    let mut spaced = good.clone();
    spaced["what"] = json!("the passphrase with other white space");
    spaced["passphrase"] = json!("  алма\u{a0} терек\tқар жел су тау\n");
    put("slot", "spaces", spaced);
    let other = json!("алма терек қар жел су таү");
    put(
        "slot",
        "bad-passphrase",
        damaged(
            &good,
            "a wrong letter",
            "passphrase",
            other,
            "slot-wrong-or-damaged",
        ),
    );
    let end = slot.len() - 1;
    put(
        "slot",
        "bad-vault",
        damaged(
            &good,
            "another vault id",
            "slot",
            flip(&slot, end),
            "slot-wrong-or-damaged",
        ),
    );
    put(
        "slot",
        "bad-version",
        damaged(
            &good,
            "another version",
            "slot",
            flip(&slot, 4),
            "slot-version",
        ),
    );
    put(
        "slot",
        "bad-magic",
        damaged(&good, "not a slot", "slot", flip(&slot, 0), "slot-encoding"),
    );
    put(
        "slot",
        "bad-cut",
        damaged(
            &good,
            "the last byte is missing",
            "slot",
            h(&slot[..end]),
            "slot-encoding",
        ),
    );
    let mut weak = slot.clone();
    // 1a 00010000 = 65536 KiB; one less is under the floor and still needs four bytes in another spelling: 19 ffff.
    let at = weak
        .windows(5)
        .position(|w| w == [0x1a, 0, 1, 0, 0])
        .unwrap();
    weak.splice(at..at + 5, [0x19, 0xff, 0xff]);
    put(
        "slot",
        "bad-memory",
        damaged(&good, "a KiB under the floor", "slot", h(weak), "slot-cost"),
    );
    let mut greedy = slot;
    greedy.splice(at..at + 5, [0x1a, 0xff, 0xff, 0xff, 0xff]);
    put(
        "slot",
        "bad-greedy",
        damaged(
            &good,
            "memory above the cap",
            "slot",
            h(greedy),
            "slot-cost",
        ),
    );
}

fn codes() {
    let genesis = genesis(&admin_device("Aigul")).hash;
    let invite = Invite {
        org: ORG,
        genesis,
        roster_seq: 4,
        roster_head: genesis,
        roster_mailbox: MAILBOX,
        origins: vec!["https://sync.example:8443".to_owned()],
        pins: vec![[3; 32]],
        invite: INVITE,
        expires_ms: NOW,
    };
    let text = invite.to_qr().unwrap();
    let good = json!({ "what": "an invite", "letter": "I", "text": text, "payload": h(qr_decode(QrKind::Invite, &text).unwrap()) });
    put("qr", "invite", good.clone());
    let request = JoinRequest::make(&device("Bolat"), &invite);
    let join = request.to_qr().unwrap();
    put(
        "qr",
        "join",
        json!({
            "what": "a join request, its possession and the short code", "letter": "J", "text": join,
            "payload": h(qr_decode(QrKind::Join, &join).unwrap()), "org": ORG.to_string(),
            "genesis": genesis.to_string(), "short_code": short_code(&request, genesis).to_string(),
        }),
    );
    let mut wrong = text.clone().into_bytes();
    wrong[30] = if wrong[30] == b'A' { b'B' } else { b'A' };
    let wrong = json!(String::from_utf8(wrong).unwrap());
    put(
        "qr",
        "bad-letter",
        damaged(&good, "one letter changed", "text", wrong, "qr-checksum"),
    );
    put(
        "qr",
        "bad-kind",
        damaged(&good, "another kind", "letter", json!("J"), "qr-kind"),
    );
    put(
        "qr",
        "bad-digit",
        damaged(
            &good,
            "a digit that is not base32",
            "text",
            json!(text.clone() + "1"),
            "qr-letters",
        ),
    );
    put(
        "qr",
        "bad-long",
        damaged(
            &good,
            "too long",
            "text",
            json!(text + &"A".repeat(1200)),
            "qr-length",
        ),
    );
}

fn bundles() {
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

fn paddings() {
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

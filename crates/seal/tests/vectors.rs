//! Every golden vector of `tests/vectors/`: the good give their fields, the damaged the error they name.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a vector that cannot be read is a failed test"
)]

use std::io::Cursor;
use std::path::Path;

use senim_seal::{
    Act, DeviceKeys, DeviceSecrets, DocKey, OpenBundleError, Passphrase, QrKind, Roster, SignKey,
    VaultSlot, act_hash, actor_id, open, open_bundle, open_record, padded_len, qr_decode,
    short_code, try_open_keybox, verify_admit_list,
};
use senim_wire::admit::SignedAdmitList;
use senim_wire::envelope::id_of;
use serde_json::{Value, json};

/// What a vector's input gives: the fields it must equal, or the word of an error.
type Outcome = Result<Value, String>;

/// Runs every file of a folder; at least `least` of them, so that an emptied folder does not pass.
fn each(folder: &str, least: usize, run: impl Fn(&Value) -> Outcome) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors")
        .join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= least, "{folder} has {} vectors", files.len());
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let vector: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let damaged = vector.get("error").is_some();
        assert_eq!(
            damaged,
            name.starts_with("bad-") || folder == "keys" && damaged,
            "{name}"
        );
        match run(&vector) {
            Err(error) => assert_eq!(json!(error), vector["error"], "{folder}/{name}"),
            Ok(fields) => {
                assert!(!damaged, "{folder}/{name} was accepted");
                for (field, value) in fields.as_object().unwrap() {
                    assert_eq!(value, &vector[field], "{folder}/{name} {field}");
                }
            }
        }
    }
}

fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    hex::decode(vector[field].as_str().unwrap()).unwrap()
}

fn fixed<const N: usize>(vector: &Value, field: &str) -> [u8; N] {
    bytes(vector, field).try_into().unwrap()
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(vector: &Value, field: &str) -> T {
    vector[field].as_str().unwrap().parse().unwrap()
}

fn doc_key(vector: &Value) -> DocKey {
    DocKey::from_bytes(&fixed(vector, "key"))
}

fn author(vector: &Value) -> SignKey {
    SignKey::parse(fixed(vector, "author_sign")).unwrap()
}

fn secrets(vector: &Value) -> DeviceSecrets {
    DeviceSecrets::from_bytes(&bytes(vector, "secrets")).unwrap()
}

fn word(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[test]
fn keys() {
    each("keys", 7, |vector| {
        let keys = DeviceKeys::parse(&bytes(vector, "keys")).map_err(word)?;
        let secrets = secrets(vector);
        assert_eq!(secrets.public(), &keys);
        let device = secrets.device_id();
        let actor = actor_id(device, id(vector, "vault"));
        Ok(json!({ "device": device.to_string(), "actor": actor.to_string() }))
    });
}

#[test]
fn envelope() {
    each("envelope", 16, |vector| {
        let envelope = bytes(vector, "envelope");
        let opened = open(&envelope, &doc_key(vector), id(vector, "org")).map_err(word)?;
        Ok(json!({
            "content": hex::encode(opened.content()),
            "mailbox": opened.header().mailbox.to_string(),
            "kind": opened.header().kind as u8,
            "id": id_of(&envelope).to_string(),
        }))
    });
}

#[test]
fn record() {
    each("record", 12, |vector| {
        let envelope = bytes(vector, "envelope");
        let opened = open_record(
            &envelope,
            &doc_key(vector),
            id(vector, "org"),
            id(vector, "mailbox"),
        )
        .map_err(word)?;
        let record = opened.verify(&author(vector)).map_err(word)?;
        Ok(json!({
            "record_hash": record.record_hash().to_string(),
            "change": hex::encode(record.change().unwrap_or_default()),
            "device": record.head().device.to_string(),
            "doc": record.head().doc.to_string(),
        }))
    });
}

#[test]
fn act() {
    each("act", 7, |vector| {
        let bytes = bytes(vector, "act");
        let act = Act::parse(&bytes).map_err(word)?;
        assert_eq!(act.encode().unwrap(), bytes);
        Ok(json!({ "kind": act.kind, "hash": act_hash(&bytes).to_string() }))
    });
}

#[test]
fn keybox() {
    each("keybox", 7, |vector| {
        let file = bytes(vector, "file");
        let opened = try_open_keybox(&file, &secrets(vector), id(vector, "org")).map_err(word)?;
        let opened = opened.ok_or("not-for-me")?;
        let keybox = opened.verify(&author(vector)).map_err(word)?;
        let rows: Value = keybox
            .rows()
            .iter()
            .map(|row| {
                json!({
                    "doc": row.doc.map(|doc| doc.to_string()),
                    "epoch": row.epoch,
                    "mailbox": row.mailbox.to_string(),
                    "key": hex::encode(row.key.expose()),
                })
            })
            .collect();
        Ok(json!({ "rows": rows, "roster_seq": keybox.roster_seq() }))
    });
}

#[test]
fn roster() {
    each("roster", 12, |vector| {
        let list = |field: &str| -> Vec<Vec<u8>> {
            let contents = vector[field].as_array().unwrap().iter();
            contents
                .map(|content| hex::decode(content.as_str().unwrap()).unwrap())
                .collect()
        };
        let entries = list("entries");
        let mut roster = Roster::found(&entries[0], id(vector, "genesis")).map_err(word)?;
        // Removals before the entries: the order does not matter.
        for removal in list("removals") {
            roster.remove(&removal).map_err(word)?;
        }
        for entry in &entries[1..] {
            roster.append(entry).map_err(word)?;
        }
        let members: Value = roster
            .members()
            .map(|m| json!({ "id": m.id.to_string(), "role": m.role as u8, "removed": m.removed }))
            .collect();
        let devices: Value = roster
            .devices()
            .map(|d| {
                let (id, member) = (d.id.to_string(), d.member.to_string());
                json!({ "id": id, "member": member, "last": d.last_device_seq })
            })
            .collect();
        Ok(json!({
            "head": roster.head_hash().to_string(),
            "version": roster.version(),
            "void": roster.void_entries(),
            "members": members,
            "devices": devices,
        }))
    });
}

#[test]
fn admit() {
    each("admit", 5, |vector| {
        let signed = SignedAdmitList {
            list: bytes(vector, "list").into(),
            key: id(vector, "key"),
            signature: bytes(vector, "signature").into(),
        };
        let list = verify_admit_list(&signed, None).map_err(word)?;
        let auth: Vec<String> = list.auth.iter().map(ToString::to_string).collect();
        Ok(json!({ "version": list.version, "auth": auth }))
    });
}

#[test]
fn slot() {
    each("slot", 9, |vector| {
        let passphrase = Passphrase::new(vector["passphrase"].as_str().unwrap());
        let (key, vault) = VaultSlot::unlock(&bytes(vector, "slot"), &passphrase).map_err(word)?;
        Ok(json!({ "key": hex::encode(key.expose()), "vault": vault.to_string() }))
    });
}

#[test]
fn qr() {
    each("qr", 6, |vector| {
        let (kind, text) = match vector["letter"].as_str().unwrap() {
            "I" => (QrKind::Invite, vector["text"].as_str().unwrap()),
            _ => (QrKind::Join, vector["text"].as_str().unwrap()),
        };
        let payload = qr_decode(kind, text).map_err(word)?;
        if vector.get("short_code").is_some() {
            let request = senim_seal::JoinRequest::from_qr(text).map_err(word)?;
            let code = short_code(&request, id(vector, "genesis")).to_string();
            assert_eq!(json!(code), vector["short_code"]);
        }
        Ok(json!({ "payload": hex::encode(payload) }))
    });
}

#[test]
fn bundle() {
    each("bundle", 6, |vector| {
        let file = Cursor::new(bytes(vector, "file"));
        let opened = open_bundle(file, &secrets(vector), id(vector, "org")).map_err(word)?;
        let bundle = opened
            .verify(&author(vector))
            .map_err(|error: OpenBundleError| word(error))?;
        let counter = bundle.counter();
        let items = bundle.into_items();
        let hexes = |list: &[Vec<u8>]| list.iter().map(hex::encode).collect::<Vec<_>>();
        Ok(json!({
            "counter": counter,
            "roster": hexes(&items.roster),
            "keyboxes": hexes(&items.keyboxes),
            "envelopes": hexes(&items.envelopes),
        }))
    });
}

#[test]
fn padding() {
    each("padding", 1, |vector| {
        for case in vector["cases"].as_array().unwrap() {
            assert_eq!(
                padded_len(case[0].as_u64().unwrap()),
                case[1].as_u64().unwrap()
            );
        }
        Ok(json!({}))
    });
}

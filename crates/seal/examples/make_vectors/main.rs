//! Writes golden vectors to `tests/vectors/` with fixed keys and nonces. A file that is there already is left as it is: old
//! vectors are never changed, only added.
//!
//! `cargo run -p senim-seal --example make_vectors`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::too_many_lines,
    reason = "a maker of test files that fails says so; its functions are tables of cases"
)]

mod boxes;
#[path = "../../tests/common/mod.rs"]
mod common;
mod entrance;
mod plain;
mod records;
mod rosters;

use std::path::Path;

use serde_json::{Value, json};

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
    plain::keys();
    plain::envelopes();
    records::records();
    plain::acts();
    boxes::keyboxes();
    rosters::rosters();
    rosters::admits();
    entrance::slots();
    entrance::codes();
    boxes::bundles();
    plain::paddings();
}

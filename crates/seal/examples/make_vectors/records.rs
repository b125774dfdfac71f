//! Records.

use senim_seal::*;
use senim_wire::envelope::Kind;
use serde_json::json;

use crate::common::*;
use crate::{damaged, h, put};

pub(crate) fn records() {
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

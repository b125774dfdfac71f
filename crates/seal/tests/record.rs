//! Records: only their author's, only whole, only where they belong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a fixture that fails is a failed test"
)]

mod common;

use common::{
    DOC, FixedRng, MAILBOX, NOW, ORG, OTHER_MAILBOX, OTHER_ORG, act, at, change, device, draft, key,
};
use proptest::prelude::*;
use senim_ids::{DeviceId, UnixMillis};
use senim_seal::{
    Act, Chain, ChainVerdict, DeviceNeighbours, DeviceVerdict, OpenError, OpenRecordError,
    RecordDraft, SealError, SealRecordError, SealedRecord, Tail, VerifiedRecord, VerifyRecordError,
    act_hash, change_hash, open, open_record, seal, seal_record,
};
use senim_wire::caps;
use senim_wire::envelope::Kind;

fn sealed(draft: &RecordDraft<'_>) -> SealedRecord {
    seal_record(
        draft,
        &device("Bolat"),
        &key("k"),
        &mut FixedRng::new("nonce"),
    )
    .unwrap()
}

fn verified(draft: &RecordDraft<'_>) -> VerifiedRecord {
    let record = sealed(draft);
    let opened = open_record(&record.envelope, &key("k"), ORG, draft.mailbox).unwrap();
    opened.verify(device("Bolat").public().sign()).unwrap()
}

/// Seals a content that no honest code would make under the right key.
fn forged(content: &[u8]) -> Vec<u8> {
    seal(
        content,
        Kind::Record,
        MAILBOX,
        &key("k"),
        ORG,
        &mut FixedRng::new("f"),
    )
    .unwrap()
}

fn content_of(record: &SealedRecord) -> Vec<u8> {
    open(&record.envelope, &key("k"), ORG)
        .unwrap()
        .content()
        .to_vec()
}

/// What opening and verifying a content under the right key says.
fn verdict(content: &[u8]) -> Result<(), String> {
    open_record(&forged(content), &key("k"), ORG, MAILBOX)
        .map_err(|error| error.to_string())?
        .verify(device("Bolat").public().sign())
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[test]
fn what_was_sealed_comes_back_whole() {
    let chunk = change(b"a change");
    let acts = [act().encode().unwrap()];
    let seen = [(device("Dana").device_id(), 7)];
    let draft = draft(&chunk, &acts, &seen);
    let record = sealed(&draft);
    let back = verified(&draft);
    assert_eq!(back.change(), Some(&chunk[..]));
    assert_eq!(back.acts(), [(act_hash(&acts[0]), act())]);
    assert_eq!(back.record_hash(), record.record_hash);
    let head = back.head();
    assert_eq!(
        (head.org, head.doc, head.mailbox, head.epoch),
        (ORG, DOC, MAILBOX, 1)
    );
    assert_eq!(head.device, device("Bolat").device_id());
    assert_eq!((head.device_seq, head.doc_seq, head.prev), (1, 1, None));
    assert_eq!((head.roster_seq, head.wall_ms), (2, NOW));
    assert_eq!(head.change, [change_hash(&chunk).unwrap()]);
    assert_eq!(head.seen, seen);
    assert_eq!(head.app_version, "0.1.0");
}

#[test]
fn a_record_may_say_nothing_but_that_its_author_is_there() {
    let draft = RecordDraft {
        change: None,
        ..draft(&[], &[], &[])
    };
    assert_eq!(verified(&draft).change(), None);
}

#[test]
fn the_record_hash_knows_nothing_of_key_log_epoch_and_clock() {
    let chunk = change(b"x");
    let one = draft(&chunk, &[], &[]);
    let again = RecordDraft {
        epoch: 9,
        mailbox: OTHER_MAILBOX,
        wall_ms: UnixMillis(1),
        ..one.clone()
    };
    assert_eq!(sealed(&one).record_hash, sealed(&again).record_hash);
    assert_ne!(sealed(&one).id, sealed(&again).id);
    let other = RecordDraft {
        device_seq: 2,
        ..one
    };
    assert_ne!(sealed(&other).record_hash, sealed(&again).record_hash);
}

#[test]
fn a_record_of_another_log_organisation_key_or_author_is_refused() {
    let chunk = change(b"x");
    let record = sealed(&draft(&chunk, &[], &[]));
    let open = |key_name: &str, org, mailbox| {
        open_record(&record.envelope, &key(key_name), org, mailbox)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(open("k", ORG, OTHER_MAILBOX), OpenRecordError::Mailbox);
    assert_eq!(
        open("k", OTHER_ORG, MAILBOX),
        OpenRecordError::Open(OpenError::Damaged)
    );
    assert_eq!(
        open("j", ORG, MAILBOX),
        OpenRecordError::Open(OpenError::KeyCommitment)
    );
    let opened = open_record(&record.envelope, &key("k"), ORG, MAILBOX).unwrap();
    assert_eq!(
        opened.verify(device("Dana").public().sign()).unwrap_err(),
        VerifyRecordError::Author
    );
}

#[test]
fn an_envelope_of_another_kind_is_no_record() {
    let chunk = change(b"x");
    let content = content_of(&sealed(&draft(&chunk, &[], &[])));
    let envelope = seal(
        &content,
        Kind::Chunk,
        MAILBOX,
        &key("k"),
        ORG,
        &mut FixedRng::new("f"),
    )
    .unwrap();
    assert_eq!(
        open_record(&envelope, &key("k"), ORG, MAILBOX)
            .map(|_| ())
            .unwrap_err(),
        OpenRecordError::Kind
    );
}

#[test]
fn a_holder_of_the_key_cannot_move_a_record_to_another_log() {
    // The head is signed with its log: sealing the same content for another one shows.
    let chunk = change(b"x");
    let content = content_of(&sealed(&draft(&chunk, &[], &[])));
    let moved = seal(
        &content,
        Kind::Record,
        OTHER_MAILBOX,
        &key("k"),
        ORG,
        &mut FixedRng::new("f"),
    )
    .unwrap();
    assert_eq!(
        open_record(&moved, &key("k"), ORG, OTHER_MAILBOX)
            .map(|_| ())
            .unwrap_err(),
        OpenRecordError::Outside
    );
}

#[test]
fn each_bit_flip_inside_the_seal_is_refused() {
    // A holder of the key can change what is inside and seal it again; the signature stops it.
    let chunk = change(b"a change");
    let acts = [act().encode().unwrap()];
    let content = content_of(&sealed(&draft(
        &chunk,
        &acts,
        &[(device("Dana").device_id(), 7)],
    )));
    assert_eq!(verdict(&content), Ok(()));
    let mut reasons = std::collections::BTreeSet::new();
    for byte in 0..content.len() {
        for bit in 0..8 {
            let mut damaged = content.clone();
            damaged[byte] ^= 1 << bit;
            match verdict(&damaged) {
                Err(reason) => reasons.insert(reason),
                // zstd has bits that say nothing; what comes out is still the signed change.
                Ok(()) => {
                    let opened = open_record(&forged(&damaged), &key("k"), ORG, MAILBOX).unwrap();
                    let same = opened.verify(device("Bolat").public().sign()).unwrap();
                    assert_eq!(same.change(), Some(&chunk[..]));
                    false
                }
            };
        }
    }
    for reason in [
        "record-head",
        "record-outside",
        "record-author",
        "record-signature",
        "record-payload",
    ] {
        assert!(reasons.contains(reason), "{reason} in {reasons:?}");
    }
}

#[test]
fn parts_swapped_between_two_valid_records_are_refused() {
    let (one, two) = (change(b"one"), change(b"two"));
    let split = |content: &[u8]| {
        let head = u32::from_be_bytes(content[64..68].try_into().unwrap()) as usize;
        (
            content[..64].to_vec(),
            content[64..68 + head].to_vec(),
            content[68 + head..].to_vec(),
        )
    };
    let a = split(&content_of(&sealed(&draft(&one, &[], &[]))));
    let b = split(&content_of(&sealed(&RecordDraft {
        wall_ms: UnixMillis(1),
        ..draft(&two, &[], &[])
    })));
    assert_eq!(verdict(&[&a.0[..], &a.1, &a.2].concat()), Ok(()));
    assert_eq!(
        verdict(&[&b.0[..], &a.1, &a.2].concat()),
        Err("record-signature".to_owned())
    );
    assert_eq!(
        verdict(&[&a.0[..], &b.1, &a.2].concat()),
        Err("record-signature".to_owned())
    );
    assert_eq!(
        verdict(&[&a.0[..], &a.1, &b.2].concat()),
        Err("record-payload".to_owned())
    );
    assert_eq!(
        verdict(&[&a.0[..], &a.1].concat()),
        Err("record-head".to_owned()),
        "no payload"
    );
    assert_eq!(
        verdict(&[&a.0[..], &a.1, &a.2, &a.2].concat()),
        Err("record-payload".to_owned())
    );
}

#[test]
fn a_payload_that_grows_beyond_the_cap_stops_there() {
    // 64 MiB of zeros in a few KiB, in the place of the signed change.
    let bomb = zstd::stream::encode_all(&vec![0; 64 << 20][..], 19).unwrap();
    let chunk = change(b"x");
    let content = content_of(&sealed(&draft(&chunk, &[], &[])));
    let head = u32::from_be_bytes(content[64..68].try_into().unwrap()) as usize;
    let with_bomb = [&content[..68 + head], &bomb].concat();
    assert_eq!(verdict(&with_bomb), Err("record-payload".to_owned()));
}

#[test]
fn a_change_at_the_cap_passes_and_one_above_does_not() {
    let noise = |length: usize| {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        change(&bytes)
    };
    let largest = noise(caps::CHANGE - 12);
    assert_eq!(largest.len(), caps::CHANGE);
    assert_eq!(
        verified(&draft(&largest, &[], &[])).change(),
        Some(&largest[..])
    );
    let over = noise(caps::CHANGE - 11);
    let result = seal_record(
        &draft(&over, &[], &[]),
        &device("Bolat"),
        &key("k"),
        &mut FixedRng::new("n"),
    );
    assert_eq!(result.unwrap_err(), SealRecordError::Change);
}

#[test]
fn drafts_that_break_a_rule_are_not_sealed() {
    let chunk = change(b"x");
    let good = draft(&chunk, &[], &[]);
    let hash = sealed(&good).record_hash;
    let refused = |draft: RecordDraft<'_>| {
        seal_record(&draft, &device("Bolat"), &key("k"), &mut FixedRng::new("n")).unwrap_err()
    };
    let (a, b) = (DeviceId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
    let many: Vec<_> = (0..65_u8)
        .map(|n| (DeviceId::from_bytes([n; 16]), 1))
        .collect();
    for draft in [
        RecordDraft {
            doc_seq: 0,
            ..good.clone()
        },
        RecordDraft {
            device_seq: 0,
            ..good.clone()
        },
        RecordDraft {
            prev: Some(hash),
            ..good.clone()
        },
        RecordDraft {
            doc_seq: 2,
            device_seq: 2,
            ..good.clone()
        },
        RecordDraft {
            doc_seq: 2,
            prev: Some(hash),
            ..good.clone()
        },
        RecordDraft {
            seen: &[(b, 1), (a, 1)],
            ..good.clone()
        },
        RecordDraft {
            seen: &[(a, 1), (a, 2)],
            ..good.clone()
        },
        RecordDraft {
            seen: &many,
            ..good.clone()
        },
        RecordDraft {
            acts: &vec![act().encode().unwrap(); 65],
            ..good.clone()
        },
        RecordDraft {
            acts: &[vec![0x80]],
            ..good.clone()
        },
        RecordDraft {
            app_version: "123456789012345678901234567890123",
            ..good.clone()
        },
    ] {
        assert_eq!(refused(draft), SealRecordError::Head);
    }
}

#[test]
fn what_is_no_change_or_too_much_is_not_sealed() {
    let chunk = change(b"x");
    let good = draft(&chunk, &[], &[]);
    let refused = |draft: RecordDraft<'_>| {
        seal_record(&draft, &device("Bolat"), &key("k"), &mut FixedRng::new("n")).unwrap_err()
    };
    for bytes in [&b""[..], b"junk", &chunk[..chunk.len() - 1], &chunk[1..]] {
        assert_eq!(
            refused(RecordDraft {
                change: Some(bytes),
                ..good.clone()
            }),
            SealRecordError::Change
        );
    }
    let big = Act {
        arguments: vec![7; caps::ACT - 200],
        ..act()
    }
    .encode()
    .unwrap();
    assert_eq!(
        refused(RecordDraft {
            acts: &vec![big; 9],
            ..good
        }),
        SealRecordError::Seal(SealError::TooLarge)
    );
}

#[test]
fn a_change_chunk_has_one_spelling_and_one_hash() {
    assert!(change_hash(&change(b"")).is_ok());
    let chunk = change(&[7; 200]);
    for byte in 0..chunk.len() {
        let mut damaged = chunk.clone();
        damaged[byte] ^= 1;
        assert!(change_hash(&damaged).is_err(), "{byte}");
    }
    // The same length in more bytes than needed is a second spelling.
    let mut longer = vec![1, 0x83, 0x00, 1, 2, 3];
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&longer);
    longer.splice(
        0..0,
        [0x85, 0x6f, 0x4a, 0x83]
            .into_iter()
            .chain(hash.into_iter().take(4)),
    );
    assert!(change_hash(&longer).is_err());
}

#[test]
fn the_chain_takes_the_next_and_names_what_it_does_not_take() {
    let chunk = change(b"x");
    let first = verified(&at(1, 1, None, &chunk));
    let tail = Tail::from(&first);
    let second = verified(&at(2, 5, Some(first.record_hash()), &chunk));
    let after = Tail::from(&second);
    assert_eq!(Chain::check(None, &first), ChainVerdict::Next);
    assert_eq!(Chain::check(Some(&tail), &first), ChainVerdict::Repeat);
    assert_eq!(Chain::check(Some(&tail), &second), ChainVerdict::Next);
    assert_eq!(
        Chain::check(None, &second),
        ChainVerdict::Gap { first: 1, last: 1 }
    );
    assert_eq!(Chain::check(Some(&after), &first), ChainVerdict::Earlier);
    assert_eq!(
        Chain::check_earlier(first.record_hash(), &first),
        ChainVerdict::Repeat
    );
    assert_eq!(
        Chain::check_earlier(second.record_hash(), &first),
        ChainVerdict::Fork
    );
    let fourth = verified(&at(4, 9, Some(second.record_hash()), &chunk));
    assert_eq!(
        Chain::check(Some(&tail), &fourth),
        ChainVerdict::Gap { first: 2, last: 3 }
    );
    let rival = verified(&at(1, 2, None, &chunk));
    assert_eq!(Chain::check(Some(&tail), &rival), ChainVerdict::Fork);
    let stranger = verified(&at(2, 6, Some(rival.record_hash()), &chunk));
    assert_eq!(Chain::check(Some(&tail), &stranger), ChainVerdict::Fork);
    let late = verified(&at(2, 2, Some(rival.record_hash()), &chunk));
    assert_eq!(
        Chain::check(Some(&Tail::from(&rival)), &late),
        ChainVerdict::SeqFell
    );
    let fell = RecordDraft {
        roster_seq: 1,
        ..at(2, 5, Some(first.record_hash()), &chunk)
    };
    assert_eq!(
        Chain::check(Some(&tail), &verified(&fell)),
        ChainVerdict::SeqFell
    );
}

#[test]
fn one_device_seq_with_two_hashes_is_a_fork_and_resealing_is_not() {
    let chunk = change(b"x");
    let record = verified(&draft(&chunk, &[], &[]));
    let resealed = verified(&RecordDraft {
        mailbox: OTHER_MAILBOX,
        epoch: 2,
        ..draft(&chunk, &[], &[])
    });
    let other = change(b"y");
    let rival = verified(&draft(&other, &[], &[]));
    let near = |same| DeviceNeighbours {
        same,
        ..DeviceNeighbours::default()
    };
    assert_eq!(
        Chain::check_device(&near(None), &record),
        DeviceVerdict::Good
    );
    let held = near(Some(record.record_hash()));
    assert_eq!(Chain::check_device(&held, &resealed), DeviceVerdict::Repeat);
    assert_eq!(Chain::check_device(&held, &rival), DeviceVerdict::Fork);
    let before = DeviceNeighbours {
        before_roster_seq: Some(3),
        ..near(None)
    };
    assert_eq!(
        Chain::check_device(&before, &record),
        DeviceVerdict::RosterFell
    );
    let after = DeviceNeighbours {
        after_roster_seq: Some(1),
        ..near(None)
    };
    assert_eq!(
        Chain::check_device(&after, &record),
        DeviceVerdict::RosterFell
    );
}

#[test]
fn an_act_has_one_spelling() {
    let bytes = act().encode().unwrap();
    assert_eq!(Act::parse(&bytes), Ok(act()));
    for byte in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[byte] ^= 1 << bit;
            // Some flips give another act; none gives the same one, and none the same hash.
            if let Ok(other) = Act::parse(&damaged) {
                assert_ne!(other, act());
                assert_eq!(other.encode().unwrap(), damaged);
                assert_ne!(act_hash(&damaged), act_hash(&bytes));
            }
        }
    }
    let twice = Act {
        parents: [act().parents, act().parents].concat(),
        ..act()
    };
    assert_eq!(twice.encode().unwrap(), bytes, "repeats are dropped");
}

#[test]
fn acts_over_a_cap_are_refused() {
    assert!(
        Act {
            kind: String::new(),
            ..act()
        }
        .encode()
        .is_err()
    );
    assert!(
        Act {
            kind: "x".repeat(257),
            ..act()
        }
        .encode()
        .is_err()
    );
    assert!(
        Act {
            subject: Some("x".repeat(257)),
            ..act()
        }
        .encode()
        .is_err()
    );
    assert!(
        Act {
            arguments: vec![0; caps::ACT],
            ..act()
        }
        .encode()
        .is_err()
    );
    let parents = (0..257_u16).map(|n| {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&n.to_be_bytes());
        senim_ids::ActHash::from_bytes(id)
    });
    assert!(
        Act {
            parents: parents.collect(),
            ..act()
        }
        .encode()
        .is_err()
    );
}

proptest! {
    #[test]
    fn bytes_sealed_by_a_holder_of_the_key_never_verify(content in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(verdict(&content).is_err());
    }

    #[test]
    fn open_of_seal_is_the_change(data in proptest::collection::vec(any::<u8>(), 0..5000)) {
        let chunk = change(&data);
        let record = verified(&draft(&chunk, &[], &[]));
        prop_assert_eq!(record.change(), Some(&chunk[..]));
    }
}

//! Codes and labels: what was shown is what is read, and nothing signed for one purpose passes for another.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a fixture that fails is a failed test"
)]

mod common;

use common::{
    INVITE, MAILBOX, NOW, ORG, OTHER_ORG, admin_device, change, device, draft, genesis, key,
};
use proptest::prelude::*;
use senim_ids::{InviteId, OrgId, RosterHash, UnixMillis};
use senim_seal::{
    Invite, JoinError, JoinRequest, Label, QrError, QrKind, open, qr_decode, qr_encode,
    seal_record, short_code,
};
use senim_wire::session::{self, Challenge};
use senim_wire::{LogId, Nonce};

fn invite() -> Invite {
    Invite {
        org: ORG,
        genesis: RosterHash::from_bytes([1; 32]),
        roster_seq: 4,
        roster_head: RosterHash::from_bytes([2; 32]),
        roster_mailbox: MAILBOX,
        origins: vec!["https://sync.example:8443".to_owned()],
        pins: vec![[3; 32], [4; 32]],
        invite: INVITE,
        expires_ms: UnixMillis(NOW.0 + Invite::GOOD_FOR_MS),
    }
}

#[test]
fn an_invite_is_read_as_it_was_shown() {
    let text = invite().to_qr().unwrap();
    assert!(text.starts_with("SENIM:I:"));
    assert_eq!(Invite::from_qr(&text), Ok(invite()));
    assert_eq!(
        Invite::from_qr(&format!("  {}\n", text.to_lowercase())),
        Ok(invite())
    );
    assert_eq!(
        JoinRequest::from_qr(&text),
        Err(JoinError::Qr(QrError::Kind))
    );
}

#[test]
fn one_wrong_letter_is_seen() {
    let text = invite().to_qr().unwrap();
    for at in 0..text.len() {
        let mut letters = text.clone().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        assert!(
            Invite::from_qr(&String::from_utf8(letters).unwrap()).is_err(),
            "letter {at}"
        );
        let cut: String = text.chars().take(at).collect();
        assert!(Invite::from_qr(&cut).is_err());
    }
}

#[test]
fn an_invite_with_a_strange_origin_is_refused() {
    for origin in [
        "http://sync.example",
        "https://",
        "https://a/b",
        "https://user@host",
        "ftp://x",
    ] {
        let invite = Invite {
            origins: vec![origin.to_owned()],
            ..invite()
        };
        assert_eq!(invite.to_qr(), Err(JoinError::Encoding), "{origin}");
    }
    let many = Invite {
        pins: vec![[0; 32]; 9],
        ..invite()
    };
    assert_eq!(many.to_qr(), Err(JoinError::Encoding));
}

#[test]
fn a_join_request_proves_its_keys_to_one_invite_in_time() {
    let (invite, bolat) = (invite(), device("Bolat"));
    let shown = JoinRequest::make(&bolat, &invite);
    let read = JoinRequest::from_qr(&shown.to_qr().unwrap()).unwrap();
    assert_eq!(read, shown);
    let join = read.verify(&invite, NOW).unwrap();
    assert_eq!((join.keys(), join.invite()), (bolat.public(), INVITE));
    assert_eq!(join.possession(), bolat.prove_possession(ORG, INVITE));
    let refused = |invite: &Invite, now| read.verify(invite, now).map(|_| ()).unwrap_err();
    let other = Invite {
        invite: InviteId::from_bytes([9; 16]),
        ..invite.clone()
    };
    assert_eq!(refused(&other, NOW), JoinError::OtherInvite);
    let elsewhere = Invite {
        org: OTHER_ORG,
        ..invite.clone()
    };
    assert_eq!(refused(&elsewhere, NOW), JoinError::Possession);
    assert!(read.verify(&invite, invite.expires_ms).is_ok());
    assert_eq!(
        refused(&invite, UnixMillis(invite.expires_ms.0 + 1)),
        JoinError::Expired
    );
}

#[test]
fn the_short_code_differs_for_another_device_or_organisation() {
    let invite = invite();
    let request = JoinRequest::make(&device("Bolat"), &invite);
    let code = short_code(&request, invite.genesis).to_string();
    assert_eq!(code.len(), 19);
    assert!(
        code.split(' ')
            .all(|group| group.len() == 4 && group.bytes().all(|b| b.is_ascii_digit()))
    );
    assert_ne!(
        code,
        short_code(&JoinRequest::make(&device("Dana"), &invite), invite.genesis).to_string()
    );
    assert_ne!(
        code,
        short_code(&request, RosterHash::from_bytes([7; 32])).to_string()
    );
}

#[test]
fn texts_over_the_cap_are_not_shown_and_not_read() {
    assert_eq!(qr_encode(QrKind::HandOver, &[0; 800]), Err(QrError::Length));
    assert_eq!(
        qr_decode(QrKind::HandOver, &"A".repeat(2000)),
        Err(QrError::Length)
    );
    assert_eq!(
        qr_decode(QrKind::HandOver, "SENIM:H:A0"),
        Err(QrError::Letters)
    );
    assert_eq!(
        qr_decode(QrKind::HandOver, "SENIM:H:"),
        Err(QrError::Checksum)
    );
    assert_eq!(
        qr_decode(QrKind::HandOver, "https://example.org"),
        Err(QrError::Kind)
    );
}

/// One real signature for each label, by one device, with what was signed.
fn signed_by_all_labels() -> Vec<(Label, Vec<u8>, [u8; 64])> {
    let aigul = admin_device("Aigul");
    // A record's content is signature, length, head.
    let bytes = change(b"x");
    let record = seal_record(
        &draft(&bytes, &[], &[]),
        &aigul,
        &key("k"),
        &mut common::FixedRng::new("n"),
    )
    .unwrap();
    let content = open(&record.envelope, &key("k"), ORG)
        .unwrap()
        .content()
        .to_vec();
    let head = u32::from_be_bytes(content[64..68].try_into().unwrap()) as usize;
    // A roster content is CBOR [body, [[device, signature]], null left out].
    let entry = genesis(&aigul).content;
    let mut d = minicbor::Decoder::new(&entry);
    d.array().unwrap();
    let body = d.bytes().unwrap().to_vec();
    d.array().unwrap();
    d.array().unwrap();
    d.skip().unwrap();
    let roster = d.bytes().unwrap().to_vec();
    let possession = aigul.prove_possession(ORG, INVITE);
    let mut joined = vec![0x83];
    joined.extend(senim_wire::cbor::to_vec(&ORG));
    joined.extend(aigul.public().encode());
    joined.extend(senim_wire::cbor::to_vec(&INVITE));
    vec![
        (
            Label::Record,
            content[68..68 + head].to_vec(),
            content[..64].try_into().unwrap(),
        ),
        (Label::Roster, body, roster.try_into().unwrap()),
        (Label::Possession, joined, possession),
    ]
}

#[test]
fn each_label_verifies_on_the_diagonal_only() {
    let aigul = admin_device("Aigul");
    for (made_for, message, signature) in signed_by_all_labels() {
        for asked in Label::ALL {
            let verifies = aigul.public().sign().verifies(*asked, &message, &signature);
            assert_eq!(verifies, *asked == made_for, "{made_for:?} as {asked:?}");
            let by_other_key = aigul.public().auth().verifies(*asked, &message, &signature);
            assert!(!by_other_key, "{made_for:?} by the auth key");
        }
    }
}

#[test]
fn labels_are_distinct_and_none_begins_another() {
    for (n, one) in Label::ALL.iter().enumerate() {
        for other in &Label::ALL[n + 1..] {
            assert!(!one.as_bytes().starts_with(other.as_bytes()));
            assert!(!other.as_bytes().starts_with(one.as_bytes()));
        }
    }
}

#[test]
fn a_session_proof_is_good_at_one_server_for_one_challenge() {
    use ed25519_dalek::{Signature, VerifyingKey};
    let bolat = device("Bolat");
    let challenge = Challenge {
        nonce: Nonce::from_bytes([5; 32]),
        log: LogId::from_bytes([6; 16]),
    };
    let proof = bolat.prove_session("https://one.example", &challenge);
    assert_eq!(proof.key, bolat.public().auth().wire());
    let signature = Signature::from_slice(&proof.signature).unwrap();
    let key = VerifyingKey::from_bytes(proof.key.as_bytes()).unwrap();
    let good = |origin: &str, log: [u8; 16], nonce: [u8; 32]| {
        let input = session::signing_input(
            origin,
            &LogId::from_bytes(log),
            &proof.key,
            &Nonce::from_bytes(nonce),
        );
        key.verify_strict(&input, &signature).is_ok()
    };
    assert!(good("https://one.example", [6; 16], [5; 32]));
    assert!(!good("https://two.example", [6; 16], [5; 32]));
    assert!(!good("https://one.example", [7; 16], [5; 32]));
    assert!(!good("https://one.example", [6; 16], [4; 32]));
}

proptest! {
    #[test]
    fn qr_reads_what_it_writes(payload in proptest::collection::vec(any::<u8>(), 0..700)) {
        let text = qr_encode(QrKind::Join, &payload).unwrap();
        prop_assert_eq!(qr_decode(QrKind::Join, &text), Ok(payload));
    }

    #[test]
    fn texts_from_anywhere_are_no_codes(text in ".{0,300}", org in any::<[u8; 16]>()) {
        prop_assert!(Invite::from_qr(&text).is_err());
        let text = format!("SENIM:I:{text}");
        prop_assert!(Invite::from_qr(&text).is_err());
        let other = Invite { org: OrgId::from_bytes(org), ..invite() };
        prop_assert_eq!(Invite::from_qr(&other.to_qr().unwrap()), Ok(other));
    }
}

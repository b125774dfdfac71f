//! Who is let in, and for how long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::cognitive_complexity,
    reason = "a test tells one story from beginning to end, and a fault ends it"
)]

mod support;

use senim_wire::refusal::Refusal;
use senim_wire::session::{Challenge, SessionProof};
use senim_wire::{AuthKey, LogId, path};
use support::{ORG, ORIGIN, Relay, Tablet, admit_request, signed_list, wide};
use sync_server::store::{Block, Store};

const OUT: (u16, Refusal) = (401, Refusal::NotAdmitted);

#[tokio::test]
async fn an_admitted_tablet_gets_in_and_each_challenge_only_once() {
    let relay = Relay::start(wide()).await;
    let mut aigul = relay.org(ORG, 1, 1).await.remove(0);
    let challenge = aigul.challenge().await;
    let session = aigul.prove(&challenge, ORIGIN).await.unwrap();
    assert_eq!(
        aigul.prove(&challenge, ORIGIN).await.unwrap_err(),
        OUT,
        "replay"
    );
    aigul.token = Some(session.token);
    aigul.exchange(&aigul.request()).await.unwrap();
    // The challenge of the reply serves the next proof, once.
    let mut warm = aigul.request();
    warm.proof = Some(aigul.proof(&session.next, ORIGIN));
    aigul.token = None;
    let reply = aigul.exchange(&warm).await.unwrap();
    assert_eq!(
        aigul.exchange(&warm).await.unwrap_err(),
        OUT,
        "replay of the warm proof"
    );
    aigul.token = reply.token;
    aigul.exchange(&aigul.request()).await.unwrap();
}

#[tokio::test]
async fn a_proof_binds_origin_database_key_and_time() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.org(ORG, 1, 2).await;
    let (aigul, bolat) = (&tablets[0], &tablets[1]);
    let challenge = aigul.challenge().await;
    for origin in [
        "https://evil.example:443",
        "https://relay.example",
        "",
        "http://relay.example:443",
    ] {
        assert_eq!(
            aigul.prove(&challenge, origin).await.unwrap_err(),
            OUT,
            "{origin}"
        );
    }
    let elsewhere = Challenge {
        log: LogId::from_bytes([0; 16]),
        ..challenge
    };
    assert_eq!(
        aigul.prove(&elsewhere, ORIGIN).await.unwrap_err(),
        OUT,
        "another database"
    );
    assert_eq!(
        bolat.prove(&challenge, ORIGIN).await.unwrap_err(),
        OUT,
        "another key"
    );
    let mut made_up = *challenge.nonce.as_bytes();
    made_up[0] ^= 1;
    let made_up = Challenge {
        nonce: senim_wire::Nonce::from_bytes(made_up),
        ..challenge
    };
    assert_eq!(
        aigul.prove(&made_up, ORIGIN).await.unwrap_err(),
        OUT,
        "made up"
    );
    let mut borrowed = bolat.proof(&challenge, ORIGIN);
    borrowed.key = aigul.key();
    assert_eq!(
        aigul
            .post::<u64>(path::SESSION, &borrowed)
            .await
            .unwrap_err(),
        OUT,
        "signature"
    );
    // None of the failures above has spent it.
    aigul
        .prove(&challenge, "https://elsewhere.example:443")
        .await
        .unwrap();

    let late = aigul.challenge().await;
    relay.clock.advance(60);
    assert_eq!(
        aigul.prove(&late, ORIGIN).await.unwrap_err(),
        OUT,
        "after 60 seconds"
    );
}

#[tokio::test]
async fn unknown_and_weak_keys_are_answered_like_any_other() {
    let relay = Relay::start(wide()).await;
    relay.org(ORG, 1, 1).await;
    let stranger = Tablet::new(77, &relay.base);
    let challenge = stranger.challenge().await;
    assert_eq!(stranger.prove(&challenge, ORIGIN).await.unwrap_err(), OUT);
    // The neutral element: every message has a "signature" under it that plain verification takes.
    let mut weak = [0; 32];
    weak[0] = 1;
    let key = AuthKey::from_bytes(weak);
    let request = senim_wire::session::ChallengeRequest {
        version: senim_wire::PROTOCOL_VERSION,
        key,
    };
    let challenge: Challenge = stranger.post(path::CHALLENGE, &request).await.unwrap();
    let mut signature = vec![0; 64];
    signature[0] = 1;
    let proof = SessionProof {
        key,
        nonce: challenge.nonce,
        signature: signature.into(),
    };
    assert_eq!(
        stranger
            .post::<u64>(path::SESSION, &proof)
            .await
            .unwrap_err(),
        OUT
    );
}

#[tokio::test]
async fn a_token_ends_after_its_quarter_of_an_hour() {
    let relay = Relay::start(wide()).await;
    let mut aigul = relay.team(1).await.remove(0);
    relay.clock.advance(15 * 60 - 1);
    aigul.exchange(&aigul.request()).await.unwrap();
    relay.clock.advance(1);
    assert_eq!(aigul.exchange(&aigul.request()).await.unwrap_err(), OUT);
    let mut warm = aigul.request();
    warm.proof = Some(aigul.proof(&aigul.next.unwrap(), ORIGIN));
    aigul.token = None;
    assert_eq!(
        aigul.exchange(&warm).await.unwrap_err(),
        OUT,
        "so does the next challenge"
    );
    relay.app.sweep().await.unwrap();
    aigul.log_in().await.unwrap();
}

#[tokio::test]
async fn a_dropped_or_blocked_device_is_out_at_once() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(3).await;
    let (aigul, bolat, dana) = (&tablets[0], &tablets[1], &tablets[2]);
    for tablet in &tablets {
        tablet.exchange(&tablet.request()).await.unwrap();
    }
    let mut without_bolat = admit_request();
    without_bolat.list = Some(signed_list(ORG, 2, &[aigul, dana], aigul));
    aigul.admit(&without_bolat).await.unwrap();
    assert_eq!(
        bolat.exchange(&bolat.request()).await.unwrap_err(),
        OUT,
        "token"
    );
    let mut warm = bolat.request();
    warm.proof = Some(bolat.proof(&bolat.next.unwrap(), ORIGIN));
    let no_token = Tablet {
        token: None,
        ..bolat.clone()
    };
    assert_eq!(
        no_token.exchange(&warm).await.unwrap_err(),
        OUT,
        "next challenge"
    );
    assert_eq!(
        bolat.clone().log_in().await.unwrap_err(),
        OUT,
        "new session"
    );

    relay.store.set_block(&dana.key(), Block::On).await.unwrap();
    assert_eq!(dana.exchange(&dana.request()).await.unwrap_err(), OUT);
    assert_eq!(dana.clone().log_in().await.unwrap_err(), OUT);
    relay
        .store
        .set_block(&dana.key(), Block::Off)
        .await
        .unwrap();
    dana.exchange(&dana.request()).await.unwrap();
}

#[tokio::test]
async fn no_token_a_wrong_one_and_a_damaged_one_are_alike() {
    let relay = Relay::start(wide()).await;
    let aigul = relay.team(1).await.remove(0);
    let body = senim_wire::cbor::to_vec(&aigul.request());
    for header in [
        None,
        Some("Bearer 00"),
        Some("Basic eA=="),
        Some(&*format!("Bearer {:064}", 0)),
    ] {
        let mut request = aigul
            .http
            .post(format!("{}{}", relay.base, path::EXCHANGE))
            .body(body.clone());
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let response = request.send().await.unwrap();
        assert_eq!(
            support::outcome::<u64>(response).await.unwrap_err(),
            OUT,
            "{header:?}"
        );
    }
}

#[tokio::test]
async fn two_servers_on_one_store_are_as_one() {
    let first = Relay::start(wide()).await;
    let second = first.beside().await;
    let mut aigul = first.org(ORG, 1, 1).await.remove(0);
    let mut there = Tablet {
        base: second.base.clone(),
        ..aigul.clone()
    };
    let challenge = aigul.challenge().await;
    let session = there.prove(&challenge, ORIGIN).await.unwrap();
    assert_eq!(
        aigul.prove(&challenge, ORIGIN).await.unwrap_err(),
        OUT,
        "spent on the other one"
    );
    for tablet in [&mut aigul, &mut there] {
        tablet.token = Some(session.token);
        tablet.log = Some(challenge.log);
    }
    assert_eq!(aigul.put(&[support::record(1, 1)]).await, [1]);
    assert_eq!(there.put(&[support::record(1, 2)]).await, [2]);
    let reply = aigul.watch(&[(support::mailbox(1), 0)]).await;
    assert_eq!(reply.bodies.len(), 2);
}

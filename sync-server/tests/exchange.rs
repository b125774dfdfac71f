//! Puts and reads in one round trip.

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

use senim_wire::cbor::Bytes;
use senim_wire::envelope::Kind;
use senim_wire::exchange::{ExchangeRequest, FeedRow, PutResult, Read, Stored};
use senim_wire::refusal::Refusal;
use senim_wire::{LogId, caps};
use support::{ORG, ORIGIN, OTHER_ORG, Relay, append, id, mailbox, record, sealed, watching, wide};

fn bytes(parts: &[Vec<u8>]) -> Vec<Bytes> {
    parts.iter().cloned().map(Bytes).collect()
}

#[tokio::test]
async fn one_round_trip_puts_and_brings_what_others_put_without_the_own() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let (aigul, bolat) = (&tablets[0], &tablets[1]);
    assert_eq!(
        bolat.put(&[record(1, 1), record(1, 2), record(2, 3)]).await,
        [1, 2, 1]
    );
    let request = ExchangeRequest {
        puts: bytes(&[record(1, 4), record(3, 5)]),
        read: watching(&[(mailbox(1), 1), (mailbox(3), 0), (mailbox(9), 0)]),
        ..aigul.request()
    };
    let reply = aigul.exchange(&request).await.unwrap();
    assert_eq!(support::kept(&reply), [3, 1]);
    assert_eq!(
        reply.bodies.len(),
        1,
        "neither the seen one nor the own ones"
    );
    assert_eq!(
        (reply.bodies[0].seq, &reply.bodies[0].envelope.0),
        (2, &record(1, 2))
    );
    let reached: Vec<u64> = reply.watched.iter().map(|watched| watched.after).collect();
    assert_eq!(reached, [3, 1, 0], "own puts included");
    assert!(!reply.more);
    assert_eq!(reply.server_ms, 1_800_000_000_000);
}

#[tokio::test]
async fn a_repeat_is_harmless_and_gets_the_first_number() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    assert_eq!(tablets[0].put(&[record(1, 1), record(1, 2)]).await, [1, 2]);
    assert_eq!(
        tablets[1]
            .put(&[record(1, 2), record(1, 3), record(1, 3)])
            .await,
        [2, 3, 3]
    );
    let reply = tablets[1].watch(&[(mailbox(1), 0)]).await;
    let seqs: Vec<u64> = reply.bodies.iter().map(|body| body.seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
}

#[tokio::test]
async fn a_feed_lists_everything_and_bodies_come_by_id() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let desk = &tablets[0];
    let records: Vec<Vec<u8>> = (0..5).map(|n| record(n as u8 % 2, n)).collect();
    desk.put(&records).await;
    let request = ExchangeRequest {
        read: Read::Feed { after: 2 },
        ..desk.request()
    };
    let reply = desk.exchange(&request).await.unwrap();
    let row = |position, to, seq, n: usize| FeedRow {
        position,
        mailbox: mailbox(to),
        seq,
        id: id(&records[n]),
        size: 300,
    };
    assert_eq!(
        reply.feed,
        [row(3, 0, 2, 2), row(4, 1, 2, 3), row(5, 0, 3, 4)]
    );
    assert_eq!(reply.feed_upto, 5);
    assert!(reply.bodies.is_empty());
    let unknown = id(b"unknown");
    let request = ExchangeRequest {
        bodies: vec![id(&records[4]), unknown, id(&records[0])],
        ..desk.request()
    };
    let reply = desk.exchange(&request).await.unwrap();
    let got: Vec<(u64, &[u8])> = reply
        .bodies
        .iter()
        .map(|body| (body.seq, &body.envelope[..]))
        .collect();
    assert_eq!(got, [(3, &records[4][..]), (1, &records[0][..])]);
}

#[tokio::test]
async fn pages_bring_everything_once_and_in_order() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let big: Vec<Vec<u8>> = (0..6)
        .map(|n| sealed(Kind::Record, mailbox(n as u8 % 2), n, 50_000))
        .collect();
    tablets[0].put(&big).await;
    for max_bytes in [1, 60_000, 120_000] {
        let mut at = [(mailbox(0), 0), (mailbox(1), 0)];
        let mut got = Vec::new();
        for round in 1.. {
            let request = ExchangeRequest {
                read: watching(&at),
                max_bytes,
                ..tablets[1].request()
            };
            let reply = tablets[1].exchange(&request).await.unwrap();
            let size: usize = reply.bodies.iter().map(|body| body.envelope.len()).sum();
            assert!(
                size <= (max_bytes as usize).max(50_000),
                "a page stops at its size"
            );
            got.extend(reply.bodies.into_iter().map(|body| body.envelope.0));
            for (place, watched) in at.iter_mut().zip(&reply.watched) {
                *place = (watched.mailbox, watched.after);
            }
            if !reply.more {
                assert!(round >= 3, "{max_bytes}: {round} rounds");
                break;
            }
            assert!(round < 10, "no progress");
        }
        assert_eq!(got.len(), 6);
        let due: Vec<Vec<u8>> = [0, 2, 4, 1, 3, 5].map(|n| big[n].clone()).to_vec();
        assert_eq!(got, due);
    }
    // By id, too: what did not fit is named by its absence.
    let ids: Vec<_> = big.iter().map(|body| id(body)).collect();
    let request = ExchangeRequest {
        bodies: ids,
        max_bytes: 120_000,
        ..tablets[1].request()
    };
    let reply = tablets[1].exchange(&request).await.unwrap();
    assert_eq!((reply.bodies.len(), reply.more), (2, true));
    // And the feed by its rows.
    let request = ExchangeRequest {
        read: Read::Feed { after: 0 },
        max_bytes: 200,
        ..tablets[1].request()
    };
    let reply = tablets[1].exchange(&request).await.unwrap();
    assert_eq!(
        (reply.feed.len(), reply.feed_upto, reply.more),
        (2, 2, true)
    );
}

#[tokio::test]
async fn a_stale_position_stores_nothing_and_brings_the_tails() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let (aigul, bolat) = (&tablets[0], &tablets[1]);
    let entry = sealed(Kind::RosterEntry, mailbox(7), 1, 200);
    aigul.admit(&append(None, &entry)).await.unwrap();
    let stale = ExchangeRequest {
        puts: bytes(&[record(1, 1)]),
        keyboxes: bytes(&[b"age".to_vec()]),
        ..bolat.request()
    };
    let reply = bolat.exchange(&stale).await.unwrap();
    assert_eq!(reply.stored, Stored::Stale);
    assert_eq!((reply.roster.len(), reply.roster[0].position), (1, 1));
    assert_eq!(reply.roster[0].bytes.0, entry);
    let fresh = ExchangeRequest {
        roster_after: 1,
        ..stale.clone()
    };
    let reply = bolat.exchange(&fresh).await.unwrap();
    assert_eq!(support::kept(&reply), [1]);
    assert!(matches!(&reply.stored, Stored::Done { keyboxes, .. } if keyboxes == &[1]));
    assert!(
        reply.roster.is_empty() && reply.keyboxes.is_empty(),
        "own keybox left out"
    );
    assert_eq!(reply.keybox_upto, 1);
    // Now the keybox log has moved for the other one.
    let behind = ExchangeRequest {
        roster_after: 1,
        puts: bytes(&[record(1, 2)]),
        ..aigul.request()
    };
    let reply = aigul.exchange(&behind).await.unwrap();
    assert_eq!(reply.stored, Stored::Stale);
    assert_eq!((reply.keyboxes.len(), reply.keybox_upto), (1, 1));
    assert_eq!(reply.keyboxes[0].bytes.0, b"age");
    assert_eq!(
        aigul.watch(&[(mailbox(1), 0)]).await.bodies.len(),
        1,
        "nothing was stored"
    );
    // A position beyond the end is stale as well.
    let ahead = ExchangeRequest {
        roster_after: 9,
        keybox_after: 1,
        ..behind
    };
    let reply = aigul.exchange(&ahead).await.unwrap();
    assert_eq!((reply.stored, reply.roster.len()), (Stored::Stale, 1));
}

#[tokio::test]
async fn positions_of_another_database_count_as_none() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let aigul = &tablets[0];
    aigul.put(&[record(1, 1)]).await;
    let elsewhere = ExchangeRequest {
        log: Some(LogId::from_bytes([1; 16])),
        puts: bytes(&[record(1, 2)]),
        read: watching(&[(mailbox(1), 1)]),
        ..aigul.request()
    };
    let reply = aigul.exchange(&elsewhere).await.unwrap();
    assert_eq!(reply.stored, Stored::Stale);
    assert_eq!(Some(reply.log), aigul.log);
    assert_eq!((reply.bodies.len(), reply.watched[0].after), (1, 1));
    // First contact with empty logs may store.
    let first = ExchangeRequest {
        log: None,
        ..elsewhere
    };
    assert_eq!(support::kept(&aigul.exchange(&first).await.unwrap()), [2]);
}

#[tokio::test]
async fn keyboxes_go_to_everyone_once() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let (aigul, bolat) = (&tablets[0], &tablets[1]);
    let put = |boxes: &[&[u8]], keybox_after| ExchangeRequest {
        keyboxes: boxes.iter().map(|one| Bytes(one.to_vec())).collect(),
        keybox_after,
        ..aigul.request()
    };
    let reply = aigul
        .exchange(&put(&[b"one", b"two", b"one"], 0))
        .await
        .unwrap();
    assert!(matches!(&reply.stored, Stored::Done { keyboxes, .. } if keyboxes == &[1, 2, 1]));
    assert_eq!(reply.keybox_upto, 2);
    let reply = bolat
        .exchange(&ExchangeRequest {
            keybox_after: 1,
            ..bolat.request()
        })
        .await;
    let reply = reply.unwrap();
    assert_eq!((reply.keyboxes.len(), reply.keyboxes[0].position), (1, 2));
    assert_eq!(reply.keyboxes[0].bytes.0, b"two");
    let empty = aigul.exchange(&put(&[b""], 2)).await.unwrap_err();
    assert_eq!(empty, (400, Refusal::Malformed));
    let over = vec![0; caps::ENVELOPE + 1];
    let over = aigul.exchange(&put(&[&over], 2)).await.unwrap_err();
    assert_eq!(over, (413, Refusal::TooLarge));
}

#[tokio::test]
async fn one_bad_put_does_not_hold_up_the_others() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let aigul = &tablets[0];
    let mut old_version = record(1, 9);
    old_version[4] = 0;
    let puts = [
        record(1, 1),
        b"not an envelope".to_vec(),
        sealed(Kind::Chunk, mailbox(1), 2, 200),
        sealed(Kind::RosterEntry, mailbox(1), 3, 200),
        sealed(Kind::Record, mailbox(1), 4, caps::ENVELOPE + 1),
        sealed(Kind::Record, mailbox(1), 5, caps::ENVELOPE),
        old_version,
        Vec::new(),
    ];
    let request = ExchangeRequest {
        puts: bytes(&puts),
        ..aigul.request()
    };
    let reply = aigul.exchange(&request).await.unwrap();
    let Stored::Done { puts, .. } = reply.stored else {
        panic!("stale")
    };
    let refused = |why| PutResult::Refused { why };
    assert_eq!(
        puts,
        [
            PutResult::Kept { seq: 1 },
            refused(Refusal::Malformed),
            refused(Refusal::Malformed),
            refused(Refusal::Malformed),
            refused(Refusal::TooLarge),
            PutResult::Kept { seq: 2 },
            refused(Refusal::Malformed),
            refused(Refusal::Malformed),
        ]
    );
}

#[tokio::test]
async fn requests_over_a_cap_are_refused_whole() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let aigul = &tablets[0];
    let many = |count: usize| (0..count).map(|n| record(1, n as u64)).collect::<Vec<_>>();
    let ids = |count: usize| (0..count).map(|n| id(&n.to_be_bytes())).collect::<Vec<_>>();
    let boxes = |count: usize| {
        (0..count)
            .map(|n| n.to_be_bytes().to_vec())
            .collect::<Vec<_>>()
    };
    let watch = |count: u8| (0..count).map(|n| (mailbox(n), 0)).collect::<Vec<_>>();
    let base = aigul.request();
    for (fits, request) in [
        (
            false,
            ExchangeRequest {
                puts: bytes(&many(257)),
                ..base.clone()
            },
        ),
        (
            true,
            ExchangeRequest {
                puts: bytes(&many(256)),
                ..base.clone()
            },
        ),
        (
            false,
            ExchangeRequest {
                keyboxes: bytes(&boxes(257)),
                ..base.clone()
            },
        ),
        (
            false,
            ExchangeRequest {
                bodies: ids(1025),
                ..base.clone()
            },
        ),
        (
            true,
            ExchangeRequest {
                bodies: ids(1024),
                chunks: ids(1024),
                ..base.clone()
            },
        ),
        (
            false,
            ExchangeRequest {
                chunks: ids(1025),
                ..base.clone()
            },
        ),
        (
            true,
            ExchangeRequest {
                read: watching(&watch(64)),
                ..base.clone()
            },
        ),
        (
            false,
            ExchangeRequest {
                read: watching(&watch(65)),
                ..base.clone()
            },
        ),
    ] {
        let due = if fits {
            Ok(())
        } else {
            Err((400, Refusal::Malformed))
        };
        assert_eq!(aigul.exchange(&request).await.map(|_| ()), due);
    }
    let other = ExchangeRequest { version: 2, ..base };
    assert_eq!(
        aigul.exchange(&other).await.unwrap_err(),
        (426, Refusal::Version)
    );
}

#[tokio::test]
async fn nothing_of_one_organisation_is_readable_in_another() {
    let relay = Relay::start(wide()).await;
    let ours = relay.team(1).await;
    let mut theirs = relay.org(OTHER_ORG, 50, 1).await;
    theirs[0].log_in().await.unwrap();
    let secret = record(1, 1);
    let chunk = sealed(Kind::Chunk, mailbox(1), 2, 500);
    let entry = sealed(Kind::RosterEntry, mailbox(7), 3, 200);
    ours[0].put(std::slice::from_ref(&secret)).await;
    ours[0].put_chunk(&id(&chunk), chunk.clone()).await.unwrap();
    ours[0].admit(&append(None, &entry)).await.unwrap();
    let keyboxes = ExchangeRequest {
        keyboxes: bytes(&[b"age".to_vec()]),
        roster_after: 1,
        ..ours[0].request()
    };
    ours[0].exchange(&keyboxes).await.unwrap();

    let prying = ExchangeRequest {
        read: watching(&[(mailbox(1), 0)]),
        bodies: vec![id(&secret)],
        chunks: vec![id(&chunk)],
        ..theirs[0].request()
    };
    let reply = theirs[0].exchange(&prying).await.unwrap();
    assert!(reply.bodies.is_empty() && reply.roster.is_empty() && reply.keyboxes.is_empty());
    assert_eq!(reply.watched[0].after, 0);
    assert_eq!(reply.missing_chunks, [id(&chunk)], "as if it did not exist");
    let feed = ExchangeRequest {
        read: Read::Feed { after: 0 },
        ..theirs[0].request()
    };
    let reply = theirs[0].exchange(&feed).await.unwrap();
    assert_eq!((reply.feed.len(), reply.feed_upto), (0, 0));
    assert_eq!(
        theirs[0].get_chunk(&id(&chunk)).await.unwrap_err(),
        (404, Refusal::NotFound)
    );
    // The same mailbox and the same bytes there are another log.
    assert_eq!(theirs[0].put(&[record(1, 8), secret]).await, [1, 2]);
    let reply = ours[0].watch(&[(mailbox(1), 0)]).await;
    assert_eq!(reply.bodies.len(), 1);
}

#[tokio::test]
async fn a_warm_sync_is_one_request() {
    let relay = Relay::start(wide()).await;
    let mut tablets = relay.org(ORG, 1, 1).await;
    tablets[0].log_in().await.unwrap();
    let aigul = &mut tablets[0];
    aigul.token = None;
    for round in 1..4 {
        let request = ExchangeRequest {
            proof: Some(aigul.proof(&aigul.next.unwrap(), ORIGIN)),
            puts: bytes(&[record(1, round)]),
            ..aigul.request()
        };
        let reply = aigul.exchange(&request).await.unwrap();
        assert_eq!(support::kept(&reply), [round]);
        assert!(reply.token.is_some());
        aigul.next = Some(reply.next);
    }
}

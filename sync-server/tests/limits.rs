//! Too large, too slow, too often, too much.

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

use std::time::Duration;

use senim_wire::cbor::{self, Bytes};
use senim_wire::envelope::Kind;
use senim_wire::exchange::{ExchangeRequest, PutResult, Stored};
use senim_wire::refusal::Refusal;
use senim_wire::{caps, path};
use support::{Relay, id, mailbox, outcome, record, sealed, wide};
use sync_server::limits::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The whole answer to `bytes` sent over a socket of its own, which stays open for writing.
async fn raw(base: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read)
        .await
        .expect("an end")
        .unwrap();
    answer
}

fn refusal_in(answer: &[u8]) -> (String, Refusal) {
    let text = String::from_utf8_lossy(answer);
    let at = answer
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .unwrap()
        + 4;
    let status = text.split(' ').nth(1).unwrap().to_owned();
    (status, cbor::parse(&answer[at..], 64).unwrap())
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off() {
    let limits = Limits {
        body_grace: Duration::from_secs(1),
        body_min_rate: 10_000,
        ..wide()
    };
    let relay = Relay::start(limits).await;
    let token = relay.team(1).await[0].token.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 1000\r\n\r\nab",
        path::EXCHANGE
    );
    let answer = raw(&relay.base, head.as_bytes()).await;
    assert_eq!(refusal_in(&answer), ("408".into(), Refusal::Slow));
    // A slow head ends the connection without an answer.
    let answer = raw(&relay.base, b"POST / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
}

#[tokio::test]
async fn a_slow_but_steady_body_is_waited_for() {
    let limits = Limits {
        body_grace: Duration::from_secs(1),
        body_min_rate: 100,
        ..wide()
    };
    let relay = Relay::start(limits).await;
    let tablet = &relay.team(1).await[0];
    let request = ExchangeRequest {
        puts: vec![Bytes(record(1, 1))],
        ..tablet.request()
    };
    let body = cbor::to_vec(&request);
    let half = body.len() / 2;
    let parts = [body[..half].to_vec(), body[half..].to_vec()];
    // The second half comes after the grace, which the first half has lengthened.
    let stream = futures_util::stream::unfold(parts.into_iter(), |mut parts| async move {
        let part = parts.next()?;
        tokio::time::sleep(Duration::from_millis(700)).await;
        Some((Ok::<_, std::io::Error>(part), parts))
    });
    let request = tablet
        .http
        .post(format!("{}{}", relay.base, path::EXCHANGE))
        .bearer_auth(tablet.token.unwrap())
        .body(reqwest::Body::wrap_stream(stream));
    outcome::<senim_wire::exchange::ExchangeReply>(request.send().await.unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn oversize_bodies_are_refused_whether_announced_or_not() {
    let relay = Relay::start(wide()).await;
    let tablet = &relay.team(1).await[0];
    let body = vec![0; caps::EXCHANGE_BODY + 1];
    let response = tablet.send(path::EXCHANGE, body.clone()).await;
    assert_eq!(
        outcome::<u64>(response).await.unwrap_err(),
        (413, Refusal::TooLarge)
    );
    let parts = body
        .chunks(100_000)
        .map(|part| Ok::<_, std::io::Error>(part.to_vec()));
    let parts: Vec<_> = parts.collect();
    let request = tablet
        .http
        .post(format!("{}{}", relay.base, path::EXCHANGE))
        .bearer_auth(tablet.token.unwrap())
        .body(reqwest::Body::wrap_stream(futures_util::stream::iter(
            parts,
        )));
    let response = request.send().await.unwrap();
    assert_eq!(
        outcome::<u64>(response).await.unwrap_err(),
        (413, Refusal::TooLarge)
    );
    let response = tablet.send(path::CHALLENGE, vec![0; 1025]).await;
    assert_eq!(
        outcome::<u64>(response).await.unwrap_err(),
        (413, Refusal::TooLarge)
    );
    // A full body of the largest size is taken.
    let puts = (0..7)
        .map(|n| Bytes(sealed(Kind::Record, mailbox(1), n, caps::ENVELOPE)))
        .collect();
    tablet
        .exchange(&ExchangeRequest {
            puts,
            ..tablet.request()
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn compressed_bodies_are_refused() {
    let relay = Relay::start(wide()).await;
    let tablet = &relay.team(1).await[0];
    for (encoding, fits) in [
        ("gzip", false),
        ("zstd", false),
        ("br", false),
        ("identity", true),
    ] {
        let request = tablet
            .http
            .post(format!("{}{}", relay.base, path::EXCHANGE))
            .bearer_auth(tablet.token.unwrap())
            .header("content-encoding", encoding)
            .body(cbor::to_vec(&tablet.request()));
        let got =
            outcome::<senim_wire::exchange::ExchangeReply>(request.send().await.unwrap()).await;
        let due = if fits {
            Ok(())
        } else {
            Err((400, Refusal::Malformed))
        };
        assert_eq!(got.map(|_| ()), due, "{encoding}");
    }
}

#[tokio::test]
async fn garbage_is_refused_not_stored_and_does_not_end_the_server() {
    let relay = Relay::start(wide()).await;
    let tablet = &relay.team(1).await[0];
    let valid = cbor::to_vec(&tablet.request());
    for body in [
        Vec::new(),
        vec![0xff; 100],
        vec![0x9f; 5000],
        vec![0x9b; 9],
        valid[1..].to_vec(),
    ] {
        for path in [path::EXCHANGE, path::ADMIT, path::SESSION, path::CHALLENGE] {
            let refused = outcome::<u64>(tablet.send(path, body.clone()).await)
                .await
                .unwrap_err();
            assert!(
                matches!(refused.1, Refusal::Malformed | Refusal::TooLarge),
                "{refused:?}"
            );
        }
    }
    let mut longer = valid.clone();
    longer.push(0);
    let refused = outcome::<u64>(tablet.send(path::EXCHANGE, longer).await).await;
    assert_eq!(
        refused.unwrap_err(),
        (400, Refusal::Malformed),
        "trailing byte"
    );
    for (method, path) in [
        ("GET", path::EXCHANGE),
        ("POST", "/v1/other"),
        ("DELETE", "/"),
    ] {
        let url = format!("{}{path}", relay.base);
        let response = tablet
            .http
            .request(method.parse().unwrap(), url)
            .send()
            .await
            .unwrap();
        assert_eq!(
            outcome::<u64>(response).await.unwrap_err(),
            (404, Refusal::NotFound)
        );
    }
    tablet.exchange(&tablet.request()).await.unwrap();
}

#[tokio::test]
async fn rates_are_counted_per_key_and_before_that_per_network() {
    let limits = Limits {
        rate_per_key: 1,
        burst_per_key: 3,
        ..wide()
    };
    let relay = Relay::start(limits).await;
    let tablets = relay.team(2).await;
    let mut refused = 0;
    for _ in 0..4 {
        if let Err((status, refusal)) = tablets[0].exchange(&tablets[0].request()).await {
            assert!(
                matches!(refusal, Refusal::RateLimited { seconds: 1.. }),
                "{status}"
            );
            refused += 1;
        }
    }
    assert!(
        (1..=2).contains(&refused),
        "logging in counted as well: {refused}"
    );
    tablets[1].exchange(&tablets[1].request()).await.unwrap();

    let relay = Relay::start(Limits {
        rate_per_ip: 1,
        burst_per_ip: 3,
        ..wide()
    })
    .await;
    let mut tablet = relay.org(support::ORG, 1, 1).await.remove(0);
    tablet.log_in().await.unwrap();
    let stranger = support::Tablet::new(99, &relay.base);
    stranger.challenge().await;
    let request = senim_wire::session::ChallengeRequest {
        version: senim_wire::PROTOCOL_VERSION,
        key: stranger.key(),
    };
    let refused = stranger
        .post::<u64>(path::CHALLENGE, &request)
        .await
        .unwrap_err();
    assert!(matches!(refused, (429, Refusal::RateLimited { .. })));
    for _ in 0..5 {
        tablet.exchange(&tablet.request()).await.unwrap();
    }
}

#[tokio::test]
async fn quotas_end_with_the_day() {
    let limits = Limits {
        device_mib_per_day: 1,
        org_mib_per_day: 3,
        ..wide()
    };
    let relay = Relay::start(limits).await;
    let tablets = relay.team(4).await;
    let half = |n| sealed(Kind::Record, mailbox(1), n, caps::ENVELOPE / 2);
    let put = |tablet: &support::Tablet, n| ExchangeRequest {
        puts: vec![Bytes(half(n))],
        ..tablet.request()
    };
    let refused = Stored::Done {
        puts: vec![PutResult::Refused {
            why: Refusal::Quota,
        }],
        keyboxes: vec![],
    };
    for (t, tablet) in (0..).zip(&tablets[..3]) {
        tablet.put(&[half(t * 10)]).await;
        tablet.put(&[half(t * 10)]).await;
        tablet.put(&[half(t * 10 + 1)]).await;
        let reply = tablet.exchange(&put(tablet, t * 10 + 2)).await.unwrap();
        assert_eq!(
            reply.stored, refused,
            "a repeat was free, the third half is over"
        );
    }
    let reply = tablets[3].exchange(&put(&tablets[3], 90)).await.unwrap();
    assert_eq!(reply.stored, refused, "the organisation's");
    let chunk = sealed(Kind::Chunk, mailbox(1), 1, 500);
    let over = tablets[3].put_chunk(&id(&chunk), chunk).await.unwrap_err();
    assert_eq!(over, (507, Refusal::Quota));
    let request = ExchangeRequest {
        keyboxes: vec![Bytes(vec![1])],
        ..tablets[3].request()
    };
    assert_eq!(
        tablets[3].exchange(&request).await.unwrap_err(),
        (507, Refusal::Quota)
    );
    assert_eq!(
        tablets[3].watch(&[(mailbox(1), 0)]).await.bodies.len(),
        6,
        "reading goes on"
    );
    relay.clock.advance(24 * 3600);
    relay.app.sweep().await.unwrap();
    let mut tomorrow = tablets[3].clone();
    tomorrow.log_in().await.unwrap();
    tomorrow.put(&[half(90)]).await;
}

#[tokio::test]
async fn a_stopping_server_says_so() {
    let relay = Relay::start(wide()).await;
    let tablet = &relay.team(1).await[0];
    relay.app.stop();
    let refused = tablet.exchange(&tablet.request()).await.unwrap_err();
    assert_eq!(refused, (503, Refusal::Stopping));
    let url = format!("{}{}", relay.base, path::READYZ);
    assert_eq!(tablet.http.get(url).send().await.unwrap().status(), 503);
    let url = format!("{}{}", relay.base, path::HEALTHZ);
    assert_eq!(tablet.http.get(url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
    let limits = Limits {
        rate_per_ip: 1,
        burst_per_ip: 2,
        ..wide()
    };
    let proxies = [
        vec![],
        vec!["127.0.0.1".parse().unwrap(), "10.0.0.9".parse().unwrap()],
    ];
    for (proxies, due) in proxies
        .into_iter()
        .zip([[200, 200, 429, 429], [200, 200, 429, 200]])
    {
        let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
        let relay = Relay::start_in(folder, limits, proxies).await;
        let key = support::Tablet::new(1, "").key();
        let request = senim_wire::session::ChallengeRequest {
            version: senim_wire::PROTOCOL_VERSION,
            key,
        };
        let http = support::client();
        let mut got = Vec::new();
        for forwarded in [
            "192.0.2.1",
            // What stands to the left is the peer's own claim; the second proxy is ours.
            "203.0.113.5, 192.0.2.2, 10.0.0.9",
            "198.51.100.7, 192.0.2.3",
            "198.51.100.7",
        ] {
            let sent = http.post(format!("{}{}", relay.base, path::CHALLENGE));
            let sent = sent
                .header("x-forwarded-for", forwarded)
                .body(cbor::to_vec(&request));
            got.push(sent.send().await.unwrap().status().as_u16());
        }
        assert_eq!(got, due);
    }
}

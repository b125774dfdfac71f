//! The event stream.

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

use futures_util::StreamExt;
use senim_wire::refusal::Refusal;
use senim_wire::{MailboxId, path};
use support::{ORG, Relay, Tablet, admit_request, mailbox, record, signed_list, wide};
use sync_server::store::sqlite::{SqliteStore, database_file};
use sync_server::store::{Block, PutBatch, Sealed, Store};

struct Stream {
    bytes: std::pin::Pin<
        Box<dyn futures_util::Stream<Item = reqwest::Result<axum::body::Bytes>> + Send>,
    >,
    text: String,
}

async fn open(tablet: &Tablet, watched: &[(MailboxId, u64)]) -> reqwest::Response {
    let query: Vec<String> = watched
        .iter()
        .map(|(mailbox, after)| format!("m={mailbox}.{after}"))
        .collect();
    let url = format!("{}{}?{}", tablet.base, path::WAKE, query.join("&"));
    tablet
        .http
        .get(url)
        .bearer_auth(tablet.token.unwrap())
        .send()
        .await
        .unwrap()
}

impl Stream {
    async fn open(tablet: &Tablet, watched: &[(MailboxId, u64)]) -> Self {
        let response = open(tablet, watched).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            bytes: Box::pin(response.bytes_stream()),
            text: String::new(),
        }
    }

    /// The data of the next event; none at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.strip_prefix("event: grew\ndata: ").map(str::to_owned);
                self.text = rest.to_owned();
                if data.is_some() {
                    return data;
                }
                continue;
            }
            let next = tokio::time::timeout(Duration::from_secs(10), self.bytes.next());
            let part = next.await.expect("an event within ten seconds")?.ok()?;
            self.text.push_str(std::str::from_utf8(&part).unwrap());
        }
    }
}

fn told(to: u8, seq: u64) -> Option<String> {
    Some(format!("{}.{seq}", mailbox(to)))
}

#[tokio::test]
async fn a_watched_mailbox_wakes_and_another_does_not() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let mut stream = Stream::open(&tablets[0], &[(mailbox(1), 0), (mailbox(2), 0)]).await;
    tablets[1].put(&[record(3, 1)]).await;
    tablets[1].put(&[record(2, 2)]).await;
    assert_eq!(stream.next().await, told(2, 1));
    tablets[1].put(&[record(2, 2)]).await;
    tablets[1].put(&[record(1, 3)]).await;
    assert_eq!(stream.next().await, told(1, 1), "a repeat wakes nobody");
    tablets[1].put(&[record(2, 4)]).await;
    assert_eq!(stream.next().await, told(2, 2));
}

#[tokio::test]
async fn what_had_grown_before_is_told_at_once() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    tablets[1]
        .put(&[record(1, 1), record(1, 2), record(2, 3)])
        .await;
    let mut stream = Stream::open(&tablets[0], &[(mailbox(1), 1), (mailbox(2), 1)]).await;
    assert_eq!(stream.next().await, told(1, 2));
}

#[tokio::test]
async fn what_another_process_stored_is_told_too() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let mut stream = Stream::open(&tablets[0], &[(mailbox(1), 0)]).await;
    let other = SqliteStore::open(&database_file(relay.folder.path()), 1)
        .await
        .unwrap();
    let org = other.admission(&tablets[0].key()).await.unwrap().unwrap();
    let puts = vec![(mailbox(1), Sealed::new(record(1, 1).into()))];
    other
        .put(
            org,
            PutBatch {
                roster: 0,
                keybox: 0,
                keyboxes: vec![],
                puts,
            },
        )
        .await
        .unwrap();
    assert_eq!(stream.next().await, told(1, 1));
    other.close().await;
}

#[tokio::test]
async fn the_stream_ends_when_the_device_is_dropped_blocked_late_or_the_server_stops() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(4).await;
    let watched = [(mailbox(1), 0)];
    let mut streams = Vec::new();
    for tablet in &tablets {
        streams.push(Stream::open(tablet, &watched).await);
    }
    let mut list = admit_request();
    let staying = [&tablets[0], &tablets[2], &tablets[3]];
    list.list = Some(signed_list(ORG, 2, &staying, &tablets[0]));
    tablets[0].admit(&list).await.unwrap();
    assert_eq!(streams[1].next().await, None, "dropped");
    relay
        .store
        .set_block(&tablets[2].key(), Block::On)
        .await
        .unwrap();
    assert_eq!(streams[2].next().await, None, "blocked");
    relay.clock.advance(15 * 60);
    assert_eq!(streams[3].next().await, None, "the session is over");
    let mut again = tablets[0].clone();
    again.log_in().await.unwrap();
    let mut stream = Stream::open(&again, &watched).await;
    relay.app.stop();
    assert_eq!(stream.next().await, None, "stopping");
}

#[tokio::test]
async fn bad_queries_and_strangers_are_refused() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let many: Vec<_> = (0..65).map(|n| (mailbox(n), 0)).collect();
    for watched in [&[][..], &many] {
        let refused = support::outcome::<u64>(open(&tablets[0], watched).await).await;
        assert_eq!(refused.unwrap_err(), (400, Refusal::Malformed));
    }
    let stranger = Tablet {
        token: Some(senim_wire::Token::from_bytes([0; 32])),
        ..tablets[0].clone()
    };
    let refused = support::outcome::<u64>(open(&stranger, &[(mailbox(1), 0)]).await).await;
    assert_eq!(refused.unwrap_err(), (401, Refusal::NotAdmitted));
}

#[tokio::test]
async fn a_device_has_few_streams_and_gets_their_places_back() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let watched = [(mailbox(1), 0)];
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(open(&tablets[0], &watched).await);
        assert_eq!(streams.last().unwrap().status(), 200);
    }
    let refused = support::outcome::<u64>(open(&tablets[0], &watched).await)
        .await
        .unwrap_err();
    assert!(matches!(refused, (429, Refusal::RateLimited { .. })));
    assert_eq!(
        open(&tablets[1], &watched).await.status(),
        200,
        "another device is not held up"
    );
    drop(streams);
    for attempt in 0.. {
        if open(&tablets[0], &watched).await.status() == 200 {
            break;
        }
        assert!(attempt < 100, "the places never came back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

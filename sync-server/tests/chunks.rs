//! Photo chunks.

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

use senim_wire::caps;
use senim_wire::envelope::{HEADER, Kind, TAG};
use senim_wire::exchange::ExchangeRequest;
use senim_wire::refusal::Refusal;
use support::{Relay, id, mailbox, sealed, wide};
use sync_server::blobs::{Blobs, BlobsError};
use sync_server::store::Store;

fn chunk(n: u64, size: usize) -> Vec<u8> {
    sealed(Kind::Chunk, mailbox(1), n, size)
}

#[tokio::test]
async fn chunks_of_every_size_come_back_as_they_went() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let sizes = [
        HEADER + TAG,
        4095,
        4096,
        4097,
        65_536,
        caps::CHUNK,
        caps::CHUNK_SEALED,
    ];
    for (n, size) in (0..).zip(sizes) {
        let bytes = chunk(n, size);
        tablets[0]
            .put_chunk(&id(&bytes), bytes.clone())
            .await
            .unwrap();
        assert_eq!(
            tablets[1].get_chunk(&id(&bytes)).await.unwrap(),
            bytes,
            "{size}"
        );
    }
    let over = chunk(99, caps::CHUNK_SEALED + 1);
    let over = tablets[0].put_chunk(&id(&over), over).await.unwrap_err();
    assert_eq!(over, (413, Refusal::TooLarge));
}

#[tokio::test]
async fn a_chunk_must_be_what_its_name_says() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let (one, two) = (chunk(1, 500), chunk(2, 500));
    let malformed = (400, Refusal::Malformed);
    assert_eq!(
        tablets[0]
            .put_chunk(&id(&one), two.clone())
            .await
            .unwrap_err(),
        malformed
    );
    let record = sealed(Kind::Record, mailbox(1), 3, 500);
    assert_eq!(
        tablets[0]
            .put_chunk(&id(&record), record)
            .await
            .unwrap_err(),
        malformed
    );
    let short = two[..HEADER].to_vec();
    assert_eq!(
        tablets[0].put_chunk(&id(&short), short).await.unwrap_err(),
        malformed
    );
    let empty = Vec::new();
    assert_eq!(
        tablets[0].put_chunk(&id(&empty), empty).await.unwrap_err(),
        malformed
    );
    for stored in [&one, &two] {
        assert_eq!(
            tablets[0].get_chunk(&id(stored)).await.unwrap_err(),
            (404, Refusal::NotFound)
        );
    }
}

#[tokio::test]
async fn a_repeat_is_harmless_and_exchange_tells_what_is_missing() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let (one, two, three) = (chunk(1, 900), chunk(2, 900), chunk(3, 900));
    for tablet in [&tablets[0], &tablets[0], &tablets[1]] {
        tablet.put_chunk(&id(&two), two.clone()).await.unwrap();
    }
    let request = ExchangeRequest {
        chunks: vec![id(&one), id(&two), id(&three)],
        ..tablets[0].request()
    };
    let reply = tablets[0].exchange(&request).await.unwrap();
    assert_eq!(reply.missing_chunks, [id(&one), id(&three)]);
    assert_eq!(relay.store.audit().await.unwrap().chunks.len(), 1);
}

#[tokio::test]
async fn many_who_put_one_chunk_at_once_leave_one_whole_file() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(4).await;
    let bytes = chunk(1, 200_000);
    let puts = (0..16).map(|n| {
        let (tablet, bytes) = (tablets[n % 4].clone(), bytes.clone());
        tokio::spawn(async move { tablet.put_chunk(&id(&bytes), bytes).await })
    });
    for put in puts.collect::<Vec<_>>() {
        put.await.unwrap().unwrap();
    }
    assert_eq!(tablets[0].get_chunk(&id(&bytes)).await.unwrap(), bytes);
    let names = support::everything_in(&relay.folder.path().join("chunks"));
    assert!(
        !names.windows(4).any(|part| part == b"new-"),
        "no temporary file stays"
    );
}

#[tokio::test]
async fn a_damaged_file_is_told_not_sent_and_healed_by_the_next_put() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let bytes = chunk(1, 5000);
    tablets[0]
        .put_chunk(&id(&bytes), bytes.clone())
        .await
        .unwrap();
    let name = id(&bytes).to_string();
    let folder = relay
        .folder
        .path()
        .join("chunks")
        .join(support::ORG.to_string());
    let file = folder.join(&name[..2]).join(&name);
    std::fs::write(&file, &bytes[..4000]).unwrap();
    let damaged = relay.blobs.get(support::ORG, &id(&bytes)).await;
    assert_eq!(damaged.unwrap_err(), BlobsError::Damaged);
    assert_eq!(
        tablets[0].get_chunk(&id(&bytes)).await.unwrap_err(),
        (507, Refusal::Storage)
    );
    tablets[0]
        .put_chunk(&id(&bytes), bytes.clone())
        .await
        .unwrap();
    assert_eq!(tablets[0].get_chunk(&id(&bytes)).await.unwrap(), bytes);
}

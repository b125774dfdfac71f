//! What every store must do. A new implementation brings a [`Fixture`] and runs all of [`cases`].

use std::collections::BTreeSet;
use std::sync::Arc;

use senim_wire::admit::SignedAdmitList;
use senim_wire::envelope::Kind;
use senim_wire::exchange::FeedRow;
use senim_wire::{EnvelopeId, MailboxId};
use sync_server::store::{
    Block, ChunkRow, Device, Founding, ITEM_OVERHEAD, Log, Org, Page, PutBatch, PutOutcome,
    RosterChange, RosterOutcome, Sealed, Store, Tail,
};

use super::{ORG, OTHER_ORG, Tablet, id, mailbox, sealed, signed_list};

/// An empty database that can be opened more than once.
#[async_trait::async_trait]
pub trait Fixture: Send + Sync {
    /// Opens it, as another process would.
    async fn open(&self) -> Arc<dyn Store>;
    /// Another empty database.
    async fn another(&self) -> Box<dyn Fixture>;
}

fn tablet(seed: u8) -> Tablet {
    Tablet::new(seed, "")
}

fn founding(org: senim_wire::WireOrgId, seeds: &[u8]) -> SignedAdmitList {
    let tablets: Vec<Tablet> = seeds.iter().copied().map(tablet).collect();
    signed_list(org, 1, &tablets.iter().collect::<Vec<_>>(), &tablets[0])
}

async fn org(store: &dyn Store) -> Org {
    assert_eq!(
        store.found(&founding(ORG, &[1, 2])).await,
        Ok(Founding::Founded)
    );
    store.admission(&tablet(1).key()).await.unwrap().unwrap()
}

fn record(to: u8, n: u64, size: usize) -> (MailboxId, Sealed) {
    (
        mailbox(to),
        Sealed::new(sealed(Kind::Record, mailbox(to), n, size).into()),
    )
}

fn batch(puts: Vec<(MailboxId, Sealed)>) -> PutBatch {
    PutBatch {
        roster: 0,
        keybox: 0,
        keyboxes: Vec::new(),
        puts,
    }
}

async fn seqs(store: &dyn Store, org: Org, batch: PutBatch) -> Vec<u64> {
    match store.put(org, batch).await.unwrap() {
        PutOutcome::Kept { seqs, .. } => seqs,
        PutOutcome::Stale => panic!("stale"),
    }
}

async fn all(store: &dyn Store, org: Org, log: Log) -> Tail {
    let without = BTreeSet::new();
    let page = Page {
        after: 0,
        bytes: usize::MAX,
        at_least_one: false,
        without: &without,
    };
    store.tail(org, log, page).await.unwrap()
}

fn entry(expected: Option<EnvelopeId>, n: u64) -> RosterChange {
    let entry = Sealed::new(sealed(Kind::RosterEntry, mailbox(7), n, 200).into());
    RosterChange {
        append: Some((expected, entry)),
        removals: Vec::new(),
        list: None,
        leaves: None,
    }
}

/// Runs every case, each on a database of its own.
pub async fn cases(fixture: &dyn Fixture) {
    identity_lasts_and_differs(&*fixture.another().await).await;
    admission_follows_lists_and_blocks(&*fixture.another().await).await;
    lists_go_forward_and_devices_leave(&*fixture.another().await).await;
    numbers_are_contiguous_under_concurrency(&*fixture.another().await).await;
    repeats_and_stale_batches_store_nothing_new(&*fixture.another().await).await;
    what_was_acknowledged_is_there_for_another_process(&*fixture.another().await).await;
    tails_page_and_pass_over(&*fixture.another().await).await;
    one_appender_wins_across_processes(&*fixture.another().await).await;
    organisations_are_apart(&*fixture.another().await).await;
    chunks_are_remembered_once(&*fixture.another().await).await;
}

async fn identity_lasts_and_differs(fixture: &dyn Fixture) {
    let first = fixture.open().await.ready().await.unwrap();
    assert_eq!(fixture.open().await.ready().await.unwrap(), first);
    let other = fixture.another().await.open().await.ready().await.unwrap();
    assert_ne!(other.log, first.log);
    assert_ne!(other.challenge_key, first.challenge_key);
}

async fn admission_follows_lists_and_blocks(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let ours = org(&*store).await;
    let (one, two, three) = (tablet(1), tablet(2), tablet(3));
    assert_eq!(ours.id, ORG);
    assert_eq!(store.admission(&three.key()).await, Ok(None));
    assert_eq!(
        store.found(&founding(ORG, &[3])).await,
        Ok(Founding::Exists)
    );
    store.set_block(&two.key(), Block::On).await.unwrap();
    store.set_block(&two.key(), Block::On).await.unwrap();
    store.set_block(&three.key(), Block::On).await.unwrap();
    assert_eq!(store.admission(&two.key()).await, Ok(None));
    let mut due = [
        Device {
            key: one.key(),
            org: Some(ORG),
            blocked: false,
        },
        Device {
            key: two.key(),
            org: Some(ORG),
            blocked: true,
        },
        Device {
            key: three.key(),
            org: None,
            blocked: true,
        },
    ];
    due.sort_by_key(|device| device.key);
    assert_eq!(store.devices().await.unwrap(), due);
    store.set_block(&two.key(), Block::Off).await.unwrap();
    assert_eq!(store.admission(&two.key()).await, Ok(Some(ours)));
}

async fn lists_go_forward_and_devices_leave(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let ours = org(&*store).await;
    let (one, two, three) = (tablet(1), tablet(2), tablet(3));
    store.set_block(&three.key(), Block::On).await.unwrap();
    let list = |version, of: &[&Tablet]| RosterChange {
        append: None,
        removals: Vec::new(),
        list: Some(signed_list(ORG, version, of, &one)),
        leaves: None,
    };
    let done = Ok(RosterOutcome::Done { new_bytes: 0 });
    assert_eq!(store.change(ours, list(5, &[&one])).await, done);
    assert_eq!(store.admission(&two.key()).await, Ok(None), "dropped");
    let refused = Ok(RosterOutcome::ListRefused);
    assert_eq!(
        store.change(ours, list(5, &[&one, &two])).await,
        refused,
        "not newer"
    );
    assert_eq!(
        store.change(ours, list(6, &[&one, &two, &three])).await,
        done
    );
    assert_eq!(store.admission(&two.key()).await, Ok(Some(ours)));
    assert_eq!(
        store.admission(&three.key()).await,
        Ok(None),
        "blocked all the same"
    );
    let leaves = RosterChange {
        list: None,
        leaves: Some(two.key()),
        ..list(0, &[])
    };
    assert_eq!(store.change(ours, leaves).await, done);
    assert_eq!(store.admission(&two.key()).await, Ok(None), "left");
}

async fn numbers_are_contiguous_under_concurrency(fixture: &dyn Fixture) {
    let (one, two) = (fixture.open().await, fixture.open().await);
    let ours = org(&*one).await;
    let tasks: Vec<_> = (0..32_u64)
        .map(|n| {
            let store = if n % 2 == 0 { one.clone() } else { two.clone() };
            let puts = vec![record(1, n, 200), record((n % 3) as u8 + 2, n, 200)];
            tokio::spawn(async move { seqs(&*store, ours, batch(puts)).await[0] })
        })
        .collect();
    let mut got = Vec::new();
    for task in tasks {
        got.push(task.await.unwrap());
    }
    got.sort_unstable();
    assert_eq!(got, (1..=32).collect::<Vec<u64>>());
    let heads = one
        .heads(ours, &[mailbox(1), mailbox(9), mailbox(2)])
        .await
        .unwrap();
    assert_eq!((heads.feed, &heads.mailboxes[..]), (64, &[32, 0, 11][..]));
    let feed = one.feed(ours, 0, 100).await.unwrap();
    let positions: Vec<u64> = feed.iter().map(|row| row.position).collect();
    assert_eq!(positions, (1..=64).collect::<Vec<u64>>());
    let audit = two.audit().await.unwrap();
    assert!(audit.is_whole());
    assert_eq!(audit.envelopes, 64);
}

async fn repeats_and_stale_batches_store_nothing_new(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let ours = org(&*store).await;
    let keybox = |n: u8| Sealed::new(vec![n; 50].into());
    let first = PutBatch {
        keyboxes: vec![keybox(1)],
        ..batch(vec![record(1, 1, 300)])
    };
    let kept = |seqs, keyboxes, new_bytes| {
        Ok(PutOutcome::Kept {
            seqs,
            keyboxes,
            new_bytes,
        })
    };
    assert_eq!(
        store.put(ours, first.clone()).await,
        kept(vec![1], vec![1], 350)
    );
    assert_eq!(
        store.put(ours, first.clone()).await,
        Ok(PutOutcome::Stale),
        "keybox log moved"
    );
    let again = PutBatch { keybox: 1, ..first };
    assert_eq!(store.put(ours, again).await, kept(vec![1], vec![1], 0));
    let more = PutBatch {
        keybox: 1,
        keyboxes: vec![keybox(1), keybox(2)],
        ..batch(vec![
            record(1, 2, 300),
            record(1, 1, 300),
            record(1, 2, 300),
        ])
    };
    assert_eq!(
        store.put(ours, more).await,
        kept(vec![2, 1, 2], vec![1, 2], 350)
    );
    store.change(ours, entry(None, 1)).await.unwrap();
    let stale = PutBatch {
        keybox: 2,
        ..batch(vec![record(1, 3, 300)])
    };
    assert_eq!(
        store.put(ours, stale).await,
        Ok(PutOutcome::Stale),
        "roster moved"
    );
    let heads = store.heads(ours, &[mailbox(1)]).await.unwrap();
    assert_eq!((heads.roster, heads.keybox, heads.feed), (1, 2, 2));
}

async fn what_was_acknowledged_is_there_for_another_process(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let ours = org(&*store).await;
    let (_, one) = record(1, 1, 70_000);
    seqs(&*store, ours, batch(vec![(mailbox(1), one.clone())])).await;
    let other = fixture.open().await;
    let there = other.admission(&tablet(2).key()).await.unwrap().unwrap();
    assert_eq!(there, ours);
    let body = other.body(there, &one.id()).await.unwrap().unwrap();
    assert_eq!((body.seq, &body.envelope[..]), (1, one.bytes()));
    let row = FeedRow {
        position: 1,
        mailbox: mailbox(1),
        seq: 1,
        id: one.id(),
        size: 70_000,
    };
    assert_eq!(other.feed(there, 0, 10).await.unwrap(), [row]);
    assert_eq!(other.feed(there, 1, 10).await.unwrap(), []);
}

async fn tails_page_and_pass_over(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let ours = org(&*store).await;
    let records: Vec<_> = (0..5).map(|n| record(1, n, 1000)).collect();
    seqs(&*store, ours, batch(records.clone())).await;
    let log = Log::Mailbox(mailbox(1));
    let check = async |after, items, at_least_one, skip: &[usize], due: &[u64], upto, more| {
        let without = skip.iter().map(|n| records[*n].1.id()).collect();
        let bytes = items * (1000 + ITEM_OVERHEAD);
        let page = Page {
            after,
            bytes,
            at_least_one,
            without: &without,
        };
        let tail = store.tail(ours, log, page).await.unwrap();
        let got: Vec<u64> = tail.items.iter().map(|item| item.position).collect();
        assert_eq!((got.as_slice(), tail.upto, tail.more), (due, upto, more));
        for item in tail.items {
            assert_eq!(item.bytes.0, records[item.position as usize - 1].1.bytes());
        }
    };
    check(0, 9, false, &[], &[1, 2, 3, 4, 5], 5, false).await;
    check(0, 5, false, &[], &[1, 2, 3, 4, 5], 5, false).await;
    check(1, 2, false, &[], &[2, 3], 3, true).await;
    check(0, 0, false, &[], &[], 0, true).await;
    check(0, 0, true, &[], &[1], 1, true).await;
    check(5, 9, true, &[], &[], 5, false).await;
    check(9, 9, true, &[], &[], 9, false).await;
    check(0, 2, false, &[0, 2, 4], &[2, 4], 5, false).await;
    check(0, 1, false, &[0, 2], &[2], 3, true).await;
    check(0, 0, false, &[0, 1, 2, 3, 4], &[], 5, false).await;
}

async fn one_appender_wins_across_processes(fixture: &dyn Fixture) {
    let (one, two) = (fixture.open().await, fixture.open().await);
    let ours = org(&*one).await;
    let mut last = None;
    for round in 0..5_u64 {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let store = if n % 2 == 0 { one.clone() } else { two.clone() };
                let change = entry(last, round * 8 + n);
                let id = change.append.as_ref().unwrap().1.id();
                tokio::spawn(async move { (id, store.change(ours, change).await.unwrap()) })
            })
            .collect();
        let mut winners = Vec::new();
        for task in tasks {
            if let (id, RosterOutcome::Done { new_bytes: 200 }) = task.await.unwrap() {
                winners.push(id);
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        last = Some(winners[0]);
    }
    assert_eq!(all(&*one, ours, Log::Roster).await.items.len(), 5);
}

async fn organisations_are_apart(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let ours = org(&*store).await;
    assert_eq!(
        store.found(&founding(OTHER_ORG, &[9])).await,
        Ok(Founding::Founded)
    );
    let theirs = store.admission(&tablet(9).key()).await.unwrap().unwrap();
    let puts = vec![record(1, 1, 300)];
    seqs(&*store, ours, batch(puts.clone())).await;
    store.change(ours, entry(None, 1)).await.unwrap();
    let sealed = &puts[0].1;
    assert_eq!(store.body(theirs, &sealed.id()).await, Ok(None));
    assert_eq!(store.feed(theirs, 0, 9).await, Ok(vec![]));
    for log in [Log::Roster, Log::Keyboxes, Log::Mailbox(mailbox(1))] {
        assert_eq!(all(&*store, theirs, log).await, Tail::default());
    }
    assert_eq!(seqs(&*store, theirs, batch(puts.clone())).await, [1]);
    assert_eq!(
        store.change(theirs, entry(None, 1)).await.unwrap(),
        RosterOutcome::Done { new_bytes: 200 }
    );
    assert_eq!(
        store
            .found(&founding(senim_wire::WireOrgId::from_bytes([5; 16]), &[9]))
            .await,
        Ok(Founding::ListRefused)
    );
}

async fn chunks_are_remembered_once(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let ours = org(&*store).await;
    let chunk = |n: u8| ChunkRow {
        id: id(&[n]),
        mailbox: mailbox(1),
        size: 10,
        day: 20_000,
    };
    assert_eq!(store.put_chunk(ours, chunk(1)).await, Ok(true));
    assert_eq!(
        store
            .put_chunk(
                ours,
                ChunkRow {
                    day: 20_001,
                    ..chunk(1)
                }
            )
            .await,
        Ok(false)
    );
    let asked = [id(&[2]), id(&[1]), id(&[3]), id(&[2])];
    assert_eq!(
        store.lacking_chunks(ours, &asked).await,
        Ok(vec![asked[0], asked[2], asked[3]])
    );
    assert_eq!(store.audit().await.unwrap().chunks, [(ours, chunk(1))]);
}

//! What came is kept before any position moves, judged as a whole, and never dropped in silence.

mod common;

use common::{
    NOW, device, doc, envelope, feed_row, log, mailbox, own_key, place, record, reply, visit,
};
use secrecy::{ExposeSecret as _, SecretBox};
use senim_ids::{ActHash, CodedError as _, ErrorCode};
use senim_vault::{
    ChainStep, EnvelopeState, KeyStanding, KeyboxState, RecordPlace, RosterKind, RosterRow,
    Settlement, StoredAct, TableRows, Vault, VaultError, Verdict,
};

type Outcome = Result<(), VaultError>;

async fn seen(vault: &Vault) -> Result<String, VaultError> {
    let mut pending: Vec<_> = vault
        .pending(100)
        .await?
        .iter()
        .map(|row| (row.id, row.mailbox))
        .collect();
    pending.sort();
    let boxes: Vec<_> = vault
        .keyboxes_pending()
        .await?
        .iter()
        .map(|row| row.id)
        .collect();
    let roster: Vec<_> = vault
        .roster_log()
        .await?
        .iter()
        .map(|row| (row.position, row.id, row.kind))
        .collect();
    Ok(format!(
        "{pending:?} {boxes:?} {roster:?} {:?} {:?} {:?}",
        vault.positions().await?,
        vault.mailboxes_read().await?,
        vault.feed_wanted(100).await?
    ))
}

#[tokio::test]
async fn receiving_twice_or_in_another_order_is_receiving_once() -> Outcome {
    let (one, two, whole) = (place().await?, place().await?, reply());
    let mut first = whole.clone();
    first.roster.truncate(1);
    first.bodies.truncate(1);
    first.watched = vec![(mailbox(1), 1)];
    first.keyboxes.clear();
    first.keybox_upto = 0;
    first.feed.clear();
    first.feed_upto = 7;
    one.vault.receive(&whole).await?;
    let state = seen(&one.vault).await?;
    one.vault.receive(&whole).await?;
    assert_eq!(seen(&one.vault).await?, state);
    one.vault.receive(&first).await?;
    assert_eq!(seen(&one.vault).await?, state);
    two.vault.receive(&first).await?;
    assert_ne!(seen(&two.vault).await?, state);
    two.vault.receive(&whole).await?;
    assert_eq!(seen(&two.vault).await?, state);
    // Only the feed row whose body has not come is wanted.
    assert_eq!(two.vault.feed_wanted(100).await?, [feed_row(8, 30)]);
    Ok(())
}

#[tokio::test]
async fn a_reply_of_another_server_or_with_an_absurd_position_is_kept_nowhere() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    vault.receive(&reply()).await?;
    let state = seen(vault).await?;
    let mut other = reply();
    other.log = Some(log(9));
    other.bodies[0].id = envelope(99);
    assert_eq!(
        vault.receive(&other).await.unwrap_err(),
        VaultError::OtherLog
    );
    let mut absurd = reply();
    absurd.bodies[0].id = envelope(98);
    absurd.watched[0].1 = u64::MAX;
    assert_eq!(
        vault.receive(&absurd).await.unwrap_err().code(),
        ErrorCode::Unreadable
    );
    assert_eq!(seen(vault).await?, state);
    vault.reset_server(log(9)).await?;
    vault.receive(&other).await?;
    assert_eq!(vault.pending(100).await?.len(), 4);
    // A bundle moves no position.
    let mut bundle = reply();
    bundle.log = None;
    bundle.keybox_upto = 900;
    vault.receive(&bundle).await?;
    assert_eq!(vault.positions().await?.keybox, 4);
    Ok(())
}

fn verdict(byte: u8, state: EnvelopeState, code: &str, place: Option<(u64, u8)>) -> Verdict {
    Verdict {
        id: envelope(byte),
        state,
        code: code.to_owned(),
        doc: Some(doc(1)),
        record: place.map(|(seq, hash)| RecordPlace {
            device: device(2),
            device_seq: seq,
            doc_seq: seq,
            record_hash: record(hash),
            roster_seq: 3,
            step: if state == EnvelopeState::Waiting {
                ChainStep::Stays
            } else {
                ChainStep::Advances
            },
        }),
    }
}

fn settlement(verdicts: Vec<Verdict>) -> Settlement {
    Settlement {
        verdicts,
        document: None,
        acts: Vec::new(),
        rows: TableRows::default(),
        now: NOW,
    }
}

#[tokio::test]
async fn verdicts_move_chains_and_nothing_is_dropped_in_silence() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    vault.receive(&reply()).await?;
    let mut judged = settlement(vec![
        verdict(20, EnvelopeState::Applied, "", Some((1, 41))),
        verdict(21, EnvelopeState::Waiting, "earlier-record", Some((3, 43))),
    ]);
    judged.document = Some(visit(1, b"merged"));
    judged.acts = vec![StoredAct {
        doc: doc(1),
        act: ActHash::from_bytes([8; 32]),
        device: device(2),
        device_seq: 1,
        roster_seq: 3,
        bytes: b"act".to_vec(),
    }];
    vault.settle(&judged).await?;
    vault.settle(&judged).await?;
    assert_eq!(
        vault
            .chain_tail(device(2), doc(1))
            .await?
            .unwrap()
            .record_hash,
        record(41)
    );
    assert_eq!(vault.device_high(device(2)).await?, Some((3, record(43))));
    assert_eq!(vault.record_at(device(2), 1).await?, Some(record(41)));
    assert_eq!(vault.record_at(device(2), 2).await?, None);
    assert_eq!(vault.acts(doc(1)).await?[0].bytes, b"act");
    let pending = vault.pending(10).await?;
    assert_eq!(
        pending.iter().map(|row| row.id).collect::<Vec<_>>(),
        [22, 21].map(envelope)
    );
    assert_eq!(pending[1].code, "earlier-record");

    Ok(())
}

#[tokio::test]
async fn a_fork_is_kept_on_both_sides_and_refusals_are_shown() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    vault.receive(&reply()).await?;
    vault
        .settle(&settlement(vec![
            verdict(20, EnvelopeState::Applied, "", Some((1, 41))),
            verdict(21, EnvelopeState::Waiting, "earlier-record", Some((3, 43))),
        ]))
        .await?;
    // The same number with another hash is a fork; both stay.
    let fork = verdict(22, EnvelopeState::Quarantined, "forked", Some((1, 44)));
    vault.settle(&settlement(vec![fork])).await?;
    let forks = vault.forks().await?;
    assert_eq!((forks[0].device, forks[0].device_seq), (device(2), 1));
    let shown = vault.quarantined().await?;
    assert_eq!(
        (shown[0].id, shown[0].code.as_str(), shown[0].when),
        (envelope(22), "forked", NOW)
    );
    assert_eq!(shown[0].device, Some(device(2)));
    assert_eq!(
        (shown[1].id, shown[1].state),
        (envelope(21), EnvelopeState::Waiting)
    );

    // One verdict that cannot stand takes the others with it.
    let bad = settlement(vec![
        verdict(21, EnvelopeState::Applied, "", Some((3, 43))),
        verdict(99, EnvelopeState::Applied, "", None),
    ]);
    assert_eq!(vault.settle(&bad).await.unwrap_err(), VaultError::NoSuchRow);
    assert_eq!(vault.envelope_count(EnvelopeState::Waiting).await?, 1);
    let words = settlement(vec![verdict(
        21,
        EnvelopeState::Waiting,
        "Some Words",
        None,
    )]);
    assert_eq!(
        vault.settle(&words).await.unwrap_err(),
        VaultError::OutOfRange
    );
    Ok(())
}

#[tokio::test]
async fn a_key_that_comes_late_opens_what_was_foreign() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    vault.receive(&reply()).await?;
    let foreign = |byte| Verdict {
        doc: None,
        ..verdict(byte, EnvelopeState::Foreign, "", None)
    };
    vault
        .settle(&settlement(vec![foreign(20), foreign(21), foreign(22)]))
        .await?;
    assert!(vault.pending(10).await?.is_empty());
    let mut provisional = own_key(1, 3);
    provisional.standing = KeyStanding::Provisional;
    vault
        .settle_keybox(envelope(110), KeyboxState::Waiting, &[provisional])
        .await?;
    assert_eq!(vault.keyboxes_pending().await?.len(), 1);
    assert_eq!(vault.waiting(mailbox(1)).await?.len(), 2);
    assert!(vault.waiting(mailbox(2)).await?.is_empty());
    vault
        .settle_keybox(envelope(110), KeyboxState::Opened, &[own_key(1, 3)])
        .await?;
    assert!(vault.keyboxes_pending().await?.is_empty());
    let keys = vault.keys_of(Some(doc(1))).await?;
    assert_eq!(
        (keys.len(), keys[0].standing, keys[0].epoch),
        (1, KeyStanding::Accepted, 3)
    );
    assert_eq!(keys[0].key.expose_secret(), &[1; 32]);
    assert_eq!((keys[0].parents.len(), keys[0].readers.len()), (2, 3));
    // Another key under the same mailbox does not push the right one out, and nothing is made provisional again.
    let mut liar = own_key(1, 3);
    liar.key = SecretBox::new(Box::new([66; 32]));
    liar.standing = KeyStanding::Provisional;
    let mut weaker = own_key(1, 9);
    weaker.standing = KeyStanding::Provisional;
    vault.put_keys(&[liar, weaker]).await?;
    let keys = vault.keys_by_mailbox(mailbox(1)).await?;
    assert_eq!(keys.len(), 2);
    assert_eq!((keys[0].key.expose_secret()[0], keys[0].epoch), (1, 3));
    vault.erase_keys(doc(1)).await?;
    assert!(vault.keys_by_mailbox(mailbox(1)).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_roster_log_keeps_its_order_and_what_was_opened() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    let own = RosterRow {
        position: None,
        id: envelope(120),
        kind: RosterKind::Removal,
        bytes: vec![1; 9],
        content: Some(b"content".to_vec()),
    };
    vault.put_roster(&own).await?;
    vault.receive(&reply()).await?;
    vault
        .open_roster(&[(envelope(100), b"genesis".to_vec())])
        .await?;
    let missing = vault
        .open_roster(&[(envelope(101), vec![1]), (envelope(9), vec![1])])
        .await;
    assert_eq!(missing.unwrap_err(), VaultError::NoSuchRow);
    let rows = vault.roster_log().await?;
    let shape: Vec<_> = rows
        .iter()
        .map(|row| (row.position, row.id, row.content.clone()))
        .collect();
    assert_eq!(
        shape,
        [
            (Some(1), envelope(100), Some(b"genesis".to_vec())),
            (Some(2), envelope(101), None),
            (None, envelope(120), Some(b"content".to_vec())),
        ]
    );
    assert_eq!(vault.positions().await?.roster, 2);
    Ok(())
}

//! A visit's way through the vault: saved, sealed, sent, received, judged, listed, left.

mod common;

use common::{NOW, device, doc, envelope, log, mailbox, place, record, sealed, visit};
use secrecy::{ExposeSecret as _, SecretBox};
use senim_ids::{ActHash, ActorId, CodedError as _, DocKind, ErrorCode, MemberId, PlaceId};
use senim_vault::{
    ChainStep, EnvelopeState, FeedRow, HeaderRow, JournalKind, KeyRow, KeyStanding, KeyboxState,
    NewEnvelope, ObservationKey, ObservationRow, OutboxKind, OwnKeybox, Received, ReceivedBody,
    ReceivedKeybox, ReceivedRosterItem, RecordPlace, RosterKind, RosterRow, Settlement, StoredAct,
    TableRows, Vault, VaultError, Verdict,
};

type Outcome = Result<(), VaultError>;

#[tokio::test]
async fn settings_are_put_replaced_and_erased() -> Outcome {
    let mut place = place().await?;
    place
        .vault
        .put_settings(&[("device", b"one"), ("org", b"two")])
        .await?;
    place.vault.put_setting("device", b"three").await?;
    place.reopen().await?;
    assert_eq!(
        place.vault.get_setting("device").await?.unwrap().as_slice(),
        b"three"
    );
    place.vault.erase_setting("device").await?;
    assert!(place.vault.get_setting("device").await?.is_none());
    assert_eq!(
        place.vault.get_setting("org").await?.unwrap().as_slice(),
        b"two"
    );
    Ok(())
}

#[tokio::test]
async fn journal_rows_keep_their_order_and_their_numbers_for_ever() -> Outcome {
    let mut place = place().await?;
    let first = place.vault.save_edit(doc(1), b"a", NOW).await?;
    let act = place.vault.save_act(doc(1), b"signed", NOW).await?;
    let other = place
        .vault
        .save_edits(doc(2), &[b"x".to_vec(), b"y".to_vec()], NOW)
        .await?;
    assert!(first < act && act < other[0] && other[0] < other[1]);
    place.reopen().await?;
    let rows = place.vault.journal(doc(1)).await?;
    assert_eq!(
        (rows[0].kind, rows[0].bytes.as_slice()),
        (JournalKind::Edit, b"a".as_slice())
    );
    assert_eq!(
        (rows[1].kind, rows[1].seq, rows[1].saved),
        (JournalKind::Act, act, NOW)
    );
    let counts = place.vault.journal_counts().await?;
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [(doc(1), 2), (doc(2), 2)]
    );
    place
        .vault
        .commit_sealed(&sealed(2, 1, Some(other[1])))
        .await?;
    place.reopen().await?;
    // The highest rows are gone; their numbers are not given again.
    let next = place.vault.save_edit(doc(2), b"z", NOW).await?;
    assert!(next > other[1]);
    assert_eq!(place.vault.journal(doc(2)).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn sealing_is_all_or_nothing() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    let seq = vault.save_edit(doc(1), b"a", NOW).await?;
    let later = vault.save_edit(doc(1), b"b", NOW).await?;
    assert_eq!(vault.next_device_seq().await?, 1);
    vault.commit_sealed(&sealed(1, 1, Some(seq))).await?;
    assert_eq!(vault.next_device_seq().await?, 2);
    assert_eq!(vault.journal(doc(1)).await?[0].seq, later);
    assert_eq!(vault.document(doc(1)).await?.unwrap().snapshot, [1; 40]);
    let tail = vault.own_chain(doc(1)).await?.unwrap();
    assert_eq!(
        (tail.doc_seq, tail.device_seq, tail.record_hash),
        (1, 1, record(1))
    );
    assert_eq!(vault.outbox(u64::MAX).await?.len(), 1);

    // Refused at the very end (an envelope id that is there): nothing of it may stay.
    let mut again = sealed(1, 2, Some(later));
    again.envelope.id = envelope(1);
    assert!(vault.commit_sealed(&again).await.is_err());
    for wrong in [
        SealedWrong::DeviceSeq,
        SealedWrong::DocSeq,
        SealedWrong::Prev,
    ] {
        let mut row = sealed(1, 2, Some(later));
        match wrong {
            SealedWrong::DeviceSeq => row.device_seq = 1,
            SealedWrong::DocSeq => row.doc_seq = 3,
            SealedWrong::Prev => row.prev = None,
        }
        assert_eq!(
            vault.commit_sealed(&row).await.unwrap_err(),
            VaultError::ChainMoved
        );
    }
    assert_eq!(vault.journal(doc(1)).await?.len(), 1);
    assert_eq!(vault.document(doc(1)).await?.unwrap().snapshot, [1; 40]);
    assert_eq!(vault.next_device_seq().await?, 2);
    assert_eq!(vault.outbox_count().await?, 1);
    vault.commit_sealed(&sealed(1, 2, Some(later))).await?;
    assert!(vault.journal(doc(1)).await?.is_empty());
    Ok(())
}

enum SealedWrong {
    DeviceSeq,
    DocSeq,
    Prev,
}

#[tokio::test]
async fn the_outbox_keeps_bytes_until_the_server_has_them() -> Outcome {
    let mut place = place().await?;
    for number in 1..=3 {
        place.vault.commit_sealed(&sealed(1, number, None)).await?;
    }
    let keybox = OwnKeybox {
        id: envelope(50),
        doc: Some(doc(1)),
        bytes: vec![5; 300],
        keys: vec![own_key(1, 1)],
    };
    place.vault.commit_keybox(&keybox).await?;
    place.reopen().await?;
    let vault = &place.vault;
    assert_eq!(vault.outbox(150).await?.len(), 1);
    assert_eq!(vault.outbox(1).await?.len(), 1);
    let rows = vault.outbox(u64::MAX).await?;
    assert_eq!(
        rows.iter().map(|row| row.id).collect::<Vec<_>>(),
        [1, 2, 3, 50].map(envelope)
    );
    assert_eq!(
        (rows[3].kind, rows[3].mailbox, rows[3].doc),
        (OutboxKind::Keybox, None, Some(doc(1)))
    );
    assert_eq!(rows[0].bytes, [1; 100]);

    let new = NewEnvelope {
        id: envelope(60),
        mailbox: mailbox(9),
        bytes: vec![6; 90],
    };
    vault.replace_outbox(envelope(2), &new).await?;
    assert_eq!(
        vault.replace_outbox(envelope(2), &new).await.unwrap_err(),
        VaultError::NoSuchRow
    );
    let rows = vault.outbox(u64::MAX).await?;
    assert_eq!(
        (rows[1].id, rows[1].mailbox, rows[1].bytes.len()),
        (envelope(60), Some(mailbox(9)), 90)
    );
    vault
        .mark_sent(&[envelope(1), envelope(60), envelope(50), envelope(77)])
        .await?;
    assert_eq!(vault.outbox(u64::MAX).await?[0].id, envelope(3));

    // A wiped server is offered all of it again, in its order.
    vault.reset_server(log(2)).await?;
    let ids: Vec<_> = vault
        .outbox(u64::MAX)
        .await?
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(ids, [3, 50, 1, 60].map(envelope));
    Ok(())
}

fn own_key(document: u8, epoch: u64) -> KeyRow {
    KeyRow {
        doc: Some(doc(document)),
        doc_kind: Some(DocKind::Visit),
        epoch,
        mailbox: mailbox(document),
        parents: vec![mailbox(70), mailbox(71)],
        key: SecretBox::new(Box::new([document; 32])),
        readers: vec![device(1), device(2), device(3)],
        author: device(1),
        standing: KeyStanding::Accepted,
    }
}

fn reply() -> Received {
    let body = |byte: u8, mailbox_byte: u8| ReceivedBody {
        mailbox: mailbox(mailbox_byte),
        id: envelope(byte),
        bytes: vec![byte; 64],
    };
    let item = |position: u64, byte: u8, kind| ReceivedRosterItem {
        position,
        id: envelope(byte),
        kind,
        bytes: vec![byte; 20],
    };
    Received {
        log: Some(log(1)),
        roster: vec![
            item(1, 100, RosterKind::Entry),
            item(2, 101, RosterKind::Removal),
        ],
        keyboxes: vec![ReceivedKeybox {
            position: 4,
            id: envelope(110),
            bytes: vec![11; 30],
        }],
        keybox_upto: 4,
        bodies: vec![body(20, 1), body(21, 1), body(22, 2)],
        watched: vec![(mailbox(1), 2), (mailbox(2), 1)],
        feed: vec![feed_row(7, 20), feed_row(8, 30)],
        feed_upto: 8,
    }
}

fn feed_row(position: u64, byte: u8) -> FeedRow {
    FeedRow {
        position,
        mailbox: mailbox(1),
        seq: position,
        id: envelope(byte),
        size: 64,
    }
}

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

fn observed(document: u8, item: &str, observer: u8, answer: &str, note: &str) -> ObservationRow {
    ObservationRow {
        key: ObservationKey {
            doc: doc(document),
            form: "f01".to_owned(),
            item: item.to_owned(),
            row: None,
            place: Some(PlaceId::from_bytes([4; 8])),
            observer: MemberId::from_bytes([observer; 8]),
            actor: ActorId::from_bytes([observer; 16]),
        },
        answer: answer.to_owned(),
        evidence: vec![1, 70_000],
        note: note.to_owned(),
        observed: None,
        recorded: NOW,
        folded: if note.is_empty() {
            None
        } else {
            Some(note.to_owned())
        },
    }
}

#[tokio::test]
async fn lists_count_answers_differences_and_open_values() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    vault.put_document(&visit(1, b"")).await?;
    vault.save_edit(doc(1), b"e", NOW).await?;
    let header = |values| HeaderRow {
        doc: doc(1),
        form: "f00".to_owned(),
        item: "held".to_owned(),
        values,
    };
    let mut rows = TableRows {
        observations: vec![
            observed(1, "6", 1, "partly", ""),
            observed(1, "6", 2, "no", ""),
            observed(1, "7", 1, "yes", ""),
            observed(1, "7", 2, "yes", ""),
        ],
        cleared: Vec::new(),
        headers: vec![header(2)],
    };
    vault.put_rows(&rows).await?;
    vault.put_rows(&rows).await?;
    let me = MemberId::from_bytes([1; 8]);
    let counts = vault.counts(me).await?[0];
    let of = |c: senim_vault::DocumentCounts| {
        (c.observations, c.mine, c.differs, c.open_values, c.unsealed)
    };
    assert_eq!(of(counts), (4, 2, 1, 1, 1));
    assert!(vault.observations(doc(1)).await? == rows.observations);
    assert_eq!(vault.headers(doc(1)).await?, rows.headers);
    rows.observations.truncate(1);
    rows.observations[0].answer = "no".to_owned();
    rows.cleared = vec![observed(1, "7", 2, "", "").key];
    rows.headers = vec![header(0)];
    vault.put_rows(&rows).await?;
    assert_eq!(of(vault.counts(me).await?[0]), (3, 2, 0, 0, 1));
    vault.rebuild_rows(doc(1), &TableRows::default()).await?;
    assert!(vault.observations(doc(1)).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn search_finds_inside_words_and_forgets_what_changed() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    let rows = TableRows {
        observations: vec![
            observed(1, "1", 1, "no", "изоляторында су жок \"оба\" AND"),
            observed(1, "2", 1, "no", "терезе ашык"),
            observed(1, "3", 1, "no", ""),
        ],
        ..TableRows::default()
    };
    vault.put_rows(&rows).await?;
    let items = async |text: &str| -> Result<Vec<String>, VaultError> {
        Ok(vault
            .search(text, 10)
            .await?
            .into_iter()
            .map(|hit| hit.key.item)
            .collect())
    };
    assert_eq!(items("изолятор").await?, ["1"]);
    assert_eq!(items("изолятор су").await?, ["1"]);
    assert_eq!(items("изолятор терезе").await?, [""; 0]);
    assert_eq!(items("су").await?, ["1"]);
    assert_eq!(items("\"оба\" AND").await?, ["1"]);
    assert_eq!(items("OR NOT * ( \" \0").await?, [""; 0]);
    assert_eq!(items("  ").await?, [""; 0]);
    vault
        .put_rows(&TableRows {
            observations: vec![observed(1, "1", 1, "no", "баска")],
            ..TableRows::default()
        })
        .await?;
    assert_eq!(items("изолятор").await?, [""; 0]);
    assert_eq!(items("баска").await?, ["1"]);
    Ok(())
}

#[tokio::test]
async fn a_document_leaves_with_its_keys_and_its_words_and_can_come_back() -> Outcome {
    let place = place().await?;
    let vault = &place.vault;
    let seq = vault.save_edit(doc(1), b"e", NOW).await?;
    vault.receive(&reply()).await?;
    vault.put_keys(&[own_key(1, 1), own_key(2, 1)]).await?;
    vault
        .put_rows(&TableRows {
            observations: vec![observed(1, "1", 1, "no", "изолятор")],
            ..TableRows::default()
        })
        .await?;
    assert_eq!(
        vault.leave_document(doc(1)).await.unwrap_err(),
        VaultError::UnsealedWork
    );
    assert_eq!(vault.journal(doc(1)).await?.len(), 1);
    vault.commit_sealed(&sealed(1, 1, Some(seq))).await?;
    vault.leave_document(doc(1)).await?;
    assert!(vault.document(doc(1)).await?.is_none());
    assert!(vault.keys_of(Some(doc(1))).await?.is_empty());
    assert_eq!(vault.keys_of(Some(doc(2))).await?.len(), 1);
    assert!(vault.search("изолятор", 9).await?.is_empty());
    assert_eq!(
        vault.envelopes(mailbox(1)).await?.len(),
        1,
        "own sealed envelopes stay"
    );
    assert_eq!(
        vault.mailboxes_read().await?.len(),
        1,
        "read again from the start if shared again"
    );
    assert_eq!(vault.own_chain(doc(1)).await?.unwrap().doc_seq, 1);
    vault.commit_sealed(&sealed(1, 2, None)).await?;
    vault.verify().await
}

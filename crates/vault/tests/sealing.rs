//! What is written here is saved, sealed once, and offered until the server has it.

mod common;

use common::{NOW, doc, envelope, log, mailbox, own_key, place, record, sealed};
use senim_vault::{JournalKind, NewEnvelope, OutboxKind, OwnKeybox, VaultError};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_share_the_vault_and_no_number_is_given_twice() -> Outcome {
    let place = place().await?;
    let tasks: Vec<_> = (0..8_u8)
        .map(|task| {
            let vault = place.vault.clone();
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for _ in 0..20 {
                    numbers.push(vault.save_edit(doc(task), &[task; 20], NOW).await?);
                    numbers.extend(
                        vault
                            .save_edits(doc(task), &[vec![task], vec![task]], NOW)
                            .await?,
                    );
                }
                vault.put_setting("last", &[task]).await?;
                Ok::<_, VaultError>(numbers)
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.extend(task.await.unwrap()?);
    }
    let all = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!((all, numbers.len()), (8 * 60, 8 * 60));
    assert!(
        place
            .vault
            .journal_counts()
            .await?
            .values()
            .all(|rows| *rows == 60)
    );
    place.vault.verify().await
}

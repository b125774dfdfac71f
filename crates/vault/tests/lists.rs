//! Lists, search, and a document that leaves.

mod common;

use common::{NOW, doc, mailbox, own_key, place, reply, sealed, visit};
use senim_ids::{ActorId, MemberId, PlaceId};
use senim_vault::{HeaderRow, ObservationKey, ObservationRow, TableRows, VaultError};

type Outcome = Result<(), VaultError>;

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

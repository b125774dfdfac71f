//! After a document left, its words are in no decrypted page: neither in rows, nor in the search index, nor in pages given back.
#![allow(
    unsafe_code,
    reason = "sqlite3_serialize has no safe form; it gives the pages as they are after decryption"
)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use std::path::Path;

use common::{KEY, NOW, doc, own_key, place, sealed, visit};
use senim_ids::{ActHash, ActorId, MemberId};
use senim_vault::{
    JournalSeq, ObservationKey, ObservationRow, SealedRecord, StoredAct, TableRows, VaultError,
};
use sqlx::{ConnectOptions as _, Connection as _};

const WORDS: &[&str] = &[
    "snapshot-canary-a1",
    "answer-canary-b2",
    "нота-канарейка-в3",
    "act-canary-d4",
    "journal-canary-e5",
];

/// Every page of the closed vault, decrypted, free ones included.
async fn pages(path: &Path) -> Result<Vec<u8>, VaultError> {
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut conn = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .pragma("key", format!("\"x'{hex}'\""))
        .disable_statement_logging()
        .connect()
        .await?;
    sqlx::query("SELECT count(*) FROM sqlite_schema")
        .execute(&mut conn)
        .await?;
    let bytes = {
        let mut handle = conn.lock_handle().await?;
        let db = handle.as_raw_handle().as_ptr();
        let mut length = 0_i64;
        // SAFETY: `db` is locked for us; SQLite gives `length` bytes of its own, which are copied and given back to it.
        unsafe {
            let start = libsqlite3_sys::sqlite3_serialize(db, c"main".as_ptr(), &raw mut length, 0);
            assert!(!start.is_null());
            let bytes =
                std::slice::from_raw_parts(start, usize::try_from(length).unwrap()).to_vec();
            libsqlite3_sys::sqlite3_free(start.cast());
            bytes
        }
    };
    conn.close().await?;
    Ok(bytes)
}

fn found(pages: &[u8]) -> Vec<&'static str> {
    let inside = |word: &&&str| {
        pages
            .windows(word.len())
            .any(|window| window == word.as_bytes())
    };
    WORDS.iter().filter(inside).copied().collect()
}

fn observed(document: u8, number: u32, answer: &str, note: &str) -> ObservationRow {
    ObservationRow {
        key: ObservationKey {
            doc: doc(document),
            form: "f01".to_owned(),
            item: number.to_string(),
            row: None,
            place: None,
            observer: MemberId::from_bytes([1; 8]),
            actor: ActorId::from_bytes([1; 16]),
        },
        answer: answer.to_owned(),
        evidence: Vec::new(),
        note: note.to_owned(),
        observed: None,
        recorded: NOW,
        folded: Some(note.to_owned()),
    }
}

fn last_record(seq: JournalSeq) -> SealedRecord {
    let mut record = sealed(1, 1, Some(seq));
    record.document = Some(visit(1, WORDS[0].repeat(900).as_bytes()));
    record.acts.push(StoredAct {
        doc: doc(1),
        act: ActHash::from_bytes([1; 32]),
        device: record.device,
        device_seq: 1,
        roster_seq: 1,
        bytes: WORDS[3].as_bytes().to_vec(),
    });
    record
}

#[tokio::test]
async fn words_of_a_document_that_left_are_in_no_page() -> Result<(), VaultError> {
    let mut place = place().await?;
    let vault = &place.vault;
    let seq = vault
        .save_edit(doc(1), &WORDS[4].repeat(400).into_bytes(), NOW)
        .await?;
    let rows = |document: u8, answer: &str, note: &str| TableRows {
        observations: (0..200)
            .map(|n| observed(document, n, answer, note))
            .collect(),
        ..TableRows::default()
    };
    vault.put_rows(&rows(1, WORDS[1], WORDS[2])).await?;
    vault.put_rows(&rows(2, "stays", "остается здесь")).await?;
    vault.put_keys(&[own_key(1, 1)]).await?;
    place.reopen().await?;
    place.vault.close().await?;
    let before = found(&pages(&place.file("vault.db")).await?);
    assert!(
        before.contains(&WORDS[1]) && before.contains(&WORDS[4]),
        "the scanner finds them: {before:?}"
    );

    place.vault = place.folder.open(&common::key()).await?;
    let record = last_record(seq);
    place.vault.commit_sealed(&record).await?;
    place.vault.close().await?;
    let sealed = found(&pages(&place.file("vault.db")).await?);
    assert_eq!(
        sealed,
        [WORDS[0], WORDS[1], WORDS[2], WORDS[3]],
        "the journal's words are gone already"
    );

    place.vault = place.folder.open(&common::key()).await?;
    place
        .vault
        .put_setting("anything", b"a page in the log")
        .await?;
    assert!(
        log_length(&place)? > 0,
        "the log holds the pages as they were"
    );
    place.vault.leave_document(doc(1)).await?;
    assert_eq!(log_length(&place)?, 0);
    assert_eq!(place.vault.search("остается", 999).await?.len(), 200);
    place.vault.close().await?;
    let pages = pages(&place.file("vault.db")).await?;
    assert_eq!(found(&pages), Vec::<&str>::new());
    // Nor the trigrams of the index, which hold no whole word.
    for trigram in ["кан", "нар", "рей"] {
        assert!(
            !pages.windows(6).any(|window| window == trigram.as_bytes()),
            "{trigram}"
        );
    }
    Ok(())
}

/// Bytes of the write-ahead log; the file is not opened, which would drop the vault's lock.
fn log_length(place: &common::Place) -> Result<u64, VaultError> {
    Ok(std::fs::metadata(place.file("vault.db-wal"))?.len())
}

#[tokio::test]
async fn erased_keys_and_settings_are_not_in_the_log_either() -> Result<(), VaultError> {
    let place = place().await?;
    place.vault.put_keys(&[own_key(1, 1)]).await?;
    assert!(log_length(&place)? > 0);
    place.vault.erase_keys(doc(1)).await?;
    assert_eq!(log_length(&place)?, 0);
    place.vault.put_setting("device", b"secret").await?;
    assert!(log_length(&place)? > 0);
    place.vault.erase_setting("device").await?;
    assert_eq!(log_length(&place)?, 0);
    place.vault.close().await
}

#[tokio::test]
async fn a_note_that_was_rewritten_leaves_no_trigram_in_the_index() -> Result<(), VaultError> {
    // The only term of another script, so that the index does not shorten it to what differs from the term before.
    const TRIGRAM: &[u8] = "ქარ".as_bytes();
    let mut place = place().await?;
    let has = |pages: &[u8]| pages.windows(TRIGRAM.len()).any(|window| window == TRIGRAM);
    let row = |note: &str| TableRows {
        observations: vec![observed(1, 1, "no", note), observed(1, 2, "no", "терезе")],
        ..TableRows::default()
    };
    place.vault.put_rows(&row("ქარ")).await?;
    place.vault.close().await?;
    assert!(has(&pages(&place.file("vault.db")).await?));
    place.vault = place.folder.open(&common::key()).await?;
    place.vault.put_rows(&row("баска")).await?;
    place.vault.close().await?;
    assert!(!has(&pages(&place.file("vault.db")).await?));
    Ok(())
}

//! The journal: what was written here and is not yet sealed. "Saved" is said when its row is on disk.

use std::collections::BTreeMap;

use senim_ids::{DocId, UnixMillis};
use sqlx::{SqliteConnection, query, query_as};

use crate::error::VaultError;
use crate::row::{closed_debug, count, id, int, numbered, time};
use crate::vault::Vault;

/// Number of a journal row: 1, 2, 3 … over all documents, rising, never used twice, with gaps where a save failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalSeq(pub u64);

numbered! {
    /// What a journal row holds.
    JournalKind {
        /// An edit of the document.
        Edit = 0,
        /// An act, sealed with the edits before it.
        Act = 1,
    }
}

/// A row of the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its number.
    pub seq: JournalSeq,
    /// What it holds.
    pub kind: JournalKind,
    /// When it was saved.
    pub saved: UnixMillis,
    /// The edit or the act, as the app gave it.
    pub bytes: Vec<u8>,
}

closed_debug!(JournalRow);

const SAVE: &str = "INSERT INTO journal (seq, doc, kind, saved_ms, bytes) VALUES (?, ?, ?, ?, ?)";

impl Vault {
    /// Saves one edit. It is on disk, synced, when this returns: one prepared statement, one row, one page.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`]: it is not saved, everything before it is. [`VaultError::Closed`].
    pub async fn save_edit(
        &self,
        doc: DocId,
        edit: &[u8],
        now: UnixMillis,
    ) -> Result<JournalSeq, VaultError> {
        self.save_one(doc, JournalKind::Edit, edit, now).await
    }

    /// Saves one act, to be sealed with the edits before it.
    ///
    /// # Errors
    /// As [`Vault::save_edit`].
    pub async fn save_act(
        &self,
        doc: DocId,
        act: &[u8],
        now: UnixMillis,
    ) -> Result<JournalSeq, VaultError> {
        self.save_one(doc, JournalKind::Act, act, now).await
    }

    /// Saves several edits of one document, all or none; an import gives 100 at a time. Their numbers, in their order.
    ///
    /// # Errors
    /// As [`Vault::save_edit`].
    pub async fn save_edits(
        &self,
        doc: DocId,
        edits: &[Vec<u8>],
        now: UnixMillis,
    ) -> Result<Vec<JournalSeq>, VaultError> {
        let mut write = self.write().await?;
        let mut numbers = Vec::with_capacity(edits.len());
        for edit in edits {
            let seq = write.held().take_journal_number()?;
            save(write.conn(), seq, doc, JournalKind::Edit, edit, now).await?;
            numbers.push(JournalSeq(count(seq)?));
        }
        write.commit().await?;
        Ok(numbers)
    }

    /// The unsealed rows of a document, in order.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn journal(&self, doc: DocId) -> Result<Vec<JournalRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(i64, i64, i64, Vec<u8>)> =
            query_as("SELECT seq, kind, saved_ms, bytes FROM journal WHERE doc = ? ORDER BY seq")
                .bind(doc.as_bytes().as_slice())
                .fetch_all(&mut held.conn)
                .await?;
        rows.into_iter()
            .map(|(seq, kind, saved, bytes)| {
                Ok(JournalRow {
                    seq: JournalSeq(count(seq)?),
                    kind: JournalKind::from_number(kind)?,
                    saved: time(saved)?,
                    bytes,
                })
            })
            .collect()
    }

    /// How many unsealed rows each document has; documents without any are left out.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn journal_counts(&self) -> Result<BTreeMap<DocId, u64>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Vec<u8>, i64)> =
            query_as("SELECT doc, count(*) FROM journal GROUP BY doc ORDER BY doc")
                .fetch_all(&mut held.conn)
                .await?;
        rows.into_iter()
            .map(|(doc, rows)| Ok((id(&doc)?, count(rows)?)))
            .collect()
    }

    async fn save_one(
        &self,
        doc: DocId,
        kind: JournalKind,
        bytes: &[u8],
        now: UnixMillis,
    ) -> Result<JournalSeq, VaultError> {
        let mut held = self.read().await?;
        let seq = held.take_journal_number()?;
        // A statement of its own is a transaction of its own: nothing to begin, nothing to commit.
        save(&mut held.conn, seq, doc, kind, bytes, now).await?;
        Ok(JournalSeq(count(seq)?))
    }
}

async fn save(
    conn: &mut SqliteConnection,
    seq: i64,
    doc: DocId,
    kind: JournalKind,
    bytes: &[u8],
    now: UnixMillis,
) -> Result<(), VaultError> {
    query(SAVE)
        .bind(seq)
        .bind(doc.as_bytes().as_slice())
        .bind(kind.number())
        .bind(int(now.0)?)
        .bind(bytes)
        .execute(conn)
        .await?;
    Ok(())
}

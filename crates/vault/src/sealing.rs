//! Sealing: the journal's rows leave it and the envelope enters the outbox in one transaction.

use senim_ids::{DeviceId, DocId, RecordHash, UnixMillis};
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::chains::{ChainStep, ChainTail, RecordPlace, put_record};
use crate::documents::{StoredAct, StoredDocument, put_acts, put_document};
use crate::error::VaultError;
use crate::id::{EnvelopeId, MailboxId};
use crate::inbox::EnvelopeState;
use crate::journal::JournalSeq;
use crate::lists::{TableRows, put_rows};
use crate::outbox::{OutboxKind, queue};
use crate::row::{Blob, closed_debug, count, int};
use crate::vault::Vault;

/// A sealed envelope.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEnvelope {
    /// Hash of the whole envelope.
    pub id: EnvelopeId,
    /// The mailbox its header names.
    pub mailbox: MailboxId,
    /// The envelope.
    pub bytes: Vec<u8>,
}

/// A record of this device, sealed, with all that changes when it is committed.
#[derive(Clone)]
pub struct SealedRecord {
    /// Document.
    pub doc: DocId,
    /// The last journal row folded into it; `None` when it folds none (a genesis act, a heartbeat).
    pub upto: Option<JournalSeq>,
    /// The document after it; `None` when the snapshot stays.
    pub document: Option<StoredDocument>,
    /// The envelope.
    pub envelope: NewEnvelope,
    /// This device.
    pub device: DeviceId,
    /// The record's number over all documents: above every earlier one.
    pub device_seq: u64,
    /// The record's number in the document: one above the chain's tail.
    pub doc_seq: u64,
    /// Hash of the record before, as the record states it.
    pub prev: Option<RecordHash>,
    /// Hash of the record.
    pub record_hash: RecordHash,
    /// The roster it was written under.
    pub roster_seq: u64,
    /// The acts it carries.
    pub acts: Vec<StoredAct>,
    /// Rows for lists and search.
    pub rows: TableRows,
    /// Now.
    pub now: UnixMillis,
}

closed_debug!(NewEnvelope, SealedRecord);

impl Vault {
    /// The lowest `device_seq` this device may use now. Reading it reserves nothing.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn next_device_seq(&self) -> Result<u64, VaultError> {
        let mut held = self.read().await?;
        let last: i64 = query_scalar("SELECT device_seq FROM counters")
            .fetch_one(&mut held.conn)
            .await?;
        count(last.checked_add(1).ok_or(VaultError::SHAPE)?)
    }

    /// Where this device's own chain stands in a document; `None` before its first record there. Stays when the document leaves.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn own_chain(&self, doc: DocId) -> Result<Option<ChainTail>, VaultError> {
        let mut held = self.read().await?;
        own_chain(&mut held.conn, doc).await
    }

    /// Commits a sealed record, all or nothing: the folded journal rows go, the snapshot, acts and list rows change, the envelope is kept as own
    /// and queued, the chain and the counter move on.
    ///
    /// # Errors
    /// [`VaultError::ChainMoved`] when `device_seq`, `doc_seq` or `prev` do not follow what is stored; [`VaultError::DiskRefused`]; [`VaultError::Closed`].
    pub async fn commit_sealed(&self, sealed: &SealedRecord) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        advance(conn, sealed).await?;
        if let Some(upto) = sealed.upto {
            fold_journal(conn, sealed.doc, upto).await?;
        }
        if let Some(document) = &sealed.document {
            put_document(conn, document).await?;
        }
        put_acts(conn, &sealed.acts).await?;
        put_rows(conn, &sealed.rows).await?;
        keep_own(conn, sealed).await?;
        queue(conn, OutboxKind::Envelope, sealed.envelope.id).await?;
        write.commit().await
    }
}

async fn own_chain(
    conn: &mut SqliteConnection,
    doc: DocId,
) -> Result<Option<ChainTail>, VaultError> {
    let row: Option<(i64, i64, i64, Blob)> = query_as(
        "SELECT doc_seq, device_seq, roster_seq, record_hash FROM own_chains WHERE doc = ?",
    )
    .bind(doc.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    row.map(ChainTail::from_columns).transpose()
}

/// Moves the counter and the chain, or refuses.
async fn advance(conn: &mut SqliteConnection, sealed: &SealedRecord) -> Result<(), VaultError> {
    let tail = own_chain(conn, sealed.doc).await?;
    let (last, prev) = tail.map_or((0, None), |tail| (tail.doc_seq, Some(tail.record_hash)));
    if last.checked_add(1) != Some(sealed.doc_seq) || prev != sealed.prev {
        return Err(VaultError::ChainMoved);
    }
    let device_seq = int(sealed.device_seq)?;
    let moved = query("UPDATE counters SET device_seq = ? WHERE device_seq < ?")
        .bind(device_seq)
        .bind(device_seq)
        .execute(&mut *conn)
        .await?;
    if moved.rows_affected() != 1 {
        return Err(VaultError::ChainMoved);
    }
    query(
        "INSERT INTO own_chains (doc, doc_seq, device_seq, roster_seq, record_hash) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (doc) DO UPDATE SET doc_seq = excluded.doc_seq, device_seq = excluded.device_seq,
         roster_seq = excluded.roster_seq, record_hash = excluded.record_hash",
    )
    .bind(sealed.doc.as_bytes().as_slice())
    .bind(int(sealed.doc_seq)?)
    .bind(device_seq)
    .bind(int(sealed.roster_seq)?)
    .bind(sealed.record_hash.as_bytes().as_slice())
    .execute(&mut *conn)
    .await?;
    let place = RecordPlace {
        device: sealed.device,
        device_seq: sealed.device_seq,
        doc_seq: sealed.doc_seq,
        record_hash: sealed.record_hash,
        roster_seq: sealed.roster_seq,
        step: ChainStep::Advances,
    };
    put_record(conn, sealed.envelope.id, sealed.doc, &place).await
}

async fn fold_journal(
    conn: &mut SqliteConnection,
    doc: DocId,
    upto: JournalSeq,
) -> Result<(), VaultError> {
    let upto = int(upto.0)?;
    query("DELETE FROM journal WHERE doc = ? AND seq <= ?")
        .bind(doc.as_bytes().as_slice())
        .bind(upto)
        .execute(&mut *conn)
        .await?;
    // Numbers are never used twice, or a repeated commit would take rows it never folded.
    query("UPDATE counters SET journal_floor = max(journal_floor, ?)")
        .bind(upto)
        .execute(conn)
        .await?;
    Ok(())
}

async fn keep_own(conn: &mut SqliteConnection, sealed: &SealedRecord) -> Result<(), VaultError> {
    query(
        "INSERT INTO envelopes (id, mailbox, doc, own, state, device, settled_ms, bytes)
         VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
    )
    .bind(sealed.envelope.id.as_bytes().as_slice())
    .bind(sealed.envelope.mailbox.as_bytes().as_slice())
    .bind(sealed.doc.as_bytes().as_slice())
    .bind(EnvelopeState::Applied.number())
    .bind(sealed.device.as_bytes().as_slice())
    .bind(int(sealed.now.0)?)
    .bind(sealed.envelope.bytes.as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

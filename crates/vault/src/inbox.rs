//! Envelopes that came and what was judged of them; chains and the evidence of forks.

use senim_ids::{DeviceId, DocId, UnixMillis};
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::chains::{RecordPlace, put_record};
use crate::documents::{StoredAct, StoredDocument, put_acts, put_document};
use crate::error::VaultError;
use crate::id::{EnvelopeId, MailboxId};
use crate::lists::{TableRows, put_rows};
use crate::row::{Blob, closed_debug, count, id, int, numbered, optional_doc, optional_id, time};
use crate::vault::Vault;

numbered! {
    /// What became of an envelope.
    EnvelopeState {
        /// Not looked at.
        New = 0,
        /// Waits for a key's acceptance, an earlier record, more memory: tried again.
        Waiting = 1,
        /// In the document.
        Applied = 2,
        /// Refused; kept and shown.
        Quarantined = 3,
        /// No key here opens it; a key that comes makes it new again.
        Foreign = 4,
    }
}

/// An envelope to be judged.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingEnvelope {
    /// Its id.
    pub id: EnvelopeId,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// The envelope.
    pub bytes: Vec<u8>,
    /// `New` or `Waiting`.
    pub state: EnvelopeState,
    /// Why it waits; empty when new.
    pub code: String,
}

/// An envelope that is kept, whatever its state.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptEnvelope {
    /// Its id.
    pub id: EnvelopeId,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// What became of it.
    pub state: EnvelopeState,
    /// The envelope.
    pub bytes: Vec<u8>,
}

/// What was judged of one envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The envelope.
    pub id: EnvelopeId,
    /// Its state from now on.
    pub state: EnvelopeState,
    /// Why it waits or was refused: a stable code of 1 to 64 bytes `a-z0-9-`; empty when applied.
    pub code: String,
    /// Its document, once known.
    pub doc: Option<DocId>,
    /// Its place, once its author is verified.
    pub record: Option<RecordPlace>,
}

/// Verdicts with all that changes by them.
#[derive(Clone)]
pub struct Settlement {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
    /// The document after the applied records, if any was.
    pub document: Option<StoredDocument>,
    /// Acts taken out of the applied records.
    pub acts: Vec<StoredAct>,
    /// Rows for lists and search.
    pub rows: TableRows,
    /// Now.
    pub now: UnixMillis,
}

closed_debug!(PendingEnvelope, KeptEnvelope, Settlement);

/// An envelope the user is shown as refused or waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedRow {
    /// Its id.
    pub id: EnvelopeId,
    /// Its author, when it could be told.
    pub device: Option<DeviceId>,
    /// `Quarantined` or `Waiting`.
    pub state: EnvelopeState,
    /// Why.
    pub code: String,
    /// When it was judged.
    pub when: UnixMillis,
}

/// The longest code of a verdict, in bytes.
const CODE_BYTES: usize = 64;

impl Vault {
    /// Envelopes to be judged, new ones first, then waiting ones, each in order of arrival; at most `limit`.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn pending(&self, limit: u32) -> Result<Vec<PendingEnvelope>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, Blob, i64, String, Blob)> = query_as(
            "SELECT id, mailbox, state, code, bytes FROM envelopes WHERE state IN (0, 1) ORDER BY state, ord LIMIT ?",
        )
        .bind(i64::from(limit))
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter().map(pending).collect()
    }

    /// Envelopes of one mailbox that are new or wait, in order of arrival.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn waiting(&self, mailbox: MailboxId) -> Result<Vec<PendingEnvelope>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, Blob, i64, String, Blob)> = query_as(
            "SELECT id, mailbox, state, code, bytes FROM envelopes WHERE mailbox = ? AND state IN (0, 1) ORDER BY ord",
        )
        .bind(mailbox.as_bytes().as_slice())
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter().map(pending).collect()
    }

    /// How many envelopes are in a state.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn envelope_count(&self, state: EnvelopeState) -> Result<u64, VaultError> {
        let mut held = self.read().await?;
        let rows: i64 = query_scalar("SELECT count(*) FROM envelopes WHERE state = ?")
            .bind(state.number())
            .fetch_one(&mut held.conn)
            .await?;
        count(rows)
    }

    /// Every envelope held of one mailbox, in order of arrival: what a bundle carries on.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn envelopes(&self, mailbox: MailboxId) -> Result<Vec<KeptEnvelope>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, i64, Blob)> =
            query_as("SELECT id, state, bytes FROM envelopes WHERE mailbox = ? ORDER BY ord")
                .bind(mailbox.as_bytes().as_slice())
                .fetch_all(&mut held.conn)
                .await?;
        rows.into_iter()
            .map(|(envelope, state, bytes)| {
                let state = EnvelopeState::from_number(state)?;
                Ok(KeptEnvelope {
                    id: id(&envelope)?,
                    mailbox,
                    state,
                    bytes,
                })
            })
            .collect()
    }

    /// Commits verdicts with the document, acts and rows that follow from them: all or nothing.
    ///
    /// # Errors
    /// [`VaultError::NoSuchRow`] when an envelope is not here; [`VaultError::OutOfRange`] for a code that is not one or a count above
    /// 2^63; [`VaultError::DiskRefused`]; [`VaultError::Closed`].
    pub async fn settle(&self, settlement: &Settlement) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        for verdict in &settlement.verdicts {
            judge(conn, verdict, settlement.now).await?;
        }
        if let Some(document) = &settlement.document {
            put_document(conn, document).await?;
        }
        put_acts(conn, &settlement.acts).await?;
        put_rows(conn, &settlement.rows).await?;
        write.commit().await
    }

    /// What could not be read, for the user: refused records first, then those that wait.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn quarantined(&self) -> Result<Vec<QuarantinedRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, Blob, i64, String, i64)> = query_as(
            "SELECT id, device, state, code, settled_ms FROM envelopes
             WHERE state IN (1, 3) OR (state = 2 AND code <> '') ORDER BY state DESC, ord",
        )
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter()
            .map(|(envelope, device, state, code, when)| {
                Ok(QuarantinedRow {
                    id: id(&envelope)?,
                    device: optional_id(&device)?,
                    state: EnvelopeState::from_number(state)?,
                    code,
                    when: time(when)?,
                })
            })
            .collect()
    }
}

fn pending(
    (envelope, mailbox, state, code, bytes): (Vec<u8>, Vec<u8>, i64, String, Vec<u8>),
) -> Result<PendingEnvelope, VaultError> {
    Ok(PendingEnvelope {
        id: id(&envelope)?,
        mailbox: id(&mailbox)?,
        bytes,
        state: EnvelopeState::from_number(state)?,
        code,
    })
}

async fn judge(
    conn: &mut SqliteConnection,
    verdict: &Verdict,
    now: UnixMillis,
) -> Result<(), VaultError> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if verdict.code.len() > CODE_BYTES || !verdict.code.bytes().all(word) {
        return Err(VaultError::OutOfRange);
    }
    let device = verdict
        .record
        .as_ref()
        .map_or(&[][..], |record| record.device.as_bytes());
    let judged = query(
        "UPDATE envelopes SET state = ?, code = ?, settled_ms = ?, doc = iif(? = x'', doc, ?), device = iif(? = x'', device, ?)
         WHERE id = ?",
    )
    .bind(verdict.state.number())
    .bind(verdict.code.as_str())
    .bind(int(now.0)?)
    .bind(optional_doc(verdict.doc.as_ref()))
    .bind(optional_doc(verdict.doc.as_ref()))
    .bind(device)
    .bind(device)
    .bind(verdict.id.as_bytes().as_slice())
    .execute(&mut *conn)
    .await?;
    if judged.rows_affected() != 1 {
        return Err(VaultError::NoSuchRow);
    }
    match (&verdict.record, verdict.doc) {
        (Some(record), Some(doc)) => put_record(conn, verdict.id, doc, record).await,
        _ => Ok(()),
    }
}

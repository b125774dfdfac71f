//! What the server has not yet confirmed. Bytes are sent again unchanged unless the server refused them (protocol.md 2).

use senim_ids::DocId;
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::error::VaultError;
use crate::id::{EnvelopeId, MailboxId};
use crate::row::{closed_debug, count, id, numbered, optional_id};
use crate::sealing::NewEnvelope;
use crate::vault::Vault;

numbered! {
    /// What stands in the outbox.
    OutboxKind {
        /// A box with keys; the server stores these before the envelopes of the same request.
        Keybox = 0,
        /// A sealed record.
        Envelope = 1,
    }
}

/// A row of the outbox with its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Rising in the order the rows were made.
    pub order: u64,
    /// Envelope or keybox.
    pub kind: OutboxKind,
    /// Hash of the bytes.
    pub id: EnvelopeId,
    /// The mailbox, of an envelope.
    pub mailbox: Option<MailboxId>,
    /// The document, where there is one.
    pub doc: Option<DocId>,
    /// What is sent.
    pub bytes: Vec<u8>,
}

closed_debug!(OutboxRow);

impl Vault {
    /// What is to be sent, oldest first, up to about `max_bytes` of bodies (at least one row when there is one).
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn outbox(&self, max_bytes: u64) -> Result<Vec<OutboxRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(i64, i64, Vec<u8>)> =
            query_as("SELECT ord, kind, id FROM outbox ORDER BY ord")
                .fetch_all(&mut held.conn)
                .await?;
        let mut outbox = Vec::new();
        let mut bytes = 0_u64;
        for (order, kind, id) in rows {
            let row = body(&mut held.conn, (order, kind, id)).await?;
            let length = u64::try_from(row.bytes.len()).map_err(|_| VaultError::OutOfRange)?;
            bytes = bytes.saturating_add(length);
            if bytes > max_bytes && !outbox.is_empty() {
                break;
            }
            outbox.push(row);
        }
        Ok(outbox)
    }

    /// Rows in the outbox.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn outbox_count(&self) -> Result<u64, VaultError> {
        let mut held = self.read().await?;
        let rows: i64 = query_scalar("SELECT count(*) FROM outbox")
            .fetch_one(&mut held.conn)
            .await?;
        count(rows)
    }

    /// Takes rows out of the outbox: the server has them on disk. Ids that are not there are passed over.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn mark_sent(&self, ids: &[EnvelopeId]) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        for id in ids {
            query("DELETE FROM outbox WHERE id = ?")
                .bind(id.as_bytes().as_slice())
                .execute(write.conn())
                .await?;
        }
        write.commit().await
    }

    /// The same record sealed again, under a newer key: takes the place of an envelope that still stands in the outbox.
    ///
    /// # Errors
    /// [`VaultError::NoSuchRow`] when `old` is not in the outbox; [`VaultError::DiskRefused`]; [`VaultError::Closed`].
    pub async fn replace_outbox(
        &self,
        old: EnvelopeId,
        new: &NewEnvelope,
    ) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let (old, id) = (old.as_bytes().as_slice(), new.id.as_bytes().as_slice());
        let queued = query("UPDATE outbox SET id = ? WHERE id = ? AND kind = ?")
            .bind(id)
            .bind(old)
            .bind(OutboxKind::Envelope.number())
            .execute(write.conn())
            .await?;
        if queued.rows_affected() != 1 {
            return Err(VaultError::NoSuchRow);
        }
        query("UPDATE envelopes SET id = ?, mailbox = ?, bytes = ? WHERE id = ? AND own = 1")
            .bind(id)
            .bind(new.mailbox.as_bytes().as_slice())
            .bind(new.bytes.as_slice())
            .bind(old)
            .execute(write.conn())
            .await?;
        query("UPDATE records SET envelope = ? WHERE envelope = ?")
            .bind(id)
            .bind(old)
            .execute(write.conn())
            .await?;
        write.commit().await
    }
}

/// Puts a row at the end of the outbox; one that is there stays where it is.
pub(crate) async fn queue(
    conn: &mut SqliteConnection,
    kind: OutboxKind,
    id: EnvelopeId,
) -> Result<(), VaultError> {
    query("INSERT INTO outbox (kind, id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING")
        .bind(kind.number())
        .bind(id.as_bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

async fn body(
    conn: &mut SqliteConnection,
    (order, kind, key): (i64, i64, Vec<u8>),
) -> Result<OutboxRow, VaultError> {
    let kind = OutboxKind::from_number(kind)?;
    let from = match kind {
        OutboxKind::Keybox => "SELECT x'', doc, bytes FROM keyboxes WHERE id = ?",
        OutboxKind::Envelope => "SELECT mailbox, doc, bytes FROM envelopes WHERE id = ?",
    };
    let (mailbox, doc, bytes): (Vec<u8>, Vec<u8>, Vec<u8>) = query_as(from)
        .bind(key.as_slice())
        .fetch_optional(conn)
        .await?
        .ok_or(VaultError::SHAPE)?;
    Ok(OutboxRow {
        order: count(order)?,
        kind,
        id: id(&key)?,
        mailbox: optional_id(&mailbox)?,
        doc: optional_id(&doc)?,
        bytes,
    })
}

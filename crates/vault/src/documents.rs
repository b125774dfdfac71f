//! Documents: their snapshots and the acts taken out of records.

use senim_ids::{ActHash, ChangeHash, DeviceId, DocId, DocKind, UnixMillis};
use sqlx::{SqliteConnection, query, query_as};

use crate::error::VaultError;
use crate::row::{
    Blob, closed_debug, count, doc_kind, id, ids, int, optional_doc, optional_id, optional_int,
    optional_time,
};
use crate::vault::Vault;

/// A document in a list, without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Document.
    pub doc: DocId,
    /// Kind.
    pub kind: DocKind,
    /// The document it belongs to.
    pub parent: Option<DocId>,
    /// Bytes of the snapshot; 0 when it has not been opened here.
    pub snapshot_len: u64,
    /// Heads of the snapshot.
    pub heads: Vec<ChangeHash>,
    /// When it was first opened here; `None`: it is known, its records have not been applied.
    pub opened: Option<UnixMillis>,
}

/// A document with its snapshot.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Document.
    pub doc: DocId,
    /// Kind.
    pub kind: DocKind,
    /// The document it belongs to.
    pub parent: Option<DocId>,
    /// The saved document, as the app made it.
    pub snapshot: Vec<u8>,
    /// Heads of the snapshot.
    pub heads: Vec<ChangeHash>,
    /// When it was first opened here. Once set, a later put does not change it.
    pub opened: Option<UnixMillis>,
}

/// An act with what proves it: the record that carried it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAct {
    /// Document.
    pub doc: DocId,
    /// Hash of the act.
    pub act: ActHash,
    /// Author: whose record carried it.
    pub device: DeviceId,
    /// The record's `device_seq`.
    pub device_seq: u64,
    /// The record's `roster_seq`.
    pub roster_seq: u64,
    /// The act.
    pub bytes: Vec<u8>,
}

closed_debug!(StoredDocument, StoredAct);

type DocumentColumns = (Blob, String, Blob, Blob, i64, i64);

impl Vault {
    /// Every document this device knows, by id.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn documents(&self) -> Result<Vec<DocumentRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<DocumentColumns> = query_as(
            "SELECT doc, kind, parent, heads, opened_ms, length(snapshot) FROM documents ORDER BY doc",
        )
        .fetch_all(&mut held.conn)
        .await?;
        let row = |(doc, kind, parent, heads, opened, length): DocumentColumns| {
            Ok(DocumentRow {
                doc: id(&doc)?,
                kind: doc_kind(&kind)?,
                parent: optional_id(&parent)?,
                snapshot_len: count(length)?,
                heads: ids::<_, { ChangeHash::LEN }>(&heads)?,
                opened: optional_time(opened)?,
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// One document with its snapshot.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn document(&self, doc: DocId) -> Result<Option<StoredDocument>, VaultError> {
        let mut held = self.read().await?;
        let row: Option<(String, Blob, Blob, i64, Blob)> = query_as(
            "SELECT kind, parent, heads, opened_ms, snapshot FROM documents WHERE doc = ?",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_optional(&mut held.conn)
        .await?;
        let Some((kind, parent, heads, opened, snapshot)) = row else {
            return Ok(None);
        };
        Ok(Some(StoredDocument {
            doc,
            kind: doc_kind(&kind)?,
            parent: optional_id(&parent)?,
            snapshot,
            heads: ids::<_, { ChangeHash::LEN }>(&heads)?,
            opened: optional_time(opened)?,
        }))
    }

    /// Makes the document or replaces its snapshot.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::DiskRefused`].
    pub async fn put_document(&self, document: &StoredDocument) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        put_document(write.conn(), document).await?;
        write.commit().await
    }

    /// All acts of a document, by hash. Their order is the caller's to fold (protocol.md 6).
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn acts(&self, doc: DocId) -> Result<Vec<StoredAct>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, Blob, i64, i64, Blob)> = query_as(
            "SELECT act, device, device_seq, roster_seq, bytes FROM acts WHERE doc = ? ORDER BY act, device, device_seq",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter()
            .map(|(act, device, device_seq, roster_seq, bytes)| {
                Ok(StoredAct {
                    doc,
                    act: id(&act)?,
                    device: id(&device)?,
                    device_seq: count(device_seq)?,
                    roster_seq: count(roster_seq)?,
                    bytes,
                })
            })
            .collect()
    }
}

pub(crate) async fn put_document(
    conn: &mut SqliteConnection,
    document: &StoredDocument,
) -> Result<(), VaultError> {
    let heads: Vec<u8> = document
        .heads
        .iter()
        .flat_map(|head| *head.as_bytes())
        .collect();
    query(
        "INSERT INTO documents (doc, kind, parent, heads, opened_ms, snapshot) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (doc) DO UPDATE SET kind = excluded.kind, parent = excluded.parent, heads = excluded.heads,
         opened_ms = iif(opened_ms < 0, excluded.opened_ms, opened_ms), snapshot = excluded.snapshot",
    )
    .bind(document.doc.as_bytes().as_slice())
    .bind(document.kind.as_str())
    .bind(optional_doc(document.parent.as_ref()))
    .bind(heads)
    .bind(optional_int(document.opened)?)
    .bind(document.snapshot.as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn put_acts(
    conn: &mut SqliteConnection,
    acts: &[StoredAct],
) -> Result<(), VaultError> {
    for act in acts {
        query(
            "INSERT INTO acts (doc, act, device, device_seq, roster_seq, bytes) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
        )
        .bind(act.doc.as_bytes().as_slice())
        .bind(act.act.as_bytes().as_slice())
        .bind(act.device.as_bytes().as_slice())
        .bind(int(act.device_seq)?)
        .bind(int(act.roster_seq)?)
        .bind(act.bytes.as_slice())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

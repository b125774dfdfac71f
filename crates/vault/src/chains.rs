//! Chains of records by author, and the evidence of forks (protocol.md 2).

use senim_ids::{DeviceId, DocId, RecordHash};
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::error::VaultError;
use crate::id::EnvelopeId;
use crate::row::{Blob, count, id, int, numbered};
use crate::vault::Vault;

numbered! {
    /// Whether a document's chain goes on after a record.
    ChainStep {
        /// No: it waits, or is the other half of a fork.
        Stays = 0,
        /// Yes: it was applied, or refused for good.
        Advances = 1,
    }
}

/// Where an opened record stands in its author's chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPlace {
    /// Author.
    pub device: DeviceId,
    /// Count over all documents.
    pub device_seq: u64,
    /// Count in the document.
    pub doc_seq: u64,
    /// Hash of the record.
    pub record_hash: RecordHash,
    /// The roster it was written under.
    pub roster_seq: u64,
    /// Whether the chain goes on after it.
    pub step: ChainStep,
}

/// The last record of a device in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainTail {
    /// Its count in the document.
    pub doc_seq: u64,
    /// Its count over all documents.
    pub device_seq: u64,
    /// The roster it was written under.
    pub roster_seq: u64,
    /// Its hash, the `prev` of the next.
    pub record_hash: RecordHash,
}

/// One `device_seq` of one device with two record hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForkEvidence {
    /// The device.
    pub device: DeviceId,
    /// The number used twice.
    pub device_seq: u64,
    /// One envelope.
    pub one: EnvelopeId,
    /// The other.
    pub other: EnvelopeId,
}

impl Vault {
    /// The last record of a device in a document after which its chain goes on; `None` before its first.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn chain_tail(
        &self,
        device: DeviceId,
        doc: DocId,
    ) -> Result<Option<ChainTail>, VaultError> {
        let mut held = self.read().await?;
        let row: Option<(i64, i64, i64, Blob)> = query_as(
            "SELECT doc_seq, device_seq, roster_seq, record_hash FROM records
             WHERE doc = ? AND device = ? AND advances = 1 ORDER BY doc_seq DESC LIMIT 1",
        )
        .bind(doc.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .fetch_optional(&mut held.conn)
        .await?;
        row.map(ChainTail::from_columns).transpose()
    }

    /// The highest `device_seq` seen of a device with the hash of that record, over all documents.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn device_high(
        &self,
        device: DeviceId,
    ) -> Result<Option<(u64, RecordHash)>, VaultError> {
        let mut held = self.read().await?;
        let row: Option<(i64, Blob)> = query_as(
            "SELECT device_seq, record_hash FROM records WHERE device = ? ORDER BY device_seq DESC LIMIT 1",
        )
        .bind(device.as_bytes().as_slice())
        .fetch_optional(&mut held.conn)
        .await?;
        row.map(|(seq, hash)| Ok((count(seq)?, id(&hash)?)))
            .transpose()
    }

    /// The hash of the record with this `device_seq`, where one is held. Another hash under the same number is a fork ([`Vault::forks`]).
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`], [`VaultError::OutOfRange`].
    pub async fn record_at(
        &self,
        device: DeviceId,
        device_seq: u64,
    ) -> Result<Option<RecordHash>, VaultError> {
        let mut held = self.read().await?;
        let row: Option<Vec<u8>> = query_scalar(
            "SELECT record_hash FROM records WHERE device = ? AND device_seq = ? ORDER BY advances DESC LIMIT 1",
        )
        .bind(device.as_bytes().as_slice())
        .bind(int(device_seq)?)
        .fetch_optional(&mut held.conn)
        .await?;
        row.map(|hash| id(&hash)).transpose()
    }

    /// Every number that a device has used for two different records.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn forks(&self) -> Result<Vec<ForkEvidence>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, i64, Blob, Blob)> = query_as(
            "SELECT a.device, a.device_seq, a.envelope, b.envelope FROM records a JOIN records b
             ON b.device = a.device AND b.device_seq = a.device_seq AND b.record_hash > a.record_hash
             ORDER BY a.device, a.device_seq",
        )
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter()
            .map(|(device, seq, one, other)| {
                Ok(ForkEvidence {
                    device: id(&device)?,
                    device_seq: count(seq)?,
                    one: id(&one)?,
                    other: id(&other)?,
                })
            })
            .collect()
    }
}

impl ChainTail {
    /// From `doc_seq, device_seq, roster_seq, record_hash`.
    pub(crate) fn from_columns(row: (i64, i64, i64, Vec<u8>)) -> Result<Self, VaultError> {
        let (doc_seq, device_seq, roster_seq, record_hash) = row;
        Ok(Self {
            doc_seq: count(doc_seq)?,
            device_seq: count(device_seq)?,
            roster_seq: count(roster_seq)?,
            record_hash: id(&record_hash)?,
        })
    }
}

/// Notes a record in its author's chains. The same record seen again under another envelope changes nothing but its step.
pub(crate) async fn put_record(
    conn: &mut SqliteConnection,
    envelope: EnvelopeId,
    doc: DocId,
    record: &RecordPlace,
) -> Result<(), VaultError> {
    query(
        "INSERT INTO records (device, device_seq, record_hash, doc, doc_seq, roster_seq, advances, envelope)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (device, device_seq, record_hash) DO UPDATE SET advances = max(advances, excluded.advances)",
    )
    .bind(record.device.as_bytes().as_slice())
    .bind(int(record.device_seq)?)
    .bind(record.record_hash.as_bytes().as_slice())
    .bind(doc.as_bytes().as_slice())
    .bind(int(record.doc_seq)?)
    .bind(int(record.roster_seq)?)
    .bind(record.step.number())
    .bind(envelope.as_bytes().as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

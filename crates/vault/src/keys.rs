//! Document keys, and the boxes that bring them.

use secrecy::{ExposeSecret as _, SecretBox};
use senim_ids::{DeviceId, DocId, DocKind};
use sqlx::{SqliteConnection, query, query_as};
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::id::{EnvelopeId, MailboxId};
use crate::outbox::{OutboxKind, queue};
use crate::row::{Blob, closed_debug, count, id, ids, int, numbered, optional_doc, optional_id};
use crate::vault::Vault;

numbered! {
    /// How far a key has been audited.
    KeyStanding {
        /// Reads only: roster and access acts are not folded yet.
        Provisional = 0,
        /// Audited: may be written under.
        Accepted = 1,
    }
    /// What became of a box that came.
    KeyboxState {
        /// Not tried.
        New = 0,
        /// Opened, not yet accepted: judged again when roster or acts change.
        Waiting = 1,
        /// Its keys are taken.
        Opened = 2,
        /// Opened and refused.
        Refused = 3,
        /// Not for this device.
        Foreign = 4,
    }
}

/// The key of one document and epoch. Not `Clone`: a key is copied on purpose or not at all.
pub struct KeyRow {
    /// Document; `None`: the roster log.
    pub doc: Option<DocId>,
    /// Kind of the document.
    pub doc_kind: Option<DocKind>,
    /// Number of the epoch.
    pub epoch: u64,
    /// Mailbox of the epoch.
    pub mailbox: MailboxId,
    /// Mailboxes of the epochs before.
    pub parents: Vec<MailboxId>,
    /// The key.
    pub key: SecretBox<[u8; 32]>,
    /// Devices of the epoch.
    pub readers: Vec<DeviceId>,
    /// The device that gave it.
    pub author: DeviceId,
    /// How far it was audited.
    pub standing: KeyStanding,
}

/// A box made here, with the keys it gives.
pub struct OwnKeybox {
    /// Hash of the box.
    pub id: EnvelopeId,
    /// The document it was made for; `None`: a keyring, or the roster log.
    pub doc: Option<DocId>,
    /// The box.
    pub bytes: Vec<u8>,
    /// Keys that are new here.
    pub keys: Vec<KeyRow>,
}

/// A box that came and is not settled.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingKeybox {
    /// Hash of the box.
    pub id: EnvelopeId,
    /// `New` or `Waiting`.
    pub state: KeyboxState,
    /// The box.
    pub bytes: Vec<u8>,
}

closed_debug!(KeyRow, OwnKeybox, PendingKeybox);

type KeyColumns = (Blob, Blob, Blob, String, i64, Blob, Blob, Blob, i64);

impl Vault {
    /// Keeps keys. A key that is there may be accepted by this, never made provisional again. Foreign envelopes of its mailbox become new.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`], [`VaultError::OutOfRange`].
    pub async fn put_keys(&self, keys: &[KeyRow]) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        put_keys(write.conn(), keys).await?;
        write.commit().await
    }

    /// The keys of a document (`None`: of the roster log), by epoch, then mailbox.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn keys_of(&self, doc: Option<DocId>) -> Result<Vec<KeyRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<KeyColumns> = query_as(
            "SELECT mailbox, key, doc, doc_kind, epoch, parents, readers, author, accepted FROM keys
             WHERE doc = ? ORDER BY epoch, mailbox, key",
        )
        .bind(optional_doc(doc.as_ref()))
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter().map(key_row).collect()
    }

    /// Every key, by epoch, then mailbox: what a keyring hands over.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn all_keys(&self) -> Result<Vec<KeyRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<KeyColumns> = query_as(
            "SELECT mailbox, key, doc, doc_kind, epoch, parents, readers, author, accepted FROM keys
             ORDER BY epoch, mailbox, key",
        )
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter().map(key_row).collect()
    }

    /// The keys known for a mailbox: one, unless somebody lied. The commitment in an envelope tells which is right; accepted ones come first.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn keys_by_mailbox(&self, mailbox: MailboxId) -> Result<Vec<KeyRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<KeyColumns> = query_as(
            "SELECT mailbox, key, doc, doc_kind, epoch, parents, readers, author, accepted FROM keys
             WHERE mailbox = ? ORDER BY accepted DESC, key",
        )
        .bind(mailbox.as_bytes().as_slice())
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter().map(key_row).collect()
    }

    /// Erases the keys of a document, overwritten in the file and gone from the log.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn erase_keys(&self, doc: DocId) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        query("DELETE FROM keys WHERE doc = ?")
            .bind(doc.as_bytes().as_slice())
            .execute(write.conn())
            .await?;
        write.commit().await?;
        self.truncate_log().await
    }

    /// Keeps a box made here for ever, queues it, and keeps its keys: all or nothing.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn commit_keybox(&self, keybox: &OwnKeybox) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        query(
            "INSERT INTO keyboxes (id, doc, own, state, bytes) VALUES (?, ?, 1, ?, ?)
             ON CONFLICT (id) DO UPDATE SET own = 1, doc = excluded.doc, bytes = excluded.bytes",
        )
        .bind(keybox.id.as_bytes().as_slice())
        .bind(optional_doc(keybox.doc.as_ref()))
        .bind(KeyboxState::Opened.number())
        .bind(keybox.bytes.as_slice())
        .execute(&mut *conn)
        .await?;
        put_keys(conn, &keybox.keys).await?;
        queue(conn, OutboxKind::Keybox, keybox.id).await?;
        write.commit().await
    }

    /// Boxes that came and are new or wait, by position.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn keyboxes_pending(&self) -> Result<Vec<PendingKeybox>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, i64, Blob)> = query_as(
            "SELECT id, state, bytes FROM keyboxes WHERE state IN (0, 1) ORDER BY position, id",
        )
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter()
            .map(|(keybox, state, bytes)| {
                let state = KeyboxState::from_number(state)?;
                Ok(PendingKeybox {
                    id: id(&keybox)?,
                    state,
                    bytes,
                })
            })
            .collect()
    }

    /// Settles a box that came, with the keys it gave: all or nothing. Once opened for good, refused or foreign, its bytes are dropped.
    ///
    /// # Errors
    /// [`VaultError::NoSuchRow`], [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn settle_keybox(
        &self,
        keybox: EnvelopeId,
        state: KeyboxState,
        keys: &[KeyRow],
    ) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        let settled = query(
            "UPDATE keyboxes SET state = ?1, bytes = iif(own = 1 OR ?1 IN (0, 1), bytes, x'') WHERE id = ?2",
        )
        .bind(state.number())
        .bind(keybox.as_bytes().as_slice())
        .execute(&mut *conn)
        .await?;
        if settled.rows_affected() != 1 {
            return Err(VaultError::NoSuchRow);
        }
        put_keys(conn, keys).await?;
        write.commit().await
    }
}

async fn put_keys(conn: &mut SqliteConnection, keys: &[KeyRow]) -> Result<(), VaultError> {
    for row in keys {
        let parents: Vec<u8> = row
            .parents
            .iter()
            .flat_map(|parent| *parent.as_bytes())
            .collect();
        let readers: Vec<u8> = row
            .readers
            .iter()
            .flat_map(|reader| *reader.as_bytes())
            .collect();
        query(
            "INSERT INTO keys (mailbox, key, doc, doc_kind, epoch, parents, readers, author, accepted)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (mailbox, key) DO UPDATE SET doc = excluded.doc, doc_kind = excluded.doc_kind, epoch = excluded.epoch,
             parents = excluded.parents, readers = excluded.readers, author = excluded.author, accepted = excluded.accepted
             WHERE excluded.accepted >= accepted",
        )
        .bind(row.mailbox.as_bytes().as_slice())
        // EXPOSE: into an encrypted page; sqlx's own copy of the bound value is freed, not wiped.
        .bind(row.key.expose_secret().as_slice())
        .bind(optional_doc(row.doc.as_ref()))
        .bind(row.doc_kind.map_or("", DocKind::as_str))
        .bind(int(row.epoch)?)
        .bind(parents)
        .bind(readers)
        .bind(row.author.as_bytes().as_slice())
        .bind(row.standing.number())
        .execute(&mut *conn)
        .await?;
        query("UPDATE envelopes SET state = 0, code = '' WHERE mailbox = ? AND state = 4")
            .bind(row.mailbox.as_bytes().as_slice())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn key_row(row: KeyColumns) -> Result<KeyRow, VaultError> {
    let (mailbox, key, doc, kind, epoch, parents, readers, author, accepted) = row;
    let key = Zeroizing::new(key);
    let secret: &[u8; 32] = key.as_slice().try_into().map_err(|_| VaultError::SHAPE)?;
    Ok(KeyRow {
        doc: optional_id(&doc)?,
        doc_kind: if kind.is_empty() {
            None
        } else {
            Some(crate::row::doc_kind(&kind)?)
        },
        epoch: count(epoch)?,
        mailbox: id(&mailbox)?,
        parents: ids::<_, { MailboxId::LEN }>(&parents)?,
        key: SecretBox::init_with_mut(|inside: &mut [u8; 32]| inside.copy_from_slice(secret)),
        readers: ids::<_, { DeviceId::LEN }>(&readers)?,
        author: id(&author)?,
        standing: KeyStanding::from_number(accepted)?,
    })
}

//! The roster log: entries and removals, sealed, with what they hold once opened.

use sqlx::{query, query_as};

use crate::error::VaultError;
use crate::id::EnvelopeId;
use crate::row::{Blob, closed_debug, count, id, numbered};
use crate::vault::Vault;

numbered! {
    /// The two kinds of roster item.
    RosterKind {
        /// Gives power; in one chain.
        Entry = 0,
        /// Takes power; stands alone.
        Removal = 1,
    }
}

/// An item of the roster log.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// Its position in the server's log; `None`: it is not there yet.
    pub position: Option<u64>,
    /// Hash of the sealed item.
    pub id: EnvelopeId,
    /// Entry or removal.
    pub kind: RosterKind,
    /// The sealed item.
    pub bytes: Vec<u8>,
    /// What it holds; `None`: not opened yet.
    pub content: Option<Vec<u8>>,
}

closed_debug!(RosterRow);

impl Vault {
    /// The whole roster log: by position, then those without one by arrival.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn roster_log(&self) -> Result<Vec<RosterRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(i64, Blob, i64, Blob, Blob)> = query_as(
            "SELECT position, id, kind, bytes, content FROM roster ORDER BY position = 0, position, ord",
        )
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter()
            .map(|(position, item, kind, bytes, content)| {
                Ok(RosterRow {
                    position: if position == 0 {
                        None
                    } else {
                        Some(count(position)?)
                    },
                    id: id(&item)?,
                    kind: RosterKind::from_number(kind)?,
                    bytes,
                    content: if content.is_empty() {
                        None
                    } else {
                        Some(content)
                    },
                })
            })
            .collect()
    }

    /// Keeps an item made or opened here, with what it holds. One that is there keeps its position unless this one has one.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn put_roster(&self, row: &RosterRow) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        query(
            "INSERT INTO roster (id, position, ord, kind, bytes, content)
             VALUES (?, ?, (SELECT coalesce(max(ord), 0) + 1 FROM roster), ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET position = max(position, excluded.position),
             content = iif(excluded.content = x'', content, excluded.content)",
        )
        .bind(row.id.as_bytes().as_slice())
        .bind(crate::row::int(row.position.unwrap_or(0))?)
        .bind(row.kind.number())
        .bind(row.bytes.as_slice())
        .bind(row.content.as_deref().unwrap_or_default())
        .execute(write.conn())
        .await?;
        write.commit().await
    }

    /// Keeps what roster items hold, once opened.
    ///
    /// # Errors
    /// [`VaultError::NoSuchRow`] when one is not here (none is kept then); [`VaultError::DiskRefused`]; [`VaultError::Closed`].
    pub async fn open_roster(&self, opened: &[(EnvelopeId, Vec<u8>)]) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        for (id, content) in opened {
            let kept = query("UPDATE roster SET content = ? WHERE id = ?")
                .bind(content.as_slice())
                .bind(id.as_bytes().as_slice())
                .execute(write.conn())
                .await?;
            if kept.rows_affected() != 1 {
                return Err(VaultError::NoSuchRow);
            }
        }
        write.commit().await
    }
}

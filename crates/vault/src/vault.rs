//! An open vault: one connection, one transaction at a time.

use std::sync::Arc;

use secrecy::SecretBox;
use sqlx::{Connection as _, SqliteConnection, query, query_scalar};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::open::{self, Database};

/// An open vault. Clones share the one connection; calls wait for each other.
///
/// Dropping the last clone closes the file as well, but only [`Vault::close`] tells whether that went well.
#[derive(Clone)]
pub struct Vault {
    held: Arc<Mutex<Option<Held>>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

/// The connection and what must not outlive a failed or cancelled call unseen.
pub(crate) struct Held {
    pub(crate) conn: SqliteConnection,
    /// A transaction was begun and not committed: the call failed or its caller went away. Rolled back before the next call.
    open: bool,
    /// The next number of the journal.
    next_journal: i64,
}

impl Held {
    /// Takes the next number of the journal. Numbers of failed calls are not used again.
    pub(crate) fn take_journal_number(&mut self) -> Result<i64, VaultError> {
        let number = self.next_journal;
        self.next_journal = number.checked_add(1).ok_or(VaultError::OutOfRange)?;
        Ok(number)
    }

    async fn roll_back(&mut self) -> Result<(), VaultError> {
        if self.open {
            match query("ROLLBACK")
                .execute(&mut self.conn)
                .await
                .map_err(VaultError::from)
            {
                // On a full disk SQLite has rolled back by itself, and says that there is nothing to do.
                Ok(_) | Err(VaultError::Internal(1)) => self.open = false,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A write transaction. Dropped without [`Write::commit`], it is rolled back before the next call.
pub(crate) struct Write<'a> {
    held: MappedMutexGuard<'a, Held>,
}

impl Write<'_> {
    pub(crate) fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.held.conn
    }

    pub(crate) fn held(&mut self) -> &mut Held {
        &mut self.held
    }

    /// Everything since the start is on disk when this returns.
    pub(crate) async fn commit(mut self) -> Result<(), VaultError> {
        query("COMMIT").execute(&mut self.held.conn).await?;
        self.held.open = false;
        Ok(())
    }
}

impl Vault {
    pub(crate) async fn open(
        path: &std::path::Path,
        key: &SecretBox<[u8; 32]>,
        database: Database,
    ) -> Result<Self, VaultError> {
        let mut conn = open::open(path, key, database).await?;
        let last: i64 = query_scalar(
            "SELECT max(journal_floor, (SELECT coalesce(max(seq), 0) FROM journal)) FROM counters",
        )
        .fetch_one(&mut conn)
        .await?;
        let next_journal = last.checked_add(1).ok_or(VaultError::SHAPE)?;
        let held = Held {
            conn,
            open: false,
            next_journal,
        };
        Ok(Self {
            held: Arc::new(Mutex::new(Some(held))),
        })
    }

    /// The connection, with nothing open on it.
    pub(crate) async fn read(&self) -> Result<MappedMutexGuard<'_, Held>, VaultError> {
        let guard = self.held.lock().await;
        let mut held =
            MutexGuard::try_map(guard, Option::as_mut).map_err(|_| VaultError::Closed)?;
        held.roll_back().await?;
        Ok(held)
    }

    /// The connection in a write transaction. sqlx's own transaction is not used: after a full disk it loses count of its depth.
    pub(crate) async fn write(&self) -> Result<Write<'_>, VaultError> {
        let mut held = self.read().await?;
        // Set before: a caller that goes away in the middle leaves a transaction behind, or none, and both are rolled back.
        held.open = true;
        query("BEGIN IMMEDIATE").execute(&mut held.conn).await?;
        Ok(Write { held })
    }

    /// The value under `name`, wiped from memory when dropped.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn get_setting(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let mut held = self.read().await?;
        let value: Option<Vec<u8>> = query_scalar("SELECT value FROM settings WHERE name = ?")
            .bind(name)
            .fetch_optional(&mut held.conn)
            .await?;
        Ok(value.map(Zeroizing::new))
    }

    /// Puts `value` under `name`, a fixed word of the app. On disk when this returns.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::DiskRefused`].
    pub async fn put_setting(&self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        self.put_settings(&[(name, value)]).await
    }

    /// Puts several values at once: all or none.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::DiskRefused`].
    pub async fn put_settings(&self, values: &[(&str, &[u8])]) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        for (name, value) in values {
            query("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
                .bind(*name)
                .bind(*value)
                .execute(write.conn())
                .await?;
        }
        write.commit().await
    }

    /// Removes the value under `name`, if there is one; its bytes are overwritten in the file and gone from the log.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::DiskRefused`].
    pub async fn erase_setting(&self, name: &str) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        query("DELETE FROM settings WHERE name = ?")
            .bind(name)
            .execute(write.conn())
            .await?;
        write.commit().await?;
        self.truncate_log().await
    }

    /// Moves the write-ahead log into the database and empties it, so that deleted pages are in neither.
    pub(crate) async fn truncate_log(&self) -> Result<(), VaultError> {
        let mut held = self.read().await?;
        truncate_log(&mut held.conn).await
    }

    /// Checks every page's seal and SQLite's own structures. Seconds on a large vault; for tests and for doubt.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when a page does not verify.
    pub async fn verify(&self) -> Result<(), VaultError> {
        let mut held = self.read().await?;
        let pages: Vec<String> = query_scalar("PRAGMA cipher_integrity_check")
            .fetch_all(&mut held.conn)
            .await?;
        let rows: Vec<String> = query_scalar("PRAGMA integrity_check")
            .fetch_all(&mut held.conn)
            .await?;
        if pages.is_empty() && rows == ["ok"] {
            Ok(())
        } else {
            Err(VaultError::SHAPE)
        }
    }

    /// Empties the write-ahead log, closes the file and drops the key: every further call of every clone answers
    /// [`VaultError::Closed`]. A second close does nothing. The key is dropped even when the disk refuses the rest; nothing
    /// acknowledged is lost then, it stays in the log.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`] when the log could not be emptied.
    pub async fn close(&self) -> Result<(), VaultError> {
        let Some(mut held) = self.held.lock().await.take() else {
            return Ok(());
        };
        let rolled_back = held.roll_back().await;
        let truncated = truncate_log(&mut held.conn).await;
        let closed = held.conn.close().await.map_err(VaultError::from);
        rolled_back.and(truncated).and(closed)
    }
}

pub(crate) async fn truncate_log(conn: &mut SqliteConnection) -> Result<(), VaultError> {
    let busy: i64 = query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(conn)
        .await?;
    if busy == 0 {
        Ok(())
    } else {
        Err(VaultError::Busy)
    }
}

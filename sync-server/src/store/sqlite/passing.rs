//! What passes, in an SQLite file of its own with `synchronous=NORMAL`: a warm sync costs no extra sync to disk.

use std::path::Path;

use async_trait::async_trait;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row};

use super::{failed, migrate, options, refuse_old_sqlite, signed, unsigned};
use crate::passing::{Passing, SessionRow, Spent};
use crate::store::StoreError;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite-passing");

/// The file `passing.db`.
#[derive(Debug)]
pub struct SqlitePassing {
    pool: SqlitePool,
}

impl SqlitePassing {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// As [`super::SqliteStore::open`].
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = options(file)
            .synchronous(SqliteSynchronous::Normal)
            // What expired is overwritten, not only unlinked.
            .pragma("secure_delete", "ON");
        let mut first = options.connect().await.map_err(failed)?;
        refuse_old_sqlite(&mut first).await?;
        migrate(&MIGRATIONS, &mut first).await?;
        first.close().await.map_err(failed)?;
        let pool = SqlitePoolOptions::new()
            // A file does not hang up: no question before each use.
            .test_before_acquire(false)
            .max_connections(2)
            .connect_with(options)
            .await
            .map_err(failed)?;
        Ok(Self { pool })
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Passing for SqlitePassing {
    async fn begin(&self, spent: Spent, session: SessionRow) -> Result<bool, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let mut both = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(failed)?;
        let first =
            sqlx::query("INSERT INTO spent (nonce, expires) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .bind(spent.nonce.as_slice())
                .bind(signed(spent.expires_ms))
                .execute(&mut *both)
                .await
                .map_err(failed)?;
        if first.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO sessions (token_hash, sealed_key, expires) VALUES (?, ?, ?)")
            .bind(session.token_hash.as_slice())
            .bind(session.sealed_key.as_slice())
            .bind(signed(session.expires_ms))
            .execute(&mut *both)
            .await
            .map_err(failed)?;
        both.commit().await.map_err(failed)?;
        Ok(true)
    }

    async fn session(
        &self,
        token_hash: &[u8; 32],
        now_ms: u64,
    ) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query(
            "SELECT sealed_key, expires FROM sessions WHERE token_hash = ? AND expires > ?",
        )
        .bind(token_hash.as_slice())
        .bind(signed(now_ms))
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let sealed_key: &[u8] = row.try_get(0).map_err(failed)?;
        Ok(Some(SessionRow {
            token_hash: *token_hash,
            sealed_key: sealed_key.try_into().map_err(|_| StoreError::Damaged)?,
            expires_ms: unsigned(row.try_get(1).map_err(failed)?),
        }))
    }

    async fn usage(&self, day: u32, who: &[u8]) -> Result<u64, StoreError> {
        let mib: Option<i64> =
            sqlx::query_scalar("SELECT mib FROM usage WHERE day = ? AND who = ?")
                .bind(i64::from(day))
                .bind(who)
                .fetch_optional(&self.pool)
                .await
                .map_err(failed)?;
        Ok(mib.map_or(0, unsigned))
    }

    async fn charge(&self, day: u32, who: &[u8], mib: u64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO usage (day, who, mib) VALUES (?, ?, ?) \
             ON CONFLICT (day, who) DO UPDATE SET mib = mib + excluded.mib",
        )
        .bind(i64::from(day))
        .bind(who)
        .bind(signed(mib))
        .execute(&self.pool)
        .await
        .map(|_| ())
        .map_err(failed)
    }

    async fn sweep(&self, now_ms: u64, day: u32) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM spent WHERE expires <= ?",
            "DELETE FROM sessions WHERE expires <= ?",
        ] {
            sqlx::query(sql)
                .bind(signed(now_ms))
                .execute(&self.pool)
                .await
                .map_err(failed)?;
        }
        sqlx::query("DELETE FROM usage WHERE day < ?")
            .bind(i64::from(day))
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(failed)
    }
}

//! Opening SQLCipher by the recipe of security.md 3.2.

use std::path::Path;
use std::time::Duration;

use secrecy::SecretBox;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, query, query_scalar};

use crate::cipher;
use crate::error::VaultError;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Whether the database must hold a vault already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    /// An empty file that was just made.
    Fresh,
    /// One that was written before. An empty file in its place is damage, not a new vault.
    Written,
}

/// After the key. `journal_mode` comes after `locking_mode`, so that no `-shm` file is ever made; `cell_size_check` and `trusted_schema` meet a
/// damaged or hostile file; `temp_store` and `mmap_size` keep plaintext pages out of files and of the kernel's page cache.
const PRAGMAS: &[&str] = &[
    "PRAGMA cipher_memory_security = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA locking_mode = EXCLUSIVE",
];

/// The one connection to the database at `path`, with its key proven, its pragmas set and its schema the newest.
pub(crate) async fn open(
    path: &Path,
    key: &SecretBox<[u8; 32]>,
    database: Database,
) -> Result<SqliteConnection, VaultError> {
    let mut conn = connect(path).await?;
    match prepare(&mut conn, key, database).await {
        Ok(()) => Ok(conn),
        Err(error) => {
            // Closed before the error is shown, so that the next try finds no lock; what is wrong is the first error.
            conn.close().await.ok();
            Err(error)
        }
    }
}

/// A connection without a key; nothing has been read.
pub(crate) async fn connect(path: &Path) -> Result<SqliteConnection, VaultError> {
    // SQLite takes a relative name that starts with `file:` for a URI.
    let path = std::path::absolute(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        // Only another app can hold the lock, and it will not let go.
        .busy_timeout(Duration::ZERO)
        .disable_statement_logging();
    let mut conn = options.connect().await?;
    // SQLCipher reports a wrong key to stderr otherwise.
    query("PRAGMA cipher_log_level = NONE")
        .execute(&mut conn)
        .await?;
    Ok(conn)
}

async fn prepare(
    conn: &mut SqliteConnection,
    key: &SecretBox<[u8; 32]>,
    database: Database,
) -> Result<(), VaultError> {
    cipher::give_key(conn, key).await?;
    assert_cipher(conn).await?;
    for pragma in PRAGMAS {
        query(*pragma).execute(&mut *conn).await?;
    }
    cipher::defend(conn).await?;
    assert_key(conn, database).await?;
    let mode: String = query_scalar("PRAGMA journal_mode = WAL")
        .fetch_one(&mut *conn)
        .await?;
    query("PRAGMA synchronous = FULL")
        .execute(&mut *conn)
        .await?;
    let synchronous: i64 = query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *conn)
        .await?;
    if mode != "wal" || synchronous != 2 {
        return Err(VaultError::Internal(0));
    }
    MIGRATIONS.run_direct(None, conn, false).await?;
    // SQLite quietly opens a file for reading when it may not write; that has to be known before somebody writes an answer.
    query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    query("ROLLBACK").execute(&mut *conn).await?;
    Ok(())
}

/// Without SQLCipher every write would be plaintext, without a word.
async fn assert_cipher(conn: &mut SqliteConnection) -> Result<(), VaultError> {
    let version: Option<String> = query_scalar("PRAGMA cipher_version")
        .fetch_optional(&mut *conn)
        .await?;
    match version {
        Some(version) if !version.is_empty() => Ok(()),
        _ => Err(VaultError::CipherMissing),
    }
}

/// The first read: it takes the lock and verifies the first page.
async fn assert_key(conn: &mut SqliteConnection, database: Database) -> Result<(), VaultError> {
    let tables: Result<i64, sqlx::Error> = query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *conn)
        .await;
    match tables.map_err(VaultError::from) {
        Ok(0) if database == Database::Written => Err(VaultError::SHAPE),
        Ok(_) => Ok(()),
        Err(VaultError::Damaged(26)) => Err(VaultError::WrongKeyOrDamaged),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_pragma_holds_on_the_connection() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.db");
        std::fs::write(&path, b"").unwrap();
        let key = SecretBox::new(Box::new([3; 32]));
        let mut conn = open(&path, &key, Database::Fresh).await.unwrap();
        let expected: &[(&str, &str)] = &[
            ("PRAGMA cipher_memory_security", "1"),
            ("PRAGMA temp_store", "2"),
            ("PRAGMA secure_delete", "1"),
            ("PRAGMA trusted_schema", "0"),
            ("PRAGMA cell_size_check", "1"),
            ("PRAGMA foreign_keys", "1"),
            ("PRAGMA mmap_size", "0"),
            ("PRAGMA locking_mode", "exclusive"),
            ("PRAGMA journal_mode", "wal"),
            ("PRAGMA synchronous", "2"),
            ("PRAGMA cipher_log_level", "NONE"),
            ("PRAGMA kdf_iter", "256000"),
            ("PRAGMA cipher_use_hmac", "1"),
        ];
        for (pragma, value) in expected {
            let row = query(*pragma).fetch_optional(&mut conn).await.unwrap();
            let shown = row.map(|row| {
                use sqlx::Row as _;
                row.try_get::<String, _>(0)
                    .unwrap_or_else(|_| row.get::<i64, _>(0).to_string())
            });
            assert_eq!(shown.as_deref(), Some(*value), "{pragma}");
        }
        // Defensive: no statement writes the schema's own table.
        query("PRAGMA writable_schema = ON")
            .execute(&mut conn)
            .await
            .unwrap();
        assert!(
            query("DELETE FROM sqlite_schema")
                .execute(&mut conn)
                .await
                .is_err()
        );
        // No index of the log beside the file: it is in memory.
        assert!(!dir.path().join("vault.db-shm").exists());
        assert!(dir.path().join("vault.db-wal").exists());
        conn.close().await.unwrap();
    }

    #[test]
    fn every_column_has_its_comment_and_every_table_is_strict() {
        let sql = MIGRATIONS
            .iter()
            .map(|m| m.sql.as_str().to_owned())
            .collect::<String>();
        let mut inside = false;
        let (mut tables, mut columns) = (0, 0);
        for line in sql.lines() {
            if line.starts_with("CREATE TABLE") {
                (inside, tables) = (true, tables + 1);
            } else if line.starts_with(')') {
                assert!(line.contains("STRICT"), "{line}");
                inside = false;
            } else if inside && !line.trim_start().starts_with("PRIMARY KEY") {
                if line.trim_start().starts_with("UNIQUE (") || line.contains("CHECK (only = 1)") {
                    continue;
                }
                columns += 1;
                assert!(line.contains("NOT NULL") && line.contains("-- "), "{line}");
            }
        }
        assert!(
            tables > 10 && columns > 50,
            "{tables} tables, {columns} columns"
        );
    }
}

//! The store on SQLite: one writer that commits what came together as one group, and a few readers.
//!
//! WAL with `synchronous=FULL`: a commit has returned only when the log file is synced. There is always more than one connection
//! (writer, readers, other processes), so this refuses to run on an SQLite before 3.51.3, which could lose a WAL reset.
//!
//! The tables that last (`senim.db`):
//! ```sql
#![doc = include_str!("../../migrations/sqlite/0001_logs.sql")]
//! ```
//!
//! What passes (`passing.db`):
//! ```sql
#![doc = include_str!("../../migrations/sqlite-passing/0001_passing.sql")]
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use senim_wire::admit::SignedAdmitList;
use senim_wire::exchange::{Body, FeedRow};
use senim_wire::{AuthKey, EnvelopeId, LogId, MailboxId};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Row, SqliteConnection};

use super::audit::Audit;
use super::{
    Block, ChunkRow, Device, Founding, Heads, Identity, Log, Org, Page, PutBatch, PutOutcome,
    RosterChange, RosterOutcome, Store, StoreError, Tail,
};

mod admit;
mod audit;
mod passing;
mod put;
mod read;
mod writer;

pub use passing::SqlitePassing;
use writer::{Answer, Job, Writer};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// SQLite before this can lose a WAL reset when there is more than one connection.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
/// How long one process waits for another one's write.
const BUSY: Duration = Duration::from_secs(10);

/// The store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    readers: SqlitePool,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings its schema up to this program's.
    ///
    /// `readers`: connections for reading, at least 1; the writer has its own.
    ///
    /// # Errors
    /// [`StoreError::SqliteTooOld`], [`StoreError::SchemaNewer`], or whatever keeps the file from being opened.
    pub async fn open(file: &Path, readers: u32) -> Result<Self, StoreError> {
        let options = options(file).synchronous(SqliteSynchronous::Full);
        let mut writer = options.connect().await.map_err(failed)?;
        refuse_old_sqlite(&mut writer).await?;
        migrate(&MIGRATIONS, &mut writer).await?;
        fill_identity(&mut writer).await?;
        let readers = SqlitePoolOptions::new()
            // A file does not hang up: no question before each use.
            .test_before_acquire(false)
            .max_connections(readers.max(1))
            .min_connections(1)
            .connect_with(options.create_if_missing(false))
            .await
            .map_err(failed)?;
        Ok(Self {
            readers,
            writer: Writer::start(writer),
        })
    }

    /// Ends the writer after what was handed to it, and closes the file.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.readers.close().await;
    }

    async fn write(&self, job: Job) -> Result<Answer, StoreError> {
        self.writer.run(job).await
    }

    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, StoreError> {
        self.readers.acquire().await.map_err(failed)
    }
}

/// The file of the database below `data`.
#[must_use]
pub fn database_file(data: &Path) -> PathBuf {
    data.join("senim.db")
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // 16 MiB of log between checkpoints instead of 4: a put of 64 KiB pays a quarter of the syncs that copying back costs.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864")
        .pragma("trusted_schema", "OFF")
        // Rows of bodies are up to a mebibyte each: do not read far ahead of who consumes them.
        .row_buffer_size(2)
        .disable_statement_logging()
}

async fn refuse_old_sqlite(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    if is_new_enough(&version) {
        Ok(())
    } else {
        Err(StoreError::SqliteTooOld)
    }
}

fn is_new_enough(version: &str) -> bool {
    let parts: Vec<u32> = version
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    parts.len() >= 3 && parts.as_slice() >= OLDEST_SQLITE.as_slice()
}

async fn migrate(
    migrations: &Migrator,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    migrations
        .run_direct(None, connection, false)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                StoreError::SchemaNewer
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                failed(error)
            }
            MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => StoreError::Damaged,
            _ => StoreError::Unavailable,
        })
}

async fn fill_identity(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (mut log, mut key) = ([0; LogId::LEN], [0; 32]);
    getrandom::fill(&mut log).map_err(|_| StoreError::Unavailable)?;
    getrandom::fill(&mut key).map_err(|_| StoreError::Unavailable)?;
    sqlx::query("INSERT OR IGNORE INTO server (one, log, challenge_key) VALUES (1, ?, ?)")
        .bind(log.as_slice())
        .bind(key.as_slice())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed)
}

/// What went wrong, without the words of the driver: those could hold a path.
fn failed(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code());
    let primary = code
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff);
    match primary {
        Some(13) => StoreError::Full,
        Some(5 | 6) => StoreError::Busy,
        Some(11 | 26) => StoreError::Damaged,
        _ => StoreError::Unavailable,
    }
}

/// A count as SQLite keeps it. Counts here never come near the limit; a hostile one stops there and matches nothing.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as it left SQLite; the schema keeps it above zero.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn id<T: for<'a> TryFrom<&'a [u8]>>(bytes: &[u8]) -> Result<T, StoreError> {
    T::try_from(bytes).map_err(|_| StoreError::Damaged)
}

#[async_trait]
impl Store for SqliteStore {
    async fn ready(&self) -> Result<Identity, StoreError> {
        let newest = MIGRATIONS
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0);
        let mut reader = self.reader().await?;
        let row = sqlx::query(
            "SELECT log, challenge_key, (SELECT max(version) FROM _sqlx_migrations) FROM server",
        )
        .fetch_one(&mut *reader)
        .await
        .map_err(failed)?;
        match row.try_get::<i64, _>(2).map_err(failed)? {
            version if version > newest => return Err(StoreError::SchemaNewer),
            version if version < newest => return Err(StoreError::Unavailable),
            _ => {}
        }
        let key: &[u8] = row.try_get(1).map_err(failed)?;
        Ok(Identity {
            log: id(row.try_get(0).map_err(failed)?)?,
            challenge_key: key.try_into().map_err(|_| StoreError::Damaged)?,
        })
    }

    async fn found(&self, list: &SignedAdmitList) -> Result<Founding, StoreError> {
        match self.write(Job::Found(list.clone())).await? {
            Answer::Founding(founding) => Ok(founding),
            _ => Err(StoreError::Unavailable),
        }
    }

    async fn admission(&self, key: &AuthKey) -> Result<Option<Org>, StoreError> {
        admit::admission(&mut *self.reader().await?, key).await
    }

    async fn devices(&self) -> Result<Vec<Device>, StoreError> {
        admit::devices(&mut *self.reader().await?).await
    }

    async fn set_block(&self, key: &AuthKey, block: Block) -> Result<(), StoreError> {
        self.write(Job::Block(*key, block)).await.map(|_| ())
    }

    async fn put(&self, org: Org, batch: PutBatch) -> Result<PutOutcome, StoreError> {
        match self.write(Job::Put(org, batch)).await? {
            Answer::Put(outcome) => Ok(outcome),
            _ => Err(StoreError::Unavailable),
        }
    }

    async fn change(&self, org: Org, change: RosterChange) -> Result<RosterOutcome, StoreError> {
        match self.write(Job::Change(org, change)).await? {
            Answer::Change(outcome) => Ok(outcome),
            _ => Err(StoreError::Unavailable),
        }
    }

    async fn put_chunk(&self, org: Org, chunk: ChunkRow) -> Result<bool, StoreError> {
        match self.write(Job::Chunk(org, chunk)).await? {
            Answer::Chunk { new } => Ok(new),
            _ => Err(StoreError::Unavailable),
        }
    }

    async fn heads(&self, org: Org, mailboxes: &[MailboxId]) -> Result<Heads, StoreError> {
        read::heads(&mut *self.reader().await?, org, mailboxes).await
    }

    async fn tail(&self, org: Org, log: Log, page: Page<'_>) -> Result<Tail, StoreError> {
        read::tail(&mut *self.reader().await?, org, log, page).await
    }

    async fn feed(&self, org: Org, after: u64, rows: u32) -> Result<Vec<FeedRow>, StoreError> {
        read::feed(&mut *self.reader().await?, org, after, rows).await
    }

    async fn body(&self, org: Org, id: &EnvelopeId) -> Result<Option<Body>, StoreError> {
        read::body(&mut *self.reader().await?, org, id).await
    }

    async fn lacking_chunks(
        &self,
        org: Org,
        ids: &[EnvelopeId],
    ) -> Result<Vec<EnvelopeId>, StoreError> {
        read::lacking_chunks(&mut *self.reader().await?, org, ids).await
    }

    async fn audit(&self) -> Result<Audit, StoreError> {
        audit::audit(&mut *self.reader().await?).await
    }
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn only_sqlite_with_the_wal_fix_will_do() {
        for (version, will_do) in [
            ("3.50.4", false),
            ("3.51.2", false),
            ("3.51.3", true),
            ("3.51.10", true),
            ("3.52.0", true),
            ("4.0.0", true),
            ("3", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), will_do, "{version}");
        }
    }
}

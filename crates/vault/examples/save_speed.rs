//! What "saved" costs: `save_edit` beside the same synced insert into plain SQLite, in turns, on the same disk.
//!
//! `cargo run --release -p senim-vault --example save_speed [folder] [edits]`. Plain SQLite is the same library without a key, with the same journal mode,
//! lock and sync, through the same sqlx. A third line, sqlite without the sync, shows how much of it all is the disk.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    reason = "a measurement: it reads the clock and prints"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use senim_ids::{DocId, UnixMillis};
use senim_vault::VaultFolder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const EDIT: [u8; 120] = [7; 120];
const SAVE: &str = "INSERT INTO journal (doc, kind, saved_ms, bytes) VALUES (?, ?, ?, ?)";

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let parent = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let edits: u32 = arguments.next().map_or(Ok(3000), |text| text.parse())?;
    let dir = tempfile::tempdir_in(parent)?;
    let key = secrecy::SecretBox::new(Box::new([5; 32]));
    let vault = VaultFolder::at(dir.path().join("v"))
        .create(b"slot", &key)
        .await?;
    let mut plain = sqlite(&dir.path().join("plain.db"), SqliteSynchronous::Full).await?;
    let mut unsynced = sqlite(&dir.path().join("unsynced.db"), SqliteSynchronous::Off).await?;
    let doc = DocId::from_bytes([1; 32]);
    let (mut ours, mut theirs, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    // In turns, so that a busy moment of the disk meets all of them.
    for _ in 0..edits {
        let start = Instant::now();
        vault.save_edit(doc, &EDIT, UnixMillis(1)).await?;
        ours.push(start.elapsed());
        theirs.push(insert(&mut plain).await?);
        memory.push(insert(&mut unsynced).await?);
    }
    let base = median(&mut theirs);
    print("save_edit", &mut ours, base);
    print("plain SQLite, synced", &mut theirs, base);
    print("plain SQLite, not synced", &mut memory, base);
    vault.close().await?;
    Ok(())
}

async fn sqlite(path: &Path, synchronous: SqliteSynchronous) -> Outcome<SqliteConnection> {
    let mut conn = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .locking_mode(SqliteLockingMode::Exclusive)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .disable_statement_logging()
        .connect()
        .await?;
    sqlx::query("CREATE TABLE journal (seq INTEGER PRIMARY KEY, doc BLOB, kind INTEGER, saved_ms INTEGER, bytes BLOB)")
        .execute(&mut conn)
        .await?;
    Ok(conn)
}

async fn insert(conn: &mut SqliteConnection) -> Outcome<Duration> {
    let start = Instant::now();
    sqlx::query(SAVE)
        .bind([1_u8; 32].as_slice())
        .bind(0_i64)
        .bind(1_i64)
        .bind(EDIT.as_slice())
        .execute(conn)
        .await?;
    Ok(start.elapsed())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn print(name: &str, times: &mut [Duration], base: Duration) {
    let half = median(times);
    let late = times
        .get(times.len() * 99 / 100)
        .copied()
        .unwrap_or_default();
    let ratio = half.as_secs_f64() / base.as_secs_f64();
    println!("{name:26} p50 {half:>10.1?}  p99 {late:>10.1?}  {ratio:.2}x");
}

//! The reference of the row `save-answer`: what a plain SQLite needs to keep one answer so that a power cut cannot take it.
//!
//! `bench-plain save --dir DIR --preload N --count K` fills a table with `N` rows, then inserts `K` rows, each in a transaction
//! of its own (WAL, `synchronous = FULL`: the log is synced before the insert returns), and prints one line of JSON with the
//! median of the `K` inserts in microseconds.
#![forbid(unsafe_code)]

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use rusqlite::{Connection, params};

// As few bytes and indexes as an answer needs, so that the reference is hard to beat.
const SCHEMA: &str = "
    CREATE TABLE answer (
        id INTEGER PRIMARY KEY,   -- order of writing
        document BLOB NOT NULL,   -- 16 bytes: the visit
        place BLOB NOT NULL,      -- 16 bytes: the place in the facility
        item TEXT NOT NULL,       -- the question
        value TEXT NOT NULL,      -- the choice
        stated_at INTEGER NOT NULL -- seconds
    ) STRICT;";

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut dir, mut preload, mut count) = (None, None, None);
    let (first, options) = words.split_first().context("the first word must be save")?;
    ensure!(first == "save", "the first word must be save");
    for pair in options.chunks(2) {
        match pair {
            [option, value] if option == "--dir" => dir = Some(value.clone()),
            [option, value] if option == "--preload" => preload = Some(value.parse()?),
            [option, value] if option == "--count" => count = Some(value.parse()?),
            _ => bail!("an option is unknown or has no value"),
        }
    }
    let dir = dir.context("--dir is missing")?;
    let (preload, count) = (
        preload.context("--preload is missing")?,
        count.context("--count is missing")?,
    );
    let median = save(Path::new(&dir), preload, count)?;
    let line = serde_json::json!({ "peer": format!("SQLite {}", rusqlite::version()), "median_us": median });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn save(dir: &Path, preload: u32, count: u32) -> anyhow::Result<f64> {
    std::fs::create_dir_all(dir)?;
    let mut db = Connection::open(dir.join("plain.db"))?;
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    ensure!(mode == "wal", "no write-ahead log here");
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch(SCHEMA)?;

    let filling = db.transaction()?;
    for number in 0..preload {
        insert(&filling, number)?;
    }
    filling.commit()?;

    let mut times = Vec::new();
    for number in preload..preload.saturating_add(count) {
        let start = Instant::now();
        insert(&db, number)?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    let rows: u32 = db.query_row("SELECT count(*) FROM answer", [], |row| row.get(0))?;
    ensure!(
        rows == preload.saturating_add(count),
        "an insert is missing"
    );
    times.sort_by(f64::total_cmp);
    times
        .get(times.len() / 2)
        .copied()
        .context("nothing was inserted")
}

fn insert(db: &Connection, number: u32) -> rusqlite::Result<usize> {
    let sql =
        "INSERT INTO answer (document, place, item, value, stated_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    let place = u128::from(number / 200).to_be_bytes();
    let item = format!("hygiene.item-{:03}", number % 200);
    db.prepare_cached(sql)?.execute(params![
        [7u8; 16],
        place,
        item,
        "partly",
        1_795_000_000 + i64::from(number)
    ])
}

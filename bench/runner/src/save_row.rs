//! The row `save-answer`: one answer kept by ours against one synced insert of plain SQLite, 10,000 answers already there.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::results::{Row, Spread};
use crate::{Ask, isolate, peers};

/// Name of the row.
pub(crate) const ROW: &str = "save-answer";
const PRELOAD: u32 = 10_000;
const COUNT: u32 = 300;
// Filling a vault with 10,000 answers, one dispatch each, is most of it.
const LIMIT: Duration = Duration::from_secs(300);

/// What both programs print.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Saved {
    peer: String,
    median_us: f64,
}

/// Runs both in turn and returns the row; adds each run to `runs`.
pub(crate) fn measure(
    ask: &Ask,
    work: &Path,
    runs: &mut Map<String, Value>,
) -> anyhow::Result<Row> {
    let word = |path: &Path| path.to_string_lossy().into_owned();
    let plain_words = [word(&peers::plain(&ask.root)), "save".to_owned()];
    let our_words = peers::ours(&ask.root).map(|path| [word(&path), "save".to_owned()]);
    let (mut plain, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ask.rounds {
        plain.push(one(&plain_words, work)?);
        if let Some(words) = &our_words {
            ours.push(one(words, work)?);
        }
    }
    let median = |all: &[Saved]| {
        Spread::of(all.iter().map(|saved| saved.median_us / 1000.0).collect())
            .map(|spread| spread.median)
    };
    let name = plain
        .first()
        .map(|saved| saved.peer.clone())
        .context("no run")?;
    runs.insert(
        ROW.to_owned(),
        json!({ "preload": PRELOAD, "count": COUNT, "plain": plain, "ours": ours }),
    );
    let reference_name = format!("{name}, WAL, synchronous FULL, one insert per transaction");
    Ok(Row::new(
        ROW,
        (median(&ours), median(&plain)),
        &reference_name,
        "ms",
        Some(1.3),
    ))
}

fn one(words: &[String], work: &Path) -> anyhow::Result<Saved> {
    let dir = work.join("save");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    let mut words = words.to_vec();
    words.extend(["--dir".to_owned(), dir.to_string_lossy().into_owned()]);
    words.extend(["--preload".to_owned(), PRELOAD.to_string()]);
    words.extend(["--count".to_owned(), COUNT.to_string()]);
    serde_json::from_str(isolate::run_here(&words, LIMIT)?.trim()).context("not a result of save")
}

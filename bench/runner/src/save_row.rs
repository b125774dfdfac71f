//! The rows `save-answer` and `save-edit`: one answer kept by ours against one synced insert of plain SQLite, 10,000 already there.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::results::{Row, Spread};
use crate::{Ask, isolate, peers};

/// The whole way of an answer through the app, against one insert.
pub(crate) const ROW: &str = "save-answer";
/// What of it is the vault, against the same insert.
pub(crate) const VAULT_ROW: &str = "save-edit";
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

/// Runs all three in turn and returns their rows; adds each run to `runs`.
pub(crate) fn measure(
    ask: &Ask,
    work: &Path,
    runs: &mut Map<String, Value>,
) -> anyhow::Result<Vec<Row>> {
    let word = |path: &Path| path.to_string_lossy().into_owned();
    let plain_words = [word(&peers::plain(&ask.root)), "save".to_owned()];
    let ours_program = peers::ours(&ask.root).map(|path| word(&path));
    let our_words = |mode: &str| Some([ours_program.clone()?, mode.to_owned()]);
    let (mut plain, mut answers, mut edits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ask.rounds {
        plain.push(one(&plain_words, work)?);
        if let (Some(answer), Some(edit)) = (our_words("save"), our_words("save-edit")) {
            answers.push(one(&answer, work)?);
            edits.push(one(&edit, work)?);
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
        json!({ "preload": PRELOAD, "count": COUNT, "plain": plain, "ours": answers, "vault": edits }),
    );
    let reference_name = format!("{name}, WAL, synchronous FULL, one insert per transaction");
    let row = |row: &str, all: &[Saved], goal| {
        let values = (median(all), median(&plain));
        Row::new(row, values, &reference_name, "ms", goal)
    };
    Ok(vec![
        row(ROW, &answers, Some(1.3)),
        row(VAULT_ROW, &edits, None),
    ])
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

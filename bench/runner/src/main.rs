//! `make bench`: runs the rows, prints a table, writes `results.json` and `runs.json`. A missed goal never fails.
//!
//! `bench-runner all --root BENCH [--row NAME] [--rounds N] [--seed N]`; `bench-runner inside COUNT PEER…` is one run, started
//! by the first form in a network of its own.
#![forbid(unsafe_code)]

mod inside;
mod isolate;
mod peers;
mod proxy;
mod results;
mod save_row;
mod w_rows;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

/// What the runner was asked for.
pub(crate) struct Ask {
    /// The folder `bench`.
    pub(crate) root: PathBuf,
    /// How often each program runs; at least 5 for a result that is kept.
    pub(crate) rounds: u32,
    /// What the work is made from.
    pub(crate) seed: u64,
    row: Option<String>,
}

fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    match words.next().as_deref() {
        Some("inside") => {
            let count = words.next().context("inside needs a way of counting")?;
            inside::run(&count, &words.collect::<Vec<_>>())
        }
        Some("all") => measure(&parse(words)?),
        _ => bail!("the first word must be all"),
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> anyhow::Result<Ask> {
    let mut ask = Ask {
        root: PathBuf::new(),
        rounds: 5,
        seed: 20_261_122,
        row: None,
    };
    while let Some(option) = words.next() {
        let value = words
            .next()
            .with_context(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--root" => ask.root = std::path::absolute(value)?,
            "--row" => ask.row = Some(value).filter(|row| !row.is_empty()),
            "--rounds" => ask.rounds = value.parse().context("--rounds is not a number")?,
            "--seed" => ask.seed = value.parse().context("--seed is not a number")?,
            _ => bail!("unknown option {option}"),
        }
    }
    ensure!(ask.root.is_dir(), "--root must be the folder bench");
    ensure!(ask.rounds > 0, "--rounds must be 1 or more");
    Ok(ask)
}

fn measure(ask: &Ask) -> anyhow::Result<()> {
    let wanted = ask.row.as_deref();
    let is_w = wanted.is_none_or(|row| row.starts_with("w-"));
    let is_save = wanted.is_none_or(|row| [save_row::ROW, save_row::VAULT_ROW].contains(&row));
    ensure!(
        is_w || is_save,
        "no such row: rows are w-time, w-bytes, w-bytes-bodies, w-peer-NAME, save-answer and save-edit"
    );
    let work = ask.root.join(".work");
    let mut rows = Vec::new();
    let mut runs = serde_json::Map::new();
    if is_w {
        rows.extend(w_rows::measure(ask, &work, &mut runs)?);
    }
    if is_save {
        rows.extend(save_row::measure(ask, &work, &mut runs)?);
    }
    std::fs::remove_dir_all(&work).context("the working folder stays")?;
    if let Some(name) = wanted {
        rows.retain(|row| row.row == name);
        ensure!(!rows.is_empty(), "no such row");
    }
    write!(std::io::stdout(), "{}", results::table(&rows))?;
    results::keep(&ask.root, &rows, runs)
}

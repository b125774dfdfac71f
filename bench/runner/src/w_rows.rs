//! The rows of W: every peer runs the same file of work, in turn, round after round.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use bench_w::Workload;
use serde_json::{Map, Value, json};

use crate::Ask;
use crate::inside::Run;
use crate::isolate::Counting;
use crate::peers::{self, OURS, Peer};
use crate::results::{Row, Spread};

const TABLETS: usize = 6;
const LIMIT: Duration = Duration::from_secs(120);

/// What one peer did in all rounds.
#[derive(Default)]
struct Runs {
    done: Vec<Run>,
    failed: u32,
}

impl Runs {
    fn spread(&self, of: impl Fn(&Run) -> f64) -> Option<Spread> {
        Spread::of(self.done.iter().map(of).collect())
    }

    fn wall(&self) -> Option<Spread> {
        self.spread(|run| run.outcome.wall_ms)
    }

    fn wire(&self) -> Option<Spread> {
        self.spread(|run| as_f64(run.wire_bytes) / 1000.0)
    }

    /// Of ours alone: bodies without TLS, HTTP and the headers of packets.
    fn bodies(&self) -> Option<Spread> {
        let bytes = self
            .done
            .iter()
            .filter_map(|run| Some(as_f64(run.outcome.body_bytes?) / 1000.0));
        Spread::of(bytes.collect())
    }
}

/// Runs W and returns its rows; adds each run to `runs`.
pub(crate) fn measure(
    ask: &Ask,
    work: &Path,
    runs: &mut Map<String, Value>,
) -> anyhow::Result<Vec<Row>> {
    let file = ask.root.join("w").join("workload.json");
    let text = serde_json::to_string_pretty(&Workload::make(ask.seed, TABLETS))?;
    std::fs::write(&file, text).context("the workload cannot be written")?;

    let counting = Counting::find();
    writeln!(
        std::io::stdout(),
        "W: {TABLETS} tablets, seed {}; {}",
        ask.seed,
        counting.in_words()
    )?;
    let mut peers = peers::all(&ask.root)?;
    let mut by_name: BTreeMap<&str, Runs> = BTreeMap::new();
    for round in 1..=ask.rounds {
        for peer in &peers {
            let kept = by_name.entry(peer.name).or_default();
            match one(counting, peer, &file, work) {
                Ok(run) => kept.done.push(run),
                Err(failure) => {
                    kept.failed += 1;
                    writeln!(
                        std::io::stderr(),
                        "round {round}, {}: {failure:#}",
                        peer.name
                    )?;
                }
            }
        }
        // Nobody always runs after the same neighbour.
        peers.rotate_left(1);
    }
    runs.insert("w".to_owned(), details(ask, counting, &by_name)?);
    print(&by_name)?;
    rows(counting, &by_name)
}

fn one(counting: Counting, peer: &Peer, file: &Path, work: &Path) -> anyhow::Result<Run> {
    let dir = work.join("w");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let mut words = vec![path(&std::env::current_exe()?), "inside".to_owned()];
    words.push(
        if counting == Counting::Proxy {
            "proxy"
        } else {
            "loopback"
        }
        .to_owned(),
    );
    words.extend_from_slice(&peer.words);
    words.extend(["run", "--workload"].map(str::to_owned));
    words.extend([path(file), "--tablets".to_owned(), TABLETS.to_string()]);
    words.extend(["--dir".to_owned(), path(&dir)]);
    let run: Run = serde_json::from_str(counting.run(&words, LIMIT)?.trim())?;
    ensure!(run.outcome.converged, "the tablets differ at the end");
    Ok(run)
}

fn rows(counting: Counting, by_name: &BTreeMap<&str, Runs>) -> anyhow::Result<Vec<Row>> {
    // A peer that failed once is no reference: its median would leave out its worst run.
    let whole = by_name
        .iter()
        .filter(|(name, runs)| **name != OURS && runs.failed == 0 && runs.wall().is_some());
    let walls = whole.filter_map(|(name, runs)| Some((*name, runs, runs.wall()?.median)));
    let (name, reference, wall) = walls
        .min_by(|a, b| a.2.total_cmp(&b.2))
        .context("no peer finished all of its runs")?;
    let ours = by_name.get(OURS).filter(|runs| runs.failed == 0);
    let our_wall = ours.and_then(Runs::wall).map(|spread| spread.median);
    let our_wire = ours.and_then(Runs::wire).map(|spread| spread.median);
    let wire = reference.wire().map(|spread| spread.median);

    // Bytes of a proxy lack the headers: a result says so where it is read.
    let kb = if counting == Counting::Proxy {
        "kB of payload"
    } else {
        "kB"
    };
    let mut rows = vec![
        Row::new(
            "w-time",
            (our_wall, Some(wall)),
            &full_name(name, reference),
            "ms",
            Some(1.2),
        ),
        Row::new(
            "w-bytes",
            (our_wire, wire),
            &full_name(name, reference),
            "kB",
            Some(0.6),
        ),
        Row::new(
            "w-bytes-bodies",
            (
                ours.and_then(Runs::bodies).map(|spread| spread.median),
                wire,
            ),
            &full_name(name, reference),
            kb,
            None,
        ),
    ];
    for (name, runs) in by_name.iter().filter(|(name, _)| **name != OURS) {
        let time = (our_wall, runs.wall().map(|spread| spread.median));
        rows.push(Row::new(
            &format!("w-peer-{name}"),
            time,
            &full_name(name, runs),
            "ms",
            None,
        ));
        let bytes = (our_wire, runs.wire().map(|spread| spread.median));
        let row = format!("w-peer-{name}-bytes");
        rows.push(Row::new(&row, bytes, &full_name(name, runs), kb, None));
    }
    Ok(rows)
}

/// The peer's own name with its version, and how often it failed.
fn full_name(name: &str, runs: &Runs) -> String {
    let own = runs
        .done
        .first()
        .map_or(name, |run| run.outcome.peer.as_str());
    match runs.failed {
        0 => own.to_owned(),
        failed => format!("{own}, {failed} runs failed"),
    }
}

fn details(ask: &Ask, counting: Counting, by_name: &BTreeMap<&str, Runs>) -> anyhow::Result<Value> {
    let mut peers = Map::new();
    for (name, runs) in by_name {
        let spread = json!({ "wall_ms": runs.wall(), "wire_kb": runs.wire() });
        let entry = json!({ "failed": runs.failed, "spread": spread, "runs": runs.done });
        peers.insert((*name).to_owned(), entry);
    }
    Ok(
        json!({ "seed": ask.seed, "tablets": TABLETS, "bytes": counting.in_words(), "peers": peers }),
    )
}

fn print(by_name: &BTreeMap<&str, Runs>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "\n{:<16} {:>26} {:>24} {:>9} {:>9}",
        "peer", "wall ms", "wire kB", "RSS MB", "store kB"
    )?;
    for (name, runs) in by_name {
        let words = |spread: Option<Spread>| spread.map_or("-".to_owned(), Spread::in_words);
        let rss = runs.spread(|run| as_f64(run.outcome.server_rss_kb) / 1000.0);
        let store = Spread::of(
            runs.done
                .iter()
                .filter_map(|run| Some(as_f64(run.outcome.store_bytes?) / 1000.0))
                .collect(),
        );
        let middle =
            |spread: Option<Spread>| spread.map_or("-".to_owned(), |s| format!("{:.1}", s.median));
        let (wall, wire) = (words(runs.wall()), words(runs.wire()));
        writeln!(
            out,
            "{name:<16} {wall:>26} {wire:>24} {:>9} {:>9}",
            middle(rss),
            middle(store)
        )?;
    }
    Ok(())
}

/// Exact up to 2^53, which no counter here reaches.
#[expect(
    clippy::cast_precision_loss,
    reason = "byte counts of one run stay far below 2^53"
)]
fn as_f64(value: u64) -> f64 {
    value as f64
}

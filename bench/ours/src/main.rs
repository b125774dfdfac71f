//! Senim itself in the benchmark: `run` speaks the contract of `bench-w`, `save` is the row `save-answer`, `save-edit` the row of the vault alone.
#![forbid(unsafe_code)]

mod door;
mod save;
mod server;
mod tablet;
mod team;
mod work;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use bench_w::{Outcome, RunArgs, Workload, contract, measure};
use door::Door;
use senim_app::Request;
use server::Server;
use tablet::Tablet;
use team::Scene;
use work::Traffic;

fn main() -> ExitCode {
    // This program is the admission gate of its own vaults, as the window and the terminal are.
    if let Some(status) = senim_app::gate::child_main_if_asked() {
        return status;
    }
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If nobody reads it, the status still tells.
            writeln!(std::io::stderr(), "error: {failure:#}").ok();
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn measure() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    match words.peek().map(String::as_str) {
        Some("save") => save_row(&words.skip(1).collect::<Vec<_>>(), Saves::Answer).await,
        Some("save-edit") => save_row(&words.skip(1).collect::<Vec<_>>(), Saves::Edit).await,
        Some("tablet") => tablet::main(&words.skip(1).collect::<Vec<_>>()).await,
        _ => run(&RunArgs::parse(words)?).await,
    }
}

/// What a row of saving saves.
#[derive(Clone, Copy)]
enum Saves {
    /// An answer, through the door of the app.
    Answer,
    /// An encoded edit, into the journal of the vault.
    Edit,
}

async fn save_row(words: &[String], what: Saves) -> anyhow::Result<()> {
    let (mut dir, mut preload, mut count) = (None, None, None);
    for pair in words.chunks(2) {
        match pair {
            [option, value] if option == "--dir" => dir = Some(value.clone()),
            [option, value] if option == "--preload" => preload = Some(value.parse()?),
            [option, value] if option == "--count" => count = Some(value.parse()?),
            _ => bail!("an option is unknown or has no value"),
        }
    }
    let dir = dir.context("--dir is missing")?;
    let dir = Path::new(&dir);
    let preload = preload.context("--preload is missing")?;
    let count = count.context("--count is missing")?;
    let median = match what {
        Saves::Answer => save::answers(dir, preload, count).await?,
        Saves::Edit => save::edits(dir, preload, count).await?,
    };
    let line = serde_json::json!({ "peer": "senim", "median_us": median });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

async fn run(args: &RunArgs) -> anyhow::Result<()> {
    let work = Workload::read(&args.workload, args.tablets)?;
    let store = args.dir.join("server");
    let server = Server::prepare(&store, (args.server_port, args.connect_port))?;
    let first = team::found(&args.dir).await?;
    team::register(&args.dir, &first, &server).await?;
    let mut process = server.start().await?;
    let (doors, scene) = team::gather(&args.dir, &server, first, args.tablets).await?;
    prepare(&doors, &scene, &work).await?;
    // Closed here and opened in processes of their own: no connection or session of the preparation is left.
    for door in doors {
        door.call(Request::Lock).await?;
    }
    std::fs::write(
        tablet::scene_file(&args.dir),
        serde_json::to_string(&scene)?,
    )?;
    let mut tablets = Vec::new();
    for number in 0..args.tablets {
        tablets.push(Tablet::start(&args.dir, number, &args.workload).await?);
    }

    contract::ready_and_wait()?;
    let start = Instant::now();
    for tablet in &mut tablets {
        tablet.go().await?;
    }
    let mut traffic = Traffic::default();
    for tablet in &mut tablets {
        traffic.add(tablet.converged().await?);
    }
    let wall = start.elapsed();
    contract::done()?;

    let mut whole = true;
    for tablet in &mut tablets {
        whole &= tablet.is_whole().await?;
    }
    let outcome = Outcome {
        peer: "senim (TLS)".to_owned(),
        converged: whole,
        wall_ms: wall.as_secs_f64() * 1000.0,
        server_rss_kb: process.id().map_or(0, measure::rss_kb),
        store_bytes: Some(measure::dir_bytes(&store)?),
        state_hash: work::hash(&scene, &work::expected(&scene, &work)?)?,
        body_bytes: Some(traffic.bodies),
        exchanges: Some(traffic.exchanges),
    };
    process.kill().await?;
    contract::finish(&outcome)
}

/// The base on the server and on every tablet, then each tablet's edits, offline: no request of these reaches the server.
async fn prepare(tablets: &[Door], scene: &Scene, work: &Workload) -> anyhow::Result<()> {
    let first = tablets.first().context("no tablet")?;
    for request in work::requests(scene, &work.base)? {
        first.call(request).await?;
    }
    for tablet in tablets {
        tablet.call(Request::Sync).await?;
    }
    ensure!(tablets.len() == work.tablets.len(), "a tablet is missing");
    for (tablet, edits) in tablets.iter().zip(&work.tablets) {
        for request in work::requests(scene, edits)? {
            tablet.call(request).await?;
        }
    }
    Ok(())
}

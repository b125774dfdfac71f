//! Senim itself in the benchmark: `run` speaks the contract of `bench-w` (`--tls` before it for TLS), `save` is the row `save-answer`.
#![forbid(unsafe_code)]

mod door;
mod save;
mod server;
mod team;
mod work;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use bench_w::{Outcome, RunArgs, Workload, contract, measure};
use senim_app::Request;
use server::{Server, Transport};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if_eq("save").is_some() {
        return save_answer(&words.collect::<Vec<_>>()).await;
    }
    let tls = words.next_if_eq("--tls").is_some();
    let transport = if tls { Transport::Tls } else { Transport::Http };
    run(&RunArgs::parse(words)?, transport).await
}

async fn save_answer(words: &[String]) -> anyhow::Result<()> {
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
    let preload = preload.context("--preload is missing")?;
    let median = save::save(
        Path::new(&dir),
        preload,
        count.context("--count is missing")?,
    )
    .await?;
    let line = serde_json::json!({ "peer": "senim", "median_us": median });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

async fn run(args: &RunArgs, transport: Transport) -> anyhow::Result<()> {
    let work = Workload::read(&args.workload, args.tablets)?;
    let store = args.dir.join("server");
    let server = Server::prepare(&store, (args.server_port, args.connect_port), transport)?;
    let first = team::found(&args.dir).await?;
    team::register(&args.dir, &first, &server).await?;
    let mut process = server.start().await?;
    let team = team::gather(&args.dir, &server, first, args.tablets).await?;
    prepare(&team, &work).await?;
    let expected = Arc::new(work::expected(&team, &work)?);
    let team = Arc::new(team);

    contract::ready_and_wait()?;
    let start = Instant::now();
    let running: Vec<_> = (0..args.tablets)
        .map(|number| {
            let (team, expected) = (Arc::clone(&team), Arc::clone(&expected));
            tokio::spawn(async move { work::converge(&team, number, &expected).await })
        })
        .collect();
    for tablet in running {
        tablet.await??;
    }
    let wall = start.elapsed();
    contract::done()?;

    let suffix = if transport == Transport::Tls {
        " (TLS)"
    } else {
        ""
    };
    let outcome = Outcome {
        peer: format!("senim{suffix}"),
        // Each tablet compared itself with the expected state before it ended.
        converged: true,
        wall_ms: wall.as_secs_f64() * 1000.0,
        server_rss_kb: process.id().map_or(0, measure::rss_kb),
        store_bytes: Some(measure::dir_bytes(&store)?),
        state_hash: work::hash(&team, &expected)?,
    };
    process.kill().await?;
    contract::finish(&outcome)
}

/// The base on the server and on every tablet, then each tablet's edits, offline: no request of these reaches the server.
async fn prepare(team: &team::Team, work: &Workload) -> anyhow::Result<()> {
    let first = team.tablets.first().context("no tablet")?;
    for request in work::requests(team, &work.base)? {
        first.call(request).await?;
    }
    for tablet in &team.tablets {
        tablet.call(Request::Sync).await?;
    }
    ensure!(
        team.tablets.len() == work.tablets.len(),
        "a tablet is missing"
    );
    for (tablet, edits) in team.tablets.iter().zip(&work.tablets) {
        for request in work::requests(team, edits)? {
            tablet.call(request).await?;
        }
    }
    Ok(())
}

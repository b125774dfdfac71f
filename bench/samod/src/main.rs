//! Benchmark W on samod 0.16: `run` speaks the contract of `bench-w`, `serve` is the server process it starts.
#![forbid(unsafe_code)]

mod server;
mod tablet;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use automerge::transaction::Transactable;
use automerge::{Automerge, ObjType, ROOT};
use bench_w::{Outcome, RunArgs, Workload, contract, measure};
use samod::storage::TokioFilesystemStorage;
use samod::{DocumentId, Repo};
use tablet::Tablet;
use tokio::process::{Child, Command};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if_eq("serve").is_some() {
        let dir = words.next().context("serve needs a folder")?;
        let port = words.next().context("serve needs a port")?.parse()?;
        return server::serve(Path::new(&dir), port).await;
    }
    run(&RunArgs::parse(words)?).await
}

async fn run(args: &RunArgs) -> anyhow::Result<()> {
    let work = Workload::read(&args.workload, args.tablets)?;
    let expected = work.expected();
    let store = args.dir.join("server");
    let mut server = start_server(&store, args.server_port).await?;

    let document = publish_base(&work, args).await?;
    let mut tablets = Vec::new();
    for (number, edits) in work.tablets.iter().enumerate() {
        let dir = args.dir.join(format!("tablet-{number}"));
        tablets.push(Tablet::prepare(&dir, &document, args.connect_port, edits).await?);
    }
    // The base is one change; every edit of a field is one more.
    let changes = 1 + u64::try_from(work.edits())?;

    contract::ready_and_wait()?;
    let start = Instant::now();
    let running: Vec<_> = tablets
        .into_iter()
        .map(|tablet| {
            let expected = expected.clone();
            let port = args.connect_port;
            tokio::spawn(async move { tablet.converge(port, changes, &expected).await })
        })
        .collect();
    let mut ends = Vec::new();
    for tablet in running {
        ends.push(tablet.await??);
    }
    let wall = start.elapsed();
    contract::done()?;

    let hashes = ends
        .iter()
        .map(|end| end.state.hash())
        .collect::<anyhow::Result<Vec<_>>>()?;
    let alike = hashes.windows(2).all(|pair| pair.first() == pair.last())
        && ends
            .windows(2)
            .all(|pair| pair.first().map(|e| &e.heads) == pair.last().map(|e| &e.heads));
    let outcome = Outcome {
        peer: "samod 0.16.0".to_owned(),
        converged: alike,
        wall_ms: wall.as_secs_f64() * 1000.0,
        server_rss_kb: server.id().map_or(0, measure::rss_kb),
        store_bytes: Some(measure::dir_bytes(&store)?),
        state_hash: hashes.into_iter().next().context("no tablet")?,
        body_bytes: None,
        exchanges: None,
    };
    server.kill().await?;
    contract::finish(&outcome)
}

/// Starts `serve` as a process of its own and waits until it accepts; it ends with this program.
async fn start_server(store: &Path, port: u16) -> anyhow::Result<Child> {
    std::fs::create_dir_all(store)?;
    let server = Command::new(std::env::current_exe()?)
        .arg("serve")
        .arg(store)
        .arg(port.to_string())
        .kill_on_drop(true)
        .spawn()?;
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_ok()
        {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    anyhow::bail!("the server does not listen")
}

/// Makes the base document in one change and waits until the server has it.
async fn publish_base(work: &Workload, args: &RunArgs) -> anyhow::Result<DocumentId> {
    let mut base = Automerge::new();
    let made = base.transact(|tx| -> Result<(), automerge::AutomergeError> {
        for (part, fields) in [("answers", &work.base.answers), ("notes", &work.base.notes)] {
            let map = tx.put_object(ROOT, part, ObjType::Map)?;
            for (key, value) in fields {
                tx.put(&map, key, value.as_str())?;
            }
        }
        Ok(())
    });
    made.map_err(|failure| failure.error)?;
    let storage = TokioFilesystemStorage::new(args.dir.join("first"));
    let repo = Repo::build_tokio().with_storage(storage).load().await;
    let document = repo.create(base).await?;
    let dialer = tablet::dial(&repo, args.connect_port)?;
    dialer
        .established()
        .await
        .map_err(|_| anyhow::anyhow!("the server refused"))?;
    let connection = dialer.connection_id().context("no connection")?;
    let arrived = document.they_have_our_changes(connection);
    tokio::time::timeout(Duration::from_secs(30), arrived)
        .await
        .context("base not taken")?;
    let id = document.document_id().clone();
    repo.stop().await;
    ensure!(args.dir.join("server").exists(), "the server keeps nothing");
    Ok(id)
}

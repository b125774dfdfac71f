//! One run of one peer, seen from inside its network: the three lines of the contract and the bytes between two of them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, ensure};
use bench_w::Outcome;
use serde::{Deserialize, Serialize};

use crate::proxy;

/// One run: what the peer says and the bytes that the runner counted from `go` to `done`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The peer's own words.
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
    /// Bytes both ways.
    pub(crate) wire_bytes: u64,
}

/// Where the bytes are read.
enum Counter {
    Loopback,
    Proxy(Arc<AtomicU64>),
}

impl Counter {
    fn read(&self) -> anyhow::Result<u64> {
        match self {
            Self::Proxy(sum) => Ok(sum.load(Ordering::Relaxed)),
            Self::Loopback => {
                let table = std::fs::read_to_string("/proc/self/net/dev")?;
                let line = table
                    .lines()
                    .find_map(|line| line.trim().strip_prefix("lo:"));
                let first = line.and_then(|counts| counts.split_whitespace().next());
                first
                    .context("no loopback here")?
                    .parse()
                    .context("an unreadable counter")
            }
        }
    }
}

/// Runs the peer `words` (with `run` and its options but the ports) and prints a [`Run`] as JSON.
pub(crate) fn run(count: &str, words: &[String]) -> anyhow::Result<()> {
    let server_port = proxy::free_port()?;
    let (counter, connect_port) = if count == "proxy" {
        let (sum, port) = proxy::start(server_port)?;
        (Counter::Proxy(sum), port)
    } else {
        (Counter::Loopback, server_port)
    };
    let (program, rest) = words.split_first().context("no peer")?;
    let mut peer = Command::new(program)
        .args(rest)
        .args(["--server-port", &server_port.to_string()])
        .args(["--connect-port", &connect_port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the peer does not start")?;
    let mut to_peer = peer.stdin.take().context("no input")?;
    let mut lines = BufReader::new(peer.stdout.take().context("no output")?).lines();
    let mut line = || {
        lines
            .next()
            .context("the peer ended early")?
            .context("unreadable output")
    };

    ensure!(line()? == "ready", "the peer did not say ready");
    let before = counter.read()?;
    to_peer.write_all(b"go\n")?;
    to_peer.flush()?;
    ensure!(line()? == "done", "the peer did not say done");
    let wire_bytes = counter.read()?.saturating_sub(before);
    let outcome: Outcome = serde_json::from_str(&line()?).context("not an outcome")?;
    ensure!(peer.wait()?.success(), "the peer ended with an error");
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::to_string(&Run {
            outcome,
            wire_bytes
        })?
    )?;
    Ok(())
}

//! How the runner and a peer speak: one program, one run, three lines.
//!
//! `PEER run --workload FILE --tablets N --dir DIR --server-port P --connect-port C`
//!
//! 1. The peer starts its server on loopback port `P` (state in `DIR/server`), brings the base document to the server
//!    and to `N` tablets, goes offline, makes each tablet's edits, and prints `ready`.
//! 2. The runner notes the bytes of the loopback and writes `go` to the peer's standard input. The clock of the peer runs
//!    from here. All tablets connect at once, to port `C` (a counting proxy sits between when the two ports differ).
//! 3. When the last tablet holds the end state, checked in full, the clock stops and the peer prints `done`; the runner
//!    notes the bytes again. Then one line of JSON, an [`Outcome`], and the peer exits with 0, its server ended.
//!
//! A peer that does not converge says so with `"converged": false` or is ended by the runner: never a guess.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

/// What a peer is started with.
#[derive(Clone, Debug)]
pub struct RunArgs {
    /// The file made by [`crate::Workload::make`].
    pub workload: PathBuf,
    /// How many tablets.
    pub tablets: usize,
    /// An empty folder for everything the run writes.
    pub dir: PathBuf,
    /// Where the server listens on loopback.
    pub server_port: u16,
    /// Where the tablets connect on loopback.
    pub connect_port: u16,
}

impl RunArgs {
    /// Reads the words after the program's name.
    ///
    /// # Errors
    /// The first word is not `run`, or an option is unknown, unreadable or missing.
    pub fn parse(words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut words = words;
        ensure!(
            words.next().as_deref() == Some("run"),
            "the first word must be run"
        );
        let (mut workload, mut tablets, mut dir) = (None, None, None);
        let (mut server_port, mut connect_port) = (None, None);
        while let Some(option) = words.next() {
            let value = words
                .next()
                .with_context(|| format!("{option} needs a value"))?;
            match option.as_str() {
                "--workload" => workload = Some(PathBuf::from(value)),
                "--tablets" => tablets = Some(value.parse()?),
                "--dir" => dir = Some(PathBuf::from(value)),
                "--server-port" => server_port = Some(value.parse()?),
                "--connect-port" => connect_port = Some(value.parse()?),
                _ => bail!("unknown option {option}"),
            }
        }
        Ok(Self {
            workload: workload.context("--workload is missing")?,
            tablets: tablets.context("--tablets is missing")?,
            dir: dir.context("--dir is missing")?,
            server_port: server_port.context("--server-port is missing")?,
            connect_port: connect_port.context("--connect-port is missing")?,
        })
    }
}

/// The last line of a peer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// Name and version of the peer.
    pub peer: String,
    /// Whether all tablets hold the end state, checked field by field.
    pub converged: bool,
    /// From `go` to the last tablet checked, in milliseconds.
    pub wall_ms: f64,
    /// Resident memory of the server process at the end, in kB; 0 if it cannot be read.
    pub server_rss_kb: u64,
    /// Bytes of all files of the server's store; absent where the server keeps nothing on disk.
    pub store_bytes: Option<u64>,
    /// SHA-256 of the end state that all tablets share.
    pub state_hash: String,
    /// Bytes of request and reply bodies alone, where the peer counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_bytes: Option<u64>,
    /// Round trips of all tablets, where the peer counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchanges: Option<u64>,
}

/// Says that all is prepared and waits for the runner's `go`.
///
/// # Errors
/// The runner is gone or said something else.
pub fn ready_and_wait() -> anyhow::Result<()> {
    say("ready")?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    ensure!(line.trim() == "go", "the runner did not say go");
    Ok(())
}

/// Says that the last tablet has converged; the runner reads the byte counter now.
///
/// # Errors
/// The runner is gone.
pub fn done() -> anyhow::Result<()> {
    say("done")
}

/// Prints the last line.
///
/// # Errors
/// The runner is gone.
pub fn finish(outcome: &Outcome) -> anyhow::Result<()> {
    say(&serde_json::to_string(outcome)?)
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

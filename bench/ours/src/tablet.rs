//! A tablet as a process of its own, as in the field: SQLCipher's locked memory has one lock for each process, which no two tablets share.
//!
//! `tablet DIR NUMBER WORKLOAD`: opens the vault `DIR/tablet-NUMBER`, says `ready`; on `go` converges and says what it cost; on `check` says whether it
//! holds the end state.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use bench_w::Workload;
use senim_app::Request;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::door::Door;
use crate::team::Scene;
use crate::work::{self, Traffic};

/// Where the scene stands for all tablets.
pub(crate) fn scene_file(dir: &Path) -> PathBuf {
    dir.join("scene.json")
}

/// A tablet seen from the process that asks.
pub(crate) struct Tablet {
    _process: Child,
    ask: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Tablet {
    /// Starts the process and waits until its vault is open.
    pub(crate) async fn start(dir: &Path, number: usize, workload: &Path) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("tablet")
            .arg(dir)
            .arg(number.to_string())
            .arg(workload)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("a tablet does not start")?;
        let ask = process.stdin.take().context("no input")?;
        let output = process.stdout.take().context("no output")?;
        let mut tablet = Self {
            _process: process,
            ask,
            answers: BufReader::new(output).lines(),
        };
        ensure!(tablet.line().await? == "ready", "a tablet is not ready");
        Ok(tablet)
    }

    /// Tells it to connect.
    pub(crate) async fn go(&mut self) -> anyhow::Result<()> {
        Ok(self.ask.write_all(b"go\n").await?)
    }

    /// Waits until it has converged.
    pub(crate) async fn converged(&mut self) -> anyhow::Result<Traffic> {
        serde_json::from_str(&self.line().await?).context("not a tablet's figures")
    }

    /// Whether it holds the end state.
    pub(crate) async fn is_whole(&mut self) -> anyhow::Result<bool> {
        self.ask.write_all(b"check\n").await?;
        serde_json::from_str(&self.line().await?).context("not a tablet's verdict")
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        let line = self.answers.next_line().await?;
        line.context("a tablet ended early")
    }
}

/// The process of one tablet.
pub(crate) async fn main(words: &[String]) -> anyhow::Result<()> {
    let [dir, number, workload] = words else {
        bail!("tablet needs a folder, a number and a workload")
    };
    let (dir, number) = (Path::new(dir), number.parse::<usize>()?);
    let scene: Scene = serde_json::from_slice(&std::fs::read(scene_file(dir))?)?;
    let work = Workload::read(Path::new(workload), scene.members.len())?;
    let expected = work::expected(&scene, &work)?;
    let door = Door::open(&dir.join(format!("tablet-{number}"))).await?;
    // The visit is on its screen.
    let visit = scene.visit;
    door.call(Request::Visit { visit }).await?;
    say("ready")?;
    hear("go")?;
    let traffic = work::converge(&door, &scene, &expected).await?;
    say(&serde_json::to_string(&traffic)?)?;
    hear("check")?;
    let whole = work::is_whole(&door, number, &scene, &expected).await?;
    say(&serde_json::to_string(&whole)?)
}

fn hear(word: &str) -> anyhow::Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    ensure!(line.trim() == word, "another word than {word}");
    Ok(())
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

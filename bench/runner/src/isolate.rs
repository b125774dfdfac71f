//! A network of its own for each run, and an end to all its processes whatever happens.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How the bytes of a run are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    /// Loopback counter of a network namespace: TCP and IP headers included. Made as root, or as a user who plays root.
    Namespace(Rights),
    /// A counting TCP proxy between tablets and server: payload only.
    Proxy,
}

/// What it takes to make a namespace here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Root.
    Root,
    /// A user namespace.
    User,
}

// 64 kB segments, the default of the loopback, would hide most of the headers that a real link carries.
const LOOPBACK: &str = "ip link set lo mtu 1500 up && ip link set lo gso_max_size 1500";

impl Counting {
    /// The best way that works here.
    pub(crate) fn find() -> Self {
        let works = |rights| {
            let words = ["sh", "-c", LOOPBACK].map(str::to_owned);
            let status = namespace(rights, &words).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        match [Rights::Root, Rights::User]
            .into_iter()
            .find(|rights| works(*rights))
        {
            Some(rights) => Self::Namespace(rights),
            None => Self::Proxy,
        }
    }

    /// In words, for the table and the file of runs.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Namespace(_) => {
                "loopback counter of a namespace, TCP/IP headers included, MTU 1500"
            }
            Self::Proxy => "counting TCP proxy, payload only, no TCP/IP headers",
        }
    }

    /// Runs a program to its end and returns what it printed, or ends it and all it started after `limit`.
    pub(crate) fn run(self, words: &[String], limit: Duration) -> anyhow::Result<String> {
        let command = match self {
            Self::Namespace(rights) => {
                let mut inner = vec!["sh".to_owned(), "-c".to_owned()];
                inner.push(format!("{LOOPBACK} && exec \"$@\""));
                inner.push("sh".to_owned());
                inner.extend_from_slice(words);
                namespace(rights, &inner)
            }
            Self::Proxy => plain(words)?,
        };
        bounded(command, limit)
    }
}

/// Runs a program without a network of its own, as the rows without a network do.
pub(crate) fn run_here(words: &[String], limit: Duration) -> anyhow::Result<String> {
    bounded(plain(words)?, limit)
}

fn plain(words: &[String]) -> anyhow::Result<Command> {
    let (program, rest) = words.split_first().context("no program")?;
    let mut command = Command::new(program);
    command.args(rest);
    Ok(command)
}

/// A network, and a process namespace whose end is the end of everything in it.
fn namespace(rights: Rights, words: &[String]) -> Command {
    let mut command = Command::new("unshare");
    if rights == Rights::User {
        command.arg("--map-root-user");
    }
    command
        .args([
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--",
        ])
        .args(words);
    command
}

fn bounded(mut command: Command, limit: Duration) -> anyhow::Result<String> {
    // Nothing a program prints on stderr goes into a result; it stays visible for whoever looks for a failure.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .process_group(0);
    let mut child = command
        .spawn()
        .context("a program of the benchmark does not start")?;
    let mut out = child.stdout.take().context("no output")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut out, &mut text).map(|_| text)
    });
    let end = wait(&mut child, limit);
    end_group(child.id());
    let status = end?;
    let text = reader
        .join()
        .map_err(|_| anyhow::anyhow!("the reader ended early"))??;
    if !status.success() {
        bail!("a program of the benchmark ended with {status}");
    }
    Ok(text)
}

fn wait(child: &mut Child, limit: Duration) -> anyhow::Result<std::process::ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    bail!("not done after {} s", limit.as_secs())
}

/// Ends what a killed program left running; that there is nothing left is the usual case.
fn end_group(leader: u32) {
    let group = format!("-{leader}");
    let _nothing_left = Command::new("kill")
        .args(["-KILL", "--", &group])
        .stderr(Stdio::null())
        .status();
}

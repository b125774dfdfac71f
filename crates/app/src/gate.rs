//! The admission gate in a child process (protocol.md 5).
//!
//! The child is this same program, started with [`ARGUMENT`]: it reads one request from its standard input, writes one reply, and ends. It has limits on memory and processor
//! time, so that a change which eats either takes the child down and not the vault. A child that is killed by a limit gives no verdict: its records *wait* and are tried again.
//! Programs that hold an [`crate::App`] call [`child_main_if_asked`] first thing in `main`.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use senim_ids::ActorId;
use senim_model::gate::{self, GateOutcome, frame};

/// The argument that makes a program of ours the gate.
pub const ARGUMENT: &str = "--admission-gate";

/// Address space of the child in bytes: a document of a visit takes a few MiB.
const MEMORY: u64 = 1024 * 1024 * 1024;
/// Processor time of the child in seconds.
const SECONDS: u64 = 20;
/// The child is ended after this, whatever it does.
const DEADLINE: Duration = Duration::from_secs(30);

/// Why there is no verdict: not a refusal, the records wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("gate-stopped")]
pub struct GateStopped;

/// Where the gate runs.
#[derive(Debug, Clone)]
pub enum GateRunner {
    /// A child process of this program.
    Child(PathBuf),
    /// A thread of this process, for platforms that start no child (Android): panics are caught, memory is not limited.
    Thread,
}

impl GateRunner {
    /// A child of the running program, if the platform tells where it is.
    #[must_use]
    pub fn of_this_program() -> Self {
        if cfg!(target_os = "android") {
            return Self::Thread;
        }
        std::env::current_exe().map_or(Self::Thread, Self::Child)
    }

    /// Applies `changes` to a copy of the document `base`.
    ///
    /// # Errors
    /// [`GateStopped`] if the child was stopped by a limit or could not be started.
    pub(crate) async fn apply(
        &self,
        base: Vec<u8>,
        changes: Vec<(ActorId, Vec<u8>)>,
    ) -> Result<GateOutcome, GateStopped> {
        let runner = self.clone();
        let work = move || match runner {
            Self::Child(program) => in_child(&program, &base, &changes),
            Self::Thread => gate::apply(&base, &changes).map_err(|_| GateStopped),
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| GateStopped)?
    }
}

fn in_child(
    program: &std::path::Path,
    base: &[u8],
    changes: &[(ActorId, Vec<u8>)],
) -> Result<GateOutcome, GateStopped> {
    let mut request = Vec::new();
    frame::write_request(&mut request, base, changes).map_err(|_| GateStopped)?;
    let mut child = Command::new(program)
        .arg(ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| GateStopped)?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (Some(mut input), Some(mut output)) = (input, output) else {
        return Err(GateStopped);
    };
    // The request may be larger than the pipe: write it beside the reading. A child that ends early breaks the pipe, which the missing reply tells as well.
    let writer = std::thread::spawn(move || input.write_all(&request).is_ok());
    let (done, finished) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut reply = Vec::new();
        let read = output.read_to_end(&mut reply);
        // The waiting side may have given up already.
        done.send(read.map(|_| reply)).is_ok()
    });
    let reply = finished.recv_timeout(DEADLINE);
    if reply.is_err() {
        // Fails only for a child that has ended by itself.
        if child.kill().is_err() {
            tracing::debug!("gate ended by itself");
        }
    }
    let ended = child.wait();
    let joined = writer.join().is_ok() && reader.join().is_ok();
    match (reply, ended) {
        (Ok(Ok(reply)), Ok(status)) if joined && status.success() => {
            frame::read_reply(&mut reply.as_slice()).map_err(|_| GateStopped)
        }
        _ => Err(GateStopped),
    }
}

/// The whole program when it was started as the gate: returns `None` otherwise, and the exit status if it was.
#[must_use]
pub fn child_main_if_asked() -> Option<std::process::ExitCode> {
    if std::env::args_os()
        .nth(1)
        .is_none_or(|argument| argument != ARGUMENT)
    {
        return None;
    }
    Some(if child().is_ok() { 0.into() } else { 1.into() })
}

fn child() -> Result<(), GateStopped> {
    #[cfg(unix)]
    for (limit, value) in [
        (rlimit::Resource::AS, MEMORY),
        (rlimit::Resource::CPU, SECONDS),
        (rlimit::Resource::CORE, 0),
        (rlimit::Resource::FSIZE, 0),
    ] {
        limit.set(value, value).map_err(|_| GateStopped)?;
    }
    frame::serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock())
        .map_err(|_| GateStopped)
}

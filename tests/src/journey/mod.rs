//! What the journeys share: people with real vaults, a real server process, a front that can lie, a member who does.
//!
//! Each journey takes this folder in with `#[path]`, for the library of this package uses nothing of ours.

#![allow(dead_code, reason = "each journey uses a part of it")]
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the numbers of a journey are small"
)]

pub(crate) mod front;
pub(crate) mod keeper;
pub(crate) mod mallory;
pub(crate) mod people;
pub(crate) mod team;

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How a journey ends.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The step took longer than it may.
#[derive(Debug, thiserror::Error)]
#[error("not done within {0} seconds: {1}")]
pub(crate) struct Missed(u64, String);

/// Waits for a step, never longer than `seconds`: a journey that hangs fails.
pub(crate) async fn within<T>(
    seconds: u64,
    step: &str,
    work: impl Future<Output = T>,
) -> Result<T, Missed> {
    tokio::time::timeout(Duration::from_secs(seconds), work)
        .await
        .map_err(|_| Missed(seconds, step.to_owned()))
}

/// The program `senim`, which is the admission gate of every app here. It stands beside the folder of the test binaries.
pub(crate) fn senim_program() -> Outcome<PathBuf> {
    let here = std::env::current_exe()?;
    let beside = here
        .ancestors()
        .nth(2)
        .map(|folder| folder.join(format!("senim{}", std::env::consts::EXE_SUFFIX)));
    beside
        .filter(|path| path.is_file())
        .ok_or_else(|| "the program senim is missing: cargo build -p senim".into())
}

/// The longest that one journey may take, in seconds.
const JOURNEY: u64 = 170;
/// Futures of unoptimised code take much room on the stack: more than the two MiB of a test's thread.
const STACK: usize = 32 * 1024 * 1024;

/// Journeys under way in this process.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Makes a journey from its first step to its last, within its time.
pub(crate) fn travel(journey: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    UNDER_WAY.fetch_add(1, Ordering::SeqCst);
    let journey = within(JOURNEY, "the journey", journey);
    let ended = runtime.block_on(runtime.spawn(journey));
    // What still waits for a connection must not keep the test from ending.
    runtime.shutdown_timeout(Duration::from_secs(2));
    if UNDER_WAY.fetch_sub(1, Ordering::SeqCst) == 1 {
        vaults_close();
    }
    ended??
}

/// Waits until no thread works on a vault: SQLCipher cleans up when the process ends, and a thread that closes a database meanwhile would fall
/// over what is gone.
fn vaults_close() {
    let at_work = || {
        let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
            return false;
        };
        let mut names = threads
            .flatten()
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
        names.any(|name| name.starts_with("sqlx-sqlite"))
    };
    let mut looks = 0;
    while at_work() && looks < 500 && UNDER_WAY.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(4));
        looks += 1;
    }
}

/// The code of an app's refusal.
pub(crate) fn code<T>(answered: Result<T, senim_app::ApiError>) -> Option<senim_ids::ErrorCode> {
    answered.err().map(|error| error.code)
}

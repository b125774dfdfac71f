//! Logs hold codes and counts, and only our own: a library's line could carry a path of a chunk or an address.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error.
pub fn start(level: &str, json: bool) {
    let level = match level {
        "error" | "warn" | "info" | "debug" | "trace" => level,
        _ => "info",
    };
    let filter = EnvFilter::new(format!("off,sync_server={level}"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(std::io::stderr);
    // An error means that a test in this process has set its own.
    let started = if json {
        logs.json().try_init()
    } else {
        logs.with_ansi(false).try_init()
    };
    drop(started);
}

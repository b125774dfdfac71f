//! The one place that reads the clock of the machine. Everything else takes the instant as an argument.

use senim_ids::UnixMillis;

/// Tells the time. A tablet's clock may be years off: it labels, it never orders.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now, by this clock.
    fn now(&self) -> UnixMillis;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock adapter")]
    fn now(&self) -> UnixMillis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock before 1970 is shown as 1970: the label is wrong either way and nothing hangs on it.
        UnixMillis(since.map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        }))
    }
}

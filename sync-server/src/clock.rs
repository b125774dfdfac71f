//! The only place that reads the clock.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the server's time comes from; tests bring their own.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// Milliseconds since 1970, UTC.
    fn now_ms(&self) -> u64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock adapter")]
    fn now_ms(&self) -> u64 {
        // A clock before 1970 counts as 1970: sessions then simply do not expire earlier.
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The day that `now_ms` falls in, counted from 1970.
#[must_use]
pub fn day_of(now_ms: u64) -> u32 {
    u32::try_from(now_ms / 86_400_000).unwrap_or(u32::MAX)
}

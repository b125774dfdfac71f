//! How much anyone may ask of the server.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota as RateQuota, RateLimiter};
use senim_wire::AuthKey;
use senim_wire::refusal::Refusal;

mod quota;

pub use quota::Quota;

/// The limits in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second for each auth key, once it is proven; 0 for no limit.
    pub rate_per_key: u32,
    /// How many of them may come at once.
    pub burst_per_key: u32,
    /// Requests a second without a valid token for each network (IPv4 /24, IPv6 /48); 0 for no limit.
    pub rate_per_ip: u32,
    /// How many of them may come at once.
    pub burst_per_ip: u32,
    /// Mebibytes a device may write in a day (UTC); 0 for no limit.
    pub device_mib_per_day: u64,
    /// Mebibytes an organisation may write in a day (UTC); 0 for no limit.
    pub org_mib_per_day: u64,
    /// A body may take this long …
    pub body_grace: Duration,
    /// … and longer only while it brings at least this many bytes a second.
    pub body_min_rate: u32,
    /// Requests at work at once.
    pub concurrent_requests: usize,
    /// Bodies in memory at once, in kibibytes.
    pub body_memory_kib: u32,
    /// Open event streams.
    pub wakes: usize,
    /// How often an open event stream looks at the store, for what other processes wrote.
    pub wake_poll: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate_per_key: 100,
            burst_per_key: 1000,
            rate_per_ip: 50,
            burst_per_ip: 500,
            device_mib_per_day: 4096,
            org_mib_per_day: 65536,
            body_grace: Duration::from_secs(30),
            body_min_rate: 1024,
            concurrent_requests: 256,
            body_memory_kib: 128 * 1024,
            wakes: 1024,
            wake_poll: Duration::from_secs(5),
        }
    }
}

/// Counts requests, in this process.
#[derive(Debug)]
pub struct Rates {
    per_key: Option<DefaultKeyedRateLimiter<[u8; 32]>>,
    per_network: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Rates {
    /// Counters for these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            per_key: quota(limits.rate_per_key, limits.burst_per_key).map(RateLimiter::keyed),
            per_network: quota(limits.rate_per_ip, limits.burst_per_ip).map(RateLimiter::keyed),
        }
    }

    /// Counts a request of a proven key.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`].
    pub fn count_key(&self, key: &AuthKey) -> Result<(), Refusal> {
        check(self.per_key.as_ref(), key.as_bytes())
    }

    /// Counts a request without a valid token.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`].
    pub fn count_peer(&self, peer: IpAddr) -> Result<(), Refusal> {
        check(self.per_network.as_ref(), &network_of(peer))
    }

    /// Forgets keys and networks that have been quiet.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.per_key {
            limiter.retain_recent();
        }
        if let Some(limiter) = &self.per_network {
            limiter.retain_recent();
        }
    }
}

fn quota(per_second: u32, burst: u32) -> Option<RateQuota> {
    let per_second = NonZeroU32::new(per_second)?;
    let burst = NonZeroU32::new(burst).unwrap_or(per_second);
    Some(RateQuota::per_second(per_second).allow_burst(burst))
}

fn check<K: Clone + Eq + std::hash::Hash>(
    limiter: Option<&DefaultKeyedRateLimiter<K>>,
    who: &K,
) -> Result<(), Refusal> {
    let Some(limiter) = limiter else {
        return Ok(());
    };
    limiter.check_key(who).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let seconds = u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX);
        Refusal::RateLimited { seconds }
    })
}

/// An office or a provider's pool, rather than one address that is changed at will.
fn network_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_network() {
        let net = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(net("192.0.2.7"), net("192.0.2.200"));
        assert_eq!(net("192.0.2.7"), net("::ffff:192.0.2.9"));
        assert_ne!(net("192.0.2.7"), net("192.0.3.7"));
        assert_eq!(net("2001:db8:1::1"), net("2001:db8:1:ffff::2"));
        assert_ne!(net("2001:db8:1::1"), net("2001:db8:2::1"));
    }

    #[test]
    fn a_burst_ends_and_says_how_long_to_wait() {
        let rates = Rates::new(&Limits {
            rate_per_ip: 1,
            burst_per_ip: 3,
            ..Limits::default()
        });
        let peer: IpAddr = "192.0.2.7".parse().unwrap();
        for _ in 0..3 {
            assert_eq!(rates.count_peer(peer), Ok(()));
        }
        assert!(matches!(
            rates.count_peer(peer),
            Err(Refusal::RateLimited { seconds: 1..=2 })
        ));
        assert_eq!(rates.count_peer("198.51.100.1".parse().unwrap()), Ok(()));
    }
}

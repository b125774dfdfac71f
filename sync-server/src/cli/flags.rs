//! Settings as flags. What is not given is not set, so that file and environment count.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident: $kind:ty;)*) => {
        /// The settings of [`crate::config::Config`] that the command line gives.
        #[derive(Debug, Default, Args, Serialize)]
        pub(super) struct Flags {
            $(
                $(#[$doc])*
                #[arg(long, global = true)]
                #[serde(skip_serializing_if = "Option::is_none")]
                $name: Option<$kind>,
            )*
            /// A proxy in front does TLS: allow plain http beyond loopback.
            #[arg(long, global = true)]
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            behind_proxy: bool,
            /// One JSON object for each line of the log.
            #[arg(long, global = true)]
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            log_json: bool,
        }
    };
}

flags! {
    /// Folder of the database and the chunks.
    data: PathBuf;
    /// Where devices reach the server; port 0 takes a free one.
    listen: SocketAddr;
    /// Where /metrics, /healthz and /readyz are.
    metrics_listen: SocketAddr;
    /// An origin that proofs bind, as the roster names it (`https://host:port`); may be repeated.
    origin: Vec<String>;
    /// Certificate chain, PEM.
    tls_cert: PathBuf;
    /// Private key, PEM.
    tls_key: PathBuf;
    /// A proxy whose `X-Forwarded-For` is believed; may be repeated.
    trusted_proxy: Vec<String>;
    /// Connections for reading the store.
    readers: u32;
    /// error, warn, info or debug.
    log_level: String;
    /// Requests a second for each auth key; 0 for no limit.
    rate_per_key: u32;
    /// How many of them may come at once.
    burst_per_key: u32;
    /// Requests a second without a token for each network; 0 for no limit.
    rate_per_ip: u32;
    /// How many of them may come at once.
    burst_per_ip: u32;
    /// Mebibytes a device may write in a day; 0 for no limit.
    device_mib_per_day: u64;
    /// Mebibytes an organisation may write in a day; 0 for no limit.
    org_mib_per_day: u64;
    /// Seconds a body may take before its pace counts.
    body_grace_seconds: u64;
    /// Bytes a second that a longer body must bring.
    body_min_rate: u32;
    /// Requests at work at once.
    concurrent_requests: usize;
    /// Mebibytes of bodies in memory at once.
    body_memory_mib: u32;
    /// Connections at once.
    connections: usize;
    /// Seconds for the head of a request.
    header_seconds: u64;
    /// Open event streams.
    wakes: usize;
    /// Seconds between an event stream's looks at the store.
    wake_poll_seconds: u64;
    /// Seconds that requests at work get when the server stops.
    drain_seconds: u64;
}

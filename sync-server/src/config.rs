//! Settings: file < environment `SENIM_…` < flags.
//!
//! Every setting has one name: `rate_per_key` in the file (TOML), `SENIM_RATE_PER_KEY` in the environment, `--rate-per-key` as a
//! flag. A secret may also stand in a file that `SENIM_<NAME>_FILE` names; then it shows up in no process list.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::Limits;

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A name that is no setting, or a value of the wrong kind.
    #[error("config-value: {0}")]
    Value(String),
    /// A file that is named cannot be read.
    #[error("config-file: the file named by {0} cannot be read")]
    File(String),
}

/// A setting that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself; for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("<redacted>")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the database and the chunks.
    pub data: PathBuf,
    /// Another store than the SQLite file in `data`, as an address that may hold a password.
    pub store: Option<Secret>,
    /// Where devices reach the server; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where `/metrics`, `/healthz` and `/readyz` are.
    pub metrics_listen: SocketAddr,
    /// Origins as the rosters name them (`https://host:port`), which a device's proof must bind. Empty: the address of `listen`.
    #[serde(deserialize_with = "list")]
    pub origin: Vec<String>,
    /// Certificate chain, PEM. With `tls_key`, the server speaks https; both are read again on SIGHUP.
    pub tls_cert: Option<PathBuf>,
    /// Private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// A proxy in front does TLS: plain http is allowed on an address that is not loopback.
    pub behind_proxy: bool,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "list")]
    pub trusted_proxy: Vec<String>,
    /// Connections for reading.
    pub readers: u32,
    /// `error`, `warn`, `info` or `debug` (a release build has no `debug`).
    pub log_level: String,
    /// One JSON object a line.
    pub log_json: bool,
    /// Requests a second for each auth key; 0 for no limit.
    pub rate_per_key: u32,
    /// How many of them may come at once.
    pub burst_per_key: u32,
    /// Requests a second without a token for each network; 0 for no limit.
    pub rate_per_ip: u32,
    /// How many of them may come at once.
    pub burst_per_ip: u32,
    /// Mebibytes a device may write in a day; 0 for no limit.
    pub device_mib_per_day: u64,
    /// Mebibytes an organisation may write in a day; 0 for no limit.
    pub org_mib_per_day: u64,
    /// Seconds a body may take before its pace counts.
    pub body_grace_seconds: u64,
    /// Bytes a second that a longer body must bring.
    pub body_min_rate: u32,
    /// Requests at work at once.
    pub concurrent_requests: usize,
    /// Mebibytes of bodies in memory at once.
    pub body_memory_mib: u32,
    /// Connections at once.
    pub connections: usize,
    /// Seconds for the head of a request.
    pub header_seconds: u64,
    /// Open event streams.
    pub wakes: usize,
    /// Seconds between an event stream's looks at the store.
    pub wake_poll_seconds: u64,
    /// Seconds that requests at work get when the server stops.
    pub drain_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            data: PathBuf::from("/var/lib/senim-server"),
            store: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
            origin: Vec::new(),
            tls_cert: None,
            tls_key: None,
            behind_proxy: false,
            trusted_proxy: Vec::new(),
            readers: 4,
            log_level: "info".into(),
            log_json: false,
            rate_per_key: limits.rate_per_key,
            burst_per_key: limits.burst_per_key,
            rate_per_ip: limits.rate_per_ip,
            burst_per_ip: limits.burst_per_ip,
            device_mib_per_day: limits.device_mib_per_day,
            org_mib_per_day: limits.org_mib_per_day,
            body_grace_seconds: limits.body_grace.as_secs(),
            body_min_rate: limits.body_min_rate,
            concurrent_requests: limits.concurrent_requests,
            body_memory_mib: limits.body_memory_kib / 1024,
            connections: 2048,
            header_seconds: 15,
            wakes: limits.wakes,
            wake_poll_seconds: limits.wake_poll.as_secs(),
            drain_seconds: 20,
        }
    }
}

/// A list, or a text with commas (how an environment variable says a list).
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Many(Vec<String>),
        One(String),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Many(items) => items,
        Either::One(text) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Into::into)
            .collect(),
    })
}

impl Config {
    /// The settings in force. `flags` holds only what was given on the command line.
    ///
    /// # Errors
    /// [`ConfigError`], which names the setting, never its value.
    pub fn load(file: Option<&Path>, flags: &impl Serialize) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::File("--config".into()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let names = setting_names()?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // Only settings of ours: other programs of the project read variables with the same beginning.
        figment = figment.merge(Env::prefixed("SENIM_").only(&names));
        if let Some(secret) = secret_file("SENIM_STORE_FILE")? {
            figment = figment.merge(("store", secret));
        }
        figment
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|error| {
                let name = error.path.join(".");
                // The text of the error could show a secret's value: the name alone says where to look.
                let name = if name.is_empty() {
                    "a name that is no setting".into()
                } else {
                    name
                };
                ConfigError::Value(name)
            })
    }

    /// The limits of the calls.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            rate_per_key: self.rate_per_key,
            burst_per_key: self.burst_per_key,
            rate_per_ip: self.rate_per_ip,
            burst_per_ip: self.burst_per_ip,
            device_mib_per_day: self.device_mib_per_day,
            org_mib_per_day: self.org_mib_per_day,
            body_grace: Duration::from_secs(self.body_grace_seconds.max(1)),
            body_min_rate: self.body_min_rate.max(1),
            concurrent_requests: self.concurrent_requests.max(1),
            // Room for one exchange at least, else none could ever be read.
            body_memory_kib: self.body_memory_mib.max(8).saturating_mul(1024),
            wakes: self.wakes,
            wake_poll: Duration::from_secs(self.wake_poll_seconds.max(1)),
        }
    }

    /// The proxies that are believed.
    ///
    /// # Errors
    /// [`ConfigError::Value`] if one is not an address.
    pub fn proxies(&self) -> Result<Vec<IpAddr>, ConfigError> {
        let parsed = self.trusted_proxy.iter().map(|text| text.parse::<IpAddr>());
        parsed
            .map(|address| address.map(|address| address.to_canonical()))
            .collect::<Result<_, _>>()
            .map_err(|_| ConfigError::Value("trusted_proxy".into()))
    }
}

fn setting_names() -> Result<Vec<String>, ConfigError> {
    let unusable = || ConfigError::Value("defaults".into());
    let shown = serde_json::to_value(Config::default()).map_err(|_| unusable())?;
    Ok(shown
        .as_object()
        .ok_or_else(unusable)?
        .keys()
        .cloned()
        .collect())
}

fn secret_file(variable: &str) -> Result<Option<String>, ConfigError> {
    let Some(file) = std::env::var_os(variable) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(file).map_err(|_| ConfigError::File(variable.into()))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

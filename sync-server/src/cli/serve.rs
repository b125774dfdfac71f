//! `serve` and `migrate`.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Refused, say};
use crate::api::{self, App, Parts, health};
use crate::blobs::FolderBlobs;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::listen::{self, Connections};
use crate::logs;
use crate::store::StoreError;
use crate::store::sqlite::{SqlitePassing, SqliteStore, database_file};

const SWEEP: Duration = Duration::from_secs(60);

/// What is open while the server runs.
pub(super) struct Opened {
    pub(super) store: Arc<SqliteStore>,
    pub(super) passing: Arc<SqlitePassing>,
    pub(super) blobs: Arc<FolderBlobs>,
}

impl Opened {
    /// Opens what `config` names; makes it if it is not there.
    pub(super) async fn open(config: &Config) -> Result<Self, Refused> {
        if config.store.is_some() {
            return Err(Refused::new(
                "not-built-yet",
                "the only store is the SQLite file in `data`",
            ));
        }
        make_private_folder(&config.data)?;
        let store = SqliteStore::open(&database_file(&config.data), config.readers).await;
        let passing = SqlitePassing::open(&config.data.join("passing.db")).await;
        let blobs = FolderBlobs::open(config.data.join("chunks"))
            .map_err(|_| Refused::new("data-folder", "the chunk folder cannot be made"))?;
        Ok(Self {
            store: Arc::new(store.map_err(store_refused)?),
            passing: Arc::new(passing.map_err(store_refused)?),
            blobs: Arc::new(blobs),
        })
    }

    pub(super) async fn close(&self) {
        self.store.close().await;
        self.passing.close().await;
    }
}

fn make_private_folder(folder: &Path) -> Result<(), Refused> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|_| Refused::new("data-folder", "the data folder cannot be made"))
}

pub(super) fn store_refused(error: StoreError) -> Refused {
    match error {
        StoreError::Full => Refused::new("store-full", "the disk is full"),
        StoreError::Busy => Refused::new("store-busy", "another process holds the database"),
        StoreError::Damaged => Refused::new("store-damaged", "the database is damaged"),
        StoreError::SchemaNewer => Refused::new(
            "schema-newer",
            "the database was written by a newer senim-server",
        ),
        StoreError::SqliteTooOld => Refused::new(
            "sqlite-too-old",
            "this build has an SQLite before 3.51.3, which can lose data with several connections; \
             build the server on its own (-p sync-server)",
        ),
        StoreError::Unavailable => Refused::new(
            "store-unavailable",
            "the database cannot be opened, read or written",
        ),
    }
}

/// Brings the schema up to date and says so.
pub(super) async fn migrate(config: &Config) -> Result<(), Refused> {
    let opened = Opened::open(config).await?;
    opened.close().await;
    say("schema up to date")
}

/// Serves until told to stop.
pub(super) async fn serve(config: &Config) -> Result<(), Refused> {
    logs::start(&config.log_level, config.log_json);
    let tls = tls(config)?;
    refuse_plain_in_public(config)?;
    let opened = Opened::open(config).await?;
    let (public, address) = bind(config.listen)?;
    let (inner, inner_address) = bind(config.metrics_listen)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let app = App::new(Parts {
        store: opened.store.clone(),
        passing: opened.passing.clone(),
        blobs: opened.blobs.clone(),
        clock: Arc::new(SystemClock),
        limits: config.limits(),
        origins: origins(config, &format!("{scheme}://{address}"))?,
        trusted_proxies: config.proxies()?,
    })
    .await
    .map_err(store_refused)?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .map_err(|_| Refused::new("metrics", "the counters cannot be started"))?;
    let signals = Signals::new()?;
    say(&format!("listening {scheme}://{address}"))?;
    say(&format!("metrics http://{inner_address}"))?;
    tracing::info!(tls = tls.is_some(), "listening");

    let connections = Connections {
        most: config.connections,
        header: Duration::from_secs(config.header_seconds.max(1)),
    };
    let handle = Handle::new();
    let inner_handle = Handle::new();
    let inner_router = operations(app.clone(), metrics.clone());
    let inside = tokio::spawn(listen::serve(
        inner,
        None,
        inner_router,
        connections,
        inner_handle.clone(),
    ));
    let upkeep = tokio::spawn(upkeep(app.clone(), metrics));
    let stopping = tokio::spawn(stop_on_signal(
        signals,
        app.clone(),
        handle.clone(),
        tls.clone(),
        config.clone(),
    ));
    let served = listen::serve(public, tls, api::router(app), connections, handle).await;
    stopping.abort();
    upkeep.abort();
    inner_handle.shutdown();
    inside.abort();
    opened.close().await;
    tracing::info!("stopped");
    served.map_err(|_| Refused::new("listener", "the listener failed"))
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Refused> {
    let refused = |_| Refused::new("address", format!("cannot listen on {address}"));
    let listener = TcpListener::bind(address).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

fn tls(config: &Config) -> Result<Option<RustlsConfig>, Refused> {
    match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => listen::tls_from_files(cert, key)
            .map(|tls| Some(RustlsConfig::from_config(tls)))
            .map_err(|_| Refused::new("tls-files", "certificate or key cannot be used")),
        (None, None) => Ok(None),
        _ => Err(Refused::new(
            "tls-files",
            "`tls_cert` and `tls_key` go together",
        )),
    }
}

fn refuse_plain_in_public(config: &Config) -> Result<(), Refused> {
    let plain = config.tls_cert.is_none();
    if plain && !config.behind_proxy && !config.listen.ip().is_loopback() {
        return Err(Refused::new(
            "plain-http",
            "without TLS files the server listens on loopback only, unless --behind-proxy says that a proxy does TLS",
        ));
    }
    if !config.metrics_listen.ip().is_loopback() {
        tracing::warn!(code = "metrics-public", "metrics are not on loopback");
    }
    Ok(())
}

/// As configured, in the one form that is signed: `scheme://host:port`, nothing behind it.
fn origins(config: &Config, own: &str) -> Result<Vec<String>, Refused> {
    if config.origin.is_empty() {
        return Ok(vec![own.to_owned()]);
    }
    for origin in &config.origin {
        let rest = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| {
            !rest.is_empty()
                && !rest.contains(['/', '?', '#', '@', ' '])
                && rest == rest.to_ascii_lowercase()
        });
        if !fits {
            return Err(Refused::new(
                "origin",
                "an origin is `https://host:port` in small letters, with nothing behind it",
            ));
        }
    }
    Ok(config.origin.clone())
}

/// What the operator's own listener answers.
fn operations(app: App, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route(senim_wire::path::HEALTHZ, get(health::healthz))
        .route(senim_wire::path::READYZ, get(health::readyz))
        .with_state(app)
        .route(
            "/metrics",
            get(move || std::future::ready(metrics.render())),
        )
}

async fn upkeep(app: App, metrics: PrometheusHandle) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        metrics.run_upkeep();
        if let Err(error) = app.sweep().await {
            tracing::warn!(code = %error, "sweep");
        }
    }
}

/// Taken before the address is announced: a stop that comes right after is not lost.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> Result<Self, Refused> {
        let take =
            |kind| signal(kind).map_err(|_| Refused::new("signals", "signals cannot be received"));
        Ok(Self {
            terminate: take(SignalKind::terminate())?,
            interrupt: take(SignalKind::interrupt())?,
            hangup: take(SignalKind::hangup())?,
        })
    }
}

async fn stop_on_signal(
    mut signals: Signals,
    app: App,
    handle: Handle<SocketAddr>,
    tls: Option<RustlsConfig>,
    config: Config,
) {
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => break,
            _ = signals.interrupt.recv() => break,
            _ = signals.hangup.recv() => reload(tls.as_ref(), &config),
        }
    }
    tracing::info!("stopping");
    app.stop();
    handle.graceful_shutdown(Some(Duration::from_secs(config.drain_seconds)));
    // Kept alive: the caller ends this task when the last request is answered.
    std::future::pending::<()>().await;
}

/// New connections get the new certificate; if the files cannot be used, the old one stays.
fn reload(tls: Option<&RustlsConfig>, config: &Config) {
    let (Some(tls), Some(cert), Some(key)) = (tls, &config.tls_cert, &config.tls_key) else {
        return;
    };
    match listen::tls_from_files(cert, key) {
        Ok(new) => {
            tls.reload_from_config(new);
            tracing::info!("tls files read again");
        }
        Err(_) => tracing::error!(
            code = "tls-files",
            "tls files cannot be used; the old ones stay"
        ),
    }
}

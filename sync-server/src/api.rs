//! The calls of the server (architecture.md 6).
//!
//! | call | does |
//! |---|---|
//! | `POST /v1/session/challenge` | [`session`]: a challenge, for any key alike |
//! | `POST /v1/session` | [`session`]: a token for a right answer |
//! | `POST /v1/exchange` | [`exchange`]: puts and reads in one round trip |
//! | `PUT`, `GET /v1/chunks/{id}` | [`chunks`]: one sealed photo chunk |
//! | `GET /v1/wake` | [`wake`]: an event when a watched mailbox grew |
//! | `POST /v1/admit` | [`admit`]: roster log and admit list |
//! | `GET /healthz`, `GET /readyz` | [`health`]: also on the listener of `/metrics` |
//!
//! Every reply that is not 2xx is a CBOR [`senim_wire::refusal::Refusal`] under its status. Nothing here logs who asked for what.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use senim_wire::path;
use tokio::sync::{Semaphore, broadcast, watch};

use crate::auth::Gate;
use crate::blobs::Blobs;
use crate::clock::{Clock, day_of};
use crate::limits::{Limits, Quota, Rates};
use crate::passing::Passing;
use crate::store::{Store, StoreError};

pub mod admit;
mod body;
pub mod chunks;
pub mod exchange;
mod failure;
mod front;
pub mod health;
mod peer;
pub mod session;
pub mod wake;

use failure::Failure;
use wake::Grew;

/// Mailboxes that grew and are not yet told to every stream; a slower stream looks at the store instead.
const WAKE_QUEUE: usize = 1024;

/// What the calls work with.
#[derive(Debug)]
pub struct Parts {
    /// What lasts.
    pub store: Arc<dyn Store>,
    /// What passes.
    pub passing: Arc<dyn Passing>,
    /// Photo chunks.
    pub blobs: Arc<dyn Blobs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The limits in force.
    pub limits: Limits,
    /// Origins that a signature may bind, as the rosters name them; at least one.
    pub origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// The server without its listeners. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parts: Parts,
    gate: Gate,
    rates: Rates,
    quota: Quota,
    requests: Arc<Semaphore>,
    body_memory: Arc<Semaphore>,
    wakes: wake::Places,
    grew: broadcast::Sender<Grew>,
    stopping: watch::Sender<bool>,
}

impl App {
    /// Asks the store who it is and gets ready.
    ///
    /// # Errors
    /// [`StoreError`] if the store is not ready.
    pub async fn new(parts: Parts) -> Result<Self, StoreError> {
        let identity = parts.store.ready().await?;
        let gate = Gate::new(&identity, parts.origins.clone());
        let memory = usize::try_from(parts.limits.body_memory_kib).unwrap_or(usize::MAX);
        Ok(Self(Arc::new(Inner {
            gate,
            rates: Rates::new(&parts.limits),
            quota: Quota::new(&parts.limits),
            requests: Arc::new(Semaphore::new(parts.limits.concurrent_requests)),
            body_memory: Arc::new(Semaphore::new(memory.min(Semaphore::MAX_PERMITS))),
            wakes: wake::Places::default(),
            grew: broadcast::Sender::new(WAKE_QUEUE),
            stopping: watch::Sender::new(false),
            parts,
        })))
    }

    /// From now on every call is answered with [`senim_wire::refusal::Refusal::Stopping`], and event streams end.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Forgets what has expired. To be called about once a minute.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be deleted now.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.0.rates.sweep();
        let now_ms = self.now_ms();
        self.0.gate.sweep(now_ms);
        self.0.parts.passing.sweep(now_ms, day_of(now_ms)).await
    }

    fn now_ms(&self) -> u64 {
        self.0.parts.clock.now_ms()
    }

    fn store(&self) -> &dyn Store {
        self.0.parts.store.as_ref()
    }

    fn passing(&self) -> &dyn Passing {
        self.0.parts.passing.as_ref()
    }
}

/// The calls of devices. To be served with `into_make_service_with_connect_info::<SocketAddr>()`.
pub fn router(app: App) -> Router {
    let chunk = format!("{}/{{id}}", path::CHUNKS);
    Router::new()
        .route(path::CHALLENGE, post(session::challenge))
        .route(path::SESSION, post(session::session))
        .route(path::EXCHANGE, post(exchange::exchange))
        .route(&chunk, put(chunks::put).get(chunks::get))
        .route(path::WAKE, get(wake::wake))
        .route(path::ADMIT, post(admit::admit))
        .fallback(failure::no_such_call)
        .method_not_allowed_fallback(failure::no_such_call)
        .layer(from_fn_with_state(app.clone(), front::front))
        .route(path::HEALTHZ, get(health::healthz))
        .route(path::READYZ, get(health::readyz))
        // Bodies are read by `body`, which has limits of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}

//! The server over reqwest: one client, one place where bytes leave the tablet.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Response, Url};
use senim_seal::DeviceSecrets;
use senim_wire::admit::{AdmitReply, AdmitRequest};
use senim_wire::exchange::{ExchangeReply, ExchangeRequest};
use senim_wire::refusal::Refusal;
use senim_wire::session::{Challenge, ChallengeRequest, Session};
use senim_wire::{EnvelopeId, PROTOCOL_VERSION, Token, caps, cbor, path};

use crate::RelayError;
use crate::pins::client_config;

/// A connection that says nothing for so long is given up (sync.md: no time-out below 90 s, a satellite link is silent for 70).
pub const IDLE: Duration = Duration::from_secs(90);

/// Room for the parts of a reply beside its bodies.
const REPLY: usize = caps::REPLY_BODY + 2 * caps::ENVELOPE;

/// Where the server is and by which key it is known. From the roster, never from the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    origin: String,
    url: Url,
    pins: Vec<[u8; 32]>,
}

/// The address is not one a tablet may talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("endpoint-refused")]
pub struct EndpointError;

impl Endpoint {
    /// An `https://host[:port]` with at least one pin (SHA-256 of SubjectPublicKeyInfo), or `http://` on this machine's loopback.
    ///
    /// # Errors
    /// [`EndpointError`] for anything else: a path, a user, a name in place of a loopback address, https without a pin.
    pub fn parse(origin: &str, pins: Vec<[u8; 32]>) -> Result<Self, EndpointError> {
        let url = Url::parse(origin).map_err(|_| EndpointError)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        let known = match url.scheme() {
            "https" => !pins.is_empty(),
            "http" => loopback,
            _ => false,
        };
        if bare && nobody && known && !origin.ends_with('/') {
            Ok(Self {
                origin: origin.to_owned(),
                url,
                pins,
            })
        } else {
            Err(EndpointError)
        }
    }

    /// The address as the roster names it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// Bytes of bodies that went up and came down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Round trips.
    pub exchanges: u64,
    /// Bytes of request bodies.
    pub up: u64,
    /// Bytes of reply bodies.
    pub down: u64,
}

#[derive(Debug, Default)]
struct SessionState {
    token: Option<Token>,
    next: Option<Challenge>,
}

/// A device's connection to the organisation's server.
#[derive(Debug)]
pub struct Relay {
    client: Client,
    endpoint: Endpoint,
    session: Mutex<SessionState>,
    exchanges: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
}

impl Relay {
    /// A client for `endpoint`: TLS 1.3 with its pins, no proxy, no redirect, no compression, no cookie.
    ///
    /// # Errors
    /// [`EndpointError`] if the TLS settings cannot be made.
    pub fn new(endpoint: Endpoint) -> Result<Self, EndpointError> {
        let tls = client_config(endpoint.pins.clone()).map_err(|_| EndpointError)?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(30))
            .read_timeout(IDLE)
            .tcp_keepalive(Duration::from_secs(20))
            .build()
            .map_err(|_| EndpointError)?;
        Ok(Self {
            client,
            endpoint,
            session: Mutex::default(),
            exchanges: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
        })
    }

    /// The address this relay talks to.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What this relay has carried so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic {
            exchanges: self.exchanges.load(Ordering::Relaxed),
            up: self.up.load(Ordering::Relaxed),
            down: self.down.load(Ordering::Relaxed),
        }
    }

    /// One exchange. On first contact a challenge goes before it; after that the proof travels with the request (one round trip).
    ///
    /// # Errors
    /// [`RelayError`]; after [`RelayError::Slow`] the server may have stored what was sent, and sending it again is harmless.
    pub async fn exchange(
        &self,
        request: &ExchangeRequest,
        device: &DeviceSecrets,
    ) -> Result<ExchangeReply, RelayError> {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        for attempt in 0..2 {
            let mut request = request.clone();
            let token = self.session().token;
            if token.is_none() {
                let challenge = self.challenge(device).await?;
                request.proof = Some(device.prove_session(self.endpoint.origin(), &challenge));
            }
            let sent = self
                .call(path::EXCHANGE, &cbor::to_vec(&request), token.as_ref())
                .await;
            match sent {
                // The token or the challenge ran out, or the server started anew: once more from the beginning.
                Err(RelayError::Refused(Refusal::NotAdmitted)) if attempt == 0 => {
                    *self.session() = SessionState::default();
                }
                Err(error) => return Err(error),
                Ok(body) => {
                    let reply: ExchangeReply =
                        cbor::parse(&body, REPLY).map_err(|_| RelayError::NotAServer)?;
                    let mut session = self.session();
                    session.next = Some(reply.next);
                    session.token = reply.token.or(token);
                    return Ok(reply);
                }
            }
        }
        Err(RelayError::Refused(Refusal::NotAdmitted))
    }

    /// The admit list, the roster's compare-and-append, removals.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn admit(
        &self,
        request: &AdmitRequest,
        device: &DeviceSecrets,
    ) -> Result<AdmitReply, RelayError> {
        for attempt in 0..2 {
            let token = self.token(device).await?;
            match self
                .call(path::ADMIT, &cbor::to_vec(request), Some(&token))
                .await
            {
                Err(RelayError::Refused(Refusal::NotAdmitted)) if attempt == 0 => {
                    *self.session() = SessionState::default();
                }
                Err(error) => return Err(error),
                Ok(body) => return cbor::parse(&body, REPLY).map_err(|_| RelayError::NotAServer),
            }
        }
        Err(RelayError::Refused(Refusal::NotAdmitted))
    }

    /// Puts one sealed photo chunk; a repeat is harmless.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn put_chunk(
        &self,
        id: EnvelopeId,
        chunk: Vec<u8>,
        device: &DeviceSecrets,
    ) -> Result<(), RelayError> {
        let token = self.token(device).await?;
        let url = self.url(&format!("{}/{id}", path::CHUNKS))?;
        self.count_up(chunk.len());
        let request = self.client.put(url).body(chunk);
        self.send(authorised(request, Some(&token)))
            .await
            .map(|_| ())
    }

    /// Fetches one sealed photo chunk; its hash is the caller's to check against the id.
    ///
    /// # Errors
    /// [`RelayError`]; [`Refusal::NotFound`] if the server lacks it.
    pub async fn chunk(
        &self,
        id: EnvelopeId,
        device: &DeviceSecrets,
    ) -> Result<Vec<u8>, RelayError> {
        let token = self.token(device).await?;
        let url = self.url(&format!("{}/{id}", path::CHUNKS))?;
        self.send(authorised(self.client.get(url), Some(&token)))
            .await
    }

    /// A token in force, proving the auth key if there is none.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn token(&self, device: &DeviceSecrets) -> Result<Token, RelayError> {
        if let Some(token) = self.session().token {
            return Ok(token);
        }
        let challenge = self.challenge(device).await?;
        let proof = device.prove_session(self.endpoint.origin(), &challenge);
        let body = self
            .call(path::SESSION, &cbor::to_vec(&proof), None)
            .await?;
        let session: Session = cbor::parse(&body, 1024).map_err(|_| RelayError::NotAServer)?;
        *self.session() = SessionState {
            token: Some(session.token),
            next: Some(session.next),
        };
        Ok(session.token)
    }

    /// The challenge of the last reply, or a new one.
    async fn challenge(&self, device: &DeviceSecrets) -> Result<Challenge, RelayError> {
        if let Some(next) = self.session().next.take() {
            return Ok(next);
        }
        let request = ChallengeRequest {
            version: PROTOCOL_VERSION,
            key: device.public().auth().wire(),
        };
        let body = self
            .call(path::CHALLENGE, &cbor::to_vec(&request), None)
            .await?;
        cbor::parse(&body, 1024).map_err(|_| RelayError::NotAServer)
    }

    async fn call(
        &self,
        path: &str,
        body: &[u8],
        token: Option<&Token>,
    ) -> Result<Vec<u8>, RelayError> {
        if body.len() > caps::EXCHANGE_BODY {
            return Err(RelayError::TooLarge);
        }
        self.count_up(body.len());
        let request = self
            .client
            .post(self.url(path)?)
            .header(CONTENT_TYPE, senim_wire::CONTENT_TYPE)
            .body(body.to_vec());
        self.send(authorised(request, token)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, RelayError> {
        let response = request.send().await.map_err(|error| classify(&error))?;
        let status = response.status();
        let typed = is_ours(&response);
        let body = self.read(response).await?;
        if status.is_success() && typed {
            return Ok(body);
        }
        match cbor::parse::<Refusal>(&body, 64) {
            Ok(refusal) if typed && refusal.status() == status.as_u16() => {
                Err(RelayError::Refused(refusal))
            }
            _ => Err(RelayError::NotAServer),
        }
    }

    /// Reads a body up to its cap: a hostile server may send without end.
    async fn read(&self, response: Response) -> Result<Vec<u8>, RelayError> {
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|_| RelayError::Slow)?;
            if body.len().saturating_add(piece.len()) > REPLY {
                return Err(RelayError::NotAServer);
            }
            body.extend_from_slice(&piece);
        }
        self.down.fetch_add(body.len() as u64, Ordering::Relaxed);
        Ok(body)
    }

    pub(crate) fn url(&self, path: &str) -> Result<Url, RelayError> {
        self.endpoint
            .url
            .join(path)
            .map_err(|_| RelayError::NotAServer)
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    fn count_up(&self, bytes: usize) {
        self.up.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn session(&self) -> std::sync::MutexGuard<'_, SessionState> {
        // A thread that panicked while it held the lock left a session that may be half written: start anew.
        self.session.lock().unwrap_or_else(|poisoned| {
            let mut session = poisoned.into_inner();
            *session = SessionState::default();
            session
        })
    }
}

pub(crate) fn authorised(request: RequestBuilder, token: Option<&Token>) -> RequestBuilder {
    match token {
        Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}

fn is_ours(response: &Response) -> bool {
    let typed = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    matches!(typed, Some(kind) if kind == senim_wire::CONTENT_TYPE || kind == "application/octet-stream")
}

/// Tells a refused key from a missing network without keeping the foreign error: its text may hold the address.
pub(crate) fn classify(error: &reqwest::Error) -> RelayError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        match tls_error(cause) {
            Some(rustls::Error::InvalidCertificate(_)) => return RelayError::KeyRefused,
            // Something answers that does not speak our TLS.
            Some(_) => return RelayError::NotAServer,
            None => source = cause.source(),
        }
    }
    if error.is_connect() {
        RelayError::Unreachable
    } else {
        RelayError::Slow
    }
}

/// The TLS error that `cause` is or wraps. An I/O error may hold another one that holds it, which `source` passes over.
fn tls_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_error(inner)
}

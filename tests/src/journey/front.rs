//! What stands between the tablets and the real server: TLS with the pinned key, and any lie a journey needs.
//!
//! Devices know the front as their server. Left alone it passes every request on; a journey can give it a [`Deed`] for each request. It keeps
//! every request and reply as they are inside TLS, so that a scan sees what an operator of the server sees.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use senim_wire::exchange::{ExchangeReply, ExchangeRequest};
use senim_wire::{cbor, path};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::Outcome;

/// Longest head of a request.
const HEAD: usize = 16 * 1024;
/// Room for a request or reply.
const BODY: usize = 16 * 1024 * 1024;

type EditRequest = Box<dyn FnOnce(&mut ExchangeRequest) + Send>;
type EditReply = Box<dyn FnOnce(&ExchangeRequest, &mut ExchangeReply) + Send>;

/// What the front does with one request.
pub(crate) enum Deed {
    /// Passes it on and the reply back.
    Pass,
    /// Sends these bytes as the whole reply, head included, and closes.
    Say(Vec<u8>),
    /// Passes it on, and sends only so many bytes of the reply's body.
    Cut(usize),
    /// A reply whose body never ends.
    Endless,
    /// Passes it on after an edit, and edits what comes back. For exchanges.
    Edit(EditRequest, EditReply),
    /// Closes the connection without a word.
    Hang,
    /// Says that it was asked, passes it on, and holds the reply back until told.
    Hold(Arc<Notify>, Arc<Notify>),
}

impl Deed {
    /// Edits the reply of an exchange.
    pub(crate) fn reply(edit: impl FnOnce(&mut ExchangeReply) + Send + 'static) -> Self {
        Self::Edit(Box::new(|_| ()), Box::new(|_, reply| edit(reply)))
    }
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Its path without the query.
    pub(crate) path: String,
    /// Its body.
    pub(crate) body: Vec<u8>,
    head: Vec<String>,
}

impl Asked {
    /// Whether it is an exchange.
    pub(crate) fn is_exchange(&self) -> bool {
        self.path == path::EXCHANGE
    }
}

type Plan = Arc<dyn Fn(&Asked) -> Deed + Send + Sync>;

struct Shared {
    acceptor: Mutex<TlsAcceptor>,
    upstream: Mutex<Option<SocketAddr>>,
    plan: Mutex<Plan>,
    asked: Mutex<Vec<String>>,
    kept: Mutex<Vec<u8>>,
}

/// The running front. Ends with the test's runtime.
pub(crate) struct Front {
    /// `https://127.0.0.1:port`.
    pub(crate) origin: String,
    /// SHA-256 of its public key, hexadecimal.
    pub(crate) pin: String,
    address: SocketAddr,
    accepting: Mutex<Option<tokio::task::AbortHandle>>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Front({})", self.origin)
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Front {
    /// Opens a front on a free port with a key of its own. It leads nowhere yet.
    pub(crate) async fn open() -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (acceptor, pin) = acceptor()?;
        let front = Self {
            origin: format!("https://{address}"),
            pin,
            address,
            accepting: Mutex::default(),
            shared: Arc::new(Shared {
                acceptor: Mutex::new(acceptor),
                upstream: Mutex::new(None),
                plan: Mutex::new(Arc::new(|_| Deed::Pass)),
                asked: Mutex::default(),
                kept: Mutex::default(),
            }),
        };
        front.accept(listener);
        Ok(front)
    }

    fn accept(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let accepting = tokio::spawn(async move {
            while let Ok((device, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                let acceptor = held(&shared.acceptor).clone();
                // A connection that breaks is the device's matter, not the front's.
                tokio::spawn(async move { shared.serve(acceptor.accept(device).await?).await });
            }
        });
        *held(&self.accepting) = Some(accepting.abort_handle());
    }

    /// Nothing listens any more, until [`Front::reopen`].
    pub(crate) async fn shut(&self) -> Outcome {
        if let Some(accepting) = held(&self.accepting).take() {
            accepting.abort();
        }
        // The port closes when the task is gone: asked until nothing answers.
        for _ in 0..1000 {
            if TcpStream::connect(self.address).await.is_err() {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Err("the front does not close".into())
    }

    /// Listens again at the same address.
    pub(crate) async fn reopen(&self) -> Outcome {
        self.accept(TcpListener::bind(self.address).await?);
        Ok(())
    }

    /// Shows another key from now on; gives the one it showed before.
    pub(crate) fn show_key(&self, acceptor: TlsAcceptor) -> TlsAcceptor {
        std::mem::replace(&mut *held(&self.shared.acceptor), acceptor)
    }

    /// Leads to a server; `None`: nothing answers.
    pub(crate) fn lead(&self, server: Option<SocketAddr>) {
        *held(&self.shared.upstream) = server;
    }

    /// From now on, what becomes of each request.
    pub(crate) fn plan(&self, plan: impl Fn(&Asked) -> Deed + Send + Sync + 'static) {
        *held(&self.shared.plan) = Arc::new(plan);
    }

    /// These deeds for the next exchanges, one each; after that and for all else, honest.
    pub(crate) fn next_exchanges(&self, deeds: impl IntoIterator<Item = Deed>) {
        let deeds: Mutex<VecDeque<Deed>> = Mutex::new(deeds.into_iter().collect());
        self.plan(move |asked| {
            let next = asked
                .is_exchange()
                .then(|| held(&deeds).pop_front())
                .flatten();
            next.unwrap_or(Deed::Pass)
        });
    }

    /// From now on honest.
    pub(crate) fn honest(&self) {
        self.plan(|_| Deed::Pass);
    }

    /// The paths asked for since the last call.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut held(&self.shared.asked))
    }

    /// All requests and replies so far, as they are inside TLS.
    pub(crate) fn kept(&self) -> Vec<u8> {
        held(&self.shared.kept).clone()
    }
}

/// TLS with a new key, and its pin.
pub(crate) fn acceptor() -> Outcome<(TlsAcceptor, String)> {
    let key = rcgen::KeyPair::generate()?;
    let certificate =
        rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])?.self_signed(&key)?;
    let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
    let pin = hex::encode(ring::digest::digest(&ring::digest::SHA256, &spki));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der())?,
        )?;
    Ok((TlsAcceptor::from(Arc::new(config)), pin))
}

impl Shared {
    fn keep(&self, bytes: &[u8]) {
        held(&self.kept).extend_from_slice(bytes);
    }

    /// One request, one reply, closed.
    async fn serve(&self, mut device: impl AsyncRead + AsyncWrite + Unpin) -> Outcome {
        let asked = read_request(&mut device).await?;
        held(&self.asked).push(asked.path.clone());
        self.keep(asked.head.join("\r\n").as_bytes());
        self.keep(&asked.body);
        let plan = Arc::clone(&held(&self.plan));
        let deed = plan(&asked);
        match deed {
            Deed::Pass => self.pass(&asked, &mut device).await?,
            Deed::Say(bytes) => device.write_all(&bytes).await?,
            Deed::Hang => return Ok(()),
            Deed::Hold(came, go) => {
                came.notify_one();
                go.notified().await;
                self.pass(&asked, &mut device).await?;
            }
            Deed::Cut(length) => {
                let (head, body) = self.whole(&asked, &asked.body).await?;
                device.write_all(&head).await?;
                let cut = body.get(..length).unwrap_or(&body);
                device.write_all(cut).await?;
            }
            Deed::Endless => endless(&mut device).await?,
            Deed::Edit(before, after) => {
                let mut request: ExchangeRequest =
                    cbor::parse(&asked.body, BODY).map_err(|_| "no exchange")?;
                before(&mut request);
                let (head, body) = self.whole(&asked, &cbor::to_vec(&request)).await?;
                let body = match cbor::parse::<ExchangeReply>(&body, BODY) {
                    Ok(mut reply) => {
                        after(&request, &mut reply);
                        cbor::to_vec(&reply)
                    }
                    // A refusal: nothing to edit.
                    Err(_) => body,
                };
                device.write_all(&with_length(&head, body.len())).await?;
                device.write_all(&body).await?;
            }
        }
        device.shutdown().await?;
        Ok(())
    }

    async fn ask(&self, asked: &Asked, body: &[u8]) -> Outcome<TcpStream> {
        let address = (*held(&self.upstream)).ok_or("no server")?;
        let mut server = TcpStream::connect(address).await?;
        let lines = asked.head.iter().filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("content-length:") && !line.starts_with("connection:")
        });
        let mut head: Vec<&str> = lines.map(String::as_str).collect();
        let length = format!("content-length: {}", body.len());
        head.push("connection: close");
        if !asked.head.iter().any(|line| line.starts_with("GET ")) {
            head.push(&length);
        }
        server
            .write_all(format!("{}\r\n\r\n", head.join("\r\n")).as_bytes())
            .await?;
        server.write_all(body).await?;
        Ok(server)
    }

    /// Passes the reply on as it comes, event streams included.
    async fn pass(&self, asked: &Asked, device: &mut (impl AsyncWrite + Unpin)) -> Outcome {
        let mut server = self.ask(asked, &asked.body).await?;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = server.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            let bytes = buffer.get(..read).unwrap_or_default();
            self.keep(bytes);
            device.write_all(bytes).await?;
            device.flush().await?;
        }
    }

    /// The server's whole reply: head with its blank line, and body.
    async fn whole(&self, asked: &Asked, body: &[u8]) -> Outcome<(Vec<u8>, Vec<u8>)> {
        let mut server = self.ask(asked, body).await?;
        let mut bytes = Vec::new();
        server.read_to_end(&mut bytes).await?;
        self.keep(&bytes);
        let end = end_of_head(&bytes).ok_or("a reply without a head")?;
        let body = bytes.split_off(end);
        Ok((bytes, body))
    }
}

async fn endless(device: &mut (impl AsyncWrite + Unpin)) -> Outcome {
    device
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\n\r\n")
        .await?;
    let piece = vec![0x9f; 64 * 1024];
    loop {
        // Ends when the device has had enough and closes.
        device.write_all(&piece).await?;
    }
}

async fn read_request(device: &mut (impl AsyncRead + Unpin)) -> Outcome<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = end_of_head(&bytes) {
            break end;
        }
        if bytes.len() > HEAD || device.read_buf(&mut bytes).await? == 0 {
            return Err("no request".into());
        }
    };
    let mut body = bytes.split_off(end);
    let text = String::from_utf8(bytes)?;
    let head: Vec<String> = text.trim_end().lines().map(str::to_owned).collect();
    let target = head
        .first()
        .and_then(|line| line.split(' ').nth(1))
        .ok_or("no target")?;
    let path = target.split('?').next().unwrap_or(target).to_owned();
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.eq_ignore_ascii_case("content-length")).then(|| value.trim().parse::<usize>().ok())?
    });
    while body.len() < length.unwrap_or(0) {
        if device.read_buf(&mut body).await? == 0 {
            return Err("the request broke off".into());
        }
    }
    Ok(Asked { path, body, head })
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .and_then(|at| at.checked_add(4))
}

fn with_length(head: &[u8], length: usize) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let lines = text
        .trim_end()
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    let kept: Vec<&str> = lines.collect();
    format!("{}\r\ncontent-length: {length}\r\n\r\n", kept.join("\r\n")).into_bytes()
}

/// A whole HTTP reply.
pub(crate) fn http(status: &str, kind: &str, extra: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{extra}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

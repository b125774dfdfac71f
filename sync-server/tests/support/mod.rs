//! Named tablets and a relay on a real socket, for the tests of this folder.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_errors_doc,
    clippy::cognitive_complexity,
    reason = "test support: a fault here must end the test"
)]

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum_server::Handle;
use ed25519_dalek::{Signer, SigningKey};
use minicbor::{Decode, Encode};
use senim_wire::admit::{self, AdmitList, AdmitReply, AdmitRequest, Append, SignedAdmitList};
use senim_wire::cbor::{self, Bytes};
use senim_wire::envelope::{self, HEADER, Header, Kind};
use senim_wire::exchange::{ExchangeReply, ExchangeRequest, PutResult, Read, Stored, Watched};
use senim_wire::refusal::Refusal;
use senim_wire::session::{self, Challenge, ChallengeRequest, Session, SessionProof};
use senim_wire::{AuthKey, EnvelopeId, LogId, MailboxId, PROTOCOL_VERSION, Token, WireOrgId, path};
use sync_server::api::{App, Parts, router};
use sync_server::blobs::FolderBlobs;
use sync_server::clock::Clock;
use sync_server::limits::Limits;
use sync_server::listen::{self, Connections};
use sync_server::store::sqlite::{SqlitePassing, SqliteStore, database_file};
use sync_server::store::{Founding, Store};

pub mod conformance;
pub mod process;

pub const ORIGIN: &str = "https://relay.example:443";
pub const ORG: WireOrgId = WireOrgId::from_bytes([0xa1; 16]);
pub const OTHER_ORG: WireOrgId = WireOrgId::from_bytes([0xb2; 16]);

/// A clock that a test turns.
#[derive(Debug, Default)]
pub struct TestClock(pub AtomicU64);

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl TestClock {
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

/// A relay in this process, on a real socket.
pub struct Relay {
    pub folder: Arc<tempfile::TempDir>,
    pub store: Arc<SqliteStore>,
    pub passing: Arc<SqlitePassing>,
    pub blobs: Arc<FolderBlobs>,
    pub clock: Arc<TestClock>,
    pub app: App,
    pub base: String,
    pub handle: Handle<SocketAddr>,
}

/// Limits that get in no test's way.
pub fn wide() -> Limits {
    Limits {
        rate_per_key: 0,
        rate_per_ip: 0,
        wake_poll: Duration::from_millis(200),
        ..Limits::default()
    }
}

impl Relay {
    pub async fn start(limits: Limits) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), limits, Vec::new()).await
    }

    /// Another server on the same data, as behind one address.
    pub async fn beside(&self) -> Self {
        Self::start_in(self.folder.clone(), wide(), Vec::new()).await
    }

    pub async fn start_in(
        folder: Arc<tempfile::TempDir>,
        limits: Limits,
        trusted_proxies: Vec<IpAddr>,
    ) -> Self {
        let store = Arc::new(
            SqliteStore::open(&database_file(folder.path()), 4)
                .await
                .unwrap(),
        );
        let passing = Arc::new(
            SqlitePassing::open(&folder.path().join("passing.db"))
                .await
                .unwrap(),
        );
        let blobs = Arc::new(FolderBlobs::open(folder.path().join("chunks")).unwrap());
        let clock = Arc::new(TestClock::default());
        clock.advance(1_800_000_000);
        let app = App::new(Parts {
            store: store.clone(),
            passing: passing.clone(),
            blobs: blobs.clone(),
            clock: clock.clone(),
            limits,
            origins: vec!["https://elsewhere.example:443".into(), ORIGIN.into()],
            trusted_proxies,
        })
        .await
        .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let handle = Handle::new();
        let connections = Connections {
            most: 512,
            header: Duration::from_secs(5),
        };
        tokio::spawn(listen::serve(
            listener,
            None,
            router(app.clone()),
            connections,
            handle.clone(),
        ));
        Self {
            folder,
            store,
            passing,
            blobs,
            clock,
            app,
            base,
            handle,
        }
    }

    /// An organisation whose admin is tablet `first`, with `count` tablets from there on.
    pub async fn org(&self, org: WireOrgId, first: u8, count: u8) -> Vec<Tablet> {
        let tablets: Vec<Tablet> = (first..first + count)
            .map(|seed| Tablet::new(seed, &self.base))
            .collect();
        let list = signed_list(org, 1, &tablets.iter().collect::<Vec<_>>(), &tablets[0]);
        assert_eq!(self.store.found(&list).await, Ok(Founding::Founded));
        tablets
    }

    /// As [`Relay::org`] for one organisation, everyone with a session.
    pub async fn team(&self, count: u8) -> Vec<Tablet> {
        let mut tablets = self.org(ORG, 1, count).await;
        for tablet in &mut tablets {
            tablet.log_in().await.unwrap();
        }
        tablets
    }
}

pub fn client() -> reqwest::Client {
    // Another test of this process may have installed it.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

/// A refusal with its status.
pub type Refused = (u16, Refusal);

pub async fn outcome<T>(response: reqwest::Response) -> Result<T, Refused>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").cloned();
    let bytes = response.bytes().await.unwrap();
    if status == 200 {
        assert_eq!(kind.unwrap(), senim_wire::CONTENT_TYPE);
        return Ok(cbor::parse(&bytes, usize::MAX).unwrap());
    }
    let refusal: Refusal = cbor::parse(&bytes, 64).unwrap();
    assert_eq!(
        refusal.status(),
        status,
        "each refusal travels under its own status"
    );
    Err((status, refusal))
}

/// A device: its keys, its session, its connection.
#[derive(Clone)]
pub struct Tablet {
    pub signing: SigningKey,
    pub http: reqwest::Client,
    pub base: String,
    pub token: Option<Token>,
    pub next: Option<Challenge>,
    pub log: Option<LogId>,
}

impl Tablet {
    pub fn new(seed: u8, base: &str) -> Self {
        Self {
            signing: SigningKey::from_bytes(&[seed; 32]),
            http: client(),
            base: base.to_owned(),
            token: None,
            next: None,
            log: None,
        }
    }

    pub fn key(&self) -> AuthKey {
        AuthKey::from_bytes(self.signing.verifying_key().to_bytes())
    }

    pub fn proof(&self, challenge: &Challenge, origin: &str) -> SessionProof {
        let key = self.key();
        let input = session::signing_input(origin, &challenge.log, &key, &challenge.nonce);
        let signature = Bytes(self.signing.sign(&input).to_bytes().to_vec());
        SessionProof {
            key,
            nonce: challenge.nonce,
            signature,
        }
    }

    pub async fn send(&self, path: &str, body: Vec<u8>) -> reqwest::Response {
        let mut request = self.http.post(format!("{}{path}", self.base)).body(body);
        if let Some(token) = self.token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }

    pub async fn post<T>(&self, path: &str, body: &impl Encode<()>) -> Result<T, Refused>
    where
        T: Encode<()> + for<'b> Decode<'b, ()>,
    {
        outcome(self.send(path, cbor::to_vec(body)).await).await
    }

    pub async fn challenge(&self) -> Challenge {
        let request = ChallengeRequest {
            version: PROTOCOL_VERSION,
            key: self.key(),
        };
        self.post(path::CHALLENGE, &request).await.unwrap()
    }

    pub async fn prove(&self, challenge: &Challenge, origin: &str) -> Result<Session, Refused> {
        self.post(path::SESSION, &self.proof(challenge, origin))
            .await
    }

    pub async fn log_in(&mut self) -> Result<(), Refused> {
        let challenge = self.challenge().await;
        let session = self.prove(&challenge, ORIGIN).await?;
        self.token = Some(session.token);
        self.next = Some(session.next);
        self.log = Some(session.next.log);
        Ok(())
    }

    pub fn request(&self) -> ExchangeRequest {
        ExchangeRequest {
            version: PROTOCOL_VERSION,
            proof: None,
            log: self.log,
            roster_after: 0,
            keybox_after: 0,
            keyboxes: Vec::new(),
            puts: Vec::new(),
            read: Read::Nothing,
            bodies: Vec::new(),
            chunks: Vec::new(),
            max_bytes: 0,
        }
    }

    pub async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeReply, Refused> {
        self.post(path::EXCHANGE, request).await
    }

    /// Puts records, whatever the positions of the logs are; the sequence number of each.
    pub async fn put(&self, records: &[Vec<u8>]) -> Vec<u64> {
        let request = ExchangeRequest {
            puts: records.iter().cloned().map(Bytes).collect(),
            ..self.request()
        };
        kept(&self.exchange(&request).await.unwrap())
    }

    pub async fn watch(&self, mailboxes: &[(MailboxId, u64)]) -> ExchangeReply {
        let request = ExchangeRequest {
            read: watching(mailboxes),
            ..self.request()
        };
        self.exchange(&request).await.unwrap()
    }

    pub async fn admit(&self, request: &AdmitRequest) -> Result<AdmitReply, Refused> {
        self.post(path::ADMIT, request).await
    }

    pub async fn put_chunk(&self, id: &EnvelopeId, bytes: Vec<u8>) -> Result<(), Refused> {
        let request = self
            .http
            .put(format!("{}{}/{id}", self.base, path::CHUNKS))
            .body(bytes);
        let response = request
            .bearer_auth(self.token.unwrap())
            .send()
            .await
            .unwrap();
        if response.status().as_u16() == 204 {
            return Ok(());
        }
        outcome::<u64>(response).await.map(|_| ())
    }

    pub async fn get_chunk(&self, id: &EnvelopeId) -> Result<Vec<u8>, Refused> {
        let request = self.http.get(format!("{}{}/{id}", self.base, path::CHUNKS));
        let response = request
            .bearer_auth(self.token.unwrap())
            .send()
            .await
            .unwrap();
        if response.status().as_u16() == 200 {
            return Ok(response.bytes().await.unwrap().to_vec());
        }
        outcome::<u64>(response).await.map(|_| Vec::new())
    }
}

pub fn watching(mailboxes: &[(MailboxId, u64)]) -> Read {
    let mailboxes = mailboxes
        .iter()
        .map(|&(mailbox, after)| Watched { mailbox, after })
        .collect();
    Read::Watch { mailboxes }
}

pub fn kept(reply: &ExchangeReply) -> Vec<u64> {
    let Stored::Done { puts, .. } = &reply.stored else {
        panic!("stale")
    };
    puts.iter()
        .map(|put| match put {
            PutResult::Kept { seq } => *seq,
            PutResult::Refused { why } => panic!("{why:?}"),
        })
        .collect()
}

pub fn mailbox(n: u8) -> MailboxId {
    MailboxId::from_bytes([n; 16])
}

/// An envelope of `size` bytes in all; `n` makes it another one.
pub fn sealed(kind: Kind, mailbox: MailboxId, n: u64, size: usize) -> Vec<u8> {
    let mut nonce = [0; 24];
    nonce[..8].copy_from_slice(&n.to_be_bytes());
    let header = Header {
        mailbox,
        kind,
        nonce,
        key_commitment: [9; 32],
    };
    let mut bytes = header.to_bytes().to_vec();
    let fill = blake3::hash(&n.to_be_bytes());
    bytes.extend(fill.as_bytes().iter().copied().cycle().take(size - HEADER));
    bytes
}

pub fn record(to: u8, n: u64) -> Vec<u8> {
    sealed(Kind::Record, mailbox(to), n, 300)
}

pub fn id(bytes: &[u8]) -> EnvelopeId {
    envelope::id_of(bytes)
}

pub fn signed_list(
    org: WireOrgId,
    version: u64,
    auth: &[&Tablet],
    admin: &Tablet,
) -> SignedAdmitList {
    let mut auth: Vec<AuthKey> = auth.iter().map(|tablet| tablet.key()).collect();
    auth.sort();
    sign_list(
        &AdmitList {
            org,
            version,
            auth,
            admit: vec![admin.key()],
        },
        admin,
    )
}

pub fn sign_list(list: &AdmitList, admin: &Tablet) -> SignedAdmitList {
    let list = Bytes(cbor::to_vec(list));
    let signature = Bytes(
        admin
            .signing
            .sign(&admit::signing_input(&list))
            .to_bytes()
            .to_vec(),
    );
    SignedAdmitList {
        list,
        key: admin.key(),
        signature,
    }
}

pub fn admit_request() -> AdmitRequest {
    AdmitRequest {
        version: PROTOCOL_VERSION,
        append: None,
        removals: Vec::new(),
        list: None,
        leave: false,
        roster_after: 0,
    }
}

pub fn append(expected: Option<EnvelopeId>, entry: &[u8]) -> AdmitRequest {
    let append = Some(Append {
        expected,
        entry: Bytes(entry.to_vec()),
    });
    AdmitRequest {
        append,
        ..admit_request()
    }
}

/// All files below `folder`, names and contents.
pub fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let item = item.unwrap();
        all.extend(item.file_name().into_encoded_bytes());
        if item.file_type().unwrap().is_dir() {
            all.extend(everything_in(&item.path()));
        } else {
            all.extend(std::fs::read(item.path()).unwrap());
        }
    }
    all
}

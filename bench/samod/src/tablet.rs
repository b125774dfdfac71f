//! One tablet: a samod repository with file storage of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use automerge::transaction::Transactable;
use automerge::{Automerge, ChangeHash, ROOT, ReadDoc};
use bench_w::{Fields, State};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use samod::storage::TokioFilesystemStorage;
use samod::{
    BackoffConfig, DialError, Dialer, DialerHandle, DocHandle, DocumentId, Repo, Transport,
};
use tokio::net::TcpStream;

/// A tablet that is offline with its edits made.
pub(crate) struct Tablet {
    repo: Repo,
    document: DocHandle,
}

/// What a tablet holds at the end.
pub(crate) struct End {
    pub(crate) state: State,
    pub(crate) heads: Vec<ChangeHash>,
}

impl Tablet {
    /// Fetches the base from the server, goes offline, opens the store again and edits: one change for each field.
    pub(crate) async fn prepare(
        dir: &Path,
        document: &DocumentId,
        port: u16,
        edits: &Fields,
    ) -> anyhow::Result<Self> {
        let online = Repo::build_tokio()
            .with_storage(TokioFilesystemStorage::new(dir))
            .load()
            .await;
        let dialer = dial(&online, port)?;
        dialer
            .established()
            .await
            .map_err(|_| anyhow::anyhow!("the server refused"))?;
        let found = tokio::time::timeout(Duration::from_secs(30), online.find(document.clone()));
        found
            .await
            .context("base not found in time")??
            .context("the server has no base")?;
        online.stop().await;

        let repo = Repo::build_tokio()
            .with_storage(TokioFilesystemStorage::new(dir))
            .load()
            .await;
        let document = repo
            .find(document.clone())
            .await?
            .context("the base was not kept")?;
        document.with_document(|doc| edit(doc, edits))?;
        // Lets the storage task write what was edited before the clock starts.
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(Self { repo, document })
    }

    /// Connects and returns when the end state is here, checked field by field.
    pub(crate) async fn converge(
        self,
        port: u16,
        changes: u64,
        expected: &State,
    ) -> anyhow::Result<End> {
        let mut news = std::pin::pin!(self.document.changes());
        let _dialer = dial(&self.repo, port)?;
        loop {
            let end = self
                .document
                .with_document(|doc| -> anyhow::Result<Option<End>> {
                    if doc.stats().num_changes != changes {
                        return Ok(None);
                    }
                    let state = read(doc)?;
                    Ok((state == *expected).then(|| End {
                        state,
                        heads: doc.get_heads(),
                    }))
                })?;
            if let Some(end) = end {
                return Ok(end);
            }
            news.next().await.context("the document was closed")?;
        }
    }
}

/// Connects a repository to the server and keeps it connected.
pub(crate) fn dial(repo: &Repo, port: u16) -> anyhow::Result<DialerHandle<Infallible>> {
    let url = url::Url::parse(&format!("tcp://127.0.0.1:{port}"))?;
    Ok(repo.dial(BackoffConfig::default(), Arc::new(NoDelay { url, port }))?)
}

/// samod's own dialer of TCP, but with `TCP_NODELAY`: without it rounds of its protocol wait up to 40 ms for an
/// acknowledgement, which says nothing about samod. Its framing is the same.
struct NoDelay {
    url: url::Url,
    port: u16,
}

impl Dialer for NoDelay {
    type Error = Infallible;

    fn url(&self) -> url::Url {
        self.url.clone()
    }

    fn connect(&self) -> BoxFuture<'static, Result<Transport, DialError<Infallible>>> {
        let port = self.port;
        async move {
            let stream = TcpStream::connect(("127.0.0.1", port))
                .await
                .map_err(DialError::transient)?;
            stream.set_nodelay(true).map_err(DialError::transient)?;
            Ok(Transport::from_tokio_io(stream))
        }
        .boxed()
    }
}

fn edit(doc: &mut Automerge, edits: &Fields) -> anyhow::Result<()> {
    for (part, fields) in [("answers", &edits.answers), ("notes", &edits.notes)] {
        let (_, map) = doc.get(ROOT, part)?.context("not the base")?;
        for (key, value) in fields {
            doc.transact(|tx| tx.put(&map, key, value.as_str()))
                .map_err(|failure| failure.error)?;
        }
    }
    Ok(())
}

fn read(doc: &Automerge) -> anyhow::Result<State> {
    let part = |name| -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
        let (_, map) = doc.get(ROOT, name)?.context("not the base")?;
        let mut fields = BTreeMap::new();
        for key in doc.keys(&map) {
            let all = doc.get_all(&map, &key)?;
            let values = all
                .iter()
                .filter_map(|(value, _)| value.as_str().map(str::to_owned));
            fields.insert(key, values.collect());
        }
        Ok(fields)
    };
    Ok(State {
        answers: part("answers")?,
        notes: part("notes")?,
    })
}

//! The server: samod over TCP with its file storage, every peer served alike, as its documentation shows it.

use std::path::Path;

use samod::Repo;
use samod::storage::TokioFilesystemStorage;

/// Serves the documents of `dir` on loopback `port` until the process is ended.
pub(crate) async fn serve(dir: &Path, port: u16) -> anyhow::Result<()> {
    let storage = TokioFilesystemStorage::new(dir);
    let repo = Repo::build_tokio().with_storage(storage).load().await;
    let acceptor = repo.make_acceptor(url::Url::parse(&format!("tcp://127.0.0.1:{port}"))?)?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        acceptor.accept_tokio_io(stream)?;
    }
}

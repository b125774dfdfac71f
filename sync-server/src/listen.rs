//! Listeners: TLS or plain, with limits on connections and on slow heads.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How a listener treats connections.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// At once; further ones are closed.
    pub most: usize,
    /// For the TLS handshake, and for the head of each request.
    pub header: Duration,
}

/// Serves until `handle` says stop, then lets requests at work end.
///
/// # Errors
/// What the socket says.
pub async fn serve(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    router: Router,
    connections: Connections,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        .http1_only()
        .first_request_timeout(connections.header);
    let head = server.http_builder();
    head.http1()
        .header_read_timeout(connections.header)
        .max_buf_size(64 * 1024);
    let capped = CappedAcceptor {
        places: Arc::new(Semaphore::new(connections.most)),
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).handshake_timeout(connections.header);
            server
                .acceptor(acceptor.acceptor(capped))
                .serve(service)
                .await
        }
        None => server.acceptor(capped).serve(service).await,
    }
}

/// The certificate and key of PEM files, for HTTP/1.1 over TLS 1.2 and 1.3.
///
/// # Errors
/// If they cannot be read or do not fit together.
pub fn tls_from_files(cert: &Path, key: &Path) -> io::Result<Arc<rustls::ServerConfig>> {
    let unusable = |_| io::Error::new(io::ErrorKind::InvalidData, "tls-files");
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unusable)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "tls-files"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Closes a connection at once when there are too many.
#[derive(Debug, Clone)]
struct CappedAcceptor {
    places: Arc<Semaphore>,
}

impl<S: Send + 'static> Accept<TcpStream, S> for CappedAcceptor {
    type Stream = Placed;
    type Service = S;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Placed, S)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = self.places.clone().try_acquire_owned();
        Box::pin(std::future::ready(match place {
            Ok(place) => {
                // Small replies must not wait for more to send.
                stream.set_nodelay(true).map(|()| {
                    (
                        Placed {
                            stream,
                            _place: place,
                        },
                        service,
                    )
                })
            }
            Err(_) => {
                metrics::counter!("senim_connections_refused_total").increment(1);
                Err(io::ErrorKind::ConnectionRefused.into())
            }
        }))
    }
}

/// A connection and its place among those allowed.
#[derive(Debug)]
struct Placed {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Placed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

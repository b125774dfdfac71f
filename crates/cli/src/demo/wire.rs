//! Between the devices and the server: passes every byte on and keeps a copy, for the scan.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fail::Failed;

/// The copy stops growing here.
const KEPT: usize = 256 * 1024 * 1024;

/// A passage on loopback with a copy of all that went through it, both ways.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    kept: Arc<Mutex<Vec<u8>>>,
}

impl Wire {
    /// Opens a passage on a free port. It leads nowhere until [`Wire::lead`].
    ///
    /// # Errors
    /// [`Failed`] if no port can be had.
    pub(crate) async fn open() -> Result<(Self, TcpListener, SocketAddr), Failed> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        Ok((
            Self {
                kept: Arc::default(),
            },
            listener,
            address,
        ))
    }

    /// Passes connections on to `server` until the process ends.
    pub(crate) fn lead(&self, listener: TcpListener, server: SocketAddr) {
        let wire = self.clone();
        tokio::spawn(async move {
            while let Ok((device, _)) = listener.accept().await {
                let wire = wire.clone();
                tokio::spawn(async move { wire.pass(device, server).await });
            }
        });
    }

    async fn pass(&self, device: TcpStream, server: SocketAddr) -> std::io::Result<()> {
        let server = TcpStream::connect(server).await?;
        device.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (from_device, to_device) = device.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::try_join!(
            self.copy(from_device, to_server),
            self.copy(from_server, to_device)
        )
        .map(|_| ())
    }

    async fn copy(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> std::io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return to.shutdown().await;
            }
            let bytes = buffer.get(..read).unwrap_or_default();
            self.keep(bytes);
            to.write_all(bytes).await?;
        }
    }

    fn keep(&self, bytes: &[u8]) {
        let mut kept = self
            .kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.extend_from_slice(bytes);
        }
    }

    /// All that went through so far.
    pub(crate) fn captured(&self) -> Vec<u8> {
        self.kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

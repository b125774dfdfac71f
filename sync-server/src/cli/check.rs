//! `verify` and `healthcheck`.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::serve::{Opened, store_refused};
use super::{Refused, say};
use crate::blobs::{Blobs, BlobsError};
use crate::config::Config;
use crate::store::audit::Audit;
use crate::store::{Store, StoreError};

const PATIENCE: Duration = Duration::from_secs(5);

/// Reads all bodies, sequences and chunk files.
pub(super) async fn verify(config: &Config) -> Result<(), Refused> {
    let opened = Opened::open(config).await?;
    let found = look(&opened).await;
    opened.close().await;
    let (audit, lost) = found?;
    say(&format!(
        "envelopes {} roster {} keyboxes {} chunks {}",
        audit.envelopes,
        audit.roster,
        audit.keyboxes,
        audit.chunks.len()
    ))?;
    if audit.is_whole() && lost == 0 {
        return Ok(());
    }
    Err(Refused::new(
        "store-damaged",
        format!(
            "{} damaged bodies, {} gaps, {} faults of the database, {lost} chunks lost or damaged; \
             every tablet keeps what it sent and offers it again to an empty server",
            audit.damaged_bodies, audit.gaps, audit.engine_faults
        ),
    ))
}

async fn look(opened: &Opened) -> Result<(Audit, u64), Refused> {
    let audit = opened.store.audit().await.map_err(store_refused)?;
    let mut lost: u64 = 0;
    for (org, chunk) in &audit.chunks {
        let whole = match opened.blobs.get(org.id, &chunk.id).await {
            Ok(Some(there)) => u32::try_from(there.bytes().len()) == Ok(chunk.size),
            Ok(None) | Err(BlobsError::Damaged) => false,
            Err(_) => return Err(store_refused(StoreError::Unavailable)),
        };
        if !whole {
            lost = lost.saturating_add(1);
        }
    }
    Ok((audit, lost))
}

/// Asks `/readyz` of the operator's listener, with nothing but this program (a container needs no other).
pub(super) async fn healthcheck(config: &Config) -> Result<(), Refused> {
    let not_ready = || Refused::new("not-ready", "the server does not answer that it is ready");
    let mut address = config.metrics_listen;
    if address.ip().is_unspecified() {
        let loopback = match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(loopback);
    }
    let answer = timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await?;
        let ask = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    })
    .await;
    match answer {
        Ok(Ok(answer)) if answer.starts_with(b"HTTP/1.1 200 ") => say("ready"),
        _ => Err(not_ready()),
    }
}

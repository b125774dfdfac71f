//! Reading what a device sends: never more than the cap, never slower than the limit, never compressed.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use minicbor::{Decode, Encode};
use senim_wire::refusal::Refusal;
use senim_wire::{PROTOCOL_VERSION, caps, cbor};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::{App, Failure};

/// How much of a refused body is read and dropped, so that a device which is still sending gets to see the refusal.
const DISCARD: usize = 2 * caps::EXCHANGE_BODY;

/// A body, and its place among those in memory: to be kept until the request is answered.
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    pub(super) place: OwnedSemaphorePermit,
}

/// The whole body, at most `cap` bytes.
///
/// # Errors
/// [`Refusal::Malformed`] if it is compressed or breaks off, [`Refusal::TooLarge`], [`Refusal::Slow`].
pub(super) async fn read(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    cap: usize,
) -> Result<Received, Failure> {
    // A compressed body could unfold into any size, and sealed bytes do not compress.
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        discard(app, body).await;
        return Err(Refusal::Malformed.into());
    }
    let stated = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    if stated.is_some_and(|length| length > cap) {
        discard(app, body).await;
        return Err(Refusal::TooLarge.into());
    }
    let expected = stated.unwrap_or(cap);
    let kib = u32::try_from(expected.div_ceil(1024)).unwrap_or(u32::MAX);
    let room = kib.min(app.0.parts.limits.body_memory_kib);
    let memory = app.0.body_memory.clone();
    let place = memory
        .acquire_many_owned(room)
        .await
        .map_err(|_| Refusal::Stopping)?;
    let mut bytes = Vec::with_capacity(if stated.is_some() { expected } else { 0 });
    let mut pace = Pace::start(app);
    let mut frames = body.into_data_stream();
    while let Some(frame) = pace.next(&mut frames).await? {
        if bytes.len().saturating_add(frame.len()) > cap {
            drop(bytes);
            drain(pace, frames).await;
            return Err(Refusal::TooLarge.into());
        }
        bytes.extend_from_slice(&frame);
    }
    Ok(Received { bytes, place })
}

/// Reads and drops a body that is refused anyway.
pub(super) async fn discard(app: &App, body: Body) {
    drain(Pace::start(app), body.into_data_stream()).await;
}

async fn drain(mut pace: Pace, mut frames: axum::body::BodyDataStream) {
    let mut dropped: usize = 0;
    // Too slow or broken off: the refusal that is under way says enough.
    while let Ok(Some(frame)) = pace.next(&mut frames).await {
        dropped = dropped.saturating_add(frame.len());
        if dropped > DISCARD {
            return;
        }
    }
}

/// The slowest that a body may come: what has arrived must be there within `grace + arrived / rate`.
struct Pace {
    deadline: Instant,
    per_byte: Duration,
}

impl Pace {
    fn start(app: &App) -> Self {
        let limits = &app.0.parts.limits;
        let nanos = 1_000_000_000_u64
            .checked_div(u64::from(limits.body_min_rate))
            .unwrap_or(0);
        let now = Instant::now();
        Self {
            deadline: now.checked_add(limits.body_grace).unwrap_or(now),
            per_byte: Duration::from_nanos(nanos),
        }
    }

    async fn next(
        &mut self,
        frames: &mut axum::body::BodyDataStream,
    ) -> Result<Option<Bytes>, Refusal> {
        let frame = match timeout_at(self.deadline, frames.next()).await {
            Err(_) => return Err(Refusal::Slow),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(Refusal::Malformed),
            Ok(Some(Ok(frame))) => frame,
        };
        let earned = self
            .per_byte
            .saturating_mul(u32::try_from(frame.len()).unwrap_or(u32::MAX));
        self.deadline = self.deadline.checked_add(earned).unwrap_or(self.deadline);
        Ok(Some(frame))
    }
}

/// The request in `bytes`.
///
/// # Errors
/// [`Refusal::Version`] if it begins with another protocol version, else [`Refusal::Malformed`].
pub(super) fn versioned<T>(bytes: &[u8], cap: usize) -> Result<T, Refusal>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let mut decoder = minicbor::Decoder::new(bytes);
    let version = decoder
        .array()
        .and_then(|_| decoder.u16())
        .map_err(|_| Refusal::Malformed)?;
    if version != PROTOCOL_VERSION {
        return Err(Refusal::Version);
    }
    cbor::parse(bytes, cap).map_err(|_| Refusal::Malformed)
}

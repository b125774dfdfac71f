//! `PUT` and `GET /v1/chunks/{id}`: one sealed photo chunk, named by BLAKE3 of its bytes.
//!
//! The body is the chunk itself, not CBOR. A put answers 204, a repeat as well. A get answers 200 with
//! `application/octet-stream`, or 404; of another organisation's chunks it knows nothing.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use senim_wire::cbor::Bytes;
use senim_wire::envelope::{Header, Kind};
use senim_wire::refusal::Refusal;
use senim_wire::{EnvelopeId, caps};

use super::body::Received;
use super::peer::Peer;
use super::{App, Failure, body};
use crate::clock::day_of;
use crate::store::{ChunkRow, Sealed};

/// Keeps a chunk.
pub(super) async fn put(
    State(app): State<App>,
    peer: Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let (caller, body) = app.caller_with_body(peer, &headers, body).await?;
    let Received {
        bytes,
        place: _place,
    } = body::read(&app, &headers, body, caps::CHUNK_SEALED).await?;
    let id: EnvelopeId = id.parse().map_err(|_| Refusal::Malformed)?;
    let header = match Header::parse(&bytes) {
        Ok((header, _)) if header.kind == Kind::Chunk => header,
        Ok(_) | Err(_) => return Err(Refusal::Malformed.into()),
    };
    let chunk = Sealed::new(Bytes(bytes));
    if chunk.id() != id {
        return Err(Refusal::Malformed.into());
    }
    let size = u32::try_from(chunk.bytes().len()).map_err(|_| Refusal::TooLarge)?;
    let day = day_of(app.now_ms());
    let org = caller.org();
    if !app
        .0
        .quota
        .allows(app.passing(), &caller, day, u64::from(size))
        .await?
    {
        return Err(Refusal::Quota.into());
    }
    // The file first: a row never speaks of a chunk that is not there.
    app.0.parts.blobs.put(org.id, chunk).await?;
    let row = ChunkRow {
        id,
        mailbox: header.mailbox,
        size,
        day,
    };
    if app.store().put_chunk(org, row).await? {
        app.0
            .quota
            .charge(app.passing(), &caller, day, u64::from(size))
            .await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The chunk.
pub(super) async fn get(
    State(app): State<App>,
    peer: Peer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let caller = app.caller(peer, &headers).await?;
    let id: EnvelopeId = id.parse().map_err(|_| Refusal::NotFound)?;
    if !app
        .store()
        .lacking_chunks(caller.org(), &[id])
        .await?
        .is_empty()
    {
        return Err(Refusal::NotFound.into());
    }
    let chunk = app
        .0
        .parts
        .blobs
        .get(caller.org().id, &id)
        .await?
        .ok_or(Refusal::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, chunk.bytes().to_vec()).into_response())
}

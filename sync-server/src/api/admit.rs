//! `POST /v1/admit`: the roster's compare-and-append, removals, the admit list, leaving.
//!
//! Any admitted device may append: the server cannot read an entry, and members judge it by its signature. Only the admit list is
//! judged here, against the one in force.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use senim_wire::admit::{AdmitReply, AdmitRequest};
use senim_wire::cbor::Bytes;
use senim_wire::envelope::{Header, Kind};
use senim_wire::refusal::Refusal;
use senim_wire::{EnvelopeId, caps};

use super::failure::reply;
use super::peer::Peer;
use super::{App, Failure, body};
use crate::auth::Caller;
use crate::clock::day_of;
use crate::store::{Log, Page, RosterChange, RosterOutcome, Sealed, Tail};

/// One entry, 64 removals and a list of [`caps::ADMITTED`] keys.
const BODY: usize = 2 * 1024 * 1024;
/// Removals in one request.
const REMOVALS: usize = 64;

/// Changes roster log and admit list.
pub(super) async fn admit(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let (caller, body) = app.caller_with_body(peer, &headers, body).await?;
    let received = body::read(&app, &headers, body, BODY).await?;
    let request: AdmitRequest = body::versioned(&received.bytes, BODY)?;
    let after = request.roster_after;
    let change = change(&caller, request)?;
    let own: BTreeSet<EnvelopeId> = change
        .append
        .iter()
        .map(|(_, entry)| entry)
        .chain(&change.removals)
        .map(Sealed::id)
        .collect();
    let day = day_of(app.now_ms());
    let size = change
        .removals
        .iter()
        .chain(change.append.iter().map(|(_, entry)| entry));
    let size = size
        .map(|sealed| sealed.bytes().len())
        .fold(0, usize::saturating_add);
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    if size > 0
        && !app
            .0
            .quota
            .allows(app.passing(), &caller, day, size)
            .await?
    {
        return Err(Refusal::Quota.into());
    }
    match app.store().change(caller.org(), change).await? {
        RosterOutcome::ListRefused => Err(Refusal::ListRefused.into()),
        RosterOutcome::Moved => {
            let tail = tail(&app, &caller, after, &BTreeSet::new()).await?;
            Ok(reply(&AdmitReply::Moved { roster: tail.items }))
        }
        RosterOutcome::Done { new_bytes } => {
            app.0
                .quota
                .charge(app.passing(), &caller, day, new_bytes)
                .await?;
            let tail = tail(&app, &caller, after, &own).await?;
            Ok(reply(&AdmitReply::Done {
                roster_upto: tail.upto,
                roster: tail.items,
            }))
        }
    }
}

fn change(caller: &Caller, request: AdmitRequest) -> Result<RosterChange, Refusal> {
    if request.removals.len() > REMOVALS {
        return Err(Refusal::Malformed);
    }
    let append = match request.append {
        Some(append) => Some((append.expected, sealed(append.entry, Kind::RosterEntry)?)),
        None => None,
    };
    let removals = request
        .removals
        .into_iter()
        .map(|removal| sealed(removal, Kind::Removal))
        .collect::<Result<_, _>>()?;
    let leaves = request.leave.then(|| caller.key());
    Ok(RosterChange {
        append,
        removals,
        list: request.list,
        leaves,
    })
}

fn sealed(bytes: Bytes, kind: Kind) -> Result<Sealed, Refusal> {
    if bytes.len() > kind.cap() {
        return Err(Refusal::TooLarge);
    }
    match Header::parse(&bytes) {
        Ok((header, _)) if header.kind == kind => Ok(Sealed::new(bytes)),
        Ok(_) | Err(_) => Err(Refusal::Malformed),
    }
}

/// The roster log after the client's position; a position past its end counts as 0. What does not fit into a reply is left for
/// the next exchange, and the position that is told is the one reached.
async fn tail(
    app: &App,
    caller: &Caller,
    after: u64,
    without: &BTreeSet<EnvelopeId>,
) -> Result<Tail, Failure> {
    let heads = app.store().heads(caller.org(), &[]).await?;
    let after = if after <= heads.roster { after } else { 0 };
    let bytes = caps::REPLY_BODY / 2;
    let page = Page {
        after,
        bytes,
        at_least_one: true,
        without,
    };
    Ok(app.store().tail(caller.org(), Log::Roster, page).await?)
}

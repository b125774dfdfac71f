//! `POST /v1/exchange`: puts and reads in one round trip.
//!
//! A position that lies past the end of its log counts as 0, like every position of another database: the device gets the log
//! from its beginning and sees that the server went back.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use senim_wire::cbor::Bytes;
use senim_wire::envelope::{Header, Kind};
use senim_wire::exchange::{ExchangeReply, ExchangeRequest, PutResult, Read, Stored};
use senim_wire::refusal::Refusal;
use senim_wire::{MailboxId, PROTOCOL_VERSION, Token, caps};

use super::body::Received;
use super::failure::reply;
use super::peer::Peer;
use super::wake::Grew;
use super::{App, Failure, body};
use crate::auth::Caller;
use crate::clock::day_of;
use crate::store::{Heads, PutBatch, PutOutcome, Sealed};

mod read;

use read::Reading;

/// Puts and reads.
pub(super) async fn exchange(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let (by_token, body) = if headers.contains_key(header::AUTHORIZATION) {
        let (caller, body) = app.caller_with_body(peer, &headers, body).await?;
        (Some(caller), body)
    } else {
        app.0.rates.count_peer(peer.0)?;
        (None, body)
    };
    let Received {
        bytes,
        place: _place,
    } = body::read(&app, &headers, body, caps::EXCHANGE_BODY).await?;
    let request: ExchangeRequest = body::versioned(&bytes, caps::EXCHANGE_BODY)?;
    drop(bytes);
    let (caller, token) = match (&request.proof, by_token) {
        (Some(proof), _) => {
            let (caller, token) = app.begin(proof).await?;
            app.0.rates.count_key(&caller.key())?;
            (caller, Some(token))
        }
        (None, Some(caller)) => (caller, None),
        (None, None) => return Err(Refusal::NotAdmitted.into()),
    };
    Ok(reply(&answer(&app, &caller, token, request).await?))
}

async fn answer(
    app: &App,
    caller: &Caller,
    token: Option<Token>,
    mut request: ExchangeRequest,
) -> Result<ExchangeReply, Failure> {
    within_caps(&request)?;
    let offer = Offer::take(&mut request)?;
    let stored = offer.store(app, caller, &request).await?;
    let heads = heads(app, caller, &request, &offer, &stored).await?;
    let reading = Reading::of(app, caller, &request, &offer, &heads).await?;
    Ok(ExchangeReply {
        version: PROTOCOL_VERSION,
        log: app.0.gate.log(),
        token,
        next: app.next_challenge(caller)?,
        stored,
        roster: reading.roster,
        keyboxes: reading.keyboxes,
        keybox_upto: reading.keybox_upto,
        feed: reading.feed,
        feed_upto: reading.feed_upto,
        watched: reading.watched,
        bodies: reading.bodies,
        missing_chunks: app
            .store()
            .lacking_chunks(caller.org(), &request.chunks)
            .await?,
        more: reading.more,
        server_ms: app.now_ms(),
    })
}

/// How long the logs are, after the puts. What was kept proves that roster and keybox log were as the device said, so that one
/// who only puts needs not ask.
async fn heads(
    app: &App,
    caller: &Caller,
    request: &ExchangeRequest,
    offer: &Offer,
    stored: &Stored,
) -> Result<Heads, Failure> {
    let kept = matches!(stored, Stored::Done { puts, .. } if kept_any(puts));
    let (roster, keybox) = (request.roster_after, request.keybox_after);
    if kept && offer.keyboxes.is_empty() && request.read == Read::Nothing && request.log.is_some() {
        return Ok(Heads {
            roster,
            keybox,
            ..Heads::default()
        });
    }
    Ok(app
        .store()
        .heads(caller.org(), &watched(&request.read))
        .await?)
}

fn kept_any(puts: &[PutResult]) -> bool {
    puts.iter().any(|put| matches!(put, PutResult::Kept { .. }))
}

fn within_caps(request: &ExchangeRequest) -> Result<(), Refusal> {
    let fits = request.keyboxes.len() <= caps::EXCHANGE_PUTS
        && request.puts.len() <= caps::EXCHANGE_PUTS
        && request.bodies.len() <= caps::EXCHANGE_IDS
        && request.chunks.len() <= caps::EXCHANGE_IDS
        && watched(&request.read).len() <= caps::WATCHED;
    if fits {
        Ok(())
    } else {
        Err(Refusal::Malformed)
    }
}

fn watched(read: &Read) -> Vec<MailboxId> {
    match read {
        Read::Watch { mailboxes } => mailboxes.iter().map(|watched| watched.mailbox).collect(),
        Read::Nothing | Read::Feed { .. } => Vec::new(),
    }
}

/// What the request wants to be stored, checked one by one.
struct Offer {
    keyboxes: Vec<Sealed>,
    puts: Vec<Result<(MailboxId, Sealed), Refusal>>,
}

impl Offer {
    /// Moves the bytes out of the request and hashes them.
    ///
    /// # Errors
    /// For keyboxes there is no refusal one by one: a bad one refuses the request.
    fn take(request: &mut ExchangeRequest) -> Result<Self, Refusal> {
        let keyboxes = std::mem::take(&mut request.keyboxes)
            .into_iter()
            .map(|bytes| match bytes.len() {
                0 => Err(Refusal::Malformed),
                length if length > caps::ENVELOPE => Err(Refusal::TooLarge),
                _ => Ok(Sealed::new(bytes)),
            })
            .collect::<Result<_, _>>()?;
        let puts = std::mem::take(&mut request.puts)
            .into_iter()
            .map(record)
            .collect();
        Ok(Self { keyboxes, puts })
    }

    fn is_empty(&self) -> bool {
        self.keyboxes.is_empty() && self.puts.is_empty()
    }

    async fn store(
        &self,
        app: &App,
        caller: &Caller,
        request: &ExchangeRequest,
    ) -> Result<Stored, Failure> {
        let ours = request.log.is_none_or(|log| log == app.0.gate.log());
        if !ours {
            return Ok(Stored::Stale);
        }
        if self.is_empty() {
            return Ok(Stored::Done {
                puts: Vec::new(),
                keyboxes: Vec::new(),
            });
        }
        // On first contact the device holds nothing of this database, whatever it says.
        let (roster, keybox) = match request.log {
            Some(_) => (request.roster_after, request.keybox_after),
            None => (0, 0),
        };
        let mut batch = PutBatch {
            roster,
            keybox,
            keyboxes: self.keyboxes.clone(),
            puts: Vec::new(),
        };
        batch
            .puts
            .extend(self.puts.iter().filter_map(|put| put.clone().ok()));
        let day = day_of(app.now_ms());
        if !app
            .0
            .quota
            .allows(app.passing(), caller, day, size_of(&batch))
            .await?
        {
            return if batch.keyboxes.is_empty() {
                Ok(self.without_quota())
            } else {
                Err(Refusal::Quota.into())
            };
        }
        let mailboxes: Vec<MailboxId> = batch.puts.iter().map(|(mailbox, _)| *mailbox).collect();
        match app.store().put(caller.org(), batch).await? {
            PutOutcome::Stale => Ok(Stored::Stale),
            PutOutcome::Kept {
                seqs,
                keyboxes,
                new_bytes,
            } => {
                app.0
                    .quota
                    .charge(app.passing(), caller, day, new_bytes)
                    .await?;
                app.wake(caller, mailboxes.into_iter().zip(seqs.iter().copied()));
                Ok(self.done(seqs, keyboxes))
            }
        }
    }

    fn done(&self, seqs: Vec<u64>, keyboxes: Vec<u64>) -> Stored {
        let mut seqs = seqs.into_iter();
        let puts = self
            .puts
            .iter()
            .map(|put| match put {
                Ok(_) => match seqs.next() {
                    Some(seq) => PutResult::Kept { seq },
                    None => PutResult::Refused {
                        why: Refusal::Storage,
                    },
                },
                Err(why) => PutResult::Refused { why: *why },
            })
            .collect();
        Stored::Done { puts, keyboxes }
    }

    fn without_quota(&self) -> Stored {
        let refused = |put: &Result<_, Refusal>| PutResult::Refused {
            why: put.as_ref().err().copied().unwrap_or(Refusal::Quota),
        };
        Stored::Done {
            puts: self.puts.iter().map(refused).collect(),
            keyboxes: Vec::new(),
        }
    }
}

/// A sealed record and its mailbox; anything else is refused.
fn record(bytes: Bytes) -> Result<(MailboxId, Sealed), Refusal> {
    if bytes.len() > caps::ENVELOPE {
        return Err(Refusal::TooLarge);
    }
    match Header::parse(&bytes) {
        Ok((header, _)) if header.kind == Kind::Record => Ok((header.mailbox, Sealed::new(bytes))),
        Ok(_) | Err(_) => Err(Refusal::Malformed),
    }
}

fn size_of(batch: &PutBatch) -> u64 {
    let puts = batch.puts.iter().map(|(_, sealed)| sealed);
    let lengths = batch
        .keyboxes
        .iter()
        .chain(puts)
        .map(|sealed| sealed.bytes().len());
    lengths.fold(0, |sum, length| {
        sum.saturating_add(u64::try_from(length).unwrap_or(u64::MAX))
    })
}

impl App {
    /// Tells the event streams of this process.
    fn wake(&self, caller: &Caller, grown: impl Iterator<Item = (MailboxId, u64)>) {
        for (mailbox, seq) in grown {
            // An error means that nobody listens.
            drop(self.0.grew.send(Grew {
                org: caller.org(),
                mailbox,
                seq,
            }));
        }
    }
}

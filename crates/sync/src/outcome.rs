//! What a reply means. The server is hostile: nothing it says is believed that the request or a hash can refute.

use std::collections::{BTreeMap, BTreeSet};

use senim_wire::envelope::{Header, id_of};
use senim_wire::exchange::{ExchangeReply, FeedRow, Numbered, PutResult, Read, Stored, Watched};
use senim_wire::refusal::Refusal;
use senim_wire::{EnvelopeId, LogId, MailboxId, PROTOCOL_VERSION};

use crate::RelayError;
use crate::plan::{Plan, Positions};

/// What became of one thing that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutFate {
    /// On the server's disk.
    Kept,
    /// Refused; stays in the outbox with this reason.
    Refused(Refusal),
}

/// A checked reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The server's database is not the one the positions were of, or is shorter than it was: it forgot. Offer everything again.
    pub forgot: Option<LogId>,
    /// The database that answered.
    pub log: LogId,
    /// Nothing was stored: the roster or the keybox log moved. Take the tails, seal again, go again.
    pub stale: bool,
    /// Fates of the puts and keyboxes, by id.
    pub fates: Vec<(EnvelopeId, PutFate)>,
    /// The roster log after the position sent, contiguous.
    pub roster: Vec<Numbered>,
    /// The keybox log after the position sent, rising.
    pub keyboxes: Vec<Numbered>,
    /// How far the keybox log is read with that: no further than what came without a gap.
    pub keybox_upto: u64,
    /// Envelopes: mailbox, id (computed here, never believed) and bytes. Each lies in a mailbox that was asked for.
    pub bodies: Vec<(MailboxId, EnvelopeId, Vec<u8>)>,
    /// How far each mailbox is read with that: never behind what was asked, no further than what came without a gap.
    pub watched: Vec<Watched>,
    /// New rows of the feed, rising.
    pub feed: Vec<FeedRow>,
    /// How far the feed is read with that; never behind what was asked.
    pub feed_upto: u64,
    /// There is more: go again.
    pub more: bool,
    /// The server's clock, shown beside the device's.
    pub server_ms: u64,
}

/// Checks `reply` against what was asked.
///
/// # Errors
/// [`RelayError::NotAServer`] if the reply contradicts the request: fates missing, bodies nobody asked for, numbers out of order. Nothing of such a reply is
/// kept.
pub fn outcome(
    plan: &Plan,
    positions: &Positions,
    reply: ExchangeReply,
) -> Result<Outcome, RelayError> {
    if reply.version != PROTOCOL_VERSION {
        return Err(RelayError::Refused(Refusal::Version));
    }
    let forgot = positions
        .log
        .filter(|known| *known != reply.log)
        .map(|_| reply.log);
    if forgot.is_none() && went_back(plan, positions, &reply) {
        return Ok(Outcome::forgotten(&reply));
    }
    let base = if forgot.is_some() {
        Positions::default()
    } else {
        positions.clone()
    };
    contiguous(base.roster, &reply.roster)?;
    let keybox_upto = keybox_reach(plan, base.keybox, &reply)?;
    let (stale, fates) = fates(plan, &reply.stored)?;
    let watched = checked_watch(plan, forgot.is_some(), &reply)?;
    let bodies = checked_bodies(plan, reply.bodies)?;
    let feed_upto = checked_feed(
        &plan.request.read,
        forgot.is_some(),
        &reply.feed,
        reply.feed_upto,
    )?;
    Ok(Outcome {
        forgot,
        log: reply.log,
        stale,
        fates,
        roster: reply.roster,
        keyboxes: reply.keyboxes,
        keybox_upto,
        bodies,
        watched,
        feed: reply.feed,
        feed_upto,
        more: reply.more,
        server_ms: reply.server_ms,
    })
}

fn contiguous(after: u64, items: &[Numbered]) -> Result<(), RelayError> {
    let expected = (1..).map(|step| after.checked_add(step));
    let fits = items
        .iter()
        .zip(expected)
        .all(|(item, position)| Some(item.position) == position);
    if fits {
        Ok(())
    } else {
        Err(RelayError::NotAServer)
    }
}

impl Outcome {
    /// What a reply of a server that went back brings: nothing but that. The next trip begins at 0.
    fn forgotten(reply: &ExchangeReply) -> Self {
        Self {
            forgot: Some(reply.log),
            log: reply.log,
            stale: true,
            fates: Vec::new(),
            roster: Vec::new(),
            keyboxes: Vec::new(),
            keybox_upto: 0,
            bodies: Vec::new(),
            watched: Vec::new(),
            feed: Vec::new(),
            feed_upto: 0,
            more: true,
            server_ms: reply.server_ms,
        }
    }
}

/// Whether the same database holds less than this device has read of it: it was set back to an older copy (protocol.md 2).
fn went_back(plan: &Plan, positions: &Positions, reply: &ExchangeReply) -> bool {
    let first = reply.roster.first().map(|item| item.position);
    let roster = first.is_some_and(|first| first <= positions.roster);
    let read = match &plan.request.read {
        Read::Nothing => false,
        Read::Feed { after } => reply.feed_upto < *after,
        Read::Watch { mailboxes } => reply.watched.iter().any(|reached| {
            let asked = mailboxes
                .iter()
                .find(|watched| watched.mailbox == reached.mailbox);
            asked.is_some_and(|watched| reached.after < watched.after)
        }),
    };
    roster || read || reply.keybox_upto < positions.keybox
}

/// How far a log is read: over the numbers that came, without a gap, and no further than the server says. A number that jumped would hide for good what lies
/// between.
///
/// * `unnamed`: so many numbers may be missing, because the reply leaves out what the request brought and does not name its numbers.
fn reach(after: u64, upto: u64, came: &BTreeSet<u64>, mut unnamed: usize) -> u64 {
    let mut reached = after;
    while let Some(next) = reached.checked_add(1).filter(|next| *next <= upto) {
        if !came.contains(&next) {
            let Some(left) = unnamed.checked_sub(1) else {
                break;
            };
            unnamed = left;
        }
        reached = next;
    }
    reached
}

/// Keybox positions rise; gaps are this request's own boxes. A position that went back would make us read the log for ever.
fn keybox_reach(plan: &Plan, after: u64, reply: &ExchangeReply) -> Result<u64, RelayError> {
    let mut last = after;
    for item in &reply.keyboxes {
        if item.position <= last {
            return Err(RelayError::NotAServer);
        }
        last = item.position;
    }
    if reply.keybox_upto < last {
        return Err(RelayError::NotAServer);
    }
    let mut came: BTreeSet<u64> = reply.keyboxes.iter().map(|item| item.position).collect();
    let unnamed = match &reply.stored {
        Stored::Stale => plan.keyboxes.len(),
        Stored::Done { keyboxes, .. } => {
            came.extend(keyboxes);
            0
        }
    };
    Ok(reach(after, reply.keybox_upto, &came, unnamed))
}

fn fates(plan: &Plan, stored: &Stored) -> Result<(bool, Vec<(EnvelopeId, PutFate)>), RelayError> {
    let (puts, keyboxes) = match stored {
        Stored::Stale => return Ok((true, Vec::new())),
        Stored::Done { puts, keyboxes } => (puts, keyboxes),
    };
    if puts.len() != plan.puts.len() || keyboxes.len() != plan.keyboxes.len() {
        return Err(RelayError::NotAServer);
    }
    let fate = |result: &PutResult| match result {
        PutResult::Kept { .. } => PutFate::Kept,
        PutResult::Refused { why } => PutFate::Refused(*why),
    };
    let of_puts = plan
        .puts
        .iter()
        .zip(puts)
        .map(|(id, result)| (*id, fate(result)));
    let of_boxes = plan.keyboxes.iter().map(|id| (*id, PutFate::Kept));
    Ok((false, of_boxes.chain(of_puts).collect()))
}

fn checked_watch(
    plan: &Plan,
    forgot: bool,
    reply: &ExchangeReply,
) -> Result<Vec<Watched>, RelayError> {
    let Read::Watch { mailboxes } = &plan.request.read else {
        return if reply.watched.is_empty() {
            Ok(Vec::new())
        } else {
            Err(RelayError::NotAServer)
        };
    };
    let came = numbers(plan, reply);
    reply
        .watched
        .iter()
        .map(|reached| {
            let asked = mailboxes
                .iter()
                .find(|watched| watched.mailbox == reached.mailbox)
                .ok_or(RelayError::NotAServer)?;
            let after = if forgot { 0 } else { asked.after };
            let came = came.get(&reached.mailbox);
            Ok(Watched {
                mailbox: reached.mailbox,
                after: came.map_or(after, |came| reach(after, reached.after, came, 0)),
            })
        })
        .collect()
}

/// The numbers that came of each mailbox: those of the bodies, and those the server gave this request's own puts.
fn numbers(plan: &Plan, reply: &ExchangeReply) -> BTreeMap<MailboxId, BTreeSet<u64>> {
    let bodies = reply.bodies.iter().map(|body| (&body.envelope.0, body.seq));
    let own = match &reply.stored {
        Stored::Stale => &[][..],
        Stored::Done { puts, .. } => puts,
    };
    let own = plan
        .request
        .puts
        .iter()
        .zip(own)
        .filter_map(|(put, result)| match result {
            PutResult::Kept { seq } => Some((&put.0, *seq)),
            PutResult::Refused { .. } => None,
        });
    let mut numbers: BTreeMap<MailboxId, BTreeSet<u64>> = BTreeMap::new();
    for (envelope, seq) in bodies.chain(own) {
        if let Ok((header, _)) = Header::parse(envelope) {
            numbers.entry(header.mailbox).or_default().insert(seq);
        }
    }
    numbers
}

fn checked_feed(
    asked: &Read,
    forgot: bool,
    rows: &[FeedRow],
    upto: u64,
) -> Result<u64, RelayError> {
    let Read::Feed { after } = asked else {
        return if rows.is_empty() {
            Ok(0)
        } else {
            Err(RelayError::NotAServer)
        };
    };
    let mut last = if forgot { 0 } else { *after };
    for row in rows {
        if row.position <= last {
            return Err(RelayError::NotAServer);
        }
        last = row.position;
    }
    // Believed as far as rows came, and no further: a number that jumped would hide what lies between.
    if upto < last {
        Err(RelayError::NotAServer)
    } else {
        Ok(last)
    }
}

fn checked_bodies(
    plan: &Plan,
    bodies: Vec<senim_wire::exchange::Body>,
) -> Result<Vec<(MailboxId, EnvelopeId, Vec<u8>)>, RelayError> {
    let watched: BTreeSet<MailboxId> = match &plan.request.read {
        Read::Watch { mailboxes } => mailboxes.iter().map(|watched| watched.mailbox).collect(),
        Read::Nothing | Read::Feed { .. } => BTreeSet::new(),
    };
    let asked: BTreeSet<EnvelopeId> = plan.request.bodies.iter().copied().collect();
    let mut checked = Vec::with_capacity(bodies.len());
    for body in bodies {
        let bytes = body.envelope.0;
        let (header, _) = Header::parse(&bytes).map_err(|_| RelayError::NotAServer)?;
        let id = id_of(&bytes);
        if !watched.contains(&header.mailbox) && !asked.contains(&id) {
            return Err(RelayError::NotAServer);
        }
        checked.push((header.mailbox, id, bytes));
    }
    Ok(checked)
}

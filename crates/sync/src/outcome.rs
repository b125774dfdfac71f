//! What a reply means. The server is hostile: nothing it says is believed that the request or a hash can refute.

use std::collections::BTreeSet;

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
    /// The server's database is not the one the positions were of: it forgot. Offer everything again.
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
    /// How far the keybox log is read with that.
    pub keybox_upto: u64,
    /// Envelopes: mailbox, id (computed here, never believed) and bytes. Each lies in a mailbox that was asked for.
    pub bodies: Vec<(MailboxId, EnvelopeId, Vec<u8>)>,
    /// How far each mailbox is read with that; never behind what was asked.
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
/// [`RelayError::NotAServer`] if the reply contradicts the request: fates missing, positions that jump or go back, bodies nobody asked for. Nothing of such a reply is
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
    let base = if forgot.is_some() {
        Positions::default()
    } else {
        positions.clone()
    };
    contiguous(base.roster, &reply.roster)?;
    let keybox_upto = rising(base.keybox, &reply.keyboxes, reply.keybox_upto)?;
    let (stale, fates) = fates(plan, &reply.stored)?;
    let watched = checked_watch(&plan.request.read, forgot.is_some(), &reply.watched)?;
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

/// Keybox positions rise; gaps are this device's own boxes. A position that went back would make us read the log for ever.
fn rising(after: u64, items: &[Numbered], upto: u64) -> Result<u64, RelayError> {
    let mut last = after;
    for item in items {
        if item.position <= last {
            return Err(RelayError::NotAServer);
        }
        last = item.position;
    }
    if upto < last {
        Err(RelayError::NotAServer)
    } else {
        Ok(upto)
    }
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

fn checked_watch(asked: &Read, forgot: bool, got: &[Watched]) -> Result<Vec<Watched>, RelayError> {
    let Read::Watch { mailboxes } = asked else {
        return if got.is_empty() {
            Ok(Vec::new())
        } else {
            Err(RelayError::NotAServer)
        };
    };
    got.iter()
        .map(|reached| {
            let known = mailboxes
                .iter()
                .find(|watched| watched.mailbox == reached.mailbox);
            let floor = if forgot {
                Some(0)
            } else {
                known.map(|watched| watched.after)
            };
            match (known, floor) {
                (Some(_), Some(floor)) if reached.after >= floor => Ok(*reached),
                _ => Err(RelayError::NotAServer),
            }
        })
        .collect()
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
    if upto < last {
        Err(RelayError::NotAServer)
    } else {
        Ok(upto)
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

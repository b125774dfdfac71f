//! What an exchange brings back, within its bytes.

use std::collections::BTreeSet;

use senim_wire::exchange::{Body, ExchangeRequest, FeedRow, Numbered, Read, Watched};
use senim_wire::{EnvelopeId, MailboxId, caps};

use super::{App, Caller, Failure, Offer};
use crate::store::{Heads, ITEM_OVERHEAD, Log, Page, Tail};

/// Room in a reply for all that is not counted one by one: results of puts, positions, missing chunks.
const FRAME: usize = 160 * 1024;
/// A row of the feed costs at most this.
const FEED_ROW: usize = 96;

/// The readable half of a reply.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) roster: Vec<Numbered>,
    pub(super) keyboxes: Vec<Numbered>,
    pub(super) keybox_upto: u64,
    pub(super) feed: Vec<FeedRow>,
    pub(super) feed_upto: u64,
    pub(super) watched: Vec<Watched>,
    pub(super) bodies: Vec<Body>,
    pub(super) more: bool,
    /// Bytes that the reply may still take.
    left: usize,
    /// Something is in it already, so that a big item may wait for the next reply.
    begun: bool,
}

impl Reading {
    /// Reads what the request asks for, after its puts.
    pub(super) async fn of(
        app: &App,
        caller: &Caller,
        request: &ExchangeRequest,
        offer: &Offer,
        heads: &Heads,
    ) -> Result<Self, Failure> {
        let most = caps::REPLY_BODY.saturating_sub(FRAME);
        let asked = usize::try_from(request.max_bytes).unwrap_or(usize::MAX);
        let mut reading = Self {
            left: if asked == 0 { most } else { asked.min(most) },
            ..Self::default()
        };
        let ours = request.log == Some(app.0.gate.log());
        let position = |after: u64, head: u64| if ours && after <= head { after } else { 0 };
        let roster_after = position(request.roster_after, heads.roster);
        reading
            .roster(app, caller, roster_after, heads.roster)
            .await?;
        let keybox_after = position(request.keybox_after, heads.keybox);
        reading
            .keyboxes(app, caller, keybox_after, offer, heads.keybox)
            .await?;
        match &request.read {
            Read::Nothing => {}
            Read::Feed { after } => {
                reading
                    .feed(app, caller, position(*after, heads.feed))
                    .await?;
            }
            Read::Watch { mailboxes } => {
                let own = offer.own_records();
                for (watched, head) in mailboxes.iter().zip(&heads.mailboxes) {
                    let after = position(watched.after, *head);
                    let from = Watched {
                        mailbox: watched.mailbox,
                        after,
                    };
                    reading.mailbox(app, caller, from, *head, &own).await?;
                }
            }
        }
        reading.by_id(app, caller, &request.bodies).await?;
        Ok(reading)
    }

    /// Part of a log, as far as there is room.
    async fn tail(
        &mut self,
        app: &App,
        caller: &Caller,
        log: Log,
        after: u64,
        without: &BTreeSet<EnvelopeId>,
    ) -> Result<Tail, Failure> {
        let page = Page {
            after,
            bytes: self.left,
            at_least_one: !self.begun,
            without,
        };
        let tail = app.store().tail(caller.org(), log, page).await?;
        for item in &tail.items {
            self.spend(item.bytes.len());
        }
        self.more |= tail.more;
        Ok(tail)
    }

    fn spend(&mut self, bytes: usize) {
        self.left = self
            .left
            .saturating_sub(bytes.saturating_add(ITEM_OVERHEAD));
        self.begun = true;
    }

    async fn roster(
        &mut self,
        app: &App,
        caller: &Caller,
        after: u64,
        head: u64,
    ) -> Result<(), Failure> {
        if head > after {
            self.roster = self
                .tail(app, caller, Log::Roster, after, &BTreeSet::new())
                .await?
                .items;
        }
        Ok(())
    }

    async fn keyboxes(
        &mut self,
        app: &App,
        caller: &Caller,
        after: u64,
        offer: &Offer,
        head: u64,
    ) -> Result<(), Failure> {
        self.keybox_upto = after;
        if head > after || !offer.keyboxes.is_empty() {
            let own = offer.keyboxes.iter().map(|sealed| sealed.id()).collect();
            let tail = self.tail(app, caller, Log::Keyboxes, after, &own).await?;
            (self.keyboxes, self.keybox_upto) = (tail.items, tail.upto);
        }
        Ok(())
    }

    async fn feed(&mut self, app: &App, caller: &Caller, after: u64) -> Result<(), Failure> {
        let room = self.left.checked_div(FEED_ROW).unwrap_or(0).max(1);
        let room = u32::try_from(room).unwrap_or(u32::MAX - 1);
        // One more than fits tells whether there is more.
        let mut rows = app
            .store()
            .feed(caller.org(), after, room.saturating_add(1))
            .await?;
        let fits = usize::try_from(room).unwrap_or(usize::MAX);
        self.more |= rows.len() > fits;
        rows.truncate(fits);
        self.left = self
            .left
            .saturating_sub(rows.len().saturating_mul(FEED_ROW));
        self.begun |= !rows.is_empty();
        self.feed_upto = rows.last().map_or(after, |row| row.position);
        self.feed = rows;
        Ok(())
    }

    async fn mailbox(
        &mut self,
        app: &App,
        caller: &Caller,
        from: Watched,
        head: u64,
        own: &Own,
    ) -> Result<(), Failure> {
        let mut upto = from.after;
        if head > from.after || own.mailboxes.contains(&from.mailbox) {
            let log = Log::Mailbox(from.mailbox);
            let tail = self.tail(app, caller, log, from.after, &own.ids).await?;
            upto = tail.upto;
            let bodies = tail.items.into_iter();
            self.bodies.extend(bodies.map(|item| Body {
                seq: item.position,
                envelope: item.bytes,
            }));
        }
        self.watched.push(Watched {
            mailbox: from.mailbox,
            after: upto,
        });
        Ok(())
    }

    async fn by_id(
        &mut self,
        app: &App,
        caller: &Caller,
        ids: &[EnvelopeId],
    ) -> Result<(), Failure> {
        for id in ids {
            if self.begun && self.left <= ITEM_OVERHEAD {
                self.more = true;
                break;
            }
            let Some(body) = app.store().body(caller.org(), id).await? else {
                continue;
            };
            let cost = body.envelope.len().saturating_add(ITEM_OVERHEAD);
            if self.begun && cost > self.left {
                self.more = true;
                break;
            }
            self.spend(body.envelope.len());
            self.bodies.push(body);
        }
        Ok(())
    }
}

/// The records of the request itself, which its reply leaves out.
pub(super) struct Own {
    ids: BTreeSet<EnvelopeId>,
    mailboxes: BTreeSet<MailboxId>,
}

impl Offer {
    fn own_records(&self) -> Own {
        let records = || self.puts.iter().filter_map(|put| put.as_ref().ok());
        Own {
            ids: records().map(|(_, sealed)| sealed.id()).collect(),
            mailboxes: records().map(|(mailbox, _)| *mailbox).collect(),
        }
    }
}

//! One sync: seal, exchange, take in, until nothing is left to send or fetch. The vault is free for answers while the network is waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use senim_ids::{ErrorCode, Role, UnixMillis};
use senim_seal::DeviceSecrets;
use senim_sync::{
    Endpoint, Outcome, Outgoing, Plan, Positions, PutFate, Reading, Relay, RelayError, outcome,
    plan,
};
use senim_vault::{
    EnvelopeState, FeedRow, OutboxKind, OutboxRow, Received, ReceivedBody, ReceivedKeybox,
};
use senim_wire::envelope::id_of;
use senim_wire::refusal::Refusal;
use senim_wire::{EnvelopeId, LogId, MailboxId, caps};

use crate::app::App;
use crate::coded::coded;
use crate::intake::Taken;
use crate::keys::{vault_id, vault_mailbox, wire_id, wire_mailbox};
use crate::open::{Open, Surroundings, setting};
use crate::roster::received_roster;
use crate::view::{ApiError, SyncStatusView, SyncedView};

/// Round trips of one sync at the most: a hostile server must not keep a tablet busy for ever. 8 MiB each.
const TRIPS: u32 = 500;

/// How often a server may say in one sync that it is another database.
const FORGOTTEN: u32 = 2;
/// How many replies in a row may be stale: each brings news that others made meanwhile.
const STALE: u32 = 20;

/// What one round trip came to.
struct TripTaken {
    /// Another one is needed: a new key, something sealed anew, bodies of the feed.
    again: bool,
    /// The server refused a put of this device, for this reason; it stays in the outbox.
    refused: Option<Refusal>,
}

/// One round trip about to be made.
struct Trip {
    plan: Plan,
    positions: Positions,
    device: Arc<DeviceSecrets>,
    /// Puts that are carried for colleagues.
    carried: BTreeSet<EnvelopeId>,
    /// Mailboxes left for the next trip.
    later: BTreeMap<MailboxId, u64>,
}

impl App {
    pub(crate) async fn sync(&self) -> Result<SyncedView, ApiError> {
        let done = {
            let _one = self.syncing.lock().await;
            self.sync_once().await
        };
        let open = self.opened().await?;
        open.note_sync(
            done.as_ref().err().map(|error| error.code),
            self.around.now(),
        )
        .await?;
        done
    }

    pub(crate) async fn sync_once(&self) -> Result<SyncedView, ApiError> {
        let relay = self.opened().await?.relay()?.ok_or(ErrorCode::NoServer)?;
        let before = relay.traffic();
        if self.opened().await?.roster.is_some() {
            self.push_roster(&relay).await?;
        }
        let mut view = SyncedView::nothing();
        let mut later = BTreeMap::new();
        let mut problem = Some(ErrorCode::ServerRefused);
        let (mut forgot, mut stale) = (0_u32, 0_u32);
        for _ in 0..TRIPS {
            let trip = self
                .opened()
                .await?
                .prepare_trip(&self.around, later)
                .await?;
            let reply = relay
                .exchange(&trip.plan.request, &trip.device)
                .await
                .map_err(coded)?;
            let checked = outcome(&trip.plan, &trip.positions, reply).map_err(coded)?;
            forgot = forgot.saturating_add(u32::from(checked.forgot.is_some()));
            stale = if checked.stale {
                stale.saturating_add(1)
            } else {
                0
            };
            if forgot > FORGOTTEN || stale > STALE {
                // A server that is another one at each turn, or never content: it would have everything sent again for ever.
                break;
            }
            let more = trip.plan.more || checked.more || checked.stale || checked.forgot.is_some();
            later = trip.later;
            let mut open = self.opened().await?;
            let taken = open
                .take_trip(checked, &trip.carried, &self.around, &mut view)
                .await?;
            if !more && !taken.again && later.is_empty() {
                problem = taken
                    .refused
                    .map(|why| coded(RelayError::Refused(why)).code);
                break;
            }
        }
        let after = relay.traffic();
        let count = |a: u64, b: u64| u32::try_from(a.saturating_sub(b)).unwrap_or(u32::MAX);
        view.exchanges = count(after.exchanges, before.exchanges);
        view.bytes_up = count(after.up, before.up);
        view.bytes_down = count(after.down, before.down);
        let open = self.opened().await?;
        view.waiting = open.count(EnvelopeState::Waiting).await?;
        match problem {
            None => Ok(view),
            Some(code) => Err(code.into()),
        }
    }

    pub(crate) async fn sync_status(&self) -> Result<SyncStatusView, ApiError> {
        let open = self.opened().await?;
        let unsealed: u64 = open
            .vault
            .journal_counts()
            .await
            .map_err(coded)?
            .values()
            .sum();
        let unsent = open.vault.outbox_count().await.map_err(coded)?;
        let last_sync = open
            .vault
            .get_setting(setting::LAST_SYNC)
            .await
            .map_err(coded)?;
        let last_error = open
            .vault
            .get_setting(setting::LAST_ERROR)
            .await
            .map_err(coded)?;
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        Ok(SyncStatusView {
            unsealed: small(unsealed),
            unsent: small(unsent),
            last_sync: last_sync.and_then(|bytes| {
                bytes
                    .first_chunk()
                    .map(|ms| UnixMillis(u64::from_be_bytes(*ms)))
            }),
            last_error: last_error.and_then(|bytes| ErrorCode::parse(&text(&bytes)?)),
            waiting: open.count(EnvelopeState::Waiting).await?,
            refused: open.count(EnvelopeState::Quarantined).await?,
        })
    }

    /// Waits until the server says that a mailbox this device reads has grown; the next `sync` fetches it. For the window and for tests.
    ///
    /// # Errors
    /// [`ApiError`] as for a sync; a server that fell silent is `server-slow`.
    pub async fn wait_for_news(&self) -> Result<(), ApiError> {
        let (relay, device, watch) = {
            let mut open = self.opened().await?;
            let relay = open.relay()?.ok_or(ErrorCode::NoServer)?;
            (relay, open.device()?, open.watch().await?)
        };
        // The keys are let go before the wait: a lock in the meantime must find nobody holding them.
        let token = relay.token(&device).await.map_err(coded)?;
        drop(device);
        let watched: Vec<_> = watch
            .into_iter()
            .take(caps::WATCHED)
            .map(|(mailbox, after)| senim_wire::exchange::Watched { mailbox, after })
            .collect();
        relay.wait(&watched, token).await.map_err(coded)
    }
}

impl Open {
    /// The connection to the organisation's server: where the roster says, or before it is folded where the invite said. `None` without one.
    pub(crate) fn relay(&mut self) -> Result<Option<Arc<Relay>>, ApiError> {
        let facts = self.facts()?;
        let server = self.roster.as_ref().and_then(|roster| roster.server());
        let (origin, pins) = match server {
            Some(server) => (server.origins.first().cloned(), server.pins.clone()),
            None => {
                let pins = facts
                    .pins
                    .iter()
                    .filter_map(|pin| pin.0.as_slice().try_into().ok());
                (facts.origins.first().cloned(), pins.collect())
            }
        };
        let Some(origin) = origin else {
            return Ok(None);
        };
        if let Some(relay) = &self.relay
            && relay.endpoint().origin() == origin
        {
            return Ok(Some(Arc::clone(relay)));
        }
        let endpoint = Endpoint::parse(&origin, pins).map_err(|_| ErrorCode::NoServer)?;
        let relay = Arc::new(Relay::new(endpoint).map_err(|_| ErrorCode::NoServer)?);
        self.relay = Some(Arc::clone(&relay));
        Ok(Some(relay))
    }

    /// Every mailbox this device holds a key of (the roster's apart), with how far it was read.
    async fn watch(&self) -> Result<BTreeMap<MailboxId, u64>, ApiError> {
        let read = self.vault.mailboxes_read().await.map_err(coded)?;
        let keys = self.vault.all_keys().await.map_err(coded)?;
        let of_docs = keys
            .iter()
            .filter(|row| row.doc.is_some())
            .map(|row| row.mailbox);
        Ok(of_docs
            .map(|mailbox| {
                (
                    wire_mailbox(mailbox),
                    read.get(&mailbox).copied().unwrap_or(0),
                )
            })
            .collect())
    }

    async fn prepare_trip(
        &mut self,
        around: &Surroundings,
        later: BTreeMap<MailboxId, u64>,
    ) -> Result<Trip, ApiError> {
        if self.roster.is_some() {
            self.seal_all(around.now()).await?;
        }
        let mut rows = self
            .vault
            .outbox(caps::EXCHANGE_BODY as u64)
            .await
            .map_err(coded)?;
        // A colleague's envelopes have no document here; this device's own work goes first.
        let is_carried = |row: &OutboxRow| row.kind == OutboxKind::Envelope && row.doc.is_none();
        rows.sort_by_key(is_carried);
        let carried = rows
            .iter()
            .filter(|row| is_carried(row))
            .map(|row| wire_id(row.id))
            .collect();
        let outgoing: Vec<Outgoing> = rows
            .into_iter()
            .map(|row| Outgoing {
                id: wire_id(row.id),
                keybox: row.kind == OutboxKind::Keybox,
                bytes: row.bytes,
            })
            .collect();
        let at = self.vault.positions().await.map_err(coded)?;
        // Before first contact no position belongs to a database, whatever is held.
        let positions = at.log.map_or_else(Positions::default, |log| Positions {
            log: Some(LogId::from_bytes(*log.as_bytes())),
            roster: at.roster,
            keybox: at.keybox,
        });
        let mut watch = if self.is_desk() {
            BTreeMap::new()
        } else if later.is_empty() {
            self.watch().await?
        } else {
            later
        };
        let later = match watch.keys().nth(caps::WATCHED).copied() {
            Some(first) => watch.split_off(&first),
            None => BTreeMap::new(),
        };
        let (reading, bodies) = if self.is_desk() {
            (
                Reading::Feed(if at.log.is_some() { at.feed } else { 0 }),
                self.wanted().await?,
            )
        } else {
            (Reading::Watch(&watch), Vec::new())
        };
        let plan = plan(&positions, &outgoing, reading, &bodies, 0);
        Ok(Trip {
            plan,
            positions,
            device: self.device()?,
            carried,
            later,
        })
    }

    /// A coordinator's device reads the whole organisation's feed: that hides from the server what it is interested in, and it is a desk's work to hold all.
    fn is_desk(&self) -> bool {
        self.me().is_ok_and(|me| {
            self.roster.as_ref().and_then(|roster| roster.role_of(me)) == Some(Role::Coordinator)
        })
    }

    /// Ids of the feed whose bodies have not come.
    async fn wanted(&self) -> Result<Vec<EnvelopeId>, ApiError> {
        let limit = u32::try_from(caps::EXCHANGE_IDS).unwrap_or(u32::MAX);
        let rows = self.vault.feed_wanted(limit).await.map_err(coded)?;
        Ok(rows.into_iter().map(|row| wire_id(row.id)).collect())
    }

    /// Keeps what a reply brought, then judges it.
    async fn take_trip(
        &mut self,
        checked: Outcome,
        carried: &BTreeSet<EnvelopeId>,
        around: &Surroundings,
        view: &mut SyncedView,
    ) -> Result<TripTaken, ApiError> {
        if let Some(log) = checked.forgot {
            let log = senim_vault::LogId::from_bytes(*log.as_bytes());
            self.vault.reset_server(log).await.map_err(coded)?;
        }
        let mailboxes = self.watch().await?.len();
        self.vault
            .receive(&received(&checked))
            .await
            .map_err(coded)?;
        let refused = self.take_fates(&checked.fates, carried, view).await?;
        view.received = view
            .received
            .saturating_add(small(checked.bodies.len() as u64));
        let knew = self.roster.as_ref().map(senim_seal::Roster::version);
        let taken = self.take_in(around).await?;
        add(view, taken);
        if self.roster.as_ref().map(senim_seal::Roster::version) != knew && knew.is_some() {
            self.top_up(around.now()).await?;
        }
        if checked.stale && self.roster.is_some() {
            self.reseal_outbox(around.now()).await?;
        }
        let unsent = self.vault.outbox_count().await.map_err(coded)?;
        let unread = self.watch().await?.len() > mailboxes;
        // New rows of the feed call for their bodies, and bodies that came make room for the next. Bodies asked for that did not come are asked for at the next sync.
        let wanted = !checked.feed.is_empty()
            || (!checked.bodies.is_empty() && self.is_desk() && !self.wanted().await?.is_empty());
        let again = unread || unsent > u64::try_from(refused.len()).unwrap_or(u64::MAX) || wanted;
        Ok(TripTaken {
            again,
            refused: refused.first().copied(),
        })
    }

    /// Takes what was kept out of the outbox, and what is carried for a colleague and no server will ever keep. Returns the refusals of the rest.
    async fn take_fates(
        &mut self,
        fates: &[(EnvelopeId, PutFate)],
        carried: &BTreeSet<EnvelopeId>,
        view: &mut SyncedView,
    ) -> Result<Vec<Refusal>, ApiError> {
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        for (id, fate) in fates {
            match fate {
                PutFate::Kept => {
                    view.sent = view.sent.saturating_add(1);
                    done.push(vault_id(*id));
                }
                PutFate::Refused(Refusal::Malformed | Refusal::TooLarge)
                    if carried.contains(id) =>
                {
                    done.push(vault_id(*id));
                }
                PutFate::Refused(why) => refused.push(*why),
            }
        }
        self.vault.mark_sent(&done).await.map_err(coded)?;
        Ok(refused)
    }

    pub(crate) async fn count(&self, state: EnvelopeState) -> Result<u32, ApiError> {
        self.vault
            .envelope_count(state)
            .await
            .map(small)
            .map_err(coded)
    }

    async fn note_sync(&self, error: Option<ErrorCode>, now: UnixMillis) -> Result<(), ApiError> {
        match error {
            Some(code) => self
                .vault
                .put_setting(setting::LAST_ERROR, code.as_str().as_bytes())
                .await
                .map_err(coded),
            None => self
                .vault
                .put_settings(&[
                    (setting::LAST_SYNC, &now.0.to_be_bytes()),
                    (setting::LAST_ERROR, b""),
                ])
                .await
                .map_err(coded),
        }
    }
}

pub(crate) fn add(view: &mut SyncedView, taken: Taken) {
    view.applied = view.applied.saturating_add(taken.applied);
    view.refused = view.refused.saturating_add(taken.refused);
}

pub(crate) fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn received(checked: &Outcome) -> Received {
    Received {
        log: Some(senim_vault::LogId::from_bytes(*checked.log.as_bytes())),
        roster: received_roster(&checked.roster),
        keyboxes: checked
            .keyboxes
            .iter()
            .map(|item| ReceivedKeybox {
                position: item.position,
                id: vault_id(id_of(&item.bytes)),
                bytes: item.bytes.0.clone(),
            })
            .collect(),
        keybox_upto: checked.keybox_upto,
        bodies: checked
            .bodies
            .iter()
            .map(|(mailbox, id, bytes)| ReceivedBody {
                mailbox: vault_mailbox(*mailbox),
                id: vault_id(*id),
                bytes: bytes.clone(),
            })
            .collect(),
        watched: checked
            .watched
            .iter()
            .map(|watched| (vault_mailbox(watched.mailbox), watched.after))
            .collect(),
        feed: checked
            .feed
            .iter()
            .map(|row| FeedRow {
                position: row.position,
                mailbox: vault_mailbox(row.mailbox),
                seq: row.seq,
                id: vault_id(row.id),
                size: row.size,
            })
            .collect(),
        feed_upto: checked.feed_upto,
    }
}

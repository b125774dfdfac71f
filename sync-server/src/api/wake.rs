//! `GET /v1/wake?m=<mailbox>.<after>&m=…`: server-sent events.
//!
//! One event `grew` with `<mailbox>.<seq>` as its data for each watched mailbox that has grown beyond the position named or told
//! before; at once for those that had grown already. Comments keep the stream alive. It ends with the session, when the device is
//! no longer admitted, and when the server stops. What this process stored is told at once; what another process stored, at the
//! next look at the store.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use senim_wire::refusal::Refusal;
use senim_wire::{AuthKey, MailboxId, caps};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::peer::Peer;
use super::{App, Failure};
use crate::auth::Caller;
use crate::store::Org;

const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Streams that one device may have open: a lost connection is noticed late.
const WAKES_PER_DEVICE: usize = 8;

/// A mailbox grew.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grew {
    pub(super) org: Org,
    pub(super) mailbox: MailboxId,
    pub(super) seq: u64,
}

/// Opens the stream.
pub(super) async fn wake(
    State(app): State<App>,
    peer: Peer,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let caller = app.caller(peer, &headers).await?;
    let watched = watched(query.as_deref().unwrap_or_default()).ok_or(Refusal::Malformed)?;
    let place = Places::take(&app, caller.key()).ok_or(Refusal::RateLimited { seconds: 60 })?;
    let mut poll = interval(app.0.parts.limits.wake_poll);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watching = Watching {
        grew: app.0.grew.subscribe(),
        stopping: app.0.stopping.subscribe(),
        app,
        caller,
        watched,
        ready: Vec::new(),
        poll,
        _place: place,
    };
    let events = stream::unfold(watching, |mut watching| async move {
        let (mailbox, seq) = watching.next().await?;
        let event = Event::default()
            .event("grew")
            .data(format!("{mailbox}.{seq}"));
        Some((Ok::<_, Infallible>(event), watching))
    });
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response())
}

/// The mailboxes of the query and how far each is known: 1 to [`caps::WATCHED`].
fn watched(query: &str) -> Option<BTreeMap<MailboxId, u64>> {
    let mut watched = BTreeMap::new();
    for pair in query.split('&') {
        let (mailbox, after) = pair.strip_prefix("m=")?.split_once('.')?;
        watched.insert(mailbox.parse().ok()?, after.parse().ok()?);
        if watched.len() > caps::WATCHED {
            return None;
        }
    }
    Some(watched)
}

/// How many streams each device has open.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<BTreeMap<AuthKey, usize>>);

/// A device's place among the open streams, given back when dropped.
struct Place {
    app: App,
    key: AuthKey,
}

impl Places {
    /// None if there are too many streams, of all or of this device.
    fn take(app: &App, key: AuthKey) -> Option<Place> {
        let mut places = app.0.wakes.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = places
            .values()
            .fold(0, |sum: usize, of_one| sum.saturating_add(*of_one));
        let of_one = places.get(&key).copied().unwrap_or(0);
        if all >= app.0.parts.limits.wakes || of_one >= WAKES_PER_DEVICE {
            return None;
        }
        places.insert(key, of_one.saturating_add(1));
        metrics::gauge!("senim_wakes").increment(1.0);
        drop(places);
        Some(Place {
            app: app.clone(),
            key,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self
            .app
            .0
            .wakes
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = places
            .get(&self.key)
            .copied()
            .unwrap_or(0)
            .saturating_sub(1);
        if left == 0 {
            places.remove(&self.key);
        } else {
            places.insert(self.key, left);
        }
        metrics::gauge!("senim_wakes").decrement(1.0);
    }
}

struct Watching {
    app: App,
    caller: Caller,
    /// How far each mailbox is known to the device.
    watched: BTreeMap<MailboxId, u64>,
    /// To be told, last first.
    ready: Vec<(MailboxId, u64)>,
    grew: broadcast::Receiver<Grew>,
    stopping: watch::Receiver<bool>,
    poll: Interval,
    _place: Place,
}

impl Watching {
    /// The next mailbox that grew; none when the stream ends.
    async fn next(&mut self) -> Option<(MailboxId, u64)> {
        loop {
            if let Some(grown) = self.ready.pop() {
                return Some(grown);
            }
            let told = tokio::select! {
                // An error means that the server is gone.
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                told = self.grew.recv() => told,
                // As if too much had been told: look at the store.
                _ = self.poll.tick() => Err(RecvError::Lagged(0)),
            };
            let look = match told {
                Ok(grew) => {
                    if grew.org == self.caller.org() {
                        self.note(grew.mailbox, grew.seq);
                    }
                    false
                }
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return None,
            };
            if look && !self.look().await {
                return None;
            }
        }
    }

    fn note(&mut self, mailbox: MailboxId, seq: u64) {
        if let Some(known) = self.watched.get_mut(&mailbox)
            && seq > *known
        {
            *known = seq;
            self.ready.push((mailbox, seq));
        }
    }

    /// Asks the store. False: the stream is over, because the device may not listen any more or the store does not answer.
    async fn look(&mut self) -> bool {
        if self.app.now_ms() >= self.caller.session_ends_ms() {
            return false;
        }
        let mailboxes: Vec<MailboxId> = self.watched.keys().copied().collect();
        let store = self.app.0.parts.store.clone();
        let admission = store.admission(&self.caller.key()).await;
        if !matches!(admission, Ok(Some(org)) if org == self.caller.org()) {
            return false;
        }
        let Ok(heads) = store.heads(self.caller.org(), &mailboxes).await else {
            return false;
        };
        for (mailbox, seq) in mailboxes.into_iter().zip(heads.mailboxes) {
            self.note(mailbox, seq);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_name_mailboxes_and_positions() {
        let id = "00112233445566778899aabbccddeeff";
        let one = watched(&format!("m={id}.7")).unwrap();
        assert_eq!(one.get(&id.parse().unwrap()), Some(&7));
        for bad in [
            "",
            "m=",
            "m=00.1",
            &format!("m={id}"),
            &format!("m={id}.x"),
            &format!("n={id}.1"),
        ] {
            assert!(watched(bad).is_none(), "{bad}");
        }
        let many: Vec<String> = (0..65_u8).map(|n| format!("m={:032x}.0", n)).collect();
        assert!(watched(&many.join("&")).is_none());
        assert!(watched(&many[..64].join("&")).is_some());
    }
}

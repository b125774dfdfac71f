//! Bringing the server's roster log and admit list up to this device's. What the reply says of positions is believed only as far as it adds up: a
//! wrong position would leave a hole in the log, and with a hole every later put is stale.

use std::collections::BTreeSet;

use senim_ids::ErrorCode;
use senim_sync::{Relay, RelayError};
use senim_vault::RosterRow;
use senim_wire::PROTOCOL_VERSION;
use senim_wire::admit::{AdmitReply, AdmitRequest};
use senim_wire::exchange::Numbered;
use senim_wire::refusal::Refusal;

use crate::app::App;
use crate::coded::coded;
use crate::open::{Open, setting};
use crate::view::ApiError;

/// Requests of one push at the most: a hostile server must not keep a tablet busy for ever. One for each entry of a wiped server.
const PUSHES: usize = 4096;

/// Where in the server's log the items of an answered request stand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OwnPositions {
    /// There, in rising order.
    These(Vec<u64>),
    /// Behind what this reply brings.
    Further,
    /// The reply does not add up.
    Unbelievable,
}

/// The positions from `after` to `upto` that no other item of the reply has: those of the `own` items that it leaves out. An item may have been there
/// before the request, so they need not be the last ones.
pub(crate) fn own_positions(
    after: u64,
    upto: u64,
    others: &[Numbered],
    own: usize,
) -> OwnPositions {
    let taken: BTreeSet<u64> = others.iter().map(|item| item.position).collect();
    let inside = taken.iter().all(|at| (after < *at) && (*at <= upto));
    let span = upto
        .checked_sub(after)
        .and_then(|span| usize::try_from(span).ok())
        .filter(|span| *span <= others.len().saturating_add(own));
    let (Some(_), true, true) = (span, inside, taken.len() == others.len()) else {
        return OwnPositions::Unbelievable;
    };
    let free: Vec<u64> = (after.saturating_add(1)..=upto)
        .filter(|at| !taken.contains(at))
        .collect();
    if free.len() == own {
        OwnPositions::These(free)
    } else {
        OwnPositions::Further
    }
}

/// Whether these items come one after the other behind `after`.
pub(crate) fn follows(after: u64, items: &[Numbered]) -> bool {
    let expected = (1..).map(|step| after.checked_add(step));
    items
        .iter()
        .zip(expected)
        .all(|(item, position)| Some(item.position) == position)
}

impl App {
    /// Sends what stands in the roster here and not on the server: entries in order, then removals, then the list. Ends early, without an error, on a
    /// reply that does not add up: the exchange that follows shows whether the server is another one.
    pub(crate) async fn push_roster(&self, relay: &Relay) -> Result<(), ApiError> {
        for _ in 0..PUSHES {
            let unsent = self.opened().await?.unsent_roster().await?;
            let Some((request, sent)) = unsent else {
                return self.push_owed_list(relay).await;
            };
            let after = request.roster_after;
            let reply = self.admit_or_owe(relay, request).await?;
            let mut open = self.opened().await?;
            match reply {
                AdmitReply::Done {
                    roster_upto,
                    roster,
                } => match own_positions(after, roster_upto, &roster, sent.len()) {
                    OwnPositions::These(own) => {
                        open.take_roster(&roster).await?;
                        open.place(sent, &own).await?;
                    }
                    OwnPositions::Further if !roster.is_empty() && follows(after, &roster) => {
                        open.take_roster(&roster).await?;
                    }
                    OwnPositions::Further | OwnPositions::Unbelievable => return Ok(()),
                },
                AdmitReply::Moved { roster } if !follows(after, &roster) => return Ok(()),
                // Nothing new, and it still says that it moved: it holds another chain.
                AdmitReply::Moved { roster } if roster.is_empty() => {
                    return Err(ErrorCode::RosterForked.into());
                }
                AdmitReply::Moved { roster } => open.take_roster(&roster).await?,
            }
        }
        Err(ErrorCode::ServerRefused.into())
    }

    /// Two admins who do not know of each other's removals make two lists of one version, and a lost reply brings the same list twice: the server refuses
    /// the second. What it follows from goes without it, and the list is owed until this device knows more.
    async fn admit_or_owe(
        &self,
        relay: &Relay,
        request: AdmitRequest,
    ) -> Result<AdmitReply, ApiError> {
        let device = self.opened().await?.device()?;
        match relay.admit(&request, &device).await {
            Err(RelayError::Refused(Refusal::ListRefused)) => {
                self.opened().await?.owe_list().await?;
                let without = AdmitRequest {
                    list: None,
                    ..request
                };
                relay.admit(&without, &device).await.map_err(coded)
            }
            replied => replied.map_err(coded),
        }
    }

    async fn push_owed_list(&self, relay: &Relay) -> Result<(), ApiError> {
        let (request, device) = {
            let open = self.opened().await?;
            let Some(request) = open.owed_list().await? else {
                return Ok(());
            };
            (request, open.device()?)
        };
        let sent = relay.admit(&request, &device).await;
        let open = self.opened().await?;
        match sent {
            Ok(_) => open
                .vault
                .erase_setting(setting::LIST_OWED)
                .await
                .map_err(coded),
            Err(RelayError::Refused(Refusal::ListRefused)) => open.owe_list().await,
            Err(error) => Err(coded(error)),
        }
    }
}

impl Open {
    /// Notes at which version of the roster the server refused this device's list.
    async fn owe_list(&self) -> Result<(), ApiError> {
        let version = self.roster()?.version().to_be_bytes();
        self.vault
            .put_setting(setting::LIST_OWED, &version)
            .await
            .map_err(coded)
    }

    /// The list alone, if one is owed and more is known than when it was refused.
    async fn owed_list(&self) -> Result<Option<AdmitRequest>, ApiError> {
        let owed = self
            .vault
            .get_setting(setting::LIST_OWED)
            .await
            .map_err(coded)?;
        let Some(refused_at) = owed.and_then(|bytes| bytes.first_chunk().copied()) else {
            return Ok(None);
        };
        let roster = self.roster()?;
        if roster.version() <= u64::from_be_bytes(refused_at) {
            return Ok(None);
        }
        let Some(list) = self.signed_list(roster) else {
            return Ok(None);
        };
        Ok(Some(AdmitRequest {
            version: PROTOCOL_VERSION,
            append: None,
            removals: Vec::new(),
            list: Some(list),
            leave: false,
            roster_after: self.vault.positions().await.map_err(coded)?.roster,
        }))
    }

    async fn place(&self, rows: Vec<RosterRow>, positions: &[u64]) -> Result<(), ApiError> {
        for (row, position) in rows.into_iter().zip(positions) {
            let row = RosterRow {
                position: Some(*position),
                ..row
            };
            self.vault.put_roster(&row).await.map_err(coded)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use senim_wire::cbor::Bytes;

    use super::*;

    fn at(positions: &[u64]) -> Vec<Numbered> {
        let item = |position: &u64| Numbered {
            position: *position,
            bytes: Bytes(Vec::new()),
        };
        positions.iter().map(item).collect()
    }

    #[test]
    fn an_item_that_was_there_before_gets_its_own_place() {
        let these = |own: &[u64]| OwnPositions::These(own.to_vec());
        assert_eq!(own_positions(5, 8, &at(&[7, 8]), 1), these(&[6]));
        assert_eq!(own_positions(5, 8, &at(&[6, 7]), 1), these(&[8]));
        assert_eq!(own_positions(0, 1, &[], 1), these(&[1]));
        assert_eq!(own_positions(5, 9, &at(&[7, 8]), 2), these(&[6, 9]));
    }

    #[test]
    fn a_reply_that_does_not_add_up_gives_no_place() {
        let wrong = OwnPositions::Unbelievable;
        assert_eq!(own_positions(5, 1_000_000_000, &[], 1), wrong);
        assert_eq!(own_positions(5, 4, &[], 1), wrong);
        assert_eq!(own_positions(5, 7, &at(&[9]), 1), wrong);
        assert_eq!(own_positions(5, 8, &at(&[6, 6]), 1), wrong);
        assert_eq!(own_positions(5, 6, &at(&[6]), 1), OwnPositions::Further);
        assert!(follows(5, &at(&[6, 7])) && !follows(5, &at(&[7])));
    }
}

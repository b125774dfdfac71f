//! Adding to the roster's chain: by the server's compare-and-append where there is one, by the sequencer where there is none.

use senim_ids::ErrorCode;
use senim_seal::RosterChange;
use senim_vault::{RosterKind, RosterRow};
use senim_wire::PROTOCOL_VERSION;
use senim_wire::admit::{AdmitReply, AdmitRequest};
use senim_wire::cbor::Bytes;

use crate::app::App;
use crate::coded::coded;
use crate::open::Open;
use crate::push::{OwnPositions, follows, own_positions};
use crate::roster::received_roster;
use crate::view::ApiError;

/// How often an append is tried anew when the roster moved meanwhile.
const APPENDS: usize = 8;

impl App {
    /// Adds an entry: by the server's compare-and-append where there is one, by the sequencer alone where there is none.
    pub(crate) async fn append(
        &self,
        change: RosterChange,
        possession: Option<[u8; 64]>,
    ) -> Result<(), ApiError> {
        let now = self.around.now();
        let _one = self.syncing.lock().await;
        let relay = self.opened().await?.relay()?;
        let Some(relay) = relay else {
            let mut open = self.opened().await?;
            if open.roster()?.sequencer() != open.device()?.device_id() {
                return Err(ErrorCode::NoServer.into());
            }
            let (prepared, _) = open.prepare_entry(change, possession, now).await?;
            return open.keep(prepared, None).await;
        };
        for _ in 0..APPENDS {
            // The whole exchange and not the roster alone: an entry may be sealed under a key that only a keybox brings, and signing past an entry that
            // could not be read would fork the chain.
            self.sync_once().await?;
            let (prepared, request, device) = {
                let mut open = self.opened().await?;
                open.read_whole_roster().await?;
                let (prepared, _) = open.prepare_entry(change.clone(), possession, now).await?;
                let request = AdmitRequest {
                    version: PROTOCOL_VERSION,
                    append: prepared.append.clone(),
                    removals: Vec::new(),
                    list: prepared.list.clone(),
                    leave: false,
                    roster_after: open.vault.positions().await.map_err(coded)?.roster,
                };
                (prepared, request, open.device()?)
            };
            let reply = relay.admit(&request, &device).await.map_err(coded)?;
            let mut open = self.opened().await?;
            match reply {
                AdmitReply::Done {
                    roster_upto,
                    roster,
                } => {
                    let after = request.roster_after;
                    let position = match own_positions(after, roster_upto, &roster, 1) {
                        OwnPositions::These(own) => own.first().copied(),
                        OwnPositions::Further | OwnPositions::Unbelievable => None,
                    };
                    if position.is_some() {
                        open.take_roster(&roster).await?;
                    }
                    // Where its place was not told, the next sync asks for it.
                    return open.keep(prepared, position).await;
                }
                AdmitReply::Moved { roster } if follows(request.roster_after, &roster) => {
                    open.take_roster(&roster).await?;
                }
                AdmitReply::Moved { .. } => return Err(ErrorCode::NotAServer.into()),
            }
        }
        Err(ErrorCode::RosterMoved.into())
    }
}

impl Open {
    /// # Errors
    /// `roster-moved` while an item of the roster log could not be opened or folded: an older app, or a key that has not come.
    pub(crate) async fn read_whole_roster(&self) -> Result<(), ApiError> {
        let rows = self.vault.roster_log().await.map_err(coded)?;
        let entries = rows
            .iter()
            .filter(|row| row.kind == RosterKind::Entry)
            .count();
        let opened = rows.iter().all(|row| row.content.is_some());
        let folded = self.roster()?.entry_contents().count() == entries;
        if opened && folded {
            Ok(())
        } else {
            Err(ErrorCode::RosterMoved.into())
        }
    }

    pub(crate) async fn take_roster(
        &mut self,
        items: &[senim_wire::exchange::Numbered],
    ) -> Result<(), ApiError> {
        for item in received_roster(items) {
            let row = RosterRow {
                position: Some(item.position),
                id: item.id,
                kind: item.kind,
                bytes: item.bytes,
                content: None,
            };
            self.vault.put_roster(&row).await.map_err(coded)?;
        }
        self.reload_roster().await.map(|_| ())
    }

    /// The next request that brings the server's roster up to this one, with the rows it carries.
    pub(crate) async fn unsent_roster(
        &self,
    ) -> Result<Option<(AdmitRequest, Vec<RosterRow>)>, ApiError> {
        let rows = self.vault.roster_log().await.map_err(coded)?;
        let unsent = |kind: RosterKind| {
            rows.iter()
                .filter(move |row| row.position.is_none() && row.kind == kind)
        };
        let expected = rows
            .iter()
            .rfind(|row| row.kind == RosterKind::Entry && row.position.is_some())
            .map(|row| crate::keys::wire_id(row.id));
        let entry = unsent(RosterKind::Entry).next();
        let removals: Vec<&RosterRow> = match entry {
            Some(_) => Vec::new(),
            None => unsent(RosterKind::Removal).take(64).collect(),
        };
        if entry.is_none() && removals.is_empty() {
            return Ok(None);
        }
        let last = unsent(RosterKind::Entry).count() <= 1
            && unsent(RosterKind::Removal).count() <= removals.len();
        let request = AdmitRequest {
            version: PROTOCOL_VERSION,
            append: entry.map(|row| senim_wire::admit::Append {
                expected,
                entry: Bytes(row.bytes.clone()),
            }),
            removals: removals
                .iter()
                .map(|row| Bytes(row.bytes.clone()))
                .collect(),
            list: if last {
                self.signed_list(self.roster()?)
            } else {
                None
            },
            leave: false,
            roster_after: self.vault.positions().await.map_err(coded)?.roster,
        };
        let sent = entry.into_iter().chain(removals).cloned().collect();
        Ok(Some((request, sent)))
    }
}

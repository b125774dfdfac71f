//! A file instead of a server: the same sealed items, judged in the same way (docs/formats/bundle.md).

use std::collections::BTreeSet;
use std::io::Cursor;

use senim_ids::{ErrorCode, MemberId, UnixMillis};
use senim_seal::{BundleDraft, BundleItems, EncKey, open_bundle, seal_bundle};
use senim_vault::{OutboxKind, Received, ReceivedBody, ReceivedKeybox};
use senim_wire::cbor::Bytes;
use senim_wire::envelope::{Header, Kind, id_of};
use senim_wire::exchange::Numbered;

use crate::app::App;
use crate::coded::coded;
use crate::keys::{devices_of, vault_id, vault_mailbox};
use crate::open::{Open, rng, setting};
use crate::roster::received_roster;
use crate::sync::{add, small};
use crate::view::{ApiError, SyncedView};

impl App {
    pub(crate) async fn export_bundle(
        &self,
        members: Vec<MemberId>,
        everything: bool,
    ) -> Result<Vec<u8>, ApiError> {
        let now = self.around.now();
        let mut open = self.opened().await?;
        open.seal_all(now).await?;
        let items = open.bundle_items(everything).await?;
        open.sealed_bundle(members, &items, now).await
    }

    pub(crate) async fn import_bundle(&self, file: Vec<u8>) -> Result<SyncedView, ApiError> {
        let mut open = self.opened().await?;
        let (device, org) = (open.device()?, open.facts()?.org);
        let bundle = open_bundle(Cursor::new(file), &device, org).map_err(coded)?;
        // The roster inside may be what names the author, or what a joining device begins with: it is judged by its own signatures first.
        let roster_first = Received {
            roster: received(bundle.items())?.roster,
            ..Received::default()
        };
        open.vault.receive(&roster_first).await.map_err(coded)?;
        open.reload_roster().await?;
        let known = open
            .roster
            .as_ref()
            .and_then(|roster| roster.device(bundle.claimed_author()));
        // The bundle's signature only tells whose hand it came from; where the author is known it must be right. A device that has not joined yet knows nobody.
        let items = match known {
            Some(author) => bundle
                .verify(author.keys.sign())
                .map_err(coded)?
                .into_items(),
            None if open.roster.is_none() => bundle.items().clone(),
            None => return Err(ErrorCode::BundleRefused.into()),
        };
        let mut view = SyncedView::nothing();
        let received = received(&items)?;
        view.received = small(received.bodies.len() as u64);
        open.vault.receive(&received).await.map_err(coded)?;
        let taken = open.take_in(&self.around).await?;
        add(&mut view, taken);
        view.waiting = open.count(senim_vault::EnvelopeState::Waiting).await?;
        Ok(view)
    }
}

impl Open {
    /// The whole roster log, the keyboxes not yet on the server, and envelopes: those not yet on the server, or all that are held.
    async fn bundle_items(&mut self, everything: bool) -> Result<BundleItems, ApiError> {
        let mut items = BundleItems::default();
        for row in self.vault.roster_log().await.map_err(coded)? {
            items.roster.push(row.bytes);
        }
        for row in self.vault.outbox(u64::MAX).await.map_err(coded)? {
            match row.kind {
                OutboxKind::Keybox => items.keyboxes.push(row.bytes),
                OutboxKind::Envelope if !everything => items.envelopes.push(row.bytes),
                OutboxKind::Envelope => {}
            }
        }
        if everything {
            let keys = self.vault.all_keys().await.map_err(coded)?;
            let mailboxes: BTreeSet<_> = keys
                .iter()
                .filter(|row| row.doc.is_some())
                .map(|row| row.mailbox)
                .collect();
            for mailbox in mailboxes {
                let kept = self.vault.envelopes(mailbox).await.map_err(coded)?;
                items
                    .envelopes
                    .extend(kept.into_iter().map(|envelope| envelope.bytes));
            }
        }
        Ok(items)
    }

    async fn sealed_bundle(
        &mut self,
        members: Vec<MemberId>,
        items: &BundleItems,
        now: UnixMillis,
    ) -> Result<Vec<u8>, ApiError> {
        let readers: Vec<EncKey> = devices_of(self.roster()?, members)
            .into_iter()
            .map(|(_, key)| key)
            .collect();
        let counter = self
            .vault
            .get_setting(setting::BUNDLE_COUNTER)
            .await
            .map_err(coded)?;
        let counter = counter
            .and_then(|bytes| bytes.first_chunk().copied())
            .map_or(1, |last| u64::from_be_bytes(last).saturating_add(1));
        self.vault
            .put_setting(setting::BUNDLE_COUNTER, &counter.to_be_bytes())
            .await
            .map_err(coded)?;
        let draft = BundleDraft {
            org: self.facts()?.org,
            counter,
            roster_seq: self.roster()?.head_seq(),
            wall_ms: now,
            readers: &readers,
            items,
        };
        seal_bundle(&draft, &*self.device()?, &mut rng()).map_err(coded)
    }
}

fn received(items: &BundleItems) -> Result<Received, ApiError> {
    let roster: Vec<Numbered> = items
        .roster
        .iter()
        .map(|bytes| Numbered {
            position: 0,
            bytes: Bytes(bytes.clone()),
        })
        .collect();
    // Anything else than a record has no place in a bundle and would only be carried to a server that refuses it.
    let bodies = items
        .envelopes
        .iter()
        .filter(|bytes| !Header::parse(bytes).is_ok_and(|(header, _)| header.kind != Kind::Record))
        .map(|bytes| {
            let (header, _) = Header::parse(bytes).map_err(|_| ErrorCode::BundleRefused)?;
            Ok(ReceivedBody {
                mailbox: vault_mailbox(header.mailbox),
                id: vault_id(id_of(bytes)),
                bytes: bytes.clone(),
            })
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    Ok(Received {
        roster: received_roster(&roster),
        keyboxes: items
            .keyboxes
            .iter()
            .map(|bytes| ReceivedKeybox {
                position: 0,
                id: vault_id(id_of(bytes)),
                bytes: bytes.clone(),
            })
            .collect(),
        bodies,
        ..Received::default()
    })
}

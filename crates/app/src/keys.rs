//! Keys of documents: which one to write under, new epochs, who is given what (protocol.md 7).

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretBox};
use senim_ids::{DeviceId, DocId, DocKind, ErrorCode, MemberId, Role, UnixMillis};
use senim_model::Sharing;
use senim_seal::{DeviceRecord, DocKey, EncKey, KeyboxDraft, KeyboxRow, Roster, seal_keybox};
use senim_vault::{KeyRow, KeyStanding, OwnKeybox};
use senim_wire::envelope::id_of;
use senim_wire::{MailboxId, caps};

use crate::coded::{coded, internal};
use crate::open::{Open, random, rng};
use crate::view::ApiError;

/// Epochs are not counted further than this: one device that names a huge number must not leave the others none to go on with. At the end several
/// epochs share the number, and the readers decide which one is written under.
pub(crate) const LAST_EPOCH: u64 = 1 << 40;
/// Parents that an epoch names (docs/formats/keybox.md).
const PARENTS: usize = 64;
/// Rows of one hand-over: with 64 readers' lists they stay well under the cap of a sealed box.
const ROWS: usize = 128;

/// A key to seal under.
pub(crate) struct WriteKey {
    pub(crate) mailbox: MailboxId,
    pub(crate) epoch: u64,
    pub(crate) key: DocKey,
}

pub(crate) fn doc_key(row: &KeyRow) -> DocKey {
    DocKey::from_bytes(row.key.expose_secret())
}

pub(crate) fn wire_mailbox(mailbox: senim_vault::MailboxId) -> MailboxId {
    MailboxId::from_bytes(*mailbox.as_bytes())
}

pub(crate) fn vault_mailbox(mailbox: MailboxId) -> senim_vault::MailboxId {
    senim_vault::MailboxId::from_bytes(*mailbox.as_bytes())
}

pub(crate) fn vault_id(id: senim_wire::EnvelopeId) -> senim_vault::EnvelopeId {
    senim_vault::EnvelopeId::from_bytes(*id.as_bytes())
}

pub(crate) fn wire_id(id: senim_vault::EnvelopeId) -> senim_wire::EnvelopeId {
    senim_wire::EnvelopeId::from_bytes(*id.as_bytes())
}

/// A row of a keybox as the vault keeps it.
pub(crate) fn stored_key(row: &KeyboxRow, author: DeviceId, standing: KeyStanding) -> KeyRow {
    KeyRow {
        doc: row.doc,
        doc_kind: row.kind,
        epoch: row.epoch,
        mailbox: vault_mailbox(row.mailbox),
        parents: row.parents.iter().copied().map(vault_mailbox).collect(),
        key: SecretBox::new(Box::new(*row.key.expose())),
        readers: row.readers.clone(),
        author,
        standing,
    }
}

/// A stored key as a row of a keybox, with more readers added to its list.
fn keybox_row(row: &KeyRow, added: &[DeviceId]) -> KeyboxRow {
    let mut readers: Vec<DeviceId> = row.readers.iter().chain(added).copied().collect();
    readers.sort_unstable();
    readers.dedup();
    KeyboxRow {
        doc: row.doc,
        kind: row.doc_kind,
        epoch: row.epoch,
        parents: row.parents.iter().copied().map(wire_mailbox).collect(),
        mailbox: wire_mailbox(row.mailbox),
        key: doc_key(row),
        readers,
    }
}

/// Members who were not removed.
pub(crate) fn active_members(roster: &Roster) -> Vec<MemberId> {
    roster
        .members()
        .filter(|member| !member.removed)
        .map(|member| member.id)
        .collect()
}

fn active_devices(roster: &Roster, member: MemberId) -> impl Iterator<Item = &DeviceRecord> {
    roster
        .devices()
        .filter(move |device| device.member == member && device.active())
}

/// Active devices of these members with their `enc` keys.
pub(crate) fn devices_of(
    roster: &Roster,
    members: impl IntoIterator<Item = MemberId>,
) -> Vec<(DeviceId, EncKey)> {
    let mut devices: Vec<(DeviceId, EncKey)> = members
        .into_iter()
        .flat_map(|member| active_devices(roster, member))
        .map(|device| (device.id, *device.keys.enc()))
        .collect();
    devices.sort_by_key(|(device, _)| *device);
    devices
}

impl Open {
    /// Who holds access to a document (`None`: the roster log, which every member reads).
    async fn readers(&mut self, doc: Option<DocId>) -> Result<Vec<MemberId>, ApiError> {
        match doc {
            None => Ok(active_members(self.roster()?)),
            Some(doc) => Ok(self
                .document(doc)
                .await?
                .state
                .readers
                .keys()
                .copied()
                .collect()),
        }
    }

    /// Whether this member may let others read a document.
    pub(crate) async fn may_share(&mut self, doc: Option<DocId>) -> Result<bool, ApiError> {
        let me = self.me()?;
        match doc {
            None => Ok(self.require(Role::Admin).is_ok()),
            Some(doc) => Ok(self.sharers(doc).await?.contains(&me)),
        }
    }

    /// Who may give the key of a document: readers who may share and were not removed. When none of them is left, every reader may, so that a team whose leader was taken
    /// away is not locked out of its own work.
    pub(crate) async fn sharers(&mut self, doc: DocId) -> Result<BTreeSet<MemberId>, ApiError> {
        let readers = self.document(doc).await?.state.readers.clone();
        let roster = self.roster()?;
        let active = |member: &MemberId| active_devices(roster, *member).next().is_some();
        let allowed: BTreeSet<MemberId> = readers
            .iter()
            .filter(|(member, sharing)| **sharing == Sharing::Allowed && active(member))
            .map(|(member, _)| *member)
            .collect();
        Ok(if allowed.is_empty() {
            readers.into_keys().filter(active).collect()
        } else {
            allowed
        })
    }

    /// The key to write under: of the accepted epochs whose readers are all still readers, the highest, then the lowest mailbox. Makes a new
    /// epoch if there is none and this member may; `None` if it may not: the journal waits until someone who may has made one.
    pub(crate) async fn write_key(
        &mut self,
        doc: Option<DocId>,
        now: UnixMillis,
    ) -> Result<Option<WriteKey>, ApiError> {
        if let Some(key) = self.best_key(doc).await? {
            return Ok(Some(key));
        }
        if !self.may_share(doc).await? {
            return Ok(None);
        }
        self.new_epoch(doc, now).await?;
        self.best_key(doc).await
    }

    async fn best_key(&mut self, doc: Option<DocId>) -> Result<Option<WriteKey>, ApiError> {
        let readers = self.readers(doc).await?;
        let roster = self.roster()?;
        let still_reads = |device: &DeviceId| {
            roster
                .device(*device)
                .is_some_and(|known| known.active() && readers.contains(&known.member))
        };
        let keys = self.vault.keys_of(doc).await.map_err(coded)?;
        // Rows come by epoch, then mailbox: of the last epoch the first is the lowest mailbox.
        let best = keys
            .iter()
            .filter(|row| {
                row.standing == KeyStanding::Accepted
                    && !row.readers.is_empty()
                    && row.readers.iter().all(still_reads)
            })
            .max_by(|a, b| a.epoch.cmp(&b.epoch).then(b.mailbox.cmp(&a.mailbox)));
        Ok(best.map(|row| WriteKey {
            mailbox: wire_mailbox(row.mailbox),
            epoch: row.epoch,
            key: doc_key(row),
        }))
    }

    /// Makes the next epoch of a document for those who read it now, and queues its keybox.
    pub(crate) async fn new_epoch(
        &mut self,
        doc: Option<DocId>,
        now: UnixMillis,
    ) -> Result<(), ApiError> {
        let kind = match doc {
            None => None,
            Some(doc) => Some(self.document(doc).await?.kind),
        };
        let members = self.readers(doc).await?;
        let earlier = self.vault.keys_of(doc).await.map_err(coded)?;
        let epoch = earlier
            .iter()
            .map(|row| row.epoch.saturating_add(1))
            .max()
            .unwrap_or(0)
            .min(LAST_EPOCH);
        let mut parents: Vec<MailboxId> = earlier
            .iter()
            .filter(|row| row.epoch.saturating_add(1) == epoch)
            .map(|row| wire_mailbox(row.mailbox))
            .collect();
        parents.sort_unstable();
        parents.truncate(PARENTS);
        let devices = devices_of(self.roster()?, members);
        let row = fresh_row(doc, kind, epoch, parents, &devices);
        self.give(&devices, &[row], doc, now).await
    }

    /// Queues keyboxes with these rows for these devices, at most [`caps::KEYBOX_READERS`] devices in each, and keeps the keys as accepted: this device made or audited
    /// them.
    pub(crate) async fn give(
        &mut self,
        devices: &[(DeviceId, EncKey)],
        rows: &[KeyboxRow],
        doc: Option<DocId>,
        now: UnixMillis,
    ) -> Result<(), ApiError> {
        let device = self.device()?;
        let roster_seq = self.roster.as_ref().map_or(0, Roster::head_seq);
        let org = self.facts()?.org;
        let author = device.device_id();
        for readers in devices.chunks(caps::KEYBOX_READERS) {
            let draft = KeyboxDraft {
                org,
                roster_seq,
                wall_ms: now,
                readers,
                rows,
            };
            let bytes = seal_keybox(&draft, &device, &mut rng()).map_err(internal)?;
            let keys = rows
                .iter()
                .map(|row| stored_key(row, author, KeyStanding::Accepted))
                .collect();
            let keybox = OwnKeybox {
                id: vault_id(id_of(&bytes)),
                doc,
                bytes,
                keys,
            };
            self.vault.commit_keybox(&keybox).await.map_err(coded)?;
        }
        Ok(())
    }

    /// Hands the whole past of a document to the devices of `member`. The rows, with the new devices in their lists, go to all readers: whoever
    /// writes must know every device that holds the key, or would go on writing under it after one of them was taken away.
    pub(crate) async fn hand_over(
        &mut self,
        doc: Option<DocId>,
        member: MemberId,
        now: UnixMillis,
    ) -> Result<(), ApiError> {
        if !self.may_share(doc).await? {
            return Err(ErrorCode::RoleRefused.into());
        }
        let mut readers = self.readers(doc).await?;
        if !readers.contains(&member) {
            readers.push(member);
        }
        let fresh: Vec<DeviceId> = devices_of(self.roster()?, [member])
            .into_iter()
            .map(|(device, _)| device)
            .collect();
        let devices = devices_of(self.roster()?, readers);
        let keys = self.vault.keys_of(doc).await.map_err(coded)?;
        for rows in keys.chunks(ROWS) {
            let rows: Vec<KeyboxRow> = rows.iter().map(|row| keybox_row(row, &fresh)).collect();
            self.give(&devices, &rows, doc, now).await?;
        }
        Ok(())
    }

    /// Every active device of a reader that holds no key to what is written now gets one: a hand-over that was cut short, or a device that was added while an epoch was being
    /// made. For the documents this member may share.
    pub(crate) async fn top_up(&mut self, now: UnixMillis) -> Result<(), ApiError> {
        for doc in self.known_docs().await? {
            if !self.may_share(doc).await? {
                continue;
            }
            let readers = self.readers(doc).await?;
            let keys = self.vault.keys_of(doc).await.map_err(coded)?;
            let accepted = keys
                .iter()
                .filter(|row| row.standing == KeyStanding::Accepted);
            let Some(last) = accepted.max_by_key(|row| row.epoch) else {
                continue;
            };
            let roster = self.roster()?;
            let without: Vec<MemberId> = readers
                .into_iter()
                .filter(|member| {
                    active_devices(roster, *member).any(|device| !last.readers.contains(&device.id))
                })
                .collect();
            for member in without {
                self.hand_over(doc, member, now).await?;
            }
        }
        Ok(())
    }

    /// The roster log and every document held.
    async fn known_docs(&self) -> Result<Vec<Option<DocId>>, ApiError> {
        let rows = self.vault.documents().await.map_err(coded)?;
        Ok([None]
            .into_iter()
            .chain(rows.into_iter().map(|row| Some(row.doc)))
            .collect())
    }

    /// After a removal: a new epoch for the roster log and for every document in memory or on disk that the removed could read and this member may share.
    pub(crate) async fn rotate_after_removal(&mut self, now: UnixMillis) -> Result<(), ApiError> {
        for doc in self.known_docs().await? {
            if self.may_share(doc).await? && self.best_key(doc).await?.is_none() {
                self.new_epoch(doc, now).await?;
            }
        }
        Ok(())
    }
}

/// A row with a new random key and mailbox.
pub(crate) fn fresh_row(
    doc: Option<DocId>,
    kind: Option<DocKind>,
    epoch: u64,
    parents: Vec<MailboxId>,
    devices: &[(DeviceId, EncKey)],
) -> KeyboxRow {
    KeyboxRow {
        doc,
        kind,
        epoch,
        parents,
        mailbox: MailboxId::from_bytes(random()),
        key: DocKey::make(&mut rng()),
        readers: devices.iter().map(|(device, _)| *device).collect(),
    }
}

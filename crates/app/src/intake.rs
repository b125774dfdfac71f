//! What came in, judged: keyboxes, the roster, records (protocol.md 5). Raw bytes are on disk before anything here looks at them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use secrecy::ExposeSecret as _;
use senim_ids::{DeviceId, DocId, DocKind};
use senim_seal::{
    DocKey, Judgement, OpenError, OpenRecordError, Roster, VerifiedKeybox, VerifiedRecord,
    open_record, try_open_keybox,
};
use senim_vault::{
    EnvelopeState, KeyRow, KeyStanding, KeyboxState, PendingEnvelope, PendingKeybox,
    StoredDocument, Verdict,
};

use crate::coded::coded;
use crate::keys::{LAST_EPOCH, doc_key, stored_key, wire_mailbox};
use crate::open::{Open, Surroundings};
use crate::view::ApiError;

/// Envelopes looked at in one go.
const BATCH: u32 = 2000;

/// The highest number that a record may state: the vault's integers are signed.
const LAST_NUMBER: u64 = i64::MAX as u64;

/// Stable codes of records that wait or were refused; shown in quarantine.
pub(crate) mod why {
    pub(crate) const NO_KEY: &str = "no-key";
    pub(crate) const DAMAGED: &str = "damaged";
    pub(crate) const AUTHOR: &str = "author";
    pub(crate) const UNKNOWN_DEVICE: &str = "unknown-device";
    pub(crate) const OTHER_DOCUMENT: &str = "other-document";
    pub(crate) const AFTER_REMOVAL: &str = "after-removal";
    pub(crate) const GAP: &str = "gap";
    pub(crate) const FORK: &str = "fork";
    pub(crate) const SEQ_FELL: &str = "seq-fell";
    pub(crate) const NO_GENESIS: &str = "no-genesis";
    pub(crate) const NO_ACCESS: &str = "no-access";
    pub(crate) const GATE_STOPPED: &str = "gate-stopped";
    pub(crate) const MISSING_CHANGE: &str = "missing-change";
    pub(crate) const HELD: &str = "held";
    pub(crate) const LOCAL_EDITS: &str = "local-edits";
}

/// What an intake did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) applied: u32,
    pub(crate) refused: u32,
}

/// Whether a record with this number was written after its device was removed.
pub(crate) fn after_removal(roster: &Roster, device: DeviceId, device_seq: u64) -> bool {
    roster.judge(device, device_seq) == Judgement::AfterRemoval
}

/// A record whose author is proven, with the envelope it came in.
pub(crate) struct Proven {
    pub(crate) envelope: senim_vault::EnvelopeId,
    pub(crate) record: VerifiedRecord,
}

impl Proven {
    /// Whether this record founds its document: its genesis act, and what was decided with it, stand whatever became of the founder's device.
    pub(crate) fn founds(&self) -> bool {
        let doc = self.record.head().doc;
        self.record
            .acts()
            .iter()
            .any(|(hash, _)| hash.as_bytes() == doc.as_bytes())
    }

    /// Whether it was written after its device was removed.
    pub(crate) fn is_late(&self, roster: &Roster) -> bool {
        let head = self.record.head();
        !self.founds() && after_removal(roster, head.device, head.device_seq)
    }
}

impl Open {
    /// Goes round until nothing moves any more: a key opens a roster entry, which proves an author, whose act accepts a key.
    pub(crate) async fn take_in(&mut self, around: &Surroundings) -> Result<Taken, ApiError> {
        let mut taken = Taken::default();
        loop {
            let mut moved = self.take_keyboxes().await?;
            moved |= self.reload_roster().await?;
            if self.roster.is_some() {
                let round = self.take_records(around).await?;
                moved |= round != Taken::default();
                taken.applied = taken.applied.saturating_add(round.applied);
                taken.refused = taken.refused.saturating_add(round.refused);
                moved |= self.audit_keys().await?;
            }
            if !moved {
                return Ok(taken);
            }
        }
    }

    async fn take_keyboxes(&mut self) -> Result<bool, ApiError> {
        let mut moved = false;
        for pending in self.vault.keyboxes_pending().await.map_err(coded)? {
            moved |= self.take_keybox(&pending).await?;
        }
        Ok(moved)
    }

    async fn take_keybox(&mut self, pending: &PendingKeybox) -> Result<bool, ApiError> {
        let (device, org) = (self.device()?, self.facts()?.org);
        let opened = match try_open_keybox(&pending.bytes, &device, org) {
            Ok(Some(opened)) => opened,
            Ok(None) => return self.settle_keybox(pending, KeyboxState::Foreign, &[]).await,
            Err(_) => return self.settle_keybox(pending, KeyboxState::Refused, &[]).await,
        };
        let Some(roster) = self.roster.as_ref() else {
            return self.take_roster_keys(&opened).await;
        };
        let Some(author) = roster.device(opened.claimed_author()) else {
            return Ok(false);
        };
        let verified = opened.verify(author.keys.sign());
        match verified {
            Ok(verified) if is_sound(&verified, device.device_id()) => {
                let (state, keys) = self.judged_keys(&verified).await?;
                self.settle_keybox(pending, state, &keys).await
            }
            _ => self.settle_keybox(pending, KeyboxState::Refused, &[]).await,
        }
    }

    async fn settle_keybox(
        &mut self,
        pending: &PendingKeybox,
        state: KeyboxState,
        keys: &[KeyRow],
    ) -> Result<bool, ApiError> {
        self.vault
            .settle_keybox(pending.id, state, keys)
            .await
            .map_err(coded)?;
        Ok(state == KeyboxState::Opened)
    }

    /// A joining device has no roster yet to check an author by: the roster's keys are taken on trial. What they open must lead from the pinned genesis
    /// to the head seen in person, and the keybox is judged again when it does.
    async fn take_roster_keys(
        &mut self,
        opened: &senim_seal::OpenedKeybox,
    ) -> Result<bool, ApiError> {
        let known = self.vault.keys_of(None).await.map_err(coded)?;
        let author = opened.claimed_author();
        let fresh: Vec<KeyRow> = opened
            .roster_keys()
            .into_iter()
            .filter(|(mailbox, _)| {
                known
                    .iter()
                    .all(|row| wire_mailbox(row.mailbox) != *mailbox)
            })
            .map(|(mailbox, key)| provisional_roster_key(mailbox, &key, author))
            .collect();
        if fresh.is_empty() {
            return Ok(false);
        }
        self.vault.put_keys(&fresh).await.map_err(coded)?;
        Ok(true)
    }

    /// The keys of a box as they are to be kept. A box waits while somebody else has given one of its keys and neither may be believed yet.
    async fn judged_keys(
        &mut self,
        keybox: &VerifiedKeybox,
    ) -> Result<(KeyboxState, Vec<KeyRow>), ApiError> {
        let (mut state, mut keys) = (KeyboxState::Opened, Vec::new());
        for row in keybox.rows() {
            if let (Some(doc), Some(kind)) = (row.doc, row.kind) {
                self.make_room_for(doc, kind).await?;
            }
            let standing = if self.may_give(row.doc, keybox.author()).await? {
                KeyStanding::Accepted
            } else {
                KeyStanding::Provisional
            };
            let given = stored_key(row, keybox.author(), standing);
            let known = self
                .vault
                .keys_by_mailbox(given.mailbox)
                .await
                .map_err(coded)?
                .into_iter()
                .find(|known| known.key.expose_secret() == given.key.expose_secret());
            match known {
                None => keys.push(given),
                Some(known) => match beside(known, given) {
                    Beside::Keep(row) => keys.push(row),
                    Beside::Held => {}
                    Beside::Wait => state = KeyboxState::Waiting,
                },
            }
        }
        Ok((state, keys))
    }

    /// A document whose key came before its first record stands empty until that comes.
    async fn make_room_for(&mut self, doc: DocId, kind: DocKind) -> Result<(), ApiError> {
        if self.vault.document(doc).await.map_err(coded)?.is_some() {
            return Ok(());
        }
        let empty = StoredDocument {
            doc,
            kind,
            parent: None,
            snapshot: Vec::new(),
            heads: Vec::new(),
            opened: None,
        };
        self.vault.put_document(&empty).await.map_err(coded)
    }

    /// Whether the author of a keybox may give this key, by what is folded now.
    async fn may_give(&mut self, doc: Option<DocId>, author: DeviceId) -> Result<bool, ApiError> {
        let roster = self.roster()?;
        let Some(giver) = roster.device(author).filter(|device| device.active()) else {
            return Ok(false);
        };
        let (member, role) = (giver.member, roster.role_of(giver.member));
        match doc {
            None => Ok(role == Some(senim_ids::Role::Admin)),
            Some(doc) => Ok(self.sharers(doc).await?.contains(&member)),
        }
    }

    /// Accepts keys that were taken on trial, once the acts or the roster allow it.
    async fn audit_keys(&mut self) -> Result<bool, ApiError> {
        let mut accepted = Vec::new();
        for row in self.vault.all_keys().await.map_err(coded)? {
            // A key without readers was taken on trial from a box that nobody had vouched for: only the box itself, proven, makes it good.
            if row.standing == KeyStanding::Provisional
                && !row.readers.is_empty()
                && self.may_give(row.doc, row.author).await?
            {
                accepted.push(KeyRow {
                    standing: KeyStanding::Accepted,
                    ..row
                });
            }
        }
        if accepted.is_empty() {
            return Ok(false);
        }
        self.vault.put_keys(&accepted).await.map_err(coded)?;
        Ok(true)
    }

    /// Opens and proves every pending record, then admits them document by document.
    async fn take_records(&mut self, around: &Surroundings) -> Result<Taken, ApiError> {
        let pending = self.vault.pending(BATCH).await.map_err(coded)?;
        let mut keys = BTreeMap::new();
        let mut by_doc: BTreeMap<DocId, Vec<Proven>> = BTreeMap::new();
        let mut verdicts = Vec::new();
        for envelope in &pending {
            let rows = match keys.entry(envelope.mailbox) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(
                    self.vault
                        .keys_by_mailbox(envelope.mailbox)
                        .await
                        .map_err(coded)?,
                ),
            };
            match self.prove(envelope, rows)? {
                Ok(record) => {
                    let proven = Proven {
                        envelope: envelope.id,
                        record,
                    };
                    by_doc
                        .entry(proven.record.head().doc)
                        .or_default()
                        .push(proven);
                }
                Err((state, code)) => verdicts.push((envelope, state, code)),
            }
        }
        let mut taken = self.settle_unopened(verdicts, around).await?;
        for (doc, records) in by_doc {
            let admitted = self.admit(doc, records, around).await?;
            taken.applied = taken.applied.saturating_add(admitted.applied);
            taken.refused = taken.refused.saturating_add(admitted.refused);
        }
        Ok(taken)
    }

    /// The record inside an envelope with its author proven, or what becomes of the envelope instead.
    fn prove(
        &self,
        envelope: &PendingEnvelope,
        keys: &[KeyRow],
    ) -> Result<Result<VerifiedRecord, (EnvelopeState, &'static str)>, ApiError> {
        if keys.is_empty() {
            return Ok(Err((EnvelopeState::Foreign, why::NO_KEY)));
        }
        let (org, mailbox) = (self.facts()?.org, wire_mailbox(envelope.mailbox));
        let tried: Vec<_> = keys
            .iter()
            .map(|key| {
                (
                    key,
                    open_record(&envelope.bytes, &doc_key(key), org, mailbox),
                )
            })
            .collect();
        // Sealed under none of the keys held: a key that somebody made up must not condemn what the right one will open.
        let other_key = |tried: &Result<_, OpenRecordError>| {
            matches!(tried, Err(OpenRecordError::Open(OpenError::KeyCommitment)))
        };
        if tried.iter().all(|(_, tried)| other_key(tried)) {
            return Ok(Err((EnvelopeState::Foreign, why::NO_KEY)));
        }
        let opened = tried
            .into_iter()
            .find_map(|(key, tried)| Some((key, tried.ok()?)));
        let Some((key, record)) = opened else {
            return Ok(Err((EnvelopeState::Quarantined, why::DAMAGED)));
        };
        if key.doc != Some(record.claimed_doc()) {
            return Ok(Err((EnvelopeState::Quarantined, why::OTHER_DOCUMENT)));
        }
        let Some(author) = self.roster()?.device(record.claimed_device()) else {
            return Ok(Err((EnvelopeState::Waiting, why::UNKNOWN_DEVICE)));
        };
        let verified = record
            .verify(author.keys.sign())
            .map_err(|_| (EnvelopeState::Quarantined, why::AUTHOR));
        // The vault counts to 2^63: a signed number above it must not stop everything else.
        Ok(verified.and_then(|record| {
            let head = record.head();
            if head.device_seq.max(head.roster_seq) > LAST_NUMBER {
                Err((EnvelopeState::Quarantined, why::DAMAGED))
            } else {
                Ok(record)
            }
        }))
    }

    async fn settle_unopened(
        &mut self,
        judged: Vec<(&PendingEnvelope, EnvelopeState, &'static str)>,
        around: &Surroundings,
    ) -> Result<Taken, ApiError> {
        let mut taken = Taken::default();
        let mut verdicts = Vec::new();
        for (envelope, state, code) in judged {
            if state == envelope.state && code == envelope.code {
                continue;
            }
            if state == EnvelopeState::Quarantined {
                taken.refused = taken.refused.saturating_add(1);
            }
            verdicts.push(Verdict {
                id: envelope.id,
                state,
                code: code.to_owned(),
                doc: None,
                record: None,
            });
        }
        if !verdicts.is_empty() {
            self.settle(
                verdicts,
                None,
                Vec::new(),
                senim_vault::TableRows::default(),
                around,
            )
            .await?;
        }
        Ok(taken)
    }

    pub(crate) async fn settle(
        &mut self,
        verdicts: Vec<Verdict>,
        document: Option<StoredDocument>,
        acts: Vec<senim_vault::StoredAct>,
        rows: senim_vault::TableRows,
        around: &Surroundings,
    ) -> Result<(), ApiError> {
        let settlement = senim_vault::Settlement {
            verdicts,
            document,
            acts,
            rows,
            now: around.now(),
        };
        self.vault.settle(&settlement).await.map_err(coded)
    }
}

/// Whether the box was made for this device and its numbers are ones that can be kept and counted on from.
fn is_sound(keybox: &VerifiedKeybox, device: DeviceId) -> bool {
    keybox.readers().contains(&device) && keybox.rows().iter().all(|row| row.epoch <= LAST_EPOCH)
}

/// What becomes of a key that is held already.
enum Beside {
    /// Kept in the place of the held one.
    Keep(KeyRow),
    /// What is held stays.
    Held,
    /// Neither is accepted and they come from two devices: judged again when more is known.
    Wait,
}

/// Whoever knows a key can put it into a box once more, under another document or with fewer readers: what was accepted is never
/// moved to another document and never loses a reader.
fn beside(known: KeyRow, mut given: KeyRow) -> Beside {
    let accepted = given.standing == KeyStanding::Accepted;
    if known.standing == KeyStanding::Accepted {
        if !accepted || known.doc != given.doc {
            return Beside::Held;
        }
        given.readers.extend(known.readers);
        given.readers.sort_unstable();
        given.readers.dedup();
        Beside::Keep(given)
    } else if accepted || (known.author == given.author && known.doc == given.doc) {
        Beside::Keep(given)
    } else {
        Beside::Wait
    }
}

fn provisional_roster_key(
    mailbox: senim_wire::MailboxId,
    key: &DocKey,
    author: DeviceId,
) -> KeyRow {
    KeyRow {
        doc: None,
        doc_kind: None,
        epoch: 0,
        mailbox: crate::keys::vault_mailbox(mailbox),
        parents: Vec::new(),
        key: secrecy::SecretBox::new(Box::new(*key.expose())),
        readers: Vec::new(),
        author,
        standing: KeyStanding::Provisional,
    }
}

//! From the journal to the outbox: each document's edits fold into one change, sealed as one record (protocol.md 2, 4).

use senim_ids::{ActHash, DocId, ErrorCode, UnixMillis};
use senim_model::Contents;
use senim_seal::{RecordDraft, SealedRecord as Sealed, open_record, seal_record};
use senim_vault::{
    JournalKind, JournalRow, NewEnvelope, OutboxKind, SealedRecord, StoredAct, StoredDocument,
    TableRows,
};

use crate::coded::{coded, internal};
use crate::keys::{WriteKey, doc_key, vault_id, vault_mailbox, wire_mailbox};
use crate::open::{Open, rng};
use crate::tables;
use crate::view::ApiError;

/// The version that stands in records.
pub(crate) const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

impl Open {
    /// Seals every document that has something in its journal. One that has no key to write under, or that cannot be sealed, keeps its journal and holds up no other.
    ///
    /// # Errors
    /// Only what concerns all: the disk refuses.
    pub(crate) async fn seal_all(&mut self, now: UnixMillis) -> Result<(), ApiError> {
        for doc in self
            .vault
            .journal_counts()
            .await
            .map_err(coded)?
            .into_keys()
        {
            match self.seal_document(doc, now).await {
                Ok(()) => {}
                Err(error) if error.code == ErrorCode::DiskRefused => return Err(error),
                Err(error) => tracing::warn!(code = %error.code, doc = %doc.short(), "not sealed"),
            }
        }
        Ok(())
    }

    /// Seals one document's journal as one record; nothing to do if it is empty or no key may be written under.
    pub(crate) async fn seal_document(
        &mut self,
        doc: DocId,
        now: UnixMillis,
    ) -> Result<(), ApiError> {
        let rows = self.vault.journal(doc).await.map_err(coded)?;
        if rows.is_empty() {
            return Ok(());
        }
        self.document(doc).await?;
        let Some(key) = self.write_key(Some(doc), now).await? else {
            return Ok(());
        };
        let sealed = self.seal_rows(doc, &rows, &key, now).await;
        if sealed.is_err() {
            // Memory has folded what the disk has not.
            self.forget(doc);
        }
        sealed
    }

    async fn seal_rows(
        &mut self,
        doc: DocId,
        rows: &[JournalRow],
        key: &WriteKey,
        now: UnixMillis,
    ) -> Result<(), ApiError> {
        let device = self.device()?;
        let device_seq = self.vault.next_device_seq().await.map_err(coded)?;
        let tail = self.vault.own_chain(doc).await.map_err(coded)?;
        let roster_seq = self.roster()?.head_seq();
        let org = self.facts()?.org;
        let upto = rows.last().map(|row| row.seq);
        let acts = acts_of(rows);
        let folded = self.fold(doc, now).await?;
        let draft = RecordDraft {
            org,
            doc,
            mailbox: key.mailbox,
            epoch: key.epoch,
            device_seq,
            doc_seq: tail.map_or(1, |tail| tail.doc_seq.saturating_add(1)),
            prev: tail.map(|tail| tail.record_hash),
            roster_seq,
            change: folded.change.as_deref(),
            acts: &acts,
            seen: &[],
            wall_ms: now,
            app_version: APP_VERSION,
        };
        let sealed = seal_record(&draft, &device, &key.key, &mut rng()).map_err(coded)?;
        let record = SealedRecord {
            doc,
            upto,
            document: Some(folded.document),
            envelope: new_envelope(&sealed, key),
            device: device.device_id(),
            device_seq,
            doc_seq: draft.doc_seq,
            prev: draft.prev,
            record_hash: sealed.record_hash,
            roster_seq,
            acts: acts
                .iter()
                .map(|act| stored_act(doc, act, &draft, device.device_id()))
                .collect(),
            rows: folded.rows,
            now,
        };
        self.vault.commit_sealed(&record).await.map_err(coded)
    }

    /// Folds the open document's journal; memory only.
    async fn fold(&mut self, doc: DocId, now: UnixMillis) -> Result<Folded, ApiError> {
        let open = self.document(doc).await?;
        let before = sealed_contents(&open.document);
        let folded = open.document.fold().map_err(internal)?;
        let document = StoredDocument {
            doc,
            kind: open.kind,
            parent: open.parent,
            snapshot: open.document.save(),
            heads: open.document.heads(),
            opened: Some(now),
        };
        let rows = tables::changed(doc, open.kind, &before, &open.document.contents());
        Ok(Folded {
            change: folded.map(|folded| folded.raw_bytes),
            document,
            rows,
        })
    }

    /// Seals again what still stands in the outbox under a key that may not be written under any more.
    pub(crate) async fn reseal_outbox(&mut self, now: UnixMillis) -> Result<(), ApiError> {
        for row in self.vault.outbox(u64::MAX).await.map_err(coded)? {
            let (OutboxKind::Envelope, Some(doc), Some(mailbox)) = (row.kind, row.doc, row.mailbox)
            else {
                continue;
            };
            let Some(key) = self.write_key(Some(doc), now).await? else {
                continue;
            };
            if wire_mailbox(mailbox) == key.mailbox {
                continue;
            }
            self.reseal(&row.bytes, wire_mailbox(mailbox), row.id, &key)
                .await?;
        }
        Ok(())
    }

    async fn reseal(
        &mut self,
        envelope: &[u8],
        mailbox: senim_wire::MailboxId,
        old: senim_vault::EnvelopeId,
        key: &WriteKey,
    ) -> Result<(), ApiError> {
        let device = self.device()?;
        let org = self.facts()?.org;
        let keys = self
            .vault
            .keys_by_mailbox(vault_mailbox(mailbox))
            .await
            .map_err(coded)?;
        let opened = keys
            .iter()
            .find_map(|row| open_record(envelope, &doc_key(row), org, mailbox).ok());
        // An envelope that is only carried for a colleague goes as it is: its author alone can seal it again.
        let Some(record) = opened.filter(|record| record.claimed_device() == device.device_id())
        else {
            return Ok(());
        };
        let record = record.verify(device.public().sign()).map_err(internal)?;
        let head = record.head();
        let acts: Vec<Vec<u8>> = record
            .acts()
            .iter()
            .map(|(_, act)| act.encode().map_err(internal))
            .collect::<Result<_, _>>()?;
        let draft = RecordDraft {
            org,
            doc: head.doc,
            mailbox: key.mailbox,
            epoch: key.epoch,
            device_seq: head.device_seq,
            doc_seq: head.doc_seq,
            prev: head.prev,
            roster_seq: head.roster_seq,
            change: record.change(),
            acts: &acts,
            seen: &head.seen,
            wall_ms: head.wall_ms,
            app_version: &head.app_version,
        };
        let sealed = seal_record(&draft, &device, &key.key, &mut rng()).map_err(coded)?;
        self.vault
            .replace_outbox(old, &new_envelope(&sealed, key))
            .await
            .map_err(coded)
    }
}

/// A document's journal folded into one change, with what follows from it on disk.
struct Folded {
    change: Option<Vec<u8>>,
    document: StoredDocument,
    rows: TableRows,
}

/// The acts among the rows, at most [`senim_wire::caps::RECORD_ACTS`]: [`Open::save_act`] seals before there are more.
fn acts_of(rows: &[JournalRow]) -> Vec<Vec<u8>> {
    let acts = rows.iter().filter(|row| row.kind == JournalKind::Act);
    acts.map(|row| row.bytes.clone()).collect()
}

fn new_envelope(sealed: &Sealed, key: &WriteKey) -> NewEnvelope {
    NewEnvelope {
        id: vault_id(sealed.id),
        mailbox: vault_mailbox(key.mailbox),
        bytes: sealed.envelope.clone(),
    }
}

fn stored_act(
    doc: DocId,
    act: &[u8],
    draft: &RecordDraft<'_>,
    device: senim_ids::DeviceId,
) -> StoredAct {
    let hash: ActHash = senim_seal::act_hash(act);
    StoredAct {
        doc,
        act: hash,
        device,
        device_seq: draft.device_seq,
        roster_seq: draft.roster_seq,
        bytes: act.to_vec(),
    }
}

/// What stands in a document without its journal; nothing for a document that has no change yet.
#[must_use]
pub(crate) fn sealed_contents(document: &senim_model::Document) -> Contents {
    if document.pending().is_empty() {
        // The present is read several times faster than a moment of the past.
        return document.contents();
    }
    document.contents_at(&document.heads()).unwrap_or_default()
}

//! What the vault's tests share: ids from one byte, a vault in a folder of its own.
#![allow(
    unreachable_pub,
    dead_code,
    reason = "each test file uses a part of it"
)]

use secrecy::SecretBox;
use senim_ids::{ChangeHash, DeviceId, DocId, DocKind, RecordHash, UnixMillis};
use senim_vault::{
    EnvelopeId, FeedRow, JournalSeq, KeyRow, KeyStanding, LogId, MailboxId, NewEnvelope, Received,
    ReceivedBody, ReceivedKeybox, ReceivedRosterItem, RosterKind, SealedRecord, StoredDocument,
    TableRows, Vault, VaultError, VaultFolder,
};

pub const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
pub const SLOT: &[u8] = b"SNVK and a wrapped key";
/// Bytes that stand nowhere else.
pub const KEY: [u8; 32] = *b"\xd7raw-key-canary-4f1e9b20c7a358d6";

pub fn key() -> SecretBox<[u8; 32]> {
    SecretBox::new(Box::new(KEY))
}

pub fn other_key() -> SecretBox<[u8; 32]> {
    SecretBox::new(Box::new([9; 32]))
}

pub struct Place {
    pub dir: tempfile::TempDir,
    pub folder: VaultFolder,
    pub vault: Vault,
}

pub async fn place() -> Result<Place, VaultError> {
    let dir = tempfile::tempdir()?;
    let folder = VaultFolder::at(dir.path().join("v"));
    let vault = folder.create(SLOT, &key()).await?;
    Ok(Place { dir, folder, vault })
}

impl Place {
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join("v").join(name)
    }

    pub async fn reopen(&mut self) -> Result<(), VaultError> {
        self.vault.close().await?;
        self.vault = self.folder.open(&key()).await?;
        Ok(())
    }
}

pub fn doc(byte: u8) -> DocId {
    DocId::from_bytes([byte; 32])
}

pub fn device(byte: u8) -> DeviceId {
    DeviceId::from_bytes([byte; 16])
}

pub fn mailbox(byte: u8) -> MailboxId {
    MailboxId::from_bytes([byte; 16])
}

pub fn envelope(byte: u8) -> EnvelopeId {
    EnvelopeId::from_bytes([byte; 32])
}

pub fn log(byte: u8) -> LogId {
    LogId::from_bytes([byte; 16])
}

pub fn record(byte: u8) -> RecordHash {
    RecordHash::from_bytes([byte; 32])
}

pub fn visit(byte: u8, snapshot: &[u8]) -> StoredDocument {
    StoredDocument {
        doc: doc(byte),
        kind: DocKind::Visit,
        parent: None,
        snapshot: snapshot.to_vec(),
        heads: vec![ChangeHash::from_bytes([byte; 32])],
        opened: Some(NOW),
    }
}

/// A record of device 1 in `document`: the `number`th of both counts, its envelope and hash made of `number`.
pub fn sealed(document: u8, number: u8, upto: Option<JournalSeq>) -> SealedRecord {
    SealedRecord {
        doc: doc(document),
        upto,
        document: Some(visit(document, &[number; 40])),
        envelope: NewEnvelope {
            id: envelope(number),
            mailbox: mailbox(document),
            bytes: vec![number; 100],
        },
        device: device(1),
        device_seq: u64::from(number),
        doc_seq: u64::from(number),
        prev: number
            .checked_sub(1)
            .filter(|before| *before > 0)
            .map(record),
        record_hash: record(number),
        roster_seq: 1,
        acts: Vec::new(),
        rows: TableRows::default(),
        now: NOW,
    }
}

pub fn own_key(document: u8, epoch: u64) -> KeyRow {
    KeyRow {
        doc: Some(doc(document)),
        doc_kind: Some(DocKind::Visit),
        epoch,
        mailbox: mailbox(document),
        parents: vec![mailbox(70), mailbox(71)],
        key: SecretBox::new(Box::new([document; 32])),
        readers: vec![device(1), device(2), device(3)],
        author: device(1),
        standing: KeyStanding::Accepted,
    }
}

pub fn reply() -> Received {
    let body = |byte: u8, mailbox_byte: u8| ReceivedBody {
        mailbox: mailbox(mailbox_byte),
        id: envelope(byte),
        bytes: vec![byte; 64],
    };
    let item = |position: u64, byte: u8, kind| ReceivedRosterItem {
        position,
        id: envelope(byte),
        kind,
        bytes: vec![byte; 20],
    };
    Received {
        log: Some(log(1)),
        roster: vec![
            item(1, 100, RosterKind::Entry),
            item(2, 101, RosterKind::Removal),
        ],
        keyboxes: vec![ReceivedKeybox {
            position: 4,
            id: envelope(110),
            bytes: vec![11; 30],
        }],
        keybox_upto: 4,
        bodies: vec![body(20, 1), body(21, 1), body(22, 2)],
        watched: vec![(mailbox(1), 2), (mailbox(2), 1)],
        feed: vec![feed_row(7, 20), feed_row(8, 30)],
        feed_upto: 8,
    }
}

pub fn feed_row(position: u64, byte: u8) -> FeedRow {
    FeedRow {
        position,
        mailbox: mailbox(1),
        seq: position,
        id: envelope(byte),
        size: 64,
    }
}

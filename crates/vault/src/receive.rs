//! What came from the server or a bundle: raw bytes are on disk before any position moves. Everything is idempotent by id.

use std::collections::BTreeMap;

use sqlx::{SqliteConnection, query, query_as};

use crate::error::VaultError;
use crate::id::{EnvelopeId, LogId, MailboxId};
use crate::outbox::{OutboxKind, queue};
use crate::roster::RosterKind;
use crate::row::{Blob, closed_debug, count, id, int, optional_id};
use crate::vault::Vault;

/// An item of the roster log.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedRosterItem {
    /// Its position in the log; 0 when it came by another way than the server.
    pub position: u64,
    /// Hash of its bytes.
    pub id: EnvelopeId,
    /// Entry or removal, by its header.
    pub kind: RosterKind,
    /// The sealed item.
    pub bytes: Vec<u8>,
}

/// A box of the keybox log.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedKeybox {
    /// Its position in the log; 0 when it came by another way than the server.
    pub position: u64,
    /// Hash of its bytes.
    pub id: EnvelopeId,
    /// The box.
    pub bytes: Vec<u8>,
}

/// The body of one envelope.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedBody {
    /// The mailbox its header names.
    pub mailbox: MailboxId,
    /// Hash of its bytes.
    pub id: EnvelopeId,
    /// The envelope.
    pub bytes: Vec<u8>,
}

/// A row of the feed: what exists, without its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedRow {
    /// Position in the organisation's feed.
    pub position: u64,
    /// Where it lies.
    pub mailbox: MailboxId,
    /// Its number there.
    pub seq: u64,
    /// Its id.
    pub id: EnvelopeId,
    /// Its length in bytes.
    pub size: u32,
}

/// One reply of the server, or the items of a bundle (then without `log`, positions, `watched` and `feed`).
#[derive(Clone, Default)]
pub struct Received {
    /// The server database the positions belong to; `None` for a bundle: no position moves then.
    pub log: Option<LogId>,
    /// Items of the roster log.
    pub roster: Vec<ReceivedRosterItem>,
    /// Boxes.
    pub keyboxes: Vec<ReceivedKeybox>,
    /// Position of the keybox log reached.
    pub keybox_upto: u64,
    /// Envelopes.
    pub bodies: Vec<ReceivedBody>,
    /// How far each watched mailbox was read.
    pub watched: Vec<(MailboxId, u64)>,
    /// New rows of the feed.
    pub feed: Vec<FeedRow>,
    /// Position of the feed reached.
    pub feed_upto: u64,
}

closed_debug!(ReceivedRosterItem, ReceivedKeybox, ReceivedBody, Received);

/// How far this device has read the server's logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerPositions {
    /// The server database; `None` before first contact.
    pub log: Option<LogId>,
    /// Items of the roster log held.
    pub roster: u64,
    /// Position of the keybox log.
    pub keybox: u64,
    /// Position of the feed.
    pub feed: u64,
}

/// The roster is held as far as its positions run without a gap, whichever way its items came.
const POSITIONS: &str = "SELECT log, CASE WHEN EXISTS (SELECT 1 FROM roster WHERE position = 1)
    THEN (SELECT min(r.position) FROM roster r WHERE r.position > 0
        AND NOT EXISTS (SELECT 1 FROM roster n WHERE n.position = r.position + 1))
    ELSE 0 END, keybox_upto, feed_upto FROM server";

impl Vault {
    /// Where this device stands with the server.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn positions(&self) -> Result<ServerPositions, VaultError> {
        let mut held = self.read().await?;
        let (log, roster, keybox, feed): (Vec<u8>, i64, i64, i64) =
            query_as(POSITIONS).fetch_one(&mut held.conn).await?;
        Ok(ServerPositions {
            log: optional_id(&log)?,
            roster: count(roster)?,
            keybox: count(keybox)?,
            feed: count(feed)?,
        })
    }

    /// How far each mailbox was read; one that is missing was never read.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn mailboxes_read(&self) -> Result<BTreeMap<MailboxId, u64>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, i64)> = query_as("SELECT mailbox, upto FROM mailboxes")
            .fetch_all(&mut held.conn)
            .await?;
        rows.into_iter()
            .map(|(mailbox, upto)| Ok((id(&mailbox)?, count(upto)?)))
            .collect()
    }

    /// Feed rows whose bodies have not come, in order, at most `limit`.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn feed_wanted(&self, limit: u32) -> Result<Vec<FeedRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(i64, Blob, i64, Blob, i64)> =
            query_as("SELECT position, mailbox, seq, id, size FROM feed ORDER BY position LIMIT ?")
                .bind(i64::from(limit))
                .fetch_all(&mut held.conn)
                .await?;
        rows.into_iter()
            .map(|(position, mailbox, seq, envelope, size)| {
                Ok(FeedRow {
                    position: count(position)?,
                    mailbox: id(&mailbox)?,
                    seq: count(seq)?,
                    id: id(&envelope)?,
                    size: u32::try_from(size).map_err(|_| VaultError::SHAPE)?,
                })
            })
            .collect()
    }

    /// Keeps all that came, then moves the positions, in one transaction. What is here already is passed over; positions never go back. A key that a
    /// box gives later makes the envelopes of its mailbox `New` again ([`Vault::put_keys`]).
    ///
    /// # Errors
    /// [`VaultError::OtherLog`] when the reply is of another database than the stored one; [`VaultError::OutOfRange`] for a position above
    /// 2^63; [`VaultError::DiskRefused`]; [`VaultError::Closed`]. Nothing was kept then.
    pub async fn receive(&self, received: &Received) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        keep_roster(conn, &received.roster).await?;
        keep_keyboxes(conn, &received.keyboxes).await?;
        keep_feed(conn, &received.feed).await?;
        // What came in a bundle may exist nowhere else: this device carries it on to the server.
        keep_bodies(conn, &received.bodies, received.log.is_none()).await?;
        if let Some(log) = received.log {
            move_positions(conn, log, received).await?;
        }
        write.commit().await
    }

    /// The server's database is another one or went back: every position counts from 0 again, and every own envelope and box is offered
    /// again, in the order it was made. What is held stays held.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn reset_server(&self, log: LogId) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        query("UPDATE server SET log = ?, roster_upto = 0, keybox_upto = 0, feed_upto = 0")
            .bind(log.as_bytes().as_slice())
            .execute(&mut *conn)
            .await?;
        for statement in [
            "UPDATE roster SET position = 0",
            "UPDATE keyboxes SET position = 0",
            "DELETE FROM mailboxes",
            "DELETE FROM feed",
            "INSERT INTO outbox (kind, id) SELECT 0, id FROM keyboxes WHERE own = 1 ORDER BY rowid ON CONFLICT (id) DO NOTHING",
            "INSERT INTO outbox (kind, id) SELECT 1, id FROM envelopes WHERE own = 1 ORDER BY ord ON CONFLICT (id) DO NOTHING",
        ] {
            query(statement).execute(&mut *conn).await?;
        }
        write.commit().await
    }
}

async fn keep_roster(
    conn: &mut SqliteConnection,
    items: &[ReceivedRosterItem],
) -> Result<(), VaultError> {
    for item in items {
        query(
            "INSERT INTO roster (id, position, ord, kind, bytes)
             VALUES (?, ?, (SELECT coalesce(max(ord), 0) + 1 FROM roster), ?, ?)
             ON CONFLICT (id) DO UPDATE SET position = max(position, excluded.position)",
        )
        .bind(item.id.as_bytes().as_slice())
        .bind(int(item.position)?)
        .bind(item.kind.number())
        .bind(item.bytes.as_slice())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn keep_keyboxes(
    conn: &mut SqliteConnection,
    boxes: &[ReceivedKeybox],
) -> Result<(), VaultError> {
    for keybox in boxes {
        query(
            "INSERT INTO keyboxes (id, position, bytes) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET position = max(position, excluded.position)",
        )
        .bind(keybox.id.as_bytes().as_slice())
        .bind(int(keybox.position)?)
        .bind(keybox.bytes.as_slice())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn keep_feed(conn: &mut SqliteConnection, rows: &[FeedRow]) -> Result<(), VaultError> {
    for row in rows {
        let id = row.id.as_bytes().as_slice();
        query(
            "INSERT INTO feed (position, mailbox, seq, id, size)
             SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM envelopes WHERE id = ?)
             ON CONFLICT (position) DO NOTHING",
        )
        .bind(int(row.position)?)
        .bind(row.mailbox.as_bytes().as_slice())
        .bind(int(row.seq)?)
        .bind(id)
        .bind(i64::from(row.size))
        .bind(id)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn keep_bodies(
    conn: &mut SqliteConnection,
    bodies: &[ReceivedBody],
    carried: bool,
) -> Result<(), VaultError> {
    for body in bodies {
        let id = body.id.as_bytes().as_slice();
        let kept = query(
            "INSERT INTO envelopes (id, mailbox, bytes) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(body.mailbox.as_bytes().as_slice())
        .bind(body.bytes.as_slice())
        .execute(&mut *conn)
        .await?;
        if carried && kept.rows_affected() == 1 {
            queue(conn, OutboxKind::Envelope, body.id).await?;
        }
        query("DELETE FROM feed WHERE id = ?")
            .bind(id)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn move_positions(
    conn: &mut SqliteConnection,
    log: LogId,
    received: &Received,
) -> Result<(), VaultError> {
    let roster = received
        .roster
        .iter()
        .map(|item| item.position)
        .max()
        .unwrap_or(0);
    let moved = query(
        "UPDATE server SET log = ?, roster_upto = max(roster_upto, ?), keybox_upto = max(keybox_upto, ?),
         feed_upto = max(feed_upto, ?) WHERE log = x'' OR log = ?",
    )
    .bind(log.as_bytes().as_slice())
    .bind(int(roster)?)
    .bind(int(received.keybox_upto)?)
    .bind(int(received.feed_upto)?)
    .bind(log.as_bytes().as_slice())
    .execute(&mut *conn)
    .await?;
    if moved.rows_affected() != 1 {
        return Err(VaultError::OtherLog);
    }
    for (mailbox, upto) in &received.watched {
        query(
            "INSERT INTO mailboxes (mailbox, upto) VALUES (?, ?)
             ON CONFLICT (mailbox) DO UPDATE SET upto = max(upto, excluded.upto)",
        )
        .bind(mailbox.as_bytes().as_slice())
        .bind(int(*upto)?)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

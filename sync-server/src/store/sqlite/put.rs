//! Appending to mailboxes, to the keybox log and to the chunks.

use senim_wire::MailboxId;
use sqlx::{Row, SqliteConnection};

use super::{failed, signed, unsigned};
use crate::store::{ChunkRow, Org, PutBatch, PutOutcome, Sealed, StoreError};

/// Stores a batch of one new envelope in one statement, outside of a transaction. `None`: it is another batch, a repeat, or a log
/// moved; nothing was stored.
pub(super) async fn alone(
    connection: &mut SqliteConnection,
    org: Org,
    batch: &PutBatch,
) -> Result<Option<PutOutcome>, StoreError> {
    let (true, [(mailbox, sealed)]) = (batch.keyboxes.is_empty(), &batch.puts[..]) else {
        return Ok(None);
    };
    // `fetch_all` runs the statement to its end: only then is it committed.
    let seqs: Vec<i64> = sqlx::query_scalar(
        "INSERT INTO envelopes (org, feed, mailbox, seq, id, size, body) SELECT ?1, \
           coalesce((SELECT max(feed) FROM envelopes WHERE org = ?1), 0) + 1, ?2, \
           coalesce((SELECT max(seq) FROM envelopes WHERE org = ?1 AND mailbox = ?2), 0) + 1, \
           ?3, ?4, ?5 \
         WHERE coalesce((SELECT max(position) FROM roster WHERE org = ?1), 0) = ?6 \
           AND coalesce((SELECT max(position) FROM keyboxes WHERE org = ?1), 0) = ?7 \
         ON CONFLICT (org, id) DO NOTHING RETURNING seq",
    )
    .bind(org.number)
    .bind(mailbox.as_bytes().as_slice())
    .bind(sealed.id().as_bytes().as_slice())
    .bind(signed(length(sealed)))
    .bind(sealed.bytes())
    .bind(signed(batch.roster))
    .bind(signed(batch.keybox))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    Ok(seqs.first().map(|seq| PutOutcome::Kept {
        seqs: vec![unsigned(*seq)],
        keyboxes: Vec::new(),
        new_bytes: length(sealed),
    }))
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    org: Org,
    batch: &PutBatch,
) -> Result<PutOutcome, StoreError> {
    let (roster, keybox) = positions(connection, org).await?;
    if (roster, keybox) != (batch.roster, batch.keybox) {
        return Ok(PutOutcome::Stale);
    }
    let mut new_bytes: u64 = 0;
    let mut keyboxes = Vec::with_capacity(batch.keyboxes.len());
    for sealed in &batch.keyboxes {
        let (position, new) = put_keybox(connection, org, sealed).await?;
        keyboxes.push(position);
        new_bytes = new_bytes.saturating_add(new);
    }
    let mut seqs = Vec::with_capacity(batch.puts.len());
    for (mailbox, sealed) in &batch.puts {
        let (seq, new) = put_envelope(connection, org, mailbox, sealed).await?;
        seqs.push(seq);
        new_bytes = new_bytes.saturating_add(new);
    }
    Ok(PutOutcome::Kept {
        seqs,
        keyboxes,
        new_bytes,
    })
}

async fn positions(connection: &mut SqliteConnection, org: Org) -> Result<(u64, u64), StoreError> {
    let row = sqlx::query(
        "SELECT coalesce((SELECT max(position) FROM roster WHERE org = ?1), 0), \
                coalesce((SELECT max(position) FROM keyboxes WHERE org = ?1), 0)",
    )
    .bind(org.number)
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    Ok((
        unsigned(row.try_get(0).map_err(failed)?),
        unsigned(row.try_get(1).map_err(failed)?),
    ))
}

/// The position, and the bytes that are new.
async fn put_keybox(
    connection: &mut SqliteConnection,
    org: Org,
    sealed: &Sealed,
) -> Result<(u64, u64), StoreError> {
    let new: Option<i64> = sqlx::query_scalar(
        "INSERT INTO keyboxes (org, position, id, body) \
         VALUES (?1, coalesce((SELECT max(position) FROM keyboxes WHERE org = ?1), 0) + 1, ?2, ?3) \
         ON CONFLICT (org, id) DO NOTHING RETURNING position",
    )
    .bind(org.number)
    .bind(sealed.id().as_bytes().as_slice())
    .bind(sealed.bytes())
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed)?;
    if let Some(position) = new {
        return Ok((unsigned(position), length(sealed)));
    }
    let first: i64 = sqlx::query_scalar("SELECT position FROM keyboxes WHERE org = ? AND id = ?")
        .bind(org.number)
        .bind(sealed.id().as_bytes().as_slice())
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    Ok((unsigned(first), 0))
}

/// The sequence number, and the bytes that are new.
async fn put_envelope(
    connection: &mut SqliteConnection,
    org: Org,
    mailbox: &MailboxId,
    sealed: &Sealed,
) -> Result<(u64, u64), StoreError> {
    let new: Option<i64> = sqlx::query_scalar(
        "INSERT INTO envelopes (org, feed, mailbox, seq, id, size, body) VALUES (?1, \
           coalesce((SELECT max(feed) FROM envelopes WHERE org = ?1), 0) + 1, ?2, \
           coalesce((SELECT max(seq) FROM envelopes WHERE org = ?1 AND mailbox = ?2), 0) + 1, \
           ?3, ?4, ?5) \
         ON CONFLICT (org, id) DO NOTHING RETURNING seq",
    )
    .bind(org.number)
    .bind(mailbox.as_bytes().as_slice())
    .bind(sealed.id().as_bytes().as_slice())
    .bind(signed(length(sealed)))
    .bind(sealed.bytes())
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed)?;
    if let Some(seq) = new {
        return Ok((unsigned(seq), length(sealed)));
    }
    let first: i64 = sqlx::query_scalar("SELECT seq FROM envelopes WHERE org = ? AND id = ?")
        .bind(org.number)
        .bind(sealed.id().as_bytes().as_slice())
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    Ok((unsigned(first), 0))
}

fn length(sealed: &Sealed) -> u64 {
    u64::try_from(sealed.bytes().len()).unwrap_or(u64::MAX)
}

pub(super) async fn put_chunk(
    connection: &mut SqliteConnection,
    org: Org,
    chunk: &ChunkRow,
) -> Result<bool, StoreError> {
    sqlx::query(
        "INSERT INTO chunks (org, id, mailbox, size, day) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (org, id) DO NOTHING",
    )
    .bind(org.number)
    .bind(chunk.id.as_bytes().as_slice())
    .bind(chunk.mailbox.as_bytes().as_slice())
    .bind(i64::from(chunk.size))
    .bind(i64::from(chunk.day))
    .execute(connection)
    .await
    .map(|done| done.rows_affected() > 0)
    .map_err(failed)
}

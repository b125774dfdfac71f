//! Reading the logs.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use senim_wire::cbor::Bytes;
use senim_wire::exchange::{Body, FeedRow, Numbered};
use senim_wire::{EnvelopeId, MailboxId};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::{failed, id, signed, unsigned};
use crate::store::{Heads, ITEM_OVERHEAD, Log, Org, Page, StoreError, Tail};

pub(super) async fn heads(
    connection: &mut SqliteConnection,
    org: Org,
    mailboxes: &[MailboxId],
) -> Result<Heads, StoreError> {
    // One statement, so that all of it is seen at one instant.
    let mut query = QueryBuilder::<Sqlite>::new("SELECT");
    let mut part = query.separated(",");
    for log in [
        "max(position) FROM roster",
        "max(position) FROM keyboxes",
        "max(feed) FROM envelopes",
    ] {
        part.push(" coalesce((SELECT ");
        part.push_unseparated(log);
        part.push_unseparated(" WHERE org = ");
        part.push_bind_unseparated(org.number);
        part.push_unseparated("), 0)");
    }
    for mailbox in mailboxes {
        part.push(" coalesce((SELECT max(seq) FROM envelopes WHERE org = ");
        part.push_bind_unseparated(org.number);
        part.push_unseparated(" AND mailbox = ");
        part.push_bind_unseparated(mailbox.as_bytes().as_slice());
        part.push_unseparated("), 0)");
    }
    let row = query.build().fetch_one(connection).await.map_err(failed)?;
    let at = |column: usize| row.try_get::<i64, _>(column).map(unsigned).map_err(failed);
    Ok(Heads {
        roster: at(0)?,
        keybox: at(1)?,
        feed: at(2)?,
        mailboxes: (3..row.len()).map(at).collect::<Result<_, _>>()?,
    })
}

pub(super) async fn tail(
    connection: &mut SqliteConnection,
    org: Org,
    log: Log,
    page: Page<'_>,
) -> Result<Tail, StoreError> {
    let query = match log {
        Log::Roster => sqlx::query(
            "SELECT position, id, body FROM roster WHERE org = ? AND position > ? ORDER BY position",
        )
        .bind(org.number),
        Log::Keyboxes => sqlx::query(
            "SELECT position, id, body FROM keyboxes WHERE org = ? AND position > ? \
             ORDER BY position",
        )
        .bind(org.number),
        Log::Mailbox(mailbox) => sqlx::query(
            "SELECT seq, id, body FROM envelopes WHERE org = ? AND mailbox = ? AND seq > ? \
             ORDER BY seq",
        )
        .bind(org.number)
        .bind(mailbox.as_bytes().to_vec()),
    };
    let mut rows = query.bind(signed(page.after)).fetch(connection);
    let mut tail = Tail {
        upto: page.after,
        ..Tail::default()
    };
    let mut left = page.bytes;
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let position = unsigned(row.try_get(0).map_err(failed)?);
        if !page.without.contains(&id(row.try_get(1).map_err(failed)?)?) {
            let body: &[u8] = row.try_get(2).map_err(failed)?;
            let cost = body.len().saturating_add(ITEM_OVERHEAD);
            let first = page.at_least_one && tail.items.is_empty();
            if cost > left && !first {
                tail.more = true;
                break;
            }
            left = left.saturating_sub(cost);
            tail.items.push(Numbered {
                position,
                bytes: Bytes(body.to_vec()),
            });
        }
        tail.upto = position;
    }
    Ok(tail)
}

pub(super) async fn feed(
    connection: &mut SqliteConnection,
    org: Org,
    after: u64,
    rows: u32,
) -> Result<Vec<FeedRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT feed, mailbox, seq, id, size FROM envelopes WHERE org = ? AND feed > ? \
         ORDER BY feed LIMIT ?",
    )
    .bind(org.number)
    .bind(signed(after))
    .bind(i64::from(rows))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.iter()
        .map(|row| {
            let size: i64 = row.try_get(4).map_err(failed)?;
            Ok(FeedRow {
                position: unsigned(row.try_get(0).map_err(failed)?),
                mailbox: id(row.try_get(1).map_err(failed)?)?,
                seq: unsigned(row.try_get(2).map_err(failed)?),
                id: id(row.try_get(3).map_err(failed)?)?,
                size: u32::try_from(size).map_err(|_| StoreError::Damaged)?,
            })
        })
        .collect()
}

pub(super) async fn body(
    connection: &mut SqliteConnection,
    org: Org,
    id: &EnvelopeId,
) -> Result<Option<Body>, StoreError> {
    let row = sqlx::query("SELECT seq, body FROM envelopes WHERE org = ? AND id = ?")
        .bind(org.number)
        .bind(id.as_bytes().as_slice())
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let seq = unsigned(row.try_get(0).map_err(failed)?);
    Ok(Some(Body {
        seq,
        envelope: Bytes(row.try_get(1).map_err(failed)?),
    }))
}

pub(super) async fn lacking_chunks(
    connection: &mut SqliteConnection,
    org: Org,
    ids: &[EnvelopeId],
) -> Result<Vec<EnvelopeId>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id FROM chunks WHERE org = ");
    query.push_bind(org.number).push(" AND id IN (");
    let mut list = query.separated(",");
    for id in ids {
        list.push_bind(id.as_bytes().as_slice());
    }
    query.push(")");
    // As many statements as there are numbers of ids: not worth keeping prepared.
    let rows = query
        .build()
        .persistent(false)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let there = rows
        .iter()
        .map(|row| id(row.try_get(0).map_err(failed)?))
        .collect::<Result<BTreeSet<EnvelopeId>, StoreError>>()?;
    Ok(ids
        .iter()
        .filter(|id| !there.contains(id))
        .copied()
        .collect())
}

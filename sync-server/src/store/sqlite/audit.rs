//! Reads every row and checks it against itself.

use futures_util::TryStreamExt;
use senim_wire::{EnvelopeId, envelope};
use sqlx::{Row, SqliteConnection};

use super::{failed, id, unsigned};
use crate::store::audit::Audit;
use crate::store::{ChunkRow, Org, StoreError};

pub(super) async fn audit(connection: &mut SqliteConnection) -> Result<Audit, StoreError> {
    let mut audit = Audit::default();
    let faults: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(100)")
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    if faults.iter().any(|fault| fault != "ok") {
        audit.engine_faults = u64::try_from(faults.len()).unwrap_or(u64::MAX);
    }
    audit.roster = log(
        connection,
        "SELECT org, x'', position, id, length(body), body FROM roster ORDER BY org, position",
        &mut audit,
    )
    .await?;
    audit.keyboxes = log(
        connection,
        "SELECT org, x'', position, id, length(body), body FROM keyboxes ORDER BY org, position",
        &mut audit,
    )
    .await?;
    audit.envelopes = log(
        connection,
        "SELECT org, mailbox, seq, id, size, body FROM envelopes ORDER BY org, mailbox, seq",
        &mut audit,
    )
    .await?;
    audit.gaps = audit.gaps.saturating_add(feed_gaps(connection).await?);
    audit.chunks = chunks(connection).await?;
    Ok(audit)
}

/// Rows of (organisation, log within it, position, id, size, body) in order; how many there were.
async fn log(
    connection: &mut SqliteConnection,
    sql: &'static str,
    audit: &mut Audit,
) -> Result<u64, StoreError> {
    let mut count: u64 = 0;
    let mut last: (i64, Vec<u8>, u64) = (0, Vec::new(), 0);
    let mut rows = sqlx::query(sql).fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let org: i64 = row.try_get(0).map_err(failed)?;
        let within: Vec<u8> = row.try_get(1).map_err(failed)?;
        let position = unsigned(row.try_get(2).map_err(failed)?);
        let same_log = (org, &within) == (last.0, &last.1);
        let due = if same_log {
            last.2.saturating_add(1)
        } else {
            1
        };
        if position != due {
            audit.gaps = audit.gaps.saturating_add(1);
        }
        let stated: EnvelopeId = id(row.try_get(3).map_err(failed)?)?;
        let size = unsigned(row.try_get(4).map_err(failed)?);
        let body: &[u8] = row.try_get(5).map_err(failed)?;
        if envelope::id_of(body) != stated || u64::try_from(body.len()) != Ok(size) {
            audit.damaged_bodies = audit.damaged_bodies.saturating_add(1);
        }
        last = (org, within, position);
        count = count.saturating_add(1);
    }
    Ok(count)
}

async fn feed_gaps(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let missing: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(gap), 0) FROM \
           (SELECT max(feed) - count(*) AS gap FROM envelopes GROUP BY org)",
    )
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    Ok(unsigned(missing))
}

async fn chunks(connection: &mut SqliteConnection) -> Result<Vec<(Org, ChunkRow)>, StoreError> {
    let rows = sqlx::query(
        "SELECT c.org, o.wire_id, c.id, c.mailbox, c.size, c.day \
           FROM chunks c JOIN organisations o ON o.org = c.org ORDER BY c.org, c.id",
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let small = |count: i64| u32::try_from(count).map_err(|_| StoreError::Damaged);
    rows.iter()
        .map(|row| {
            let org = Org {
                number: row.try_get(0).map_err(failed)?,
                id: id(row.try_get(1).map_err(failed)?)?,
            };
            let chunk = ChunkRow {
                id: id(row.try_get(2).map_err(failed)?)?,
                mailbox: id(row.try_get(3).map_err(failed)?)?,
                size: small(row.try_get(4).map_err(failed)?)?,
                day: small(row.try_get(5).map_err(failed)?)?,
            };
            Ok((org, chunk))
        })
        .collect()
}

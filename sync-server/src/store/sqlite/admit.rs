//! Organisations, who is admitted, and the roster log.

use std::collections::BTreeSet;

use senim_wire::admit::{AdmitList, SignedAdmitList};
use senim_wire::envelope::Kind;
use senim_wire::{AuthKey, EnvelopeId, cbor};
use sqlx::{Row, SqliteConnection};

use super::{failed, id, signed};
use crate::admission;
use crate::store::{Block, Device, Founding, Org, RosterChange, RosterOutcome, Sealed, StoreError};

/// A signed list is its list and a hundred-odd bytes: far below this.
const LIST_CAP: usize = 1024 * 1024;

pub(super) async fn admission(
    connection: &mut SqliteConnection,
    key: &AuthKey,
) -> Result<Option<Org>, StoreError> {
    let row = sqlx::query(
        "SELECT o.org, o.wire_id FROM admitted a JOIN organisations o ON o.org = a.org \
         WHERE a.auth = ?1 AND NOT EXISTS (SELECT 1 FROM blocked b WHERE b.auth = ?1)",
    )
    .bind(key.as_bytes().as_slice())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let wire: &[u8] = row.try_get(1).map_err(failed)?;
    Ok(Some(Org {
        number: row.try_get(0).map_err(failed)?,
        id: id(wire)?,
    }))
}

pub(super) async fn devices(connection: &mut SqliteConnection) -> Result<Vec<Device>, StoreError> {
    let rows = sqlx::query(
        "SELECT a.auth, o.wire_id, EXISTS (SELECT 1 FROM blocked b WHERE b.auth = a.auth) \
           FROM admitted a JOIN organisations o ON o.org = a.org \
         UNION ALL \
         SELECT b.auth, NULL, 1 FROM blocked b \
          WHERE NOT EXISTS (SELECT 1 FROM admitted a WHERE a.auth = b.auth) \
         ORDER BY 1",
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.iter()
        .map(|row| {
            let org: Option<&[u8]> = row.try_get(1).map_err(failed)?;
            Ok(Device {
                key: id(row.try_get(0).map_err(failed)?)?,
                org: org.map(id).transpose()?,
                blocked: row.try_get(2).map_err(failed)?,
            })
        })
        .collect()
}

pub(super) async fn set_block(
    connection: &mut SqliteConnection,
    key: &AuthKey,
    block: Block,
) -> Result<(), StoreError> {
    let sql = match block {
        Block::On => "INSERT OR IGNORE INTO blocked (auth) VALUES (?)",
        Block::Off => "DELETE FROM blocked WHERE auth = ?",
    };
    sqlx::query(sql)
        .bind(key.as_bytes().as_slice())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed)
}

pub(super) async fn found(
    connection: &mut SqliteConnection,
    signed_list: &SignedAdmitList,
) -> Result<Founding, StoreError> {
    let Some(list) = admission::founding(signed_list) else {
        return Ok(Founding::ListRefused);
    };
    let known: Option<i64> = sqlx::query_scalar("SELECT org FROM organisations WHERE wire_id = ?")
        .bind(list.org.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    if known.is_some() {
        return Ok(Founding::Exists);
    }
    if names_a_stranger(connection, None, &list).await? {
        return Ok(Founding::ListRefused);
    }
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO organisations (wire_id, version, list) VALUES (?, ?, ?) RETURNING org",
    )
    .bind(list.org.as_bytes().as_slice())
    .bind(signed(list.version))
    .bind(cbor::to_vec(signed_list))
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let org = Org {
        number,
        id: list.org,
    };
    admit_exactly(connection, org, &list)
        .await
        .map(|()| Founding::Founded)
}

/// What a change would do, decided before anything is written.
struct Verdict {
    entry_is_there: bool,
    list: Option<AdmitList>,
}

pub(super) async fn change(
    connection: &mut SqliteConnection,
    org: Org,
    change: &RosterChange,
) -> Result<RosterOutcome, StoreError> {
    let verdict = match judge(connection, org, change).await? {
        Ok(verdict) => verdict,
        Err(refused) => return Ok(refused),
    };
    let mut new_bytes: u64 = 0;
    if let Some((_, entry)) = &change.append
        && !verdict.entry_is_there
    {
        new_bytes = append(connection, org, Kind::RosterEntry, entry).await?;
    }
    for removal in &change.removals {
        let new = append(connection, org, Kind::Removal, removal).await?;
        new_bytes = new_bytes.saturating_add(new);
    }
    if let (Some(list), Some(signed_list)) = (verdict.list, &change.list) {
        sqlx::query("UPDATE organisations SET version = ?, list = ? WHERE org = ?")
            .bind(signed(list.version))
            .bind(cbor::to_vec(signed_list))
            .bind(org.number)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        admit_exactly(connection, org, &list).await?;
    }
    if let Some(key) = &change.leaves {
        dismiss(connection, org, key).await?;
    }
    Ok(RosterOutcome::Done { new_bytes })
}

async fn judge(
    connection: &mut SqliteConnection,
    org: Org,
    change: &RosterChange,
) -> Result<Result<Verdict, RosterOutcome>, StoreError> {
    let mut entry_is_there = false;
    if let Some((expected, entry)) = &change.append {
        entry_is_there = is_in_roster(connection, org, &entry.id()).await?;
        // A repeat after a lost reply is no conflict: it is in the log already.
        if !entry_is_there && last_entry(connection, org).await? != *expected {
            return Ok(Err(RosterOutcome::Moved));
        }
    }
    let Some(signed_list) = &change.list else {
        return Ok(Ok(Verdict {
            entry_is_there,
            list: None,
        }));
    };
    let in_force = list_in_force(connection, org).await?;
    if entry_is_there && in_force == *signed_list {
        return Ok(Ok(Verdict {
            entry_is_there,
            list: None,
        }));
    }
    let in_force = in_force.parse_list().map_err(|_| StoreError::Damaged)?;
    let list = match admission::following(signed_list, &in_force) {
        Some(list) if !names_a_stranger(connection, Some(org), &list).await? => list,
        _ => return Ok(Err(RosterOutcome::ListRefused)),
    };
    Ok(Ok(Verdict {
        entry_is_there,
        list: Some(list),
    }))
}

async fn list_in_force(
    connection: &mut SqliteConnection,
    org: Org,
) -> Result<SignedAdmitList, StoreError> {
    let bytes: Vec<u8> = sqlx::query_scalar("SELECT list FROM organisations WHERE org = ?")
        .bind(org.number)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    cbor::parse(&bytes, LIST_CAP).map_err(|_| StoreError::Damaged)
}

async fn last_entry(
    connection: &mut SqliteConnection,
    org: Org,
) -> Result<Option<EnvelopeId>, StoreError> {
    let bytes: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT id FROM roster WHERE org = ? AND kind = 4 ORDER BY position DESC LIMIT 1",
    )
    .bind(org.number)
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    bytes.as_deref().map(id).transpose()
}

async fn is_in_roster(
    connection: &mut SqliteConnection,
    org: Org,
    id: &EnvelopeId,
) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM roster WHERE org = ? AND id = ?)")
        .bind(org.number)
        .bind(id.as_bytes().as_slice())
        .fetch_one(connection)
        .await
        .map_err(failed)
}

/// Appends to the roster log unless it is there; the bytes that are new.
async fn append(
    connection: &mut SqliteConnection,
    org: Org,
    kind: Kind,
    sealed: &Sealed,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO roster (org, position, kind, id, body) VALUES (?1, \
           coalesce((SELECT max(position) FROM roster WHERE org = ?1), 0) + 1, ?2, ?3, ?4) \
         ON CONFLICT (org, id) DO NOTHING",
    )
    .bind(org.number)
    .bind(kind as i64)
    .bind(sealed.id().as_bytes().as_slice())
    .bind(sealed.bytes())
    .execute(connection)
    .await
    .map_err(failed)?;
    let length = u64::try_from(sealed.bytes().len()).unwrap_or(u64::MAX);
    Ok(if done.rows_affected() > 0 { length } else { 0 })
}

/// Whether the list names a key that another organisation admits.
async fn names_a_stranger(
    connection: &mut SqliteConnection,
    own: Option<Org>,
    list: &AdmitList,
) -> Result<bool, StoreError> {
    for key in &list.auth {
        let org: Option<i64> = sqlx::query_scalar("SELECT org FROM admitted WHERE auth = ?")
            .bind(key.as_bytes().as_slice())
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        if org.is_some() && org != own.map(|own| own.number) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes the admitted keys those of `list`.
async fn admit_exactly(
    connection: &mut SqliteConnection,
    org: Org,
    list: &AdmitList,
) -> Result<(), StoreError> {
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT auth FROM admitted WHERE org = ?")
        .bind(org.number)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    let before = rows
        .iter()
        .map(|row| id(row))
        .collect::<Result<BTreeSet<AuthKey>, StoreError>>()?;
    let after: BTreeSet<AuthKey> = list.auth.iter().copied().collect();
    for key in before.difference(&after) {
        dismiss(connection, org, key).await?;
    }
    for key in after.difference(&before) {
        sqlx::query("INSERT INTO admitted (auth, org) VALUES (?, ?)")
            .bind(key.as_bytes().as_slice())
            .bind(org.number)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

async fn dismiss(
    connection: &mut SqliteConnection,
    org: Org,
    key: &AuthKey,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM admitted WHERE auth = ? AND org = ?")
        .bind(key.as_bytes().as_slice())
        .bind(org.number)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed)
}

//! Tables for lists, differences and counts. All of it can be made again from the documents.

use senim_ids::{ActorId, DocId, MemberId, PlaceId, RowId, UnixMillis};
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::error::VaultError;
use crate::row::{
    Blob, closed_debug, count, id, int, optional_id, optional_int, optional_time, time,
};
use crate::vault::Vault;

/// What tells one observation from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObservationKey {
    /// Document.
    pub doc: DocId,
    /// Form.
    pub form: String,
    /// Item.
    pub item: String,
    /// Row of a repeated group.
    pub row: Option<RowId>,
    /// Place.
    pub place: Option<PlaceId>,
    /// Who observed.
    pub observer: MemberId,
    /// Who wrote.
    pub actor: ActorId,
}

/// One observation.
#[derive(Clone, PartialEq, Eq)]
pub struct ObservationRow {
    /// Which.
    pub key: ObservationKey,
    /// The answer in its text form.
    pub answer: String,
    /// Numbers of the evidence list.
    pub evidence: Vec<u32>,
    /// A note; empty for none.
    pub note: String,
    /// When it was observed, stated.
    pub observed: Option<UnixMillis>,
    /// When it was recorded.
    pub recorded: UnixMillis,
    /// What search finds it by: answer and note folded by `model`. `None`: not indexed, as for interviews, samples and identities (protocol.md 9).
    pub folded: Option<String>,
}

/// A header figure with the number of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderRow {
    /// Document.
    pub doc: DocId,
    /// Form.
    pub form: String,
    /// Item.
    pub item: String,
    /// Values now; more than one is an open difference, 0 removes the row.
    pub values: u32,
}

/// Changes to the lists.
#[derive(Clone, Default)]
pub struct TableRows {
    /// Observations that are new or changed.
    pub observations: Vec<ObservationRow>,
    /// Observations that were cleared.
    pub cleared: Vec<ObservationKey>,
    /// Headers.
    pub headers: Vec<HeaderRow>,
}

closed_debug!(ObservationRow, TableRows);

/// Counts of one document for the list of visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentCounts {
    /// Document.
    pub doc: DocId,
    /// Everybody's answers.
    pub observations: u64,
    /// The member's own answers.
    pub mine: u64,
    /// Item, row and place with two observers whose answers differ.
    pub differs: u64,
    /// Headers with more than one value.
    pub open_values: u64,
    /// Journal rows not yet sealed.
    pub unsealed: u64,
}

type ObservationColumns = (
    (Blob, String, String, Blob, Blob, Blob, Blob),
    (String, Blob, String, i64, i64, Option<String>),
);

impl Vault {
    /// Puts and removes rows of the lists.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn put_rows(&self, rows: &TableRows) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        put_rows(write.conn(), rows).await?;
        write.commit().await
    }

    /// Makes the lists of one document anew: `rows` is all there is.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`], [`VaultError::Closed`].
    pub async fn rebuild_rows(&self, doc: DocId, rows: &TableRows) -> Result<(), VaultError> {
        let mut write = self.write().await?;
        let conn = write.conn();
        erase_rows(conn, doc).await?;
        put_rows(conn, rows).await?;
        write.commit().await
    }

    /// All observations of a document, by form, item, row, place, observer, actor.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn observations(&self, doc: DocId) -> Result<Vec<ObservationRow>, VaultError> {
        let mut held = self.read().await?;
        let rows = query(
            "SELECT o.doc, o.form, o.item, o.row, o.place, o.observer, o.actor, o.answer, o.evidence, o.note,
             o.observed_ms, o.recorded_ms, coalesce(nullif(t.folded, ''), f.folded) FROM observations o
             LEFT JOIN found f ON f.rowid = o.id LEFT JOIN to_index t ON t.id = o.id
             WHERE o.doc = ? ORDER BY o.form, o.item, o.row, o.place, o.observer, o.actor",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_all(&mut held.conn)
        .await?;
        rows.iter().map(|row| observation(columns(row)?)).collect()
    }

    /// Headers of a document, by form and item.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn headers(&self, doc: DocId) -> Result<Vec<HeaderRow>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(String, String, i64)> = query_as(
            "SELECT form, item, \"values\" FROM headers WHERE doc = ? ORDER BY form, item",
        )
        .bind(doc.as_bytes().as_slice())
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter()
            .map(|(form, item, values)| {
                let values = u32::try_from(values).map_err(|_| VaultError::SHAPE)?;
                Ok(HeaderRow {
                    doc,
                    form,
                    item,
                    values,
                })
            })
            .collect()
    }

    /// Counts of every document, by id; `me` is whose answers are `mine`.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn counts(&self, me: MemberId) -> Result<Vec<DocumentCounts>, VaultError> {
        let mut held = self.read().await?;
        let rows: Vec<(Blob, i64, i64, i64, i64, i64)> = query_as(
            "SELECT d.doc,
                (SELECT count(*) FROM observations o WHERE o.doc = d.doc),
                (SELECT count(*) FROM observations o WHERE o.doc = d.doc AND o.observer = ?),
                (SELECT count(*) FROM (SELECT 1 FROM observations o WHERE o.doc = d.doc GROUP BY o.form, o.item, o.row, o.place
                    HAVING count(DISTINCT o.observer) > 1 AND count(DISTINCT o.answer) > 1)),
                (SELECT count(*) FROM headers h WHERE h.doc = d.doc AND h.\"values\" > 1),
                (SELECT count(*) FROM journal j WHERE j.doc = d.doc)
             FROM documents d ORDER BY d.doc",
        )
        .bind(me.as_bytes().as_slice())
        .fetch_all(&mut held.conn)
        .await?;
        rows.into_iter()
            .map(
                |(doc, observations, mine, differs, open_values, unsealed)| {
                    Ok(DocumentCounts {
                        doc: id(&doc)?,
                        observations: count(observations)?,
                        mine: count(mine)?,
                        differs: count(differs)?,
                        open_values: count(open_values)?,
                        unsealed: count(unsealed)?,
                    })
                },
            )
            .collect()
    }
}

pub(crate) async fn put_rows(
    conn: &mut SqliteConnection,
    rows: &TableRows,
) -> Result<(), VaultError> {
    for key in &rows.cleared {
        clear(conn, key).await?;
    }
    for row in &rows.observations {
        put_observation(conn, row).await?;
    }
    for header in &rows.headers {
        put_header(conn, header).await?;
    }
    Ok(())
}

/// Removes every row of a document from the lists and from search.
pub(crate) async fn erase_rows(conn: &mut SqliteConnection, doc: DocId) -> Result<(), VaultError> {
    for statement in [
        "DELETE FROM found WHERE rowid IN (SELECT id FROM observations WHERE doc = ?)",
        "DELETE FROM to_index WHERE id IN (SELECT id FROM observations WHERE doc = ?)",
        "DELETE FROM observations WHERE doc = ?",
        "DELETE FROM headers WHERE doc = ?",
    ] {
        query(statement)
            .bind(doc.as_bytes().as_slice())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn put_observation(
    conn: &mut SqliteConnection,
    row: &ObservationRow,
) -> Result<(), VaultError> {
    let evidence: Vec<u8> = row
        .evidence
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect();
    let key = &row.key;
    let number: i64 = query_scalar(
        "INSERT INTO observations (doc, form, item, row, place, observer, actor, answer, evidence, note, observed_ms, recorded_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (doc, form, item, row, place, observer, actor) DO UPDATE SET answer = excluded.answer, evidence = excluded.evidence,
         note = excluded.note, observed_ms = excluded.observed_ms, recorded_ms = excluded.recorded_ms
         RETURNING id",
    )
    .bind(key.doc.as_bytes().as_slice())
    .bind(key.form.as_str())
    .bind(key.item.as_str())
    .bind(key.row.as_ref().map_or(&[][..], |row| row.as_bytes()))
    .bind(key.place.as_ref().map_or(&[][..], |place| place.as_bytes()))
    .bind(key.observer.as_bytes().as_slice())
    .bind(key.actor.as_bytes().as_slice())
    .bind(row.answer.as_str())
    .bind(evidence)
    .bind(row.note.as_str())
    .bind(optional_int(row.observed)?)
    .bind(int(row.recorded.0)?)
    .fetch_one(&mut *conn)
    .await?;
    query("INSERT INTO to_index (id, folded) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET folded = excluded.folded")
        .bind(number)
        .bind(row.folded.as_deref().unwrap_or_default())
        .execute(conn)
        .await?;
    Ok(())
}

async fn clear(conn: &mut SqliteConnection, key: &ObservationKey) -> Result<(), VaultError> {
    let number: Option<i64> = query_scalar(
        "DELETE FROM observations WHERE doc = ? AND form = ? AND item = ? AND row = ? AND place = ? AND observer = ? AND actor = ?
         RETURNING id",
    )
    .bind(key.doc.as_bytes().as_slice())
    .bind(key.form.as_str())
    .bind(key.item.as_str())
    .bind(key.row.as_ref().map_or(&[][..], |row| row.as_bytes()))
    .bind(key.place.as_ref().map_or(&[][..], |place| place.as_bytes()))
    .bind(key.observer.as_bytes().as_slice())
    .bind(key.actor.as_bytes().as_slice())
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(number) = number {
        unindex(conn, number).await?;
    }
    Ok(())
}

async fn unindex(conn: &mut SqliteConnection, number: i64) -> Result<(), VaultError> {
    for statement in [
        "DELETE FROM found WHERE rowid = ?",
        "DELETE FROM to_index WHERE id = ?",
    ] {
        query(statement).bind(number).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Takes into the index what waits for it.
pub(crate) async fn index_waiting(conn: &mut SqliteConnection) -> Result<(), VaultError> {
    let waiting: Vec<(i64, String)> = query_as("SELECT id, folded FROM to_index ORDER BY id")
        .fetch_all(&mut *conn)
        .await?;
    for (number, folded) in waiting {
        unindex(conn, number).await?;
        if !folded.is_empty() {
            query("INSERT INTO found (rowid, folded) VALUES (?, ?)")
                .bind(number)
                .bind(folded.as_str())
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

async fn put_header(conn: &mut SqliteConnection, header: &HeaderRow) -> Result<(), VaultError> {
    let statement = if header.values == 0 {
        "DELETE FROM headers WHERE doc = ?1 AND form = ?2 AND item = ?3 AND ?4 = 0"
    } else {
        "INSERT INTO headers (doc, form, item, \"values\") VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (doc, form, item) DO UPDATE SET \"values\" = excluded.\"values\""
    };
    query(statement)
        .bind(header.doc.as_bytes().as_slice())
        .bind(header.form.as_str())
        .bind(header.item.as_str())
        .bind(i64::from(header.values))
        .execute(conn)
        .await?;
    Ok(())
}

/// Thirteen columns; sqlx reads tuples of up to nine.
pub(crate) fn columns(row: &sqlx::sqlite::SqliteRow) -> Result<ObservationColumns, VaultError> {
    use sqlx::Row as _;
    Ok((
        (
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get(3)?,
            row.try_get(4)?,
            row.try_get(5)?,
            row.try_get(6)?,
        ),
        (
            row.try_get(7)?,
            row.try_get(8)?,
            row.try_get(9)?,
            row.try_get(10)?,
            row.try_get(11)?,
            row.try_get(12)?,
        ),
    ))
}

pub(crate) fn observation(columns: ObservationColumns) -> Result<ObservationRow, VaultError> {
    let ((doc, form, item, row, place, observer, actor), said) = columns;
    let (answer, evidence, note, observed, recorded, folded) = said;
    let numbers = evidence.chunks_exact(4);
    if !numbers.remainder().is_empty() {
        return Err(VaultError::SHAPE);
    }
    let evidence = numbers
        .map(|bytes| {
            bytes
                .try_into()
                .map(u32::from_be_bytes)
                .map_err(|_| VaultError::SHAPE)
        })
        .collect::<Result<_, _>>()?;
    Ok(ObservationRow {
        key: ObservationKey {
            doc: id(&doc)?,
            form,
            item,
            row: optional_id(&row)?,
            place: optional_id(&place)?,
            observer: id(&observer)?,
            actor: id(&actor)?,
        },
        answer,
        evidence,
        note,
        observed: optional_time(observed)?,
        recorded: time(recorded)?,
        folded,
    })
}

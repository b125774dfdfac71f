//! Search over folded text with FTS5 trigrams: finds inside agglutinated words (libraries.md 1.17).

use crate::error::VaultError;
use crate::lists::{ObservationRow, columns, index_waiting, observation};
use crate::vault::Vault;

/// An observation that search found. Ranking exact letters above folded ones is the caller's: it has both texts.
pub type SearchHit = ObservationRow;

/// Letters a word needs to be looked up by trigram; shorter ones are compared row by row.
const TRIGRAM: usize = 3;
/// Words of a query that are looked at.
const WORDS: usize = 16;

impl Vault {
    /// Observations whose folded text holds every word of `folded`, in any order, anywhere inside words; newest first, at most `limit`.
    ///
    /// * `folded`: the query, folded by the same function as the rows; words after the sixteenth are ignored. Without any word nothing is found.
    ///
    /// # Errors
    /// [`VaultError::Closed`], [`VaultError::Damaged`].
    pub async fn search(&self, folded: &str, limit: u32) -> Result<Vec<SearchHit>, VaultError> {
        let words: Vec<&str> = folded.split_whitespace().take(WORDS).collect();
        let (long, short): (Vec<&str>, Vec<&str>) = words
            .into_iter()
            .partition(|word| word.chars().count() >= TRIGRAM);
        if long.is_empty() && short.is_empty() {
            return Ok(Vec::new());
        }
        // A quoted string of FTS5 has no operators in it; a word with a NUL would be cut there.
        let quoted: Vec<String> = long
            .iter()
            .map(|word| format!("\"{}\"", word.replace('"', "\"\"").replace('\0', "")))
            .collect();
        let statement = if quoted.is_empty() { ALL } else { MATCHING };
        let mut write = self.write().await?;
        index_waiting(write.conn()).await?;
        write.commit().await?;
        let mut held = self.read().await?;
        let rows = sqlx::query(statement)
            .bind(quoted.join(" AND "))
            .fetch_all(&mut held.conn)
            .await?;
        drop(held);
        let mut hits = Vec::new();
        for row in &rows {
            let hit = observation(columns(row)?)?;
            let text = hit.folded.as_deref().unwrap_or_default();
            if short.iter().all(|word| text.contains(word)) {
                hits.push(hit);
            }
            if hits.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                break;
            }
        }
        Ok(hits)
    }
}

const MATCHING: &str =
    "SELECT o.doc, o.form, o.item, o.row, o.place, o.observer, o.actor, o.answer, o.evidence, o.note,
     o.observed_ms, o.recorded_ms, f.folded FROM found f JOIN observations o ON o.id = f.rowid
     WHERE found MATCH ? ORDER BY o.recorded_ms DESC, o.id";

const ALL: &str =
    "SELECT o.doc, o.form, o.item, o.row, o.place, o.observer, o.actor, o.answer, o.evidence, o.note,
     o.observed_ms, o.recorded_ms, f.folded FROM found f JOIN observations o ON o.id = f.rowid
     WHERE ? = '' ORDER BY o.recorded_ms DESC, o.id";

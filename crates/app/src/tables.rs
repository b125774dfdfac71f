//! The vault's tables for lists and search, as differences between two states of a document.

use std::collections::BTreeMap;

use senim_ids::{DocId, DocKind, UnixMillis};
use senim_model::{Contents, Observation, fold};
use senim_vault::{HeaderRow, ObservationKey, ObservationRow, TableRows};

/// What changed from `before` to `after`.
#[must_use]
pub(crate) fn changed(doc: DocId, kind: DocKind, before: &Contents, after: &Contents) -> TableRows {
    let (old, new) = (by_key(doc, before), by_key(doc, after));
    let observations = new
        .iter()
        .filter(|(key, observation)| old.get(*key) != Some(*observation))
        .map(|(key, observation)| row(key.clone(), kind, observation))
        .collect();
    let cleared = old
        .into_keys()
        .filter(|key| !new.contains_key(key))
        .collect();
    TableRows {
        observations,
        cleared,
        headers: headers(doc, before, after),
    }
}

fn by_key(doc: DocId, contents: &Contents) -> BTreeMap<ObservationKey, &Observation> {
    contents
        .observations
        .iter()
        .map(|observation| (key(doc, observation), observation))
        .collect()
}

fn key(doc: DocId, observation: &Observation) -> ObservationKey {
    ObservationKey {
        doc,
        form: observation.form.to_string(),
        item: observation.item.to_string(),
        row: observation.row,
        place: observation.place,
        observer: observation.observer,
        actor: observation.actor,
    }
}

fn row(key: ObservationKey, kind: DocKind, observation: &Observation) -> ObservationRow {
    let note = observation.note.clone().unwrap_or_default();
    // Interviews, samples and identities are searched only while open (protocol.md 9).
    let indexed = matches!(kind, DocKind::Org | DocKind::Visit | DocKind::FollowUp);
    ObservationRow {
        key,
        answer: observation.answer.clone(),
        evidence: observation
            .evidence
            .iter()
            .map(|evidence| *evidence as u32)
            .collect(),
        folded: indexed.then(|| fold(&format!("{} {note}", observation.answer))),
        note,
        observed: observation.observed_at.map(countable),
        recorded: countable(observation.recorded_at),
    }
}

/// A stated time is anybody's number; the vault's integers are signed, and one that does not fit must not keep the rest out.
fn countable(time: UnixMillis) -> UnixMillis {
    UnixMillis(time.0.min(i64::MAX as u64))
}

fn headers(doc: DocId, before: &Contents, after: &Contents) -> Vec<HeaderRow> {
    let count = |contents: &Contents| -> BTreeMap<(String, String), u32> {
        contents
            .headers
            .iter()
            .map(|header| {
                let values = u32::try_from(header.values.len()).unwrap_or(u32::MAX);
                ((header.form.to_string(), header.item.to_string()), values)
            })
            .collect()
    };
    let (old, new) = (count(before), count(after));
    let gone = old
        .keys()
        .filter(|key| !new.contains_key(*key))
        .map(|key| (key, 0));
    new.iter()
        .filter(|(key, values)| old.get(*key) != Some(*values))
        .map(|(key, values)| (key, *values))
        .chain(gone)
        .map(|((form, item), values)| HeaderRow {
            doc,
            form: form.clone(),
            item: item.clone(),
            values,
        })
        .collect()
}

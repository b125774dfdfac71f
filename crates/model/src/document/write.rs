//! What one edit puts into the open transaction.

use automerge::transaction::{OwnedTransaction, Transactable};
use automerge::{ObjType, ROOT, ReadDoc, ScalarValue};
use senim_ids::ActorId;

use super::EditError;
use crate::edit::{Edit, Resolution, Splice};
use crate::key::Key;
use crate::part::PartValue;
use crate::scan;
use crate::value::{PlainValue, SharedValue, ValueId};

pub(super) fn write(
    doc: &mut OwnedTransaction,
    edit: &Edit,
    actor: ActorId,
) -> Result<(), EditError> {
    let key = edit.key(actor);
    match edit {
        Edit::PutObservation(_, value) => put(doc, &key, ScalarValue::Bytes(value.encode())),
        Edit::ClearObservation(_) => put(doc, &key, ScalarValue::Null),
        Edit::PutPlace(_, value) => put_shared(doc, &key, ScalarValue::Bytes(value.encode())),
        Edit::VoidPlace(_) | Edit::VoidRow(_) => put_shared(doc, &key, ScalarValue::Boolean(true)),
        Edit::PutHeader(_, _, value) => put_shared(doc, &key, ScalarValue::Bytes(value.encode())),
        Edit::PutPlain(_, value) => put_shared(doc, &key, plain(value)),
        Edit::MakeText(_) => {
            // Made once: a second object under the key would hide the first with all that others wrote in it.
            if doc.get(ROOT, key.to_string())?.is_none() {
                doc.put_object(ROOT, key.to_string(), ObjType::Text)?;
            }
            Ok(())
        }
        Edit::SpliceText(splice) => splice_text(doc, &key, splice),
        Edit::PutPart(at, _) if at.owner().is_some_and(|owner| owner != actor) => {
            Err(EditError::NoSuchItem)
        }
        Edit::PutPart(at, value) if at.owner().is_some() => put(doc, &key, part_scalar(value)),
        Edit::PutPart(_, value) => put_shared(doc, &key, part_scalar(value)),
        Edit::ResolvePart(_, seen, value) => {
            open_values(doc, &key, seen)?;
            put(doc, &key, part_scalar(value))
        }
        Edit::Resolve(_, seen, resolution) => {
            let values = open_values(doc, &key, seen)?;
            let chosen = match resolution {
                Resolution::Keep(id) => values
                    .into_iter()
                    .find(|value| value.0 == *id)
                    .map(|value| value.1)
                    .ok_or(EditError::NoOpenDifference)?,
                Resolution::Write(value) => scalar_for(&key, value)?,
            };
            put(doc, &key, chosen)
        }
    }
}

/// The values of a shared key that a person chose between, if they still are those that were seen.
fn open_values(
    doc: &OwnedTransaction,
    key: &Key,
    seen: &[ValueId],
) -> Result<Vec<(ValueId, ScalarValue)>, EditError> {
    let values = scan::values_at(doc, key);
    let mut current: Vec<_> = values.iter().map(|value| value.0).collect();
    let mut seen = seen.to_vec();
    current.sort_unstable();
    seen.sort_unstable();
    if key.owner().is_some() || current.len() < 2 || current != seen {
        return Err(EditError::NoOpenDifference);
    }
    Ok(values)
}

fn part_scalar(value: &PartValue) -> ScalarValue {
    match (value, value.encode()) {
        (_, Some(bytes)) => ScalarValue::Bytes(bytes),
        (PartValue::Void, None) => ScalarValue::Boolean(true),
        (_, None) => ScalarValue::Null,
    }
}

fn put(doc: &mut OwnedTransaction, key: &Key, value: ScalarValue) -> Result<(), EditError> {
    let current = scan::values_at(doc, key);
    if current.len() > 1 {
        // Putting what automerge shows already, it would delete the other values instead of writing; the gate refuses deletions.
        // So something that is none of them is written first.
        let other = (0_u64..)
            .map(ScalarValue::Uint)
            .find(|other| current.iter().all(|(_, value)| value != other) && *other != value);
        if let Some(other) = other {
            doc.put(ROOT, key.to_string(), other)?;
        }
    }
    doc.put(ROOT, key.to_string(), value)?;
    Ok(())
}

fn put_shared(doc: &mut OwnedTransaction, key: &Key, value: ScalarValue) -> Result<(), EditError> {
    // automerge would resolve the difference in silence.
    if scan::differs_at(doc, key) {
        return Err(EditError::OpenDifference);
    }
    put(doc, key, value)
}

fn splice_text(doc: &mut OwnedTransaction, key: &Key, splice: &Splice) -> Result<(), EditError> {
    let found = doc.get(ROOT, key.to_string())?;
    let Some((automerge::Value::Object(ObjType::Text), text)) = found else {
        return Err(EditError::NoSuchItem);
    };
    let at = usize::try_from(splice.at).map_err(|_| EditError::NoSuchItem)?;
    let remove = usize::try_from(splice.remove).map_err(|_| EditError::NoSuchItem)?;
    if at.saturating_add(remove) > doc.length(&text) {
        return Err(EditError::NoSuchItem);
    }
    let remove = isize::try_from(remove).map_err(|_| EditError::NoSuchItem)?;
    doc.splice_text(&text, at, remove, &splice.insert)?;
    Ok(())
}

fn plain(value: &PlainValue) -> ScalarValue {
    match value {
        PlainValue::Text(text) => ScalarValue::Str(text.as_str().into()),
        PlainValue::Number(number) => ScalarValue::Int(*number),
        PlainValue::Flag(flag) => ScalarValue::Boolean(*flag),
        PlainValue::Empty => ScalarValue::Null,
    }
}

fn scalar_for(key: &Key, value: &SharedValue) -> Result<ScalarValue, EditError> {
    match (key, value) {
        (Key::Header { .. }, SharedValue::Header(value)) => Ok(ScalarValue::Bytes(value.encode())),
        (Key::Place(_), SharedValue::Place(value)) => Ok(ScalarValue::Bytes(value.encode())),
        (Key::Plain(_), SharedValue::Plain(value)) => Ok(plain(value)),
        (Key::PlaceVoid(_) | Key::RowVoid(_), SharedValue::Void) => Ok(ScalarValue::Boolean(true)),
        _ => Err(EditError::NoSuchItem),
    }
}

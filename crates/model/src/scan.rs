//! Reading a document: one pass over its keys, nothing dropped. What cannot be read is named as unreadable.

use automerge::{ObjType, ROOT, ReadDoc, ScalarValue, Value};
use senim_ids::{ActorId, MemberId, PlaceId, RowId, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::cbor::NotCanonical;
use crate::key::{Key, Name};
use crate::part;
use crate::value::{
    Evidence, FormVersion, HeaderText, ObservationValue, PlaceValue, PlainValue, SharedValue,
    ValueId,
};

/// One observer's answer to one item at one place. A cleared answer is none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Observation {
    /// The form's id.
    pub form: Name,
    /// The item's name in the form.
    pub item: Name,
    /// The row of a repeated group.
    pub row: Option<RowId>,
    /// The place; none for the whole facility.
    pub place: Option<PlaceId>,
    /// Who saw it, as stated.
    pub observer: MemberId,
    /// Who wrote it, as proven.
    pub actor: ActorId,
    /// The answer as `forms` writes it.
    pub answer: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The observer's note.
    pub note: Option<String>,
    /// The form that asked.
    pub form_version: FormVersion,
    /// When it was seen, as stated.
    pub observed_at: Option<UnixMillis>,
    /// When it was written, by the device's clock.
    pub recorded_at: UnixMillis,
}

impl std::fmt::Debug for Observation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Observation({:?}, by {:?})", self.item, self.actor)
    }
}

/// One of the concurrent values of a shared key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Candidate {
    /// The id to choose it by.
    pub id: ValueId,
    /// What it says.
    pub value: SharedValue,
}

/// A value of the visit's head with all concurrent versions; more than one different answer is an open difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeaderValue {
    /// The form's id.
    pub form: Name,
    /// The item's name in the form.
    pub item: Name,
    /// At least one; the first is the one automerge shows.
    pub values: Vec<HeaderCandidate>,
}

/// One version of a head value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeaderCandidate {
    /// The id to choose it by; its actor is who wrote it.
    pub id: ValueId,
    /// What it says.
    pub value: HeaderText,
}

/// A place with its marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Place {
    /// Its id, which stands in the keys of observations.
    pub id: PlaceId,
    /// Kind and names.
    pub value: PlaceValue,
    /// True if it was marked as entered by mistake. Its observations stay.
    pub void: bool,
}

/// A long shared text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SharedText {
    /// What the text is for.
    pub name: Name,
    /// Who made it.
    pub creator: ActorId,
    /// The text as it stands.
    pub text: String,
}

impl std::fmt::Debug for SharedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedText({:?})", self.name)
    }
}

/// A shared key whose concurrent values do not say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenDifference {
    /// The key; [`crate::Edit::Resolve`] takes it.
    pub key: Key,
    /// All values, also those that say the same: a choice names the ids of all.
    pub candidates: Vec<Candidate>,
}

/// A value that is not what its key asks for, for example written by a damaged or hostile device. Shown, never dropped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct Unreadable {
    /// The key as it stands. May hold anybody's words: never for a log.
    pub key: String,
    /// Who wrote the value; none if the actor is not one of ours.
    pub actor: Option<ActorId>,
}

impl std::fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unreadable({:?})", self.actor)
    }
}

/// All that stands in a document, in the order of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Contents {
    /// Every answer that was not cleared.
    pub observations: Vec<Observation>,
    /// The visit's head.
    pub headers: Vec<HeaderValue>,
    /// Places, void ones included.
    pub places: Vec<Place>,
    /// Rows that were taken out.
    pub void_rows: Vec<RowId>,
    /// Long texts.
    pub texts: Vec<SharedText>,
    /// Plain values, where all concurrent ones say the same; cleared ones are left out.
    pub plain: Vec<(Name, PlainValue)>,
    /// What a person has to choose.
    pub open_differences: Vec<OpenDifference>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    #[serde(skip)]
    #[ts(skip)]
    void_places: Vec<PlaceId>,
}

pub(crate) fn contents<D: ReadDoc>(doc: &D, heads: Option<&[automerge::ChangeHash]>) -> Contents {
    let mut found = Contents::default();
    let items: Vec<(String, bool)> = match heads {
        Some(heads) => doc
            .map_range_at(ROOT, .., heads)
            .map(|item| (item.key.into_owned(), item.conflict))
            .collect(),
        None => doc
            .map_range(ROOT, ..)
            .map(|item| (item.key.into_owned(), item.conflict))
            .collect(),
    };
    for (key, _) in items {
        let values = match heads {
            Some(heads) => doc.get_all_at(ROOT, key.as_str(), heads),
            None => doc.get_all(ROOT, key.as_str()),
        };
        take(&mut found, doc, heads, &key, values.unwrap_or_default());
    }
    finish(found)
}

pub(crate) fn contents_under<D: ReadDoc>(doc: &D, prefix: &str) -> Contents {
    let mut found = Contents::default();
    // U+10FFFF sorts after every character a key can hold.
    let end = format!("{prefix}\u{10FFFF}");
    let keys: Vec<String> = doc
        .map_range(ROOT, prefix.to_owned()..end)
        .map(|item| item.key.into_owned())
        .collect();
    for key in keys {
        let values = doc.get_all(ROOT, key.as_str()).unwrap_or_default();
        take(&mut found, doc, None, &key, values);
    }
    finish(found)
}

fn finish(mut found: Contents) -> Contents {
    for place in &mut found.places {
        place.void = found.void_places.contains(&place.id);
    }
    found.void_places.clear();
    found
}

type Found<'a> = Vec<(Value<'a>, automerge::ObjId)>;

fn take<D: ReadDoc>(
    found: &mut Contents,
    doc: &D,
    heads: Option<&[automerge::ChangeHash]>,
    key: &str,
    values: Found<'_>,
) {
    match Key::parse(key) {
        Ok(at @ Key::Observation { .. }) => {
            for (value, id) in values {
                match observation(&at, &value) {
                    Ok(Some(observation)) => found.observations.push(observation),
                    Ok(None) => {}
                    Err(NotCanonical) => found.unreadable.push(unreadable(key, &id)),
                }
            }
        }
        Ok(Key::Text { name, actor }) => {
            for (value, id) in values {
                let text = match (value, heads) {
                    (Value::Object(ObjType::Text), Some(heads)) => doc.text_at(&id, heads).ok(),
                    (Value::Object(ObjType::Text), None) => doc.text(&id).ok(),
                    _ => None,
                };
                match text {
                    Some(text) => {
                        found.texts.push(SharedText {
                            name: name.clone(),
                            creator: actor,
                            text,
                        });
                    }
                    None => found.unreadable.push(unreadable(key, &id)),
                }
            }
        }
        // Parts are read by `Document::parts`; what is unreadable is named by both, so that no caller misses it.
        Ok(Key::Part(part)) => {
            let unread = values.iter().filter(|(value, id)| {
                let readable = value.as_scalar().and_then(|value| part::read(&part, value));
                readable.is_none() || value_id(id).is_none()
            });
            found
                .unreadable
                .extend(unread.map(|(_, id)| unreadable(key, id)));
        }
        Ok(shared) => take_shared(found, shared, key, &values),
        Err(_) => {
            found
                .unreadable
                .extend(values.iter().map(|(_, id)| unreadable(key, id)));
        }
    }
}

/// The observation that stands at this key; none if it was cleared.
fn observation(key: &Key, value: &Value<'_>) -> Result<Option<Observation>, NotCanonical> {
    let Key::Observation {
        form,
        item,
        row,
        place,
        observer,
        actor,
    } = key
    else {
        return Err(NotCanonical);
    };
    let value = match value.as_scalar() {
        Some(ScalarValue::Null) => return Ok(None),
        Some(ScalarValue::Bytes(bytes)) => ObservationValue::parse(bytes)?,
        _ => return Err(NotCanonical),
    };
    Ok(Some(Observation {
        form: form.clone(),
        item: item.clone(),
        row: *row,
        place: *place,
        observer: *observer,
        actor: *actor,
        answer: value.answer,
        evidence: value.evidence,
        note: value.note,
        form_version: value.form_version,
        observed_at: value.observed_at,
        recorded_at: value.recorded_at,
    }))
}

fn take_shared(found: &mut Contents, key: Key, text: &str, values: &Found<'_>) {
    let mut candidates = Vec::new();
    for (value, id) in values {
        match (
            value_id(id),
            value.as_scalar().and_then(|value| read(&key, value)),
        ) {
            (Some(id), Some(value)) => candidates.push(Candidate { id, value }),
            _ => found.unreadable.push(unreadable(text, id)),
        }
    }
    // The last of automerge's list is the one it shows.
    candidates.reverse();
    let Some(shown) = candidates.first().cloned() else {
        return;
    };
    if candidates
        .iter()
        .any(|other| !says_the_same(&other.value, &shown.value))
    {
        found.open_differences.push(OpenDifference {
            key: key.clone(),
            candidates: candidates.clone(),
        });
    }
    match (key, shown.value) {
        (Key::Header { form, item }, _) => {
            let values = candidates
                .into_iter()
                .filter_map(|one| match one.value {
                    SharedValue::Header(value) => Some(HeaderCandidate { id: one.id, value }),
                    _ => None,
                })
                .collect();
            found.headers.push(HeaderValue { form, item, values });
        }
        (Key::Place(id), SharedValue::Place(value)) => {
            found.places.push(Place {
                id,
                value,
                void: false,
            });
        }
        (Key::PlaceVoid(id), _) => found.void_places.push(id),
        (Key::RowVoid(id), _) => found.void_rows.push(id),
        (Key::Plain(name), SharedValue::Plain(value)) if value != PlainValue::Empty => {
            found.plain.push((name, value));
        }
        _ => {}
    }
}

fn read(key: &Key, value: &ScalarValue) -> Option<SharedValue> {
    match (key, value) {
        (Key::Header { .. }, ScalarValue::Bytes(bytes)) => {
            HeaderText::parse(bytes).ok().map(SharedValue::Header)
        }
        (Key::Place(_), ScalarValue::Bytes(bytes)) => {
            PlaceValue::parse(bytes).ok().map(SharedValue::Place)
        }
        (Key::PlaceVoid(_) | Key::RowVoid(_), ScalarValue::Boolean(true)) => {
            Some(SharedValue::Void)
        }
        (Key::Plain(_), value) => {
            let value = match value {
                ScalarValue::Str(text) => PlainValue::Text(text.to_string()),
                ScalarValue::Int(number) => PlainValue::Number(*number),
                ScalarValue::Boolean(flag) => PlainValue::Flag(*flag),
                ScalarValue::Null => PlainValue::Empty,
                _ => return None,
            };
            value.check().ok().map(|()| SharedValue::Plain(value))
        }
        _ => None,
    }
}

/// Two head values that differ only in when they were written leave a person nothing to choose.
fn says_the_same(one: &SharedValue, other: &SharedValue) -> bool {
    match (one, other) {
        (SharedValue::Header(one), SharedValue::Header(other)) => one.answer == other.answer,
        _ => one == other,
    }
}

pub(crate) fn unreadable(key: &str, id: &automerge::ObjId) -> Unreadable {
    Unreadable {
        key: key.to_owned(),
        actor: value_id(id).map(|id| id.actor),
    }
}

pub(crate) fn value_id(id: &automerge::ObjId) -> Option<ValueId> {
    match id {
        automerge::ObjId::Id(counter, actor, _) => {
            let actor = ActorId::try_from(actor.to_bytes()).ok()?;
            Some(ValueId {
                counter: *counter,
                actor,
            })
        }
        automerge::ObjId::Root => None,
    }
}

/// The scalar values at a key with their ids.
pub(crate) fn values_at<D: ReadDoc>(doc: &D, key: &Key) -> Vec<(ValueId, ScalarValue)> {
    doc.get_all(ROOT, key.to_string())
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(value, id)| Some((value_id(&id)?, value.into_scalar().ok()?)))
        .collect()
}

/// True if the values at a shared key do not all say the same.
pub(crate) fn differs_at<D: ReadDoc>(doc: &D, key: &Key) -> bool {
    let values = values_at(doc, key);
    let Some((_, first)) = values.first() else {
        return false;
    };
    values
        .iter()
        .any(|(_, other)| match (read(key, first), read(key, other)) {
            (Some(one), Some(other)) => !says_the_same(&one, &other),
            // A value that cannot be read may be anything: overwriting it beside a readable one is a choice too.
            _ => first != other,
        })
}

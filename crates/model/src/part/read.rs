//! Reading the parts of a document: nothing is dropped. What cannot be read is named, what has several values is an open difference.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ROOT, ReadDoc, ScalarValue};
use senim_ids::{ActorId, PlaceId, RowId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::wording::mark_stale;
use super::{
    AgreedValue, ConsentAnswerValue, ContactValue, FindingValue, HandedValue, LetterValue,
    MarkValue, NoteValue, PartKey, PartKind, PartValue, PersonValue, PointValue,
    RecommendationValue, RefusalValue, SafetyValue, SampleValue, SettingValue, TakenValue,
    TalkValue, ToldValue, UrgentValue, VisitEntryValue, Wording,
};
use crate::act::ConsentKind;
use crate::key::Name;
use crate::scan::{self, Unreadable};
use crate::value::ValueId;

/// A row with its texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Row<T> {
    /// Its id.
    pub id: RowId,
    /// Who writes it, if only its author may.
    pub actor: Option<ActorId>,
    /// What it says; none if only texts stand under its id.
    pub value: Option<T>,
    /// Its texts, in the order of the languages.
    pub wordings: Vec<Wording>,
    /// True if it was taken out.
    pub void: bool,
    /// True if its value has concurrent versions.
    pub differs: bool,
}

/// What the debrief agreed on one item at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgreedAnswer {
    /// The form's id.
    pub form: Name,
    /// The item's name in the form.
    pub item: Name,
    /// The row of a repeated group.
    pub row: Option<RowId>,
    /// The place; none for the whole facility.
    pub place: Option<PlaceId>,
    /// The answer and who was present.
    pub value: AgreedValue,
    /// True if it has concurrent versions.
    pub differs: bool,
}

/// Who took a section at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Taken {
    /// The form's id.
    pub form: Name,
    /// The section's name in the form.
    pub section: Name,
    /// The place; none for the whole facility.
    pub place: Option<PlaceId>,
    /// Who.
    pub value: TakenValue,
    /// True if two took it at once.
    pub differs: bool,
}

/// One of the concurrent values of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartCandidate {
    /// The id to choose it by.
    pub id: ValueId,
    /// What it says.
    pub value: PartValue,
}

/// A part whose concurrent values do not say the same. [`crate::Edit::Resolve`] keeps one, [`crate::Edit::ResolvePart`] writes a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenPart {
    /// Its key.
    pub key: PartKey,
    /// All values; the first is the one shown.
    pub candidates: Vec<PartCandidate>,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $field:ident: $variant:ident($type:ty), $kind:ident;)*) => {
        /// All parts of a document, in the order of their keys.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
        pub struct Parts {
            $($(#[$doc])* pub $field: Vec<Row<$type>>,)*
            /// What the debrief agreed.
            pub agreed: Vec<AgreedAnswer>,
            /// Who took what.
            pub taken: Vec<Taken>,
            /// What a person answered when asked for consent.
            pub consents: Vec<(ConsentKind, ConsentAnswerValue)>,
            /// Where and before whom a talk was held.
            pub setting: Option<SettingValue>,
            /// Who the alias is.
            pub person: Option<PersonValue>,
            /// How to reach the person.
            pub contact: Option<ContactValue>,
            /// What was agreed for the person's safety.
            pub safety: Option<SafetyValue>,
            /// What a person has to choose.
            pub open: Vec<OpenPart>,
            /// What could not be read.
            pub unreadable: Vec<Unreadable>,
        }

        fn rows(found: &Found, parts: &mut Parts) {
            $(parts.$field = found.rows(PartKind::$kind, |value| match value {
                PartValue::$variant(value) => Some(value.clone()),
                _ => None,
            });)*
        }
    };
}

parts! {
    /// Findings.
    findings: Finding(FindingValue), Finding;
    /// Draft recommendations.
    recommendations: Recommendation(RecommendationValue), Recommendation;
    /// Entries of the visit.
    entries: VisitEntry(VisitEntryValue), VisitEntry;
    /// Refusals.
    refusals: Refusal(RefusalValue), Refusal;
    /// Quick notes.
    notes: Note(NoteValue), Note;
    /// Short talks.
    talks: Talk(TalkValue), Talk;
    /// What was handed to the team.
    letters: Letter(LetterValue), Letter;
    /// What was handed on, by the letter's id.
    handed: Handed(HandedValue), Handed;
    /// Urgent actions.
    urgent: Urgent(UrgentValue), Urgent;
    /// Who was told of them.
    told: Told(ToldValue), Told;
    /// Points of the closing sheet; more than seven can stand here after two wrote at once.
    points: Point(PointValue), Point;
    /// Marks on the body map.
    marks: Mark(MarkValue), Mark;
    /// Rows of a register sample.
    samples: Sample(SampleValue), Sample;
}

/// The readable values by key, the shown one first.
#[derive(Default)]
struct Found {
    values: BTreeMap<PartKey, Vec<PartCandidate>>,
}

impl Found {
    fn differs(&self, key: &PartKey) -> bool {
        let values = self.values.get(key).map(Vec::as_slice).unwrap_or_default();
        values
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one.value != other.value))
    }

    fn shown(&self, key: &PartKey) -> Option<&PartValue> {
        self.values
            .get(key)?
            .first()
            .map(|candidate| &candidate.value)
    }

    fn rows<T>(&self, kind: PartKind, pick: impl Fn(&PartValue) -> Option<T>) -> Vec<Row<T>> {
        let mut ids: BTreeMap<(RowId, Option<ActorId>), Option<T>> = BTreeMap::new();
        for key in self.values.keys() {
            match key {
                PartKey::Row {
                    kind: of,
                    id,
                    actor,
                } if *of == kind => {
                    if let Some(value) = self.shown(key).and_then(&pick) {
                        ids.insert((*id, *actor), Some(value));
                    }
                }
                PartKey::Wording { kind: of, id, .. }
                    if *of == kind && matches!(self.shown(key), Some(PartValue::Wording(_))) =>
                {
                    ids.entry((*id, None)).or_default();
                }
                _ => {}
            }
        }
        let rows = ids.into_iter().map(|((id, actor), value)| Row {
            id,
            actor,
            value,
            wordings: self.wordings(kind, id),
            void: self.values.contains_key(&PartKey::Void { kind, id }),
            differs: self.differs(&PartKey::Row { kind, id, actor }),
        });
        rows.collect()
    }

    fn wordings(&self, kind: PartKind, id: RowId) -> Vec<Wording> {
        let mut wordings = Vec::new();
        for language in senim_ids::Language::ALL {
            let key = PartKey::Wording {
                kind,
                id,
                language: *language,
            };
            if let Some(PartValue::Wording(value)) = self.shown(&key) {
                wordings.push(Wording {
                    language: *language,
                    value: value.clone(),
                    stale: false,
                    differs: self.differs(&key),
                });
            }
        }
        mark_stale(&mut wordings);
        wordings
    }
}

/// The value at a key as the part that it is.
pub(crate) fn read(key: &PartKey, value: &ScalarValue) -> Option<PartValue> {
    match (key, value) {
        (PartKey::Void { .. }, ScalarValue::Boolean(true)) => Some(PartValue::Void),
        (PartKey::Void { .. }, _) => None,
        (_, ScalarValue::Null) => Some(PartValue::Cleared),
        (_, ScalarValue::Bytes(bytes)) => PartValue::parse(key, bytes).ok(),
        _ => None,
    }
}

/// All parts, now or at given heads.
pub(crate) fn parts<D: ReadDoc>(doc: &D, heads: Option<&[automerge::ChangeHash]>) -> Parts {
    let keys: BTreeSet<String> = match heads {
        Some(heads) => doc
            .map_range_at(ROOT, .., heads)
            .map(|item| item.key.into_owned())
            .collect(),
        None => doc
            .map_range(ROOT, ..)
            .map(|item| item.key.into_owned())
            .collect(),
    };
    let mut found = Found::default();
    let mut parts = Parts::default();
    for text in keys {
        let Ok(key) = text.parse::<PartKey>() else {
            continue;
        };
        let values = match heads {
            Some(heads) => doc.get_all_at(ROOT, text.as_str(), heads),
            None => doc.get_all(ROOT, text.as_str()),
        };
        let mut candidates = Vec::new();
        for (value, id) in values.unwrap_or_default() {
            let part = value.as_scalar().and_then(|value| read(&key, value));
            match (scan::value_id(&id), part) {
                (Some(id), Some(value)) => candidates.push(PartCandidate { id, value }),
                _ => parts.unreadable.push(scan::unreadable(&text, &id)),
            }
        }
        // The last of automerge's list is the one it shows.
        candidates.reverse();
        if !candidates.is_empty() {
            found.values.insert(key, candidates);
        }
    }
    rows(&found, &mut parts);
    others(&found, &mut parts);
    parts
}

fn others(found: &Found, parts: &mut Parts) {
    for (key, candidates) in &found.values {
        let differs = found.differs(key);
        if differs {
            parts.open.push(OpenPart {
                key: key.clone(),
                candidates: candidates.clone(),
            });
        }
        match (key.clone(), found.shown(key)) {
            (
                PartKey::Agreed {
                    form,
                    item,
                    row,
                    place,
                },
                Some(PartValue::Agreed(value)),
            ) => {
                parts.agreed.push(AgreedAnswer {
                    form,
                    item,
                    row,
                    place,
                    value: value.clone(),
                    differs,
                });
            }
            (
                PartKey::Take {
                    form,
                    section,
                    place,
                },
                Some(PartValue::Taken(value)),
            ) => {
                parts.taken.push(Taken {
                    form,
                    section,
                    place,
                    value: value.clone(),
                    differs,
                });
            }
            // While it is disputed whether something was allowed, it was not.
            (PartKey::Consent(kind), Some(PartValue::ConsentAnswer(value))) => {
                let given = value.given && !differs;
                parts.consents.push((
                    kind,
                    ConsentAnswerValue {
                        given,
                        ..value.clone()
                    },
                ));
            }
            (_, Some(PartValue::Setting(value))) => parts.setting = Some(value.clone()),
            (_, Some(PartValue::Person(value))) => parts.person = Some(value.clone()),
            (_, Some(PartValue::Contact(value))) => parts.contact = Some(value.clone()),
            (_, Some(PartValue::Safety(value))) => parts.safety = Some(value.clone()),
            _ => {}
        }
    }
}

//! One section of a form at one place, ready to show: skip logic applied, my answers, colleagues' after mine.

use std::collections::BTreeMap;

use senim_forms::{
    AnswerFault, Answers, EvalContext, Evaluation, FormDefinition, Item, ItemKind, RowKey,
    SectionCount, Value, evaluate,
};
use senim_ids::{DocId, ErrorCode, Language, MemberId, PlaceId, UnixMillis};
use senim_model::{Contents, Differs, Observation};

use crate::forms::{Form, input, words};
use crate::open::Open;
use crate::sync::small;
use crate::view::{ApiError, ChoiceView, ItemInput, ItemView, ObservationView, SectionView, Words};
use crate::visits::bound_form;

/// Minutes east of UTC. Kazakhstan has been one zone, UTC+5, since 2024-03-01; an older visit shows the offset of today.
const MINUTES_EAST: i16 = 300;

/// Counts of every section for `me` at `place`.
pub(crate) fn counts(
    form: &Form,
    contents: &Contents,
    me: MemberId,
    place: Option<PlaceId>,
    now: UnixMillis,
) -> BTreeMap<String, SectionCount> {
    evaluation(form, contents, me, place, now).sections
}

fn evaluation(
    form: &Form,
    contents: &Contents,
    me: MemberId,
    place: Option<PlaceId>,
    now: UnixMillis,
) -> Evaluation {
    let context = EvalContext::at(now, MINUTES_EAST, Language::Ru);
    evaluate(
        &form.definition,
        &answers(form, contents, me, place),
        &context,
    )
}

/// What `me` answered at `place`, and the header's figures. An open difference counts as unanswered.
fn answers(form: &Form, contents: &Contents, me: MemberId, place: Option<PlaceId>) -> Answers {
    let mut answers = Answers::new();
    let mut put = |item: &str, row: Option<RowKey>, text: &str| {
        let known = form.definition.item(item);
        if let Some(Ok(value)) = known.map(|known| Value::parse(&known.kind, text)) {
            answers.insert((item.to_owned(), row), value);
        }
    };
    let mine = contents.observations.iter().filter(|observation| {
        observation.form == form.name && observation.observer == me && observation.place == place
    });
    for observation in mine {
        put(
            observation.item.as_str(),
            observation.row.map(RowKey::new),
            &observation.answer,
        );
    }
    for header in contents
        .headers
        .iter()
        .filter(|header| header.form == form.name)
    {
        if let [only] = header.values.as_slice() {
            put(header.item.as_str(), None, &only.value.answer);
        }
    }
    answers
}

/// Items of a form that observers answered incompatibly at one place. Free text is left out: whether two texts contradict is no question for a machine.
pub(crate) fn differences(form: &Form, contents: &Contents) -> Vec<Differs> {
    let mut found = contents.differs(&form.name);
    found.retain(|differs| {
        let item = form.definition.item(differs.item.as_str());
        item.is_some_and(|item| item.kind != ItemKind::Text)
    });
    found
}

impl Open {
    pub(crate) async fn section_view(
        &mut self,
        visit: DocId,
        form: &str,
        section: &str,
        place: Option<PlaceId>,
        now: UnixMillis,
    ) -> Result<SectionView, ApiError> {
        let me = self.me()?;
        let document = self.document(visit).await?;
        let form = bound_form(document, form)?;
        let contents = self.contents(visit).await?;
        let known = form
            .definition
            .sections
            .iter()
            .find(|known| known.name == section);
        let known = known.ok_or(ErrorCode::NoSuchItem)?;
        let shown = Shown {
            form: &form,
            contents: &contents,
            evaluation: evaluation(&form, &contents, me, place, now),
            differs: differences(&form, &contents),
            me,
            place,
        };
        let items = known
            .items
            .iter()
            .filter_map(|item| self.item_view(&shown, item))
            .collect();
        Ok(SectionView {
            visit,
            form: form.definition.id.clone(),
            section: section.to_owned(),
            label: words(&known.label),
            place,
            items,
        })
    }

    /// One item; `None` if skip logic hides it or it stands in the rows of a group.
    fn item_view(&self, shown: &Shown<'_>, item: &Item) -> Option<ItemView> {
        let state = shown.evaluation.item(&item.name, None)?;
        if !state.visible || item.kind == ItemKind::Hidden {
            return None;
        }
        let form = &shown.form.definition;
        let (mine, colleagues): (Vec<_>, Vec<_>) = shown
            .observations(&item.name)
            .partition(|observation| observation.observer == shown.me);
        let view = |observation: &Observation| self.observation_view(observation);
        Some(ItemView {
            item: item.name.clone(),
            number: item.number.clone().unwrap_or_default(),
            label: words(&item.label),
            hint: item.hint.as_ref().map(words),
            input: if state.calculated.is_some() {
                ItemInput::Calculated
            } else {
                input(item)
            },
            choices: choices(form, item, state.offered.as_deref()),
            required: state.required,
            norm: item.norm.clone().unwrap_or_default(),
            sources: item.sources.clone(),
            limits: item.limits.clone(),
            sensitivity: item.sensitivity,
            ask_evidence: state.evidence_asked,
            urgent: state.urgent,
            header: shown.form.is_header(item),
            // Last visit's answer and colleagues' appear only after mine (field-work.md 2.5).
            others: if mine.is_empty() {
                Vec::new()
            } else {
                colleagues.iter().map(|one| view(one)).collect()
            },
            others_count: small(colleagues.len() as u64),
            mine: mine.last().map(|one| view(one)),
            values: shown.values(&item.name),
            calculated: state.calculated.as_ref().map(Value::to_wire),
            fault: state.fault.map(|fault| fault_words(item, fault)),
            differs: shown
                .differs
                .iter()
                .any(|differs| differs.item.as_str() == item.name && differs.place == shown.place),
        })
    }

    pub(crate) fn observation_view(&self, observation: &Observation) -> ObservationView {
        ObservationView {
            observer: observation.observer,
            observer_name: self.member_name(observation.observer),
            answer: observation.answer.clone(),
            evidence: observation
                .evidence
                .iter()
                .map(|kind| kind.as_str().to_owned())
                .collect(),
            note: observation.note.clone(),
            observed_at: observation.observed_at,
            recorded_at: observation.recorded_at,
            row: observation.row,
            place: observation.place,
        }
    }
}

/// What the items of one section share.
struct Shown<'a> {
    form: &'a Form,
    contents: &'a Contents,
    evaluation: Evaluation,
    differs: Vec<Differs>,
    me: MemberId,
    place: Option<PlaceId>,
}

impl Shown<'_> {
    fn observations(&self, item: &str) -> impl Iterator<Item = &Observation> {
        self.contents
            .observations
            .iter()
            .filter(move |observation| {
                observation.form == self.form.name
                    && observation.item.as_str() == item
                    && observation.place == self.place
                    && observation.row.is_none()
            })
    }

    fn values(&self, item: &str) -> Vec<String> {
        let header = self
            .contents
            .headers
            .iter()
            .find(|header| header.form == self.form.name && header.item.as_str() == item);
        header.map_or_else(Vec::new, |header| {
            header
                .values
                .iter()
                .map(|value| value.value.answer.clone())
                .collect()
        })
    }
}

fn choices(form: &FormDefinition, item: &Item, offered: Option<&[String]>) -> Vec<ChoiceView> {
    form.choices_of(item)
        .iter()
        .filter(|choice| offered.is_none_or(|offered| offered.contains(&choice.name)))
        .map(|choice| ChoiceView {
            name: choice.name.clone(),
            label: words(&choice.label),
        })
        .collect()
}

/// The form's own sentence for a broken constraint; without one the code, for the UI to word.
fn fault_words(item: &Item, fault: AnswerFault) -> Words {
    let own = item
        .constraint_message
        .as_ref()
        .filter(|_| fault == AnswerFault::Constraint);
    own.map_or_else(
        || {
            let code = fault.as_str().to_owned();
            Words {
                kk: code.clone(),
                ru: code.clone(),
                en: code,
            }
        },
        words,
    )
}

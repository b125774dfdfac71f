//! Saving what a person answers. Every edit is a synced row of the journal before it is called saved (protocol.md 4).

use senim_ids::{DocId, ErrorCode, PlaceId, RowId, UnixMillis};
use senim_model::{
    Edit, EditError, Evidence, HeaderText, Key, ObservationValue, OpenDifference, Resolution,
    SharedValue, Target, ValueId, fold,
};

use crate::app::App;
use crate::coded::coded;
use crate::open::Open;
use crate::request::Request;
use crate::sync::small;
use crate::view::{
    ApiError, DifferenceView, DifferencesView, FoundView, HitView, OpenValueView, OpenValuesView,
    Response, SavedView, VersionView,
};
use crate::visits::bound_form;

/// Hits of one search.
const HITS: u32 = 100;

/// One answer as it was asked to be saved.
struct Answered {
    visit: DocId,
    form: String,
    item: String,
    row: Option<RowId>,
    place: Option<PlaceId>,
    answer: Option<String>,
    evidence: Vec<String>,
    note: Option<String>,
    observed_at: Option<UnixMillis>,
}

impl App {
    pub(crate) async fn answers(&self, request: Request) -> Result<Response, ApiError> {
        let now = self.around.now();
        let mut open = self.opened().await?;
        match request {
            Request::Section {
                visit,
                form,
                section,
                place,
            } => open
                .section_view(visit, &form, &section, place, now)
                .await
                .map(Response::Section),
            Request::Answer {
                visit,
                form,
                item,
                row,
                place,
                answer,
                evidence,
                note,
                observed_at,
            } => {
                let answered = Answered {
                    visit,
                    form,
                    item,
                    row,
                    place,
                    answer,
                    evidence,
                    note,
                    observed_at,
                };
                open.save_answer(answered, now).await
            }
            Request::SetHeader {
                visit,
                form,
                item,
                answer,
            } => open.save_header(visit, &form, &item, answer, now).await,
            Request::OpenValues { visit } => open.open_values(visit).await,
            Request::Resolve {
                visit,
                key,
                seen,
                chosen,
            } => open.resolve(visit, &key, &seen, &chosen, now).await,
            Request::Differences { visit } => open.differences_view(visit).await,
            Request::Search { text } => open.search(&text).await,
            _ => Err(ErrorCode::BadRequest.into()),
        }
    }
}

impl Open {
    /// Puts an edit on the open document and, if it is taken there, in the journal on disk. Memory that the disk refused is dropped.
    pub(crate) async fn save(
        &mut self,
        doc: DocId,
        edit: &Edit,
        now: UnixMillis,
    ) -> Result<SavedView, ApiError> {
        match self.document(doc).await?.document.apply_edit(edit) {
            Err(EditError::JournalFull) => {
                self.seal_document(doc, now).await?;
                self.document(doc)
                    .await?
                    .document
                    .apply_edit(edit)
                    .map_err(coded)?;
            }
            taken => taken.map_err(coded)?,
        }
        match self.vault.save_edit(doc, &edit.encode(), now).await {
            Ok(seq) => Ok(SavedView { seq: small(seq.0) }),
            Err(error) => {
                self.forget(doc);
                Err(coded(error))
            }
        }
    }

    async fn save_answer(
        &mut self,
        answered: Answered,
        now: UnixMillis,
    ) -> Result<Response, ApiError> {
        let observer = self.me()?;
        let form = bound_form(self.document(answered.visit).await?, &answered.form)?;
        let item = form.item(&answered.item)?;
        if form.is_header(item) || item.sensitivity != senim_ids::Sensitivity::Place {
            // Persons and sealed items belong to documents of their own; header figures to `set-header`.
            return Err(ErrorCode::AnswerRefused.into());
        }
        let target = Target {
            form: form.name.clone(),
            item: answered.item.parse().map_err(|_| ErrorCode::NoSuchItem)?,
            row: answered.row,
            place: answered.place,
            observer,
        };
        let edit = match answered.answer {
            None => Edit::ClearObservation(target),
            Some(answer) => {
                form.definition
                    .check_answer(item, &answer)
                    .map_err(|_| ErrorCode::AnswerRefused)?;
                let value = ObservationValue {
                    answer,
                    evidence: evidence(&answered.evidence)?,
                    note: answered.note.filter(|note| !note.is_empty()),
                    form_version: form.version,
                    observed_at: answered.observed_at,
                    recorded_at: now,
                };
                Edit::PutObservation(target, value)
            }
        };
        self.save(answered.visit, &edit, now)
            .await
            .map(Response::Saved)
    }

    async fn save_header(
        &mut self,
        visit: DocId,
        form: &str,
        item: &str,
        answer: Option<String>,
        now: UnixMillis,
    ) -> Result<Response, ApiError> {
        let form = bound_form(self.document(visit).await?, form)?;
        let known = form.item(item)?;
        if !form.is_header(known) {
            return Err(ErrorCode::AnswerRefused.into());
        }
        let answer = answer.unwrap_or_default();
        if !answer.is_empty() {
            form.definition
                .check_answer(known, &answer)
                .map_err(|_| ErrorCode::AnswerRefused)?;
        }
        let name = item.parse().map_err(|_| ErrorCode::NoSuchItem)?;
        let edit = Edit::PutHeader(
            form.name.clone(),
            name,
            HeaderText {
                answer,
                recorded_at: now,
            },
        );
        self.save(visit, &edit, now).await.map(Response::Saved)
    }

    async fn open_values(&mut self, visit: DocId) -> Result<Response, ApiError> {
        let contents = self.document(visit).await?.document.contents();
        let open = contents
            .open_differences
            .iter()
            .map(|open| self.open_value(open))
            .collect();
        Ok(Response::OpenValues(OpenValuesView { open }))
    }

    fn open_value(&self, open: &OpenDifference) -> OpenValueView {
        let (form, item) = match &open.key {
            Key::Header { form, item } => (Some(form.to_string()), Some(item.to_string())),
            _ => (None, None),
        };
        let versions = open.candidates.iter().map(|candidate| VersionView {
            version: candidate.id.to_string(),
            value: shown(&candidate.value),
            member_name: self.member_of(candidate.id),
        });
        OpenValueView {
            key: open.key.to_string(),
            form,
            item,
            versions: versions.collect(),
        }
    }

    fn member_of(&self, id: ValueId) -> Option<String> {
        let roster = self.roster.as_ref()?;
        let device = roster
            .devices()
            .find(|device| crate::open::actor_of(device.id) == id.actor)?;
        Some(self.member_name(device.member))
    }

    async fn resolve(
        &mut self,
        visit: DocId,
        key: &str,
        seen: &[String],
        chosen: &str,
        now: UnixMillis,
    ) -> Result<Response, ApiError> {
        let key = Key::parse(key).map_err(|_| ErrorCode::NoSuchItem)?;
        let parse = |text: &str| text.parse::<ValueId>().map_err(|_| ErrorCode::BadRequest);
        let seen = seen
            .iter()
            .map(|text| parse(text))
            .collect::<Result<Vec<_>, _>>()?;
        let chosen = parse(chosen)?;
        if !seen.contains(&chosen) {
            return Err(ErrorCode::BadRequest.into());
        }
        let edit = Edit::Resolve(key, seen, Resolution::Keep(chosen));
        self.save(visit, &edit, now).await.map(Response::Saved)
    }

    async fn differences_view(&mut self, visit: DocId) -> Result<Response, ApiError> {
        let contents = self.contents(visit).await?;
        let decided = self
            .document(visit)
            .await?
            .state
            .decided
            .clone()
            .ok_or(ErrorCode::NoSuchDocument)?;
        let mut differs = Vec::new();
        for bound in &decided.forms {
            let Ok(form) = crate::forms::form_at(bound.form.as_str(), bound.version) else {
                continue;
            };
            for found in crate::section::differences(&form, &contents) {
                differs.push(DifferenceView {
                    form: form.definition.id.clone(),
                    item: found.item.to_string(),
                    place: found.place,
                    observations: found
                        .observations
                        .iter()
                        .map(|one| self.observation_view(one))
                        .collect(),
                });
            }
        }
        Ok(Response::Differences(DifferencesView { differs }))
    }

    /// Searches what is sealed; exact letters first, then folded ones.
    async fn search(&mut self, text: &str) -> Result<Response, ApiError> {
        let rows = self.vault.search(&fold(text), HITS).await.map_err(coded)?;
        let wanted = text.to_lowercase();
        let (exact, folded): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| {
            row.note.to_lowercase().contains(&wanted) || row.answer.to_lowercase().contains(&wanted)
        });
        let hits = exact.into_iter().chain(folded).map(|row| HitView {
            visit: row.key.doc,
            form: row.key.form,
            item: row.key.item,
            place: row.key.place,
            text: if row.note.is_empty() {
                row.answer
            } else {
                row.note
            },
        });
        Ok(Response::Found(FoundView {
            hits: hits.collect(),
        }))
    }
}

fn evidence(words: &[String]) -> Result<Vec<Evidence>, ApiError> {
    let mut kinds = words
        .iter()
        .map(|word| Evidence::parse(word).ok_or(ErrorCode::BadRequest))
        .collect::<Result<Vec<_>, _>>()?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

fn shown(value: &SharedValue) -> String {
    match value {
        SharedValue::Header(header) => header.answer.clone(),
        SharedValue::Place(place) => format!("{} / {}", place.kk, place.ru),
        SharedValue::Plain(senim_model::PlainValue::Text(text)) => text.clone(),
        SharedValue::Plain(senim_model::PlainValue::Number(number)) => number.to_string(),
        SharedValue::Plain(senim_model::PlainValue::Flag(flag)) => flag.to_string(),
        SharedValue::Plain(senim_model::PlainValue::Empty) | SharedValue::Void => String::new(),
    }
}

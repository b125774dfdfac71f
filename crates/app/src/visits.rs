//! Making a visit, sharing it, and showing it as a whole.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{DocId, DocKind, ErrorCode, MemberId, PlaceId, Role};
use senim_model::{
    AccessGranted, AccessWithdrawn, Act as ModelAct, Contents, Edit, FormBound, Genesis, Name,
    Nonce, PlaceValue, PlainValue, Sharing, TeamMember as Seat, VisitDecided,
};
use senim_seal::{Act, act_hash};
use senim_vault::{JournalKind, KeyStanding, StoredDocument};
use senim_wire::caps;

use crate::app::App;
use crate::coded::{coded, internal};
use crate::forms::{Form, form, form_at, words};
use crate::keys::{devices_of, fresh_row, stored_key};
use crate::open::{Open, OpenDocument, random};
use crate::organisation::named;
use crate::request::Request;
use crate::section::counts;
use crate::sync::small;
use crate::view::{
    ApiError, FormView, PlaceView, Response, SectionRow, TeamMember, VisitRow, VisitView,
    VisitsView, Words,
};

const TITLE: &str = "title";
/// Acts that a new one cites at the most (docs/formats/act.md).
const PARENTS: usize = 256;
/// Members of a team beside the leader: genesis, decision and their grants fit one record, their devices one keybox.
const TEAM: usize = 30;

impl App {
    pub(crate) async fn visits(&self, request: Request) -> Result<Response, ApiError> {
        let visit = match request {
            Request::CreateVisit {
                title,
                kind,
                facility,
                team,
                forms,
            } => {
                self.create_visit(title, kind, facility, team, forms)
                    .await?
            }
            Request::Visit { visit } => visit,
            Request::AddPlace {
                visit,
                kind,
                name,
                parent,
            } => {
                self.add_place(visit, kind, name, parent).await?;
                visit
            }
            Request::GrantAccess {
                visit,
                member,
                may_share,
            } => {
                self.grant(visit, member, may_share).await?;
                visit
            }
            Request::WithdrawAccess { visit, member } => {
                self.withdraw(visit, member).await?;
                visit
            }
            _ => return self.list_visits().await,
        };
        let now = self.around.now();
        let mut open = self.opened().await?;
        open.visit_view(visit, now).await.map(Response::Visit)
    }

    async fn list_visits(&self) -> Result<Response, ApiError> {
        let mut open = self.opened().await?;
        let me = open.me()?;
        let mut visits = Vec::new();
        let rows = open.vault.documents().await.map_err(coded)?;
        let only_here = open.vault.journal_counts().await.map_err(coded)?;
        for row in rows.into_iter().filter(|row| row.kind == DocKind::Visit) {
            let document = open.document(row.doc).await?;
            // A key can come before the first record: there is nothing to show yet.
            let Some(decided) = document.state.decided.clone() else {
                continue;
            };
            let contents = open.contents(row.doc).await?;
            visits.push(VisitRow {
                visit: row.doc,
                title: title(&contents),
                facility: decided.facility.clone(),
                kind: decided.visit_type.to_string(),
                mine: count(&contents, |observer| observer == me),
                observations: count(&contents, |_| true),
                differs: differs(&contents, &decided),
                open_values: small(contents.open_differences.len() as u64),
                only_here: small(only_here.get(&row.doc).copied().unwrap_or(0)),
            });
        }
        Ok(Response::Visits(VisitsView { visits }))
    }

    async fn create_visit(
        &self,
        title: String,
        kind: String,
        facility: String,
        team: Vec<MemberId>,
        forms: Vec<String>,
    ) -> Result<DocId, ApiError> {
        named(&title)?;
        named(&facility)?;
        if team.len() > TEAM {
            return Err(ErrorCode::TooLong.into());
        }
        let bound = forms
            .iter()
            .map(|id| {
                form(id).map(|form| FormBound {
                    form: form.name.clone(),
                    version: form.version,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let now = self.around.now();
        let mut open = self.opened().await?;
        let me = open.me()?;
        let roster = open.roster()?;
        if team.iter().any(|member| roster.role_of(*member).is_none()) {
            return Err(ErrorCode::NoSuchItem.into());
        }
        let decided = VisitDecided {
            number: None,
            visit_type: kind.parse().map_err(|_| ErrorCode::BadRequest)?,
            facility,
            leader: me,
            deputy: None,
            team: seats(me, &team)?,
            forms: bound,
        };
        let acts = founding_acts(&decided, roster)?;
        let doc = acts
            .first()
            .map(|act| DocId::from_bytes(*act_hash(act).as_bytes()));
        let doc = doc.ok_or(ErrorCode::Internal)?;
        open.share_new(doc, &decided.team, now).await?;
        for act in &acts {
            open.vault.save_act(doc, act, now).await.map_err(coded)?;
        }
        open.forget(doc);
        let title = Edit::PutPlain(TITLE.parse().map_err(internal)?, PlainValue::Text(title));
        open.save(doc, &title, now).await?;
        Ok(doc)
    }

    async fn add_place(
        &self,
        visit: DocId,
        kind: String,
        name: Words,
        parent: Option<PlaceId>,
    ) -> Result<(), ApiError> {
        let value = PlaceValue {
            kind: kind.parse().map_err(|_| ErrorCode::BadRequest)?,
            kk: name.kk,
            ru: name.ru,
            en: Some(name.en).filter(|text| !text.is_empty()),
            parent,
        };
        let place = Edit::PutPlace(PlaceId::from_bytes(random()), value);
        let now = self.around.now();
        self.opened()
            .await?
            .save(visit, &place, now)
            .await
            .map(|_| ())
    }

    async fn grant(&self, visit: DocId, member: MemberId, may_share: bool) -> Result<(), ApiError> {
        let now = self.around.now();
        let mut open = self.opened().await?;
        if !open.may_share(Some(visit)).await? || open.roster()?.role_of(member).is_none() {
            return Err(ErrorCode::RoleRefused.into());
        }
        open.save_act(
            visit,
            &ModelAct::AccessGranted(AccessGranted { member, may_share }),
            now,
        )
        .await?;
        open.hand_over(Some(visit), member, now).await
    }

    /// Withdrawing gives what is written from here on another key at once.
    async fn withdraw(&self, visit: DocId, member: MemberId) -> Result<(), ApiError> {
        let now = self.around.now();
        let mut open = self.opened().await?;
        if !open.may_share(Some(visit)).await? {
            return Err(ErrorCode::RoleRefused.into());
        }
        open.save_act(
            visit,
            &ModelAct::AccessWithdrawn(AccessWithdrawn { member }),
            now,
        )
        .await?;
        open.write_key(Some(visit), now).await.map(|_| ())
    }
}

/// The leader first, then the team, each once.
fn seats(leader: MemberId, team: &[MemberId]) -> Result<Vec<Seat>, ApiError> {
    let role = |word: &str| word.parse::<Name>().map_err(internal);
    let mut seats = vec![Seat {
        member: leader,
        role: role("leader")?,
    }];
    for member in team {
        if seats.iter().all(|seat| seat.member != *member) {
            seats.push(Seat {
                member: *member,
                role: role("member")?,
            });
        }
    }
    seats.sort();
    Ok(seats)
}

/// Genesis, the decision, and access for each of the team, each act citing the one before.
///
/// Coordinators of the team may let others in as well as the leader, so that somebody can make a new epoch when the leader's tablet is not at hand.
fn founding_acts(
    decided: &VisitDecided,
    roster: &senim_seal::Roster,
) -> Result<Vec<Vec<u8>>, ApiError> {
    let genesis = Genesis {
        kind: DocKind::Visit,
        parent: None,
        nonce: Nonce(random()),
    };
    let mut acts = vec![
        ModelAct::Genesis(genesis),
        ModelAct::VisitDecided(decided.clone()),
    ];
    for seat in decided
        .team
        .iter()
        .filter(|seat| seat.member != decided.leader)
    {
        let may_share = roster.role_of(seat.member) == Some(Role::Coordinator);
        acts.push(ModelAct::AccessGranted(AccessGranted {
            member: seat.member,
            may_share,
        }));
    }
    let mut encoded: Vec<Vec<u8>> = Vec::new();
    for act in acts {
        let parents = encoded
            .last()
            .map(|last| act_hash(last))
            .into_iter()
            .collect();
        encoded.push(envelope(&act, parents)?);
    }
    Ok(encoded)
}

fn envelope(act: &ModelAct, parents: Vec<senim_ids::ActHash>) -> Result<Vec<u8>, ApiError> {
    let act = Act {
        kind: act.kind().to_owned(),
        subject: None,
        heads: Vec::new(),
        view: None,
        parents,
        arguments: act.encode_arguments(),
    };
    act.encode().map_err(coded)
}

impl Open {
    /// The first epoch of a new visit document, with its keybox for the team's devices.
    async fn share_new(
        &mut self,
        doc: DocId,
        team: &[Seat],
        now: senim_ids::UnixMillis,
    ) -> Result<(), ApiError> {
        let kind = DocKind::Visit;
        let empty = StoredDocument {
            doc,
            kind,
            parent: None,
            snapshot: Vec::new(),
            heads: Vec::new(),
            opened: Some(now),
        };
        self.vault.put_document(&empty).await.map_err(coded)?;
        let devices = devices_of(self.roster()?, team.iter().map(|seat| seat.member));
        let row = fresh_row(Some(doc), Some(kind), 0, Vec::new(), &devices);
        let own = stored_key(&row, self.device()?.device_id(), KeyStanding::Accepted);
        self.vault.put_keys(&[own]).await.map_err(coded)?;
        self.give(&devices, &[row], Some(doc), now).await
    }

    /// Queues an act of this member on top of all acts seen.
    pub(crate) async fn save_act(
        &mut self,
        doc: DocId,
        act: &ModelAct,
        now: senim_ids::UnixMillis,
    ) -> Result<(), ApiError> {
        let rows = self.vault.journal(doc).await.map_err(coded)?;
        let unsealed = rows
            .iter()
            .filter(|row| row.kind == JournalKind::Act)
            .count();
        if unsealed >= caps::RECORD_ACTS {
            self.seal_document(doc, now).await?;
        }
        if unsealed >= caps::RECORD_ACTS
            && !self.vault.journal(doc).await.map_err(coded)?.is_empty()
        {
            // No key to seal under: one record could not hold them all later.
            return Err(ErrorCode::TooLong.into());
        }
        let state = &self.document(doc).await?.state;
        let idle: BTreeSet<_> = state.ineffective.iter().map(|(act, _)| *act).collect();
        // Acts without effect come last: a flood of them must not fill the list of parents.
        let (mut tips, rest): (Vec<_>, Vec<_>) = state
            .tips
            .iter()
            .copied()
            .partition(|tip| !idle.contains(tip));
        tips.extend(rest);
        tips.truncate(PARENTS);
        tips.sort_unstable();
        let bytes = envelope(act, tips)?;
        let record = self.own_act(&bytes)?;
        self.vault.save_act(doc, &bytes, now).await.map_err(coded)?;
        let document = self.document(doc).await?;
        document.acts.insert(record);
        document.state = document.acts.state();
        Ok(())
    }

    async fn visit_view(
        &mut self,
        doc: DocId,
        now: senim_ids::UnixMillis,
    ) -> Result<VisitView, ApiError> {
        let me = self.me()?;
        let only_here = self.vault.journal_counts().await.map_err(coded)?;
        let document = self.document(doc).await?;
        if document.kind != DocKind::Visit {
            return Err(ErrorCode::NoSuchDocument.into());
        }
        let decided = document
            .state
            .decided
            .clone()
            .ok_or(ErrorCode::NoSuchDocument)?;
        let readers = document.state.readers.clone();
        let contents = self.contents(doc).await?;
        let forms = decided
            .forms
            .iter()
            .filter_map(|bound| form_at(bound.form.as_str(), bound.version).ok())
            .map(|form| form_view(&form, &contents, me, now))
            .collect();
        Ok(VisitView {
            visit: doc,
            title: title(&contents),
            facility: decided.facility.clone(),
            kind: decided.visit_type.to_string(),
            team: self.team(&decided, &readers, &contents),
            places: places(&contents),
            forms,
            differs: differs(&contents, &decided),
            open_values: small(contents.open_differences.len() as u64),
            unreadable: small(contents.unreadable.len() as u64),
            only_here: small(only_here.get(&doc).copied().unwrap_or(0)),
            waits_for: self.waits_for(doc).await?,
        })
    }

    fn team(
        &self,
        decided: &VisitDecided,
        readers: &BTreeMap<MemberId, Sharing>,
        contents: &Contents,
    ) -> Vec<TeamMember> {
        let seated = decided
            .team
            .iter()
            .map(|seat| (seat.member, seat.role.to_string()));
        let others = readers
            .keys()
            .filter(|reader| decided.team.iter().all(|seat| seat.member != **reader))
            .map(|reader| (*reader, "reader".to_owned()));
        seated
            .chain(others)
            .map(|(member, role)| TeamMember {
                member,
                name: self.member_name(member),
                role,
                reads: readers.contains_key(&member),
                observations: count(contents, |observer| observer == member),
            })
            .collect()
    }

    /// Devices of which a record waits here for an earlier one.
    async fn waits_for(&self, _doc: DocId) -> Result<Vec<senim_ids::DeviceId>, ApiError> {
        let rows = self.vault.quarantined().await.map_err(coded)?;
        let mut devices: Vec<_> = rows
            .into_iter()
            .filter(|row| row.state == senim_vault::EnvelopeState::Waiting)
            .filter_map(|row| row.device)
            .collect();
        devices.sort_unstable();
        devices.dedup();
        Ok(devices)
    }
}

pub(crate) fn bound_form(
    document: &OpenDocument,
    id: &str,
) -> Result<std::sync::Arc<Form>, ApiError> {
    let decided = document
        .state
        .decided
        .as_ref()
        .ok_or(ErrorCode::NoSuchDocument)?;
    let bound = decided.forms.iter().find(|bound| bound.form.as_str() == id);
    let bound = bound.ok_or(ErrorCode::NoSuchItem)?;
    form_at(id, bound.version)
}

fn form_view(
    form: &Form,
    contents: &Contents,
    me: MemberId,
    now: senim_ids::UnixMillis,
) -> FormView {
    let counts = counts(form, contents, me, None, now);
    let sections = form.definition.sections.iter().map(|section| {
        let count = counts.get(&section.name).copied().unwrap_or_default();
        SectionRow {
            section: section.name.clone(),
            label: words(&section.label),
            relevant: count.relevant,
            answered: count.answered,
            required_missing: count.required_missing,
        }
    });
    FormView {
        form: form.definition.id.clone(),
        version: form.version.to_string(),
        title: words(&form.definition.title),
        per_place: form.definition.per_place,
        header: form.definition.items().any(|item| form.is_header(item)),
        sections: sections.collect(),
    }
}

fn title(contents: &Contents) -> String {
    let found = contents
        .plain
        .iter()
        .find(|(name, _)| name.as_str() == TITLE);
    match found {
        Some((_, PlainValue::Text(text))) => text.clone(),
        _ => String::new(),
    }
}

fn places(contents: &Contents) -> Vec<PlaceView> {
    contents
        .places
        .iter()
        .filter(|place| !place.void)
        .map(|place| PlaceView {
            place: place.id,
            kind: place.value.kind.to_string(),
            name: Words {
                kk: place.value.kk.clone(),
                ru: place.value.ru.clone(),
                en: place.value.en.clone().unwrap_or_default(),
            },
            parent: place.value.parent,
        })
        .collect()
}

fn count(contents: &Contents, of: impl Fn(MemberId) -> bool) -> u32 {
    small(
        contents
            .observations
            .iter()
            .filter(|observation| of(observation.observer))
            .count() as u64,
    )
}

fn differs(contents: &Contents, decided: &VisitDecided) -> u32 {
    let forms = decided
        .forms
        .iter()
        .filter_map(|bound| form_at(bound.form.as_str(), bound.version).ok());
    small(
        forms
            .map(|form| crate::section::differences(&form, contents).len() as u64)
            .sum(),
    )
}

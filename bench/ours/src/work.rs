//! W in the words of Senim: which question at which place an answer of W is, and what every tablet must show in the end.
//!
//! Answer `aNNN` is question `NNN mod 20` of the form at place `NNN / 20`; note `nNN` is the note to question 21 or 22 at place
//! `NN / 2`. The base is what the first tablet observed. An answer of ours belongs to its observer: two who answer alike both stand.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use bench_w::{Fields, Workload};
use senim_app::view::ObservationView;
use senim_app::{Request, Response};
use senim_ids::{MemberId, PlaceId};
use sha2::{Digest, Sha256};

use crate::door::Door;
use crate::team::{self, FORM, Scene};

const QUESTIONS: usize = 20;

/// Question and place.
type Cell = (String, PlaceId);
/// Answer and note.
type Said = (String, Option<String>);
/// What everyone observed, by question, place and observer.
pub(crate) type State = BTreeMap<(Cell, MemberId), Said>;

/// The `answer` requests of one tablet's fields.
pub(crate) fn requests(scene: &Scene, fields: &Fields) -> anyhow::Result<Vec<Request>> {
    let observations = cells(scene, fields)?.into_iter();
    Ok(observations
        .map(|((item, place), (answer, note))| Request::Answer {
            visit: scene.visit,
            form: FORM.to_owned(),
            item,
            row: None,
            place: Some(place),
            answer: Some(answer),
            evidence: vec!["seen".to_owned()],
            note,
            observed_at: None,
        })
        .collect())
}

fn cells(scene: &Scene, fields: &Fields) -> anyhow::Result<Vec<(Cell, Said)>> {
    let place = |index: usize| {
        scene
            .places
            .get(index)
            .copied()
            .context("the visit has fewer places")
    };
    let index = |key: &str| key.trim_start_matches(['a', 'n']).parse::<usize>();
    let mut all = Vec::new();
    for (key, answer) in &fields.answers {
        let number = index(key)?;
        let item = format!("f01_{:02}", number % QUESTIONS + 1);
        all.push(((item, place(number / QUESTIONS)?), (answer.clone(), None)));
    }
    for (key, text) in &fields.notes {
        let number = index(key)?;
        let item = format!("f01_{:02}", QUESTIONS + 1 + number % 2);
        all.push((
            (item, place(number / 2)?),
            ("no".to_owned(), Some(text.clone())),
        ));
    }
    Ok(all)
}

/// The end state: the base as the first tablet's, then each tablet's edits.
pub(crate) fn expected(scene: &Scene, work: &Workload) -> anyhow::Result<State> {
    let mut state = State::new();
    let first = *scene.members.first().context("no member")?;
    for (cell, said) in cells(scene, &work.base)? {
        state.insert((cell, first), said);
    }
    for (member, edits) in scene.members.iter().zip(&work.tablets) {
        for (cell, said) in cells(scene, edits)? {
            state.insert((cell, *member), said);
        }
    }
    Ok(state)
}

/// What one tablet's exchanges carried, or those of all.
#[derive(Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Traffic {
    /// Bytes of request and reply bodies, before TLS and HTTP.
    pub(crate) bodies: u64,
    /// Round trips of `exchange`.
    pub(crate) exchanges: u64,
}

impl Traffic {
    pub(crate) fn add(&mut self, other: Self) {
        self.bodies += other.bodies;
        self.exchanges += other.exchanges;
    }
}

/// Exchanges with the server until this tablet has applied the one record of each colleague and its view of the visit counts all of them.
pub(crate) async fn converge(
    tablet: &Door,
    scene: &Scene,
    expected: &State,
) -> anyhow::Result<Traffic> {
    let mut traffic = Traffic::default();
    let (mut applied, mut sent) = (0, 0);
    loop {
        let Response::Synced(view) = tablet.call(Request::Sync).await? else {
            bail!("not a sync")
        };
        traffic.add(Traffic {
            bodies: u64::from(view.bytes_up) + u64::from(view.bytes_down),
            exchanges: u64::from(view.exchanges),
        });
        ensure!(view.refused == 0, "a record was refused");
        applied += view.applied;
        sent += view.sent;
        // A journal folds into one record: one of each colleague, one of its own.
        if usize::try_from(applied)? + 1 >= scene.members.len() && sent > 0 {
            ensure!(
                is_counted(tablet, scene, expected).await?,
                "all records came and the counts differ"
            );
            return Ok(traffic);
        }
        tablet.news().await?;
    }
}

/// Whether a tablet holds the end state, compared observation by observation. Asked when the clock has stopped.
pub(crate) async fn is_whole(
    tablet: &Door,
    number: usize,
    scene: &Scene,
    expected: &State,
) -> anyhow::Result<bool> {
    let member = *scene.members.get(number).context("no such member")?;
    Ok(is_complete(&shown(tablet, scene).await?, member, expected))
}

/// Whether everyone's answers are here, by their number.
async fn is_counted(tablet: &Door, scene: &Scene, expected: &State) -> anyhow::Result<bool> {
    let view = team::seen(tablet.call(Request::Visit { visit: scene.visit }).await?)?;
    let count = |member: MemberId| expected.keys().filter(|(_, who)| *who == member).count();
    Ok(scene.members.iter().all(|member| {
        let row = view.team.iter().find(|row| row.member == *member);
        row.is_some_and(|row| usize::try_from(row.observations).ok() == Some(count(*member)))
    }))
}

/// All that the tablet shows: what colleagues saw stays hidden until its own answer stands, so this is no more than a colleague may see.
async fn shown(tablet: &Door, scene: &Scene) -> anyhow::Result<State> {
    let visit = scene.visit;
    let view = team::seen(tablet.call(Request::Visit { visit }).await?)?;
    let sections: Vec<String> = view
        .forms
        .into_iter()
        .flat_map(|form| form.sections)
        .map(|row| row.section)
        .collect();
    let mut state = State::new();
    let mut add = |item: &str, seen: ObservationView| {
        if let Some(place) = seen.place {
            let cell = (item.to_owned(), place);
            state.insert((cell, seen.observer), (seen.answer, seen.note));
        }
    };
    for place in &scene.places {
        for section in &sections {
            let form = FORM.to_owned();
            let request = Request::Section {
                visit,
                form,
                section: section.clone(),
                place: Some(*place),
            };
            let Response::Section(view) = tablet.call(request).await? else {
                bail!("not a section")
            };
            for item in view.items {
                for seen in item.mine.into_iter().chain(item.others) {
                    add(&item.item, seen);
                }
            }
        }
    }
    let Response::Differences(view) = tablet.call(Request::Differences { visit }).await? else {
        bail!("not differences")
    };
    for difference in view.differs {
        for seen in difference.observations {
            add(&difference.item, seen);
        }
    }
    Ok(state)
}

/// Nothing shown that nobody wrote, and everything there of each cell that `me` answered.
fn is_complete(shown: &State, me: MemberId, expected: &State) -> bool {
    let true_to_it = shown
        .iter()
        .all(|(key, said)| expected.get(key) == Some(said));
    let mine = |cell: &Cell| expected.contains_key(&(cell.clone(), me));
    true_to_it
        && expected
            .keys()
            .filter(|(cell, _)| mine(cell))
            .all(|key| shown.contains_key(key))
}

/// SHA-256 of the end state without its random ids, so that two runs on one work can be compared.
pub(crate) fn hash(scene: &Scene, state: &State) -> anyhow::Result<String> {
    let mut digest = Sha256::new();
    for (((item, place), member), said) in state {
        let place = scene.places.iter().position(|known| known == place);
        let member = scene.members.iter().position(|known| known == member);
        digest.update(serde_json::to_vec(&(item, place, member, said))?);
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

//! An organisation with a server, a desk, tablets and one visit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use senim_app::view::{VisitView, Words};
use senim_app::{Request, Response};
use senim_cli::demo::people::Person;
use senim_ids::{DocId, MemberId, PlaceId, Role};
use tempfile::TempDir;

use super::front::Front;
use super::keeper::Keeper;
use super::people::person;
use super::{Outcome, within};

/// The title of the visit.
pub(crate) const TITLE: &str = "Сапар 4417";

/// Everybody of a journey. The first tablet's member leads the visit; all read it.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) front: Front,
    pub(crate) keeper: Keeper,
    pub(crate) desk: Person,
    pub(crate) tablets: Vec<Person>,
    pub(crate) visit: DocId,
    pub(crate) place: PlaceId,
    folder: TempDir,
}

/// The organisation before it has a visit.
pub(crate) struct Founded {
    pub(crate) front: Front,
    pub(crate) keeper: Keeper,
    pub(crate) desk: Person,
    pub(crate) folder: TempDir,
}

/// A server that runs behind a front, and the desk that founded an organisation on it.
pub(crate) async fn found() -> Outcome<Founded> {
    let folder = tempfile::tempdir()?;
    let front = Front::open().await?;
    let mut keeper = Keeper::set(&folder.path().join("server"), &front.origin).await?;
    let mut desk = person(&vault(folder.path(), "desk"), "Кеңсе 5521").await?;
    desk.ask(Request::FoundOrganisation {
        name: "Ұйым 9036".to_owned(),
        member_name: desk.name.clone(),
    })
    .await?;
    keeper.add_organisation(&admit_list(&desk).await?).await?;
    front.lead(Some(keeper.start().await?));
    let (origin, pins) = (front.origin.clone(), vec![front.pin.clone()]);
    desk.ask(Request::SetServer { origin, pins }).await?;
    desk.member = Some(desk.organisation().await?.me);
    desk.sync().await?;
    Ok(Founded {
        front,
        keeper,
        desk,
        folder,
    })
}

/// The signed list of devices the server lets in, as the desk knows it.
pub(crate) async fn admit_list(desk: &Person) -> Outcome<Vec<u8>> {
    let list = desk.app().dispatch(Request::FoundingList, Vec::new());
    list.await?.bytes.ok_or_else(|| "no list".into())
}

fn vault(folder: &Path, name: &str) -> PathBuf {
    folder.join("vaults").join(name)
}

impl Founded {
    /// Brings people in.
    pub(crate) async fn admit(&self, names: &[&str]) -> Outcome<Vec<Person>> {
        let mut people = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let at = vault(self.folder.path(), &format!("tablet-{number}"));
            let mut newcomer = person(&at, name).await?;
            self.desk.admit(&mut newcomer, Role::Member).await?;
            people.push(newcomer);
        }
        for person in &people {
            // Those who came first meet those who came after.
            person.sync().await?;
        }
        Ok(people)
    }

    /// The first decides a visit for all, desk included, and for `more`; then everybody has it.
    pub(crate) async fn set_out(self, tablets: Vec<Person>, more: &[MemberId]) -> Outcome<Team> {
        let leader = tablets.first().ok_or("nobody leads")?;
        // Who came last must be known before they can be on a team.
        leader.sync().await?;
        let team = tablets.iter().chain([&self.desk]).skip(1);
        let team = team
            .filter_map(|person| person.member)
            .chain(more.iter().copied());
        let made = leader
            .ask(Request::CreateVisit {
                title: TITLE.to_owned(),
                kind: "special".to_owned(),
                facility: "Мекеме 3380".to_owned(),
                team: team.collect(),
                forms: vec!["F00".to_owned(), "F01".to_owned()],
            })
            .await?;
        let Response::Visit(made) = made else {
            return Err("no visit was made".into());
        };
        let added = leader
            .ask(Request::AddPlace {
                visit: made.visit,
                kind: "block".to_owned(),
                name: Words {
                    kk: "1-корпус".to_owned(),
                    ru: "Корпус 1".to_owned(),
                    en: "Block 1".to_owned(),
                },
                parent: None,
            })
            .await?;
        let Response::Visit(VisitView { places, .. }) = added else {
            return Err("no place was added".into());
        };
        let place = places.first().ok_or("no place")?.place;
        let team = Team {
            front: self.front,
            keeper: self.keeper,
            desk: self.desk,
            tablets,
            visit: made.visit,
            place,
            folder: self.folder,
        };
        team.rest().await?;
        Ok(team)
    }
}

impl Team {
    /// A team of these people, everybody in sync.
    pub(crate) async fn gather(names: &[&str]) -> Outcome<Self> {
        let founded = found().await?;
        let people = founded.admit(names).await?;
        founded.set_out(people, &[]).await
    }

    /// The folder of everything.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of a tablet's vault.
    pub(crate) fn vault(&self, number: usize) -> PathBuf {
        vault(self.folder.path(), &format!("tablet-{number}"))
    }

    /// A tablet.
    pub(crate) fn tablet(&self, number: usize) -> &Person {
        match self.tablets.get(number) {
            Some(person) => person,
            None => unreachable!("the journey counts its tablets"),
        }
    }

    /// The member of a tablet.
    pub(crate) fn member(&self, number: usize) -> Outcome<MemberId> {
        self.tablet(number)
            .member
            .ok_or_else(|| "not a member".into())
    }

    /// Tablets, then the desk.
    pub(crate) fn everybody(&self) -> Vec<&Person> {
        self.tablets.iter().chain([&self.desk]).collect()
    }

    /// Everybody syncs until nothing is new any more.
    pub(crate) async fn rest(&self) -> Outcome {
        rest(&self.everybody()).await
    }

    /// Everybody sees the same visit, and it has `observations` answers.
    pub(crate) async fn converged(&self, observations: u32) -> Outcome {
        let everybody = self.everybody();
        same_sight(&everybody, self.visit).await?;
        let seen = self.desk.visit(self.visit).await?;
        let counted: u32 = seen.team.iter().map(|member| member.observations).sum();
        if counted != observations {
            return Err(format!("{counted} observations in place of {observations}").into());
        }
        Ok(())
    }
}

/// These people sync until nothing is new any more.
pub(crate) async fn rest(people: &[&Person]) -> Outcome {
    for _ in 0..8 {
        let mut news = 0;
        for person in people {
            let view = within(60, "a sync ends", person.sync()).await??;
            news += view.sent + view.received + view.applied;
        }
        if news == 0 {
            return Ok(());
        }
    }
    Err("they do not come to rest".into())
}

/// All that a person sees of a visit that must be the same for everybody.
pub(crate) async fn sight(person: &Person, visit: DocId) -> Outcome<BTreeMap<String, String>> {
    let seen = person.visit(visit).await?;
    let mut sight = BTreeMap::new();
    for (name, value) in [
        ("title", serde_json::to_string(&seen.title)?),
        ("facility", serde_json::to_string(&seen.facility)?),
        ("team", serde_json::to_string(&seen.team)?),
        ("places", serde_json::to_string(&seen.places)?),
        ("differs", seen.differs.to_string()),
        ("unreadable", seen.unreadable.to_string()),
        (
            "open",
            serde_json::to_string(&person.ask(Request::OpenValues { visit }).await?)?,
        ),
        (
            "differences",
            serde_json::to_string(&person.ask(Request::Differences { visit }).await?)?,
        ),
    ] {
        sight.insert(name.to_owned(), value);
    }
    Ok(sight)
}

/// # Errors
/// With the first thing that two of them see differently.
pub(crate) async fn same_sight(people: &[&Person], visit: DocId) -> Outcome {
    let mut first: Option<BTreeMap<String, String>> = None;
    for person in people {
        let sight = sight(person, visit).await?;
        match &first {
            None => first = Some(sight),
            Some(known) if *known == sight => {}
            Some(known) => {
                return Err(format!("{} sees {sight:?} and not {known:?}", person.name).into());
            }
        }
    }
    Ok(())
}

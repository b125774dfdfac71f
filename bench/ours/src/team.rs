//! An organisation with one visit: founded, joined and shared as people do it, on real vaults and a real server.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use senim_app::view::{OrganisationView, VisitView, Words};
use senim_app::{Request, Response};
use senim_ids::{DocId, MemberId, PlaceId, Role};

use crate::door::Door;
use crate::server::Server;

/// Places of the visit: ten, so that twenty questions of a form make two hundred answers.
pub(crate) const PLACES: usize = 10;
/// The form whose questions are answered.
pub(crate) const FORM: &str = "F01";

/// Who is in the visit and where: all that a tablet's process is told.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Scene {
    /// Whose the tablets are, in their order; the first founded the organisation and leads the visit.
    pub(crate) members: Vec<MemberId>,
    /// The visit.
    pub(crate) visit: DocId,
    /// Its places, in the order they were added.
    pub(crate) places: Vec<PlaceId>,
}

/// Founds an organisation on a new vault.
pub(crate) async fn found(dir: &Path) -> anyhow::Result<Door> {
    let first = Door::make(&dir.join("tablet-0")).await?;
    let request = Request::FoundOrganisation {
        name: "Bench".to_owned(),
        member_name: "T0".to_owned(),
    };
    first.call(request).await?;
    Ok(first)
}

/// Lets the organisation in at a server that does not run yet.
pub(crate) async fn register(dir: &Path, first: &Door, server: &Server) -> anyhow::Result<()> {
    let (_, list) = first.call_for_file(Request::FoundingList).await?;
    let file = dir.join("founding-list.cbor");
    std::fs::write(&file, list.context("no founding list")?)?;
    let added = server.add_organisation(&file).await;
    added.context("the server does not let the organisation in")
}

/// Joins the other tablets, makes the visit and its places, and brings both to everyone.
pub(crate) async fn gather(
    dir: &Path,
    server: &Server,
    first: Door,
    count: usize,
) -> anyhow::Result<(Vec<Door>, Scene)> {
    let request = Request::SetServer {
        origin: server.origin.clone(),
        pins: server.pins.clone(),
    };
    let mut members = vec![organisation(first.call(request).await?)?.me];
    first.call(Request::Sync).await?;
    let mut tablets = vec![first];
    for number in 1..count {
        let first = tablets.first().context("no first tablet")?;
        let joined = join(dir, number, first).await?;
        members.push(organisation(joined.call(Request::Organisation).await?)?.me);
        tablets.push(joined);
    }
    let first = tablets.first().context("no first tablet")?;
    let others = members.iter().skip(1).copied().collect();
    let (visit, places) = make_visit(first, "W", others).await?;
    // Keys and places reach everyone: two rounds, as the first may only bring the keys.
    for _ in 0..2 {
        for tablet in &tablets {
            tablet.call(Request::Sync).await?;
        }
    }
    let scene = Scene {
        members,
        visit,
        places,
    };
    Ok((tablets, scene))
}

/// An invite, an answer and an admission, as with two tablets side by side.
async fn join(dir: &Path, number: usize, admin: &Door) -> anyhow::Result<Door> {
    let tablet = Door::make(&dir.join(format!("tablet-{number}"))).await?;
    let invite = text(admin.call(Request::MakeInvite).await?)?;
    let request = text(tablet.call(Request::MakeJoinRequest { invite }).await?)?;
    let name = Some(format!("T{number}"));
    admin
        .call(Request::AdmitDevice {
            request,
            member: None,
            name,
            role: Role::Member,
        })
        .await?;
    admin.call(Request::Sync).await?;
    tablet.call(Request::Sync).await?;
    Ok(tablet)
}

/// Makes a visit with its places.
pub(crate) async fn make_visit(
    leader: &Door,
    title: &str,
    team: Vec<MemberId>,
) -> anyhow::Result<(DocId, Vec<PlaceId>)> {
    let request = Request::CreateVisit {
        title: title.to_owned(),
        kind: "periodic".to_owned(),
        facility: "W".to_owned(),
        team,
        forms: vec![FORM.to_owned()],
    };
    let visit = seen(leader.call(request).await?)?.visit;
    let mut names = BTreeMap::new();
    for number in 0..PLACES {
        let ru = format!("{number}");
        let name = Words {
            ru: ru.clone(),
            ..Words::default()
        };
        let request = Request::AddPlace {
            visit,
            kind: "dormitory".to_owned(),
            name,
            parent: None,
        };
        let shown = seen(leader.call(request).await?)?;
        let place = shown.places.iter().find(|place| place.name.ru == ru);
        names.insert(number, place.context("the place is not shown")?.place);
    }
    ensure!(names.len() == PLACES, "a place is missing");
    Ok((visit, names.into_values().collect()))
}

/// The visit in an answer.
pub(crate) fn seen(answer: Response) -> anyhow::Result<VisitView> {
    match answer {
        Response::Visit(view) => Ok(view),
        _ => bail!("not a visit"),
    }
}

fn organisation(answer: Response) -> anyhow::Result<OrganisationView> {
    match answer {
        Response::Organisation(view) => Ok(view),
        _ => bail!("not an organisation"),
    }
}

fn text(answer: Response) -> anyhow::Result<String> {
    match answer {
        Response::CodeText(view) => Ok(view.text),
        _ => bail!("not a text"),
    }
}

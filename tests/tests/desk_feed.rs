//! A coordinator's device reads the organisation's feed: it gets what it may open, and keeps what it may not.

#[path = "../src/journey/mod.rs"]
mod journey;

use journey::people::{answer, knows, person};
use journey::team::{found, rest, same_sight};
use journey::{Outcome, travel};
use senim_app::Request;
use senim_ids::Role;

const NOTE: &str = "Тамақ суық 4417";
const OTHERS: &str = "Бұл басқа топтың бағасы 9931";

#[test]
fn a_coordinator_reads_by_the_feed_what_its_visits_bring_and_no_more() -> Outcome {
    travel(async {
        let stage = found().await?;
        let folder = stage.folder.path().join("vaults").join("coordinator");
        let mut coordinator = person(&folder, "Сәуле").await?;
        stage
            .desk
            .admit(&mut coordinator, Role::Coordinator)
            .await?;
        let tablets = stage.admit(&["Айгүл", "Болат"]).await?;
        let member = coordinator.member.ok_or("not joined")?;
        let team = stage.set_out(tablets, &[member]).await?;
        let (aigul, bolat) = (team.tablet(0), team.tablet(1));
        aigul
            .ask(answer(team.visit, team.place, "f01_03", "no", NOTE))
            .await?;
        rest(&[aigul, bolat, &team.desk, &coordinator]).await?;
        assert!(knows(&coordinator, NOTE).await?);
        same_sight(&[aigul, &coordinator], team.visit).await?;
        // Another team's visit goes by in the same feed: it is held, and opens nothing.
        let other = Request::CreateVisit {
            title: OTHERS.to_owned(),
            kind: "periodic".to_owned(),
            facility: "Мекеме 2".to_owned(),
            team: Vec::new(),
            forms: vec!["F01".to_owned()],
        };
        bolat.ask(other).await?;
        rest(&[aigul, bolat, &team.desk, &coordinator]).await?;
        let listed = serde_json::to_string(&coordinator.ask(Request::ListVisits).await?)?;
        assert!(!listed.contains(OTHERS) && listed.contains(&team.visit.to_string()));
        let quiet = coordinator.sync().await?;
        assert_eq!((quiet.exchanges, quiet.received, quiet.waiting), (1, 0, 0));
        Ok(())
    })
}

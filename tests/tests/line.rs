//! From the answer on one tablet to its sight on another: by the server, by a file, and by a carrier.

#[path = "../src/journey/mod.rs"]
mod journey;

use std::time::Duration;

use journey::people::{answer, export, figure, import, knows};
use journey::team::{Team, same_sight};
use journey::{Outcome, code, travel, within};
use senim_app::{Request, Response};
use senim_ids::ErrorCode;

const NOTE: &str = "Жарықтандыру жоқ 7726";

#[test]
fn an_answer_goes_through_the_server_and_wakes_the_other() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let (aigul, bolat) = (team.tablet(0), team.tablet(1));
        // Nothing is new: the stream stays silent.
        let silent = tokio::time::timeout(Duration::from_millis(300), bolat.app().wait_for_news());
        assert!(silent.await.is_err(), "woken without news");
        aigul
            .ask(answer(team.visit, team.place, "f01_03", "no", NOTE))
            .await?;
        assert!(!knows(bolat, NOTE).await?, "nothing was sent yet");
        let (woken, synced) = tokio::join!(
            within(30, "the other is woken", bolat.app().wait_for_news()),
            aigul.sync()
        );
        woken??;
        let synced = synced?;
        assert_eq!((synced.sent, synced.received), (1, 0));
        let fetched = bolat.sync().await?;
        assert_eq!((fetched.received, fetched.applied), (1, 1));
        assert!(knows(bolat, NOTE).await?);
        team.desk.sync().await?;
        team.converged(1).await
    })
}

#[test]
fn a_sync_with_nothing_new_is_one_request() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        for person in team.everybody() {
            team.front.take_asked();
            let view = person.sync().await?;
            assert_eq!(view.exchanges, 1);
            assert_eq!((view.sent, view.received, view.applied), (0, 0, 0));
            // What really went over the wire, not what the tablet says of it.
            assert_eq!(team.front.take_asked(), ["/v1/exchange"]);
        }
        // After a restart of the app the first contact needs a challenge, and no more than that.
        let aigul = team.tablet(0);
        aigul.ask(Request::Lock).await?;
        aigul.ask(journey::people::unlock()).await?;
        team.front.take_asked();
        aigul.sync().await?;
        assert_eq!(
            team.front.take_asked(),
            ["/v1/session/challenge", "/v1/exchange"]
        );
        Ok(())
    })
}

#[test]
fn a_figure_set_twice_is_open_for_all_until_one_resolves_it() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let (aigul, bolat) = (team.tablet(0), team.tablet(1));
        aigul.ask(figure(team.visit, "312")).await?;
        bolat.ask(figure(team.visit, "318")).await?;
        team.rest().await?;
        same_sight(&team.everybody(), team.visit).await?;
        for person in team.everybody() {
            assert_eq!(person.visit(team.visit).await?.open_values, 1);
            let refused = person.ask(figure(team.visit, "320")).await;
            assert_eq!(code(refused), Some(ErrorCode::OpenDifference));
        }
        let visit = team.visit;
        let Response::OpenValues(open) = bolat.ask(Request::OpenValues { visit }).await? else {
            return Err("no open values".into());
        };
        let open = open.open.first().ok_or("nothing is open")?;
        let mut values: Vec<&str> = open.versions.iter().map(|v| v.value.as_str()).collect();
        values.sort_unstable();
        assert_eq!(values, ["312", "318"]);
        let chosen = open.versions.iter().find(|version| version.value == "312");
        let resolve = Request::Resolve {
            visit,
            key: open.key.clone(),
            seen: open.versions.iter().map(|v| v.version.clone()).collect(),
            chosen: chosen.ok_or("312 is gone")?.version.clone(),
        };
        bolat.ask(resolve.clone()).await?;
        team.rest().await?;
        same_sight(&team.everybody(), team.visit).await?;
        for person in team.everybody() {
            assert_eq!(person.visit(team.visit).await?.open_values, 0);
            // It was closed meanwhile: a second choice on what was seen then is refused.
            assert_eq!(
                code(person.ask(resolve.clone()).await),
                Some(ErrorCode::NoOpenDifference)
            );
        }
        // And the value that was chosen is the one that stands.
        team.desk.ask(figure(team.visit, "312")).await?;
        Ok(())
    })
}

#[test]
fn bundles_both_ways_in_any_order_any_number_of_times() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let (aigul, bolat) = (team.tablet(0), team.tablet(1));
        // The network is gone; only files go between the two.
        team.front.lead(None);
        let mut for_bolat = Vec::new();
        for (item, note) in [("f01_03", "бірінші 1180"), ("f01_04", "екінші 1181")] {
            aigul
                .ask(answer(team.visit, team.place, item, "yes", note))
                .await?;
            for_bolat.push(export(aigul, team.member(1)?, true).await?);
        }
        bolat
            .ask(answer(
                team.visit,
                team.place,
                "f01_03",
                "no",
                "үшінші 1182",
            ))
            .await?;
        let for_aigul = export(bolat, team.member(0)?, false).await?;
        // The later file first: it holds all; the earlier one brings nothing new, nor do repeats.
        let [first, second] = for_bolat.as_slice() else {
            return Err("two bundles were made".into());
        };
        assert!(import(bolat, second.clone()).await? > 0);
        for again in [first, second, first] {
            assert_eq!(import(bolat, again.clone()).await?, 0);
        }
        assert_eq!(import(aigul, for_aigul.clone()).await?, 1);
        assert_eq!(import(aigul, for_aigul.clone()).await?, 0);
        same_sight(&[aigul, bolat], team.visit).await?;
        assert_eq!(aigul.visit(team.visit).await?.differs, 1);
        // It is for one member and opens for nobody else.
        let refused = team
            .desk
            .app()
            .dispatch(Request::ImportBundle, for_aigul)
            .await;
        assert_eq!(code(refused), Some(ErrorCode::BundleRefused));
        Ok(())
    })
}

#[test]
fn a_carrier_brings_to_the_server_what_its_author_never_sends() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат", "Дана"]).await?;
        let (author, carrier) = (team.tablet(2), team.tablet(0));
        author
            .ask(answer(team.visit, team.place, "f01_05", "partly", NOTE))
            .await?;
        let file = export(author, team.member(0)?, false).await?;
        author.ask(Request::Lock).await?;
        assert_eq!(import(carrier, file).await?, 1);
        carrier.sync().await?;
        for person in [team.tablet(1), &team.desk] {
            assert!(!knows(person, NOTE).await?);
            person.sync().await?;
            assert!(knows(person, NOTE).await?, "the carrier's sync brought it");
        }
        same_sight(&[carrier, team.tablet(1), &team.desk], team.visit).await
    })
}

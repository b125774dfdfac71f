//! A member is removed while away: what it wrote before counts, what it writes after does not, and it reads nothing new.

#[path = "../src/journey/mod.rs"]
mod journey;

use journey::mallory::{Mallory, rng};
use journey::people::{answer, export, import, knows, quarantine};
use journey::team::{Team, found, rest, same_sight};
use journey::{Outcome, code, travel};
use senim_app::Request;
use senim_cli::demo::people::Person;
use senim_ids::{ErrorCode, MemberId, UnixMillis};
use senim_seal::{BundleDraft, BundleItems, EncKey, seal_bundle};
use senim_wire::envelope::Header;

const BEFORE: &str = "кетер алдында 2401";
const AFTER: &str = "кеткен соң 2402";
const SECRET: &str = "жаңа кілтпен 2403";

/// Three tablets; the third is removed by the desk while it is away with work it never sent.
async fn removed_while_away() -> Outcome<Team> {
    let team = Team::gather(&["Айгүл", "Болат", "Дана"]).await?;
    let dana = team.tablet(2);
    dana.ask(answer(team.visit, team.place, "f01_03", "no", BEFORE))
        .await?;
    team.rest().await?;
    dana.ask(answer(team.visit, team.place, "f01_04", "no", AFTER))
        .await?;
    let member = team.member(2)?;
    team.desk.ask(Request::RemoveMember { member }).await?;
    rest(&staying(&team)).await?;
    Ok(team)
}

fn staying(team: &Team) -> Vec<&Person> {
    vec![team.tablet(0), team.tablet(1), &team.desk]
}

#[test]
fn work_before_counts_and_work_after_does_not() -> Outcome {
    travel(async {
        let team = removed_while_away().await?;
        let dana = team.tablet(2);
        assert_eq!(code(dana.sync().await), Some(ErrorCode::NotAdmitted));
        assert!(
            knows(dana, AFTER).await?,
            "its own words stay on its tablet"
        );
        // The server lets it in no more; a colleague's stick would. The colleague knows of the removal.
        let file = export(dana, team.member(1)?, false).await?;
        assert_eq!(import(team.tablet(1), file).await?, 0);
        rest(&staying(&team)).await?;
        for person in staying(&team) {
            assert!(knows(person, BEFORE).await?);
            assert!(!knows(person, AFTER).await?);
        }
        assert_eq!(quarantine(team.tablet(1)).await?, ["after-removal"]);
        // It is refused and said, and holds nobody up.
        let leader = team.tablet(0);
        leader
            .ask(answer(team.visit, team.place, "f01_05", "no", SECRET))
            .await?;
        rest(&staying(&team)).await?;
        for person in staying(&team) {
            assert!(knows(person, SECRET).await?);
        }
        same_sight(&staying(&team), team.visit).await
    })
}

/// All that the server stores, in one file for one member, signed by a member in good standing.
async fn seized(spy: &Mallory, to: MemberId) -> Outcome<Vec<u8>> {
    let items = BundleItems {
        roster: spy.roster_log.clone(),
        keyboxes: spy.keyboxes.clone(),
        envelopes: spy.all_envelopes().await?,
    };
    let readers: Vec<EncKey> = spy
        .roster
        .devices()
        .filter(|device| device.member == to)
        .map(|device| *device.keys.enc())
        .collect();
    let draft = BundleDraft {
        org: spy.org,
        counter: 1,
        roster_seq: spy.roster.head_seq(),
        wall_ms: UnixMillis(1_795_000_000_000),
        readers: &readers,
        items: &items,
    };
    Ok(seal_bundle(&draft, &spy.secrets, &mut rng())?)
}

#[test]
fn the_removed_opens_nothing_of_the_new_epoch() -> Outcome {
    travel(async {
        let founded = found().await?;
        let people = founded.admit(&["Айгүл", "Болат", "Дана"]).await?;
        let mut spy = Mallory::join(&founded.desk, "Спандияр").await?;
        let mut ghost = Mallory::join(&founded.desk, "Елес").await?;
        for person in &people {
            person.sync().await?;
        }
        let team = founded.set_out(people, &[spy.member, ghost.member]).await?;
        let (leader, away, dana) = (team.tablet(0), team.tablet(1), team.tablet(2));
        leader
            .ask(answer(team.visit, team.place, "f01_03", "no", BEFORE))
            .await?;
        team.rest().await?;
        ghost.refresh().await?;
        let old = ghost.key_of(team.visit)?.mailbox;
        // From here on the second tablet is away: it learns all from a file later, as the removed one tries to.
        for member in [team.member(2)?, ghost.member] {
            team.desk.ask(Request::RemoveMember { member }).await?;
        }
        rest(&[&team.desk, leader]).await?;
        leader
            .ask(answer(team.visit, team.place, "f01_04", "no", SECRET))
            .await?;
        rest(&[&team.desk, leader]).await?;
        assert!(knows(&team.desk, SECRET).await?);
        spy.refresh().await?;
        let new = spy.key_of(team.visit)?.mailbox;
        assert_ne!(
            old, new,
            "what is written after the removal has a log of its own"
        );
        keys_of_the_new_epoch(&spy, &ghost, new).await?;
        // The same at the level of words: all that the server holds, handed to the removed tablet.
        import(dana, seized(&spy, team.member(2)?).await?).await?;
        assert!(knows(dana, BEFORE).await?);
        assert!(!knows(dana, SECRET).await?);
        // Control: the same file opens for one who stayed.
        assert!(!knows(away, SECRET).await?);
        import(away, seized(&spy, team.member(1)?).await?).await?;
        assert!(knows(away, SECRET).await?, "the file was not whole");
        Ok(())
    })
}

/// No keybox gives the removed device a key of the new log, and no envelope of it opens with the keys it has.
async fn keys_of_the_new_epoch(
    spy: &Mallory,
    ghost: &Mallory,
    new: senim_wire::MailboxId,
) -> Outcome {
    let gives_new = |device: &Mallory| -> Outcome<bool> {
        let boxes = device.openable(&spy.keyboxes)?;
        let mut rows = boxes.iter().flat_map(|keybox| keybox.rows());
        Ok(rows.any(|row| row.mailbox == new))
    };
    assert!(gives_new(spy)?, "control: one who stayed is given the key");
    assert!(!gives_new(ghost)?);
    let (mut fresh, mut past) = (Vec::new(), Vec::new());
    for envelope in spy.all_envelopes().await? {
        let (header, _) = Header::parse(&envelope)?;
        if header.mailbox == new {
            fresh.push(envelope);
        } else {
            past.push(envelope);
        }
    }
    assert!(!fresh.is_empty() && !past.is_empty());
    assert_eq!(spy.opens(&fresh), fresh.len(), "control");
    assert_eq!(
        ghost.opens(&past),
        past.len(),
        "control: its past stays open"
    );
    assert_eq!(ghost.opens(&fresh), 0);
    // The server lets it fetch nothing either.
    assert!(ghost.all_envelopes().await.is_err());
    Ok(())
}

#[test]
fn work_on_top_of_removed_work_counts_and_brings_it_along() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат", "Дана"]).await?;
        let (bolat, dana) = (team.tablet(1), team.tablet(2));
        // Heard of once, so that the removal has a number to draw the line at.
        dana.ask(answer(team.visit, team.place, "f01_03", "no", BEFORE))
            .await?;
        team.rest().await?;
        dana.ask(answer(team.visit, team.place, "f01_04", "no", AFTER))
            .await?;
        let member = team.member(2)?;
        team.desk.ask(Request::RemoveMember { member }).await?;
        rest(&[&team.desk, team.tablet(0)]).await?;
        // The second tablet is away, takes the file in good faith, and writes on top of it.
        let file = export(dana, team.member(1)?, false).await?;
        assert_eq!(import(bolat, file).await?, 1);
        bolat
            .ask(answer(team.visit, team.place, "f01_05", "no", SECRET))
            .await?;
        rest(&staying(&team)).await?;
        assert!(
            knows(bolat, SECRET).await?,
            "nothing is lost where it was written"
        );
        for person in staying(&team) {
            // Work in good standing stands on it: it is let in on every replica alike, and marked.
            assert!(knows(person, SECRET).await?);
            assert!(knows(person, AFTER).await?);
            assert!(person.visit(team.visit).await?.waits_for.is_empty());
        }
        for person in [team.tablet(0), &team.desk] {
            assert_eq!(quarantine(person).await?, ["after-removal"]);
        }
        same_sight(&staying(&team), team.visit).await?;
        Ok(())
    })
}

//! Power cuts, full stops and lost disks: what was called saved is there afterwards, on the tablet and on the server's other side.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "the numbers of a journey are small"
)]

#[path = "../src/journey/mod.rs"]
mod journey;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use journey::front::Deed;
use journey::people::{PASSPHRASE, answer, app, knows, unlock};
use journey::team::{Team, admit_list, rest};
use journey::{Outcome, code, travel, within};
use senim_app::{App, Request, Response};
use senim_cli::demo::people::Person;
use senim_ids::{DocId, ErrorCode, PlaceId, Role};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::Notify;

const ITEMS: [&str; 5] = ["f01_03", "f01_04", "f01_05", "f01_07", "f01_08"];
/// The environment of the process that is killed.
const CHILD: &str = "SENIM_JOURNEY_CHILD";
const ROUNDS: usize = 20;

fn note(number: usize) -> String {
    format!("жазба №{number:05}")
}

fn numbered(visit: DocId, place: PlaceId, number: usize) -> Request {
    let item = ITEMS.get(number % ITEMS.len()).copied().unwrap_or("f01_03");
    answer(visit, place, item, "no", &note(number))
}

/// Not a check of its own but the process that [`every_acknowledged_answer_survives_twenty_kills`] kills: answers and syncs until then.
#[test]
fn the_process_that_is_killed() -> Outcome {
    let Some(told) = std::env::var_os(CHILD) else {
        return Ok(());
    };
    travel(async move {
        let told = told.to_string_lossy().into_owned();
        let mut told = told.split('|');
        let mut next = || told.next().ok_or("too few words");
        let app = app(Path::new(next()?))?;
        let (visit, place) = (next()?.parse()?, next()?.parse()?);
        let first: usize = next()?.parse()?;
        app.dispatch(unlock(), Vec::new()).await?;
        for number in first.. {
            let saved = numbered(visit, place, number);
            app.dispatch(saved, Vec::new()).await?;
            say(&format!("saved {number}"))?;
            if number % 3 == 0 {
                app.dispatch(Request::Sync, Vec::new()).await?;
            }
        }
        Ok(())
    })
}

/// Past the harness, which would keep the line until the test ends.
fn say(line: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Runs the process until it called `count` more answers saved, kills it, and gives the last number it called saved.
async fn killed_after(vault: &Path, team: &Team, first: usize, count: usize) -> Outcome<usize> {
    let told = format!("{}|{}|{}|{first}", vault.display(), team.visit, team.place);
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "the_process_that_is_killed", "--nocapture"])
        .env(CHILD, told)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut last = None;
    for _ in 0..count {
        last = None;
        while last.is_none() {
            let line = lines
                .next_line()
                .await?
                .ok_or("the process ended by itself")?;
            last = line
                .rsplit_once("saved ")
                .and_then(|(_, number)| number.trim().parse().ok());
        }
    }
    child.kill().await?;
    // What it still said before the signal came was called saved as well.
    while let Some(line) = lines.next_line().await? {
        if let Some(number) = line.strip_prefix("saved ") {
            last = number.trim().parse().ok();
        }
    }
    last.ok_or_else(|| "nothing was saved".into())
}

#[test]
fn every_acknowledged_answer_survives_twenty_kills() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let vault = team.vault(0);
        let aigul = team.tablet(0);
        let mut first = 0;
        for round in 0..ROUNDS {
            aigul.ask(Request::Lock).await?;
            let count = 1 + (round * 7) % 9;
            let last = within(60, "a round", killed_after(&vault, &team, first, count)).await??;
            aigul.ask(unlock()).await?;
            for number in last.saturating_sub(ITEMS.len() - 1).max(first)..=last {
                // It, or the one that took its place and was saved before the process could say so.
                let after = note(number + ITEMS.len());
                let there = knows_sealed(aigul, &team, &[note(number), after]).await?;
                assert!(there, "round {round}: answer {number} of {last} is lost");
            }
            first = last + ITEMS.len() + 1;
        }
        team.rest().await?;
        team.keeper.verify().await?;
        team.converged(u32::try_from(ITEMS.len())?).await
    })
}

/// Whether one of these notes is this person's own, in the sections themselves: what is not sealed yet is not in the search.
async fn knows_sealed(person: &Person, team: &Team, notes: &[String]) -> Outcome<bool> {
    for section in ["f01_s2", "f01_s3"] {
        let request = Request::Section {
            visit: team.visit,
            form: "F01".to_owned(),
            section: section.to_owned(),
            place: Some(team.place),
        };
        let seen = person.section(request).await?;
        let mut mine = seen.items.iter().filter_map(|item| item.mine.as_ref());
        if mine.any(|mine| mine.note.as_ref().is_some_and(|note| notes.contains(note))) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[test]
fn a_server_killed_in_the_middle_of_syncs_loses_nothing_it_confirmed() -> Outcome {
    travel(async {
        let mut team = Team::gather(&["Айгүл", "Болат"]).await?;
        for round in 0..10 {
            for number in 0..2 {
                let saved = numbered(team.visit, team.place, round + number);
                team.tablet(number).ask(saved).await?;
            }
            let (aigul, bolat) = (&team.tablets[0], &team.tablets[1]);
            let (one, two, killed) = tokio::join!(
                within(60, "a sync ends", aigul.sync()),
                within(60, "a sync ends", bolat.sync()),
                team.keeper.kill()
            );
            killed?;
            for ended in [one?, two?] {
                let code = code(ended);
                let expected = [
                    None,
                    Some(ErrorCode::ServerSlow),
                    Some(ErrorCode::ServerUnreachable),
                ];
                assert!(expected.contains(&code), "round {round}: {code:?}");
            }
            team.front.lead(Some(team.keeper.start().await?));
        }
        team.rest().await?;
        team.keeper.verify().await?;
        team.converged(10).await
    })
}

#[test]
fn tablets_heal_a_server_that_lost_its_disk() -> Outcome {
    travel(async {
        let mut team = Team::gather(&["Айгүл", "Болат"]).await?;
        for number in 0..2 {
            let saved = numbered(team.visit, team.place, number);
            team.tablet(number).ask(saved).await?;
        }
        team.rest().await?;
        team.keeper.wipe().await?;
        let list = admit_list(&team.desk).await?;
        team.keeper.add_organisation(&list).await?;
        team.front.lead(Some(team.keeper.start().await?));
        team.rest().await?;
        team.keeper.verify().await?;
        team.converged(2).await?;
        // One who was never there before gets all of it from the new server.
        let mut dana = journey::people::person(&team.vault(7), "Дана").await?;
        team.desk.admit(&mut dana, Role::Member).await?;
        rest(&team.everybody()).await?;
        let member = dana.member.ok_or("not a member")?;
        let grant = Request::GrantAccess {
            visit: team.visit,
            member,
            may_share: false,
        };
        team.tablet(0).ask(grant).await?;
        team.rest().await?;
        dana.sync().await?;
        for number in 0..2 {
            assert!(knows(&dana, &note(number)).await?);
        }
        Ok(())
    })
}

#[test]
fn locked_in_the_middle_of_a_sync() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let hold = Deed::Hold(Arc::clone(&came), Arc::clone(&go));
        let aigul = team.tablet(0);
        aigul.ask(numbered(team.visit, team.place, 0)).await?;
        team.front.next_exchanges([hold]);
        let locked = async {
            came.notified().await;
            let locked = aigul.ask(Request::Lock).await;
            go.notify_one();
            locked
        };
        let both = async { tokio::join!(aigul.sync(), locked) };
        let (synced, locked) = within(60, "both end", both).await?;
        let Response::Status(status) = locked? else {
            return Err("no status".into());
        };
        assert!(!status.unlocked);
        assert_eq!(code(synced), Some(ErrorCode::Locked));
        assert_eq!(code(aigul.sync().await), Some(ErrorCode::Locked));
        aigul.ask(unlock()).await?;
        team.rest().await?;
        assert!(knows(&team.desk, &note(0)).await?);
        team.converged(1).await
    })
}

/// What unlocking answers.
async fn opening(vault: &Path, passphrase: &str) -> Outcome<Option<ErrorCode>> {
    let app: App = app(vault)?;
    let request = Request::Unlock {
        passphrase: passphrase.to_owned(),
    };
    let answered = app.dispatch(request, Vec::new()).await;
    app.dispatch(Request::Lock, Vec::new()).await?;
    Ok(code(answered))
}

/// A copy of a locked vault with one of its files changed.
fn changed(vault: &Path, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Outcome<PathBuf> {
    let copy = vault.with_extension("changed");
    std::fs::create_dir_all(&copy)?;
    for entry in std::fs::read_dir(vault)? {
        let entry = entry?;
        std::fs::copy(entry.path(), copy.join(entry.file_name()))?;
    }
    let file = copy.join(name);
    let mut bytes = std::fs::read(&file)?;
    change(&mut bytes);
    std::fs::write(file, bytes)?;
    Ok(copy)
}

#[test]
fn damage_and_wrong_words_are_told_and_the_vault_stays() -> Outcome {
    travel(async {
        let folder = tempfile::tempdir()?;
        let vault = folder.path().join("vault");
        let person = journey::people::person(&vault, "Айгүл").await?;
        person.ask(Request::Lock).await?;
        let wrong = Some(ErrorCode::WrongPassphraseOrDamaged);
        assert_eq!(
            opening(&vault, "not the words of this vault at all").await?,
            wrong
        );
        let flipped = changed(&vault, "vault.key", |bytes| {
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
            }
        })?;
        assert_eq!(opening(&flipped, PASSPHRASE).await?, wrong);
        let emptied = changed(&vault, "vault.key", Vec::clear)?;
        assert_eq!(opening(&emptied, PASSPHRASE).await?, wrong);
        let damaged = Some(ErrorCode::VaultDamaged);
        for length in [4096, 5000] {
            let cut = changed(&vault, "vault.db", |bytes| bytes.truncate(length))?;
            assert_eq!(opening(&cut, PASSPHRASE).await?, damaged, "{length}");
        }
        let nothing = changed(&vault, "vault.db", Vec::clear)?;
        assert_eq!(opening(&nothing, PASSPHRASE).await?, damaged);
        // The vault itself was never touched.
        assert_eq!(opening(&vault, PASSPHRASE).await?, None);
        Ok(())
    })
}

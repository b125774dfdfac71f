//! No word of anybody on the server, on the wire inside TLS, in a log, in a bundle or on a tablet's disk; and the scan that says so finds each word where
//! it stands in clear.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "the numbers of a journey are small"
)]

#[path = "../src/journey/mod.rs"]
mod journey;

use std::path::Path;

use journey::mallory::Mallory;
use journey::people::{answer, export, figure, knows};
use journey::team::{TITLE, Team, found, sight};
use journey::{Outcome, travel};
use senim_app::Request;
use senim_cli::demo::scan::Scanner;
use senim_wire::envelope::{HEADER, Header};

const NOTE: &str = "Канарейка: қалқан артында 6613";
const OTHER_NOTE: &str = "Canary behind the partition 6614";
/// All that people wrote or are called. The desk's name and the organisation's are those of the founding.
const CANARIES: [&str; 8] = [
    "Айгүл Канарейка",
    "Болат Канарейка",
    "Кеңсе 5521",
    "Ұйым 9036",
    "Мекеме 3380",
    TITLE,
    NOTE,
    OTHER_NOTE,
];

/// A mission with a canary in every field, and a member who can open it all.
async fn planted() -> Outcome<(Team, Mallory)> {
    let founded = found().await?;
    let people = founded
        .admit(&["Айгүл Канарейка", "Болат Канарейка"])
        .await?;
    let spy = Mallory::join(&founded.desk, "Спандияр 7788").await?;
    let mut team = founded.set_out(people, &[spy.member]).await?;
    let (aigul, bolat) = (team.tablet(0), team.tablet(1));
    aigul
        .ask(answer(team.visit, team.place, "f01_03", "no", NOTE))
        .await?;
    bolat
        .ask(answer(team.visit, team.place, "f01_03", "yes", OTHER_NOTE))
        .await?;
    aigul.ask(figure(team.visit, "312")).await?;
    team.rest().await?;
    let file = export(aigul, team.member(1)?, true).await?;
    std::fs::write(team.folder().join("bundle"), file)?;
    // Errors are logged as well: one call of a broken kind, and one sync that fails.
    team.keeper.kill().await?;
    team.front.lead(None);
    assert!(team.tablet(0).sync().await.is_err());
    team.front.lead(Some(team.keeper.start().await?));
    Ok((team, spy))
}

#[test]
fn no_word_of_anybody_leaves_the_open_vaults() -> Outcome {
    travel(async {
        let (mut team, mut spy) = planted().await?;
        let scanner = Scanner::new(CANARIES)?;
        spy.refresh().await?;
        let clear = team.folder().join("clear");
        null_cipher(&spy, &clear).await?;
        let mut seen = serde_json::to_string(&team.desk.organisation().await?)?;
        seen += &serde_json::to_string(&sight(&team.desk, team.visit).await?)?;
        for word in [NOTE, OTHER_NOTE] {
            assert!(knows(&team.desk, word).await?);
        }
        // Control: the words are in what was opened, in the records without their cipher (zstd inside), and in a planted capture.
        assert_eq!(scanner.words_in(seen.as_bytes()), scanner.count());
        assert_eq!(in_any_file(&clear)?, scanner.count());
        let capture = team.front.kept();
        let planted = [capture.as_slice(), CANARIES.join("|").as_bytes()].concat();
        assert_eq!(scanner.words_in(&planted), scanner.count());
        assert!(capture.len() > 20_000, "the capture is whole");
        assert_eq!(scanner.words_in(&capture), 0, "on the wire");
        let bundle = std::fs::read(team.folder().join("bundle"))?;
        assert!(bundle.len() > 4096);
        assert_eq!(scanner.words_in(&bundle), 0, "in a bundle");
        team.keeper.kill().await?;
        let log = std::fs::metadata(team.keeper.data().join("server.log"))?;
        assert!(log.len() > 0, "the server logged");
        assert_eq!(scanner.words_below(team.keeper.data())?, 0, "on the server");
        vaults(&team, &scanner).await
    })
}

/// The folders of the tablets hold no word in clear, open or locked, with the log of the database beside it.
async fn vaults(team: &Team, scanner: &Scanner) -> Outcome {
    for open in [true, false] {
        for (number, person) in team.tablets.iter().enumerate() {
            if !open {
                person.ask(Request::Lock).await?;
            }
            let folder = team.vault(number);
            let size = std::fs::metadata(folder.join("vault.db"))?.len();
            assert!(size > 50_000, "the vault is there");
            assert_eq!(scanner.words_below(&folder)?, 0, "open: {open}");
        }
    }
    Ok(())
}

/// How many canaries stand in at least one file of the folder.
fn in_any_file(folder: &Path) -> Outcome<usize> {
    let mut found = 0;
    for word in CANARIES {
        let scanner = Scanner::new([word])?;
        found += usize::from(scanner.words_below(folder)? > 0);
    }
    Ok(found)
}

/// Writes what the server stores as it would be with a cipher that does nothing: header in clear, then the content, the change compressed as it is.
async fn null_cipher(spy: &Mallory, folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder)?;
    let stored = spy.all_envelopes().await?;
    for (number, envelope) in stored.iter().chain(&spy.roster_log).enumerate() {
        let (header, _) = Header::parse(envelope)?;
        let key = spy.keys.iter().find(|held| held.mailbox == header.mailbox);
        let key = key.ok_or("an envelope nobody can open")?;
        let opened = senim_seal::open(envelope, &key.key, spy.org)?;
        let clear = envelope.get(..HEADER).unwrap_or_default();
        let copy = [clear, opened.content()].concat();
        std::fs::write(folder.join(number.to_string()), copy)?;
    }
    Ok(())
}

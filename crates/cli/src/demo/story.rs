//! What happens in the demo, step by step.

use std::path::Path;

use senim_app::ids::{DocId, ErrorCode, PlaceId, Role};
use senim_app::view::{ItemInput, ItemView, SyncedView, VisitView, Words};
use senim_app::{Request, Response};

use crate::command::say;
use crate::demo::holds;
use crate::demo::people::Person;
use crate::demo::scan::Scanner;
use crate::demo::stage::{Server, Stage};
use crate::fail::Failed;

const PASSPHRASE: &str = "demo passphrase of six plain words";
const ORGANISATION: &str = "Canary Organisation 5127";
const FACILITY: &str = "Канареечная колония 8841";
const TITLE: &str = "Canary visit 2290";
const NOTE: &str = "Канарейка: перегородка қалқан 6613";
const LATE_NOTE: &str = "Канарейка после отстранения 9075";
/// Each is planted in the vaults and may stand nowhere on the server or on the wire.
const CANARIES: [&str; 8] = [
    ORGANISATION,
    FACILITY,
    TITLE,
    NOTE,
    LATE_NOTE,
    "Айгүл Канарейка",
    "Болат Канарейка",
    "Дана Канарейка",
];

/// The figures of the summary, counted.
#[derive(Debug, Default)]
pub(crate) struct Told {
    tablets: usize,
    observations: u32,
    differs: u32,
    open_values: u32,
    sync: Traffic,
    envelopes: u64,
    server_bytes: u64,
    hits: usize,
    control: usize,
}

#[derive(Debug, Default)]
struct Traffic {
    exchanges: u64,
    up: u64,
    down: u64,
}

impl Traffic {
    fn add(&mut self, view: &SyncedView) {
        self.exchanges = self.exchanges.saturating_add(view.exchanges.into());
        self.up = self.up.saturating_add(view.bytes_up.into());
        self.down = self.down.saturating_add(view.bytes_down.into());
    }
}

impl Told {
    /// The last line of the demo.
    pub(crate) fn summary(&self, seconds: f64) -> String {
        serde_json::json!({
            "tablets": self.tablets,
            "observations": self.observations,
            "differs": self.differs,
            "open_values": self.open_values,
            "sync": {
                "exchanges": self.sync.exchanges,
                "bytes_up": self.sync.up,
                "bytes_down": self.sync.down,
            },
            "server": {
                "envelopes": self.envelopes,
                "bytes": self.server_bytes,
                "plaintext_hits": self.hits,
                "plaintext_control": self.control,
            },
            "seconds": (seconds * 10.0).round() / 10.0,
        })
        .to_string()
    }
}

/// Everybody of the mission.
struct Cast {
    desk: Person,
    tablets: Vec<Person>,
}

impl Cast {
    fn tablet(&self, number: usize) -> Result<&Person, Failed> {
        self.tablets
            .get(number)
            .ok_or_else(|| Failed::new("demo-failed", "a tablet is missing"))
    }

    /// Everyone syncs until nobody brings anything new any more.
    async fn sync_all(&self, told: &mut Told) -> Result<(), Failed> {
        for _ in 0..6 {
            let mut quiet = true;
            for person in self.tablets.iter().chain([&self.desk]) {
                let view = person.sync().await?;
                told.sync.add(&view);
                quiet &= view.sent == 0 && view.received == 0;
            }
            if quiet {
                return Ok(());
            }
        }
        Err(Failed::new(
            "demo-failed",
            "the tablets do not come to rest",
        ))
    }
}

/// Tells the whole story in `out`.
pub(crate) async fn tell(out: &Path) -> Result<Told, Failed> {
    let mut told = Told::default();
    say("A server of its own, an organisation, three tablets and a desk")?;
    let (server, cast) = gather(out).await?;
    told.tablets = cast.tablets.len();
    let visit = decide_visit(&cast).await?;
    cast.sync_all(&mut told).await?;
    say("Offline: each fills the header and the penal colony checklist")?;
    fill(&cast, visit).await?;
    say("One hands its work over as a file")?;
    hand_over(&cast, out).await?;
    cast.sync_all(&mut told).await?;
    let seen = cast.desk.visit(visit).await?;
    told.observations = seen.team.iter().map(|member| member.observations).sum();
    told.differs = seen.differs;
    told.open_values = seen.open_values;
    holds("at least 60 observations", told.observations >= 60)?;
    holds("something differs", told.differs > 0)?;
    holds("the header figure set twice is open", told.open_values == 1)?;
    for tablet in &cast.tablets {
        let theirs = tablet.visit(visit).await?;
        holds("every tablet sees what the desk sees", same(&theirs, &seen))?;
    }
    say("A tablet is taken away and reads nothing written after")?;
    take_away(&cast, visit, &mut told).await?;
    let opened = opened_text(&cast.desk, visit).await?;
    scan(server, out, &opened, &mut told).await?;
    for person in cast.tablets.iter().chain([&cast.desk]) {
        // Closed before the process ends: SQLCipher clears up after itself on the way out, and must not meet an open vault.
        person.ask(Request::Lock).await?;
    }
    Ok(told)
}

/// A server, an organisation, four vaults that know each other.
async fn gather(out: &Path) -> Result<(Server, Cast), Failed> {
    let stage = Stage::set(out).await?;
    let vaults = out.join("vaults");
    let mut desk = Person::new(&vaults.join("desk"), "Кеңсе", PASSPHRASE).await?;
    desk.found(ORGANISATION, &stage).await?;
    let server = stage.start().await?;
    desk.sync().await?;
    let mut tablets = Vec::new();
    for (number, name) in ["Айгүл Канарейка", "Болат Канарейка", "Дана Канарейка"]
        .iter()
        .enumerate()
    {
        let folder = vaults.join(format!("tablet-{}", number.saturating_add(1)));
        let mut person = Person::new(&folder, name, PASSPHRASE).await?;
        desk.admit(&mut person, Role::Member).await?;
        tablets.push(person);
    }
    for person in &tablets {
        // Those who came first meet those who came after.
        person.sync().await?;
    }
    Ok((server, Cast { desk, tablets }))
}

/// The first tablet's member leads: decides the visit, names the team and the desk, adds places.
async fn decide_visit(cast: &Cast) -> Result<DocId, Failed> {
    let team = cast
        .tablets
        .iter()
        .skip(1)
        .chain([&cast.desk])
        .filter_map(|person| person.member);
    let request = Request::CreateVisit {
        title: TITLE.to_owned(),
        kind: "special".to_owned(),
        facility: FACILITY.to_owned(),
        team: team.collect(),
        forms: vec!["F00".to_owned(), "F01".to_owned()],
    };
    let leader = cast.tablet(0)?;
    let Response::Visit(made) = leader.ask(request).await? else {
        return Err(Failed::new("demo-failed", "no visit was made"));
    };
    for (kk, ru, en) in [
        ("1-корпус", "Корпус 1", "Block 1"),
        ("Карантин", "Карантин", "Quarantine"),
    ] {
        let name = Words {
            kk: kk.to_owned(),
            ru: ru.to_owned(),
            en: en.to_owned(),
        };
        let kind = if en == "Quarantine" {
            "quarantine"
        } else {
            "block"
        };
        let place = Request::AddPlace {
            visit: made.visit,
            kind: kind.to_owned(),
            name,
            parent: None,
        };
        leader.ask(place).await?;
    }
    Ok(made.visit)
}

async fn fill(cast: &Cast, visit: DocId) -> Result<(), Failed> {
    for (number, person) in cast.tablets.iter().enumerate() {
        let seen = person.visit(visit).await?;
        for place in &seen.places {
            fill_checklist(person, number, &seen, place.place).await?;
        }
        fill_header(person, number, visit).await?;
    }
    Ok(())
}

/// Answers every five-target item of F01 at one place, as a person would: section by section.
async fn fill_checklist(
    person: &Person,
    number: usize,
    seen: &VisitView,
    place: PlaceId,
) -> Result<(), Failed> {
    let form = seen.forms.iter().find(|form| form.form == "F01");
    for row in form
        .map(|form| form.sections.as_slice())
        .unwrap_or_default()
    {
        let request = Request::Section {
            visit: seen.visit,
            form: "F01".to_owned(),
            section: row.section.clone(),
            place: Some(place),
        };
        let section = person.section(request).await?;
        for item in section
            .items
            .iter()
            .filter(|item| item.input == ItemInput::Answer)
        {
            let saved = person.ask(answer(seen.visit, place, item, number)).await?;
            holds("an answer is saved", matches!(saved, Response::Saved(_)))?;
        }
    }
    Ok(())
}

/// Mostly yes; the second person disagrees about every fifth item, the third did not check every seventh. One note holds a canary.
fn answer(visit: DocId, place: PlaceId, item: &ItemView, number: usize) -> Request {
    let digits: usize = item
        .item
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(usize::from)
        .sum();
    let (answer, note) = match number {
        1 if digits.is_multiple_of(5) => ("partly", Some(NOTE.to_owned())),
        2 if digits.is_multiple_of(7) => ("not_checked", None),
        _ => ("yes", None),
    };
    Request::Answer {
        visit,
        form: "F01".to_owned(),
        item: item.item.clone(),
        row: None,
        place: Some(place),
        answer: Some(answer.to_owned()),
        evidence: vec!["seen".to_owned()],
        note,
        observed_at: None,
    }
}

/// Two of them write another figure of people held; the third keeps out of it.
async fn fill_header(person: &Person, number: usize, visit: DocId) -> Result<(), Failed> {
    let figures: &[(&str, &str)] = match number {
        0 => &[
            ("f00_01", "special"),
            ("f00_04", "400"),
            ("f00_04_actual", "312"),
        ],
        1 => &[("f00_04_actual", "318")],
        _ => &[("f00_05_members", "3")],
    };
    for (item, value) in figures {
        let request = Request::SetHeader {
            visit,
            form: "F00".to_owned(),
            item: (*item).to_owned(),
            answer: Some((*value).to_owned()),
        };
        person.ask(request).await?;
    }
    Ok(())
}

/// The third tablet gives its work to the first as a file, which sends it on.
async fn hand_over(cast: &Cast, out: &Path) -> Result<(), Failed> {
    let (from, to) = (cast.tablet(2)?, cast.tablet(0)?);
    let members = to.member.into_iter().collect();
    let export = Request::ExportBundle {
        members,
        everything: false,
    };
    let file = from
        .app()
        .dispatch(export, Vec::new())
        .await?
        .bytes
        .unwrap_or_default();
    std::fs::write(out.join("hand-over.senim"), &file)?;
    let imported = to
        .app()
        .dispatch(Request::ImportBundle, file.clone())
        .await?
        .response;
    let applied = matches!(imported, Response::Synced(view) if view.applied > 0);
    holds("the bundle brought the colleague's work", applied)?;
    let refused = cast
        .tablet(1)?
        .app()
        .dispatch(Request::ImportBundle, file)
        .await;
    let code = refused.err().map(|error| error.code);
    holds(
        "a bundle opens only where it is for",
        code == Some(ErrorCode::BundleRefused),
    )
}

fn same(one: &VisitView, other: &VisitView) -> bool {
    let counts = |view: &VisitView| -> Vec<u32> {
        view.team.iter().map(|member| member.observations).collect()
    };
    counts(one) == counts(other)
        && one.differs == other.differs
        && one.open_values == other.open_values
}

/// The third member is removed; the leader writes on; the desk reads it and the removed tablet does not.
async fn take_away(cast: &Cast, visit: DocId, told: &mut Told) -> Result<(), Failed> {
    let removed = cast.tablet(2)?;
    let member = removed
        .member
        .ok_or_else(|| Failed::new("demo-failed", "nobody to remove"))?;
    cast.desk.ask(Request::RemoveMember { member }).await?;
    told.sync.add(&cast.desk.sync().await?);
    let leader = cast.tablet(0)?;
    told.sync.add(&leader.sync().await?);
    let late = Request::Answer {
        visit,
        form: "F01".to_owned(),
        item: "f01_03".to_owned(),
        row: None,
        place: leader
            .visit(visit)
            .await?
            .places
            .first()
            .map(|place| place.place),
        answer: Some("no".to_owned()),
        evidence: vec!["seen".to_owned()],
        note: Some(LATE_NOTE.to_owned()),
        observed_at: None,
    };
    leader.ask(late).await?;
    told.sync.add(&leader.sync().await?);
    told.sync.add(&cast.desk.sync().await?);
    holds(
        "the desk reads what was written after",
        opened_text(&cast.desk, visit).await?.contains(LATE_NOTE),
    )?;
    let refused = removed.sync().await.err().map(|error| error.code);
    holds(
        "the server lets the removed tablet in no more",
        refused == Some(ErrorCode::NotAdmitted),
    )?;
    holds(
        "the removed tablet reads nothing of it",
        !opened_text(removed, visit).await?.contains(LATE_NOTE),
    )
}

/// All that a person can read of a visit, as text.
pub(crate) async fn opened_text(person: &Person, visit: DocId) -> Result<String, Failed> {
    let mut text = String::new();
    let seen = person.visit(visit).await?;
    let organisation = person.organisation().await?;
    for part in [
        serde_json::to_string(&seen),
        serde_json::to_string(&organisation),
    ] {
        text += &part.map_err(|_| Failed::new("internal", "a view could not be written"))?;
    }
    for form in seen.forms.iter().filter(|form| form.per_place) {
        for (row, place) in form
            .sections
            .iter()
            .flat_map(|row| seen.places.iter().map(move |place| (row, place)))
        {
            let request = Request::Section {
                visit,
                form: form.form.clone(),
                section: row.section.clone(),
                place: Some(place.place),
            };
            let section = person.ask(request).await?;
            text += &serde_json::to_string(&section)
                .map_err(|_| Failed::new("internal", "a view could not be written"))?;
        }
    }
    let Response::Differences(differs) = person.ask(Request::Differences { visit }).await? else {
        return Ok(text);
    };
    text += &serde_json::to_string(&differs)
        .map_err(|_| Failed::new("internal", "a view could not be written"))?;
    Ok(text)
}

/// Counts the canaries in all that the server keeps and all that passed, and beside it in what was opened, in a planted file and in a planted capture.
async fn scan(server: Server, out: &Path, opened: &str, told: &mut Told) -> Result<(), Failed> {
    let scanner = Scanner::new(CANARIES)?;
    let capture = server.captured();
    let folder = server.data().to_owned();
    (told.envelopes, told.server_bytes) = server.stop_and_verify().await?;
    told.hits = scanner
        .words_below(&folder)?
        .saturating_add(scanner.words_in(&capture));
    let planted = out.join("control");
    std::fs::create_dir_all(&planted)?;
    let text = CANARIES.join("\n");
    std::fs::write(planted.join("planted"), text.as_bytes())?;
    std::fs::write(
        planted.join("planted.zst"),
        zstd::stream::encode_all(text.as_bytes(), 3)?,
    )?;
    let planted_capture = [capture.as_slice(), text.as_bytes()].concat();
    told.control = scanner
        .words_in(opened.as_bytes())
        .saturating_add(scanner.words_below(&planted)?)
        .saturating_add(scanner.words_in(&planted_capture));
    // Opened records, two planted files, one planted capture.
    let expected = scanner.count().saturating_mul(4);
    holds(
        "the scanner finds every canary where it was planted",
        told.control == expected,
    )?;
    holds(
        "no canary stands on the server or on the wire",
        told.hits == 0,
    )
}

//! `senim workspace`: what the window is opened on in `make run` and in its tests.

use std::path::Path;

use senim_app::Request;
use senim_app::ids::Role;
use senim_app::view::Words;
use tokio::io::AsyncReadExt as _;

use crate::command::say;
use crate::demo::empty_folder;
use crate::demo::people::Person;
use crate::demo::stage::Stage;
use crate::fail::Failed;

const PASSPHRASE: &str = "senim demo workspace for two";

/// Makes two vaults of one organisation with a visit, keeps their server running, and prints one line of JSON:
/// `{"passphrase","vaults":[…],"origin"}`. Ends when standard input closes or on SIGINT or SIGTERM.
///
/// # Errors
/// [`Failed`] with what could not be made.
pub(crate) async fn run(out: &Path) -> Result<(), Failed> {
    empty_folder(out)?;
    let stage = Stage::set(out).await?;
    let origin = stage.origin.clone();
    let vaults = [out.join("tablet-1"), out.join("tablet-2")];
    let [first, second] = &vaults;
    let mut leader = Person::new(first, "Айгүл", PASSPHRASE).await?;
    leader.found("Сынақ ұйымы", &stage).await?;
    let server = stage.start().await?;
    leader.sync().await?;
    let mut colleague = Person::new(second, "Болат", PASSPHRASE).await?;
    leader.admit(&mut colleague, Role::Member).await?;
    visit(&leader, &colleague).await?;
    leader.sync().await?;
    colleague.sync().await?;
    for person in [&leader, &colleague] {
        // The windows open the vaults now; one vault is open in one place only.
        person.ask(Request::Lock).await?;
    }
    let line = serde_json::json!({"passphrase": PASSPHRASE, "vaults": vaults, "origin": origin});
    say(&line.to_string())?;
    wait_for_the_end().await?;
    server.stop_and_verify().await.map(|_| ())
}

async fn visit(leader: &Person, colleague: &Person) -> Result<(), Failed> {
    let made = leader
        .ask(Request::CreateVisit {
            title: "Сынақ бару / Учебное посещение".to_owned(),
            kind: "periodic".to_owned(),
            facility: "Үлгі мекеме / Учебное учреждение".to_owned(),
            team: colleague.member.into_iter().collect(),
            forms: vec!["F00".to_owned(), "F01".to_owned()],
        })
        .await?;
    let senim_app::Response::Visit(made) = made else {
        return Err(Failed::new("internal", "no visit was made"));
    };
    for (kind, kk, ru, en) in [
        ("block", "1-корпус", "Корпус 1", "Block 1"),
        (
            "quarantine",
            "Карантин бөлімшесі",
            "Карантинное отделение",
            "Quarantine unit",
        ),
        (
            "yard",
            "Серуендеу ауласы",
            "Прогулочный двор",
            "Exercise yard",
        ),
    ] {
        let name = Words {
            kk: kk.to_owned(),
            ru: ru.to_owned(),
            en: en.to_owned(),
        };
        leader
            .ask(Request::AddPlace {
                visit: made.visit,
                kind: kind.to_owned(),
                name,
                parent: None,
            })
            .await?;
    }
    Ok(())
}

async fn wait_for_the_end() -> Result<(), Failed> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut stdin = tokio::io::stdin();
    let mut rest = Vec::new();
    tokio::select! {
        read = stdin.read_to_end(&mut rest) => { read?; }
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

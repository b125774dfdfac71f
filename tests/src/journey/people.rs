//! People with vaults of their own, and what they ask.

use std::path::Path;
use std::sync::Arc;

use senim_app::gate::GateRunner;
use senim_app::{App, Reply, Request, Response, SystemClock};
use senim_cli::demo::people::Person;
use senim_ids::{DocId, MemberId, PlaceId};

use super::{Outcome, senim_program};

/// The passphrase of every vault.
pub(crate) const PASSPHRASE: &str = "journey passphrase of six plain words";

/// An app on a folder, with the real program as its admission gate.
pub(crate) fn app(folder: &Path) -> Outcome<App> {
    let gate = GateRunner::Child(senim_program()?);
    Ok(App::with(folder.to_owned(), Arc::new(SystemClock), gate))
}

/// Someone with a new vault.
pub(crate) async fn person(folder: &Path, name: &str) -> Outcome<Person> {
    Ok(Person::with(app(folder)?, name, PASSPHRASE).await?)
}

/// One item of the penal colony checklist at one place.
pub(crate) fn answer(
    visit: DocId,
    place: PlaceId,
    item: &str,
    answer: &str,
    note: &str,
) -> Request {
    Request::Answer {
        visit,
        form: "F01".to_owned(),
        item: item.to_owned(),
        row: None,
        place: Some(place),
        answer: Some(answer.to_owned()),
        evidence: vec!["seen".to_owned()],
        note: Some(note.to_owned()),
        observed_at: None,
    }
}

/// The figure of people held: one value for all.
pub(crate) fn figure(visit: DocId, value: &str) -> Request {
    Request::SetHeader {
        visit,
        form: "F00".to_owned(),
        item: "f00_04_actual".to_owned(),
        answer: Some(value.to_owned()),
    }
}

/// Unlocks with the right passphrase.
pub(crate) fn unlock() -> Request {
    Request::Unlock {
        passphrase: PASSPHRASE.to_owned(),
    }
}

/// Whether a note or answer stands on this tablet in readable form.
pub(crate) async fn knows(person: &Person, text: &str) -> Outcome<bool> {
    let search = Request::Search {
        text: text.to_owned(),
    };
    match person.ask(search).await? {
        Response::Found(found) => Ok(found.hits.iter().any(|hit| hit.text.contains(text))),
        _ => Err("search answered with something else".into()),
    }
}

/// The codes of what waits or was refused, sorted.
pub(crate) async fn quarantine(person: &Person) -> Outcome<Vec<String>> {
    match person.ask(Request::Quarantine).await? {
        Response::Quarantine(view) => {
            let mut codes: Vec<String> = view.records.into_iter().map(|row| row.code).collect();
            codes.sort();
            Ok(codes)
        }
        _ => Err("quarantine answered with something else".into()),
    }
}

/// Why one envelope waits or was refused; `None` if it did neither.
pub(crate) async fn fate(person: &Person, envelope: &str) -> Outcome<Option<(String, bool)>> {
    match person.ask(Request::Quarantine).await? {
        Response::Quarantine(view) => Ok(view
            .records
            .into_iter()
            .find(|row| row.envelope == envelope)
            .map(|row| (row.code, row.waits))),
        _ => Err("quarantine answered with something else".into()),
    }
}

/// All or the new envelopes as a bundle for one member.
pub(crate) async fn export(from: &Person, to: MemberId, everything: bool) -> Outcome<Vec<u8>> {
    let request = Request::ExportBundle {
        members: vec![to],
        everything,
    };
    let Reply { bytes, .. } = from.app().dispatch(request, Vec::new()).await?;
    bytes.ok_or_else(|| "no bundle beside the answer".into())
}

/// Takes a bundle; how many records it applied.
pub(crate) async fn import(to: &Person, bundle: Vec<u8>) -> Outcome<u32> {
    let reply = to.app().dispatch(Request::ImportBundle, bundle).await?;
    match reply.response {
        Response::Synced(view) => Ok(view.applied),
        _ => Err("an import answered with something else".into()),
    }
}

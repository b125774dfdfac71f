//! `senim requests`: every request with an example.

use senim_app::Request;
use senim_app::ids::{DeviceId, DocId, MemberId, PlaceId, Role};
use senim_app::view::Words;

use crate::command::say;
use crate::fail::Failed;

/// Prints a JSON list of `{"op", "example"}`.
///
/// # Errors
/// [`Failed`] if standard output is closed.
pub(crate) fn print() -> Result<(), Failed> {
    let rows: Vec<serde_json::Value> = examples()
        .iter()
        .map(|request| serde_json::json!({"op": request.op(), "example": request}))
        .collect();
    let json = serde_json::to_string_pretty(&rows)
        .map_err(|_| Failed::new("internal", "the list could not be written"))?;
    say(&json)
}

/// One of each request, in the order of the enum.
pub(crate) fn examples() -> Vec<Request> {
    let mut all = of_the_vault();
    all.extend(of_the_organisation());
    all.extend(of_visits());
    all.extend(of_answers());
    all.extend(of_sync());
    all
}

fn of_the_vault() -> Vec<Request> {
    let passphrase = "six words that nobody else knows".to_owned();
    vec![
        Request::Status,
        Request::CreateVault {
            passphrase: passphrase.clone(),
        },
        Request::Unlock { passphrase },
        Request::Lock,
    ]
}

fn of_the_organisation() -> Vec<Request> {
    let request = "SENIM:J:…".to_owned();
    vec![
        Request::FoundOrganisation {
            name: "Example".into(),
            member_name: "Example".into(),
        },
        Request::Organisation,
        Request::SetServer {
            origin: "https://127.0.0.1:8443".into(),
            pins: vec!["00".repeat(32)],
        },
        Request::FoundingList,
        Request::MakeInvite,
        Request::MakeJoinRequest {
            invite: "SENIM:I:…".into(),
        },
        Request::ReadJoinRequest {
            request: request.clone(),
        },
        Request::AdmitDevice {
            request,
            member: None,
            name: Some("Example".into()),
            role: Role::Member,
        },
        Request::RevokeDevice {
            device: DeviceId::from_bytes([1; 16]),
        },
        Request::RemoveMember {
            member: MemberId::from_bytes([2; 8]),
        },
    ]
}

fn of_visits() -> Vec<Request> {
    let visit = DocId::from_bytes([3; 32]);
    let member = MemberId::from_bytes([2; 8]);
    let name = Words {
        kk: "1-корпус".into(),
        ru: "Корпус 1".into(),
        en: "Block 1".into(),
    };
    vec![
        Request::ListVisits,
        Request::CreateVisit {
            title: "Example".into(),
            kind: "special".into(),
            facility: "Example".into(),
            team: vec![member],
            forms: vec!["F00".into(), "F01".into()],
        },
        Request::Visit { visit },
        Request::AddPlace {
            visit,
            kind: "block".into(),
            name,
            parent: None,
        },
        Request::GrantAccess {
            visit,
            member,
            may_share: false,
        },
        Request::WithdrawAccess { visit, member },
    ]
}

fn of_answers() -> Vec<Request> {
    let visit = DocId::from_bytes([3; 32]);
    let place = Some(PlaceId::from_bytes([4; 8]));
    vec![
        Request::Section {
            visit,
            form: "F01".into(),
            section: "f01_s2".into(),
            place,
        },
        Request::Answer {
            visit,
            form: "F01".into(),
            item: "f01_06".into(),
            row: None,
            place,
            answer: Some("partly".into()),
            evidence: vec!["seen".into()],
            note: Some("Example".into()),
            observed_at: None,
        },
        Request::SetHeader {
            visit,
            form: "F00".into(),
            item: "f00_04_actual".into(),
            answer: Some("312".into()),
        },
        Request::OpenValues { visit },
        Request::Resolve {
            visit,
            key: "head/F00/f00_04_actual".into(),
            seen: vec!["…".into(), "…".into()],
            chosen: "…".into(),
        },
        Request::Differences { visit },
        Request::Search {
            text: "дәретхана".into(),
        },
    ]
}

fn of_sync() -> Vec<Request> {
    vec![
        Request::Sync,
        Request::SyncStatus,
        Request::Quarantine,
        Request::ExportBundle {
            members: vec![MemberId::from_bytes([2; 8])],
            everything: false,
        },
        Request::ImportBundle,
    ]
}

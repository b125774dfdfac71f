//! Roster log and admit list.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::cognitive_complexity,
    reason = "a test tells one story from beginning to end, and a fault ends it"
)]

mod support;

use senim_wire::admit::{AdmitList, AdmitReply};
use senim_wire::cbor::Bytes;
use senim_wire::envelope::Kind;
use senim_wire::refusal::Refusal;
use senim_wire::{AuthKey, EnvelopeId};
use support::{
    ORG, OTHER_ORG, Relay, Tablet, admit_request, append, id, mailbox, sealed, sign_list,
    signed_list, wide,
};
use sync_server::store::{Founding, Store};

fn entry(n: u64) -> Vec<u8> {
    sealed(Kind::RosterEntry, mailbox(7), n, 400)
}

fn removal(n: u64) -> Vec<u8> {
    sealed(Kind::Removal, mailbox(7), n, 400)
}

fn done(reply: AdmitReply) -> (u64, Vec<u64>) {
    let AdmitReply::Done {
        roster_upto,
        roster,
    } = reply
    else {
        panic!("moved")
    };
    (
        roster_upto,
        roster.iter().map(|item| item.position).collect(),
    )
}

#[tokio::test]
async fn of_eight_who_append_at_once_exactly_one_wins_each_time() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(8).await;
    let mut last: Option<EnvelopeId> = None;
    for round in 0..6 {
        let attempts = tablets.iter().zip(0..).map(|(tablet, n)| {
            let (tablet, entry) = (tablet.clone(), entry(round * 8 + n));
            let mut request = append(last, &entry);
            request.roster_after = round;
            tokio::spawn(async move { (id(&entry), tablet.admit(&request).await.unwrap()) })
        });
        let mut winners = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.unwrap() {
                (id, AdmitReply::Done { roster_upto, .. }) => {
                    assert_eq!(roster_upto, round + 1);
                    winners.push(id);
                }
                (_, AdmitReply::Moved { roster }) => {
                    let positions: Vec<u64> = roster.iter().map(|item| item.position).collect();
                    assert_eq!(
                        positions,
                        [round + 1],
                        "the tail after the client's position"
                    );
                }
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        last = Some(winners[0]);
    }
    assert!(relay.store.audit().await.unwrap().is_whole());
}

#[tokio::test]
async fn a_repeat_after_a_lost_reply_is_no_conflict() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let first = append(None, &entry(1));
    assert_eq!(done(tablets[0].admit(&first).await.unwrap()), (1, vec![]));
    assert_eq!(done(tablets[0].admit(&first).await.unwrap()), (1, vec![]));
    // Together with its list, too; the list alone is not newer than itself.
    let mut second = append(Some(id(&entry(1))), &entry(2));
    second.list = Some(signed_list(ORG, 2, &[&tablets[0]], &tablets[0]));
    assert_eq!(done(tablets[0].admit(&second).await.unwrap()), (2, vec![1]));
    assert_eq!(done(tablets[0].admit(&second).await.unwrap()), (2, vec![1]));
    let mut alone = admit_request();
    alone.list = second.list;
    assert_eq!(
        tablets[0].admit(&alone).await.unwrap_err(),
        (403, Refusal::ListRefused)
    );
}

#[tokio::test]
async fn removals_are_appended_in_any_order_and_once() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    tablets[0].admit(&append(None, &entry(1))).await.unwrap();
    let mut removing = admit_request();
    removing.removals = vec![Bytes(removal(1)), Bytes(removal(2)), Bytes(removal(1))];
    removing.roster_after = 1;
    assert_eq!(
        done(tablets[1].admit(&removing).await.unwrap()),
        (3, vec![])
    );
    assert_eq!(
        done(tablets[0].admit(&removing).await.unwrap()),
        (3, vec![])
    );
    // A removal is not what an entry builds on.
    let next = append(Some(id(&entry(1))), &entry(2));
    assert_eq!(
        done(tablets[0].admit(&next).await.unwrap()),
        (4, vec![1, 2, 3])
    );
    let on_removal = append(Some(id(&removal(2))), &entry(3));
    let moved = tablets[0].admit(&on_removal).await.unwrap();
    assert!(matches!(moved, AdmitReply::Moved { roster } if roster.len() == 4));
}

#[tokio::test]
async fn entries_and_removals_are_not_confused() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(1).await;
    let mut smuggled = admit_request();
    smuggled.removals = vec![Bytes(entry(1))];
    let malformed = (400, Refusal::Malformed);
    assert_eq!(tablets[0].admit(&smuggled).await.unwrap_err(), malformed);
    assert_eq!(
        tablets[0]
            .admit(&append(None, &removal(1)))
            .await
            .unwrap_err(),
        malformed
    );
    let record = support::record(1, 1);
    assert_eq!(
        tablets[0].admit(&append(None, &record)).await.unwrap_err(),
        malformed
    );
    let mut many = admit_request();
    many.removals = (0..65).map(|n| Bytes(removal(n))).collect();
    assert_eq!(tablets[0].admit(&many).await.unwrap_err(), malformed);
    let large = sealed(
        Kind::RosterEntry,
        mailbox(7),
        1,
        Kind::RosterEntry.cap() + 1,
    );
    let large = tablets[0].admit(&append(None, &large)).await.unwrap_err();
    assert_eq!(large, (413, Refusal::TooLarge));
    assert_eq!(relay.store.audit().await.unwrap().roster, 0);
}

#[tokio::test]
async fn a_list_follows_only_forward_and_only_by_the_keys_of_the_one_before() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(3).await;
    let (aigul, bolat, dana) = (&tablets[0], &tablets[1], &tablets[2]);
    let everyone = [aigul, bolat, dana];
    let sorted = |mut keys: Vec<AuthKey>| {
        keys.sort();
        keys
    };
    let list = |version, org, admit: Vec<AuthKey>| AdmitList {
        org,
        version,
        auth: sorted(everyone.iter().map(|tablet| tablet.key()).collect()),
        admit: sorted(admit),
    };
    let with = |list| {
        let mut request = append(None, &entry(1));
        request.list = Some(list);
        request
    };
    let mut forged = sign_list(&list(2, ORG, vec![aigul.key()]), bolat);
    forged.key = aigul.key();
    let mut damaged = signed_list(ORG, 2, &everyone, aigul);
    damaged.list.0[3] ^= 1;
    let mut unsorted = list(2, ORG, vec![aigul.key()]);
    unsorted.auth.reverse();
    let mut weak = list(2, ORG, vec![aigul.key()]);
    weak.auth.insert(0, AuthKey::from_bytes([0; 32]));
    for (why, refused) in [
        ("same version", signed_list(ORG, 1, &everyone, aigul)),
        ("older", signed_list(ORG, 0, &everyone, aigul)),
        (
            "signed by a key of its own only",
            sign_list(&list(2, ORG, vec![bolat.key()]), bolat),
        ),
        ("forged", forged),
        ("damaged", damaged),
        (
            "another organisation",
            signed_list(OTHER_ORG, 2, &everyone, aigul),
        ),
        ("unsorted", sign_list(&unsorted, aigul)),
        ("weak key", sign_list(&weak, aigul)),
        (
            "nobody may sign the next",
            sign_list(&list(2, ORG, vec![]), aigul),
        ),
    ] {
        let refused = aigul.admit(&with(refused)).await.unwrap_err();
        assert_eq!(refused, (403, Refusal::ListRefused), "{why}");
    }
    assert_eq!(
        relay.store.audit().await.unwrap().roster,
        0,
        "the entry waits for its list"
    );
    // Handing over: the next list is Bolat's to sign, and no longer Aigul's.
    let handed = sign_list(&list(2, ORG, vec![bolat.key()]), aigul);
    aigul.admit(&with(handed)).await.unwrap();
    let late = admit_request_with(signed_list(ORG, 3, &everyone, aigul));
    assert_eq!(
        aigul.admit(&late).await.unwrap_err(),
        (403, Refusal::ListRefused)
    );
    let next = admit_request_with(sign_list(&list(9, ORG, vec![bolat.key()]), bolat));
    dana.admit(&next).await.unwrap();
}

fn admit_request_with(list: senim_wire::admit::SignedAdmitList) -> senim_wire::admit::AdmitRequest {
    let mut request = admit_request();
    request.list = Some(list);
    request
}

#[tokio::test]
async fn a_list_waits_for_the_entry_it_comes_with() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    tablets[0].admit(&append(None, &entry(1))).await.unwrap();
    let mut lost_race = append(None, &entry(2));
    lost_race.removals = vec![Bytes(removal(1))];
    lost_race.list = Some(signed_list(ORG, 2, &[&tablets[0]], &tablets[0]));
    let reply = tablets[0].admit(&lost_race).await.unwrap();
    assert!(matches!(reply, AdmitReply::Moved { .. }));
    assert_eq!(
        relay.store.audit().await.unwrap().roster,
        1,
        "no removal either"
    );
    tablets[1].exchange(&tablets[1].request()).await.unwrap();
}

#[tokio::test]
async fn a_device_may_leave_by_itself_and_only_itself() {
    let relay = Relay::start(wide()).await;
    let tablets = relay.team(2).await;
    let mut leaving = admit_request();
    leaving.leave = true;
    tablets[1].admit(&leaving).await.unwrap();
    let out = (401, Refusal::NotAdmitted);
    assert_eq!(
        tablets[1]
            .exchange(&tablets[1].request())
            .await
            .unwrap_err(),
        out
    );
    assert_eq!(tablets[1].admit(&leaving).await.unwrap_err(), out);
    tablets[0].exchange(&tablets[0].request()).await.unwrap();
}

#[tokio::test]
async fn a_key_belongs_to_one_organisation() {
    let relay = Relay::start(wide()).await;
    let ours = relay.org(ORG, 1, 1).await;
    let mut theirs = relay.org(OTHER_ORG, 50, 1).await;
    theirs[0].log_in().await.unwrap();
    let grab = admit_request_with(signed_list(
        OTHER_ORG,
        2,
        &[&theirs[0], &ours[0]],
        &theirs[0],
    ));
    assert_eq!(
        theirs[0].admit(&grab).await.unwrap_err(),
        (403, Refusal::ListRefused)
    );
    let third = senim_wire::WireOrgId::from_bytes([3; 16]);
    let founding = signed_list(third, 1, &[&ours[0]], &ours[0]);
    assert_eq!(
        relay.store.found(&founding).await,
        Ok(Founding::ListRefused)
    );
}

#[tokio::test]
async fn founding_happens_once_and_by_a_key_that_the_list_names() {
    let relay = Relay::start(wide()).await;
    let (admin, other) = (Tablet::new(1, &relay.base), Tablet::new(2, &relay.base));
    let mut foreign = signed_list(ORG, 1, &[&admin], &other);
    foreign.key = admin.key();
    assert_eq!(
        relay.store.found(&foreign).await,
        Ok(Founding::ListRefused),
        "signature"
    );
    let list = AdmitList {
        org: ORG,
        version: 1,
        auth: vec![],
        admit: vec![other.key()],
    };
    let unnamed = sign_list(&list, &admin);
    assert_eq!(
        relay.store.found(&unnamed).await,
        Ok(Founding::ListRefused),
        "not named"
    );
    let list = signed_list(ORG, 1, &[&admin], &admin);
    assert_eq!(relay.store.found(&list).await, Ok(Founding::Founded));
    let again = signed_list(ORG, 2, &[&admin, &other], &admin);
    assert_eq!(relay.store.found(&again).await, Ok(Founding::Exists));
    assert_eq!(relay.store.admission(&other.key()).await, Ok(None));
}

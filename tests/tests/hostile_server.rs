//! A server, or what stands before it, that fails or lies: each is told by its code, what was saved stays in sight, and with the real server
//! again everybody has everything.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "the numbers of a journey are small"
)]

#[path = "../src/journey/mod.rs"]
mod journey;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use journey::front::{Asked, Deed, acceptor, http};
use journey::people::{answer, export, import, knows, person, quarantine};
use journey::team::{Team, admit_list, found};
use journey::{Outcome, code, travel, within};
use senim_app::{Request, Response};
use senim_cli::demo::people::Person;
use senim_ids::{ErrorCode, Role};
use senim_wire::exchange::{ExchangeReply, PutResult, Stored};
use senim_wire::{LogId, MailboxId};

const CBOR: &str = "application/cbor";

/// What exists only on this tablet.
async fn unsent(person: &Person) -> Outcome<u32> {
    match person.ask(Request::SyncStatus).await? {
        Response::SyncStatus(view) => Ok(view.unsealed + view.unsent),
        _ => Err("sync-status answered with something else".into()),
    }
}

/// One saves something new; the sync ends with `expected`, loses nothing, and says what happened.
async fn fails(team: &Team, note: &str, item: &str, expected: ErrorCode) -> Outcome {
    let aigul = team.tablet(0);
    aigul
        .ask(answer(team.visit, team.place, item, "no", note))
        .await?;
    let ended = within(60, "a sync against a broken server ends", aigul.sync()).await?;
    assert_eq!(code(ended), Some(expected), "{note}");
    assert!(knows(aigul, note).await?, "{note}: saved means saved");
    assert!(unsent(aigul).await? > 0, "{note}: not sent, and said so");
    let Response::SyncStatus(status) = aigul.ask(Request::SyncStatus).await? else {
        return Err("no status".into());
    };
    assert_eq!(status.last_error, Some(expected), "{note}");
    Ok(())
}

#[test]
fn what_is_not_the_server_is_told_apart_and_heals() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let portal = b"<html><body>Wi-Fi: sign in</body></html>";
        let gzip = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8,
        ];
        let replies = [
            http("200 OK", "text/html", "", portal),
            http("200 OK", CBOR, "", portal),
            http(
                "302 Found",
                "text/html",
                "location: https://127.0.0.1:1/\r\n",
                b"",
            ),
            http(
                "307 Temporary Redirect",
                CBOR,
                "location: /elsewhere\r\n",
                b"",
            ),
            http("200 OK", CBOR, "content-encoding: gzip\r\n", &gzip),
            http("502 Bad Gateway", "text/html", "", b"<h1>502</h1>"),
            http("204 No Content", CBOR, "", b""),
            b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
        ];
        for (number, reply) in replies.into_iter().enumerate() {
            team.front.plan(move |_| Deed::Say(reply.clone()));
            let expected = if number == 7 {
                ErrorCode::ServerSlow
            } else {
                ErrorCode::NotAServer
            };
            fails(&team, &format!("портал 31{number}0"), "f01_03", expected).await?;
        }
        team.front.plan(|_| Deed::Endless);
        fails(&team, "шексіз 3200", "f01_03", ErrorCode::NotAServer).await?;
        team.front.honest();
        team.rest().await?;
        team.converged(1).await
    })
}

#[test]
fn cut_lines_and_silent_ones_are_slow_and_heal() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        for cut in [0, 1, 20, 100] {
            // The request was stored; only the answer broke off. It is sent again, and counts once.
            team.front.next_exchanges([Deed::Cut(cut)]);
            fails(
                &team,
                &format!("үзілді 33{cut}"),
                "f01_04",
                ErrorCode::ServerSlow,
            )
            .await?;
        }
        team.front.next_exchanges([Deed::Hang]);
        fails(&team, "үнсіз 3401", "f01_04", ErrorCode::ServerSlow).await?;
        team.rest().await?;
        team.keeper.verify().await?;
        team.converged(1).await
    })
}

#[test]
fn no_server_and_another_key_are_told_and_heal() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        team.front.shut().await?;
        fails(
            &team,
            "желі жоқ 3501",
            "f01_05",
            ErrorCode::ServerUnreachable,
        )
        .await?;
        team.front.reopen().await?;
        let own = team.front.show_key(acceptor()?.0);
        team.front.take_asked();
        fails(
            &team,
            "басқа кілт 3502",
            "f01_05",
            ErrorCode::ServerKeyRefused,
        )
        .await?;
        assert!(
            team.front.take_asked().is_empty(),
            "nothing was said to a stranger"
        );
        team.front.show_key(own);
        team.rest().await?;
        team.converged(1).await
    })
}

/// The other saved something and sent it; the next reply to this tablet is edited.
async fn edited(
    team: &Team,
    note: &str,
    item: &str,
    edit: impl FnOnce(&mut ExchangeReply) + Send + 'static,
) -> Outcome<Option<ErrorCode>> {
    let (aigul, bolat) = (team.tablet(0), team.tablet(1));
    aigul
        .ask(answer(team.visit, team.place, item, "no", note))
        .await?;
    aigul.sync().await?;
    team.front.next_exchanges([Deed::reply(edit)]);
    let ended = within(60, "a sync against a liar ends", bolat.sync()).await?;
    team.front.honest();
    Ok(code(ended))
}

#[test]
fn replies_that_contradict_the_request_are_thrown_away() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        type Edit = fn(&mut ExchangeReply);
        let edits: [(&str, Edit); 9] = [
            ("кері", |reply| {
                reply.watched.iter_mut().for_each(|w| w.after = 0)
            }),
            ("бөтен қорап", |reply| {
                reply
                    .watched
                    .iter_mut()
                    .for_each(|w| w.mailbox = MailboxId::from_bytes([5; 16]));
            }),
            ("бөтен дене", |reply| {
                for body in &mut reply.bodies {
                    body.envelope.0.splice(6..22, [7; 16]);
                }
            }),
            ("кесілген", |reply| {
                reply
                    .bodies
                    .iter_mut()
                    .for_each(|b| b.envelope.0.truncate(60))
            }),
            ("магия", |reply| {
                reply
                    .bodies
                    .iter_mut()
                    .filter_map(|b| b.envelope.0.first_mut())
                    .for_each(|b| *b ^= 1);
            }),
            ("тағдыр", |reply| {
                reply.stored = Stored::Done {
                    puts: vec![PutResult::Kept { seq: 1 }],
                    keyboxes: Vec::new(),
                };
            }),
            ("тізім", |reply| {
                reply.roster = vec![senim_wire::exchange::Numbered {
                    position: 900,
                    bytes: vec![1; 100].into(),
                }];
            }),
            ("кілт артта", |reply| reply.keybox_upto = 0),
            ("нұсқа", |reply| reply.version = 77),
        ];
        for (number, (name, edit)) in edits.into_iter().enumerate() {
            let note = format!("{name} 41{number}5");
            let ended = edited(&team, &note, "f01_03", edit).await?;
            let version = (name == "нұсқа").then_some(ErrorCode::VersionRefused);
            // A server that went back is believed to have forgotten; all else is none of ours.
            let went_back = matches!(name, "кері" | "кілт артта");
            let expected = version.or((!went_back).then_some(ErrorCode::NotAServer));
            assert_eq!(ended, expected, "{name}");
            team.rest().await?;
            assert!(knows(team.tablet(1), &note).await?, "{name}");
        }
        team.converged(1).await
    })
}

#[test]
fn positions_that_jump_hide_nothing_for_good() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let bolat = team.tablet(1);
        type Edit = fn(&mut ExchangeReply);
        let edits: [(&str, Edit); 5] = [
            ("секіріс", |reply| {
                reply.bodies.clear();
                reply.watched.iter_mut().for_each(|w| w.after += 1_000_000);
            }),
            ("кілт секірісі", |reply| {
                reply.keybox_upto += 1_000_000
            }),
            ("шеті", |reply| {
                reply.bodies.clear();
                reply.watched.iter_mut().for_each(|w| w.after = u64::MAX);
            }),
            ("кілт шеті", |reply| reply.keybox_upto = u64::MAX),
            ("жасырылған", |reply| reply.bodies.clear()),
        ];
        for (number, (name, edit)) in edits.into_iter().enumerate() {
            let note = format!("{name} 42{number}6");
            // Whether this one sync fails is no matter; what counts is that the lie does not outlive it.
            edited(&team, &note, "f01_03", edit).await?;
            let heals = within(60, "the next sync ends", bolat.sync()).await?;
            assert_eq!(code(heals), None, "{name}: one lie must not stop a tablet");
            assert!(knows(bolat, &note).await?, "{name}: hidden for good");
        }
        team.rest().await?;
        team.converged(1).await
    })
}

#[test]
fn envelopes_in_another_order_doubled_or_replayed_change_nothing() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let (aigul, bolat) = (team.tablet(0), team.tablet(1));
        for (item, note) in [
            ("f01_03", "бір 5101"),
            ("f01_04", "екі 5102"),
            ("f01_05", "үш 5103"),
        ] {
            aigul
                .ask(answer(team.visit, team.place, item, "no", note))
                .await?;
            aigul.sync().await?;
        }
        team.front.next_exchanges([Deed::reply(|reply| {
            reply.bodies.reverse();
            let doubled = reply.bodies.clone();
            reply.bodies.extend(doubled);
        })]);
        bolat.sync().await?;
        assert!(knows(bolat, "үш 5103").await?);
        // All of it once more, long after, as if it were new.
        let replayed = Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = Arc::clone(&replayed);
        team.front.next_exchanges([Deed::Edit(
            Box::new(|request| {
                if let senim_wire::exchange::Read::Watch { mailboxes } = &mut request.read {
                    mailboxes.iter_mut().for_each(|w| w.after = 0);
                }
            }),
            Box::new(move |_, reply| {
                if let Ok(mut kept) = kept.lock() {
                    *kept = reply.bodies.clone();
                }
            }),
        )]);
        let again = bolat.sync().await?;
        assert_eq!((again.applied, again.refused), (0, 0));
        assert!(
            replayed.lock().is_ok_and(|bodies| bodies.len() >= 3),
            "control"
        );
        team.rest().await?;
        assert!(quarantine(bolat).await?.is_empty());
        team.converged(3).await
    })
}

#[test]
fn a_damaged_copy_is_told_and_a_colleagues_file_heals_it() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let bolat = team.tablet(1);
        type Edit = fn(&mut Vec<u8>);
        let edits: [(&str, Edit); 3] = [
            ("бит", |bytes| {
                bytes.iter_mut().skip(500).take(1).for_each(|b| *b ^= 0x10)
            }),
            ("кесік", |bytes| bytes.truncate(400)),
            ("нонс", |bytes| {
                bytes.iter_mut().skip(30).take(1).for_each(|b| *b ^= 1)
            }),
        ];
        for (number, (name, edit)) in edits.into_iter().enumerate() {
            let note = format!("{name} 52{number}7");
            let ended = edited(&team, &note, "f01_03", move |reply| {
                reply
                    .bodies
                    .iter_mut()
                    .for_each(|body| edit(&mut body.envelope.0));
            })
            .await?;
            assert_eq!(ended, None, "{name}");
            assert!(!knows(bolat, &note).await?, "{name}: never half of it");
            assert!(
                quarantine(bolat).await?.contains(&"damaged".to_owned()),
                "{name}"
            );
            let file = export(team.tablet(0), team.member(1)?, true).await?;
            assert_eq!(import(bolat, file).await?, 1, "{name}");
            assert!(knows(bolat, &note).await?, "{name}");
        }
        team.rest().await?;
        team.converged(1).await
    })
}

#[test]
fn a_server_that_names_another_log_is_given_everything_again() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат"]).await?;
        let aigul = team.tablet(0);
        aigul
            .ask(answer(
                team.visit,
                team.place,
                "f01_03",
                "no",
                "журнал 6101",
            ))
            .await?;
        team.rest().await?;
        let other = LogId::from_bytes([0x66; 16]);
        team.front
            .next_exchanges([Deed::reply(move |reply| reply.log = other)]);
        let offered = aigul.sync().await?;
        assert!(
            offered.sent >= 2,
            "all own envelopes and keyboxes: {}",
            offered.sent
        );
        team.rest().await?;
        team.keeper.verify().await?;
        team.converged(1).await
    })
}

#[test]
fn kept_lies_come_to_light_when_the_log_changes() -> Outcome {
    travel(async {
        let mut team = Team::gather(&["Айгүл", "Болат"]).await?;
        let aigul = team.tablet(0);
        aigul
            .ask(answer(team.visit, team.place, "f01_03", "no", "алдау 6201"))
            .await?;
        let dropped = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&dropped);
        team.front.next_exchanges([Deed::Edit(
            Box::new(move |request| {
                counted.store(request.puts.len(), Ordering::SeqCst);
                request.puts.clear();
            }),
            Box::new({
                let dropped = Arc::clone(&dropped);
                move |_, reply| {
                    reply.stored = Stored::Done {
                        puts: vec![PutResult::Kept { seq: 1 }; dropped.load(Ordering::SeqCst)],
                        keyboxes: Vec::new(),
                    };
                }
            }),
        )]);
        aigul.sync().await?;
        assert_eq!(
            dropped.load(Ordering::SeqCst),
            1,
            "control: the front took one away"
        );
        team.desk.sync().await?;
        assert!(
            !knows(&team.desk, "алдау 6201").await?,
            "control: it is on no server"
        );
        assert!(knows(aigul, "алдау 6201").await?);
        // The operator starts anew: the tablets heal the server, the swallowed record included.
        team.keeper.wipe().await?;
        team.keeper
            .add_organisation(&admit_list(&team.desk).await?)
            .await?;
        team.front.lead(Some(team.keeper.start().await?));
        team.rest().await?;
        assert!(knows(&team.desk, "алдау 6201").await?);
        team.keeper.verify().await?;
        team.converged(1).await
    })
}

#[test]
fn a_server_set_back_to_an_older_copy_is_healed() -> Outcome {
    travel(async {
        let mut team = Team::gather(&["Айгүл", "Болат"]).await?;
        let old = team.folder().join("old");
        team.keeper.kill().await?;
        copy(team.keeper.data(), &old)?;
        team.front.lead(Some(team.keeper.start().await?));
        for (number, note) in [(0, "кейін 6301"), (1, "кейін 6302")] {
            let person = team.tablet(number);
            person
                .ask(answer(team.visit, team.place, "f01_03", "no", note))
                .await?;
        }
        team.rest().await?;
        // The same database, as it was before: the log keeps its name and is shorter.
        team.keeper.kill().await?;
        std::fs::remove_dir_all(team.keeper.data())?;
        copy(&old, team.keeper.data())?;
        team.front.lead(Some(team.keeper.start().await?));
        team.rest().await?;
        team.keeper.verify().await?;
        // One who comes new has all of it from the healed server.
        let late = "соңғы 6303";
        team.tablet(0)
            .ask(answer(team.visit, team.place, "f01_04", "no", late))
            .await?;
        team.rest().await?;
        assert!(knows(&team.desk, late).await?);
        team.converged(3).await
    })
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Outcome {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[test]
fn a_roster_that_ends_before_the_invite_is_not_believed() -> Outcome {
    travel(async {
        let founded = found().await?;
        let desk = &founded.desk;
        let newcomer = person(&founded.folder.path().join("new"), "Жаңа").await?;
        let text = |answer: Response| match answer {
            Response::CodeText(view) => Ok(view.text),
            _ => Err("no code"),
        };
        let invite = text(desk.ask(Request::MakeInvite).await?)?;
        let request = text(newcomer.ask(Request::MakeJoinRequest { invite }).await?)?;
        desk.ask(Request::AdmitDevice {
            request,
            member: None,
            name: Some("Жаңа".to_owned()),
            role: Role::Member,
        })
        .await?;
        desk.sync().await?;
        // The roster as it was long ago: only the founding.
        founded.front.plan(|asked: &Asked| {
            if asked.is_exchange() {
                Deed::reply(|reply| reply.roster.truncate(1))
            } else {
                Deed::Pass
            }
        });
        let ended = within(60, "the first sync ends", newcomer.sync()).await?;
        let seen = code(newcomer.organisation().await);
        assert_eq!(seen, Some(ErrorCode::NoOrganisation), "after {ended:?}");
        founded.front.honest();
        newcomer.sync().await?;
        assert_eq!(newcomer.organisation().await?.members.len(), 2);
        Ok(())
    })
}

/// Whether one of this name is an active member, as `person` sees it.
async fn is_member(person: &Person, name: &str) -> Outcome<bool> {
    let members = person.organisation().await?.members;
    Ok(members
        .iter()
        .any(|member| member.name == name && member.active))
}

#[test]
fn a_removal_held_back_by_the_server_takes_effect_when_it_comes() -> Outcome {
    travel(async {
        let team = Team::gather(&["Айгүл", "Болат", "Дана"]).await?;
        let (aigul, dana) = (team.tablet(0), team.tablet(2));
        let member = team.member(2)?;
        team.desk.ask(Request::RemoveMember { member }).await?;
        team.desk.sync().await?;
        team.front.plan(|asked| {
            if asked.is_exchange() {
                Deed::Edit(
                    // The server is told the truth of the position, so that it stores; the tablet is not told what came.
                    Box::new(|request| request.roster_after += 1),
                    Box::new(|_, reply| reply.roster.clear()),
                )
            } else {
                Deed::Pass
            }
        });
        aigul
            .ask(answer(
                team.visit,
                team.place,
                "f01_03",
                "no",
                "жасырын 7101",
            ))
            .await?;
        within(60, "the sync ends", aigul.sync()).await?.ok();
        assert!(is_member(aigul, "Дана").await?, "control");
        assert!(knows(aigul, "жасырын 7101").await?);
        team.front.honest();
        let staying = [aigul, team.tablet(1), &team.desk];
        journey::team::rest(&staying).await?;
        assert!(!is_member(aigul, "Дана").await?);
        aigul
            .ask(answer(team.visit, team.place, "f01_04", "no", "кейін 7102"))
            .await?;
        journey::team::rest(&staying).await?;
        let file = export(aigul, team.member(1)?, true).await?;
        assert_eq!(
            code(dana.app().dispatch(Request::ImportBundle, file).await),
            Some(ErrorCode::BundleRefused)
        );
        assert!(!knows(dana, "кейін 7102").await?);
        journey::team::same_sight(&staying, team.visit).await
    })
}

//! A member with valid keys who puts what no app would: each is refused or waits under its own code, and nobody is held up.

#[path = "../src/journey/mod.rs"]
mod journey;

use automerge::transaction::Transactable as _;
use automerge::{ObjType, ROOT};
use journey::mallory::{
    CHANGE_CAP, Mallory, Place, act, actor_of, bare_change, bomb_frame, envelope_id, frame,
    next_change, observation, rng,
};
use journey::people::{answer, fate, knows};
use journey::team::{Team, found, same_sight};
use journey::{Outcome, travel, within};
use senim_cli::demo::people::Person;
use senim_ids::{ChangeHash, DeviceId, DocId, DocKind};
use senim_model::{AccessGranted, Act, Genesis, Nonce, VisitDecided};
use senim_seal::{DocKey, KeyboxDraft, KeyboxRow, SealedRecord, seal_keybox};
use senim_wire::MailboxId;
use senim_wire::envelope::Header;

const BOMB: &[u8] = include_bytes!("../../crates/model/tests/vectors/automerge/bomb_change.bin");
const HANG: &[u8] = include_bytes!("../../crates/model/tests/vectors/automerge/hang_bundle.bin");

/// Two honest tablets, a desk, and hostile devices on the visit's team.
async fn stage(hostile: usize) -> Outcome<(Team, Vec<Mallory>)> {
    let founded = found().await?;
    let people = founded.admit(&["Айгүл", "Болат"]).await?;
    let mut devices = Vec::new();
    for number in 0..hostile {
        devices.push(Mallory::join(&founded.desk, &format!("Қаскөй {number}")).await?);
    }
    let members: Vec<_> = devices.iter().map(|device| device.member).collect();
    let team = founded.set_out(people, &members).await?;
    for device in &mut devices {
        device.refresh().await?;
    }
    Ok((team, devices))
}

/// Everybody syncs in time; then honest work still goes to all, and all see the same.
async fn all_goes_on(team: &Team) -> Outcome {
    within(90, "nobody is held up", team.rest()).await??;
    let word = "жұмыс жүріп жатыр 5150";
    team.tablet(0)
        .ask(answer(team.visit, team.place, "f01_10", "yes", word))
        .await?;
    within(60, "nobody is held up", team.rest()).await??;
    for person in team.everybody() {
        assert!(knows(person, word).await?, "{}", person.name);
    }
    same_sight(&team.everybody(), team.visit).await
}

/// The same verdict on every tablet.
async fn fated(team: &Team, envelope: &[u8], expected: Fate) -> Outcome {
    for person in team.everybody() {
        let found = fate(person, &envelope_id(envelope)).await?;
        let found = found.as_ref().map(|(code, waits)| (code.as_str(), *waits));
        assert_eq!(found, expected, "{}", person.name);
    }
    Ok(())
}

/// A code and whether it waits; `None`: applied.
type Fate = Option<(&'static str, bool)>;

const fn refused(code: &'static str) -> Fate {
    Some((code, false))
}

const fn waits(code: &'static str) -> Fate {
    Some((code, true))
}

/// Sets the highest memory use of this process back to what it uses now; both in KiB.
fn memory(reset: bool) -> Outcome<u64> {
    if reset {
        std::fs::write("/proc/self/clear_refs", "5")?;
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmHWM")?.parse()?)
}

#[test]
fn bombs_take_neither_time_nor_memory() -> Outcome {
    travel(async {
        let (team, mut devices) = stage(4).await?;
        let none = ChangeHash::from_bytes([9; 32]);
        // Far more operations than one change may have, small as bytes.
        let mut many = Vec::new();
        let mut records = Vec::new();
        for (device, payload) in devices.iter().zip([
            Some(frame(BOMB)?),
            Some(frame(HANG)?),
            Some(bomb_frame()?),
            None,
        ]) {
            let place = device.first_place();
            records.push(match payload {
                Some(payload) => {
                    let author = device.secrets.device_id();
                    device.by_hand(team.visit, place, author, none, &payload)?
                }
                None => {
                    many = bare_change(device.actor(), |tx| {
                        (0..50_000).try_for_each(|n| tx.put(ROOT, "title", n % 2 == 0))
                    })?
                    .1;
                    device.seal(team.visit, place, Some(&many), &[])?.envelope
                }
            });
        }
        assert!(many.len() < CHANGE_CAP, "{} bytes", many.len());
        for (device, record) in devices.iter_mut().zip(&records) {
            device.put(std::slice::from_ref(record)).await?;
        }
        let before = memory(true)?;
        all_goes_on(&team).await?;
        let used = memory(false)?.saturating_sub(before);
        assert!(used < 192 * 1024, "{used} KiB more");
        for (record, code) in records
            .iter()
            .zip(["author", "author", "author", "too-many-ops"])
        {
            fated(&team, record, refused(code)).await?;
        }
        Ok(())
    })
}

#[test]
fn what_the_gate_refuses_is_refused_under_its_rule() -> Outcome {
    travel(async {
        let (team, mut devices) = stage(4).await?;
        let honest = team.tablet(0).organisation().await?;
        let theirs = actor_of(honest.device);
        let item = "f01_03";
        let [a, b, c, d] = devices.as_mut_slice() else {
            return Err("four devices".into());
        };
        // A key of another actor, under the own one.
        let key = format!("obs/F01/{item}/-/{}/{}/@{theirs}", team.place, honest.me);
        let (_, others) = bare_change(a.actor(), |tx| tx.put(ROOT, key, "жалған 6660"))?;
        // Another's actor outright, and the honest member as observer.
        let forged = observation(theirs, honest.me, team.place, item, "жалған 6661")?;
        let (_, map) = bare_change(c.actor(), |tx| {
            tx.put_object(ROOT, "visit", ObjType::Map).map(drop)
        })?;
        // A fine change on top of one that is refused.
        let mut document =
            automerge::Automerge::new().with_actor(automerge::ActorId::from(*d.actor().as_bytes()));
        let (_, base) = next_change(&mut document, |tx| {
            tx.put_object(ROOT, "rows", ObjType::List).map(drop)
        })?;
        let (_, leaf) = next_change(&mut document, |tx| tx.put(ROOT, "title", "жалған 6662"))?;
        let place = d.first_place();
        let base = d.seal(team.visit, place, Some(&base), &[])?;
        let leaf = d.seal(team.visit, place.after(&base), Some(&leaf), &[])?;
        let mut judged = Vec::new();
        for (device, change, code) in [
            (&mut *a, &others, "others-key"),
            (b, &forged, "other-actor"),
            (c, &map, "makes-object"),
        ] {
            let record = device.seal(team.visit, device.first_place(), Some(change), &[])?;
            device.put(std::slice::from_ref(&record.envelope)).await?;
            judged.push((record.envelope, refused(code)));
        }
        d.put(&[base.envelope.clone(), leaf.envelope.clone()])
            .await?;
        judged.push((base.envelope, refused("makes-object")));
        judged.push((leaf.envelope, waits("missing-change")));
        all_goes_on(&team).await?;
        for (envelope, fate) in &judged {
            fated(&team, envelope, *fate).await?;
        }
        // A refused record is a step of its chain: what its device says next is heard.
        let note = "түзелген сөз 6663";
        let next = Place {
            prev: None,
            ..a.first_place()
        };
        let first = a.seal(team.visit, next, Some(&others), &[])?;
        let good = a.observation(team.place, "f01_04", note)?;
        let good = a.seal(team.visit, next.after(&first), Some(&good), &[])?;
        a.put(&[good.envelope]).await?;
        team.rest().await?;
        for person in team.everybody() {
            assert!(knows(person, note).await?);
            for false_word in ["жалған 6660", "жалған 6661", "жалған 6662"] {
                assert!(!knows(person, false_word).await?);
            }
            assert_eq!(person.visit(team.visit).await?.title, journey::team::TITLE);
        }
        same_sight(&team.everybody(), team.visit).await
    })
}

/// A good observation of a hostile device at a place of its chain.
fn said(
    device: &Mallory,
    team: &Team,
    place: Place,
    item: &str,
    note: &str,
) -> Outcome<SealedRecord> {
    let change = device.observation(team.place, item, note)?;
    device.seal(team.visit, place, Some(&change), &[])
}

#[test]
fn a_gap_waits_and_closes() -> Outcome {
    travel(async {
        let (team, mut devices) = stage(1).await?;
        let device = devices.first_mut().ok_or("a device")?;
        let mut document = automerge::Automerge::new()
            .with_actor(automerge::ActorId::from(*device.actor().as_bytes()));
        let mut places = vec![device.first_place()];
        let mut records: Vec<SealedRecord> = Vec::new();
        for (number, place) in (0..3).map(|n| (n, n)) {
            let key = format!("place{number}");
            let (_, change) = next_change(&mut document, |tx| tx.put(ROOT, key, "x"))?;
            let at = *places.get(place).ok_or("a place")?;
            let record = device.seal(team.visit, at, Some(&change), &[])?;
            places.push(at.after(&record));
            records.push(record);
        }
        let [first, second, third] = records.as_slice() else {
            return Err("three records".into());
        };
        device
            .put(&[first.envelope.clone(), third.envelope.clone()])
            .await?;
        all_goes_on(&team).await?;
        fated(&team, &first.envelope, None).await?;
        fated(&team, &third.envelope, waits("gap")).await?;
        for person in team.everybody() {
            let waiting = person.visit(team.visit).await?.waits_for;
            assert_eq!(waiting, [device.secrets.device_id()]);
        }
        device.put(std::slice::from_ref(&second.envelope)).await?;
        team.rest().await?;
        for record in &records {
            fated(&team, &record.envelope, None).await?;
        }
        for person in team.everybody() {
            assert!(person.visit(team.visit).await?.waits_for.is_empty());
        }
        same_sight(&team.everybody(), team.visit).await
    })
}

#[test]
fn two_records_at_one_number_and_falling_numbers_are_told() -> Outcome {
    travel(async {
        let (team, mut devices) = stage(4).await?;
        let [twin, split, roster_fell, count_fell] = devices.as_mut_slice() else {
            return Err("four devices".into());
        };
        let place = twin.first_place();
        let one = said(twin, &team, place, "f01_03", "бір 8801")?;
        let other = said(twin, &team, place, "f01_04", "екі 8802")?;
        twin.put(&[one.envelope.clone(), other.envelope.clone()])
            .await?;
        // The same number over all documents, at the next place in this one.
        let at = Place {
            device_seq: 5,
            ..split.first_place()
        };
        let base = said(split, &team, at, "f01_03", "үш 8803")?;
        let beside = Place {
            device_seq: at.device_seq,
            ..at.after(&base)
        };
        let beside = said(split, &team, beside, "f01_04", "төрт 8804")?;
        split
            .put(&[base.envelope.clone(), beside.envelope.clone()])
            .await?;
        let mut fell = Vec::new();
        for (device, count) in [(roster_fell, false), (count_fell, true)] {
            let start = Place {
                device_seq: 9,
                ..device.first_place()
            };
            let base = said(device, &team, start, "f01_03", "бес 8805")?;
            let mut next = start.after(&base);
            if count {
                next.device_seq = 8;
            } else {
                next.roster_seq = next.roster_seq.saturating_sub(1);
            }
            let next = said(device, &team, next, "f01_04", "алты 8806")?;
            device
                .put(&[base.envelope.clone(), next.envelope.clone()])
                .await?;
            fated(&team, &base.envelope, None).await?;
            fell.push(next.envelope);
        }
        all_goes_on(&team).await?;
        fated(&team, &one.envelope, None).await?;
        fated(&team, &other.envelope, waits("fork")).await?;
        fated(&team, &beside.envelope, waits("fork")).await?;
        for envelope in &fell {
            fated(&team, envelope, refused("seq-fell")).await?;
        }
        for person in team.everybody() {
            assert!(knows(person, "бір 8801").await?);
            for never in ["екі 8802", "төрт 8804", "алты 8806"] {
                assert!(!knows(person, never).await?);
            }
        }
        Ok(())
    })
}

#[test]
fn nobody_speaks_in_anothers_name_or_place() -> Outcome {
    travel(async {
        let (team, mut devices) = stage(5).await?;
        let honest = team.tablet(0).organisation().await?.device;
        let visit = team.visit;
        let note = "біреудің атынан 9901";
        let mut judged: Vec<(Vec<u8>, Fate)> = Vec::new();
        let [named, nobody, lost, giver, other_key] = devices.as_mut_slice() else {
            return Err("five devices".into());
        };
        let change = observation(actor_of(honest), named.member, team.place, "f01_03", note)?;
        let hash = senim_seal::change_hash(&change)?;
        let payload = frame(&change)?;
        // Far above what the honest device has used, so that nothing but the signature speaks against it.
        let place = Place {
            device_seq: 900,
            ..named.first_place()
        };
        let forged = named.by_hand(visit, place, honest, hash, &payload)?;
        named.put(std::slice::from_ref(&forged)).await?;
        judged.push((forged, refused("author")));
        let unknown = DeviceId::from_bytes([0xd0; 16]);
        let forged = nobody.by_hand(visit, place, unknown, hash, &payload)?;
        nobody.put(std::slice::from_ref(&forged)).await?;
        judged.push((forged, waits("unknown-device")));
        // Under the visit's key, about another document.
        let held = lost.key_of(visit)?;
        let (mailbox, key) = (held.mailbox, DocKey::from_bytes(held.key.expose()));
        let elsewhere = sealed_about(lost, DocId::from_bytes([0xe1; 32]), mailbox, &key, &team)?;
        lost.put(std::slice::from_ref(&elsewhere)).await?;
        judged.push((elsewhere, refused("other-document")));
        // The key of the log handed to one who was not let in.
        let mut outsider = Mallory::join(&team.desk, "Бөтен").await?;
        let smuggled = sealed_about(&outsider, visit, mailbox, &key, &team)?;
        outsider.put(std::slice::from_ref(&smuggled)).await?;
        judged.push((smuggled, waits("no-access")));
        let faked = faked_acts(giver, &outsider, visit)?;
        giver.put(std::slice::from_ref(&faked)).await?;
        judged.push((faked, None));
        // A bit of the cipher turned on the way in, and a record cut off.
        let mut damaged = said(other_key, &team, other_key.first_place(), "f01_03", note)?.envelope;
        if let Some(last) = damaged.last_mut() {
            *last ^= 1;
        }
        other_key.put(std::slice::from_ref(&damaged)).await?;
        judged.push((damaged, refused("damaged")));
        all_goes_on(&team).await?;
        for (envelope, fate) in &judged {
            fated(&team, envelope, *fate).await?;
        }
        for person in team.everybody() {
            assert!(!knows(person, note).await?);
            let seen = person.visit(visit).await?;
            assert_eq!(seen.facility, "Мекеме 3380");
            let reads = |member| {
                seen.team
                    .iter()
                    .any(|row| row.member == member && row.reads)
            };
            assert!(reads(giver.member) && !reads(outsider.member));
        }
        Ok(())
    })
}

/// A record about any document under any key.
fn sealed_about(
    device: &Mallory,
    doc: DocId,
    mailbox: MailboxId,
    key: &DocKey,
    team: &Team,
) -> Outcome<Vec<u8>> {
    let change = device.observation(team.place, "f01_03", "біреудің атынан 9901")?;
    let place = device.first_place();
    let draft = senim_seal::RecordDraft {
        org: device.org,
        doc,
        mailbox,
        epoch: 0,
        device_seq: place.device_seq,
        doc_seq: place.doc_seq,
        prev: place.prev,
        roster_seq: place.roster_seq,
        change: Some(&change),
        acts: &[],
        seen: &[],
        wall_ms: senim_ids::UnixMillis(1),
        app_version: "0.0.0",
    };
    Ok(senim_seal::seal_record(&draft, &device.secrets, key, &mut rng())?.envelope)
}

/// Lets a stranger in, decides the visit anew, and makes the document once more, with no right to any of it.
fn faked_acts(giver: &Mallory, stranger: &Mallory, visit: DocId) -> Outcome<Vec<u8>> {
    let acts = [
        Act::AccessGranted(AccessGranted {
            member: stranger.member,
            may_share: true,
        }),
        Act::VisitDecided(VisitDecided {
            number: None,
            visit_type: "special".parse()?,
            facility: "Басқа мекеме".to_owned(),
            leader: giver.member,
            deputy: None,
            team: Vec::new(),
            forms: Vec::new(),
        }),
        Act::Genesis(Genesis {
            kind: DocKind::Visit,
            parent: None,
            nonce: Nonce([1; 16]),
        }),
    ];
    let acts = acts.iter().map(act).collect::<Outcome<Vec<_>>>()?;
    Ok(giver
        .seal(visit, giver.first_place(), None, &acts)?
        .envelope)
}

/// Where the newest of a person's own records lies, by the log the server holds.
async fn logs_of(spy: &Mallory) -> Outcome<Vec<MailboxId>> {
    let all = spy.all_envelopes().await?;
    all.iter()
        .map(|envelope| Ok(Header::parse(envelope)?.0.mailbox))
        .collect()
}

#[test]
fn nobody_writes_under_a_key_given_without_the_right_to() -> Outcome {
    travel(async {
        let (team, mut devices) = stage(1).await?;
        let device = devices.first_mut().ok_or("a device")?;
        let everybody: Vec<&Person> = team.everybody();
        let mut readers = Vec::new();
        for known in device.roster.devices().filter(|known| known.active()) {
            readers.push((known.id, *known.keys.enc()));
        }
        readers.sort_by_key(|(id, _)| *id);
        // The highest epoch there can be: every honest writer would choose it if it counted.
        let trap = KeyboxRow {
            doc: Some(team.visit),
            kind: Some(DocKind::Visit),
            epoch: u64::from(u32::MAX),
            parents: Vec::new(),
            mailbox: MailboxId::from_bytes([0xaa; 16]),
            key: DocKey::make(&mut rng()),
            readers: readers.iter().map(|(id, _)| *id).collect(),
        };
        let draft = KeyboxDraft {
            org: device.org,
            roster_seq: device.roster.head_seq(),
            wall_ms: senim_ids::UnixMillis(1),
            readers: &readers,
            rows: std::slice::from_ref(&trap),
        };
        let keybox = seal_keybox(&draft, &device.secrets, &mut rng())?;
        device.put_keybox(keybox).await?;
        all_goes_on(&team).await?;
        for person in &everybody {
            person
                .ask(answer(
                    team.visit,
                    team.place,
                    "f01_07",
                    "no",
                    "қақпан 4040",
                ))
                .await?;
        }
        team.rest().await?;
        device.refresh().await?;
        let logs = logs_of(device).await?;
        assert!(!logs.is_empty(), "control: the honest logs are seen");
        assert!(!logs.contains(&trap.mailbox));
        team.converged(4).await
    })
}

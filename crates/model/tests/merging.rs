//! What automerge does with what people write at the same time, and what our model makes of it.
//!
//! Each danger of protocol.md 4 stands here twice: as automerge alone behaves, so that the rule has its reason, and as we prevent it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::large_enum_variant,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/people.rs"]
mod people;

use automerge::transaction::Transactable;
use automerge::{Automerge, ObjType, ROOT, ReadDoc};
use people::*;
use proptest::prelude::*;
use senim_ids::{ActorId, PlaceId, UnixMillis};
use senim_model::gate::{self, GateCode};
use senim_model::{
    Document, Edit, EditError, HeaderText, Key, PlainValue, Resolution, SharedValue, Splice,
};

fn refused_as(raw: &[u8], author: ActorId) -> Option<GateCode> {
    gate::check_change(raw, author)
        .err()
        .map(|refusal| refusal.code)
}

fn keys_under(document: &Automerge, key: &str) -> usize {
    let (_, id) = document.get(ROOT, key).unwrap().unwrap();
    document.keys(&id).count()
}

#[test]
fn a_map_made_twice_hides_one_side() -> Fallible {
    let make = |actor, key: &'static str| {
        let mut document = bare(actor);
        let raw = bare_change(&mut document, |tx| {
            let map = tx.put_object(ROOT, "answers", ObjType::Map)?;
            tx.put(&map, key, "yes")
        });
        raw.map(|raw| (document, raw))
    };
    let (mut aigul, from_aigul) = make(AIGUL, "f01_03")?;
    let (mut bolat, from_bolat) = make(BOLAT, "f01_04")?;
    aigul.merge(&mut bolat)?;
    assert_eq!(
        keys_under(&aigul, "answers"),
        1,
        "two were written, one is seen"
    );

    assert_eq!(refused_as(&from_aigul, AIGUL), Some(GateCode::MakesObject));
    assert_eq!(refused_as(&from_bolat, BOLAT), Some(GateCode::MakesObject));
    Ok(())
}

#[test]
fn two_observers_stay_both() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let one = write(&mut aigul, &[answer(AIGUL, "f01_03", "no")])?;
    let other = write(&mut bolat, &[answer(BOLAT, "f01_03", "yes")])?;
    exchange(&mut aigul, &mut bolat, one, other)?;
    let read = aigul.contents();
    assert_eq!(read, bolat.contents());
    assert_eq!(read.observations.len(), 2);
    assert!(
        read.open_differences.is_empty(),
        "two observations are no conflict"
    );

    let differs = read.differs(&name("F01"));
    assert_eq!(differs.len(), 1);
    assert_eq!(differs[0].observations.len(), 2);
    assert!(differs[0].own_choice.is_empty());
    assert!(read.differs(&name("F02")).is_empty());
    Ok(())
}

#[test]
fn deleting_a_map_loses_what_was_written_in_it_meanwhile() -> Fallible {
    let mut aigul = bare(AIGUL);
    bare_change(&mut aigul, |tx| {
        let map = tx.put_object(ROOT, "row", ObjType::Map)?;
        tx.put(&map, "age", "30")
    })?;
    let mut bolat = aigul
        .fork()
        .with_actor(automerge::ActorId::from(*BOLAT.as_bytes()));
    let deleted = bare_change(&mut aigul, |tx| tx.delete(ROOT, "row"))?;
    bare_change(&mut bolat, |tx| {
        let (_, map) = tx.get(ROOT, "row")?.unwrap();
        tx.put(&map, "age", "31")
    })?;
    aigul.merge(&mut bolat)?;
    assert_eq!(
        aigul.get(ROOT, "row")?,
        None,
        "the concurrent edit went with the map"
    );
    assert_eq!(refused_as(&deleted, AIGUL), Some(GateCode::DeletesKey));
    Ok(())
}

#[test]
fn a_row_taken_out_keeps_what_was_written_in_it() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let row = senim_ids::RowId::from_bytes([5; 8]);
    let out = write(&mut aigul, &[Edit::VoidRow(row)])?;
    let Edit::PutObservation(mut at, value) = answer(BOLAT, "f01_03", "no") else {
        return Err("an answer".into());
    };
    at.row = Some(row);
    let written = write(&mut bolat, &[Edit::PutObservation(at, value)])?;
    exchange(&mut aigul, &mut bolat, out, written)?;
    let read = aigul.contents();
    assert_eq!(read, bolat.contents());
    assert_eq!((read.void_rows.len(), read.observations.len()), (1, 1));
    Ok(())
}

#[test]
fn a_put_on_a_conflicted_key_resolves_it_in_silence() -> Fallible {
    let mut aigul = bare(AIGUL);
    let mut bolat = bare(BOLAT);
    bare_change(&mut aigul, |tx| tx.put(ROOT, "title", "A"))?;
    bare_change(&mut bolat, |tx| tx.put(ROOT, "title", "B"))?;
    aigul.merge(&mut bolat)?;
    assert_eq!(aigul.get_all(ROOT, "title")?.len(), 2);
    bare_change(&mut aigul, |tx| tx.put(ROOT, "title", "C"))?;
    assert_eq!(aigul.get_all(ROOT, "title")?.len(), 1, "nobody chose");
    Ok(())
}

fn conflicted() -> Result<(Document, Document, Key), Box<dyn std::error::Error>> {
    let (mut aigul, mut bolat) = two_with(&[header("f00_04", "100", 1)])?;
    let one = write(&mut aigul, &[header("f00_04", "120", 5)])?;
    let other = write(&mut bolat, &[header("f00_04", "121", 6)])?;
    exchange(&mut aigul, &mut bolat, one, other)?;
    Ok((
        aigul,
        bolat,
        Key::Header {
            form: name("F00"),
            item: name("f00_04"),
        },
    ))
}

#[test]
fn a_head_value_set_twice_is_open_until_somebody_chooses() -> Fallible {
    let (mut aigul, mut bolat, key) = conflicted()?;
    let open = aigul.contents().open_differences;
    assert_eq!(open, bolat.contents().open_differences);
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].key, key);
    let ids: Vec<_> = open[0].candidates.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 2);

    let silent = aigul.apply_edit(&header("f00_04", "122", 7));
    assert_eq!(silent, Err(EditError::OpenDifference));
    let half = Edit::Resolve(key.clone(), vec![ids[0]], Resolution::Keep(ids[0]));
    assert_eq!(aigul.apply_edit(&half), Err(EditError::NoOpenDifference));
    let stray = senim_model::ValueId {
        counter: 999,
        actor: DANA,
    };
    let neither = Edit::Resolve(key.clone(), ids.clone(), Resolution::Keep(stray));
    assert_eq!(aigul.apply_edit(&neither), Err(EditError::NoOpenDifference));

    let keep = ids
        .iter()
        .copied()
        .find(|id| id.actor == BOLAT)
        .ok_or("his value")?;
    let chosen = write(
        &mut aigul,
        &[Edit::Resolve(
            key.clone(),
            ids.clone(),
            Resolution::Keep(keep),
        )],
    )?;
    receive(&mut bolat, &[(AIGUL, chosen.raw_bytes)])?;
    for document in [&aigul, &bolat] {
        let read = document.contents();
        assert!(read.open_differences.is_empty());
        assert_eq!(read.headers[0].values.len(), 1);
        assert_eq!(read.headers[0].values[0].value.answer, "121");
    }
    let late = Edit::Resolve(key, ids, Resolution::Keep(keep));
    assert_eq!(bolat.apply_edit(&late), Err(EditError::NoOpenDifference));
    bolat.apply_edit(&header("f00_04", "130", 9))?;
    Ok(())
}

#[test]
fn two_choices_at_once_are_open_again_unless_they_agree() -> Fallible {
    for (first, second, open) in [(AIGUL, BOLAT, 1), (BOLAT, BOLAT, 0)] {
        let (mut aigul, mut bolat, key) = conflicted()?;
        let seen = aigul.contents().open_differences[0].candidates.clone();
        let ids: Vec<_> = seen.iter().map(|one| one.id).collect();
        let choose = |whose: ActorId| {
            let keep = ids.iter().copied().find(|id| id.actor == whose).unwrap();
            Edit::Resolve(key.clone(), ids.clone(), Resolution::Keep(keep))
        };
        let one = write(&mut aigul, &[choose(first)])?;
        let other = write(&mut bolat, &[choose(second)])?;
        exchange(&mut aigul, &mut bolat, one, other)?;
        let read = aigul.contents();
        assert_eq!(read, bolat.contents());
        assert_eq!(read.open_differences.len(), open);
        if open == 0 {
            aigul.apply_edit(&header("f00_04", "130", 9))?;
            assert_eq!(aigul.contents().headers[0].values.len(), 1);
        } else {
            let ids: Vec<_> = read.open_differences[0]
                .candidates
                .iter()
                .map(|c| c.id)
                .collect();
            let written = HeaderText {
                answer: "120".to_owned(),
                recorded_at: UnixMillis(8),
            };
            let written = Resolution::Write(SharedValue::Header(written));
            let last = write(&mut bolat, &[Edit::Resolve(key.clone(), ids, written)])?;
            receive(&mut aigul, &[(BOLAT, last.raw_bytes)])?;
            assert!(aigul.contents().open_differences.is_empty());
            assert_eq!(aigul.contents(), bolat.contents());
        }
    }
    Ok(())
}

#[test]
fn the_same_head_value_written_twice_leaves_nothing_to_choose() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let one = write(&mut aigul, &[header("f00_04", "120", 5)])?;
    let other = write(&mut bolat, &[header("f00_04", "120", 6)])?;
    exchange(&mut aigul, &mut bolat, one, other)?;
    let read = aigul.contents();
    assert_eq!(read.headers[0].values.len(), 2);
    assert!(read.open_differences.is_empty());
    Ok(())
}

#[test]
fn a_choice_of_another_kind_of_value_is_refused() -> Fallible {
    let (mut aigul, _, key) = conflicted()?;
    let ids: Vec<_> = aigul.contents().open_differences[0]
        .candidates
        .iter()
        .map(|one| one.id)
        .collect();
    for value in [SharedValue::Void, SharedValue::Plain(PlainValue::Number(1))] {
        let edit = Edit::Resolve(key.clone(), ids.clone(), Resolution::Write(value));
        assert_eq!(aigul.apply_edit(&edit), Err(EditError::NoSuchItem));
    }
    Ok(())
}

/// Two tablets that both write the "same" first change under one fixed actor differ in nothing automerge could tell them apart by.
#[test]
fn a_document_made_twice_with_one_actor_never_merges() -> Fallible {
    let shared = ActorId::from_bytes([1; 16]);
    let mut one = bare(shared);
    let mut other = bare(shared);
    let from_one = bare_change(&mut one, |tx| tx.put(ROOT, "title", "A"))?;
    let from_other = bare_change(&mut other, |tx| tx.put(ROOT, "title", "B"))?;
    assert!(one.merge(&mut other).is_err());

    // Ours: each device writes under its own actor, and nothing is written before the one genesis is there.
    for author in [AIGUL, BOLAT] {
        assert_eq!(refused_as(&from_one, author), Some(GateCode::OtherActor));
        assert_eq!(refused_as(&from_other, author), Some(GateCode::OtherActor));
    }
    let (mut aigul, mut bolat) = (Document::empty(AIGUL), Document::empty(BOLAT));
    let one = write(&mut aigul, &[answer(AIGUL, "f01_03", "yes")])?;
    let other = write(&mut bolat, &[answer(BOLAT, "f01_03", "yes")])?;
    exchange(&mut aigul, &mut bolat, one, other)?;
    assert_eq!(aigul.contents(), bolat.contents());
    assert_eq!(aigul.contents().observations.len(), 2);
    Ok(())
}

#[test]
fn one_observer_on_two_devices_is_shown_as_an_own_choice() -> Fallible {
    let (mut aigul, mut desk) = two_with(&[place("Изолятор")])?;
    let Edit::PutObservation(_, value) = answer(AIGUL, "f01_03", "yes") else {
        return Err("an answer".into());
    };
    let one = write(&mut aigul, &[answer(AIGUL, "f01_03", "no")])?;
    let other = write(
        &mut desk,
        &[Edit::PutObservation(target(AIGUL, "f01_03"), value)],
    )?;
    exchange(&mut aigul, &mut desk, one, other)?;
    let differs = aigul.contents().differs(&name("F01"));
    assert_eq!(differs.len(), 1);
    assert_eq!(differs[0].own_choice, vec![member(AIGUL)]);
    assert_eq!(differs[0].observations.len(), 2, "both stay");
    Ok(())
}

#[test]
fn not_checked_and_not_applicable_contradict_nobody() -> Fallible {
    for (one, other, differ) in [
        ("yes", "no", true),
        ("yes", "partly", true),
        ("yes", "yes", false),
        ("yes", "not_checked", false),
        ("no", "na", false),
        ("na", "not_checked", false),
    ] {
        let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
        let mine = write(&mut aigul, &[answer(AIGUL, "f01_03", one)])?;
        let theirs = write(&mut bolat, &[answer(BOLAT, "f01_03", other)])?;
        exchange(&mut aigul, &mut bolat, mine, theirs)?;
        let differs = aigul.contents().differs(&name("F01"));
        assert_eq!(!differs.is_empty(), differ, "{one} and {other}");
    }
    Ok(())
}

/// A neutral answer between two others must not hide that they differ.
#[test]
fn the_third_observer_does_not_hide_the_difference_of_two() -> Fallible {
    let mut documents = Vec::new();
    let mut batch = Vec::new();
    for (actor, word) in [(AIGUL, "yes"), (BOLAT, "na"), (DANA, "no")] {
        let mut document = Document::empty(actor);
        batch.push((
            actor,
            write(&mut document, &[answer(actor, "f01_03", word)])?.raw_bytes,
        ));
        documents.push(document);
    }
    receive(&mut documents[0], &batch)?;
    let differs = documents[0].contents().differs(&name("F01"));
    assert_eq!(differs[0].observations.len(), 2);
    Ok(())
}

#[test]
fn other_places_and_rows_do_not_differ() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let one = write(&mut aigul, &[answer(AIGUL, "f01_03", "no")])?;
    let Edit::PutObservation(mut at, value) = answer(BOLAT, "f01_03", "yes") else {
        return Err("an answer".into());
    };
    at.place = Some(PlaceId::from_bytes([8; 8]));
    let other = write(&mut bolat, &[Edit::PutObservation(at, value)])?;
    exchange(&mut aigul, &mut bolat, one, other)?;
    assert!(aigul.contents().differs(&name("F01")).is_empty());
    let item = name("f01_03");
    let form = name("F01");
    let read = aigul.contents();
    assert_eq!(
        read.observations_for(&form, &item, Some(ISOLATOR)).count(),
        1
    );
    assert_eq!(read.observations_for(&form, &item, None).count(), 0);
    Ok(())
}

#[test]
fn nonsense_is_shown_and_never_dropped() -> Fallible {
    let mut hostile = bare(BOLAT);
    let obs = target(BOLAT, "f01_03").key(BOLAT).to_string();
    let raw = bare_change(&mut hostile, |tx| {
        tx.put(
            ROOT,
            obs.as_str(),
            automerge::ScalarValue::Bytes(vec![0xff; 9]),
        )?;
        tx.put(ROOT, "head/F00/f00_04", "120")?;
        tx.put(ROOT, "place/0707070707070707", true)?;
        tx.put(ROOT, "row/0505050505050505/void", "ия")?;
        tx.put(ROOT, "obs/неизвестно", "x")?;
        tx.put(ROOT, "title", automerge::ScalarValue::Uint(7))
    })?;
    let mut aigul = Document::empty(AIGUL);
    aigul.apply_edit(&answer(AIGUL, "f01_03", "yes"))?;
    let outcome = receive(&mut aigul, &[(BOLAT, raw)])?;
    assert_eq!(outcome.applied.len(), 1, "readable to automerge");
    let read = aigul.contents();
    assert_eq!(read.observations.len(), 1);
    assert_eq!(read.unreadable.len(), 6);
    assert!(
        read.unreadable
            .iter()
            .all(|value| value.actor == Some(BOLAT))
    );
    assert!(read.headers.is_empty() && read.places.is_empty() && read.plain.is_empty());
    // A person can still write over what nobody can read.
    aigul.apply_edit(&header("f00_04", "120", 1))?;
    assert_eq!(aigul.contents().unreadable.len(), 5);
    Ok(())
}

#[derive(Debug, Clone)]
enum Step {
    Edit(usize, Edit),
    Fold(usize),
    /// One hears from another all that it has.
    Hear(usize, usize),
}

const ACTORS: [ActorId; 3] = [AIGUL, BOLAT, DANA];

fn any_step() -> impl Strategy<Value = Step> {
    let edit = (0_usize..3, 0_u8..8, 0_u8..4).prop_map(|(who, kind, n)| {
        let actor = ACTORS[who];
        let item = format!("f01_0{n}");
        let edit = match kind {
            0..=2 => answer(actor, &item, ["yes", "no", "partly"][usize::from(kind)]),
            3 => header(&item, &format!("{n}{who}"), u64::from(n)),
            4 => Edit::PutPlain(name("title"), PlainValue::Number(i64::from(n))),
            5 => Edit::MakeText(name("summary")),
            6 => Edit::SpliceText(Splice {
                name: name("summary"),
                creator: AIGUL,
                at: 0,
                remove: u32::from(n % 2),
                insert: format!("{item} "),
            }),
            _ => Edit::ClearObservation(target(actor, &item)),
        };
        Step::Edit(who, edit)
    });
    prop_oneof![
        6 => edit,
        1 => (0_usize..3).prop_map(Step::Fold),
        1 => (0_usize..3, 0_usize..3).prop_map(|(to, from)| Step::Hear(to, from)),
    ]
}

type Known = Vec<(ActorId, Vec<u8>)>;

/// Plays the steps with honest devices and returns all changes that were made.
fn play(steps: &[Step]) -> Known {
    let mut documents = ACTORS.map(Document::empty);
    let mut known: [Known; 3] = Default::default();
    let fold = |documents: &mut [Document; 3], known: &mut [Known; 3], who: usize| {
        if let Some(folded) = documents[who].fold().unwrap() {
            known[who].push((ACTORS[who], folded.raw_bytes));
        }
    };
    for step in steps {
        match step {
            // A refusal (no such text yet, an open difference) is what a person would meet, too.
            Step::Edit(who, edit) => drop(documents[*who].apply_edit(edit)),
            Step::Fold(who) => fold(&mut documents, &mut known, *who),
            Step::Hear(to, from) => {
                fold(&mut documents, &mut known, *to);
                let news = known[*from].clone();
                let outcome = receive(&mut documents[*to], &news).unwrap();
                assert!(
                    outcome.refused.is_empty() && outcome.held.is_empty(),
                    "{outcome:?}"
                );
                for change in news {
                    if !known[*to].contains(&change) {
                        known[*to].push(change);
                    }
                }
            }
        }
    }
    for who in 0..3 {
        fold(&mut documents, &mut known, who);
    }
    let mut all: Known = known.into_iter().flatten().collect();
    all.sort();
    all.dedup();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_of_delivery_gives_one_view(
        steps in proptest::collection::vec(any_step(), 1..60),
        order in any::<u64>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let all = play(&steps);
        let whole = gate::apply(&[], &all).unwrap();
        prop_assert!(whole.refused.is_empty() && whole.waiting.is_empty() && whole.held.is_empty());
        let mut shuffled = all.clone();
        let mut state = order | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let (first, second) = shuffled.split_at(cut.index(shuffled.len().max(1)).min(shuffled.len()));
        let part = gate::apply(&[], first).unwrap();
        // What waited is offered again with the rest, as the app does.
        let waiting: Known = part.waiting.iter().map(|one| first[one.index as usize].clone()).collect();
        let rest: Known = second.iter().cloned().chain(waiting).collect();
        let both = gate::apply(&part.document, &rest).unwrap();
        prop_assert!(both.refused.is_empty() && both.waiting.is_empty() && both.held.is_empty());
        prop_assert_eq!(&both.heads, &whole.heads);
        let read = |bytes: &[u8]| Document::load(bytes, DANA).unwrap().contents();
        prop_assert_eq!(read(&both.document), read(&whole.document));
        prop_assert!(read(&whole.document).unreadable.is_empty());
    }
}

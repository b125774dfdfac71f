//! What the gate lets in and what it never does.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/people.rs"]
mod people;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, AutomergeError, ExpandedChange, ObjType, ROOT, ReadDoc, ScalarValue};
use people::*;
use senim_ids::ActorId;
use senim_model::gate::{self, GateCode, HeldCode, check_change};
use senim_model::{Document, Edit, Splice};

const BOMB: &[u8] = include_bytes!("vectors/automerge/bomb_change.bin");
const HANG: &[u8] = include_bytes!("vectors/automerge/hang_bundle.bin");

fn code(raw: &[u8], author: ActorId) -> Option<GateCode> {
    check_change(raw, author).err().map(|refusal| refusal.code)
}

#[test]
fn the_bomb_and_the_bundle_that_never_ends_are_refused_unread() {
    assert_eq!(code(BOMB, AIGUL), Some(GateCode::TooLarge));
    assert_eq!(code(HANG, AIGUL), Some(GateCode::NotAChange));
    // The head of the bomb alone is small enough and is refused for its kind.
    assert_eq!(code(&BOMB[..4096], AIGUL), Some(GateCode::NotAChange));
    let outcome = gate::apply(&[], &[(AIGUL, BOMB.to_vec()), (AIGUL, HANG.to_vec())]).unwrap();
    assert_eq!(outcome.refused.len(), 2);
    assert!(outcome.applied.is_empty() && outcome.heads.is_empty());
}

#[test]
fn honest_changes_pass_and_say_what_they_are() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    let first = write(
        &mut aigul,
        &[place("Изолятор"), Edit::MakeText(name("summary"))],
    )?;
    let second = write(&mut aigul, &[answer(AIGUL, "f01_03", "yes")])?;
    let checked = check_change(&second.raw_bytes, AIGUL)?;
    assert_eq!(checked.hash(), second.hash);
    assert_eq!(checked.deps(), [first.hash]);
    assert_eq!(checked.op_count(), 1);
    assert_eq!(code(&second.raw_bytes, BOLAT), Some(GateCode::OtherActor));
    Ok(())
}

#[test]
fn not_one_chunk_is_refused() -> Fallible {
    let raw = put_title(&mut bare(AIGUL))?;
    let twice = [raw.clone(), raw.clone()].concat();
    let mut other_sum = raw.clone();
    other_sum[4] ^= 1;
    for bytes in [&[][..], &raw[..8], &raw[..raw.len() - 1], &twice] {
        assert_eq!(code(bytes, AIGUL), Some(GateCode::NotAChange));
    }
    assert!(code(&other_sum, AIGUL).is_some(), "a wrong checksum");
    assert_eq!(
        code(&bare(AIGUL).save(), AIGUL),
        Some(GateCode::NotAChange),
        "a document"
    );
    assert_eq!(code(&raw, AIGUL), None);
    Ok(())
}

/// A single edit of an otherwise honest device.
fn refused(
    edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>) -> Result<(), AutomergeError>,
) -> Option<GateCode> {
    code(&bare_change(&mut bare(AIGUL), edit).unwrap(), AIGUL)
}

#[test]
fn no_object_is_made_and_no_key_deleted() {
    let made = Some(GateCode::MakesObject);
    assert_eq!(
        refused(|tx| tx.put_object(ROOT, "visit", ObjType::Map).map(drop)),
        made
    );
    assert_eq!(
        refused(|tx| tx.put_object(ROOT, "rows", ObjType::List).map(drop)),
        made
    );
    assert_eq!(
        refused(|tx| tx.put_object(ROOT, "summary", ObjType::Text).map(drop)),
        made
    );
    let others = format!("text/summary/@{BOLAT}");
    let text = |key: String| refused(|tx| tx.put_object(ROOT, key, ObjType::Text).map(drop));
    assert_eq!(text(others), Some(GateCode::OthersKey));
    assert_eq!(text(format!("text/summary/@{AIGUL}")), None);
    assert_eq!(text(format!("obs/summary/@{AIGUL}")), made);
    let deleted = refused(|tx| {
        tx.put(ROOT, "title", "Бару")?;
        tx.delete(ROOT, "title")
    });
    assert_eq!(deleted, Some(GateCode::DeletesKey));
}

#[test]
fn anothers_key_is_never_written() {
    let put = |key: String| refused(|tx| tx.put(ROOT, key, "x"));
    let tail = format!("F01/f01_03/-/-/{}", member(BOLAT));
    assert_eq!(
        put(format!("obs/{tail}/@{BOLAT}")),
        Some(GateCode::OthersKey)
    );
    assert_eq!(put(format!("@{BOLAT}")), Some(GateCode::OthersKey));
    assert_eq!(
        put(format!("later/kind/@{BOLAT}")),
        Some(GateCode::OthersKey)
    );
    assert_eq!(
        put(format!("obs/{tail}/@{AIGUL}")),
        None,
        "written by one, seen by another"
    );
    assert_eq!(put("title".to_owned()), None);
}

#[test]
fn keys_and_values_stay_within_their_caps() {
    let put = |key: &str, value: ScalarValue| refused(|tx| tx.put(ROOT, key, value));
    let text = || ScalarValue::from("x");
    assert_eq!(put(&"k".repeat(256), text()), None);
    assert_eq!(put(&"k".repeat(257), text()), Some(GateCode::BadKey));
    assert_eq!(put("ti\ntle", text()), Some(GateCode::BadKey));
    assert_eq!(put("title", ScalarValue::Bytes(vec![0; 65_536])), None);
    assert_eq!(
        put("title", ScalarValue::Bytes(vec![0; 65_537])),
        Some(GateCode::BadValue)
    );
    for value in [
        ScalarValue::counter(1),
        ScalarValue::F64(f64::NAN),
        ScalarValue::Timestamp(1),
    ] {
        assert_eq!(put("title", value), Some(GateCode::BadValue));
    }
    assert_eq!(
        put(&format!("text/summary/@{AIGUL}"), text()),
        Some(GateCode::BadValue)
    );
}

#[test]
fn nothing_hides_beside_the_operations() -> Fallible {
    for options in [
        CommitOptions::default().with_message("жасырын"),
        CommitOptions::default().with_time(1_790_000_000),
    ] {
        let mut document = bare(AIGUL);
        let mut tx = document.transaction();
        tx.put(ROOT, "title", "Бару")?;
        let hash = tx.commit_with(options).0.ok_or("a change")?;
        let change = document.get_change_by_hash(&hash).ok_or("a change")?;
        assert_eq!(
            code(change.raw_bytes(), AIGUL),
            Some(GateCode::HiddenContent)
        );
    }
    let extra = rewritten(&put_title(&mut bare(AIGUL))?, |change| {
        change.extra_bytes = b"hidden".to_vec();
    });
    assert_eq!(code(&extra, AIGUL), Some(GateCode::HiddenContent));
    Ok(())
}

#[test]
fn marks_blocks_and_increments_are_refused() -> Fallible {
    use automerge::marks::{ExpandMark, Mark};
    let mark = refused(|tx| {
        let text = tx.put_object(ROOT, format!("text/a/@{AIGUL}"), ObjType::Text)?;
        tx.splice_text(&text, 0, 0, "абв")?;
        tx.mark(
            &text,
            Mark::new("bold".to_owned(), true, 0, 2),
            ExpandMark::After,
        )
    });
    assert_eq!(mark, Some(GateCode::BadOperation));
    let block = refused(|tx| {
        let text = tx.put_object(ROOT, format!("text/a/@{AIGUL}"), ObjType::Text)?;
        tx.split_block(&text, 0).map(drop)
    });
    assert_eq!(block, Some(GateCode::MakesObject));
    let counted = refused(|tx| {
        tx.put(ROOT, "n", ScalarValue::counter(1))?;
        tx.increment(ROOT, "n", 1)
    });
    assert!(counted.is_some());
    Ok(())
}

/// The change with its expanded form altered, as a device with other software would write it.
fn rewritten(raw: &[u8], alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut expanded = automerge::Change::from_bytes(raw.to_vec())
        .unwrap()
        .decode();
    alter(&mut expanded);
    automerge::Change::from(expanded).raw_bytes().to_vec()
}

#[test]
fn ten_thousand_operations_are_the_most() -> Fallible {
    let key = format!("text/a/@{AIGUL}");
    let typed = |letters: usize| {
        bare_change(&mut bare(AIGUL), |tx| {
            let text = tx.put_object(ROOT, key.as_str(), ObjType::Text)?;
            tx.splice_text(&text, 0, 0, &"я".repeat(letters))
        })
    };
    assert_eq!(code(&typed(9_999)?, AIGUL), None);
    assert_eq!(code(&typed(10_000)?, AIGUL), Some(GateCode::TooManyOps));
    Ok(())
}

/// automerge takes such a change and the other's answer is gone: a predecessor is looked up by its id, whatever its key.
#[test]
fn an_own_write_cannot_take_anothers_answer_away() -> Fallible {
    let (aigul, _) = two_with(&[answer(AIGUL, "f01_03", "no")])?;
    let theirs = aigul.contents().observations;
    let hostile =
        Automerge::load(&aigul.save())?.with_actor(automerge::ActorId::from(*BOLAT.as_bytes()));
    let victim_key = target(AIGUL, "f01_03").key(AIGUL).to_string();
    let victim = match hostile.get(ROOT, victim_key.as_str())? {
        Some((_, automerge::ObjId::Id(counter, actor, _))) => (counter, actor),
        _ => return Err("no answer".into()),
    };
    let naming_victim = |raw: &[u8]| {
        rewritten(raw, |change| {
            let id = automerge::legacy::OpId::new(victim.0, &victim.1);
            change.operations[0].pred = vec![id].into();
        })
    };
    let own = target(BOLAT, "f01_99").key(BOLAT).to_string();
    for key in [own.as_str(), "title"] {
        let mut document = hostile.fork().with_actor(hostile.get_actor().clone());
        let raw = naming_victim(&bare_change(&mut document, |tx| tx.put(ROOT, key, "x"))?);
        let mut alone = hostile.clone();
        alone.apply_changes([automerge::Change::from_bytes(raw.clone())?])?;
        assert_eq!(
            alone.get(ROOT, victim_key.as_str())?,
            None,
            "automerge alone loses the answer"
        );
        let saved = std::panic::catch_unwind(|| Automerge::load(&alone.save()).is_ok());
        assert!(
            !saved.unwrap_or(false),
            "and what it saves then, it cannot load"
        );

        let outcome = gate::apply(&aigul.save(), &[(BOLAT, raw)])?;
        assert_eq!(outcome.refused.len(), 1);
        let kept = Document::load(&outcome.document, DANA)?
            .contents()
            .observations;
        assert_eq!(kept, theirs);
    }
    Ok(())
}

fn splice(at: u32, remove: u32, insert: &str) -> Edit {
    Edit::SpliceText(Splice {
        name: name("summary"),
        creator: AIGUL,
        at,
        remove,
        insert: insert.to_owned(),
    })
}

#[test]
fn references_stay_within_the_past_and_fit() -> Fallible {
    let (aigul, mut bolat) = two_with(&[
        Edit::MakeText(name("summary")),
        splice(0, 0, "абв"),
        answer(AIGUL, "f01_03", "no"),
    ])?;
    let base = aigul.save();
    let honest = write(&mut bolat, &[splice(1, 1, "!")])?.raw_bytes;
    let outcome = gate::apply(&base, &[(BOLAT, honest.clone())])?;
    assert_eq!(outcome.applied.len(), 1, "{outcome:?}");

    use automerge::legacy::{ElementId, Key, ObjectId, OpId};
    let aigul_id = |counter| OpId::new(counter, &automerge::ActorId::from(*AIGUL.as_bytes()));
    type Alter = Box<dyn Fn(&mut ExpandedChange)>;
    let cases: Vec<(&str, Alter)> = vec![
        (
            "a text that is none",
            Box::new(move |c| {
                c.operations
                    .iter_mut()
                    .for_each(|op| op.obj = ObjectId::Id(aigul_id(5)));
            }),
        ),
        (
            "an element that is the answer",
            Box::new(move |c| {
                c.operations[0].key = Key::Seq(ElementId::Id(aigul_id(5)));
            }),
        ),
        (
            "an operation that is not there",
            Box::new(move |c| {
                c.operations[0].pred = vec![aigul_id(4_000)].into();
            }),
        ),
        (
            "operations from before the past",
            Box::new(|c| c.start_op = 2.try_into().unwrap()),
        ),
        ("a later number", Box::new(|c| c.seq = 2)),
        ("a number of nothing", Box::new(|c| c.seq = 0)),
    ];
    for (what, alter) in cases {
        let raw = rewritten(&honest, |change| alter(change));
        assert_ne!(raw, honest, "{what}");
        let outcome = gate::apply(&base, &[(BOLAT, raw)])?;
        assert_eq!(outcome.refused.len(), 1, "{what}: {outcome:?}");
        assert_eq!(
            Document::load(&outcome.document, DANA)?.contents(),
            aigul.contents()
        );
    }
    Ok(())
}

#[test]
fn a_change_on_a_refused_one_waits_for_it() -> Fallible {
    let mut hostile = bare(BOLAT);
    let bad = bare_change(&mut hostile, |tx| {
        tx.put_object(ROOT, "visit", ObjType::Map).map(drop)
    })?;
    let good = put_title(&mut hostile)?;
    let bad_hash = automerge::Change::from_bytes(bad.clone())?.hash();

    let mut alone = Automerge::new();
    alone.apply_changes([automerge::Change::from_bytes(good.clone())?])?;
    assert!(
        alone.get_heads().is_empty(),
        "automerge says Ok and applies nothing"
    );

    let outcome = gate::apply(&[], &[(BOLAT, good), (BOLAT, bad)])?;
    assert_eq!(outcome.refused.len(), 1);
    assert_eq!(outcome.refused[0].index, 1);
    assert_eq!(outcome.waiting.len(), 1);
    assert_eq!(outcome.waiting[0].index, 0);
    assert_eq!(
        outcome.waiting[0].missing,
        vec![senim_ids::ChangeHash::from_bytes(bad_hash.0)]
    );
    assert!(outcome.applied.is_empty());
    Ok(())
}

#[test]
fn one_bad_change_does_not_keep_the_others_out() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let base = aigul.save();
    let good = write(&mut aigul, &[answer(AIGUL, "f01_03", "yes")])?;
    let more = write(&mut aigul, &[answer(AIGUL, "f01_04", "no")])?;
    let theirs = write(&mut bolat, &[answer(BOLAT, "f01_03", "no")])?;
    let batch = vec![
        (AIGUL, more.raw_bytes.clone()),
        (DANA, HANG.to_vec()),
        (BOLAT, theirs.raw_bytes.clone()),
        (DANA, theirs.raw_bytes),
        (AIGUL, good.raw_bytes.clone()),
        (AIGUL, good.raw_bytes),
    ];
    let outcome = gate::apply(&base, &batch)?;
    assert_eq!(outcome.applied.len(), 3, "a repeat is no second change");
    assert_eq!(
        outcome
            .refused
            .iter()
            .map(|no| no.index)
            .collect::<Vec<_>>(),
        [1, 3]
    );
    assert_eq!(
        Document::load(&outcome.document, DANA)?
            .contents()
            .observations
            .len(),
        3
    );
    let again = gate::apply(&outcome.document, &batch)?;
    assert_eq!(
        (again.heads, again.document),
        (outcome.heads, outcome.document)
    );
    Ok(())
}

/// Which of two changes at one place came first differs between replicas, so it is never a verdict.
#[test]
fn a_device_that_forks_is_held_and_not_refused() -> Fallible {
    let one = put_title(&mut bare(AIGUL))?;
    let other = bare_change(&mut bare(AIGUL), |tx| tx.put(ROOT, "title", "Басқа"))?;
    let first = gate::apply(&[], &[(AIGUL, one)])?;
    let second = gate::apply(&first.document, &[(AIGUL, other)])?;
    assert_eq!(second.heads, first.heads);
    assert_eq!(second.held.len(), 1);
    assert_eq!(second.held[0].code, HeldCode::DeviceForked);
    assert!(second.refused.is_empty());
    Ok(())
}

#[test]
fn a_text_is_made_once() -> Fallible {
    let key = format!("text/summary/@{AIGUL}");
    let make = |tx: &mut automerge::transaction::Transaction<'_>| {
        tx.put_object(ROOT, key.as_str(), ObjType::Text).map(drop)
    };
    let mut document = bare(AIGUL);
    let first = bare_change(&mut document, make)?;
    let second = rewritten(&bare_change(&mut document, make)?, |change| {
        change.operations[0].pred = Vec::new().into();
    });
    for base in [
        Vec::new(),
        gate::apply(&[], &[(AIGUL, first.clone())])?.document,
    ] {
        let batch = [(AIGUL, second.clone()), (AIGUL, first.clone())];
        let outcome = gate::apply(&base, &batch)?;
        assert_eq!(outcome.applied.len(), 1);
        assert_eq!(outcome.refused[0].code, GateCode::TextMadeTwice);
    }
    Ok(())
}

#[test]
fn a_base_that_is_none_is_a_failure_and_no_verdict() -> Fallible {
    let raw = put_title(&mut bare(AIGUL))?;
    let failed = gate::apply(b"no document", &[(AIGUL, raw)]);
    assert_eq!(failed, Err(gate::GateFailure::Base));
    let many = vec![(AIGUL, Vec::new()); 4097];
    assert_eq!(gate::apply(&[], &many), Err(gate::GateFailure::TooMany));
    Ok(())
}

#[test]
fn the_child_says_what_the_gate_says() -> Fallible {
    let (aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let theirs = write(&mut bolat, &[answer(BOLAT, "f01_03", "no")])?;
    let batch = vec![(BOLAT, theirs.raw_bytes), (DANA, HANG.to_vec())];
    let (mut request, mut reply) = (Vec::new(), Vec::new());
    gate::frame::write_request(&mut request, &aigul.save(), &batch)?;
    gate::frame::serve(&mut request.as_slice(), &mut reply)?;
    let outcome = gate::frame::read_reply(&mut reply.as_slice())?;
    assert_eq!(outcome, gate::apply(&aigul.save(), &batch)?);

    for cut in [0, 3, 4, reply.len() - 1] {
        assert!(gate::frame::read_reply(&mut &reply[..cut]).is_err());
        assert!(
            gate::frame::serve(&mut &request[..cut.min(request.len() - 1)], &mut Vec::new())
                .is_err()
        );
    }
    assert!(
        gate::frame::read_reply(&mut &[0xff; 64][..]).is_err(),
        "over the cap"
    );

    let (mut request, mut reply) = (Vec::new(), Vec::new());
    gate::frame::write_request(&mut request, b"no document", &batch)?;
    gate::frame::serve(&mut request.as_slice(), &mut reply)?;
    let failed = gate::frame::read_reply(&mut reply.as_slice());
    assert!(matches!(
        failed,
        Err(gate::frame::FrameError::Failed(gate::GateFailure::Base))
    ));
    Ok(())
}

/// The first sync of a long chain, and the same again backwards.
#[test]
fn a_long_chain_goes_in_whatever_its_order() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    let mut batch = Vec::new();
    for n in 0..400 {
        let change = write(
            &mut aigul,
            &[answer(AIGUL, &format!("f01_{}", n % 20), &n.to_string())],
        )?;
        batch.push((AIGUL, change.raw_bytes));
    }
    batch.reverse();
    let outcome = gate::apply(&[], &batch)?;
    assert_eq!(outcome.applied.len(), 400);
    assert_eq!(
        Document::load(&outcome.document, DANA)?.contents(),
        aigul.contents()
    );
    let without_first = gate::apply(&[], &batch[..399])?;
    assert_eq!(without_first.waiting.len(), 399);
    assert!(without_first.applied.is_empty());
    Ok(())
}

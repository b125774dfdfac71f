//! Edits become one change; until then they are seen, and kept apart from what was folded.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/people.rs"]
mod people;

use people::*;
use proptest::prelude::*;
use senim_ids::{PlaceId, RowId, UnixMillis};
use senim_model::{
    Document, Edit, EditError, HeaderText, Key, LoadError, PlainValue, Resolution, SharedValue,
    Splice, ValueId,
};

fn day_of(actor: senim_ids::ActorId) -> Vec<Edit> {
    vec![
        place("Изолятор"),
        answer(actor, "f01_03", "yes"),
        answer(actor, "f01_04", "partly"),
        answer(actor, "f01_03", "no"),
        Edit::ClearObservation(target(actor, "f01_04")),
        header("f00_04", "120", 5),
        Edit::PutPlain(name("title"), PlainValue::Text("Бару".to_owned())),
        Edit::VoidRow(RowId::from_bytes([9; 8])),
        Edit::MakeText(name("summary")),
        splice(actor, 0, 0, "Ұсталатындар"),
        splice(actor, 0, 1, "Қ"),
    ]
}

fn splice(creator: senim_ids::ActorId, at: u32, remove: u32, insert: &str) -> Edit {
    Edit::SpliceText(Splice {
        name: name("summary"),
        creator,
        at,
        remove,
        insert: insert.to_owned(),
    })
}

#[test]
fn a_day_folds_into_one_change_and_reads_the_same() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    for edit in day_of(AIGUL) {
        aigul.apply_edit(&edit)?;
    }
    let before = aigul.contents();
    assert!(aigul.heads().is_empty(), "nothing is folded yet");
    let folded = aigul.fold()?.ok_or("one change")?;

    assert_eq!(aigul.contents(), before);
    assert!(aigul.pending().is_empty());
    assert_eq!(folded.heads, vec![folded.hash]);
    assert_eq!(aigul.change_bytes(folded.hash), Some(folded.raw_bytes));
    assert_eq!(aigul.fold()?, None, "nothing more to fold");

    let read = Document::load(&aigul.save(), BOLAT)?.contents();
    assert_eq!(read, before);
    assert_eq!(read.observations.len(), 1, "the cleared answer is none");
    assert_eq!(read.observations[0].answer, "no");
    assert_eq!(read.texts[0].text, "Қсталатындар");
    assert_eq!(read.void_rows, vec![RowId::from_bytes([9; 8])]);
    assert!(read.open_differences.is_empty() && read.unreadable.is_empty());
    Ok(())
}

#[test]
fn the_same_edits_fold_to_the_same_bytes() -> Fallible {
    let fold = || write(&mut Document::empty(AIGUL), &day_of(AIGUL));
    assert_eq!(fold()?, fold()?);
    Ok(())
}

#[test]
fn saving_leaves_the_journal_out() -> Fallible {
    let (mut aigul, _) = two_with(&[place("Изолятор")])?;
    let saved = aigul.save();
    aigul.apply_edit(&answer(AIGUL, "f01_03", "yes"))?;
    assert_eq!(aigul.save(), saved);
    assert_eq!(aigul.contents().observations.len(), 1);
    Ok(())
}

#[test]
fn own_answers_stay_on_top_of_what_comes_in() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let theirs = write(&mut bolat, &[answer(BOLAT, "f01_03", "no")])?;
    aigul.apply_edit(&answer(AIGUL, "f01_03", "yes"))?;
    receive(&mut aigul, &[(BOLAT, theirs.raw_bytes)])?;
    assert_eq!(aigul.pending().len(), 1);
    assert_eq!(aigul.contents().observations.len(), 2);
    let mine = aigul.fold()?.ok_or("one change")?;
    let outcome = receive(&mut bolat, &[(AIGUL, mine.raw_bytes)])?;
    assert_eq!(outcome.applied.len(), 1);
    assert_eq!(bolat.contents(), aigul.contents());
    Ok(())
}

#[test]
fn a_position_in_a_text_is_never_carried_to_another_base() -> Fallible {
    let (mut aigul, mut bolat) =
        two_with(&[Edit::MakeText(name("summary")), splice(AIGUL, 0, 0, "абв")])?;
    let theirs = write(&mut bolat, &[splice(AIGUL, 0, 0, "111")])?;
    aigul.apply_edit(&splice(AIGUL, 3, 0, "г"))?;
    let outcome = senim_model::gate::apply(&aigul.save(), &[(BOLAT, theirs.raw_bytes.clone())])?;
    assert_eq!(aigul.adopt(&outcome.document), Err(LoadError::FoldFirst));

    let mine = aigul.fold()?.ok_or("one change")?;
    exchange(&mut aigul, &mut bolat, mine, theirs)?;
    assert_eq!(aigul.contents().texts[0].text, "111абвг");
    assert_eq!(bolat.contents(), aigul.contents());
    Ok(())
}

#[test]
fn an_edit_that_does_not_fit_leaves_no_trace() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    write(
        &mut aigul,
        &[Edit::MakeText(name("summary")), splice(AIGUL, 0, 0, "абв")],
    )?;
    let long = "я".repeat(4001);
    let choice = |key: Key| Edit::Resolve(key, vec![], Resolution::Write(SharedValue::Void));
    for (edit, refusal) in [
        (splice(AIGUL, 4, 0, "г"), EditError::NoSuchItem),
        (splice(AIGUL, 2, 2, ""), EditError::NoSuchItem),
        (splice(BOLAT, 0, 0, "г"), EditError::NoSuchItem),
        (answer(AIGUL, "f01_03", &long), EditError::TooLong),
        (header("f00_04", &long, 1), EditError::TooLong),
        (place(&"я".repeat(201)), EditError::TooLong),
        (
            choice(Key::RowVoid(RowId::from_bytes([1; 8]))),
            EditError::NoOpenDifference,
        ),
    ] {
        assert_eq!(aigul.apply_edit(&edit), Err(refusal), "{edit:?}");
    }
    assert!(aigul.pending().is_empty());
    assert_eq!(aigul.fold()?, None);
    Ok(())
}

#[test]
fn a_text_made_again_keeps_what_was_written() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    write(
        &mut aigul,
        &[Edit::MakeText(name("summary")), splice(AIGUL, 0, 0, "абв")],
    )?;
    aigul.apply_edit(&Edit::MakeText(name("summary")))?;
    assert_eq!(aigul.contents().texts[0].text, "абв");
    Ok(())
}

#[test]
fn a_journal_never_outgrows_one_change() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    let long = "я".repeat(4000);
    let mut taken = 0;
    let refusal = loop {
        match aigul.apply_edit(&answer(AIGUL, &format!("f01_{taken}"), &long)) {
            Ok(()) => taken += 1,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal, EditError::JournalFull);
    assert!(taken > 20, "{taken}");
    assert!(aigul.fold()?.is_some(), "what was taken passes the gate");
    assert_eq!(aigul.contents().observations.len(), taken);
    Ok(())
}

#[test]
fn a_journal_of_one_letter_edits_stays_within_the_cap_too() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    aigul.apply_edit(&Edit::MakeText(name("summary")))?;
    let mut taken = 0;
    while aigul.apply_edit(&splice(AIGUL, taken, 0, "я")).is_ok() {
        taken += 1;
    }
    assert!(taken > 1000, "{taken}");
    assert!(aigul.fold()?.is_some());
    Ok(())
}

#[test]
fn the_past_can_be_read_at_its_heads() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    let first = write(&mut aigul, &[answer(AIGUL, "f01_03", "yes")])?;
    let then = aigul.contents();
    write(&mut aigul, &[answer(AIGUL, "f01_03", "no")])?;
    assert_eq!(aigul.contents_at(&first.heads), Some(then));
    let unknown = senim_ids::ChangeHash::from_bytes([1; 32]);
    assert_eq!(aigul.contents_at(&[unknown]), None);
    Ok(())
}

#[test]
fn one_screen_reads_only_its_item() -> Fallible {
    let mut aigul = Document::empty(AIGUL);
    for edit in day_of(AIGUL) {
        aigul.apply_edit(&edit)?;
    }
    let item = aigul.contents_under("obs/F01/f01_03/");
    assert_eq!(item.observations, aigul.contents().observations);
    assert!(item.places.is_empty() && item.texts.is_empty());
    Ok(())
}

#[test]
fn rows_of_the_journal_have_one_spelling() {
    let mut edits = day_of(AIGUL);
    edits.push(Edit::VoidPlace(ISOLATOR));
    let seen = vec![
        ValueId {
            counter: 7,
            actor: AIGUL,
        },
        ValueId {
            counter: 8,
            actor: BOLAT,
        },
    ];
    edits.push(Edit::Resolve(
        Key::Place(ISOLATOR),
        seen.clone(),
        Resolution::Keep(ValueId {
            counter: 7,
            actor: AIGUL,
        }),
    ));
    let written = HeaderText {
        answer: "121".to_owned(),
        recorded_at: UnixMillis(9),
    };
    edits.push(Edit::Resolve(
        Key::Header {
            form: name("F00"),
            item: name("f00_04"),
        },
        seen,
        Resolution::Write(SharedValue::Header(written)),
    ));
    for edit in edits {
        let row = edit.encode();
        assert_eq!(Edit::parse(&row).as_ref(), Ok(&edit));
        let mut longer = row.clone();
        longer.push(0);
        assert!(Edit::parse(&longer).is_err());
        assert!(Edit::parse(&row[..row.len() - 1]).is_err());
    }
}

/// Rows outlive versions of the app: these bytes may never change.
#[test]
fn rows_are_frozen() {
    let row = Edit::VoidPlace(ISOLATOR).encode();
    assert_eq!(
        hex::encode(row),
        "8203814807070707070707 07".replace(' ', "")
    );
    let row = header("f00_04", "120", 5).encode();
    assert_eq!(hex::encode(row), "82058363463030666630305f3034826331323005");
}

#[test]
fn a_row_over_its_caps_is_refused() {
    let long = answer(AIGUL, "f01_03", &"я".repeat(4001));
    assert!(Edit::parse(&long.encode()).is_err());
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let item = (0_u8..4).prop_map(|n| format!("f01_0{n}"));
    let word = prop_oneof!["yes", "no", "partly", "not_checked"];
    prop_oneof![
        4 => (item.clone(), word.clone()).prop_map(|(item, word)| answer(AIGUL, &item, &word)),
        1 => item.prop_map(|item| Edit::ClearObservation(target(AIGUL, &item))),
        1 => (0_u64..3, word).prop_map(|(at, word)| header("f00_04", &word, at)),
        1 => any::<u8>().prop_map(|id| Edit::VoidPlace(PlaceId::from_bytes([id; 8]))),
        1 => any::<u8>().prop_map(|id| Edit::VoidRow(RowId::from_bytes([id; 8]))),
        1 => Just(Edit::MakeText(name("summary"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn folding_at_any_moment_reads_the_same(
        edits in proptest::collection::vec(any_edit(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut whole = Document::empty(AIGUL);
        let mut parts = Document::empty(AIGUL);
        for (index, edit) in edits.iter().enumerate() {
            whole.apply_edit(edit).unwrap();
            parts.apply_edit(edit).unwrap();
            if index == cut.index(edits.len()) {
                parts.fold().unwrap();
            }
        }
        let read = whole.contents();
        let folded = whole.fold().unwrap();
        prop_assert_eq!(&whole.contents(), &read);
        prop_assert_eq!(&parts.contents(), &read);
        if let Some(folded) = folded {
            prop_assert_eq!(whole.heads(), vec![folded.hash]);
        }
    }
}

//! Findings, recommendations, notes and the like: what two people write at once stays, and what cannot be read is named.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/people.rs"]
mod people;

use automerge::transaction::Transactable;
use people::*;
use senim_ids::{ActorId, Language, RowId, UnixMillis};
use senim_model::*;

const ID: RowId = RowId::from_bytes([7; 8]);

fn finding(theme: &str) -> Edit {
    let value = FindingValue {
        theme: name(theme),
        severity: Severity::Serious,
        rests_on: vec![],
        evidence: vec![Evidence::TestimonyDetainee],
        triangulation: Triangulation::OneSource,
        testimony: CountBand::FewerThanThree,
        good_practice: false,
    };
    let key = PartKey::Row {
        kind: PartKind::Finding,
        id: ID,
        actor: None,
    };
    Edit::PutPart(key, PartValue::Finding(value))
}

fn wording_key(kind: PartKind, language: Language) -> PartKey {
    PartKey::Wording {
        kind,
        id: ID,
        language,
    }
}

fn original(text: &str, seen: &[(Language, &WordingValue)]) -> WordingValue {
    let seen = seen.iter().map(|(language, other)| SeenWording {
        language: *language,
        digest: other.digest(),
    });
    WordingValue {
        text: text.to_owned(),
        state: WordingState::Original,
        by: member(AIGUL),
        checked_by: None,
        seen: seen.collect(),
        from: None,
    }
}

fn translation(text: &str, from: Language, source: &WordingValue, checked: bool) -> WordingValue {
    WordingValue {
        state: if checked {
            WordingState::Checked
        } else {
            WordingState::Draft
        },
        checked_by: checked.then_some(member(BOLAT)),
        from: Some(from),
        ..original(text, &[(from, source)])
    }
}

fn put_wording(language: Language, value: &WordingValue) -> Edit {
    Edit::PutPart(
        wording_key(PartKind::Recommendation, language),
        PartValue::Wording(value.clone()),
    )
}

fn wordings(document: &Document) -> Vec<Wording> {
    document.parts().recommendations[0].wordings.clone()
}

fn stale(document: &Document) -> Vec<bool> {
    wordings(document).iter().map(|one| one.stale).collect()
}

#[test]
fn changing_one_language_makes_the_other_stale() {
    let mut aigul = Document::empty(AIGUL);
    let ru = original("Установить перегородку", &[]);
    let kk = translation("Қалқан орнату", Language::Ru, &ru, false);
    aigul.apply_edit(&put_wording(Language::Ru, &ru)).unwrap();
    aigul.apply_edit(&put_wording(Language::Kk, &kk)).unwrap();
    assert_eq!(stale(&aigul), [false, false]);
    assert!(!issuable(&wordings(&aigul)), "nobody checked it");
    let checked = translation("Қалқан орнату", Language::Ru, &ru, true);
    aigul
        .apply_edit(&put_wording(Language::Kk, &checked))
        .unwrap();
    assert!(issuable(&wordings(&aigul)));

    let changed = original("Установить перегородки", &[(Language::Kk, &checked)]);
    aigul
        .apply_edit(&put_wording(Language::Ru, &changed))
        .unwrap();
    assert_eq!(
        stale(&aigul),
        [true, false],
        "the translation no longer follows"
    );
    assert!(!issuable(&wordings(&aigul)));

    let turned = original("Қалқандар орнату", &[(Language::Ru, &changed)]);
    aigul
        .apply_edit(&put_wording(Language::Kk, &turned))
        .unwrap();
    assert_eq!(stale(&aigul), [false, true], "now Kazakh leads");
}

#[test]
fn two_originals_of_one_time_are_both_stale() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[finding("toilets")])?;
    let ours = write(
        &mut aigul,
        &[put_wording(Language::Kk, &original("Қалқан", &[]))],
    )?;
    let theirs = write(
        &mut bolat,
        &[put_wording(Language::Ru, &original("Перегородка", &[]))],
    )?;
    exchange(&mut aigul, &mut bolat, ours, theirs)?;
    assert_eq!(stale(&aigul), [true, true]);
    assert_eq!(aigul.parts(), bolat.parts());
    Ok(())
}

#[test]
fn concurrent_findings_are_an_open_difference_until_chosen() -> Fallible {
    let (mut aigul, mut bolat) = two_with(&[finding("toilets")])?;
    let ours = write(&mut aigul, &[finding("light")])?;
    let theirs = write(&mut bolat, &[finding("food")])?;
    exchange(&mut aigul, &mut bolat, ours, theirs)?;
    assert_eq!(aigul.parts(), bolat.parts());
    let open = aigul.parts().open;
    assert_eq!((open.len(), open[0].candidates.len()), (1, 2));
    assert!(aigul.parts().findings[0].differs);
    assert_eq!(
        aigul.apply_edit(&finding("air")),
        Err(EditError::OpenDifference)
    );
    let seen: Vec<ValueId> = open[0].candidates.iter().map(|one| one.id).collect();
    let Edit::PutPart(key, value) = finding("air") else {
        return Err("no part".into());
    };
    let keep = Edit::Resolve(
        Key::Part(key.clone()),
        seen.clone(),
        Resolution::Keep(seen[1]),
    );
    assert_eq!(
        aigul.apply_edit(&Edit::ResolvePart(
            key.clone(),
            seen[..1].to_vec(),
            value.clone()
        )),
        Err(EditError::NoOpenDifference)
    );
    let closed = write(&mut aigul, &[Edit::ResolvePart(key, seen, value)])?;
    receive(&mut bolat, &[(AIGUL, closed.raw_bytes)])?;
    assert!(bolat.parts().open.is_empty());
    assert_eq!(
        bolat.parts().findings[0].value.as_ref().unwrap().theme,
        name("air")
    );
    assert_eq!(bolat.apply_edit(&keep), Err(EditError::NoOpenDifference));
    Ok(())
}

fn mark(x: u16) -> MarkValue {
    MarkValue {
        body: BodyKind::Male,
        view: BodyView::Back,
        x,
        y: 300,
        kind: MarkKind::Bruise,
        length_mm: Some(40),
        width_mm: None,
        colour: None,
        age_stated: None,
        cause_stated: None,
        consistency: None,
        examiner: None,
        photo: None,
        seen_by: member(AIGUL),
    }
}

#[test]
fn a_mark_is_its_authors_alone() {
    let mut aigul = Document::empty(AIGUL);
    let key = |actor| PartKey::row(PartKind::Mark, ID, actor);
    let put = |actor, value| Edit::PutPart(key(actor), PartValue::Mark(value));
    assert_eq!(
        aigul.apply_edit(&put(BOLAT, mark(5))),
        Err(EditError::NoSuchItem)
    );
    assert_eq!(
        aigul.apply_edit(&put(AIGUL, mark(1001))),
        Err(EditError::TooLong)
    );
    let by_nobody = MarkValue {
        consistency: Some(Consistency::TypicalOf),
        ..mark(5)
    };
    assert_eq!(
        aigul.apply_edit(&put(AIGUL, by_nobody)),
        Err(EditError::TooLong),
        "only a clinician sets it"
    );
    aigul.apply_edit(&put(AIGUL, mark(5))).unwrap();
    let void = Edit::PutPart(
        PartKey::Void {
            kind: PartKind::Mark,
            id: ID,
        },
        PartValue::Void,
    );
    aigul.apply_edit(&void).unwrap();
    let read = aigul.parts().marks;
    assert_eq!(
        (read[0].actor, read[0].void, read[0].value.clone()),
        (Some(AIGUL), true, Some(mark(5)))
    );
    aigul
        .apply_edit(&Edit::PutPart(key(AIGUL), PartValue::Cleared))
        .unwrap();
    assert!(aigul.parts().marks.is_empty());
    assert!(aigul.fold().unwrap().is_some(), "the gate takes all of it");
}

#[test]
fn a_value_stands_only_under_a_key_of_its_kind() {
    let mut aigul = Document::empty(AIGUL);
    let key = PartKey::Row {
        kind: PartKind::Point,
        id: ID,
        actor: None,
    };
    let Edit::PutPart(_, value) = finding("x") else {
        unreachable!()
    };
    assert_eq!(
        aigul.apply_edit(&Edit::PutPart(key.clone(), value)),
        Err(EditError::TooLong)
    );
    let point = |order| Edit::PutPart(key.clone(), PartValue::Point(PointValue { order }));
    assert_eq!(aigul.apply_edit(&point(8)), Err(EditError::TooLong));
    aigul.apply_edit(&point(7)).unwrap();
    let eleven = original(&"жол\n".repeat(11), &[]);
    let lines = Edit::PutPart(
        wording_key(PartKind::Urgent, Language::Kk),
        PartValue::Wording(eleven),
    );
    assert_eq!(aigul.apply_edit(&lines), Err(EditError::TooLong));
}

#[test]
fn what_cannot_be_read_is_named_by_both_readings() -> Fallible {
    let mut hostile = bare(BOLAT);
    let key = format!("finding/{ID}");
    let change = bare_change(&mut hostile, |tx| {
        tx.put(automerge::ROOT, key.as_str(), "words")
    })?;
    let mut aigul = Document::empty(AIGUL);
    receive(&mut aigul, &[(BOLAT, change)])?;
    assert!(aigul.parts().findings.is_empty());
    assert_eq!(aigul.parts().unreadable[0].actor, Some(BOLAT));
    assert_eq!(aigul.contents().unreadable, aigul.parts().unreadable);
    Ok(())
}

#[test]
fn a_view_is_the_same_on_each_device_and_says_what_changed() -> Fallible {
    let note = |actor: ActorId| {
        let value = NoteValue {
            text: Some("Дымқыл".to_owned()),
            picture: None,
            filed: None,
            recorded_at: UnixMillis(1),
        };
        Edit::PutPart(
            PartKey::row(PartKind::Note, ID, actor),
            PartValue::Note(value),
        )
    };
    let (mut aigul, mut bolat) = two_with(&[
        finding("toilets"),
        put_wording(Language::Ru, &original("Перегородка", &[])),
    ])?;
    let heads = aigul.heads();
    let signed = aigul.view_at(Subject::Report, &heads).unwrap();
    let ours = write(&mut aigul, &[note(AIGUL)])?;
    assert_eq!(
        aigul.view(Subject::Report).digest(),
        signed.digest(),
        "a quick note is no part of the report"
    );
    let theirs = write(&mut bolat, &[finding("light")])?;
    exchange(&mut aigul, &mut bolat, ours, theirs)?;
    assert_eq!(
        aigul.view(Subject::Report).bytes(),
        bolat.view(Subject::Report).bytes()
    );
    assert_eq!(
        bolat.view_at(Subject::Report, &heads).unwrap().digest(),
        signed.digest()
    );
    assert_eq!(
        aigul.view(Subject::Report).changed_since(&signed),
        [format!("finding/{ID}")]
    );
    let rec = Subject::Recommendation(ID);
    assert_eq!(
        aigul.view(rec).digest(),
        aigul.view_at(rec, &heads).unwrap().digest()
    );
    assert_ne!(
        aigul.view(rec).digest(),
        aigul
            .view(Subject::Recommendation(RowId::from_bytes([8; 8])))
            .digest()
    );
    assert_eq!(rec.to_string().parse::<Subject>()?, rec);
    Ok(())
}

/// Rows of the journal are kept on disk: these may never change.
#[test]
fn edits_of_parts_are_frozen() {
    let frozen = |edit: Edit| {
        let bytes = edit.encode();
        assert_eq!(Edit::parse(&bytes), Ok(edit));
        hex::encode(bytes)
    };
    let key = hex::encode(format!("finding/{ID}"));
    let toilets = hex::encode("toilets");
    assert_eq!(
        frozen(finding("toilets")),
        format!("820a827818{key}8200818767{toilets}01808102 0001f4").replace(' ', "")
    );
}

//! The evening's lists, computed from what each saw.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/people.rs"]
mod people;

use people::*;
use senim_ids::{ActorId, PlaceId, RowId, UnixMillis};
use senim_model::debrief::{Debrief, Section, Spot};
use senim_model::*;

fn unit(n: u8) -> PlaceId {
    PlaceId::from_bytes([n; 8])
}

fn sections() -> Vec<Section> {
    vec![
        Section {
            name: name("cells"),
            items: vec![name("toilet"), name("light")],
        },
        Section {
            name: name("health"),
            items: vec![name("doctor")],
        },
    ]
}

fn saw(
    actor: ActorId,
    item: &str,
    at: Option<PlaceId>,
    answer: &str,
    evidence: &[Evidence],
) -> Edit {
    let value = ObservationValue {
        answer: answer.to_owned(),
        evidence: evidence.to_vec(),
        note: None,
        form_version: FormVersion([3; 32]),
        observed_at: None,
        recorded_at: UnixMillis(1),
    };
    Edit::PutObservation(
        Target {
            place: at,
            ..target(actor, item)
        },
        value,
    )
}

fn agree(item: &str, at: PlaceId, answer: &str) -> Edit {
    let key = PartKey::Agreed {
        form: name("F01"),
        item: name(item),
        row: None,
        place: Some(at),
    };
    let value = AgreedValue {
        answer: answer.to_owned(),
        present: vec![member(AIGUL), member(BOLAT)],
        note: None,
        recorded_at: UnixMillis(1),
    };
    Edit::PutPart(key, PartValue::Agreed(value))
}

/// Aigul and Bolat walked five units; they differ on the toilet of the first.
fn evening() -> Result<Document, Box<dyn std::error::Error>> {
    let (mut aigul, mut bolat) = two_with(&[place("Изолятор")])?;
    let seen = &[Evidence::Seen];
    let mut ours = vec![
        saw(AIGUL, "light", Some(unit(1)), "yes", seen),
        saw(AIGUL, "light", Some(unit(2)), "not_checked", &[]),
    ];
    let answers = ["yes", "no", "no", "no", "yes"];
    ours.extend((1_u8..).zip(answers).map(|(n, answer)| {
        saw(
            AIGUL,
            "toilet",
            Some(unit(n)),
            answer,
            if n == 2 { &[] } else { seen },
        )
    }));
    let ours = write(&mut aigul, &ours)?;
    let theirs = write(
        &mut bolat,
        &[
            saw(BOLAT, "toilet", Some(unit(1)), "partly", seen),
            saw(BOLAT, "toilet", Some(unit(5)), "not_checked", &[]),
        ],
    )?;
    exchange(&mut aigul, &mut bolat, ours, theirs)?;
    Ok(aigul)
}

fn debrief(document: &Document) -> Debrief {
    document
        .contents()
        .debrief(&document.parts(), &name("F01"), &sections())
}

fn spot(item: &str, at: u8) -> Spot {
    Spot {
        item: name(item),
        row: None,
        place: Some(unit(at)),
    }
}

#[test]
fn the_lists_hold_what_the_evening_goes_through() -> Fallible {
    let mut document = evening()?;
    let before = debrief(&document);
    assert_eq!(before.differs.len(), 1);
    assert_eq!(
        before
            .partly_and_no
            .iter()
            .map(|one| one.at.clone())
            .collect::<Vec<_>>(),
        [spot("toilet", 2), spot("toilet", 3), spot("toilet", 4)]
    );
    assert_eq!(before.unsupported, [spot("toilet", 2)]);
    assert_eq!(before.not_covered, [name("doctor")]);
    assert_eq!(before.not_checked, [spot("light", 2)]);
    assert_eq!(before.undisputed_yes.len(), 1);
    assert_eq!(
        before.undisputed_yes[0].at,
        [spot("light", 1), spot("toilet", 5)]
    );
    let toilet = &before.proposals[0];
    assert_eq!(
        (
            toilet.no,
            toilet.places,
            toilet.disputed,
            toilet.proposed.as_deref()
        ),
        (3, 5, 1, None)
    );

    document.apply_edit(&agree("toilet", unit(1), "no"))?;
    let after = debrief(&document);
    assert!(after.differs.is_empty());
    let toilet = &after.proposals[0];
    assert_eq!((toilet.no, toilet.yes, toilet.places), (4, 1, 5));
    assert_eq!(toilet.proposed.as_deref(), Some("partly"));
    Ok(())
}

#[test]
fn all_places_together_propose_their_own_answer_and_void_ones_say_nothing() -> Fallible {
    let mut document = Document::empty(AIGUL);
    for n in [1, 2] {
        document.apply_edit(&saw(AIGUL, "toilet", Some(unit(n)), "no", &[]))?;
    }
    document.apply_edit(&saw(AIGUL, "toilet", Some(ISOLATOR), "yes", &[]))?;
    assert_eq!(
        debrief(&document).proposals[0].proposed.as_deref(),
        Some("partly")
    );
    document.apply_edit(&place("Қате"))?;
    document.apply_edit(&Edit::VoidPlace(ISOLATOR))?;
    let proposal = &debrief(&document).proposals[0];
    assert_eq!(
        (proposal.places, proposal.proposed.as_deref()),
        (2, Some("no"))
    );
    assert!(debrief(&document).undisputed_yes.is_empty());
    Ok(())
}

#[test]
fn the_board_shows_who_took_what_and_what_remains() -> Fallible {
    let mut document = Document::empty(AIGUL);
    document.apply_edit(&place("Изолятор"))?;
    let key = PartKey::Take {
        form: name("F01"),
        section: name("cells"),
        place: Some(ISOLATOR),
    };
    document.apply_edit(&Edit::PutPart(
        key,
        PartValue::Taken(TakenValue {
            member: member(BOLAT),
        }),
    ))?;
    document.apply_edit(&saw(AIGUL, "light", Some(ISOLATOR), "yes", &[]))?;
    let board = document
        .contents()
        .coverage(&document.parts(), &name("F01"), &sections());
    assert_eq!(board.len(), 4, "two sections, the facility and one place");
    let cells = board
        .iter()
        .find(|one| one.section == name("cells") && one.place == Some(ISOLATOR))
        .unwrap();
    assert_eq!(
        (cells.touched, cells.of, cells.taken_by),
        (1, 2, Some(member(BOLAT)))
    );
    assert_eq!(cells.observers, [member(AIGUL)]);
    assert!(
        board
            .iter()
            .filter(|one| one.place.is_none())
            .all(|one| one.touched == 0 && one.taken_by.is_none())
    );
    Ok(())
}

#[test]
fn urgent_actions_come_first_unless_taken_out() -> Fallible {
    let mut document = Document::empty(AIGUL);
    let id = |n| RowId::from_bytes([n; 8]);
    let urgent = UrgentValue {
        basis: UrgentBasis::WithoutIdentifying,
        reason: None,
        decided_by: vec![],
        footage_days: Some(14),
        since: UnixMillis(1),
    };
    for n in [1, 2] {
        let key = PartKey::row(PartKind::Urgent, id(n), AIGUL);
        document.apply_edit(&Edit::PutPart(key, PartValue::Urgent(urgent.clone())))?;
    }
    document.apply_edit(&Edit::PutPart(
        PartKey::Void {
            kind: PartKind::Urgent,
            id: id(1),
        },
        PartValue::Void,
    ))?;
    assert_eq!(debrief(&document).urgent, [id(2)]);
    let alone = UrgentValue {
        basis: UrgentBasis::DangerOfLife,
        reason: Some("без сознания".to_owned()),
        decided_by: vec![member(AIGUL)],
        ..urgent
    };
    let put = Edit::PutPart(
        PartKey::row(PartKind::Urgent, id(3), AIGUL),
        PartValue::Urgent(alone),
    );
    assert_eq!(
        document.apply_edit(&put),
        Err(EditError::TooLong),
        "leader and doctor decide together"
    );
    Ok(())
}

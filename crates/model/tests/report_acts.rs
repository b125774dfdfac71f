//! What a team's acts make of a report: signatures, review, seal, forms.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/visit_acts.rs"]
mod team;

use senim_ids::{DocKind, RecordHash};
use senim_model::*;
use team::*;

#[test]
fn a_team_signs_and_dissent_beats_a_signature_of_the_same_time() {
    let state = after(
        DocKind::Visit,
        &[
            step(5, &[4], AIGUL, &sign()),
            step(6, &[4], BOLAT, &sign()),
            step(7, &[4], BOLAT, &dissent()),
            step(8, &[4], ERLAN, &sign()),
        ],
    );
    assert_eq!(standing(&state, AIGUL), Standing::Signed);
    assert_eq!(state.report.signatures[&AIGUL].view, Some(Digest([6; 32])));
    assert_eq!(standing(&state, BOLAT), Standing::Dissented);
    assert_eq!(standing(&state, DANA), Standing::Silent);
    assert_eq!(
        why(&state, 8),
        Some(Ineffective::NotAllowed),
        "a coordinator is not of the team"
    );
}

#[test]
fn a_signature_without_a_view_is_none() {
    let mut bare = step(5, &[4], AIGUL, &sign());
    bare.1.view = None;
    assert_eq!(
        why(&after(DocKind::Visit, &[bare]), 5),
        Some(Ineffective::Malformed)
    );
}

#[test]
fn unreachable_takes_two_and_unsigns_nothing() {
    let one = step(5, &[4], AIGUL, &unreachable(DANA));
    let two = step(6, &[5], BOLAT, &unreachable(DANA));
    assert_eq!(
        standing(&after(DocKind::Visit, std::slice::from_ref(&one)), DANA),
        Standing::SaidByOne
    );
    let both = [one.clone(), two.clone()];
    assert_eq!(
        standing(&after(DocKind::Visit, &both), DANA),
        Standing::Unreachable
    );
    let beside = [&both[..], &[step(7, &[4], DANA, &sign())]].concat();
    let disputed = after(DocKind::Visit, &beside);
    assert_eq!(standing(&disputed, DANA), Standing::Contested);
    assert_eq!(disputed.contested_topics.len(), 1);
    let cited = [&beside[..], &[step(8, &[6, 7], DANA, &sign())]].concat();
    let settled = after(DocKind::Visit, &cited);
    assert_eq!(standing(&settled, DANA), Standing::Signed);
    assert!(settled.contested_topics.is_empty());
    let late = [&cited[..], &[step(9, &[8], AIGUL, &unreachable(DANA))]].concat();
    assert_eq!(
        why(&after(DocKind::Visit, &late), 9),
        Some(Ineffective::OutOfOrder)
    );
    assert_eq!(
        why(
            &after(DocKind::Visit, &[step(5, &[4], DANA, &unreachable(DANA))]),
            5
        ),
        Some(Ineffective::NotAllowed)
    );
}

#[test]
fn a_refusal_beside_a_signature_is_contested_by_oneself_alone() {
    let acts = [
        step(5, &[4], DANA, &sign()),
        step(6, &[4], DANA, &refuse(DANA)),
    ];
    assert_eq!(
        standing(&after(DocKind::Visit, &acts), DANA),
        Standing::Contested
    );
    assert_eq!(
        standing(&after(DocKind::Visit, &acts[1..]), DANA),
        Standing::Refused
    );
}

#[test]
fn the_seal_accounts_for_everyone() {
    let signed = [step(5, &[4], AIGUL, &sign()), step(6, &[5], BOLAT, &sign())];
    let with = |seal: Step| after(DocKind::Visit, &[&signed[..], &[seal]].concat());
    assert_eq!(
        why(&with(step(7, &[6], AIGUL, &seal(&[]))), 7),
        Some(Ineffective::OutOfOrder)
    );
    assert_eq!(
        why(&with(step(7, &[6], DANA, &seal(&[DANA]))), 7),
        Some(Ineffective::NotAllowed)
    );
    let sealed = with(step(7, &[6], BOLAT, &seal(&[DANA])));
    assert_eq!(sealed.report.sealed.unwrap().by, BOLAT);
    let amend = Act::VisitAmended(VisitAmended {
        at: AT,
        reason: "опечатка".to_owned(),
    });
    assert_eq!(
        why(&with(step(7, &[6], AIGUL, &amend)), 7),
        Some(Ineffective::OutOfOrder)
    );
}

#[test]
fn returned_beats_approved() {
    let ask = Act::ReviewQuestioned(ReviewQuestioned {
        at: AT,
        questions: "Қай күні?".to_owned(),
    });
    let answer = Act::ReviewAnswered(ReviewAnswered {
        at: AT,
        answers: "Бесінші".to_owned(),
    });
    let accept = Act::ReviewAccepted(ReviewAccepted { at: AT });
    let stage = |steps: &[Step]| after(DocKind::Visit, steps).report.review.stage;
    let both = [step(5, &[4], ERLAN, &ask), step(6, &[4], ERLAN, &accept)];
    assert_eq!(stage(&both), ReviewStage::Questioned);
    let answered = [both[0].clone(), step(6, &[5], DANA, &answer)];
    assert_eq!(stage(&answered), ReviewStage::Answered);
    let accepted = [&answered[..], &[step(7, &[6], ERLAN, &accept)]].concat();
    assert_eq!(stage(&accepted), ReviewStage::Accepted);
    let crossed = [&answered[..], &[step(7, &[5], ERLAN, &accept)]].concat();
    assert_eq!(stage(&crossed), ReviewStage::Contested);
    assert_eq!(
        why(&after(DocKind::Visit, &[step(5, &[4], AIGUL, &accept)]), 5),
        Some(Ineffective::NotAllowed)
    );
}

#[test]
fn forms_move_one_step_at_a_time() {
    let moved = |from: u8, to: u8| {
        Act::FormMoved(FormMoved {
            form: "F01".parse().unwrap(),
            from: FormVersion([from; 32]),
            to: FormVersion([to; 32]),
            reason: "ескі".to_owned(),
        })
    };
    let state = after(
        DocKind::Visit,
        &[
            step(5, &[4], AIGUL, &moved(1, 2)),
            step(6, &[5], AIGUL, &moved(1, 3)),
        ],
    );
    assert_eq!(why(&state, 6), Some(Ineffective::OutOfOrder));
    assert_eq!(
        state.report.forms.values().collect::<Vec<_>>(),
        [&FormVersion([2; 32])]
    );
    let crossed = after(
        DocKind::Visit,
        &[
            step(5, &[4], AIGUL, &moved(1, 2)),
            step(6, &[4], BOLAT, &moved(1, 3)),
        ],
    );
    assert!(crossed.report.forms.is_empty());
    assert_eq!(crossed.contested_topics.len(), 1);
}

#[test]
fn readmitted_work_counts_again() {
    let mut late = step(5, &[4], DANA, &sign());
    late.0.void = true;
    let back = |n: u8, by| {
        step(
            n,
            &[4],
            by,
            &Act::RecordReadmitted(RecordReadmitted {
                record: RecordHash::from_bytes([5; 32]),
                reason: "честная работа".to_owned(),
            }),
        )
    };
    assert_eq!(
        standing(&after(DocKind::Visit, std::slice::from_ref(&late)), DANA),
        Standing::Silent
    );
    let readmitted = after(DocKind::Visit, &[late.clone(), back(6, AIGUL)]);
    assert_eq!(standing(&readmitted, DANA), Standing::Signed);
    let by_another = after(DocKind::Visit, &[late, back(6, ERLAN)]);
    assert_eq!(standing(&by_another, DANA), Standing::Silent);
}

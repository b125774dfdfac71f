//! Arguments are signed bytes: these may never change, only be added to.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/visit_acts.rs"]
mod team;

use senim_model::*;
use team::*;

fn each() -> Vec<Act> {
    [of_a_report(), of_what_follows()].concat()
}

fn of_a_report() -> Vec<Act> {
    let missing = vec![Missing {
        member: DANA,
        reason: "x".to_owned(),
    }];
    let last = vec![LastCounter {
        device: senim_ids::DeviceId::from_bytes([1; 16]),
        member: AIGUL,
        device_seq: 300,
    }];
    let form = "F01".parse().unwrap();
    let (from, to) = (FormVersion([1; 32]), FormVersion([2; 32]));
    vec![
        Act::CollectionClosed(CollectionClosed { last, missing }),
        sign(),
        dissent(),
        refuse(DANA),
        unreachable(DANA),
        Act::ReviewQuestioned(ReviewQuestioned {
            at: AT,
            questions: "x".to_owned(),
        }),
        Act::ReviewAnswered(ReviewAnswered {
            at: AT,
            answers: "x".to_owned(),
        }),
        Act::ReviewAccepted(ReviewAccepted { at: AT }),
        seal(&[DANA]),
        Act::VisitAmended(VisitAmended {
            at: AT,
            reason: "x".to_owned(),
        }),
        Act::FormMoved(FormMoved {
            form,
            from,
            to,
            reason: "x".to_owned(),
        }),
        Act::RecordReadmitted(RecordReadmitted {
            record: senim_ids::RecordHash::from_bytes([5; 32]),
            reason: "x".to_owned(),
        }),
    ]
}

fn of_what_follows() -> Vec<Act> {
    vec![
        issue(REC, 1),
        Act::RecommendationDelivered(RecommendationDelivered {
            recommendation: REC,
            at: AT,
            way: "post".parse().unwrap(),
            outgoing: None,
        }),
        respond(Reply::Partly),
        Act::RecommendationClaimed(RecommendationClaimed {
            recommendation: REC,
            status: OfficialStatus::InProgress,
            at: AT,
            ground: None,
        }),
        verify(Verified::Regressed),
        Act::RecommendationEscalated(RecommendationEscalated {
            recommendation: REC,
            to: EscalatedTo::Prosecutor,
            at: AT,
            reason: "x".to_owned(),
        }),
        close("done"),
        give(&[ConsentKind::Talk, ConsentKind::Photo]),
        take_back(ConsentKind::Photo),
        hand_over(Some("x")),
    ]
}

/// One line each: the kind and its arguments.
const FROZEN: &str = include_str!("vectors/acts.txt");

#[test]
fn every_kind_is_written_as_it_always_was() {
    let acts = each();
    for (act, line) in acts.iter().zip(FROZEN.lines()) {
        let bytes = act.encode_arguments();
        assert_eq!(format!("{} {}", act.kind(), hex::encode(&bytes)), line);
        assert_eq!(Act::parse(act.kind(), &bytes).as_ref(), Ok(act));
    }
    assert_eq!(acts.len(), FROZEN.lines().count());
}

#[test]
fn cut_or_lengthened_arguments_are_none() {
    for act in each() {
        let bytes = act.encode_arguments();
        let longer = [&bytes[..], &[0]].concat();
        for broken in [&bytes[..bytes.len() - 1], &longer] {
            assert_eq!(
                Act::parse(act.kind(), broken),
                Err(ActError::NotCanonical),
                "{}",
                act.kind()
            );
        }
    }
}

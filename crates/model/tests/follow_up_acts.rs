//! What acts make of a recommendation and of a person's consent.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/visit_acts.rs"]
mod team;

use senim_ids::DocKind;
use senim_model::*;
use team::*;

#[test]
fn a_recommendation_goes_from_issue_to_closing() {
    let claim = Act::RecommendationClaimed(RecommendationClaimed {
        recommendation: REC,
        status: OfficialStatus::Implemented,
        at: AT,
        ground: None,
    });
    let steps = [
        step(5, &[4], ERLAN, &issue(REC, 1)),
        step(6, &[5], ERLAN, &respond(Reply::Accepted)),
        step(7, &[6], AIGUL, &respond(Reply::Accepted)),
        step(8, &[7], ERLAN, &claim),
        step(9, &[8], DANA, &verify(Verified::Partly)),
        step(10, &[9], ERLAN, &close("done")),
        step(11, &[10], BOLAT, &close("done")),
    ];
    let at = |n: usize| {
        after(DocKind::FollowUp, &steps[..n])
            .follow_up
            .recommendations[&REC]
            .clone()
    };
    assert_eq!(
        at(1).official,
        Official {
            status: Some(OfficialStatus::NotImplemented),
            basis: Basis::Nothing
        }
    );
    assert!(!at(2).response.unwrap().checked);
    assert!(
        at(3).response.unwrap().checked,
        "copied by one, confirmed by another"
    );
    assert_eq!(at(3).official.status, Some(OfficialStatus::InProgress));
    assert_eq!(
        at(4).official,
        Official {
            status: Some(OfficialStatus::Implemented),
            basis: Basis::Claim
        }
    );
    assert_eq!(
        at(5).official,
        Official {
            status: Some(OfficialStatus::InProgress),
            basis: Basis::Verification
        }
    );
    assert_eq!(at(6).closing, Closing::Proposed(vec![ERLAN]));
    assert_eq!(at(7).closing, Closing::Closed(vec![BOLAT, ERLAN]));
}

#[test]
fn two_without_a_coordinator_close_nothing() {
    let issued = step(5, &[4], ERLAN, &issue(REC, 1));
    let without = after(
        DocKind::FollowUp,
        &[
            issued,
            step(6, &[5], AIGUL, &close("done")),
            step(7, &[6], BOLAT, &close("done")),
        ],
    );
    assert_eq!(
        without.follow_up.recommendations[&REC].closing,
        Closing::Proposed(vec![AIGUL, BOLAT]),
        "no coordinator among them"
    );
}

#[test]
fn only_a_coordinator_issues_and_once() {
    let twice = [
        step(5, &[4], ERLAN, &issue(REC, 1)),
        step(6, &[5], ERLAN, &issue(REC, 2)),
        step(7, &[4], AIGUL, &issue(REC, 1)),
        step(8, &[4], ERLAN, &verify(Verified::Not)),
    ];
    let state = after(DocKind::FollowUp, &twice);
    assert_eq!(
        [6, 7, 8].map(|n| why(&state, n)),
        [
            Some(Ineffective::OutOfOrder),
            Some(Ineffective::NotAllowed),
            Some(Ineffective::OutOfOrder)
        ]
    );
    let elsewhere = after(DocKind::Visit, &twice[..1]);
    assert_eq!(why(&elsewhere, 5), Some(Ineffective::WrongDocument));
}

#[test]
fn one_number_on_two_recommendations_is_shown() {
    let state = after(
        DocKind::FollowUp,
        &[
            step(5, &[4], ERLAN, &issue(REC, 1)),
            step(6, &[5], ERLAN, &issue(OTHER_REC, 1)),
        ],
    );
    assert_eq!(
        state.follow_up.shared_numbers[0].recommendations,
        [REC, OTHER_REC]
    );
}

#[test]
fn two_findings_of_one_time_leave_no_status() {
    let steps = [
        step(5, &[4], ERLAN, &issue(REC, 1)),
        step(6, &[5], DANA, &verify(Verified::Not)),
        step(7, &[5], BOLAT, &verify(Verified::Implemented)),
    ];
    let state = after(DocKind::FollowUp, &steps);
    assert_eq!(
        state.follow_up.recommendations[&REC].official,
        Official {
            status: None,
            basis: Basis::Contested
        }
    );
    let cited = [
        &steps[..],
        &[step(8, &[6, 7], DANA, &verify(Verified::Regressed))],
    ]
    .concat();
    let official = after(DocKind::FollowUp, &cited).follow_up.recommendations[&REC].official;
    assert_eq!(official.status, Some(OfficialStatus::NotImplemented));
}

#[test]
fn what_was_not_asked_is_not_allowed_and_withdrawn_beats_given() {
    use ConsentKind::{Photo, Record, ReferToProsecutor};
    let steps = [
        step(5, &[4], AIGUL, &give(&[Record, ReferToProsecutor])),
        step(6, &[5], AIGUL, &hand_over(None)),
        step(7, &[5], AIGUL, &give(&[ReferToProsecutor])),
        step(8, &[5], BOLAT, &take_back(ReferToProsecutor)),
        step(9, &[8], AIGUL, &hand_over(None)),
    ];
    let given = after(DocKind::Interview, &steps[..2]);
    assert!(given.consents.permits(ReferToProsecutor) && !given.consents.permits(Photo));
    assert!(given.consents.handed_over[0].holds && given.consents.handed_over[0].allowed_now);
    let withdrawn = after(DocKind::Interview, &steps);
    assert!(!withdrawn.consents.permits(ReferToProsecutor));
    assert!(
        !withdrawn.consents.handed_over[0].allowed_now,
        "the register says so"
    );
    assert_eq!(why(&withdrawn, 9), Some(Ineffective::NoConsent));
}

#[test]
fn danger_of_life_takes_two() {
    let one = [step(5, &[4], AIGUL, &hand_over(Some("без сознания")))];
    assert!(!after(DocKind::Interview, &one).consents.handed_over[0].holds);
    let two = [
        &one[..],
        &[step(6, &[5], DANA, &hand_over(Some("есінен танған")))],
    ]
    .concat();
    assert!(
        after(DocKind::Interview, &two)
            .consents
            .handed_over
            .iter()
            .all(|one| one.holds)
    );
}

#[test]
fn what_goes_further_than_the_talk_needs_paper_or_a_witness() {
    let bare = |kinds| {
        Act::ConsentGiven(ConsentGiven {
            kinds,
            at: AT,
            code: None,
            witness: None,
        })
    };
    let parse = |act: Act| Act::parse(act.kind(), &act.encode_arguments());
    assert!(parse(bare(vec![ConsentKind::Talk, ConsentKind::Record])).is_ok());
    assert_eq!(
        parse(bare(vec![ConsentKind::Photo])),
        Err(ActError::NotCanonical)
    );
    assert_eq!(parse(bare(vec![])), Err(ActError::NotCanonical));
}

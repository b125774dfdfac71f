//! What a team's acts make of a report, a recommendation and a consent, in whatever order they come.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not covered by the switches for tests"
)]

use proptest::prelude::*;
use senim_ids::{
    ActHash, ChangeHash, DeviceId, DocId, DocKind, Language, MemberId, RecordHash, Role, RowId,
    UnixMillis,
};
use senim_model::*;

const AIGUL: MemberId = MemberId::from_bytes([0xa1; 8]);
const BOLAT: MemberId = MemberId::from_bytes([0xb0; 8]);
const DANA: MemberId = MemberId::from_bytes([0xda; 8]);
const ERLAN: MemberId = MemberId::from_bytes([0xe0; 8]);
const MEMBERS: [MemberId; 4] = [AIGUL, BOLAT, DANA, ERLAN];
const DOCUMENT: DocId = DocId::from_bytes([0; 32]);
const AT: UnixMillis = UnixMillis(1_790_000_000_000);
const REC: RowId = RowId::from_bytes([7; 8]);
const OTHER_REC: RowId = RowId::from_bytes([8; 8]);

type Step = (ActRecord, ActAbout);

fn hash(n: u8) -> ActHash {
    ActHash::from_bytes([n; 32])
}

/// An act as `seal` would give it; Erlan is the coordinator, the subject is the one the kind asks for.
fn step(n: u8, parents: &[u8], member: MemberId, act: &Act) -> Step {
    let subject = match act {
        Act::RecommendationIssued(issued) => Subject::Recommendation(issued.recommendation),
        _ => Subject::Report,
    };
    let record = ActRecord {
        hash: hash(n),
        parents: parents.iter().map(|n| hash(*n)).collect(),
        kind: act.kind().to_owned(),
        arguments: act.encode_arguments(),
        device: DeviceId::from_bytes([1; 16]),
        member,
        void: false,
    };
    let about = ActAbout {
        subject: Some(subject.to_string()),
        heads: vec![ChangeHash::from_bytes([5; 32])],
        view: Some(Digest([6; 32])),
        role: if member == ERLAN {
            Role::Coordinator
        } else {
            Role::Member
        },
        record: Some(RecordHash::from_bytes([n; 32])),
    };
    (record, about)
}

/// Aigul decides a visit led by herself, with Bolat as deputy and Dana; Erlan coordinates. The tip is act 4.
fn opening(kind: DocKind) -> Vec<Step> {
    let genesis = Act::Genesis(Genesis {
        kind,
        parent: None,
        nonce: Nonce([9; 16]),
    });
    let grant = |member| {
        Act::AccessGranted(AccessGranted {
            member,
            may_share: false,
        })
    };
    let decided = Act::VisitDecided(VisitDecided {
        number: None,
        visit_type: "special".parse().unwrap(),
        facility: "ЛА-155/8".to_owned(),
        leader: AIGUL,
        deputy: Some(BOLAT),
        team: vec![TeamMember {
            member: DANA,
            role: "doctor".parse().unwrap(),
        }],
        forms: vec![FormBound {
            form: "F01".parse().unwrap(),
            version: FormVersion([1; 32]),
        }],
    });
    vec![
        step(0, &[], AIGUL, &genesis),
        step(1, &[0], AIGUL, &grant(BOLAT)),
        step(2, &[1], AIGUL, &grant(DANA)),
        step(3, &[2], AIGUL, &grant(ERLAN)),
        step(4, &[3], AIGUL, &decided),
    ]
}

fn state(steps: &[Step]) -> ActState {
    let mut log = ActLog::new(DOCUMENT);
    steps
        .iter()
        .cloned()
        .for_each(|(act, about)| log.insert_about(act, about));
    log.state()
}

fn after(kind: DocKind, steps: &[Step]) -> ActState {
    state(&[opening(kind), steps.to_vec()].concat())
}

fn why(state: &ActState, n: u8) -> Option<Ineffective> {
    let found = state.ineffective.iter().find(|(act, _)| *act == hash(n));
    found.map(|(_, why)| *why)
}

fn sign() -> Act {
    Act::ReportSigned(ReportSigned { at: AT })
}

fn dissent() -> Act {
    Act::ReportDissented(ReportDissented {
        at: AT,
        opinion: "Келіспеймін".to_owned(),
    })
}

fn unreachable(member: MemberId) -> Act {
    Act::ReportUnreachable(ReportUnreachable {
        member,
        at: AT,
        reason: "в пути".to_owned(),
    })
}

fn refuse(member: MemberId) -> Act {
    Act::ReportRefused(ReportRefused {
        member,
        at: AT,
        reason: None,
    })
}

fn seal(missing: &[MemberId]) -> Act {
    let missing = missing.iter().map(|member| Missing {
        member: *member,
        reason: "болмады".to_owned(),
    });
    Act::VisitSealed(VisitSealed {
        at: AT,
        files: vec![],
        limits: None,
        forms: vec![],
        missing: missing.collect(),
    })
}

fn standing(state: &ActState, member: MemberId) -> Standing {
    state.report.signatures[&member].standing
}

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

fn issue(recommendation: RowId, running: u32) -> Act {
    let text = |language| IssuedText {
        language,
        established: "жоқ".to_owned(),
        action: "орнату".to_owned(),
    };
    Act::RecommendationIssued(RecommendationIssued {
        recommendation,
        visit_number: "2026-114".to_owned(),
        running,
        texts: vec![text(Language::Kk), text(Language::Ru)],
        theme: "toilets".parse().unwrap(),
        priority: "soon".parse().unwrap(),
        addressee: "ҚАЖД".to_owned(),
        norm: None,
        cohort: 2026,
        at: AT,
        reply_by: None,
        repeats: None,
    })
}

fn respond(reply: Reply) -> Act {
    Act::RecommendationResponded(RecommendationResponded {
        recommendation: REC,
        reply,
        at: AT,
        incoming: None,
        text: None,
        letter: None,
    })
}

fn verify(found: Verified) -> Act {
    Act::RecommendationVerified(RecommendationVerified {
        recommendation: REC,
        found,
        method: VerifiedBy::Visit,
        at: AT,
        note: None,
    })
}

fn close(reason: &str) -> Act {
    Act::RecommendationClosed(RecommendationClosed {
        recommendation: REC,
        reason: reason.parse().unwrap(),
        note: None,
    })
}

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
    let without = after(
        DocKind::FollowUp,
        &[
            steps[0].clone(),
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

fn give(kinds: &[ConsentKind]) -> Act {
    Act::ConsentGiven(ConsentGiven {
        kinds: kinds.to_vec(),
        at: AT,
        code: Some("kite-17".to_owned()),
        witness: None,
    })
}

fn take_back(kind: ConsentKind) -> Act {
    Act::ConsentWithdrawn(ConsentWithdrawn {
        kinds: vec![kind],
        at: AT,
        by_code: true,
    })
}

fn hand_over(without_consent: Option<&str>) -> Act {
    Act::AllegationHandedOver(AllegationHandedOver {
        to: HandedTo::Prosecutor,
        at: AT,
        receipt: None,
        without_consent: without_consent.map(str::to_owned),
    })
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

fn random_act(kind: u8, whom: usize) -> Act {
    let member = MEMBERS[whom % 4];
    let closed = Act::CollectionClosed(CollectionClosed {
        last: vec![],
        missing: vec![Missing {
            member,
            reason: "x".to_owned(),
        }],
    });
    match kind {
        0 => sign(),
        1 => dissent(),
        2 => refuse(member),
        3 => unreachable(member),
        4 => closed,
        5 => seal(&MEMBERS),
        6 => issue([REC, OTHER_REC][whom % 2], 1),
        7 => respond([Reply::Accepted, Reply::Rejected][whom % 2]),
        8 => verify(Verified::ALL[whom]),
        9 => close(["done", "overtaken"][whom % 2]),
        10 => give(&[ConsentKind::ALL[whom + 1]]),
        11 => take_back(ConsentKind::ALL[whom + 1]),
        12 => Act::ReviewAccepted(ReviewAccepted { at: AT }),
        13 => Act::ReviewQuestioned(ReviewQuestioned {
            at: AT,
            questions: "x".to_owned(),
        }),
        14 => hand_over(None),
        15 => Act::RecordReadmitted(RecordReadmitted {
            record: RecordHash::from_bytes([u8::try_from(whom).unwrap() * 37 + 42; 32]),
            reason: "x".to_owned(),
        }),
        _ => Act::AccessWithdrawn(AccessWithdrawn { member }),
    }
}

fn any_history() -> impl Strategy<Value = Vec<Step>> {
    let kinds = prop_oneof![
        Just(DocKind::Visit),
        Just(DocKind::FollowUp),
        Just(DocKind::Interview)
    ];
    let one = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0_usize..4,
        0_usize..4,
        0_u8..17,
        0_u8..8,
    );
    (kinds, proptest::collection::vec(one, 1..24)).prop_map(|(document, steps)| {
        let mut acts = opening(document);
        for (n, (one, other, author, whom, kind, luck)) in (5_u8..).zip(steps) {
            // Low numbers are the opening; the others are spread, so that their order is not the order of writing.
            let mut act = step(
                n.wrapping_mul(37).max(5),
                &[],
                MEMBERS[author],
                &random_act(kind, whom),
            );
            let mut parents = vec![
                acts[one.index(acts.len())].0.hash,
                acts[other.index(acts.len())].0.hash,
                acts[4].0.hash,
            ];
            parents.sort();
            parents.dedup();
            act.0.parents = parents;
            act.0.void = luck == 0;
            acts.push(act);
        }
        acts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_order_and_any_prefix_give_one_state(
        acts in any_history(),
        cut in any::<prop::sample::Index>(),
        swaps in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..40),
    ) {
        let mut shuffled = acts.clone();
        for (one, other) in swaps {
            let (one, other) = (one.index(acts.len()), other.index(acts.len()));
            shuffled.swap(one, other);
        }
        prop_assert_eq!(state(&shuffled), state(&acts));
        let cut = cut.index(acts.len());
        let mut log = ActLog::new(DOCUMENT);
        for (index, (act, about)) in shuffled.iter().enumerate() {
            log.insert_about(act.clone(), about.clone());
            if index == cut {
                let mut prefix = shuffled[..=index].to_vec();
                prefix.reverse();
                prop_assert_eq!(log.state(), state(&prefix));
            }
        }
        prop_assert_eq!(log.state(), state(&acts));
    }
}

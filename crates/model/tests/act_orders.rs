//! Acts make one state, in whatever order and however many of them have come.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not covered by the switches for tests"
)]

#[path = "support/visit_acts.rs"]
mod team;

use proptest::prelude::*;
use senim_ids::{DocKind, RecordHash};
use senim_model::*;
use team::*;

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
            record: RecordHash::from_bytes([number(u8::try_from(whom).unwrap() + 5); 32]),
            reason: "x".to_owned(),
        }),
        _ => Act::AccessWithdrawn(AccessWithdrawn { member }),
    }
}

/// The n-th act's hash and record: spread, so that their order is not the order of writing. Low numbers are the opening's.
fn number(n: u8) -> u8 {
    n.wrapping_mul(37).max(5)
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
            let mut act = step(number(n), &[], MEMBERS[author], &random_act(kind, whom));
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

//! Acts make one state, in whatever order and however many of them have come.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not covered by the switches for tests"
)]

use proptest::prelude::*;
use senim_ids::{ActHash, DeviceId, DocId, DocKind, MemberId};
use senim_model::{
    AccessGranted, AccessWithdrawn, Act, ActError, ActLog, ActRecord, ActState, FormBound,
    FormVersion, Genesis, Ineffective, Nonce, Sharing, TeamMember, VisitDecided,
};

const AIGUL: MemberId = MemberId::from_bytes([0xa1; 8]);
const BOLAT: MemberId = MemberId::from_bytes([0xb0; 8]);
const DANA: MemberId = MemberId::from_bytes([0xda; 8]);
const ERLAN: MemberId = MemberId::from_bytes([0xe0; 8]);

fn hash(n: u8) -> ActHash {
    ActHash::from_bytes([n; 32])
}

const DOCUMENT: DocId = DocId::from_bytes([0; 32]);

fn record(n: u8, parents: &[u8], member: MemberId, act: &Act) -> ActRecord {
    ActRecord {
        hash: hash(n),
        parents: parents.iter().map(|n| hash(*n)).collect(),
        kind: act.kind().to_owned(),
        arguments: act.encode_arguments(),
        device: DeviceId::from_bytes([1; 16]),
        member,
        void: false,
    }
}

fn genesis() -> ActRecord {
    let act = Genesis {
        kind: DocKind::Visit,
        parent: None,
        nonce: Nonce([9; 16]),
    };
    record(0, &[], AIGUL, &Act::Genesis(act))
}

fn grant(member: MemberId, may_share: bool) -> Act {
    Act::AccessGranted(AccessGranted { member, may_share })
}

fn withdraw(member: MemberId) -> Act {
    Act::AccessWithdrawn(AccessWithdrawn { member })
}

fn decide(facility: &str) -> Act {
    Act::VisitDecided(VisitDecided {
        number: Some("2026-114".to_owned()),
        visit_type: "special".parse().unwrap(),
        facility: facility.to_owned(),
        leader: AIGUL,
        deputy: Some(BOLAT),
        team: vec![TeamMember {
            member: BOLAT,
            role: "doctor".parse().unwrap(),
        }],
        forms: vec![FormBound {
            form: "F01".parse().unwrap(),
            version: FormVersion([3; 32]),
        }],
    })
}

fn state(acts: &[ActRecord]) -> ActState {
    let mut log = ActLog::new(DOCUMENT);
    acts.iter().cloned().for_each(|act| log.insert(act));
    log.state()
}

fn why(state: &ActState, n: u8) -> Option<Ineffective> {
    state
        .ineffective
        .iter()
        .find(|(act, _)| *act == hash(n))
        .map(|(_, why)| *why)
}

#[test]
fn the_creator_reads_and_lets_others_in() {
    let acts = [
        genesis(),
        record(1, &[0], AIGUL, &grant(BOLAT, true)),
        record(2, &[1], BOLAT, &grant(DANA, false)),
        record(3, &[2], DANA, &grant(ERLAN, false)),
        record(4, &[2], AIGUL, &decide("ЛА-155/8")),
        record(5, &[2], BOLAT, &decide("ЛА-155/14")),
    ];
    let state = state(&acts);
    assert_eq!(
        (state.creator, state.kind),
        (Some(AIGUL), Some(DocKind::Visit))
    );
    let readers: Vec<_> = state.readers.clone().into_iter().collect();
    assert_eq!(
        readers,
        [
            (AIGUL, Sharing::Allowed),
            (BOLAT, Sharing::Allowed),
            (DANA, Sharing::No)
        ]
    );
    assert_eq!(
        why(&state, 3),
        Some(Ineffective::NotAllowed),
        "may read, not share"
    );
    assert_eq!(
        why(&state, 5),
        Some(Ineffective::NotAllowed),
        "only the creator decides"
    );
    assert_eq!(state.decided.unwrap().facility, "ЛА-155/8");
    assert_eq!(state.tips, [hash(3), hash(4), hash(5)]);
}

#[test]
fn withdrawn_beats_given_at_the_same_time() {
    let given = [genesis(), record(1, &[0], AIGUL, &grant(BOLAT, false))];
    let out = record(2, &[1], AIGUL, &withdraw(BOLAT));
    let again = record(3, &[1], AIGUL, &grant(BOLAT, true));
    let both = state(&[&given[..], &[out.clone(), again]].concat());
    assert!(!both.readers.contains_key(&BOLAT));
    let later = record(4, &[2], AIGUL, &grant(BOLAT, true));
    let back = state(&[&given[..], &[out, later]].concat());
    assert_eq!(back.readers[&BOLAT], Sharing::Allowed);
}

/// Else whoever was put out could go on for ever by citing only acts from before.
#[test]
fn who_is_put_out_lets_nobody_in_any_more() {
    let acts = [
        genesis(),
        record(1, &[0], AIGUL, &grant(BOLAT, true)),
        record(2, &[1], AIGUL, &withdraw(BOLAT)),
        record(3, &[1], BOLAT, &grant(DANA, false)),
        record(4, &[3], BOLAT, &grant(ERLAN, false)),
        record(5, &[2], BOLAT, &grant(ERLAN, false)),
    ];
    let state = state(&acts);
    assert_eq!(state.readers.keys().collect::<Vec<_>>(), [&AIGUL]);
    assert_eq!(why(&state, 3), Some(Ineffective::GiverWithdrawn));
    assert_eq!(why(&state, 4), Some(Ineffective::GiverWithdrawn));
    assert_eq!(why(&state, 5), Some(Ineffective::NotAllowed));
}

#[test]
fn what_was_given_before_stays() {
    let acts = [
        genesis(),
        record(1, &[0], AIGUL, &grant(BOLAT, true)),
        record(2, &[1], BOLAT, &grant(DANA, false)),
        record(3, &[2], AIGUL, &withdraw(BOLAT)),
    ];
    let state = state(&acts);
    assert_eq!(state.readers.keys().collect::<Vec<_>>(), [&AIGUL, &DANA]);
}

#[test]
fn a_contradiction_is_contested_until_an_act_cites_both() {
    let mut acts = vec![
        genesis(),
        record(1, &[0], AIGUL, &decide("ЛА-155/8")),
        record(2, &[0], AIGUL, &decide("ЛА-155/14")),
        record(3, &[0], AIGUL, &grant(BOLAT, true)),
        record(4, &[0], AIGUL, &grant(BOLAT, false)),
    ];
    let open = state(&acts);
    assert_eq!(open.decided, None);
    assert_eq!(
        open.readers[&BOLAT],
        Sharing::No,
        "the lesser right holds meanwhile"
    );
    let contested: Vec<_> = open.contested.iter().map(|one| one.acts.clone()).collect();
    assert_eq!(contested, [vec![hash(3), hash(4)], vec![hash(1), hash(2)]]);

    acts.push(record(5, &[1, 2, 3, 4], AIGUL, &decide("ЛА-155/8")));
    acts.push(record(6, &[5], AIGUL, &grant(BOLAT, true)));
    let closed = state(&acts);
    assert!(closed.contested.is_empty());
    assert_eq!(closed.decided.unwrap().facility, "ЛА-155/8");
    assert_eq!(closed.readers[&BOLAT], Sharing::Allowed);
}

#[test]
fn an_act_that_becomes_void_is_taken_back() {
    let acts = [
        genesis(),
        record(1, &[0], AIGUL, &grant(BOLAT, true)),
        record(2, &[1], BOLAT, &grant(DANA, false)),
    ];
    let mut log = ActLog::new(DOCUMENT);
    acts.iter().cloned().for_each(|act| log.insert(act));
    assert!(log.state().readers.contains_key(&DANA));
    log.insert(ActRecord {
        void: true,
        ..acts[2].clone()
    });
    let after = log.state();
    assert!(!after.readers.contains_key(&DANA));
    assert_eq!(why(&after, 2), Some(Ineffective::Void));
    assert_eq!(after.tips, [hash(2)], "it stays part of the past");
}

#[test]
fn an_act_without_its_past_waits() {
    let acts = [
        genesis(),
        record(2, &[1], AIGUL, &grant(BOLAT, true)),
        record(3, &[2], AIGUL, &decide("x")),
    ];
    let state = state(&acts);
    assert_eq!(state.waiting, [(hash(2), vec![hash(1)]), (hash(3), vec![])]);
    assert!(!state.readers.contains_key(&BOLAT));
    assert_eq!(state.tips, [hash(0)]);
}

#[test]
fn acts_of_other_documents_and_of_nobody_have_no_effect() {
    let mut foreign = genesis();
    foreign.hash = hash(1);
    foreign.member = BOLAT;
    let mut unknown = record(3, &[0], AIGUL, &decide("x"));
    unknown.kind = "visit.dreamed".to_owned();
    let mut broken = record(4, &[0], AIGUL, &decide("x"));
    broken.arguments.push(0);
    let acts = [
        genesis(),
        foreign,
        record(2, &[1], BOLAT, &grant(BOLAT, true)),
        unknown,
        broken,
        record(5, &[], AIGUL, &grant(BOLAT, true)),
    ];
    let state = state(&acts);
    assert_eq!(state.creator, Some(AIGUL));
    assert_eq!(state.readers.keys().collect::<Vec<_>>(), [&AIGUL]);
    for (n, reason) in [
        (1, Ineffective::OtherDocument),
        (2, Ineffective::OtherDocument),
        (3, Ineffective::UnknownKind),
        (4, Ineffective::Malformed),
        (5, Ineffective::OtherDocument),
    ] {
        assert_eq!(why(&state, n), Some(reason), "{n}");
    }
    assert_eq!(
        self::state(&acts[1..]).creator,
        None,
        "nothing holds before the genesis"
    );
}

/// Arguments are signed bytes: these may never change.
#[test]
fn arguments_are_frozen() {
    let bytes = |act: Act| {
        let bytes = act.encode_arguments();
        assert_eq!(Act::parse(act.kind(), &bytes), Ok(act));
        hex::encode(bytes)
    };
    assert_eq!(bytes(grant(BOLAT, true)), "8248b0b0b0b0b0b0b0b0f5");
    assert_eq!(bytes(withdraw(BOLAT)), "8148b0b0b0b0b0b0b0b0");
    let act = Genesis {
        kind: DocKind::Visit,
        parent: None,
        nonce: Nonce([9; 16]),
    };
    assert_eq!(
        bytes(Act::Genesis(act)),
        format!("8301f650{}", "09".repeat(16))
    );
    let version = "03".repeat(32);
    let aigul = "a1".repeat(8);
    let bolat = "b0".repeat(8);
    assert_eq!(
        bytes(decide("X")),
        format!(
            "8768323032362d313134677370656369616c615848{aigul}48{bolat}818248{bolat}66646f63746f7281826346303158 20{version}"
        )
        .replace(' ', ""),
    );
    assert_eq!(Act::parse("visit.dreamed", &[]), Err(ActError::UnknownKind));
    assert_eq!(
        Act::parse("access.granted", &[0x82, 0x48]),
        Err(ActError::NotCanonical)
    );
}

fn any_acts() -> impl Strategy<Value = Vec<ActRecord>> {
    let one = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0_usize..4,
        0_usize..4,
        0_u8..5,
        0_u8..12,
    );
    proptest::collection::vec(one, 1..24).prop_map(|steps| {
        let members = [AIGUL, BOLAT, DANA, ERLAN];
        let mut acts = vec![genesis()];
        for (n, (one, other, author, whom, kind, luck)) in (1_u8..).zip(steps) {
            let mut parents = vec![
                acts[one.index(acts.len())].hash,
                acts[other.index(acts.len())].hash,
            ];
            parents.sort();
            parents.dedup();
            let act = match kind {
                0 | 1 => grant(members[whom], true),
                2 => grant(members[whom], false),
                3 => withdraw(members[whom]),
                _ => decide(["ЛА-155/8", "ЛА-155/14"][whom % 2]),
            };
            // Spread the hashes, so that their order is not the order of writing.
            let mut act = record(n.wrapping_mul(167), &[], members[author], &act);
            act.parents = parents;
            act.void = luck == 0;
            acts.push(act);
        }
        acts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_order_and_any_prefix_give_one_state(
        acts in any_acts(),
        order in any::<prop::sample::Index>(),
        swaps in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..40),
    ) {
        let mut shuffled = acts.clone();
        for (one, other) in swaps {
            let (one, other) = (one.index(acts.len()), other.index(acts.len()));
            shuffled.swap(one, other);
        }
        prop_assert_eq!(state(&shuffled), state(&acts));

        // Whatever came first, asking in between changes nothing of what holds in the end.
        let mut log = ActLog::new(DOCUMENT);
        let cut = order.index(acts.len());
        for (index, act) in shuffled.iter().enumerate() {
            log.insert(act.clone());
            if index == cut {
                let mut prefix = shuffled[..=index].to_vec();
                prefix.reverse();
                prop_assert_eq!(log.state(), state(&prefix));
            }
        }
        prop_assert_eq!(log.state(), state(&acts));
    }

    #[test]
    fn whoever_reads_was_let_in_by_someone_allowed(acts in any_acts()) {
        let state = state(&acts);
        for member in state.readers.keys().filter(|member| **member != AIGUL) {
            let grants = [grant(*member, true), grant(*member, false)].map(|act| act.encode_arguments());
            let given = acts.iter().any(|act| {
                let effective = !state.ineffective.iter().any(|(hash, _)| *hash == act.hash);
                act.kind == "access.granted" && effective && grants.contains(&act.arguments)
            });
            prop_assert!(given);
        }
    }
}

//! The roster: who may give, who may take, and one fold in whichever order removals come.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a fixture that fails is a failed test"
)]

mod common;

use common::{
    FixedRng, INVITE, MAILBOX, NOW, ORG, OTHER_MAILBOX, OTHER_ORG, add_device, add_person,
    admin_device, device, found, genesis, key, member, member_added, next, next_with, removal,
    revoke,
};
use proptest::prelude::*;
use senim_ids::{Role, RosterHash};
use senim_seal::{
    AdmitListError, DeviceSecrets, EntryDraft, Judgement, Policy, Roster, RosterChange,
    RosterContent, RosterError, RosterLoss, ServerSet, open_roster_content, roster_hash,
    seal_roster_content, sign_admit_list, sign_entry, verify_admit_list,
};

/// Aigul (admin, founder), Bolat (admin), Dana (member with two devices).
struct Team {
    aigul: DeviceSecrets,
    bolat: DeviceSecrets,
    dana: DeviceSecrets,
    dana_two: DeviceSecrets,
    roster: Roster,
}

fn team() -> Team {
    let (aigul, bolat) = (admin_device("Aigul"), admin_device("Bolat"));
    let (dana, dana_two) = (device("Dana"), device("Dana two"));
    let mut roster = found(&aigul);
    add_person(&mut roster, "Bolat", Role::Admin, &bolat, &aigul);
    add_person(&mut roster, "Dana", Role::Member, &dana, &bolat);
    add_device(&mut roster, "Dana", &dana_two, &aigul);
    Team {
        aigul,
        bolat,
        dana,
        dana_two,
        roster,
    }
}

fn try_append(roster: &mut Roster, entry: &RosterContent) -> Result<(), RosterError> {
    let before = (
        roster.head_seq(),
        roster.head_hash(),
        roster.members().count(),
    );
    let result = roster.append(&entry.content);
    if result.is_err() {
        assert_eq!(
            before,
            (
                roster.head_seq(),
                roster.head_hash(),
                roster.members().count()
            )
        );
    }
    result
}

/// What a fold looks like from outside.
fn picture(roster: &Roster) -> String {
    let devices: Vec<_> = roster
        .devices()
        .map(|d| (d.id, d.member, d.last_device_seq))
        .collect();
    let members: Vec<_> = roster
        .members()
        .map(|m| (m.id, m.role, m.removed, roster.role_of(m.id)))
        .collect();
    let (void, list) = (roster.void_entries(), roster.admit_list());
    format!(
        "{devices:?} {members:?} {void:?} {list:?} {:?}",
        roster.head_hash()
    )
}

#[test]
fn the_chain_gives_members_devices_roles_and_settings() {
    let mut team = team();
    let server = ServerSet {
        origins: vec!["https://sync.example:8443".to_owned()],
        pins: vec![[9; 32]],
    };
    let policy = Policy {
        least_app_version: "0.2.0".to_owned(),
        least_slot_memory_kib: 131_072,
    };
    for change in [
        RosterChange::Server(server.clone()),
        RosterChange::Policy(policy.clone()),
        RosterChange::RoleRaised {
            member: member("Dana"),
            role: Role::Coordinator,
        },
    ] {
        let entry = next(&team.roster, change, &team.bolat);
        team.roster.append(&entry.content).unwrap();
    }
    let roster = &team.roster;
    assert_eq!(roster.server(), Some(&server));
    assert_eq!(roster.policy(), Some(&policy));
    assert_eq!(roster.role_of(member("Dana")), Some(Role::Coordinator));
    assert_eq!(roster.role_of(member("Nobody")), None);
    assert_eq!(roster.sequencer(), team.aigul.device_id());
    assert_eq!(roster.name(), "Ұлттық алдын алу тетігі");
    assert_eq!(
        roster.device(team.dana.device_id()).unwrap().member,
        member("Dana")
    );
    assert_eq!(roster.devices().count(), 4);
    assert_eq!(roster.head_seq(), 8);
    assert!(roster.active_at(team.bolat.device_id(), 2));
    assert!(!roster.active_at(team.bolat.device_id(), 1));
    assert_eq!(
        roster.role_in_record(team.dana.device_id(), 1, 4),
        Some(Role::Member)
    );
    assert_eq!(
        roster.role_in_record(team.dana.device_id(), 1, 8),
        Some(Role::Coordinator)
    );
}

#[test]
fn replay_gives_the_same_roster() {
    let mut team = team();
    let taken = revoke(5, team.dana_two.device_id(), 7, &team.bolat);
    team.roster.remove(&taken.content).unwrap();
    let mut contents = team.roster.entry_contents();
    let mut again = Roster::found(contents.next().unwrap(), team.roster.genesis_hash()).unwrap();
    team.roster
        .removal_contents()
        .for_each(|removal| again.remove(removal).unwrap());
    contents.for_each(|entry| again.append(entry).unwrap());
    assert_eq!(picture(&again), picture(&team.roster));
}

#[test]
fn a_genesis_that_is_not_the_pinned_one_is_refused() {
    let aigul = admin_device("Aigul");
    let genesis = genesis(&aigul);
    let other = RosterHash::from_bytes([1; 32]);
    assert_eq!(
        Roster::found(&genesis.content, other).unwrap_err(),
        RosterError::Genesis
    );
    let roster = found(&aigul);
    let entry = next(&roster, member_added("Bolat", Role::Admin), &aigul);
    assert_eq!(
        Roster::found(&entry.content, entry.hash).unwrap_err(),
        RosterError::Genesis
    );
    let without_admit = RosterChange::Genesis {
        name: "x".to_owned(),
        member: member("Aigul"),
        member_name: "x".to_owned(),
        keys: *device("Aigul").public(),
    };
    let draft = EntryDraft {
        org: ORG,
        seq: 0,
        prev: None,
        wall_ms: NOW,
        change: without_admit,
    };
    assert_eq!(
        sign_entry(&draft, &[&aigul], None).unwrap_err(),
        RosterError::Genesis
    );
}

#[test]
fn each_bit_flip_of_each_kind_of_statement_is_refused() {
    let Team {
        aigul,
        bolat,
        dana,
        roster,
        ..
    } = team();
    let marat = device("Marat");
    let change = RosterChange::DeviceAdded {
        member: member("Dana"),
        keys: *marat.public(),
        invite: INVITE,
    };
    let entry = next_with(
        &roster,
        change,
        &bolat,
        Some(marat.prove_possession(ORG, INVITE)),
    );
    for byte in 0..entry.content.len() {
        for bit in 0..8 {
            let mut damaged = entry.content.clone();
            damaged[byte] ^= 1 << bit;
            let mut fresh = team().roster;
            assert!(fresh.append(&damaged).is_err(), "byte {byte} bit {bit}");
        }
        if byte > 40 {
            break;
        }
    }
    for byte in (41..entry.content.len()).step_by(5) {
        let mut damaged = entry.content.clone();
        damaged[byte] ^= 1;
        assert!(team().roster.append(&damaged).is_err(), "byte {byte}");
    }
    let taken = revoke(5, dana.device_id(), 7, &aigul);
    for byte in 0..taken.content.len() {
        let mut damaged = taken.content.clone();
        damaged[byte] ^= 1;
        let mut fresh = team().roster;
        let before = picture(&fresh);
        // With another signer's id it waits for a device that will never come, and takes nothing.
        let _waits_or_refused = fresh.remove(&damaged);
        assert_eq!(picture(&fresh), before, "byte {byte}");
    }
}

#[test]
fn only_admins_give() {
    let mut team = team();
    let by_dana = next(
        &team.roster,
        member_added("Marat", Role::Member),
        &team.dana,
    );
    assert_eq!(
        try_append(&mut team.roster, &by_dana),
        Err(RosterError::Signer)
    );
    let by_ghost = next(
        &team.roster,
        member_added("Marat", Role::Member),
        &admin_device("Ghost"),
    );
    assert_eq!(
        try_append(&mut team.roster, &by_ghost),
        Err(RosterError::Signer)
    );
    let draft = EntryDraft {
        org: ORG,
        seq: 6,
        prev: Some(team.roster.head_hash()),
        wall_ms: NOW,
        change: member_added("Marat", Role::Member),
    };
    let by_both = sign_entry(&draft, &[&team.bolat, &team.dana], None).unwrap();
    assert_eq!(
        try_append(&mut team.roster, &by_both),
        Err(RosterError::Signer)
    );
    assert_eq!(
        sign_entry(&draft, &[], None).unwrap_err(),
        RosterError::Encoding
    );
}

#[test]
fn a_device_comes_in_only_with_its_own_proof() {
    let mut team = team();
    let marat = device("Marat");
    let change = || RosterChange::DeviceAdded {
        member: member("Dana"),
        keys: *marat.public(),
        invite: INVITE,
    };
    let mut refused = |proof: Option<[u8; 64]>| {
        let draft = EntryDraft {
            org: ORG,
            seq: 6,
            prev: Some(team.roster.head_hash()),
            wall_ms: NOW,
            change: change(),
        };
        match sign_entry(&draft, &[&team.bolat], proof) {
            Ok(entry) => try_append(&mut team.roster, &entry).unwrap_err(),
            Err(error) => error,
        }
    };
    assert_eq!(refused(None), RosterError::Possession);
    assert_eq!(refused(Some([0; 64])), RosterError::Possession);
    assert_eq!(
        refused(Some(marat.prove_possession(OTHER_ORG, INVITE))),
        RosterError::Possession
    );
    let other_invite = senim_ids::InviteId::from_bytes([1; 16]);
    assert_eq!(
        refused(Some(marat.prove_possession(ORG, other_invite))),
        RosterError::Possession
    );
    let other = device("Other").prove_possession(ORG, INVITE);
    assert_eq!(refused(Some(other)), RosterError::Possession);
}

#[test]
fn no_key_and_no_id_ever_comes_twice() {
    let mut team = team();
    let taken = revoke(5, team.dana_two.device_id(), 7, &team.bolat);
    team.roster.remove(&taken.content).unwrap();
    let proof = team.dana_two.prove_possession(ORG, INVITE);
    let change = RosterChange::DeviceAdded {
        member: member("Dana"),
        keys: *team.dana_two.public(),
        invite: INVITE,
    };
    let again = next_with(&team.roster, change, &team.aigul, Some(proof));
    assert_eq!(try_append(&mut team.roster, &again), Err(RosterError::Keys));
    let twice = next(&team.roster, member_added("Dana", Role::Admin), &team.aigul);
    assert_eq!(
        try_append(&mut team.roster, &twice),
        Err(RosterError::Subject)
    );
    let marat = device("Marat");
    let change = RosterChange::DeviceAdded {
        member: member("Nobody"),
        keys: *marat.public(),
        invite: INVITE,
    };
    let stray = next_with(
        &team.roster,
        change,
        &team.aigul,
        Some(marat.prove_possession(ORG, INVITE)),
    );
    assert_eq!(
        try_append(&mut team.roster, &stray),
        Err(RosterError::Subject)
    );
}

#[test]
fn gaps_wrong_links_and_other_organisations_are_refused() {
    let mut team = team();
    let draft = |org, seq, prev| EntryDraft {
        org,
        seq,
        prev: Some(prev),
        wall_ms: NOW,
        change: member_added("Marat", Role::Member),
    };
    let head = team.roster.head_hash();
    let sign = |draft: &EntryDraft| sign_entry(draft, &[&team.aigul], None).unwrap();
    let gap = sign(&draft(ORG, 7, head));
    let wrong = sign(&draft(ORG, 6, RosterHash::from_bytes([1; 32])));
    let other = sign(&draft(OTHER_ORG, 6, head));
    assert_eq!(try_append(&mut team.roster, &gap), Err(RosterError::Gap));
    assert_eq!(try_append(&mut team.roster, &wrong), Err(RosterError::Prev));
    assert_eq!(try_append(&mut team.roster, &other), Err(RosterError::Org));
}

#[test]
fn two_valid_entries_at_one_place_stop_the_roster() {
    let mut team = team();
    let one = next(
        &team.roster,
        member_added("Marat", Role::Member),
        &team.aigul,
    );
    let two = next(
        &team.roster,
        member_added("Saule", Role::Member),
        &team.bolat,
    );
    let by_dana = next(&team.roster, member_added("Ghost", Role::Admin), &team.dana);
    team.roster.append(&one.content).unwrap();
    team.roster.append(&one.content).unwrap();
    assert!(team.roster.fork().is_none(), "a repeat is no fork");
    assert_eq!(
        try_append(&mut team.roster, &by_dana),
        Err(RosterError::Signer)
    );
    assert!(
        team.roster.fork().is_none(),
        "nobody but an admin can raise the alarm"
    );
    assert_eq!(try_append(&mut team.roster, &two), Err(RosterError::Forked));
    let fork = team.roster.fork().unwrap();
    assert_eq!((fork.seq, fork.held), (6, one.hash));
    assert_eq!(roster_hash(&fork.rival), two.hash);
    let after = next(
        &team.roster,
        member_added("Timur", Role::Member),
        &team.aigul,
    );
    assert_eq!(
        try_append(&mut team.roster, &after),
        Err(RosterError::Forked)
    );
}

#[test]
fn a_revoked_device_is_believed_up_to_its_last_record() {
    let mut team = team();
    let id = team.dana.device_id();
    assert_eq!(team.roster.judge(id, 1_000), Judgement::Good);
    for last in [7, 5, 9] {
        team.roster
            .remove(&revoke(5, id, last, &team.bolat).content)
            .unwrap();
    }
    assert_eq!(team.roster.judge(id, 5), Judgement::Good);
    assert_eq!(
        team.roster.judge(id, 6),
        Judgement::AfterRemoval,
        "the lowest number holds"
    );
    assert_eq!(
        team.roster.judge(device("Ghost").device_id(), 1),
        Judgement::Unknown
    );
    assert_eq!(
        team.roster.judge(team.dana_two.device_id(), 99),
        Judgement::Good
    );
    assert!(!team.roster.active_at(id, 6));
    assert!(team.roster.active_at(id, 5), "as far as the signer knew");
}

#[test]
fn members_take_from_themselves_and_admins_from_all() {
    let mut team = team();
    let by_dana = revoke(5, team.dana_two.device_id(), 3, &team.dana);
    let not_hers = revoke(5, team.bolat.device_id(), 0, &team.dana);
    team.roster.remove(&by_dana.content).unwrap();
    team.roster.remove(&not_hers.content).unwrap();
    assert!(
        !team
            .roster
            .device(team.dana_two.device_id())
            .unwrap()
            .active()
    );
    assert!(team.roster.device(team.bolat.device_id()).unwrap().active());
    let gone = RosterLoss::Member {
        member: member("Dana"),
        last: vec![(team.dana.device_id(), 4)],
    };
    team.roster
        .remove(&removal(5, gone, &team.aigul).content)
        .unwrap();
    assert_eq!(team.roster.judge(team.dana.device_id(), 4), Judgement::Good);
    assert_eq!(
        team.roster.judge(team.dana.device_id(), 5),
        Judgement::AfterRemoval
    );
    assert_eq!(
        team.roster.judge(team.dana_two.device_id(), 1),
        Judgement::AfterRemoval
    );
    assert_eq!(team.roster.role_of(member("Dana")), None);
}

#[test]
fn a_lowered_role_holds_above_the_last_record_and_can_be_raised_again() {
    let mut team = team();
    let id = team.bolat.device_id();
    let lower = RosterLoss::Role {
        member: member("Bolat"),
        role: Role::Member,
        last: vec![(id, 3)],
    };
    team.roster
        .remove(&removal(5, lower, &team.aigul).content)
        .unwrap();
    assert_eq!(team.roster.role_of(member("Bolat")), Some(Role::Member));
    assert_eq!(team.roster.role_in_record(id, 3, 5), Some(Role::Admin));
    assert_eq!(team.roster.role_in_record(id, 4, 5), Some(Role::Member));
    let raise = RosterChange::RoleRaised {
        member: member("Bolat"),
        role: Role::Coordinator,
    };
    let entry = next(&team.roster, raise, &team.aigul);
    team.roster.append(&entry.content).unwrap();
    assert_eq!(
        team.roster.role_of(member("Bolat")),
        Some(Role::Coordinator)
    );
    assert_eq!(
        team.roster.role_in_record(id, 9, 6),
        Some(Role::Coordinator)
    );
    assert_eq!(
        team.roster.role_in_record(id, 9, 5),
        Some(Role::Member),
        "not before the raise"
    );
}

#[test]
fn what_a_removed_admin_gives_afterwards_does_not_stand() {
    let mut team = team();
    let ghost = admin_device("Ghost");
    let taken = revoke(5, team.bolat.device_id(), 3, &team.aigul);
    // Entries 6 and 7 by Bolat through a bent server; 8 by the ghost.
    add_person(&mut team.roster, "Ghost", Role::Admin, &ghost, &team.bolat);
    let by_ghost = next(
        &team.roster,
        member_added("Second ghost", Role::Admin),
        &ghost,
    );
    team.roster.append(&by_ghost.content).unwrap();
    assert!(
        team.roster.device(ghost.device_id()).is_some(),
        "nobody knows yet"
    );
    team.roster.remove(&taken.content).unwrap();
    assert_eq!(team.roster.judge(ghost.device_id(), 1), Judgement::Unknown);
    assert_eq!(team.roster.member(member("Second ghost")), None);
    assert_eq!(
        team.roster
            .void_entries()
            .iter()
            .copied()
            .collect::<Vec<_>>(),
        [6, 7, 8]
    );
    let good = next(
        &team.roster,
        member_added("Marat", Role::Member),
        &team.aigul,
    );
    team.roster.append(&good.content).unwrap();
    assert!(
        team.roster.member(member("Marat")).is_some(),
        "the chain goes on"
    );
}

#[test]
fn the_last_admin_cannot_be_removed() {
    let mut team = team();
    let (aigul, bolat) = (team.aigul.device_id(), team.bolat.device_id());
    let by_bolat = revoke(5, aigul, 0, &team.bolat);
    let by_aigul = revoke(5, bolat, 0, &team.aigul);
    let by_herself = removal(
        5,
        RosterLoss::Member {
            member: member("Aigul"),
            last: vec![],
        },
        &team.aigul,
    );
    for content in [&by_bolat, &by_aigul, &by_herself] {
        team.roster.remove(&content.content).unwrap();
    }
    let admins: Vec<_> = team
        .roster
        .devices()
        .filter(|d| d.active())
        .map(|d| d.id)
        .collect();
    assert!(
        admins.contains(&aigul) != admins.contains(&bolat),
        "one of the two is left"
    );
    let mut two = Team { ..self::team() };
    two.roster.remove(&by_bolat.content).unwrap();
    two.roster.remove(&by_aigul.content).unwrap();
    assert!(
        two.roster.device(aigul).unwrap().active(),
        "the longest-standing one's word goes first"
    );
    assert!(!two.roster.device(bolat).unwrap().active());
}

#[test]
fn statements_of_a_later_version_say_so() {
    let aigul = admin_device("Aigul");
    let mut roster = found(&aigul);
    let entry = next(
        &roster,
        RosterChange::RoleRaised {
            member: member("Aigul"),
            role: Role::Admin,
        },
        &aigul,
    );
    // The change's number 3 becomes 9: what a later app would write.
    let mut bytes = entry.content;
    let at = bytes
        .windows(3)
        .position(|w| w == [0x83, 0x03, 0x48])
        .unwrap();
    bytes[at + 1] = 9;
    assert_eq!(roster.append(&bytes).unwrap_err(), RosterError::Unknown);
}

#[test]
fn statements_are_sealed_for_their_log() {
    let aigul = admin_device("Aigul");
    let statement = genesis(&aigul);
    let envelope =
        seal_roster_content(&statement, MAILBOX, &key("r"), ORG, &mut FixedRng::new("n")).unwrap();
    let (kind, content) = open_roster_content(&envelope, &key("r"), ORG, MAILBOX).unwrap();
    assert_eq!((kind, &*content), (statement.kind, &statement.content));
    assert_eq!(
        open_roster_content(&envelope, &key("r"), ORG, OTHER_MAILBOX)
            .map(|_| ())
            .unwrap_err(),
        RosterError::Envelope
    );
    assert!(open_roster_content(&envelope, &key("s"), ORG, MAILBOX).is_err());
}

#[test]
fn the_admit_list_follows_from_the_roster() {
    let mut team = team();
    let first = sign_admit_list(&team.roster, &team.aigul).unwrap();
    let list = verify_admit_list(&first, None).unwrap();
    assert_eq!((list.auth.len(), list.admit.len(), list.version), (4, 2, 6));
    team.roster
        .remove(&revoke(5, team.bolat.device_id(), 3, &team.aigul).content)
        .unwrap();
    let second = sign_admit_list(&team.roster, &team.aigul).unwrap();
    let shorter = verify_admit_list(&second, Some(&list.admit)).unwrap();
    assert_eq!(
        (shorter.auth.len(), shorter.admit.len(), shorter.version),
        (3, 1, 7)
    );
    assert_eq!(
        sign_admit_list(&team.roster, &team.bolat).unwrap_err(),
        AdmitListError::NoKey
    );
    assert_eq!(
        sign_admit_list(&team.roster, &team.dana).unwrap_err(),
        AdmitListError::NoKey
    );
    let strangers = [team.dana.public().auth().wire()];
    assert_eq!(
        verify_admit_list(&second, Some(&strangers)),
        Err(AdmitListError::Signer)
    );
    for byte in 0..second.list.len() {
        let mut damaged = second.clone();
        damaged.list.0[byte] ^= 1;
        assert!(
            verify_admit_list(&damaged, Some(&list.admit)).is_err(),
            "byte {byte}"
        );
    }
    for byte in 0..64 {
        let mut damaged = second.clone();
        damaged.signature.0[byte] ^= 1;
        assert_eq!(
            verify_admit_list(&damaged, None),
            Err(AdmitListError::Signature)
        );
    }
}

/// A story with every kind of removal: entries in order, and removals of which each may come at any time.
fn story() -> (Vec<RosterContent>, Vec<RosterContent>) {
    let (aigul, bolat) = (admin_device("Aigul"), admin_device("Bolat"));
    let (dana, dana_two, ghost) = (device("Dana"), device("Dana two"), admin_device("Ghost"));
    let mut roster = found(&aigul);
    let mut entries = vec![genesis(&aigul)];
    entries.extend(add_person(
        &mut roster,
        "Bolat",
        Role::Admin,
        &bolat,
        &aigul,
    ));
    entries.extend(add_person(
        &mut roster,
        "Dana",
        Role::Coordinator,
        &dana,
        &bolat,
    ));
    entries.push(add_device(&mut roster, "Dana", &dana_two, &aigul));
    entries.extend(add_person(
        &mut roster,
        "Ghost",
        Role::Admin,
        &ghost,
        &bolat,
    ));
    let raise = RosterChange::RoleRaised {
        member: member("Dana"),
        role: Role::Admin,
    };
    let raised = next(&roster, raise, &ghost);
    roster.append(&raised.content).unwrap();
    entries.push(raised);
    let role = |role, last| RosterLoss::Role {
        member: member("Dana"),
        role,
        last,
    };
    let removals = vec![
        revoke(5, bolat.device_id(), 9, &aigul),
        revoke(6, bolat.device_id(), 4, &ghost),
        revoke(7, aigul.device_id(), 4, &bolat),
        removal(4, role(Role::Member, vec![(dana.device_id(), 2)]), &bolat),
        removal(8, role(Role::Coordinator, vec![]), &aigul),
        revoke(5, dana_two.device_id(), 1, &dana),
        removal(
            8,
            RosterLoss::Member {
                member: member("Ghost"),
                last: vec![],
            },
            &dana,
        ),
        revoke(8, aigul.device_id(), 0, &device("Nobody")),
    ];
    (entries, removals)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// At which entry each removal comes (0: before all but genesis), and in which order those of one place come.
    #[test]
    fn any_order_of_removals_gives_one_fold(places in proptest::collection::vec((0_usize..9, any::<u8>()), 8), drop in 0_usize..256) {
        let (entries, removals) = story();
        let chosen: Vec<_> = (0..8).filter(|n| drop & (1 << n) == 0).collect();
        let deliver = |order: &dyn Fn(usize) -> (usize, u8)| {
            let mut roster = Roster::found(&entries[0].content, entries[0].hash).unwrap();
            let mut waiting: Vec<_> = chosen.iter().map(|n| (order(*n), *n)).collect();
            waiting.sort_unstable();
            for (place, entry) in entries.iter().enumerate() {
                // The genesis is held already; taking it again changes nothing.
                roster.append(&entry.content).unwrap();
                for (_, n) in waiting.iter().filter(|((at, _), _)| *at == place) {
                    roster.remove(&removals[*n].content).unwrap();
                }
            }
            picture(&roster)
        };
        let last = deliver(&|_| (8, 0));
        prop_assert_eq!(deliver(&|n| places[n]), last);
    }

    #[test]
    fn bytes_from_anywhere_change_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut roster = found(&admin_device("Aigul"));
        let before = picture(&roster);
        prop_assert!(roster.append(&bytes).is_err());
        prop_assert!(roster.remove(&bytes).is_err());
        prop_assert_eq!(picture(&roster), before);
    }
}

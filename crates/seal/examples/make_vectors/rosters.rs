//! Rosters and admit lists.

use senim_ids::Role;
use senim_seal::*;
use senim_wire::envelope::Kind;
use serde_json::{Value, json};

use crate::common::*;
use crate::{damaged, flip, h, put};

pub(crate) fn rosters() {
    let (aigul, bolat) = (admin_device("Aigul"), admin_device("Bolat"));
    let (dana, ghost) = (device("Dana"), admin_device("Ghost"));
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
    let calm = vector_of("members, devices", &entries, &[], None);
    put("roster", "calm", calm.clone());
    let settings = [
        RosterChange::Server(ServerSet {
            origins: vec!["https://sync.example".to_owned()],
            pins: vec![[9; 32]],
        }),
        RosterChange::Policy(Policy {
            least_app_version: "0.2.0".to_owned(),
            least_slot_memory_kib: 65_536,
        }),
        RosterChange::RoleRaised {
            member: member("Dana"),
            role: Role::Admin,
        },
    ];
    let mut with_settings = entries.clone();
    let mut after = Roster::found(&entries[0].content, entries[0].hash).unwrap();
    entries[1..]
        .iter()
        .for_each(|entry| after.append(&entry.content).unwrap());
    for change in settings {
        let entry = next(&after, change, &aigul);
        after.append(&entry.content).unwrap();
        with_settings.push(entry);
    }
    put(
        "roster",
        "settings",
        vector_of("server, policy, a raised role", &with_settings, &[], None),
    );
    let lowered = RosterLoss::Role {
        member: member("Dana"),
        role: Role::Member,
        last: vec![(dana.device_id(), 2)],
    };
    let removals = [
        revoke(4, bolat.device_id(), 9, &aigul),
        removal(4, lowered, &bolat),
    ];
    let mut later = entries.clone();
    later.extend(add_person(
        &mut roster,
        "Ghost",
        Role::Admin,
        &ghost,
        &bolat,
    ));
    put(
        "roster",
        "removed",
        vector_of(
            "a removed admin goes on giving: void",
            &later,
            &removals,
            None,
        ),
    );
    let both = [
        revoke(4, aigul.device_id(), 0, &bolat),
        revoke(4, bolat.device_id(), 0, &aigul),
    ];
    put(
        "roster",
        "last-admin",
        vector_of("two admins remove each other", &entries, &both, None),
    );

    let here = Roster::found(&entries[0].content, entries[0].hash).unwrap();
    let by_ghost = next(&here, member_added("X", Role::Admin), &ghost);
    let bad = |name: &str, what: &str, entry: Vec<u8>, error: &str| {
        let entry = RosterContent {
            hash: roster_hash(&entry),
            content: entry,
            kind: Kind::RosterEntry,
        };
        let list = [entries[0].clone(), entry];
        put(
            "roster",
            &format!("bad-{name}"),
            vector_of(what, &list, &[], Some(error)),
        );
    };
    let good = &entries[1].content;
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    bad(
        "signer",
        "signed by no admin",
        by_ghost.content,
        "roster-signer",
    );
    bad(
        "signature",
        "a flipped bit of the signature",
        flipped,
        "roster-signature",
    );
    bad(
        "long",
        "a byte too many",
        [&good[..], &[0]].concat(),
        "roster-encoding",
    );
    bad(
        "gap",
        "an entry is missing before it",
        entries[2].content.clone(),
        "roster-gap",
    );
    let change = RosterChange::DeviceAdded {
        member: member("Aigul"),
        keys: *dana.public(),
        invite: INVITE,
    };
    let stolen = next_with(
        &here,
        change,
        &aigul,
        Some(bolat.prove_possession(ORG, INVITE)),
    );
    bad(
        "possession",
        "possession by another device",
        stolen.content,
        "roster-possession",
    );
    let change = RosterChange::DeviceAdded {
        member: member("Aigul"),
        keys: *aigul.public(),
        invite: INVITE,
    };
    let again = next_with(
        &here,
        change,
        &aigul,
        Some(aigul.prove_possession(ORG, INVITE)),
    );
    bad(
        "keys",
        "keys that are in the roster already",
        again.content,
        "roster-keys",
    );
    let mut other = here;
    other
        .append(&next(&other, member_added("Y", Role::Member), &aigul).content)
        .unwrap();
    let list = [
        entries[0].clone(),
        entries[1].clone(),
        next(&other, member_added("Z", Role::Member), &aigul),
    ];
    put(
        "roster",
        "bad-prev",
        vector_of(
            "does not follow the entry before",
            &list,
            &[],
            Some("roster-prev"),
        ),
    );
    let rival = next(&found(&aigul), member_added("Rival", Role::Member), &aigul);
    let list = [entries[0].clone(), entries[1].clone(), rival];
    put(
        "roster",
        "bad-fork",
        vector_of(
            "two valid entries at one place",
            &list,
            &[],
            Some("roster-forked"),
        ),
    );
}

/// Entries in order, then removals; `error` is that of the last entry.
fn vector_of(
    what: &str,
    entries: &[RosterContent],
    removals: &[RosterContent],
    error: Option<&str>,
) -> Value {
    let hexes = |list: &[RosterContent]| list.iter().map(|c| h(&c.content)).collect::<Vec<_>>();
    let mut vector = json!({
        "what": what,
        "genesis": entries[0].hash.to_string(),
        "entries": hexes(entries),
        "removals": hexes(removals),
    });
    if let Some(error) = error {
        vector["error"] = json!(error);
        return vector;
    }
    let mut roster = Roster::found(&entries[0].content, entries[0].hash).unwrap();
    entries[1..]
        .iter()
        .for_each(|entry| roster.append(&entry.content).unwrap());
    removals
        .iter()
        .for_each(|removal| roster.remove(&removal.content).unwrap());
    vector["head"] = json!(roster.head_hash().to_string());
    vector["version"] = json!(roster.version());
    vector["void"] = json!(roster.void_entries());
    vector["members"] = roster
        .members()
        .map(|m| json!({ "id": m.id.to_string(), "role": m.role as u8, "removed": m.removed }))
        .collect();
    vector["devices"] = roster
        .devices()
        .map(|d| json!({ "id": d.id.to_string(), "member": d.member.to_string(), "last": d.last_device_seq }))
        .collect();
    vector
}

pub(crate) fn admits() {
    let aigul = admin_device("Aigul");
    let mut roster = found(&aigul);
    add_person(&mut roster, "Dana", Role::Member, &device("Dana"), &aigul);
    let signed = sign_admit_list(&roster, &aigul).unwrap();
    let good = json!({
        "what": "the first list, signed by a key it names",
        "list": h(&*signed.list),
        "key": signed.key.to_string(),
        "signature": h(&*signed.signature),
        "version": roster.version(),
        "auth": roster.admit_list().auth.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    put("admit", "first", good.clone());
    put(
        "admit",
        "bad-list",
        damaged(
            &good,
            "another version",
            "list",
            flip(&signed.list, 18),
            "admit-signature",
        ),
    );
    put(
        "admit",
        "bad-signature",
        damaged(
            &good,
            "a flipped bit",
            "signature",
            flip(&signed.signature, 0),
            "admit-signature",
        ),
    );
    let other = h(device("Dana").public().auth().as_bytes());
    put(
        "admit",
        "bad-signer",
        damaged(
            &good,
            "a key that the list does not name",
            "key",
            other,
            "admit-signer",
        ),
    );
    let long = json!(hex::encode(&*signed.list) + "00");
    put(
        "admit",
        "bad-encoding",
        damaged(&good, "a byte too many", "list", long, "admit-encoding"),
    );
}

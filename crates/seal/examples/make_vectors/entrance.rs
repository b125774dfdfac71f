//! Key slots and codes.

use senim_seal::*;
use serde_json::json;

use crate::common::*;
use crate::{damaged, flip, h, put};

const PASSPHRASE: &str = "алма терек қар жел су тау";

pub(crate) fn slots() {
    let (slot, key, vault) = VaultSlot::make(
        &Passphrase::new(PASSPHRASE),
        SlotCost::LEAST,
        &mut FixedRng::new("slot"),
    )
    .unwrap();
    let good = json!({
        "what": "a slot at the floor",
        "passphrase": PASSPHRASE,
        "slot": h(&slot),
        "key": h(key.expose()),
        "vault": vault.to_string(),
    });
    put("slot", "floor", good.clone());
    let mut spaced = good.clone();
    spaced["what"] = json!("the passphrase with other white space");
    spaced["passphrase"] = json!("  алма\u{a0} терек\tқар жел су тау\n");
    put("slot", "spaces", spaced);
    let other = json!("алма терек қар жел су таү");
    put(
        "slot",
        "bad-passphrase",
        damaged(
            &good,
            "a wrong letter",
            "passphrase",
            other,
            "slot-wrong-or-damaged",
        ),
    );
    let end = slot.len() - 1;
    put(
        "slot",
        "bad-vault",
        damaged(
            &good,
            "another vault id",
            "slot",
            flip(&slot, end),
            "slot-wrong-or-damaged",
        ),
    );
    put(
        "slot",
        "bad-version",
        damaged(
            &good,
            "another version",
            "slot",
            flip(&slot, 4),
            "slot-version",
        ),
    );
    put(
        "slot",
        "bad-magic",
        damaged(&good, "not a slot", "slot", flip(&slot, 0), "slot-encoding"),
    );
    put(
        "slot",
        "bad-cut",
        damaged(
            &good,
            "the last byte is missing",
            "slot",
            h(&slot[..end]),
            "slot-encoding",
        ),
    );
    let mut weak = slot.clone();
    // 1a 00010000 = 65536 KiB; one less is under the floor and still needs four bytes in another spelling: 19 ffff.
    let at = weak
        .windows(5)
        .position(|w| w == [0x1a, 0, 1, 0, 0])
        .unwrap();
    weak.splice(at..at + 5, [0x19, 0xff, 0xff]);
    put(
        "slot",
        "bad-memory",
        damaged(&good, "a KiB under the floor", "slot", h(weak), "slot-cost"),
    );
    let mut greedy = slot;
    greedy.splice(at..at + 5, [0x1a, 0xff, 0xff, 0xff, 0xff]);
    put(
        "slot",
        "bad-greedy",
        damaged(
            &good,
            "memory above the cap",
            "slot",
            h(greedy),
            "slot-cost",
        ),
    );
}

pub(crate) fn codes() {
    let genesis = genesis(&admin_device("Aigul")).hash;
    let invite = Invite {
        org: ORG,
        genesis,
        roster_seq: 4,
        roster_head: genesis,
        roster_mailbox: MAILBOX,
        origins: vec!["https://sync.example:8443".to_owned()],
        pins: vec![[3; 32]],
        invite: INVITE,
        expires_ms: NOW,
    };
    let text = invite.to_qr().unwrap();
    let good = json!({ "what": "an invite", "letter": "I", "text": text, "payload": h(qr_decode(QrKind::Invite, &text).unwrap()) });
    put("qr", "invite", good.clone());
    let request = JoinRequest::make(&device("Bolat"), &invite);
    let join = request.to_qr().unwrap();
    put(
        "qr",
        "join",
        json!({
            "what": "a join request, its possession and the short code", "letter": "J", "text": join,
            "payload": h(qr_decode(QrKind::Join, &join).unwrap()), "org": ORG.to_string(),
            "genesis": genesis.to_string(), "short_code": short_code(&request, genesis).to_string(),
        }),
    );
    let mut wrong = text.clone().into_bytes();
    wrong[30] = if wrong[30] == b'A' { b'B' } else { b'A' };
    let wrong = json!(String::from_utf8(wrong).unwrap());
    put(
        "qr",
        "bad-letter",
        damaged(&good, "one letter changed", "text", wrong, "qr-checksum"),
    );
    put(
        "qr",
        "bad-kind",
        damaged(&good, "another kind", "letter", json!("J"), "qr-kind"),
    );
    put(
        "qr",
        "bad-digit",
        damaged(
            &good,
            "a digit that is not base32",
            "text",
            json!(text.clone() + "1"),
            "qr-letters",
        ),
    );
    put(
        "qr",
        "bad-long",
        damaged(
            &good,
            "too long",
            "text",
            json!(text + &"A".repeat(1200)),
            "qr-length",
        ),
    );
}

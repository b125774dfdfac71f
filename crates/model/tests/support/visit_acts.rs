//! A team, its coordinator and their acts, for every test of acts after a visit.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

use senim_ids::{
    ActHash, ChangeHash, DeviceId, DocId, DocKind, Language, MemberId, RecordHash, Role, RowId,
    UnixMillis,
};
use senim_model::*;

pub const AIGUL: MemberId = MemberId::from_bytes([0xa1; 8]);
pub const BOLAT: MemberId = MemberId::from_bytes([0xb0; 8]);
pub const DANA: MemberId = MemberId::from_bytes([0xda; 8]);
pub const ERLAN: MemberId = MemberId::from_bytes([0xe0; 8]);
pub const MEMBERS: [MemberId; 4] = [AIGUL, BOLAT, DANA, ERLAN];
pub const DOCUMENT: DocId = DocId::from_bytes([0; 32]);
pub const AT: UnixMillis = UnixMillis(1_790_000_000_000);
pub const REC: RowId = RowId::from_bytes([7; 8]);
pub const OTHER_REC: RowId = RowId::from_bytes([8; 8]);

pub type Step = (ActRecord, ActAbout);

pub fn hash(n: u8) -> ActHash {
    ActHash::from_bytes([n; 32])
}

/// An act as `seal` would give it; Erlan is the coordinator, the subject is the one the kind asks for.
pub fn step(n: u8, parents: &[u8], member: MemberId, act: &Act) -> Step {
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
pub fn opening(kind: DocKind) -> Vec<Step> {
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

pub fn state(steps: &[Step]) -> ActState {
    let mut log = ActLog::new(DOCUMENT);
    steps
        .iter()
        .cloned()
        .for_each(|(act, about)| log.insert_about(act, about));
    log.state()
}

pub fn after(kind: DocKind, steps: &[Step]) -> ActState {
    state(&[opening(kind), steps.to_vec()].concat())
}

pub fn why(state: &ActState, n: u8) -> Option<Ineffective> {
    let found = state.ineffective.iter().find(|(act, _)| *act == hash(n));
    found.map(|(_, why)| *why)
}

pub fn sign() -> Act {
    Act::ReportSigned(ReportSigned { at: AT })
}

pub fn dissent() -> Act {
    Act::ReportDissented(ReportDissented {
        at: AT,
        opinion: "Келіспеймін".to_owned(),
    })
}

pub fn unreachable(member: MemberId) -> Act {
    Act::ReportUnreachable(ReportUnreachable {
        member,
        at: AT,
        reason: "в пути".to_owned(),
    })
}

pub fn refuse(member: MemberId) -> Act {
    Act::ReportRefused(ReportRefused {
        member,
        at: AT,
        reason: None,
    })
}

pub fn seal(missing: &[MemberId]) -> Act {
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

pub fn standing(state: &ActState, member: MemberId) -> Standing {
    state.report.signatures[&member].standing
}

pub fn issue(recommendation: RowId, running: u32) -> Act {
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

pub fn respond(reply: Reply) -> Act {
    Act::RecommendationResponded(RecommendationResponded {
        recommendation: REC,
        reply,
        at: AT,
        incoming: None,
        text: None,
        letter: None,
    })
}

pub fn verify(found: Verified) -> Act {
    Act::RecommendationVerified(RecommendationVerified {
        recommendation: REC,
        found,
        method: VerifiedBy::Visit,
        at: AT,
        note: None,
    })
}

pub fn close(reason: &str) -> Act {
    Act::RecommendationClosed(RecommendationClosed {
        recommendation: REC,
        reason: reason.parse().unwrap(),
        note: None,
    })
}

pub fn give(kinds: &[ConsentKind]) -> Act {
    Act::ConsentGiven(ConsentGiven {
        kinds: kinds.to_vec(),
        at: AT,
        code: Some("kite-17".to_owned()),
        witness: None,
    })
}

pub fn take_back(kind: ConsentKind) -> Act {
    Act::ConsentWithdrawn(ConsentWithdrawn {
        kinds: vec![kind],
        at: AT,
        by_code: true,
    })
}

pub fn hand_over(without_consent: Option<&str>) -> Act {
    Act::AllegationHandedOver(AllegationHandedOver {
        to: HandedTo::Prosecutor,
        at: AT,
        receipt: None,
        without_consent: without_consent.map(str::to_owned),
    })
}

//! Named people with fixed keys, and a random source that says the same each time.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "shared by several test files, none of which uses all of it; a fixture that fails is a failed test"
)]

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use senim_ids::{DeviceId, DocId, InviteId, MemberId, OrgId, RecordHash, Role, UnixMillis};
use senim_seal::{
    Act, DeviceSecrets, DocKey, EntryDraft, RecordDraft, RemovalDraft, Roster, RosterChange,
    RosterContent, RosterLoss, sign_entry, sign_removal,
};
use senim_wire::MailboxId;

/// BLAKE3 of a seed, as long as one likes.
pub struct FixedRng(blake3::OutputReader);

impl FixedRng {
    pub fn new(seed: &str) -> Self {
        Self(blake3::Hasher::new().update(seed.as_bytes()).finalize_xof())
    }
}

impl TryRng for FixedRng {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(to);
        Ok(())
    }
}
impl TryCryptoRng for FixedRng {}

pub const ORG: OrgId = OrgId::from_bytes([0x0a; 16]);
pub const OTHER_ORG: OrgId = OrgId::from_bytes([0x0b; 16]);
pub const DOC: DocId = DocId::from_bytes([0xd0; 32]);
pub const MAILBOX: MailboxId = MailboxId::from_bytes([0x3a; 16]);
pub const OTHER_MAILBOX: MailboxId = MailboxId::from_bytes([0x3b; 16]);
pub const INVITE: InviteId = InviteId::from_bytes([0x1e; 16]);
pub const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

pub fn device(name: &str) -> DeviceSecrets {
    DeviceSecrets::make(&mut FixedRng::new(name), false)
}

pub fn admin_device(name: &str) -> DeviceSecrets {
    DeviceSecrets::make(&mut FixedRng::new(name), true)
}

pub fn key(name: &str) -> DocKey {
    DocKey::make(&mut FixedRng::new(name))
}

pub fn member(name: &str) -> MemberId {
    let hash = blake3::hash(name.as_bytes());
    MemberId::try_from(&hash.as_bytes()[..8]).unwrap()
}

/// One automerge chunk of type change around `data`.
pub fn change(data: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    let mut hashed = vec![1];
    let mut length = data.len();
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        hashed.push(if length == 0 { low } else { low | 0x80 });
        if length == 0 {
            break;
        }
    }
    hashed.extend_from_slice(data);
    let hash = sha2::Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

pub fn act() -> Act {
    Act {
        kind: "visit.decided".to_owned(),
        subject: None,
        heads: vec![senim_ids::ChangeHash::from_bytes([4; 32])],
        view: Some([5; 32]),
        parents: vec![senim_ids::ActHash::from_bytes([6; 32])],
        arguments: vec![0x81, 0x01],
    }
}

/// A first record with a change, no acts and nothing seen.
pub fn draft<'a>(
    change: &'a [u8],
    acts: &'a [Vec<u8>],
    seen: &'a [(DeviceId, u64)],
) -> RecordDraft<'a> {
    RecordDraft {
        org: ORG,
        doc: DOC,
        mailbox: MAILBOX,
        epoch: 1,
        device_seq: 1,
        doc_seq: 1,
        prev: None,
        roster_seq: 2,
        change: Some(change),
        acts,
        seen,
        wall_ms: NOW,
        app_version: "0.1.0",
    }
}

pub fn at(
    doc_seq: u64,
    device_seq: u64,
    prev: Option<RecordHash>,
    change: &[u8],
) -> RecordDraft<'_> {
    RecordDraft {
        doc_seq,
        device_seq,
        prev,
        ..draft(change, &[], &[])
    }
}

pub fn genesis(admin: &DeviceSecrets) -> RosterContent {
    let change = RosterChange::Genesis {
        name: "Ұлттық алдын алу тетігі".to_owned(),
        member: member("Aigul"),
        member_name: "Айгүл".to_owned(),
        keys: *admin.public(),
    };
    let draft = EntryDraft {
        org: ORG,
        seq: 0,
        prev: None,
        wall_ms: NOW,
        change,
    };
    sign_entry(&draft, &[admin], None).unwrap()
}

pub fn found(admin: &DeviceSecrets) -> Roster {
    let genesis = genesis(admin);
    Roster::found(&genesis.content, genesis.hash).unwrap()
}

/// The entry that would come next, signed by `signer`.
pub fn next(roster: &Roster, change: RosterChange, signer: &DeviceSecrets) -> RosterContent {
    next_with(roster, change, signer, None)
}

pub fn next_with(
    roster: &Roster,
    change: RosterChange,
    signer: &DeviceSecrets,
    possession: Option<[u8; 64]>,
) -> RosterContent {
    let draft = EntryDraft {
        org: ORG,
        seq: roster.head_seq() + 1,
        prev: Some(roster.head_hash()),
        wall_ms: NOW,
        change,
    };
    sign_entry(&draft, &[signer], possession).unwrap()
}

pub fn member_added(name: &str, role: Role) -> RosterChange {
    RosterChange::MemberAdded {
        member: member(name),
        name: name.to_owned(),
        role,
    }
}

/// Adds `device` to `owner` by an entry that `signer` signs.
pub fn add_device(
    roster: &mut Roster,
    owner: &str,
    device: &DeviceSecrets,
    signer: &DeviceSecrets,
) -> RosterContent {
    let change = RosterChange::DeviceAdded {
        member: member(owner),
        keys: *device.public(),
        invite: INVITE,
    };
    let possession = device.prove_possession(ORG, INVITE);
    let entry = next_with(roster, change, signer, Some(possession));
    roster.append(&entry.content).unwrap();
    entry
}

/// Adds a member with one device.
pub fn add_person(
    roster: &mut Roster,
    name: &str,
    role: Role,
    device: &DeviceSecrets,
    signer: &DeviceSecrets,
) -> [RosterContent; 2] {
    let entry = next(roster, member_added(name, role), signer);
    roster.append(&entry.content).unwrap();
    [entry, add_device(roster, name, device, signer)]
}

pub fn removal(roster_seq: u64, loss: RosterLoss, signer: &DeviceSecrets) -> RosterContent {
    let draft = RemovalDraft {
        org: ORG,
        wall_ms: NOW,
        roster_seq,
        loss,
    };
    sign_removal(&draft, &[signer]).unwrap()
}

pub fn revoke(
    roster_seq: u64,
    device: DeviceId,
    last: u64,
    signer: &DeviceSecrets,
) -> RosterContent {
    removal(
        roster_seq,
        RosterLoss::Device {
            device,
            last_device_seq: last,
        },
        signer,
    )
}

//! Entries and removals: making, signing, sealing, reading.

use std::fmt;

use rand_core::CryptoRng;
use senim_ids::{DeviceId, InviteId, MemberId, OrgId, Role, RosterHash, UnixMillis};
use senim_wire::envelope::Kind;
use senim_wire::{MailboxId, caps, cbor};
use zeroize::Zeroizing;

use super::error::RosterError;
use super::raw::{RawChange, RawContent, RawEntry, RawLoss, RawRemoval, is_of_later_version};
use crate::envelope::{SealError, open, seal};
use crate::keys::DeviceKeys;
use crate::label::{Label, ROSTER_HASH, derive};
use crate::secret::{DeviceSecrets, DocKey};

/// Signers of one statement.
const SIGNERS: usize = 8;
/// Origins, and pins, of one server entry.
const SERVERS: usize = 8;
/// Bytes of an origin and of a version text.
const WORD: usize = 256;
/// Devices that a removal may list.
const LISTED: usize = 64;

/// The server's addresses and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSet {
    /// `https://host` or `https://host:port`; 1 to 8.
    pub origins: Vec<String>,
    /// SHA-256 of the SubjectPublicKeyInfo of keys it may show; at most 8.
    pub pins: Vec<[u8; 32]>,
}

/// Floors that hold for all devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Older apps are asked to update.
    pub least_app_version: String,
    /// Least memory of a key slot, KiB.
    pub least_slot_memory_kib: u32,
}

/// What an entry gives.
#[derive(Clone, PartialEq, Eq)]
pub enum RosterChange {
    /// The organisation begins with one admin on one device.
    Genesis {
        /// The organisation's name, 1 to 200 characters.
        name: String,
        /// The first admin.
        member: MemberId,
        /// The admin's name, 1 to 200 characters.
        member_name: String,
        /// The admin's device; it has an `admit` key.
        keys: DeviceKeys,
    },
    /// A member, still without a device.
    MemberAdded {
        /// Random.
        member: MemberId,
        /// 1 to 200 characters.
        name: String,
        /// The role.
        role: Role,
    },
    /// A device of a member.
    DeviceAdded {
        /// Whose.
        member: MemberId,
        /// Its keys.
        keys: DeviceKeys,
        /// The invite it answered.
        invite: InviteId,
    },
    /// A higher role.
    RoleRaised {
        /// Whose.
        member: MemberId,
        /// The role from now on.
        role: Role,
    },
    /// Where the server is.
    Server(ServerSet),
    /// Floors.
    Policy(Policy),
}

impl fmt::Debug for RosterChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names stay out of logs.
        f.write_str(match self {
            Self::Genesis { .. } => "Genesis",
            Self::MemberAdded { .. } => "MemberAdded",
            Self::DeviceAdded { .. } => "DeviceAdded",
            Self::RoleRaised { .. } => "RoleRaised",
            Self::Server(_) => "Server",
            Self::Policy(_) => "Policy",
        })
    }
}

/// What a removal takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterLoss {
    /// One device is revoked.
    Device {
        /// Which.
        device: DeviceId,
        /// Its records above this number are not believed.
        last_device_seq: u64,
    },
    /// A member is removed with all devices.
    Member {
        /// Who.
        member: MemberId,
        /// Each device's last believed record; a device that is not listed: none. Sorted, unique, at most 64.
        last: Vec<(DeviceId, u64)>,
    },
    /// A lower role.
    Role {
        /// Whose.
        member: MemberId,
        /// The role from now on.
        role: Role,
        /// Each device's last record in the higher role; a device that is not listed: none. Sorted, unique, at most 64.
        last: Vec<(DeviceId, u64)>,
    },
}

/// An entry about to be signed.
#[derive(Debug, Clone)]
pub struct EntryDraft {
    /// The organisation.
    pub org: OrgId,
    /// One more than the head's; 0 for genesis.
    pub seq: u64,
    /// The head's hash; `None` for genesis.
    pub prev: Option<RosterHash>,
    /// The signer's clock: shown, never an order.
    pub wall_ms: UnixMillis,
    /// What it gives.
    pub change: RosterChange,
}

/// A removal about to be signed.
#[derive(Debug, Clone)]
pub struct RemovalDraft {
    /// The organisation.
    pub org: OrgId,
    /// The signer's clock: shown, never an order.
    pub wall_ms: UnixMillis,
    /// The highest roster entry the signer knows: what the device or member gave by later entries does not stand.
    pub roster_seq: u64,
    /// What it takes.
    pub loss: RosterLoss,
}

/// A signed statement, ready to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterContent {
    /// Canonical bytes: what [`super::Roster::append`] and [`super::Roster::remove`] take.
    pub content: Vec<u8>,
    /// Its hash.
    pub hash: RosterHash,
    /// Under which kind it is sealed.
    pub kind: Kind,
}

/// Signs an entry.
///
/// * `signers`: an admin's device, or several; 1 to 8.
/// * `possession`: the new device's proof, with [`RosterChange::DeviceAdded`] and only there.
///
/// # Errors
/// [`RosterError`] if the statement would be refused for its form alone.
pub fn sign_entry(
    draft: &EntryDraft,
    signers: &[&DeviceSecrets],
    possession: Option<[u8; 64]>,
) -> Result<RosterContent, RosterError> {
    let body = cbor::to_vec(&RawEntry {
        version: 1,
        org: draft.org,
        seq: draft.seq,
        prev: draft.prev,
        wall_ms: draft.wall_ms,
        change: raw_change(&draft.change),
    });
    let signed = sign(body, signers, possession, Kind::RosterEntry);
    Entry::parse(&signed.content).map(|_| signed)
}

/// Signs a removal.
///
/// * `signers`: an admin's device or one of the member's own; 1 to 8.
///
/// # Errors
/// [`RosterError`] if the statement would be refused for its form alone.
pub fn sign_removal(
    draft: &RemovalDraft,
    signers: &[&DeviceSecrets],
) -> Result<RosterContent, RosterError> {
    let loss = match draft.loss.clone() {
        RosterLoss::Device {
            device,
            last_device_seq,
        } => RawLoss::Device(device, last_device_seq),
        RosterLoss::Member { member, last } => RawLoss::Member(member, last),
        RosterLoss::Role { member, role, last } => RawLoss::Role(member, role, last),
    };
    let (org, wall_ms, roster_seq) = (draft.org, draft.wall_ms, draft.roster_seq);
    let body = cbor::to_vec(&RawRemoval {
        version: 1,
        org,
        wall_ms,
        roster_seq,
        loss,
    });
    let signed = sign(body, signers, None, Kind::Removal);
    Removal::parse(&signed.content).map(|_| signed)
}

fn sign(
    body: Vec<u8>,
    signers: &[&DeviceSecrets],
    possession: Option<[u8; 64]>,
    kind: Kind,
) -> RosterContent {
    let signature = |key: &&DeviceSecrets| (key.device_id(), key.sign_as(Label::Roster, &body));
    let mut signatures: Vec<_> = signers.iter().map(signature).collect();
    signatures.sort_unstable();
    let content = cbor::to_vec(&RawContent {
        signatures: signatures
            .into_iter()
            .map(|(device, sig)| (device, sig.into()))
            .collect(),
        body: body.into(),
        possession: possession.map(Into::into),
    });
    RosterContent {
        hash: roster_hash(&content),
        content,
        kind,
    }
}

fn raw_change(change: &RosterChange) -> RawChange {
    match change.clone() {
        RosterChange::Genesis {
            name,
            member,
            member_name,
            keys,
        } => {
            let sequencer = crate::keys::device_id(&keys);
            RawChange::Genesis(name, member, member_name, (&keys).into(), sequencer)
        }
        RosterChange::MemberAdded { member, name, role } => {
            RawChange::MemberAdded(member, name, role)
        }
        RosterChange::DeviceAdded {
            member,
            keys,
            invite,
        } => RawChange::DeviceAdded(member, (&keys).into(), invite),
        RosterChange::RoleRaised { member, role } => RawChange::RoleRaised(member, role),
        RosterChange::Server(server) => RawChange::Server(
            server.origins,
            server.pins.into_iter().map(Into::into).collect(),
        ),
        RosterChange::Policy(policy) => {
            RawChange::Policy(policy.least_app_version, policy.least_slot_memory_kib)
        }
    }
}

/// The hash of a statement's content, signatures included.
#[must_use]
pub fn roster_hash(content: &[u8]) -> RosterHash {
    RosterHash::from_bytes(derive(ROSTER_HASH, content))
}

/// Seals a statement under the roster's key.
///
/// # Errors
/// [`SealError::TooLarge`]; nothing was written.
pub fn seal_roster_content(
    statement: &RosterContent,
    mailbox: MailboxId,
    key: &DocKey,
    org: OrgId,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    seal(&statement.content, statement.kind, mailbox, key, org, rng)
}

/// Opens a statement of the roster log: its kind (entry or removal) and content, still unverified.
///
/// # Errors
/// [`RosterError::Open`] or [`RosterError::Envelope`].
pub fn open_roster_content(
    envelope: &[u8],
    key: &DocKey,
    org: OrgId,
    mailbox: MailboxId,
) -> Result<(Kind, Zeroizing<Vec<u8>>), RosterError> {
    let opened = open(envelope, key, org)?;
    let kind = opened.header().kind;
    if opened.header().mailbox != mailbox || !matches!(kind, Kind::RosterEntry | Kind::Removal) {
        return Err(RosterError::Envelope);
    }
    Ok((kind, Zeroizing::new(opened.content().to_vec())))
}

/// The body of a statement with its signatures.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) body: Vec<u8>,
    pub(super) signatures: Vec<(DeviceId, [u8; 64])>,
}

impl Signed {
    fn of(raw: &RawContent) -> Result<Self, RosterError> {
        let signatures: Vec<_> = raw
            .signatures
            .iter()
            .map(|(device, sig)| (*device, **sig))
            .collect();
        let distinct = signatures.windows(2).all(|pair| {
            let device = |row: Option<&(DeviceId, [u8; 64])>| row.map(|row| row.0);
            device(pair.first()) < device(pair.last())
        });
        if !distinct || !(1..=SIGNERS).contains(&signatures.len()) {
            return Err(RosterError::Encoding);
        }
        Ok(Self {
            body: raw.body.to_vec(),
            signatures,
        })
    }
}

/// An entry whose form is right; nothing is verified.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) org: OrgId,
    pub(super) seq: u64,
    pub(super) prev: Option<RosterHash>,
    pub(super) change: RosterChange,
    pub(super) signed: Signed,
    pub(super) possession: Option<[u8; 64]>,
    pub(super) hash: RosterHash,
    pub(super) content: Vec<u8>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({}, {:?})", self.seq, self.change)
    }
}

impl Entry {
    pub(super) fn parse(content: &[u8]) -> Result<Self, RosterError> {
        let raw: RawContent =
            cbor::parse(content, caps::ROSTER_ENTRY).map_err(|_| RosterError::Encoding)?;
        let signed = Signed::of(&raw)?;
        let body: RawEntry = match cbor::parse(&signed.body, caps::ROSTER_ENTRY) {
            Ok(body) => body,
            Err(_) if is_of_later_version(&signed.body, 6, 5) => return Err(RosterError::Unknown),
            Err(_) => return Err(RosterError::Encoding),
        };
        if body.version != 1 {
            return Err(RosterError::Unknown);
        }
        let change = checked_change(body.change)?;
        let adds_device = matches!(change, RosterChange::DeviceAdded { .. });
        let is_genesis = matches!(change, RosterChange::Genesis { .. });
        if is_genesis != (body.seq == 0) || is_genesis != body.prev.is_none() {
            return Err(RosterError::Genesis);
        }
        if adds_device != raw.possession.is_some() {
            return Err(RosterError::Possession);
        }
        Ok(Self {
            org: body.org,
            seq: body.seq,
            prev: body.prev,
            change,
            signed,
            possession: raw.possession.map(Into::into),
            hash: roster_hash(content),
            content: content.to_vec(),
        })
    }
}

fn checked_change(raw: RawChange) -> Result<RosterChange, RosterError> {
    let change = match raw {
        RawChange::Genesis(name, member, member_name, keys, sequencer) => {
            let keys = keys.check()?;
            // The one device there is, and an admin's: it needs the key for admit lists.
            if sequencer != crate::keys::device_id(&keys) || keys.admit().is_none() {
                return Err(RosterError::Genesis);
            }
            named(&name)?;
            named(&member_name)?;
            RosterChange::Genesis {
                name,
                member,
                member_name,
                keys,
            }
        }
        RawChange::MemberAdded(member, name, role) => {
            named(&name)?;
            RosterChange::MemberAdded { member, name, role }
        }
        RawChange::DeviceAdded(member, keys, invite) => RosterChange::DeviceAdded {
            member,
            keys: keys.check()?,
            invite,
        },
        RawChange::RoleRaised(member, role) => RosterChange::RoleRaised { member, role },
        RawChange::Server(origins, pins) => {
            let fits = (1..=SERVERS).contains(&origins.len()) && pins.len() <= SERVERS;
            if !fits || !origins.iter().all(|origin| is_origin(origin)) {
                return Err(RosterError::Encoding);
            }
            RosterChange::Server(ServerSet {
                origins,
                pins: pins.into_iter().map(Into::into).collect(),
            })
        }
        RawChange::Policy(least_app_version, least_slot_memory_kib) => {
            if least_app_version.len() > WORD {
                return Err(RosterError::Encoding);
            }
            RosterChange::Policy(Policy {
                least_app_version,
                least_slot_memory_kib,
            })
        }
    };
    Ok(change)
}

fn named(name: &str) -> Result<(), RosterError> {
    let fits = (1..=caps::NAME_CHARS).contains(&name.chars().count());
    if fits {
        Ok(())
    } else {
        Err(RosterError::Encoding)
    }
}

/// `https://` and a host with an optional port: no path, no user, no white space.
pub(crate) fn is_origin(text: &str) -> bool {
    text.len() <= WORD
        && text.strip_prefix("https://").is_some_and(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
        })
}

/// A removal whose form is right; nothing is verified.
#[derive(Clone)]
pub(super) struct Removal {
    pub(super) org: OrgId,
    pub(super) roster_seq: u64,
    pub(super) loss: RosterLoss,
    pub(super) signed: Signed,
    pub(super) hash: RosterHash,
    pub(super) content: Vec<u8>,
}

impl fmt::Debug for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Removal({:?})", self.loss)
    }
}

impl Removal {
    pub(super) fn parse(content: &[u8]) -> Result<Self, RosterError> {
        let raw: RawContent =
            cbor::parse(content, caps::ROSTER_ENTRY).map_err(|_| RosterError::Encoding)?;
        let signed = Signed::of(&raw)?;
        let body: RawRemoval = match cbor::parse(&signed.body, caps::ROSTER_ENTRY) {
            Ok(body) => body,
            Err(_) if is_of_later_version(&signed.body, 5, 2) => return Err(RosterError::Unknown),
            Err(_) => return Err(RosterError::Encoding),
        };
        if body.version != 1 {
            return Err(RosterError::Unknown);
        }
        let loss = match body.loss {
            RawLoss::Device(device, last_device_seq) => RosterLoss::Device {
                device,
                last_device_seq,
            },
            RawLoss::Member(member, last) => RosterLoss::Member { member, last },
            RawLoss::Role(member, role, last) => RosterLoss::Role { member, role, last },
        };
        if let RosterLoss::Member { last, .. } | RosterLoss::Role { last, .. } = &loss {
            let sorted = last.windows(2).all(|pair| {
                let device = |row: Option<&(DeviceId, u64)>| row.map(|row| row.0);
                device(pair.first()) < device(pair.last())
            });
            if !sorted || last.len() > LISTED {
                return Err(RosterError::Encoding);
            }
        }
        if raw.possession.is_some()
            || matches!(
                loss,
                RosterLoss::Role {
                    role: Role::Admin,
                    ..
                }
            )
        {
            return Err(RosterError::Encoding);
        }
        Ok(Self {
            org: body.org,
            roster_seq: body.roster_seq,
            loss,
            signed,
            hash: roster_hash(content),
            content: content.to_vec(),
        })
    }
}

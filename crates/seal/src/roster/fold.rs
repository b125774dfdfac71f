//! The fold of the chain, once by entries alone and once with what removals took.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{DeviceId, MemberId, Role};

use super::error::RosterError;
use super::losses::Losses;
use super::records::{DeviceRecord, MemberRecord, RoleTurn};
use super::statement::{Entry, Policy, RosterChange, ServerSet, Signed};
use crate::enrol::possession_body;
use crate::keys::{DeviceKeys, device_id};
use crate::label::Label;

/// By which rule the power of signers is judged.
pub(super) enum Power<'a> {
    /// By entries alone: decides what belongs to the chain.
    Granted,
    /// Without what removals took: decides what an entry of the chain gives.
    Standing(&'a Losses),
}

/// Members, devices and settings after some entries.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) sequencer: DeviceId,
    pub(super) members: BTreeMap<MemberId, MemberRecord>,
    pub(super) devices: BTreeMap<DeviceId, DeviceRecord>,
    pub(super) server: Option<ServerSet>,
    pub(super) policy: Option<Policy>,
    /// Entries of the chain that give nothing.
    pub(super) void: BTreeSet<u64>,
    keys: BTreeSet<[u8; 32]>,
}

/// The fold by entries alone; `None` for an empty chain.
pub(super) fn granted(entries: &[Entry]) -> Option<State> {
    let (genesis, rest) = entries.split_first()?;
    let mut state = State::found(genesis).ok()?;
    for entry in rest {
        state.apply(entry, &Power::Granted).ok()?;
    }
    Some(state)
}

/// What stands: an entry whose signer had lost the power to give gives nothing.
pub(super) fn standing(entries: &[Entry], losses: &Losses) -> State {
    let Some((genesis, rest)) = entries.split_first() else {
        unreachable!("a roster begins with its genesis");
    };
    let Ok(mut state) = State::found(genesis) else {
        unreachable!("the genesis was checked when the roster was founded");
    };
    let mut head = 0;
    for entry in rest {
        losses.take_roles(&mut state.members, head..=head);
        head = entry.seq;
        // Refused here means void, not wrong: the entry stays in the chain, so that all devices hold one chain.
        if state.apply(entry, &Power::Standing(losses)).is_err() {
            state.void.insert(head);
        }
    }
    losses.take_roles(&mut state.members, head..=u64::MAX);
    losses.take_devices(&mut state);
    state
}

impl State {
    /// The state after the genesis, its own signature checked.
    pub(super) fn found(entry: &Entry) -> Result<Self, RosterError> {
        let RosterChange::Genesis {
            name,
            member,
            member_name,
            keys,
        } = &entry.change
        else {
            return Err(RosterError::Genesis);
        };
        let device = device_id(keys);
        let mut state = Self {
            name: name.clone(),
            sequencer: device,
            members: BTreeMap::new(),
            devices: BTreeMap::new(),
            server: None,
            policy: None,
            void: BTreeSet::new(),
            keys: BTreeSet::new(),
        };
        state.add_member(*member, member_name, Role::Admin, 0)?;
        state.add_device(*member, keys, 0)?;
        state.check_signed(&entry.signed)?;
        Ok(state)
    }

    pub(super) fn knows_signers(&self, signed: &Signed) -> bool {
        signed
            .signatures
            .iter()
            .all(|(device, _)| self.devices.contains_key(device))
    }

    /// Every signature verifies by the key of its device.
    pub(super) fn check_signed(&self, signed: &Signed) -> Result<(), RosterError> {
        for (device, signature) in &signed.signatures {
            let record = self.devices.get(device).ok_or(RosterError::Signer)?;
            if !record
                .keys
                .sign()
                .verifies(Label::Roster, &signed.body, signature)
            {
                return Err(RosterError::Signature);
            }
        }
        Ok(())
    }

    /// Signatures of an entry, the new device's proof of possession among them.
    pub(super) fn check_signatures(&self, entry: &Entry) -> Result<(), RosterError> {
        self.check_signed(&entry.signed)?;
        if let RosterChange::DeviceAdded { keys, invite, .. } = &entry.change {
            let proof = entry.possession.ok_or(RosterError::Possession)?;
            let body = possession_body(entry.org, keys, *invite);
            if !keys.sign().verifies(Label::Possession, &body, &proof) {
                return Err(RosterError::Possession);
            }
        }
        Ok(())
    }

    /// Applies an entry whose signatures were checked.
    pub(super) fn apply(&mut self, entry: &Entry, power: &Power<'_>) -> Result<(), RosterError> {
        for (device, _) in &entry.signed.signatures {
            if !self.may_give(*device, entry.seq, power) {
                return Err(RosterError::Signer);
            }
        }
        let gone = |member: MemberId| match power {
            Power::Granted => false,
            Power::Standing(losses) => losses
                .member_lost_at(member)
                .is_some_and(|at| at < entry.seq),
        };
        match &entry.change {
            RosterChange::Genesis { .. } => Err(RosterError::Genesis),
            RosterChange::MemberAdded { member, name, role } => {
                self.add_member(*member, name, *role, entry.seq)
            }
            RosterChange::DeviceAdded { member, .. } | RosterChange::RoleRaised { member, .. }
                if gone(*member) =>
            {
                Err(RosterError::Subject)
            }
            RosterChange::DeviceAdded { member, keys, .. } => {
                self.add_device(*member, keys, entry.seq)
            }
            RosterChange::RoleRaised { member, role } => {
                let record = self.members.get_mut(member).ok_or(RosterError::Subject)?;
                record.role = record.role.max(*role);
                record.turns.push(RoleTurn::Given {
                    seq: entry.seq,
                    role: record.role,
                });
                Ok(())
            }
            RosterChange::Server(server) => {
                self.server = Some(server.clone());
                Ok(())
            }
            RosterChange::Policy(policy) => {
                self.policy = Some(policy.clone());
                Ok(())
            }
        }
    }

    /// Whether the device is an admin's and had, as far as `power` knows, not lost that before entry `seq`.
    fn may_give(&self, device: DeviceId, seq: u64, power: &Power<'_>) -> bool {
        let Some(record) = self.devices.get(&device) else {
            return false;
        };
        let admin = self
            .members
            .get(&record.member)
            .is_some_and(|m| m.role == Role::Admin);
        let lost = match power {
            Power::Granted => None,
            Power::Standing(losses) => losses.device_lost_at(device, Some(record.member)),
        };
        admin && lost.is_none_or(|at| at >= seq)
    }

    fn add_member(
        &mut self,
        member: MemberId,
        name: &str,
        role: Role,
        seq: u64,
    ) -> Result<(), RosterError> {
        if self.members.contains_key(&member) {
            return Err(RosterError::Subject);
        }
        let record = MemberRecord {
            id: member,
            name: name.to_owned(),
            role,
            removed: false,
            added_seq: seq,
            turns: vec![RoleTurn::Given { seq, role }],
        };
        self.members.insert(member, record);
        Ok(())
    }

    fn add_device(
        &mut self,
        member: MemberId,
        keys: &DeviceKeys,
        seq: u64,
    ) -> Result<(), RosterError> {
        if !self.members.contains_key(&member) {
            return Err(RosterError::Subject);
        }
        // No key ever stands twice, in whichever roles: a revoked device cannot come back.
        if keys.all().iter().any(|key| self.keys.contains(key)) {
            return Err(RosterError::Keys);
        }
        self.keys.extend(keys.all());
        let id = device_id(keys);
        let record = DeviceRecord {
            id,
            member,
            keys: *keys,
            added_seq: seq,
            last_device_seq: None,
        };
        self.devices.insert(id, record);
        Ok(())
    }

    /// Whether an admin is left who can act.
    pub(super) fn has_admin(&self) -> bool {
        self.devices.values().any(|device| {
            let member = self.members.get(&device.member);
            device.active() && member.is_some_and(|m| m.role == Role::Admin && !m.removed)
        })
    }
}

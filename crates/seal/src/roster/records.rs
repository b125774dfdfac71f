//! What the fold knows of members and devices.

use std::fmt;

use senim_ids::{DeviceId, MemberId, Role, RosterHash};

use crate::keys::DeviceKeys;

/// A member.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberRecord {
    /// The member.
    pub id: MemberId,
    /// The name as the roster gives it.
    pub name: String,
    /// The role now.
    pub role: Role,
    /// Removed: none of the devices counts any more.
    pub removed: bool,
    /// The entry that added the member.
    pub added_seq: u64,
    /// How the role came about, in order.
    pub(super) turns: Vec<RoleTurn>,
}

impl fmt::Debug for MemberRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberRecord({:?}, {})", self.id, self.role)
    }
}

/// One change of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RoleTurn {
    Given {
        seq: u64,
        role: Role,
    },
    Lowered {
        role: Role,
        last: Vec<(DeviceId, u64)>,
    },
}

impl MemberRecord {
    pub(super) fn role_in_record(
        &self,
        device: DeviceId,
        device_seq: u64,
        roster_seq: u64,
    ) -> Option<Role> {
        self.turns.iter().fold(None, |role, turn| match turn {
            RoleTurn::Given { seq, role } if *seq <= roster_seq => Some(*role),
            RoleTurn::Lowered { role: lower, last } if device_seq > last_of(last, device) => {
                role.map(|role| role.min(*lower))
            }
            RoleTurn::Given { .. } | RoleTurn::Lowered { .. } => role,
        })
    }
}

/// The last believed number of a device in a removal's list; none if it is not listed.
pub(super) fn last_of(last: &[(DeviceId, u64)], device: DeviceId) -> u64 {
    last.iter()
        .find(|(listed, _)| *listed == device)
        .map_or(0, |(_, seq)| *seq)
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceRecord {
    /// The device.
    pub id: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// Its keys.
    pub keys: DeviceKeys,
    /// The entry that added it.
    pub added_seq: u64,
    /// `None` for an active device; else its records above this number are not believed.
    pub last_device_seq: Option<u64>,
}

impl DeviceRecord {
    /// Whether it was not revoked, nor its member removed.
    #[must_use]
    pub const fn active(&self) -> bool {
        self.last_device_seq.is_none()
    }
}

/// Two valid entries at one place of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fork {
    /// The place.
    pub seq: u64,
    /// The entry this device took first.
    pub held: RosterHash,
    /// The content of the other one.
    pub rival: Vec<u8>,
}

/// Whether a record may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The device is in the roster and had not been removed at that number.
    Good,
    /// Written after the removal: shown and marked, its acts are void.
    AfterRemoval,
    /// No such device in the roster as it is known: wait for the roster.
    Unknown,
}

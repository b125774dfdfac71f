//! Which removals count, and what they take: a pure function of the chain and the set of removals.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use senim_ids::{DeviceId, MemberId, Role, RosterHash};

use super::fold::{State, standing};
use super::records::{MemberRecord, RoleTurn, last_of};
use super::statement::{Entry, Removal, RosterLoss};

/// The removals that count.
#[derive(Debug, Clone, Default)]
pub(super) struct Losses {
    counted: Vec<Counted>,
}

#[derive(Debug, Clone)]
struct Counted {
    roster_seq: u64,
    loss: RosterLoss,
}

impl Losses {
    /// Chooses the removals that count.
    ///
    /// One counts when its signers are admins' devices by the entries, or devices of the member it speaks of. If together they would
    /// leave no admin who can act, those by the devices that stand longest go first (then by hash), and one that would take the
    /// last admin is left out. A signer that was removed itself still counts: taking power fails safe.
    pub(super) fn count(
        entries: &[Entry],
        removals: &BTreeMap<RosterHash, Removal>,
        granted: &State,
    ) -> Self {
        let mut authorised: Vec<(u64, &Removal)> = removals
            .values()
            .filter_map(|removal| Some((authority(removal, granted)?, removal)))
            .collect();
        // The map gives hash order; the sort is stable.
        authorised.sort_by_key(|(stands_since, _)| *stands_since);
        let mut losses = Self::default();
        for (_, removal) in authorised {
            let counted = Counted {
                roster_seq: removal.roster_seq,
                loss: removal.loss.clone(),
            };
            losses.counted.push(counted);
            if touches_admin(removal, granted) && !standing(entries, &losses).has_admin() {
                losses.counted.pop();
            }
        }
        // From here on the order is that of the chain.
        losses.counted.sort_by_key(|counted| counted.roster_seq);
        losses
    }

    /// The roster entry after which a device had lost its power to give, by its own or its member's removal.
    pub(super) fn device_lost_at(&self, device: DeviceId, member: Option<MemberId>) -> Option<u64> {
        let counted = self.counted.iter().filter(|counted| match &counted.loss {
            RosterLoss::Device { device: lost, .. } => *lost == device,
            RosterLoss::Member { member: lost, .. } => Some(*lost) == member,
            RosterLoss::Role { .. } => false,
        });
        counted.map(|counted| counted.roster_seq).min()
    }

    /// The roster entry after which a member was removed.
    pub(super) fn member_lost_at(&self, member: MemberId) -> Option<u64> {
        let counted = self.counted.iter().filter(
            |counted| matches!(&counted.loss, RosterLoss::Member { member: lost, .. } if *lost == member),
        );
        counted.map(|counted| counted.roster_seq).min()
    }

    /// Lowers the roles that were lowered by somebody who knew the chain up to an entry in `known`.
    pub(super) fn take_roles(
        &self,
        members: &mut BTreeMap<MemberId, MemberRecord>,
        known: RangeInclusive<u64>,
    ) {
        for counted in self
            .counted
            .iter()
            .filter(|counted| known.contains(&counted.roster_seq))
        {
            let RosterLoss::Role { member, role, last } = &counted.loss else {
                continue;
            };
            if let Some(record) = members.get_mut(member) {
                record.role = record.role.min(*role);
                record.turns.push(RoleTurn::Lowered {
                    role: *role,
                    last: last.clone(),
                });
            }
        }
    }

    /// Marks revoked devices and removed members; of several last numbers the lowest holds.
    pub(super) fn take_devices(&self, state: &mut State) {
        for counted in &self.counted {
            match &counted.loss {
                RosterLoss::Device {
                    device,
                    last_device_seq,
                } => {
                    if let Some(record) = state.devices.get_mut(device) {
                        lower(&mut record.last_device_seq, *last_device_seq);
                    }
                }
                RosterLoss::Member { member, last } => {
                    if let Some(record) = state.members.get_mut(member) {
                        record.removed = true;
                    }
                    for record in state.devices.values_mut().filter(|d| d.member == *member) {
                        lower(&mut record.last_device_seq, last_of(last, record.id));
                    }
                }
                RosterLoss::Role { .. } => {}
            }
        }
    }
}

fn lower(held: &mut Option<u64>, named: u64) {
    *held = Some(held.map_or(named, |held| held.min(named)));
}

/// Since which entry the longest-standing signer is in the roster, if all signers may say this.
fn authority(removal: &Removal, granted: &State) -> Option<u64> {
    let subject = subject(removal, granted)?;
    let mut since = u64::MAX;
    for (device, _) in &removal.signed.signatures {
        let signer = granted.devices.get(device)?;
        let admin = granted.members.get(&signer.member)?.role == Role::Admin;
        if !admin && signer.member != subject {
            return None;
        }
        since = since.min(signer.added_seq);
    }
    Some(since)
}

/// The member a removal speaks of, if the entries know them.
fn subject(removal: &Removal, granted: &State) -> Option<MemberId> {
    match &removal.loss {
        RosterLoss::Device { device, .. } => granted.devices.get(device).map(|d| d.member),
        RosterLoss::Member { member, .. } | RosterLoss::Role { member, .. } => {
            granted.members.contains_key(member).then_some(*member)
        }
    }
}

fn touches_admin(removal: &Removal, granted: &State) -> bool {
    let member = subject(removal, granted).and_then(|member| granted.members.get(&member));
    member.is_some_and(|member| member.role == Role::Admin)
}

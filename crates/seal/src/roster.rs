//! Who belongs to the organisation (`docs/formats/roster.md`): a chain of entries that give power, and a set of statements that take it.
//!
//! The fold is a pure function of the chain and of the set: removals may come in any order, before or after the entries they
//! speak of.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{DeviceId, MemberId, OrgId, Role, RosterHash};

mod error;
mod fold;
mod losses;
mod raw;
mod records;
mod statement;

pub use error::RosterError;
pub use records::{DeviceRecord, Fork, Judgement, MemberRecord};
pub(crate) use statement::is_origin;
pub use statement::{
    EntryDraft, Policy, RemovalDraft, RosterChange, RosterContent, RosterLoss, ServerSet,
    open_roster_content, roster_hash, seal_roster_content, sign_entry, sign_removal,
};

use fold::{Power, State};
use losses::Losses;
use statement::{Entry, Removal};

/// Removals that one organisation may have; a flood of statements by unknown signers ends here.
const REMOVALS: usize = 4096;

/// The organisation's roster, folded.
#[derive(Debug, Clone)]
pub struct Roster {
    org: OrgId,
    entries: Vec<Entry>,
    removals: BTreeMap<RosterHash, Removal>,
    /// By entries alone: which entries fit the chain, whose signatures count.
    granted: State,
    /// What stands: entries by signers who had lost their power give nothing.
    standing: State,
    losses: Losses,
    fork: Option<Fork>,
}

impl Roster {
    /// Begins with the genesis entry.
    ///
    /// * `pinned`: the hash from the invite, or the one this device made itself.
    ///
    /// # Errors
    /// [`RosterError`]; [`RosterError::Genesis`] if the entry is not the pinned one.
    pub fn found(content: &[u8], pinned: RosterHash) -> Result<Self, RosterError> {
        let entry = Entry::parse(content)?;
        if entry.hash != pinned {
            return Err(RosterError::Genesis);
        }
        let granted = State::found(&entry)?;
        Ok(Self {
            org: entry.org,
            standing: granted.clone(),
            granted,
            entries: vec![entry],
            removals: BTreeMap::new(),
            losses: Losses::default(),
            fork: None,
        })
    }

    /// Takes the next entry of the chain. An entry that is held already changes nothing.
    ///
    /// # Errors
    /// [`RosterError`]; the roster is unchanged, except that [`RosterError::Forked`] sets [`Self::fork`].
    pub fn append(&mut self, content: &[u8]) -> Result<(), RosterError> {
        let entry = Entry::parse(content)?;
        if entry.org != self.org {
            return Err(RosterError::Org);
        }
        if self
            .entry_at(entry.seq)
            .is_some_and(|held| held.hash == entry.hash)
        {
            return Ok(());
        }
        if self.fork.is_some() {
            return Err(RosterError::Forked);
        }
        if entry.seq <= self.head_seq() {
            return Err(self.judge_rival(&entry));
        }
        if entry.seq > self.head_seq().saturating_add(1) {
            return Err(RosterError::Gap);
        }
        if entry.prev != Some(self.head_hash()) {
            return Err(RosterError::Prev);
        }
        let mut granted = self.granted.clone();
        granted.check_signatures(&entry)?;
        granted.apply(&entry, &Power::Granted)?;
        self.granted = granted;
        self.entries.push(entry);
        self.fold();
        Ok(())
    }

    /// Takes a removal, in any order; one whose signer or subject is not known yet waits for the entry that names them.
    ///
    /// # Errors
    /// [`RosterError`]; the roster is unchanged.
    pub fn remove(&mut self, content: &[u8]) -> Result<(), RosterError> {
        let removal = Removal::parse(content)?;
        if removal.org != self.org {
            return Err(RosterError::Org);
        }
        if self.removals.contains_key(&removal.hash) {
            return Ok(());
        }
        if self.removals.len() >= REMOVALS {
            return Err(RosterError::TooMany);
        }
        if self.granted.knows_signers(&removal.signed) {
            self.granted.check_signed(&removal.signed)?;
        }
        self.removals.insert(removal.hash, removal);
        self.fold();
        Ok(())
    }

    /// Both parts of the fold that depend on removals.
    fn fold(&mut self) {
        if self.removals.is_empty() {
            // Nothing was taken: all that was granted stands.
            self.standing = self.granted.clone();
            return;
        }
        // A waiting removal whose signer turned out not to have signed it speaks for nobody.
        let granted = &self.granted;
        self.removals.retain(|_, removal| {
            !granted.knows_signers(&removal.signed) || granted.check_signed(&removal.signed).is_ok()
        });
        self.losses = Losses::count(&self.entries, &self.removals, granted);
        self.standing = fold::standing(&self.entries, &self.losses);
    }

    /// An entry at a place that is taken: a second valid one there is a fork.
    fn judge_rival(&mut self, rival: &Entry) -> RosterError {
        let before = rival.seq.checked_sub(1).and_then(|seq| self.entry_at(seq));
        let Some(before) = before.filter(|before| rival.prev == Some(before.hash)) else {
            return RosterError::Prev;
        };
        let length = usize::try_from(before.seq)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let Some(mut then) = fold::granted(self.entries.get(..length).unwrap_or_default()) else {
            return RosterError::Prev;
        };
        if let Err(error) = then.check_signatures(rival) {
            return error;
        }
        if let Err(error) = then.apply(rival, &Power::Granted) {
            return error;
        }
        let held = self
            .entry_at(rival.seq)
            .map_or(rival.hash, |held| held.hash);
        self.fork = Some(Fork {
            seq: rival.seq,
            held,
            rival: rival.content.clone(),
        });
        RosterError::Forked
    }

    fn entry_at(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(seq).ok()?)
    }

    /// Numbers of entries in the chain that give nothing, because their signer had lost the power to give.
    #[must_use]
    pub const fn void_entries(&self) -> &BTreeSet<u64> {
        &self.standing.void
    }

    /// The organisation.
    #[must_use]
    pub const fn org(&self) -> OrgId {
        self.org
    }

    /// The organisation's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.standing.name
    }

    /// The hash of the first entry.
    #[must_use]
    pub fn genesis_hash(&self) -> RosterHash {
        self.entries
            .first()
            .map_or(RosterHash::from_bytes([0; 32]), |entry| entry.hash)
    }

    /// The hash of the last entry.
    #[must_use]
    pub fn head_hash(&self) -> RosterHash {
        self.entries
            .last()
            .map_or(RosterHash::from_bytes([0; 32]), |entry| entry.hash)
    }

    /// The number of the last entry; genesis is 0.
    #[must_use]
    pub fn head_seq(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    /// Entries and signed removals known: the version of an admit list made from here.
    #[must_use]
    pub fn version(&self) -> u64 {
        let signed = |removal: &&Removal| self.granted.knows_signers(&removal.signed);
        let removals = self.removals.values().filter(signed).count();
        (self.entries.len() as u64).saturating_add(removals as u64)
    }

    /// Two valid entries at one place: no further entry is taken, people must resolve it.
    #[must_use]
    pub const fn fork(&self) -> Option<&Fork> {
        self.fork.as_ref()
    }

    /// The device that appends while there is no server.
    #[must_use]
    pub const fn sequencer(&self) -> DeviceId {
        self.standing.sequencer
    }

    /// Where the server is, if one was set.
    #[must_use]
    pub const fn server(&self) -> Option<&ServerSet> {
        self.standing.server.as_ref()
    }

    /// The floors in force, if any were set.
    #[must_use]
    pub const fn policy(&self) -> Option<&Policy> {
        self.standing.policy.as_ref()
    }

    /// All members that stand in the roster, removed ones too.
    pub fn members(&self) -> impl Iterator<Item = &MemberRecord> {
        self.standing.members.values()
    }

    /// One member.
    #[must_use]
    pub fn member(&self, member: MemberId) -> Option<&MemberRecord> {
        self.standing.members.get(&member)
    }

    /// All devices that stand in the roster, revoked ones too.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceRecord> {
        self.standing.devices.values()
    }

    /// One device.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> Option<&DeviceRecord> {
        self.standing.devices.get(&device)
    }

    /// The role of a member who was not removed.
    #[must_use]
    pub fn role_of(&self, member: MemberId) -> Option<Role> {
        self.member(member)
            .filter(|record| !record.removed)
            .map(|record| record.role)
    }

    /// Whether the device was in the roster at `roster_seq` and had not been revoked by then, as far as is known now.
    #[must_use]
    pub fn active_at(&self, device: DeviceId, roster_seq: u64) -> bool {
        let added = self
            .device(device)
            .is_some_and(|record| record.added_seq <= roster_seq);
        let lost = self
            .losses
            .device_lost_at(device, self.device(device).map(|d| d.member));
        added && lost.is_none_or(|at| at >= roster_seq)
    }

    /// Whether a record with this number may be believed.
    #[must_use]
    pub fn judge(&self, device: DeviceId, device_seq: u64) -> Judgement {
        match self.device(device) {
            None => Judgement::Unknown,
            Some(record) if record.last_device_seq.is_some_and(|last| device_seq > last) => {
                Judgement::AfterRemoval
            }
            Some(_) => Judgement::Good,
        }
    }

    /// The role in which a device said its record: by entries up to the `roster_seq` it cites, without what was taken from it before
    /// that record. `None` if the record may not be believed at all.
    #[must_use]
    pub fn role_in_record(
        &self,
        device: DeviceId,
        device_seq: u64,
        roster_seq: u64,
    ) -> Option<Role> {
        if self.judge(device, device_seq) != Judgement::Good {
            return None;
        }
        let member = self.member(self.device(device)?.member)?;
        member.role_in_record(device, device_seq, roster_seq)
    }

    /// The contents of the chain, in order: what is replayed when the vault opens.
    pub fn entry_contents(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().map(|entry| entry.content.as_slice())
    }

    /// The contents of the removals, in the order of their hashes.
    pub fn removal_contents(&self) -> impl Iterator<Item = &[u8]> {
        self.removals
            .values()
            .map(|removal| removal.content.as_slice())
    }
}

//! The organisation as a whole: founding it, its server, taking members and devices away. Bringing devices in: `enrol`.

use std::sync::Arc;

use senim_ids::{DeviceId, ErrorCode, MemberId, OrgId, Role};
use senim_seal::{DeviceSecrets, Roster, RosterChange, RosterLoss, ServerSet, seal_roster_content};
use senim_vault::{RosterKind, RosterRow};
use senim_wire::caps;
use senim_wire::cbor;
use senim_wire::envelope::id_of;

use crate::app::App;
use crate::coded::coded;
use crate::keys::{active_members, fresh_row, vault_id};
use crate::open::{Facts, Open, random, rng, setting};
use crate::request::Request;
use crate::roster::genesis;
use crate::view::{ApiError, DeviceView, MemberView, OrganisationView, Response};

/// The highest number the vault counts to.
const NOTHING_TAKEN_BACK: u64 = i64::MAX.unsigned_abs();

impl App {
    pub(crate) async fn organisation(&self, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::FoundOrganisation { name, member_name } => {
                self.found(name, member_name).await?;
            }
            Request::SetServer { origin, pins } => self.set_server(origin, pins).await?,
            Request::MakeInvite => return self.make_invite().await,
            Request::MakeJoinRequest { invite } => return self.make_join_request(&invite).await,
            Request::ReadJoinRequest { request } => return self.read_join_request(&request).await,
            Request::AdmitDevice {
                request,
                member,
                name,
                role,
            } => {
                self.admit_device(&request, member, name, role).await?;
            }
            Request::RevokeDevice { device } => self.revoke_device(device).await?,
            Request::RemoveMember { member } => self.remove_member(member).await?,
            _ => {}
        }
        let open = self.opened().await?;
        open.organisation_view().map(Response::Organisation)
    }

    async fn found(&self, name: String, member_name: String) -> Result<(), ApiError> {
        named(&name)?;
        named(&member_name)?;
        let now = self.around.now();
        let mut open = self.opened().await?;
        if open.facts.is_some() {
            return Err(ErrorCode::AlreadyJoined.into());
        }
        let device = Arc::new(DeviceSecrets::make(&mut rng(), true));
        let org = OrgId::from_bytes(random());
        let change = RosterChange::Genesis {
            name,
            member: MemberId::from_bytes(random()),
            member_name,
            keys: *device.public(),
        };
        let entry = genesis(org, change, &device, now)?;
        let facts = Facts {
            org,
            genesis: entry.hash,
            pinned_head: entry.hash,
            origins: Vec::new(),
            pins: Vec::new(),
            invite: None,
        };
        let keys = [(device.device_id(), *device.public().enc())];
        let row = fresh_row(None, None, 0, Vec::new(), &keys);
        let sealed =
            seal_roster_content(&entry, row.mailbox, &row.key, org, &mut rng()).map_err(coded)?;
        open.remember(&device, &facts).await?;
        open.give(&keys, &[row], None, now).await?;
        let stored = RosterRow {
            position: None,
            id: vault_id(id_of(&sealed)),
            kind: RosterKind::Entry,
            bytes: sealed,
            content: Some(entry.content),
        };
        open.vault.put_roster(&stored).await.map_err(coded)?;
        open.reload_roster().await.map(|_| ())
    }

    /// The signed admit list as it stands, for `senim-server org add`.
    pub(crate) async fn founding_list(&self) -> Result<Vec<u8>, ApiError> {
        let open = self.opened().await?;
        open.require(Role::Admin)?;
        let list = open
            .signed_list(open.roster()?)
            .ok_or(ErrorCode::RoleRefused)?;
        Ok(cbor::to_vec(&list))
    }

    async fn set_server(&self, origin: String, pins: Vec<String>) -> Result<(), ApiError> {
        let pins = pins
            .iter()
            .map(|pin| {
                let mut bytes = [0; 32];
                hex::decode_to_slice(pin, &mut bytes).map(|()| bytes)
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| ErrorCode::BadRequest)?;
        senim_sync::Endpoint::parse(&origin, pins.clone()).map_err(|_| ErrorCode::BadRequest)?;
        self.opened().await?.require(Role::Admin)?;
        let server = ServerSet {
            origins: vec![origin],
            pins,
        };
        self.append(RosterChange::Server(server), None).await
    }

    async fn revoke_device(&self, device: DeviceId) -> Result<(), ApiError> {
        let loss = {
            let open = self.opened().await?;
            let record = open
                .roster()?
                .device(device)
                .ok_or(ErrorCode::DeviceRefused)?;
            if record.member != open.me()? {
                open.require(Role::Admin)?;
            }
            RosterLoss::Device {
                device,
                last_device_seq: open.last_seq(device).await?,
            }
        };
        self.take_away(loss).await
    }

    async fn remove_member(&self, member: MemberId) -> Result<(), ApiError> {
        let loss = {
            let open = self.opened().await?;
            open.require(Role::Admin)?;
            let devices: Vec<DeviceId> = open
                .roster()?
                .devices()
                .filter(|device| device.member == member)
                .map(|device| device.id)
                .collect();
            let mut last = Vec::new();
            for device in devices {
                last.push((device, open.last_seq(device).await?));
            }
            last.sort_unstable();
            RosterLoss::Member { member, last }
        };
        self.take_away(loss).await
    }

    /// Signs a removal, which counts here at once, gives every document it concerns a new epoch, and tells the server if it can be reached; if not,
    /// the next sync does.
    async fn take_away(&self, loss: RosterLoss) -> Result<(), ApiError> {
        let now = self.around.now();
        let mut open = self.opened().await?;
        let prepared = open.prepare_removal(loss, now).await?;
        open.keep(prepared, None).await?;
        open.rotate_after_removal(now).await
    }
}

impl Open {
    /// Keeps keys and facts, both or none.
    pub(crate) async fn remember(
        &mut self,
        device: &Arc<DeviceSecrets>,
        facts: &Facts,
    ) -> Result<(), ApiError> {
        let (secrets, encoded) = (device.to_bytes(), cbor::to_vec(facts));
        self.vault
            .put_settings(&[(setting::DEVICE, &secrets), (setting::FACTS, &encoded)])
            .await
            .map_err(coded)?;
        self.device = Some(Arc::clone(device));
        self.facts = Some(facts.clone());
        self.relay = None;
        Ok(())
    }

    async fn last_seq(&self, device: DeviceId) -> Result<u64, ApiError> {
        if device == self.device()?.device_id() {
            let next = self.vault.next_device_seq().await.map_err(coded)?;
            return Ok(next.saturating_sub(1));
        }
        let high = self.vault.device_high(device).await.map_err(coded)?;
        // Of a device never heard of nothing is taken back: its work may stand in visits that this device does not see, and a bound of 0 would void what they were
        // founded by. The server lets it in no more, and what is written from here on has other keys.
        Ok(high.map_or(NOTHING_TAKEN_BACK, |high| high.0))
    }

    pub(crate) fn organisation_view(&self) -> Result<OrganisationView, ApiError> {
        let roster = self.roster()?;
        let me = self.me()?;
        let mut members: Vec<MemberView> = roster
            .members()
            .map(|member| member_view(roster, member.id))
            .collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let head = roster.head_hash().to_string();
        Ok(OrganisationView {
            org: roster.org(),
            name: roster.name().to_owned(),
            me,
            device: self.device()?.device_id(),
            role: roster.role_of(me).unwrap_or(Role::Member),
            members,
            origin: roster
                .server()
                .and_then(|server| server.origins.first().cloned()),
            roster_code: head.chars().take(20).collect(),
            roster_length: u32::try_from(roster.head_seq())
                .unwrap_or(u32::MAX)
                .saturating_add(1),
            forked: roster.fork().is_some(),
        })
    }
}

fn member_view(roster: &Roster, member: MemberId) -> MemberView {
    let record = roster.member(member);
    MemberView {
        member,
        name: record.map_or_else(String::new, |record| record.name.clone()),
        role: record.map_or(Role::Member, |record| record.role),
        active: active_members(roster).contains(&member),
        devices: roster
            .devices()
            .filter(|device| device.member == member)
            .map(|device| DeviceView {
                device: device.id,
                active: device.active(),
            })
            .collect(),
    }
}

/// # Errors
/// `bad-request` for an empty name, `too-long` over the cap.
pub(crate) fn named(name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(ErrorCode::BadRequest.into());
    }
    if name.chars().count() > caps::NAME_CHARS {
        Err(ErrorCode::TooLong.into())
    } else {
        Ok(())
    }
}

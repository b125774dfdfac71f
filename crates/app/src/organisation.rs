//! Founding, inviting, admitting, removing.

use std::sync::Arc;

use senim_ids::{DeviceId, ErrorCode, InviteId, MemberId, OrgId, Role, UnixMillis};
use senim_seal::{
    DeviceSecrets, Invite, JoinRequest, Roster, RosterChange, RosterLoss, ServerSet, VerifiedJoin,
    seal_roster_content, short_code,
};
use senim_vault::{RosterKind, RosterRow};
use senim_wire::admit::{AdmitReply, AdmitRequest};
use senim_wire::cbor::{self, Bytes};
use senim_wire::envelope::id_of;
use senim_wire::{PROTOCOL_VERSION, caps};

use crate::app::App;
use crate::coded::{coded, internal};
use crate::keys::{active_members, fresh_row, vault_id};
use crate::open::{Facts, Open, random, rng, setting};
use crate::push::{OwnPositions, follows, own_positions};
use crate::request::Request;
use crate::roster::{genesis, received_roster};
use crate::view::{ApiError, CodeTextView, DeviceView, MemberView, OrganisationView, Response};

/// An invite is good for ten minutes.
const INVITE_MS: u64 = 10 * 60 * 1000;
/// The highest number the vault counts to.
const NOTHING_TAKEN_BACK: u64 = i64::MAX.unsigned_abs();
/// How often an append is tried anew when the roster moved meanwhile.
const APPENDS: usize = 8;

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

    async fn make_invite(&self) -> Result<Response, ApiError> {
        let now = self.around.now();
        let mut open = self.opened().await?;
        open.require(Role::Admin)?;
        let key = open
            .write_key(None, now)
            .await?
            .ok_or(ErrorCode::RoleRefused)?;
        let roster = open.roster()?;
        let server = roster.server();
        let invite = Invite {
            org: roster.org(),
            genesis: roster.genesis_hash(),
            roster_seq: roster.head_seq(),
            roster_head: roster.head_hash(),
            roster_mailbox: key.mailbox,
            origins: server
                .map(|server| server.origins.clone())
                .unwrap_or_default(),
            pins: server.map(|server| server.pins.clone()).unwrap_or_default(),
            invite: InviteId::from_bytes(random()),
            expires_ms: UnixMillis(now.0.saturating_add(INVITE_MS)),
        };
        let text = invite.to_qr().map_err(coded)?;
        open.vault
            .put_setting(&invite_setting(invite.invite), text.as_bytes())
            .await
            .map_err(coded)?;
        Ok(code_text(text, None, Some(invite.expires_ms)))
    }

    async fn make_join_request(&self, invite: &str) -> Result<Response, ApiError> {
        let invite = Invite::from_qr(invite).map_err(coded)?;
        invite.check_time(self.around.now()).map_err(coded)?;
        let mut open = self.opened().await?;
        if open.roster.is_some() {
            return Err(ErrorCode::AlreadyJoined.into());
        }
        let facts = Facts {
            org: invite.org,
            genesis: invite.genesis,
            pinned_head: invite.roster_head,
            origins: invite.origins.clone(),
            pins: invite.pins.iter().map(|pin| Bytes(pin.to_vec())).collect(),
            invite: Some(invite.invite),
        };
        // The same invite answered again: the same keys, so that the admin may scan either code.
        let device = match (&open.device, &open.facts) {
            (Some(device), Some(known)) if known.invite == facts.invite => Arc::clone(device),
            // With an admit key, whoever it is for: the list names those of admins only, and a member who becomes one needs it.
            _ => Arc::new(DeviceSecrets::make(&mut rng(), true)),
        };
        open.remember(&device, &facts).await?;
        let request = JoinRequest::make(&device, &invite);
        let compare = short_code(&request, invite.genesis).to_string();
        Ok(code_text(
            request.to_qr().map_err(coded)?,
            Some(compare),
            Some(invite.expires_ms),
        ))
    }

    async fn read_join_request(&self, text: &str) -> Result<Response, ApiError> {
        let now = self.around.now();
        let open = self.opened().await?;
        let (request, _) = open.verified_join(text, now).await?;
        let compare = short_code(&request, open.roster()?.genesis_hash()).to_string();
        Ok(code_text(text.to_owned(), Some(compare), None))
    }

    async fn admit_device(
        &self,
        text: &str,
        member: Option<MemberId>,
        name: Option<String>,
        role: Role,
    ) -> Result<(), ApiError> {
        let now = self.around.now();
        let join = {
            let open = self.opened().await?;
            open.require(Role::Admin)?;
            open.verified_join(text, now).await?.1
        };
        let known = senim_seal::device_id(join.keys());
        let admitted = self
            .opened()
            .await?
            .roster()?
            .device(known)
            .map(|device| device.member);
        let member = match (admitted.or(member), name) {
            // A request that was cut short after the device was in: go on from there.
            (Some(member), _) if admitted.is_some() => member,
            (Some(member), None) => member,
            (None, Some(name)) => {
                named(&name)?;
                let member = MemberId::from_bytes(random());
                self.append(RosterChange::MemberAdded { member, name, role }, None)
                    .await?;
                member
            }
            _ => return Err(ErrorCode::BadRequest.into()),
        };
        let change = RosterChange::DeviceAdded {
            member,
            keys: *join.keys(),
            invite: join.invite(),
        };
        if admitted.is_none() {
            self.append(change, Some(join.possession())).await?;
        }
        let mut open = self.opened().await?;
        open.hand_over(None, member, now).await?;
        open.top_up(now).await?;
        // Last: until here the same request may be tried again.
        open.vault
            .erase_setting(&invite_setting(join.invite()))
            .await
            .map_err(coded)
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

    /// Adds an entry: by the server's compare-and-append where there is one, by the sequencer alone where there is none.
    pub(crate) async fn append(
        &self,
        change: RosterChange,
        possession: Option<[u8; 64]>,
    ) -> Result<(), ApiError> {
        let now = self.around.now();
        let _one = self.syncing.lock().await;
        let relay = self.opened().await?.relay()?;
        let Some(relay) = relay else {
            let mut open = self.opened().await?;
            if open.roster()?.sequencer() != open.device()?.device_id() {
                return Err(ErrorCode::NoServer.into());
            }
            let (prepared, _) = open.prepare_entry(change, possession, now).await?;
            return open.keep(prepared, None).await;
        };
        for _ in 0..APPENDS {
            // The whole exchange and not the roster alone: an entry may be sealed under a key that only a keybox brings, and signing past an entry that
            // could not be read would fork the chain.
            self.sync_once().await?;
            let (prepared, request, device) = {
                let mut open = self.opened().await?;
                open.read_whole_roster().await?;
                let (prepared, _) = open.prepare_entry(change.clone(), possession, now).await?;
                let request = AdmitRequest {
                    version: PROTOCOL_VERSION,
                    append: prepared.append.clone(),
                    removals: Vec::new(),
                    list: prepared.list.clone(),
                    leave: false,
                    roster_after: open.vault.positions().await.map_err(coded)?.roster,
                };
                (prepared, request, open.device()?)
            };
            let reply = relay.admit(&request, &device).await.map_err(coded)?;
            let mut open = self.opened().await?;
            match reply {
                AdmitReply::Done {
                    roster_upto,
                    roster,
                } => {
                    let after = request.roster_after;
                    let position = match own_positions(after, roster_upto, &roster, 1) {
                        OwnPositions::These(own) => own.first().copied(),
                        OwnPositions::Further | OwnPositions::Unbelievable => None,
                    };
                    if position.is_some() {
                        open.take_roster(&roster).await?;
                    }
                    // Where its place was not told, the next sync asks for it.
                    return open.keep(prepared, position).await;
                }
                AdmitReply::Moved { roster } if follows(request.roster_after, &roster) => {
                    open.take_roster(&roster).await?;
                }
                AdmitReply::Moved { .. } => return Err(ErrorCode::NotAServer.into()),
            }
        }
        Err(ErrorCode::RosterMoved.into())
    }
}

impl Open {
    /// # Errors
    /// `roster-moved` while an item of the roster log could not be opened or folded: an older app, or a key that has not come.
    async fn read_whole_roster(&self) -> Result<(), ApiError> {
        let rows = self.vault.roster_log().await.map_err(coded)?;
        let entries = rows
            .iter()
            .filter(|row| row.kind == RosterKind::Entry)
            .count();
        let opened = rows.iter().all(|row| row.content.is_some());
        let folded = self.roster()?.entry_contents().count() == entries;
        if opened && folded {
            Ok(())
        } else {
            Err(ErrorCode::RosterMoved.into())
        }
    }

    /// Keeps keys and facts, both or none.
    async fn remember(
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

    async fn verified_join(
        &self,
        text: &str,
        now: UnixMillis,
    ) -> Result<(JoinRequest, VerifiedJoin), ApiError> {
        let request = JoinRequest::from_qr(text).map_err(coded)?;
        let name = invite_setting(request.invite());
        let invite = self
            .vault
            .get_setting(&name)
            .await
            .map_err(coded)?
            .ok_or(ErrorCode::Expired)?;
        let invite = std::str::from_utf8(&invite).map_err(internal)?;
        let invite = Invite::from_qr(invite).map_err(coded)?;
        let verified = request.verify(&invite, now).map_err(coded)?;
        Ok((request, verified))
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

    pub(crate) async fn take_roster(
        &mut self,
        items: &[senim_wire::exchange::Numbered],
    ) -> Result<(), ApiError> {
        for item in received_roster(items) {
            let row = RosterRow {
                position: Some(item.position),
                id: item.id,
                kind: item.kind,
                bytes: item.bytes,
                content: None,
            };
            self.vault.put_roster(&row).await.map_err(coded)?;
        }
        self.reload_roster().await.map(|_| ())
    }

    /// The next request that brings the server's roster up to this one, with the rows it carries.
    pub(crate) async fn unsent_roster(
        &self,
    ) -> Result<Option<(AdmitRequest, Vec<RosterRow>)>, ApiError> {
        let rows = self.vault.roster_log().await.map_err(coded)?;
        let unsent = |kind: RosterKind| {
            rows.iter()
                .filter(move |row| row.position.is_none() && row.kind == kind)
        };
        let expected = rows
            .iter()
            .rfind(|row| row.kind == RosterKind::Entry && row.position.is_some())
            .map(|row| crate::keys::wire_id(row.id));
        let entry = unsent(RosterKind::Entry).next();
        let removals: Vec<&RosterRow> = match entry {
            Some(_) => Vec::new(),
            None => unsent(RosterKind::Removal).take(64).collect(),
        };
        if entry.is_none() && removals.is_empty() {
            return Ok(None);
        }
        let last = unsent(RosterKind::Entry).count() <= 1
            && unsent(RosterKind::Removal).count() <= removals.len();
        let request = AdmitRequest {
            version: PROTOCOL_VERSION,
            append: entry.map(|row| senim_wire::admit::Append {
                expected,
                entry: Bytes(row.bytes.clone()),
            }),
            removals: removals
                .iter()
                .map(|row| Bytes(row.bytes.clone()))
                .collect(),
            list: if last {
                self.signed_list(self.roster()?)
            } else {
                None
            },
            leave: false,
            roster_after: self.vault.positions().await.map_err(coded)?.roster,
        };
        let sent = entry.into_iter().chain(removals).cloned().collect();
        Ok(Some((request, sent)))
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

fn invite_setting(invite: InviteId) -> String {
    format!("invite-{invite}")
}

fn code_text(text: String, compare: Option<String>, expires_at: Option<UnixMillis>) -> Response {
    Response::CodeText(CodeTextView {
        text,
        compare,
        expires_at,
    })
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

//! Bringing a device in: invite, join request, the code two people compare, admission (docs/decisions/0008-join-in-two-codes.md).

use std::sync::Arc;

use senim_ids::{ErrorCode, InviteId, MemberId, Role, UnixMillis};
use senim_seal::{DeviceSecrets, Invite, JoinRequest, RosterChange, VerifiedJoin, short_code};
use senim_wire::cbor::Bytes;

use crate::app::App;
use crate::coded::{coded, internal};
use crate::open::{Facts, Open, random, rng};
use crate::organisation::named;
use crate::view::{ApiError, CodeTextView, Response};

/// An invite is good for ten minutes.
const INVITE_MS: u64 = 10 * 60 * 1000;

impl App {
    pub(crate) async fn make_invite(&self) -> Result<Response, ApiError> {
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

    pub(crate) async fn make_join_request(&self, invite: &str) -> Result<Response, ApiError> {
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

    pub(crate) async fn read_join_request(&self, text: &str) -> Result<Response, ApiError> {
        let now = self.around.now();
        let open = self.opened().await?;
        let (request, _) = open.verified_join(text, now).await?;
        let compare = short_code(&request, open.roster()?.genesis_hash()).to_string();
        Ok(code_text(text.to_owned(), Some(compare), None))
    }

    pub(crate) async fn admit_device(
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
}

impl Open {
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

//! How a device comes into the organisation, face to face (`docs/formats/qr.md`).

use std::fmt;

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use senim_ids::{CodedError, ErrorCode, InviteId, OrgId, RosterHash, UnixMillis};
use senim_wire::{MailboxId, cbor};

use crate::keys::{DeviceKeys, KeyError, RawKeys};
use crate::label::{Label, SHORT_CODE, derive};
use crate::qr::{QrError, QrKind, qr_decode, qr_encode};
use crate::roster::is_origin;
use crate::secret::DeviceSecrets;

/// Bytes of a payload.
const PAYLOAD: usize = 1024;
/// Origins and pins of an invite.
const SERVERS: usize = 8;

/// Why a code is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The text is not such a code.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// The payload is not canonical, breaks a rule of its fields, or has a version this app does not know.
    #[error("join-encoding")]
    Encoding,
    /// A key is weak or repeated.
    #[error("join-keys")]
    Keys,
    /// The device did not show that it holds its keys.
    #[error("join-possession")]
    Possession,
    /// It answers another invite.
    #[error("join-invite")]
    OtherInvite,
    /// The invite is older than 10 minutes.
    #[error("join-expired")]
    Expired,
}

impl From<KeyError> for JoinError {
    fn from(_: KeyError) -> Self {
        Self::Keys
    }
}

impl CodedError for JoinError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Qr(_) | Self::Encoding => ErrorCode::Unreadable,
            Self::Keys | Self::Possession => ErrorCode::DeviceRefused,
            Self::OtherInvite => ErrorCode::OtherOrganisation,
            Self::Expired => ErrorCode::Expired,
        }
    }
}

/// What an admin shows: where the organisation is and how to know it. Holds no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// The organisation.
    pub org: OrgId,
    /// The pinned beginning of the roster.
    pub genesis: RosterHash,
    /// The head of the roster, which the new device must reach.
    pub roster_seq: u64,
    /// The head's hash.
    pub roster_head: RosterHash,
    /// The log of the roster's epoch.
    pub roster_mailbox: MailboxId,
    /// `https://host` or `https://host:port`, at most 8; none while there is no server.
    pub origins: Vec<String>,
    /// SHA-256 of the SubjectPublicKeyInfo of keys the server may show, at most 8.
    pub pins: Vec<[u8; 32]>,
    /// Random, good for one device.
    pub invite: InviteId,
    /// Until when.
    pub expires_ms: UnixMillis,
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invite({:?}, {:?})", self.org, self.invite)
    }
}

#[derive(Encode, Decode)]
struct RawInvite {
    #[n(0)]
    version: u8,
    #[n(1)]
    org: OrgId,
    #[n(2)]
    genesis: RosterHash,
    #[n(3)]
    roster_seq: u64,
    #[n(4)]
    roster_head: RosterHash,
    #[n(5)]
    roster_mailbox: MailboxId,
    #[n(6)]
    origins: Vec<String>,
    #[n(7)]
    pins: Vec<ByteArray<32>>,
    #[n(8)]
    invite: InviteId,
    #[n(9)]
    expires_ms: UnixMillis,
}

impl Invite {
    /// How long an invite is good.
    pub const GOOD_FOR_MS: u64 = 10 * 60 * 1000;

    /// The text of the QR code.
    ///
    /// # Errors
    /// [`JoinError`] if there are too many or wrong origins or pins.
    pub fn to_qr(&self) -> Result<String, JoinError> {
        let payload = cbor::to_vec(&RawInvite {
            version: 1,
            org: self.org,
            genesis: self.genesis,
            roster_seq: self.roster_seq,
            roster_head: self.roster_head,
            roster_mailbox: self.roster_mailbox,
            origins: self.origins.clone(),
            pins: self.pins.iter().map(|pin| (*pin).into()).collect(),
            invite: self.invite,
            expires_ms: self.expires_ms,
        });
        Self::parse(&payload)?;
        Ok(qr_encode(QrKind::Invite, &payload)?)
    }

    /// Reads the text of a QR code. Whether it has expired is asked with [`Self::check_time`].
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn from_qr(text: &str) -> Result<Self, JoinError> {
        Self::parse(&qr_decode(QrKind::Invite, text)?)
    }

    fn parse(payload: &[u8]) -> Result<Self, JoinError> {
        let raw: RawInvite = cbor::parse(payload, PAYLOAD).map_err(|_| JoinError::Encoding)?;
        let fits = raw.origins.len() <= SERVERS && raw.pins.len() <= SERVERS;
        if raw.version != 1 || !fits || !raw.origins.iter().all(|origin| is_origin(origin)) {
            return Err(JoinError::Encoding);
        }
        Ok(Self {
            org: raw.org,
            genesis: raw.genesis,
            roster_seq: raw.roster_seq,
            roster_head: raw.roster_head,
            roster_mailbox: raw.roster_mailbox,
            origins: raw.origins,
            pins: raw.pins.into_iter().map(Into::into).collect(),
            invite: raw.invite,
            expires_ms: raw.expires_ms,
        })
    }

    /// Refuses an invite after its time.
    ///
    /// # Errors
    /// [`JoinError::Expired`].
    pub fn check_time(&self, now: UnixMillis) -> Result<(), JoinError> {
        if now <= self.expires_ms {
            Ok(())
        } else {
            Err(JoinError::Expired)
        }
    }
}

/// What a new device shows: its keys and the proof that it holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    payload: Vec<u8>,
    keys: DeviceKeys,
    invite: InviteId,
    possession: [u8; 64],
}

#[derive(Encode, Decode)]
struct RawJoin {
    #[n(0)]
    version: u8,
    #[n(1)]
    keys: RawKeys,
    #[n(2)]
    invite: InviteId,
    #[n(3)]
    possession: ByteArray<64>,
}

impl JoinRequest {
    /// Answers an invite.
    #[must_use]
    pub fn make(device: &DeviceSecrets, invite: &Invite) -> Self {
        let possession = device.prove_possession(invite.org, invite.invite);
        let keys = *device.public();
        let payload = cbor::to_vec(&RawJoin {
            version: 1,
            keys: (&keys).into(),
            invite: invite.invite,
            possession: possession.into(),
        });
        Self {
            payload,
            keys,
            invite: invite.invite,
            possession,
        }
    }

    /// The invite it answers, for looking it up before [`Self::verify`].
    #[must_use]
    pub const fn invite(&self) -> InviteId {
        self.invite
    }

    /// The text of the QR code.
    ///
    /// # Errors
    /// [`JoinError::Qr`]; with keys of fixed length it does not happen.
    pub fn to_qr(&self) -> Result<String, JoinError> {
        Ok(qr_encode(QrKind::Join, &self.payload)?)
    }

    /// Reads the text of a QR code and checks the keys, not yet the proof.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn from_qr(text: &str) -> Result<Self, JoinError> {
        let payload = qr_decode(QrKind::Join, text)?;
        let raw: RawJoin = cbor::parse(&payload, PAYLOAD).map_err(|_| JoinError::Encoding)?;
        if raw.version != 1 {
            return Err(JoinError::Encoding);
        }
        let keys = raw.keys.check()?;
        Ok(Self {
            payload,
            keys,
            invite: raw.invite,
            possession: raw.possession.into(),
        })
    }

    /// Checks that the device holds its keys and answers this invite in time.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn verify(&self, invite: &Invite, now: UnixMillis) -> Result<VerifiedJoin, JoinError> {
        if self.invite != invite.invite {
            return Err(JoinError::OtherInvite);
        }
        invite.check_time(now)?;
        let body = possession_body(invite.org, &self.keys, self.invite);
        if !self
            .keys
            .sign()
            .verifies(Label::Possession, &body, &self.possession)
        {
            return Err(JoinError::Possession);
        }
        let (keys, possession) = (self.keys, self.possession);
        Ok(VerifiedJoin {
            keys,
            invite: self.invite,
            possession,
        })
    }
}

/// A new device that holds its keys and answered a good invite. Whose it is, people say: they compare [`short_code`].
#[derive(Debug, Clone)]
pub struct VerifiedJoin {
    keys: DeviceKeys,
    invite: InviteId,
    possession: [u8; 64],
}

impl VerifiedJoin {
    /// The device's keys.
    #[must_use]
    pub const fn keys(&self) -> &DeviceKeys {
        &self.keys
    }

    /// The invite it answered.
    #[must_use]
    pub const fn invite(&self) -> InviteId {
        self.invite
    }

    /// The proof, for the roster entry that adds the device.
    #[must_use]
    pub const fn possession(&self) -> [u8; 64] {
        self.possession
    }
}

/// The body of a proof of possession: CBOR `[org, DeviceKeys, invite]`.
pub(crate) fn possession_body(org: OrgId, keys: &DeviceKeys, invite: InviteId) -> Vec<u8> {
    cbor::to_vec(&(org, RawKeys::from(keys), invite))
}

/// The code that both people compare before the admin confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortCode(String);

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Four groups of four digits that are the same on both screens only if both see one request and one organisation.
#[must_use]
pub fn short_code(request: &JoinRequest, genesis: RosterHash) -> ShortCode {
    let material = [request.payload.as_slice(), genesis.as_bytes()].concat();
    let hash = derive(SHORT_CODE, &material);
    let first = hash.first_chunk::<8>().copied().unwrap_or_default();
    let digits = format!("{:016}", u64::from_be_bytes(first) % 10_000_000_000_000_000);
    let groups: Vec<String> = digits
        .as_bytes()
        .chunks(4)
        .map(|group| group.iter().map(|b| char::from(*b)).collect())
        .collect();
    ShortCode(groups.join(" "))
}

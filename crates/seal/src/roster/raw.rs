//! The bytes of roster statements, field by field.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Decoder, Encode};
use senim_ids::{DeviceId, InviteId, MemberId, OrgId, Role, RosterHash, UnixMillis};
use senim_wire::cbor::Bytes;

use crate::keys::RawKeys;

#[derive(Encode, Decode)]
pub(super) struct RawContent {
    #[n(0)]
    pub(super) body: Bytes,
    #[n(1)]
    pub(super) signatures: Vec<(DeviceId, ByteArray<64>)>,
    #[n(2)]
    pub(super) possession: Option<ByteArray<64>>,
}

#[derive(Encode, Decode)]
pub(super) struct RawEntry {
    #[n(0)]
    pub(super) version: u8,
    #[n(1)]
    pub(super) org: OrgId,
    #[n(2)]
    pub(super) seq: u64,
    #[n(3)]
    pub(super) prev: Option<RosterHash>,
    #[n(4)]
    pub(super) wall_ms: UnixMillis,
    #[n(5)]
    pub(super) change: RawChange,
}

#[derive(Encode, Decode)]
#[cbor(flat)]
pub(super) enum RawChange {
    #[n(0)]
    Genesis(
        #[n(0)] String,
        #[n(1)] MemberId,
        #[n(2)] String,
        #[n(3)] RawKeys,
        #[n(4)] DeviceId,
    ),
    #[n(1)]
    MemberAdded(#[n(0)] MemberId, #[n(1)] String, #[n(2)] Role),
    #[n(2)]
    DeviceAdded(#[n(0)] MemberId, #[n(1)] RawKeys, #[n(2)] InviteId),
    #[n(3)]
    RoleRaised(#[n(0)] MemberId, #[n(1)] Role),
    #[n(4)]
    Server(#[n(0)] Vec<String>, #[n(1)] Vec<ByteArray<32>>),
    #[n(5)]
    Policy(#[n(0)] String, #[n(1)] u32),
}

#[derive(Encode, Decode)]
pub(super) struct RawRemoval {
    #[n(0)]
    pub(super) version: u8,
    #[n(1)]
    pub(super) org: OrgId,
    #[n(2)]
    pub(super) wall_ms: UnixMillis,
    #[n(3)]
    pub(super) roster_seq: u64,
    #[n(4)]
    pub(super) loss: RawLoss,
}

#[derive(Encode, Decode)]
#[cbor(flat)]
pub(super) enum RawLoss {
    #[n(0)]
    Device(#[n(0)] DeviceId, #[n(1)] u64),
    #[n(1)]
    Member(#[n(0)] MemberId, #[n(1)] Vec<(DeviceId, u64)>),
    #[n(2)]
    Role(#[n(0)] MemberId, #[n(1)] Role, #[n(2)] Vec<(DeviceId, u64)>),
}

/// Whether a body that does not decode is one of a later version: another version number, or an item number above `known`.
pub(super) fn is_of_later_version(body: &[u8], fields: usize, known: u32) -> bool {
    let look = || -> Result<bool, minicbor::decode::Error> {
        let mut d = Decoder::new(body);
        d.array()?;
        if d.u64()? > 1 {
            return Ok(true);
        }
        for _ in 0..fields.saturating_sub(2) {
            d.skip()?;
        }
        d.array()?;
        Ok(d.u32()? > known)
    };
    look().unwrap_or(false)
}

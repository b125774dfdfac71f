//! Ids, instants, roles, languages and error codes that every part of Senim but the server shares.
//!
//! Pure: no disk, no network, no clock, no randomness. Every type here prints without anybody's words or names in it:
//! ids print as lower-case hexadecimal, codes as kebab-case.

#![forbid(unsafe_code)]

mod code;
mod id;
mod words;

pub use code::{CodedError, ErrorCode};
pub use id::{
    ActHash, ActorId, ChangeHash, DeviceId, DocId, IdError, InviteId, MemberId, OrgId, PlaceId,
    RecordHash, RosterHash, RowId, VaultId,
};
pub use words::{DocKind, Language, Role, Sensitivity, UnixMillis};

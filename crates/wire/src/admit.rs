//! `POST /v1/admit`: whom the server lets in, and the roster's compare-and-append (protocol.md 3).

use minicbor::{Decode, Encode};

use crate::cbor::{self, Bytes, NotCanonical};
use crate::exchange::Numbered;
use crate::{AuthKey, EnvelopeId, WireOrgId, caps};

/// Label of the signature on an admit list; used for nothing else.
pub const ADMIT_LABEL: &[u8] = b"senim/admit/v1\0";

/// The auth keys that the server lets in, computed from the roster.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AdmitList {
    /// The organisation.
    #[n(0)]
    pub org: WireOrgId,
    /// Grows with every change: roster entries plus removals known to its author. The server takes it only ever forward.
    #[n(1)]
    pub version: u64,
    /// Keys let in: sorted, unique, at most [`caps::ADMITTED`].
    #[n(2)]
    pub auth: Vec<AuthKey>,
    /// Keys that may sign the next list: sorted, unique, at least one.
    #[n(3)]
    pub admit: Vec<AuthKey>,
}

/// An admit list with the key that signed it. For a founding list the key is named in the list itself; after that in the list before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SignedAdmitList {
    /// The canonical encoding of the [`AdmitList`].
    #[n(0)]
    pub list: Bytes,
    /// The `admit` key that signed.
    #[n(1)]
    pub key: AuthKey,
    /// Ed25519 over [`signing_input`], 64 bytes.
    #[n(2)]
    pub signature: Bytes,
}

impl SignedAdmitList {
    /// The list inside, still unverified.
    ///
    /// # Errors
    /// [`NotCanonical`]: not an admit list, keys not sorted and unique, too many, or no `admit` key.
    pub fn parse_list(&self) -> Result<AdmitList, NotCanonical> {
        let list: AdmitList = cbor::parse(&self.list, 64 + 80 * caps::ADMITTED)?;
        let sorted = |keys: &[AuthKey]| keys.windows(2).all(|pair| pair.first() < pair.last());
        let fits = list.auth.len() <= caps::ADMITTED && (1..=64).contains(&list.admit.len());
        if fits && sorted(&list.auth) && sorted(&list.admit) {
            Ok(list)
        } else {
            Err(NotCanonical)
        }
    }
}

/// What an `admit` key signs.
#[must_use]
pub fn signing_input(list: &[u8]) -> Vec<u8> {
    [ADMIT_LABEL, blake3::hash(list).as_bytes()].concat()
}

/// A change of the roster log, of the admit list, or of both together.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AdmitRequest {
    /// [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub version: u16,
    /// A roster entry to append.
    #[n(1)]
    pub append: Option<Append>,
    /// Removals to append, whatever else is in the log; at most 64.
    #[n(2)]
    pub removals: Vec<Bytes>,
    /// The list that follows, stored only if all the rest of the request was.
    #[n(3)]
    pub list: Option<SignedAdmitList>,
    /// The asking device removes itself from the list in force; needs no `admit` key.
    #[n(4)]
    pub leave: bool,
    /// Items of the roster log the client holds: on a conflict the reply carries the tail after it.
    #[n(5)]
    pub roster_after: u64,
}

/// Compare-and-append.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Append {
    /// The id of the last envelope of kind roster entry that the author built on; `None` for the first.
    #[n(0)]
    pub expected: Option<EnvelopeId>,
    /// The envelope.
    #[n(1)]
    pub entry: Bytes,
}

/// What became of an [`AdmitRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum AdmitReply {
    /// All of it is on disk.
    #[n(0)]
    Done {
        /// Length of the roster log now.
        #[n(0)]
        roster_upto: u64,
        /// Roster items the client lacked, its own left out.
        #[n(1)]
        roster: Vec<Numbered>,
    },
    /// The roster moved: nothing was stored. Fold the tail, build on it, sign again.
    #[n(1)]
    Moved {
        /// The roster log after the client's position.
        #[n(0)]
        roster: Vec<Numbered>,
    },
}

//! The envelope of an act (`docs/formats/act.md`). What the arguments mean is for `model` to say.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use senim_ids::{ActHash, ChangeHash, CodedError, ErrorCode};
use senim_wire::caps;
use senim_wire::cbor::{self, Bytes};

use crate::label::{ACT_HASH, derive};

/// Heads or parents that one act may name.
const LINKS: usize = 256;
/// Bytes of an act's kind and of its subject.
const WORD: usize = 256;

/// The bytes are not an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// Not canonical, a version this app does not know, or over a cap.
    #[error("act")]
    Malformed,
}

impl CodedError for ActError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unreadable
    }
}

/// What somebody decided, granted, signed: one statement in a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Act {
    /// Which act: `visit.decided`. 1 to 256 bytes.
    pub kind: String,
    /// What it speaks of, where it is not the document itself; at most 256 bytes.
    pub subject: Option<String>,
    /// The automerge heads spoken of: sorted, unique, at most 256.
    pub heads: Vec<ChangeHash>,
    /// Hash of the canonical view of the subject at these heads.
    pub view: Option<[u8; 32]>,
    /// All tips of the document's acts that the author had seen: sorted, unique, at most 256.
    pub parents: Vec<ActHash>,
    /// CBOR of the kind.
    pub arguments: Vec<u8>,
}

#[derive(Encode, Decode)]
struct Raw {
    #[n(0)]
    version: u8,
    #[n(1)]
    kind: String,
    #[n(2)]
    subject: Option<String>,
    #[n(3)]
    heads: Vec<ChangeHash>,
    #[n(4)]
    view: Option<ByteArray<32>>,
    #[n(5)]
    parents: Vec<ActHash>,
    #[n(6)]
    arguments: Bytes,
}

impl Act {
    /// The canonical bytes. Heads and parents are sorted and repeats dropped.
    ///
    /// # Errors
    /// [`ActError`] over a cap ([`caps::ACT`] for the whole).
    pub fn encode(&self) -> Result<Vec<u8>, ActError> {
        let mut heads = self.heads.clone();
        heads.sort_unstable();
        heads.dedup();
        let mut parents = self.parents.clone();
        parents.sort_unstable();
        parents.dedup();
        let bytes = cbor::to_vec(&Raw {
            version: 1,
            kind: self.kind.clone(),
            subject: self.subject.clone(),
            heads,
            view: self.view.map(Into::into),
            parents,
            arguments: self.arguments.clone().into(),
        });
        Self::parse(&bytes).map(|_| bytes)
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ActError> {
        let raw: Raw = cbor::parse(bytes, caps::ACT).map_err(|_| ActError::Malformed)?;
        let words = (1..=WORD).contains(&raw.kind.len())
            && raw
                .subject
                .as_ref()
                .is_none_or(|subject| subject.len() <= WORD);
        let links = ascending(&raw.heads) && ascending(&raw.parents);
        if raw.version != 1 || !words || !links {
            return Err(ActError::Malformed);
        }
        Ok(Self {
            kind: raw.kind,
            subject: raw.subject,
            heads: raw.heads,
            view: raw.view.map(Into::into),
            parents: raw.parents,
            arguments: raw.arguments.0,
        })
    }
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Act({}, {} bytes of arguments)",
            self.kind,
            self.arguments.len()
        )
    }
}

fn ascending<T: Ord>(links: &[T]) -> bool {
    links.len() <= LINKS && links.windows(2).all(|pair| pair.first() < pair.last())
}

/// The hash of an act's canonical bytes.
#[must_use]
pub fn act_hash(act: &[u8]) -> ActHash {
    ActHash::from_bytes(derive(ACT_HASH, act))
}

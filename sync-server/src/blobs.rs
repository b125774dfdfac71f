//! The port to where photo chunks lie: immutable, named by the hash of what they hold, apart for each organisation.

use std::fmt;

use async_trait::async_trait;
use senim_wire::{EnvelopeId, WireOrgId};

mod folder;

pub use folder::FolderBlobs;

use crate::store::Sealed;

/// Why a chunk could not be kept or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobsError {
    /// No room.
    #[error("blobs-full")]
    Full,
    /// What lies there does not hash to its name.
    #[error("blob-damaged")]
    Damaged,
    /// Cannot be read or written for another reason.
    #[error("blobs-unavailable")]
    Unavailable,
}

/// A store of chunks.
#[async_trait]
pub trait Blobs: Send + Sync + fmt::Debug + 'static {
    /// Keeps a chunk. It has returned `Ok` only when the chunk is on disk under its id; a repeat is harmless.
    ///
    /// # Errors
    /// [`BlobsError`]; nothing readable was kept.
    async fn put(&self, org: WireOrgId, chunk: Sealed) -> Result<(), BlobsError>;

    /// The chunk, checked against its id.
    ///
    /// # Errors
    /// [`BlobsError::Damaged`] if it is not what its name says.
    async fn get(&self, org: WireOrgId, id: &EnvelopeId) -> Result<Option<Sealed>, BlobsError>;
}

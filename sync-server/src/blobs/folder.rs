//! Chunks in a folder: `<organisation>/<first byte>/<id>`, all in hexadecimal.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use senim_wire::cbor::Bytes;
use senim_wire::{EnvelopeId, WireOrgId};

use super::{Blobs, BlobsError};
use crate::store::Sealed;

/// A folder of chunks.
#[derive(Debug)]
pub struct FolderBlobs {
    root: PathBuf,
}

impl FolderBlobs {
    /// Uses `root`, and makes it if it is not there.
    ///
    /// # Errors
    /// [`BlobsError`] if it cannot be made.
    pub fn open(root: PathBuf) -> Result<Self, BlobsError> {
        fs::create_dir_all(&root).map_err(|error| failed(&error))?;
        Ok(Self { root })
    }

    fn folder(&self, org: WireOrgId, id: &EnvelopeId) -> PathBuf {
        let name = id.to_string();
        self.root
            .join(org.to_string())
            .join(name.get(..2).unwrap_or_default())
    }

    fn file(&self, org: WireOrgId, id: &EnvelopeId) -> PathBuf {
        self.folder(org, id).join(id.to_string())
    }
}

fn failed(error: &io::Error) -> BlobsError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            BlobsError::Full
        }
        _ => BlobsError::Unavailable,
    }
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(&self, org: WireOrgId, chunk: Sealed) -> Result<(), BlobsError> {
        let folder = self.folder(org, &chunk.id());
        let root = self.root.clone();
        on_disk(move || write_whole(&root, &folder, &chunk)).await
    }

    async fn get(&self, org: WireOrgId, id: &EnvelopeId) -> Result<Option<Sealed>, BlobsError> {
        let (file, id) = (self.file(org, id), *id);
        on_disk(move || match fs::read(&file) {
            Ok(bytes) => {
                let chunk = Sealed::new(Bytes(bytes));
                if chunk.id() == id {
                    Ok(Some(chunk))
                } else {
                    Err(BlobsError::Damaged)
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&error)),
        })
        .await
    }
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobsError> + Send + 'static,
) -> Result<T, BlobsError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| BlobsError::Unavailable)?
}

/// Writes beside the final name, syncs, renames, syncs the folders: after a crash the name holds the whole chunk or nothing.
fn write_whole(root: &Path, folder: &Path, chunk: &Sealed) -> Result<(), BlobsError> {
    let file = folder.join(chunk.id().to_string());
    if holds(&file, chunk) {
        // Perhaps from a writer that ended before its syncs: do them again before saying that it is safe.
        let synced = File::open(&file).and_then(|there| there.sync_all());
        return synced
            .and_then(|()| sync_up_to(root, folder))
            .map_err(|error| failed(&error));
    }
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let temporary = folder.join(temporary_name()?);
    let written = write_synced(&temporary, chunk.bytes()).and_then(|()| {
        fs::rename(&temporary, &file)?;
        sync_up_to(root, folder)
    });
    written.map_err(|error| {
        // The space of a half-written chunk is needed most when the disk is full. If even that fails, it stays as a file that no
        // name points to, and the first error is the one to tell.
        drop(fs::remove_file(&temporary));
        failed(&error)
    })
}

/// Whether the whole chunk is there already. A file of another content is written again.
fn holds(file: &Path, chunk: &Sealed) -> bool {
    fs::read(file).is_ok_and(|there| there == chunk.bytes())
}

fn write_synced(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Syncs `folder` and those above it, up to and with `root`: a new folder is a name in the one above.
fn sync_up_to(root: &Path, folder: &Path) -> io::Result<()> {
    for folder in folder.ancestors() {
        File::open(folder)?.sync_all()?;
        if folder == root {
            break;
        }
    }
    Ok(())
}

fn temporary_name() -> Result<String, BlobsError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| BlobsError::Unavailable)?;
    Ok(format!("new-{}", hex::encode(random)))
}

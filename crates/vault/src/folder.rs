//! The folder of a vault: the key slot beside the database (`docs/formats/vault.md`).

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::SecretBox;
use sqlx::{Connection as _, query};

use crate::error::VaultError;
use crate::open::{self, Database};
use crate::vault::Vault;

/// The longest key slot that is read or written, in bytes; a slot of version 1 has about 140.
pub const SLOT_BYTES: usize = 4096;

const SLOT: &str = "vault.key";
const NEW_SLOT: &str = "vault.key.new";
const DATABASE: &str = "vault.db";
/// All that SQLite may leave beside the database.
const DATABASE_FILES: [&str; 4] = [DATABASE, "vault.db-wal", "vault.db-shm", "vault.db-journal"];

/// A folder that holds a vault, or will. Reading and replacing the slot takes a few milliseconds; making, opening and destroying are async.
///
/// A vault is there when its key slot is there: the slot is written last and destroyed first. A database without a slot can be opened by nobody;
/// [`VaultFolder::create`] clears it away.
#[derive(Clone)]
pub struct VaultFolder {
    path: PathBuf,
}

impl std::fmt::Debug for VaultFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A path names a person's home.
        f.debug_struct("VaultFolder").finish_non_exhaustive()
    }
}

impl VaultFolder {
    /// The folder at `path`; nothing is read or made yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// There is a key slot in the folder.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.file(SLOT).exists()
    }

    /// Makes a vault: folder (only for this user), database under `key`, then the slot. All of it is on disk when this returns.
    ///
    /// * `slot`: 1 to [`SLOT_BYTES`] bytes, the wrapped key as `seal` made it.
    /// * `key`: the raw key of SQLCipher; kept nowhere but in the open connection.
    ///
    /// # Errors
    /// [`VaultError::Exists`] when a slot is there, [`VaultError::Busy`] when another app is making one, [`VaultError::CipherMissing`],
    /// [`VaultError::DiskRefused`]. Nothing usable is left behind.
    pub async fn create(
        &self,
        slot: &[u8],
        key: &SecretBox<[u8; 32]>,
    ) -> Result<Vault, VaultError> {
        check_slot(slot)?;
        if self.exists() {
            return Err(VaultError::Exists);
        }
        make_folder(&self.path)?;
        self.clear_orphan().await?;
        make_private(&self.file(DATABASE))?;
        match self.fill(slot, key).await {
            Ok(vault) => Ok(vault),
            Err(error) => {
                // The first error is the one to show; what cannot be removed now is an orphan for the next `create`.
                remove(&self.path, &DATABASE_FILES).ok();
                Err(error)
            }
        }
    }

    /// The bytes of the key slot.
    ///
    /// # Errors
    /// [`VaultError::NoVault`]; [`VaultError::WrongKeyOrDamaged`] when it is empty or longer than [`SLOT_BYTES`]; [`VaultError::DiskRefused`].
    pub fn read_slot(&self) -> Result<Vec<u8>, VaultError> {
        let file = match File::open(self.file(SLOT)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(VaultError::NoVault),
            Err(error) => return Err(error.into()),
        };
        let cap = u64::try_from(SLOT_BYTES).map_err(|_| VaultError::OutOfRange)?;
        let mut bytes = Vec::new();
        file.take(cap.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.is_empty() || bytes.len() > SLOT_BYTES {
            return Err(VaultError::WrongKeyOrDamaged);
        }
        Ok(bytes)
    }

    /// Replaces the key slot, as a changed passphrase does: at every instant one whole slot is there, the old or the new. The old one's bytes
    /// are overwritten afterwards, which flash memory may not honour (security.md 3.2).
    ///
    /// # Errors
    /// [`VaultError::NoVault`], [`VaultError::OutOfRange`] for a slot over the cap, [`VaultError::DiskRefused`]: the old slot is in place then, unless only
    /// overwriting it failed.
    pub fn replace_slot(&self, slot: &[u8]) -> Result<(), VaultError> {
        check_slot(slot)?;
        let mut old = match OpenOptions::new().write(true).open(self.file(SLOT)) {
            Ok(old) => old,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(VaultError::NoVault),
            Err(error) => return Err(error.into()),
        };
        self.put_slot(slot)?;
        overwrite(&mut old)?;
        Ok(())
    }

    /// Opens the vault with its raw key.
    ///
    /// # Errors
    /// [`VaultError::NoVault`]; [`VaultError::WrongKeyOrDamaged`]; [`VaultError::Damaged`] when the file is cut off or its pages do not verify;
    /// [`VaultError::TooNew`]; [`VaultError::Busy`] when another app (or another `Vault` of this one) holds it;
    /// [`VaultError::CipherMissing`]; [`VaultError::DiskRefused`] when the folder cannot be written.
    pub async fn open(&self, key: &SecretBox<[u8; 32]>) -> Result<Vault, VaultError> {
        if !self.exists() {
            return Err(VaultError::NoVault);
        }
        let database = self.file(DATABASE);
        if !database.exists() {
            return Err(VaultError::SHAPE);
        }
        Vault::open(&database, key, Database::Written).await
    }

    /// Crypto-erases the vault, open or not, whether or not anybody knows its passphrase: the slot is overwritten, synced and unlinked first
    /// (after that nothing here can be opened), then the database files go. Goes on past a file that resists and reports it at the end; run again
    /// until it succeeds. Nothing there is success.
    ///
    /// # Errors
    /// [`VaultError::DiskRefused`] with the first thing that resisted.
    pub async fn destroy(&self) -> Result<(), VaultError> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || destroy(&path))
            .await
            .map_err(|_| VaultError::Internal(0))?
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    async fn fill(&self, slot: &[u8], key: &SecretBox<[u8; 32]>) -> Result<Vault, VaultError> {
        let vault = Vault::open(&self.file(DATABASE), key, Database::Fresh).await?;
        let written = match vault.truncate_log().await {
            Ok(()) => self.put_slot(slot),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            vault.close().await.ok();
            return Err(error);
        }
        Ok(vault)
    }

    fn put_slot(&self, slot: &[u8]) -> Result<(), VaultError> {
        let new = self.file(NEW_SLOT);
        remove(&self.path, &[NEW_SLOT])?;
        let mut file = make_private(&new)?;
        file.write_all(slot)?;
        file.sync_all()?;
        fs::rename(&new, self.file(SLOT))?;
        sync_folder(&self.path)?;
        Ok(())
    }

    /// Removes a database without a slot: the rest of an interrupted `create` or `destroy`, which nobody can open.
    async fn clear_orphan(&self) -> Result<(), VaultError> {
        let database = self.file(DATABASE);
        if database.exists() {
            // Somebody who is making a vault at this moment holds the lock; anything else that this read says is no matter.
            let mut conn = open::connect(&database).await?;
            let read = query("SELECT 1 FROM sqlite_schema")
                .execute(&mut conn)
                .await;
            conn.close().await?;
            if read.is_err_and(|error| VaultError::from(error) == VaultError::Busy) {
                return Err(VaultError::Busy);
            }
        }
        remove(&self.path, &DATABASE_FILES)
    }
}

const fn check_slot(slot: &[u8]) -> Result<(), VaultError> {
    if slot.is_empty() || slot.len() > SLOT_BYTES {
        return Err(VaultError::OutOfRange);
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), VaultError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    Ok(())
}

/// A new, empty file for this user only. SQLite gives its other files the same rights.
fn make_private(path: &Path) -> Result<File, VaultError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}

fn sync_folder(path: &Path) -> Result<(), VaultError> {
    // Windows has no handle to a folder that can be synced; NTFS journals the name itself.
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn overwrite(file: &mut File) -> Result<(), VaultError> {
    let length = usize::try_from(file.metadata()?.len()).map_err(|_| VaultError::OutOfRange)?;
    file.rewind()?;
    file.write_all(&vec![0; length.min(SLOT_BYTES)])?;
    file.sync_all()?;
    Ok(())
}

/// Unlinks those of the files that are there; tries all, then gives the first error.
fn remove(folder: &Path, names: &[&str]) -> Result<(), VaultError> {
    let mut first = Ok(());
    for name in names {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                first = first.and(Err(error.into()));
            }
            _ => {}
        }
    }
    first
}

fn destroy(folder: &Path) -> Result<(), VaultError> {
    if !folder.exists() {
        return Ok(());
    }
    let mut outcome = Ok(());
    for name in [SLOT, NEW_SLOT] {
        match OpenOptions::new().write(true).open(folder.join(name)) {
            Ok(mut slot) => outcome = outcome.and(overwrite(&mut slot)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => outcome = outcome.and(Err(error.into())),
        }
    }
    outcome = outcome.and(remove(folder, &[SLOT, NEW_SLOT]));
    outcome = outcome.and(sync_folder(folder));
    outcome = outcome.and(remove(folder, &DATABASE_FILES));
    outcome.and(sync_folder(folder))
}

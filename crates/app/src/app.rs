//! The door: who may ask what, in which state of the vault.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretBox;
use senim_ids::{ErrorCode, VaultId};
use senim_seal::{Passphrase, SlotCost, VaultKey, VaultSlot};
use senim_vault::VaultFolder;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::clock::{Clock, SystemClock};
use crate::coded::{coded, internal};
use crate::gate::GateRunner;
use crate::open::{Open, Surroundings, rng};
use crate::request::Request;
use crate::sealing::APP_VERSION;
use crate::view::{ApiError, BytesView, QuarantineRow, QuarantineView, Response, StatusView};

/// Characters of a passphrase without its spaces.
const PASSPHRASE: usize = 20;
/// Longest file beside a request.
const BODY: usize = senim_wire::caps::BUNDLE;

/// One vault and everything that can be done with it.
#[derive(Debug)]
pub struct App {
    folder: VaultFolder,
    pub(crate) around: Surroundings,
    open: Mutex<Option<Open>>,
    /// One exchange at a time; held across the network, which `open` never is.
    pub(crate) syncing: Mutex<()>,
}

/// A response with the file beside it, if there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The response.
    pub response: Response,
    /// The file, when the response is [`Response::Bytes`].
    pub bytes: Option<Vec<u8>>,
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self {
            response,
            bytes: None,
        }
    }
}

impl App {
    /// The app on a folder, with the machine's clock and the gate in a child of this program.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self::with(folder, Arc::new(SystemClock), GateRunner::of_this_program())
    }

    /// The app with another clock and gate.
    #[must_use]
    pub fn with(folder: PathBuf, clock: Arc<dyn Clock>, gate: GateRunner) -> Self {
        Self {
            folder: VaultFolder::at(folder),
            around: Surroundings { clock, gate },
            open: Mutex::new(None),
            syncing: Mutex::new(()),
        }
    }

    /// Answers one request. `body` is the file beside it, empty where the request has none.
    ///
    /// # Errors
    /// [`ApiError`] with a stable code. Whatever was answered with `saved` before stays saved.
    pub async fn dispatch(&self, request: Request, body: Vec<u8>) -> Result<Reply, ApiError> {
        if body.len() > BODY {
            return Err(ErrorCode::TooLong.into());
        }
        let op = request.op();
        // On the heap: without optimisation the futures of all requests together are larger than the stack of a worker thread.
        let answered = Box::pin(self.route(request, body)).await;
        if let Err(error) = &answered {
            tracing::debug!(op, code = %error.code, "refused");
        }
        answered
    }

    async fn route(&self, request: Request, body: Vec<u8>) -> Result<Reply, ApiError> {
        let response = match request {
            Request::Status => self.status().await?,
            Request::CreateVault { passphrase } => self.create_vault(passphrase).await?,
            Request::Unlock { passphrase } => self.unlock(passphrase).await?,
            Request::Lock => self.lock().await?,
            Request::Sync => Response::Synced(self.sync().await?),
            Request::FoundOrganisation { .. }
            | Request::Organisation
            | Request::SetServer { .. }
            | Request::MakeInvite
            | Request::MakeJoinRequest { .. }
            | Request::ReadJoinRequest { .. }
            | Request::AdmitDevice { .. }
            | Request::RevokeDevice { .. }
            | Request::RemoveMember { .. } => self.organisation(request).await?,
            Request::FoundingList => return file(self.founding_list().await?),
            Request::ExportBundle {
                members,
                everything,
            } => {
                return file(self.export_bundle(members, everything).await?);
            }
            Request::ImportBundle => Response::Synced(self.import_bundle(body).await?),
            Request::SyncStatus => Response::SyncStatus(self.sync_status().await?),
            Request::Quarantine => self.quarantine().await?,
            Request::ListVisits
            | Request::CreateVisit { .. }
            | Request::Visit { .. }
            | Request::AddPlace { .. }
            | Request::GrantAccess { .. }
            | Request::WithdrawAccess { .. } => self.visits(request).await?,
            Request::Section { .. }
            | Request::Answer { .. }
            | Request::SetHeader { .. }
            | Request::OpenValues { .. }
            | Request::Resolve { .. }
            | Request::Differences { .. }
            | Request::Search { .. } => self.answers(request).await?,
        };
        Ok(response.into())
    }

    /// The open vault.
    pub(crate) async fn opened(&self) -> Result<MappedMutexGuard<'_, Open>, ApiError> {
        let guard = self.open.lock().await;
        MutexGuard::try_map(guard, Option::as_mut).map_err(|_| ErrorCode::Locked.into())
    }

    async fn status(&self) -> Result<Response, ApiError> {
        let open = self.open.lock().await;
        let joined = open.as_ref().is_some_and(|open| open.me().is_ok());
        Ok(Response::Status(StatusView {
            vault: self.folder.exists(),
            unlocked: open.is_some(),
            joined,
            version: APP_VERSION.to_owned(),
        }))
    }

    async fn create_vault(&self, passphrase: String) -> Result<Response, ApiError> {
        let mut open = self.open.lock().await;
        if open.is_some() || self.folder.exists() {
            return Err(ErrorCode::VaultExists.into());
        }
        // Six words of a list are longer; a person's own sentence must not be shorter.
        if passphrase
            .split_whitespace()
            .map(|word| word.chars().count())
            .sum::<usize>()
            < PASSPHRASE
        {
            return Err(ErrorCode::PassphraseTooWeak.into());
        }
        let passphrase = Passphrase::new(&passphrase);
        let made = blocking(move || VaultSlot::make(&passphrase, SlotCost::STANDARD, &mut rng()));
        let (slot, key, _) = made.await?.map_err(coded)?;
        let vault = self.folder.create(&slot, &raw(&key)).await.map_err(coded)?;
        *open = Some(Open::load(vault).await?);
        drop(open);
        self.status().await
    }

    async fn unlock(&self, passphrase: String) -> Result<Response, ApiError> {
        let mut open = self.open.lock().await;
        if open.is_none() {
            let slot = self.folder.read_slot().map_err(coded)?;
            let passphrase = Passphrase::new(&passphrase);
            let unlocked: Result<(VaultKey, VaultId), _> =
                blocking(move || VaultSlot::unlock(&slot, &passphrase)).await?;
            let (key, _) = unlocked.map_err(coded)?;
            let vault = self.folder.open(&raw(&key)).await.map_err(coded)?;
            *open = Some(Open::load(vault).await?);
        }
        drop(open);
        self.status().await
    }

    async fn lock(&self) -> Result<Response, ApiError> {
        // A sync under way loses the vault at its next step and fails with `locked`; what it sent stays in the outbox until confirmed.
        let open = self.open.lock().await.take();
        if let Some(open) = open {
            open.vault.close().await.map_err(coded)?;
        }
        self.status().await
    }

    async fn quarantine(&self) -> Result<Response, ApiError> {
        let open = self.opened().await?;
        let rows = open.vault.quarantined().await.map_err(coded)?;
        let records = rows
            .into_iter()
            .map(|row| QuarantineRow {
                envelope: crate::keys::wire_id(row.id).to_string(),
                device: row.device,
                code: row.code,
                waits: row.state == senim_vault::EnvelopeState::Waiting,
            })
            .collect();
        Ok(Response::Quarantine(QuarantineView { records }))
    }
}

fn raw(key: &VaultKey) -> SecretBox<[u8; 32]> {
    // EXPOSE: SQLCipher takes the raw key; it goes into a box that wipes itself and from there to `sqlite3_key`.
    SecretBox::new(Box::new(*key.expose()))
}

fn file(bytes: Vec<u8>) -> Result<Reply, ApiError> {
    let length = u32::try_from(bytes.len()).map_err(|_| ErrorCode::TooLong)?;
    Ok(Reply {
        response: Response::Bytes(BytesView { bytes: length }),
        bytes: Some(bytes),
    })
}

/// Argon2id takes a quarter of a second of one processor: not on the thread that answers.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(internal)
}

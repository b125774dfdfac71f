//! What is in memory while a vault is open. Locking drops all of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use minicbor::{Decode, Encode};
use rand_core::{CryptoRng, UnwrapErr};
use senim_ids::{
    ActorId, DeviceId, DocId, DocKind, ErrorCode, InviteId, MemberId, OrgId, Role, RosterHash,
    UnixMillis, VaultId,
};
use senim_model::{ActLog, ActRecord, ActState, Contents, Document, Edit, Key, Unreadable};
use senim_seal::{Act, DeviceSecrets, Roster, act_hash, actor_id};
use senim_sync::Relay;
use senim_vault::{JournalKind, StoredDocument, Vault};
use senim_wire::cbor;

use crate::clock::Clock;
use crate::coded::{coded, internal};
use crate::gate::GateRunner;
use crate::view::ApiError;

/// Settings of the vault.
pub(crate) mod setting {
    pub(crate) const DEVICE: &str = "device";
    pub(crate) const FACTS: &str = "organisation";
    pub(crate) const LAST_SYNC: &str = "last-sync";
    pub(crate) const LAST_ERROR: &str = "last-error";
    pub(crate) const BUNDLE_COUNTER: &str = "bundle-counter";
    pub(crate) const LIST_OWED: &str = "list-owed";
}

/// What a vault knows of its organisation beside the roster.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Facts {
    #[n(0)]
    pub(crate) org: OrgId,
    /// Pinned at founding or from the invite; the roster must begin with it.
    #[n(1)]
    pub(crate) genesis: RosterHash,
    /// The roster's head when this device was invited: what the server shows must descend from it.
    #[n(2)]
    pub(crate) pinned_head: RosterHash,
    /// Where the server was when this device was invited; the roster wins once it is folded.
    #[n(3)]
    pub(crate) origins: Vec<String>,
    /// Its pins.
    #[n(4)]
    pub(crate) pins: Vec<cbor::Bytes>,
    /// The invite this device answered; `None` for the founder.
    #[n(5)]
    pub(crate) invite: Option<InviteId>,
}

/// The clock and the gate, the same for all requests.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) gate: GateRunner,
}

impl Surroundings {
    pub(crate) fn now(&self) -> UnixMillis {
        self.clock.now()
    }
}

/// The operating system's randomness. It cannot fail after start on the platforms we run on; where it does, the process must not go on with a weak key.
pub(crate) fn rng() -> impl CryptoRng {
    UnwrapErr(getrandom::SysRng)
}

/// Random bytes for an id.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand_core::Rng::fill_bytes(&mut rng(), &mut bytes);
    bytes
}

/// The actor of a device. A vault has device keys of its own, so the device id stands for the vault as well and every reader can
/// check whose actor it is (docs/decisions/0006-actor-of-a-device.md).
pub(crate) fn actor_of(device: DeviceId) -> ActorId {
    actor_id(device, VaultId::from_bytes(*device.as_bytes()))
}

/// A document in memory: content with its journal, acts and what they make.
#[derive(Debug)]
pub(crate) struct OpenDocument {
    pub(crate) kind: DocKind,
    pub(crate) parent: Option<DocId>,
    pub(crate) document: Document,
    pub(crate) acts: ActLog,
    pub(crate) state: ActState,
}

/// An open vault.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) vault: Vault,
    pub(crate) device: Option<Arc<DeviceSecrets>>,
    pub(crate) facts: Option<Facts>,
    pub(crate) roster: Option<Roster>,
    /// What `roster` was folded from: the facts, and the opened items of the log in their order.
    pub(crate) folded: Option<(Facts, Vec<senim_vault::EnvelopeId>)>,
    pub(crate) docs: BTreeMap<DocId, OpenDocument>,
    pub(crate) relay: Option<Arc<Relay>>,
}

impl Open {
    /// Reads what belongs in memory: keys, facts, roster. Documents are opened when they are asked for.
    pub(crate) async fn load(vault: Vault) -> Result<Self, ApiError> {
        let device = match vault.get_setting(setting::DEVICE).await.map_err(coded)? {
            Some(bytes) => Some(Arc::new(
                DeviceSecrets::from_bytes(&bytes).map_err(internal)?,
            )),
            None => None,
        };
        let facts = match vault.get_setting(setting::FACTS).await.map_err(coded)? {
            Some(bytes) => Some(cbor::parse(&bytes, 8192).map_err(internal)?),
            None => None,
        };
        let mut open = Self {
            vault,
            device,
            facts,
            roster: None,
            folded: None,
            docs: BTreeMap::new(),
            relay: None,
        };
        open.reload_roster().await?;
        Ok(open)
    }

    pub(crate) fn device(&self) -> Result<Arc<DeviceSecrets>, ApiError> {
        self.device.clone().ok_or(ErrorCode::NoOrganisation.into())
    }

    pub(crate) fn facts(&self) -> Result<&Facts, ApiError> {
        self.facts.as_ref().ok_or(ErrorCode::NoOrganisation.into())
    }

    pub(crate) fn roster(&self) -> Result<&Roster, ApiError> {
        self.roster.as_ref().ok_or(ErrorCode::NoOrganisation.into())
    }

    /// The member of this vault, once the roster names its device.
    pub(crate) fn me(&self) -> Result<MemberId, ApiError> {
        let device = self.device()?.device_id();
        let known = self.roster()?.device(device).map(|record| record.member);
        known.ok_or(ErrorCode::NoOrganisation.into())
    }

    pub(crate) fn member_name(&self, member: MemberId) -> String {
        let roster = self.roster.as_ref();
        roster
            .and_then(|roster| roster.member(member))
            .map_or_else(String::new, |known| known.name.clone())
    }

    /// # Errors
    /// `role-refused` if this member's role is another one, or the device was taken away.
    pub(crate) fn require(&self, role: Role) -> Result<(), ApiError> {
        let me = self.me()?;
        let roster = self.roster()?;
        let active = roster
            .device(self.device()?.device_id())
            .is_some_and(|device| device.active());
        if active && roster.role_of(me) == Some(role) {
            Ok(())
        } else {
            Err(ErrorCode::RoleRefused.into())
        }
    }

    /// The document in memory, opened from the vault if need be.
    pub(crate) async fn document(&mut self, doc: DocId) -> Result<&mut OpenDocument, ApiError> {
        if !self.docs.contains_key(&doc) {
            let stored = self.vault.document(doc).await.map_err(coded)?;
            let stored = stored.ok_or(ErrorCode::NoSuchDocument)?;
            let opened = self.open_document(&stored).await?;
            self.docs.insert(doc, opened);
        }
        self.docs.get_mut(&doc).ok_or(ErrorCode::Internal.into())
    }

    /// All that stands in a document, as it may be shown. A key names its observer in words of whoever wrote it, and the gate knows only the actor: what
    /// no device of that member wrote is nobody's observation, and is counted as unreadable.
    pub(crate) async fn contents(&mut self, doc: DocId) -> Result<Contents, ApiError> {
        let mut contents = self.document(doc).await?.document.contents();
        let members: BTreeMap<ActorId, MemberId> = self
            .roster()?
            .devices()
            .map(|device| (actor_of(device.id), device.member))
            .collect();
        let (own, foreign): (Vec<_>, Vec<_>) = contents
            .observations
            .into_iter()
            .partition(|one| members.get(&one.actor) == Some(&one.observer));
        contents.observations = own;
        contents.unreadable.extend(foreign.into_iter().map(|one| {
            Unreadable {
                actor: Some(one.actor),
                key: Key::Observation {
                    form: one.form,
                    item: one.item,
                    row: one.row,
                    place: one.place,
                    observer: one.observer,
                    actor: one.actor,
                }
                .to_string(),
            }
        }));
        Ok(contents)
    }

    /// Forgets a document in memory, so that it is read anew: after a failed write memory and disk may differ, and disk is right.
    pub(crate) fn forget(&mut self, doc: DocId) {
        self.docs.remove(&doc);
    }

    async fn open_document(&self, stored: &StoredDocument) -> Result<OpenDocument, ApiError> {
        let actor = actor_of(self.device()?.device_id());
        let mut document = if stored.snapshot.is_empty() {
            Document::empty(actor)
        } else {
            Document::load(&stored.snapshot, actor).map_err(internal)?
        };
        let mut acts = self.stored_acts(stored.doc).await?;
        for row in self.vault.journal(stored.doc).await.map_err(coded)? {
            match row.kind {
                JournalKind::Edit => {
                    let edit = Edit::parse(&row.bytes).map_err(internal)?;
                    document.apply_edit(&edit).map_err(internal)?;
                }
                JournalKind::Act => acts.insert(self.own_act(&row.bytes)?),
            }
        }
        let state = acts.state();
        Ok(OpenDocument {
            kind: stored.kind,
            parent: stored.parent,
            document,
            acts,
            state,
        })
    }

    async fn stored_acts(&self, doc: DocId) -> Result<ActLog, ApiError> {
        let mut acts = ActLog::new(doc);
        let held = self.vault.acts(doc).await.map_err(coded)?;
        let founding = held
            .iter()
            .find(|stored| stored.act.as_bytes() == doc.as_bytes());
        let founding = founding.map(|stored| (stored.device, stored.device_seq));
        for stored in held {
            let act = Act::parse(&stored.bytes).map_err(internal)?;
            let roster = self.roster()?;
            let Some(author) = roster.device(stored.device) else {
                continue;
            };
            acts.insert(ActRecord {
                hash: stored.act,
                parents: act.parents,
                kind: act.kind,
                arguments: act.arguments,
                device: stored.device,
                member: author.member,
                // What a document was founded by stands: an admin who never met the founder's device must not undo a visit by revoking it.
                void: founding != Some((stored.device, stored.device_seq))
                    && crate::intake::after_removal(roster, stored.device, stored.device_seq),
            });
        }
        Ok(acts)
    }

    /// An act of this device that is not sealed yet.
    pub(crate) fn own_act(&self, bytes: &[u8]) -> Result<ActRecord, ApiError> {
        let act = Act::parse(bytes).map_err(internal)?;
        Ok(ActRecord {
            hash: act_hash(bytes),
            parents: act.parents,
            kind: act.kind,
            arguments: act.arguments,
            device: self.device()?.device_id(),
            member: self.me()?,
            void: false,
        })
    }
}

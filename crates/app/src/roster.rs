//! The roster on this device: opening and folding its log, adding to it, taking away (protocol.md 3).

use std::sync::Arc;

use senim_ids::{ErrorCode, UnixMillis};
use senim_seal::{
    DeviceSecrets, EntryDraft, RemovalDraft, Roster, RosterChange, RosterContent, RosterError,
    RosterLoss, open_roster_content, roster_hash, seal_roster_content, sign_admit_list, sign_entry,
    sign_removal,
};
use senim_vault::{ReceivedRosterItem, RosterKind, RosterRow};
use senim_wire::admit::{Append, SignedAdmitList};
use senim_wire::cbor::Bytes;
use senim_wire::envelope::{Header, Kind, id_of};
use senim_wire::exchange::Numbered;

use crate::coded::{coded, internal};
use crate::keys::{doc_key, vault_id, vault_mailbox, wire_id};
use crate::open::{Facts, Open, rng};
use crate::view::ApiError;

/// An entry or removal that is signed and sealed, with the admit list that follows from it.
pub(crate) struct Prepared {
    pub(crate) row: RosterRow,
    pub(crate) append: Option<Append>,
    pub(crate) list: Option<SignedAdmitList>,
}

impl Open {
    /// Opens what the keys at hand open of the roster log, and folds it anew. True if the fold is another one than before.
    pub(crate) async fn reload_roster(&mut self) -> Result<bool, ApiError> {
        let Some(facts) = self.facts.clone() else {
            return Ok(false);
        };
        let rows = self.opened_roster_rows().await?;
        // The fold checks every signature of the log. What was folded before gives the same roster again.
        let log = rows
            .iter()
            .filter(|row| row.content.is_some())
            .map(|row| row.id)
            .collect();
        let folded = (facts.clone(), log);
        if self.roster.is_some() && self.folded.as_ref() == Some(&folded) {
            return Ok(false);
        }
        let Some(roster) = fold(&rows, &facts)? else {
            return Ok(false);
        };
        let same = self.roster.as_ref().is_some_and(|held| {
            held.head_hash() == roster.head_hash() && held.version() == roster.version()
        });
        self.roster = Some(roster);
        self.folded = Some(folded);
        if !same {
            // Who wrote after a removal may have changed: acts are folded anew when documents are opened.
            self.docs.clear();
            self.relay = None;
        }
        Ok(!same)
    }

    /// The roster log, with what can be opened of it opened.
    async fn opened_roster_rows(&mut self) -> Result<Vec<RosterRow>, ApiError> {
        let rows = self.vault.roster_log().await.map_err(coded)?;
        if rows.iter().all(|row| row.content.is_some()) {
            return Ok(rows);
        }
        let org = self.facts()?.org;
        let keys = self.vault.keys_of(None).await.map_err(coded)?;
        let mut opened = Vec::new();
        for row in rows.iter().filter(|row| row.content.is_none()) {
            let Ok((header, _)) = Header::parse(&row.bytes) else {
                continue;
            };
            let content = keys
                .iter()
                .filter(|key| key.mailbox == vault_mailbox(header.mailbox))
                .find_map(|key| {
                    open_roster_content(&row.bytes, &doc_key(key), org, header.mailbox).ok()
                });
            if let Some((_, content)) = content {
                opened.push((row.id, content.to_vec()));
            }
        }
        if opened.is_empty() {
            return Ok(rows);
        }
        self.vault.open_roster(&opened).await.map_err(coded)?;
        self.vault.roster_log().await.map_err(coded)
    }

    /// Signs and seals an entry on top of the roster held.
    pub(crate) async fn prepare_entry(
        &mut self,
        change: RosterChange,
        possession: Option<[u8; 64]>,
        now: UnixMillis,
    ) -> Result<(Prepared, Roster), ApiError> {
        let device = self.device()?;
        let roster = self.roster()?;
        if roster.fork().is_some() {
            return Err(ErrorCode::RosterForked.into());
        }
        let draft = EntryDraft {
            org: roster.org(),
            seq: roster.head_seq().saturating_add(1),
            prev: Some(roster.head_hash()),
            wall_ms: now,
            change,
        };
        let content = sign_entry(&draft, &[&device], possession).map_err(coded)?;
        let mut next = roster.clone();
        next.append(&content.content).map_err(coded)?;
        let prepared = self.prepare(&content, &next, now).await?;
        Ok((prepared, next))
    }

    /// Signs and seals a removal. It counts at once on this device.
    pub(crate) async fn prepare_removal(
        &mut self,
        loss: RosterLoss,
        now: UnixMillis,
    ) -> Result<Prepared, ApiError> {
        let device = self.device()?;
        let roster = self.roster()?.clone();
        let draft = RemovalDraft {
            org: roster.org(),
            wall_ms: now,
            roster_seq: roster.head_seq(),
            loss,
        };
        let content = sign_removal(&draft, &[&device]).map_err(coded)?;
        let mut next = roster;
        next.remove(&content.content).map_err(coded)?;
        self.prepare(&content, &next, now).await
    }

    async fn prepare(
        &mut self,
        content: &RosterContent,
        next: &Roster,
        now: UnixMillis,
    ) -> Result<Prepared, ApiError> {
        let org = next.org();
        let key = self
            .write_key(None, now)
            .await?
            .ok_or(ErrorCode::RoleRefused)?;
        let bytes =
            seal_roster_content(content, key.mailbox, &key.key, org, &mut rng()).map_err(coded)?;
        let kind = if content.kind == Kind::Removal {
            RosterKind::Removal
        } else {
            RosterKind::Entry
        };
        let append = match kind {
            RosterKind::Entry => Some(Append {
                expected: self.last_entry().await?,
                entry: Bytes(bytes.clone()),
            }),
            RosterKind::Removal => None,
        };
        let list = self.signed_list(next);
        let row = RosterRow {
            position: None,
            id: vault_id(id_of(&bytes)),
            kind,
            bytes,
            content: Some(content.content.clone()),
        };
        Ok(Prepared { row, append, list })
    }

    /// The admit list that follows from `roster`, if this device holds an `admit` key named there.
    pub(crate) fn signed_list(&self, roster: &Roster) -> Option<SignedAdmitList> {
        let device: Arc<DeviceSecrets> = self.device.clone()?;
        sign_admit_list(roster, &device).ok()
    }

    /// The envelope of the last entry that is on the server or was put before the next one.
    async fn last_entry(&self) -> Result<Option<senim_wire::EnvelopeId>, ApiError> {
        let rows = self.vault.roster_log().await.map_err(coded)?;
        Ok(rows
            .iter()
            .rfind(|row| row.kind == RosterKind::Entry)
            .map(|row| wire_id(row.id)))
    }

    /// Keeps a prepared statement and folds it in.
    pub(crate) async fn keep(
        &mut self,
        prepared: Prepared,
        position: Option<u64>,
    ) -> Result<(), ApiError> {
        let row = RosterRow {
            position,
            ..prepared.row
        };
        self.vault.put_roster(&row).await.map_err(coded)?;
        self.reload_roster().await.map(|_| ())
    }
}

/// The roster that the opened items make. `None` while its beginning is missing, or while it does not lead to the head that this device saw in person: what the server
/// shows is then not believed, and fetched again.
fn fold(rows: &[RosterRow], facts: &Facts) -> Result<Option<Roster>, ApiError> {
    let contents = |kind: RosterKind| {
        rows.iter()
            .filter(move |row| row.kind == kind)
            .filter_map(|row| row.content.as_deref())
    };
    let genesis = contents(RosterKind::Entry).find(|content| roster_hash(content) == facts.genesis);
    let Some(genesis) = genesis else {
        return Ok(None);
    };
    let mut roster = Roster::found(genesis, facts.genesis).map_err(coded)?;
    let mut left: Vec<&[u8]> = contents(RosterKind::Entry).collect();
    // Entries that came by a bundle stand behind those of the server: go round until none fits any more.
    loop {
        let before = left.len();
        left.retain(|content| {
            matches!(
                roster.append(content),
                Err(RosterError::Gap | RosterError::Prev)
            )
        });
        if left.len() == before {
            break;
        }
    }
    for removal in contents(RosterKind::Removal) {
        if roster.remove(removal).is_err() {
            tracing::warn!(code = "removal-refused", "roster");
        }
    }
    let descends = facts.pinned_head == facts.genesis
        || roster
            .entry_contents()
            .any(|content| roster_hash(content) == facts.pinned_head);
    Ok(descends.then_some(roster))
}

/// Items of the roster log as they came. One that is no envelope of the roster is kept away.
pub(crate) fn received_roster(items: &[Numbered]) -> Vec<ReceivedRosterItem> {
    items
        .iter()
        .filter_map(|item| {
            let (header, _) = Header::parse(&item.bytes).ok()?;
            let kind = match header.kind {
                Kind::RosterEntry => RosterKind::Entry,
                Kind::Removal => RosterKind::Removal,
                Kind::Record | Kind::Chunk => return None,
            };
            Some(ReceivedRosterItem {
                position: item.position,
                id: vault_id(id_of(&item.bytes)),
                kind,
                bytes: item.bytes.0.clone(),
            })
        })
        .collect()
}

/// The genesis of an organisation: the statement and its hash.
pub(crate) fn genesis(
    org: senim_ids::OrgId,
    change: RosterChange,
    device: &DeviceSecrets,
    now: UnixMillis,
) -> Result<RosterContent, ApiError> {
    let draft = EntryDraft {
        org,
        seq: 0,
        prev: None,
        wall_ms: now,
        change,
    };
    sign_entry(&draft, &[device], None).map_err(internal)
}

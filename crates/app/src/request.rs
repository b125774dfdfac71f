//! Every request there is. One enum, so that the window, the terminal and the tests go through one door.
//!
//! No request takes a path or an address of a file: files travel as the bytes beside a request (`docs/` of the terminal door). Text fields are
//! capped in characters by [`senim_wire::caps`]; over it the answer is `too-long` and nothing was saved.

use senim_ids::{DeviceId, DocId, MemberId, PlaceId, Role, RowId, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::view::Words;

/// A request, as JSON `{"op": "…", …}`. Unknown fields are refused; beside a request that has none, by the terminal alone (serde passes them over).
#[derive(Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
#[ts(export)]
pub enum Request {
    /// Is there a vault, is it open, does it belong to an organisation. Answers `status`, locked or not.
    Status,
    /// Makes a vault in the folder this app was started on. Answers `status`.
    ///
    /// The passphrase has at least 20 characters beside its spaces: six words of a list, or a sentence.
    CreateVault {
        /// The passphrase.
        passphrase: String,
    },
    /// Opens the vault. Answers `status`.
    Unlock {
        /// The passphrase.
        passphrase: String,
    },
    /// Drops every key and closes the vault. Answers `status`.
    Lock,

    /// Founds an organisation: this device becomes its first admin. Answers `organisation`.
    FoundOrganisation {
        /// Name of the organisation.
        name: String,
        /// Name of the founding member, as colleagues will see it.
        member_name: String,
    },
    /// Members, devices, server, and the code of the roster. Answers `organisation`.
    Organisation,
    /// Names the server: admins. Needs the list `founding-list` gave to be registered there before. Answers `organisation`.
    SetServer {
        /// `https://host:port`, or `http://127.0.0.1:port` on this machine.
        origin: String,
        /// SHA-256 of the server's SubjectPublicKeyInfo, hexadecimal; at least one for https.
        pins: Vec<String>,
    },
    /// The signed admit list as a file for `senim-server org add`. Answers `bytes`, the file beside it.
    FoundingList,
    /// Invites one device: admins. Good for ten minutes. Answers `code-text`.
    MakeInvite,
    /// Answers an invite on the new device: its keys and its proof. Answers `code-text`, with the code to compare.
    MakeJoinRequest {
        /// The text of the invite's QR code.
        invite: String,
    },
    /// Shows what a join request holds before it is confirmed. Answers `code-text` with the same code.
    ReadJoinRequest {
        /// The text of the join request's QR code.
        request: String,
    },
    /// Admits the device after the codes were compared: admins. Answers `organisation`.
    AdmitDevice {
        /// The text of the join request's QR code.
        request: String,
        /// An existing member's further device; `null` for a new member.
        member: Option<MemberId>,
        /// Name of the new member.
        name: Option<String>,
        /// Role of the new member.
        role: Role,
    },
    /// Takes a device away: admins, or the member's own device. Answers `organisation`.
    RevokeDevice {
        /// The device.
        device: DeviceId,
    },
    /// Takes a member with all devices away: admins. Answers `organisation`.
    RemoveMember {
        /// The member.
        member: MemberId,
    },

    /// The visits this device can open. Answers `visits`.
    ListVisits,
    /// Makes a visit and shares it with its team. Answers `visit`.
    CreateVisit {
        /// What the team calls it; not the facility's name if that should not be seen over a shoulder.
        title: String,
        /// `periodic`, `interim` or `special` (domain: 1.4).
        kind: String,
        /// Name of the facility.
        facility: String,
        /// Members of the team; the asking member is its leader and need not be named.
        team: Vec<MemberId>,
        /// Forms, for example `F00` and `F01`; their versions are fixed here.
        forms: Vec<String>,
    },
    /// One visit: team, places, forms with counts, differences. Answers `visit`.
    Visit {
        /// The visit.
        visit: DocId,
    },
    /// Adds a place of the facility. Never a cell number. Answers `visit`.
    AddPlace {
        /// The visit.
        visit: DocId,
        /// A kind of `seeds/place-kinds.csv`.
        kind: String,
        /// Its name.
        name: Words,
        /// The place it is part of.
        parent: Option<PlaceId>,
    },
    /// One section of a form at one place, ready to show. Answers `section`.
    Section {
        /// The visit.
        visit: DocId,
        /// The form's id.
        form: String,
        /// The section's name.
        section: String,
        /// The place; `null` for what concerns the whole facility.
        place: Option<PlaceId>,
    },
    /// Saves my observation: on disk when the answer comes. An `answer` of `null` clears it. Answers `saved`.
    Answer {
        /// The visit.
        visit: DocId,
        /// The form's id.
        form: String,
        /// The item's name.
        item: String,
        /// The row of a repeated group.
        row: Option<RowId>,
        /// The place.
        place: Option<PlaceId>,
        /// The answer in its text form.
        answer: Option<String>,
        /// `seen`, `document`, `testimony-detainee`, `testimony-staff`.
        evidence: Vec<String>,
        /// A note.
        note: Option<String>,
        /// When it was observed, if not now.
        observed_at: Option<UnixMillis>,
    },
    /// Saves a header figure, one value for all. Refused with `open-difference` while it has several. Answers `saved`.
    SetHeader {
        /// The visit.
        visit: DocId,
        /// The form's id.
        form: String,
        /// The item's name.
        item: String,
        /// The value in its text form; `null` clears it.
        answer: Option<String>,
    },
    /// Header figures and other shared values that were set differently at once. Answers `open-values`.
    OpenValues {
        /// The visit.
        visit: DocId,
    },
    /// Chooses one of the values of an open difference, for all. Answers `saved`.
    Resolve {
        /// The visit.
        visit: DocId,
        /// The key of the open value, from `open-values`.
        key: String,
        /// The versions the person saw, from `open-values`: if there are others by now, the answer is `no-open-difference`.
        seen: Vec<String>,
        /// The version that was chosen, one of `seen`.
        chosen: String,
    },
    /// Same item, same place, incompatible answers by different observers. Answers `differences`.
    Differences {
        /// The visit.
        visit: DocId,
    },
    /// Finds notes and answers of what may be indexed. Answers `found`.
    Search {
        /// At least one character; Kazakh letters may be typed on a Russian keyboard.
        text: String,
    },

    /// Lets a member read a visit, with its whole past. Answers `visit`.
    GrantAccess {
        /// The visit.
        visit: DocId,
        /// The member.
        member: MemberId,
        /// Whether the member may let others read.
        may_share: bool,
    },
    /// Ends a member's access to what is written from here on. Answers `visit`.
    WithdrawAccess {
        /// The visit.
        visit: DocId,
        /// The member.
        member: MemberId,
    },

    /// Seals what is new, exchanges with the server, reads what others wrote. Answers `synced`.
    Sync,
    /// What exists only here, what the server holds, when it was last reached. Answers `sync-status`.
    SyncStatus,
    /// What could not be read, from which device, and why. Answers `quarantine`.
    Quarantine,
    /// All that is new since the last bundle, or everything, as one file for these members' devices. Answers `bytes`, the file beside it.
    ExportBundle {
        /// For whom.
        members: Vec<MemberId>,
        /// Everything this device holds and not only what the server has not confirmed.
        everything: bool,
    },
    /// Takes the bundle file beside the request. Answers `synced`.
    ImportBundle,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The kind only: a request holds a passphrase, names, answers.
        write!(f, "Request({})", self.op())
    }
}

impl Request {
    /// The request's `op`.
    #[must_use]
    pub fn op(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::CreateVault { .. } => "create-vault",
            Self::Unlock { .. } => "unlock",
            Self::Lock => "lock",
            Self::FoundOrganisation { .. } => "found-organisation",
            Self::Organisation => "organisation",
            Self::SetServer { .. } => "set-server",
            Self::FoundingList => "founding-list",
            Self::MakeInvite => "make-invite",
            Self::MakeJoinRequest { .. } => "make-join-request",
            Self::ReadJoinRequest { .. } => "read-join-request",
            Self::AdmitDevice { .. } => "admit-device",
            Self::RevokeDevice { .. } => "revoke-device",
            Self::RemoveMember { .. } => "remove-member",
            Self::ListVisits => "list-visits",
            Self::CreateVisit { .. } => "create-visit",
            Self::Visit { .. } => "visit",
            Self::AddPlace { .. } => "add-place",
            Self::Section { .. } => "section",
            Self::Answer { .. } => "answer",
            Self::SetHeader { .. } => "set-header",
            Self::OpenValues { .. } => "open-values",
            Self::Resolve { .. } => "resolve",
            Self::Differences { .. } => "differences",
            Self::Search { .. } => "search",
            Self::GrantAccess { .. } => "grant-access",
            Self::WithdrawAccess { .. } => "withdraw-access",
            Self::Sync => "sync",
            Self::SyncStatus => "sync-status",
            Self::Quarantine => "quarantine",
            Self::ExportBundle { .. } => "export-bundle",
            Self::ImportBundle => "import-bundle",
        }
    }
}

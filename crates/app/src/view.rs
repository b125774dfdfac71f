//! What a request is answered with: decrypted views for the person who asked, one screen at a time.

use std::collections::BTreeMap;

use senim_ids::{
    DeviceId, DocId, ErrorCode, MemberId, OrgId, PlaceId, Role, RowId, Sensitivity, UnixMillis,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
        #[ts(export)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type,)* }
    )*};
}

/// The answer to a request, as JSON `{"is": "…", …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[ts(export)]
pub enum Response {
    /// The state of the vault.
    Status(StatusView),
    /// The organisation.
    Organisation(OrganisationView),
    /// A text to show as QR code or to copy.
    CodeText(CodeTextView),
    /// A file lies beside this answer.
    Bytes(BytesView),
    /// The visits.
    Visits(VisitsView),
    /// One visit.
    Visit(VisitView),
    /// One section.
    Section(SectionView),
    /// It is on disk.
    Saved(SavedView),
    /// Open values.
    OpenValues(OpenValuesView),
    /// Differences between observers.
    Differences(DifferencesView),
    /// Search results.
    Found(FoundView),
    /// What a sync or an import did.
    Synced(SyncedView),
    /// Where everything is.
    SyncStatus(SyncStatusView),
    /// What could not be read.
    Quarantine(QuarantineView),
}

/// A refusal: a stable code and, where it helps, data. The sentence is the UI's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{code}")]
#[ts(export)]
pub struct ApiError {
    /// The code.
    pub code: ErrorCode,
    /// Numbers and ids the sentence needs, never anybody's words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, String>>", optional)]
    pub data: BTreeMap<String, String>,
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            data: BTreeMap::new(),
        }
    }
}

/// One sentence or name in three languages; a language may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Words {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

/// How an item is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum ItemInput {
    /// The five large targets: yes, partly, no, not checked, not applicable.
    Answer,
    /// One of a list.
    Choice,
    /// Any of a list.
    Choices,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// Words.
    Text,
    /// `2026-11-22`.
    Date,
    /// `2026-11-22T14:05`.
    DateTime,
    /// `14:05`.
    Time,
    /// A sentence to read; nothing to answer.
    Note,
    /// Computed from other answers.
    Calculated,
}

views! {
    /// The state of the vault.
    StatusView {
        /// There is a vault in the folder.
        vault: bool,
        /// It is open.
        unlocked: bool,
        /// It belongs to an organisation.
        joined: bool,
        /// Version of the app.
        version: String,
    }
    /// The organisation as the roster has it.
    OrganisationView {
        /// Its id.
        org: OrgId,
        /// Its name.
        name: String,
        /// The member of this vault.
        me: MemberId,
        /// This device.
        device: DeviceId,
        /// The member's role.
        role: Role,
        /// Members, by name.
        members: Vec<MemberView>,
        /// The server's address, once one is set.
        origin: Option<String>,
        /// Code of the roster's head: the same on every device that has the same roster.
        roster_code: String,
        /// Number of roster entries.
        roster_length: u32,
        /// Two entries stand at one place; roster changes stop.
        forked: bool,
    }
    /// A member.
    MemberView {
        /// Id.
        member: MemberId,
        /// Name.
        name: String,
        /// Role.
        role: Role,
        /// Still a member.
        active: bool,
        /// Devices.
        devices: Vec<DeviceView>,
    }
    /// A device.
    DeviceView {
        /// Id.
        device: DeviceId,
        /// Not revoked.
        active: bool,
    }
    /// A text to show as QR code or to copy.
    CodeTextView {
        /// The payload.
        text: String,
        /// The code two people compare, where there is one.
        compare: Option<String>,
        /// Until when it is good.
        expires_at: Option<UnixMillis>,
    }
    /// A file beside the answer.
    BytesView {
        /// Its length.
        bytes: u32,
    }
    /// The visits.
    VisitsView {
        /// Newest first.
        visits: Vec<VisitRow>,
    }
    /// A visit in the list.
    VisitRow {
        /// Id.
        visit: DocId,
        /// Title.
        title: String,
        /// Facility.
        facility: String,
        /// Kind.
        kind: String,
        /// My answers.
        mine: u32,
        /// Everybody's answers.
        observations: u32,
        /// Items that differ.
        differs: u32,
        /// Open values.
        open_values: u32,
        /// Edits that exist only on this tablet.
        only_here: u32,
    }
    /// One visit.
    VisitView {
        /// Id.
        visit: DocId,
        /// Title.
        title: String,
        /// Facility.
        facility: String,
        /// Kind.
        kind: String,
        /// The team and other readers.
        team: Vec<TeamMember>,
        /// Places.
        places: Vec<PlaceView>,
        /// Forms.
        forms: Vec<FormView>,
        /// Items that differ.
        differs: u32,
        /// Open values.
        open_values: u32,
        /// Entries that could not be read and are shown as such.
        unreadable: u32,
        /// Edits that exist only on this tablet.
        only_here: u32,
        /// Devices whose later work waits for an earlier record that has not come.
        waits_for: Vec<DeviceId>,
    }
    /// A reader of a visit.
    TeamMember {
        /// Id.
        member: MemberId,
        /// Name.
        name: String,
        /// `leader`, `member` …
        role: String,
        /// Has access now.
        reads: bool,
        /// Answers.
        observations: u32,
    }
    /// A place.
    PlaceView {
        /// Id.
        place: PlaceId,
        /// Kind.
        kind: String,
        /// Name.
        name: Words,
        /// Part of.
        parent: Option<PlaceId>,
    }
    /// A form of a visit.
    FormView {
        /// Id.
        form: String,
        /// Content hash, hexadecimal.
        version: String,
        /// Title.
        title: Words,
        /// Whether its items are answered at places.
        per_place: bool,
        /// Whether its items are header figures, one value for all.
        header: bool,
        /// Sections.
        sections: Vec<SectionRow>,
    }
    /// A section in the list at the left.
    SectionRow {
        /// Name.
        section: String,
        /// Label.
        label: Words,
        /// Items to answer now (skip logic applied).
        relevant: u32,
        /// Answered by me.
        answered: u32,
        /// Required and not answered.
        required_missing: u32,
    }
    /// One section at one place.
    SectionView {
        /// The visit.
        visit: DocId,
        /// The form.
        form: String,
        /// The section.
        section: String,
        /// Its label.
        label: Words,
        /// The place.
        place: Option<PlaceId>,
        /// Items in order; those skip logic hides are left out, their answers are kept.
        items: Vec<ItemView>,
    }
    /// One item, ready to show.
    ItemView {
        /// Name.
        item: String,
        /// Printed number, `F01/6`.
        number: String,
        /// The question.
        label: Words,
        /// A hint.
        hint: Option<Words>,
        /// How it is answered.
        input: ItemInput,
        /// The list to choose from.
        choices: Vec<ChoiceView>,
        /// Must be answered before the report; never blocks saving.
        required: bool,
        /// The norm, printed beside a finding.
        norm: String,
        /// Sources, `S1 ¶141`.
        sources: Vec<String>,
        /// Legal limits, `L18`.
        limits: Vec<String>,
        /// Which document it belongs to.
        sensitivity: Sensitivity,
        /// Whether evidence is asked for at the present answer.
        ask_evidence: bool,
        /// An urgent matter at the present answer.
        urgent: bool,
        /// One value for all.
        header: bool,
        /// My observation.
        mine: Option<ObservationView>,
        /// Colleagues' observations; empty until mine is there.
        others: Vec<ObservationView>,
        /// How many colleagues answered, whether or not mine is there.
        others_count: u32,
        /// The header's values; more than one is an open difference.
        values: Vec<String>,
        /// The computed value.
        calculated: Option<String>,
        /// Breaks the item's constraint; saved all the same. The sentence to show.
        fault: Option<Words>,
        /// Observers disagree here.
        differs: bool,
    }
    /// A choice.
    ChoiceView {
        /// Name, as stored.
        name: String,
        /// Label.
        label: Words,
    }
    /// What one observer recorded.
    ObservationView {
        /// Who observed.
        observer: MemberId,
        /// The observer's name.
        observer_name: String,
        /// The answer in its text form.
        answer: String,
        /// On what evidence.
        evidence: Vec<String>,
        /// A note.
        note: Option<String>,
        /// When it was observed, stated.
        observed_at: Option<UnixMillis>,
        /// When it was recorded, by that device's clock.
        recorded_at: UnixMillis,
        /// The row of a repeated group.
        row: Option<RowId>,
        /// The place.
        place: Option<PlaceId>,
    }
    /// It is on disk.
    SavedView {
        /// Number of the journal row.
        seq: u32,
    }
    /// Open values.
    OpenValuesView {
        /// One for each key.
        open: Vec<OpenValueView>,
    }
    /// One open value.
    OpenValueView {
        /// The key, for `resolve`.
        key: String,
        /// The form, for a header.
        form: Option<String>,
        /// The item, for a header.
        item: Option<String>,
        /// Its versions.
        versions: Vec<VersionView>,
    }
    /// One version of an open value.
    VersionView {
        /// Its id, for `resolve`.
        version: String,
        /// The value.
        value: String,
        /// Whose device wrote it.
        member_name: Option<String>,
    }
    /// Differences.
    DifferencesView {
        /// One for each item and place.
        differs: Vec<DifferenceView>,
    }
    /// One difference.
    DifferenceView {
        /// Form.
        form: String,
        /// Item.
        item: String,
        /// Place.
        place: Option<PlaceId>,
        /// Who saw what.
        observations: Vec<ObservationView>,
    }
    /// Search results.
    FoundView {
        /// Hits, exact letters first.
        hits: Vec<HitView>,
    }
    /// A hit.
    HitView {
        /// Visit.
        visit: DocId,
        /// Form.
        form: String,
        /// Item.
        item: String,
        /// Place.
        place: Option<PlaceId>,
        /// The note or answer.
        text: String,
    }
    /// What a sync or an import did. All zero at first.
    SyncedView {
        /// Round trips.
        exchanges: u32,
        /// Bytes of request bodies.
        bytes_up: u32,
        /// Bytes of reply bodies.
        bytes_down: u32,
        /// Envelopes the server took.
        sent: u32,
        /// Envelopes that came.
        received: u32,
        /// Records applied.
        applied: u32,
        /// Records that wait (for a key, for an earlier record).
        waiting: u32,
        /// Records refused and kept in quarantine.
        refused: u32,
    }
    /// Where everything is.
    SyncStatusView {
        /// Edits in the journal, not yet sealed.
        unsealed: u32,
        /// Sealed records not yet on the server.
        unsent: u32,
        /// When the server last took or gave something, by this device's clock.
        last_sync: Option<UnixMillis>,
        /// Why the last try failed.
        last_error: Option<ErrorCode>,
        /// Records of others that wait.
        waiting: u32,
        /// Records in quarantine.
        refused: u32,
    }
    /// What could not be read.
    QuarantineView {
        /// One for each record.
        records: Vec<QuarantineRow>,
    }
    /// One record in quarantine or waiting.
    QuarantineRow {
        /// Id of the envelope.
        envelope: String,
        /// The device, when it could be told.
        device: Option<DeviceId>,
        /// Why.
        code: String,
        /// It waits and is tried again; otherwise it was refused.
        waits: bool,
    }
}

impl SyncedView {
    /// Nothing done yet.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            exchanges: 0,
            bytes_up: 0,
            bytes_down: 0,
            sent: 0,
            received: 0,
            applied: 0,
            waiting: 0,
            refused: 0,
        }
    }
}

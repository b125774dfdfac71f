//! What a team writes on a visit, besides its answers.

use minicbor::{Decode, Encode};
use senim_ids::{MemberId, PlaceId, RowId, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::act::{Arguments, arguments, short, within};
use crate::caps;
use crate::digest::Digest;
use crate::key::Name;
use crate::value::Evidence;
use crate::words::words;

words! {
    /// How grave a finding is.
    Severity {
        /// To be put right.
        Minor = 0, "minor";
        /// Harms people.
        Serious = 1, "serious";
        /// Cannot wait.
        Grave = 2, "grave";
    }
    /// Whether sources of different kinds say the same.
    Triangulation {
        /// One kind of source.
        OneSource = 0, "one-source";
        /// Two kinds agree.
        TwoSources = 1, "two-sources";
        /// Three kinds agree.
        ThreeSources = 2, "three-sources";
        /// Kinds contradict each other.
        Contradicted = 3, "contradicted";
    }
    /// How many people, never an exact count.
    CountBand {
        /// Nobody.
        None = 0, "none";
        /// One or two.
        FewerThanThree = 1, "fewer-than-three";
        /// Three or four.
        ThreeOrFour = 2, "three-or-four";
        /// Five or more.
        FiveOrMore = 3, "five-or-more";
    }
    /// What was refused to the team.
    Refused {
        /// To enter at all.
        Entry = 0, "entry";
        /// An area.
        Area = 1, "area";
        /// A document.
        Document = 2, "document";
        /// An interview, or that it be private.
        Interview = 3, "interview";
        /// A device or other equipment.
        Equipment = 4, "equipment";
    }
    /// In which way something reached the team.
    LetterKind {
        /// Sealed: never opened or photographed.
        Sealed = 0, "sealed";
        /// Open.
        Open = 1, "open";
        /// Said.
        Oral = 2, "oral";
        /// From the mechanism's own box.
        Box = 3, "box";
        /// From a relative.
        Relative = 4, "relative";
        /// From staff.
        Staff = 5, "staff";
    }
    /// How a thing that points at a person may be raised.
    UrgentBasis {
        /// The person consents to being named.
        Consent = 0, "consent";
        /// It can be raised without pointing at anyone.
        WithoutIdentifying = 1, "without-identifying";
        /// The person cannot consent and is in danger of life: leader and doctor decide, with a reason.
        DangerOfLife = 2, "danger-of-life";
    }
}

arguments! {
    /// `finding/<id>`; its texts stand beside it.
    FindingValue {
        /// The theme, a word of the seeds.
        0 theme: Name,
        /// How grave.
        1 severity: Severity,
        /// The items and places it rests on; at most 256, ascending.
        2 rests_on: Vec<ItemAt>,
        /// The kinds of evidence, ascending.
        3 evidence: Vec<Evidence>,
        /// Whether they agree.
        4 triangulation: Triangulation,
        /// How many people said so.
        5 testimony: CountBand,
        /// True for good practice, which has a section of its own.
        6 good_practice: bool,
    }
    /// An item at a place.
    ItemAt {
        /// The form's id.
        0 form: Name,
        /// The item's name in the form.
        1 item: Name,
        /// The place; none for the whole facility.
        2 place: Option<PlaceId>,
    }
    /// `rec/<id>`: a draft recommendation; the measurable action stands beside it in each language.
    RecommendationValue {
        /// The theme, a word of the seeds.
        0 theme: Name,
        /// How soon, a word of the seeds.
        1 priority: Name,
        /// The body that has to act; at most 200 characters.
        2 addressee: String,
        /// The norm with its article; at most 4,000 characters.
        3 norm: Option<String>,
        /// The findings it rests on, ascending.
        4 findings: Vec<RowId>,
        /// The number it repeats; at most 200 characters.
        5 repeats: Option<String>,
        /// The day by which a reply is asked.
        6 reply_by: Option<UnixMillis>,
    }
    /// `agreed/<form>/<item>/<row or ->/<place or ->`: what the debrief agreed. Silence is not agreement.
    AgreedValue {
        /// The answer as `forms` writes it; at most 4,000 characters.
        0 answer: String,
        /// Who was present, ascending and at least one.
        1 present: Vec<MemberId>,
        /// Why; at most 4,000 characters.
        2 note: Option<String>,
        /// When, by the device's clock.
        3 recorded_at: UnixMillis,
    }
    /// `take/<form>/<section>/<place or ->`: one member takes a section at a place.
    TakenValue {
        /// Who.
        0 member: MemberId,
    }
    /// `entry/<id>`: one entry of a visit, which may have several on several days.
    VisitEntryValue {
        /// The day, from 1.
        0 day: u16,
        /// The facility, if the visit has several; at most 200 characters.
        1 facility: Option<String>,
        /// Who went in, ascending.
        2 group: Vec<MemberId>,
        /// Arrival at the gate.
        3 arrived_at: Option<UnixMillis>,
        /// Entry.
        4 entered_at: Option<UnixMillis>,
        /// Exit.
        5 left_at: Option<UnixMillis>,
        /// Places reached, ascending.
        6 places: Vec<PlaceId>,
    }
    /// `refusal/<id>/@<actor>`
    RefusalValue {
        /// The entry it happened on.
        0 entry: Option<RowId>,
        /// What was refused.
        1 what: Refused,
        /// Which area or document; at most 4,000 characters.
        2 which: String,
        /// The post of whoever refused; at most 200 characters.
        3 by: String,
        /// The reason given; at most 4,000 characters.
        4 reason: Option<String>,
        /// When.
        5 at: UnixMillis,
    }
    /// `note/<id>/@<actor>`: a quick note, filed later.
    NoteValue {
        /// What was typed; at most 4,000 characters.
        0 text: Option<String>,
        /// Ink or a photo of a thing, by the hash of its plaintext.
        1 picture: Option<Digest>,
        /// Where it was filed to.
        2 filed: Option<ItemAt>,
        /// When, by the device's clock.
        3 recorded_at: UnixMillis,
    }
    /// `talk/<id>/@<actor>`: a short talk. No alias and no time.
    TalkValue {
        /// The kind of place, a word of the seeds.
        0 kind_of_place: Name,
        /// How many talked.
        1 people: CountBand,
        /// The theme, a word of the seeds.
        2 theme: Name,
        /// What was said; 1 to 4,000 characters.
        3 text: String,
    }
    /// `letter/<id>`: something handed to the team.
    LetterValue {
        /// A random code; 1 to 64 characters.
        0 code: String,
        /// In which way it came.
        1 kind: LetterKind,
        /// How many.
        2 count: u16,
        /// For whom it is; at most 200 characters.
        3 addressee: String,
        /// True if it cannot wait.
        4 urgent: bool,
        /// True only if whoever gave it agreed that it be passed on.
        5 may_pass_on: bool,
        /// Who carries it.
        6 carrier: Option<MemberId>,
    }
    /// `handed/<id>`: the letter with this id was handed on.
    HandedValue {
        /// To whom, a post; 1 to 200 characters.
        0 to: String,
        /// When.
        1 at: UnixMillis,
        /// By whom.
        2 by: MemberId,
        /// The register number that the secretariat gave; at most 64 characters.
        3 register: Option<String>,
    }
    /// `urgent/<id>`: an urgent action; its lines stand beside it in each language.
    UrgentValue {
        /// On what basis it is raised.
        0 basis: UrgentBasis,
        /// Why, if the person could not be asked: at most 4,000 characters.
        1 reason: Option<String>,
        /// Who decided, ascending: leader and doctor if the person could not be asked.
        2 decided_by: Vec<MemberId>,
        /// After how many days footage is overwritten.
        3 footage_days: Option<u16>,
        /// From when these days count.
        4 since: UnixMillis,
    }
    /// `told/<id>/@<actor>`: someone was told of an urgent action.
    ToldValue {
        /// Which action.
        0 urgent: RowId,
        /// Who was told, a post; 1 to 200 characters.
        1 who: String,
        /// When.
        2 at: UnixMillis,
        /// What was answered; at most 4,000 characters.
        3 answer: Option<String>,
        /// The incoming number; at most 200 characters.
        4 incoming: Option<String>,
    }
    /// `point/<id>`: a point of the closing sheet; its text stands beside it.
    PointValue {
        /// Its place on the sheet, 1 to 7.
        0 order: u8,
    }
    /// `sample/<id>/@<actor>`: a row of a register sample; its answers are observations of that row.
    SampleValue {
        /// The form whose rows these are.
        0 form: Name,
        /// The register, a word of the seeds.
        1 register: Name,
        /// A random code for the person; 1 to 64 characters.
        2 code: String,
    }
}

/// Longest code, in characters.
const CODE_CHARS: usize = 64;
/// Lines of an urgent action, in each language (field-work.md 2.6).
pub const URGENT_LINES: usize = 10;
/// Points of a closing sheet (field-work.md 2.8).
pub const CLOSING_POINTS: u8 = 7;
/// Longest list in a value.
const LIST: usize = 256;

fn ascending<T: Ord>(list: &[T]) -> bool {
    list.len() <= LIST && list.is_sorted_by(|a, b| a < b)
}

impl FindingValue {
    /// True if it rests on testimony alone, of fewer than three people: held back, or raised to the level of the system.
    #[must_use]
    pub fn points_at_a_person(&self) -> bool {
        let testimony = |kind: &Evidence| {
            matches!(kind, Evidence::TestimonyDetainee | Evidence::TestimonyStaff)
        };
        !self.evidence.is_empty()
            && self.evidence.iter().all(testimony)
            && self.testimony <= CountBand::FewerThanThree
    }
}

impl Arguments for FindingValue {
    fn fits(&self) -> bool {
        ascending(&self.rests_on) && ascending(&self.evidence)
    }
}

impl Arguments for RecommendationValue {
    fn fits(&self) -> bool {
        ascending(&self.findings)
            && within(Some(&self.addressee), caps::NAME_CHARS)
            && within(self.norm.as_deref(), caps::TEXT_CHARS)
            && within(self.repeats.as_deref(), caps::NAME_CHARS)
    }
}

impl Arguments for AgreedValue {
    fn fits(&self) -> bool {
        !self.present.is_empty()
            && ascending(&self.present)
            && within(Some(&self.answer), caps::TEXT_CHARS)
            && within(self.note.as_deref(), caps::TEXT_CHARS)
    }
}

impl Arguments for TakenValue {}

impl Arguments for VisitEntryValue {
    fn fits(&self) -> bool {
        self.day > 0
            && ascending(&self.group)
            && ascending(&self.places)
            && within(self.facility.as_deref(), caps::NAME_CHARS)
    }
}

impl Arguments for RefusalValue {
    fn fits(&self) -> bool {
        within(Some(&self.which), caps::TEXT_CHARS)
            && within(Some(&self.by), caps::NAME_CHARS)
            && within(self.reason.as_deref(), caps::TEXT_CHARS)
    }
}

impl Arguments for NoteValue {
    fn fits(&self) -> bool {
        within(self.text.as_deref(), caps::TEXT_CHARS)
    }
}

impl Arguments for TalkValue {
    fn fits(&self) -> bool {
        short(&self.text, caps::TEXT_CHARS)
    }
}

impl Arguments for LetterValue {
    fn fits(&self) -> bool {
        short(&self.code, CODE_CHARS) && within(Some(&self.addressee), caps::NAME_CHARS)
    }
}

impl Arguments for HandedValue {
    fn fits(&self) -> bool {
        short(&self.to, caps::NAME_CHARS) && within(self.register.as_deref(), CODE_CHARS)
    }
}

impl Arguments for UrgentValue {
    fn fits(&self) -> bool {
        // Whoever cannot be asked is spoken for by two, and they say why.
        let decided =
            self.decided_by.len() > 1 && self.reason.as_deref().is_some_and(|why| !why.is_empty());
        ascending(&self.decided_by)
            && within(self.reason.as_deref(), caps::TEXT_CHARS)
            && (self.basis != UrgentBasis::DangerOfLife || decided)
    }
}

impl Arguments for ToldValue {
    fn fits(&self) -> bool {
        short(&self.who, caps::NAME_CHARS)
            && within(self.answer.as_deref(), caps::TEXT_CHARS)
            && within(self.incoming.as_deref(), caps::NAME_CHARS)
    }
}

impl Arguments for PointValue {
    fn fits(&self) -> bool {
        (1..=CLOSING_POINTS).contains(&self.order)
    }
}

impl Arguments for SampleValue {
    fn fits(&self) -> bool {
        short(&self.code, CODE_CHARS)
    }
}

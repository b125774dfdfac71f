//! What stands about one person: in an interview document, and apart from it in an identity document.

use minicbor::{Decode, Encode};
use senim_ids::{MemberId, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::act::{Arguments, arguments, short, within};
use crate::caps;
use crate::digest::Digest;
use crate::key::Name;
use crate::words::words;

words! {
    /// Who can see or hear a talk.
    Presence {
        /// Nobody.
        Nobody = 0, "nobody";
        /// Staff.
        Staff = 1, "staff";
        /// A prosecutor.
        Prosecutor = 2, "prosecutor";
        /// A camera.
        Camera = 3, "camera";
        /// A cellmate.
        Cellmate = 4, "cellmate";
        /// Someone else.
        Other = 5, "other";
    }
    /// At which of the two steps something was asked (field-work.md 1.2).
    AskedAt {
        /// Before the talk.
        Opening = 0, "opening";
        /// At its end, reading back what would be used.
        Closing = 1, "closing";
        /// Later, by the recontact code.
        Later = 2, "later";
    }
    /// A side of the body map.
    BodyView {
        /// Front.
        Front = 0, "front";
        /// Back.
        Back = 1, "back";
        /// Left side.
        Left = 2, "left";
        /// Right side.
        Right = 3, "right";
        /// Head.
        Head = 4, "head";
        /// Hands.
        Hands = 5, "hands";
        /// Feet.
        Feet = 6, "feet";
        /// Genital.
        Genital = 7, "genital";
    }
    /// Which drawing.
    BodyKind {
        /// A man's.
        Male = 0, "male";
        /// A woman's.
        Female = 1, "female";
        /// A child's.
        Child = 2, "child";
    }
    /// What kind of mark, without its cause.
    MarkKind {
        /// Abrasion.
        Abrasion = 0, "abrasion";
        /// Bruise.
        Bruise = 1, "bruise";
        /// Laceration.
        Laceration = 2, "laceration";
        /// Incised wound.
        Incised = 3, "incised";
        /// Burn.
        Burn = 4, "burn";
        /// Perhaps a fracture.
        Fracture = 5, "fracture";
        /// Scar.
        Scar = 6, "scar";
        /// Swelling.
        Swelling = 7, "swelling";
        /// Tenderness.
        Tenderness = 8, "tenderness";
        /// Tooth.
        Tooth = 9, "tooth";
        /// Nail.
        Nail = 10, "nail";
    }
    /// Istanbul Protocol 2022, paragraph 418; 1 to 5 in the order given there.
    Consistency {
        /// Could not have been caused so.
        NotConsistent = 0, "not-consistent";
        /// Could, among other causes.
        Consistent = 1, "consistent";
        /// Could, with few other causes.
        HighlyConsistent = 2, "highly-consistent";
        /// Usually found with this cause.
        TypicalOf = 3, "typical-of";
        /// Could not have been caused otherwise.
        DiagnosticOf = 4, "diagnostic-of";
    }
    /// How likely a reprisal is.
    ReprisalRisk {
        /// None seen.
        None = 0, "none";
        /// Low.
        Low = 1, "low";
        /// High: sets a day to check.
        High = 2, "high";
    }
}

arguments! {
    /// `one/setting`: where and before whom a talk was held.
    SettingValue {
        /// The kind of place, a word of the seeds.
        0 kind_of_place: Name,
        /// Who could see, ascending and at least one.
        1 seen_by: Vec<Presence>,
        /// Who could hear, ascending and at least one.
        2 heard_by: Vec<Presence>,
        /// The language, a word of the seeds.
        3 language: Name,
        /// True with an interpreter, recorded without a device.
        4 interpreter: bool,
        /// How the person was chosen, a word of the seeds.
        5 chosen: Name,
        /// The second reader, named to the person; none only if the person asks.
        6 second_reader: Option<MemberId>,
    }
    /// `consent/<kind>`: what was answered when asked. What binds is the act.
    ConsentAnswerValue {
        /// True only for yes.
        0 given: bool,
        /// At which step.
        1 asked_at: AskedAt,
        /// A child: a specialist was there, the guardian rule was kept, and the child agreed too.
        2 child_rules_kept: Option<bool>,
    }
    /// `mark/<id>/@<actor>`: a mark on the body map.
    MarkValue {
        /// Which drawing.
        0 body: BodyKind,
        /// Which side.
        1 view: BodyView,
        /// From the left, in thousandths of the drawing's width, 0 to 1,000.
        2 x: u16,
        /// From the top, in thousandths of its height, 0 to 1,000.
        3 y: u16,
        /// What kind.
        4 kind: MarkKind,
        /// Length in millimetres.
        5 length_mm: Option<u16>,
        /// Width in millimetres.
        6 width_mm: Option<u16>,
        /// Colour and shape; at most 200 characters.
        7 colour: Option<String>,
        /// How old the person says it is; at most 200 characters.
        8 age_stated: Option<String>,
        /// What the person says caused it; at most 4,000 characters.
        9 cause_stated: Option<String>,
        /// Set by a clinician only, who is then named as examiner.
        10 consistency: Option<Consistency>,
        /// The clinician.
        11 examiner: Option<MemberId>,
        /// The photo with a scale, by the hash of its plaintext.
        12 photo: Option<Digest>,
        /// Who saw the mark.
        13 seen_by: MemberId,
    }
    /// `one/person` of an identity document.
    PersonValue {
        /// The alias used elsewhere: random, never sequential; 1 to 64 characters.
        0 alias: String,
        /// The name; at most 200 characters.
        1 name: String,
        /// Year of birth, as stated.
        2 born: Option<u16>,
    }
    /// `one/contact` of an identity document.
    ContactValue {
        /// How and through whom; at most 4,000 characters.
        0 how: String,
        /// The code by which the person can come back; at most 64 characters.
        1 recontact_code: Option<String>,
    }
    /// `one/safety` of an identity document.
    SafetyValue {
        /// The risk.
        0 risk: ReprisalRisk,
        /// What was agreed with the person; at most 4,000 characters.
        1 plan: String,
        /// The day to check; must stand if the risk is high.
        2 check_by: Option<UnixMillis>,
    }
}

/// Longest code, in characters.
const CODE_CHARS: usize = 64;
/// The right and lower edge of a drawing.
const PER_MILLE: u16 = 1000;

fn some_ascending<T: Ord>(list: &[T]) -> bool {
    !list.is_empty() && list.is_sorted_by(|a, b| a < b)
}

impl Arguments for SettingValue {
    fn fits(&self) -> bool {
        // Nobody beside somebody is a contradiction; the field itself is mandatory (domain.md 1.12).
        let clear = |list: &[Presence]| {
            some_ascending(list) && (list.len() == 1 || !list.contains(&Presence::Nobody))
        };
        clear(&self.seen_by) && clear(&self.heard_by)
    }
}

impl Arguments for ConsentAnswerValue {}

impl Arguments for MarkValue {
    fn fits(&self) -> bool {
        self.x <= PER_MILLE
            && self.y <= PER_MILLE
            && within(self.colour.as_deref(), caps::NAME_CHARS)
            && within(self.age_stated.as_deref(), caps::NAME_CHARS)
            && within(self.cause_stated.as_deref(), caps::TEXT_CHARS)
            && (self.consistency.is_none() || self.examiner.is_some())
    }
}

impl Arguments for PersonValue {
    fn fits(&self) -> bool {
        short(&self.alias, CODE_CHARS) && within(Some(&self.name), caps::NAME_CHARS)
    }
}

impl Arguments for ContactValue {
    fn fits(&self) -> bool {
        within(Some(&self.how), caps::TEXT_CHARS)
            && within(self.recontact_code.as_deref(), CODE_CHARS)
    }
}

impl Arguments for SafetyValue {
    fn fits(&self) -> bool {
        within(Some(&self.plan), caps::TEXT_CHARS)
            && (self.risk != ReprisalRisk::High || self.check_by.is_some())
    }
}

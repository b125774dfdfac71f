//! The arguments of acts that close, sign, review and seal a visit.

use minicbor::{Decode, Encode};
use senim_ids::{DeviceId, MemberId, RecordHash, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Arguments, LONG_CHARS, arguments, short, within};
use crate::caps;
use crate::digest::Digest;
use crate::key::Name;
use crate::value::FormVersion;

arguments! {
    /// `collection.closed`: what comes later is an annex and unsigns nothing (field-work.md 3.2).
    CollectionClosed {
        /// How far each device had come, in ascending order of the devices.
        0 last: Vec<LastCounter>,
        /// Who is missing and why, in ascending order of the members.
        1 missing: Vec<Missing>,
    }
    /// The last `device_seq` that the leader had of a device. What stands above it is an annex.
    LastCounter {
        /// The device.
        0 device: DeviceId,
        /// Whose device.
        1 member: MemberId,
        /// Its last count.
        #[ts(type = "number")]
        2 device_seq: u64,
    }
    /// A member who is not here, or whose signature is not.
    Missing {
        /// Who.
        0 member: MemberId,
        /// Why; 1 to 200 characters.
        1 reason: String,
    }
    /// `report.signed`: the author signs the report as the act's view shows it.
    ReportSigned {
        /// When, as stated.
        0 at: UnixMillis,
    }
    /// `report.dissented`: the author signs with a dissenting opinion, which is attached.
    ReportDissented {
        /// When, as stated.
        0 at: UnixMillis,
        /// The opinion; 1 to 16,000 characters.
        1 opinion: String,
    }
    /// `report.refused`: a member will not sign. By that member alone, or by two others.
    ReportRefused {
        /// Who will not sign.
        0 member: MemberId,
        /// When, as stated.
        1 at: UnixMillis,
        /// Why; at most 4,000 characters.
        2 reason: Option<String>,
    }
    /// `report.unreachable`: a member cannot be asked. Holds when two others have said so.
    ReportUnreachable {
        /// Who cannot be reached.
        0 member: MemberId,
        /// When, as stated.
        1 at: UnixMillis,
        /// Why; 1 to 4,000 characters.
        2 reason: String,
    }
    /// `review.questioned`: the coordinator asks instead of accepting.
    ReviewQuestioned {
        /// When, as stated.
        0 at: UnixMillis,
        /// The questions; 1 to 16,000 characters.
        1 questions: String,
    }
    /// `review.answered`: the team answers.
    ReviewAnswered {
        /// When, as stated.
        0 at: UnixMillis,
        /// The answers; 1 to 16,000 characters.
        1 answers: String,
    }
    /// `review.accepted`: accepted for dispatch.
    ReviewAccepted {
        /// When, as stated.
        0 at: UnixMillis,
    }
    /// `visit.sealed`: the report and its exports are what these hashes say (protocol.md 9).
    VisitSealed {
        /// When, as stated.
        0 at: UnixMillis,
        /// Each exported file, in ascending order of the names.
        1 files: Vec<SealedFile>,
        /// The limits that the figures were computed with.
        2 limits: Option<Digest>,
        /// The forms used.
        3 forms: Vec<super::FormBound>,
        /// Who of the team has neither signed nor been accounted for, and why; ascending.
        4 missing: Vec<Missing>,
    }
    /// A file and its hash.
    SealedFile {
        /// What it is, a word of the exports (`report.kk.pdf`), never the name of a facility.
        0 name: Name,
        /// BLAKE3 of its bytes.
        1 digest: Digest,
    }
    /// `visit.amended`: something was changed after the seal.
    VisitAmended {
        /// When, as stated.
        0 at: UnixMillis,
        /// What and why; 1 to 4,000 characters.
        1 reason: String,
    }
    /// `visit.form-moved`: the visit goes on with another version of a form.
    FormMoved {
        /// The form's id.
        0 form: Name,
        /// The version that bound until now.
        1 from: FormVersion,
        /// The version that binds from here on.
        2 to: FormVersion,
        /// Why; 1 to 4,000 characters.
        3 reason: String,
    }
    /// `record.readmitted`: honest work above a device's `last_device_seq` comes back (protocol.md 3).
    RecordReadmitted {
        /// The record.
        0 record: RecordHash,
        /// Why; 1 to 4,000 characters.
        1 reason: String,
    }
}

impl Arguments for CollectionClosed {
    fn fits(&self) -> bool {
        self.last.is_sorted_by(|a, b| a.device < b.device) && missing_fits(&self.missing)
    }
}

impl Arguments for VisitSealed {
    fn fits(&self) -> bool {
        self.files.is_sorted_by(|a, b| a.name < b.name)
            && self.forms.is_sorted_by(|a, b| a < b)
            && missing_fits(&self.missing)
    }
}

fn missing_fits(missing: &[Missing]) -> bool {
    missing.is_sorted_by(|a, b| a.member < b.member)
        && missing
            .iter()
            .all(|one| short(&one.reason, caps::NAME_CHARS))
}

macro_rules! one_text {
    ($($name:ident.$field:ident: $cap:expr;)*) => {$(
        impl Arguments for $name {
            fn fits(&self) -> bool {
                short(&self.$field, $cap)
            }
        }
    )*};
}
one_text! {
    ReportDissented.opinion: LONG_CHARS;
    ReportUnreachable.reason: caps::TEXT_CHARS;
    ReviewQuestioned.questions: LONG_CHARS;
    ReviewAnswered.answers: LONG_CHARS;
    VisitAmended.reason: caps::TEXT_CHARS;
    FormMoved.reason: caps::TEXT_CHARS;
    RecordReadmitted.reason: caps::TEXT_CHARS;
}

impl Arguments for ReportRefused {
    fn fits(&self) -> bool {
        within(self.reason.as_deref(), caps::TEXT_CHARS)
    }
}

impl Arguments for ReportSigned {}
impl Arguments for ReviewAccepted {}

//! The arguments of acts on what a person allows. They stand in that person's interview document.

use minicbor::{Decode, Encode};
use senim_ids::{MemberId, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Arguments, arguments, within};
use crate::caps;
use crate::words::words;

words! {
    /// What a person can allow, each apart (domain.md 1.9, a to g). What was not asked is not allowed.
    ConsentKind {
        /// To talk.
        Talk = 0, "talk";
        /// To take notes.
        Record = 1, "record";
        /// To use it without a name.
        UseAnonymously = 2, "use-anonymously";
        /// To share it with the authority.
        ShareWithAuthority = 3, "share-with-authority";
        /// To refer it to a prosecutor.
        ReferToProsecutor = 4, "refer-to-prosecutor";
        /// To take photos.
        Photo = 5, "photo";
        /// To contact the family.
        ContactFamily = 6, "contact-family";
    }
    /// To whom an allegation goes.
    HandedTo {
        /// The Ombudsman.
        Ombudsman = 0, "ombudsman";
        /// A prosecutor.
        Prosecutor = 1, "prosecutor";
        /// Another authority.
        Authority = 2, "authority";
    }
}

arguments! {
    /// `consent.given`
    ConsentGiven {
        /// What for, ascending and at least one.
        0 kinds: Vec<ConsentKind>,
        /// When, as stated.
        1 at: UnixMillis,
        /// Written: the code on the paper, which has no name and no facility on it; at most 64 characters.
        2 code: Option<String>,
        /// Oral: the member who heard it besides the author.
        3 witness: Option<MemberId>,
    }
    /// `consent.withdrawn`: also if it was never given.
    ConsentWithdrawn {
        /// What for, ascending and at least one.
        0 kinds: Vec<ConsentKind>,
        /// When, as stated.
        1 at: UnixMillis,
        /// True if the person came back by the recontact code.
        2 by_code: bool,
    }
    /// `allegation.handed-over`
    AllegationHandedOver {
        /// To whom.
        0 to: HandedTo,
        /// When, as stated.
        1 at: UnixMillis,
        /// The number on the receipt; at most 200 characters.
        2 receipt: Option<String>,
        /// Set only when the person cannot consent and is in danger of life: why. Then two people must say so. At most 4,000 characters.
        3 without_consent: Option<String>,
    }
}

/// Longest consent code, in characters.
const CODE_CHARS: usize = 64;

fn kinds_fit(kinds: &[ConsentKind]) -> bool {
    !kinds.is_empty() && kinds.is_sorted_by(|a, b| a < b)
}

impl Arguments for ConsentGiven {
    fn fits(&self) -> bool {
        // To talk and to take notes is asked by two taps before the talk; all that goes further needs paper or a witness.
        let proven = self.code.is_some() || self.witness.is_some();
        let opening = self.kinds.iter().all(|kind| *kind <= ConsentKind::Record);
        kinds_fit(&self.kinds) && (proven || opening) && within(self.code.as_deref(), CODE_CHARS)
    }
}

impl Arguments for ConsentWithdrawn {
    fn fits(&self) -> bool {
        kinds_fit(&self.kinds)
    }
}

impl Arguments for AllegationHandedOver {
    fn fits(&self) -> bool {
        within(self.receipt.as_deref(), caps::NAME_CHARS)
            && within(self.without_consent.as_deref(), caps::TEXT_CHARS)
    }
}

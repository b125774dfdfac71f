//! The arguments of acts on a recommendation, from its issue to its closing. They stand in the follow-up document.

use minicbor::{Decode, Encode};
use senim_ids::{Language, RowId, UnixMillis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Arguments, arguments, short, within};
use crate::caps;
use crate::digest::Digest;
use crate::key::Name;
use crate::words::words;

words! {
    /// What the authority answers to a recommendation.
    Reply {
        /// It will be done.
        Accepted = 0, "accepted";
        /// A part of it will be done.
        Partly = 1, "partly";
        /// It will not be done.
        Rejected = 2, "rejected";
    }
    /// The three statuses of the State's own report (domain.md 1.8). For a claim it is what the authority says of itself.
    OfficialStatus {
        /// Fully implemented.
        Implemented = 0, "implemented";
        /// Being implemented.
        InProgress = 1, "in-progress";
        /// Not implemented.
        NotImplemented = 2, "not-implemented";
    }
    /// What the mechanism found itself.
    Verified {
        /// Done.
        Implemented = 0, "implemented";
        /// Done in part.
        Partly = 1, "partly";
        /// Not done.
        Not = 2, "not";
        /// Was done, and is no longer.
        Regressed = 3, "regressed";
        /// No longer asked: a law or a closing made it pointless.
        Overtaken = 4, "overtaken";
    }
    /// How the mechanism found it.
    VerifiedBy {
        /// On a visit.
        Visit = 0, "visit";
        /// From documents.
        Document = 1, "document";
        /// In interviews.
        Interview = 2, "interview";
        /// From photos.
        Photo = 3, "photo";
        /// From afar.
        Remote = 4, "remote";
    }
    /// Where a recommendation is taken next.
    EscalatedTo {
        /// The superior body.
        Superior = 0, "superior";
        /// The Ombudsman, to the ministry.
        Ombudsman = 1, "ombudsman";
        /// The prosecutor.
        Prosecutor = 2, "prosecutor";
        /// Parliament.
        Parliament = 3, "parliament";
        /// The public.
        Publication = 4, "publication";
        /// The Ombudsman's motion for disciplinary, administrative or criminal proceedings.
        Proceedings = 5, "proceedings";
    }
}

arguments! {
    /// `recommendation.issued`: the full text in its languages. The number is the visit's number and a running number.
    RecommendationIssued {
        /// The recommendation's row in the visit.
        0 recommendation: RowId,
        /// The visit's number; 1 to 200 characters.
        1 visit_number: String,
        /// The running number within the visit, from 1.
        2 running: u32,
        /// Kazakh and Russian, English if there is one; in this order.
        3 texts: Vec<IssuedText>,
        /// The theme, a word of the seeds.
        4 theme: Name,
        /// How soon, a word of the seeds.
        5 priority: Name,
        /// The body that has to act; 1 to 200 characters.
        6 addressee: String,
        /// The norm with its article, as printed; at most 4,000 characters.
        7 norm: Option<String>,
        /// The year of the cohort that it counts in.
        8 cohort: u16,
        /// When, as stated.
        9 at: UnixMillis,
        /// The day by which a reply was asked.
        10 reply_by: Option<UnixMillis>,
        /// The number it repeats; at most 200 characters.
        11 repeats: Option<String>,
    }
    /// The text of a recommendation in one language. No field of it can name a source.
    IssuedText {
        /// The language.
        0 language: Language,
        /// What was established, without its source; 1 to 4,000 characters.
        1 established: String,
        /// The measurable action; 1 to 4,000 characters.
        2 action: String,
    }
    /// `recommendation.delivered`
    RecommendationDelivered {
        /// Which.
        0 recommendation: RowId,
        /// When, as stated.
        1 at: UnixMillis,
        /// By which way, a word of the seeds.
        2 way: Name,
        /// The outgoing number that the office gave; at most 200 characters.
        3 outgoing: Option<String>,
    }
    /// `recommendation.responded`: what the authority answered, copied by one and checked by another.
    RecommendationResponded {
        /// Which.
        0 recommendation: RowId,
        /// The answer.
        1 reply: Reply,
        /// When it came in.
        2 at: UnixMillis,
        /// The incoming number; at most 200 characters.
        3 incoming: Option<String>,
        /// What was said, as copied; at most 4,000 characters.
        4 text: Option<String>,
        /// The hash of the scanned letter.
        5 letter: Option<Digest>,
    }
    /// `recommendation.claimed`: what the authority says of what it has done. Never the mechanism's own finding.
    RecommendationClaimed {
        /// Which.
        0 recommendation: RowId,
        /// What is claimed.
        1 status: OfficialStatus,
        /// As of when.
        2 at: UnixMillis,
        /// On what ground; at most 4,000 characters.
        3 ground: Option<String>,
    }
    /// `recommendation.verified`: what the mechanism found.
    RecommendationVerified {
        /// Which.
        0 recommendation: RowId,
        /// What was found.
        1 found: Verified,
        /// How.
        2 method: VerifiedBy,
        /// When.
        3 at: UnixMillis,
        /// Of what it was seen, without a source; at most 4,000 characters.
        4 note: Option<String>,
    }
    /// `recommendation.escalated`
    RecommendationEscalated {
        /// Which.
        0 recommendation: RowId,
        /// To whom.
        1 to: EscalatedTo,
        /// When.
        2 at: UnixMillis,
        /// Why; 1 to 4,000 characters.
        3 reason: String,
    }
    /// `recommendation.closed`: holds when two people, one of them a coordinator, have said so for one reason.
    RecommendationClosed {
        /// Which.
        0 recommendation: RowId,
        /// Why, a word of the seeds.
        1 reason: Name,
        /// More on it; at most 4,000 characters.
        2 note: Option<String>,
    }
}

impl Arguments for RecommendationIssued {
    fn fits(&self) -> bool {
        let languages: Vec<Language> = self.texts.iter().map(|text| text.language).collect();
        let complete = matches!(
            *languages,
            [Language::Kk, Language::Ru] | [Language::Kk, Language::Ru, Language::En]
        );
        complete
            && self.running > 0
            && short(&self.visit_number, caps::NAME_CHARS)
            && short(&self.addressee, caps::NAME_CHARS)
            && within(self.norm.as_deref(), caps::TEXT_CHARS)
            && within(self.repeats.as_deref(), caps::NAME_CHARS)
            && self.texts.iter().all(|text| {
                short(&text.established, caps::TEXT_CHARS) && short(&text.action, caps::TEXT_CHARS)
            })
    }
}

impl Arguments for RecommendationDelivered {
    fn fits(&self) -> bool {
        within(self.outgoing.as_deref(), caps::NAME_CHARS)
    }
}

impl Arguments for RecommendationResponded {
    fn fits(&self) -> bool {
        within(self.incoming.as_deref(), caps::NAME_CHARS)
            && within(self.text.as_deref(), caps::TEXT_CHARS)
    }
}

impl Arguments for RecommendationClaimed {
    fn fits(&self) -> bool {
        within(self.ground.as_deref(), caps::TEXT_CHARS)
    }
}

impl Arguments for RecommendationVerified {
    fn fits(&self) -> bool {
        within(self.note.as_deref(), caps::TEXT_CHARS)
    }
}

impl Arguments for RecommendationEscalated {
    fn fits(&self) -> bool {
        short(&self.reason, caps::TEXT_CHARS)
    }
}

impl Arguments for RecommendationClosed {
    fn fits(&self) -> bool {
        within(self.note.as_deref(), caps::TEXT_CHARS)
    }
}

//! One text in several languages side by side, and which of them are stale (field-work.md 3.3).
//!
//! "Stale" is computed, never stored: each text holds the hashes of the others as its author saw them.

use minicbor::{Decode, Encode};
use senim_ids::{Language, MemberId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::act::{Arguments, arguments, short};
use crate::caps;
use crate::digest::Digest;
use crate::words::words;

words! {
    /// What a text in one language is.
    WordingState {
        /// Written in this language.
        Original = 0, "original";
        /// Translated, and nobody checked it.
        Draft = 1, "draft";
        /// Translated, and checked by another.
        Checked = 2, "checked";
    }
}

arguments! {
    /// `<finding, rec, urgent or point>/<id>/<kk, ru or en>`
    WordingValue {
        /// The text; 1 to 4,000 characters.
        0 text: String,
        /// What it is.
        1 state: WordingState,
        /// Who wrote it, as stated.
        2 by: MemberId,
        /// Who checked it, another than who wrote it; stands only with a checked one.
        3 checked_by: Option<MemberId>,
        /// The other languages' texts as its author saw them, ascending.
        4 seen: Vec<SeenWording>,
        /// The language it was translated from; none with an original.
        5 from: Option<Language>,
    }
    /// A text as seen when another was written.
    SeenWording {
        /// Its language.
        0 language: Language,
        /// [`WordingValue::digest`] of it.
        1 digest: Digest,
    }
}

impl WordingValue {
    /// The hash that another language's text remembers this one by: of its words alone, so that a check makes nothing stale.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of("senim 2026-11 wording v1", self.text.as_bytes())
    }

    fn saw(&self, language: Language, other: &Self) -> bool {
        let digest = other.digest();
        self.seen
            .iter()
            .any(|seen| seen.language == language && seen.digest == digest)
    }
}

impl Arguments for WordingValue {
    fn fits(&self) -> bool {
        let checked = self.checked_by.is_some_and(|checker| checker != self.by);
        let role = match self.state {
            WordingState::Original => self.from.is_none() && self.checked_by.is_none(),
            WordingState::Draft => self.from.is_some() && self.checked_by.is_none(),
            WordingState::Checked => self.from.is_some() && checked,
        };
        let from_seen = self
            .from
            .is_none_or(|from| self.seen.iter().any(|seen| seen.language == from));
        role && from_seen
            && short(&self.text, caps::TEXT_CHARS)
            && self.seen.len() < Language::ALL.len()
            && self.seen.is_sorted_by(|a, b| a.language < b.language)
    }
}

/// A text in one language as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Wording {
    /// The language.
    pub language: Language,
    /// The text.
    pub value: WordingValue,
    /// True if another language's text was changed since.
    pub stale: bool,
    /// True if it has concurrent versions: an open difference.
    pub differs: bool,
}

/// Marks each text stale that no longer follows the others.
///
/// A translation follows the language it was made from. Of two originals the one whose author saw the other holds; if neither
/// did, both are stale until one is translated from the other.
pub(super) fn mark_stale(wordings: &mut [Wording]) {
    let all = wordings.to_vec();
    for one in wordings {
        one.stale = all
            .iter()
            .filter(|other| other.language != one.language)
            .any(|other| match one.value.from {
                Some(from) => from == other.language && !one.value.saw(from, &other.value),
                None => other.value.from.is_none() && !one.value.saw(other.language, &other.value),
            });
        // A translation whose source was taken away follows nothing.
        if one
            .value
            .from
            .is_some_and(|from| all.iter().all(|other| other.language != from))
        {
            one.stale = true;
        }
    }
}

/// True if Kazakh and Russian both stand, and every language that stands is an original or checked, not stale and undisputed: only then
/// may it be issued.
#[must_use]
pub fn issuable(wordings: &[Wording]) -> bool {
    let stands = |language| wordings.iter().any(|one| one.language == language);
    stands(Language::Kk)
        && stands(Language::Ru)
        && wordings
            .iter()
            .all(|one| !one.stale && !one.differs && one.value.state != WordingState::Draft)
}

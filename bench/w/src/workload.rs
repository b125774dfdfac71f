//! The work of W: one visit document, edited on several tablets that do not see each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Answers in the base document.
pub const ANSWERS: usize = 200;
/// Notes in the base document.
pub const NOTES: usize = 20;
/// Letters of one note.
pub const NOTE_LETTERS: usize = 500;
/// Answers that each tablet edits.
pub const EDITED_ANSWERS: usize = 40;
/// Notes that each tablet writes anew.
pub const EDITED_NOTES: usize = 4;

const FORMAT: &str = "senim-bench-w/1";
// The five large targets of a form (list `answer` of `seeds/forms`).
const CHOICES: [&str; 5] = ["yes", "partly", "no", "not_checked", "na"];

/// Values by key: `a000`… are answers (a choice), `n00`… are notes (500 Cyrillic letters).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// Choices by question.
    pub answers: BTreeMap<String, String>,
    /// Text by note.
    pub notes: BTreeMap<String, String>,
}

impl Fields {
    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.answers.len() + self.notes.len()
    }

    /// Whether there is no field at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One file for all peers of a run: what each tablet has at the start and writes offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Always `senim-bench-w/1`.
    pub format: String,
    /// What all of it was made from.
    pub seed: u64,
    /// The document that every tablet and the server hold before anyone goes offline.
    pub base: Fields,
    /// The edits of each tablet, one entry a tablet.
    pub tablets: Vec<Fields>,
}

impl Workload {
    /// Makes the work for `tablets` tablets (1 to 200): the same seed gives the same bytes.
    ///
    /// Tablet `t` edits 40 consecutive answers from `t * 200 / tablets` on and 4 consecutive notes from
    /// `t * 20 / tablets` on, round the ring, so neighbours overlap: with 6 tablets at 40 answers and 4 notes. Two
    /// tablets that edit one answer never choose alike, and never what the base says.
    #[must_use]
    pub fn make(seed: u64, tablets: usize) -> Self {
        let mut random = SplitMix(seed);
        let mut base = Fields::default();
        for index in 0..ANSWERS {
            base.answers
                .insert(answer_key(index), random.choice(&BTreeSet::new()));
        }
        for index in 0..NOTES {
            base.notes.insert(note_key(index), random.letters());
        }
        let mut taken: BTreeMap<String, BTreeSet<String>> = base
            .answers
            .iter()
            .map(|(key, value)| (key.clone(), [value.clone()].into()))
            .collect();
        let edits = (0..tablets).map(|tablet| {
            let mut fields = Fields::default();
            for step in 0..EDITED_ANSWERS {
                let key = answer_key((tablet * ANSWERS / tablets + step) % ANSWERS);
                let before = taken.entry(key.clone()).or_default();
                let value = random.choice(before);
                before.insert(value.clone());
                fields.answers.insert(key, value);
            }
            for step in 0..EDITED_NOTES {
                let key = note_key((tablet * NOTES / tablets + step) % NOTES);
                fields.notes.insert(key, random.letters());
            }
            fields
        });
        let tablets = edits.collect();
        Self {
            format: FORMAT.to_owned(),
            seed,
            base,
            tablets,
        }
    }

    /// Reads the file of a run.
    ///
    /// # Errors
    /// The file cannot be read, is not JSON of this shape, or holds fewer than `tablets` tablets.
    pub fn read(path: &Path, tablets: usize) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).context("the workload cannot be read")?;
        let mut work: Self = serde_json::from_slice(&bytes).context("not a workload")?;
        ensure!(work.format == FORMAT, "not a workload of this version");
        ensure!(
            work.tablets.len() >= tablets,
            "the workload holds fewer tablets"
        );
        work.tablets.truncate(tablets);
        Ok(work)
    }

    /// How many edits all tablets make together: 264 with 6 tablets.
    #[must_use]
    pub fn edits(&self) -> usize {
        self.tablets.iter().map(Fields::len).sum()
    }

    /// What every tablet must hold in the end: for each field what its writers wrote, or the base where nobody wrote.
    #[must_use]
    pub fn expected(&self) -> State {
        let written = |base: &BTreeMap<String, String>,
                       of: fn(&Fields) -> &BTreeMap<String, String>| {
            let each = base.iter().map(|(key, first)| {
                let all: BTreeSet<String> = self
                    .tablets
                    .iter()
                    .filter_map(|tablet| of(tablet).get(key).cloned())
                    .collect();
                (
                    key.clone(),
                    if all.is_empty() {
                        [first.clone()].into()
                    } else {
                        all
                    },
                )
            });
            each.collect()
        };
        State {
            answers: written(&self.base.answers, |fields| &fields.answers),
            notes: written(&self.base.notes, |fields| &fields.notes),
        }
    }
}

/// The state of a tablet: by field every value written at the same time, so that a lost edit is seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Choices by question.
    pub answers: BTreeMap<String, BTreeSet<String>>,
    /// Texts by note.
    pub notes: BTreeMap<String, BTreeSet<String>>,
}

impl State {
    /// SHA-256 of the state in hex.
    ///
    /// # Errors
    /// None in practice: maps of strings always serialise.
    pub fn hash(&self) -> anyhow::Result<String> {
        let digest = Sha256::digest(serde_json::to_vec(self)?);
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn answer_key(index: usize) -> String {
    format!("a{index:03}")
}

fn note_key(index: usize) -> String {
    format!("n{index:02}")
}

/// Vigna's splitmix64: small, the same on every machine, and good enough for letters.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A choice that is in nobody's way; only a question that took all five gives one of them again.
    fn choice(&mut self, taken: &BTreeSet<String>) -> String {
        let free: Vec<&str> = CHOICES
            .into_iter()
            .filter(|code| !taken.contains(*code))
            .collect();
        let from = if free.is_empty() {
            CHOICES.to_vec()
        } else {
            free
        };
        let count = u64::try_from(from.len()).unwrap_or(1);
        let index = usize::try_from(self.next() % count).unwrap_or(0);
        from.get(index).copied().unwrap_or("yes").to_owned()
    }

    /// 500 letters from U+0430 (а) to U+044F (я), as likely each: about 5 bits a letter, whoever compresses.
    fn letters(&mut self) -> String {
        let letter = |bits: u64| char::from_u32(0x430 + u32::try_from(bits % 32).unwrap_or(0));
        (0..NOTE_LETTERS)
            .filter_map(|_| letter(self.next() >> 32))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_work() {
        assert_eq!(Workload::make(7, 6), Workload::make(7, 6));
        assert_ne!(Workload::make(7, 6), Workload::make(8, 6));
    }

    #[test]
    fn six_tablets_make_264_edits_of_which_40_and_4_overlap() {
        let work = Workload::make(1, 6);
        assert_eq!((work.base.answers.len(), work.base.notes.len()), (200, 20));
        assert_eq!(work.edits(), 264);
        let expected = work.expected();
        assert_eq!(
            expected
                .answers
                .values()
                .filter(|all| all.len() == 2)
                .count(),
            40
        );
        assert_eq!(
            expected.notes.values().filter(|all| all.len() == 2).count(),
            4
        );
        assert!(
            work.base
                .notes
                .values()
                .all(|text| text.chars().count() == NOTE_LETTERS)
        );
    }

    #[test]
    fn every_edit_counts_in_the_end_state() {
        let work = Workload::make(1, 6);
        for tablet in 0..6 {
            let mut less = work.clone();
            let edits = &mut less.tablets[tablet];
            let lost = edits.notes.pop_first().unwrap();
            assert_ne!(less.expected(), work.expected(), "{} is not missed", lost.0);
            less = work.clone();
            let lost = less.tablets[tablet].answers.pop_first().unwrap();
            assert_ne!(less.expected(), work.expected(), "{} is not missed", lost.0);
        }
    }
}

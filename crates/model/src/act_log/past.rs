//! The past of an act as a set.

/// A set of judged acts, one bit each: a member may write thousands of acts, and each has a past of its own.
#[derive(Clone, Default)]
pub(super) struct Past(Vec<u64>);

impl Past {
    const WORD: usize = 64;

    pub(super) fn insert(&mut self, at: usize) {
        let word = at / Self::WORD;
        self.0.resize(self.0.len().max(word.saturating_add(1)), 0);
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (at % Self::WORD);
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            *bits |= more;
        }
    }

    pub(super) fn contains(&self, at: usize) -> bool {
        self.0
            .get(at / Self::WORD)
            .is_some_and(|bits| bits & (1 << (at % Self::WORD)) != 0)
    }
}

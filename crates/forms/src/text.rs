//! One sentence in the three languages.

use senim_ids::Language;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A sentence in Kazakh, Russian and English. An empty string says that the translation is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Text3 {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Text3 {
    /// The sentence in this language, empty where it was not translated.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// The sentence in `wanted`, or else in `fallback`, or else in any language that has it.
    #[must_use]
    pub fn or_fallback(&self, wanted: Language, fallback: Language) -> &str {
        [wanted, fallback, Language::Ru, Language::Kk, Language::En]
            .into_iter()
            .map(|language| self.get(language))
            .find(|text| !text.is_empty())
            .unwrap_or("")
    }

    /// True if no language has a word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        Language::ALL
            .iter()
            .all(|language| self.get(*language).is_empty())
    }

    /// The languages in which the sentence is missing.
    #[must_use]
    pub fn missing(&self) -> Vec<Language> {
        Language::ALL
            .iter()
            .copied()
            .filter(|language| self.get(*language).is_empty())
            .collect()
    }

    pub(crate) fn set(&mut self, language: Language, text: &str) {
        let place = match language {
            Language::Kk => &mut self.kk,
            Language::Ru => &mut self.ru,
            Language::En => &mut self.en,
        };
        text.clone_into(place);
    }
}

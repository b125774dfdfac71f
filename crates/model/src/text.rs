//! Folding of text for search (libraries.md 1.17).

use unicode_normalization::UnicodeNormalization;

/// `text` as the search index holds it and as a query is put: composed (NFC), in lower case, and with the Kazakh letters that a Russian
/// keyboard lacks, `ё` and `й` turned into the letters people type instead. "ҚАРАҒАНДЫ" and "карагандЫ" fold to one text.
///
/// Longer or shorter than `text` by a few bytes; any text has a fold.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfc()
        .flat_map(char::to_lowercase)
        .nfc()
        .map(fold_letter)
        .collect()
}

const fn fold_letter(letter: char) -> char {
    match letter {
        'ё' => 'е',
        'қ' => 'к',
        'ғ' => 'г',
        'ң' => 'н',
        'ө' => 'о',
        'ұ' | 'ү' => 'у',
        'һ' => 'х',
        'і' | 'й' => 'и',
        'ә' => 'а',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn a_russian_keyboard_finds_kazakh_words() {
        assert_eq!(fold("Қарағанды"), fold("караганды"));
        assert_eq!(fold("ҰЛТТЫҚ"), fold("улттык"));
        assert_eq!(fold("Іле өңірі, үй, әкім, һ"), "иле онири, уи, аким, х");
    }

    #[test]
    fn composed_and_decomposed_letters_are_one() {
        assert_eq!(fold("Е\u{308}лка"), fold("Ёлка"));
        assert_eq!(fold("и\u{306}"), fold("й"));
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["Қостанай", "İstanbul", "ǅ", "Е\u{308}Ё", "ﬁ"] {
            assert_eq!(fold(&fold(text)), fold(text));
        }
    }
}

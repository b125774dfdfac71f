//! Looks for words where none may be: in everything a server keeps and everything that passed on the wire (protocol.md 10).
//!
//! A word is looked for in UTF-8, in UTF-16 of both byte orders, in base64 (at each of the three alignments), in hexadecimal of both
//! cases, and again in every zstd frame found inside. A scan means something only beside its control: the same scanner must find every word
//! where it was planted.

use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::fail::Failed;

/// What a zstd frame begins with (RFC 8878 section 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A frame that opens to more is cut here: it is searched, not kept.
const FRAME: u64 = 16 * 1024 * 1024;

/// A scanner for some words.
#[derive(Debug)]
pub struct Scanner {
    /// For each word its forms.
    words: Vec<Vec<Vec<u8>>>,
}

impl Scanner {
    /// A scanner for these words, each at least six bytes long, so that chance does not find them.
    ///
    /// # Errors
    /// [`Failed`] for a word that is too short.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, Failed> {
        let words: Vec<&str> = words.into_iter().collect();
        if words.iter().any(|word| word.len() < 6) {
            return Err(Failed::new("scan", "a word is too short to be looked for"));
        }
        Ok(Self {
            words: words.into_iter().map(forms).collect(),
        })
    }

    /// How many of the words stand in `bytes`, in any form.
    #[must_use]
    pub fn words_in(&self, bytes: &[u8]) -> usize {
        let opened: Vec<Vec<u8>> = frames(bytes);
        let in_any = |form: &Vec<u8>| {
            contains(bytes, form) || opened.iter().any(|frame| contains(frame, form))
        };
        self.words
            .iter()
            .filter(|forms| forms.iter().any(in_any))
            .count()
    }

    /// How many words in how many files below a folder: the sum over its files.
    ///
    /// # Errors
    /// [`Failed`] if a file cannot be read.
    pub fn words_below(&self, folder: &Path) -> Result<usize, Failed> {
        let mut found = 0_usize;
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let here = if path.is_dir() {
                self.words_below(&path)?
            } else {
                self.words_in(&std::fs::read(&path)?)
            };
            found = found.saturating_add(here);
        }
        Ok(found)
    }

    /// How many words it looks for.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.words.len()
    }
}

/// Every form a word is looked for in.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let utf8 = word.as_bytes().to_vec();
    let utf16: Vec<u16> = word.encode_utf16().collect();
    let mut forms = vec![
        utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        hex::encode(&utf8).into_bytes(),
        hex::encode_upper(&utf8).into_bytes(),
    ];
    forms.extend((0..3).map(|shift| base64_inside(&utf8, shift)));
    forms.push(utf8);
    forms
}

/// The letters of the base64 of a text in which the word begins `shift` bytes into a group of three, without those that its neighbours change.
fn base64_inside(word: &[u8], shift: usize) -> Vec<u8> {
    let padded: Vec<u8> = std::iter::repeat_n(0, shift)
        .chain(word.iter().copied())
        .collect();
    let letters = STANDARD_NO_PAD.encode(padded);
    let first = shift.saturating_mul(8).div_ceil(6);
    let whole = shift.saturating_add(word.len()).saturating_mul(8) / 6;
    letters
        .bytes()
        .skip(first)
        .take(whole.saturating_sub(first))
        .collect()
}

fn contains(bytes: &[u8], form: &[u8]) -> bool {
    let Some((first, rest)) = form.split_first() else {
        return false;
    };
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| *byte == first)
        .any(|(at, _)| {
            bytes
                .get(at.saturating_add(1)..)
                .is_some_and(|tail| tail.starts_with(rest))
        })
}

/// What every zstd frame inside opens to. A false beginning opens to nothing.
fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let starts = bytes
        .windows(ZSTD.len())
        .enumerate()
        .filter(|(_, window)| *window == ZSTD);
    starts
        .filter_map(|(at, _)| {
            let decoder = zstd::stream::read::Decoder::new(bytes.get(at..)?).ok()?;
            let mut opened = Vec::new();
            // What came before an error is searched as well: the frame may be followed by anything.
            match decoder.single_frame().take(FRAME).read_to_end(&mut opened) {
                Ok(_) | Err(_) => Some(opened),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_every_form_it_may_take() {
        let word = "қанарейка-7731";
        let scanner = Scanner::new([word]).unwrap();
        let around = |inner: &[u8]| [b"xx".as_slice(), inner, b"yy"].concat();
        let utf16: Vec<u16> = word.encode_utf16().collect();
        let zstd = zstd::stream::encode_all(around(word.as_bytes()).as_slice(), 3).unwrap();
        for (form, bytes) in [
            ("utf-8", around(word.as_bytes())),
            (
                "utf-16le",
                around(
                    &utf16
                        .iter()
                        .flat_map(|u| u.to_le_bytes())
                        .collect::<Vec<_>>(),
                ),
            ),
            (
                "utf-16be",
                around(
                    &utf16
                        .iter()
                        .flat_map(|u| u.to_be_bytes())
                        .collect::<Vec<_>>(),
                ),
            ),
            ("hex", around(hex::encode(word).as_bytes())),
            ("HEX", around(hex::encode_upper(word).as_bytes())),
            (
                "base64+0",
                STANDARD_NO_PAD.encode(around(word.as_bytes())).into_bytes(),
            ),
            (
                "base64+1",
                STANDARD_NO_PAD
                    .encode([b"abc".as_slice(), word.as_bytes()].concat())
                    .into_bytes(),
            ),
            (
                "base64+2",
                STANDARD_NO_PAD
                    .encode([b"abcd!".as_slice(), word.as_bytes()].concat())
                    .into_bytes(),
            ),
            ("zstd", around(&zstd)),
        ] {
            assert_eq!(scanner.words_in(&bytes), 1, "{form}");
        }
        assert_eq!(scanner.words_in(b"nothing of the kind, only bytes"), 0);
    }
}

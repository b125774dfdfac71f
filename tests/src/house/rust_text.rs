//! Rust source with everything taken out that is not code of the product: comments, literals, tests.
//!
//! Line numbers stay, for what is taken out becomes blanks. This is no parser: it knows as much of Rust as it takes
//! to tell a quote in a comment from a string, and where the item after `#[cfg(test)]` ends.

use std::iter::Peekable;
use std::str::Chars;

const CFG_TEST: &str = "#[cfg(test)]";

/// Source without tests, and the modules that stand in files of their own and are compiled for tests alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductText {
    /// The code, line by line as in the file.
    pub code: String,
    /// Names of `#[cfg(test)] mod name;`.
    pub test_modules: Vec<String>,
}

/// The code of one file without comments, literals and tests.
#[must_use]
pub fn product_text(source: &str) -> ProductText {
    let mut rest = without_literals(source);
    let mut code = String::new();
    let mut test_modules = Vec::new();
    while let Some((before, after)) = rest.split_once(CFG_TEST) {
        code.push_str(before);
        let (item, remaining) = split_after_item(after);
        if let Some(name) = module_in_its_own_file(&item) {
            test_modules.push(name);
        }
        code.extend(item.chars().filter(|c| *c == '\n'));
        rest = remaining;
    }
    code.push_str(&rest);
    ProductText { code, test_modules }
}

/// Splits behind the item that `text` begins with: at its `;`, or at the end of its braces.
fn split_after_item(text: &str) -> (String, String) {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '(' | '[' => depth = depth.saturating_add(1),
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(c, ';' | '}') {
            let (item, rest) = text.split_at(at.saturating_add(c.len_utf8()));
            return (item.to_owned(), rest.to_owned());
        }
    }
    (text.to_owned(), String::new())
}

fn module_in_its_own_file(item: &str) -> Option<String> {
    let name = item.trim().strip_suffix(';')?.rsplit_once("mod ")?.1.trim();
    name.chars().all(is_word).then(|| name.to_owned())
}

/// Source with comments, strings and characters blanked; tests stay.
#[must_use]
pub fn without_literals(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars().peekable();
    let mut last = ' ';
    while let Some(c) = rest.next() {
        match (c, rest.peek().copied()) {
            ('/', Some('/')) => blank_line_comment(&mut rest, &mut out),
            ('/', Some('*')) => blank_block_comment(&mut rest, &mut out),
            ('"', _) => blank_string(&mut rest, &mut out),
            ('r', Some('"' | '#')) if !is_word(last) || last == 'b' => match raw_hashes(&rest) {
                Some(hashes) => blank_raw_string(hashes, &mut rest, &mut out),
                None => out.push(c),
            },
            ('\'', _) => blank_character(&mut rest, &mut out),
            _ => out.push(c),
        }
        last = c;
    }
    out
}

fn blank(c: char, out: &mut String) {
    out.push(if c == '\n' { '\n' } else { ' ' });
}

fn blank_line_comment(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    while let Some(c) = rest.next_if(|c| *c != '\n') {
        blank(c, out);
    }
}

fn blank_block_comment(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut depth = 0_i32;
    let mut last = '/';
    for c in rest.by_ref() {
        blank(c, out);
        match (last, c) {
            ('/', '*') => depth = depth.saturating_add(1),
            ('*', '/') => depth = depth.saturating_sub(1),
            _ => {
                last = c;
                continue;
            }
        }
        // So that `*/*` is not read as an end and a start at once.
        last = ' ';
        if depth == 0 {
            return;
        }
    }
}

fn blank_string(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut escaped = false;
    for c in rest.by_ref() {
        blank(c, out);
        match c {
            '"' if !escaped => return,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
}

/// Stands behind an `r`: how many `#` open a raw string, or nothing for a raw name (`r#type`).
fn raw_hashes(rest: &Peekable<Chars<'_>>) -> Option<usize> {
    let mut ahead = rest.clone();
    let mut hashes = 0_usize;
    while ahead.next_if_eq(&'#').is_some() {
        hashes = hashes.saturating_add(1);
    }
    (ahead.next() == Some('"')).then_some(hashes)
}

fn blank_raw_string(hashes: usize, rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    for c in rest.by_ref().take(hashes.saturating_add(1)) {
        blank(c, out);
    }
    while let Some(c) = rest.next() {
        blank(c, out);
        if c == '"' && rest.clone().take(hashes).filter(|h| *h == '#').count() == hashes {
            rest.by_ref().take(hashes).for_each(|h| blank(h, out));
            return;
        }
    }
}

/// Stands behind a `'`: blanks a character, or leaves a lifetime alone.
fn blank_character(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut ahead = rest.clone();
    let first = ahead.next();
    if first != Some('\\') && ahead.next() != Some('\'') {
        return;
    }
    let mut escaped = false;
    for c in rest.by_ref() {
        blank(c, out);
        match c {
            '\'' if !escaped => return,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
}

/// Whether a character may stand in a Rust name.
#[must_use]
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let text = product_text(source).code;
        text.split(|c| !is_word(c))
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let source =
            "a /* b /* c */ d */ e // f \" g\n\"h \\\" i\" j r#\"k \" l\"# m 'n' 'o 'p' '\\'' q";
        assert_eq!(words(source), ["a", "e", "j", "m", "o", "q"]);
    }

    #[test]
    fn a_raw_name_is_code() {
        assert_eq!(words("let r#type = br\"x\";"), ["let", "r", "type", "b"]);
    }

    #[test]
    fn tests_are_not_code_but_what_follows_them_is() {
        let source = "a\n#[cfg(test)]\nmod tests { fn b() { [0; 2]; } }\nc\n#[cfg(test)] use d;\ne";
        assert_eq!(words(source), ["a", "c", "e"]);
        assert_eq!(
            product_text(source).code.lines().count(),
            source.lines().count()
        );
    }

    #[test]
    fn a_test_module_in_its_own_file_is_named() {
        let text = product_text("#[cfg(test)]\n#[allow(x)]\nmod vectors;\nmod real;");
        assert_eq!(text.test_modules, ["vectors"]);
        assert!(text.code.contains("mod real"));
    }

    #[test]
    fn code_behind_a_feature_is_code() {
        assert_eq!(
            words("#[cfg(feature = \"x\")] fn a() {}").last().unwrap(),
            "a"
        );
    }
}

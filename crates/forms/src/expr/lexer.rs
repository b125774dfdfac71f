//! Text of an expression to words. Knows nothing of what may follow what.

use crate::fault::FaultCode;

/// Longest expression, in characters.
pub(crate) const MAX_CHARS: usize = 4_000;
/// Most words of one expression.
const MAX_TOKENS: usize = 1_500;
/// Longest written number: more digits than any count, and no infinity.
const MAX_DIGITS: usize = 20;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    Text(String),
    /// `${name}`.
    Braced(String),
    /// A word: a name, a function, or `and`, `or`, `div`, `mod`.
    Name(String),
    /// Any sign of the language, `!=` and `..` included.
    Sign(&'static str),
}

/// What cannot be read, and the characters that show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExprFault {
    pub(crate) code: FaultCode,
    pub(crate) detail: String,
}

impl ExprFault {
    pub(crate) fn new(code: FaultCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &[
    "!=", "<=", ">=", "..", "//", "::", "=", "<", ">", "+", "-", "*", "/", "(", ")", ",", ".", "[",
    "]", "|", "@",
];

const SMART_QUOTES: &[char] = &['‘', '’', '‚', '‛', '“', '”', '„', '‟', '«', '»'];

/// Splits an expression of at most 4,000 characters into words.
///
/// # Errors
/// [`FaultCode::ExpressionTooLarge`], [`FaultCode::SmartQuotes`] outside a text, [`FaultCode::BadExpression`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, ExprFault> {
    if text.chars().count() > MAX_CHARS {
        return Err(ExprFault::new(FaultCode::ExpressionTooLarge, ""));
    }
    let mut rest = text.trim_start();
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        if found.len() >= MAX_TOKENS {
            return Err(ExprFault::new(FaultCode::ExpressionTooLarge, ""));
        }
        let (token, left) = next_token(first, rest)?;
        found.push(token);
        rest = left.trim_start();
    }
    Ok(found)
}

fn next_token(first: char, rest: &str) -> Result<(Token, &str), ExprFault> {
    let bad = || {
        ExprFault::new(
            FaultCode::BadExpression,
            rest.chars().take(20).collect::<String>(),
        )
    };
    if SMART_QUOTES.contains(&first) {
        return Err(ExprFault::new(FaultCode::SmartQuotes, first));
    }
    if first == '\'' || first == '"' {
        let inner = rest.strip_prefix(first).ok_or_else(bad)?;
        let (content, left) = inner.split_once(first).ok_or_else(bad)?;
        return Ok((Token::Text(content.to_owned()), left));
    }
    if let Some(inner) = rest.strip_prefix("${") {
        let (name, left) = inner.split_once('}').ok_or_else(bad)?;
        let name = name.trim();
        if !is_name(name) {
            return Err(ExprFault::new(FaultCode::BadName, name));
        }
        return Ok((Token::Braced(name.to_owned()), left));
    }
    let digit_after_dot = rest
        .strip_prefix('.')
        .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    if first.is_ascii_digit() || digit_after_dot {
        return number(rest);
    }
    if is_name_start(first) {
        return Ok(name(rest));
    }
    for sign in SIGNS {
        if let Some(left) = rest.strip_prefix(sign) {
            return Ok((Token::Sign(sign), left));
        }
    }
    Err(bad())
}

fn number(rest: &str) -> Result<(Token, &str), ExprFault> {
    let mut dots = 0_u8;
    let end = rest
        .find(|c: char| {
            if c == '.' {
                dots = dots.saturating_add(1);
            }
            !(c.is_ascii_digit() || (c == '.' && dots == 1))
        })
        .unwrap_or(rest.len());
    let (digits, left) = rest.split_at(end);
    let value = if digits.len() > MAX_DIGITS {
        None
    } else {
        digits.parse::<f64>().ok()
    };
    match value {
        Some(value) => Ok((Token::Number(value), left)),
        None => Err(ExprFault::new(FaultCode::BadExpression, digits)),
    }
}

/// A name runs on through `-`, `.` and one `:` inside, as in `count-selected` and `jr:choice-name`.
fn name(rest: &str) -> (Token, &str) {
    let end = rest
        .find(|c: char| !is_name_char(c) && c != ':')
        .unwrap_or(rest.len());
    let (word, _) = rest.split_at(end);
    // `child::x` and a colon at the end are no part of the name.
    let word = word
        .split("::")
        .next()
        .unwrap_or(word)
        .trim_end_matches([':', '.']);
    let (word, left) = rest.split_at(word.len());
    (Token::Name(word.to_owned()), left)
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Whether `name` can be the name of a question, group, list or choice column: 1 to 64 bytes, a letter or `_` first,
/// then letters, digits, `_`, `-` and `.`.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 64 && name.starts_with(is_name_start) && name.chars().all(is_name_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_xpath_splits_them() {
        let found = tokens("${a}-1 >= .5 and count-selected(../b) != 'x y'").expect("reads");
        let expected = vec![
            Token::Braced("a".into()),
            Token::Sign("-"),
            Token::Number(1.0),
            Token::Sign(">="),
            Token::Number(0.5),
            Token::Name("and".into()),
            Token::Name("count-selected".into()),
            Token::Sign("("),
            Token::Sign(".."),
            Token::Sign("/"),
            Token::Name("b".into()),
            Token::Sign(")"),
            Token::Sign("!="),
            Token::Text("x y".into()),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, code) in [
            ("‘yes’", FaultCode::SmartQuotes),
            ("'open", FaultCode::BadExpression),
            ("${open", FaultCode::BadExpression),
            ("${two words}", FaultCode::BadName),
            ("a & b", FaultCode::BadExpression),
            ("123456789012345678901234567890", FaultCode::BadExpression),
        ] {
            assert_eq!(tokens(text).expect_err(text).code, code, "{text}");
        }
        assert_eq!(
            tokens("« in a text is fine: '«'")
                .expect_err("outside")
                .code,
            FaultCode::SmartQuotes
        );
        assert!(tokens("'«'").is_ok());
        let long = "1+".repeat(2_001);
        assert_eq!(
            tokens(&long).expect_err("long").code,
            FaultCode::ExpressionTooLarge
        );
    }
}

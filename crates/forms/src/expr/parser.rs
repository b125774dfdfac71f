//! Words to tree, by precedence climbing. References are resolved on the way, so that no unresolved tree exists.

use super::ast::{Expr, Operator};
use super::dates;
use super::function::{Function, NOT_SUPPORTED};
use super::lexer::{ExprFault, Token, is_name, tokens};
use crate::fault::FaultCode;
use crate::pattern;

/// Deepest nesting of brackets and calls.
const MAX_NESTING: usize = 50;
/// Deepest tree: also bounds a long chain of `or`.
const MAX_DEPTH: usize = 200;

/// A reference as the author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RawPath {
    /// `${name}`.
    Name(String),
    /// A word alone.
    Bare(String),
    /// `.`, `..`, `../x/y`: so many levels up, then these steps down.
    Relative { up: usize, down: Vec<String> },
    /// `/data/x/y`, with the root.
    Absolute(Vec<String>),
}

impl std::fmt::Display for RawPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(f, "${{{name}}}"),
            Self::Bare(name) => f.write_str(name),
            Self::Relative { up: 0, down } => write!(f, "./{}", down.join("/")),
            Self::Relative { up, down } => write!(f, "{}{}", "../".repeat(*up), down.join("/")),
            Self::Absolute(steps) => write!(f, "/{}", steps.join("/")),
        }
    }
}

/// Turns what the author wrote into a stable name.
pub(crate) trait Names {
    fn resolve(&mut self, path: &RawPath) -> Result<Expr, FaultCode>;
}

/// Reads one expression.
///
/// # Errors
/// Whatever cannot be read, is too large, calls an unknown function or refers to nothing; `detail` is the offending word.
pub(crate) fn parse(text: &str, names: &mut dyn Names) -> Result<Expr, ExprFault> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        names,
        nesting: 0,
    };
    let (expr, _) = parser.operation(0)?;
    match parser.tokens.first() {
        None => Ok(expr),
        Some(extra) => Err(unexpected(Some(extra))),
    }
}

type Parsed = Result<(Expr, usize), ExprFault>;

struct Parser<'t, 'n> {
    tokens: &'t [Token],
    names: &'n mut dyn Names,
    nesting: usize,
}

impl<'t> Parser<'t, '_> {
    fn take(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn peek_sign(&self) -> Option<&'static str> {
        match self.tokens.first() {
            Some(Token::Sign(sign)) => Some(sign),
            _ => None,
        }
    }

    fn skip(&mut self, sign: &str) -> bool {
        let found = self.peek_sign() == Some(sign);
        if found {
            self.take();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), ExprFault> {
        if self.skip(sign) {
            Ok(())
        } else {
            Err(unexpected(self.tokens.first()))
        }
    }

    /// An operand and all operators behind it that bind tighter than `floor`.
    fn operation(&mut self, floor: u8) -> Parsed {
        self.nesting = self.nesting.saturating_add(1);
        if self.nesting > MAX_NESTING {
            return Err(too_large());
        }
        let (mut left, mut depth) = self.operand()?;
        while let Some(operator) = self.tokens.first().and_then(operator) {
            if operator.binding() <= floor {
                break;
            }
            self.take();
            let (right, right_depth) = self.operation(operator.binding())?;
            depth = deeper(depth.max(right_depth))?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        self.nesting = self.nesting.saturating_sub(1);
        Ok((left, depth))
    }

    fn operand(&mut self) -> Parsed {
        let mut minuses = 0_usize;
        while self.skip("-") {
            minuses = minuses.saturating_add(1);
        }
        let (mut expr, mut depth) = self.primary()?;
        for _ in 0..minuses {
            depth = deeper(depth)?;
            expr = Expr::Negate(Box::new(expr));
        }
        Ok((expr, depth))
    }

    fn primary(&mut self) -> Parsed {
        let sign = self.peek_sign();
        if sign == Some("(") {
            self.take();
            let inner = self.operation(0)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if matches!(sign, Some("." | ".." | "/")) {
            let path = self.path()?;
            return self.reference(&path);
        }
        match self.take() {
            Some(Token::Number(value)) => Ok((Expr::Number(*value), 1)),
            Some(Token::Text(text)) => Ok((Expr::Text(text.clone()), 1)),
            Some(Token::Braced(name)) => {
                let path = RawPath::Name(name.clone());
                self.reference(&path)
            }
            Some(Token::Name(name)) => {
                let name = name.clone();
                if self.skip("(") {
                    self.call(&name)
                } else {
                    self.reference(&RawPath::Bare(name))
                }
            }
            other => Err(unexpected(other)),
        }
    }

    /// `.`, `..`, `../x`, `./x`, `/data/x`.
    fn path(&mut self) -> Result<RawPath, ExprFault> {
        if self.skip("/") {
            let mut steps = vec![self.step()?];
            while self.skip("/") {
                steps.push(self.step()?);
            }
            return Ok(RawPath::Absolute(steps));
        }
        let mut up = 0_usize;
        let mut down = Vec::new();
        loop {
            if self.skip("..") {
                up = up.saturating_add(1);
            } else {
                self.expect(".")?;
            }
            if !self.skip("/") {
                return Ok(RawPath::Relative { up, down });
            }
            if !matches!(self.peek_sign(), Some("." | "..")) {
                break;
            }
        }
        down.push(self.step()?);
        while self.skip("/") {
            down.push(self.step()?);
        }
        Ok(RawPath::Relative { up, down })
    }

    fn step(&mut self) -> Result<String, ExprFault> {
        match self.take() {
            Some(Token::Name(name)) => Ok(name.clone()),
            other => Err(unexpected(other)),
        }
    }

    fn reference(&mut self, path: &RawPath) -> Parsed {
        match self.names.resolve(path) {
            Ok(expr) => Ok((expr, 1)),
            Err(code) => Err(ExprFault::new(code, path.to_string())),
        }
    }

    fn call(&mut self, name: &str) -> Parsed {
        // `current()/x` is the same as `./x`: only predicates, which are refused, could tell them apart.
        if name == "current" && self.skip(")") {
            self.expect("/")?;
            let path = match self.peek_sign() {
                Some("." | "..") => self.path()?,
                _ => RawPath::Relative {
                    up: 0,
                    down: vec![self.step()?],
                },
            };
            return self.reference(&path);
        }
        let Some(function) = Function::parse(name) else {
            let known = NOT_SUPPORTED.contains(&name);
            let code = if known {
                FaultCode::FunctionNotSupported
            } else {
                FaultCode::UnknownFunction
            };
            return Err(ExprFault::new(code, name));
        };
        let mut arguments = Vec::new();
        let mut depth = 1;
        while !self.skip(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            let (argument, its_depth) = self.operation(0)?;
            arguments.push(argument);
            depth = its_depth.max(depth);
        }
        if !function.arguments().contains(&arguments.len()) {
            return Err(ExprFault::new(FaultCode::BadArguments, name));
        }
        let arguments = self.checked(function, arguments)?;
        Ok((Expr::Call(function, arguments), deeper(depth)?))
    }

    /// What can only be wrong in what the author wrote is refused here and not met at the visit.
    fn checked(
        &mut self,
        function: Function,
        mut arguments: Vec<Expr>,
    ) -> Result<Vec<Expr>, ExprFault> {
        let second = arguments.get(1).map(|argument| match argument {
            Expr::Text(text) => Some(text.clone()),
            _ => None,
        });
        let written = || ExprFault::new(FaultCode::BadArguments, function.as_str());
        match function {
            Function::Regex => {
                let text = second.flatten().ok_or_else(written)?;
                pattern::compile(&text).map_err(|_| ExprFault::new(FaultCode::BadPattern, text))?;
            }
            Function::FormatDate | Function::FormatDateTime => {
                let text = second.flatten().ok_or_else(written)?;
                if !dates::is_format(&text) {
                    return Err(ExprFault::new(FaultCode::BadArguments, text));
                }
            }
            Function::ChoiceName => {
                let name = match (second.flatten(), arguments.get(1)) {
                    (None, Some(Expr::Ref(_))) => return Ok(arguments),
                    (Some(text), _) => choice_reference(&text).ok_or_else(written)?,
                    (None, _) => return Err(written()),
                };
                let (item, _) = self.reference(&RawPath::Name(name))?;
                arguments.truncate(1);
                arguments.push(item);
            }
            _ => {}
        }
        Ok(arguments)
    }
}

/// XLSForm writes the question of `jr:choice-name` as a text: `'${name}'`.
fn choice_reference(text: &str) -> Option<String> {
    let name = text.trim().strip_prefix("${")?.strip_suffix('}')?.trim();
    is_name(name).then(|| name.to_owned())
}

fn operator(token: &Token) -> Option<Operator> {
    let word = match token {
        Token::Sign(sign) => sign,
        Token::Name(name) => name.as_str(),
        Token::Number(_) | Token::Text(_) | Token::Braced(_) => return None,
    };
    Some(match word {
        "or" => Operator::Or,
        "and" => Operator::And,
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::More,
        ">=" => Operator::MoreOrEqual,
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Times,
        "div" => Operator::Div,
        "mod" => Operator::Mod,
        _ => return None,
    })
}

fn deeper(depth: usize) -> Result<usize, ExprFault> {
    if depth >= MAX_DEPTH {
        Err(too_large())
    } else {
        Ok(depth.saturating_add(1))
    }
}

fn too_large() -> ExprFault {
    ExprFault::new(FaultCode::ExpressionTooLarge, "")
}

fn unexpected(token: Option<&Token>) -> ExprFault {
    let word = match token {
        None => String::new(),
        Some(Token::Number(value)) => value.to_string(),
        Some(Token::Text(text)) => format!("'{text}'"),
        Some(Token::Braced(name)) => format!("${{{name}}}"),
        Some(Token::Name(name)) => name.clone(),
        Some(Token::Sign(sign)) => (*sign).to_owned(),
    };
    ExprFault::new(FaultCode::BadExpression, word)
}

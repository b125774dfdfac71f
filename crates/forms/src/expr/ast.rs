//! The tree of an expression, and [`Formula`], the form in which a definition keeps it.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::function::Function;
use super::parser::{self, Names, RawPath};
use super::print;
use crate::fault::FaultCode;

/// An operator between two operands. The order here is no precedence; [`Operator::binding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Plus,
    Minus,
    Times,
    Div,
    Mod,
}

impl Operator {
    /// How tightly the operator binds: XPath 1.0 section 3.5, all from left to right.
    pub(crate) const fn binding(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::More | Self::MoreOrEqual => 4,
            Self::Plus | Self::Minus => 5,
            Self::Times | Self::Div | Self::Mod => 6,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Div => "div",
            Self::Mod => "mod",
        }
    }
}

/// One node of the tree. Depth and size are capped by the parser, so walking it by recursion is safe.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Text(String),
    Number(f64),
    /// An item or a repeat by its name.
    Ref(String),
    /// The value that the candidate choice has in this extra column; only in a choice filter.
    Column(String),
    Call(Function, Vec<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
}

impl Expr {
    /// Calls `visit` on this node and every node below it.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Text(_) | Self::Number(_) | Self::Ref(_) | Self::Column(_) => {}
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.walk(visit)),
            Self::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Negate(inner) => inner.walk(visit),
        }
    }
}

/// A compiled expression.
///
/// It is kept and exchanged as its canonical text, in which every reference is `${name}`; two cells that differ only in
/// spaces, brackets or the way they refer to a question are the same formula and so the same form version.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula(pub(crate) Expr);

impl Formula {
    /// Names of the items and repeats that the formula reads.
    #[must_use]
    pub fn references(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.0.walk(&mut |node| {
            if let Expr::Ref(name) = node {
                names.insert(name.as_str());
            }
        });
        names
    }

    /// The canonical text.
    #[must_use]
    pub fn text(&self) -> String {
        print::print(&self.0)
    }
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        parser::parse(&text, &mut Canonical)
            .map(Self)
            .map_err(|fault| serde::de::Error::custom(fault.code.as_str()))
    }
}

/// In canonical text a reference already is the stable name; whether it exists is checked on the whole definition.
struct Canonical;

impl Names for Canonical {
    fn resolve(&mut self, path: &RawPath) -> Result<Expr, FaultCode> {
        match path {
            RawPath::Name(name) => Ok(Expr::Ref(name.clone())),
            RawPath::Bare(name) => Ok(Expr::Column(name.clone())),
            RawPath::Relative { .. } | RawPath::Absolute(_) => Err(FaultCode::UnknownReference),
        }
    }
}

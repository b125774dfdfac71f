//! Runs a tree. What an item's value is comes from outside, through [`Scope`]; so do today and now.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use regex::Regex;

use super::ast::{Expr, Operator};
use super::call;
use super::function::Function;
use super::operand::{Operand, compare};
use crate::pattern;

/// Longest text that an expression may build, in bytes: a chain of `concat` could double without end.
pub(crate) const MAX_TEXT_BYTES: usize = 65_536;

/// What an expression can see.
pub(crate) trait Scope {
    /// The value of an item, or one value per row if it stands in a repeat that the reader is not in.
    fn value(&self, name: &str) -> Operand;
    /// The value that the candidate choice has in an extra column of `choices`.
    fn column(&self, name: &str) -> Operand;
    /// The label of a choice of this item, in the language of the evaluation.
    fn choice_label(&self, item: &str, choice: &str) -> Option<String>;
    /// The calendar of the evaluation.
    fn today(&self) -> Date;
    /// The clock of the evaluation.
    fn now(&self) -> DateTime;
}

/// Why a tree gave no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunFault {
    /// The fuel of the evaluation is used up.
    OutOfFuel,
    /// A text grew over [`MAX_TEXT_BYTES`].
    TextTooLong,
}

/// Runs trees; shares fuel and compiled patterns between them.
#[derive(Debug)]
pub(crate) struct Runner {
    fuel: u64,
    patterns: BTreeMap<String, Option<Regex>>,
}

impl Runner {
    /// `fuel`: nodes that may be visited and row values that may be looked at, over all trees together.
    pub(crate) fn new(fuel: u64) -> Self {
        Self {
            fuel,
            patterns: BTreeMap::new(),
        }
    }

    pub(crate) fn run(&mut self, expr: &Expr, scope: &dyn Scope) -> Result<Operand, RunFault> {
        self.burn(1)?;
        let value = match expr {
            Expr::Text(text) => Operand::Text(text.clone()),
            Expr::Number(number) => Operand::Number(*number),
            Expr::Ref(name) => self.reference(name, scope)?,
            Expr::Column(name) => scope.column(name),
            Expr::Negate(inner) => Operand::Number(-self.run(inner, scope)?.number()),
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right, scope)?,
            Expr::Call(function, arguments) => self.call(*function, arguments, scope)?,
        };
        match &value {
            Operand::Text(text) if text.len() > MAX_TEXT_BYTES => Err(RunFault::TextTooLong),
            _ => Ok(value),
        }
    }

    /// Compiled once for an evaluation; `None` for a pattern that cannot be read (a definition made by other software).
    pub(crate) fn pattern(&mut self, text: &str) -> Option<Regex> {
        if let Some(known) = self.patterns.get(text) {
            return known.clone();
        }
        let compiled = pattern::compile(text).ok();
        self.patterns.insert(text.to_owned(), compiled.clone());
        compiled
    }

    fn burn(&mut self, fuel: u64) -> Result<(), RunFault> {
        self.fuel = self.fuel.checked_sub(fuel).ok_or(RunFault::OutOfFuel)?;
        Ok(())
    }

    fn reference(&mut self, name: &str, scope: &dyn Scope) -> Result<Operand, RunFault> {
        let value = scope.value(name);
        if let Operand::Rows(rows) = &value {
            self.burn(u64::try_from(rows.len()).unwrap_or(u64::MAX))?;
        }
        Ok(value)
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        scope: &dyn Scope,
    ) -> Result<Operand, RunFault> {
        let left = self.run(left, scope)?;
        // `and` and `or` stop as soon as the answer is known (XPath 1.0 section 3.4).
        match (operator, left.bool()) {
            (Operator::Or, true) => return Ok(Operand::Bool(true)),
            (Operator::And, false) => return Ok(Operand::Bool(false)),
            _ => {}
        }
        let right = self.run(right, scope)?;
        if let (Operand::Rows(a), Operand::Rows(b)) = (&left, &right) {
            let pairs = a.len().saturating_mul(b.len());
            self.burn(u64::try_from(pairs).unwrap_or(u64::MAX))?;
        }
        let (l, r) = (left.number(), right.number());
        Ok(match operator {
            Operator::Or | Operator::And => Operand::Bool(right.bool()),
            Operator::Plus => Operand::Number(l + r),
            Operator::Minus => Operand::Number(l - r),
            Operator::Times => Operand::Number(l * r),
            Operator::Div => Operand::Number(l / r),
            Operator::Mod => Operand::Number(l % r),
            comparison => Operand::Bool(compare(comparison, &left, &right)),
        })
    }

    fn call(
        &mut self,
        function: Function,
        arguments: &[Expr],
        scope: &dyn Scope,
    ) -> Result<Operand, RunFault> {
        match (function, arguments) {
            (Function::If, [condition, yes, no]) => {
                let chosen = if self.run(condition, scope)?.bool() {
                    yes
                } else {
                    no
                };
                self.run(chosen, scope)
            }
            (Function::ChoiceName, [value, Expr::Ref(item)]) => {
                let choice = self.run(value, scope)?.text();
                Ok(scope
                    .choice_label(item, &choice)
                    .map_or_else(Operand::empty, Operand::Text))
            }
            (Function::Regex, [value, pattern]) => {
                let value = self.run(value, scope)?.text();
                let pattern = self.run(pattern, scope)?.text();
                let found = self
                    .pattern(&pattern)
                    .is_some_and(|regex| regex.is_match(&value));
                Ok(Operand::Bool(found))
            }
            _ => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.run(argument, scope)?);
                }
                Ok(match function {
                    Function::Today => Operand::Date(scope.today()),
                    Function::Now => Operand::Instant(scope.now()),
                    _ => call::call(function, &values),
                })
            }
        }
    }
}

/// The text of a value that an expression gives, "" for "no value": NaN is what arithmetic on an unanswered item gives.
pub(crate) fn result_text(value: &Operand) -> String {
    if value.is_empty() {
        String::new()
    } else {
        value.text()
    }
}

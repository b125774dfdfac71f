//! What a reference of an author means: a stable name, whichever way it was written.

use std::collections::{BTreeMap, BTreeSet};

use crate::expr::ast::Expr;
use crate::expr::parser::{Names, RawPath};
use crate::fault::FaultCode;

/// The names that an expression of one row may use.
pub(super) struct RowNames<'o> {
    /// Every name with its path, itself included.
    pub(super) paths: &'o BTreeMap<String, Vec<String>>,
    /// Groups that are no repeats: they have no value.
    pub(super) plain_groups: &'o BTreeSet<&'o str>,
    /// The row's own path, itself included.
    pub(super) own: &'o [String],
    /// Extra columns of the row's list; none outside of a choice filter.
    pub(super) columns: &'o BTreeSet<String>,
}

impl RowNames<'_> {
    fn named(&self, name: &str) -> Result<Expr, FaultCode> {
        if self.paths.contains_key(name) && !self.plain_groups.contains(name) {
            Ok(Expr::Ref(name.to_owned()))
        } else {
            Err(FaultCode::UnknownReference)
        }
    }

    /// A path must be the whole path of the name at its end: anything else would be another question or none.
    fn at_path(&self, path: &[String]) -> Result<Expr, FaultCode> {
        let name = path.last().ok_or(FaultCode::UnknownReference)?;
        let known = self
            .paths
            .get(name)
            .is_some_and(|known| known.as_slice() == path);
        if known {
            self.named(name)
        } else {
            Err(FaultCode::UnknownReference)
        }
    }
}

impl Names for RowNames<'_> {
    fn resolve(&mut self, path: &RawPath) -> Result<Expr, FaultCode> {
        match path {
            RawPath::Name(name) => self.named(name),
            RawPath::Bare(name) if self.columns.contains(name) => Ok(Expr::Column(name.clone())),
            RawPath::Bare(_) => Err(FaultCode::BareName),
            // The first step is the root, which authors call `data` or by the form's id.
            RawPath::Absolute(steps) => self.at_path(steps.get(1..).unwrap_or(&[])),
            RawPath::Relative { up, down } => {
                let kept = self
                    .own
                    .len()
                    .checked_sub(*up)
                    .ok_or(FaultCode::UnknownReference)?;
                let base = self.own.get(..kept).unwrap_or(&[]);
                let path: Vec<String> = base.iter().chain(down).cloned().collect();
                self.at_path(&path)
            }
        }
    }
}

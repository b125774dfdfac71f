//! The cells of one row, read as what their columns mean.

use std::collections::{BTreeMap, BTreeSet};

use super::check_text;
use super::names::RowNames;
use super::outline::Entry;
use crate::columns::Columns;
use crate::definition::{Appearance, DefaultValue, ItemKind};
use crate::expr::ast::{Expr, Formula};
use crate::expr::function::Function;
use crate::expr::parser;
use crate::fault::{FaultCode, FormFault, Sheet};
use crate::text::Text3;
use crate::value::decimal;

pub(super) struct Cells<'e, 'f> {
    pub(super) entry: &'e Entry<'e>,
    /// Path of the row, itself included.
    pub(super) own: &'e [String],
    pub(super) columns: &'e Columns<'e>,
    pub(super) paths: &'e BTreeMap<String, Vec<String>>,
    pub(super) plain_groups: &'e BTreeSet<&'e str>,
    pub(super) faults: &'f mut Vec<FormFault>,
}

impl<'e> Cells<'e, '_> {
    pub(super) fn cell(&self, name: &'static str) -> &'e str {
        self.columns.cell(self.entry.row, name)
    }

    pub(super) fn fault(&mut self, code: FaultCode, name: &'static str, detail: &str) {
        let header = self.columns.header(name, None);
        self.faults.push(FormFault::error(
            code,
            Sheet::Survey,
            self.entry.row.number,
            &header,
            detail,
        ));
    }

    fn warn(&mut self, code: FaultCode, name: &'static str, detail: &str) {
        let header = self.columns.header(name, None);
        self.faults.push(FormFault::warning(
            code,
            Sheet::Survey,
            self.entry.row.number,
            &header,
            detail,
        ));
    }

    /// A fault for each filled cell whose column is none of `used`.
    pub(super) fn refuse_unused(&mut self, used: &[&str]) {
        let row = self.entry.row;
        for (name, header) in self.columns.filled(row) {
            if !used.contains(&name) && !matches!(name, "type" | "name") {
                let fault = FormFault::error(
                    FaultCode::CellNotUsed,
                    Sheet::Survey,
                    row.number,
                    header,
                    "",
                );
                self.faults.push(fault);
            }
        }
    }

    pub(super) fn text(&mut self, name: &'static str) -> Text3 {
        let text = self.columns.text(self.entry.row, name);
        check_text(
            &text,
            self.columns,
            Sheet::Survey,
            self.entry.row.number,
            name,
            self.faults,
        );
        text
    }

    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<Text3> {
        let text = self.text(name);
        if text.is_empty() { None } else { Some(text) }
    }

    pub(super) fn word(&self, name: &'static str) -> Option<String> {
        let cell = self.cell(name);
        if cell.is_empty() {
            None
        } else {
            Some(cell.to_owned())
        }
    }

    /// Parts between semicolons.
    pub(super) fn list(&self, name: &'static str) -> Vec<String> {
        self.cell(name)
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn formula(&mut self, name: &'static str) -> Option<Formula> {
        self.formula_with_columns(name, &BTreeSet::new())
    }

    pub(super) fn formula_with_columns(
        &mut self,
        name: &'static str,
        columns: &BTreeSet<String>,
    ) -> Option<Formula> {
        let cell = self.cell(name);
        if cell.is_empty() {
            return None;
        }
        let mut names = RowNames {
            paths: self.paths,
            plain_groups: self.plain_groups,
            own: self.own,
            columns,
        };
        match parser::parse(cell, &mut names) {
            Ok(expr) => Some(Formula(expr)),
            Err(fault) => {
                self.fault(fault.code, name, &fault.detail);
                None
            }
        }
    }

    /// `yes`, `no`, a spreadsheet's TRUE and 1, or an expression. `no` is the same as an empty cell.
    pub(super) fn yes_or_formula(&mut self, name: &'static str) -> Option<Formula> {
        match self.cell(name).to_lowercase().as_str() {
            "" | "no" | "false" | "false()" | "0" => None,
            "yes" | "true" | "true()" | "1" => {
                Some(Formula(Expr::Call(Function::True, Vec::new())))
            }
            _ => self.formula(name),
        }
    }

    /// A default is computed if it has a reference or calls something; anything else is meant as written.
    pub(super) fn default_value(&mut self) -> Option<DefaultValue> {
        let cell = self.cell("default");
        let calls = cell.split_once('(').is_some_and(|(before, rest)| {
            rest.contains(')')
                && before
                    .chars()
                    .next_back()
                    .is_some_and(|c| c.is_alphanumeric())
        });
        if cell.contains("${") || calls || cell.starts_with("../") {
            return self.formula("default").map(DefaultValue::Computed);
        }
        if cell.is_empty() {
            None
        } else {
            Some(DefaultValue::Literal(cell.to_owned()))
        }
    }

    pub(super) fn appearance(&mut self) -> Vec<Appearance> {
        let cell = self.cell("appearance");
        let mut found = Vec::new();
        for word in cell.split_whitespace() {
            let lower = word.to_lowercase();
            match lower.as_str() {
                "minimal" => found.push(Appearance::Minimal),
                "field-list" => found.push(Appearance::FieldList),
                "multiline" => found.push(Appearance::Multiline),
                "likert" => found.push(Appearance::Likert),
                "columns" | "columns-pack" | "horizontal" => found.push(Appearance::Columns),
                // Calls to other programs, printers and files: what is after the sign may have any spelling.
                _ if ["ex:", "printer:", "search(", "map(", "bearing"]
                    .iter()
                    .any(|sign| lower.starts_with(sign)) =>
                {
                    self.fault(FaultCode::AppearanceNotSupported, "appearance", word);
                }
                _ if lower.starts_with("columns-") => found.push(Appearance::Columns),
                _ => self.warn(FaultCode::AppearanceIgnored, "appearance", word),
            }
        }
        found.dedup();
        found
    }

    /// `start=0 end=10 step=1`; a comma or semicolon between is accepted.
    fn parameters(&self) -> Vec<(&'e str, &'e str)> {
        self.cell("parameters")
            .split([' ', ',', ';'])
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect()
    }

    /// Parameters of other kinds than `range`: `max-pixels` only makes a photo smaller, all others change something.
    pub(super) fn check_parameters(&mut self) {
        for (name, _) in self.parameters() {
            if name == "max-pixels" {
                self.warn(FaultCode::AppearanceIgnored, "parameters", name);
            } else {
                self.fault(FaultCode::ParameterNotSupported, "parameters", name);
            }
        }
    }

    pub(super) fn range(&mut self) -> ItemKind {
        // The ODK defaults.
        let (mut start, mut end, mut step) = ("1", "10", "1");
        for (name, value) in self.parameters() {
            match name {
                "start" => start = value,
                "end" => end = value,
                "step" => step = value,
                _ => self.fault(FaultCode::ParameterNotSupported, "parameters", name),
            }
        }
        let runs = match (decimal(start), decimal(end), decimal(step)) {
            (Some(start), Some(end), Some(step)) => start < end && step > 0.0,
            _ => false,
        };
        if !runs {
            self.fault(FaultCode::BadCell, "parameters", self.cell("parameters"));
        }
        ItemKind::Range {
            start: start.to_owned(),
            end: end.to_owned(),
            step: step.to_owned(),
        }
    }
}

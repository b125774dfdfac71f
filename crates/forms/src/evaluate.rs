//! From a form and its answers to what is asked, due, valid, computed and urgent. Pure: same input, same result.
//!
//! Nothing here is ever stored: two devices that hold the same answers compute the same, and skip logic hides an answer
//! without touching it. The answer is back as soon as its item is asked again.

use std::collections::BTreeMap;

use crate::definition::{DefaultValue, Evidence, FormDefinition, GroupKind, Item, ItemKind};
use crate::evaluation::{EvalContext, Evaluation, GroupState, ItemState, SectionCount};
use crate::expr::ast::Formula;
use crate::expr::operand::Operand;
use crate::expr::run::{Runner, result_text};
use crate::graph::{self, Node};
use crate::rows::Rows;
use crate::scope::{ItemScope, Known};
use crate::value::{AnswerFault, Answers, RowKey, Value};

/// Steps that one evaluation may take. A form of 300 items takes some thousands.
const FUEL: u64 = 5_000_000;
/// Most rows that a repeat may ask for.
const MAX_EXPECTED_ROWS: f64 = 1_000.0;

/// Computes what follows from the answers.
///
/// * A question without an answer, and one that is not asked, reads as "" in every expression.
/// * A default is suggested and reads as "" until a person confirms it: nobody gave that answer yet.
/// * A formula that reaches a limit gives no value, and its item counts as asked: a limit must not hide a question.
#[must_use]
pub fn evaluate(form: &FormDefinition, answers: &Answers, context: &EvalContext) -> Evaluation {
    let (rows, unplaced) = Rows::read(form, answers);
    let mut pass = Pass {
        form,
        answers,
        index: form
            .items()
            .map(|item| (item.name.as_str(), item))
            .collect(),
        context: *context,
        rows: &rows,
        known: Known::default(),
        runner: Runner::new(FUEL),
        done: Evaluation {
            items: BTreeMap::new(),
            groups: BTreeMap::new(),
            sections: BTreeMap::new(),
            unplaced,
            exhausted: Vec::new(),
        },
    };
    for node in graph::order(form).nodes {
        match node {
            Node::Group(name, _) => pass.see_group(name),
            Node::Item(item) => pass.see_item(item),
        }
    }
    for item in form.items() {
        pass.judge_item(item);
    }
    pass.judge_groups();
    pass.count_sections();
    pass.done.exhausted.sort();
    pass.done.exhausted.dedup();
    pass.done
}

struct Pass<'f> {
    form: &'f FormDefinition,
    answers: &'f Answers,
    index: BTreeMap<&'f str, &'f Item>,
    context: EvalContext,
    rows: &'f Rows,
    known: Known,
    runner: Runner,
    done: Evaluation,
}

impl Pass<'_> {
    /// Runs a formula of `owner`; `None` if a limit was reached.
    fn run(&mut self, owner: &str, formula: &Formula, row: Option<&RowKey>) -> Option<Operand> {
        self.run_with_choice(owner, formula, row, None)
    }

    fn run_with_choice(
        &mut self,
        owner: &str,
        formula: &Formula,
        row: Option<&RowKey>,
        choice: Option<&BTreeMap<String, String>>,
    ) -> Option<Operand> {
        let around;
        let repeats = match self.index.get(owner) {
            Some(item) => item.repeats.as_slice(),
            None => {
                around = self.rows.repeats_around_group(self.form, owner);
                around.as_slice()
            }
        };
        let scope = ItemScope {
            form: self.form,
            index: &self.index,
            repeats,
            rows: self.rows,
            known: &self.known,
            context: &self.context,
            row,
            choice,
        };
        let value = self.runner.run(&formula.0, &scope).ok();
        if value.is_none() {
            self.done.exhausted.push(owner.to_owned());
        }
        value
    }

    fn truth(
        &mut self,
        owner: &str,
        formula: Option<&Formula>,
        row: Option<&RowKey>,
        otherwise: bool,
    ) -> bool {
        formula.map_or(otherwise, |formula| {
            self.run(owner, formula, row)
                .map_or(otherwise, |value| value.bool())
        })
    }

    fn see_group(&mut self, name: &str) {
        let Some(group) = self.form.groups.get(name) else {
            return;
        };
        for row in self.rows.around_group(self.form, name) {
            let row = row.as_ref();
            let around = group
                .parent
                .as_deref()
                .is_none_or(|parent| self.group_visible(parent, row));
            let visible = around && self.truth(name, group.relevant.as_ref(), row, true);
            self.known.see_group(name, row, visible);
        }
    }

    /// Whether a group is asked, seen from a row at or inside of the rows around it.
    fn group_visible(&self, name: &str, row: Option<&RowKey>) -> bool {
        let depth = self.rows.repeats_around_group(self.form, name).len();
        self.known
            .group_visible(name, row.and_then(|row| row.outer(depth)).as_ref())
    }

    /// Visibility and value of an item, in every row.
    fn see_item(&mut self, item: &Item) {
        for row in self.rows.of_item(item) {
            let row = row.as_ref();
            let around = item
                .groups
                .last()
                .is_none_or(|group| self.group_visible(group, row));
            let visible = around && self.truth(&item.name, item.relevant.as_ref(), row, true);
            let value = if visible {
                self.value(item, row)
            } else {
                Operand::empty()
            };
            self.known.see_item(&item.name, row, visible, value);
        }
    }

    fn value(&mut self, item: &Item, row: Option<&RowKey>) -> Operand {
        if let Some(formula) = &item.calculation {
            return self
                .run(&item.name, formula, row)
                .unwrap_or_else(Operand::empty);
        }
        match (&item.kind, &item.default) {
            (ItemKind::Hidden, Some(DefaultValue::Literal(text))) => Operand::Text(text.clone()),
            (ItemKind::Hidden, Some(DefaultValue::Computed(formula))) => self
                .run(&item.name, formula, row)
                .unwrap_or_else(Operand::empty),
            (ItemKind::Hidden | ItemKind::Note | ItemKind::Calculate, _) => Operand::empty(),
            _ => self
                .answer(item, row)
                .map_or_else(Operand::empty, operand_of),
        }
    }

    fn answer(&self, item: &Item, row: Option<&RowKey>) -> Option<&Value> {
        self.answers.get(&(item.name.clone(), row.cloned()))
    }

    /// All that depends on values but on which no value depends.
    fn judge_item(&mut self, item: &Item) {
        for row in self.rows.of_item(item) {
            let state = self.judge(item, row.as_ref());
            self.done.items.insert((item.name.clone(), row), state);
        }
    }

    fn judge(&mut self, item: &Item, row: Option<&RowKey>) -> ItemState {
        let name = &item.name;
        let visible = self.known.item_visible(name, row);
        let answer = self.answer(item, row).cloned();
        let answered = answer.is_some() && item.kind.is_question();
        let offered = if visible {
            self.offered(item, row)
        } else {
            None
        };
        let fault = match &answer {
            Some(answer) if visible && answered => {
                self.fault(item, row, answer, offered.as_deref())
            }
            _ => None,
        };
        let computed = item.calculation.is_some() || item.kind == ItemKind::Hidden;
        let calculated = if computed {
            value_of(&self.known.value(name, row))
        } else {
            None
        };
        let suggested = if visible && !answered {
            self.suggested(item, row)
        } else {
            None
        };
        ItemState {
            visible,
            required: visible && self.truth(name, item.required.as_ref(), row, false),
            read_only: item.calculation.is_some()
                || self.truth(name, item.read_only.as_ref(), row, false),
            answered,
            fault,
            calculated,
            suggested,
            offered,
            urgent: visible && self.truth(name, item.urgent.as_ref(), row, false),
            evidence_asked: visible && answered && evidence_asked(item, answer.as_ref()),
        }
    }

    /// The text form is checked again: an answer may have been written under another version of the form.
    fn fault(
        &mut self,
        item: &Item,
        row: Option<&RowKey>,
        answer: &Value,
        offered: Option<&[String]>,
    ) -> Option<AnswerFault> {
        if let Err(fault) = self.form.check_answer(item, &answer.to_wire()) {
            return Some(fault);
        }
        let is_offered = |name: &String| offered.is_none_or(|offered| offered.contains(name));
        let all_offered = match answer {
            Value::Choice(name) => is_offered(name),
            Value::Choices(names) => names.iter().all(is_offered),
            _ => true,
        };
        if !all_offered {
            return Some(AnswerFault::NoSuchChoice);
        }
        let holds = self.truth(&item.name, item.constraint.as_ref(), row, true);
        if holds {
            None
        } else {
            Some(AnswerFault::Constraint)
        }
    }

    fn offered(&mut self, item: &Item, row: Option<&RowKey>) -> Option<Vec<String>> {
        let filter = item.choice_filter.as_ref()?;
        let form = self.form;
        let mut names = Vec::new();
        for choice in form.choices_of(item) {
            let kept = self.run_with_choice(&item.name, filter, row, Some(&choice.columns));
            if kept.is_none_or(|value| value.bool()) {
                names.push(choice.name.clone());
            }
        }
        Some(names)
    }

    fn suggested(&mut self, item: &Item, row: Option<&RowKey>) -> Option<String> {
        let text = match item.default.as_ref()? {
            DefaultValue::Literal(text) => text.clone(),
            DefaultValue::Computed(formula) => result_text(&self.run(&item.name, formula, row)?),
        };
        let fits = item.kind.is_question() && self.form.check_answer(item, &text).is_ok();
        fits.then_some(text)
    }

    fn judge_groups(&mut self) {
        let form = self.form;
        for (name, group) in &form.groups {
            for row in self.rows.around_group(form, name) {
                let visible = self.known.group_visible(name, row.as_ref());
                let expected_rows = match &group.kind {
                    GroupKind::Repeat { count: Some(count) } => self
                        .run(name, count, row.as_ref())
                        .and_then(|value| row_count(value.number())),
                    GroupKind::Repeat { count: None } | GroupKind::Group => None,
                };
                self.done.groups.insert(
                    (name.clone(), row),
                    GroupState {
                        visible,
                        expected_rows,
                    },
                );
            }
        }
    }

    fn count_sections(&mut self) {
        for section in &self.form.sections {
            let mut count = SectionCount::default();
            for item in section
                .items
                .iter()
                .filter(|item| item.kind.is_question() && item.calculation.is_none())
            {
                for row in self.rows.of_item(item) {
                    let Some(state) = self.done.items.get(&(item.name.clone(), row)) else {
                        continue;
                    };
                    let good = state.answered && state.constraint_ok();
                    count.relevant = count.relevant.saturating_add(u32::from(state.visible));
                    count.answered = count
                        .answered
                        .saturating_add(u32::from(state.visible && good));
                    let missing = state.required && !state.answered;
                    count.required_missing =
                        count.required_missing.saturating_add(u32::from(missing));
                }
            }
            self.done.sections.insert(section.name.clone(), count);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 and 1,000"
)]
fn row_count(number: f64) -> Option<u16> {
    if number.is_nan() {
        None
    } else {
        Some(number.floor().clamp(0.0, MAX_EXPECTED_ROWS) as u16)
    }
}

fn evidence_asked(item: &Item, answer: Option<&Value>) -> bool {
    match item.evidence {
        Evidence::None => false,
        Evidence::Always => true,
        Evidence::Ask => {
            matches!(answer, Some(Value::Choice(name)) if matches!(name.as_str(), "partly" | "no"))
        }
    }
}

fn operand_of(value: &Value) -> Operand {
    match value {
        Value::Number(number) => Operand::Number(*number),
        Value::Bool(yes) => Operand::Text(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Date(date) => Operand::Date(*date),
        Value::DateTime(instant) => Operand::Instant(*instant),
        Value::Text(_)
        | Value::Time(_)
        | Value::Choice(_)
        | Value::Choices(_)
        | Value::Point { .. } => Operand::Text(value.to_wire()),
    }
}

/// What a formula gave, as a value; `None` for "" and for numbers that are none.
fn value_of(operand: &Operand) -> Option<Value> {
    match operand {
        Operand::Number(number) if !number.is_finite() => None,
        Operand::Number(number) => Some(Value::Number(*number)),
        Operand::Bool(yes) => Some(Value::Bool(*yes)),
        Operand::Date(date) => Some(Value::Date(*date)),
        Operand::Instant(instant) => Some(Value::DateTime(*instant)),
        Operand::Text(text) if text.is_empty() => None,
        Operand::Text(text) => Some(Value::Text(text.clone())),
        Operand::Rows(rows) => rows.first().and_then(value_of),
    }
}

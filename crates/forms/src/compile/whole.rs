//! The whole form: sections, and the faults that no single row can show.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::{Language, Sensitivity};

use super::choices::{List, Lists};
use super::item::{Draft, What, formulas, literal_default};
use super::other;
use super::settings::About;
use crate::columns::Columns;
use crate::definition::{Choice, FormDefinition, Group, Item, ItemKind, Section};
use crate::expr::ast::{Expr, Formula, Operator};
use crate::expr::function::Function;
use crate::fault::{FaultCode, FormFault, Sheet};
use crate::graph::{self, Node};
use crate::text::Text3;

pub(super) fn build(
    about: About,
    drafts: Vec<Draft>,
    mut lists: Lists,
    columns: &Columns<'_>,
    faults: &mut Vec<FormFault>,
) -> Option<FormDefinition> {
    let rows = rows_by_name(&drafts);
    let mut inherits = BTreeSet::new();
    let mut sections = Sections::new(about.title.clone());
    for draft in drafts {
        match draft.what {
            What::Group(name, group) => sections.group(name, group),
            What::Item {
                item,
                inherits: its,
            } => {
                if its {
                    inherits.insert(item.name.clone());
                }
                if let Some(list) = item.kind.list() {
                    other::add_list(&mut lists, list);
                }
                sections.item(*item);
            }
        }
    }
    let Sections {
        sections, groups, ..
    } = sections;
    let used: BTreeSet<&str> = sections
        .iter()
        .flat_map(|s| &s.items)
        .filter_map(|item| item.kind.list())
        .collect();
    let choices = used_lists(lists, &used, faults);
    let mut form = FormDefinition {
        id: about.id,
        label_version: about.label_version,
        title: about.title,
        default_language: about.default_language,
        languages: Vec::new(),
        per_place: about.per_place,
        sections,
        groups,
        choices,
    };
    form.languages = complete_languages(&form);
    let mut check = Check {
        rows: &rows,
        columns,
        faults,
    };
    check.whole(&mut form, &inherits).then_some(form)
}

fn rows_by_name(drafts: &[Draft]) -> BTreeMap<String, u32> {
    drafts
        .iter()
        .map(|draft| match &draft.what {
            What::Group(name, _) => (name.clone(), draft.row),
            What::Item { item, .. } => (item.name.clone(), draft.row),
        })
        .collect()
}

/// Puts items into the section of their outermost group.
struct Sections {
    title: Text3,
    sections: Vec<Section>,
    groups: BTreeMap<String, Group>,
    unnamed: usize,
}

impl Sections {
    const fn new(title: Text3) -> Self {
        Self {
            title,
            sections: Vec::new(),
            groups: BTreeMap::new(),
            unnamed: 0,
        }
    }

    fn group(&mut self, name: String, group: Group) {
        if group.parent.is_none() {
            self.sections.push(Section {
                name: name.clone(),
                label: group.label.clone(),
                items: Vec::new(),
            });
        }
        self.groups.insert(name, group);
    }

    fn item(&mut self, item: Item) {
        let grouped = !item.groups.is_empty();
        let fits = self.sections.last().is_some_and(|last| {
            if grouped {
                item.groups.first() == Some(&last.name)
            } else {
                !self.groups.contains_key(&last.name)
            }
        });
        if !fits {
            self.unnamed = self.unnamed.saturating_add(1);
            let name = format!("_{}", self.unnamed);
            self.sections.push(Section {
                name,
                label: self.title.clone(),
                items: Vec::new(),
            });
        }
        if let Some(section) = self.sections.last_mut() {
            section.items.push(item);
        }
    }
}

fn used_lists(
    lists: Lists,
    used: &BTreeSet<&str>,
    faults: &mut Vec<FormFault>,
) -> BTreeMap<String, Vec<Choice>> {
    let extended: BTreeSet<&str> = used
        .iter()
        .filter_map(|list| list.strip_suffix("_or_other"))
        .collect();
    let mut kept = BTreeMap::new();
    for (name, List { row, choices }) in lists {
        if used.contains(name.as_str()) {
            kept.insert(name, choices);
        } else if !extended.contains(name.as_str()) {
            faults.push(FormFault::warning(
                FaultCode::ListUnused,
                Sheet::Choices,
                row,
                "list_name",
                &name,
            ));
        }
    }
    kept
}

/// The languages in which no text of the form is missing.
fn complete_languages(form: &FormDefinition) -> Vec<Language> {
    let items = form.items().flat_map(|item| {
        let optional = [
            &item.hint,
            &item.guidance,
            &item.constraint_message,
            &item.required_message,
        ];
        std::iter::once(&item.label).chain(optional.into_iter().flatten())
    });
    let texts: Vec<&Text3> = items
        .chain(form.groups.values().map(|group| &group.label))
        .chain(form.choices.values().flatten().map(|choice| &choice.label))
        .chain(std::iter::once(&form.title))
        .filter(|text| !text.is_empty())
        .collect();
    let complete = |language: &Language| texts.iter().all(|text| !text.get(*language).is_empty());
    Language::ALL.iter().copied().filter(complete).collect()
}

struct Check<'w> {
    rows: &'w BTreeMap<String, u32>,
    columns: &'w Columns<'w>,
    faults: &'w mut Vec<FormFault>,
}

impl Check<'_> {
    /// Whether the form can be computed at all; other faults are only reported.
    fn whole(&mut self, form: &mut FormDefinition, inherits: &BTreeSet<String>) -> bool {
        if !form.items().any(|item| item.kind.is_question()) {
            self.faults.push(FormFault::error(
                FaultCode::FormEmpty,
                Sheet::Survey,
                0,
                "",
                "",
            ));
        }
        let cycle: Vec<String> = graph::order(form)
            .cycle
            .into_iter()
            .map(str::to_owned)
            .collect();
        for name in &cycle {
            self.fault(FaultCode::Cycle, name, "relevant", name);
        }
        if !cycle.is_empty() {
            return false;
        }
        inherit_sensitivity(form, inherits);
        self.numbers(form);
        for item in form.items() {
            self.sensitivity(form, item);
            self.default_fits(form, item);
            for (column, formula) in formulas(item) {
                self.compared(form, &item.name, column, formula);
            }
        }
        for (name, group) in &form.groups {
            if let Some(formula) = &group.relevant {
                self.compared(form, name, "relevant", formula);
            }
        }
        true
    }

    fn fault(&mut self, code: FaultCode, name: &str, column: &'static str, detail: &str) {
        let row = self.rows.get(name).copied().unwrap_or(0);
        let header = self.columns.header(column, None);
        self.faults
            .push(FormFault::error(code, Sheet::Survey, row, &header, detail));
    }

    fn numbers(&mut self, form: &FormDefinition) {
        let mut seen = BTreeSet::new();
        for item in form.items() {
            if let Some(number) = &item.number
                && !seen.insert(number)
            {
                self.fault(
                    FaultCode::DuplicateNumber,
                    &item.name,
                    "senim::number",
                    number,
                );
            }
        }
    }

    /// Whoever may see that an item is asked, due or refused learns something of what its formulas read. A calculation may
    /// be said to be less protected than what it reads: that is how a visit gets a count of a sample.
    fn sensitivity(&mut self, form: &FormDefinition, item: &Item) {
        let groups = item
            .groups
            .iter()
            .filter_map(|group| form.groups.get(group)?.relevant.as_ref());
        let around = groups.map(|formula| ("relevant", formula));
        let own = formulas(item)
            .into_iter()
            .filter(|(column, _)| item.kind != ItemKind::Calculate || *column != "calculation");
        let read_more: Vec<(&'static str, String)> = around
            .chain(own)
            .flat_map(|(column, formula)| {
                formula
                    .references()
                    .into_iter()
                    .map(move |name| (column, name.to_owned()))
            })
            .filter(|(_, name)| {
                form.item(name)
                    .is_some_and(|read| read.sensitivity > item.sensitivity)
            })
            .collect();
        for (column, name) in read_more {
            self.fault(FaultCode::ReadsMoreSensitive, &item.name, column, &name);
        }
    }

    fn default_fits(&mut self, form: &FormDefinition, item: &Item) {
        if let Some(text) = literal_default(item)
            && item.kind.is_question()
            && form.check_answer(item, text).is_err()
        {
            self.fault(FaultCode::BadCell, &item.name, "default", text);
        }
    }

    /// `${x} = 'word'` and `selected(${x}, 'word')`: the list of x must have the word, or the condition never holds.
    fn compared(
        &mut self,
        form: &FormDefinition,
        owner: &str,
        column: &'static str,
        formula: &Formula,
    ) {
        let mut unknown = Vec::new();
        formula.0.walk(&mut |node| {
            let pair = match node {
                Expr::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
                    match (&**left, &**right) {
                        (Expr::Ref(name), Expr::Text(word))
                        | (Expr::Text(word), Expr::Ref(name)) => Some((name, word)),
                        _ => None,
                    }
                }
                Expr::Call(Function::Selected, arguments) => match arguments.as_slice() {
                    [Expr::Ref(name), Expr::Text(word)] => Some((name, word)),
                    _ => None,
                },
                _ => None,
            };
            let Some((name, word)) = pair else { return };
            let Some(item) = form.item(name).filter(|item| item.kind.list().is_some()) else {
                return;
            };
            if !word.is_empty()
                && !form
                    .choices_of(item)
                    .iter()
                    .any(|choice| choice.name == *word)
            {
                unknown.push(word.clone());
            }
        });
        for word in unknown {
            self.fault(FaultCode::NoSuchChoice, owner, column, &word);
        }
    }
}

/// Notes, calculations and hidden items without a sensitivity of their own are as protected as what they read.
fn inherit_sensitivity(form: &mut FormDefinition, inherits: &BTreeSet<String>) {
    let mut known: BTreeMap<String, Sensitivity> = form
        .items()
        .map(|item| (item.name.clone(), item.sensitivity))
        .collect();
    let mut raised = BTreeMap::new();
    for node in graph::order(form).nodes {
        let Node::Item(item) = node else { continue };
        if !inherits.contains(&item.name) {
            continue;
        }
        let around = item
            .groups
            .iter()
            .filter_map(|group| form.groups.get(group)?.relevant.as_ref());
        let read = around
            .chain(formulas(item).into_values())
            .flat_map(Formula::references);
        let highest = read
            .filter_map(|name| known.get(name).copied())
            .max()
            .unwrap_or(item.sensitivity);
        known.insert(item.name.clone(), highest);
        raised.insert(item.name.clone(), highest);
    }
    for item in form
        .sections
        .iter_mut()
        .flat_map(|section| &mut section.items)
    {
        if let Some(sensitivity) = raised.get(&item.name) {
            item.sensitivity = *sensitivity;
        }
    }
}

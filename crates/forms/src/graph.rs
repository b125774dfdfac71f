//! Who reads whom: the order in which values are computed, and the check of a definition that came from elsewhere.
//!
//! An item depends on its group and on whatever its `relevant`, its `calculation` and (if hidden) its default read; a
//! group on the group around it and on what its `relevant` reads. Constraints, `required`, `read_only` and urgency decide
//! about nothing that others read, so they may look anywhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::canonical::DefinitionFault;
use crate::definition::{DefaultValue, FormDefinition, Group, GroupKind, Item, ItemKind};
use crate::expr::ast::{Expr, Formula};
use crate::value::MAX_REPEAT_DEPTH;

/// Something that has a value or a visibility.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node<'f> {
    Group(&'f str, &'f Group),
    Item(&'f Item),
}

impl<'f> Node<'f> {
    pub(crate) fn name(self) -> &'f str {
        match self {
            Self::Group(name, _) => name,
            Self::Item(item) => &item.name,
        }
    }

    fn reads(self) -> BTreeSet<&'f str> {
        let (around, formulas) = match self {
            Self::Group(_, group) => (group.parent.as_deref(), vec![group.relevant.as_ref()]),
            Self::Item(item) => {
                let hidden = match (&item.kind, &item.default) {
                    (ItemKind::Hidden, Some(DefaultValue::Computed(formula))) => Some(formula),
                    _ => None,
                };
                let around = item.groups.last().map(String::as_str);
                (
                    around,
                    vec![item.relevant.as_ref(), item.calculation.as_ref(), hidden],
                )
            }
        };
        around
            .into_iter()
            .chain(formulas.into_iter().flatten().flat_map(Formula::references))
            .collect()
    }
}

/// The nodes of a form, each after all that it reads.
#[derive(Debug)]
pub(crate) struct Order<'f> {
    pub(crate) nodes: Vec<Node<'f>>,
    /// Names of the nodes that a cycle kept out, in order.
    pub(crate) cycle: Vec<&'f str>,
}

/// Sorts the form so that values can be computed in one pass.
pub(crate) fn order(form: &FormDefinition) -> Order<'_> {
    let groups = form
        .groups
        .iter()
        .map(|(name, group)| Node::Group(name, group));
    let all: BTreeMap<&str, Node<'_>> = groups
        .chain(form.items().map(Node::Item))
        .map(|node| (node.name(), node))
        .collect();
    let mut open: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, node) in &all {
        let reads: BTreeSet<&str> = node
            .reads()
            .into_iter()
            .filter(|read| all.contains_key(read))
            .collect();
        for read in &reads {
            readers.entry(read).or_default().push(name);
        }
        open.insert(name, reads);
    }
    let mut ready: Vec<&str> = open
        .iter()
        .filter(|(_, reads)| reads.is_empty())
        .map(|(name, _)| *name)
        .collect();
    let mut nodes = Vec::with_capacity(all.len());
    while let Some(name) = ready.pop() {
        open.remove(name);
        nodes.extend(all.get(name).copied());
        for reader in readers.get(name).into_iter().flatten() {
            let Some(reads) = open.get_mut(reader) else {
                continue;
            };
            reads.remove(name);
            if reads.is_empty() {
                ready.push(reader);
            }
        }
    }
    Order {
        nodes,
        cycle: only_on_cycles(&open),
    }
}

/// What is left over either is on a cycle or reads one; only the first is the author's mistake.
fn only_on_cycles<'f>(left: &BTreeMap<&'f str, BTreeSet<&'f str>>) -> Vec<&'f str> {
    let mut left = left.clone();
    loop {
        let read: BTreeSet<&str> = left.values().flatten().copied().collect();
        let unread: Vec<&str> = left
            .keys()
            .copied()
            .filter(|name| !read.contains(name))
            .collect();
        if unread.is_empty() {
            return left.into_keys().collect();
        }
        for name in unread {
            left.remove(name);
        }
    }
}

/// Checks a definition that another device made: everything it names is there, and it can be computed.
pub(crate) fn check(form: &FormDefinition) -> Result<(), DefinitionFault> {
    let item_names: Vec<&str> = form.items().map(|item| item.name.as_str()).collect();
    let names: BTreeSet<&str> = item_names
        .iter()
        .copied()
        .chain(form.groups.keys().map(String::as_str))
        .collect();
    let expected = item_names.len().saturating_add(form.groups.len());
    let whole = names.len() == expected
        && form
            .groups
            .iter()
            .all(|(name, group)| group_is_whole(form, &names, name, group))
        && form.items().all(|item| item_is_whole(form, &names, item));
    if !whole {
        return Err(DefinitionFault::BrokenReference);
    }
    if order(form).nodes.len() == expected {
        Ok(())
    } else {
        Err(DefinitionFault::Cycle)
    }
}

fn group_is_whole(
    form: &FormDefinition,
    names: &BTreeSet<&str>,
    name: &str,
    group: &Group,
) -> bool {
    let path = form.group_path(name);
    let count = match &group.kind {
        GroupKind::Group => None,
        GroupKind::Repeat { count } => count.as_ref(),
    };
    path.len() <= form.groups.len()
        && path.iter().all(|name| form.groups.contains_key(*name))
        && [group.relevant.as_ref(), count]
            .into_iter()
            .flatten()
            .all(|formula| reads_only(form, names, formula, &[]))
}

fn item_is_whole(form: &FormDefinition, names: &BTreeSet<&str>, item: &Item) -> bool {
    let path = item
        .groups
        .last()
        .map(|group| form.group_path(group))
        .unwrap_or_default();
    let repeats = path.iter().filter(|name| form.is_repeat(name));
    let columns: Vec<&str> = form
        .choices_of(item)
        .iter()
        .flat_map(|choice| choice.columns.keys())
        .map(String::as_str)
        .collect();
    let default = match &item.default {
        Some(DefaultValue::Computed(formula)) => Some(formula),
        Some(DefaultValue::Literal(_)) | None => None,
    };
    let formulas = [
        item.required.as_ref(),
        item.relevant.as_ref(),
        item.constraint.as_ref(),
        item.calculation.as_ref(),
        item.read_only.as_ref(),
        item.urgent.as_ref(),
        default,
    ];
    path.iter().eq(item.groups.iter())
        && item.repeats.len() <= MAX_REPEAT_DEPTH
        && repeats.eq(item.repeats.iter())
        && item
            .kind
            .list()
            .is_none_or(|list| form.choices.contains_key(list))
        && formulas
            .into_iter()
            .flatten()
            .all(|formula| reads_only(form, names, formula, &[]))
        && item
            .choice_filter
            .iter()
            .all(|formula| reads_only(form, names, formula, &columns))
}

/// Whether all that the formula names is there, and it reads groups only for their rows.
fn reads_only(
    form: &FormDefinition,
    names: &BTreeSet<&str>,
    formula: &Formula,
    columns: &[&str],
) -> bool {
    let mut fits = true;
    formula.0.walk(&mut |node| match node {
        Expr::Ref(name) => {
            let group = form.groups.contains_key(name) && !form.is_repeat(name);
            fits &= names.contains(name.as_str()) && !group;
        }
        Expr::Column(name) => fits &= columns.contains(&name.as_str()),
        _ => {}
    });
    fits
}

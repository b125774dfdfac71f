//! Cells of one row to an item or a group.

use std::collections::{BTreeMap, BTreeSet};

use senim_ids::Sensitivity;

use super::cells::Cells;
use super::choices::Lists;
use super::outline::Outline;
use super::row_type::{RowType, Select};
use crate::columns::Columns;
use crate::definition::{DefaultValue, Evidence, Group, GroupKind, Item, ItemKind};
use crate::expr::ast::{Expr, Formula, Operator};
use crate::fault::{FaultCode, FormFault};

/// An item or a group, with the row that faults of the whole form are reported at.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) row: u32,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Group(String, Group),
    Item {
        item: Box<Item>,
        /// The row names no sensitivity: a computed item is as protected as what it reads.
        inherits: bool,
    },
}

pub(super) fn read(
    outline: &Outline<'_>,
    columns: &Columns<'_>,
    lists: &Lists,
    faults: &mut Vec<FormFault>,
) -> Vec<Draft> {
    let plain_groups = outline
        .entries
        .iter()
        .filter(|entry| entry.kind == RowType::BeginGroup)
        .map(|entry| entry.name.as_str())
        .collect();
    let repeats: BTreeSet<&str> = outline
        .entries
        .iter()
        .filter(|entry| entry.kind == RowType::BeginRepeat)
        .map(|entry| entry.name.as_str())
        .collect();
    let mut drafts = Vec::new();
    for entry in &outline.entries {
        let mut own = entry.groups.clone();
        own.push(entry.name.clone());
        let cells = Cells {
            entry,
            own: &own,
            columns,
            paths: &outline.paths,
            plain_groups: &plain_groups,
            faults,
        };
        match entry.kind {
            RowType::BeginGroup | RowType::BeginRepeat => drafts.push(group(cells)),
            _ => item(cells, lists, &repeats, &mut drafts),
        }
    }
    drafts
}

fn group(mut cells: Cells<'_, '_>) -> Draft {
    cells.refuse_unused(&["label", "relevant", "appearance", "repeat_count"]);
    let entry = cells.entry;
    let label = cells.text("label");
    if label.is_empty() && entry.groups.is_empty() {
        cells.fault(FaultCode::LabelMissing, "label", &entry.name);
    }
    let count = cells.formula("repeat_count");
    let kind = if entry.kind == RowType::BeginRepeat {
        GroupKind::Repeat { count }
    } else {
        if count.is_some() {
            cells.fault(FaultCode::CellNotUsed, "repeat_count", "");
        }
        GroupKind::Group
    };
    let group = Group {
        label,
        parent: entry.groups.last().cloned(),
        relevant: cells.formula("relevant"),
        appearance: cells.appearance(),
        kind,
    };
    Draft {
        row: entry.row.number,
        what: What::Group(entry.name.clone(), group),
    }
}

fn item(
    mut cells: Cells<'_, '_>,
    lists: &Lists,
    repeats: &BTreeSet<&str>,
    drafts: &mut Vec<Draft>,
) {
    let entry = cells.entry;
    let (kind, other) = kind(&mut cells);
    refuse_unused(&mut cells, &kind);
    let (sensitivity, inherits) = sensitivity(&mut cells, &kind);
    let item = Item {
        name: entry.name.clone(),
        number: cells.word("senim::number"),
        label: cells.text("label"),
        hint: cells.optional_text("hint"),
        guidance: cells.optional_text("guidance_hint"),
        image: cells.word("media::image"),
        required: cells.yes_or_formula("required"),
        required_message: cells.optional_text("required_message"),
        relevant: cells.formula("relevant"),
        constraint: cells.formula("constraint"),
        constraint_message: cells.optional_text("constraint_message"),
        calculation: cells.formula("calculation"),
        default: cells.default_value(),
        choice_filter: choice_filter(&mut cells, &kind, lists),
        read_only: cells.yes_or_formula("read_only"),
        sensitivity,
        sources: cells.list("senim::source"),
        norm: cells.word("senim::norm"),
        limits: cells.list("senim::limit"),
        urgent: urgent(&mut cells, &kind, lists),
        evidence: evidence(&mut cells),
        appearance: cells.appearance(),
        groups: entry.groups.clone(),
        repeats: entry
            .groups
            .iter()
            .filter(|group| repeats.contains(group.as_str()))
            .cloned()
            .collect(),
        kind,
    };
    report_missing(&mut cells, &item);
    let row = entry.row.number;
    let other = other.map(|other| other_text(&item, &other));
    drafts.push(Draft {
        row,
        what: What::Item {
            item: Box::new(item),
            inherits,
        },
    });
    drafts.extend(other.map(|item| Draft {
        row,
        what: What::Item {
            item: Box::new(item),
            inherits: false,
        },
    }));
}

/// The cells without which the item is none.
fn report_missing(cells: &mut Cells<'_, '_>, item: &Item) {
    let shown = !matches!(item.kind, ItemKind::Calculate | ItemKind::Hidden);
    let computed = item.kind == ItemKind::Calculate;
    for (missing, code, column) in [
        (
            shown && item.label.is_empty(),
            FaultCode::LabelMissing,
            "label",
        ),
        (
            item.kind.is_question() && item.sources.is_empty(),
            FaultCode::SourceMissing,
            "senim::source",
        ),
        (
            computed && cells.cell("calculation").is_empty(),
            FaultCode::CellMissing,
            "calculation",
        ),
    ] {
        if missing {
            cells.fault(code, column, &item.name);
        }
    }
}

/// The kind of the item; second, the name of the text item that `or_other` adds.
fn kind(cells: &mut Cells<'_, '_>) -> (ItemKind, Option<String>) {
    let entry = cells.entry;
    let kind = match &entry.kind {
        RowType::Select {
            how,
            list,
            or_other,
        } => {
            let other = or_other.then(|| super::other::text_name(&entry.name));
            let list = if *or_other {
                super::other::list_name(list)
            } else {
                list.clone()
            };
            let kind = match how {
                Select::One => ItemKind::SelectOne { list },
                Select::Multiple => ItemKind::SelectMultiple { list },
                Select::Rank => ItemKind::Rank { list },
            };
            return (kind, other);
        }
        RowType::Range => cells.range(),
        RowType::Integer => ItemKind::Integer,
        RowType::Decimal => ItemKind::Decimal,
        RowType::Date => ItemKind::Date,
        RowType::Time => ItemKind::Time,
        RowType::DateTime => ItemKind::DateTime,
        RowType::Geopoint => ItemKind::Geopoint,
        RowType::Image => ItemKind::Image,
        RowType::Acknowledge => ItemKind::Acknowledge,
        RowType::Note => ItemKind::Note,
        RowType::Calculate => ItemKind::Calculate,
        RowType::Hidden => ItemKind::Hidden,
        RowType::Text
        | RowType::Metadata
        | RowType::BeginGroup
        | RowType::EndGroup
        | RowType::BeginRepeat
        | RowType::EndRepeat => ItemKind::Text,
    };
    (kind, None)
}

/// The columns that each kind has a use for. A cell that would be dropped is a fault: its author meant something by it.
fn refuse_unused(cells: &mut Cells<'_, '_>, kind: &ItemKind) {
    let mut used = vec![
        "label",
        "hint",
        "guidance_hint",
        "relevant",
        "appearance",
        "media::image",
        "senim::number",
        "senim::sensitivity",
        "senim::source",
        "senim::norm",
        "senim::limit",
        "senim::evidence",
        "senim::urgent",
    ];
    match kind {
        ItemKind::Note => {}
        ItemKind::Calculate => used.push("calculation"),
        ItemKind::Hidden => used.extend(["calculation", "default"]),
        _ => used.extend([
            "calculation",
            "default",
            "required",
            "required_message",
            "constraint",
            "constraint_message",
            "read_only",
        ]),
    }
    if kind.list().is_some() {
        used.push("choice_filter");
    }
    if matches!(kind, ItemKind::Range { .. } | ItemKind::Image) || kind.list().is_some() {
        used.push("parameters");
    }
    if !matches!(kind, ItemKind::Range { .. }) {
        cells.check_parameters();
    }
    cells.refuse_unused(&used);
}

fn sensitivity(cells: &mut Cells<'_, '_>, kind: &ItemKind) -> (Sensitivity, bool) {
    let cell = cells.cell("senim::sensitivity");
    if cell.is_empty() {
        if kind.is_question() {
            cells.fault(
                FaultCode::SensitivityMissing,
                "senim::sensitivity",
                &cells.entry.name,
            );
        }
        return (Sensitivity::Place, true);
    }
    if let Some(found) = Sensitivity::parse(cell) {
        return (found, false);
    }
    cells.fault(FaultCode::BadCell, "senim::sensitivity", cell);
    (Sensitivity::Sealed, false)
}

fn evidence(cells: &mut Cells<'_, '_>) -> Evidence {
    match cells.cell("senim::evidence") {
        "" | "ask" => Evidence::Ask,
        "always" => Evidence::Always,
        "none" => Evidence::None,
        other => {
            cells.fault(FaultCode::BadCell, "senim::evidence", other);
            Evidence::Ask
        }
    }
}

/// `yes` stands for "Partly or No" where the list has them, and for any answer where it has not.
fn urgent(cells: &mut Cells<'_, '_>, kind: &ItemKind, lists: &Lists) -> Option<Formula> {
    if !matches!(
        cells.cell("senim::urgent").to_lowercase().as_str(),
        "yes" | "true"
    ) {
        return cells.formula("senim::urgent");
    }
    let own = || Box::new(Expr::Ref(cells.entry.name.clone()));
    let is =
        |operator, word: &str| Expr::Binary(operator, own(), Box::new(Expr::Text(word.to_owned())));
    let choices = kind
        .list()
        .and_then(|list| lists.get(list))
        .map_or(&[][..], |list| &list.choices);
    let standard = ["partly", "no"]
        .iter()
        .all(|word| choices.iter().any(|choice| choice.name == **word));
    Some(Formula(if standard {
        let either = (is(Operator::Equal, "partly"), is(Operator::Equal, "no"));
        Expr::Binary(Operator::Or, Box::new(either.0), Box::new(either.1))
    } else {
        is(Operator::NotEqual, "")
    }))
}

fn choice_filter(cells: &mut Cells<'_, '_>, kind: &ItemKind, lists: &Lists) -> Option<Formula> {
    let list = kind.list().and_then(|list| lists.get(list));
    if let RowType::Select { or_other: true, .. } = cells.entry.kind
        && !cells.cell("choice_filter").is_empty()
    {
        cells.fault(FaultCode::CellNotUsed, "choice_filter", "or_other");
        return None;
    }
    let columns: BTreeSet<String> = list
        .and_then(|list| list.choices.first())
        .map(|choice| choice.columns.keys().cloned().collect())
        .unwrap_or_default();
    cells.formula_with_columns("choice_filter", &columns)
}

/// The text that asks which other: asked when `other` was chosen, as protected as its question.
fn other_text(of: &Item, name: &str) -> Item {
    let chosen = Expr::Call(
        crate::expr::function::Function::Selected,
        vec![
            Expr::Ref(of.name.clone()),
            Expr::Text(super::other::CHOICE.to_owned()),
        ],
    );
    Item {
        name: name.to_owned(),
        number: None,
        kind: ItemKind::Text,
        label: super::other::specify(),
        hint: None,
        guidance: None,
        image: None,
        required: None,
        required_message: None,
        relevant: Some(Formula(chosen)),
        constraint: None,
        constraint_message: None,
        calculation: None,
        default: None,
        choice_filter: None,
        read_only: None,
        limits: Vec::new(),
        urgent: None,
        evidence: Evidence::None,
        appearance: Vec::new(),
        ..of.clone()
    }
}

/// The default of an item as the form says it, for the check on the whole form.
pub(super) fn literal_default(item: &Item) -> Option<&str> {
    match &item.default {
        Some(DefaultValue::Literal(text)) => Some(text),
        Some(DefaultValue::Computed(_)) | None => None,
    }
}

/// What every expression of an item is called in the table; for faults that need the whole form.
pub(super) fn formulas(item: &Item) -> BTreeMap<&'static str, &Formula> {
    let default = match &item.default {
        Some(DefaultValue::Computed(formula)) => Some(formula),
        Some(DefaultValue::Literal(_)) | None => None,
    };
    [
        ("required", item.required.as_ref()),
        ("relevant", item.relevant.as_ref()),
        ("constraint", item.constraint.as_ref()),
        ("calculation", item.calculation.as_ref()),
        ("choice_filter", item.choice_filter.as_ref()),
        ("read_only", item.read_only.as_ref()),
        ("senim::urgent", item.urgent.as_ref()),
        ("default", default),
    ]
    .into_iter()
    .filter_map(|(column, formula)| Some((column, formula?)))
    .collect()
}

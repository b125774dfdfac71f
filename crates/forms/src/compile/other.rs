//! `or_other`: one more choice, and a text that asks which.

use super::choices::{List, Lists};
use crate::definition::Choice;
use crate::text::Text3;

/// The name of the choice that `or_other` adds, as pyxform names it.
pub(super) const CHOICE: &str = "other";

/// The list with the added choice; the list itself stays as it is for questions without `or_other`.
pub(super) fn list_name(list: &str) -> String {
    format!("{list}_or_other")
}

/// The name of the added text.
pub(super) fn text_name(question: &str) -> String {
    format!("{question}_other")
}

/// What the added text asks.
pub(super) fn specify() -> Text3 {
    Text3 {
        kk: "Нақтылаңыз".to_owned(),
        ru: "Уточните".to_owned(),
        en: "Please specify".to_owned(),
    }
}

/// A list with the choice `other` at its end, unless it has one.
pub(super) fn with_other(list: &List) -> List {
    let mut choices = list.choices.clone();
    if !choices.iter().any(|choice| choice.name == CHOICE) {
        let label = Text3 {
            kk: "Басқа".to_owned(),
            ru: "Другое".to_owned(),
            en: "Other".to_owned(),
        };
        let columns = choices.first().map(|first| {
            first
                .columns
                .keys()
                .map(|name| (name.clone(), String::new()))
                .collect()
        });
        choices.push(Choice {
            name: CHOICE.to_owned(),
            label,
            columns: columns.unwrap_or_default(),
        });
    }
    List {
        row: list.row,
        choices,
    }
}

/// Adds the list with `other` that a question asks for.
pub(super) fn add_list(lists: &mut Lists, list: &str) {
    let Some(base) = list.strip_suffix("_or_other") else {
        return;
    };
    if !lists.contains_key(list)
        && let Some(found) = lists.get(base)
    {
        let extended = with_other(found);
        lists.insert(list.to_owned(), extended);
    }
}

//! The forms this app ships with, compiled once. A form's version is the hash of its content (architecture.md 3).

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use senim_forms::{FormDefinition, Item, ItemKind, compile_csv, shipped};
use senim_ids::ErrorCode;
use senim_model::{FormVersion, Name};

use crate::view::{ApiError, ItemInput, Words};

/// The header form: its figures hold one value for the whole visit (domain: 1.17 F00).
const HEADER: &str = "F00";
/// The list of the five large targets.
const ANSWER_LIST: &str = "answer";

/// A compiled form with its version.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) definition: FormDefinition,
    pub(crate) name: Name,
    pub(crate) version: FormVersion,
}

impl Form {
    /// Whether an item holds one value for all. Rows of a repeated group are observations even in the header form.
    pub(crate) fn is_header(&self, item: &Item) -> bool {
        self.definition.id == HEADER && item.repeats.is_empty()
    }

    pub(crate) fn item(&self, name: &str) -> Result<&Item, ApiError> {
        self.definition
            .item(name)
            .ok_or(ErrorCode::NoSuchItem.into())
    }
}

static FORMS: OnceLock<BTreeMap<String, Arc<Form>>> = OnceLock::new();

/// The shipped form with this id.
pub(crate) fn form(id: &str) -> Result<Arc<Form>, ApiError> {
    forms().get(id).cloned().ok_or(ErrorCode::NoSuchItem.into())
}

/// The shipped form with this id, if it has this version.
///
/// A visit binds versions (`visit.decided`); a form that came in another version with a newer app must not be taken for it.
pub(crate) fn form_at(id: &str, version: FormVersion) -> Result<Arc<Form>, ApiError> {
    form(id).and_then(|form| {
        if form.version == version {
            Ok(form)
        } else {
            Err(ErrorCode::NoSuchItem.into())
        }
    })
}

fn forms() -> &'static BTreeMap<String, Arc<Form>> {
    FORMS.get_or_init(|| {
        shipped()
            .iter()
            .filter_map(|form| {
                // A test compiles every shipped form: one that does not compile never leaves the house.
                let definition = compile_csv(&form.tables).ok()?.form;
                let mut version = [0; 32];
                hex::decode_to_slice(definition.version(), &mut version).ok()?;
                let name = definition.id.parse().ok()?;
                let id = definition.id.clone();
                Some((
                    id,
                    Arc::new(Form {
                        definition,
                        name,
                        version: FormVersion(version),
                    }),
                ))
            })
            .collect()
    })
}

pub(crate) fn words(text: &senim_forms::Text3) -> Words {
    Words {
        kk: text.kk.clone(),
        ru: text.ru.clone(),
        en: text.en.clone(),
    }
}

pub(crate) fn input(item: &Item) -> ItemInput {
    match &item.kind {
        ItemKind::SelectOne { .. } if item.kind.list() == Some(ANSWER_LIST) => ItemInput::Answer,
        ItemKind::SelectOne { .. } | ItemKind::Acknowledge => ItemInput::Choice,
        ItemKind::SelectMultiple { .. } | ItemKind::Rank { .. } => ItemInput::Choices,
        ItemKind::Integer => ItemInput::Integer,
        ItemKind::Decimal | ItemKind::Range { .. } => ItemInput::Decimal,
        ItemKind::Date => ItemInput::Date,
        ItemKind::Time => ItemInput::Time,
        ItemKind::DateTime => ItemInput::DateTime,
        ItemKind::Calculate => ItemInput::Calculated,
        ItemKind::Note | ItemKind::Hidden => ItemInput::Note,
        ItemKind::Text | ItemKind::Geopoint | ItemKind::Image => ItemInput::Text,
    }
}

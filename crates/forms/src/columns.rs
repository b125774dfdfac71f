//! Which column is what: canonical names, aliases of the field, languages, and the columns that are refused.

use std::collections::BTreeMap;

use senim_ids::Language;

use crate::expr::lexer::is_name;
use crate::fault::{FaultCode, FormFault, Sheet};
use crate::table::{Row, Table};
use crate::text::Text3;

/// What the columns of one sheet may be.
struct Spec {
    plain: &'static [&'static str],
    translated: &'static [&'static str],
    /// Other names of the same, as pyxform takes them.
    aliases: &'static [(&'static str, &'static str)],
    /// Known to change nothing of the form.
    ignored: &'static [&'static str],
    /// Known to change something that this app does not do.
    refused: &'static [&'static str],
}

const SURVEY: Spec = Spec {
    plain: &[
        "type",
        "name",
        "required",
        "relevant",
        "constraint",
        "calculation",
        "default",
        "appearance",
        "choice_filter",
        "read_only",
        "repeat_count",
        "parameters",
        "media::image",
        "senim::number",
        "senim::sensitivity",
        "senim::source",
        "senim::norm",
        "senim::limit",
        "senim::urgent",
        "senim::evidence",
    ],
    translated: &[
        "label",
        "hint",
        "guidance_hint",
        "required_message",
        "constraint_message",
    ],
    aliases: &[
        ("caption", "label"),
        ("relevance", "relevant"),
        ("bind::relevant", "relevant"),
        ("bind::required", "required"),
        ("bind::constraint", "constraint"),
        ("calculate", "calculation"),
        ("bind::calculate", "calculation"),
        ("readonly", "read_only"),
        ("bind::readonly", "read_only"),
        ("count", "repeat_count"),
        ("jr:count", "repeat_count"),
        ("image", "media::image"),
        ("bind::jr:constraintmsg", "constraint_message"),
        ("bind::jr:requiredmsg", "required_message"),
    ],
    ignored: &[
        "comment",
        "comments",
        "note",
        "notes",
        "$kuid",
        "kuid",
        "$autoname",
        "$prev",
    ],
    refused: &[
        "trigger",
        "disabled",
        "save_to",
        "audio",
        "video",
        "media::audio",
        "media::video",
        "big-image",
        "media::big-image",
        "autoplay",
        "intent",
        "query",
        "publishable",
    ],
};

const CHOICES: Spec = Spec {
    plain: &["list_name", "name"],
    translated: &["label"],
    aliases: &[
        ("list name", "list_name"),
        ("value", "name"),
        ("caption", "label"),
    ],
    ignored: &[
        "comment",
        "comments",
        "note",
        "notes",
        "$kuid",
        "kuid",
        "$autovalue",
        "$prev",
    ],
    refused: &[
        "image",
        "audio",
        "video",
        "media::image",
        "media::audio",
        "media::video",
        "geometry",
    ],
};

const SETTINGS: Spec = Spec {
    plain: &["form_id", "version", "default_language", "senim::per_place"],
    translated: &["form_title"],
    aliases: &[("id_string", "form_id"), ("title", "form_title")],
    ignored: &[
        "style",
        "instance_name",
        "clean_text_values",
        "omit_instanceid",
    ],
    refused: &[
        "name",
        "public_key",
        "submission_url",
        "auto_send",
        "auto_delete",
        "namespaces",
        "sms_keyword",
        "allow_choice_duplicates",
        "client_editable",
        "flat",
    ],
};

/// Where each known column of a table stands.
#[derive(Debug)]
pub(crate) struct Columns<'t> {
    table: &'t Table,
    places: BTreeMap<(&'static str, Option<Language>), usize>,
    /// Extra columns of `choices`, by name.
    pub(crate) extra: BTreeMap<String, usize>,
    /// The language of a column without one.
    default_language: Language,
}

impl<'t> Columns<'t> {
    /// Reads the header of a table; columns that the form cannot do without are checked by the caller.
    pub(crate) fn read(
        table: &'t Table,
        default_language: Language,
        faults: &mut Vec<FormFault>,
    ) -> Self {
        let mut columns = Self {
            table,
            places: BTreeMap::new(),
            extra: BTreeMap::new(),
            default_language,
        };
        for (index, header) in table
            .header
            .iter()
            .enumerate()
            .filter(|(_, header)| !header.is_empty())
        {
            columns.place(index, header, faults);
        }
        columns
    }

    fn place(&mut self, index: usize, header: &str, faults: &mut Vec<FormFault>) {
        let sheet = self.table.sheet;
        let found = match_header(sheet, header);
        // A column without a single cell says nothing, unless it carries our own prefix and so a misspelling.
        let row = if header.starts_with("senim::") {
            Some(1)
        } else {
            self.first_cell(index)
        };
        let fault = match found {
            Header::Known(name, language) => {
                let language = language.map_or_else(
                    || is_translated(sheet, name).then_some(self.default_language),
                    Some,
                );
                let twice = self.places.insert((name, language), index).is_some();
                if twice {
                    Some(FormFault::error(
                        FaultCode::ColumnTwice,
                        sheet,
                        1,
                        header,
                        "",
                    ))
                } else {
                    None
                }
            }
            Header::Extra(name) => {
                let twice = self.extra.insert(name, index).is_some();
                if twice {
                    Some(FormFault::error(
                        FaultCode::ColumnTwice,
                        sheet,
                        1,
                        header,
                        "",
                    ))
                } else {
                    None
                }
            }
            Header::Warned(code) => row.map(|row| FormFault::warning(code, sheet, row, header, "")),
            Header::Refused(code) => row.map(|row| FormFault::error(code, sheet, row, header, "")),
        };
        faults.extend(fault);
    }

    fn first_cell(&self, index: usize) -> Option<u32> {
        self.table
            .rows
            .iter()
            .find(|row| row.cells.get(index).is_some_and(|cell| !cell.is_empty()))
            .map(|row| row.number)
    }

    /// Whether the table has this column, in any language.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.places.keys().any(|(known, _)| *known == name)
    }

    /// The cell of a column without languages, "" if there is no such column.
    pub(crate) fn cell<'r>(&self, row: &'r Row, name: &'static str) -> &'r str {
        self.places
            .get(&(name, None))
            .and_then(|index| row.cells.get(*index))
            .map_or("", String::as_str)
    }

    /// The cells of a translated column.
    pub(crate) fn text(&self, row: &Row, name: &'static str) -> Text3 {
        let mut text = Text3::default();
        for language in Language::ALL {
            if let Some(cell) = self
                .places
                .get(&(name, Some(*language)))
                .and_then(|index| row.cells.get(*index))
            {
                text.set(*language, cell);
            }
        }
        text
    }

    /// The header of a column as the author wrote it; the canonical name if there is none in this language.
    pub(crate) fn header(&self, name: &'static str, language: Option<Language>) -> String {
        let written = self
            .places
            .get(&(name, language))
            .and_then(|index| self.table.header.get(*index));
        match (written, language) {
            (Some(header), _) => header.clone(),
            (None, Some(language)) => format!("{name}::{language}"),
            (None, None) => name.to_owned(),
        }
    }

    /// Every known column that has a cell in this row, with its canonical name and the written header.
    pub(crate) fn filled<'a>(
        &'a self,
        row: &'a Row,
    ) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.places.iter().filter_map(|((name, _), index)| {
            let cell = row.cells.get(*index)?;
            let header = self.table.header.get(*index)?;
            (!cell.is_empty()).then_some((*name, header.as_str()))
        })
    }
}

enum Header {
    Known(&'static str, Option<Language>),
    Extra(String),
    Warned(FaultCode),
    Refused(FaultCode),
}

fn spec(sheet: Sheet) -> &'static Spec {
    match sheet {
        Sheet::Survey | Sheet::Workbook => &SURVEY,
        Sheet::Choices => &CHOICES,
        Sheet::Settings => &SETTINGS,
    }
}

fn is_translated(sheet: Sheet, name: &str) -> bool {
    spec(sheet).translated.contains(&name)
}

fn match_header(sheet: Sheet, header: &str) -> Header {
    let spec = spec(sheet);
    let lower = header.to_lowercase();
    if let Some(known) = find(spec, &lower) {
        return Header::Known(known, None);
    }
    // `label::Русский (ru)`: the last part is a language if what stands before is a translated column.
    let split = lower.rsplit_once("::").or_else(|| lower.rsplit_once(':'));
    if let Some((base, language)) = split
        && let Some(known) = find(spec, base.trim())
        && spec.translated.contains(&known)
    {
        return language_of(language)
            .map_or(Header::Warned(FaultCode::LanguageIgnored), |language| {
                Header::Known(known, Some(language))
            });
    }
    let base = lower.split("::").next().unwrap_or(&lower).trim().to_owned();
    let listed = |list: &[&str]| list.contains(&lower.as_str()) || list.contains(&base.as_str());
    if listed(spec.ignored) || lower.starts_with("kobo--") {
        return Header::Warned(if sheet == Sheet::Settings {
            FaultCode::SettingIgnored
        } else {
            FaultCode::ColumnIgnored
        });
    }
    if listed(spec.refused)
        || matches!(
            base.as_str(),
            "bind" | "body" | "instance" | "attribute" | "media"
        )
    {
        let setting = sheet == Sheet::Settings;
        return Header::Refused(if setting {
            FaultCode::SettingNotSupported
        } else {
            FaultCode::ColumnNotSupported
        });
    }
    if sheet == Sheet::Choices && is_name(header) {
        return Header::Extra(header.to_owned());
    }
    Header::Refused(FaultCode::UnknownColumn)
}

fn find(spec: &Spec, lower: &str) -> Option<&'static str> {
    let name = spec
        .aliases
        .iter()
        .find(|(alias, _)| *alias == lower)
        .map_or(lower, |(_, name)| name);
    let underscored = name.replace(' ', "_");
    spec.plain
        .iter()
        .chain(spec.translated)
        .copied()
        .find(|known| *known == underscored)
}

/// `Русский (ru)`, `ru`, `Russian (RU)`: the code in brackets decides, or the word itself if it is a code.
pub(crate) fn language_of(text: &str) -> Option<Language> {
    let lower = text.trim().to_lowercase();
    let code = match lower.rsplit_once('(') {
        Some((_, code)) => code.strip_suffix(')')?.trim().to_owned(),
        None => lower,
    };
    Language::parse(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_brackets_decides_the_language() {
        assert_eq!(language_of("Қазақша (kk)"), Some(Language::Kk));
        assert_eq!(language_of(" Русский (RU) "), Some(Language::Ru));
        assert_eq!(language_of("en"), Some(Language::En));
        assert_eq!(language_of("English"), None);
        assert_eq!(language_of("Français (fr)"), None);
        assert_eq!(language_of("English (en"), None);
    }
}

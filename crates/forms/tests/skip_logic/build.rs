//! A form from short rows, and answers to it.

use std::collections::BTreeMap;

use senim_forms::{Answers, FormDefinition, FormTables, RowKey, compile_csv};

const COLUMNS: [&str; 17] = [
    "type",
    "name",
    "label::kk",
    "label::ru",
    "label::en",
    "required",
    "relevant",
    "constraint",
    "calculation",
    "default",
    "choice_filter",
    "read_only",
    "repeat_count",
    "parameters",
    "senim::sensitivity",
    "senim::source",
    "senim::urgent",
];

const CHOICES: &str = "list_name,name,label::kk,label::ru,label::en,region
answer,yes,и,д,y,
answer,partly,и,ч,p,
answer,no,ж,н,n,
answer,not_checked,т,н,nc,
answer,na,қ,н,na,
town,almaty,А,А,A,south
town,astana,А,А,A,north
";

const SETTINGS: &str = "form_id,version,form_title::kk,form_title::ru,form_title::en\nF,1,т,т,t\n";

/// Compiles rows written as `type name column: cell | column: cell`; `:` in the type stands for a space. Labels, source
/// and sensitivity are filled in.
pub(crate) fn form(rows: &[&str]) -> FormDefinition {
    let lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
    let survey = format!("{}\n{}\n", COLUMNS.join(","), lines.join("\n"));
    let tables = FormTables {
        survey: &survey,
        choices: CHOICES,
        settings: SETTINGS,
    };
    compile_csv(&tables)
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
        .form
}

fn line(row: &str) -> String {
    let mut words = row.splitn(3, ' ');
    let kind = words.next().unwrap().replace(':', " ");
    let mut cells: BTreeMap<&str, String> = BTreeMap::new();
    cells.insert("name", words.next().unwrap_or("").to_owned());
    if !kind.starts_with("end_") {
        cells
            .extend(["label::kk", "label::ru", "label::en"].map(|column| (column, "л".to_owned())));
    }
    if !kind.starts_with("begin_") && !kind.starts_with("end_") {
        cells.insert("senim::sensitivity", "place".to_owned());
        cells.insert("senim::source", "S1".to_owned());
    }
    cells.insert("type", kind);
    for part in words
        .next()
        .unwrap_or("")
        .split(" | ")
        .filter(|part| !part.is_empty())
    {
        let (column, cell) = part.split_once(": ").unwrap();
        let column = COLUMNS
            .iter()
            .find(|known| known.ends_with(column))
            .unwrap();
        cells.insert(column, cell.to_owned());
    }
    let quoted = COLUMNS.iter().map(|column| {
        let cell = cells.get(column).map_or("", String::as_str);
        format!("\"{}\"", cell.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(",")
}

/// Answers that fit their items.
pub(crate) fn answers(form: &FormDefinition, given: &[(&str, Option<RowKey>, &str)]) -> Answers {
    given
        .iter()
        .map(|(name, row, text)| {
            let item = form.item(name).unwrap();
            (
                ((*name).to_owned(), row.clone()),
                form.check_answer(item, text).unwrap(),
            )
        })
        .collect()
}

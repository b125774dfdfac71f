//! Rows to a flat outline: what each row is, its name, and the groups around it.

use std::collections::BTreeMap;

use super::choices::Lists;
use super::other;
use super::row_type::{self, RowType};
use crate::columns::Columns;
use crate::expr::lexer::is_name;
use crate::fault::{FaultCode, FormFault, Sheet};
use crate::table::{Row, Table};
use crate::value::MAX_REPEAT_DEPTH;

/// Deepest nesting of groups; 7 is the deepest of 72 workbooks measured.
const MAX_GROUP_DEPTH: usize = 10;

/// One row of the survey with its place in the form.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub(super) row: &'t Row,
    pub(super) kind: RowType,
    pub(super) name: String,
    /// Names of the groups around, outermost first.
    pub(super) groups: Vec<String>,
}

/// All rows but ends and metadata, and where each name stands.
#[derive(Debug, Default)]
pub(super) struct Outline<'t> {
    pub(super) entries: Vec<Entry<'t>>,
    /// Name to its path, itself included.
    pub(super) paths: BTreeMap<String, Vec<String>>,
}

struct Open {
    name: String,
    kind: RowType,
    row: u32,
    children: usize,
}

pub(super) fn read<'t>(
    table: &'t Table,
    columns: &Columns<'_>,
    lists: &Lists,
    faults: &mut Vec<FormFault>,
) -> Outline<'t> {
    let mut reader = Reader {
        outline: Outline::default(),
        open: Vec::new(),
        faults,
    };
    for row in &table.rows {
        reader.row(
            row,
            columns.cell(row, "type"),
            columns.cell(row, "name"),
            lists,
        );
    }
    while let Some(open) = reader.open.pop() {
        reader.fault(FaultCode::GroupNotClosed, open.row, "type", &open.name);
    }
    reader.outline
}

struct Reader<'t, 'f> {
    outline: Outline<'t>,
    open: Vec<Open>,
    faults: &'f mut Vec<FormFault>,
}

impl<'t> Reader<'t, '_> {
    fn fault(&mut self, code: FaultCode, row: u32, column: &str, detail: &str) {
        self.faults
            .push(FormFault::error(code, Sheet::Survey, row, column, detail));
    }

    fn row(&mut self, row: &'t Row, cell: &str, name: &str, lists: &Lists) {
        if cell.is_empty() {
            self.fault(FaultCode::TypeMissing, row.number, "type", name);
            return;
        }
        let kind = match row_type::parse(cell) {
            Ok(kind) => kind,
            Err(code) => {
                self.fault(code, row.number, "type", cell);
                return;
            }
        };
        match &kind {
            RowType::EndGroup | RowType::EndRepeat => return self.end(row, &kind, name),
            RowType::Metadata => {
                let fault = FormFault::warning(
                    FaultCode::MetadataIgnored,
                    Sheet::Survey,
                    row.number,
                    "type",
                    cell,
                );
                return self.faults.push(fault);
            }
            RowType::Select { list, .. } if !lists.contains_key(list) => {
                self.fault(FaultCode::ListMissing, row.number, "type", list);
            }
            _ => {}
        }
        let name = self.name(row, name);
        if let RowType::Select { or_other: true, .. } = &kind {
            self.name(row, &other::text_name(&name));
        }
        let groups: Vec<String> = self.open.iter().map(|open| open.name.clone()).collect();
        if let Some(open) = self.open.last_mut() {
            open.children = open.children.saturating_add(1);
        }
        if matches!(kind, RowType::BeginGroup | RowType::BeginRepeat) {
            self.begin(row, &kind, &name);
        }
        self.outline.entries.push(Entry {
            row,
            kind,
            name,
            groups,
        });
    }

    /// Checks the name and files its path. A row without a name goes on under one that no author can write.
    fn name(&mut self, row: &Row, name: &str) -> String {
        if name.is_empty() {
            self.fault(FaultCode::NameMissing, row.number, "name", "");
            return format!("#{}", row.number);
        }
        if !is_name(name) {
            self.fault(FaultCode::BadName, row.number, "name", name);
        }
        let mut path: Vec<String> = self.open.iter().map(|open| open.name.clone()).collect();
        path.push(name.to_owned());
        if self.outline.paths.insert(name.to_owned(), path).is_some() {
            self.fault(FaultCode::DuplicateName, row.number, "name", name);
            return format!("#{}", row.number);
        }
        name.to_owned()
    }

    fn begin(&mut self, row: &Row, kind: &RowType, name: &str) {
        let is_repeat = |open: &&Open| open.kind == RowType::BeginRepeat;
        let repeats = self.open.iter().filter(is_repeat).count();
        let too_many = *kind == RowType::BeginRepeat && repeats >= MAX_REPEAT_DEPTH;
        if self.open.len() >= MAX_GROUP_DEPTH || too_many {
            self.fault(FaultCode::GroupTooDeep, row.number, "type", name);
        }
        self.open.push(Open {
            name: name.to_owned(),
            kind: kind.clone(),
            row: row.number,
            children: 0,
        });
    }

    fn end(&mut self, row: &Row, kind: &RowType, name: &str) {
        let wanted = if *kind == RowType::EndGroup {
            RowType::BeginGroup
        } else {
            RowType::BeginRepeat
        };
        let fits = self
            .open
            .last()
            .is_some_and(|open| open.kind == wanted && (name.is_empty() || name == open.name));
        if !fits {
            self.fault(FaultCode::GroupNotOpen, row.number, "type", name);
        }
        if let Some(open) = self.open.pop()
            && open.children == 0
        {
            self.fault(FaultCode::GroupEmpty, open.row, "type", &open.name);
        }
    }
}

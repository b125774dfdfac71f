//! XLSForm in, form definition out; expressions, skip logic, validation.
//!
//! ```text
//! survey / choices / settings  --tables-->  compile  -->  FormDefinition  --+
//!   (CSV text or .xlsx bytes)     (or FormFaults: sheet, row, column)       |
//!                                                      Answers, EvalContext +-->  evaluate  -->  Evaluation
//! ```
//!
//! Pure: no disk, no network, no clock, no randomness. No input makes it panic; every limit is a fault with a code.
//! What of XLSForm is understood, and what is refused, stands in `docs/decisions/0006-xlsform-reader.md`.

#![forbid(unsafe_code)]

mod canonical;
mod columns;
mod compile;
mod csv_reader;
mod definition;
mod evaluate;
mod evaluation;
mod expr;
mod fault;
mod graph;
mod pattern;
mod rows;
mod scope;
mod shipped;
mod table;
mod text;
mod value;
mod xlsx_reader;
mod xlsx_writer;

pub use canonical::{DefinitionFault, MAX_DEFINITION_BYTES};
pub use compile::{Compiled, compile_csv, compile_xlsx};
pub use definition::{
    Appearance, Choice, DefaultValue, Evidence, FormDefinition, Group, GroupKind, Item, ItemKind,
    Section,
};
pub use evaluate::evaluate;
pub use evaluation::{EvalContext, Evaluation, GroupState, ItemState, SectionCount};
pub use expr::ast::Formula;
pub use fault::{FaultCode, FormFault, Severity, Sheet};
pub use jiff::civil::{Date, DateTime, Time};
pub use shipped::{ShippedForm, shipped};
pub use table::FormTables;
pub use text::Text3;
pub use value::{AnswerFault, Answers, MAX_ANSWER_CHARS, MAX_REPEAT_DEPTH, RowKey, Value};
pub use xlsx_reader::MAX_WORKBOOK_BYTES;
pub use xlsx_writer::{WriteFault, write_xlsx};

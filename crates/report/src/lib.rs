//! Exports: what stands in a visit, as bytes of a file. Pure: the caller reads the document and writes the file.
//!
//! There is one export: [`observations_csv`]. Letters and annexes (PDF, DOCX), workbooks and the register of recommendations are not here
//! yet. No disclosure gate stands before this export: whoever hands the file on says "not checked for inference" (field-work.md 1.5).

#![forbid(unsafe_code)]

mod csv;

pub use csv::observations_csv;

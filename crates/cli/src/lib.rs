//! `senim`: the same door as the window's, for a terminal, scripts and tests (architecture.md 7).

#![forbid(unsafe_code)]

mod call;
mod command;
pub mod demo;
mod fail;
mod form;
mod requests;
mod workspace;

pub use command::run;
pub use fail::Failed;

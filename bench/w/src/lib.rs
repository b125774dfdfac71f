//! Benchmark W, shared by every Rust program of this folder.
//!
//! * [`workload`]: the work itself, made from a seed, and the state that must come out of it.
//! * [`contract`]: how a peer is started and what it prints.
//! * [`measure`]: a server's memory and the bytes of its store.
#![forbid(unsafe_code)]

pub mod contract;
pub mod measure;
pub mod workload;

pub use contract::{Outcome, RunArgs};
pub use workload::{Fields, State, Workload};

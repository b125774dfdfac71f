//! The caps that the gate and the edits hold to. The same numbers stand in `wire`, which this crate may not use; a test of the
//! workspace compares the two tables. Lengths are bytes unless the name says otherwise.

/// One automerge change, uncompressed.
pub const CHANGE: usize = 256 * 1024;
/// Operations in one change.
pub const CHANGE_OPS: usize = 10_000;
/// A key of a document.
pub const KEY: usize = 256;
/// A scalar value of a document.
pub const VALUE: usize = 64 * 1024;
/// A note or any other free text, in characters.
pub const TEXT_CHARS: usize = 4000;
/// A name (place, facility, visit title), in characters.
pub const NAME_CHARS: usize = 200;
/// One act.
pub const ACT: usize = 128 * 1024;
/// Parents that a change or an act may name.
pub const PARENTS: usize = 256;
/// Highest operation counter that a change may reach (`docs/formats/document.md`).
pub const MAX_COUNTER: u64 = 1 << 40;
/// One document, saved, as the gate takes and returns it.
pub const DOCUMENT: usize = 64 * 1024 * 1024;
/// Changes in one batch of the gate.
pub const BATCH: usize = 4096;

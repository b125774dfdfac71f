//! The admission gate: a validly signed change is still hostile (protocol.md 5, `docs/formats/document.md`).
//!
//! * [`check_change`] looks at one change alone: its bytes, its author, this version.
//! * [`apply`] looks at a batch over a document: what each change refers to must stand in its own past, then all are applied on a copy,
//!   saved, loaded again and compared.
//!
//! A *refusal* is a verdict and depends on nothing but the change, its author and the changes it names as its past, which its bytes
//! fix by hash: each replica gives the same one in whatever order things arrive. What depends on anything else is *waiting* (a past
//! change is missing or was refused) or *held* (kept, shown, tried again), never a verdict. A newer gate never refuses what an
//! older one accepted.
//!
//! automerge 0.12 panics on some hostile input. Every call into it from here stands in `catch_unwind`; it cannot be told to stop, so
//! the caller runs [`apply`] in a child process with limits on memory and processor time, and turns the panic hook off there (its
//! message can hold words).

mod apply;
mod chunk;
pub mod frame;
mod history;
mod rules;

use senim_ids::{ActorId, ChangeHash};

pub(crate) use apply::load_guarded;
pub use apply::{GateFailure, GateOutcome, Held, HeldCode, Refused, Waiting, apply};

use rules::CheckedOp;

/// The version of these rules, part of every verdict.
pub const GATE_VERSION: u16 = 1;

macro_rules! gate_codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $word:literal;)*) => {
        /// Why the gate refuses a change. The words are stable.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
        )]
        #[cbor(index_only)]
        #[non_exhaustive]
        pub enum GateCode { $($(#[$doc])* #[n($number)] $variant,)* }

        impl GateCode {
            /// The code as it stands in figures and logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

gate_codes! {
    /// Over [`crate::caps::CHANGE`].
    TooLarge = 0, "too-large";
    /// Not exactly one uncompressed change chunk, or its checksum is wrong.
    NotAChange = 1, "not-a-change";
    /// automerge does not read it, or would write the same operations otherwise.
    NotCanonical = 2, "not-canonical";
    /// More operations or predecessors than allowed, or none.
    TooManyOps = 3, "too-many-ops";
    /// More dependencies or other actors than allowed.
    TooManyParents = 4, "too-many-parents";
    /// Written under another actor than the record's author.
    OtherActor = 5, "other-actor";
    /// Carries a message, a time or extra bytes: places where nobody looks.
    HiddenContent = 6, "hidden-content";
    /// An operation counter above the cap.
    CounterTooHigh = 7, "counter-too-high";
    /// Makes a map, a list or a table, or a text anywhere but under its author's own text key.
    MakesObject = 8, "makes-object";
    /// Deletes a key of the root.
    DeletesKey = 9, "deletes-key";
    /// Writes a key that belongs to another actor, or names another actor's value as replaced by an own one.
    OthersKey = 10, "others-key";
    /// A key that is empty, too long or has control characters.
    BadKey = 11, "bad-key";
    /// A value of a kind that is not allowed there, or over its cap.
    BadValue = 12, "bad-value";
    /// A kind of operation that is not allowed: increments, marks, blocks, unknown ones.
    BadOperation = 13, "bad-operation";
    /// Refers to an operation that is not in its past, or is something else.
    BadReference = 14, "bad-reference";
    /// Its number is not the next of its actor, or its operations do not start above its past.
    OutOfSequence = 15, "out-of-sequence";
    /// Makes a text that its actor has made before.
    TextMadeTwice = 16, "text-made-twice";
}

impl std::fmt::Display for GateCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The verdict that a change is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct GateRefusal {
    /// Which rule.
    pub code: GateCode,
}

impl From<GateCode> for GateRefusal {
    fn from(code: GateCode) -> Self {
        Self { code }
    }
}

/// A change that [`check_change`] found nothing against. There is no other way to one.
#[derive(Clone)]
pub struct CheckedChange {
    hash: ChangeHash,
    deps: Vec<ChangeHash>,
    actor: ActorId,
    seq: u64,
    start_op: u64,
    ops: Vec<CheckedOp>,
    change: automerge::Change,
}

impl std::fmt::Debug for CheckedChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "CheckedChange({}, {} ops)",
            self.hash.short(),
            self.ops.len()
        )
    }
}

impl CheckedChange {
    /// The change's hash.
    #[must_use]
    pub const fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// The changes it was written on top of.
    #[must_use]
    pub fn deps(&self) -> &[ChangeHash] {
        &self.deps
    }

    /// How many operations it has.
    #[must_use]
    pub fn op_count(&self) -> usize {
        self.ops.len()
    }
}

/// The verdict on one change alone.
///
/// * `raw`: one uncompressed change chunk as it came, of any length and content.
/// * `author`: the actor of the device that signed the record.
///
/// Decodes nothing before its size and its counts are known to be within the caps, and never panics.
///
/// # Errors
/// [`GateRefusal`] with the first rule that is broken.
pub fn check_change(raw: &[u8], author: ActorId) -> Result<CheckedChange, GateRefusal> {
    let chunk = chunk::scan(raw, author)?;
    // What the scan lets through is small; automerge may still panic on what it says.
    let read = std::panic::catch_unwind(|| {
        let change = automerge::Change::from_bytes(raw.to_vec()).ok()?;
        let expanded = change.decode();
        let again = automerge::Change::from(expanded.clone());
        (again.raw_bytes() == raw).then_some((change, expanded))
    });
    let Ok(Some((change, expanded))) = read else {
        return Err(GateCode::NotCanonical.into());
    };
    let hash = change.hash();
    if hash.0.first_chunk() != Some(&chunk.checksum) {
        return Err(GateCode::NotAChange.into());
    }
    let ops = rules::check(&expanded, author)?;
    Ok(CheckedChange {
        hash: ChangeHash::from_bytes(hash.0),
        deps: expanded
            .deps
            .iter()
            .map(|dep| ChangeHash::from_bytes(dep.0))
            .collect(),
        actor: author,
        seq: expanded.seq,
        start_op: expanded.start_op.get(),
        ops,
        change,
    })
}

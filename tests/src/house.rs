//! The checks of the house: who may use whom, what a pure crate may not touch, what a document may claim.
//!
//! A check takes text and gives back a list of problems, one sentence each; an empty list means that it holds.
//! Reading the workspace is apart ([`files`]), so that every check can be shown a made-up house that breaks its rule.

pub mod addresses;
pub mod documents;
pub mod edges;
pub mod files;
pub mod habits;
pub mod purity;
pub mod rust_text;

/// Why the house could not be looked at. Not a broken rule: the check itself did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HouseError {
    /// A file or folder of the workspace could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Path, relative to the workspace where possible.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// `cargo` did not run or ended with an error.
    #[error("cargo {arguments} failed: {stderr}")]
    Cargo {
        /// The arguments it was given.
        arguments: String,
        /// What it wrote to its error stream.
        stderr: String,
    },
    /// `cargo metadata` wrote something that is no description of a workspace.
    #[error("cargo metadata is not readable")]
    Metadata(#[from] serde_json::Error),
}

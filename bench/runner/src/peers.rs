//! Who runs W: a name and the words that start it.

use std::path::{Path, PathBuf};

/// One program that speaks the contract of `bench-w`.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Short name, as in a row's name.
    pub(crate) name: &'static str,
    /// Program and leading words; `run` and its options follow.
    pub(crate) words: Vec<String>,
}

/// Ours, over TLS: it speaks nothing else.
pub(crate) const OURS: &str = "senim";

const IN_NODE: [&str; 4] = ["y-websocket", "hocuspocus", "automerge-repo", "pouchdb"];

/// Everyone who can run here, ours first; ours only once it was built.
pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<Peer>> {
    let word = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut peers = Vec::new();
    if let Some(ours) = ours(root) {
        peers.push(Peer {
            name: OURS,
            words: vec![word(ours)],
        });
    }
    peers.push(Peer {
        name: "samod",
        words: vec![word(release(root).join("bench-samod"))],
    });
    for name in IN_NODE {
        let file = root.join("peers").join(format!("{name}.mjs"));
        peers.push(Peer {
            name,
            words: vec!["node".to_owned(), word(file)],
        });
    }
    Ok(peers)
}

/// The program of ours, if it was built.
pub(crate) fn ours(root: &Path) -> Option<PathBuf> {
    Some(release(root).join("bench-ours")).filter(|path| path.exists())
}

/// The program of the SQLite reference.
pub(crate) fn plain(root: &Path) -> PathBuf {
    release(root).join("bench-plain")
}

fn release(root: &Path) -> PathBuf {
    root.join("target").join("release")
}

//! A server's memory and the bytes of its store, read from outside of it.

use std::path::Path;

/// Resident memory of a process in kB (`VmRSS` of `/proc/PID/status`), or 0 where that cannot be read.
#[must_use]
pub fn rss_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Bytes of all files below a folder, by their length.
///
/// # Errors
/// A folder cannot be read. A file that its owner deletes meanwhile counts as nothing.
pub fn dir_bytes(dir: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => sum += dir_bytes(&entry.path())?,
            Ok(meta) => sum += meta.len(),
            Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => {}
            Err(other) => return Err(other),
        }
    }
    Ok(sum)
}

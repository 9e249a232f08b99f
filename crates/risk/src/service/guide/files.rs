//! Files that take the place of what is stored.

use std::path::Path;
use std::time::SystemTime;

/// The most bytes of a file that is read.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What tells whether a file changed without reading it; of one that is not there, nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Option<(u64, Option<SystemTime>)>);

impl Stamp {
    /// Of this file now.
    pub(super) fn of(path: &Path) -> Self {
        Self(std::fs::metadata(path).ok().map(|found| (found.len(), found.modified().ok())))
    }
}

/// The text of a file, or why there is none.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let length = std::fs::metadata(path).map_err(|error| told(&error))?.len();
    if length > BYTES_MAX {
        return Err(told(&"the file is too large"));
    }
    std::fs::read_to_string(path).map_err(|error| told(&error))
}

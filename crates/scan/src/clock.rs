//! The time of day, which tokens speak of.

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a scanner stands outside of the program and has no Env")]
pub(crate) fn unix_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

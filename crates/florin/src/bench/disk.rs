//! How fast the disk makes things durable, with nothing of ours in between.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

const PAGE: [u8; 4_096] = [0x5a; 4_096];

/// How often a page could be appended and made durable, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncRate {
    /// Times a second.
    pub per_second: u64,
    /// The middle time of one, in microseconds.
    pub p50_us: u64,
    /// The time that one in a hundred exceeds, in microseconds.
    pub p99_us: u64,
}

/// Appends 4 KiB and waits for `fdatasync`, again and again for `duration`, on the disk of `folder`.
///
/// # Errors
/// When the folder cannot be written to.
pub fn sync_rate(folder: &Path, duration: Duration) -> io::Result<SyncRate> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times = Histogram::<u64>::new_with_max(600_000_000, 3).map_err(io::Error::other)?;
    let started = Instant::now();
    let mut last = started;
    while last.duration_since(started) < duration {
        file.write_all(&PAGE)?;
        file.sync_data()?;
        let now = Instant::now();
        times.saturating_record(micros(now.duration_since(last)));
        last = now;
    }
    let elapsed_us = micros(last.duration_since(started)).max(1);
    Ok(SyncRate {
        per_second: times.len().saturating_mul(1_000_000) / elapsed_us,
        p50_us: times.value_at_quantile(0.5),
        p99_us: times.value_at_quantile(0.99),
    })
}

/// A duration in whole microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_made_durable_at_some_rate_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();

        let rate = sync_rate(folder.path(), Duration::from_millis(100)).unwrap();

        assert!(rate.per_second > 0 && rate.p50_us <= rate.p99_us, "{rate:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_of() {
        assert!(sync_rate(Path::new("/nowhere/at/all"), Duration::from_millis(1)).is_err());
    }
}

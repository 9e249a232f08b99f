//! What the system tells of the process and of its machine.

use std::fs;
use std::path::Path;

use crate::catalogue::metric;
use crate::{Number, Reading};

/// What is to be had without waiting: processor, memory, files, network and disk. What the system does not tell is left out.
pub fn readings(data: &Path) -> Vec<Reading> {
    let network = network();
    let disk = disk(data);
    [
        cpu().map(|cpu| Reading::of(&metric::CPU, cpu)),
        resident().map(|bytes| Reading::of(&metric::MEMORY, Number::whole(bytes))),
        available().map(|bytes| Reading::of(&metric::HOST_MEMORY, Number::whole(bytes))),
        files().map(|files| Reading::of(&metric::FILES, Number::whole(files))),
        network.map(|(received, _)| Reading::of(&metric::NET_RECEIVED, Number::whole(received))),
        network.map(|(_, sent)| Reading::of(&metric::NET_SENT, Number::whole(sent))),
        disk.map(|(free, _)| Reading::of(&metric::DISK_FREE, Number::whole(free))),
        disk.map(|(_, size)| Reading::of(&metric::DISK_SIZE, Number::whole(size))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Processor time of this process; the kernel counts it in hundredths of a second.
fn cpu() -> Option<Number> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, second field, may hold anything, but its closing bracket is the last.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(|field| field.parse::<u64>().ok());
    let ticks = times.next()??.saturating_add(times.next()??);
    Some(Number::seconds_of_us(ticks.saturating_mul(10_000)))
}

fn resident() -> Option<u64> {
    kibibytes("/proc/self/status", "VmRSS:")
}

fn available() -> Option<u64> {
    kibibytes("/proc/meminfo", "MemAvailable:")
}

fn kibibytes(file: &str, field: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1_024)
}

fn files() -> Option<u64> {
    u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

/// Bytes that came in and went out by all interfaces but loopback.
fn network() -> Option<(u64, u64)> {
    added_up(&fs::read_to_string("/proc/net/dev").ok()?)
}

fn added_up(table: &str) -> Option<(u64, u64)> {
    let interfaces = table.lines().skip(2).filter_map(|line| line.split_once(':'));
    let mut sums = (0_u64, 0_u64);
    for (_, numbers) in interfaces.filter(|(name, _)| name.trim() != "lo") {
        let mut numbers = numbers.split_ascii_whitespace().map(|number| number.parse::<u64>().ok());
        let received = numbers.next().flatten()?;
        let sent = numbers.nth(7).flatten()?;
        sums = (sums.0.saturating_add(received), sums.1.saturating_add(sent));
    }
    Some(sums)
}

/// What is free to this user on the disk of a directory, and its size.
fn disk(directory: &Path) -> Option<(u64, u64)> {
    let told = rustix::fs::statvfs(directory).ok()?;
    Some((told.f_bavail.checked_mul(told.f_frsize)?, told.f_blocks.checked_mul(told.f_frsize)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_of_all_of_it() {
        let readings = readings(Path::new("."));

        assert_eq!(readings.len(), 8);
        for wanted in [&metric::MEMORY, &metric::DISK_SIZE, &metric::HOST_MEMORY, &metric::FILES] {
            let found = readings.iter().find(|reading| std::ptr::eq(reading.metric, wanted)).unwrap();
            assert!(found.number().unwrap() > Number::ZERO, "{}", wanted.name);
        }
    }

    #[test]
    fn loopback_is_left_out_of_the_network() {
        let table = "Inter-|   Receive  |  Transmit\n face |bytes packets\n    lo: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0\n  eth0: 500 1 0 0 0 0 0 0 70 1 0 0 0 0 0 0\n  eth1:3 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0\n";

        assert_eq!(added_up(table), Some((503, 74)));
    }
}

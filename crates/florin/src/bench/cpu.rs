//! Processor time of processes, as the kernel counts it.

use std::fs;

/// The kernel counts processor time in hundredths of a second.
const TICK_US: u64 = 10_000;

/// Processes that are measured as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the report calls them.
    pub name: String,
    /// The process, and with it every process that descends from it.
    pub root: u32,
}

impl Group {
    /// The process `root` and its descendants, such as PostgreSQL's, under a name.
    pub fn new(name: impl Into<String>, root: u32) -> Self {
        Self { name: name.into(), root }
    }

    /// This process.
    pub fn own() -> Self {
        Self::new("load", std::process::id())
    }

    /// Processor time used so far, user's and system's, in microseconds; `None` when the process is gone.
    ///
    /// What descendants used that have ended counts with whoever waited for them.
    pub fn cpu_us(&self) -> Option<u64> {
        let processes = processes();
        let root = processes.iter().find(|process| process.pid == self.root)?;
        let mut ticks = root.ticks;
        let mut parents = vec![self.root];
        while let Some(parent) = parents.pop() {
            for child in processes.iter().filter(|process| process.parent == parent && process.pid != parent)
            {
                ticks = ticks.saturating_add(child.ticks);
                parents.push(child.pid);
            }
        }
        Some(ticks.saturating_mul(TICK_US))
    }
}

struct Process {
    pid: u32,
    parent: u32,
    ticks: u64,
}

fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // A process that ends meanwhile is left out.
    pids.filter_map(|pid| parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)).collect()
}

fn parse(pid: u32, stat: &str) -> Option<Process> {
    // The name, second field, may hold anything, but its closing bracket is the last.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(1);
    let parent = fields.next()?.parse().ok()?;
    let mut ticks = 0_u64;
    // User's and system's time, of the process and of the children it waited for.
    for time in fields.skip(9).take(4) {
        ticks = ticks.saturating_add(time.parse().ok()?);
    }
    Some(Process { pid, parent, ticks })
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_times_are_read_past_any_name() {
        let stat = "7 (a ) (b) R 3 7 7 0 -1 4194560 1 0 0 0 11 22 33 44 20 0 1 0 100 0 0";

        let process = parse(7, stat).unwrap();

        assert_eq!((process.parent, process.ticks), (3, 110));
        assert!(parse(7, "7 (sh) R 3 7").is_some_and(|process| process.ticks == 0));
        assert!(parse(7, "").is_none());
    }

    #[test]
    fn work_of_this_process_and_of_its_children_shows() {
        let own = Group::own();
        let before = own.cpu_us().unwrap();
        let mut child = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();

        let deadline = Instant::now() + Duration::from_secs(20);
        while own.cpu_us().unwrap() < before + 100_000 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }

        let after = own.cpu_us().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(after >= before + 100_000, "{before} {after}");
    }

    #[test]
    fn a_process_that_is_gone_has_no_time() {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();

        assert_eq!(Group::new("gone", child.id()).cpu_us(), None);
    }
}

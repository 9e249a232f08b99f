//! The single checks: each runs one tool, shows what it says and tells whether it passed.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::{book, layers};

/// Whether a check passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Passed,
    /// It did not, or could not be made.
    Failed,
}

impl Outcome {
    /// Whether it passed.
    pub fn passed(self) -> bool {
        self == Self::Passed
    }

    fn of(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tests: {} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Counts {
    /// Adds what a line of output tells, if it is a summary of nextest's or of the standard harness.
    fn add(&mut self, line: &str) {
        // The harness begins its summary at the margin; indented it is the output of a test that nextest repeats.
        let summary = if let Some(rest) = line.trim_start().strip_prefix("Summary ") {
            rest.split_once(" run: ").map(|(_, counts)| counts)
        } else {
            line.strip_prefix("test result: ")
                .and_then(|rest| rest.split_once(". "))
                .map(|(_, counts)| counts)
        };
        for part in summary.unwrap_or_default().split([',', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" | "timed" | "exec" => self.failed += number,
                "skipped" | "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// The sources are formatted.
pub fn fmt(root: &Path) -> Outcome {
    show(cargo(root).args(["fmt", "--all", "--check"]))
}

/// Clippy has nothing to say.
pub fn clippy(root: &Path) -> Outcome {
    show(cargo(root).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// The crates depend on each other as the map allows.
pub fn layers(root: &Path) -> Outcome {
    match layers::check(root) {
        Ok(faults) if faults.is_empty() => Outcome::Passed,
        Ok(faults) => {
            for fault in &faults {
                eprintln!("layers: {fault}");
            }
            eprintln!("layers: {} faults", faults.len());
            Outcome::Failed
        }
        Err(error) => {
            eprintln!("layers: {error}");
            Outcome::Failed
        }
    }
}

/// The pages of the handbook belong together.
pub fn book(root: &Path) -> Outcome {
    let faults = book::check(root).unwrap_or_else(|error| vec![error.to_string()]);
    for fault in &faults {
        eprintln!("book: {fault}");
    }
    Outcome::of(faults.is_empty())
}

/// The documentation builds without a broken link.
pub fn docs(root: &Path) -> Outcome {
    show(cargo(root).args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Every test passes, the examples in the documentation included.
pub fn tests(root: &Path) -> (Outcome, Counts) {
    let mut counts = Counts::default();
    let passed = if has_nextest(root) {
        let nextest = ["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests=pass"];
        let units = count(cargo(root).args(nextest), &mut counts);
        let examples =
            count(cargo(root).args(["test", "--workspace", "--doc", "--no-fail-fast"]), &mut counts);
        units & examples
    } else {
        count(cargo(root).args(["test", "--workspace", "--no-fail-fast"]), &mut counts)
    };
    if counts.passed == 0 {
        eprintln!("tests: none ran");
    }
    (Outcome::of(passed && counts.passed > 0 && counts.failed == 0), counts)
}

fn has_nextest(root: &Path) -> bool {
    let mut probe = cargo(root);
    probe.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

fn show(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) => Outcome::of(status.success()),
        Err(error) => {
            eprintln!("{command:?} could not be started: {error}");
            Outcome::Failed
        }
    }
}

/// Runs `command`, showing its output line by line and counting the tests it tells of.
fn count(command: &mut Command, counts: &mut Counts) -> bool {
    command.env("CARGO_TERM_COLOR", "never").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{command:?} could not be started: {error}");
            return false;
        }
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let errors = scope.spawn(|| err.map(relay).unwrap_or_default());
        let output = out.map(relay).unwrap_or_default();
        for part in [output, errors.join().unwrap_or_default()] {
            counts.passed += part.passed;
            counts.failed += part.failed;
            counts.skipped += part.skipped;
        }
    });
    child.wait().is_ok_and(|status| status.success())
}

fn relay(pipe: impl Read) -> Counts {
    let mut counts = Counts::default();
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        eprint!("{text}");
        counts.add(&text);
        line.clear();
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_of_both_harnesses_are_counted() {
        let mut counts = Counts::default();

        counts.add("     Summary [   0.003s] 17 tests run: 15 passed (1 slow), 2 failed, 3 skipped\n");
        counts.add("     Summary [   0.003s] 4 tests run: 3 passed, 1 timed out, 0 skipped\n");
        counts.add(
            "test result: ok. 5 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.0s",
        );
        counts.add("test a_test_result ... ok");

        assert_eq!(counts, Counts { passed: 23, failed: 4, skipped: 5 });
    }

    #[test]
    fn a_program_that_cannot_be_started_has_not_passed() {
        let mut counts = Counts::default();

        assert!(!count(&mut Command::new("/nowhere/at/all"), &mut counts));
        assert_eq!(show(&mut Command::new("/nowhere/at/all")), Outcome::Failed);
    }
}

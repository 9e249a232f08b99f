//! All checks in one go, and what came of each.

use std::path::Path;
use std::time::Instant;

use crate::steps::{self, Outcome};

/// How much is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Full,
    /// What shows whether the program works: layers and tests.
    Fast,
}

/// Runs every check, also after one has failed, and prints what came of each; true when all passed.
pub fn run(root: &Path, extent: Extent) -> bool {
    let mut rows = Vec::new();
    let mut time = |name: &'static str, step: &mut dyn FnMut() -> Outcome| {
        eprintln!("\n== {name}");
        let started = Instant::now();
        let outcome = step();
        rows.push((name, outcome, started.elapsed()));
    };

    let mut counts = steps::Counts::default();
    time("layers", &mut || steps::layers(root));
    time("book", &mut || steps::book(root));
    if extent == Extent::Full {
        time("fmt", &mut || steps::fmt(root));
        time("clippy", &mut || steps::clippy(root));
    }
    time("tests", &mut || {
        let (outcome, counted) = steps::tests(root);
        counts = counted;
        outcome
    });
    if extent == Extent::Full {
        time("docs", &mut || steps::docs(root));
    }

    println!();
    for (name, outcome, elapsed) in &rows {
        let word = if outcome.passed() { "passed" } else { "FAILED" };
        println!("{name:<8} {word:<8} {:>5} s", elapsed.as_secs());
    }
    println!("{counts}");
    rows.iter().all(|(_, outcome, _)| outcome.passed())
}

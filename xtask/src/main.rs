//! What a change must pass, in one program: `cargo xtask ci`.
#![expect(clippy::print_stdout, reason = "a command line speaks on standard output")]

mod book;
mod ci;
mod layers;
mod steps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
Checks of the workspace.

Usage: cargo xtask <COMMAND>

Commands:
  ci [--fast]  all of the below, and a summary; --fast leaves out lint and docs
  lint         formatting and clippy, warnings refused
  layers       the arrows between crates, the lints they inherit, the libraries that are banned
  test         all tests, documentation's examples included
  book         every page of docs/ is in its table of contents, every link leads somewhere
  docs         the documentation builds, broken links refused
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let passed = match words.as_slice() {
        ["ci"] => ci::run(&root, ci::Extent::Full),
        ["ci", "--fast"] => ci::run(&root, ci::Extent::Fast),
        ["lint"] => steps::fmt(&root).passed() & steps::clippy(&root).passed(),
        ["layers"] => steps::layers(&root).passed(),
        ["test"] => {
            let (outcome, counts) = steps::tests(&root);
            println!("{counts}");
            outcome.passed()
        }
        ["book"] => steps::book(&root).passed(),
        ["docs"] => steps::docs(&root).passed(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            true
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The workspace's folder, whatever the caller's.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

//! Generated documents are committed as they are generated.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use florin_http::codes;
use florin_ledger::rules::{Code, Group};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Asserts that the committed file is current, or makes it so where `FLORIN_UPDATE_SNAPSHOTS` is set.
fn assert_current(path: &Path, made: &str) {
    if std::env::var_os("FLORIN_UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let hint = "run again with FLORIN_UPDATE_SNAPSHOTS=1";
    assert!(committed == made, "{} is out of date; {hint}", path.display());
}

fn problem_index() -> String {
    let mut page = String::from(
        "# Problems\n\nEvery code that a refusal can have, by status. A running server shows the same pages at \
         `/problems`. Refusals of the ledger that are not among them are in [ledger-codes.md](../ledger-codes.md).\n\n\
         | code | status | title |\n|---|---|---|\n",
    );
    for code in codes::ALL {
        let _ =
            writeln!(page, "| [`{0}`]({0}.md) | {1} | {2} |", code.name, code.status.as_u16(), code.title);
    }
    page
}

#[test]
fn each_problem_has_its_page_and_no_page_lacks_a_problem() {
    let folder = docs().join("problems");
    for code in codes::ALL {
        assert_current(&folder.join(format!("{}.md", code.name)), &code.markdown());
    }
    assert_current(&folder.join("README.md"), &problem_index());

    let pages: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    let codes: BTreeSet<String> = codes::ALL.iter().map(|code| format!("{}.md", code.name)).collect();
    assert_eq!(pages, codes);
}

fn group_title(group: Group) -> &'static str {
    match group {
        Group::Batch => "The batch or the chain",
        Group::Id => "The identifier was used before",
        Group::Form => "The request by itself",
        Group::Lookup => "What it names",
        Group::State => "Accounts and periods",
        Group::Amount => "Holds and reversals",
        Group::Overflow => "Sums that would not fit",
        Group::Policy => "Limits and decisions",
        Group::Done => "Done",
    }
}

fn ledger_codes() -> String {
    let mut page = String::from(
        "# Outcomes of the ledger\n\nEvery transfer has one of these outcomes. They are in order of precedence: where \
         several apply, the first is told. *Final* means that the refusal holds for this transfer's identifier for \
         ever, whatever changes later.\n\nOver HTTP a single transfer is answered with the status and code of the last \
         two columns; some outcomes share a well-known code. In a batch each result has its code, and the batch itself \
         is 200.\n",
    );
    let mut group = None;
    for &code in Code::ALL {
        if group != Some(code.group()) {
            group = Some(code.group());
            let title = group_title(code.group());
            let _ = write!(
                page,
                "\n## {title}\n\n| outcome | what it means | final | status | code |\n|---|---|---|---|---|\n"
            );
        }
        let (status, shown) =
            if code.is_success() { (code.status(), "") } else { florin_http::outcome_code(code) };
        let shown = if shown.is_empty() { String::new() } else { format!("`{shown}`") };
        let last = if code.burns() { "yes" } else { "" };
        let _ = writeln!(page, "| `{code}` | {} | {last} | {status} | {shown} |", code.doc());
    }
    page
}

#[test]
fn the_ledgers_outcomes_are_documented() {
    assert_current(&docs().join("ledger-codes.md"), &ledger_codes());
}

fn markdown_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            markdown_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// What `[text](target)` in this text leads to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn no_link_between_the_documents_is_broken() {
    let root = docs().join("..");
    let mut files = Vec::new();
    markdown_files(&docs(), &mut files);
    for name in ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        files.push(root.join(name));
    }
    let mut broken = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let target = link.split('#').next().unwrap();
            if !file.parent().unwrap().join(target).exists() {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

/// The sources that a text names with their crates.
fn named_files(text: &str) -> Vec<&str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains("/src/") && !word.contains('{') && !word.ends_with('/'))
        .collect()
}

#[test]
fn every_file_that_the_architecture_names_exists() {
    let root = docs().join("..");
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let named = named_files(&text);
    assert!(named.len() > 30);
    let missing: Vec<&str> = named
        .into_iter()
        .filter(|name| !root.join(name).exists() && !root.join("crates").join(name).exists())
        .collect();
    assert_eq!(missing, [""; 0]);
}

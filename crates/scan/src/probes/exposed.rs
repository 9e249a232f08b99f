//! Files that were left where everybody can read them.

use std::collections::BTreeSet;

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::{Answer, Request};

pub(crate) static FILE: Rule = Rule {
    id: "exposed-file",
    title: "A file that is not for the public",
    cwe: 538,
    severity: Severity::High,
    remedy: "Serve a directory that holds what is meant to be served and nothing else.",
};
pub(crate) const RULES: &[&Rule] = &[&FILE];

/// What a file of a kind begins with or has in it.
type Sign = fn(&Answer) -> bool;

/// Files and how they are recognised.
const FILES: &[(&str, Sign)] = &[
    (".env", is_settings),
    (".git/HEAD", |answer| answer.body.starts_with("ref: refs/") || is_hash(answer.body.trim())),
    (".git/config", |answer| {
        answer.body.contains("[core]") && answer.body.contains("repositoryformatversion")
    }),
    (".svn/entries", |answer| answer.body.starts_with("10\n") || answer.body.starts_with("12\n")),
    (".DS_Store", |answer| answer.body.starts_with("\u{0}\u{0}\u{0}\u{1}Bud1")),
    (".htpasswd", |answer| answer.body.lines().next().is_some_and(|line| line.contains(":$"))),
    ("backup.sql", is_dump),
    ("dump.sql", is_dump),
    ("database.sqlite", is_sqlite),
    ("db.sqlite3", is_sqlite),
    ("florin.db", is_sqlite),
    ("config.json", |answer| answer.json().is_some_and(|_| answer.body.to_lowercase().contains("password"))),
    ("id_rsa", |answer| answer.body.contains("PRIVATE KEY-----")),
    ("server.key", |answer| answer.body.contains("PRIVATE KEY-----")),
    ("phpinfo.php", |answer| answer.body.contains("PHP Version")),
    ("server-status", |answer| answer.body.contains("Apache Server Status")),
    ("actuator/env", |answer| answer.body.contains("\"propertySources\"")),
];
/// What editors and people append to a copy.
const COPIES: &[&str] = &[".bak", "~", ".old", ".orig", ".swp"];
/// What sources look like.
const SOURCES: &[&str] =
    &["<?php", "#!/", "import ", "def ", "use std::", "SELECT ", "password", "secret", "function "];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    for directory in directories(scan) {
        for (file, sign) in FILES {
            let request = Request::get(format!("{directory}{file}"));
            let answer = scan.send(&request, &Who::nobody()).await?;
            if answer.is_success() && !answer.is_html_page() && sign(&answer) {
                confirm(scan, (request, answer), *sign).await?;
            }
        }
    }
    copies(scan).await
}

/// The root, and the directories that paths of one segment above their files lie in.
fn directories(scan: &Scan) -> BTreeSet<String> {
    let mut found = BTreeSet::from(["/".to_owned()]);
    for page in &scan.surface.pages {
        if let Some((directory, _)) = page.split('?').next().unwrap_or_default().rsplit_once('/') {
            found.insert(format!("{directory}/"));
        }
    }
    found.into_iter().take(20).collect()
}

async fn copies(scan: &mut Scan) -> Result<(), Stop> {
    let files: Vec<String> = scan
        .endpoints()
        .iter()
        .filter(|one| one.method == "GET" && one.last_segment().contains('.') && !one.has_path_params())
        .map(|one| one.path.clone())
        .collect();
    for file in files {
        for copy in COPIES {
            let request = Request::get(format!("{file}{copy}"));
            let answer = scan.send(&request, &Who::nobody()).await?;
            if answer.is_success() && is_source(&answer) {
                confirm(scan, (request, answer), is_source).await?;
            }
        }
    }
    Ok(())
}

/// What is there whatever one asks for is no file.
async fn confirm(scan: &mut Scan, first: Exchange, sign: Sign) -> Result<(), Stop> {
    let again = Request::get(format!("{}?{}=1", first.0.target, scan.chance.word()));
    let second = scan.send(&again, &Who::nobody()).await?;
    let nonsense = Request::get(format!("{}{}", first.0.target, scan.chance.word()));
    let anything = scan.send(&nonsense, &Who::nobody()).await?;
    if second.is_success() && sign(&second) && !(anything.is_success() && sign(&anything)) {
        let detail = format!("{} can be read by everybody", first.0.target);
        let mut shown = first;
        // What stands in it is for its owner.
        shown.1.body = shown.1.body.chars().take(24).chain("…".chars()).collect();
        scan.report(Found::certain(&FILE, detail, &[shown]));
    }
    Ok(())
}

fn is_settings(answer: &Answer) -> bool {
    let is_line = |line: &&str| {
        line.split_once('=').is_some_and(|(name, value)| {
            !name.is_empty()
                && !value.is_empty()
                && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
    };
    answer.body.lines().filter(is_line).count() >= 1 && !answer.body.contains('<')
}

fn is_hash(text: &str) -> bool {
    text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit())
}

fn is_dump(answer: &Answer) -> bool {
    answer.body.contains("CREATE TABLE") || answer.body.contains("INSERT INTO")
}

fn is_sqlite(answer: &Answer) -> bool {
    answer.body.starts_with("SQLite format 3")
}

fn is_source(answer: &Answer) -> bool {
    !answer.is_html_page() && SOURCES.iter().any(|sign| answer.body.contains(sign))
}

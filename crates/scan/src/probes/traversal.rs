//! Files outside of where files are served from.

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::injection::Spot;
use crate::surface::Kind;

pub(crate) static TRAVERSAL: Rule = Rule {
    id: "path-traversal",
    title: "Serves files from anywhere (path traversal)",
    cwe: 22,
    severity: Severity::Critical,
    remedy: "Look names up in a list, or resolve the whole path and refuse what does not lie in the directory.",
};
pub(crate) const RULES: &[&Rule] = &[&TRAVERSAL];

/// Ways to climb: `F` is a file from the root.
const WAYS: &[&str] = &[
    "../../../../../../../../F",
    "/F",
    "....//....//....//....//....//....//....//F",
    "..%2f..%2f..%2f..%2f..%2f..%2f..%2fF",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/F",
    "..\\..\\..\\..\\..\\..\\F",
    "file:///F",
];
/// Files that machines have, with what stands in them.
const FILES: &[(&str, &[&str])] = &[
    ("etc/passwd", &["root:x:0:0:", "root:*:0:0:", "root::0:0:"]),
    ("etc/group", &["root:x:0:", "wheel:*:0:", "root:*:0:"]),
];
const WINDOWS: &[(&str, &[&str])] =
    &[("windows/win.ini", &["[fonts]", "[extensions]"]), ("windows/system.ini", &["[drivers]", "[386Enh]"])];
const NAMES: &[&str] = &[
    "file", "path", "name", "doc", "page", "template", "dir", "folder", "download", "include", "view",
    "lang", "report", "url",
];

pub(crate) async fn run(scan: &mut Scan, spot: &Spot) -> Result<(), Stop> {
    if spot.kind != Kind::Text {
        return Ok(());
    }
    // One attempt at every text, all of them where the name speaks of files.
    let likely = spot.is_called(NAMES);
    for way in WAYS.iter().take(if likely { WAYS.len() } else { 1 }) {
        for files in [FILES, WINDOWS].iter().take(if likely { 2 } else { 1 }) {
            let mut seen: Vec<Exchange> = Vec::new();
            for (file, signs) in *files {
                let exchange = spot.put(scan, &way.replace('F', file)).await?;
                let known = signs
                    .iter()
                    .any(|sign| exchange.1.body.contains(sign) && !spot.base.1.body.contains(sign));
                if !known {
                    break;
                }
                seen.push(exchange);
            }
            if seen.len() == files.len() {
                let detail = format!("`{}` reads files of the machine", spot.name);
                scan.report(
                    Found::certain(&TRAVERSAL, detail, &seen).in_parameter(&spot.name).about("root:"),
                );
                return Ok(());
            }
        }
    }
    Ok(())
}

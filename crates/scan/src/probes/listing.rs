//! Directories that show what is in them.

use std::collections::BTreeSet;

use crate::ask::{Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::{Answer, Request};
use crate::surface::html;

pub(crate) static LISTING: Rule = Rule {
    id: "directory-listing",
    title: "A directory shows what is in it",
    cwe: 548,
    severity: Severity::Medium,
    remedy: "Turn listings off.",
};
pub(crate) const RULES: &[&Rule] = &[&LISTING];

const USUAL: &[&str] =
    &["/static/", "/assets/", "/uploads/", "/files/", "/backup/", "/images/", "/logs/", "/data/"];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let mut directories: BTreeSet<String> = USUAL.iter().map(|path| (*path).to_owned()).collect();
    for endpoint in scan.endpoints().iter().filter(|one| !one.has_path_params()) {
        if let Some((directory, _)) = endpoint.path.rsplit_once('/') {
            directories.insert(format!("{directory}/"));
        }
    }
    for directory in directories {
        let request = Request::get(directory.clone());
        let answer = scan.send(&request, &Who::nobody()).await?;
        if !is_listing(&answer) {
            continue;
        }
        // What it lists must be there, and what is not listed must not be.
        let Some(link) = entry(&answer) else { continue };
        let file = Request::get(format!("{directory}{link}"));
        let there = scan.send(&file, &Who::nobody()).await?;
        let nonsense = format!("{directory}{}", scan.chance.word());
        let absent = scan.send(&Request::get(nonsense), &Who::nobody()).await?;
        if there.is_success() && !absent.is_success() {
            let detail = format!("{directory} lists its files, {link} among them");
            scan.report(Found::certain(&LISTING, detail, &[(request, answer), (file, there)]));
        }
    }
    Ok(())
}

fn is_listing(answer: &Answer) -> bool {
    let titles = ["Index of /", "Directory listing for", "<title>Directory: "];
    answer.is_success() && answer.is_html() && titles.iter().any(|title| answer.body.contains(title))
}

/// The first entry of a listing that is a file in it.
fn entry(answer: &Answer) -> Option<String> {
    let links = html::links(&html::pieces(&answer.body));
    links
        .into_iter()
        .find(|link| !link.contains(['/', '?', ':', '#']) && !link.starts_with('.') && !link.is_empty())
}

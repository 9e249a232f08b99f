//! Scripts that a page takes from what somebody has left there.

use crate::ask::{Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::{Answer, Request};
use crate::probes::xss_reflected::{has_element, markup, runs_scripts};
use crate::surface::html;
use crate::surface::{Endpoint, Kind, Place};

pub(crate) static STORED: Rule = Rule {
    id: "xss-stored",
    title: "A page runs scripts that somebody has stored (stored XSS)",
    cwe: 79,
    severity: Severity::High,
    remedy: "Escape what is written into a page for the place where it stands, wherever it comes from.",
};
pub(crate) const RULES: &[&Rule] = &[&STORED];

/// Something that was left: by which request, in which parameter, under which word.
struct Left {
    endpoint: Endpoint,
    at: usize,
    word: String,
}

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    if !scan.options.writes {
        return Ok(());
    }
    let mut left = Vec::new();
    for endpoint in scan.endpoints().into_iter().filter(Endpoint::writes) {
        if crate::session::is_about_credentials(&endpoint) {
            continue;
        }
        left.extend(leave(scan, &endpoint).await?);
    }
    let shown = pages(scan).await?;
    for one in &left {
        if let Some((page, _)) = shown.iter().find(|(_, answer)| shows(answer, &one.word)) {
            confirm(scan, one, page).await?;
        }
    }
    Ok(())
}

/// Leaves marks in all texts of an endpoint; first together, then one by one where that is refused.
async fn leave(scan: &mut Scan, endpoint: &Endpoint) -> Result<Vec<Left>, Stop> {
    let mut left = Vec::new();
    for (at, param) in endpoint.params.iter().enumerate() {
        let takes = matches!(param.place, Place::Form | Place::Json(_) | Place::Query);
        if takes && param.kind == Kind::Text && !param.is_form_token() {
            left.push(Left { endpoint: endpoint.clone(), at, word: scan.chance.word() });
        }
    }
    let values: Vec<(usize, String)> = left.iter().map(|one| (one.at, markup(&one.word))).collect();
    let all: Vec<(usize, &str)> = values.iter().map(|(at, value)| (*at, value.as_str())).collect();
    if all.is_empty() || scan.ask(endpoint, &all).await?.1.status < 400 {
        return Ok(left);
    }
    for change in &all {
        scan.ask(endpoint, &[*change]).await?;
    }
    Ok(left)
}

/// All pages that are known, as the user and as nobody see them.
async fn pages(scan: &mut Scan) -> Result<Vec<(Request, Answer)>, Stop> {
    let mut shown = Vec::new();
    for target in scan.surface.pages.clone() {
        let request = Request::get(target);
        for who in [scan.me(), Who::nobody()] {
            let answer = scan.send(&request, &who).await?;
            shown.push((request.clone(), answer));
        }
    }
    Ok(shown)
}

fn shows(answer: &Answer, word: &str) -> bool {
    runs_scripts(answer) && has_element(&html::pieces(&answer.body), word)
}

async fn confirm(scan: &mut Scan, left: &Left, page: &Request) -> Result<(), Stop> {
    let word = scan.chance.word();
    let sent = scan.ask(&left.endpoint, &[(left.at, &markup(&word))]).await?;
    let me = scan.me();
    let back = scan.send(page, &me).await?;
    if shows(&back, &word) {
        let name = left.endpoint.params.get(left.at).map(|param| param.name.clone()).unwrap_or_default();
        let detail = format!("what is left in `{name}` is markup of the page {}", page.target);
        let seen = [sent, (page.clone(), back)];
        scan.report(Found::certain(&STORED, detail, &seen).in_parameter(&name).about(&word));
    }
    Ok(())
}

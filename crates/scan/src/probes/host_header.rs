//! Links that are made of what the client says the host is.

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::Request;
use crate::session;
use crate::surface::Endpoint;

pub(crate) static HOST: Rule = Rule {
    id: "host-header",
    title: "Makes links of whatever host the client names",
    cwe: 644,
    severity: Severity::Medium,
    remedy: "Take the public address from the configuration, and refuse hosts that are not one's own.",
};
pub(crate) const RULES: &[&Rule] = &[&HOST];

const HEADERS: &[&str] = &["Host", "X-Forwarded-Host"];
const PAGES_MAX: usize = 40;

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let mut all: Vec<Endpoint> = Vec::new();
    let known = scan.surface.pages.clone();
    let page = |one: &Endpoint| {
        one.method == "GET" && !one.has_path_params() && known.iter().any(|page| page.starts_with(&one.path))
    };
    all.extend(scan.endpoints().into_iter().filter(page).take(PAGES_MAX));
    if scan.options.writes {
        all.extend(session::resets(&scan.surface));
    }
    for endpoint in all {
        for header in HEADERS {
            let Some(first) = believed(scan, &endpoint, header).await? else { continue };
            if let Some(second) = believed(scan, &endpoint, header).await? {
                let detail = format!("the host of `{header}` is in links of the answer");
                scan.report(Found::certain(&HOST, detail, &[first, second]).in_parameter(header));
                break;
            }
        }
    }
    Ok(())
}

/// Asks under the name of another host; the exchange if the answer leads there.
async fn believed(scan: &mut Scan, endpoint: &Endpoint, header: &str) -> Result<Option<Exchange>, Stop> {
    let host = format!("{}.example", scan.chance.word());
    let request: Request = scan.request(endpoint, &[]).header(header, &host);
    let answer = scan.send(&request, &Who::nobody()).await?;
    let link = format!("://{host}");
    let leads = answer.header("location").is_some_and(|to| to.contains(&link)) || answer.body.contains(&link);
    Ok(leads.then_some((request, answer)))
}

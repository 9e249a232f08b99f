//! Other methods than the one that is guarded.

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::Request;
use crate::surface::Endpoint;

pub(crate) static TAMPERING: Rule = Rule {
    id: "verb-tampering",
    title: "Another method gets past the sign-in",
    cwe: 650,
    severity: Severity::High,
    remedy: "Guard paths whatever the method, and answer 405 to methods that are not meant.",
};
pub(crate) static OVERRIDE: Rule = Rule {
    id: "method-override",
    title: "A header that changes the method gets past the sign-in",
    cwe: 650,
    severity: Severity::High,
    remedy: "Do not take methods from headers, or apply them before anything is decided.",
};
pub(crate) static TRACE: Rule = Rule {
    id: "trace-enabled",
    title: "Answers TRACE with the request, credentials included",
    cwe: 693,
    severity: Severity::Low,
    remedy: "Answer 405 to TRACE.",
};
pub(crate) const RULES: &[&Rule] = &[&TAMPERING, &OVERRIDE, &TRACE];

/// Methods that a rule made for the usual ones may not know.
const METHODS: &[&str] = &["HEAD", "POST", "PUT", "PATCH", "PROPFIND", "FLORIN"];
const OVERRIDES: &[&str] = &["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let all = scan.endpoints();
    for endpoint in all.iter().filter(|one| one.protected == Some(true) && one.method == "GET") {
        let request = scan.request(endpoint, &[]);
        let me = scan.me();
        let opened = scan.send(&request, &me).await?;
        if !opened.is_success() || !scan.send(&request, &Who::nobody()).await?.is_denied() {
            continue;
        }
        other_methods(scan, endpoint, &all, &opened.body).await?;
        overrides(scan, endpoint, &opened.body).await?;
    }
    trace(scan).await
}

/// Tries the other methods that are not documented here.
async fn other_methods(
    scan: &mut Scan,
    endpoint: &Endpoint,
    all: &[Endpoint],
    opened: &str,
) -> Result<(), Stop> {
    for method in METHODS {
        let documented = all.iter().any(|one| one.path == endpoint.path && one.method == *method);
        if documented || !scan.options.writes && *method != "HEAD" {
            continue;
        }
        let mut seen: Vec<Exchange> = Vec::new();
        for _ in 0..2 {
            let word = scan.chance.word();
            let request = scan.request(endpoint, &[]).method(method).header("X-Scan", word);
            let answer = scan.send(&request, &Who::nobody()).await?;
            seen.push((request, answer));
        }
        // HEAD has no body to compare, and an answer that merely says OK shows nothing.
        let same =
            |(_, answer): &Exchange| answer.is_success() && (answer.body == opened || *method == "HEAD");
        if seen.iter().all(same) {
            let detail = format!("{method} gets what GET is refused without a sign-in");
            let mut shown = seen;
            for (request, _) in &mut shown {
                "GET".clone_into(&mut request.method);
            }
            scan.report(Found::certain(&TAMPERING, detail, &shown).in_parameter(method));
            return Ok(());
        }
    }
    Ok(())
}

async fn overrides(scan: &mut Scan, endpoint: &Endpoint, opened: &str) -> Result<(), Stop> {
    for header in OVERRIDES {
        let mut seen: Vec<Exchange> = Vec::new();
        for method in ["HEAD", "OPTIONS"] {
            let request: Request = scan.request(endpoint, &[]).header(header, method);
            let answer = scan.send(&request, &Who::nobody()).await?;
            if answer.is_success() && answer.body == opened {
                seen.push((request, answer));
            }
        }
        if seen.len() == 2 {
            let detail = format!("a request that names another method in `{header}` is not asked to sign in");
            scan.report(Found::certain(&OVERRIDE, detail, &seen).in_parameter(header));
            return Ok(());
        }
    }
    Ok(())
}

async fn trace(scan: &mut Scan) -> Result<(), Stop> {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let word = scan.chance.word();
        let request = Request::new("TRACE", "/").header("X-Scan", &word);
        let answer = scan.send(&request, &Who::nobody()).await?;
        if !answer.is_success() || !answer.body.contains(&word) {
            return Ok(());
        }
        seen.push((request, answer));
    }
    scan.report(Found::certain(&TRACE, "TRACE gives back what was sent", &seen));
    Ok(())
}

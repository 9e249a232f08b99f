//! What pages of other sites may read.

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::surface::Endpoint;

pub(crate) static REFLECTED: Rule = Rule {
    id: "cors-any-origin",
    title: "Any site may read answers with its visitors' credentials",
    cwe: 942,
    severity: Severity::High,
    remedy: "Compare the origin with a list, whole, and allow credentials to those on it alone.",
};
pub(crate) static NULL: Rule = Rule {
    id: "cors-null-origin",
    title: "Sandboxed pages may read answers with credentials",
    cwe: 942,
    severity: Severity::High,
    remedy: "Never allow the origin null.",
};
pub(crate) static SIMILAR: Rule = Rule {
    id: "cors-similar-origin",
    title: "Sites with a similar name may read answers with credentials",
    cwe: 942,
    severity: Severity::High,
    remedy: "Compare the origin with a list, whole: neither by its beginning nor by its end.",
};
pub(crate) const RULES: &[&Rule] = &[&REFLECTED, &NULL, &SIMILAR];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let simple = |one: &Endpoint| one.method == "GET" && !one.has_path_params();
    for endpoint in scan.endpoints().into_iter().filter(simple) {
        look(scan, &endpoint).await?;
    }
    Ok(())
}

async fn look(scan: &mut Scan, endpoint: &Endpoint) -> Result<(), Stop> {
    let base = scan.client.base.clone();
    let own = base.origin().ascii_serialization();
    let host = base.host_str().unwrap_or_default().to_owned();
    let (one, two) = (scan.chance.word(), scan.chance.word());
    let any = [format!("https://{one}.example"), format!("http://{two}.example")];
    if let Some(seen) = allowed(scan, endpoint, &any).await? {
        scan.report(Found::certain(&REFLECTED, "the origin that is sent comes back as allowed", &seen));
        return Ok(());
    }
    let null = ["null".to_owned(), "null".to_owned()];
    if let Some(seen) = allowed(scan, endpoint, &null).await? {
        scan.report(Found::certain(&NULL, "the origin null is allowed", &seen));
    }
    for similar in [
        [format!("{own}.{one}.example"), format!("{own}.{two}.example")],
        [format!("https://{one}{host}"), format!("https://{two}{host}")],
    ] {
        if let Some(seen) = allowed(scan, endpoint, &similar).await? {
            scan.report(Found::certain(
                &SIMILAR,
                "an origin that merely resembles the target's is allowed",
                &seen,
            ));
            return Ok(());
        }
    }
    Ok(())
}

/// Asks with both origins; what was seen when both are allowed, with credentials.
async fn allowed(
    scan: &mut Scan,
    endpoint: &Endpoint,
    origins: &[String; 2],
) -> Result<Option<Vec<Exchange>>, Stop> {
    let mut seen = Vec::new();
    let me = scan.me();
    for origin in origins {
        let request = scan.request(endpoint, &[]).header("Origin", origin);
        let answer = scan.send(&request, &me).await?;
        let back = answer.header("access-control-allow-origin").is_some_and(|back| back == origin);
        let credentials =
            answer.header("access-control-allow-credentials").is_some_and(|told| told == "true");
        if !back || !credentials {
            return Ok(None);
        }
        seen.push((request, answer));
    }
    Ok(Some(seen))
}

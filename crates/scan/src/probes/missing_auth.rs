//! Routes that are open though they should not be.

use crate::ask::{Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::surface::Endpoint;

pub(crate) static MISSING: Rule = Rule {
    id: "auth-missing",
    title: "A route that is documented as protected is open",
    cwe: 306,
    severity: Severity::Critical,
    remedy: "Refuse by default: a route without a rule is closed.",
};
pub(crate) static TRUSTED: Rule = Rule {
    id: "auth-by-address",
    title: "A header that says where one comes from opens a route",
    cwe: 290,
    severity: Severity::High,
    remedy: "Take addresses and paths from headers only of proxies that one runs, and rights from neither.",
};
pub(crate) const RULES: &[&Rule] = &[&MISSING, &TRUSTED];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let protected = |one: &Endpoint| one.protected == Some(true);
    for endpoint in scan.endpoints().into_iter().filter(protected) {
        look(scan, &endpoint).await?;
    }
    Ok(())
}

async fn look(scan: &mut Scan, endpoint: &Endpoint) -> Result<(), Stop> {
    let request = scan.request(endpoint, &[]);
    let first = scan.send(&request, &Who::nobody()).await?;
    if first.is_success() {
        // A token of nobody: what it opens is open to everybody.
        let again = scan.request(endpoint, &[]);
        let word = scan.chance.word();
        let second = scan.send(&again, &Who::with(word)).await?;
        if second.is_success() {
            let detail = "answered without a sign-in, and with one that does not exist";
            scan.report(Found::certain(&MISSING, detail, &[(request, first), (again, second)]));
        }
        return Ok(());
    }
    if !first.is_denied() {
        return Ok(());
    }
    let mut seen = Vec::new();
    for address in ["127.0.0.1", "127.0.0.7"] {
        let mut request = scan.request(endpoint, &[]);
        for header in ["X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP"] {
            request = request.header(header, address);
        }
        let answer = scan.send(&request, &Who::nobody()).await?;
        if !answer.is_success() {
            return Ok(());
        }
        seen.push((request, answer));
    }
    scan.report(Found::certain(&TRUSTED, "whoever claims to come from the machine itself is let in", &seen));
    Ok(())
}

//! Reading what is another's.

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::shape::shape;
use crate::surface::Endpoint;

pub(crate) static READ: Rule = Rule {
    id: "idor-read",
    title: "Shows anybody's things to whoever knows their number",
    cwe: 639,
    severity: Severity::High,
    remedy: "Ask whose it is with every read; answer 404 for what is another's.",
};
pub(crate) const RULES: &[&Rule] = &[&READ];

/// The first parameter that says which thing is meant, and things of the user's and nobody else's.
pub(crate) fn handle(scan: &Scan, endpoint: &Endpoint) -> Option<(usize, Vec<String>)> {
    (0..endpoint.params.len()).find_map(|at| {
        let owned = endpoint.noun(at).and_then(|noun| scan.owned.get(&noun).cloned())?;
        (!owned.is_empty()).then_some((at, owned))
    })
}

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let Some(other) = scan.other.clone() else { return Ok(()) };
    for endpoint in scan.endpoints().into_iter().filter(|one| one.method == "GET") {
        if let Some((at, owned)) = handle(scan, &endpoint) {
            look(scan, &endpoint, at, &owned, &other.who).await?;
        }
    }
    Ok(())
}

async fn look(
    scan: &mut Scan,
    endpoint: &Endpoint,
    at: usize,
    owned: &[String],
    other: &Who,
) -> Result<(), Stop> {
    let mut seen: Vec<Exchange> = Vec::new();
    // Two things, or one thing twice where there is but one.
    for id in owned.iter().cycle().take(2) {
        let (request, mine) = scan.ask(endpoint, &[(at, id)]).await?;
        if !mine.is_success() || mine.body.trim().is_empty() {
            return Ok(());
        }
        let theirs = scan.send(&request, other).await?;
        if !theirs.is_success() || shape(&theirs, &[]) != shape(&mine, &[]) {
            return Ok(());
        }
        // What nobody has to sign in for is meant for all.
        if scan.send(&request, &Who::nobody()).await?.is_success() {
            return Ok(());
        }
        seen.push((request, theirs));
    }
    // An answer that is the same for things that do not exist tells nothing about this one.
    let Some(id) = owned.first() else { return Ok(()) };
    let absent = if id.bytes().all(|byte| byte.is_ascii_digit()) {
        scan.chance.number().to_string()
    } else {
        scan.chance.uuid()
    };
    let nothing = scan.ask_as(endpoint, &[(at, &absent)], other).await?;
    let same = seen.first().is_some_and(|(_, theirs)| shape(&nothing.1, &[&absent]) == shape(theirs, &[id]));
    if !same {
        let name = endpoint.params.get(at).map(|param| param.name.clone()).unwrap_or_default();
        let detail = "the second account reads what is the first account's alone";
        scan.report(Found::certain(&READ, detail, &seen).in_parameter(&name));
    }
    Ok(())
}

//! Changing and deleting what is another's: only what the scan has made itself.

use serde_json::Value;

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::surface::{Endpoint, Kind, Place, ids_in};

pub(crate) static WRITE: Rule = Rule {
    id: "idor-write",
    title: "Changes anybody's things for whoever knows their number",
    cwe: 639,
    severity: Severity::Critical,
    remedy: "Ask whose it is with every change; answer 404 for what is another's.",
};
pub(crate) const RULES: &[&Rule] = &[&WRITE];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let Some(other) = scan.other.clone().filter(|_| scan.options.writes) else { return Ok(()) };
    for endpoint in scan.endpoints() {
        let changes = matches!(endpoint.method.as_str(), "PUT" | "PATCH" | "DELETE");
        if !changes || !endpoint.path.ends_with('}') {
            continue;
        }
        let Some(maker) = maker(scan, &endpoint) else { continue };
        let mut seen = Vec::new();
        for _ in 0..2 {
            match attack(scan, &endpoint, &maker, &other.who).await? {
                Some(exchange) => seen.push(exchange),
                None => break,
            }
        }
        if seen.len() == 2 {
            let what = if endpoint.method == "DELETE" { "deletes" } else { "changes" };
            let detail = format!("the second account {what} what the first has made");
            scan.report(Found::certain(&WRITE, detail, &seen).in_parameter("id"));
        }
    }
    Ok(())
}

/// What makes the things that an endpoint changes: `POST` to the path before the identifier.
pub(crate) fn maker(scan: &Scan, endpoint: &Endpoint) -> Option<Endpoint> {
    let (collection, _) = endpoint.path.rsplit_once('/')?;
    let all = scan.endpoints();
    all.into_iter().find(|one| one.method == "POST" && one.path == collection && !one.has_path_params())
}

/// Makes a thing as the user, changes it as the other, and looks as the user; what was sent if it has an effect.
async fn attack(
    scan: &mut Scan,
    endpoint: &Endpoint,
    maker: &Endpoint,
    other: &Who,
) -> Result<Option<Exchange>, Stop> {
    let made = scan.ask(maker, &[]).await?.1;
    let id = made.json().map(|value| ids_in(&value)).unwrap_or_default().into_iter().next();
    let Some((id, at)) =
        id.filter(|_| made.is_success()).zip(endpoint.params.iter().position(|p| p.place == Place::Path))
    else {
        return Ok(None);
    };
    let mark = scan.chance.word();
    let mut changes = vec![(at, id.as_str())];
    let text = endpoint
        .params
        .iter()
        .position(|param| matches!(param.place, Place::Json(_)) && param.kind == Kind::Text);
    changes.extend(text.map(|at| (at, mark.as_str())));
    let sent = scan.ask_as(endpoint, &changes, other).await?;
    if !sent.1.is_success() {
        return Ok(None);
    }
    let reader = Endpoint { method: "GET".to_owned(), json: None, ..endpoint.clone() };
    let now = scan.ask(&reader, &[(at, &id)]).await?.1;
    let happened = if endpoint.method == "DELETE" {
        matches!(now.status, 404 | 410)
    } else {
        now.json().unwrap_or(Value::Null).to_string().contains(&mark)
    };
    Ok(happened.then_some(sent))
}

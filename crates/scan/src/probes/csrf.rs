//! Requests that pages of other sites can make browsers send.
//!
//! `SameSite` on cookies is not taken for a defence here: it knows sites, not origins, and older browsers do not know it.

use serde_json::Value;

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::{Answer, Request};
use crate::surface::Endpoint;
use crate::surface::html;

pub(crate) static MISSING: Rule = Rule {
    id: "csrf-missing",
    title: "Takes requests that another site has made up (CSRF)",
    cwe: 352,
    severity: Severity::Medium,
    remedy: "Ask for a token that is bound to the session, and look at Origin and Sec-Fetch-Site.",
};
pub(crate) static FOREIGN: Rule = Rule {
    id: "csrf-foreign-token",
    title: "Takes the form token of another session",
    cwe: 352,
    severity: Severity::Medium,
    remedy: "Bind the token to the session that it was made for, for example by an HMAC of both.",
};
pub(crate) const RULES: &[&Rule] = &[&MISSING, &FOREIGN];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let me = scan.me();
    if me.cookies.is_empty() || !scan.options.writes {
        return Ok(());
    }
    // Only what the browser sends of itself: no token of an API.
    let browser = Who { bearer: None, cookies: me.cookies };
    for endpoint in scan.endpoints().into_iter().filter(Endpoint::writes) {
        if crate::session::is_about_credentials(&endpoint) || endpoint.method != "POST" {
            continue;
        }
        if endpoint.form {
            form(scan, &endpoint, &browser).await?;
        } else {
            json(scan, &endpoint, &browser).await?;
        }
    }
    Ok(())
}

/// The request with the form's hidden fields as its page has them now for this person.
async fn fresh(scan: &mut Scan, endpoint: &Endpoint, who: &Who) -> Result<(Request, Option<usize>), Stop> {
    let token = endpoint.params.iter().position(crate::surface::Param::is_form_token);
    let mut endpoint = endpoint.clone();
    if let Some(page) = endpoint.on_page.clone() {
        let shown = scan.send(&Request::get(page), who).await?;
        let forms = html::forms(&html::pieces(&shown.body));
        for (name, _, value) in forms.into_iter().flat_map(|form| form.fields) {
            if let Some(param) =
                endpoint.params.iter_mut().find(|param| param.name == name && param.is_form_token())
            {
                param.sample = value;
            }
        }
    }
    Ok((scan.request(&endpoint, &[]), token))
}

fn works(answer: &Answer) -> bool {
    (answer.is_success() || answer.is_redirect()) && !answer.is_denied()
}

/// The same request as a page elsewhere would make a browser send it.
fn from_elsewhere(request: Request, site: &str) -> Request {
    request
        .header("Origin", format!("https://{site}.example"))
        .header("Referer", format!("https://{site}.example/"))
        .header("Sec-Fetch-Site", "cross-site")
}

async fn form(scan: &mut Scan, endpoint: &Endpoint, who: &Who) -> Result<(), Stop> {
    let (honest, token) = fresh(scan, endpoint, who).await?;
    let answer = scan.send(&honest, who).await?;
    // What works for everybody needs no protection, and what does not work shows none.
    if !works(&answer) || works(&scan.send(&honest, &Who::nobody()).await?) {
        return Ok(());
    }
    let mut bare = endpoint.clone();
    bare.params.retain(|param| !param.is_form_token());
    if let Some(seen) = twice(scan, &bare, who).await? {
        let detail = "the form is taken from another site's page without a token of its own";
        scan.report(Found::certain(&MISSING, detail, &seen));
        return Ok(());
    }
    let (Some(at), Some(other)) = (token, scan.other.clone()) else { return Ok(()) };
    let stranger = Who { bearer: None, cookies: other.who.cookies };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (theirs, _) = fresh(scan, endpoint, &stranger).await?;
        // Their token with the user's cookies: what an attacker with an account of theirs can send.
        let answer = scan.send(&from_elsewhere(theirs.clone(), "one"), who).await?;
        if !works(&answer) {
            return Ok(());
        }
        seen.push((theirs, answer));
    }
    let word = scan.chance.word();
    let made_up = scan.ask_as(endpoint, &[(at, &word)], who).await?;
    let rule = if works(&made_up.1) { &MISSING } else { &FOREIGN };
    scan.report(Found::certain(rule, "a token that is not of this session is taken", &seen));
    Ok(())
}

/// Sends what another site can send, from two sites; what was seen when both times it is done.
async fn twice(scan: &mut Scan, endpoint: &Endpoint, who: &Who) -> Result<Option<Vec<Exchange>>, Stop> {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let site = scan.chance.word();
        let request = from_elsewhere(scan.request(endpoint, &[]), &site);
        let answer = scan.send(&request, who).await?;
        if !works(&answer) {
            return Ok(None);
        }
        seen.push((request, answer));
    }
    Ok(Some(seen))
}

/// JSON cannot be sent across sites without being asked for leave, unless it is taken under a plain type.
async fn json(scan: &mut Scan, endpoint: &Endpoint, who: &Who) -> Result<(), Stop> {
    let honest = scan.request(endpoint, &[]);
    let first = scan.send(&honest, who).await?;
    if !works(&first) || works(&scan.send(&honest, &Who::nobody()).await?) {
        return Ok(());
    }
    let mut seen = Vec::new();
    for _ in 0..2 {
        let site = scan.chance.word();
        let mut forged = from_elsewhere(scan.request(endpoint, &[]), &site);
        forged.headers.retain(|(name, _)| {
            ["origin", "referer", "sec-fetch-site"].contains(&name.to_lowercase().as_str())
        });
        let body = endpoint.json.as_ref().map(Value::to_string).unwrap_or_default();
        let forged = forged.text("text/plain", body);
        let answer = scan.send(&forged, who).await?;
        if !works(&answer) {
            return Ok(());
        }
        seen.push((forged, answer));
    }
    scan.report(Found::certain(&MISSING, "a body under text/plain from another site's page is taken", &seen));
    Ok(())
}

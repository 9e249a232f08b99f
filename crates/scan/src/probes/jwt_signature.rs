//! Tokens whose signature is not looked at.

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::jwt::{self, Token};
use crate::surface::Endpoint;

pub(crate) static NONE: Rule = Rule {
    id: "jwt-none",
    title: "Takes tokens that say they need no signature",
    cwe: 347,
    severity: Severity::Critical,
    remedy: "Verify with the algorithm that one signs with, whatever the token says.",
};
pub(crate) static UNCHECKED: Rule = Rule {
    id: "jwt-signature-unchecked",
    title: "Takes tokens with a wrong signature, or none",
    cwe: 347,
    severity: Severity::Critical,
    remedy: "Verify the signature before anything in the token is believed.",
};
pub(crate) const RULES: &[&Rule] = &[&NONE, &UNCHECKED];

/// How many forged tokens a route is shown, about.
const FORGERIES: u32 = 30;

/// Routes that are open to tokens at all: refused without one, refused with nonsense, open with the user's.
///
/// As many as leave most of the budget to others.
pub(crate) async fn guarded(scan: &mut Scan) -> Result<Vec<Endpoint>, Stop> {
    if let Some(known) = scan.guarded.clone() {
        return Ok(known);
    }
    let most = usize::try_from(scan.options.budget / 4 / FORGERIES).unwrap_or(usize::MAX);
    let Some(token) = scan.me().bearer else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for endpoint in scan.endpoints() {
        if endpoint.method != "GET" || endpoint.has_path_params() || found.len() >= most {
            continue;
        }
        let open = opens(scan, &endpoint, &token).await?.1.is_success();
        if open && opens(scan, &endpoint, "nonsense").await?.1.is_denied() {
            found.push(endpoint);
        }
    }
    scan.guarded = Some(found.clone());
    Ok(found)
}

/// Asks with this token and nothing else.
pub(crate) async fn opens(scan: &mut Scan, endpoint: &Endpoint, token: &str) -> Result<Exchange, Stop> {
    let request = scan.request(endpoint, &[]);
    let answer = scan.send(&request, &Who::with(token)).await?;
    Ok((request, answer))
}

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let Some(token) = scan.me().bearer.as_deref().and_then(Token::parse) else { return Ok(()) };
    for endpoint in guarded(scan).await? {
        unchecked(scan, &endpoint, &token).await?;
        none(scan, &endpoint, &token).await?;
    }
    Ok(())
}

async fn unchecked(scan: &mut Scan, endpoint: &Endpoint, token: &Token) -> Result<(), Stop> {
    let changed = token.unsigned(&token.marked(&scan.chance.word()));
    for (what, forged) in [("missing", token.stripped()), ("wrong", token.spoilt())] {
        let first = opens(scan, endpoint, &forged).await?;
        if !first.1.is_success() {
            continue;
        }
        // Other claims under a signature that is not theirs.
        let second = opens(scan, endpoint, if what == "wrong" { &changed } else { &forged }).await?;
        if second.1.is_success() {
            let detail = format!("a token is taken though its signature is {what}");
            scan.report(Found::certain(&UNCHECKED, detail, &[first, second]));
            return Ok(());
        }
    }
    Ok(())
}

async fn none(scan: &mut Scan, endpoint: &Endpoint, token: &Token) -> Result<(), Stop> {
    if scan.has(&UNCHECKED, &endpoint.method, &endpoint.path) {
        return Ok(());
    }
    for spelling in ["none", "None", "NONE", "nOnE"] {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let claims = token.marked(&scan.chance.word());
            let exchange = opens(scan, endpoint, &jwt::none(token, spelling, &claims)).await?;
            if !exchange.1.is_success() {
                break;
            }
            seen.push(exchange);
        }
        if seen.len() == 2 {
            let detail =
                format!("claims that the scanner made up are believed under the algorithm `{spelling}`");
            scan.report(Found::certain(&NONE, detail, &seen));
            return Ok(());
        }
    }
    Ok(())
}

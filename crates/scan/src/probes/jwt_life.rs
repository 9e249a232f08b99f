//! Tokens that live on after their end.

use std::time::Duration;

use crate::ask::{Found, Scan};
use crate::client::Who;
use crate::clock::unix_seconds;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::jwt::Token;
use crate::message::Request;
use crate::probes::jwt_signature::{guarded, opens};
use crate::session;

pub(crate) static EXPIRED: Rule = Rule {
    id: "jwt-expired",
    title: "Takes tokens after their end",
    cwe: 613,
    severity: Severity::High,
    remedy: "Refuse a token whose `exp` has passed, but for a minute of leeway.",
};
pub(crate) static LOGOUT: Rule = Rule {
    id: "session-survives-logout",
    title: "A token is taken after its sign-in was ended",
    cwe: 613,
    severity: Severity::Medium,
    remedy: "Remember what was revoked until its tokens have ended, and look there with every request.",
};
pub(crate) const RULES: &[&Rule] = &[&EXPIRED, &LOGOUT];

/// Leeway that is usual between clocks.
const LEEWAY_SECONDS: u64 = 60;
/// How long the end of a token may be waited for.
const WAIT_SECONDS_MAX: u64 = 5;

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    logout(scan).await?;
    expired(scan).await
}

/// Tries the first token of the scan, where its end has come.
async fn expired(scan: &mut Scan) -> Result<(), Stop> {
    let Some(first) = scan.first_token.clone() else { return Ok(()) };
    let Some(end) = Token::parse(&first).and_then(|token| token.expires()) else { return Ok(()) };
    let over = end.saturating_add(LEEWAY_SECONDS);
    let wait = over.saturating_sub(unix_seconds());
    if wait > WAIT_SECONDS_MAX {
        return Ok(());
    }
    tokio::time::sleep(Duration::from_secs(wait)).await;
    scan.stay_signed_in().await?;
    for endpoint in guarded(scan).await? {
        let one = opens(scan, &endpoint, &first).await?;
        let two = opens(scan, &endpoint, &first).await?;
        if one.1.is_success() && two.1.is_success() {
            scan.report(Found::certain(&EXPIRED, "a token is taken a minute after its end", &[one, two]));
        }
    }
    Ok(())
}

/// Signs the other in once more, ends that sign-in, and tries its token.
async fn logout(scan: &mut Scan) -> Result<(), Stop> {
    if !scan.options.writes {
        return Ok(());
    }
    let surface = scan.surface.clone();
    let is_logout = |one: &&crate::surface::Endpoint| {
        one.method == "POST" && matches!(one.last_segment().as_str(), "logout" | "signout")
    };
    let logouts: Vec<_> = surface.endpoints.iter().filter(is_logout).cloned().collect();
    let Some(person) = scan.other.clone().or_else(|| scan.user.clone()) else { return Ok(()) };
    let Some(password) = person.password.clone() else { return Ok(()) };
    let routes = guarded(scan).await?;
    for endpoint in logouts {
        let Some(again) = session::sign_in(&mut scan.client, &surface, &person.email, &password).await?
        else {
            return Ok(());
        };
        scan.keep_secret(&again);
        let Some(token) = again.who.bearer.clone() else { return Ok(()) };
        // The route that lies nearest: programs of several parts have one for each.
        let near = |one: &&crate::surface::Endpoint| {
            let pairs = one.path.split('/').zip(endpoint.path.split('/'));
            pairs.take_while(|(ours, theirs)| ours == theirs).count()
        };
        let Some(route) = routes.iter().max_by_key(near).cloned() else { return Ok(()) };
        let open = opens(scan, &route, &token).await?.1.is_success();
        let ended: Request = scan.request(&endpoint, &[]);
        let answer = scan.send(&ended, &Who::with(token.clone())).await?;
        if !open || !answer.is_success() {
            continue;
        }
        let one = opens(scan, &route, &token).await?;
        let two = opens(scan, &route, &token).await?;
        if one.1.is_success() && two.1.is_success() {
            let detail = format!("{} is open to a token after its sign-out", route.path);
            scan.report(Found::certain(&LOGOUT, detail, &[(ended, answer), one]));
        }
    }
    Ok(())
}

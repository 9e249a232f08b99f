//! Whether passwords can be guessed as fast as one likes.

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::enumeration::{stranger, tried};
use crate::session;
use crate::surface::Endpoint;

pub(crate) static UNLIMITED: Rule = Rule {
    id: "login-rate-unlimited",
    title: "Passwords can be guessed without limit",
    cwe: 307,
    severity: Severity::Medium,
    remedy: "Limit attempts by address and by account, whether the account exists or not.",
};
pub(crate) const RULES: &[&Rule] = &[&UNLIMITED];

/// How many attempts in a row are too many.
const ATTEMPTS: usize = 20;

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    for login in session::logins(&scan.surface.clone()) {
        let Some(_) = burst(scan, &login).await? else { continue };
        if let Some(seen) = burst(scan, &login).await? {
            let detail =
                format!("{ATTEMPTS} wrong passwords in a row for one address are each answered, twice over");
            scan.report(Found::certain(&UNLIMITED, detail, &[seen]));
        }
    }
    Ok(())
}

/// Guesses at one address that nobody has; the last exchange if nothing held the guesses back.
async fn burst(scan: &mut Scan, login: &Endpoint) -> Result<Option<Exchange>, Stop> {
    let email = stranger(scan, "somebody@example.org");
    let first = tried(scan, login, &email).await?;
    let mut last = first.clone();
    for _ in 1..ATTEMPTS {
        last = tried(scan, login, &email).await?;
        // A refusal of another kind, a wait, or an answer that takes ever longer: all are limits.
        let slowed = last.1.elapsed.as_millis() > 1_000 + first.1.elapsed.as_millis() * 4;
        if last.1.status != first.1.status || slowed || last.1.header("retry-after").is_some() {
            return Ok(None);
        }
    }
    Ok((!matches!(first.1.status, 0 | 404 | 405 | 429 | 503)).then_some(last))
}

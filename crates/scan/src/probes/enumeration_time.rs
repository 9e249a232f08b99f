//! Times that tell who has an account.

use std::time::Duration;

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::enumeration::{CONTENT, known, stranger, tried};
use crate::session;
use crate::surface::Endpoint;
use crate::timing::{median, slower};

pub(crate) static TIME: Rule = Rule {
    id: "user-enumeration-time",
    title: "The time of an answer tells who has an account",
    cwe: 208,
    severity: Severity::Medium,
    remedy: "Do the same work for unknown addresses: check a hash of nobody's password.",
};
pub(crate) const RULES: &[&Rule] = &[&TIME];

const ROUNDS: usize = 2;
const PAIRS: usize = 10;
/// The least difference that a stranger far away could measure.
const LEAST: Duration = Duration::from_millis(10);

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let Some(known) = known(scan) else { return Ok(()) };
    let surface = scan.surface.clone();
    for login in session::logins(&surface) {
        if !scan.has(&CONTENT, &login.method, &login.path) {
            measure(scan, &login, &known).await?;
        }
    }
    Ok(())
}

/// Measures known and unknown addresses by turns, in rounds that must agree.
async fn measure(scan: &mut Scan, login: &Endpoint, known: &str) -> Result<(), Stop> {
    let mut verdict: Option<bool> = None;
    let mut seen: Vec<Exchange> = Vec::new();
    let mut times = (Duration::ZERO, Duration::ZERO);
    for _ in 0..ROUNDS {
        let (mut theirs, mut nobodys) = (Vec::new(), Vec::new());
        for turn in 0..PAIRS {
            let unknown = stranger(scan, known);
            // The order changes, so that neither is always the one that comes second.
            let order = if turn % 2 == 0 { [known, unknown.as_str()] } else { [unknown.as_str(), known] };
            for email in order {
                let exchange = tried(scan, login, email).await?;
                if matches!(exchange.1.status, 0 | 423 | 429 | 503) {
                    return Ok(());
                }
                let times = if email == known { &mut theirs } else { &mut nobodys };
                times.push(exchange.1.elapsed);
                seen = vec![exchange];
            }
        }
        let least = LEAST.max(median(&theirs).min(median(&nobodys)) / 4);
        let longer = slower(&theirs, &nobodys, least);
        if !longer && !slower(&nobodys, &theirs, least) || verdict.is_some_and(|before| before != longer) {
            return Ok(());
        }
        verdict = Some(longer);
        times = (median(&theirs), median(&nobodys));
    }
    let detail = format!(
        "a wrong password takes {} ms for an address with an account and {} ms for one without (medians)",
        times.0.as_millis(),
        times.1.as_millis()
    );
    scan.report(Found::certain(&TIME, detail, &seen).probable());
    Ok(())
}

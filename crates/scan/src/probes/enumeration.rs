//! Answers that tell who has an account.

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::shape::shape;
use crate::session::{self, credentials};
use crate::surface::Endpoint;

pub(crate) static CONTENT: Rule = Rule {
    id: "user-enumeration",
    title: "Answers tell who has an account",
    cwe: 204,
    severity: Severity::Medium,
    remedy: "Answer the same, status and words, whether there is an account or not; tell the owner by mail.",
};
pub(crate) const RULES: &[&Rule] = &[&CONTENT];

const ROUNDS: usize = 2;

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let Some(known) = known(scan) else { return Ok(()) };
    let surface = scan.surface.clone();
    for login in session::logins(&surface) {
        compare(scan, &login, &known, "the wrong password").await?;
    }
    if scan.options.writes {
        for endpoint in session::resets(&surface) {
            compare(scan, &endpoint, &known, "a forgotten password").await?;
        }
        for endpoint in session::registers(&surface) {
            compare(scan, &endpoint, &known, "a registration").await?;
        }
    }
    Ok(())
}

/// Somebody who surely has an account: the other, so that the user is not locked out.
pub(crate) fn known(scan: &Scan) -> Option<String> {
    let person = scan.other.as_ref().or(scan.user.as_ref())?;
    (!person.email.is_empty()).then(|| person.email.clone())
}

/// An address of nobody, of the same length and the same domain as one that is known.
pub(crate) fn stranger(scan: &mut Scan, known: &str) -> String {
    let (local, domain) = known.split_once('@').unwrap_or((known, "example.org"));
    let mut name = String::new();
    while name.len() < local.len().max(10) {
        name.push_str(&scan.chance.word());
    }
    name.truncate(local.len().max(10));
    format!("{name}@{domain}")
}

async fn compare(scan: &mut Scan, endpoint: &Endpoint, known: &str, what: &str) -> Result<(), Stop> {
    let mut seen: Vec<Exchange> = Vec::new();
    for _ in 0..ROUNDS {
        let (one, two) = (stranger(scan, known), stranger(scan, known));
        let first = tried(scan, endpoint, &one).await?;
        let theirs = tried(scan, endpoint, known).await?;
        let second = tried(scan, endpoint, &two).await?;
        let limited =
            [&first, &theirs, &second].iter().any(|(_, answer)| matches!(answer.status, 0 | 429 | 503));
        let nobody = shape(&first.1, &[&one]);
        // Two strangers must look alike, else the difference is another's.
        if limited || nobody != shape(&second.1, &[&two]) || nobody == shape(&theirs.1, &[known]) {
            return Ok(());
        }
        seen = vec![theirs, first];
    }
    let detail = format!("{what} is answered otherwise for an address that has an account");
    scan.report(Found::certain(&CONTENT, detail, &seen));
    Ok(())
}

/// Tries an address with a password that nobody has.
pub(crate) async fn tried(scan: &mut Scan, endpoint: &Endpoint, email: &str) -> Result<Exchange, Stop> {
    let password = format!("Wr0ng-{}-{}", scan.chance.word(), scan.chance.number());
    let request = credentials(endpoint, email, &password);
    let answer = scan.send_once(&request, &Who::nobody()).await?;
    Ok((request, answer))
}

//! Whether what is said to the target can be overheard or changed on the way.

use std::time::Duration;

use crate::ask::{Found, Scan};
use crate::client::Who;
use crate::finding::{Rule, Severity};
use crate::message::Request;
use crate::tls::{self, Old};

pub(crate) static PLAIN: Rule = Rule {
    id: "tls-missing",
    title: "Speaks HTTP without TLS",
    cwe: 319,
    severity: Severity::High,
    remedy: "Serve over TLS alone, and redirect plain HTTP to it.",
};
pub(crate) static CERTIFICATE: Rule = Rule {
    id: "tls-certificate",
    title: "The certificate is not to be trusted",
    cwe: 295,
    severity: Severity::High,
    remedy: "Serve a certificate of a public authority for this very name, and renew it in time.",
};
pub(crate) static VERSION: Rule = Rule {
    id: "tls-old-version",
    title: "Speaks a version of TLS that is broken",
    cwe: 326,
    severity: Severity::Medium,
    remedy: "Accept TLS 1.2 and 1.3 alone (RFC 8996).",
};
pub(crate) const RULES: &[&Rule] = &[&PLAIN, &CERTIFICATE, &VERSION];

const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the way to the target; whether it is so bad that nothing secret should be sent.
pub(crate) async fn run(scan: &mut Scan) -> bool {
    let request = Request::get("/");
    // It has answered before; without this answer there is still what was found on the way.
    let Ok(answer) = scan.send(&request, &Who::nobody()).await else { return false };
    let seen = [(request, answer)];
    let base = scan.client.base.clone();
    if base.scheme() == "http" {
        if !scan.loopback
            && !seen
                .iter()
                .any(|(_, answer)| answer.header("location").is_some_and(|to| to.starts_with("https:")))
        {
            scan.report(Found::certain(&PLAIN, "the target answers over plain HTTP", &seen));
        }
        return false;
    }
    for version in [Old::Tls10, Old::Tls11] {
        if tls::speaks(&base, version, PATIENCE).await && tls::speaks(&base, version, PATIENCE).await {
            let detail = format!("a client that offers nothing newer than {} is welcome", version.name());
            scan.report(Found::certain(&VERSION, detail, &seen).in_parameter(version.name()));
        }
    }
    if let (Some(why), Some(_)) = (tls::distrust(&base, PATIENCE).await, tls::distrust(&base, PATIENCE).await)
    {
        let detail = format!("the certificate is refused: {why}");
        scan.report(Found::certain(&CERTIFICATE, detail, &seen));
        return !scan.loopback;
    }
    false
}

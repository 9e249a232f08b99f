//! Headers that tell browsers to be careful.

use crate::ask::{Exchange, Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::{Answer, Request};

pub(crate) static CSP: Rule = Rule {
    id: "header-csp-missing",
    title: "Pages without a Content-Security-Policy",
    cwe: 693,
    severity: Severity::Medium,
    remedy: "Send Content-Security-Policy with default-src 'self', and no inline scripts.",
};
pub(crate) static CSP_WEAK: Rule = Rule {
    id: "header-csp-weak",
    title: "A Content-Security-Policy that allows any script",
    cwe: 693,
    severity: Severity::Medium,
    remedy: "Allow scripts by origin, nonce or hash; leave 'unsafe-inline', 'unsafe-eval' and * out.",
};
pub(crate) static FRAMES: Rule = Rule {
    id: "header-framing",
    title: "Pages that others may put into a frame",
    cwe: 1021,
    severity: Severity::Medium,
    remedy: "Send frame-ancestors 'none' in the Content-Security-Policy, and X-Frame-Options: DENY.",
};
pub(crate) static SNIFF: Rule = Rule {
    id: "header-nosniff-missing",
    title: "Answers whose type browsers may guess",
    cwe: 693,
    severity: Severity::Low,
    remedy: "Send X-Content-Type-Options: nosniff with every answer.",
};
pub(crate) static REFERRER: Rule = Rule {
    id: "header-referrer-missing",
    title: "Pages that tell others where their visitors come from",
    cwe: 200,
    severity: Severity::Low,
    remedy: "Send Referrer-Policy: no-referrer, or same-origin.",
};
pub(crate) static HSTS: Rule = Rule {
    id: "header-hsts-missing",
    title: "Does not insist on TLS",
    cwe: 319,
    severity: Severity::Medium,
    remedy: "Send Strict-Transport-Security with a max-age of a year or more.",
};
pub(crate) static STORE: Rule = Rule {
    id: "header-private-cached",
    title: "Private answers that may be stored on the way",
    cwe: 525,
    severity: Severity::Low,
    remedy: "Send Cache-Control: no-store with what is for one person.",
};
pub(crate) static BANNER: Rule = Rule {
    id: "header-version",
    title: "Tells the version of its software",
    cwe: 200,
    severity: Severity::Low,
    remedy: "Leave versions out of Server, X-Powered-By and their like.",
};
pub(crate) const RULES: &[&Rule] = &[&CSP, &CSP_WEAK, &FRAMES, &SNIFF, &REFERRER, &HSTS, &STORE, &BANNER];

/// How many answers are looked at.
const LOOKED_AT_MAX: usize = 60;

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let all = answers(scan).await?;
    let https = scan.client.base.scheme() == "https";
    report(scan, &CSP, "no Content-Security-Policy", &all, |seen| page(seen) && csp(&seen.1).is_none());
    report(scan, &CSP_WEAK, "scripts from anywhere are allowed", &all, |seen| {
        page(seen) && csp(&seen.1).is_some_and(is_weak)
    });
    report(scan, &FRAMES, "nothing is said about frames", &all, |seen| page(seen) && may_be_framed(&seen.1));
    report(scan, &SNIFF, "no nosniff", &all, |(_, answer)| {
        !answer.body.is_empty() && !has(answer, "x-content-type-options", "nosniff")
    });
    report(scan, &REFERRER, "no Referrer-Policy", &all, |seen| {
        page(seen) && seen.1.header("referrer-policy").is_none()
    });
    report(scan, &HSTS, "no Strict-Transport-Security", &all, |(_, answer)| {
        https && answer.header("strict-transport-security").is_none()
    });
    report(scan, &BANNER, "a version is told", &all, |(_, answer)| banner(answer).is_some());
    private(scan).await
}

/// Asks for pages and answers, each in two ways: as the user and as nobody.
async fn answers(scan: &mut Scan) -> Result<Vec<Exchange>, Stop> {
    let mut targets = scan.surface.pages.clone();
    let simple = |one: &&crate::surface::Endpoint| one.method == "GET" && !one.has_path_params();
    targets.extend(scan.endpoints().iter().filter(simple).map(|one| one.request().target));
    targets.dedup();
    let mut all = Vec::new();
    for target in targets.into_iter().take(LOOKED_AT_MAX) {
        let request = Request::get(target);
        for who in [Who::nobody(), scan.me()] {
            let answer = scan.send(&request, &who).await?;
            if answer.is_success() {
                all.push((request.clone(), answer));
            }
        }
    }
    Ok(all)
}

/// Reports a rule once for the whole target: with the first two answers at fault.
fn report(
    scan: &mut Scan,
    rule: &'static Rule,
    detail: &str,
    all: &[Exchange],
    at_fault: impl Fn(&Exchange) -> bool,
) {
    let faulty: Vec<&Exchange> = all.iter().filter(|seen| at_fault(seen)).collect();
    let confirmed = faulty.len() >= 2 && !scan.findings.iter().any(|one| one.rule.id == rule.id);
    if let Some((request, answer)) = faulty.first().filter(|_| confirmed) {
        let detail = format!("{detail}, in {} of {} answers that were looked at", faulty.len(), all.len());
        scan.report(Found::certain(rule, detail, &[((*request).clone(), (*answer).clone())]));
    }
}

fn page((_, answer): &Exchange) -> bool {
    answer.is_html()
}

fn has(answer: &Answer, name: &str, word: &str) -> bool {
    answer.header(name).is_some_and(|value| value.to_lowercase().contains(word))
}

fn csp(answer: &Answer) -> Option<&str> {
    answer.header("content-security-policy")
}

/// Whether scripts of others are let in: what `script-src`, or else `default-src`, says.
fn is_weak(policy: &str) -> bool {
    let directive = |name: &str| {
        policy
            .split(';')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix(' ').map(str::to_lowercase))
    };
    let Some(sources) = directive("script-src").or_else(|| directive("default-src")) else { return true };
    let strict = sources.contains("'nonce-") || sources.contains("'sha");
    sources.split_whitespace().any(|source| match source {
        "'unsafe-inline'" => !strict,
        "*" | "http:" | "https:" | "data:" | "'unsafe-eval'" => true,
        _ => false,
    })
}

fn may_be_framed(answer: &Answer) -> bool {
    let by_policy = csp(answer)
        .is_some_and(|policy| policy.contains("frame-ancestors") && !policy.contains("frame-ancestors *"));
    !by_policy && !has(answer, "x-frame-options", "deny") && !has(answer, "x-frame-options", "sameorigin")
}

fn banner(answer: &Answer) -> Option<&str> {
    let names = ["server", "x-powered-by", "x-aspnet-version"];
    let mut values = names.iter().filter_map(|name| answer.header(name));
    values.find(|value| value.contains('/') && value.chars().any(|c| c.is_ascii_digit()))
}

/// What is for one person must not be stored by what stands between.
async fn private(scan: &mut Scan) -> Result<(), Stop> {
    let me = scan.me();
    let protected = |one: &&crate::surface::Endpoint| {
        one.method == "GET" && one.protected == Some(true) && !one.has_path_params()
    };
    let mut faulty = Vec::new();
    for endpoint in scan.endpoints().iter().filter(protected).take(10) {
        let request = endpoint.request();
        let answer = scan.send(&request, &me).await?;
        let told = answer.header("cache-control").unwrap_or_default().to_lowercase();
        if answer.is_success()
            && !told.contains("no-store")
            && !told.contains("private")
            && !told.contains("no-cache")
        {
            faulty.push((request, answer));
        }
    }
    if faulty.len() >= 2 {
        scan.report(Found::certain(
            &STORE,
            "nothing forbids storing a private answer",
            faulty.get(..1).unwrap_or_default(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_weak_when_it_lets_any_script_in() {
        for policy in
            ["img-src 'self'", "script-src *", "default-src 'self' 'unsafe-inline'", "script-src https:"]
        {
            assert!(is_weak(policy), "{policy}");
        }
        for policy in
            ["default-src 'none'", "default-src *; script-src 'self'", "script-src 'nonce-a' 'unsafe-inline'"]
        {
            assert!(!is_weak(policy), "{policy}");
        }
    }
}

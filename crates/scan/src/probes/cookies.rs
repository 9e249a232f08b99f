//! The flags of cookies that sign somebody in.

use crate::ask::{Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};

pub(crate) static SCRIPT: Rule = Rule {
    id: "cookie-httponly-missing",
    title: "A sign-in's cookie that scripts can read",
    cwe: 1004,
    severity: Severity::Medium,
    remedy: "Set HttpOnly.",
};
pub(crate) static SECURE: Rule = Rule {
    id: "cookie-secure-missing",
    title: "A sign-in's cookie that is sent without TLS",
    cwe: 614,
    severity: Severity::Medium,
    remedy: "Set Secure, and give the cookie a name that begins with __Host-.",
};
pub(crate) static SITE: Rule = Rule {
    id: "cookie-samesite-missing",
    title: "A sign-in's cookie that goes along with requests of other sites",
    cwe: 1275,
    severity: Severity::Medium,
    remedy: "Set SameSite=Strict, or Lax.",
};
pub(crate) const RULES: &[&Rule] = &[&SCRIPT, &SECURE, &SITE];

/// What the names of such cookies have in them.
const NAMES: &[&str] = &["sess", "sid", "auth", "token", "jwt", "remember", "login"];

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    for (name, seen) in scan.cookies.clone() {
        let lower = name.to_lowercase();
        // The token of a form is for scripts to read.
        if !NAMES.iter().any(|word| lower.contains(word)) || lower.contains("csrf") || lower.contains("xsrf")
        {
            continue;
        }
        // The same again: another answer must set it in the same way.
        let again = scan.send(&seen.0, &Who::nobody()).await?;
        let lines: Vec<String> = [&seen.1, &again]
            .iter()
            .filter_map(|answer| answer.all("set-cookie").find(|line| line.starts_with(&format!("{name}="))))
            .map(str::to_lowercase)
            .collect();
        if lines.len() < 2 {
            continue;
        }
        let lacks =
            |flag: &str| lines.iter().all(|line| !line.split(';').any(|part| part.trim().starts_with(flag)));
        let lax = lines.iter().all(|line| line.contains("samesite=none"));
        for (rule, lacking, what) in [
            (&SCRIPT, lacks("httponly"), "HttpOnly"),
            (&SECURE, lacks("secure"), "Secure"),
            (&SITE, lacks("samesite") || lax, "SameSite"),
        ] {
            if lacking {
                let detail = format!("the cookie `{name}` is set without {what}");
                scan.report(Found::certain(rule, detail, std::slice::from_ref(&seen)).in_parameter(&name));
            }
        }
    }
    Ok(())
}

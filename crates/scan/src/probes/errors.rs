//! Answers that tell how the target is made.

use serde_json::Value;

use crate::ask::{Exchange, Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::message::Answer;
use crate::surface::{Endpoint, Place};

pub(crate) static TRACE: Rule = Rule {
    id: "verbose-error",
    title: "Errors that tell how the program is made",
    cwe: 209,
    severity: Severity::Medium,
    remedy: "Log what went wrong; tell the client that something did, and a number to ask about.",
};
pub(crate) const RULES: &[&Rule] = &[&TRACE];

/// What programs print when they break.
const TRACES: &[&str] = &[
    "Traceback (most recent call last)",
    "thread 'main' panicked at",
    "' panicked at",
    "stack backtrace:",
    "goroutine 1 [running]",
    "\tat java.",
    "    at java.",
    "Exception in thread",
    "java.lang.",
    "org.springframework.",
    "System.NullReferenceException",
    "Server Error in '/' Application",
    "node_modules/",
    "    at Object.<anonymous>",
    "Fatal error: Uncaught",
    "PHP Stack trace",
    "ActiveRecord::",
    "Werkzeug Debugger",
    "DEBUG = True",
    ".rs:",
];

fn trace(answer: &Answer) -> Option<&'static str> {
    TRACES
        .iter()
        .find(|words| match **words {
            // The name of a source with a line after it.
            ".rs:" => answer.status >= 400 && line_of_source(&answer.body),
            words => answer.body.contains(words),
        })
        .copied()
}

fn line_of_source(body: &str) -> bool {
    let mut after = body.split(".rs:").skip(1);
    after.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) && body.contains("src/")
}

/// Whether an answer looks as if the program had broken.
pub(crate) fn looks_broken(answer: &Answer) -> bool {
    answer.status >= 400 && trace(answer).is_some()
}

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    for endpoint in scan.endpoints() {
        break_it(scan, &endpoint).await?;
    }
    // What broke on the way, by whatever probe.
    for first in scan.broken.clone().into_values() {
        confirm(scan, first).await?;
    }
    Ok(())
}

/// Sends what no program expects.
async fn break_it(scan: &mut Scan, endpoint: &Endpoint) -> Result<(), Stop> {
    let me = scan.me();
    if endpoint.json.is_some() {
        let plain = scan.request(endpoint, &[]);
        for body in ["{\"a\":", "[]", "\"\u{0}\""] {
            let request = plain.clone().text("application/json", body);
            scan.send(&request, &me).await?;
        }
    }
    for (at, param) in endpoint.params.iter().enumerate() {
        if matches!(param.place, Place::Query | Place::Path | Place::Form) {
            scan.ask(endpoint, &[(at, "-9999999999999999999999\u{0}%\u{ffff}[]")]).await?;
        }
    }
    Ok(())
}

async fn confirm(scan: &mut Scan, first: Exchange) -> Result<(), Stop> {
    // The question that broke it, with something about it that is different.
    let mut request = first.0.clone();
    let unreadable = |body: &&mut String| serde_json::from_str::<Value>(body).is_err();
    if let Some(body) = request.body.as_mut().map(|(_, body)| body).filter(unreadable) {
        body.push(' ');
    }
    let request = request.header("X-Scan", scan.chance.word());
    let me = scan.me();
    let answer = scan.send(&request, &me).await?;
    if let Some(words) = trace(&answer).filter(|_| looks_broken(&answer)) {
        let detail = format!("an error shows the program's inside: “{words}”");
        scan.report(Found::certain(&TRACE, detail, &[first, (request, answer)]).about(words));
    }
    Ok(())
}

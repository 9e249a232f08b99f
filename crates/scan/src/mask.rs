//! Evidence without secrets.

use std::fmt::Write as _;

use crate::finding::Evidence;
use crate::message::{Answer, Request};

const SHOWN_CHARS: usize = 500;
const MASK: &str = "••••";
/// Headers whose value is a secret whatever it is.
const SECRET_HEADERS: &[&str] = &["authorization", "cookie", "x-csrf-token", "proxy-authorization"];
/// Headers of an answer that evidence is seldom about.
const DULL: &[&str] = &["date", "connection", "content-length", "transfer-encoding", "keep-alive"];

/// A request and its answer, shortened to what is about `about`, with `secrets` and what looks like one left out.
pub(crate) fn evidence(request: &Request, answer: &Answer, about: &str, secrets: &[String]) -> Evidence {
    // Writing to a String cannot fail.
    let mut sent = format!("{} {}\n", request.method, request.target);
    for (name, value) in &request.headers {
        sent.push_str(&header(name, value));
    }
    if let Some((kind, body)) = &request.body {
        let _ = write!(sent, "content-type: {kind}\n\n{}", around(body, about));
    }
    let mut back = format!("{}\n", answer.status);
    for (name, value) in answer.headers.iter().filter(|(name, _)| !DULL.contains(&name.as_str())) {
        back.push_str(&header(name, value));
    }
    let _ = write!(back, "\n{}", around(&answer.body, about));
    Evidence { request: without(sent, secrets), response: without(back, secrets) }
}

fn header(name: &str, value: &str) -> String {
    let name = name.to_lowercase();
    if SECRET_HEADERS.contains(&name.as_str()) {
        return format!("{name}: {MASK}\n");
    }
    if name == "set-cookie" {
        // What matters is the name and the flags.
        let (pair, flags) = value.split_once(';').unwrap_or((value, ""));
        let cookie = pair.split('=').next().unwrap_or_default();
        return format!("{name}: {cookie}={MASK};{flags}\n");
    }
    format!("{name}: {value}\n")
}

/// At most [`SHOWN_CHARS`] of a text, around the first place where `about` is.
pub(crate) fn around(text: &str, about: &str) -> String {
    let at = if about.is_empty() { 0 } else { text.find(about).unwrap_or(0) };
    let before = text.get(..at).map_or(0, |head| head.chars().count());
    let skipped = before.saturating_sub(SHOWN_CHARS / 4);
    let shown: String = text.chars().skip(skipped).take(SHOWN_CHARS).collect();
    let more = if text.chars().count() > skipped + SHOWN_CHARS { "…" } else { "" };
    let cut = if skipped > 0 { "…" } else { "" };
    format!("{cut}{shown}{more}")
}

/// A text without these secrets, and without what looks like a token or a password.
pub(crate) fn without(mut text: String, secrets: &[String]) -> String {
    for secret in secrets.iter().filter(|secret| secret.len() >= 6) {
        text = text.replace(secret.as_str(), MASK);
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        text = text.replace(&encoded, MASK);
    }
    tokens(&text)
}

/// Whatever begins like a JSON Web Token goes, but for its beginning.
fn tokens(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("eyJ") {
        out.push_str(before);
        let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
        let end = after.find(|c| !is_token(c)).unwrap_or(after.len());
        out.push_str("eyJ");
        let (token, tail) = after.split_at(end);
        out.push_str(if token.len() > 12 { MASK } else { token });
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn evidence_shows_neither_passwords_nor_tokens_nor_cookies() {
        let request = Request::new("POST", "/login?p=hunter%2022")
            .header("Authorization", "Bearer abc")
            .header("Cookie", "sid=12345678")
            .json(&json!({ "password": "hunter 22" }));
        let answer = Answer {
            status: 200,
            headers: vec![("set-cookie".into(), "sid=987654321; HttpOnly".into())],
            body: json!({ "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln" }).to_string(),
            elapsed: Duration::ZERO,
        };

        let evidence = evidence(&request, &answer, "", &["hunter 22".to_owned()]);

        let all = format!("{}{}", evidence.request, evidence.response);
        for secret in ["hunter", "Bearer abc", "12345678", "987654321", "eyJzdWIi", "c2ln"] {
            assert!(
                !all.contains(secret) || secret == "hunter" && !all.contains("hunter 22"),
                "{secret}: {all}"
            );
        }
        assert!(evidence.response.contains("set-cookie: sid=••••; HttpOnly"));
    }

    #[test]
    fn a_long_text_is_cut_around_what_it_is_about() {
        let text = format!("{}needle{}", "é".repeat(2_000), "x".repeat(2_000));

        let shown = around(&text, "needle");

        assert!(shown.contains("needle") && shown.starts_with('…') && shown.ends_with('…'));
        assert!(shown.chars().count() <= SHOWN_CHARS + 2);
    }
}

//! Requests and answers, as plain values.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is sent. Its body may hold secrets: it has no `Debug`.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, encoded.
    pub(crate) target: String,
    /// The path as findings name it, with the names of its parameters.
    pub(crate) route: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The type of the content, and the content.
    pub(crate) body: Option<(String, String)>,
}

impl Request {
    pub(crate) fn new(method: &str, target: impl Into<String>) -> Self {
        let target = target.into();
        let route = target.split(['?', '#']).next().unwrap_or_default().to_owned();
        Self { method: method.to_owned(), target, route, headers: Vec::new(), body: None }
    }

    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// The same with this header, in the place of another of this name.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = Some(("application/json".to_owned(), body.to_string()));
        self
    }

    pub(crate) fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body = Some(("application/x-www-form-urlencoded".to_owned(), body));
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// The same with this text as its body.
    pub(crate) fn text(mut self, kind: &str, body: impl Into<String>) -> Self {
        self.body = Some((kind.to_owned(), body.into()));
        self
    }
}

/// What came back; a status of 0 when nothing did.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) elapsed: Duration,
}

impl Answer {
    /// No answer in time.
    pub(crate) fn none(elapsed: Duration) -> Self {
        Self { status: 0, headers: Vec::new(), body: String::new(), elapsed }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }

    /// Whether the answer is that one has to sign in, or may not.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self.status, 401 | 403)
            || self.is_redirect()
                && self.header("location").is_some_and(|to| to.to_lowercase().contains("login"))
    }

    pub(crate) fn is_html(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.contains("html"))
    }

    /// Whether it is a page by what it says and by what it looks like.
    pub(crate) fn is_html_page(&self) -> bool {
        self.is_html() || self.body.trim_start().to_lowercase().starts_with("<!doctype")
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }
}

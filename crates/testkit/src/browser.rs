//! A browser: it keeps cookies by their rules, and sends them along.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{Answer, Call, Client, PASSWORD};

/// The name of the cookie that a sign-in is kept in.
pub const SESSION_COOKIE: &str = "__Host-florin_session";
/// The name of the cookie that a CSRF token is kept in.
pub const CSRF_COOKIE: &str = "__Host-florin_csrf";

/// A browser on which a page of the installation is open.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    /// What it keeps, by name.
    pub cookies: BTreeMap<String, String>,
    /// The CSRF token that the page sends; none where it is empty.
    pub csrf_token: String,
    /// What it calls itself.
    pub agent: &'static str,
}

impl Browser {
    /// A browser that keeps nothing yet.
    pub fn new(stranger: Client) -> Self {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
        Self { client: stranger, cookies: BTreeMap::new(), csrf_token: String::new(), agent }
    }

    /// The same browser, with the same cookies, at another process of the program.
    #[must_use]
    pub fn at(&self, other: &Client) -> Self {
        Self { client: other.clone(), ..self.clone() }
    }

    /// Signs in by email and password, by cookie.
    pub async fn login(&mut self, email: &str) -> Answer {
        let call = Call::post("/api/v1/auth/login").header("x-session", b"cookie");
        let answer = self.send(call.json(&json!({ "email": email, "password": PASSWORD }))).await.expect(200);
        self.csrf_token = answer.text("/csrf_token");
        answer
    }

    /// Proves the password once more.
    pub async fn step_up(&mut self) -> Answer {
        let answer = self.post("/api/v1/auth/step-up", &json!({ "password": PASSWORD })).await.expect(200);
        self.csrf_token = answer.text("/csrf_token");
        answer
    }

    /// The secret that the sign-in is kept by.
    pub fn secret(&self) -> String {
        self.cookies[SESSION_COOKIE].clone()
    }

    /// Sends a request with everything that is kept and nothing else.
    pub async fn send(&mut self, call: Call) -> Answer {
        let kept: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let call = call.header("user-agent", self.agent.as_bytes());
        let call = if kept.is_empty() { call } else { call.header("cookie", kept.join("; ").as_bytes()) };
        let answer = self.client.send(&call).await;
        self.keep(&answer);
        answer
    }

    /// Sends a request as a page of the installation does: with its CSRF token, and where it comes from.
    pub async fn send_from_page(&mut self, call: Call) -> Answer {
        let call = call.header("origin", b"https://bank.example").header("sec-fetch-site", b"same-origin");
        let token = self.csrf_token.clone();
        let call = if token.is_empty() { call } else { call.header("x-csrf-token", token.as_bytes()) };
        self.send(call).await
    }

    /// `GET`.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Call::get(path)).await
    }

    /// `POST` from a page, with a body.
    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send_from_page(Call::post(path).json(body)).await
    }

    /// `DELETE` from a page.
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send_from_page(Call::new(Method::DELETE, path)).await
    }

    /// Does what `Set-Cookie` says; a browser drops a cookie with the prefix `__Host-` that does not keep its rules.
    fn keep(&mut self, answer: &Answer) {
        for header in answer.headers.get_all("set-cookie") {
            let text = header.to_str().unwrap();
            let (pair, terms) = text.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let has = |term: &str| terms.split("; ").any(|one| one == term);
            if name.starts_with("__Host-") {
                assert!(has("Secure") && has("Path=/") && !terms.contains("Domain"), "{name}; {terms}");
            }
            assert!(has("HttpOnly"), "{name}; {terms}");
            if has("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

//! The server as a client sees it.

use std::path::Path;
use std::time::Duration;

use florin_kernel::Env;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::failed;
use crate::{Exit, Failure};

/// The longest that the story waits when it is asked to.
const WAIT_MAX: Duration = Duration::from_mins(6);

/// A running server.
#[derive(Clone)]
pub(super) struct Server {
    http: Client,
    base: Url,
    env: Env,
}

/// Somebody who signed in.
#[derive(Clone)]
pub(super) struct Person {
    server: Server,
    token: Zeroizing<String>,
}

impl Server {
    pub(super) fn at(url: &str, ca_file: Option<&Path>) -> Result<Self, Failure> {
        let base = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base
            .ok_or_else(|| Failure::new(Exit::Usage, "an address such as http://127.0.0.1:8080 is wanted"))?;
        Ok(Self { http: florin_app::http_client(ca_file)?, base, env: Env::system() })
    }

    /// Something that no other run has: for addresses and keys.
    pub(super) fn something_new(&self) -> String {
        self.env.new_uuid().simple().to_string()
    }

    /// Asks without having signed in.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        read_json(
            self.request(Method::POST, path)?.body(body.to_string()).header(CONTENT_TYPE, "application/json"),
        )
        .await
    }

    /// Signs somebody in.
    pub(super) async fn sign_in(&self, email: &str, password: &Zeroizing<String>) -> Result<Person, Failure> {
        let body = json!({ "email": email, "password": password.as_str() });
        let answer = self.post("/api/v1/auth/login", &body).await?;
        Ok(Person { server: self.clone(), token: token_of(&answer)? })
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let url = self.base.join(path).map_err(|error| Failure::of(Exit::Usage, &error))?;
        Ok(self.http.request(method, url))
    }
}

impl Person {
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        read_json(self.request(Method::GET, path)?).await
    }

    /// A document, byte by byte.
    pub(super) async fn document(&self, path: &str) -> Result<Vec<u8>, Failure> {
        body_of(self.request(Method::GET, path)?).await
    }

    /// Asks for something that changes nothing, or nothing twice.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        read_json(self.with_body(path, body)?).await
    }

    /// Asks for money to move, under a key of its own.
    pub(super) async fn post_once(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let key = self.server.something_new();
        read_json(self.with_body(path, body)?.header("x-idempotency-key", key)).await
    }

    fn with_body(&self, path: &str, body: &Value) -> Result<RequestBuilder, Failure> {
        let request = self.request(Method::POST, path)?;
        Ok(request.header(CONTENT_TYPE, "application/json").body(body.to_string()))
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        Ok(self.server.request(method, path)?.bearer_auth(self.token.as_str()))
    }
}

fn token_of(answer: &Value) -> Result<Zeroizing<String>, Failure> {
    let token = answer.get("access_token").and_then(Value::as_str);
    token
        .map(|token| Zeroizing::new(token.to_owned()))
        .ok_or_else(|| failed("the answer holds no access token"))
}

async fn read_json(request: RequestBuilder) -> Result<Value, Failure> {
    let body = body_of(request).await?;
    serde_json::from_slice(&body).map_err(|_| failed("the answer is no JSON; is this a server of Florin's?"))
}

/// The body of the answer; where the server asks for patience, after having had it once.
async fn body_of(request: RequestBuilder) -> Result<Vec<u8>, Failure> {
    let again = request.try_clone();
    match answer_to(request).await? {
        (status, Some(wait), _) if matches!(status, 429 | 503) && wait <= WAIT_MAX => {
            tell!("     the server asks to wait {} s …", wait.as_secs());
            tokio::time::sleep(wait).await;
            let again = again.ok_or_else(|| failed("the request cannot be sent again"))?;
            read(answer_to(again).await?)
        }
        answer => read(answer),
    }
}

type Answer = (u16, Option<Duration>, Vec<u8>);

async fn answer_to(request: RequestBuilder) -> Result<Answer, Failure> {
    let answer = request.send().await.map_err(|error| unreachable(&error))?;
    let status = answer.status().as_u16();
    let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = answer.bytes().await.map_err(|error| unreachable(&error))?;
    Ok((status, wait.map(Duration::from_secs), body.to_vec()))
}

fn read((status, _, body): Answer) -> Result<Vec<u8>, Failure> {
    if (200..300).contains(&status) { Ok(body) } else { Err(refusal(status, &body)) }
}

fn unreachable(error: &reqwest::Error) -> Failure {
    Failure::of(Exit::Unavailable, error)
}

/// A refusal in the problem's own words; what a body holds besides may be secret.
fn refusal(status: u16, body: &[u8]) -> Failure {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut words = format!("{status} {} {}", text("code"), text("detail"));
    for error in problem.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        words = format!("{words}; {}: {}", part("field"), part("message"));
    }
    failed(words.trim_end())
}

/// The text at this place of an answer.
pub(super) fn text<'a>(answer: &'a Value, pointer: &str) -> Result<&'a str, Failure> {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| failed(format!("the answer has no {pointer}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_problems_words() {
        let body = json!({
            "code": "validation_failed", "detail": "something is wrong",
            "errors": [{ "field": "amount", "code": "too_small", "message": "more is wanted" }],
        });
        let failure = refusal(422, body.to_string().as_bytes());
        assert_eq!(failure.to_string(), "422 validation_failed something is wrong; amount: more is wanted");
        assert_eq!(refusal(502, b"<html>").to_string(), "502");
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for url in ["", "localhost:8080", "ftp://h/"] {
            assert!(Server::at(url, None).is_err(), "{url}");
        }
    }

    #[test]
    fn texts_are_found_by_their_place() {
        let answer = json!({ "amount": { "currency": "USD" } });
        assert_eq!(text(&answer, "/amount/currency").unwrap(), "USD");
        assert!(text(&answer, "/amount/amount").is_err());
    }
}

//! Somebody who uses the program.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{Answer, Call};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "velvet tundra orbit lantern";

/// Somebody who sends requests, signed in or not.
#[derive(Clone)]
pub struct Client {
    router: Router,
    /// The email they sign in with; empty for a stranger.
    pub email: String,
    /// Their identifier; empty for a stranger.
    pub id: String,
    /// Their access token.
    pub token: Option<String>,
    /// Their latest refresh token; empty for a stranger.
    pub refresh_token: String,
}

impl Client {
    /// Somebody who has not signed in.
    pub fn stranger(router: Router) -> Self {
        Self { router, email: String::new(), id: String::new(), token: None, refresh_token: String::new() }
    }

    /// The same person with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same person at another process of the program.
    #[must_use]
    pub fn at(&self, other: &Self) -> Self {
        Self { router: other.router.clone(), ..self.clone() }
    }

    /// Signs in by email and password.
    pub async fn login(&self, email: &str) -> Self {
        let call = Call::post("/api/v1/auth/login").json(&json!({ "email": email, "password": PASSWORD }));
        let answer = Self::stranger(self.router.clone()).send(&call).await.expect(200);
        Self {
            router: self.router.clone(),
            email: email.to_owned(),
            id: answer.text("/user/id"),
            token: Some(answer.text("/access_token")),
            refresh_token: answer.json()["refresh_token"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The same person with a token that says they just proved their password once more.
    pub async fn stepped_up(&self) -> Self {
        let body = json!({ "password": PASSWORD });
        let answer = self.post("/api/v1/auth/step-up", &body).await.expect(200);
        self.with_token(&answer.text("/access_token"))
    }

    /// Sends a request.
    pub async fn send(&self, call: &Call) -> Answer {
        self.send_request(call.request(self.token.as_deref())).await
    }

    /// Sends a request that no [`Call`] can be.
    pub async fn send_request(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(&Call::get(path)).await
    }

    /// `POST` with a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(&Call::post(path).json(body)).await
    }

    /// Opens a checking account of their own and gives its identifier.
    pub async fn open_account(&self, currency: &str) -> String {
        let body = json!({ "kind": "checking", "currency": currency });
        self.post("/api/v1/accounts", &body).await.expect(201).text("/id")
    }

    /// What is on an account.
    pub async fn balance(&self, account: &str) -> String {
        self.get(&format!("/api/v1/accounts/{account}")).await.expect(200).text("/balance/amount")
    }

    /// What can be taken out of an account.
    pub async fn available(&self, account: &str) -> String {
        self.get(&format!("/api/v1/accounts/{account}")).await.expect(200).text("/available/amount")
    }

    /// Pays cash into an account, at the counter.
    pub async fn deposit(&self, account: &str, amount: &str, currency: &str, key: &str) -> Answer {
        let body = json!({ "amount": { "amount": amount, "currency": currency } });
        self.send(&Call::post(format!("/api/v1/accounts/{account}/deposit")).key(key).json(&body)).await
    }

    /// Asks for a transfer in euros.
    pub async fn transfer(&self, from: &str, to: &str, amount: &str, key: &str) -> Answer {
        self.send(&Self::transfer_call(from, to, amount).key(key)).await
    }

    /// The request for a transfer in euros, still without a key.
    pub fn transfer_call(from: &str, to: &str, amount: &str) -> Call {
        Call::post("/api/v1/transfers").json(&Self::transfer_body(from, to, amount))
    }

    /// What it asks for.
    pub fn transfer_body(from: &str, to: &str, amount: &str) -> Value {
        json!({
            "from_account_id": from,
            "to_account_id": to,
            "amount": { "amount": amount, "currency": "EUR" },
        })
    }
}

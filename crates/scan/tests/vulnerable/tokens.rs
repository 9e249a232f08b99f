//! Sign-ins, and the ways to check a token wrongly.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::server::{Call, Fault, PEOPLE, Reply, Route, World, fault};

const LEEWAY: u64 = 60;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub fn jwk() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key().verifying_key().as_bytes()), "kid": "one" })
}

fn pem() -> String {
    let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
    der.extend_from_slice(key().verifying_key().as_bytes());
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

#[expect(clippy::disallowed_methods, reason = "a server of its own")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub fn login(call: &Call) -> Reply {
    let (email, password) = (call.text("email"), call.text("password"));
    if !PEOPLE.contains(&(email, password)) {
        return limited(call, "login").unwrap_or_else(|| Reply::refused(401));
    }
    let number = call.world.number();
    let sid = format!("sid{number}x{}", now());
    call.world.sessions.lock().unwrap().insert(sid.clone(), email.to_owned());
    let end = now() + LEEWAY + 840 - call.world.style.age;
    let claims = json!({ "sub": email, "jti": number.to_string(), "exp": end - if call.world.style.age > 0 { 900 } else { 0 } });
    let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed =
        format!("{}.{}", text(&json!({ "alg": "EdDSA", "typ": "JWT", "kid": "one" })), text(&claims));
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key().sign(signed.as_bytes()).to_bytes()));
    Reply::json(200, &json!({ "access_token": token }))
        .with("set-cookie", format!("sid={sid}; HttpOnly; Secure; SameSite=Strict; Path=/"))
}

/// A refusal for haste, after so many for one address.
pub fn limited(call: &Call, what: &str) -> Option<Reply> {
    let key = format!("{what} {}", call.text("email"));
    let mut kept = call.world.kept.lock().unwrap();
    let tried = kept.entry("limits".into()).or_default().entry(key).or_insert(json!(0));
    *tried = json!(tried.as_u64().unwrap() + 1);
    // Strangers are held back early; the people of the tests sign in often.
    let most = if PEOPLE.iter().any(|(email, _)| *email == call.text("email")) { 80 } else { 10 };
    (tried.as_u64().unwrap() > most).then(|| Reply::refused(429).with("retry-after", "900"))
}

pub fn me(call: &Call) -> Reply {
    call.user().map_or_else(|| Reply::refused(401), |user| Reply::json(200, &json!({ "email": user })))
}

struct Parts {
    header: Value,
    claims: Value,
    signed: String,
    signature: Vec<u8>,
}

fn parts(token: &str) -> Option<Parts> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (head, payload) = signed.split_once('.')?;
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    Some(Parts {
        header: read(head)?,
        claims: read(payload)?,
        signed: signed.to_owned(),
        signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
    })
}

fn ours(parts: &Parts) -> bool {
    parts.header["alg"] == "EdDSA" && signed_by(parts, &key().verifying_key())
}

fn signed_by(parts: &Parts, key: &VerifyingKey) -> bool {
    Signature::from_slice(&parts.signature)
        .is_ok_and(|signature| key.verify(parts.signed.as_bytes(), &signature).is_ok())
}

fn hmac(parts: &Parts, key: &[u8]) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(parts.signed.as_bytes());
    parts.header["alg"] == "HS256" && mac.verify_slice(&parts.signature).is_ok()
}

fn subject(parts: &Parts) -> Option<String> {
    let email = parts.claims["sub"].as_str()?;
    PEOPLE.iter().any(|(known, _)| *known == email).then(|| email.to_owned())
}

fn is_over(world: &World, parts: &Parts) -> bool {
    !world.style.endless && parts.claims["exp"].as_u64().is_none_or(|end| end + LEEWAY <= now())
}

/// The right way: the algorithm that we sign with, the signature, the end.
pub fn verify(world: &World, token: &str) -> Option<String> {
    let parts = parts(token)?;
    if !ours(&parts) || is_over(world, &parts) {
        return None;
    }
    subject(&parts)
}

/// The right way, and for the faulty one another way in besides.
fn guarded(call: &Call, wrongly: fn(&Parts) -> bool) -> Reply {
    let right = call.bearer().and_then(|token| verify(&call.world, token));
    let wrong = || {
        call.bearer().and_then(parts).filter(|parts| call.faulty && wrongly(parts)).and_then(|p| subject(&p))
    };
    right
        .or_else(wrong)
        .map_or_else(|| Reply::refused(401), |user| Reply::json(200, &json!({ "secret of": user })))
}

fn by_kid(parts: &Parts) -> bool {
    // What is read from wherever the token says.
    let kid = parts.header["kid"].as_str().unwrap_or("");
    std::fs::read(format!("/etc/keys/{kid}"))
        .or_else(|_| std::fs::read(format!("/etc/{kid}")))
        .is_ok_and(|key| hmac(parts, &key))
}

fn own_key(parts: &Parts, keys: &Value) -> bool {
    let x = keys["x"].as_str().and_then(|x| URL_SAFE_NO_PAD.decode(x).ok());
    let key = x.and_then(|x| VerifyingKey::try_from(x.as_slice()).ok());
    key.is_some_and(|key| signed_by(parts, &key))
}

fn fetched(parts: &Parts) -> bool {
    let body = parts.header["jku"].as_str().and_then(crate::files::fetch).unwrap_or_default();
    let document: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    own_key(parts, &document["keys"][0])
}

fn logout(call: &Call) -> Reply {
    let token = call.bearer().unwrap_or_default().to_owned();
    call.kept(|kept| kept.insert(token, json!(true)));
    Reply::json(200, &json!({ "message": "signed out" }))
}

fn after_logout(call: &Call) -> Reply {
    let ended = call.kept(|kept| kept.contains_key(call.bearer().unwrap_or_default()));
    if ended && !call.faulty { Reply::refused(401) } else { me(call) }
}

pub fn faults() -> Vec<Fault> {
    let route = |handler| vec![Route::get("/vault", handler).own_rights()];
    vec![
        fault(
            "jwt-none",
            "jwt-none",
            route(|call| {
                guarded(call, |p| {
                    p.header["alg"].as_str().is_some_and(|alg| alg.eq_ignore_ascii_case("none"))
                })
            }),
        ),
        fault("jwt-none-spelt", "jwt-none", route(|call| guarded(call, |p| p.header["alg"] == "nOnE"))),
        fault("jwt-unsigned", "jwt-signature-unchecked", route(|call| guarded(call, |_| true))),
        fault(
            "jwt-stripped",
            "jwt-signature-unchecked",
            route(|call| guarded(call, |p| p.header["alg"] == "EdDSA" && p.signature.is_empty())),
        ),
        fault(
            "jwt-confusion",
            "jwt-algorithm-confusion",
            route(|call| guarded(call, |p| hmac(p, pem().as_bytes()))),
        ),
        fault(
            "jwt-confusion-raw",
            "jwt-algorithm-confusion",
            route(|call| guarded(call, |p| hmac(p, key().verifying_key().as_bytes()))),
        ),
        fault("jwt-weak", "jwt-weak-secret", route(|call| guarded(call, |p| hmac(p, b"secret")))),
        fault("jwt-kid", "jwt-kid", route(|call| guarded(call, by_kid))),
        fault("jwt-jwk", "jwt-own-key", route(|call| guarded(call, |p| own_key(p, &p.header["jwk"])))),
        fault("jwt-jku", "jwt-own-key", route(|call| guarded(call, fetched))),
        fault(
            "leaving",
            "session-survives-logout",
            vec![
                Route::new("POST", "/logout", logout).protected(),
                Route::get("/vault", after_logout).own_rights(),
            ],
        ),
    ]
}

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::*;

const NOW: u64 = 1_790_000_000;
const ISSUER: &str = "https://id.example";

struct Issuer(Ed25519KeyPair);

impl Issuer {
    fn new() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }

    fn keys(&self) -> KeySet {
        let x = URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref());
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x }] });
        KeySet::read(keys.to_string().as_bytes()).unwrap()
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.0.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{signature}")
    }
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "k1", "typ": "JWT" })
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "7", "aud": "florin", "exp": NOW + 300, "iat": NOW, "nonce": "N",
        "email": "ada@example.org", "email_verified": true,
    })
}

fn verify(token: &str) -> Result<Claims, Unfit> {
    let nonce = SecretString::from("N");
    let expected = Expected { issuer: ISSUER, client_id: "florin", nonce: &nonce, now: NOW };
    Parts::of(token)?.verify(&Issuer::new().keys(), &expected)
}

fn with(member: &str, value: Value) -> Result<Claims, Unfit> {
    let mut claims = claims();
    claims[member] = value;
    verify(&Issuer::new().token(&header(), &claims))
}

#[test]
fn a_token_for_this_attempt_counts() {
    let claims = verify(&Issuer::new().token(&header(), &claims())).unwrap();

    assert_eq!((claims.sub.as_str(), claims.verified_email()), ("7", Some("ada@example.org")));
}

#[test]
fn a_token_that_is_not_for_this_attempt_does_not() {
    for (member, value, unfit) in [
        ("iss", json!("https://evil.example"), Unfit::Issuer),
        ("iss", json!("https://id.example/"), Unfit::Issuer),
        ("aud", json!("other"), Unfit::Audience),
        ("aud", json!(["other"]), Unfit::Audience),
        ("aud", json!([]), Unfit::Audience),
        ("aud", json!(["florin", "other"]), Unfit::Audience),
        ("azp", json!("other"), Unfit::Audience),
        ("exp", json!(NOW - 60), Unfit::Times),
        ("iat", json!(NOW + 61), Unfit::Times),
        ("nbf", json!(NOW + 61), Unfit::Times),
        ("exp", json!(NOW), Unfit::Times),
        ("exp", json!((NOW + 300).to_string()), Unfit::Claims),
        ("exp", json!(-1), Unfit::Claims),
        ("exp", Value::Null, Unfit::Claims),
        ("iat", Value::Null, Unfit::Claims),
        ("sub", json!(7), Unfit::Claims),
        ("nonce", json!("M"), Unfit::Nonce),
        ("nonce", Value::Null, Unfit::Nonce),
        ("nonce", json!(""), Unfit::Nonce),
    ] {
        assert_eq!(with(member, value.clone()).unwrap_err(), unfit, "{member}: {value}");
    }
    assert!(with("aud", json!(["florin"])).is_ok());
    assert!(with("azp", json!("florin")).is_ok());
    assert!(with("iat", json!(NOW - 3_600)).is_ok(), "the nonce tells that it is fresh");
    let mut several = claims();
    several["aud"] = json!(["florin", "other"]);
    several["azp"] = json!("florin");
    assert!(verify(&Issuer::new().token(&header(), &several)).is_ok());
}

#[test]
fn a_minute_of_difference_between_clocks_is_borne() {
    let mut early = claims();
    early["iat"] = json!(NOW + 60);
    assert!(verify(&Issuer::new().token(&header(), &early)).is_ok());
    let mut late = claims();
    (late["iat"], late["exp"]) = (json!(NOW - 100), json!(NOW - 59));
    assert!(verify(&Issuer::new().token(&header(), &late)).is_ok());
}

#[test]
fn an_email_is_verified_by_the_word_true_alone() {
    for verified in [json!("true"), json!(1), json!("TRUE"), json!(false), Value::Null, json!([true])] {
        assert_eq!(with("email_verified", verified.clone()).unwrap().verified_email(), None, "{verified}");
    }
    assert_eq!(with("email", json!(["ada@example.org"])).unwrap().verified_email(), None);
}

#[test]
fn a_header_that_asks_for_something_else_is_refused() {
    let issuer = Issuer::new();
    for (header, unfit) in [
        (json!({ "alg": "none" }), Unfit::Algorithm),
        (json!({ "alg": "nOnE" }), Unfit::Algorithm),
        (json!({ "alg": "HS256", "kid": "k1" }), Unfit::Algorithm),
        (json!({ "alg": "RS256", "kid": "k1" }), Unfit::Signature),
        (json!({ "alg": "EdDSA", "kid": "k2" }), Unfit::Signature),
        (json!({ "alg": "EdDSA", "kid": "k1", "crit": ["exp"] }), Unfit::Header),
        (json!({ "kid": "k1" }), Unfit::Header),
    ] {
        assert_eq!(verify(&issuer.token(&header, &claims())).unwrap_err(), unfit, "{header}");
    }
    // A key that the token brings itself is not looked at.
    let thief = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let x = URL_SAFE_NO_PAD.encode(thief.public_key().as_ref());
    let header = json!({ "alg": "EdDSA", "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x } });
    assert_eq!(verify(&Issuer(thief).token(&header, &claims())).unwrap_err(), Unfit::Signature);
}

#[test]
fn what_is_no_token_is_none() {
    let good = Issuer::new().token(&header(), &claims());
    let (signed, _) = good.rsplit_once('.').unwrap();
    for text in ["", ".", "..", "a.b.c", &format!("{good}="), &format!("{good}.x"), &"a".repeat(70_000)] {
        assert!(matches!(verify(text), Err(Unfit::Form | Unfit::Header)), "{text:.40}");
    }
    assert_eq!(verify(&format!("{signed}.")).unwrap_err(), Unfit::Signature);
    let twice = claims().to_string().replacen("\"sub\":\"7\"", "\"sub\":\"7\",\"sub\":\"8\"", 1);
    let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let signed = format!("{}.{}", encode(&header().to_string()), encode(&twice));
    let signature = encode_bytes(Issuer::new().0.sign(signed.as_bytes()).as_ref());
    assert_eq!(verify(&format!("{signed}.{signature}")).unwrap_err(), Unfit::Claims);
}

fn encode_bytes(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

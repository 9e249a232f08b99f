//! Taking tokens apart and forging others (RFC 7515, RFC 7519).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// A token in its parts.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    head: String,
    payload: String,
    signature: String,
}

fn text(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Token {
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (head, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?).ok()
        };
        Some(Self {
            header: read(head)?,
            claims: read(payload)?,
            head: head.to_owned(),
            payload: payload.to_owned(),
            signature: signature.to_owned(),
        })
    }

    pub(crate) fn algorithm(&self) -> &str {
        self.header.get("alg").and_then(Value::as_str).unwrap_or_default()
    }

    /// Seconds since 1970 at which it ends.
    pub(crate) fn expires(&self) -> Option<u64> {
        self.claims.get("exp").and_then(Value::as_u64)
    }

    /// The claims, with one that says which forgery they are of: no two are the same.
    pub(crate) fn marked(&self, mark: &str) -> Value {
        let mut claims = self.claims.clone();
        if let Some(fields) = claims.as_object_mut() {
            fields.insert("scan".to_owned(), json!(mark));
        }
        claims
    }

    /// Other claims under the old signature.
    pub(crate) fn unsigned(&self, claims: &Value) -> String {
        format!("{}.{}.{}", self.head, text(claims), self.signature)
    }

    /// The same token with its signature missing.
    pub(crate) fn stripped(&self) -> String {
        format!("{}.{}.", self.head, self.payload)
    }

    /// The same token with a signature that is surely wrong.
    pub(crate) fn spoilt(&self) -> String {
        let last = if self.signature.starts_with('A') { "B" } else { "A" };
        format!("{}.{}.{last}{}", self.head, self.payload, self.signature.get(1..).unwrap_or_default())
    }

    /// The key under which the signature was made, if it is one of these.
    pub(crate) fn secret_among<'a>(&self, guesses: &[&'a str]) -> Option<&'a str> {
        let signed = format!("{}.{}", self.head, self.payload);
        let fits = |guess: &&&str| hmac(guess.as_bytes(), &signed) == self.signature;
        guesses.iter().find(fits).copied()
    }

    /// The header with other fields laid over it.
    pub(crate) fn header_with(&self, fields: &Value) -> Value {
        let mut header = self.header.clone();
        if let (Some(into), Some(from)) = (header.as_object_mut(), fields.as_object()) {
            into.extend(from.clone());
        }
        header
    }
}

/// A token that says it needs no signature, in this spelling of `none`.
pub(crate) fn none(token: &Token, spelling: &str, claims: &Value) -> String {
    format!("{}.{}.", text(&token.header_with(&json!({ "alg": spelling }))), text(claims))
}

/// A token signed with HMAC and this key.
pub(crate) fn hs256(header: &Value, claims: &Value, key: &[u8]) -> String {
    let mut header = header.clone();
    if let Some(fields) = header.as_object_mut() {
        fields.insert("alg".to_owned(), json!("HS256"));
    }
    let signed = format!("{}.{}", text(&header), text(claims));
    format!("{signed}.{}", hmac(key, &signed))
}

fn hmac(key: &[u8], signed: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(signed.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// A key pair that any reader of this program knows.
fn own_key() -> SigningKey {
    SigningKey::from_bytes(&[0x53; 32])
}

/// The public half of the scanner's key.
pub(crate) fn own_jwk() -> Value {
    let x = URL_SAFE_NO_PAD.encode(own_key().verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "scan", "alg": "EdDSA", "use": "sig" })
}

/// A token signed with the scanner's own key.
pub(crate) fn own(header: &Value, claims: &Value) -> String {
    let mut header = header.clone();
    if let Some(fields) = header.as_object_mut() {
        fields.insert("alg".to_owned(), json!("EdDSA"));
    }
    let signed = format!("{}.{}", text(&header), text(claims));
    let signature = own_key().sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// What a server might take for the secret of HMAC when it has this public key: the ways of writing it.
pub(crate) fn spellings(jwk: &Value) -> Vec<Vec<u8>> {
    let part = |name: &str| {
        let text = jwk.get(name).and_then(Value::as_str)?;
        URL_SAFE_NO_PAD.decode(text).ok()
    };
    let mut found = Vec::new();
    let der = match (part("n"), part("e"), part("x")) {
        (Some(n), Some(e), _) => rsa_der(&n, &e),
        (_, _, Some(x)) if jwk.get("crv").and_then(Value::as_str) == Some("Ed25519") => {
            found.push(x.clone());
            found.extend(jwk.get("x").and_then(Value::as_str).map(|text| text.as_bytes().to_vec()));
            sequence(0x30, &[sequence(0x30, &[vec![6, 3, 0x2b, 0x65, 0x70]]), bits(&x)])
        }
        _ => return found,
    };
    let encoded = STANDARD.encode(&der);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
    found.push(format!("{pem}\n").into_bytes());
    found.push(pem.into_bytes());
    found.push(der);
    found
}

/// A public key of RSA as X.509 writes it (RFC 3279).
fn rsa_der(n: &[u8], e: &[u8]) -> Vec<u8> {
    let algorithm = vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let key = sequence(0x30, &[integer(n), integer(e)]);
    sequence(0x30, &[sequence(0x30, &[algorithm]), bits(&key)])
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut value = bytes.to_vec();
    if value.first().is_some_and(|first| *first >= 0x80) {
        value.insert(0, 0);
    }
    sequence(2, &[value])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    sequence(3, &[vec![0], bytes.to_vec()])
}

fn sequence(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match (u8::try_from(body.len()), u16::try_from(body.len())) {
        (Ok(short @ 0..=127), _) => out.push(short),
        (Ok(short), _) => out.extend_from_slice(&[0x81, short]),
        (_, long) => {
            out.push(0x82);
            out.extend_from_slice(&long.unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(&body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_under_a_common_secret_is_recognised() {
        let token = hs256(&json!({ "typ": "JWT" }), &json!({ "sub": "1", "exp": 7 }), b"secret");

        let parsed = Token::parse(&token).unwrap();

        assert_eq!((parsed.algorithm(), parsed.expires()), ("HS256", Some(7)));
        assert_eq!(parsed.secret_among(&["changeme", "secret"]), Some("secret"));
        assert_eq!(parsed.secret_among(&["changeme"]), None);
        assert_ne!(parsed.spoilt(), token);
        assert!(Token::parse("opaque").is_none());
    }

    #[test]
    fn the_spelling_of_a_public_key_is_the_one_that_everybody_writes() {
        // RFC 8410, section 10.1.
        let x = URL_SAFE_NO_PAD.encode([
            0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96,
            0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
        ]);

        let spelt = spellings(&json!({ "kty": "OKP", "crv": "Ed25519", "x": x }));

        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        assert!(spelt.contains(&pem.as_bytes().to_vec()));
    }
}

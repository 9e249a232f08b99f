//! Who a provider says somebody is (OpenID Connect Core 1.0, 3.1.3.7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::keys::{Algorithm, KeySet};
use super::user_info::verified_email;

/// How far the provider's clock may be from ours, in seconds.
const LEEWAY: u64 = 60;
/// A longer token is not looked at.
const BYTES_MAX: usize = 64 * 1024;

/// Why an ID token does not count; for the log and for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Unfit {
    #[error("the ID token is not three parts of base64url")]
    Form,
    #[error("the ID token's header cannot be read, or asks for what is not known")]
    Header,
    #[error("the ID token is signed by an algorithm that is not taken")]
    Algorithm,
    #[error("the ID token is not signed by a key of the provider")]
    Signature,
    #[error("the ID token's claims cannot be read")]
    Claims,
    #[error("the ID token is of another issuer")]
    Issuer,
    #[error("the ID token is for another client")]
    Audience,
    #[error("the ID token is too old, or not valid yet")]
    Times,
    #[error("the ID token is for another attempt")]
    Nonce,
}

/// What an ID token must say.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a SecretString,
    /// Seconds since 1970.
    pub now: u64,
}

/// What an ID token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: u64,
    iat: u64,
    nbf: Option<u64>,
    nonce: Option<String>,
    email: Option<Value>,
    email_verified: Option<Value>,
    name: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// A token in its parts, not checked yet.
pub(super) struct Parts<'a> {
    pub algorithm: Algorithm,
    pub key_id: Option<String>,
    signed: &'a [u8],
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    /// Takes a token apart, if it is signed by an algorithm that is taken.
    pub(super) fn of(token: &'a str) -> Result<Self, Unfit> {
        if token.len() > BYTES_MAX {
            return Err(Unfit::Form);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Unfit::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(Unfit::Form)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Unfit::Form);
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
        let header: Header = serde_json::from_slice(&header).map_err(|_| Unfit::Header)?;
        if header.crit.is_some() {
            return Err(Unfit::Header);
        }
        let algorithm = Algorithm::of(&header.alg).ok_or(Unfit::Algorithm)?;
        Ok(Self { algorithm, key_id: header.kid, signed: signed.as_bytes(), claims, signature })
    }

    /// What the token says, if one of `keys` signed it and it says what it must.
    pub(super) fn verify(&self, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims, Unfit> {
        if !keys.verifies(self.algorithm, self.key_id.as_deref(), self.signed, &self.signature) {
            return Err(Unfit::Signature);
        }
        let claims: Claims = serde_json::from_slice(&self.claims).map_err(|_| Unfit::Claims)?;
        claims.check(expected)?;
        Ok(claims)
    }
}

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<(), Unfit> {
        if self.iss != expected.issuer {
            return Err(Unfit::Issuer);
        }
        let ours = match &self.aud {
            Audience::One(audience) => audience == expected.client_id,
            // Who among several it was made for must then be said.
            Audience::Several(all) => {
                all.iter().any(|one| one == expected.client_id) && (all.len() == 1 || self.azp.is_some())
            }
        };
        if !ours || self.azp.as_deref().is_some_and(|azp| azp != expected.client_id) {
            return Err(Unfit::Audience);
        }
        let latest = expected.now.saturating_add(LEEWAY);
        let begun = self.iat <= latest && self.nbf.unwrap_or(0) <= latest;
        if !begun || self.exp.saturating_add(LEEWAY) <= expected.now || self.exp <= self.iat {
            return Err(Unfit::Times);
        }
        let nonce = self.nonce.as_deref().unwrap_or_default();
        let same: bool = nonce.as_bytes().ct_eq(expected.nonce.expose_secret().as_bytes()).into();
        if same { Ok(()) } else { Err(Unfit::Nonce) }
    }

    /// Whether it says anything of emails.
    pub(super) fn tells_email(&self) -> bool {
        self.email.is_some()
    }

    /// The email, if it is verified.
    pub(super) fn verified_email(&self) -> Option<&str> {
        verified_email(self.email.as_ref(), self.email_verified.as_ref())
    }

    /// What the person is called there.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_ref()?.as_str()
    }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;

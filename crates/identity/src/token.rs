//! Access tokens: JWTs that are signed with Ed25519 or HMAC-SHA-256 and taken in one form only.
//!
//! There is no negotiation: the type is `at+jwt`, the key is one of ours by its `kid`, and the algorithm is that key's,
//! whatever the token would like it to be. A header with anything else in it, a claim too many, too few or twice, and every other way to write the same token are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_kernel::{Proved, SessionId, Timestamp, UserId, Uuid};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Keyring, Settings};

/// The end of the year 9999, in seconds since 1970.
const SECONDS_MAX: u64 = 253_402_300_799;

/// Why an access token is none of ours; for the log and for tests, never for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Forged {
    /// Not three parts of base64url, or too long.
    #[error("not the form of a token")]
    Form,
    /// The header is not the one header that we write.
    #[error("the header is not ours")]
    Header,
    /// The key is not one of ours.
    #[error("the key is not ours")]
    Key,
    /// The signature was not made by that key.
    #[error("the signature is wrong")]
    Signature,
    /// The claims are not the claims that we write.
    #[error("the claims are not ours")]
    Claims,
    /// It was issued by or for somebody else.
    #[error("issued by or for somebody else")]
    Issuer,
    /// Its times contradict each other, or it is not valid yet.
    #[error("its times cannot be")]
    Times,
    /// Its time is over.
    #[error("expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// What an access token says. Roles are not among it: they are read where they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: Uuid,
    pub iat: u64,
    pub nbf: u64,
    pub exp: u64,
    pub jti: Uuid,
    pub sid: Uuid,
    pub amr: Vec<String>,
    pub auth_time: u64,
    /// When a factor was proved once more, for something sensitive; in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up: Option<u64>,
}

impl Claims {
    pub(crate) fn user(&self) -> UserId {
        UserId::from_uuid(self.sub)
    }

    pub(crate) fn session(&self) -> SessionId {
        SessionId::from_uuid(self.sid)
    }

    /// When its bearer last proved who they are.
    pub(crate) fn proved(&self) -> Proved {
        let at = |seconds: u64| i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
        Proved { signed_in_at: at(self.auth_time), stepped_up_at: self.step_up.and_then(at) }
    }
}

/// Issues and checks access tokens; no database, no clock.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    keyring: Keyring,
    issuer: String,
    audience: String,
    seconds_max: u64,
    leeway: u64,
}

impl Tokens {
    /// The longest token that is looked at.
    pub(crate) const BYTES_MAX: usize = 4096;

    pub(crate) fn new(keyring: Keyring, settings: &Settings) -> Self {
        Self {
            keyring,
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            seconds_max: settings.access_seconds.into(),
            leeway: settings.leeway_seconds.into(),
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }

    /// A token that says this, signed with the key that signs at `now`; `None` when there is none.
    pub(crate) fn issue(&self, claims: &Claims, now: Timestamp) -> Option<String> {
        let key = self.keyring.signing(now)?;
        let header = format!(r#"{{"alg":"{}","typ":"at+jwt","kid":"{}"}}"#, key.algorithm().name(), key.kid);
        let claims = serde_json::to_vec(claims).unwrap_or_default();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
        Some(format!("{signed}.{signature}"))
    }

    /// What the token says, if it is one of ours and `now` (seconds since 1970) lies in its time.
    pub(crate) fn verify(&self, token: &str, now: u64) -> Result<Claims, Forged> {
        if token.len() > Self::BYTES_MAX {
            return Err(Forged::Form);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Forged::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(Forged::Form)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Forged::Form);
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);

        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Forged::Header)?;
        let known = ["EdDSA", "HS256"].contains(&header.alg);
        if !known || header.typ != "at+jwt" {
            return Err(Forged::Header);
        }
        let key = self.keyring.find(header.kid).ok_or(Forged::Key)?;
        if header.alg != key.algorithm().name() {
            return Err(Forged::Header);
        }
        if !key.verifies(signed.as_bytes(), &signature) {
            return Err(Forged::Signature);
        }
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| Forged::Claims)?;
        self.check(&claims, now)?;
        Ok(claims)
    }

    fn check(&self, claims: &Claims, now: u64) -> Result<(), Forged> {
        let Claims { iat, nbf, exp, auth_time, step_up, .. } = *claims;
        if claims.iss != self.issuer || claims.aud != self.audience {
            return Err(Forged::Issuer);
        }
        let latest = now.saturating_add(self.leeway);
        let lives = exp.checked_sub(iat).ok_or(Forged::Times)?;
        if exp > SECONDS_MAX
            || lives > self.seconds_max
            || iat > latest
            || nbf > latest
            || auth_time > latest
            || step_up.is_some_and(|at| at > latest)
        {
            return Err(Forged::Times);
        }
        if exp.saturating_add(self.leeway) <= now {
            return Err(Forged::Expired);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;

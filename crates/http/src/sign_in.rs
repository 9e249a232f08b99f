//! Who sends a request: the extractors that make an [`Actor`] of its token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use florin_kernel::{Actor, Origin};

use crate::client_ip::ClientIp;
use crate::{App, Problem, RequestId, codes, rates};

/// The header that tells one device from another.
const DEVICE: &str = "x-device-fingerprint";
/// A longer one is taken as none.
const DEVICE_MAX: usize = 256;
/// How much is kept of what a client calls itself.
const USER_AGENT_MAX: usize = 256;

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Actor);

/// Somebody who need not have signed in.
#[derive(Clone, Debug)]
pub struct Stranger(pub Actor);

/// Somebody who has signed in, or a stranger when no sign-in came along; one that is not good is refused.
#[derive(Clone, Debug)]
pub struct Anybody(pub Actor);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match authenticated(parts, app).await {
            Ok(actor) => {
                rates::admit_actor(parts, &actor).await?;
                Ok(Self(actor))
            }
            // Whoever shows no good sign-in is a stranger, and may not try for ever.
            Err(problem) => {
                rates::admit_stranger(parts).await?;
                Err(problem)
            }
        }
    }
}

async fn authenticated(parts: &Parts, app: &App) -> Result<Actor, Problem> {
    let mut given = parts.headers.get_all(AUTHORIZATION).into_iter();
    let (Some(header), None) = (given.next(), given.next()) else {
        return Err(Problem::of(codes::UNAUTHENTICATED));
    };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(|| Problem::of(codes::UNAUTHENTICATED))?;
    Ok(app.identity.authenticate(token, origin(parts)).await?)
}

impl FromRequestParts<App> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        rates::admit_stranger(parts).await?;
        Ok(Self(app.identity.anonymous(origin(parts))))
    }
}

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) {
            let SignedIn(actor) = SignedIn::from_request_parts(parts, app).await?;
            return Ok(Self(actor));
        }
        rates::admit_stranger(parts).await?;
        Ok(Self(app.identity.anonymous(origin(parts))))
    }
}

/// The token of a `Bearer` header: one word after the scheme.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

fn origin(parts: &Parts) -> Origin {
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map(shortened);
    Origin {
        ip: parts.extensions.get::<ClientIp>().map(|ip| ip.0),
        user_agent: agent.map(Arc::from),
        request_id: parts.extensions.get::<RequestId>().map(RequestId::shared),
        device: parts.headers.get(DEVICE).and_then(fingerprint).map(Arc::from),
    }
}

/// What a client says its device is, if it says it once in a form that can be kept.
fn fingerprint(header: &HeaderValue) -> Option<&str> {
    header.to_str().ok().filter(|text| (1..=DEVICE_MAX).contains(&text.len()))
}

/// Visible ASCII is all that `to_str` lets through, so any byte is a boundary.
fn shortened(agent: &str) -> &str {
    agent.get(..USER_AGENT_MAX).unwrap_or(agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_header_is_the_scheme_and_one_word() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer abc"), Some("abc"));
        for wrong in ["Bearer", "Bearer ", "Bearer a b", "Bearer Bearer a", "Basic abc", "abc", ""] {
            assert_eq!(bearer(wrong), None, "{wrong:?}");
        }
    }
}

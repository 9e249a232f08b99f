//! Who sends a request: the extractors that make an [`Actor`] of its token.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use florin_identity::Hold;
use florin_kernel::{Actor, Origin};
use secrecy::{ExposeSecret as _, SecretString};

use crate::client_ip::ClientIp;
use crate::cookies::{Brought, brought};
use crate::{App, Peer, Problem, RequestId, codes, csrf, rates};

/// The header that tells one device from another.
const DEVICE: &str = "x-device-fingerprint";
/// The header that asks for a cookie in the place of tokens.
const SESSION: &str = "x-session";
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

/// The secret of the cookie that the request signed in by, if it did so by cookie; to be taken after [`SignedIn`] or
/// [`Anybody`].
#[derive(Clone, Debug)]
pub struct ByCookie(pub Option<SecretString>);

/// How whoever signs in wants to hold the sign-in (`X-Session: cookie`), and the cookie that they bring along, which is
/// never taken for it.
#[derive(Clone, Debug)]
pub struct Holding {
    /// By tokens, or by a cookie.
    pub hold: Hold,
    /// What a new cookie takes the place of.
    pub former: Option<SecretString>,
    /// Where the request comes from.
    pub origin: Origin,
}

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

/// Whose token or cookie came along.
async fn authenticated(parts: &mut Parts, app: &App) -> Result<Actor, Problem> {
    // Where both came along the header counts alone: no other site can make a browser send it.
    if !parts.headers.contains_key(AUTHORIZATION) {
        return by_cookie(parts, app).await;
    }
    let mut given = parts.headers.get_all(AUTHORIZATION).into_iter();
    let (Some(header), None) = (given.next(), given.next()) else {
        return Err(Problem::of(codes::UNAUTHENTICATED));
    };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(|| Problem::of(codes::UNAUTHENTICATED))?;
    Ok(app.identity.authenticate(token, origin(parts, app)).await?)
}

/// Whoever signed in by cookie; a request that changes something proves that it is of one's own pages.
async fn by_cookie(parts: &mut Parts, app: &App) -> Result<Actor, Problem> {
    let Brought::One(cookie) = brought(&parts.headers, app.browsers.session_cookie) else {
        return Err(Problem::of(codes::UNAUTHENTICATED));
    };
    let cookie = SecretString::from(cookie);
    let actor = app.identity.authenticate_browser(cookie.expose_secret(), origin(parts, app)).await?;
    csrf::check(parts, app, cookie.expose_secret())?;
    parts.extensions.insert(cookie);
    Ok(actor)
}

impl FromRequestParts<App> for ByCookie {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<SecretString>().cloned()))
    }
}

impl FromRequestParts<App> for Holding {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all(SESSION).into_iter();
        let hold = match (given.next(), given.next()) {
            (None, _) => Hold::Tokens,
            (Some(wanted), None) if wanted == "token" => Hold::Tokens,
            (Some(wanted), None) if wanted == "cookie" => Hold::Cookie,
            _ => {
                let why = "X-Session is `cookie` or `token`";
                return Err(Problem::of(codes::INVALID_REQUEST).detail(why));
            }
        };
        let former = match brought(&parts.headers, app.browsers.session_cookie) {
            Brought::One(cookie) => Some(SecretString::from(cookie)),
            Brought::Nothing | Brought::Several => None,
        };
        Ok(Self { hold, former, origin: origin(parts, app) })
    }
}

impl FromRequestParts<App> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        rates::admit_stranger(parts).await?;
        Ok(Self(app.identity.anonymous(origin(parts, app))))
    }
}

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) {
            let SignedIn(actor) = SignedIn::from_request_parts(parts, app).await?;
            return Ok(Self(actor));
        }
        // A browser brings its cookie along whether it is good still or not, and whoever made it ask.
        let own = csrf::is_own_site(&parts.headers, &app.browsers.origin, app.browsers.trusts_host);
        if own && brought(&parts.headers, app.browsers.session_cookie) != Brought::Nothing {
            match by_cookie(parts, app).await {
                Ok(actor) => {
                    rates::admit_actor(parts, &actor).await?;
                    return Ok(Self(actor));
                }
                Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {}
                Err(problem) => return Err(problem),
            }
        }
        rates::admit_stranger(parts).await?;
        Ok(Self(app.identity.anonymous(origin(parts, app))))
    }
}

/// The token of a `Bearer` header: one word after the scheme.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

/// Where a request comes from.
pub(crate) fn origin(parts: &Parts, app: &App) -> Origin {
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    let country = app.browsers.country_header(peer).and_then(|name| country(&parts.headers, name));
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map(shortened);
    Origin {
        ip: parts.extensions.get::<ClientIp>().map(|ip| ip.0),
        user_agent: agent.map(Arc::from),
        request_id: parts.extensions.get::<RequestId>().map(RequestId::shared),
        device: parts.headers.get(DEVICE).and_then(fingerprint).map(Arc::from),
        country,
    }
}

/// The country that a proxy tells: two capital letters, told once.
fn country(headers: &HeaderMap, name: &str) -> Option<[u8; 2]> {
    let mut given = headers.get_all(name).into_iter();
    let (Some(value), None) = (given.next(), given.next()) else { return None };
    let code: [u8; 2] = value.as_bytes().try_into().ok()?;
    code.iter().all(u8::is_ascii_uppercase).then_some(code)
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
    fn a_country_is_two_capital_letters_told_once() {
        let told = |values: &[&'static str]| {
            let headers: HeaderMap = values
                .iter()
                .map(|value| {
                    (axum::http::HeaderName::from_static("cf-ipcountry"), HeaderValue::from_static(value))
                })
                .collect();
            country(&headers, "cf-ipcountry")
        };

        assert_eq!(told(&["CA"]), Some(*b"CA"));
        for none in [&[][..], &["ca"], &["C"], &["CAN"], &["C1"], &["CA", "CA"], &[""]] {
            assert_eq!(told(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_bearer_header_is_the_scheme_and_one_word() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer abc"), Some("abc"));
        for wrong in ["Bearer", "Bearer ", "Bearer a b", "Bearer Bearer a", "Basic abc", "abc", ""] {
            assert_eq!(bearer(wrong), None, "{wrong:?}");
        }
    }
}

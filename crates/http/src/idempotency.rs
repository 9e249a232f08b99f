//! Idempotency keys of requests, and the answers frozen under them.

use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use florin_db::idempotency::{Frozen, IdempotencyKey};
use florin_kernel::{Actor, Uuid};
use florin_ledger::Posted;
use serde::Serialize;

use crate::{Problem, codes};

const HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-idempotency-key"), HeaderName::from_static("idempotency-key")];
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const KEY_MAX: usize = 255;

/// The key that every request to move money carries.
#[derive(Clone, Debug)]
pub struct GivenKey(String);

impl<S: Sync> FromRequestParts<S> for GivenKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let names = HEADERS;
        let mut given = names.iter().flat_map(|name| parts.headers.get_all(name));
        let Some(first) = given.next() else { return Err(Problem::of(codes::IDEMPOTENCY_KEY_REQUIRED)) };
        if given.any(|other| other != first) {
            return Err(Problem::of(codes::INVALID_REQUEST).detail("two idempotency keys that differ"));
        }
        Self::try_new(first.to_str().unwrap_or_default())
    }
}

/// A key that a request may carry, and need not.
impl<S: Sync> OptionalFromRequestParts<S> for GivenKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        if HEADERS.iter().all(|name| !parts.headers.contains_key(name)) {
            return Ok(None);
        }
        <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some)
    }
}

impl GivenKey {
    /// The key that somebody gives.
    ///
    /// # Errors
    /// `invalid_request`, unless it has 1 to 255 visible ASCII characters.
    pub fn try_new(key: &str) -> Result<Self, Problem> {
        let fits = (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            let detail = "an idempotency key has 1 to 255 visible ASCII characters";
            return Err(Problem::of(codes::INVALID_REQUEST).detail(detail));
        }
        Ok(Self(key.to_owned()))
    }

    /// The key as it is stored: the actor's own, for this route and what the request asks for.
    ///
    /// # Errors
    /// A [`Problem`] when the request cannot be written down.
    pub fn of(&self, by: &Actor, route: &str, request: &impl Serialize) -> Result<IdempotencyKey, Problem> {
        let principal = by.user().map_or(Uuid::nil(), florin_kernel::UserId::uuid);
        // What was read, not what was sent: other spaces or another order of fields are the same request.
        let request = serde_json::to_vec(request).map_err(|error| Problem::internal(&error))?;
        Ok(IdempotencyKey::new(principal, route, &self.0, &request))
    }
}

/// The answer to a posting, given for the first time or again.
pub struct Answered(pub Posted);

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        match self.0 {
            Posted::Now(frozen) => thawed(frozen),
            Posted::Replayed(frozen) => {
                let mut response = thawed(frozen);
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                response
            }
            Posted::KeyReused => Problem::of(codes::IDEMPOTENCY_KEY_REUSED).into_response(),
        }
    }
}

fn thawed(frozen: Frozen) -> Response {
    let refused = frozen.status >= 400;
    let media_type = if refused { "application/problem+json" } else { "application/json" };
    let mut response = Response::new(Body::from(frozen.body));
    *response.status_mut() = StatusCode::from_u16(frozen.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

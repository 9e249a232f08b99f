//! What a request says in its address: the parts of its path, and its query.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::json::invalid_field;
use crate::{Problem, codes};

/// The one parameter of a path, such as an identifier; what does not read as one names nothing, and is not found.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

/// The two parameters of a path, in its order.
#[derive(Clone, Copy, Debug)]
pub struct Path2<A, B>(pub A, pub B);

/// The query, read by its type; a parameter that does not fit is named in the refusal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        let mut values = params.iter().map(|(_, value)| value);
        Ok(Self(next(&mut values)?))
    }
}

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Path2<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        let mut values = params.iter().map(|(_, value)| value);
        Ok(Self(next(&mut values)?, next(&mut values)?))
    }
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Problem> {
    RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::of(codes::NOT_FOUND))
}

fn next<'a, T: FromStr>(values: &mut impl Iterator<Item = &'a str>) -> Result<T, Problem> {
    values.next().and_then(|value| value.parse().ok()).ok_or_else(|| Problem::of(codes::NOT_FOUND))
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let reader = serde_urlencoded::Deserializer::new(form_pairs(query));
        serde_path_to_error::deserialize(reader)
            .map(Self)
            .map_err(|error| invalid_field(&error.path().to_string(), &error.inner().to_string()))
    }
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use florin_kernel::AccountId;
    use serde::Deserialize;
    use tower::ServiceExt;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        limit: Option<u16>,
        cursor: Option<String>,
    }

    async fn query(text: &str) -> Result<Page, Problem> {
        let request = Request::builder().uri(format!("/list?{text}")).body(()).unwrap();
        Query::<Page>::from_request_parts(&mut request.into_parts().0, &()).await.map(|Query(page)| page)
    }

    #[tokio::test]
    async fn a_query_is_read_by_its_type() {
        let page = query("limit=7&cursor=a%20b").await.unwrap();

        assert_eq!(page, Page { limit: Some(7), cursor: Some("a b".to_owned()) });
        assert_eq!(query("").await.unwrap(), Page { limit: None, cursor: None });
    }

    #[tokio::test]
    async fn a_parameter_that_does_not_fit_is_named() {
        for (text, field, code) in [
            ("limit=many", "limit", "invalid"),
            ("limit=70000", "limit", "invalid"),
            ("page=2", "page", "unknown_field"),
            ("limit=1&limit=2", "limit", "repeated"),
        ] {
            let problem = query(text).await.unwrap_err();
            assert_eq!(problem.code(), "validation_failed");
            assert_eq!(
                (problem.errors()[0].field.as_str(), problem.errors()[0].code),
                (field, code),
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_identifier_is_not_found() {
        let router: Router = Router::new()
            .route("/accounts/{id}", get(async |Path(id): Path<AccountId>| id.to_string()))
            .route("/both/{id}/{n}", get(async |Path2(_, n): Path2<AccountId, u8>| n.to_string()));
        let status = async |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap().status()
        };
        let id = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";

        assert_eq!(status(&format!("/accounts/{id}")).await, StatusCode::OK);
        assert_eq!(status(&format!("/both/{id}/7")).await, StatusCode::OK);
        assert_eq!(status(&format!("/both/{id}/700")).await, StatusCode::NOT_FOUND);
        assert_eq!(status("/accounts/1%27%20OR%201=1").await, StatusCode::NOT_FOUND);
        assert_eq!(status("/accounts/%ff").await, StatusCode::NOT_FOUND);
    }
}

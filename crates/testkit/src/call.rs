//! One request, and what came back.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use bytes::Bytes;
use florin_http::Peer;
use serde_json::Value;

/// A request to be sent, as often as wanted.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    peer: Option<IpAddr>,
}

impl Call {
    /// A request of this method to this path.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: HeaderMap::new(), body: Bytes::new(), peer: None }
    }

    /// `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// `POST`.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// The same with this body, in JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// The same with this body, whatever it is.
    #[must_use]
    pub fn raw(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }

    /// The same with this idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("x-idempotency-key", key.as_bytes())
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &[u8]) -> Self {
        self.headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
        self
    }

    /// The same from this address.
    #[must_use]
    pub fn from(self, ip: &str) -> Self {
        Self { peer: Some(ip.parse().unwrap()), ..self }
    }

    pub(crate) fn request(&self, token: Option<&str>) -> Request<Body> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        if let Some(ip) = self.peer {
            request.extensions_mut().insert(Peer(SocketAddr::new(ip, 40_000)));
        }
        if let Some(token) = token {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
            request.headers_mut().insert(AUTHORIZATION, bearer);
        }
        request
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body, which is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The text at this JSON pointer.
    pub fn text(&self, pointer: &str) -> String {
        let json = self.json();
        let found = json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
    }

    /// The same answer, which must have this status.
    #[expect(clippy::return_self_not_must_use, reason = "to have asserted may be all that is wanted")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Asserts that this is a refusal as RFC 9457 has it, with this status and code, and gives its body.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        let told = (self.status.as_u16(), problem["code"].as_str().unwrap_or_default().to_owned());
        assert_eq!(told, (status, code.to_owned()), "{problem}");
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["errors"].is_array(), "{problem}");
        assert!(problem["request_id"].is_string(), "{problem}");
        problem
    }

    /// Whether it is the frozen answer to an earlier request.
    pub fn is_replayed(&self) -> bool {
        self.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
    }
}

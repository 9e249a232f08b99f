//! The name of one request, by which its traces are found.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use florin_kernel::Env;

/// The header that carries it, both ways.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const LENGTH_MAX: usize = 128;

/// A request's id: the client's, when it sent a well-formed one, else a new UUIDv7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    text: Arc<str>,
    value: HeaderValue,
}

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id as text that can be shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.value.clone()
    }

    /// The id that `given` proposes, or a new one.
    pub(crate) fn of(given: Option<&HeaderValue>, env: &Env) -> Self {
        given.and_then(Self::accept).unwrap_or_else(|| Self::new(env))
    }

    fn accept(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let fits = (1..=LENGTH_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        (fits && plain).then(|| Self { text: text.into(), value: value.clone() })
    }

    fn new(env: &Env) -> Self {
        let id = env.new_uuid();
        let mut buffer = [0_u8; 36];
        let text: &str = id.hyphenated().encode_lower(&mut buffer);
        let value = HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("-"));
        Self { text: text.into(), value }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    /// The id that the edge gave; `-` for a request that did not pass it.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let given = parts.extensions.get::<Self>().cloned();
        Ok(given.unwrap_or_else(|| Self { text: "-".into(), value: HeaderValue::from_static("-") }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_formed_id_is_kept_and_any_other_is_replaced() {
        let env = Env::system();
        let id = |text: &[u8]| RequestId::of(HeaderValue::from_bytes(text).ok().as_ref(), &env);

        assert_eq!(id(b"Visit-17_a.b").as_str(), "Visit-17_a.b");
        assert_eq!(id(&[b'a'; 128]).as_str().len(), 128);
        for foul in [&b""[..], &[b'a'; 129], b"a b", b"a\tb", b"a\"b", b"<b>", "caf\u{e9}".as_bytes(), b"a/b"]
        {
            let replaced = id(foul);
            let uuid = florin_kernel::Uuid::try_parse(replaced.as_str()).unwrap();
            assert_eq!(uuid.get_version_num(), 7);
            assert_eq!(replaced.header().to_str().unwrap(), replaced.as_str());
        }
    }
}

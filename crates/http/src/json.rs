//! JSON in and out: what comes in is bounded, read strictly, and refused with the path of the fault.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::progress::Progress;
use crate::{Problem, codes};

/// How deep a body may be nested.
const DEPTH_MAX: u32 = 32;
/// How long a message about a field may be: what it quotes comes from the client.
const MESSAGE_MAX: usize = 200;
/// How long a body may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_secs(20);

/// A body in JSON, or an answer in JSON.
///
/// Read strictly: `application/json` in UTF-8, one document, at most [`BodyLimit`] bytes and 32 levels; a field
/// that is unknown (where the type denies them), repeated, missing or of another type is named in the refusal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

/// How many bytes a body may have on the routes that carry it as an `axum::Extension`; elsewhere one MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

impl Default for BodyLimit {
    fn default() -> Self {
        Self(1 << 20)
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let limit = request.extensions().get::<BodyLimit>().copied().unwrap_or_default();
        let progress = request.extensions().get::<Arc<Progress>>().cloned().unwrap_or_default();
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, limit, &progress).await?;
        parse(&body).map(Self)
    }
}

impl<S: Sync, T: DeserializeOwned> OptionalFromRequest<S> for Json<T> {
    type Rejection = Problem;

    /// No body where none is announced.
    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let headers = request.headers();
        let announced = headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0");
        if !announced && !headers.contains_key(CONTENT_TYPE) && !headers.contains_key(TRANSFER_ENCODING) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/json");
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let mut response = Response::new(Body::from(body));
                response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
                response
            }
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    // A packed body says nothing of how much it would become.
    if headers.get(CONTENT_ENCODING).is_some_and(|packing| packing != "identity") {
        return Err(Problem::of(codes::UNSUPPORTED_MEDIA_TYPE)
            .detail("a body is sent as it is, without Content-Encoding"));
    }
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // What nearly everybody sends.
    if given == "application/json" {
        return Ok(());
    }
    let mut parts = given.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_json = essence == "application/json"
        || essence.strip_prefix("application/").is_some_and(|subtype| subtype.ends_with("+json"));
    let in_utf8 = parts.all(|part| match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if is_json && in_utf8 { Ok(()) } else { Err(Problem::of(codes::UNSUPPORTED_MEDIA_TYPE)) }
}

fn too_large(limit: BodyLimit) -> Problem {
    Problem::of(codes::PAYLOAD_TOO_LARGE).detail(format!("the body may have at most {} bytes", limit.0))
}

/// A body of at most `limit` bytes, while whose coming others have the place inside the gate.
///
/// # Errors
/// `payload_too_large`, `request_timeout`, `invalid_request`; `overloaded` where no place is free afterwards.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    limit: BodyLimit,
    progress: &Progress,
) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit.0) {
        return Err(too_large(limit));
    }
    let reading = tokio::time::timeout(ARRIVAL_MAX, read(body, limit, progress));
    let (body, waited) = reading.await.map_err(|_| Problem::of(codes::REQUEST_TIMEOUT))??;
    if waited {
        progress.step_in().await?;
    }
    Ok(body)
}

/// The body, and whether it was waited for: most come with their heads, and nobody else waits for a client that is slow.
async fn read(mut body: Body, limit: BodyLimit, progress: &Progress) -> Result<(Bytes, bool), Problem> {
    let mut waited = false;
    let mut first = Bytes::new();
    let mut more = BytesMut::new();
    let mut length = 0_usize;
    loop {
        let at_hand = body.frame().now_or_never();
        let frame = if let Some(frame) = at_hand {
            frame
        } else {
            waited = true;
            progress.step_out();
            body.frame().await
        };
        let Some(frame) = frame else { break };
        // A client that breaks off reads no answer; whatever is said here is said to nobody.
        let Ok(frame) = frame else {
            return Err(Problem::of(codes::INVALID_REQUEST).detail("the body broke off"));
        };
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length > limit.0 {
            return Err(too_large(limit));
        }
        // Most bodies come in one piece, which need not be copied.
        if first.is_empty() && more.is_empty() {
            first = data;
        } else {
            more.extend_from_slice(&std::mem::take(&mut first));
            more.extend_from_slice(&data);
        }
    }
    Ok((if more.is_empty() { first } else { more.freeze() }, waited))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let malformed = |detail: String| Problem::of(codes::MALFORMED_JSON).detail(detail);
    let text = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8".to_owned()))?;
    if too_deep(body) {
        return Err(malformed(format!("the body is nested deeper than {DEPTH_MAX} levels")));
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => invalid::<T>(text),
        Category::Syntax | Category::Eof | Category::Io => malformed(error.to_string()),
    })
}

/// Whether brackets outside of strings nest deeper than is allowed.
fn too_deep(body: &[u8]) -> bool {
    let mut depth = 0_u32;
    let mut in_string = false;
    let mut escaped = false;
    for byte in body {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

/// Says what does not fit `T`, and where: the text is read again for it, this time with its path.
fn invalid<T: DeserializeOwned>(text: &str) -> Problem {
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(_) => Problem::of(codes::VALIDATION_FAILED),
        Err(error) => {
            let path = error.path().to_string();
            let message = error.inner().to_string();
            let place = format!(" at line {} column {}", error.inner().line(), error.inner().column());
            invalid_field(&path, message.strip_suffix(&place).unwrap_or(&message))
        }
    }
}

/// A refusal of the value at `path`, where `.` is the whole.
pub(crate) fn invalid_field(path: &str, message: &str) -> Problem {
    let path = if path == "." { "" } else { path };
    let named = message.split('`').nth(1).unwrap_or_default();
    let (code, field) = if message.starts_with("missing field `") {
        ("missing", join(path, named))
    } else if message.starts_with("unknown field `") {
        ("unknown_field", join(path, named))
    } else if message.starts_with("duplicate field `") {
        ("repeated", join(path, named))
    } else {
        ("invalid", path.to_owned())
    };
    Problem::of(codes::VALIDATION_FAILED).field(field, code, shortened(&without_value(message)))
}

/// The message without the value that it quotes: a password that stands where a number is wanted is repeated to nobody.
fn without_value(message: &str) -> Cow<'_, str> {
    let openings = ["invalid type: ", "invalid value: ", "unknown variant "];
    let Some(kind) = openings.iter().find(|kind| message.starts_with(**kind)) else {
        return Cow::Borrowed(message);
    };
    let rest = message.strip_prefix(kind).unwrap_or_default();
    // What was found is told by its type; the value follows it in quotation marks.
    let found =
        rest.split(['"', '`']).next().unwrap_or_default().split(", expected ").next().unwrap_or_default();
    // The value may hold these words as well, but what follows the last of them is ours.
    let wanted = rest.rsplit_once(", expected ").map(|(_, wanted)| wanted).unwrap_or_default();
    let told = format!("{kind}{}", found.trim_end());
    Cow::Owned(if wanted.is_empty() { told } else { format!("{}, expected {wanted}", told.trim_end()) })
}

fn join(path: &str, name: &str) -> String {
    // Where the fault is a field's name, the path may or may not end in it already.
    let is_there = path == name || path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    match (path.is_empty(), is_there) {
        (true, _) => name.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

fn shortened(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_MAX) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Transfer {
        note: Option<String>,
        amount: Amount,
        #[serde(default)]
        parts: Vec<Amount>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Amount {
        minor: i64,
    }

    async fn send(content_type: Option<&str>, body: impl Into<Body>) -> Result<Transfer, Problem> {
        let mut request = Request::builder().method("POST");
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request.extension(BodyLimit(1_000)).body(body.into()).unwrap();
        <Json<Transfer> as FromRequest<_>>::from_request(request, &()).await.map(|Json(transfer)| transfer)
    }

    async fn refusal(body: impl Into<Body>) -> Problem {
        send(Some("application/json"), body).await.unwrap_err()
    }

    async fn fault(body: &'static str) -> (String, &'static str) {
        let problem = refusal(body).await;
        assert_eq!(problem.code(), "validation_failed", "{body}");
        let [error] = problem.errors() else { panic!("one error is wanted: {problem:?}") };
        (error.field.clone(), error.code)
    }

    #[tokio::test]
    async fn a_body_that_fits_is_read() {
        let body = r#"{"amount":{"minor":5},"note":"{[\""}"#;

        for media_type in
            ["application/json", "Application/JSON; charset=\"UTF-8\"", "application/x.pay+json"]
        {
            assert_eq!(send(Some(media_type), body).await.unwrap().amount, Amount { minor: 5 });
        }
    }

    #[tokio::test]
    async fn what_does_not_say_that_it_is_json_in_utf8_is_refused() {
        for media_type in [None, Some("text/plain"), Some("application/json; charset=latin1"), Some("json")] {
            let problem = send(media_type, r#"{"amount":{"minor":5}}"#).await.unwrap_err();
            assert_eq!(problem.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_json_document_is_malformed() {
        let deep = "[".repeat(33);
        let bodies: [&[u8]; 7] = [
            b"",
            b"{",
            b"{\"amount\":{\"minor\":5}} x",
            b"{\"amount\":{\"minor\":5}}{}",
            b"nul",
            b"\"\xff\"",
            deep.as_bytes(),
        ];
        for body in bodies {
            let problem = refusal(body.to_vec()).await;
            assert_eq!(
                (problem.status(), problem.code()),
                (StatusCode::BAD_REQUEST, "malformed_json"),
                "{body:?}"
            );
        }
    }

    #[test]
    fn a_message_does_not_repeat_the_value_that_it_is_about() {
        for (message, told) in [
            ("invalid type: string \"hunter2\", expected u64", "invalid type: string, expected u64"),
            ("invalid type: string \"a, expected b\", expected u64", "invalid type: string, expected u64"),
            ("invalid type: integer `42`, expected a string", "invalid type: integer, expected a string"),
            ("invalid type: map, expected a string", "invalid type: map, expected a string"),
            (
                "invalid value: floating point `1.5`, expected i64",
                "invalid value: floating point, expected i64",
            ),
            ("unknown variant `hunter2`, expected `a` or `b`", "unknown variant, expected `a` or `b`"),
            ("missing field `minor`", "missing field `minor`"),
            ("an amount such as 50.00 is wanted", "an amount such as 50.00 is wanted"),
        ] {
            assert_eq!(without_value(message), told);
        }
    }

    #[tokio::test]
    async fn a_field_that_does_not_fit_is_named_with_its_path() {
        assert_eq!(fault(r#"{"amount":{"minor":"5"}}"#).await, ("amount.minor".to_owned(), "invalid"));
        assert_eq!(fault(r#"{"amount":{"minor":1.5}}"#).await, ("amount.minor".to_owned(), "invalid"));
        assert_eq!(fault(r#"{"amount":{}}"#).await, ("amount.minor".to_owned(), "missing"));
        assert_eq!(fault("{}").await, ("amount".to_owned(), "missing"));
        assert_eq!(
            fault(r#"{"amount":{"minor":5},"role":"admin"}"#).await,
            ("role".to_owned(), "unknown_field")
        );
        assert_eq!(
            fault(r#"{"amount":{"minor":5,"role":1}}"#).await,
            ("amount.role".to_owned(), "unknown_field")
        );
        assert_eq!(
            fault(r#"{"amount":{"minor":5,"minor":6}}"#).await,
            ("amount.minor".to_owned(), "repeated")
        );
        assert_eq!(
            fault(r#"{"amount":{"minor":5},"parts":[{"minor":1},{"minor":null}]}"#).await,
            ("parts[1].minor".to_owned(), "invalid"),
        );
        assert_eq!(fault("[]").await.0, "");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_whether_it_says_so_or_not() {
        let long = format!(r#"{{"note":"{}","amount":{{"minor":5}}}}"#, "x".repeat(1_000));
        let pieces = (0..3).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 400])));
        let unannounced = Body::from_stream(futures_stream(pieces));

        assert_eq!(refusal(long).await.code(), "payload_too_large");
        assert_eq!(refusal(unannounced).await.code(), "payload_too_large");
    }

    #[tokio::test]
    async fn a_body_may_come_in_pieces() {
        let pieces = [r#"{"amo"#, r#"unt":{"min"#, r#"or":7}}"#]
            .map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));

        let read =
            send(Some("application/json"), Body::from_stream(futures_stream(pieces.into_iter()))).await;

        assert_eq!(read.unwrap().amount, Amount { minor: 7 });
    }

    #[tokio::test]
    async fn a_long_value_is_not_quoted_whole() {
        let problem = refusal(format!(r#"{{"amount":{{"minor":"{}"}}}}"#, "é".repeat(400))).await;

        assert!(problem.errors()[0].message.chars().count() <= MESSAGE_MAX + 1);
    }

    fn futures_stream<I: Iterator + Unpin + Send + 'static>(
        pieces: I,
    ) -> impl futures_util::Stream<Item = I::Item> + Send + 'static {
        futures_util::stream::iter(pieces)
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse::<Transfer>(&body);
        }

        #[test]
        fn brackets_in_strings_do_not_nest(text in "[\\[\\]{}\"\\\\a-z]{0,200}") {
            let quoted = serde_json::to_vec(&text).unwrap();

            prop_assert!(!too_deep(&quoted));
        }

        #[test]
        fn nesting_is_allowed_up_to_the_limit(depth in 0..80_usize) {
            let body = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));

            prop_assert_eq!(too_deep(body.as_bytes()), depth > 32);
        }
    }
}

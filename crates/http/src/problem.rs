//! How anything is refused: one shape, RFC 9457, with a stable code.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use florin_db::idempotency::Frozen;
use florin_ledger::rules::Code as Outcome;
use serde::Serialize;
use serde_json::Value;

use crate::RequestId;
use crate::codes::{self, Code};
use crate::html::{self, Escaped, Prose};
use crate::refusals::{LEDGER_REFUSED, outcome_code};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A refusal as the client sees it.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Option<String>,
    errors: Vec<FieldError>,
    members: Vec<(&'static str, Value)>,
    retry_after_seconds: Option<u64>,
    /// Why, for the log alone.
    cause: Option<String>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The path of the field: `amount.currency`, `transfers[3].amount`.
    pub field: String,
    /// A stable name of what is wrong.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

/// What a response refuses, and why, for the edge's log.
#[derive(Clone)]
struct Refusal {
    inner: Arc<Inner>,
    /// Whether the body is a page for people already.
    is_page: bool,
}

impl Problem {
    /// A problem of this status, code and title; the title is the same on every occasion.
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self(Box::new(Inner {
            status,
            code,
            title,
            detail: None,
            errors: Vec::new(),
            members: Vec::new(),
            retry_after_seconds: None,
            cause: None,
        }))
    }

    /// A problem with the status and title that its code has in the table.
    pub fn of(code: &Code) -> Self {
        Self::new(code.status, code.name, code.title)
    }

    /// A fault of ours: the chain of causes goes to the log, the client is told the request's id alone.
    pub fn internal(error: &dyn Error) -> Self {
        let mut problem = Self::of(codes::INTERNAL_ERROR);
        problem.0.cause = Some(chain(error));
        problem
    }

    /// Tells what `error` says of this occasion.
    #[must_use]
    pub fn because(self, error: &dyn Error) -> Self {
        self.detail(error.to_string())
    }

    /// Tells of this occasion in one sentence.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Names a field that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError { field: field.into(), code, message: message.into() });
        self
    }

    /// Asks the client to wait this long.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds a member of the problem's own, such as the `mfa_token` of `mfa_required`.
    #[must_use]
    pub fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        self.0.members.push((member, value.into()));
        self
    }

    /// The problem as it goes over the wire, for whoever keeps it.
    pub fn to_bytes(&self, request_id: Option<&str>) -> Vec<u8> {
        self.0.body(request_id)
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Its stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// What it is called.
    pub fn title(&self) -> &'static str {
        self.0.title
    }

    /// What was said of this occasion.
    pub fn told(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }
}

/// The same problem, whose cause goes to the log.
pub(crate) fn caused(mut problem: Problem, error: &dyn Error) -> Problem {
    problem.0.cause = Some(chain(error));
    problem
}

/// An error and what caused it, as one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        // A transparent error repeats its source word for word.
        if !text.ends_with(&said) {
            let _ = write!(text, ": {said}");
        }
        source = cause.source();
    }
    text
}

impl Inner {
    fn body(&self, request_id: Option<&str>) -> Vec<u8> {
        #[derive(Serialize)]
        struct Wire<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            #[serde(skip_serializing_if = "Option::is_none")]
            detail: Option<&'a str>,
            code: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
            errors: &'a [FieldError],
            #[serde(flatten)]
            members: serde_json::Map<String, Value>,
        }
        let wire = Wire {
            r#type: format!("/problems/{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail.as_deref(),
            code: self.code,
            request_id,
            errors: &self.errors,
            members: self.members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        serde_json::to_vec(&wire).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let inner = *self.0;
        let mut response = Response::new(Body::from(inner.body(None)));
        *response.status_mut() = inner.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        if let Some(seconds) = inner.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if inner.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Refusal { inner: Arc::new(inner), is_page: false });
        response
    }
}

impl Problem {
    /// The problem that this response tells of, if it tells of one, and no page tells people of it already.
    pub fn of_response(response: &Response) -> Option<Self> {
        let refusal = response.extensions().get::<Refusal>().filter(|refusal| !refusal.is_page)?;
        Some(Self(Box::new((*refusal.inner).clone())))
    }

    /// `page`, which tells people of this problem, with its status; what only the log is told goes there.
    pub fn told_in(self, mut page: Response) -> Response {
        *page.status_mut() = self.0.status;
        if let Some(seconds) = self.0.retry_after_seconds {
            page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        page.extensions_mut().insert(Refusal { inner: Arc::new(*self.0), is_page: true });
        page
    }

    /// The problem that was kept as the answer under an idempotency key.
    pub fn thawed(frozen: &Frozen) -> Self {
        let told: Value = serde_json::from_slice(&frozen.body).unwrap_or_default();
        let text = |member: &str| told.get(member).and_then(Value::as_str);
        let code = text("code").unwrap_or_default();
        let problem = if let Some(code) = Code::find(code) {
            Self::of(code)
        } else if let Ok(outcome) = code.parse::<Outcome>() {
            let (status, name) = outcome_code(outcome);
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Self::new(status, name, LEDGER_REFUSED)
        } else {
            Self::of(codes::INTERNAL_ERROR)
        };
        match text("detail") {
            Some(detail) => problem.detail(detail),
            None => problem,
        }
    }
}

/// Writes the request's id into a problem that is on its way out, and its cause into the log.
pub(crate) fn sign(response: &mut Response, request_id: &RequestId) {
    let Some(Refusal { inner, is_page }) = response.extensions_mut().remove::<Refusal>() else { return };
    if let Some(cause) = &inner.cause {
        tracing::error!(request_id = request_id.as_str(), error = cause, "a request failed");
    }
    if !is_page {
        *response.body_mut() = Body::from(inner.body(Some(request_id.as_str())));
    }
}

/// `GET /problems` and `GET /problems/{code}`: what each code means, for people.
pub fn problem_pages<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/problems", get(index)).route("/problems/{code}", get(explain))
}

async fn index() -> Html<String> {
    let mut body = String::from("<main>\n<h1>Problems</h1>\n<dl>\n");
    for Code { name, status, title, .. } in codes::ALL.iter().copied() {
        let _ = writeln!(
            body,
            "<dt><a href=\"/problems/{name}\"><code>{name}</code></a> {}</dt><dd>{}</dd>",
            status.as_u16(),
            Escaped(title)
        );
    }
    body.push_str("</dl>\n</main>\n");
    Html(html::page("Problems", &body))
}

async fn explain(Path(name): Path<String>) -> Result<Html<String>, Problem> {
    let (status, title, meaning) = if let Some(code) = Code::find(&name) {
        (code.status.as_u16(), code.title, code.meaning)
    } else {
        // What the ledger refuses with has codes of its own.
        let outcome: Outcome = name.parse().map_err(|_| Problem::of(codes::NOT_FOUND))?;
        let (status, code) = outcome_code(outcome);
        if code != name {
            return Err(Problem::of(codes::NOT_FOUND)); // The world sees it under another name.
        }
        (status, LEDGER_REFUSED, outcome.doc())
    };
    let body = format!(
        "<main>\n<p><a href=\"/problems\">Problems</a></p>\n<h1>{}</h1>\n<p><code>{}</code>, status {status}</p>\n<p>{}</p>\n</main>\n",
        Escaped(title),
        Escaped(&name),
        Prose(meaning)
    );
    Ok(Html(html::page(title, &body)))
}

/// Answers unknown paths and methods of `router` with problems.
pub fn with_fallbacks<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(async || Problem::of(codes::NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::of(codes::METHOD_NOT_ALLOWED))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the statement failed")]
    struct Failed(#[source] std::io::Error);

    async fn read(response: Response) -> Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_is_told_in_the_shape_of_rfc_9457() {
        let problem = Problem::of(codes::VALIDATION_FAILED).detail("one field is wrong").field(
            "amount.currency",
            "unknown",
            "no such currency",
        );

        let response = problem.into_response();

        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let expected = json!({
            "type": "/problems/validation_failed", "title": "Some values are not acceptable", "status": 422,
            "detail": "one field is wrong", "code": "validation_failed",
            "errors": [{ "field": "amount.currency", "code": "unknown", "message": "no such currency" }],
        });
        assert_eq!(read(response).await, expected);
    }

    #[tokio::test]
    async fn a_fault_of_ours_tells_the_request_id_and_nothing_of_the_cause() {
        let cause = Failed(std::io::Error::other("password=hunter2"));
        let (env, _) = florin_kernel::Env::manual(florin_kernel::Timestamp::UNIX_EPOCH);
        let id = RequestId::of(Some(&HeaderValue::from_static("visit-1")), &env);

        let mut response = Problem::internal(&cause).into_response();
        sign(&mut response, &id);

        let told = read(response).await;
        assert_eq!(told["request_id"], "visit-1");
        assert!(!told.to_string().contains("statement") && !told.to_string().contains("hunter2"), "{told}");
        assert_eq!(chain(&cause), "the statement failed: password=hunter2");
    }

    #[test]
    fn who_must_wait_or_sign_in_is_told_in_headers() {
        let limited = Problem::of(codes::RATE_LIMITED).retry_after(7).into_response();
        let stranger = Problem::of(codes::UNAUTHENTICATED).into_response();

        assert_eq!(limited.headers()[RETRY_AFTER], "7");
        assert_eq!(stranger.headers()[WWW_AUTHENTICATE], "Bearer");
    }

    #[tokio::test]
    async fn a_problem_may_have_members_of_its_own() {
        let told = read(Problem::of(codes::MFA_REQUIRED).with("mfa_token", "abc").into_response()).await;

        assert_eq!(told["mfa_token"], "abc");
    }

    #[tokio::test]
    async fn every_code_has_a_page_and_what_is_no_code_has_none() {
        for code in codes::ALL {
            let page = explain(Path(code.name.to_owned())).await.unwrap().0;
            assert!(page.contains(code.name) && !page.contains("<script"), "{}", code.name);
            assert!(index().await.0.contains(code.name));
        }
        let refused = explain(Path("chain_open".to_owned())).await.unwrap().0;
        assert!(refused.contains("chain_open") && refused.contains("400"), "{refused}");
        assert!(
            explain(Path("debit_account_closed".to_owned())).await.is_err(),
            "it is seen as account_closed"
        );
        let unknown = explain(Path("<script>".to_owned())).await.unwrap_err();
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    }
}

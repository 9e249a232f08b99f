//! What goes around every page: its headers, cookies that were earned on the way, and refusals told as pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use florin_http::{App, FormFile, Problem, codes, set_cookie};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};

use crate::flash::Flash;
use crate::visit::Visit;
use crate::{shell, step_up};

/// Nothing is run or loaded but the two files of ours; pictures may be written into a page, as the code for an
/// authenticator app is.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// No other host learns the path of a page, which may carry the secret of a link in a mail. With `no-referrer` browsers would
/// not tell where a form comes from either.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");

/// What is learned while a page is made, for what goes around it.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// The secret that takes the place of the one that the browser brought along.
    renewed: Mutex<Option<SecretString>>,
    /// Who looks, once that is known.
    visit: Mutex<Option<Visit>>,
    /// What they sent, in case they must prove a factor and send it again; nothing where files came along, which are chosen
    /// again.
    sent: Mutex<Option<Vec<(String, String)>>>,
    /// Whether a factor came along that was not found good.
    unproved: AtomicBool,
}

impl Exchange {
    /// The exchange that a request belongs to.
    pub(crate) fn of(parts: &Parts) -> Option<Arc<Self>> {
        parts.extensions.get::<Arc<Self>>().cloned()
    }

    /// Has the browser keep another secret.
    pub(crate) fn renew(&self, secret: SecretString) {
        *self.renewed.lock() = Some(secret);
    }

    /// Remembers who looks.
    pub(crate) fn note_visit(&self, visit: &Visit) {
        *self.visit.lock() = Some(visit.clone());
    }

    /// Remembers whether a factor that came along is still to be found good.
    pub(crate) fn note_unproved(&self, unproved: bool) {
        self.unproved.store(unproved, Ordering::Relaxed);
    }

    /// Remembers what they sent.
    pub(crate) fn note_sent(&self, fields: &[(String, String)], files: &[FormFile]) {
        *self.sent.lock() = files.is_empty().then(|| fields.to_vec());
    }
}

/// Goes around a page.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let exchange = Arc::new(Exchange::default());
    request.extensions_mut().insert(Arc::clone(&exchange));
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let said = Flash::brought(request.headers()).is_some();
    let wants_page = request.headers().get(ACCEPT).is_none_or(|accept| accept != "application/json");

    let mut response = next.run(request).await;
    if wants_page && let Some(problem) = Problem::of_response(&response) {
        let visit = exchange.visit.lock().clone();
        let sent = exchange.sent.lock().take();
        response = match visit {
            Some(visit) if exchange.unproved.load(Ordering::Relaxed) => {
                step_up::asked(&app, &visit, &uri, sent, Some(&problem)).await
            }
            visit => refused(&app, problem, visit.as_ref(), sent, (&method, &uri)).await,
        };
    }
    let headers = response.headers_mut();
    let is_page = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    let renewed = exchange.renewed.lock().take();
    if let Some(secret) = renewed
        && let Err(problem) = keep(&app, headers, &secret)
    {
        return problem.into_response();
    }
    // A sentence is shown by the first page after it; what is no page leaves it to the next.
    if said
        && is_page
        && let Some(cookie) = Flash::used(app.browsers.cookie_terms)
    {
        headers.append(SET_COOKIE, cookie);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers.entry(REFERRER_POLICY).or_insert(REFERRER);
    response
}

/// Has the browser keep this secret.
///
/// # Errors
/// When it is none that a cookie can have.
pub(crate) fn keep(app: &App, headers: &mut HeaderMap, secret: &SecretString) -> Result<(), Problem> {
    let browsers = &app.browsers;
    let cookie = set_cookie(browsers.session_cookie, secret.expose_secret(), browsers.cookie_terms)?;
    headers.append(SET_COOKIE, cookie);
    Ok(())
}

/// A refusal, as somebody in a browser is told of it: on the way to what they owe, or as a page.
async fn refused(
    app: &App,
    problem: Problem,
    visit: Option<&Visit>,
    sent: Option<Vec<(String, String)>>,
    (method, uri): (&Method, &Uri),
) -> Response {
    let code = problem.code();
    if code == codes::UNAUTHENTICATED.name || problem.status() == StatusCode::UNAUTHORIZED && visit.is_none()
    {
        return go(&sign_in_path(method, uri));
    }
    if code == codes::MFA_ENROLMENT_REQUIRED.name && uri.path() != "/security/authenticator" {
        return go("/security/authenticator");
    }
    if code == codes::STEP_UP_REQUIRED.name
        && let Some(visit) = visit
    {
        return step_up::asked(app, visit, uri, sent, None).await;
    }
    let page = match visit {
        Some(visit) => shell::refusal(visit, &problem),
        None => shell::refusal_to_stranger(&problem),
    };
    problem.told_in(page)
}

/// Where a stranger signs in, to come back to the page that they wanted to read.
fn sign_in_path(method: &Method, uri: &Uri) -> String {
    let wanted = uri.path_and_query().map_or("/", |path| path.as_str());
    if method != Method::GET || wanted == "/" {
        return "/login".to_owned();
    }
    let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    format!("/login?{next}")
}

/// Sends the browser to another page, which it reads.
pub(crate) fn go(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(path) {
        Ok(path) => {
            response.headers_mut().insert(LOCATION, path);
            response
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// Sends the browser to another page, which says this once.
pub(crate) fn go_saying(app: &App, path: &str, flash: &Flash) -> Response {
    let mut response = go(path);
    if let Some(cookie) = flash.cookie(app.browsers.cookie_terms) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// A path of ours that somebody wants to go on to, or the start: nobody is led elsewhere by a link to the sign-in.
pub(crate) fn own_path(next: &str) -> &str {
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own { next } else { "/dashboard" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(own_path("/accounts?cursor=a"), "/accounts?cursor=a");
        for elsewhere in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "/é"] {
            assert_eq!(own_path(elsewhere), "/dashboard", "{elsewhere}");
        }
    }

    #[test]
    fn a_stranger_comes_back_to_what_they_wanted_to_read() {
        let uri: Uri = "/accounts?limit=5".parse().unwrap();
        assert_eq!(sign_in_path(&Method::GET, &uri), "/login?next=%2Faccounts%3Flimit%3D5");
        assert_eq!(sign_in_path(&Method::POST, &uri), "/login");
    }
}

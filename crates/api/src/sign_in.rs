//! What somebody is answered who signs in, steps up or out: tokens in the body, or cookies beside it.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use florin_http::{Anybody, App, ByCookie, Holding, Json, Problem, set_cookie};
use florin_identity::{AccessTokens, BrowserCookie, Credentials, SignedIn, SteppedUp};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{MessageView, UserView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(csrf_token))
}

/// How a sign-in is held.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes what florin_http::Holding reads")]
pub(crate) struct SessionHeader {
    /// `cookie` for a browser: the sign-in is then kept in a cookie that scripts cannot read, there are no tokens, and
    /// requests that change something repeat a CSRF token. `token`, or nothing, for everything else.
    #[param(rename = "X-Session", required = false, example = "cookie")]
    session: Option<String>,
}

/// What a sign-in gives: tokens, or, for a browser, a cookie and what goes with it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SignInView {
    /// For programs.
    Tokens(TokensView),
    /// For browsers.
    Cookie(CookieView),
}

/// Tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensView {
    /// For the `Authorization` header.
    access_token: String,
    /// For the next access token; it works once. Absent where refresh tokens are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// `Bearer`.
    token_type: &'static str,
    /// How long the access token lives, in seconds.
    expires_in: u32,
    /// Who signed in.
    user: UserView,
}

/// What goes with a cookie.
#[derive(Serialize, ToSchema)]
pub(crate) struct CookieView {
    /// For the `X-CSRF-Token` header of every request that changes something; it stands in a cookie of its own as well.
    csrf_token: String,
    /// How long the sign-in lasts at most, in seconds.
    expires_in: u32,
    /// How long it lasts without a request, in seconds.
    idle_timeout: u32,
    /// Who signed in.
    user: UserView,
}

impl SignInView {
    pub(crate) fn of(app: &App, signed_in: SignedIn) -> Result<Self, Problem> {
        let user = signed_in.user.into();
        Ok(match signed_in.credentials {
            Credentials::Tokens(AccessTokens { access_token, expires_in_seconds, refresh_token }) => {
                Self::Tokens(TokensView {
                    access_token: access_token.expose_secret().to_owned(),
                    refresh_token: refresh_token.map(|token| token.expose_secret().to_owned()),
                    token_type: "Bearer",
                    expires_in: expires_in_seconds,
                    user,
                })
            }
            Credentials::Cookie(cookie) => {
                let csrf_token = app.identity.csrf_token(Some(&cookie.secret))?.expose_secret().to_owned();
                let (expires_in, idle_timeout) = (cookie.expires_in_seconds, cookie.idle_seconds);
                Self::Cookie(CookieView { csrf_token, expires_in, idle_timeout, user })
            }
        })
    }

    /// What the browser is to keep.
    pub(crate) fn csrf_token(&self) -> Option<&str> {
        match self {
            Self::Tokens(_) => None,
            Self::Cookie(view) => Some(&view.csrf_token),
        }
    }
}

/// The answer to whoever signed in. A browser's new cookie takes the place of the one that it brought along, whose
/// sign-in ends.
pub(crate) async fn signed_in(
    app: &App,
    holding: &Holding,
    signed_in: SignedIn,
) -> Result<Response, Problem> {
    let secret = signed_in.cookie().map(|cookie| cookie.secret.clone());
    if let (Some(_), Some(former)) = (&secret, &holding.former) {
        app.identity.replace_browser(former, holding.origin.clone()).await?;
    }
    let view = SignInView::of(app, signed_in)?;
    let csrf_token = view.csrf_token().map(str::to_owned);
    let mut response = Json(view).into_response();
    give(app, &mut response, secret.as_ref(), csrf_token.as_deref())?;
    Ok(response)
}

/// Has the browser keep its secret and its CSRF token, where there are any.
pub(crate) fn give(
    app: &App,
    response: &mut Response,
    secret: Option<&SecretString>,
    csrf_token: Option<&str>,
) -> Result<(), Problem> {
    let browsers = &app.browsers;
    if let Some(secret) = secret {
        let cookie = set_cookie(browsers.session_cookie, secret.expose_secret(), browsers.cookie_terms)?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    if let Some(token) = csrf_token {
        let cookie = set_cookie(browsers.csrf_cookie, token, browsers.cookie_terms)?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(())
}

/// The answer to whoever signed out; a browser forgets what it kept.
pub(crate) fn signed_out(app: &App, by_cookie: &ByCookie, view: MessageView) -> Result<Response, Problem> {
    let mut response = Json(view).into_response();
    if by_cookie.0.is_some() {
        let browsers = &app.browsers;
        let terms = format!("Max-Age=0; {}", browsers.cookie_terms);
        for name in [browsers.session_cookie, browsers.csrf_cookie] {
            response.headers_mut().append(SET_COOKIE, set_cookie(name, "", &terms)?);
        }
        // Pages and scripts of before leave nothing behind either; cookies of other hosts of the domain are not ours.
        let what = HeaderValue::from_static(r#""cache", "storage""#);
        response.headers_mut().insert("clear-site-data", what);
    }
    Ok(response)
}

/// A fresh factor: in an access token of the same sign-in, or, for a browser, with another cookie.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SteppedUpView {
    /// For programs.
    Token(FreshTokenView),
    /// For browsers.
    Cookie(FreshCookieView),
}

/// An access token of the same sign-in with a fresh factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreshTokenView {
    /// For the `Authorization` header, as long as it lives.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long it lives, in seconds.
    expires_in: u32,
}

/// What goes with the cookie that took the place of the one before.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreshCookieView {
    /// For the `X-CSRF-Token` header; the one before is worth nothing any more.
    csrf_token: String,
    /// How long the sign-in lasts at most, in seconds. The factor is fresh for five minutes.
    expires_in: u32,
    /// How long it lasts without a request, in seconds.
    idle_timeout: u32,
}

impl From<SteppedUp> for SteppedUpView {
    fn from(stepped_up: SteppedUp) -> Self {
        Self::Token(FreshTokenView {
            access_token: stepped_up.access_token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: stepped_up.expires_in_seconds,
        })
    }
}

/// The answer to whoever stepped up in a browser.
pub(crate) fn stepped_up_in_browser(app: &App, cookie: &BrowserCookie) -> Result<Response, Problem> {
    let csrf_token = app.identity.csrf_token(Some(&cookie.secret))?;
    let view = SteppedUpView::Cookie(FreshCookieView {
        csrf_token: csrf_token.expose_secret().to_owned(),
        expires_in: cookie.expires_in_seconds,
        idle_timeout: cookie.idle_seconds,
    });
    let mut response = Json(view).into_response();
    give(app, &mut response, Some(&cookie.secret), Some(csrf_token.expose_secret()))?;
    Ok(response)
}

/// A CSRF token.
#[derive(Serialize, ToSchema)]
struct CsrfTokenView {
    /// For the `X-CSRF-Token` header of every request that signs in by cookie and changes something.
    csrf_token: String,
}

/// Get a CSRF token for the sign-in of this browser; it comes in a cookie as well, which must come back together with
/// the header. Whoever did not sign in by cookie gets one that opens nothing, and needs none.
#[utoipa::path(get, path = "/csrf-token", tag = "Identity",
    responses((status = 200, body = CsrfTokenView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn csrf_token(
    State(app): State<App>,
    caller: Result<Anybody, Problem>,
    by_cookie: ByCookie,
) -> Result<Response, Problem> {
    // A token that is not good is as good as none.
    if let Err(problem) = caller
        && problem.status() != StatusCode::UNAUTHORIZED
    {
        return Err(problem);
    }
    let token = app.identity.csrf_token(by_cookie.0.as_ref())?;
    let view = CsrfTokenView { csrf_token: token.expose_secret().to_owned() };
    let mut response = Json(view).into_response();
    give(&app, &mut response, None, Some(token.expose_secret()))?;
    Ok(response)
}

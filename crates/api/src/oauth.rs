//! Signing in through other providers, and the identities that somebody can do that with.

use axum::extract::State;
use axum::http::header::{ACCEPT, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use florin_http::{
    Anybody, App, Brought, ByCookie, Holding, Json, Path, Problem, Query, SignedIn, Stranger, brought, codes,
};
use florin_identity::{Arrival, Arrived, Callback, Departure, Error, Hold, LinkedIdentity};
use florin_kernel::Uuid;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;
use crate::sign_in::{SignInView, give};

/// The cookie that binds an attempt to the browser that began it: for this host alone, out of reach of scripts, and sent
/// along when the provider sends somebody back.
const COOKIE_NAME: &str = "__Host-florin-oauth";
const COOKIE_TERMS: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(callback))
        .routes(routes!(list))
        .routes(routes!(unlink))
}

/// Where to go on afterwards.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StartQuery {
    /// A path of this installation that people may be sent to, such as `/accounts`; it comes back with the answer.
    next: Option<String>,
    /// `cookie` for a sign-in that the browser keeps, `token` for tokens in the answer of the callback.
    #[param(example = "cookie")]
    session: Option<String>,
}

/// Where the browser is to be sent.
#[derive(Serialize, ToSchema)]
struct DepartureView {
    /// The provider's page. It works in this browser alone, once.
    #[schema(example = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&…")]
    authorization_url: String,
    /// How long it works, in seconds.
    expires_in: u32,
}

/// Go to a provider to sign in, or, with an access token, to link it. A browser is redirected; with an access token, or
/// where JSON is asked for, the address is in the answer. Either way a cookie is set that the callback wants back.
#[utoipa::path(get, path = "/oauth/{provider}/start", tag = "Identity", params(("provider" = String, Path, description = "The name of a provider, such as `google`."), StartQuery),
    responses((status = 200, body = DepartureView), (status = 303, description = "To the provider."),
              (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json"), (status = 502, body = crate::ProblemView, content_type = "application/problem+json")))]
async fn start(
    State(app): State<App>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    caller: Result<Anybody, Problem>,
    by_cookie: ByCookie,
    query: Result<Query<StartQuery>, Problem>,
) -> Result<Response, Problem> {
    // Without the provider there is nothing here, whoever asks and however.
    app.identity.knows_provider(&provider)?;
    let (Anybody(actor), Query(query)) = (caller?, query?);
    let hold = match query.session.as_deref() {
        None | Some("token") => Hold::Tokens,
        Some("cookie") => Hold::Cookie,
        Some(_) => {
            let why = "`cookie` or `token` is wanted";
            return Err(Problem::of(codes::VALIDATION_FAILED).field("session", "invalid", why));
        }
    };
    let departure = app.identity.start_federation(&actor, &provider, query.next.as_deref(), hold).await?;
    let Departure { location, browser, expires_in_seconds } = departure;
    let cookie =
        format!("{COOKIE_NAME}={}; Max-Age={expires_in_seconds}; {COOKIE_TERMS}", browser.expose_secret());
    let mut response = if (actor.user().is_some() && by_cookie.0.is_none()) || wants_json(&headers) {
        let authorization_url = location.expose_secret().to_owned();
        Json(DepartureView { authorization_url, expires_in: expires_in_seconds }).into_response()
    } else {
        let mut redirect = StatusCode::SEE_OTHER.into_response();
        redirect.headers_mut().insert(LOCATION, header(location.expose_secret())?);
        redirect
    };
    response.headers_mut().insert(SET_COOKIE, header(&cookie)?);
    Ok(response)
}

/// What a provider sends somebody back with; there may be more, which nothing depends on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CallbackQuery {
    /// The attempt.
    state: Option<String>,
    /// What is redeemed at the provider.
    #[param(value_type = Option<String>)]
    code: Option<SecretString>,
    /// Why the provider refused.
    error: Option<String>,
    /// Who the provider is.
    iss: Option<String>,
}

/// What somebody has who comes back from a provider.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum ArrivalView {
    /// A sign-in.
    SignedIn(SignedInView),
    /// Another way to sign in.
    Linked(LinkedView),
}

/// A sign-in.
#[derive(Serialize, ToSchema)]
struct SignedInView {
    #[serde(flatten)]
    sign_in: SignInView,
    /// Where to go on, as it was asked for at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A provider was linked.
#[derive(Serialize, ToSchema)]
struct LinkedView {
    /// The words.
    message: &'static str,
    /// What can be signed in with from now on.
    linked_identity: LinkedIdentityView,
    /// Where to go on, as it was asked for at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Come back from a provider. The answer is that of `/login`, `mfa_required` included; or, where an access token began it, the identity that was linked.
#[utoipa::path(get, path = "/oauth/{provider}/callback", tag = "Identity", params(("provider" = String, Path, description = "The name of a provider, such as `google`."), CallbackQuery),
    responses((status = 200, body = ArrivalView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn callback(
    State(app): State<App>,
    Path(provider): Path<String>,
    Stranger(stranger): Stranger,
    headers: HeaderMap,
    holding: Holding,
    query: Result<Query<CallbackQuery>, Problem>,
) -> Result<Response, Problem> {
    app.identity.knows_provider(&provider)?;
    let Query(CallbackQuery { state, code, error, iss }) = query?;
    let callback = Callback { state, code, error, iss, browser: kept(&headers) };
    let mut response = match app.identity.finish_federation(&stranger, &provider, &callback).await {
        Ok(arrived) => arrived_view(&app, &holding, arrived).await.into_response(),
        Err(error) => Problem::from(error).into_response(),
    };
    // Used up or not: nobody comes back with it a second time, and the address with the code goes nowhere.
    let gone = format!("{COOKIE_NAME}=; Max-Age=0; {COOKIE_TERMS}");
    response.headers_mut().append(SET_COOKIE, header(&gone)?);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

async fn arrived_view(
    app: &App,
    holding: &Holding,
    Arrived { arrival, next }: Arrived,
) -> Result<Response, Problem> {
    match arrival {
        Arrival::SignedIn(came) => {
            let secret = came.cookie().map(|cookie| cookie.secret.clone());
            if let (Some(_), Some(former)) = (&secret, &holding.former) {
                app.identity.replace_browser(former, holding.origin.clone()).await?;
            }
            let sign_in = SignInView::of(app, *came)?;
            let csrf_token = sign_in.csrf_token().map(str::to_owned);
            let mut response = Json(ArrivalView::SignedIn(SignedInView { sign_in, next })).into_response();
            give(app, &mut response, secret.as_ref(), csrf_token.as_deref())?;
            Ok(response)
        }
        Arrival::MfaRequired(challenge) => {
            let problem = Problem::from(Error::MfaRequired(challenge));
            Err(match next {
                Some(next) => problem.with("next", next),
                None => problem,
            })
        }
        Arrival::Linked(linked) => {
            let message = "The provider is linked: you can sign in through it.";
            let linked = LinkedView { message, linked_identity: linked.into(), next };
            Ok(Json(ArrivalView::Linked(linked)).into_response())
        }
    }
}

/// An identity at a provider that can be signed in with.
#[derive(Debug, Serialize, ToSchema)]
struct LinkedIdentityView {
    /// The identifier.
    id: String,
    /// The name of the provider.
    #[schema(example = "google")]
    provider: String,
    /// Since when it can be used.
    linked_at: String,
    /// When it was last used.
    last_used_at: Option<String>,
}

impl From<LinkedIdentity> for LinkedIdentityView {
    fn from(linked: LinkedIdentity) -> Self {
        Self {
            id: linked.id.to_string(),
            provider: linked.provider,
            linked_at: linked.linked_at.to_string(),
            last_used_at: linked.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// List one's identities at other providers, the oldest first.
#[utoipa::path(get, path = "/linked-identities", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = ListView<LinkedIdentityView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<ListView<LinkedIdentityView>>, Problem> {
    let linked = app.identity.linked_identities(&actor).await?;
    Ok(Json(ListView { data: linked.into_iter().map(LinkedIdentityView::from).collect(), next_cursor: None }))
}

/// Unlink an identity, with a token that stepped up; every other sign-in ends.
#[utoipa::path(delete, path = "/linked-identities/{id}", tag = "Identity", security(("bearer" = [])), params(("id" = String, Path, description = "The identity.")),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn unlink(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.identity.unlink_identity(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether JSON is asked for, and no page.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accepted.contains("application/json") && !accepted.contains("text/html")
}

/// What the browser kept; `None` when it kept nothing, or two things of one name.
fn kept(headers: &HeaderMap) -> Option<SecretString> {
    match brought(headers, COOKIE_NAME) {
        Brought::One(value) => Some(SecretString::from(value)),
        Brought::Nothing | Brought::Several => None,
    }
}

/// A header that has secrets in it.
fn header(text: &str) -> Result<HeaderValue, Problem> {
    let mut value = HeaderValue::from_str(text).map_err(|error| Problem::internal(&error))?;
    value.set_sensitive(true);
    Ok(value)
}

//! Pages about who somebody is: signing in and out, registering, confirming an address, passwords that were forgotten.

mod login;
mod passkeys;
mod password;
mod register;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, PageVisit, Problem, set_cookie};
use florin_identity::SignedIn;
use florin_kernel::Origin;
use secrecy::SecretString;
use serde::Deserialize;

use crate::exchange::{self, go, own_path};
use crate::form::Form;
use crate::step_up;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(start))
        .route("/logout", post(log_out))
        .merge(login::routes())
        .merge(register::routes())
        .merge(password::routes())
        .merge(passkeys::routes())
        .merge(step_up::routes())
}

/// The door: whoever is signed in goes to where they work.
async fn start(visit: PageVisit) -> Response {
    if !visit.is_signed_in() {
        return go("/login");
    }
    go(crate::home_of(&visit.actor))
}

#[derive(Deserialize)]
struct Nothing {}

async fn log_out(State(app): State<App>, form: Form<Nothing>) -> Result<Response, Problem> {
    app.identity.logout(&form.visit.actor).await?;
    let mut response = go("/login?out=1");
    let terms = format!("Max-Age=0; {}", app.browsers.cookie_terms);
    for name in [app.browsers.session_cookie, app.browsers.csrf_cookie] {
        response.headers_mut().append(SET_COOKIE, set_cookie(name, "", &terms)?);
    }
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static(r#""cache", "storage""#));
    Ok(response)
}

/// Has the browser of somebody who just signed in keep that, in the place of what it kept before.
async fn signed_in(
    app: &App,
    came: &SignedIn,
    former: Option<&SecretString>,
    origin: Origin,
    next: &str,
) -> Result<Response, Problem> {
    if let Some(former) = former {
        app.identity.replace_browser(former, origin).await?;
    }
    let mut response = go(if next.is_empty() { "/" } else { own_path(next) });
    if let Some(cookie) = came.cookie() {
        exchange::keep(app, response.headers_mut(), &cookie.secret)?;
    }
    Ok(response)
}

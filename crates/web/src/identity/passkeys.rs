//! Passkeys, as the script of a page asks for them: what the browser is to sign, and what it signed.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use florin_http::{App, Json, Problem, codes};
use florin_identity::{Hold, PasskeyRequest};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::signed_in;
use crate::form::{Form, GuestForm};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/passkeys/login", post(start_login))
        .route("/passkeys/sign-in", post(finish_login))
        .route("/passkeys/step-up", post(start_step_up))
        .route("/passkeys/register", post(start_registration))
}

/// What a browser is to sign.
#[derive(Serialize)]
struct Ceremony<'a> {
    challenge: &'a str,
    options: &'a serde_json::Value,
}

#[derive(Deserialize)]
struct Starting {
    mfa_token: Option<SecretString>,
}

async fn start_login(State(app): State<App>, form: GuestForm<Starting>) -> Result<Response, Problem> {
    let stranger = app.identity.anonymous(form.origin);
    let request = app.identity.start_passkey_login(&stranger, form.typed.mfa_token.as_ref()).await?;
    Ok(ceremony(&request))
}

async fn start_step_up(State(app): State<App>, form: Form<Starting>) -> Result<Response, Problem> {
    Ok(ceremony(&app.identity.start_passkey_step_up(&form.visit.actor).await?))
}

async fn start_registration(State(app): State<App>, form: Form<Starting>) -> Result<Response, Problem> {
    let creation = app.identity.start_passkey_registration(&form.visit.actor).await?;
    let told =
        Ceremony { challenge: creation.challenge_token.expose_secret(), options: &creation.public_key };
    Ok(Json(told).into_response())
}

fn ceremony(request: &PasskeyRequest) -> Response {
    let told = Ceremony { challenge: request.challenge_token.expose_secret(), options: &request.public_key };
    Json(told).into_response()
}

#[derive(Deserialize)]
struct Signed {
    challenge: SecretString,
    credential: String,
    #[serde(default)]
    next: String,
}

async fn finish_login(State(app): State<App>, form: GuestForm<Signed>) -> Result<Response, Problem> {
    let GuestForm { typed, former, origin, .. } = form;
    let credential = serde_json::from_str(&typed.credential)
        .map_err(|_| Problem::of(codes::VALIDATION_FAILED).detail("the passkey's answer cannot be read"))?;
    let stranger = app.identity.anonymous(origin.clone());
    let came =
        app.identity.finish_passkey_login(&stranger, &typed.challenge, &credential, Hold::Cookie).await?;
    signed_in(&app, &came, former.as_ref(), origin, &typed.next).await
}

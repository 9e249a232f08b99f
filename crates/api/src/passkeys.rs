//! Passkeys: WebAuthn's options out, the browser's answers in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use florin_http::{App, Holding, Json, Path, Problem, SignedIn, Stranger};
use florin_identity::{PasskeyAdded, PasskeyCreation, PasskeyRequest, PasskeySummary};
use florin_kernel::Uuid;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::factors::texts;
use crate::sign_in::{SessionHeader, SignInView, signed_in};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start_registration))
        .routes(routes!(finish_registration))
        .routes(routes!(start_login))
        .routes(routes!(finish_login))
        .routes(routes!(start_step_up))
        .routes(routes!(remove))
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasskeyView {
    /// The identifier.
    id: String,
    /// What its owner calls it.
    name: String,
    /// Since when it is there.
    created_at: String,
    /// When it was used last.
    last_used_at: Option<String>,
}

impl From<PasskeySummary> for PasskeyView {
    fn from(passkey: PasskeySummary) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            created_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// What to hand to `navigator.credentials`.
#[derive(Serialize, ToSchema)]
struct CeremonyView {
    /// To be sent back with the browser's answer.
    challenge_token: String,
    /// How long the answer is waited for, in seconds.
    expires_in: u32,
    /// The options of WebAuthn, in the form that `PublicKeyCredential.parse…OptionsFromJSON()` reads.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    public_key: serde_json::Value,
}

impl From<PasskeyCreation> for CeremonyView {
    fn from(creation: PasskeyCreation) -> Self {
        Self {
            challenge_token: creation.challenge_token.expose_secret().to_owned(),
            expires_in: creation.expires_in_seconds,
            public_key: creation.public_key,
        }
    }
}

impl From<PasskeyRequest> for CeremonyView {
    fn from(request: PasskeyRequest) -> Self {
        Self {
            challenge_token: request.challenge_token.expose_secret().to_owned(),
            expires_in: request.expires_in_seconds,
            public_key: request.public_key,
        }
    }
}

/// Nothing, or an empty object.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartBody {}

/// Begin to register a passkey, within five minutes of signing in or stepping up.
#[utoipa::path(post, path = "/passkeys/register/start", tag = "Identity", security(("bearer" = [])), request_body = Option<StartBody>,
    responses((status = 200, body = CeremonyView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn start_registration(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    _: Option<Json<StartBody>>,
) -> Result<Json<CeremonyView>, Problem> {
    Ok(Json(app.identity.start_passkey_registration(&actor).await?.into()))
}

/// A browser's answer to a registration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegistrationBody {
    /// What the start gave.
    #[schema(value_type = String)]
    challenge_token: SecretString,
    /// The browser's `PublicKeyCredential`, as its `toJSON()` writes it.
    #[schema(value_type = Object)]
    credential: serde_json::Value,
    /// What you call it, to 64 characters.
    #[schema(example = "My phone")]
    name: Option<String>,
}

/// A passkey that was registered.
#[derive(Serialize, ToSchema)]
struct RegisteredView {
    /// The passkey.
    passkey: PasskeyView,
    /// Ten codes in its place, each for one use, when it is the first second factor; shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_codes: Option<Vec<String>>,
}

impl From<PasskeyAdded> for RegisteredView {
    fn from(added: PasskeyAdded) -> Self {
        Self { backup_codes: added.backup_codes.as_ref().map(texts), passkey: added.passkey.into() }
    }
}

/// Register a passkey.
#[utoipa::path(post, path = "/passkeys/register/finish", tag = "Identity", security(("bearer" = [])), request_body = RegistrationBody,
    responses((status = 201, body = RegisteredView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn finish_registration(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<RegistrationBody>,
) -> Result<(StatusCode, Json<RegisteredView>), Problem> {
    let RegistrationBody { challenge_token, credential, name } = body;
    let added = app
        .identity
        .finish_passkey_registration(&actor, &challenge_token, &credential, name.as_deref())
        .await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Whose passkey is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginStartBody {
    /// What a login answered with `mfa_required`, for a passkey as the second factor; left out to sign in by passkey
    /// alone.
    #[schema(value_type = Option<String>)]
    mfa_token: Option<SecretString>,
}

/// Begin to sign in by passkey, alone or as the second factor.
#[utoipa::path(post, path = "/passkeys/login/start", tag = "Identity", request_body = Option<LoginStartBody>,
    responses((status = 200, body = CeremonyView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn start_login(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    body: Option<Json<LoginStartBody>>,
) -> Result<Json<CeremonyView>, Problem> {
    let mfa_token = body.and_then(|Json(body)| body.mfa_token);
    Ok(Json(app.identity.start_passkey_login(&stranger, mfa_token.as_ref()).await?.into()))
}

/// A browser's answer to a sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    /// What the start gave.
    #[schema(value_type = String)]
    challenge_token: SecretString,
    /// The browser's `PublicKeyCredential`, as its `toJSON()` writes it.
    #[schema(value_type = Object)]
    credential: serde_json::Value,
}

/// Sign in by passkey.
#[utoipa::path(post, path = "/passkeys/login/finish", tag = "Identity", request_body = AnswerBody, params(SessionHeader),
    responses((status = 200, body = SignInView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn finish_login(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    holding: Holding,
    Json(body): Json<AnswerBody>,
) -> Result<Response, Problem> {
    let AnswerBody { challenge_token, credential } = body;
    let signing_in =
        app.identity.finish_passkey_login(&stranger, &challenge_token, &credential, holding.hold);
    signed_in(&app, &holding, signing_in.await?).await
}

/// Begin to step up by passkey; the answer goes to `/step-up`.
#[utoipa::path(post, path = "/passkeys/step-up/start", tag = "Identity", security(("bearer" = [])), request_body = Option<StartBody>,
    responses((status = 200, body = CeremonyView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn start_step_up(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    _: Option<Json<StartBody>>,
) -> Result<Json<CeremonyView>, Problem> {
    Ok(Json(app.identity.start_passkey_step_up(&actor).await?.into()))
}

/// Remove a passkey, with a token that stepped up.
#[utoipa::path(delete, path = "/passkeys/{id}", tag = "Identity", security(("bearer" = [])), params(("id" = String, Path, description = "The passkey.")),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn remove(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.identity.remove_passkey(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

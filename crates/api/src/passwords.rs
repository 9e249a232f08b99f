//! Passwords: changing, resetting, generating; and accounts that guesses closed.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, SignedIn, Stranger, codes, weak_password};
use florin_identity::{Email, Error, InvalidEmail, Password};
use florin_kernel::UserId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::MessageView;

/// The routes under `/auth`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change))
        .routes(routes!(forgot))
        .routes(routes!(reset))
        .routes(routes!(generate))
}

/// The routes of administrators.
pub(crate) fn user_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(unlock))
}

/// The present password and the new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePasswordBody {
    /// The present password.
    #[schema(value_type = String, format = Password)]
    current_password: SecretString,
    /// The new one: at least 15 characters, or 8 with a second factor.
    #[schema(value_type = String, format = Password)]
    new_password: SecretString,
}

/// Change one's password; every other sign-in ends.
#[utoipa::path(post, path = "/password/change", tag = "Identity", security(("bearer" = [])), request_body = ChangePasswordBody,
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ChangePasswordBody>,
) -> Result<Json<MessageView>, Problem> {
    let new = new_password(&body.new_password)?;
    let current = Password::try_new(body.current_password.expose_secret())
        .map_err(|_| Problem::of(codes::INVALID_CREDENTIALS))?;
    app.identity.change_password(&actor, &current, &new).await.map_err(refused)?;
    Ok(Json(MessageView { message: "The password is changed. Every other sign-in has ended." }))
}

/// Whose password is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForgotPasswordBody {
    /// The email of the account.
    #[schema(example = "ann@example.com")]
    email: String,
}

/// Ask for a letter with which a new password is set; the answer is the same whether there is an account or not.
#[utoipa::path(post, path = "/password/forgot", tag = "Identity", request_body = ForgotPasswordBody,
    responses((status = 202, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn forgot(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    Json(body): Json<ForgotPasswordBody>,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    let email: Result<Email, InvalidEmail> = body.email.parse();
    let email = email.map_err(|error| {
        Problem::of(codes::VALIDATION_FAILED).field("email", "invalid", error.to_string())
    })?;
    app.identity.forgot_password(&stranger, &email).await?;
    let message = "If there is an account with this address, a mail is on its way.";
    Ok((StatusCode::ACCEPTED, Json(MessageView { message })))
}

/// The token of the letter, and the new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetPasswordBody {
    /// The `token` of the link in the mail.
    #[schema(value_type = String)]
    token: SecretString,
    /// The new password.
    #[schema(value_type = String, format = Password)]
    new_password: SecretString,
}

/// Set a new password by the token of a letter; every sign-in ends, and none begins.
#[utoipa::path(post, path = "/password/reset", tag = "Identity", request_body = ResetPasswordBody,
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reset(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    Json(body): Json<ResetPasswordBody>,
) -> Result<Json<MessageView>, Problem> {
    let new = new_password(&body.new_password)?;
    let token = body.token.expose_secret();
    app.identity.reset_password(&stranger, token, &new).await.map_err(refused)?;
    Ok(Json(MessageView { message: "The password is set. Sign in with it." }))
}

/// A password.
#[derive(Serialize, ToSchema)]
struct PasswordView {
    /// It is made for this answer and kept nowhere.
    password: String,
}

/// Make up a password that the policy takes.
#[utoipa::path(get, path = "/password/generate", tag = "Identity",
    responses((status = 200, body = PasswordView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn generate(State(app): State<App>) -> Result<Json<PasswordView>, Problem> {
    let password = app.identity.generate_password()?;
    Ok(Json(PasswordView { password: password.expose_secret().to_owned() }))
}

/// Open an account to sign-ins again that failed ones closed.
#[utoipa::path(post, path = "/users/{id}/unlock", tag = "Identity", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn unlock(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<UserId>,
) -> Result<Json<MessageView>, Problem> {
    let was_closed = app.identity.unlock(&actor, id).await?;
    let message =
        if was_closed { "The account is open to sign-ins again." } else { "The account was not locked." };
    Ok(Json(MessageView { message }))
}

fn new_password(text: &SecretString) -> Result<Password, Problem> {
    Password::try_new(text.expose_secret()).map_err(|error| {
        Problem::of(codes::VALIDATION_FAILED).field("new_password", "too_long", error.to_string())
    })
}

/// A refusal, with the field as it is called here.
fn refused(error: Error) -> Problem {
    match error {
        Error::WeakPassword(weak) => weak_password(&weak, "new_password"),
        error => error.into(),
    }
}

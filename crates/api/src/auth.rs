//! Identity: registration, sign-in, profile.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use florin_http::{App, ByCookie, Holding, Json, Problem, SignedIn, Stranger, codes};
use florin_identity::{ChangeProfile, Email, FullName, NewPerson, Password, Phone, Profile};
use florin_kernel::Denied;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::sign_in::{SessionHeader, SignInView, signed_in, signed_out};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(verify))
        .routes(routes!(resend))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(logout_all))
        .routes(routes!(profile, change_profile))
}

/// Somebody who registers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegisterBody {
    /// Where mail reaches you.
    #[schema(example = "ann@example.com")]
    email: String,
    /// At least 15 characters.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// What you are called.
    #[schema(example = "Ann Example")]
    full_name: String,
    /// In E.164: `+`, the country, the number.
    #[schema(example = "+14165550100")]
    phone: Option<String>,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    /// The identifier.
    id: String,
    /// Where mail reaches them.
    email: String,
    /// What they are called.
    full_name: String,
    /// The telephone, masked to its last four digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Whether the email is proved.
    is_verified: bool,
    /// Whether a second factor is on.
    mfa_enabled: bool,
    /// Their roles.
    roles: Vec<&'static str>,
}

impl From<Profile> for UserView {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.id.to_string(),
            email: profile.email.as_str().to_owned(),
            full_name: profile.full_name.as_str().to_owned(),
            phone: profile.phone,
            is_verified: profile.verified,
            mfa_enabled: profile.mfa,
            roles: profile.roles.iter().map(|role| role.code()).collect(),
        }
    }
}

/// What was done, in words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// The words.
    pub(crate) message: &'static str,
}

/// The answer to whoever registers.
#[derive(Debug, Serialize, ToSchema)]
struct RegisteredView {
    /// What happens next.
    message: &'static str,
    /// The person.
    user: UserView,
}

fn invalid(field: &'static str, error: &dyn std::fmt::Display) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, "invalid", error.to_string())
}

fn password(text: &SecretString, field: &'static str) -> Result<Password, Problem> {
    Password::try_new(text.expose_secret()).map_err(|error| invalid(field, &error))
}

/// Register; a mail brings the proof of the address.
#[utoipa::path(post, path = "/register", tag = "Identity", request_body = RegisterBody,
    responses((status = 201, body = RegisteredView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn register(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    Json(body): Json<RegisterBody>,
) -> Result<(StatusCode, Json<RegisteredView>), Problem> {
    let person = NewPerson {
        email: body.email.parse().map_err(|error: florin_identity::InvalidEmail| invalid("email", &error))?,
        full_name: body
            .full_name
            .parse()
            .map_err(|error: florin_identity::InvalidName| invalid("full_name", &error))?,
        phone: body
            .phone
            .as_deref()
            .map(str::parse::<Phone>)
            .transpose()
            .map_err(|error| invalid("phone", &error))?,
        password: password(&body.password, "password")?,
    };
    let registered = app.identity.register(&stranger, person).await?;
    let user = UserView {
        id: registered.id.to_string(),
        email: registered.email.as_str().to_owned(),
        full_name: registered.full_name.as_str().to_owned(),
        phone: None,
        is_verified: false,
        mfa_enabled: false,
        roles: vec!["customer"],
    };
    let message = "Look into your mail: it brings a link that confirms the address.";
    Ok((StatusCode::CREATED, Json(RegisteredView { message, user })))
}

/// A proof of an email address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenBody {
    /// The `token` of the link in the mail.
    #[schema(value_type = String)]
    token: SecretString,
}

/// Confirm an email address.
#[utoipa::path(post, path = "/email/verify", tag = "Identity", request_body = TokenBody,
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn verify(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    Json(body): Json<TokenBody>,
) -> Result<Json<MessageView>, Problem> {
    app.identity.verify_email(&stranger, body.token.expose_secret()).await?;
    Ok(Json(MessageView { message: "The address is confirmed." }))
}

/// An email address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailBody {
    /// Where mail reaches you.
    email: String,
}

/// Send the proof once more, if there is something to prove.
#[utoipa::path(post, path = "/email/resend", tag = "Identity", request_body = EmailBody,
    responses((status = 202, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn resend(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    Json(body): Json<EmailBody>,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    let email: Email =
        body.email.parse().map_err(|error: florin_identity::InvalidEmail| invalid("email", &error))?;
    app.identity.resend_verification(&stranger, &email).await?;
    let message = "If the address waits to be confirmed, a mail is on its way.";
    Ok((StatusCode::ACCEPTED, Json(MessageView { message })))
}

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    /// The email.
    email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// A code of the authenticator app, or a backup code, where a second factor is on.
    #[schema(value_type = Option<String>, example = "123456")]
    mfa_code: Option<SecretString>,
}

/// Sign in. Where a second factor is on, `mfa_required` asks for it, unless a code came along.
#[utoipa::path(post, path = "/login", tag = "Identity", request_body = LoginBody, params(SessionHeader),
    responses((status = 200, body = SignInView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn login(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    holding: Holding,
    Json(body): Json<LoginBody>,
) -> Result<Response, Problem> {
    let password = Password::try_new(body.password.expose_secret())
        .map_err(|_| Problem::of(codes::INVALID_CREDENTIALS))?;
    let code = body.mfa_code.as_ref().map(crate::factors::code);
    let signing_in =
        app.identity.login_with_code(&stranger, &body.email, &password, code.as_ref(), holding.hold);
    signed_in(&app, &holding, signing_in.await?).await
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshBody {
    /// The latest one.
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

/// Exchange a refresh token for new tokens.
#[utoipa::path(post, path = "/refresh", tag = "Identity", request_body = RefreshBody,
    responses((status = 200, body = SignInView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn refresh(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    Json(body): Json<RefreshBody>,
) -> Result<Json<SignInView>, Problem> {
    let refreshed = app.identity.refresh(&stranger, body.refresh_token.expose_secret()).await?;
    Ok(Json(SignInView::of(&app, refreshed)?))
}

/// Sign out.
#[utoipa::path(post, path = "/logout", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn logout(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    by_cookie: ByCookie,
) -> Result<Response, Problem> {
    app.identity.logout(&actor).await?;
    signed_out(&app, &by_cookie, MessageView { message: "Signed out." })
}

/// Sign out everywhere.
#[utoipa::path(post, path = "/logout/all", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn logout_all(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    by_cookie: ByCookie,
) -> Result<Response, Problem> {
    app.identity.logout_all(&actor).await?;
    signed_out(&app, &by_cookie, MessageView { message: "Signed out everywhere." })
}

/// Read one's profile.
#[utoipa::path(get, path = "/profile", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = UserView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn profile(State(app): State<App>, SignedIn(actor): SignedIn) -> Result<Json<UserView>, Problem> {
    let user = actor.user().ok_or(Denied::Unauthenticated)?;
    Ok(Json(app.identity.profile(&actor, user).await?.into()))
}

/// What to change of a profile.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileBody {
    /// Another name.
    full_name: Option<String>,
    /// Another telephone; an empty text removes it.
    phone: Option<String>,
}

/// Change one's profile.
#[utoipa::path(patch, path = "/profile", tag = "Identity", security(("bearer" = [])), request_body = ProfileBody,
    responses((status = 200, body = UserView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change_profile(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ProfileBody>,
) -> Result<Json<UserView>, Problem> {
    let user = actor.user().ok_or(Denied::Unauthenticated)?;
    let full_name = body
        .full_name
        .as_deref()
        .map(str::parse::<FullName>)
        .transpose()
        .map_err(|error| invalid("full_name", &error))?;
    let phone = match body.phone.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(text) => Some(Some(text.parse::<Phone>().map_err(|error| invalid("phone", &error))?)),
    };
    let changed = app.identity.change_profile(&actor, user, ChangeProfile { full_name, phone }).await?;
    Ok(Json(changed.into()))
}

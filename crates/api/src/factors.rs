//! Second factors: an authenticator app, backup codes, the second step of signing in, stepping up.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use florin_http::{App, ByCookie, Holding, Json, Problem, SignedIn, Stranger, codes};
use florin_identity::{BackupCodes, Code, Enrolment, FactorSummary, Password, SecondStep, StepUp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::MessageView;
use crate::passkeys::PasskeyView;
use crate::sign_in::{SessionHeader, SignInView, SteppedUpView, signed_in, stepped_up_in_browser};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(factors))
        .routes(routes!(set_up))
        .routes(routes!(enable))
        .routes(routes!(verify))
        .routes(routes!(disable))
        .routes(routes!(renew_backup_codes))
        .routes(routes!(two_factor_enable))
        .routes(routes!(two_factor_verify))
        .routes(routes!(two_factor_disable))
        .routes(routes!(backup_code_login))
        .routes(routes!(second_step))
        .routes(routes!(step_up))
}

/// A code as somebody typed it.
pub(crate) fn code(typed: &SecretString) -> Code {
    Code::read(typed.expose_secret())
}

/// A password to be checked: one that cannot be anybody's is wrong.
fn password(text: &SecretString) -> Result<Password, Problem> {
    Password::try_new(text.expose_secret()).map_err(|_| Problem::of(codes::INVALID_CREDENTIALS))
}

/// The second factors of a person.
#[derive(Debug, Serialize, ToSchema)]
struct FactorsView {
    /// Whether a second factor is on.
    mfa_enabled: bool,
    /// Whether a role of yours asks for one.
    mfa_required: bool,
    /// Whether an authenticator app is on.
    totp_enabled: bool,
    /// The passkeys, the oldest first.
    passkeys: Vec<PasskeyView>,
    /// How many backup codes are left.
    backup_codes_left: u32,
}

impl From<FactorSummary> for FactorsView {
    fn from(factors: FactorSummary) -> Self {
        Self {
            mfa_enabled: factors.totp || !factors.passkeys.is_empty(),
            mfa_required: factors.required,
            totp_enabled: factors.totp,
            passkeys: factors.passkeys.into_iter().map(PasskeyView::from).collect(),
            backup_codes_left: factors.backup_codes_left,
        }
    }
}

/// Read which second factors there are.
#[utoipa::path(get, path = "/mfa", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = FactorsView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn factors(State(app): State<App>, SignedIn(actor): SignedIn) -> Result<Json<FactorsView>, Problem> {
    Ok(Json(app.identity.factors(&actor).await?.into()))
}

/// What an authenticator app needs to know; shown once.
#[derive(Serialize, ToSchema)]
struct EnrolmentView {
    /// The secret, in base 32, to be typed.
    secret: String,
    /// The same as a picture to be scanned.
    #[schema(example = "data:image/png;base64,…")]
    qr_code: String,
    /// The same as an address.
    #[schema(example = "otpauth://totp/Florin%20Bank:ann%40example.com?secret=…")]
    provisioning_uri: String,
}

impl From<Enrolment> for EnrolmentView {
    fn from(enrolment: Enrolment) -> Self {
        Self {
            secret: enrolment.secret.as_str().to_owned(),
            qr_code: enrolment.qr_code.as_str().to_owned(),
            provisioning_uri: enrolment.provisioning_uri.as_str().to_owned(),
        }
    }
}

/// Nothing, or an empty object.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NothingBody {}

/// Set up an authenticator app, within five minutes of signing in or stepping up.
#[utoipa::path(post, path = "/mfa/setup", tag = "Identity", security(("bearer" = [])), request_body = Option<NothingBody>,
    responses((status = 200, body = EnrolmentView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn set_up(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    _: Option<Json<NothingBody>>,
) -> Result<Json<EnrolmentView>, Problem> {
    Ok(Json(app.identity.set_up_totp(&actor).await?.into()))
}

/// The same as `/mfa/setup`.
#[utoipa::path(post, path = "/2fa/enable", tag = "Identity", security(("bearer" = [])), request_body = Option<NothingBody>,
    responses((status = 200, body = EnrolmentView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn two_factor_enable(
    state: State<App>,
    actor: SignedIn,
    body: Option<Json<NothingBody>>,
) -> Result<Json<EnrolmentView>, Problem> {
    set_up(state, actor, body).await
}

/// A code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    /// The six digits that the authenticator app shows.
    #[schema(value_type = String, example = "123456")]
    code: SecretString,
}

/// Ten codes, each for one use in place of the second factor; shown once.
#[derive(Serialize, ToSchema)]
struct BackupCodesView {
    /// What was done.
    message: &'static str,
    /// The codes.
    #[schema(example = json!(["ABCD-EFGH-JKLM-NPQR"]))]
    backup_codes: Vec<String>,
}

pub(crate) fn texts(codes: &BackupCodes) -> Vec<String> {
    codes.0.iter().map(|code| code.as_str().to_owned()).collect()
}

/// Turn the authenticator app on by its first code.
#[utoipa::path(post, path = "/mfa/enable", tag = "Identity", security(("bearer" = [])), request_body = CodeBody,
    responses((status = 200, body = BackupCodesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn enable(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<CodeBody>,
) -> Result<Json<BackupCodesView>, Problem> {
    let backup_codes = texts(&app.identity.enable_totp(&actor, &code(&body.code)).await?);
    let message = "The authenticator app is on. Keep the backup codes in a safe place: each works once.";
    Ok(Json(BackupCodesView { message, backup_codes }))
}

/// The same as `/mfa/enable`.
#[utoipa::path(post, path = "/mfa/verify", tag = "Identity", security(("bearer" = [])), request_body = CodeBody,
    responses((status = 200, body = BackupCodesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn verify(
    state: State<App>,
    actor: SignedIn,
    body: Json<CodeBody>,
) -> Result<Json<BackupCodesView>, Problem> {
    enable(state, actor, body).await
}

/// The same as `/mfa/enable`.
#[utoipa::path(post, path = "/2fa/verify", tag = "Identity", security(("bearer" = [])), request_body = CodeBody,
    responses((status = 200, body = BackupCodesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn two_factor_verify(
    state: State<App>,
    actor: SignedIn,
    body: Json<CodeBody>,
) -> Result<Json<BackupCodesView>, Problem> {
    enable(state, actor, body).await
}

/// A password, and a code where no factor was just proved by stepping up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProofBody {
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// A code of the authenticator app, or a backup code.
    #[schema(value_type = Option<String>, example = "123456")]
    code: Option<SecretString>,
}

/// Turn the authenticator app off.
#[utoipa::path(post, path = "/mfa/disable", tag = "Identity", security(("bearer" = [])), request_body = ProofBody,
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn disable(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ProofBody>,
) -> Result<Json<MessageView>, Problem> {
    let (password, code) = (password(&body.password)?, body.code.as_ref().map(code));
    app.identity.disable_totp(&actor, Some(&password), code.as_ref()).await?;
    Ok(Json(MessageView { message: "The authenticator app is off." }))
}

/// Turn the authenticator app off by a code.
#[utoipa::path(post, path = "/2fa/disable", tag = "Identity", security(("bearer" = [])), request_body = CodeBody,
    responses((status = 200, body = MessageView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn two_factor_disable(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<CodeBody>,
) -> Result<Json<MessageView>, Problem> {
    app.identity.disable_totp(&actor, None, Some(&code(&body.code))).await?;
    Ok(Json(MessageView { message: "The authenticator app is off." }))
}

/// Get other backup codes; those from before work no more.
#[utoipa::path(post, path = "/mfa/backup-codes", tag = "Identity", security(("bearer" = [])), request_body = ProofBody,
    responses((status = 200, body = BackupCodesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn renew_backup_codes(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ProofBody>,
) -> Result<Json<BackupCodesView>, Problem> {
    let (password, code) = (password(&body.password)?, body.code.as_ref().map(code));
    let renewed = app.identity.renew_backup_codes(&actor, &password, code.as_ref()).await?;
    let message =
        "Keep the backup codes in a safe place: each works once, and those from before work no more.";
    Ok(Json(BackupCodesView { message, backup_codes: texts(&renewed) }))
}

/// Email, password and a backup code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BackupCodeBody {
    /// The email.
    email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// The backup code, which works once.
    #[schema(value_type = String, example = "ABCD-EFGH-JKLM-NPQR")]
    backup_code: SecretString,
}

/// Sign in by a backup code.
#[utoipa::path(post, path = "/2fa/backup-code", tag = "Identity", request_body = BackupCodeBody, params(SessionHeader),
    responses((status = 200, body = SignInView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn backup_code_login(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    holding: Holding,
    Json(body): Json<BackupCodeBody>,
) -> Result<Response, Problem> {
    let (password, code) = (password(&body.password)?, code(&body.backup_code));
    let signing_in =
        app.identity.login_with_code(&stranger, &body.email, &password, Some(&code), holding.hold);
    let came = signing_in.await?;
    signed_in(&app, &holding, came).await
}

/// A code, with the `mfa_token` of the login or with email and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondStepBody {
    /// What the login answered with `mfa_required`.
    #[schema(value_type = Option<String>)]
    mfa_token: Option<SecretString>,
    /// The email, in place of the token.
    email: Option<String>,
    /// The password, in place of the token.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    /// A code of the authenticator app, or a backup code.
    #[schema(value_type = String, example = "123456")]
    code: SecretString,
}

/// Sign in, second step.
#[utoipa::path(post, path = "/login/2fa", tag = "Identity", request_body = SecondStepBody, params(SessionHeader),
    responses((status = 200, body = SignInView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn second_step(
    State(app): State<App>,
    Stranger(stranger): Stranger,
    holding: Holding,
    Json(body): Json<SecondStepBody>,
) -> Result<Response, Problem> {
    let code = code(&body.code);
    let came = match (body.mfa_token, body.email, body.password) {
        (Some(mfa_token), None, None) => {
            app.identity.login_second(&stranger, SecondStep { mfa_token, code }, holding.hold).await?
        }
        (None, Some(email), Some(given)) => {
            let given = password(&given)?;
            app.identity.login_with_code(&stranger, &email, &given, Some(&code), holding.hold).await?
        }
        _ => {
            let why = "either the mfa_token is wanted, or email and password";
            return Err(Problem::of(codes::VALIDATION_FAILED).field("mfa_token", "required", why));
        }
    };
    signed_in(&app, &holding, came).await
}

/// One of a password, a code and a passkey's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StepUpBody {
    /// The password; not enough where a second factor is on.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    /// A code of the authenticator app, or a backup code.
    #[schema(value_type = Option<String>, example = "123456")]
    code: Option<SecretString>,
    /// What `/passkeys/step-up/start` gave.
    #[schema(value_type = Option<String>)]
    challenge_token: Option<SecretString>,
    /// The browser's `PublicKeyCredential`, as its `toJSON()` writes it.
    #[schema(value_type = Option<Object>)]
    credential: Option<serde_json::Value>,
}

impl StepUpBody {
    fn shown(self) -> Result<StepUp, Problem> {
        match (self.password, self.code, self.challenge_token, self.credential) {
            (Some(given), None, None, None) => Ok(StepUp::Password(password(&given)?)),
            (None, Some(typed), None, None) => Ok(StepUp::Code(code(&typed))),
            (None, None, Some(challenge_token), Some(credential)) => {
                Ok(StepUp::Passkey { challenge_token, credential })
            }
            _ => {
                let why = "one of password, code, or challenge_token with credential is wanted";
                Err(Problem::of(codes::VALIDATION_FAILED).field("code", "required", why))
            }
        }
    }
}

/// Prove a factor once more, for something sensitive. A browser gets another cookie and another CSRF token; those from
/// before work no more.
#[utoipa::path(post, path = "/step-up", tag = "Identity", security(("bearer" = [])), request_body = StepUpBody,
    responses((status = 200, body = SteppedUpView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn step_up(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    ByCookie(cookie): ByCookie,
    Json(body): Json<StepUpBody>,
) -> Result<Response, Problem> {
    let shown = body.shown()?;
    match cookie {
        None => Ok(Json(SteppedUpView::from(app.identity.step_up(&actor, shown).await?)).into_response()),
        Some(cookie) => {
            let renewed = app.identity.step_up_browser(&actor, shown, &cookie).await?;
            stepped_up_in_browser(&app, &renewed)
        }
    }
}

//! One's sign-ins and the devices they are on.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, SignedIn};
use florin_identity::{Device, SignIn};
use florin_kernel::{DeviceId, SessionId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sessions))
        .routes(routes!(end_session))
        .routes(routes!(devices))
        .routes(routes!(forget_device))
}

/// A sign-in that has not ended.
#[derive(Debug, Serialize, ToSchema)]
struct SessionView {
    /// The identifier.
    id: String,
    /// Whether this request belongs to it.
    current: bool,
    /// The address that it began from.
    ip_address: Option<String>,
    /// What the client called itself.
    user_agent: Option<String>,
    /// What was proved (RFC 8176): `pwd` for a password, `otp` for a code.
    #[schema(example = json!(["pwd", "otp", "mfa"]))]
    methods: Vec<String>,
    /// Whether its tokens are taken from one device alone.
    device_bound: bool,
    /// `cookie` where a browser keeps it, `token` elsewhere.
    kind: &'static str,
    /// When it began.
    created_at: String,
    /// When it was used last, to within two minutes.
    last_activity_at: String,
    /// When it ends by itself.
    expires_at: String,
}

impl From<SignIn> for SessionView {
    fn from(sign_in: SignIn) -> Self {
        Self {
            id: sign_in.id.to_string(),
            current: sign_in.current,
            ip_address: sign_in.place.ip,
            user_agent: sign_in.place.user_agent,
            methods: sign_in.amr.split(' ').map(str::to_owned).collect(),
            device_bound: sign_in.bound,
            kind: if sign_in.browser { "cookie" } else { "token" },
            created_at: sign_in.created_at.to_string(),
            last_activity_at: sign_in.last_seen_at.to_string(),
            expires_at: sign_in.expires_at.to_string(),
        }
    }
}

/// A device that somebody signed in from.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceView {
    /// The identifier.
    id: String,
    /// Whether this request comes from it.
    current: bool,
    /// The address of the last sign-in from it.
    ip_address: Option<String>,
    /// What its client called itself then.
    user_agent: Option<String>,
    /// When somebody first signed in from it.
    first_seen_at: String,
    /// When somebody last did.
    last_seen_at: String,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.to_string(),
            current: device.current,
            ip_address: device.place.ip,
            user_agent: device.place.user_agent,
            first_seen_at: device.first_seen_at.to_string(),
            last_seen_at: device.last_seen_at.to_string(),
        }
    }
}

/// List one's sign-ins that have not ended, the newest first.
#[utoipa::path(get, path = "/sessions", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = ListView<SessionView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn sessions(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<ListView<SessionView>>, Problem> {
    let sign_ins = app.identity.sign_ins(&actor).await?;
    Ok(Json(ListView { data: sign_ins.into_iter().map(SessionView::from).collect(), next_cursor: None }))
}

/// End a sign-in; none of its tokens is taken any more.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "Identity", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn end_session(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    app.identity.end_sign_in(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the devices that one signed in from, those seen last first.
#[utoipa::path(get, path = "/devices", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = ListView<DeviceView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn devices(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<ListView<DeviceView>>, Problem> {
    let devices = app.identity.devices(&actor).await?;
    Ok(Json(ListView { data: devices.into_iter().map(DeviceView::from).collect(), next_cursor: None }))
}

/// Forget a device: sign-ins that are bound to it end, and the next one from it is told by mail.
#[utoipa::path(delete, path = "/devices/{id}", tag = "Identity", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn forget_device(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    app.identity.forget_device(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Keys that machines sign in with, as their owners manage them.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, SignedIn, codes};
use florin_identity::{ApiKey, ApiKeyUsage, NewApiKey, Quota};
use florin_kernel::{ApiKeyId, Timestamp};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// What machines sign in through, seen as a gateway.
pub fn gateway_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(usage))
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApiKeyBody {
    /// What you call it, to 64 characters.
    #[schema(example = "Nightly export")]
    name: String,
    /// What it may be used for: actions such as `account.read`, and none that you may not do yourself.
    #[schema(example = json!(["account.read", "transfer.read"]))]
    scopes: Vec<String>,
    /// When it ends, within 366 days.
    #[schema(example = "2027-01-31T00:00:00Z")]
    expires_at: String,
    /// Where it may be used from, as addresses and CIDR ranges; left out for anywhere.
    #[schema(example = json!(["203.0.113.0/24"]))]
    #[serde(default)]
    allowed_networks: Vec<String>,
    /// How many requests it may send in a minute; left out for no limit of its own.
    requests_per_minute: Option<u32>,
    /// How many requests it may send in a day; left out for no limit of its own.
    requests_per_day: Option<u32>,
}

impl ApiKeyBody {
    fn wanted(self) -> Result<NewApiKey, Problem> {
        Ok(NewApiKey {
            name: self.name,
            scopes: parsed(&self.scopes, "scopes")?,
            expires_at: self.expires_at.parse::<Timestamp>().map_err(|_| {
                invalid("expires_at".to_owned(), "an instant such as 2027-01-31T00:00:00Z is wanted")
            })?,
            networks: parsed(&self.allowed_networks, "allowed_networks")?,
            quota: Quota { per_minute: self.requests_per_minute, per_day: self.requests_per_day },
        })
    }
}

fn invalid(field: String, message: impl std::fmt::Display) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, "invalid", message.to_string())
}

fn parsed<T>(texts: &[String], field: &str) -> Result<Vec<T>, Problem>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let numbered = texts.iter().enumerate();
    numbered
        .map(|(at, text)| text.parse().map_err(|error: T::Err| invalid(format!("{field}[{at}]"), error)))
        .collect()
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct ApiKeyView {
    /// The identifier.
    id: String,
    /// What its owner calls it.
    name: String,
    /// How it begins, to be recognised by.
    #[schema(example = "flk_4f9Q")]
    prefix: String,
    /// What it may be used for.
    scopes: Vec<&'static str>,
    /// Where it may be used from; empty for anywhere.
    allowed_networks: Vec<String>,
    /// How many requests it may send in a minute.
    requests_per_minute: Option<u32>,
    /// How many requests it may send in a day.
    requests_per_day: Option<u32>,
    /// When it was made.
    created_at: String,
    /// When it ends.
    expires_at: String,
    /// When it was last used, to within ten seconds.
    last_used_at: Option<String>,
    /// How often it was used, until at most ten seconds ago.
    uses: u64,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes.iter().map(|scope| scope.code()).collect(),
            allowed_networks: key.networks.iter().map(ToString::to_string).collect(),
            requests_per_minute: key.quota.per_minute,
            requests_per_day: key.quota.per_day,
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.to_string(),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            uses: key.uses,
        }
    }
}

/// How a key is used.
#[derive(Serialize, ToSchema)]
struct UsageView {
    /// The key.
    api_key_id: String,
    /// What its owner calls it.
    name: String,
    /// How it begins, to be recognised by.
    #[schema(example = "flk_4f9Q")]
    prefix: String,
    /// How often it was used, until at most ten seconds ago.
    uses: u64,
    /// When it was last used, to within ten seconds.
    last_used_at: Option<String>,
    /// How many requests it may send in a minute.
    requests_per_minute: Option<u32>,
    /// How many of these are left.
    left_this_minute: Option<u32>,
    /// How many requests it may send in a day.
    requests_per_day: Option<u32>,
    /// How many of these are left.
    left_today: Option<u32>,
}

impl From<ApiKeyUsage> for UsageView {
    fn from(usage: ApiKeyUsage) -> Self {
        let ApiKeyUsage { key, left_this_minute, left_today } = usage;
        Self {
            api_key_id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            uses: key.uses,
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            requests_per_minute: key.quota.per_minute,
            left_this_minute,
            requests_per_day: key.quota.per_day,
            left_today,
        }
    }
}

/// How one's keys are used, and what they have left of their quotas.
#[utoipa::path(get, path = "/gateway/usage", tag = "System", security(("bearer" = [])),
    responses((status = 200, body = ListView<UsageView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn usage(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<ListView<UsageView>>, Problem> {
    let usage = app.identity.api_key_usage(&actor).await?;
    Ok(Json(ListView { data: usage.into_iter().map(UsageView::from).collect(), next_cursor: None }))
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
struct IssuedApiKeyView {
    /// The key, for the `Authorization` header. It is shown this once.
    #[schema(example = "flk_…")]
    secret: String,
    /// What is known of it.
    #[serde(flatten)]
    key: ApiKeyView,
}

/// Make a key that a machine signs in with; its secret is shown once.
#[utoipa::path(post, path = "/api-keys", tag = "Identity", security(("bearer" = [])), request_body = ApiKeyBody,
    responses((status = 201, body = IssuedApiKeyView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ApiKeyBody>,
) -> Result<(StatusCode, Json<IssuedApiKeyView>), Problem> {
    let issued = app.identity.create_api_key(&actor, body.wanted()?).await?;
    let view = IssuedApiKeyView { secret: issued.secret.expose_secret().to_owned(), key: issued.key.into() };
    Ok((StatusCode::CREATED, Json(view)))
}

/// List one's keys, the newest first.
#[utoipa::path(get, path = "/api-keys", tag = "Identity", security(("bearer" = [])),
    responses((status = 200, body = ListView<ApiKeyView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<ListView<ApiKeyView>>, Problem> {
    let keys = app.identity.api_keys(&actor).await?;
    Ok(Json(ListView { data: keys.into_iter().map(ApiKeyView::from).collect(), next_cursor: None }))
}

/// Revoke a key; no request is taken with it any more.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "Identity", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn revoke(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApiKeyId>,
) -> Result<StatusCode, Problem> {
    app.identity.revoke_api_key(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

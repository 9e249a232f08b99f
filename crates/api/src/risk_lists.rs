//! Lists of whom and what decisions block or allow.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{PageRequest, Timestamp, UserId};
use florin_risk::ListDimension;
use florin_risk::engine::Effect;
use florin_risk::service::{KeptListEntry, ListEntryId, ListFilter, NewListEntry};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// Which entries are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListsQuery {
    /// Of this dimension: `user`, `account`, `counterparty`, `card`, `merchant`, `terminal`, `email`, `device`, `ip` or `country`.
    dimension: Option<String>,
    /// With this effect: `block` or `allow`.
    effect: Option<String>,
    /// `true` for those that count now, `false` for those that were removed or expired; both when left out.
    active: Option<bool>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Something to list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ListEntryBody {
    /// Of what it is: `user`, `account`, `counterparty`, `card`, `merchant`, `terminal`, `email`, `device`, `ip` or `country`.
    #[schema(example = "ip")]
    dimension: String,
    /// Which one: an identifier, an address or a network, a country of ISO 3166, an email address, or the text that a device,
    /// merchant or terminal is known by.
    #[schema(example = "203.0.113.0/24")]
    value: String,
    /// `block` refuses whatever it meets; `allow` spares it what points and models say, and nothing that a rule insists on.
    #[schema(example = "block")]
    effect: String,
    /// Why; told with decisions, up to 500 characters.
    reason: String,
    /// From when on it does nothing; left out for never.
    #[schema(example = "2027-01-31T00:00:00Z")]
    expires_at: Option<String>,
}

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
struct ListEntryView {
    /// Its identifier.
    id: String,
    /// Of what it is.
    dimension: &'static str,
    /// Which one.
    value: String,
    /// `block` or `allow`.
    effect: &'static str,
    /// Why.
    reason: String,
    /// Whether it counts now.
    active: bool,
    /// From when on it does nothing.
    expires_at: Option<String>,
    /// Who made it.
    created_by: Option<String>,
    /// When.
    created_at: String,
    /// Who removed it.
    removed_by: Option<String>,
    /// When.
    removed_at: Option<String>,
}

impl ListEntryView {
    fn of(entry: KeptListEntry, now: Timestamp) -> Self {
        let text = |user: UserId| user.to_string();
        Self {
            id: entry.id.to_string(),
            dimension: entry.dimension.name(),
            active: entry.is_active(now),
            value: entry.value,
            effect: entry.effect.name(),
            reason: entry.reason,
            expires_at: entry.expires_at.map(|at| at.to_string()),
            created_by: entry.created_by.map(text),
            created_at: entry.created_at.to_string(),
            removed_by: entry.removed_by.map(text),
            removed_at: entry.removed_at.map(|at| at.to_string()),
        }
    }
}

fn unknown(field: &'static str, wanted: &str) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, "unknown", format!("{wanted} is wanted"))
}

fn dimension(name: &str) -> Result<ListDimension, Problem> {
    ListDimension::find(name).ok_or_else(|| {
        unknown(
            "dimension",
            "user, account, counterparty, card, merchant, terminal, email, device, ip or country",
        )
    })
}

fn effect(name: &str) -> Result<Effect, Problem> {
    Effect::find(name).ok_or_else(|| unknown("effect", "block or allow"))
}

/// An instant of a body or a query.
pub fn instant(text: &str, field: &'static str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| {
        let wanted = "an instant such as 2027-01-31T00:00:00Z is wanted";
        Problem::of(codes::VALIDATION_FAILED).field(field, "invalid", wanted)
    })
}

/// List whom and what decisions block or allow, the newest first; those that were removed or expired are kept.
#[utoipa::path(get, path = "/security/lists", tag = "Risk", security(("bearer" = [])), params(ListsQuery),
    responses((status = 200, body = ListView<ListEntryView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ListsQuery>,
) -> Result<Json<ListView<ListEntryView>>, Problem> {
    let filter = ListFilter {
        dimension: query.dimension.as_deref().map(dimension).transpose()?,
        effect: query.effect.as_deref().map(effect).transpose()?,
        active: query.active,
    };
    let page = PageRequest::try_new(query.limit, query.cursor)?;
    let found = app.risk.list_entries(&actor, filter, &page).await?;
    let now = app.env.now();
    let data = found.rows.into_iter().map(|entry| ListEntryView::of(entry, now)).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Block or allow something; it counts from the next decision on.
#[utoipa::path(post, path = "/security/lists", tag = "Risk", security(("bearer" = [])), request_body = ListEntryBody,
    responses((status = 201, body = ListEntryView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn add(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ListEntryBody>,
) -> Result<(StatusCode, Json<ListEntryView>), Problem> {
    let new = NewListEntry {
        dimension: dimension(&body.dimension)?,
        effect: effect(&body.effect)?,
        expires_at: body.expires_at.as_deref().map(|text| instant(text, "expires_at")).transpose()?,
        value: body.value,
        reason: body.reason,
    };
    let entry = app.risk.add_list_entry(&actor, new).await?;
    Ok((StatusCode::CREATED, Json(ListEntryView::of(entry, app.env.now()))))
}

/// Take something off its list; the entry is kept for the record.
#[utoipa::path(delete, path = "/security/lists/{id}", tag = "Risk", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn remove(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ListEntryId>,
) -> Result<StatusCode, Problem> {
    app.risk.remove_list_entry(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

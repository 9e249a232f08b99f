//! Billers: read by everybody, kept by managers.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::BillerId;
use florin_payments::{Biller, BillerChange, NewBiller, ReferenceRule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::money::currency;
use crate::paging::{ListView, PageQuery};
use crate::payments::id;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change))
}

/// An enterprise that sends bills.
#[derive(Debug, Serialize, ToSchema)]
struct BillerView {
    /// Its identifier.
    id: String,
    /// What it is called.
    name: String,
    /// What it is paid for.
    category: String,
    /// The currency of its bills.
    currency: &'static str,
    /// Its account here, if it has one.
    account_id: Option<String>,
    /// How many characters its customers' numbers have at least.
    reference_min: u32,
    /// How many at most.
    reference_max: u32,
    /// `any`, `digits` or `luhn`.
    reference_rule: &'static str,
    /// Whether it takes payments.
    active: bool,
    /// To be sent back with a change.
    version: i64,
    /// When it was made known.
    created_at: String,
}

impl From<Biller> for BillerView {
    fn from(biller: Biller) -> Self {
        Self {
            id: biller.id.to_string(),
            name: biller.name,
            category: biller.category,
            currency: biller.currency.code(),
            account_id: biller.account.map(|account| account.to_string()),
            reference_min: biller.reference_length.0,
            reference_max: biller.reference_length.1,
            reference_rule: biller.reference_rule.code(),
            active: biller.active,
            version: biller.version,
            created_at: biller.created_at.to_string(),
        }
    }
}

/// List billers.
#[utoipa::path(get, path = "/billers", tag = "Payments", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = ListView<BillerView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<ListView<BillerView>>, Problem> {
    let found = app.billers.list(&actor, &query.request()?).await?;
    let data = found.rows.into_iter().map(Into::into).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// A biller to make known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BillerBody {
    /// What it is called, up to 100 characters.
    name: String,
    /// What it is paid for, such as `utilities`.
    category: String,
    /// The currency of its bills.
    currency: String,
    /// Its account here, if it has one.
    account_id: Option<String>,
    /// How many characters its customers' numbers have at least; 1 when left out.
    reference_min: Option<u32>,
    /// How many at most; 34 when left out.
    reference_max: Option<u32>,
    /// `any`, which is meant when it is left out, `digits`, or `luhn` for digits with a check digit.
    reference_rule: Option<String>,
}

/// Make a biller known.
#[utoipa::path(post, path = "/billers", tag = "Payments", security(("bearer" = [])), request_body = BillerBody,
    responses((status = 201, body = BillerView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<BillerBody>,
) -> Result<(StatusCode, Json<BillerView>), Problem> {
    let rule = body.reference_rule.as_deref().unwrap_or("any");
    let rule = ReferenceRule::find(rule).ok_or_else(|| {
        Problem::of(codes::VALIDATION_FAILED).field(
            "reference_rule",
            "unknown",
            "any, digits or luhn is wanted",
        )
    })?;
    let new = NewBiller {
        name: body.name,
        category: body.category,
        currency: currency(&body.currency, "currency")?,
        account: body.account_id.as_deref().map(|text| id(text, "account_id")).transpose()?,
        reference_length: (body.reference_min.unwrap_or(1), body.reference_max.unwrap_or(34)),
        reference_rule: rule,
    };
    Ok((StatusCode::CREATED, Json(app.billers.create(&actor, new).await?.into())))
}

/// What is to be changed of a biller; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BillerChangeBody {
    /// The version that was read.
    version: i64,
    /// What it is called.
    name: Option<String>,
    /// What it is paid for.
    category: Option<String>,
    /// Whether it takes payments.
    active: Option<bool>,
}

/// Change a biller.
#[utoipa::path(patch, path = "/billers/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = BillerChangeBody,
    responses((status = 200, body = BillerView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn change(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<BillerId>,
    Json(body): Json<BillerChangeBody>,
) -> Result<Json<BillerView>, Problem> {
    let BillerChangeBody { version, name, category, active } = body;
    let changed = app.billers.change(&actor, id, BillerChange { version, name, category, active }).await?;
    Ok(Json(changed.into()))
}

//! Transfers: single, batches, and what is done with them later.

use std::sync::Arc;

use axum::extract::State;
use florin_db::idempotency::Frozen;
use florin_http::{
    Answered, App, BodyLimit, GivenKey, Json, Path, Problem, Query, SignedIn, codes, outcome_code,
    outcome_problem,
};
use florin_kernel::{AccountId, Actor, Money, TransferId};
use florin_ledger::rules::{Code, Flags, HoldState, Transfer};
use florin_payments::{BatchOrder, Decided, Decision, Order, Payment, Rendered, Resolution, ResolveOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::instant;
use crate::money::{AmountBody, MoneyView};
use crate::paging::{ListView, PageQuery};

/// The most transfers of one batch.
const BATCH_MAX: usize = 8_000;
/// How large the body of a batch may be: 8,000 transfers with room to spare.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// How long a text may be, in characters.
const TEXT_MAX: usize = 200;

pub fn routes() -> OpenApiRouter<App> {
    let batch =
        OpenApiRouter::new().routes(routes!(create_many)).layer(axum::Extension(BodyLimit(BATCH_BYTES_MAX)));
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .merge(batch)
        .routes(routes!(read))
        .routes(routes!(post))
        .routes(routes!(void))
        .routes(routes!(reverse))
}

/// The bank's own path.
pub fn bank_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_as_the_bank))
}

/// A transfer to make.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    /// Your own identifier for it, a UUID: a key for ever. Left out, one is made.
    id: Option<String>,
    /// Where the money comes from.
    #[serde(alias = "from_account")]
    from_account_id: String,
    /// Where it goes.
    #[serde(alias = "to_account")]
    to_account_id: String,
    /// How much.
    amount: AmountBody,
    /// The currency of a bare amount; the account's when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// What the payer writes, up to 200 characters.
    description: Option<String>,
    /// Whether to reserve the money now and move it later.
    pending: Option<bool>,
    /// After how many seconds a pending transfer expires.
    timeout_seconds: Option<u32>,
}

/// The decision about a payment.
#[derive(Debug, Serialize, ToSchema)]
struct RiskView {
    /// `approve`, `review` or `decline`.
    decision: String,
    /// From 0, nothing to fear, to 1000.
    score: i64,
    /// Stable codes of what contributed.
    reasons: Vec<String>,
}

/// A transfer.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferView {
    /// Its identifier.
    id: String,
    /// `completed`, `pending`, `posted`, `voided` or `expired`.
    status: &'static str,
    /// How much it moved, or reserved.
    amount: MoneyView,
    /// Where the money came from.
    from_account_id: String,
    /// Where it went.
    to_account_id: String,
    /// What the payer wrote.
    description: Option<String>,
    /// The decision about it.
    risk: RiskView,
    /// When it was made.
    created_at: String,
    /// When a pending transfer expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// The day that it counts for.
    effective_date: String,
    /// The pending transfer that it posted or voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_id: Option<String>,
    /// The transfer that it reverses.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<String>,
}

fn risk_of(decision: &Decision) -> RiskView {
    RiskView {
        decision: decision.verdict.code().to_owned(),
        score: decision.score.into(),
        reasons: decision.reasons.iter().map(|reason| reason.clone().into_owned()).collect(),
    }
}

fn view(
    transfer: &Transfer,
    status: &'static str,
    description: Option<String>,
    risk: RiskView,
) -> TransferView {
    TransferView {
        id: transfer.id.to_string(),
        status,
        amount: Money::new(transfer.amount, transfer.currency).into(),
        from_account_id: transfer.debit.to_string(),
        to_account_id: transfer.credit.to_string(),
        description,
        risk,
        created_at: instant(transfer.at),
        expires_at: transfer.expires_at.map(instant),
        effective_date: transfer.effective_date.to_string(),
        pending_id: transfer.pending_id.map(|id| id.to_string()),
        reverses: transfer.reverses.map(|id| id.to_string()),
    }
}

fn status_of(transfer: &Transfer, hold: Option<HoldState>) -> &'static str {
    match hold {
        Some(HoldState::Open) => "pending",
        Some(HoldState::Posted) => "posted",
        Some(HoldState::Voided) => "voided",
        Some(HoldState::Expired) => "expired",
        None if transfer.flags.has(Flags::PENDING) => "pending",
        None if transfer.flags.has(Flags::VOID) => "voided",
        None if transfer.flags.has(Flags::EXPIRE) => "expired",
        None => "completed",
    }
}

/// Renders one order's answer inside its commit.
pub fn transfer_answer(by: &Actor) -> Rendered {
    let request_id = by.origin().request_id.clone();
    Arc::new(move |decided| {
        let Some(one) = decided.first() else { return Frozen { status: 500, body: Vec::new() } };
        match one.transfer {
            Some(transfer) if one.outcome.is_success() => {
                let status = if one.outcome == Code::Created { 201 } else { 200 };
                let shown = view(
                    transfer,
                    status_of(transfer, None),
                    one.description.map(str::to_owned),
                    risk_of(one.decision),
                );
                Frozen { status, body: serde_json::to_vec(&shown).unwrap_or_default() }
            }
            _ => {
                let (status, body) = outcome_problem(one.outcome, request_id.as_deref());
                Frozen { status, body }
            }
        }
    })
}

/// Text of the client's, kept as it is given; too much of it, or a NUL, is refused.
pub fn text_within(text: Option<String>, field: &'static str) -> Result<Option<String>, Problem> {
    let refused = |code, why: &str| Err(Problem::of(codes::VALIDATION_FAILED).field(field, code, why));
    match text {
        Some(text) if text.chars().count() > TEXT_MAX => refused("too_long", "200 characters at most"),
        Some(text) if text.contains('\0') => refused("malformed", "a NUL cannot be kept"),
        text => Ok(text),
    }
}

fn account_id(text: &str, field: &'static str) -> Result<AccountId, Problem> {
    text.parse().map_err(|error: florin_kernel::InvalidId| {
        Problem::of(codes::VALIDATION_FAILED).field(field, "malformed", error.to_string())
    })
}

fn order(app: &App, body: TransferBody) -> Result<Order, Problem> {
    let pending = body.pending.unwrap_or(false);
    if body.timeout_seconds.is_some() && !pending {
        return Err(Problem::of(codes::VALIDATION_FAILED).field(
            "timeout_seconds",
            "not_pending",
            "only a pending transfer has a timeout",
        ));
    }
    let id = body.id.as_deref().map(str::parse::<TransferId>).transpose();
    let timeout_s = body.timeout_seconds.unwrap_or(app.config.payments.hold_seconds);
    Ok(Order {
        id: id.map_err(|error| {
            Problem::of(codes::VALIDATION_FAILED).field("id", "malformed", error.to_string())
        })?,
        from: account_id(&body.from_account_id, "from_account_id")?,
        to: account_id(&body.to_account_id, "to_account_id")?,
        amount: body.amount.asked(body.currency.as_deref())?,
        description: text_within(body.description, "description")?,
        pending,
        timeout_s: pending.then_some(timeout_s),
    })
}

/// Make a transfer.
#[utoipa::path(post, path = "/transfers", tag = "Transfers", security(("bearer" = [])),
    params(("X-Idempotency-Key" = String, Header)), request_body = TransferBody,
    responses((status = 201, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Json(body): Json<TransferBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /transfers", &body)?;
    let order = order(&app, body)?;
    let render = transfer_answer(&actor);
    Ok(Answered(app.transfers.create(&actor, Some(key), order, render).await?))
}

/// Make a transfer, as the bank's staff system does.
#[utoipa::path(post, path = "/accounts/transfer", tag = "Transfers", security(("bearer" = [])),
    params(("X-Idempotency-Key" = String, Header)), request_body = TransferBody,
    responses((status = 201, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create_as_the_bank(
    state: State<App>,
    by: SignedIn,
    key: GivenKey,
    body: Json<TransferBody>,
) -> Result<Answered, Problem> {
    create(state, by, key, body).await
}

/// Many transfers at once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchBody {
    /// The transfers, up to 8,000.
    transfers: Vec<TransferBody>,
    /// Whether all or none go through; up to 256 transfers then.
    linked: Option<bool>,
}

/// What came of one transfer of a batch.
#[derive(Serialize, ToSchema)]
struct BatchResult<'a> {
    /// Its place in the batch, from 0.
    index: usize,
    /// `created`, `exists` or `refused`.
    status: &'static str,
    /// Its identifier, if there is a transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

/// What came of a batch.
#[derive(Serialize, ToSchema)]
struct BatchView<'a> {
    /// One result for each transfer, in order.
    results: Vec<BatchResult<'a>>,
}

fn batch_answer(decided: &[Decided<'_>]) -> Frozen {
    let results = decided.iter().enumerate().map(|(index, one)| {
        let status = match one.outcome {
            Code::Created => "created",
            Code::Exists => "exists",
            _ => "refused",
        };
        let code = (!one.outcome.is_success()).then(|| outcome_code(one.outcome).1);
        BatchResult { index, status, id: one.transfer.map(|transfer| transfer.id.to_string()), code }
    });
    let shown = BatchView { results: results.collect() };
    Frozen { status: 200, body: serde_json::to_vec(&shown).unwrap_or_default() }
}

/// Make many transfers in one durable commit.
#[utoipa::path(post, path = "/transfers/batch", tag = "Transfers", security(("bearer" = [])),
    params(("X-Idempotency-Key" = String, Header)), request_body = BatchBody,
    responses((status = 200, body = BatchView<'static>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create_many(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Json(body): Json<BatchBody>,
) -> Result<Answered, Problem> {
    if body.transfers.is_empty() || body.transfers.len() > BATCH_MAX {
        return Err(Problem::of(codes::VALIDATION_FAILED).field(
            "transfers",
            "count",
            "1 to 8,000 transfers are wanted",
        ));
    }
    let key = key.of(&actor, "POST /transfers/batch", &body)?;
    let mut orders = Vec::with_capacity(body.transfers.len());
    for transfer in body.transfers {
        orders.push(order(&app, transfer)?);
    }
    let batch = BatchOrder { orders, linked: body.linked.unwrap_or(false) };
    Ok(Answered(app.transfers.create_many(&actor, Some(key), batch, Arc::new(batch_answer)).await?))
}

/// What is to be done with an earlier transfer.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResolveBody {
    /// How much of it; all when left out.
    amount: Option<AmountBody>,
    /// The currency of a bare amount.
    currency: Option<String>,
    /// Why, up to 200 characters.
    description: Option<String>,
}

async fn resolve(
    app: &App,
    actor: &Actor,
    key: GivenKey,
    id: TransferId,
    body: ResolveBody,
    resolution: Resolution,
) -> Result<Answered, Problem> {
    let route = match resolution {
        Resolution::Post => "POST /transfers/{id}/post",
        Resolution::Void => "POST /transfers/{id}/void",
        Resolution::Reverse => "POST /transfers/{id}/reverse",
    };
    if resolution == Resolution::Void && body.amount.is_some() {
        return Err(Problem::of(codes::VALIDATION_FAILED).field("amount", "unknown", "a void releases all"));
    }
    let key = key.of(actor, route, &(id.to_string(), &body))?;
    let order = ResolveOrder {
        transfer: id,
        resolution,
        amount: body.amount.as_ref().map(|amount| amount.asked(body.currency.as_deref())).transpose()?,
        description: text_within(body.description, "description")?,
    };
    let posted = app.transfers.resolve(actor, Some(key), order, transfer_answer(actor)).await?;
    posted.map(Answered).ok_or_else(|| Problem::of(codes::NOT_FOUND))
}

/// Post a pending transfer: move what it reserved, or part of it.
#[utoipa::path(post, path = "/transfers/{id}/post", tag = "Transfers", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = ResolveBody,
    responses((status = 201, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn post(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<TransferId>,
    body: Option<Json<ResolveBody>>,
) -> Result<Answered, Problem> {
    let Json(body) = body.unwrap_or_default();
    resolve(&app, &actor, key, id, body, Resolution::Post).await
}

/// Void a pending transfer: release what it reserved.
#[utoipa::path(post, path = "/transfers/{id}/void", tag = "Transfers", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = ResolveBody,
    responses((status = 201, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn void(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<TransferId>,
    body: Option<Json<ResolveBody>>,
) -> Result<Answered, Problem> {
    let Json(body) = body.unwrap_or_default();
    resolve(&app, &actor, key, id, body, Resolution::Void).await
}

/// Reverse a transfer, in whole or in part.
#[utoipa::path(post, path = "/transfers/{id}/reverse", tag = "Transfers", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = ResolveBody,
    responses((status = 201, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reverse(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<TransferId>,
    body: Option<Json<ResolveBody>>,
) -> Result<Answered, Problem> {
    let Json(body) = body.unwrap_or_default();
    resolve(&app, &actor, key, id, body, Resolution::Reverse).await
}

fn payment_parts(payment: Option<Payment>) -> (Option<String>, RiskView) {
    match payment {
        Some(payment) => {
            let reasons = payment
                .reasons
                .map_or_else(Vec::new, |reasons| reasons.split(',').map(str::to_owned).collect());
            (payment.description, RiskView { decision: payment.decision, score: payment.score, reasons })
        }
        // Made by the program itself: an expiry, say.
        None => (None, RiskView { decision: "approve".to_owned(), score: 0, reasons: Vec::new() }),
    }
}

/// Read a transfer.
#[utoipa::path(get, path = "/transfers/{id}", tag = "Transfers", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<TransferId>,
) -> Result<Json<TransferView>, Problem> {
    let found = app.transfers.find(&actor, id).await?;
    let (found, payment) = found.ok_or_else(|| Problem::of(codes::NOT_FOUND))?;
    let (description, risk) = payment_parts(payment);
    Ok(Json(view(&found.transfer, status_of(&found.transfer, found.hold), description, risk)))
}

/// List transfers, latest first: one's own, or all for staff.
#[utoipa::path(get, path = "/transfers", tag = "Transfers", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = ListView<TransferView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<ListView<TransferView>>, Problem> {
    let page = app.transfers.list(&actor, &query.request()?).await??;
    let data = page.rows.into_iter().map(|(found, payment)| {
        let (description, risk) = payment_parts(payment);
        view(&found.transfer, status_of(&found.transfer, found.hold), description, risk)
    });
    Ok(Json(ListView { data: data.collect(), next_cursor: page.next_cursor }))
}

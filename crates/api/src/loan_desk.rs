//! What becomes of a loan: it is accepted, paid out, serviced, rescheduled, written off.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use florin_app::Change;
use florin_db::idempotency::Frozen;
use florin_http::{Answered, App, GivenKey, Json, Path, Path2, Problem, SignedIn, codes};
use florin_kernel::{AccountId, LoanId, Money, TransferId};
use florin_lending::{LoanSeen, Received, Rendered, Rescheduling, Serve, TakeIn, Weighty};
use florin_payments::Asked;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::loan_views::{COMPONENTS, LoanView, ReceivedView};
use crate::loans::{day, invalid, word};
use crate::money::AmountBody;
use crate::people::ChangeView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(accept))
        .routes(routes!(disburse))
        .routes(routes!(reschedule))
        .routes(routes!(write_off))
        .routes(routes!(charge))
        .routes(routes!(waive))
        .routes(routes!(re_age))
        .routes(routes!(refund))
        .routes(routes!(reverse))
}

/// The loan of an answer that is frozen in its commit.
fn loan_answer() -> Rendered {
    Arc::new(|seen: &LoanSeen| {
        let view = LoanView::from(seen);
        Frozen { status: 200, body: serde_json::to_vec(&view).unwrap_or_default() }
    })
}

pub fn account(text: &str, field: &str) -> Result<AccountId, Problem> {
    text.parse().map_err(|error: florin_kernel::InvalidId| invalid(field, &error))
}

/// A sum that may be a bare figure in the currency of the loan.
pub async fn sum(
    app: &App,
    by: &florin_kernel::Actor,
    id: LoanId,
    body: &AmountBody,
) -> Result<Money, Problem> {
    match body.asked(None)? {
        Asked::Money(money) => Ok(money),
        figure @ Asked::Figure(_) => {
            let currency = app.loans.loan(by, id).await?.currency;
            let money = figure.in_currency(currency).map_err(florin_http::unusable_amount)?;
            Ok(florin_kernel::Amount::new(money).map_err(florin_http::unusable_amount)?.money())
        }
    }
}

/// Accept the offer of a loan, or record as staff that its borrower did.
#[utoipa::path(post, path = "/loans/{id}/accept", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn accept(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
) -> Result<Json<LoanView>, Problem> {
    Ok(Json((&app.loans.accept(&actor, id).await?).into()))
}

/// Where a loan is paid out to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DisburseBody {
    /// An account of the borrower's in the currency of the loan.
    account_id: String,
}

/// Pay a loan out: its principal, less what is charged at the beginning. Its terms begin today.
#[utoipa::path(post, path = "/loans/{id}/disburse", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = DisburseBody,
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn disburse(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<LoanId>,
    Json(body): Json<DisburseBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /loans/{id}/disburse", &(id.to_string(), &body))?;
    let to = account(&body.account_id, "account_id")?;
    Ok(Answered(app.loans.disburse(&actor, key, id, to, loan_answer()).await?))
}

/// Other instalments.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RescheduleBody {
    /// How many there are from now on.
    instalments: u16,
    /// When the first is due; after today.
    first_due_date: String,
    /// Whether what is due and what has accrued becomes principal; otherwise it stays due.
    #[serde(default)]
    capitalize: bool,
    /// Up to 500 characters.
    note: Option<String>,
}

/// Why something is done.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhyBody {
    /// Up to 500 characters.
    note: Option<String>,
}

async fn decide(
    app: &App,
    actor: &florin_kernel::Actor,
    id: LoanId,
    what: Weighty,
    note: Option<String>,
) -> Result<(StatusCode, Json<ChangeView>), Problem> {
    let note = crate::transfers::text_within(note, "note")?;
    Ok(match app.loan_desk.decide(actor, id, what, note).await? {
        Change::Made => (StatusCode::OK, Json(ChangeView { message: "It is done.", approval_id: None })),
        Change::Held(approval) => {
            let message = "Another person must approve it.";
            (StatusCode::ACCEPTED, Json(ChangeView { message, approval_id: Some(approval.to_string()) }))
        }
    })
}

/// Agree on other instalments, or ask a second person to.
#[utoipa::path(post, path = "/loans/{id}/reschedule", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)), request_body = RescheduleBody,
    responses((status = 200, body = ChangeView), (status = 202, body = ChangeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reschedule(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
    Json(body): Json<RescheduleBody>,
) -> Result<(StatusCode, Json<ChangeView>), Problem> {
    let first_due_on = day("first_due_date", Some(&body.first_due_date))?;
    let first_due_on = first_due_on.ok_or_else(|| Problem::of(codes::VALIDATION_FAILED))?;
    let how = Rescheduling { instalments: body.instalments, first_due_on, capitalize: body.capitalize };
    decide(&app, &actor, id, Weighty::Reschedule(how), body.note).await
}

/// Expect nothing more of a loan, or ask a second person to. What is paid on it later is a recovery.
#[utoipa::path(post, path = "/loans/{id}/write-off", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)), request_body = WhyBody,
    responses((status = 200, body = ChangeView), (status = 202, body = ChangeView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn write_off(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
    body: Option<Json<WhyBody>>,
) -> Result<(StatusCode, Json<ChangeView>), Problem> {
    let Json(body) = body.unwrap_or_default();
    decide(&app, &actor, id, Weighty::WriteOff, body.note).await
}

/// A charge.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FeeBody {
    /// How much.
    amount: AmountBody,
    /// `service`, which is meant when it is left out, or `penalty`.
    kind: Option<String>,
    /// Up to 500 characters.
    note: Option<String>,
}

/// Charge a loan for a service, or for default. It is due at once.
#[utoipa::path(post, path = "/loans/{id}/fees", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = FeeBody,
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn charge(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<LoanId>,
    Json(body): Json<FeeBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /loans/{id}/fees", &(id.to_string(), &body))?;
    let penalty = word(&[("service", false), ("penalty", true)], "kind", body.kind.as_deref())?;
    let amount = sum(&app, &actor, id, &body.amount).await?;
    let order = Serve::Charge { amount, penalty: penalty.unwrap_or(false) };
    Ok(Answered(app.loans.serve(&actor, key, id, order, body.note, loan_answer()).await?))
}

/// What is forgiven.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WaiveBody {
    /// `fees`, `penalties`, `interest`, `principal` or `escrow`.
    component: String,
    /// At most this much of what is due.
    amount: AmountBody,
    /// Up to 500 characters.
    note: Option<String>,
}

/// Forgive part of what is due, the oldest first.
#[utoipa::path(post, path = "/loans/{id}/waive", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = WaiveBody,
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn waive(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<LoanId>,
    Json(body): Json<WaiveBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /loans/{id}/waive", &(id.to_string(), &body))?;
    let component = word(COMPONENTS, "component", Some(&body.component))?;
    let component = component.ok_or_else(|| Problem::of(codes::VALIDATION_FAILED))?;
    let amount = sum(&app, &actor, id, &body.amount).await?;
    let order = Serve::Waive { component, amount };
    Ok(Answered(app.loans.serve(&actor, key, id, order, body.note, loan_answer()).await?))
}

/// Put off what is past due to the day of the last instalment.
#[utoipa::path(post, path = "/loans/{id}/re-age", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = WhyBody,
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn re_age(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<LoanId>,
    body: Option<Json<WhyBody>>,
) -> Result<Answered, Problem> {
    let Json(body) = body.unwrap_or_default();
    let key = key.of(&actor, "POST /loans/{id}/re-age", &(id.to_string(), &body))?;
    Ok(Answered(app.loans.serve(&actor, key, id, Serve::ReAge, body.note, loan_answer()).await?))
}

/// Where what is held goes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    /// An account of the borrower's.
    account_id: String,
    /// At most this much; all of it when left out.
    amount: Option<AmountBody>,
    /// Up to 500 characters.
    note: Option<String>,
}

/// Give back what was paid above what is owed.
#[utoipa::path(post, path = "/loans/{id}/refund", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = RefundBody,
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn refund(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<LoanId>,
    Json(body): Json<RefundBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /loans/{id}/refund", &(id.to_string(), &body))?;
    let to = account(&body.account_id, "account_id")?;
    let amount = match &body.amount {
        Some(asked) => Some(sum(&app, &actor, id, asked).await?),
        None => None,
    };
    let order = Serve::Refund { amount, to };
    Ok(Answered(app.loans.serve(&actor, key, id, order, body.note, loan_answer()).await?))
}

/// A payment that staff take in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeInBody {
    /// The account of the borrower's that holds the money.
    from_account_id: String,
    /// How much.
    amount: AmountBody,
    /// The day on which it was paid; today when left out.
    date: Option<String>,
    /// Whether it reduces the principal alone.
    #[serde(default)]
    principal_only: bool,
}

/// Take in a payment of today or of a day before. What was reckoned since is reckoned anew, and the difference posted.
#[utoipa::path(post, path = "/loans/{id}/payments", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = TakeInBody,
    responses((status = 201, body = ReceivedView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
pub async fn take_in(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<LoanId>,
    Json(body): Json<TakeInBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /loans/{id}/payments", &(id.to_string(), &body))?;
    let order = TakeIn {
        from: account(&body.from_account_id, "from_account_id")?,
        amount: sum(&app, &actor, id, &body.amount).await?,
        on: day("date", body.date.as_deref())?,
        principal_only: body.principal_only,
    };
    let render = Arc::new(|received: &Received| {
        let view = ReceivedView::from(received);
        Frozen { status: 201, body: serde_json::to_vec(&view).unwrap_or_default() }
    });
    Ok(Answered(app.loans.take_in(&actor, key, id, order, render).await?))
}

/// Where a payment goes that is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReverseBody {
    /// An account of the borrower's.
    to_account_id: String,
    /// Up to 500 characters.
    note: Option<String>,
}

/// Take a payment back, as if it had never been made: what it settled is owed again.
#[utoipa::path(post, path = "/loans/{id}/payments/{payment}/reverse", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("payment" = String, Path)), request_body = ReverseBody,
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reverse(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path2(id, payment): Path2<LoanId, TransferId>,
    Json(body): Json<ReverseBody>,
) -> Result<Json<LoanView>, Problem> {
    let to = account(&body.to_account_id, "to_account_id")?;
    app.loans.reverse(&actor, id, payment, to, body.note).await?;
    Ok(Json((&app.loans.loan(&actor, id).await?).into()))
}

//! Own credit cards: cash that is drawn, and statements.

use std::sync::Arc;

use axum::extract::State;
use florin_db::idempotency::Frozen;
use florin_http::{Answered, App, GivenKey, Json, Path, Problem, SignedIn};
use florin_kernel::LoanId;
use florin_lending::{CardStatement, Drawn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::loan_desk::{account, sum};
use crate::loan_views::{In, LoanView};
use crate::money::{AmountBody, MoneyView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(draw)).routes(routes!(statements))
}

/// Cash to be drawn.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DrawBody {
    /// An account of the cardholder's in the currency of the card.
    account_id: String,
    /// How much; with its fee at most what is left of the limit.
    amount: AmountBody,
}

/// Cash that was drawn.
#[derive(Debug, Serialize, ToSchema)]
struct DrawnView {
    /// Its identifier, which is that of its transfer.
    id: String,
    /// How much.
    amount: MoneyView,
    /// What it cost at once.
    fee: MoneyView,
    /// The card after it.
    loan: LoanView,
}

impl From<&Drawn> for DrawnView {
    fn from(drawn: &Drawn) -> Self {
        Self {
            id: drawn.event.to_string(),
            amount: drawn.amount.into(),
            fee: In(drawn.amount.currency()).money(drawn.fee_minor),
            loan: (&drawn.loan).into(),
        }
    }
}

/// Draw cash on one's card into one's account. It bears interest from today.
#[utoipa::path(post, path = "/loans/{id}/draw", tag = "Loans", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = DrawBody,
    responses((status = 201, body = DrawnView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn draw(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<LoanId>,
    Json(body): Json<DrawBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /loans/{id}/draw", &(id.to_string(), &body))?;
    let to = account(&body.account_id, "account_id")?;
    let amount = sum(&app, &actor, id, &body.amount).await?;
    let render = Arc::new(|drawn: &Drawn| {
        let view = DrawnView::from(drawn);
        Frozen { status: 201, body: serde_json::to_vec(&view).unwrap_or_default() }
    });
    Ok(Answered(app.loans.draw_cash(&actor, key, id, (to, amount), render).await?))
}

/// What a cardholder was told at the end of a cycle.
#[derive(Debug, Serialize, ToSchema)]
struct CycleView {
    /// The last day of the cycle; the statement itself is read with it as `period`.
    closed_on: String,
    /// How many days the cycle had.
    days: u32,
    /// What was owed at its end.
    balance: MoneyView,
    /// What was held at its end, having been paid above what was owed.
    credit: MoneyView,
    /// The interest of the cycle.
    interest: MoneyView,
    /// The fees of the cycle.
    fees: MoneyView,
    /// What was paid within it.
    paid: MoneyView,
    /// The least that was to be paid.
    minimum_payment: MoneyView,
    /// By when.
    due_date: String,
}

impl CycleView {
    fn of(unit: In, told: &CardStatement) -> Self {
        let interest = told.interest_purchases_minor.saturating_add(told.interest_cash_minor);
        Self {
            closed_on: told.closed_on.to_string(),
            days: told.days,
            balance: unit.money(told.balance_minor),
            credit: unit.money(told.credit_minor),
            interest: unit.money(interest),
            fees: unit.money(told.fees_minor),
            paid: unit.money(told.paid_minor),
            minimum_payment: unit.money(told.minimum_minor),
            due_date: told.due_on.to_string(),
        }
    }
}

/// The cycles of a card.
#[derive(Debug, Serialize, ToSchema)]
struct CyclesView {
    /// The latest first.
    data: Vec<CycleView>,
}

/// List the statements of a card, the latest first.
#[utoipa::path(get, path = "/loans/{id}/statements", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = CyclesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn statements(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
) -> Result<Json<CyclesView>, Problem> {
    let (loan, told) = app.loans.card_statements(&actor, id).await?;
    let unit = In(loan.currency);
    Ok(Json(CyclesView { data: told.iter().map(|told| CycleView::of(unit, told)).collect() }))
}

//! Payments: making, reading, cancelling, giving back; and what two persons say of those that are unknown.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use florin_db::idempotency::Frozen;
use florin_http::{
    Answered, App, GivenKey, Json, Path, Problem, Query, SignedIn, codes, loan_problem, outcome_problem,
};
use florin_kernel::{Actor, InvalidId, LoanId, Timestamp, TransferId};
use florin_payments::{
    CreatePayment, From as Giver, PaymentFilter, RefundOrder, Refusal, Render, SettleVerdict, Status, Taken,
    To,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::money::AmountBody;
use crate::paging::{ListView, PageQuery};
use crate::payment_view::{LoanPaymentView, PaymentDetailView, PaymentView, RefundView};
use crate::transfers::text_within;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read))
        .routes(routes!(cancel))
        .routes(routes!(refund))
        .routes(routes!(settle))
        .routes(routes!(pay_loan))
}

/// The kinds of loans, as paths have them.
const LOAN_KINDS: [&str; 4] = ["credit-card", "personal", "mortgage", "auto"];

/// A payment to make: from one of the first two, to one of the next three.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaymentBody {
    /// The account that the money comes from.
    from_account_id: Option<String>,
    /// The saved bank account or card that it comes from.
    payment_method_id: Option<String>,
    /// The payee that it goes to.
    payee_id: Option<String>,
    /// The loan that it goes to.
    loan_id: Option<String>,
    /// The account that it goes to.
    to_account_id: Option<String>,
    /// How much.
    amount: AmountBody,
    /// The currency of a bare amount; that of what is paid when left out.
    currency: Option<String>,
    /// Whether a loan's principal alone is to be lowered.
    principal_only: Option<bool>,
    /// What the payer writes, up to 200 characters.
    description: Option<String>,
}

/// An identifier in a field of a body.
pub fn id<T: FromStr<Err = InvalidId>>(text: &str, field: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|error: InvalidId| {
        Problem::of(codes::VALIDATION_FAILED).field(field, "malformed", error.to_string())
    })
}

pub fn giver(account: Option<&str>, method: Option<&str>) -> Result<Giver, Problem> {
    let refused = |code, why: &str| Problem::of(codes::VALIDATION_FAILED).field("from_account_id", code, why);
    match (account, method) {
        (Some(account), None) => Ok(Giver::Account(id(account, "from_account_id")?)),
        (None, Some(method)) => Ok(Giver::Method(id(method, "payment_method_id")?)),
        (None, None) => Err(refused("required", "from_account_id or payment_method_id is wanted")),
        (Some(_), Some(_)) => {
            Err(refused("exclusive", "one of from_account_id and payment_method_id is wanted"))
        }
    }
}

fn target(body: &PaymentBody) -> Result<To, Problem> {
    let refused = |code, why: &str| Problem::of(codes::VALIDATION_FAILED).field("payee_id", code, why);
    if body.principal_only.is_some() && body.loan_id.is_none() {
        let problem = Problem::of(codes::VALIDATION_FAILED);
        return Err(problem.field("principal_only", "not_a_loan", "only a loan has principal"));
    }
    match (&body.payee_id, &body.loan_id, &body.to_account_id) {
        (Some(payee), None, None) => Ok(To::Payee(id(payee, "payee_id")?)),
        (None, Some(loan), None) => Ok(To::Loan {
            loan: id(loan, "loan_id")?,
            kind: None,
            principal_only: body.principal_only.unwrap_or(false),
        }),
        (None, None, Some(account)) => Ok(To::Account(id(account, "to_account_id")?)),
        (None, None, None) => Err(refused("required", "payee_id, loan_id or to_account_id is wanted")),
        _ => Err(refused("exclusive", "one of payee_id, loan_id and to_account_id is wanted")),
    }
}

/// Renders the answer inside the commit; `view` shows what was taken up.
fn render<V: Serialize>(by: &Actor, view: impl Fn(&Taken<'_>) -> V + Send + Sync + 'static) -> Render {
    let request_id = by.origin().request_id.clone();
    Arc::new(move |taken| match taken.refusal {
        None => Frozen { status: 201, body: serde_json::to_vec(&view(taken)).unwrap_or_default() },
        Some(Refusal::Ledger(code)) => {
            let (status, body) = outcome_problem(*code, request_id.as_deref());
            Frozen { status, body }
        }
        Some(Refusal::Loan(refused)) => {
            let problem = loan_problem(refused);
            Frozen { status: problem.status().as_u16(), body: problem.to_bytes(request_id.as_deref()) }
        }
    })
}

/// Pay a payee, a biller, a loan or an account.
#[utoipa::path(post, path = "/payments", tag = "Payments", security(("bearer" = [])),
    params(("X-Idempotency-Key" = String, Header)), request_body = PaymentBody,
    responses((status = 201, body = PaymentView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Json(body): Json<PaymentBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /payments", &body)?;
    let request = CreatePayment {
        from: giver(body.from_account_id.as_deref(), body.payment_method_id.as_deref())?,
        to: target(&body)?,
        amount: body.amount.asked(body.currency.as_deref())?,
        description: text_within(body.description, "description")?,
    };
    let render = render(&actor, |taken| PaymentView::from(taken.order));
    Ok(Answered(app.payments.create(&actor, key, request, render).await?))
}

/// A payment of a loan.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoanPaymentBody {
    /// The loan.
    loan_id: String,
    /// How much.
    amount: AmountBody,
    /// The currency of a bare amount; the loan's when left out.
    currency: Option<String>,
    /// The account that the money comes from.
    from_account_id: Option<String>,
    /// The saved bank account or card that it comes from.
    payment_method_id: Option<String>,
    /// Whether the principal alone is to be lowered.
    principal_only: Option<bool>,
}

/// A kind of loan in a path; no other path is one.
struct LoanKind(String);

impl FromStr for LoanKind {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if LOAN_KINDS.contains(&text) { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
    }
}

/// Pay a loan of this kind: `credit-card`, `personal`, `mortgage` or `auto`.
#[utoipa::path(post, path = "/{kind}/pay", tag = "Loans", security(("bearer" = [])),
    params(("kind" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = LoanPaymentBody,
    responses((status = 201, body = LoanPaymentView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn pay_loan(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(LoanKind(kind)): Path<LoanKind>,
    Json(body): Json<LoanPaymentBody>,
) -> Result<Answered, Problem> {
    let key = key.of(&actor, "POST /{kind}/pay", &(&kind, &body))?;
    let request = CreatePayment {
        from: giver(body.from_account_id.as_deref(), body.payment_method_id.as_deref())?,
        to: To::Loan {
            loan: id::<LoanId>(&body.loan_id, "loan_id")?,
            kind: Some(kind),
            principal_only: body.principal_only.unwrap_or(false),
        },
        amount: body.amount.asked(body.currency.as_deref())?,
        description: None,
    };
    let render = render(&actor, |taken| LoanPaymentView::of(taken.order, taken.loan));
    Ok(Answered(app.payments.create(&actor, key, request, render).await?))
}

/// Which payments are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PaymentsQuery {
    /// In this state alone.
    status: Option<String>,
    /// Of this loan alone.
    loan_id: Option<String>,
    /// Asked for at this instant or later, in RFC 3339.
    from: Option<String>,
    /// Asked for before this instant.
    to: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

fn instant(text: Option<&str>, field: &'static str) -> Result<Option<Timestamp>, Problem> {
    let hint = "an instant in RFC 3339 is wanted, such as 2026-01-31T12:00:00Z";
    let refused = |_| Problem::of(codes::VALIDATION_FAILED).field(field, "malformed", hint);
    text.map(str::parse).transpose().map_err(refused)
}

impl PaymentsQuery {
    fn filter(&self) -> Result<PaymentFilter, Problem> {
        let status = self.status.as_deref().map(|text| {
            let known: Vec<&str> = Status::ALL.iter().map(|status| status.code()).collect();
            let hint = format!("one of {} is wanted", known.join(", "));
            let refused = || Problem::of(codes::VALIDATION_FAILED).field("status", "unknown", hint);
            Status::find(text).ok_or_else(refused)
        });
        Ok(PaymentFilter {
            status: status.transpose()?,
            loan: self.loan_id.as_deref().map(|text| id(text, "loan_id")).transpose()?,
            from: instant(self.from.as_deref(), "from")?,
            to: instant(self.to.as_deref(), "to")?,
        })
    }
}

/// List payments, latest first: one's own, or all for staff.
#[utoipa::path(get, path = "/payments", tag = "Payments", security(("bearer" = [])), params(PaymentsQuery),
    responses((status = 200, body = ListView<PaymentView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PaymentsQuery>,
) -> Result<Json<ListView<PaymentView>>, Problem> {
    let filter = query.filter()?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.payments.list(&actor, filter, &page).await?;
    let data = found.rows.iter().map(PaymentView::from).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Read a payment with its history and refunds.
#[utoipa::path(get, path = "/payments/{id}", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = PaymentDetailView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<TransferId>,
) -> Result<Json<PaymentDetailView>, Problem> {
    Ok(Json((&app.payments.find(&actor, id).await?).into()))
}

/// Cancel a payment that was not submitted yet.
#[utoipa::path(post, path = "/payments/{id}/cancel", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = PaymentView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn cancel(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<TransferId>,
) -> Result<Json<PaymentView>, Problem> {
    Ok(Json((&app.payments.cancel(&actor, id).await?).into()))
}

/// Money to give back.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    /// How much of the payment; all that is left when left out.
    amount: Option<AmountBody>,
    /// The currency of a bare amount; the payment's when left out.
    currency: Option<String>,
    /// Why, up to 200 characters.
    reason: Option<String>,
}

/// A refund, and the payment after it.
#[derive(Debug, Serialize, ToSchema)]
struct RefundedView {
    /// The refund.
    refund: RefundView,
    /// The payment.
    payment: PaymentView,
}

/// Give a payment back, whole or in part.
#[utoipa::path(post, path = "/payments/{id}/refund", tag = "Payments", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = RefundBody,
    responses((status = 201, body = RefundedView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn refund(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: GivenKey,
    Path(id): Path<TransferId>,
    body: Option<Json<RefundBody>>,
) -> Result<Answered, Problem> {
    let Json(body) = body.unwrap_or_default();
    let key = key.of(&actor, "POST /payments/{id}/refund", &(id.to_string(), &body))?;
    let request = RefundOrder {
        payment: id,
        amount: body.amount.as_ref().map(|amount| amount.asked(body.currency.as_deref())).transpose()?,
        reason: text_within(body.reason, "reason")?,
    };
    let render = Arc::new(|order: &_, refund: &_| {
        let shown = RefundedView { refund: RefundView::from(refund), payment: PaymentView::from(order) };
        Frozen { status: 201, body: serde_json::to_vec(&shown).unwrap_or_default() }
    });
    Ok(Answered(app.payments.refund(&actor, key, request, render).await?))
}

/// What became of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettleBody {
    /// `completed`, it went through, or `failed`, it did not.
    outcome: String,
    /// How that is known, up to 200 characters.
    note: Option<String>,
}

/// A request that waits for a second person.
#[derive(Debug, Serialize, ToSchema)]
struct SettleView {
    /// What happened, for people.
    message: &'static str,
    /// The request.
    approval_id: String,
}

/// Say what became of a payment that its processor cannot tell of; a second person must agree.
#[utoipa::path(post, path = "/payments/{id}/settle", tag = "Payments", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = SettleBody,
    responses((status = 202, body = SettleView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn settle(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<TransferId>,
    Json(body): Json<SettleBody>,
) -> Result<(StatusCode, Json<SettleView>), Problem> {
    let refused =
        || Problem::of(codes::VALIDATION_FAILED).field("outcome", "unknown", "completed or failed is wanted");
    let verdict = SettleVerdict::find(&body.outcome).ok_or_else(refused)?;
    let note = text_within(body.note, "note")?;
    let approval = app.settling.ask(&actor, id, verdict, note).await?;
    let view = SettleView { message: "A second person must approve it.", approval_id: approval.to_string() };
    Ok((StatusCode::ACCEPTED, Json(view)))
}

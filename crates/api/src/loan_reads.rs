//! Looking at loans, and making another lender's known.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{LoanId, PageRequest, UserId};
use florin_lending::{AskQuote, ExternalTerms, Kind, NewExternal, Repayment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use crate::loan_applications::ApplicationView;
use crate::loan_views::{HappenedView, LoanView};
use crate::loans::{FREQUENCIES, RateBody, amount, day, word};
use crate::money::AmountBody;
use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_kind, create))
        .routes(routes!(read))
        .routes(routes!(payments, crate::loan_desk::take_in))
        .routes(routes!(search))
}

/// The bank's own path.
pub fn bank_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search_as_the_bank))
}

/// Another lender's loan, to be followed and paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExternalBody {
    /// What is owed on it today; wanted of all kinds but cards.
    loan_amount: Option<AmountBody>,
    /// How much can be drawn; wanted of cards.
    credit_limit: Option<AmountBody>,
    /// What is owed on a card today.
    balance: Option<AmountBody>,
    /// The currency of bare amounts; US dollars when left out.
    currency: Option<String>,
    /// The yearly rate in per cent.
    annual_rate: RateBody,
    /// For how many months it runs from today; wanted of all kinds but cards.
    term_months: Option<u16>,
    /// How often instalments fall due; monthly when left out.
    frequency: Option<String>,
    /// When the next instalment is due; a period from today when left out.
    first_due_date: Option<String>,
    /// Who lent it.
    lender: Option<String>,
    /// Their number for it: 4 to 34 characters. It is kept encrypted and shown masked.
    account_number: Option<String>,
    /// Whose it is, where staff make it known.
    customer_id: Option<String>,
}

impl ExternalBody {
    fn terms(&self, app: &App, kind: Kind) -> Result<ExternalTerms, Problem> {
        let missing =
            |field: &str| Problem::of(codes::VALIDATION_FAILED).field(field, "missing", "a value is wanted");
        let unwanted = |field: &str| {
            Problem::of(codes::VALIDATION_FAILED).field(field, "unknown", "this kind of loan has none")
        };
        let beside =
            |body: &AmountBody| body.is_bare().then(|| self.currency.as_deref().unwrap_or("USD").to_owned());
        let money = |body: &AmountBody, field: &str| amount(body, beside(body).as_deref(), field);
        let annual_rate = self.annual_rate.rate()?;
        if kind == Kind::CreditCard {
            if self.loan_amount.is_some() {
                return Err(unwanted("loan_amount"));
            }
            let limit = self.credit_limit.as_ref().ok_or_else(|| missing("credit_limit"))?;
            let limit = money(limit, "credit_limit")?.money();
            let balance = self.balance.as_ref().map(|body| money(body, "balance")).transpose()?;
            return Ok(ExternalTerms::Card {
                limit,
                annual_rate,
                balance: balance.map(florin_kernel::Amount::money),
            });
        }
        if self.credit_limit.is_some() {
            return Err(unwanted("credit_limit"));
        }
        if self.balance.is_some() {
            return Err(unwanted("balance"));
        }
        let principal = self.loan_amount.as_ref().ok_or_else(|| missing("loan_amount"))?;
        Ok(ExternalTerms::Instalments(Box::new(AskQuote {
            kind,
            principal: money(principal, "loan_amount")?,
            annual_rate,
            term_months: self.term_months.ok_or_else(|| missing("term_months"))?,
            amortization_months: None,
            repayment: Repayment::Level,
            frequency: word(FREQUENCIES, "frequency", self.frequency.as_deref())?.unwrap_or_default(),
            day_count: None,
            compounding: None,
            started_on: app.loans.today(),
            first_due_on: day("first_due_date", self.first_due_date.as_deref())?,
            charges: Vec::new(),
        })))
    }
}

/// The person of an identifier in a body.
pub fn person(text: Option<&str>) -> Result<Option<UserId>, Problem> {
    text.map(str::parse).transpose().map_err(|error: florin_kernel::InvalidId| {
        Problem::of(codes::VALIDATION_FAILED).field("customer_id", "malformed", error.to_string())
    })
}

/// Make another lender's loan known, to be followed and paid.
#[utoipa::path(post, path = "/{kind}/loans", tag = "Loans", security(("bearer" = [])), request_body = ExternalBody,
    params(("kind" = String, Path, description = "`personal`, `mortgage`, `auto` or `credit-card`")),
    responses((status = 201, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn create(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(kind): Path<Kind>,
    Json(body): Json<ExternalBody>,
) -> Result<(StatusCode, Json<LoanView>), Problem> {
    let new = NewExternal {
        customer: person(body.customer_id.as_deref())?,
        terms: body.terms(&app, kind)?,
        lender: body.lender,
        account_number: body.account_number.map(Zeroizing::new),
    };
    let loan = app.loans.create_external(&actor, new).await?;
    Ok((StatusCode::CREATED, Json((&loan).into())))
}

/// Which loans are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LoansQuery {
    /// Whose, for staff; all when left out.
    customer_id: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List loans of a kind, the newest first.
#[utoipa::path(get, path = "/{kind}/loans", tag = "Loans", security(("bearer" = [])),
    params(("kind" = String, Path, description = "`personal`, `mortgage`, `auto` or `credit-card`"), LoansQuery),
    responses((status = 200, body = ListView<LoanView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list_kind(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(kind): Path<Kind>,
    Query(query): Query<LoansQuery>,
) -> Result<Json<ListView<LoanView>>, Problem> {
    let page = PageRequest::try_new(query.limit, query.cursor)?;
    let customer = person(query.customer_id.as_deref())?;
    let found = app.loans.list(&actor, customer, Some(kind), &page).await?;
    Ok(Json(ListView {
        data: found.rows.iter().map(LoanView::from).collect(),
        next_cursor: found.next_cursor,
    }))
}

/// Read a loan, with where it stands today.
#[utoipa::path(get, path = "/loans/{id}", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = LoanView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
) -> Result<Json<LoanView>, Problem> {
    Ok(Json((&app.loans.loan(&actor, id).await?).into()))
}

/// What of a loan's history is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// `payments`, which is meant when it is left out, or `all`: charges, waivers, reschedulings, too.
    include: Option<String>,
}

/// What happened to a loan.
#[derive(Debug, Serialize, ToSchema)]
struct HistoryView {
    /// The latest first.
    data: Vec<HappenedView>,
}

/// List a loan's payments, the latest first.
#[utoipa::path(get, path = "/loans/{id}/payments", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path), HistoryQuery),
    responses((status = 200, body = HistoryView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn payments(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<HistoryView>, Problem> {
    let all = word(&[("payments", false), ("all", true)], "include", query.include.as_deref())?;
    let (loan, events) = app.loans.events(&actor, id, !all.unwrap_or(false)).await?;
    Ok(Json(HistoryView {
        data: events.iter().map(|event| HappenedView::of(loan.currency, event)).collect(),
    }))
}

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SearchBody {
    /// An identifier, a tax number or its last four digits, an email, another lender's account number, or how a name
    /// begins.
    search_term: String,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct FoundView {
    /// Applications, the newest first.
    applications: Vec<ApplicationView>,
    /// Loans.
    loans: Vec<LoanView>,
}

/// Look for loans and applications.
#[utoipa::path(post, path = "/loans/search", tag = "Loans", security(("bearer" = [])), request_body = SearchBody,
    responses((status = 200, body = FoundView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn search(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<SearchBody>,
) -> Result<Json<FoundView>, Problem> {
    let found = app.loans.search(&actor, &body.search_term).await?;
    Ok(Json(FoundView {
        applications: found.applications.into_iter().map(ApplicationView::from).collect(),
        loans: found.loans.iter().map(LoanView::from).collect(),
    }))
}

/// Look for loans and applications, as the bank's staff system does.
#[utoipa::path(post, path = "/loans/search", tag = "Loans", security(("bearer" = [])), request_body = SearchBody,
    responses((status = 200, body = FoundView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn search_as_the_bank(
    state: State<App>,
    by: SignedIn,
    body: Json<SearchBody>,
) -> Result<Json<FoundView>, Problem> {
    search(state, by, body).await
}

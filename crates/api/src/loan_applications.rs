//! Applying for a loan, and deciding about it.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::PageRequest;
use florin_lending::{
    Application, ApplicationId, ApplicationStatus, Apply, GrantedTerms, Kind, Reason, TaxNumber,
};
use florin_payments::Asked;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use crate::loan_reads::person;
use crate::loans::{RateBody, amount, invalid};
use crate::money::{AmountBody, MoneyView};
use crate::paging::ListView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(apply))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(withdraw))
}

/// The bank's own paths.
pub fn bank_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(apply_as_the_bank))
        .routes(routes!(approve_as_the_bank))
        .routes(routes!(reject_as_the_bank))
}

/// An application for a loan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApplyBody {
    /// What the applicant is called, 2 to 100 characters.
    #[schema(example = "Ada Lovelace")]
    customer_name: String,
    /// How much is asked for, 1,000 to 1,000,000.
    loan_amount: AmountBody,
    /// The currency of bare amounts; US dollars with an SSN and Canadian ones with a SIN when left out.
    currency: Option<String>,
    /// The applicant's Social Security Number (USA). It is kept encrypted and shown masked.
    #[schema(example = "123-45-6789")]
    ssn: Option<String>,
    /// The applicant's Social Insurance Number (Canada), in the place of the other.
    sin: Option<String>,
    /// Where mail reaches them.
    #[schema(example = "ada@example.org")]
    email: String,
    /// Their telephone, in the form of E.164.
    #[schema(example = "+14155550123")]
    phone: String,
    /// `personal`, the default, `mortgage` or `auto`.
    kind: Option<String>,
    /// For how many months; as is usual when left out.
    term_months: Option<u16>,
    /// What they earn in a year.
    annual_income: Option<AmountBody>,
    /// What they pay for other debts in a month.
    monthly_debts: Option<AmountBody>,
    /// For how many months they have had their employment.
    employment_months: Option<u32>,
    /// For whom, where staff fill it in and know; the customer with the email otherwise.
    customer_id: Option<String>,
}

impl ApplyBody {
    fn apply(self) -> Result<Apply, Problem> {
        let wrong =
            |field: &str, code, why: &str| Problem::of(codes::VALIDATION_FAILED).field(field, code, why);
        let tax_id = match (self.ssn, self.sin) {
            (Some(ssn), None) => (TaxNumber::Ssn, Zeroizing::new(ssn)),
            (None, Some(sin)) => (TaxNumber::Sin, Zeroizing::new(sin)),
            (None, None) => return Err(wrong("ssn", "missing", "a value is wanted")),
            (Some(_), Some(_)) => {
                let why = "a Social Security or a Social Insurance Number is wanted, not both";
                return Err(wrong("sin", "conflicting", why));
            }
        };
        let usual = if tax_id.0 == TaxNumber::Ssn { "USD" } else { "CAD" };
        let currency = self.currency.as_deref().unwrap_or(usual);
        let money = |body: &AmountBody, field: &str| {
            amount(body, body.is_bare().then_some(currency), field).map(florin_kernel::Amount::money)
        };
        let optional =
            |body: &Option<AmountBody>, field: &str| body.as_ref().map(|body| money(body, field)).transpose();
        let kind = self.kind.as_deref().map(str::parse::<Kind>).transpose();
        Ok(Apply {
            amount: money(&self.loan_amount, "loan_amount")?,
            annual_income: optional(&self.annual_income, "annual_income")?,
            monthly_debts: optional(&self.monthly_debts, "monthly_debts")?,
            kind: kind.map_err(|error| invalid("kind", &error))?,
            customer: person(self.customer_id.as_deref())?,
            customer_name: self.customer_name,
            tax_id,
            email: self.email,
            phone: self.phone,
            term_months: self.term_months,
            employment_months: self.employment_months,
        })
    }
}

/// An application; what is personal is masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationView {
    /// Its identifier.
    id: String,
    /// `submitted`, `approved`, `rejected` or `withdrawn`.
    status: &'static str,
    /// What the loan is for.
    kind: &'static str,
    /// How much is asked for.
    loan_amount: MoneyView,
    /// For how many months.
    term_months: u16,
    /// What the applicant is called.
    customer_name: String,
    /// Whose it is; none while no customer has its email.
    customer_id: Option<String>,
    /// The Social Security Number, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    ssn: Option<String>,
    /// The Social Insurance Number, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    sin: Option<String>,
    /// The email, masked.
    email: String,
    /// The telephone, masked.
    phone: String,
    /// What they earn in a year.
    annual_income: Option<MoneyView>,
    /// What they pay for other debts in a month.
    monthly_debts: Option<MoneyView>,
    /// For how many months they have had their employment.
    employment_months: Option<u32>,
    /// The loan that was made of it.
    loan_id: Option<String>,
    /// The notice of a refusal, with its reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    notice: Option<serde_json::Value>,
    /// From 0 to 1000; shown to staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u16>,
    /// Each check; shown to staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<CheckView>>,
    /// What officers decided; shown to staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<Vec<DecisionView>>,
    /// When it was filled in.
    created_at: String,
    /// When it was decided.
    decided_at: Option<String>,
    /// Whether officers asked something that waits for the applicant's answer.
    waits_for_answer: bool,
}

/// A check of an application.
#[derive(Debug, Serialize, ToSchema)]
struct CheckView {
    /// `income`, `debt_to_income`, `employment` or `history`.
    name: String,
    /// `pass`, `refer` or `fail`.
    outcome: &'static str,
    /// The adverse-action reason that it stands for, where it did not pass.
    reason: Option<&'static str>,
    /// What it measured.
    detail: String,
}

/// What an officer decided.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionView {
    /// Who.
    officer_id: String,
    /// `approve` or `reject`.
    decision: &'static str,
    /// What they noted.
    note: Option<String>,
    /// When.
    at: String,
}

impl From<Application> for ApplicationView {
    fn from(application: Application) -> Self {
        let masked = |kind| (application.tax_number == kind).then(|| application.tax_id.clone());
        let (mut score, mut checks, mut decisions) = (None, None, None);
        if let Some(officers) = application.for_officers.as_ref() {
            score = Some(officers.score);
            let check = |check: &florin_lending::Check| CheckView {
                name: check.name.clone(),
                outcome: check.outcome.code(),
                reason: check.reason.map(Reason::code),
                detail: check.detail.clone(),
            };
            checks = Some(officers.checks.iter().map(check).collect());
            let decision = |one: &florin_lending::DecisionSeen| DecisionView {
                officer_id: one.officer.to_string(),
                decision: if one.approved { "approve" } else { "reject" },
                note: one.note.clone(),
                at: one.at.to_string(),
            };
            decisions = Some(officers.decisions.iter().map(decision).collect());
        }
        Self {
            id: application.id.to_string(),
            status: application.status.code(),
            kind: application.kind.code(),
            loan_amount: application.amount.into(),
            term_months: application.term_months,
            customer_id: application.applicant.map(|id| id.to_string()),
            ssn: masked(TaxNumber::Ssn),
            sin: masked(TaxNumber::Sin),
            customer_name: application.customer_name,
            email: application.email,
            phone: application.phone,
            annual_income: application.annual_income.map(MoneyView::from),
            monthly_debts: application.monthly_debts.map(MoneyView::from),
            employment_months: application.employment_months,
            loan_id: application.loan.map(|id| id.to_string()),
            notice: application.notice.and_then(|text| serde_json::from_str(&text).ok()),
            score,
            checks,
            decisions,
            created_at: application.created_at.to_string(),
            decided_at: application.decided_at.map(|at| at.to_string()),
            waits_for_answer: application.asked,
        }
    }
}

/// Apply for a loan, or for one of a customer's as staff.
#[utoipa::path(post, path = "/loans/apply", tag = "Loans", security(("bearer" = [])), request_body = ApplyBody,
    responses((status = 201, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn apply(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ApplyBody>,
) -> Result<(StatusCode, Json<ApplicationView>), Problem> {
    let application = app.loans.apply(&actor, body.apply()?).await?;
    Ok((StatusCode::CREATED, Json(application.into())))
}

/// Apply for a loan, as the bank's staff system does.
#[utoipa::path(post, path = "/loans/apply", tag = "Loans", security(("bearer" = [])), request_body = ApplyBody,
    responses((status = 201, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn apply_as_the_bank(
    state: State<App>,
    by: SignedIn,
    body: Json<ApplyBody>,
) -> Result<(StatusCode, Json<ApplicationView>), Problem> {
    apply(state, by, body).await
}

/// The terms that an officer agrees to; what is left out is as it was asked for, at the product's list rate.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TermsBody {
    /// How much is lent.
    loan_amount: Option<AmountBody>,
    /// The yearly rate in per cent.
    annual_rate: Option<RateBody>,
    /// For how many months.
    term_months: Option<u16>,
}

/// An officer's agreement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApproveBody {
    /// The application.
    application_id: String,
    /// The terms; the second officer repeats those of the first or leaves them out.
    terms: Option<TermsBody>,
    /// Up to 500 characters.
    note: Option<String>,
}

fn application_id(text: &str) -> Result<ApplicationId, Problem> {
    text.parse().map_err(|error: florin_kernel::InvalidId| invalid("application_id", &error))
}

/// Agree to an application. The last agreement that is needed makes the loan, which is then offered.
#[utoipa::path(post, path = "/loans/approve", tag = "Loans", security(("bearer" = [])), request_body = ApproveBody,
    responses((status = 200, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn approve(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ApproveBody>,
) -> Result<Json<ApplicationView>, Problem> {
    let id = application_id(&body.application_id)?;
    let terms = body.terms.unwrap_or_default();
    let amount_minor = match terms.loan_amount {
        Some(asked) => {
            let currency = app.loans.application(&actor, id).await?.amount.currency();
            let money = match asked.asked(None)? {
                Asked::Money(money) => money,
                figure @ Asked::Figure(_) => {
                    figure.in_currency(currency).map_err(florin_http::unusable_amount)?
                }
            };
            if money.currency() != currency {
                return Err(Problem::of(codes::CURRENCY_MISMATCH));
            }
            Some(money.minor())
        }
        None => None,
    };
    let annual_rate = terms.annual_rate.as_ref().map(RateBody::rate).transpose()?;
    let terms = GrantedTerms { amount_minor, annual_rate, term_months: terms.term_months };
    Ok(Json(app.loans.approve(&actor, id, terms, body.note).await?.into()))
}

/// Agree to an application, as the bank's staff system does.
#[utoipa::path(post, path = "/loans/approve", tag = "Loans", security(("bearer" = [])), request_body = ApproveBody,
    responses((status = 200, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn approve_as_the_bank(
    state: State<App>,
    by: SignedIn,
    body: Json<ApproveBody>,
) -> Result<Json<ApplicationView>, Problem> {
    approve(state, by, body).await
}

/// An officer's refusal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectBody {
    /// The application.
    application_id: String,
    /// 1 to 4 principal reasons, such as `insufficient_income`; those of the checks that failed when left out.
    #[serde(default)]
    reasons: Vec<String>,
    /// Up to 500 characters.
    note: Option<String>,
}

/// Refuse an application. The applicant is given a notice with the reasons.
#[utoipa::path(post, path = "/loans/reject", tag = "Loans", security(("bearer" = [])), request_body = RejectBody,
    responses((status = 200, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reject(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<RejectBody>,
) -> Result<Json<ApplicationView>, Problem> {
    let id = application_id(&body.application_id)?;
    let reason = |text: &String| {
        let found = Reason::ALL.iter().copied().find(|reason| reason.code() == text);
        found.ok_or_else(|| {
            let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
            let why = format!("one of {} is wanted", known.join(", "));
            Problem::of(codes::VALIDATION_FAILED).field("reasons", "unknown", why)
        })
    };
    let reasons = body.reasons.iter().map(reason).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(app.loans.reject(&actor, id, reasons, body.note).await?.into()))
}

/// Refuse an application, as the bank's staff system does.
#[utoipa::path(post, path = "/loans/reject", tag = "Loans", security(("bearer" = [])), request_body = RejectBody,
    responses((status = 200, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn reject_as_the_bank(
    state: State<App>,
    by: SignedIn,
    body: Json<RejectBody>,
) -> Result<Json<ApplicationView>, Problem> {
    reject(state, by, body).await
}

/// Which applications are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ApplicationsQuery {
    /// `submitted`, `approved`, `rejected` or `withdrawn`; all when left out. For staff.
    status: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List applications, the newest first: one's own, or all for staff.
#[utoipa::path(get, path = "/loans/applications", tag = "Loans", security(("bearer" = [])), params(ApplicationsQuery),
    responses((status = 200, body = ListView<ApplicationView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ApplicationsQuery>,
) -> Result<Json<ListView<ApplicationView>>, Problem> {
    let page = PageRequest::try_new(query.limit, query.cursor)?;
    let status = query.status.map(|text| {
        ApplicationStatus::parse(&text).ok_or_else(|| {
            let why = "one of submitted, approved, rejected, withdrawn is wanted";
            Problem::of(codes::VALIDATION_FAILED).field("status", "unknown", why)
        })
    });
    let found = app.loans.applications(&actor, status.transpose()?, &page).await?;
    Ok(Json(ListView {
        data: found.rows.into_iter().map(ApplicationView::from).collect(),
        next_cursor: found.next_cursor,
    }))
}

/// Read an application.
#[utoipa::path(get, path = "/loans/applications/{id}", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationView>, Problem> {
    Ok(Json(app.loans.application(&actor, id).await?.into()))
}

/// Take an application back that nobody decided about yet.
#[utoipa::path(post, path = "/loans/applications/{id}/withdraw", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = ApplicationView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn withdraw(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationView>, Problem> {
    Ok(Json(app.loans.withdraw(&actor, id).await?.into()))
}

//! Loans: what one would cost, and the words that all bodies about loans share.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use florin_documents::{Document, Format, Party};
use florin_http::{App, Json, Problem, Query, SignedIn, codes};
use florin_kernel::{Amount, Currency, Date, Money};
use florin_lending::{
    AskQuote, Charge, ChargeKind, Compounding, DayCount, Frequency, Instalment, Kind, Quote, Rate, Repayment,
};
use florin_payments::Asked;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::documents::{answer, wanted};
use crate::money::{AmountBody, MoneyView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(quote))
}

/// A word of the contract, and what it stands for.
pub type Words<T> = [(&'static str, T)];

pub const FREQUENCIES: &Words<Frequency> = &[
    ("weekly", Frequency::Weekly),
    ("bi_weekly", Frequency::BiWeekly),
    ("semi_monthly", Frequency::SemiMonthly),
    ("monthly", Frequency::Monthly),
    ("quarterly", Frequency::Quarterly),
    ("half_yearly", Frequency::HalfYearly),
    ("yearly", Frequency::Yearly),
];
pub const DAY_COUNTS: &Words<DayCount> = &[
    ("30/360", DayCount::Thirty360Us),
    ("30e/360", DayCount::Thirty360European),
    ("actual/365", DayCount::Actual365),
    ("actual/360", DayCount::Actual360),
    ("actual/actual", DayCount::ActualActual),
];
pub const COMPOUNDINGS: &Words<Compounding> = &[
    ("each_period", Compounding::EachPeriod),
    ("half_yearly", Compounding::HalfYearly),
    ("yearly", Compounding::Yearly),
];
const REPAYMENTS: &Words<Repayment> = &[
    ("level", Repayment::Level),
    ("equal_principal", Repayment::EqualPrincipal),
    ("interest_only", Repayment::InterestOnly),
];
pub const CHARGES: &Words<ChargeKind> = &[
    ("origination", ChargeKind::Origination),
    ("application", ChargeKind::Application),
    ("broker", ChargeKind::Broker),
    ("required_insurance", ChargeKind::RequiredInsurance),
    ("optional_insurance", ChargeKind::OptionalInsurance),
    ("mortgage_insurance", ChargeKind::MortgageInsurance),
    ("appraisal", ChargeKind::Appraisal),
    ("title_insurance", ChargeKind::TitleInsurance),
    ("required_lawyer", ChargeKind::RequiredLawyer),
    ("registration", ChargeKind::Registration),
    ("discharge", ChargeKind::Discharge),
];
/// The most charges of one quote.
const CHARGES_MAX: usize = 50;

/// A loan of which the cost is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuoteBody {
    /// `personal`, the default, `mortgage` or `auto`.
    kind: Option<String>,
    /// How much.
    loan_amount: AmountBody,
    /// The currency of a bare amount.
    currency: Option<String>,
    /// The quoted yearly rate in per cent.
    #[schema(example = "8.25")]
    annual_rate: String,
    /// For how many months, 1 to 600.
    term_months: u16,
    /// Over how many months level instalments would repay it, where that is longer than the term.
    amortization_months: Option<u16>,
    /// `level`, the default, `equal_principal` or `interest_only`.
    repayment: Option<String>,
    /// `weekly`, `bi_weekly`, `semi_monthly`, `monthly`, the default, `quarterly`, `half_yearly` or `yearly`.
    frequency: Option<String>,
    /// `30/360`, the default, `30e/360`, `actual/365`, `actual/360` or `actual/actual`.
    day_count: Option<String>,
    /// `each_period`, `half_yearly` or `yearly`; half-yearly for mortgages in Canadian dollars when left out.
    compounding: Option<String>,
    /// From which day interest runs; today when left out.
    start_date: Option<String>,
    /// When the first instalment is due; a period after the start when left out.
    first_due_date: Option<String>,
    /// What is taken out of the loan at the beginning, 50 at most.
    #[serde(default)]
    charges: Vec<ChargeBody>,
}

/// A charge at the beginning.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChargeBody {
    /// `origination`, `application`, `broker`, `required_insurance`, `optional_insurance`, `mortgage_insurance`,
    /// `appraisal`, `title_insurance`, `required_lawyer`, `registration` or `discharge`.
    kind: String,
    /// How much.
    amount: AmountBody,
}

/// What a loan would cost.
#[derive(Debug, Serialize, ToSchema)]
struct QuoteView {
    /// What it is for.
    kind: &'static str,
    /// The annual percentage rate of Regulation Z, in per cent with two decimals.
    #[schema(example = "9.38")]
    apr: String,
    /// What the credit costs.
    finance_charge: MoneyView,
    /// The loan less prepaid finance charges.
    amount_financed: MoneyView,
    /// All payments together.
    total_of_payments: MoneyView,
    /// All interest.
    total_interest: MoneyView,
    /// What is paid out: the loan less every charge.
    paid_out: MoneyView,
    /// The regular payment; none where instalments differ.
    payment: Option<MoneyView>,
    /// The Canadian cost of borrowing, of a loan in Canadian dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_of_borrowing: Option<CostView>,
    /// Every instalment.
    schedule: Vec<InstalmentView>,
}

/// The cost of borrowing by SOR/2021-181.
#[derive(Debug, Serialize, ToSchema)]
struct CostView {
    /// The rate in per cent with two decimals.
    apr: String,
    /// What the borrower pays above what was advanced.
    cost: MoneyView,
}

/// An instalment.
#[derive(Debug, Serialize, ToSchema)]
struct InstalmentView {
    /// Its number, from one.
    number: u16,
    /// The day on which it is due.
    due_date: String,
    /// Interest and principal together.
    payment: MoneyView,
    /// The interest in it.
    interest: MoneyView,
    /// The principal in it.
    principal: MoneyView,
    /// The principal that is owed after it.
    balance: MoneyView,
}

/// How the quote is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct QuoteQuery {
    /// `json`, which is meant when neither this nor an `Accept` header says otherwise; `pdf` for the disclosure with its
    /// schedule; `csv` for the schedule alone.
    format: Option<String>,
}

/// Tell what a loan would cost. Nothing is stored.
#[utoipa::path(post, path = "/loans/quote", tag = "Loans", security(("bearer" = [])), params(QuoteQuery), request_body = QuoteBody,
    responses((status = 200, content((QuoteView = "application/json"), (Vec<u8> = "application/pdf"), (String = "text/csv"))), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn quote(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<QuoteQuery>,
    headers: HeaderMap,
    Json(body): Json<QuoteBody>,
) -> Result<Response, Problem> {
    let format = wanted(query.format.as_deref(), &headers)?;
    let today = app.ledger.business_date(app.env.now());
    let ask = body.ask(today)?;
    let quote = ask.answer(&actor)?;
    if format == Format::Json {
        return Ok(Json(QuoteView::of(ask.kind, &quote)).into_response());
    }
    let borrower = match actor.user() {
        Some(user) => app.documents.holder(&actor, user).await?,
        None => Party { name: "Applicant".to_owned(), address: Vec::new() },
    };
    let told = florin_app::of_quote(&ask, &quote, app.documents.institution().clone(), borrower, today);
    Ok(answer(app.documents.make(Document::LendingDisclosure(Box::new(told)), format).await?))
}

impl QuoteBody {
    fn ask(&self, today: Date) -> Result<AskQuote, Problem> {
        let kind = self.kind.as_deref().unwrap_or(Kind::Personal.code());
        let kind = kind.parse().map_err(|error| invalid("kind", &error))?;
        let principal = amount(&self.loan_amount, self.currency.as_deref(), "loan_amount")?;
        Ok(AskQuote {
            kind,
            principal,
            annual_rate: Rate::parse_percent(&self.annual_rate)
                .map_err(|error| invalid("annual_rate", &error))?,
            term_months: self.term_months,
            amortization_months: self.amortization_months,
            repayment: word(REPAYMENTS, "repayment", self.repayment.as_deref())?.unwrap_or_default(),
            frequency: word(FREQUENCIES, "frequency", self.frequency.as_deref())?.unwrap_or_default(),
            day_count: word(DAY_COUNTS, "day_count", self.day_count.as_deref())?,
            compounding: word(COMPOUNDINGS, "compounding", self.compounding.as_deref())?,
            started_on: day("start_date", self.start_date.as_deref())?.unwrap_or(today),
            first_due_on: day("first_due_date", self.first_due_date.as_deref())?,
            charges: self.charges(principal.currency())?,
        })
    }

    fn charges(&self, currency: Currency) -> Result<Vec<Charge>, Problem> {
        if self.charges.len() > CHARGES_MAX {
            let why = format!("at most {CHARGES_MAX} charges");
            return Err(Problem::of(codes::VALIDATION_FAILED).field("charges", "too_many", why));
        }
        let charge = |(index, body): (usize, &ChargeBody)| {
            let field = format!("charges[{index}]");
            let kind = word(CHARGES, &format!("{field}.kind"), Some(&body.kind))?;
            let beside = if body.amount.is_bare() { Some(currency.code()) } else { None };
            let amount = amount(&body.amount, beside, &format!("{field}.amount"))?;
            if amount.currency() != currency {
                return Err(Problem::of(codes::CURRENCY_MISMATCH).field(
                    format!("{field}.amount.currency"),
                    "currency_mismatch",
                    format!("the loan is in {currency}"),
                ));
            }
            Ok(Charge { kind: kind.unwrap_or(ChargeKind::Origination), minor: amount.minor() })
        };
        self.charges.iter().enumerate().map(charge).collect()
    }
}

impl QuoteView {
    fn of(kind: Kind, quote: &Quote) -> Self {
        let currency = quote.schedule.currency();
        let view = |minor| MoneyView::from(Money::new(minor, currency));
        let instalment = |one: &Instalment| InstalmentView {
            number: one.number,
            due_date: one.due_on.to_string(),
            payment: view(one.payment_minor()),
            interest: view(one.interest_minor),
            principal: view(one.principal_minor),
            balance: view(one.balance_minor),
        };
        let level = !matches!(
            quote.terms.amortization,
            florin_lending::Amortization::EqualPrincipal | florin_lending::Amortization::InterestOnly
        );
        Self {
            kind: kind.code(),
            apr: quote.disclosure.apr.to_string(),
            finance_charge: quote.disclosure.finance_charge.into(),
            amount_financed: quote.disclosure.amount_financed.into(),
            total_of_payments: quote.disclosure.total_of_payments.into(),
            total_interest: quote.schedule.total_interest().into(),
            paid_out: quote.disclosure.paid_out.into(),
            payment: level.then(|| view(quote.schedule.payment_minor())),
            cost_of_borrowing: quote
                .cost_of_borrowing
                .map(|cost| CostView { apr: cost.apr.to_string(), cost: view(cost.cost_minor) }),
            schedule: quote.schedule.instalments().iter().map(instalment).collect(),
        }
    }
}

pub fn invalid(field: &str, error: &dyn std::error::Error) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, "malformed", error.to_string())
}

/// Money, or a bare figure with its currency beside it.
pub fn amount(body: &AmountBody, beside: Option<&str>, field: &str) -> Result<Amount, Problem> {
    match body.asked(beside)? {
        Asked::Money(money) => Amount::new(money).map_err(florin_http::unusable_amount),
        Asked::Figure(_) => Err(Problem::of(codes::VALIDATION_FAILED).field(
            field,
            "currency_missing",
            "a bare figure needs its currency beside it",
        )),
    }
}

/// What a word stands for, if there is one.
pub fn word<T: Copy>(words: &Words<T>, field: &str, given: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(given) = given else { return Ok(None) };
    let found = words.iter().find(|(word, _)| *word == given).map(|(_, meaning)| Some(*meaning));
    found.ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let why = format!("one of {} is wanted", known.join(", "));
        Problem::of(codes::VALIDATION_FAILED).field(field, "unknown", why)
    })
}

pub fn day(field: &str, given: Option<&str>) -> Result<Option<Date>, Problem> {
    let day = given.map(str::parse).transpose();
    day.map_err(|_| {
        let why = "a date is wanted, such as 2026-01-31";
        Problem::of(codes::VALIDATION_FAILED).field(field, "malformed", why)
    })
}

/// The word of a charge.
pub fn charge_word(kind: ChargeKind) -> &'static str {
    CHARGES.iter().find(|(_, known)| *known == kind).map_or("origination", |(word, _)| word)
}

/// A yearly rate in per cent, as text or as a number: `"8.25"` or `8.25`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "8.25")]
pub struct RateBody(Box<serde_json::value::RawValue>);

impl RateBody {
    /// The rate.
    pub fn rate(&self) -> Result<Rate, Problem> {
        let text = self.0.get().trim_matches('"');
        Rate::parse_percent(text).map_err(|error| invalid("annual_rate", &error))
    }
}

//! The books, for staff.

use axum::extract::State;
use florin_http::{App, Json, Problem, Query, SignedIn, codes};
use florin_kernel::{Date, Money};
use florin_ledger::rules::Transfer;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::{AccountView, instant, money};
use crate::money::MoneyView;
use crate::paging::{ListView, PageQuery};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(accounts))
        .routes(routes!(trial_balance))
        .routes(routes!(entries))
        .routes(routes!(close_period))
}

fn date(text: &str, field: &'static str) -> Result<Date, Problem> {
    text.parse().map_err(|_| {
        Problem::of(codes::VALIDATION_FAILED).field(
            field,
            "malformed",
            "a date is wanted, such as 2026-01-31",
        )
    })
}

/// List all accounts.
#[utoipa::path(get, path = "/ledger/accounts", tag = "Ledger", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = ListView<AccountView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn accounts(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<ListView<AccountView>>, Problem> {
    let page = app.desk.accounts(&actor, &query.request()?).await??;
    Ok(Json(ListView {
        data: page.rows.into_iter().map(Into::into).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// The date that is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TrialQuery {
    /// A date: all that counts for it or for a day before. All there is when left out.
    as_of: Option<String>,
}

/// One line of the trial balance.
#[derive(Debug, Serialize, ToSchema)]
struct TrialLineView {
    /// The code in the chart of accounts.
    code: u16,
    /// Its name.
    name: String,
    /// `asset`, `liability`, `equity`, `income` or `expense`.
    class: &'static str,
    /// All that was debited.
    debits: MoneyView,
    /// All that was credited.
    credits: MoneyView,
}

/// The trial balance: in each currency, debits and credits are equal.
#[derive(Debug, Serialize, ToSchema)]
struct TrialBalanceView {
    /// The date, if one was asked about.
    as_of: Option<String>,
    /// Whether debits and credits are equal in every currency.
    balanced: bool,
    /// By currency and code.
    lines: Vec<TrialLineView>,
}

/// Read the trial balance.
#[utoipa::path(get, path = "/ledger/trial-balance", tag = "Ledger", security(("bearer" = [])), params(TrialQuery),
    responses((status = 200, body = TrialBalanceView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn trial_balance(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<TrialQuery>,
) -> Result<Json<TrialBalanceView>, Problem> {
    let as_of = query.as_of.as_deref().map(|text| date(text, "as_of")).transpose()?;
    let lines = app.desk.trial_balance(&actor, as_of).await?;
    let mut balanced = true;
    for currency in lines.iter().map(|line| line.currency) {
        let (debits, credits) =
            lines.iter().filter(|line| line.currency == currency).fold((0_i128, 0_i128), |(d, c), line| {
                (d.saturating_add(line.debits), c.saturating_add(line.credits))
            });
        balanced &= debits == credits;
    }
    let lines = lines.into_iter().map(|line| TrialLineView {
        code: line.code,
        name: line.name.to_string(),
        class: line.class.name(),
        debits: money(line.debits, line.currency).into(),
        credits: money(line.credits, line.currency).into(),
    });
    Ok(Json(TrialBalanceView { as_of: as_of.map(|on| on.to_string()), balanced, lines: lines.collect() }))
}

/// A transfer as the books have it: both its entries.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerEntryView {
    /// Its place among all transfers.
    seq: i64,
    /// The transfer.
    transfer_id: String,
    /// The account debited.
    debit_account_id: String,
    /// The number of the entry on it.
    debit_version: i64,
    /// The account credited.
    credit_account_id: String,
    /// The number of the entry on it.
    credit_version: i64,
    /// How much.
    amount: MoneyView,
    /// What kind: `linked`, `pending`, `post`, `void`, … or none.
    flags: Vec<&'static str>,
    /// When.
    at: String,
    /// The day that it counts for.
    effective_date: String,
}

fn entry_view(transfer: &Transfer) -> LedgerEntryView {
    LedgerEntryView {
        seq: transfer.seq,
        transfer_id: transfer.id.to_string(),
        debit_account_id: transfer.debit.to_string(),
        debit_version: transfer.debit_after.version,
        credit_account_id: transfer.credit.to_string(),
        credit_version: transfer.credit_after.version,
        amount: Money::new(transfer.amount, transfer.currency).into(),
        flags: transfer.flags.names().collect(),
        at: instant(transfer.at),
        effective_date: transfer.effective_date.to_string(),
    }
}

/// List the entries of the books, latest first: each row is both sides of one transfer.
#[utoipa::path(get, path = "/ledger/entries", tag = "Ledger", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = ListView<LedgerEntryView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn entries(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<ListView<LedgerEntryView>>, Problem> {
    let page = app.desk.transfers(&actor, &query.request()?).await??;
    let data = page.rows.iter().map(|transfer| entry_view(transfer)).collect();
    Ok(Json(ListView { data, next_cursor: page.next_cursor }))
}

/// The period to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    /// The last day of it.
    #[schema(example = "2026-01-31")]
    through: String,
}

/// What is closed.
#[derive(Debug, Serialize, ToSchema)]
struct ClosedView {
    /// The last day that takes no more entries.
    through: String,
    /// Whether it was closed now, and not before.
    closed_now: bool,
}

/// Close a period: its days take no more entries.
#[utoipa::path(post, path = "/ledger/periods/close", tag = "Ledger", security(("bearer" = [])), request_body = CloseBody,
    responses((status = 200, body = ClosedView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn close_period(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<CloseBody>,
) -> Result<Json<ClosedView>, Problem> {
    let through = date(&body.through, "through")?;
    let closed_now = app.desk.close_period(&actor, through).await?;
    Ok(Json(ClosedView { through: through.to_string(), closed_now }))
}

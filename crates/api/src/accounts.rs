//! Accounts: open, read, freeze, close; cash at the counter.

use std::sync::Arc;

use axum::extract::State;
use florin_db::idempotency::{Answer, Frozen};
use florin_http::{Answered, App, GivenKey, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{AccountId, Currency, Money, Timestamp, UserId};
use florin_ledger::rules::{Account, Accumulators, Flags, Side};
use florin_ledger::{AccountView as Held, Control, Entry};
use florin_payments::{CashOrder, Direction, OpenAccount, Product};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::money::{AmountBody, MoneyView, currency};
use crate::paging::{ListView, PageQuery};
use crate::transfers::{TransferView, text_within, transfer_answer};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(read))
        .routes(routes!(balance))
        .routes(routes!(entries))
        .routes(routes!(freeze))
        .routes(routes!(unfreeze))
        .routes(routes!(close))
        .routes(routes!(deposit))
        .routes(routes!(withdraw))
        .merge(bank_routes())
}

/// The bank's own path, which the versioned one repeats.
pub fn bank_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What is searched for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountSearchBody {
    /// An account's identifier or the last digits of its number, or its owner's identifier or email.
    #[schema(example = "0042")]
    search_term: String,
}

/// Search customers' accounts, for staff.
#[utoipa::path(post, path = "/accounts/search", tag = "Accounts", security(("bearer" = [])), request_body = AccountSearchBody,
    responses((status = 200, body = ListView<AccountView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn search(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<AccountSearchBody>,
) -> Result<Json<ListView<AccountView>>, Problem> {
    let found = app.accounts.search(&actor, &body.search_term).await?;
    Ok(Json(ListView { data: found.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// An account to open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenBody {
    /// `checking` or `savings`.
    #[schema(example = "checking")]
    kind: String,
    /// The currency's code in ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// For whom, when staff open it; one's own when left out.
    customer_id: Option<String>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its identifier.
    pub id: String,
    /// Its number, masked.
    #[schema(example = "****0042")]
    pub number: String,
    /// `checking`, `savings`, or `internal`.
    pub kind: String,
    /// The currency's code.
    pub currency: String,
    /// What is on it.
    pub balance: MoneyView,
    /// What can be taken out: less what is reserved, with what may be overdrawn; `null` is without limit.
    pub available: Option<MoneyView>,
    /// `active`, `frozen` or `closed`.
    pub status: &'static str,
    /// Whose it is; the institution's own have nobody.
    pub customer_id: Option<String>,
    /// When it was opened.
    pub opened_at: String,
}

/// A number of minor units as money; a figure past what 64 bits hold shows as the largest.
pub fn money(minor: i128, currency: Currency) -> Money {
    let largest = if minor < 0 { i64::MIN } else { i64::MAX };
    Money::new(i64::try_from(minor).unwrap_or(largest), currency)
}

fn status(account: &Account) -> &'static str {
    if account.closed {
        "closed"
    } else if account.frozen_debit || account.frozen_credit {
        "frozen"
    } else {
        "active"
    }
}

impl From<Held> for AccountView {
    fn from(held: Held) -> Self {
        Self {
            id: held.id.to_string(),
            number: florin_payments::masked_number(held.no),
            currency: held.currency.code().to_owned(),
            balance: money(held.account.own(), held.currency).into(),
            available: held.account.available().map(|minor| money(minor, held.currency).into()),
            status: status(&held.account),
            customer_id: held.owner.map(|owner| owner.to_string()),
            opened_at: held.opened_at.to_string(),
            kind: held.kind,
        }
    }
}

impl OpenBody {
    fn request(&self) -> Result<OpenAccount, Problem> {
        let wrong = |field: &str, code, why: String| {
            Problem::of(codes::VALIDATION_FAILED).field(field.to_owned(), code, why)
        };
        let product = match self.kind.as_str() {
            "checking" => Product::Checking,
            "savings" => Product::Savings,
            _ => return Err(wrong("kind", "unknown", "checking or savings is wanted".to_owned())),
        };
        let customer = self.customer_id.as_deref().map(str::parse::<UserId>).transpose();
        let customer = customer.map_err(|error| wrong("customer_id", "malformed", error.to_string()))?;
        Ok(OpenAccount { product, currency: currency(&self.currency, "currency")?, customer })
    }
}

/// Open an account. An idempotency key may come along: with one, the request opens one account however often it is sent.
#[utoipa::path(post, path = "/accounts", tag = "Accounts", security(("bearer" = [])),
    params(("X-Idempotency-Key" = Option<String>, Header)), request_body = OpenBody,
    responses((status = 201, body = AccountView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn open(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    key: Option<GivenKey>,
    Json(body): Json<OpenBody>,
) -> Result<Answered, Problem> {
    let request = body.request()?;
    let frozen = |held: Held| Frozen {
        status: 201,
        body: serde_json::to_vec(&AccountView::from(held)).unwrap_or_default(),
    };
    let Some(key) = key else {
        return Ok(Answered(Answer::Now(frozen(app.accounts.open(&actor, request).await?))));
    };
    let key = key.of(&actor, "POST /accounts", &body)?;
    let render = Arc::new(move |held: &Held| frozen(held.clone()));
    Ok(Answered(app.accounts.open_once(&actor, key, request, render).await?))
}

/// Which accounts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Whose, for staff; one's own when left out.
    customer_id: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List accounts.
#[utoipa::path(get, path = "/accounts", tag = "Accounts", security(("bearer" = [])), params(ListQuery),
    responses((status = 200, body = ListView<AccountView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListView<AccountView>>, Problem> {
    let customer = query.customer_id.as_deref().map(str::parse::<UserId>).transpose();
    let customer = customer.map_err(|error| {
        Problem::of(codes::VALIDATION_FAILED).field("customer_id", "malformed", error.to_string())
    })?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.accounts.list(&actor, customer, &page).await??;
    Ok(Json(ListView {
        data: found.rows.into_iter().map(Into::into).collect(),
        next_cursor: found.next_cursor,
    }))
}

/// Read an account.
#[utoipa::path(get, path = "/accounts/{id}", tag = "Accounts", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(app.accounts.find(&actor, id).await?.into()))
}

/// The instant that is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BalanceQuery {
    /// An instant in RFC 3339; now when left out.
    as_of: Option<String>,
}

/// What was on an account.
#[derive(Debug, Serialize, ToSchema)]
struct BalanceView {
    /// The account.
    account_id: String,
    /// The instant.
    as_of: String,
    /// What was on it.
    balance: MoneyView,
    /// What was reserved by pending transfers out of it.
    reserved: MoneyView,
    /// All that was ever debited.
    debits_posted: MoneyView,
    /// All that was ever credited.
    credits_posted: MoneyView,
}

/// Read the balance, now or at a past instant.
#[utoipa::path(get, path = "/accounts/{id}/balance", tag = "Accounts", security(("bearer" = [])),
    params(("id" = String, Path), BalanceQuery),
    responses((status = 200, body = BalanceView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn balance(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AccountId>,
    Query(query): Query<BalanceQuery>,
) -> Result<Json<BalanceView>, Problem> {
    let (held, sums, as_of) = match query.as_of {
        None => {
            let held = app.accounts.find(&actor, id).await?;
            let sums = held.account.balance;
            (held, sums, app.env.now())
        }
        Some(text) => {
            let as_of: Timestamp = text.parse().map_err(|_| {
                Problem::of(codes::VALIDATION_FAILED).field(
                    "as_of",
                    "malformed",
                    "an instant in RFC 3339 is wanted, such as 2026-01-31T12:00:00Z",
                )
            })?;
            let (held, sums) = app.accounts.balance_as_of(&actor, id, as_of).await?;
            (held, sums, as_of)
        }
    };
    let (own, reserved) = own_and_reserved(&sums, held.account.normal);
    let minor = |minor: i64| Money::new(minor, held.currency).into();
    Ok(Json(BalanceView {
        account_id: id.to_string(),
        as_of: as_of.to_string(),
        balance: money(own, held.currency).into(),
        reserved: minor(reserved),
        debits_posted: minor(sums.debits_posted),
        credits_posted: minor(sums.credits_posted),
    }))
}

fn own_and_reserved(sums: &Accumulators, normal: Side) -> (i128, i64) {
    let (debits, credits) = (i128::from(sums.debits_posted), i128::from(sums.credits_posted));
    match normal {
        Side::Credit => (credits.saturating_sub(debits), sums.debits_pending),
        Side::Debit => (debits.saturating_sub(credits), sums.credits_pending),
    }
}

/// One entry of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its number on the account, without gaps from 1.
    version: i64,
    /// The transfer that it is one side of.
    transfer_id: String,
    /// `debit` or `credit`.
    side: &'static str,
    /// What it did: `moved`, `reserved`, `released`.
    effect: &'static str,
    /// How much.
    amount: MoneyView,
    /// The account on the other side.
    other_account_id: String,
    /// What was on the account after it.
    balance_after: MoneyView,
    /// When it was made.
    at: String,
    /// The day that it counts for.
    effective_date: String,
}

/// An entry as its account shows it.
pub fn entry_view(entry: &Entry, normal: Side) -> EntryView {
    let transfer = &entry.transfer;
    let (side, other) = match entry.side {
        Side::Debit => ("debit", transfer.credit),
        Side::Credit => ("credit", transfer.debit),
    };
    let effect = if transfer.flags.has(Flags::PENDING) {
        "reserved"
    } else if transfer.flags.has_any(Flags::VOID.with(Flags::EXPIRE)) {
        "released"
    } else {
        "moved"
    };
    let (own, _) = own_and_reserved(&entry.balance(), normal);
    EntryView {
        version: entry.version(),
        transfer_id: transfer.id.to_string(),
        side,
        effect,
        amount: Money::new(transfer.amount, transfer.currency).into(),
        other_account_id: other.to_string(),
        balance_after: money(own, transfer.currency).into(),
        at: instant(transfer.at),
        effective_date: transfer.effective_date.to_string(),
    }
}

/// Microseconds since 1970 as RFC 3339.
pub fn instant(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us).map(|at| at.to_string()).unwrap_or_default()
}

/// List an account's entries, latest first.
#[utoipa::path(get, path = "/accounts/{id}/entries", tag = "Accounts", security(("bearer" = [])),
    params(("id" = String, Path), PageQuery),
    responses((status = 200, body = ListView<EntryView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn entries(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AccountId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<ListView<EntryView>>, Problem> {
    let (held, page) = app.accounts.entries(&actor, id, &query.request()?).await??;
    let data = page.rows.iter().map(|entry| entry_view(entry, held.account.normal)).collect();
    Ok(Json(ListView { data, next_cursor: page.next_cursor }))
}

/// Freeze an account: nothing goes out and nothing comes in.
#[utoipa::path(post, path = "/accounts/{id}/freeze", tag = "Accounts", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn freeze(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<AccountView>, Problem> {
    let controls = vec![Control::FreezeDebits(true), Control::FreezeCredits(true)];
    Ok(Json(app.accounts.control(&actor, id, controls).await?.into()))
}

/// Unfreeze an account.
#[utoipa::path(post, path = "/accounts/{id}/unfreeze", tag = "Accounts", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn unfreeze(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<AccountView>, Problem> {
    let controls = vec![Control::FreezeDebits(false), Control::FreezeCredits(false)];
    Ok(Json(app.accounts.control(&actor, id, controls).await?.into()))
}

/// Close an account that is empty, for good.
#[utoipa::path(post, path = "/accounts/{id}/close", tag = "Accounts", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn close(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(app.accounts.control(&actor, id, vec![Control::Close]).await?.into()))
}

/// Cash at the counter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CashBody {
    /// How much.
    amount: AmountBody,
    /// The currency of a bare amount.
    currency: Option<String>,
    /// What the teller notes, up to 200 characters.
    description: Option<String>,
}

async fn cash(
    app: &App,
    by: SignedIn,
    key: GivenKey,
    id: AccountId,
    body: CashBody,
    direction: Direction,
) -> Result<Answered, Problem> {
    let SignedIn(actor) = by;
    let route = match direction {
        Direction::In => "POST /accounts/{id}/deposit",
        Direction::Out => "POST /accounts/{id}/withdraw",
    };
    let key = key.of(&actor, route, &(id.to_string(), &body))?;
    let order = CashOrder {
        account: id,
        direction,
        amount: body.amount.asked(body.currency.as_deref())?,
        description: text_within(body.description, "description")?,
    };
    let render = transfer_answer(&actor);
    Ok(Answered(app.transfers.cash(&actor, Some(key), order, render).await?))
}

/// Pay cash in.
#[utoipa::path(post, path = "/accounts/{id}/deposit", tag = "Accounts", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = CashBody,
    responses((status = 201, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn deposit(
    State(app): State<App>,
    by: SignedIn,
    key: GivenKey,
    Path(id): Path<AccountId>,
    Json(body): Json<CashBody>,
) -> Result<Answered, Problem> {
    cash(&app, by, key, id, body, Direction::In).await
}

/// Pay cash out.
#[utoipa::path(post, path = "/accounts/{id}/withdraw", tag = "Accounts", security(("bearer" = [])),
    params(("id" = String, Path), ("X-Idempotency-Key" = String, Header)), request_body = CashBody,
    responses((status = 201, body = TransferView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn withdraw(
    State(app): State<App>,
    by: SignedIn,
    key: GivenKey,
    Path(id): Path<AccountId>,
    Json(body): Json<CashBody>,
) -> Result<Answered, Problem> {
    cash(&app, by, key, id, body, Direction::Out).await
}

//! The customer portal: their money, and what they do with it.

mod account;
mod accounts;
mod cards;
mod loans;
mod overview;
mod payments;
mod receipt;
mod statements;
mod transfer;
mod upcoming;

use axum::Router;
use florin_http::{App, Problem};
use florin_kernel::{Actor, Currency, Money, PageRequest};
use florin_ledger::AccountView;
use florin_ledger::rules::Side;

pub(crate) use accounts::opened;
pub(crate) use loans::application_state;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(overview::routes())
        .merge(accounts::routes())
        .merge(account::routes())
        .merge(receipt::routes())
        .merge(transfer::routes())
        .merge(payments::routes())
        .merge(loans::routes())
        .merge(cards::routes())
        .merge(statements::routes())
}

/// The most accounts that are shown, or offered in a form, at once.
const ACCOUNTS_MAX: u16 = 100;

/// The accounts of whoever looks.
///
/// # Errors
/// What the service says.
pub(crate) async fn own_accounts(app: &App, by: &Actor) -> Result<Vec<AccountView>, Problem> {
    let page = PageRequest::try_new(Some(ACCOUNTS_MAX), None)?;
    Ok(app.accounts.list(by, None, &page).await??.rows)
}

/// What an account is called: its product and the end of its number.
pub(crate) fn account_name(account: &AccountView) -> String {
    let number = florin_payments::masked_number(account.no);
    format!("{} {number}", crate::values::sentence(&account.kind))
}

/// What an account holds.
pub(crate) fn balance(account: &AccountView) -> Money {
    money(account.account.own(), account)
}

/// What can be spent of it, where there is a limit.
pub(crate) fn available(account: &AccountView) -> Option<Money> {
    account.account.available().map(|minor| money(minor, account))
}

/// What is reserved of what it holds.
pub(crate) fn held(account: &AccountView) -> Money {
    let sums = &account.account.balance;
    let reserved = match account.account.normal {
        Side::Credit => sums.debits_pending,
        Side::Debit => sums.credits_pending,
    };
    Money::new(reserved, account.currency)
}

/// What state it is in, by a stable name.
pub(crate) fn account_state(account: &AccountView) -> &'static str {
    if account.account.closed {
        "closed"
    } else if account.account.frozen_debit || account.account.frozen_credit {
        "frozen"
    } else {
        "active"
    }
}

/// A figure of a chart, in whole units of its currency: `1,200`.
pub(crate) fn whole(minor: i128, currency: Currency) -> String {
    let largest = if minor < 0 { i64::MIN } else { i64::MAX };
    let money = Money::new(i64::try_from(minor).unwrap_or(largest), currency);
    let told = crate::ui::plain_money(money);
    let figure = told.split('\u{a0}').next().unwrap_or_default();
    let (whole, parts) = figure.split_once('.').unwrap_or((figure, ""));
    if parts.bytes().all(|digit| digit == b'0') { whole.to_owned() } else { figure.to_owned() }
}

fn money(minor: i128, account: &AccountView) -> Money {
    let largest = if minor < 0 { i64::MIN } else { i64::MAX };
    Money::new(i64::try_from(minor).unwrap_or(largest), account.currency)
}

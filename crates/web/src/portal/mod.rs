//! The customer portal: their money, and what they do with it.

mod overview;
mod transfer;

use axum::Router;
use florin_http::{App, Problem};
use florin_kernel::{Actor, Money, PageRequest};
use florin_ledger::AccountView;

pub(crate) fn routes() -> Router<App> {
    Router::new().merge(overview::routes()).merge(transfer::routes())
}

/// The most accounts that are shown, or offered in a form, at once.
const ACCOUNTS_MAX: u16 = 100;

/// The accounts of whoever looks.
///
/// # Errors
/// What the service says.
async fn own_accounts(app: &App, by: &Actor) -> Result<Vec<AccountView>, Problem> {
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

fn money(minor: i128, account: &AccountView) -> Money {
    let largest = if minor < 0 { i64::MIN } else { i64::MAX };
    Money::new(i64::try_from(minor).unwrap_or(largest), account.currency)
}

//! The overview: what there is, what happened last, what waits.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_kernel::{AccountId, Currency, Money, PageRequest, Timestamp};
use florin_ledger::AccountView;
use florin_ledger::rules::HoldState;
use florin_payments::Listed;
use maud::{Markup, html};

use super::account::weeks_until;
use super::upcoming::{alerts, dues};
use super::{account_name, account_state, available, balance, own_accounts};
use crate::ui::{self, Column, Table};
use crate::visit::Visit;

/// How many of the latest transfers are shown.
const LATEST: u16 = 5;
/// How many weeks the course of a balance goes back.
const WEEKS: i64 = 6;
/// Of how many accounts the course is shown.
const SPARKS: usize = 4;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/dashboard", get(show))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let accounts = own_accounts(&app, &visit.actor).await?;
    let page = PageRequest::try_new(Some(LATEST), None)?;
    let latest = app.transfers.list(&visit.actor, &page).await??.rows;
    let held = latest.iter().filter(|(found, _)| found.hold == Some(HoldState::Open)).count();
    let courses = courses(&app, &visit, &accounts).await?;
    let body = html! {
        (ui::heading(&greeting(&visit), ui::link_button("/transfer", "Transfer money", true)))
        (alerts(&app, &visit, held).await?)
        (totals(&accounts))
        (ui::card("Accounts", account_table(&accounts, &courses)))
        div.grid.wide {
            (ui::card("Latest transfers", latest_table(&visit, &accounts, latest)))
            (ui::card("What comes next", dues(&app, &visit).await?))
        }
    };
    Ok(visit.page("Overview", &body))
}

fn greeting(visit: &Visit) -> String {
    let first = visit.name.split(' ').next().unwrap_or_default();
    if first.is_empty() { "Your money".to_owned() } else { format!("Good to see you, {first}") }
}

/// What all accounts of a currency hold together.
fn totals(accounts: &[AccountView]) -> Markup {
    let mut sums: BTreeMap<&str, (Currency, i64)> = BTreeMap::new();
    for account in accounts.iter().filter(|account| !account.account.closed) {
        let sum = sums.entry(account.currency.code()).or_insert((account.currency, 0));
        sum.1 = sum.1.saturating_add(balance(account).minor());
    }
    html! {
        div.grid.small {
            @for (currency, minor) in sums.into_values() {
                (ui::stat(&format!("Total in {}", currency.code()), ui::money(Money::new(minor, currency)), None))
            }
        }
    }
}

/// How the balances of the first accounts went over the last weeks.
async fn courses(
    app: &App,
    visit: &Visit,
    accounts: &[AccountView],
) -> Result<Vec<(AccountId, Vec<i64>)>, Problem> {
    let weeks = weeks_until(app.env.now(), WEEKS);
    let mut courses = Vec::new();
    for account in accounts.iter().filter(|account| !account.account.closed).take(SPARKS) {
        let course = app.accounts.course(&visit.actor, account.id, weeks.clone()).await?;
        courses.push((account.id, course.into_iter().map(Money::minor).collect()));
    }
    Ok(courses)
}

fn account_table(accounts: &[AccountView], courses: &[(AccountId, Vec<i64>)]) -> Markup {
    let columns = [
        Column::text("Account"),
        Column::text("State"),
        Column::text("Six weeks"),
        Column::figures("Available"),
        Column::figures("Balance"),
    ];
    let mut table = Table::new("Your accounts", columns).or_empty(ui::empty(
        "No account yet",
        "Open your first account; it takes one step.",
        ui::link_button("/accounts/open", "Open an account", true),
    ));
    for account in accounts {
        table.row([
            html! { a href={ "/accounts/" (account.id) } { (account_name(account)) } },
            ui::status(account_state(account)),
            html! {
                @if let Some((_, course)) = courses.iter().find(|(id, _)| *id == account.id) {
                    (ui::sparkline(course, &format!("How the balance of {} went", account_name(account))))
                }
            },
            html! { @if let Some(money) = available(account) { (ui::money(money)) } },
            ui::money(balance(account)),
        ]);
    }
    html! { (table) }
}

fn latest_table(visit: &Visit, accounts: &[AccountView], latest: Vec<Listed>) -> Markup {
    let columns = [Column::text("What for"), Column::text("When"), Column::figures("Amount")];
    let mut table = Table::new("Latest transfers", columns).or_empty(ui::empty(
        "Nothing yet",
        "What you send appears here.",
        Markup::default(),
    ));
    for (found, payment) in latest {
        let transfer = found.transfer;
        let own = |id| accounts.iter().any(|account| account.id == id);
        let minor =
            if own(transfer.credit) && !own(transfer.debit) { transfer.amount } else { -transfer.amount };
        let what = payment.and_then(|payment| payment.description).unwrap_or_else(|| "Transfer".to_owned());
        let at = Timestamp::from_microsecond(transfer.at).unwrap_or_default();
        table.row([
            html! { a href={ "/transfers/" (transfer.id) } { (what) } },
            ui::moment(at, &visit.zone),
            ui::signed_money(Money::new(minor, transfer.currency)),
        ]);
    }
    html! { (table) }
}

//! Accounts: the list of one's own, and opening another.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_db::idempotency::{Frozen, IdempotencyKey};
use florin_http::{App, Problem};
use florin_kernel::{Actor, Currency};
use florin_ledger::AccountView;
use florin_payments::{OpenAccount, Product, RenderAccount};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{account_name, account_state, available, balance, held, own_accounts};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table};
use crate::values::{answered, fault};
use crate::visit::Visit;

/// Which currencies an account can be opened in by a page.
const CURRENCIES: [Currency; 3] = [Currency::USD, Currency::CAD, Currency::EUR];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/accounts", get(show)).route("/accounts/open", get(open_page).post(open))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let accounts = own_accounts(&app, &visit.actor).await?;
    let (closed, open): (Vec<&AccountView>, Vec<&AccountView>) =
        accounts.iter().partition(|account| account.account.closed);
    let of_kind = |kind: &str| open.iter().copied().filter(|one| one.kind == kind).collect::<Vec<_>>();
    let (checking, savings) = (of_kind("checking"), of_kind("savings"));
    let body = html! {
        (ui::heading("Accounts", ui::link_button("/accounts/open", "Open an account", accounts.is_empty())))
        @if accounts.is_empty() {
            (ui::empty("No account yet", "Open your first account; it takes one step.",
                ui::link_button("/accounts/open", "Open an account", true)))
        }
        @if !checking.is_empty() { (ui::card("Everyday accounts", table("Everyday accounts", &checking))) }
        @if !savings.is_empty() { (ui::card("Savings", table("Savings", &savings))) }
        @if !closed.is_empty() { (ui::card("Closed", table("Closed accounts", &closed))) }
    };
    Ok(visit.page("Accounts", &body))
}

/// Accounts, each with what is on it, what is reserved of that, and what can be spent.
fn table(caption: &str, accounts: &[&AccountView]) -> Markup {
    let columns = [
        Column::text("Account"),
        Column::text("State"),
        Column::figures("Booked"),
        Column::figures("Held"),
        Column::figures("Available"),
    ];
    let mut table = Table::new(caption, columns);
    for account in accounts {
        table.row([
            html! { a href={ "/accounts/" (account.id) } { (account_name(account)) } },
            ui::status(account_state(account)),
            ui::money(balance(account)),
            ui::money(held(account)),
            html! { @if let Some(money) = available(account) { (ui::money(money)) } },
        ]);
    }
    html! { (table) }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    currency: String,
}

async fn open_page(visit: Visit) -> Response {
    form_page(&visit, &Typed { kind: "checking".to_owned(), currency: "USD".to_owned() }, None)
}

fn form_page(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Response {
    let kinds = [
        ("checking", "Everyday account\nFor what comes in and what is paid"),
        ("savings", "Savings account\nFor what is put aside"),
    ];
    let currencies = CURRENCIES.map(|currency| (currency.code(), currency.code()));
    let body = html! {
        h1 { "Open an account" }
        (ui::errors(problem))
        (ui::post_form(visit, "/accounts/open", &html! {
            (Field::radios("kind", "What for", kinds).value(&typed.kind).faults(problem))
            (Field::select("currency", "Currency", currencies).value(&typed.currency).narrow().faults(problem))
            div.actions {
                button.primary type="submit" { "Open the account" }
                (ui::link_button("/accounts", "Cancel", false))
            }
        }))
    };
    visit.form_page("Open an account", problem, &body)
}

fn wanted(typed: &Typed) -> Result<OpenAccount, Problem> {
    let product = match typed.kind.as_str() {
        "checking" => Product::Checking,
        "savings" => Product::Savings,
        _ => return Err(fault("kind", "Choose what the account is for")),
    };
    let currency = CURRENCIES.into_iter().find(|currency| currency.code() == typed.currency);
    let currency = currency.ok_or_else(|| fault("currency", "Choose a currency"))?;
    Ok(OpenAccount { product, currency, customer: None })
}

async fn open(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let opening = match wanted(&form.typed) {
        Ok(request) => opened(&app, &form.visit.actor, form.key("page POST /accounts/open")?, request).await,
        Err(problem) => Err(problem),
    };
    match opening {
        Ok(account) => {
            let said = Flash::done(format!("{} is open.", account.name));
            Ok(go_saying(&app, &format!("/accounts/{}", account.id), &said))
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => Ok(form_page(&form.visit, &form.typed, Some(&problem))),
    }
}

/// What the commit that opens an account answers a page.
#[derive(Serialize, Deserialize)]
pub(crate) struct Opened {
    /// The account's identifier.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: String,
}

/// Opens an account, one for a form however often it is sent.
///
/// # Errors
/// What the service says.
pub(crate) async fn opened(
    app: &App,
    by: &Actor,
    key: IdempotencyKey,
    request: OpenAccount,
) -> Result<Opened, Problem> {
    let render: RenderAccount = Arc::new(|account| {
        let opened = Opened { id: account.id.to_string(), name: account_name(account) };
        Frozen { status: 201, body: serde_json::to_vec(&opened).unwrap_or_default() }
    });
    answered(app.accounts.open_once(by, key, request, render).await?)
}

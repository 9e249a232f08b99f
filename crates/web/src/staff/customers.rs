//! Customers, as staff see them: found by what they tell, shown with everything they have.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query, codes};
use florin_kernel::{Action, Currency, PageRequest, UserId};
use florin_ledger::AccountView;
use florin_parties::{Address, Customer, Reveal};
use florin_payments::{OpenAccount, Product};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::cases::open_link;
use super::{consents, may, where_permitted};
use crate::exchange::{go, go_saying};
use crate::flash::Flash;
use crate::form::Form;
use crate::portal::{account_name, available, balance, opened};
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{fault, words};
use crate::visit::Visit;

/// How many customers a search shows.
const FOUND_MAX: u16 = 25;
/// How many accounts of a customer are shown.
const ACCOUNTS_MAX: u16 = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/customers", get(search))
        .route("/staff/customers/{id}", get(show))
        .route("/staff/customers/{id}/reveal", post(reveal))
        .route("/staff/customers/{id}/accounts", post(open_account))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

async fn search(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let found = if wanted.q.trim().is_empty() {
        Ok(Vec::new())
    } else {
        app.customers.search(&visit.actor, wanted.q.trim(), Some(FOUND_MAX)).await.map_err(Problem::from)
    };
    let (found, problem) = match found {
        Ok(found) => (found, None),
        // What cannot be looked for is told beside the form.
        Err(problem) if problem.code() == codes::VALIDATION_FAILED.name => (Vec::new(), Some(problem)),
        Err(problem) => return Err(problem),
    };
    let new = may(&visit, Action::CreateCustomer, "customer");
    let actions = html! { @if new { (ui::link_button("/staff/customers/new", "New customer", false)) } };
    let body = html! {
        (ui::heading("Customers", actions))
        (ui::errors(problem.as_ref()))
        (search_form(&wanted.q))
        @if !wanted.q.is_empty() && problem.is_none() { (found_table(&found)) }
    };
    Ok(visit.page("Customers", &body))
}

/// The form that looks for customers.
pub(super) fn search_form(term: &str) -> Markup {
    html! {
        form.row method="get" action="/staff/customers" role="search" {
            (Field::search("q", "Name, email, telephone, or tax number").value(term))
            button.primary type="submit" { "Find" }
        }
    }
}

fn found_table(found: &[Customer]) -> Markup {
    let columns =
        [Column::text("Name"), Column::text("Email"), Column::text("Telephone"), Column::text("State")];
    let mut table = Table::new("Customers found", columns).or_empty(ui::empty(
        "Nobody found",
        "Try the beginning of the name, or the whole of an email or a number.",
        Markup::default(),
    ));
    for customer in found {
        table.row([
            html! { a href={ "/staff/customers/" (customer.id) } { (customer.full_name) } },
            html! { (customer.email) },
            html! { (customer.phone.as_deref().unwrap_or_default()) },
            state(customer),
        ]);
    }
    html! { (table) }
}

fn state(customer: &Customer) -> Markup {
    let code = if customer.suspended {
        "suspended"
    } else if customer.verified {
        "verified"
    } else {
        "not verified"
    };
    ui::status(code)
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<UserId>) -> Result<Response, Problem> {
    let customer = app.customers.find(&visit.actor, id).await?;
    page(&app, &visit, &customer, None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    customer: &Customer,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let accounts = PageRequest::try_new(Some(ACCOUNTS_MAX), None)?;
    let found = app.accounts.list(&visit.actor, Some(customer.id), &accounts).await.map_err(Problem::from);
    let accounts = match where_permitted(found)? {
        Some(page) => Some(page?.rows),
        None => None,
    };
    let consents = consents::card(app, visit, customer.id).await?;
    let actions = html! {
        @if may(visit, Action::ChangeCustomer, "customer") {
            (ui::link_button(&format!("/staff/customers/{}/change", customer.id), "Change", false))
        }
        @if may(visit, Action::WorkCases, "case") { (open_link(Some(customer.id), None)) }
    };
    let body = html! {
        (ui::heading(&customer.full_name, actions))
        (ui::errors(problem))
        div.two {
            div.stack-wide {
                @if let Some(accounts) = &accounts {
                    (ui::card("Accounts", account_table(visit, accounts)))
                    @if may(visit, Action::OpenAccount, "account") { (ui::card("Open an account", open_form(visit, customer.id))) }
                }
            }
            div.stack-wide { (ui::card("Person", html! { (facts(visit, customer)) (reveal_form(visit, customer)) })) (consents) }
        }
    };
    Ok(visit.form_page(&customer.full_name, problem, &body))
}

fn facts(visit: &Visit, customer: &Customer) -> Facts {
    Facts::new()
        .fact("State", state(customer))
        .fact("Email", &customer.email)
        .maybe("Telephone", customer.phone.as_ref())
        .maybe("Born", customer.date_of_birth.as_ref())
        .maybe("Social security number", customer.ssn.as_ref())
        .maybe("Social insurance number", customer.sin.as_ref())
        .maybe("Address", customer.address.as_ref().map(address))
        .maybe("Known since", customer.created_at.map(|at| ui::day(at, &visit.zone)))
        .fact("Identifier", html! { span.mono { (customer.id) } })
}

fn address(address: &Address) -> Markup {
    let lines = [Some(&address.line1), address.line2.as_ref(), Some(&address.city), address.region.as_ref()];
    let lines = lines.into_iter().chain([address.postal_code.as_ref(), Some(&address.country)]);
    html! { @for line in lines.flatten() { (line) br; } }
}

/// What is masked can be shown whole, on the record.
fn reveal_form(visit: &Visit, customer: &Customer) -> Markup {
    if customer.ssn.is_none()
        && customer.sin.is_none()
        && customer.phone.is_none()
        && customer.date_of_birth.is_none()
    {
        return Markup::default();
    }
    let choices = Reveal::ALL.map(|one| (one.code(), words(one.code())));
    let field = Field::select("what", "What", choices);
    ui::confirm(
        visit,
        &format!("/staff/customers/{}/reveal", customer.id),
        "Show in full",
        "That you saw it is written into the audit trail.",
        &html! { (field) },
    )
}

#[derive(Serialize, Deserialize)]
struct Revealing {
    what: String,
}

async fn reveal(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Revealing>,
) -> Result<Response, Problem> {
    let what = Reveal::parse(&form.typed.what).ok_or_else(|| fault("what", "Choose one of the list"))?;
    let customer = app.customers.reveal(&form.visit.actor, id, vec![what]).await?;
    page(&app, &form.visit, &customer, None).await
}

fn account_table(visit: &Visit, accounts: &[AccountView]) -> Markup {
    let columns = [
        Column::text("Account"),
        Column::figures("Available"),
        Column::figures("Balance"),
        Column::text("Cash"),
    ];
    let mut table = Table::new("Accounts", columns).or_empty(ui::empty(
        "No account",
        "Open the first one below.",
        Markup::default(),
    ));
    let (deposit, withdraw) =
        (may(visit, Action::Deposit, "account"), may(visit, Action::Withdraw, "account"));
    for account in accounts {
        let path = format!("/staff/accounts/{}", account.id);
        table.row([
            html! { a href=(path) { (account_name(account)) } },
            html! { @if let Some(money) = available(account) { (ui::money(money)) } },
            ui::money(balance(account)),
            html! {
                @if account.account.closed { (ui::status("closed")) } @else {
                    @if deposit { a href={ (path) "/deposit" } { "Pay in" } " " }
                    @if withdraw { a href={ (path) "/withdraw" } { "Pay out" } }
                }
            },
        ]);
    }
    html! { (table) }
}

fn open_form(visit: &Visit, customer: UserId) -> Markup {
    ui::post_form(
        visit,
        &format!("/staff/customers/{customer}/accounts"),
        &html! {
            div.row {
                (Field::select("kind", "Product", [("checking", "Checking"), ("savings", "Savings")]))
                (Field::text("currency", "Currency").hint("Its code, such as EUR").narrow().at_most(3))
                button type="submit" { "Open" }
            }
        },
    )
}

#[derive(Serialize, Deserialize)]
struct Opening {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    currency: String,
}

async fn open_account(
    State(app): State<App>,
    Path(id): Path<UserId>,
    form: Form<Opening>,
) -> Result<Response, Problem> {
    let product = if form.typed.kind == "savings" { Product::Savings } else { Product::Checking };
    let opening = match Currency::parse(&form.typed.currency.to_ascii_uppercase()) {
        Ok(currency) => {
            let request = OpenAccount { product, currency, customer: Some(id) };
            let key = form.key(&format!("page POST /staff/customers/{id}/accounts"))?;
            opened(&app, &form.visit.actor, key, request).await
        }
        Err(_) => Err(fault("currency", "Enter a currency's code, such as EUR")),
    };
    let path = format!("/staff/customers/{id}");
    match opening {
        Ok(account) => Ok(go_saying(&app, &path, &Flash::done(format!("{} is open.", account.name)))),
        Err(problem) if problem.code() == codes::VALIDATION_FAILED.name => {
            let customer = app.customers.find(&form.visit.actor, id).await?;
            page(&app, &form.visit, &customer, Some(&problem)).await
        }
        Err(problem) if problem.code() == codes::NOT_FOUND.name => Ok(go("/staff/customers")),
        Err(problem) => Err(problem),
    }
}

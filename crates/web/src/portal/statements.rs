//! `/statements`: statements of accounts as files, for a period and in a format of one's choice.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_documents::Format;
use florin_http::{App, Problem, Query};
use florin_kernel::AccountId;
use florin_ledger::AccountView;
use maud::{Markup, html};
use serde::Deserialize;

use super::{account_name, own_accounts};
use crate::files::attachment;
use crate::ui::{self, Field};
use crate::values::{day, fault, parsed};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/statements", get(show)).route("/statements/file", get(file))
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    account: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    format: String,
}

async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let accounts = own_accounts(&app, &visit.actor).await?;
    Ok(page(&app, &visit, &accounts, &asked, None))
}

fn page(
    app: &App,
    visit: &Visit,
    accounts: &[AccountView],
    asked: &Asked,
    problem: Option<&Problem>,
) -> Response {
    let body = html! {
        h1 { "Statements" }
        (ui::errors(problem))
        @if accounts.is_empty() {
            (ui::empty("No account yet", "Statements are made of accounts.", ui::link_button("/accounts/open", "Open an account", true)))
        } @else {
            (ui::card("Of a period of your choice", form(accounts, asked, problem)))
            (ui::card("Of the last months", months(app, accounts)))
            p.muted { "Papers of loans and cards are with each " a href="/loans" { "loan" } " and " a href="/cards" { "card" } ", receipts with each " a href="/payments" { "payment" } "." }
        }
    };
    visit.form_page("Statements", problem, &body)
}

fn form(accounts: &[AccountView], asked: &Asked, problem: Option<&Problem>) -> Markup {
    let choices = accounts.iter().map(|account| (account.id.to_string(), account_name(account)));
    let formats = [
        ("pdf", "PDF\nTo read and to print"),
        ("csv", "CSV\nFor spreadsheets"),
        ("ofx", "OFX\nFor bookkeeping programs"),
        ("camt053", "camt.053\nFor treasuries"),
        ("json", "JSON\nFor programs of your own"),
    ];
    let format = if asked.format.is_empty() { "pdf" } else { &asked.format };
    html! {
        form.stack method="get" action="/statements/file" {
            (Field::select("account", "Account", choices).value(&asked.account).faults(problem))
            (Field::date("from", "From").value(&asked.from).optional().hint("The first of the month where this is empty.").faults(problem))
            (Field::date("to", "To").value(&asked.to).optional().hint("Today where this is empty.").faults(problem))
            (Field::radios("format", "As", formats).value(format).faults(problem))
            div.actions { button.primary type="submit" { "Download" } }
        }
    }
}

/// The last three whole months of each account that is open, a click each.
fn months(app: &App, accounts: &[AccountView]) -> Markup {
    let today = app.loans.today();
    let month = |back: i8| {
        let first = today.first_of_month().saturating_sub(jiff::Span::new().months(back));
        (first, first.last_of_month())
    };
    html! {
        @for account in accounts.iter().filter(|account| !account.account.closed) {
            h3 { (account_name(account)) }
            ul {
                @for (first, last) in (1..=3).map(month) {
                    li { a href={ "/statements/file?account=" (account.id) "&from=" (first) "&to=" (last) "&format=pdf" } {
                        (first.strftime("%B %Y")) " (PDF)" span.visually-hidden { " of " (account_name(account)) }
                    } }
                }
            }
        }
    }
}

async fn file(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    match made(&app, &visit, &asked).await {
        Ok(response) => Ok(response),
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => {
            let accounts = own_accounts(&app, &visit.actor).await?;
            Ok(page(&app, &visit, &accounts, &asked, Some(&problem)))
        }
    }
}

async fn made(app: &App, visit: &Visit, asked: &Asked) -> Result<Response, Problem> {
    let account = parsed::<AccountId>(&asked.account, "account", "an account")?;
    let days = (day(&asked.from, "from")?, day(&asked.to, "to")?);
    let format = asked.format.parse::<Format>().map_err(|_| fault("format", "Choose a format"))?;
    attachment(app.documents.account_statement(&visit.actor, account, days, format).await?)
}

//! Where staff land: what waits for them, and their desks.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_kernel::Action;
use maud::{Markup, html};

use super::{approvals, cases, customers, desks_of, loans, may, where_permitted};
use crate::exchange::go;
use crate::ui;
use crate::visit::Visit;

/// How much of what waits is shown.
const WAITING_MAX: usize = 5;
const ROWS: u16 = 5;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff", get(show))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    if !crate::works_here(&visit.actor) {
        return Ok(go("/dashboard"));
    }
    let waiting = html! {
        (open_cases(&app, &visit).await?)
        (loan_applications(&app, &visit).await?)
        (waiting(&app, &visit).await?)
    };
    let body = html! {
        h1 { (greeting(&visit)) }
        @if may(&visit, Action::SearchCustomers, "customer") {
            (ui::card("Find a customer", customers::search_form("")))
        }
        (waiting)
        section {
            h2 { "Your desks" }
            div.grid {
                @for desk in desks_of(&visit) {
                    section.card { h3 { a href=(desk.path) { (desk.label) } } p.muted { (desk.purpose) } }
                }
            }
        }
    };
    Ok(visit.page("Desk", &body))
}

fn greeting(visit: &Visit) -> String {
    let first = visit.name.split(' ').next().unwrap_or_default();
    if first.is_empty() { "Your desk".to_owned() } else { format!("Hello, {first}") }
}

async fn open_cases(app: &App, visit: &Visit) -> Result<Markup, Problem> {
    let Some(table) = cases::waiting(app, visit, ROWS).await? else { return Ok(Markup::default()) };
    Ok(html! {
        (ui::card("Cases that nobody works on, those that are due first", html! {
            (table)
            p { a href="/staff/cases" { "All of them" } " " a href="/staff/cases?which=mine" { "Mine" } }
        }))
    })
}

async fn loan_applications(app: &App, visit: &Visit) -> Result<Markup, Problem> {
    // Whoever only reads them has nothing to decide.
    if !may(visit, Action::DecideLoan, "loan") {
        return Ok(Markup::default());
    }
    let Some(table) = loans::waiting(app, visit, ROWS).await? else { return Ok(Markup::default()) };
    Ok(html! {
        (ui::card("Applications for loans, the oldest first", html! {
            (table)
            p { a href="/staff/loans" { "All that wait" } }
        }))
    })
}

async fn waiting(app: &App, visit: &Visit) -> Result<Markup, Problem> {
    let found = app.approvals.list(&visit.actor, true, None, WAITING_MAX).await.map_err(Problem::from);
    let Some(found) = where_permitted(found)? else { return Ok(Markup::default()) };
    Ok(html! {
        (ui::card("Waiting for a second person", html! {
            (approvals::table(app, visit, &found).await)
            @if !found.is_empty() { p { a href="/staff/approvals" { "All that waits" } } }
        }))
    })
}

//! `/payments`: what was paid and what became of it, paying, payees, what is paid from, and what is paid by a schedule.

mod bank;
mod ends;
mod methods;
mod new;
mod one;
mod payees;
mod renaming;
mod scheduled;
mod scheduling;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem, Query};
use florin_payments::{PaymentFilter, PaymentOrder, Status};
use maud::{Markup, html};
use serde::Deserialize;

pub(super) use ends::Ends;
pub(super) use scheduled::amount as scheduled_amount;

use crate::ui::{self, Column, Field, Table};
use crate::values::{Paging, day, midnight, sentence};
use crate::visit::Visit;

/// How many payments a page shows.
const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/payments", get(show))
        .merge(new::routes())
        .merge(payees::routes())
        .merge(renaming::routes())
        .merge(methods::routes())
        .merge(scheduled::routes())
        .merge(scheduling::routes())
        .merge(one::routes())
}

/// What somebody looks for among their payments.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    status: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    cursor: Option<String>,
}

async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let from = day(&asked.from, "from");
    let wrong = from.as_ref().err().cloned();
    let filter = PaymentFilter {
        status: Status::find(&asked.status),
        from: from.ok().flatten().map(|day| midnight(day, &visit.zone)),
        ..PaymentFilter::default()
    };
    let page = Paging { cursor: asked.cursor.clone() }.of(ROWS)?;
    let found = app.payments.list(&visit.actor, filter, &page).await?;
    let ends = Ends::of(&app, &visit.actor).await?;
    let pairs = [("status", asked.status.as_str()), ("from", asked.from.as_str())];
    let body = html! {
        (ui::heading("Payments", ui::link_button("/payments/new", "Pay", true)))
        (tabs("/payments"))
        (ui::errors(wrong.as_ref()))
        (search(&asked, wrong.as_ref()))
        (table(&visit, &found.rows, &ends))
        (ui::pager("/payments", &pairs, asked.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page(&ui::error_title("Payments", wrong.as_ref()), &body))
}

/// The places around payments.
fn tabs(here: &str) -> Markup {
    let places = [
        ("/payments", "Payments"),
        ("/payments/scheduled", "Scheduled"),
        ("/payees", "Payees"),
        ("/payments/methods", "Bank accounts and cards"),
    ];
    html! {
        nav.tabs aria-label="Payments" {
            @for (path, label) in places {
                a href=(path) aria-current=[(path == here).then_some("page")] { (label) }
            }
        }
    }
}

fn search(asked: &Asked, wrong: Option<&Problem>) -> Markup {
    let states = Status::ALL.map(|state| (state.code().to_owned(), sentence(state.code())));
    let states = [(String::new(), "Any".to_owned())].into_iter().chain(states);
    html! {
        form.row method="get" action="/payments" role="search" data-swap {
            (Field::select("status", "State", states).value(&asked.status).narrow())
            (Field::date("from", "From").value(&asked.from).filter().faults(wrong))
            button type="submit" { "Search" }
        }
    }
}

fn table(visit: &Visit, orders: &[PaymentOrder], ends: &Ends) -> Markup {
    let columns = [
        Column::text("To"),
        Column::text("From"),
        Column::text("When"),
        Column::text("State"),
        Column::figures("Amount"),
    ];
    let pay = ui::link_button("/payments/new", "Pay somebody", true);
    let mut table = Table::new("Your payments", columns).or_empty(ui::empty(
        "No payments",
        "Bills, loans and people are paid here.",
        pay,
    ));
    for order in orders {
        table.row([
            html! { a href={ "/payments/" (order.id) } { (ends.target(order)) } },
            html! { (ends.source(order)) },
            ui::day(order.created_at, &visit.zone),
            ui::status(order.status.code()),
            ui::money(order.amount),
        ]);
    }
    html! { (table) }
}

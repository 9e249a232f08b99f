//! `/loans`: what somebody owes in instalments, what they applied for, and what is offered to them.

mod application;
mod apply;
pub(super) mod offer;
mod one;
mod papers;
mod questions;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_kernel::{Actor, Money, PageRequest};
use florin_lending::{Application, Kind, LoanSeen, Status};
use maud::{Markup, html};

use crate::ui::{self, Column, Table, Tone};
use crate::values::sentence;
use crate::visit::Visit;

/// How many loans, and how many applications, are shown.
const EACH_MAX: u16 = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/loans", get(show))
        .merge(apply::routes())
        .merge(application::routes())
        .merge(questions::routes())
        .merge(offer::routes())
        .merge(papers::routes())
        .merge(one::routes())
}

/// The loans of whoever looks.
///
/// # Errors
/// What the service says.
pub(super) async fn own_loans(app: &App, by: &Actor) -> Result<Vec<LoanSeen>, Problem> {
    let page = PageRequest::try_new(Some(EACH_MAX), None)?;
    Ok(app.loans.list(by, None, None, &page).await?.rows)
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let loans = own_loans(&app, &visit.actor).await?;
    let loans: Vec<&LoanSeen> = loans.iter().filter(|loan| loan.kind != Kind::CreditCard).collect();
    let page = PageRequest::try_new(Some(EACH_MAX), None)?;
    let applications = app.loans.applications(&visit.actor, None, &page).await?.rows;
    let offers = loans.iter().filter(|loan| loan.status == Status::Offered).count();
    let asked = applications.iter().any(|application| application.asked);
    let body = html! {
        (ui::heading("Loans", ui::link_button("/loans/apply", "Apply for a loan", true)))
        @if offers > 0 { div.alert.note role="status" { p { "An offer waits for you: look at it below." } } }
        @if asked { div.alert.note role="status" { p { "Officers want to know something more: look at your application below." } } }
        (ui::card("Loans", table(&loans)))
        @if !applications.is_empty() { (ui::card("Applications", applied(&visit, &applications))) }
    };
    Ok(visit.page("Loans", &body))
}

/// What kind of loan it is, in words.
pub(super) fn kind_name(kind: Kind) -> String {
    match kind {
        Kind::CreditCard => "Credit card".to_owned(),
        kind => format!("{} loan", sentence(kind.code())),
    }
}

/// Minor units of a loan's currency as money.
pub(super) fn money(loan: &LoanSeen, minor: i64) -> Money {
    Money::new(minor, loan.currency)
}

fn table(loans: &[&LoanSeen]) -> Markup {
    let columns = [
        Column::text("Loan"),
        Column::text("State"),
        Column::text("Next due"),
        Column::figures("Instalment"),
        Column::figures("Owed"),
    ];
    let mut table = Table::new("Your loans", columns).or_empty(ui::empty(
        "No loans",
        "See what a loan would cost before you apply; looking changes nothing.",
        ui::link_button("/loans/apply", "Apply for a loan", false),
    ));
    for loan in loans {
        let balances = loan.balances.as_ref();
        let is_late = balances.is_some_and(|balances| balances.days_past_due > 0);
        table.row([
            html! { a href={ "/loans/" (loan.id) } { (kind_name(loan.kind)) } @if let Some(lender) = &loan.lender { " at " (lender) } },
            if is_late { ui::status("overdue") } else { ui::status(loan.status.code()) },
            html! { @if let Some(day) = balances.and_then(|balances| balances.next_due_on) { (ui::date(day)) } },
            html! { @if let Some(balances) = balances { (ui::money(money(loan, balances.payment_minor))) } },
            html! { @if let Some(balances) = balances { (ui::money(money(loan, balances.owed.total()))) } },
        ]);
    }
    html! { (table) }
}

/// Where an application stands.
pub(crate) fn application_state(application: &Application) -> Markup {
    if application.asked {
        return ui::badge(Tone::Warn, "more information wanted");
    }
    ui::status(application.status.code())
}

fn applied(visit: &Visit, applications: &[Application]) -> Markup {
    let columns =
        [Column::text("For"), Column::text("Applied"), Column::text("State"), Column::figures("Amount")];
    let mut table = Table::new("Your applications", columns);
    for application in applications {
        table.row([
            html! { a href={ "/loans/applications/" (application.id) } { (kind_name(application.kind)) } },
            ui::day(application.created_at, &visit.zone),
            application_state(application),
            ui::money(application.amount),
        ]);
    }
    html! { (table) }
}

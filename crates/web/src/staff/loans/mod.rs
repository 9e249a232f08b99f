//! The loan desk: applications that wait, what is decided about them, and loans from the offer to the last cent.

mod application;
mod decide;
mod loan;
mod orders;
mod questions;
mod serve;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem, Query};
use florin_kernel::{Money, PageRequest};
use florin_lending::{Application, ApplicationStatus, Kind, LoanSeen};
use maud::{Markup, html};
use serde::Deserialize;

use super::where_permitted;
use crate::portal::application_state;
use crate::ui::{self, Column, Field, Table};
use crate::values::{page_of, sentence};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/loans", get(queue))
        .route("/staff/loans/book", get(book))
        .route("/staff/loans/search", get(search))
        .merge(application::routes())
        .merge(decide::routes())
        .merge(questions::routes())
        .merge(loan::routes())
        .merge(serve::routes())
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    cursor: Option<String>,
}

/// The parts of the desk: the state of applications, or the loans.
const TABS: [(&str, &str); 5] = [
    ("submitted", "Waiting"),
    ("approved", "Granted"),
    ("rejected", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("all", "All"),
];

fn head(current: &str, term: &str) -> Markup {
    html! {
        h1 { "Loans" }
        form.row method="get" action="/staff/loans/search" role="search" {
            (Field::search("q", "Name, email, tax number, or the number of a loan").value(term))
            button.primary type="submit" { "Find" }
        }
        nav.tabs aria-label="Which" {
            @for (state, label) in TABS {
                a href={ "/staff/loans?state=" (state) } aria-current=[(state == current).then_some("page")] { (label) }
            }
            a href="/staff/loans/book" aria-current=[(current == "book").then_some("page")] { "Loans" }
        }
    }
}

async fn queue(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let status = ApplicationStatus::parse(&wanted.state);
    let (state, found) = if wanted.state.is_empty() || status == Some(ApplicationStatus::Submitted) {
        ("submitted", app.loans.waiting(&visit.actor, &page).await?)
    } else {
        (wanted.state.as_str(), app.loans.applications(&visit.actor, status, &page).await?)
    };
    let body = html! {
        (head(state, ""))
        (applications(&visit, &found.rows))
        (ui::pager("/staff/loans", &[("state", state)], wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Loans", &body))
}

/// What waits for officers, the oldest first, for whoever may see it.
pub(super) async fn waiting(app: &App, visit: &Visit, rows: u16) -> Result<Option<Markup>, Problem> {
    let page = PageRequest::try_new(Some(rows), None)?;
    let found = app.loans.waiting(&visit.actor, &page).await.map_err(Problem::from);
    Ok(where_permitted(found)?.map(|found| applications(visit, &found.rows)))
}

fn applications(visit: &Visit, applications: &[Application]) -> Markup {
    let columns = [
        Column::text("Applicant"),
        Column::text("For"),
        Column::figures("Amount"),
        Column::figures("Months"),
        Column::figures("Score"),
        Column::text("Agreed"),
        Column::text("Since"),
        Column::text("State"),
    ];
    let mut table = Table::new("Applications", columns).or_empty(ui::empty(
        "No applications",
        "What customers apply for, by themselves or at the counter, appears here.",
        Markup::default(),
    ));
    for application in applications {
        let officers = application.for_officers.as_ref();
        let agreed = officers.map_or(0, |seen| seen.decisions.iter().filter(|one| one.approved).count());
        table.row([
            html! { a href={ "/staff/loans/applications/" (application.id) } { (application.customer_name) } },
            html! { (kind_name(application.kind)) },
            ui::money(application.amount),
            html! { (application.term_months) },
            html! { @if let Some(seen) = officers { (seen.score) } },
            html! { @if agreed == 0 { "Nobody yet" } @else { (agreed) } },
            ui::moment(application.created_at, &visit.zone),
            application_state(application),
        ]);
    }
    html! { (table) }
}

async fn book(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let kind = wanted.kind.parse::<Kind>().ok();
    let found = app.loans.list(&visit.actor, None, kind, &page).await?;
    let kinds = Kind::ALL.map(|kind| (kind.code(), kind_name(kind)));
    let kinds = std::iter::once(("", "All".to_owned())).chain(kinds);
    let body = html! {
        (head("book", ""))
        form.row method="get" action="/staff/loans/book" data-swap {
            (Field::select("kind", "For", kinds).value(&wanted.kind).filter())
            button type="submit" { "Show" }
        }
        (loans(&found.rows))
        (ui::pager("/staff/loans/book", &[("kind", &wanted.kind)], wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Loans", &body))
}

fn loans(loans: &[LoanSeen]) -> Markup {
    let columns = [
        Column::text("Loan"),
        Column::text("For"),
        Column::figures("Owed"),
        Column::figures("Past due"),
        Column::figures("Days"),
        Column::text("Next due"),
        Column::text("State"),
    ];
    let mut table = Table::new("Loans", columns).or_empty(ui::empty(
        "No loans",
        "A loan appears here once its application is granted.",
        Markup::default(),
    ));
    for loan in loans {
        let money = |minor| ui::money(Money::new(minor, loan.currency));
        let balances = loan.balances.as_ref();
        table.row([
            html! { a href={ "/staff/loans/" (loan.id) } { (ui::identifier(&loan.id.to_string())) } },
            html! { (kind_name(loan.kind)) },
            html! { @if let Some(now) = balances { (money(now.owed.total())) } },
            html! { @if let Some(now) = balances { (money(now.past_due.total())) } },
            html! { @if let Some(now) = balances { (now.days_past_due) } },
            html! { @if let Some(day) = balances.and_then(|now| now.next_due_on) { (ui::date(day)) } },
            ui::status(loan.status.code()),
        ]);
    }
    html! { (table) }
}

#[derive(Deserialize)]
struct Term {
    #[serde(default)]
    q: String,
}

async fn search(State(app): State<App>, visit: Visit, Query(term): Query<Term>) -> Result<Response, Problem> {
    let found = app.loans.search(&visit.actor, &term.q).await.map_err(Problem::from);
    let (found, problem) = match found {
        Ok(found) => (Some(found), None),
        // What cannot be looked for is told beside the form.
        Err(problem) if !problem.errors().is_empty() => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let body = html! {
        (head("search", &term.q))
        (ui::errors(problem.as_ref()))
        @if let Some(found) = &found {
            section { h2 { "Applications" } (applications(&visit, &found.applications)) }
            section { h2 { "Loans" } (loans(&found.loans)) }
        }
    };
    Ok(visit.form_page("Loans", problem.as_ref(), &body))
}

/// What a loan is for, in words: `Credit card`.
fn kind_name(kind: Kind) -> String {
    sentence(&kind.code().replace('-', " "))
}

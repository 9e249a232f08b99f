//! The work list of those who look into fraud, laundering and sanctions, and each case with what is known of it.

mod file;
mod money;
mod new;
mod work;

pub(super) use new::link as open_link;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_compliance::cases::{Case, CaseKind, CaseQuery, Priority, Status};
use florin_http::{App, Problem, Query};
use florin_kernel::{Action, PageRequest};
use maud::{Markup, html};
use serde::Deserialize;

use super::names::Names;
use super::{may, where_permitted};
use crate::ui::{self, Column, Field, Table, Tone};
use crate::values::page_of;
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/cases", get(list))
        .merge(new::routes())
        .merge(file::routes())
        .merge(work::routes())
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    which: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    cursor: Option<String>,
}

/// The parts of the list.
const TABS: [(&str, &str); 5] = [
    ("open", "Unassigned"),
    ("mine", "Mine"),
    ("in_progress", "In work"),
    ("closed", "Closed"),
    ("all", "All"),
];

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let which = if wanted.which.is_empty() { "open" } else { wanted.which.as_str() };
    let query = CaseQuery {
        kind: wanted.kind.parse::<CaseKind>().ok(),
        status: if which == "mine" { Some(Status::InProgress) } else { which.parse::<Status>().ok() },
        assignee: (which == "mine").then_some(visit.user),
        subject: None,
    };
    let found = app.cases.list(&visit.actor, query, &page).await?;
    let kinds = CaseKind::ALL.iter().map(|kind| (kind.code(), kind_name(*kind)));
    let kinds = std::iter::once(("", "All")).chain(kinds);
    let tab = |(code, label): (&str, &str)| {
        html! {
            a href={ "/staff/cases?which=" (code) "&kind=" (wanted.kind) } aria-current=[(code == which).then_some("page")] { (label) }
        }
    };
    let opens = may(&visit, Action::WorkCases, "case");
    let actions = html! { @if opens { (ui::link_button(new::PATH, "Open a case", false)) } };
    let body = html! {
        (ui::heading("Cases", actions))
        nav.tabs aria-label="Which" { @for one in TABS { (tab(one)) } }
        form.row method="get" action="/staff/cases" data-swap {
            input type="hidden" name="which" value=(which);
            (Field::select("kind", "About", kinds).value(&wanted.kind).filter())
            button type="submit" { "Show" }
        }
        (table(&app, &visit, &found.rows).await)
        (ui::pager("/staff/cases", &[("which", which), ("kind", &wanted.kind)],
            wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Cases", &body))
}

/// Cases that nobody works on, those that are due first at the top, for whoever decides about them.
pub(super) async fn waiting(app: &App, visit: &Visit, rows: u16) -> Result<Option<Markup>, Problem> {
    if !may(visit, Action::WorkCases, "case") {
        return Ok(None);
    }
    let page = PageRequest::try_new(Some(rows), None)?;
    let query = CaseQuery { status: Some(Status::Open), ..CaseQuery::default() };
    let found = app.cases.list(&visit.actor, query, &page).await.map_err(Problem::from);
    let Some(found) = where_permitted(found)? else { return Ok(None) };
    Ok(Some(table(app, visit, &found.rows).await))
}

/// Cases, each with the way to it.
async fn table(app: &App, visit: &Visit, cases: &[Case]) -> Markup {
    let names = Names::of(app, visit, cases.iter().filter_map(|case| case.assignee).collect()).await;
    let columns = [
        Column::text("Case"),
        Column::text("About"),
        Column::text("Priority"),
        Column::text("Due"),
        Column::text("With"),
        Column::text("State"),
    ];
    let mut table = Table::new("Cases", columns).or_empty(ui::empty(
        "No cases here",
        "What is held for review, what monitoring finds and whom a list may mean appears here by itself.",
        Markup::default(),
    ));
    for case in cases {
        table.row([
            html! { a href={ "/staff/cases/" (case.id) } { (case.title) } },
            html! { (kind_name(case.kind)) },
            priority(case.priority),
            due(app, visit, case),
            html! { @if let Some(user) = case.assignee { (names.name(user)) } @else { "Nobody" } },
            state(case),
        ]);
    }
    html! { (table) }
}

/// By when a case is to be decided, and whether that is over.
fn due(app: &App, visit: &Visit, case: &Case) -> Markup {
    let late = case.status != Status::Closed && case.due_at < app.env.now();
    html! { (ui::moment(case.due_at, &visit.zone)) @if late { " " (ui::badge(Tone::Bad, "overdue")) } }
}

fn state(case: &Case) -> Markup {
    match case.decision {
        Some(decision) => ui::badge(Tone::Plain, &decision.code().replace('_', " ")),
        None => ui::status(case.status.code()),
    }
}

fn priority(priority: Priority) -> Markup {
    let tone = match priority {
        Priority::Low | Priority::Normal => Tone::Plain,
        Priority::High => Tone::Warn,
        Priority::Urgent => Tone::Bad,
    };
    ui::badge(tone, priority.code())
}

/// What a case suspects, in a word.
const fn kind_name(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Fraud => "Fraud",
        CaseKind::Aml => "Laundering",
        CaseKind::Screening => "Sanctions",
    }
}

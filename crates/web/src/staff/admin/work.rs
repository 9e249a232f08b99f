//! The queue of work: what waits, what failed too often, and giving that another try.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_app::WorkReport;
use florin_http::{App, Path, Problem};
use florin_kernel::Action;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::tabs;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::staff::may;
use crate::ui::{self, Column, Table};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/admin/jobs", get(show)).route("/staff/admin/jobs/{job}/retry", post(retry))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let report = app.administration.work(&visit.actor).await?;
    let body = html! {
        h1 { "Work" }
        (tabs(&visit))
        p { "What the program does beside requests: letters, payments, files, what is done by the clock. What fails is tried again, ever more seldom; what failed too often waits here for a person." }
        (dead(&visit, &report))
        (waiting(&visit, &report))
    };
    Ok(visit.page("Work", &body))
}

fn dead(visit: &Visit, report: &WorkReport) -> Markup {
    let columns = [
        Column::text("Kind"),
        Column::figures("Number"),
        Column::text("Added"),
        Column::figures("Tries"),
        Column::text("What it said last"),
        Column::text("What to do"),
    ];
    let mut table = Table::new("Failed too often", columns).or_empty(ui::empty(
        "Nothing failed too often",
        "What does is kept here until somebody looks at it.",
        Markup::default(),
    ));
    let may_retry = may(visit, Action::RetryJob, "job");
    for job in &report.dead {
        table.row([
            html! { code { (job.kind) } },
            html! { (job.seq) },
            ui::moment(job.created_at, &visit.zone),
            html! { (job.attempts) },
            html! { (job.last_error.as_deref().unwrap_or("Nothing")) },
            html! {
                @if may_retry {
                    (ui::confirm(visit, &format!("/staff/admin/jobs/{}/retry", job.seq), "Try again",
                        "It is done once more, and as often as new work if it fails again. Mend what it complains about first.",
                        &Markup::default()))
                } @else { span.muted { "An administrator can have it tried again." } }
            },
        ]);
    }
    html! { (table) }
}

fn waiting(visit: &Visit, report: &WorkReport) -> Markup {
    let columns = [
        Column::text("Kind"),
        Column::figures("Waiting"),
        Column::figures("Failed too often"),
        Column::text("Due since"),
    ];
    let mut table = Table::new("In the queue", columns).or_empty(ui::empty(
        "Nothing waits",
        "All that was to be done is done.",
        Markup::default(),
    ));
    for kind in &report.waiting {
        table.row([
            html! { code { (kind.kind) } },
            html! { (kind.pending) },
            html! { (kind.dead) },
            html! { @if let Some(at) = kind.oldest_due_at { (ui::moment(at, &visit.zone)) } @else { span.muted { "Not due yet" } } },
        ]);
    }
    html! { (table) }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn retry(
    State(app): State<App>,
    Path(job): Path<i64>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.administration.retry(&form.visit.actor, job).await?;
    Ok(go_saying(&app, "/staff/admin/jobs", &Flash::done("It is tried again.")))
}

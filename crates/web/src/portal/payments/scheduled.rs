//! `/payments/scheduled`: what is paid by a schedule, one of it with its next dates and its past, pausing and ending it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::ScheduledPaymentId;
use florin_payments::{ScheduleChange, ScheduleDetail, ScheduleState, ScheduledPayment, Sum};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{Ends, ROWS, tabs};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Table};
use crate::values::{Paging, sentence, words};
use crate::visit::Visit;

const PATH: &str = "/payments/scheduled";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route("/payments/scheduled/{id}", get(one))
        .route("/payments/scheduled/{id}/state", post(change))
        .route("/payments/scheduled/{id}/cancel", post(cancel))
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let found = app.scheduled.list(&visit.actor, None, None, &paging.of(ROWS)?).await?;
    let ends = Ends::of(&app, &visit.actor).await?;
    let columns = [
        Column::text("To"),
        Column::text("How often"),
        Column::text("Next"),
        Column::text("State"),
        Column::figures("Amount"),
    ];
    let mut table = Table::new("Your scheduled payments", columns).or_empty(ui::empty(
        "Nothing scheduled",
        "What is paid again and again can be paid by itself.",
        ui::link_button("/payments/scheduled/new", "Schedule a payment", true),
    ));
    for schedule in &found.rows {
        table.row([
            html! { a href={ (PATH) "/" (schedule.id) } { (ends.whom_name(schedule.whom)) } },
            html! { (rhythm(schedule.when.rhythm)) },
            html! { @if let Some((_, at)) = schedule.upcoming(1).first() { (ui::day(*at, &visit.zone)) } },
            ui::status(schedule.state.code()),
            amount(schedule),
        ]);
    }
    let body = html! {
        (ui::heading("Scheduled payments", ui::link_button("/payments/scheduled/new", "Schedule a payment", true)))
        (tabs(PATH))
        (table)
        (ui::pager(PATH, &[], paging.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Scheduled payments", &body))
}

/// How often, in words.
pub(super) fn rhythm(code: &str) -> String {
    let words = match code {
        "bi_weekly" => "Every two weeks",
        "semi_monthly" => "Twice a month",
        "last_day" => "On the last day of each month",
        "half_yearly" => "Every half year",
        other => return sentence(other),
    };
    words.to_owned()
}

/// How much is paid each time.
pub(in super::super) fn amount(schedule: &ScheduledPayment) -> Markup {
    match schedule.sum {
        Sum::Fixed(money) => ui::money(money),
        Sum::InstalmentDue => html! { "what is due" },
        Sum::Payoff => html! { "all that is owed" },
    }
}

async fn one(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<ScheduledPaymentId>,
) -> Result<Response, Problem> {
    let detail = app.scheduled.find(&visit.actor, id).await?;
    let ends = Ends::of(&app, &visit.actor).await?;
    let schedule = &detail.schedule;
    let body = html! {
        (ui::heading(&ends.whom_name(schedule.whom), ui::link_button(PATH, "All scheduled payments", false)))
        div.two {
            (ui::card("What is paid", facts(&visit, schedule, &ends)))
            (ui::card("Next", next(&visit, schedule)))
        }
        (actions(&visit, schedule))
        (ui::card("What was paid", runs(&visit, &detail)))
    };
    Ok(visit.page("Scheduled payment", &body))
}

fn facts(visit: &Visit, schedule: &ScheduledPayment, ends: &Ends) -> Facts {
    let until = schedule.when.end_on.map(ui::date);
    let times = schedule.when.end_after.map(|times| format!("{times} times"));
    let why = schedule.state_reason.as_ref().map(|code| words(code));
    Facts::new()
        .fact("From", ends.giver_name(schedule.from))
        .fact("To", ends.whom_name(schedule.whom))
        .fact("Amount", amount(schedule))
        .fact("How often", rhythm(schedule.when.rhythm))
        .fact("From the", ui::date(schedule.when.first_on))
        .fact("At", format!("{} ({})", schedule.when.time_of_day(), schedule.when.zone))
        .maybe("Until", until)
        .maybe("At most", times)
        .fact("State", ui::status(schedule.state.code()))
        .maybe("Why", why)
        .maybe("What for", schedule.description.as_ref())
        .fact("Set up", ui::day(schedule.created_at, &visit.zone))
}

fn next(visit: &Visit, schedule: &ScheduledPayment) -> Markup {
    let upcoming = schedule.upcoming(5);
    html! {
        @if upcoming.is_empty() { p.muted { "Nothing is paid by it now." } } @else {
            ol { @for (_, at) in upcoming { li { (ui::moment(at, &visit.zone)) } } }
        }
    }
}

fn actions(visit: &Visit, schedule: &ScheduledPayment) -> Markup {
    let path = format!("{PATH}/{}", schedule.id);
    let version = html! { input type="hidden" name="version" value=(schedule.version); };
    let to = |state: &str| html! { (version) input type="hidden" name="state" value=(state); };
    let change = format!("{path}/state");
    html! {
        div.actions {
            @match schedule.state {
                ScheduleState::Active => (ui::confirm(visit, &change, "Pause", "Nothing is paid by it until you go on.", &to("paused"))),
                ScheduleState::Paused => (ui::confirm(visit, &change, "Go on", "The next payment is made when it falls due; what was left out is not made up for.", &to("active"))),
                ScheduleState::Ended | ScheduleState::Cancelled => {}
            }
            @if matches!(schedule.state, ScheduleState::Active | ScheduleState::Paused) {
                (ui::confirm(visit, &format!("{path}/cancel"), "End it", "Nothing is paid by it any more. This cannot be undone.", &Markup::default()))
            }
        }
    }
}

fn runs(visit: &Visit, detail: &ScheduleDetail) -> Markup {
    let columns = [Column::text("Due"), Column::text("State"), Column::text("Why"), Column::text("Payment")];
    let mut table = Table::new("What was paid by it", columns).or_empty(ui::empty(
        "Nothing yet",
        "The first payment appears here.",
        Markup::default(),
    ));
    for run in &detail.runs {
        let why = run.reason.as_ref().map(|code| words(code));
        table.row([
            ui::moment(run.due_at, &visit.zone),
            ui::status(run.state.code()),
            html! { (why.unwrap_or_default()) },
            html! { @if let Some(id) = run.payment { a href={ "/payments/" (id) } { "The payment" } } },
        ]);
    }
    html! { (table) }
}

#[derive(Serialize, Deserialize)]
struct Change {
    version: i64,
    state: String,
}

async fn change(
    State(app): State<App>,
    Path(id): Path<ScheduledPaymentId>,
    form: Form<Change>,
) -> Result<Response, Problem> {
    let Change { version, state } = &form.typed;
    let change = ScheduleChange {
        version: *version,
        amount: None,
        description: None,
        state: Some(state.clone()),
        end_after: None,
        end_on: None,
        retry_times: None,
        retry_hours: None,
        notice_days: None,
        notice_made: None,
    };
    let detail = app.scheduled.change(&form.visit.actor, id, change).await?;
    let said = match detail.schedule.state {
        ScheduleState::Active => "It goes on.",
        _ => "It is paused.",
    };
    Ok(go_saying(&app, &format!("{PATH}/{id}"), &Flash::done(said)))
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn cancel(
    State(app): State<App>,
    Path(id): Path<ScheduledPaymentId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.scheduled.cancel(&form.visit.actor, id).await?;
    Ok(go_saying(&app, PATH, &Flash::done("Nothing is paid by it any more.")))
}

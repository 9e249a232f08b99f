//! What monitoring for laundering found, and its runs.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_compliance::alerts::{Alert, AlertId, AlertQuery, AlertStatus, Run};
use florin_compliance::monitor::{Role, Typology};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{Action, PageRequest};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::may;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{page_of, words};
use crate::visit::Visit;

const ROWS: u16 = 25;
/// How many runs are shown.
const RUNS_MAX: u16 = 5;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/aml", get(list))
        .route("/staff/aml/run", post(run))
        .route("/staff/aml/{id}", get(show))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    status: String,
    #[serde(default)]
    typology: String,
    #[serde(default)]
    cursor: Option<String>,
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let query = AlertQuery {
        status: wanted.status.parse::<AlertStatus>().ok(),
        typology: Typology::parse(&wanted.typology),
    };
    let found = app.monitoring.list(&visit.actor, query, &page).await?;
    let runs = app.monitoring.runs(&visit.actor, &PageRequest::try_new(Some(RUNS_MAX), None)?).await?;
    let all = || std::iter::once((String::new(), "All".to_owned()));
    let statuses = all().chain(AlertStatus::ALL.map(|one| (one.code().to_owned(), words(one.code()))));
    let typologies = all().chain(Typology::ALL.map(|one| (one.name().to_owned(), words(one.name()))));
    let body = html! {
        h1 { "Laundering" }
        form.row method="get" action="/staff/aml" data-swap {
            (Field::select("status", "State", statuses).value(&wanted.status).filter())
            (Field::select("typology", "Looks like", typologies).value(&wanted.typology).filter())
            button type="submit" { "Show" }
        }
        (table(&visit, &found.rows))
        (ui::pager("/staff/aml", &[("status", &wanted.status), ("typology", &wanted.typology)],
            wanted.cursor.as_deref(), found.next_cursor.as_deref()))
        (ui::card("The latest runs", html! {
            (run_table(&visit, &runs.rows))
            @if may(&visit, Action::MonitorAml, "aml_alert") {
                (ui::confirm(&visit, "/staff/aml/run", "Look now",
                    "The books of the last weeks are looked through at once, as they are every night. It can take some minutes.",
                    &Markup::default()))
            }
        }))
    };
    Ok(visit.page("Laundering", &body))
}

fn table(visit: &Visit, alerts: &[Alert]) -> Markup {
    let columns = [
        Column::text("Looks like"),
        Column::figures("Amount"),
        Column::figures("Score"),
        Column::text("Last movement"),
        Column::text("Case"),
        Column::text("State"),
    ];
    let mut table = Table::new("Alerts", columns).or_empty(ui::empty(
        "Nothing found",
        "What looks like laundering in the books appears here, with a case for each.",
        Markup::default(),
    ));
    for alert in alerts {
        table.row([
            html! { a href={ "/staff/aml/" (alert.id) } { (words(alert.typology.name())) } },
            ui::money(alert.amount),
            html! { (alert.score) },
            ui::moment(alert.last_at, &visit.zone),
            html! { a href={ "/staff/cases/" (alert.case) } { "The case" } },
            ui::status(alert.status.code()),
        ]);
    }
    html! { (table) }
}

fn run_table(visit: &Visit, runs: &[Run]) -> Markup {
    let columns = [
        Column::text("When"),
        Column::figures("Movements"),
        Column::figures("Found"),
        Column::figures("New"),
        Column::figures("Went on"),
        Column::figures("Took"),
    ];
    let mut table = Table::new("Runs", columns).or_empty(html! { p { "It did not run yet." } });
    for run in runs {
        table.row([
            ui::moment(run.at, &visit.zone),
            html! { (run.movements) },
            html! { (run.findings) },
            html! { (run.opened) },
            html! { (run.went_on) },
            html! { (run.took_ms) " ms" },
        ]);
    }
    html! { (table) }
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<AlertId>) -> Result<Response, Problem> {
    let alert = app.monitoring.find(&visit.actor, id).await?;
    let title = words(alert.typology.name());
    let also: Vec<String> = alert.also.iter().map(|one| words(one.name())).collect();
    let facts = Facts::new()
        .fact("State", ui::status(alert.status.code()))
        .fact("Case", html! { a href={ "/staff/cases/" (alert.case) } { "Open, with the money around it" } })
        .fact("Amount", ui::money(alert.amount))
        .fact("Score", html! { (alert.score) " of 1,000" })
        .maybe("Also fits", (!also.is_empty()).then(|| also.join(", ")))
        .fact("First movement", ui::moment(alert.first_at, &visit.zone))
        .fact("Last movement", ui::moment(alert.last_at, &visit.zone))
        .fact("Movements", alert.movement_count)
        .fact("Found", ui::moment(alert.created_at, &visit.zone));
    let body = html! {
        h1 { (title) }
        div.two {
            div.stack-wide {
                (ui::card("What was seen", html! { p { (alert.explanation) } }))
                (ui::card("Accounts", accounts(&alert)))
            }
            (ui::card("The alert", facts))
        }
    };
    Ok(visit.page(&title, &body))
}

fn accounts(alert: &Alert) -> Markup {
    let columns = [Column::text("Account"), Column::text("Part")];
    let mut table = Table::new("Accounts", columns).or_empty(html! { p { "None." } });
    for named in &alert.accounts {
        let part = match named.role {
            Role::Main => "It is about this one",
            Role::Source => "Money starts here",
            Role::Middle => "Money passes through",
            Role::Sink => "Money ends here",
        };
        let id = named.account.to_string();
        table.row([html! { a href={ "/staff/accounts/" (id) } { (ui::identifier(&id)) } }, html! { (part) }]);
    }
    html! { (table) }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn run(State(app): State<App>, form: Form<Nothing>) -> Result<Response, Problem> {
    let run = app.monitoring.run(&form.visit.actor).await?;
    let said = format!("{} movements were looked at: {} new findings.", run.movements, run.opened);
    Ok(go_saying(&app, "/staff/aml", &Flash::done(said)))
}

//! Alerts: what fires, what happened about it, and saying that one looks after it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::Action;
use florin_monitoring::alerts::{Alert, AlertId, AlertQuery, AlertStatus, Event};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::staff::may;
use crate::ui::{self, Column, Facts, Field, Table, Tone};
use crate::values::{page_of, sentence};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/ops/alerts", get(list))
        .route("/ops/alerts/{id}", get(show))
        .route("/ops/alerts/{id}/acknowledge", post(acknowledge))
        .route("/ops/alerts/{id}/resolve", post(resolve))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    status: String,
    #[serde(default)]
    cursor: Option<String>,
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let status = AlertStatus::ALL.into_iter().find(|status| status.code() == wanted.status);
    let query = AlertQuery { status, severity: None, rule: None };
    let found = app.alerts.list(&visit.actor, query, &page_of(wanted.cursor.as_deref(), ROWS)?).await?;
    let all = std::iter::once((String::new(), "All".to_owned()));
    let statuses = all.chain(AlertStatus::ALL.map(|one| (one.code().to_owned(), sentence(one.code()))));
    let body = html! {
        (ui::heading("Alerts", html! {
            (ui::link_button("/ops", "Dashboard", false)) (ui::link_button("/ops/silences", "Silences", false))
        }))
        form.row method="get" action="/ops/alerts" data-swap {
            (Field::select("status", "State", statuses).value(&wanted.status).filter())
            button type="submit" { "Show" }
        }
        (table(&visit, &found.rows))
        (ui::pager("/ops/alerts", &[("status", &wanted.status)], wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Alerts", &body))
}

fn severity(alert: &Alert) -> Markup {
    let tone = match alert.severity.code() {
        "critical" => Tone::Bad,
        "warning" => Tone::Warn,
        _ => Tone::Plain,
    };
    ui::badge(tone, alert.severity.code())
}

fn table(visit: &Visit, alerts: &[Alert]) -> Markup {
    let columns = [
        Column::text("What"),
        Column::text("Rule"),
        Column::text("How bad"),
        Column::text("Since"),
        Column::text("State"),
    ];
    let mut table = Table::new("Alerts", columns).or_empty(ui::empty(
        "No alert",
        "What is not as it should be appears here, and is told to the channels that are set up.",
        Markup::default(),
    ));
    for alert in alerts {
        table.row([
            html! { a href={ "/ops/alerts/" (alert.id) } { (alert.summary) } },
            html! { (alert.rule) @if !alert.instance.is_empty() { " " span.muted { (alert.instance) } } },
            severity(alert),
            ui::moment(alert.fired_at, &visit.zone),
            ui::status(alert.status.code()),
        ]);
    }
    html! { (table) }
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<AlertId>) -> Result<Response, Problem> {
    let (alert, history) = app.alerts.find(&visit.actor, id).await?;
    let facts = Facts::new()
        .fact("State", ui::status(alert.status.code()))
        .fact("How bad", severity(&alert))
        .fact("Rule", &alert.rule)
        .maybe("Of", Some(&alert.instance).filter(|text| !text.is_empty()))
        .fact("Value", &alert.value)
        .fact("Since", ui::moment(alert.fired_at, &visit.zone))
        .maybe("Resolved", alert.resolved_at.map(|at| ui::moment(at, &visit.zone)))
        .fact("What to do", html! { code { (alert.runbook) } });
    let works = may(&visit, Action::WorkAlerts, "operations");
    let body = html! {
        h1 { (alert.summary) }
        div.two {
            (ui::card("What happened", ui::timeline(&history.iter().map(|event| told(&visit, event)).collect::<Vec<_>>())))
            (ui::card("The alert", facts))
        }
        @if works && alert.status != AlertStatus::Resolved { (actions(&visit, &alert)) }
    };
    Ok(visit.page(&alert.summary, &body))
}

fn told(visit: &Visit, event: &Event) -> ui::Event {
    let by = if event.by.is_some() { "By a person" } else { "By itself" };
    let note = if event.note.is_empty() { by.to_owned() } else { format!("{by}: {}", event.note) };
    ui::Event { at: ui::moment(event.at, &visit.zone), title: sentence(event.kind.code()), note: Some(note) }
}

fn actions(visit: &Visit, alert: &Alert) -> Markup {
    let path = format!("/ops/alerts/{}", alert.id);
    let note = Field::area("note", "Note").optional();
    let note = html! { (note) };
    html! {
        div.actions {
            @if alert.status == AlertStatus::Firing {
                (ui::confirm(visit, &format!("{path}/acknowledge"), "Acknowledge",
                    "The others learn that you look after it, and nobody is reminded of it any more.", &note))
            }
            (ui::confirm(visit, &format!("{path}/resolve"), "Resolve",
                "It is closed. Where its rule is still broken it fires again at the next look.", &note))
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Noted {
    #[serde(default)]
    note: String,
}

async fn acknowledge(
    State(app): State<App>,
    Path(id): Path<AlertId>,
    form: Form<Noted>,
) -> Result<Response, Problem> {
    app.alerts.acknowledge(&form.visit.actor, id, &form.typed.note).await?;
    Ok(go_saying(&app, &format!("/ops/alerts/{id}"), &Flash::done("Acknowledged: it is yours now.")))
}

async fn resolve(
    State(app): State<App>,
    Path(id): Path<AlertId>,
    form: Form<Noted>,
) -> Result<Response, Problem> {
    app.alerts.resolve(&form.visit.actor, id, &form.typed.note).await?;
    Ok(go_saying(&app, "/ops/alerts", &Flash::done("Resolved.")))
}

//! Silences: alerts of which nobody is told for a while, because somebody knows.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem};
use florin_kernel::{Action, Timestamp};
use florin_monitoring::alerts::{NewSilence, Silence, SilenceId};
use jiff::ToSpan as _;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::staff::may;
use crate::ui::{self, Column, Field, Table};
use crate::values::fault;
use crate::visit::Visit;

/// For how long: the hours, and what they are called.
const LENGTHS: [(i64, &str); 5] =
    [(1, "An hour"), (4, "Four hours"), (12, "Twelve hours"), (24, "A day"), (168, "A week")];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/ops/silences", get(show).post(silence)).route("/ops/silences/{id}/end", post(end))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    rule: String,
    #[serde(default)]
    instance: String,
    #[serde(default)]
    hours: String,
    #[serde(default)]
    reason: String,
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    page(&app, &visit, &Typed::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let found = app.alerts.silences(&visit.actor).await?;
    let works = may(visit, Action::WorkAlerts, "operations");
    let body = html! {
        (ui::heading("Silences", ui::link_button("/ops/alerts", "Alerts", false)))
        (ui::errors(problem))
        (table(visit, &found, works))
        @if works { (ui::card("Silence a rule", form(app, visit, typed, problem))) }
    };
    Ok(visit.form_page("Silences", problem, &body))
}

fn table(visit: &Visit, silences: &[Silence], works: bool) -> Markup {
    let columns = [Column::text("Rule"), Column::text("Why"), Column::text("Until"), Column::text("End it")];
    let mut table = Table::new("Silences", columns).or_empty(ui::empty(
        "Nothing is silenced",
        "Silence a rule while you work on what breaks it, so that nobody else is called.",
        Markup::default(),
    ));
    for silence in silences {
        table.row([
            html! { (silence.rule) @if let Some(instance) = &silence.instance { " " span.muted { (instance) } } },
            html! { (silence.reason) },
            ui::moment(silence.ends_at, &visit.zone),
            html! {
                @if works {
                    (ui::confirm(visit, &format!("/ops/silences/{}/end", silence.id), "End now",
                        "Alerts of this rule are told again from now on.", &Markup::default()))
                }
            },
        ]);
    }
    html! { (table) }
}

fn form(app: &App, visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let rules = app.alerts.rules().iter().map(|rule| (rule.name.clone(), rule.name.clone()));
    let lengths = LENGTHS.map(|(hours, label)| (hours.to_string(), label));
    ui::post_form(
        visit,
        "/ops/silences",
        &html! {
            (Field::select("rule", "Rule", rules).value(&typed.rule).faults(problem))
            (Field::text("instance", "Of one instance").value(&typed.instance).optional().hint("Left empty, of all.").faults(problem))
            (Field::select("hours", "For", lengths).value(&typed.hours).faults(problem))
            (Field::text("reason", "Why").value(&typed.reason).at_most(500).faults(problem))
            div.actions { button.primary type="submit" { "Silence" } }
        },
    )
}

fn until(typed: &Typed, now: Timestamp) -> Result<Timestamp, Problem> {
    let hours = LENGTHS.iter().find(|(hours, _)| hours.to_string() == typed.hours).map(|(hours, _)| *hours);
    let hours = hours.ok_or_else(|| fault("hours", "Choose one of the list"))?;
    now.checked_add(hours.hours()).map_err(|error| Problem::internal(&error))
}

async fn silence(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let typed = &form.typed;
    let wanted = NewSilence {
        rule: typed.rule.clone(),
        instance: Some(typed.instance.clone()).filter(|text| !text.is_empty()),
        reason: typed.reason.clone(),
        ends_at: until(typed, app.env.now())?,
    };
    match app.alerts.silence(&form.visit.actor, wanted).await.map_err(Problem::from) {
        Ok(_) => Ok(go_saying(&app, "/ops/silences", &Flash::done("Nobody is told of it until then."))),
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => page(&app, &form.visit, typed, Some(&problem)).await,
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn end(
    State(app): State<App>,
    Path(id): Path<SilenceId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.alerts.end_silence(&form.visit.actor, id).await?;
    Ok(go_saying(&app, "/ops/silences", &Flash::done("The silence is over.")))
}

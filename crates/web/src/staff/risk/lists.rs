//! Lists of whom and what decisions block or allow.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{Action, Timestamp};
use florin_risk::ListDimension;
use florin_risk::engine::Effect;
use florin_risk::service::{KeptListEntry, ListEntryId, ListFilter, NewListEntry};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::may;
use super::super::names::Names;
use super::tabs;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table, Tone};
use crate::values::{fault, given, page_of, required_day, sentence};
use crate::visit::Visit;

const ROWS: u16 = 50;
const PATH: &str = "/staff/risk/lists";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(list).post(add)).route("/staff/risk/lists/{id}/remove", post(remove))
}

#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    effect: String,
    #[serde(default)]
    which: String,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    dimension: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    effect: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    until: String,
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    page(&app, &visit, &wanted, &Typed::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    wanted: &Wanted,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let filter = ListFilter {
        dimension: None,
        effect: Effect::find(&wanted.effect),
        active: (wanted.which != "all").then_some(true),
    };
    let found = app.risk.list_entries(&visit.actor, filter, &page).await?;
    let names = Names::of(app, visit, found.rows.iter().filter_map(|entry| entry.created_by).collect()).await;
    let change = may(visit, Action::ChangeRiskLists, "risk_list");
    let body = html! {
        h1 { "What guides decisions" }
        (tabs(PATH))
        (ui::errors(problem))
        form.row method="get" action=(PATH) data-swap {
            (Field::select("effect", "Effect", [("", "Both"), ("block", "Block"), ("allow", "Allow")]).of_form("show").value(&wanted.effect).filter())
            (Field::select("which", "Which", [("", "In force"), ("all", "All that ever were")]).value(&wanted.which).filter())
            button type="submit" { "Show" }
        }
        (table(app, visit, &found.rows, &names, change))
        (ui::pager(PATH, &[("effect", &wanted.effect), ("which", &wanted.which)],
            wanted.cursor.as_deref(), found.next_cursor.as_deref()))
        @if change { (ui::card("Put something on a list", form(visit, typed, problem))) }
    };
    Ok(visit.form_page("Lists", problem, &body))
}

fn table(app: &App, visit: &Visit, entries: &[KeptListEntry], names: &Names, change: bool) -> Markup {
    let columns = [
        Column::text("Value"),
        Column::text("What"),
        Column::text("Effect"),
        Column::text("Why"),
        Column::text("Until"),
        Column::text("By"),
        Column::text("Remove"),
    ];
    let mut table = Table::new("Entries", columns).or_empty(ui::empty(
        "Nothing on the lists",
        "What is put on them below counts with the next decision.",
        Markup::default(),
    ));
    let now = app.env.now();
    for entry in entries {
        let tone = if entry.effect == Effect::Block { Tone::Bad } else { Tone::Good };
        let active = entry.is_active(now);
        table.row([
            html! { span.mono { (entry.value) } },
            html! { (sentence(entry.dimension.name())) },
            html! { (ui::badge(tone, entry.effect.name())) @if !active { " " (ui::badge(Tone::Plain, "over")) } },
            html! { (entry.reason) },
            html! { @if let Some(at) = entry.expires_at { (ui::moment(at, &visit.zone)) } @else { "It is removed" } },
            html! { (names.name_or_program(entry.created_by)) br; (ui::day(entry.created_at, &visit.zone)) },
            html! {
                @if change && active {
                    (ui::confirm(visit, &format!("{PATH}/{}/remove", entry.id), "Remove",
                        "It no longer counts, beginning with the next decision.", &Markup::default()))
                }
            },
        ]);
    }
    html! { (table) }
}

fn form(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let dimensions = ListDimension::ALL.map(|one| (one.name(), sentence(one.name())));
    ui::post_form(
        visit,
        PATH,
        &html! {
            (Field::select("dimension", "What", dimensions).value(&typed.dimension).faults(problem))
            (Field::text("value", "Value").value(&typed.value).faults(problem).hint("An identifier, an address such as 203.0.113.0/24, a country such as KP"))
            (Field::radios("effect", "Effect", [("block", "Block: it is refused"), ("allow", "Allow: it is let through, unless something blocks it")]).value(&typed.effect).faults(problem))
            (Field::text("reason", "Why").value(&typed.reason).at_most(500).faults(problem))
            (Field::date("until", "Until the end of").value(&typed.until).optional().faults(problem))
            div.actions { button.primary type="submit" { "Put it on the list" } }
        },
    )
}

impl Typed {
    fn entry(&self, zone: &TimeZone) -> Result<NewListEntry, Problem> {
        let expires_at = match given(&self.until) {
            Some(text) => Some(end_of(required_day(&text, "until")?, zone)?),
            None => None,
        };
        Ok(NewListEntry {
            dimension: ListDimension::find(&self.dimension)
                .ok_or_else(|| fault("dimension", "Choose one of the list"))?,
            value: self.value.trim().to_owned(),
            effect: Effect::find(&self.effect).ok_or_else(|| fault("effect", "Choose block or allow"))?,
            reason: self.reason.clone(),
            expires_at,
        })
    }
}

/// The instant at which a day is over.
fn end_of(day: jiff::civil::Date, zone: &TimeZone) -> Result<Timestamp, Problem> {
    let next = day.tomorrow().and_then(|next| next.to_zoned(zone.clone()));
    next.map(|next| next.timestamp()).map_err(|_| fault("until", "There is no such day"))
}

async fn add(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let added = match form.typed.entry(&form.visit.zone) {
        Ok(entry) => app.risk.add_list_entry(&form.visit.actor, entry).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match added {
        Ok(_) => Ok(go_saying(&app, PATH, &Flash::done("It is on the list."))),
        Err(problem) if problem.errors().is_empty() && problem.code() != "conflict" => Err(problem),
        Err(problem) => page(&app, &form.visit, &Wanted::default(), &form.typed, Some(&problem)).await,
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn remove(
    State(app): State<App>,
    Path(id): Path<ListEntryId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.risk.remove_list_entry(&form.visit.actor, id).await?;
    Ok(go_saying(&app, PATH, &Flash::done("It is off the list.")))
}

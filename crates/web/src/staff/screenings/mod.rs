//! Names that were looked for on lists of sanctions: each beside the entries that it may be, and the decision.

mod lists;
mod name;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_compliance::screening::{
    DecideScreening, Decision, KeptHit, Screening, ScreeningFile, ScreeningId, ScreeningQuery, Source,
    Status, SubjectKind, sentences,
};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::Action;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::may;
use super::names::Names;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Event, Facts, Field, Table};
use crate::values::{fault, page_of, sentence, words};
use crate::visit::Visit;

const PATH: &str = "/staff/screenings";
const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/screenings", get(list))
        .route("/staff/screenings/{id}", get(show))
        .route("/staff/screenings/{id}/decide", post(decide))
        .merge(lists::routes())
        .merge(name::routes())
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    status: String,
    #[serde(default)]
    cursor: Option<String>,
}

const STATES: [(&str, &str); 5] = [
    ("open", "To decide"),
    ("confirmed", "Confirmed"),
    ("cleared", "Cleared"),
    ("clear", "Nothing found"),
    ("all", "All"),
];

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let current = if wanted.status.is_empty() { "open" } else { wanted.status.as_str() };
    let query = ScreeningQuery { status: current.parse::<Status>().ok(), subject: None };
    let found = app.sanctions.list(&visit.actor, query, &page).await?;
    let lists = app.sanctions.lists(&visit.actor).await?;
    let names = Names::of(&app, &visit, found.rows.iter().filter_map(|one| one.user).collect()).await;
    let body = html! {
        h1 { "Screenings" }
        (tabs(&visit, PATH))
        nav.tabs aria-label="Which" {
            @for (code, label) in STATES {
                a href={ "/staff/screenings?status=" (code) } aria-current=[(code == current).then_some("page")] { (label) }
            }
        }
        (table(&visit, &found.rows, &names))
        (ui::pager("/staff/screenings", &[("status", current)], wanted.cursor.as_deref(), found.next_cursor.as_deref()))
        p.muted {
            @match lists.iter().map(|list| list.loaded_at).min() {
                None => "No lists are loaded, so that nobody can be found.",
                Some(oldest) => { (lists.len()) " of " (Source::ALL.len()) " lists are loaded, the oldest " (ui::day(oldest, &visit.zone)) "." },
            }
        }
    };
    Ok(visit.page("Screenings", &body))
}

/// The parts of the desk.
fn tabs(visit: &Visit, here: &str) -> Markup {
    let screens = may(visit, Action::Screen, "screening");
    let places = [
        (PATH, "Screenings", true),
        (name::PATH, "Screen a name", screens),
        (lists::PATH, "Lists of sanctions", true),
    ];
    html! {
        nav.tabs aria-label="Screening" {
            @for (path, label, _) in places.into_iter().filter(|(.., shown)| *shown) {
                a href=(path) aria-current=[(path == here).then_some("page")] { (label) }
            }
        }
    }
}

const fn subject(screening: &Screening) -> &'static str {
    match screening.subject.kind {
        SubjectKind::Customer => "A customer",
        SubjectKind::Payee => "A payee",
        SubjectKind::Name => "A name",
    }
}

/// Who was looked for, in a list: a name, and what it is the name of.
fn who(one: &Screening, names: &Names) -> Markup {
    html! {
        a href={ "/staff/screenings/" (one.id) } {
            @match (one.subject.kind, one.user) {
                (SubjectKind::Customer, Some(user)) => (names.name(user)),
                _ => (subject(one)),
            }
        }
        @match (one.subject.kind, one.user) {
            (SubjectKind::Payee, Some(user)) => { br; span.muted { "Of " (names.name(user)) } },
            (SubjectKind::Customer, _) => { br; span.muted { (subject(one)) } },
            _ => {}
        }
    }
}

fn table(visit: &Visit, screenings: &[Screening], names: &Names) -> Markup {
    let columns = [
        Column::text("Who"),
        Column::figures("Best score"),
        Column::text("On"),
        Column::text("When"),
        Column::text("State"),
    ];
    let mut table = Table::new("Screenings", columns).or_empty(ui::empty(
        "Nothing to decide",
        "Whom a list of sanctions may mean appears here. Customers and payees are looked for by themselves.",
        Markup::default(),
    ));
    for one in screenings {
        table.row([
            who(one, names),
            html! { @if let Some(best) = one.best { (best) } @else { "–" } },
            html! { (one.lists) },
            ui::moment(one.created_at, &visit.zone),
            ui::status(one.status.code()),
        ]);
    }
    html! { (table) }
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<ScreeningId>,
) -> Result<Response, Problem> {
    page(&app, &visit, id, &Typed::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    id: ScreeningId,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let file = app.sanctions.find(&visit.actor, id).await?;
    let people = file.judgements.iter().filter_map(|one| one.by).chain(file.screening.created_by);
    let names = Names::of(app, visit, people.collect()).await;
    let open = !matches!(file.screening.status, Status::Clear);
    let body = html! {
        h1 { (file.query.name) }
        (ui::errors(problem))
        (ui::card("Who was looked for", facts(visit, &file, &names)))
        section {
            h2 { "Who it may be" }
            @if file.hits.is_empty() { p { "Nobody on the lists." } }
            div.grid.wide { @for hit in &file.hits { (entry(&file, hit)) } }
        }
        @if !file.judgements.is_empty() { (ui::card("What was decided", judgements(visit, &file, &names))) }
        @if open && may(visit, Action::DecideScreening, "screening") { (ui::card("Decide", form(visit, id, typed, problem))) }
    };
    Ok(visit.form_page(&file.query.name, problem, &body))
}

fn facts(visit: &Visit, file: &ScreeningFile, names: &Names) -> Facts {
    let screening = &file.screening;
    let countries: Vec<String> = file.query.countries.iter().map(ToString::to_string).collect();
    Facts::new()
        .fact("State", ui::status(screening.status.code()))
        .fact("What", subject(screening))
        .maybe(
            "Customer",
            screening.user.map(|user| html! { a href={ "/staff/customers/" (user) } { "Open" } }),
        )
        .maybe("Countries", (!countries.is_empty()).then(|| countries.join(", ")))
        .fact("On", &screening.lists)
        .fact("From a score of", screening.threshold)
        .fact("Looked for", ui::moment(screening.created_at, &visit.zone))
        .fact("By", names.name_or_program(screening.created_by))
}

/// The name that was looked for, side by side with an entry of a list.
fn entry(file: &ScreeningFile, hit: &KeptHit) -> Markup {
    let programmes = hit.programmes.join(", ");
    let facts = Facts::new()
        .fact("Looked for", &file.query.name)
        .fact("Listed", html! { strong { (hit.listed_name) } })
        .fact("Score", html! { (hit.score) " of 1,000" })
        .fact("List", hit.source.code())
        .fact("Entry", &hit.entry_id)
        .fact("What", sentence(&hit.entry_kind))
        .maybe("Because of", Some(programmes).filter(|text| !text.is_empty()));
    html! {
        section.card {
            h3 { (hit.listed_name) }
            (facts)
            ul { @for why in sentences(&hit.explanation) { li { (sentence(&why)) } } }
        }
    }
}

fn judgements(visit: &Visit, file: &ScreeningFile, names: &Names) -> Markup {
    let events: Vec<Event> = file
        .judgements
        .iter()
        .map(|one| Event {
            at: ui::moment(one.at, &visit.zone),
            title: format!("{}, {}", words(one.decision.code()), names.name_or_program(one.by)),
            note: Some(one.reason.clone()),
        })
        .collect();
    ui::timeline(&events)
}

#[derive(Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    decision: String,
    #[serde(default)]
    reason: String,
}

fn form(visit: &Visit, id: ScreeningId, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let choices = [
        (
            "false_match",
            "It is somebody else: what is held is looked at again, and these entries ask no more",
        ),
        ("true_match", "It is whom the list means: their money stays where it is"),
    ];
    ui::post_form(
        visit,
        &format!("/staff/screenings/{id}/decide"),
        &html! {
            (Field::radios("decision", "Who it is", choices).value(&typed.decision).faults(problem))
            (Field::area("reason", "Why").value(&typed.reason).faults(problem).hint("What was compared: the date of birth, the address, the papers."))
            div.actions { button.primary type="submit" { "Decide" } }
        },
    )
}

async fn decide(
    State(app): State<App>,
    Path(id): Path<ScreeningId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let typed = &form.typed;
    let done = match typed.decision.parse::<Decision>() {
        Ok(decision) => {
            let order = DecideScreening { decision, reason: typed.reason.clone() };
            app.sanctions.decide(&form.visit.actor, id, order).await.map_err(Problem::from)
        }
        Err(_) => Err(fault("decision", "Choose who it is")),
    };
    match done {
        Ok(_) => {
            Ok(go_saying(&app, &format!("/staff/screenings/{id}"), &Flash::done("The screening is decided.")))
        }
        Err(problem) if problem.errors().is_empty() && problem.code() != "conflict" => Err(problem),
        Err(problem) => page(&app, &form.visit, id, typed, Some(&problem)).await,
    }
}

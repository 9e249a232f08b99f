//! The lists of sanctions: which are loaded and since when, and taking another version in.

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use florin_compliance::screening::{Loaded, LoadedList, Parts, Source};
use florin_http::{App, Path, Problem, Uploads, codes};
use florin_kernel::{Action, Resource};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::may;
use super::super::names::Names;
use super::tabs;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table, Tone};
use crate::visit::Visit;

pub(super) const PATH: &str = "/staff/screenings/lists";
/// As much as the API takes: twice the largest list.
const UPLOAD: Uploads =
    Uploads { bytes_max: 32 << 20, action: Action::LoadSanctions, kind: "sanctions_list" };
/// The fields of a list's files, in the order of [`Source::parts`].
const FILES: [&str; 3] = ["file", "second_file", "third_file"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/screenings/lists/{source}", get(load_page).post(load))
        .layer(Extension(UPLOAD))
        .route(PATH, get(show))
}

/// What a list is called.
const fn name(source: Source) -> &'static str {
    match source {
        Source::OfacSdn => "Specially designated nationals (OFAC)",
        Source::OfacCons => "Consolidated list (OFAC)",
        Source::Un => "Consolidated list (United Nations)",
        Source::Bis => "Denied persons (BIS)",
        Source::House => "The house's own list",
    }
}

fn may_load(visit: &Visit) -> bool {
    may(visit, Action::LoadSanctions, "sanctions_list")
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let lists = app.sanctions.lists(&visit.actor).await?;
    let names = Names::of(&app, &visit, lists.iter().filter_map(|list| list.loaded_by).collect()).await;
    let body = html! {
        h1 { "Lists of sanctions" }
        (tabs(&visit, PATH))
        @if lists.is_empty() {
            div.alert.note { p { "No list is loaded, so that nobody can be found." } }
        }
        (table(&visit, &lists, &names))
        p.muted { "After a list was taken in, all customers and payees are looked for among what is new or changed on it, by themselves." }
    };
    Ok(visit.page("Lists of sanctions", &body))
}

fn table(visit: &Visit, lists: &[LoadedList], names: &Names) -> Markup {
    let columns = [
        Column::text("List"),
        Column::figures("Entries"),
        Column::text("Loaded"),
        Column::text("By"),
        Column::text("Its content"),
        Column::text("Take in"),
    ];
    let mut table = Table::new("Lists of sanctions", columns);
    for source in Source::ALL {
        let list = lists.iter().find(|list| list.source == source);
        table.row([
            html! { (name(source)) br; span.mono.muted { (source.code()) } },
            html! { @if let Some(list) = list { (list.entries) } },
            html! {
                @match list {
                    Some(list) => (ui::moment(list.loaded_at, &visit.zone)),
                    None => (ui::badge(Tone::Warn, "not loaded")),
                }
            },
            html! { @if let Some(list) = list { (names.name_or_program(list.loaded_by)) } },
            html! { @if let Some(list) = list { (ui::identifier(&list.hash)) } },
            html! {
                @if may_load(visit) {
                    a href={ (PATH) "/" (source.code()) } { @if list.is_some() { "Another version" } @else { "Take it in" } }
                }
            },
        ]);
    }
    html! { (table) }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    insist: String,
}

async fn load_page(
    State(app): State<App>,
    visit: Visit,
    Path(source): Path<Source>,
) -> Result<Response, Problem> {
    // Whoever may only read is told so here, and not after choosing files.
    visit.actor.permit(Action::LoadSanctions, Resource::kind("sanctions_list"))?;
    page(&app, &visit, source, &Typed::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    source: Source,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let lists = app.sanctions.lists(&visit.actor).await?;
    let present = lists.iter().find(|list| list.source == source);
    let files = FILES.into_iter().zip(source.parts());
    let body = html! {
        h1 { (name(source)) }
        (ui::errors(problem))
        p {
            @match present {
                Some(list) => { "The version in use was loaded " (ui::moment(list.loaded_at, &visit.zone)) " and has " (list.entries) " entries." },
                None => "It is not loaded yet.",
            }
        }
        (ui::upload_form(visit, &format!("{PATH}/{source}"), &html! {
            p.hint { "As its publisher writes it, packed by gzip or not, of 32 MiB at most. It is taken in whole or not at all; the same content once more changes nothing." }
            @for (field, part) in files { (Field::file(field, part.to_uppercase()).faults(problem)) }
            (Field::checkbox("insist", "Take it in though it loses more than half of its entries").value(&typed.insist))
            div.actions {
                button.primary type="submit" { "Take it in" }
                (ui::link_button(PATH, "Cancel", false))
            }
        }))
    };
    Ok(visit.form_page(name(source), problem, &body))
}

async fn load(
    State(app): State<App>,
    Path(source): Path<Source>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    match loaded(&app, source, &form).await {
        Ok(loaded) => Ok(go_saying(&app, PATH, &said(&loaded))),
        // A list that is broken or much shorter is told beside the form: other files are chosen, or it is insisted on.
        Err(problem)
            if !problem.errors().is_empty()
                || problem.code() == codes::CONFLICT.name
                || problem.code() == codes::SANCTIONS_LIST_UNREADABLE.name =>
        {
            page(&app, &form.visit, source, &form.typed, Some(&problem)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn loaded(app: &App, source: Source, form: &Form<Typed>) -> Result<Loaded, Problem> {
    let files = FILES.into_iter().zip(source.parts());
    let files = files.map(|(field, part)| Ok(form.file(field, &part.to_uppercase())?.to_vec()));
    let parts = Parts::read(source, files.collect::<Result<Vec<_>, Problem>>()?)?;
    let insist = form.typed.insist == "true";
    Ok(Box::pin(app.sanctions.load(&form.visit.actor, source, parts, insist)).await?)
}

fn said(loaded: &Loaded) -> Flash {
    if !loaded.changed {
        return Flash::notice("The content is the same as before; nothing is changed.");
    }
    let Loaded { entries, added, modified, removed, .. } = loaded;
    Flash::done(format!(
        "The list is taken in. Entries: {entries}, of which new {added} and changed {modified}; gone {removed}."
    ))
}

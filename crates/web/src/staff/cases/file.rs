//! A case: what is suspected and why, the money around it, what happened, what else there is about the same person.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_compliance::cases::{CaseFile, CaseId, CaseKind, CaseQuery, KeptEvidence, Status};
use florin_http::{App, Path, Problem};
use florin_kernel::{Action, AlertId, DecisionId, PageRequest, TransferId};
use maud::{Markup, html};

use super::super::names::Names;
use super::super::{may, where_permitted};
use super::{due, kind_name, money, priority, state, table, work};
use crate::ui::{self, Column, Event, Facts, Table};
use crate::values::words;
use crate::visit::Visit;

/// How many cases about the same person are shown.
const SIMILAR_MAX: u16 = 10;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/cases/{id}", get(show))
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<CaseId>) -> Result<Response, Problem> {
    page(&app, &visit, id, &work::Typed::default(), None).await
}

/// The page of a case, with what was typed and what was wrong with it.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    id: CaseId,
    typed: &work::Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let file = app.cases.find(&visit.actor, id).await?;
    let case = &file.case;
    let names = Names::of(app, visit, people(&file)).await;
    let picture = money::picture(app, visit, &file).await?;
    let body = html! {
        h1 { (case.title) }
        (ui::errors(problem))
        div.grid.small.tiny {
            (ui::stat("Suspected", kind_name(case.kind), None))
            (ui::stat("Priority", priority(case.priority), None))
            (ui::stat("State", state(case), None))
            (ui::stat("Due", due(app, visit, case), None))
        }
        div.two {
            div.stack-wide {
                (reasons(app, visit, &file).await?)
                (ui::card("Evidence", evidence(visit, &file, &names)))
                @if !picture.0.is_empty() { (ui::card("The money around it", picture)) }
                (ui::card("What happened", happened(visit, &file, &names)))
                (similar(app, visit, &file).await?)
            }
            div.stack-wide {
                (ui::card("The case", facts(visit, &file, &names)))
                @if case.status != Status::Closed && may(visit, Action::WorkCases, "case") {
                    (work::assignment(visit, case))
                    (work::note(visit, case, typed, problem))
                    (work::evidence(visit, case, typed, problem))
                }
            }
        }
        @if case.status != Status::Closed && may(visit, Action::DecideCase, "case") {
            (work::decision(visit, case, typed, problem))
        }
    };
    Ok(visit.form_page(&case.title, problem, &body))
}

/// Everybody whom a case names.
fn people(file: &CaseFile) -> Vec<florin_kernel::UserId> {
    let case = &file.case;
    let named = [case.subject, case.assignee, case.decided_by].into_iter();
    let added = file.evidence.iter().map(|one| one.added_by);
    let written = file.notes.iter().map(|one| one.written_by);
    named.chain(added).chain(written).flatten().collect()
}

fn facts(visit: &Visit, file: &CaseFile, names: &Names) -> Facts {
    let case = &file.case;
    Facts::new()
        .maybe(
            "Customer",
            case.subject.map(|user| html! { a href={ "/staff/customers/" (user) } { (names.name(user)) } }),
        )
        .fact("Opened because of", reference(file))
        .fact("With", case.assignee.map_or_else(|| "Nobody".to_owned(), |user| names.name(user)))
        .fact("Opened", ui::moment(case.opened_at, &visit.zone))
        .maybe("Decided by", case.decided_at.map(|_| names.name_or_program(case.decided_by)))
        .maybe("Decided", case.decided_at.map(|at| ui::moment(at, &visit.zone)))
        .fact("Report of suspicious activity", if case.sar { "Due" } else { "Not due" })
        .maybe(
            "Follows",
            case.follows.map(|before| html! { a href={ "/staff/cases/" (before) } { "An earlier case" } }),
        )
        .fact("Identifier", html! { span.mono { (case.id) } })
}

/// What a case is about, as a link where there is a page of it.
fn reference(file: &CaseFile) -> Markup {
    let reference = &file.case.reference;
    let path = match file.case.kind {
        CaseKind::Screening => Some("/staff/screenings"),
        CaseKind::Fraud | CaseKind::Aml => None,
    };
    let is_one = reference.parse::<TransferId>().is_ok();
    html! {
        @match path.filter(|_| is_one) {
            Some(path) => a href={ (path) "/" (reference) } { "A screening" },
            None if is_one => { "A transfer or payment, " (ui::identifier(reference)) },
            None => (ui::identifier(reference)),
        }
    }
}

/// The decisions that the case was opened by: the score, and each reason in a sentence.
async fn reasons(app: &App, visit: &Visit, file: &CaseFile) -> Result<Markup, Problem> {
    let mut shown = Vec::new();
    for kept in file.evidence.iter().filter(|kept| kept.evidence.kind == "decision") {
        let Ok(id) = kept.evidence.reference.parse::<DecisionId>() else { continue };
        let found = app.risk.event(&visit.actor, id).await.map_err(Problem::from);
        if let Some((stored, again)) = where_permitted(found)? {
            shown.push((stored, again));
        }
    }
    Ok(html! {
        @for (stored, again) in &shown {
            section.card {
                h2 { "Why it was held" }
                (super::super::risk::ruling(stored, again.as_ref().map(|(ruling, _)| ruling)))
                p { a href={ "/staff/security-events/" (stored.id) } { "All that the decision was made of" } }
            }
        }
    })
}

fn evidence(visit: &Visit, file: &CaseFile, names: &Names) -> Markup {
    let columns = [Column::text("What"), Column::text("It says"), Column::text("Added")];
    let mut table = Table::new("Evidence", columns).or_empty(ui::empty(
        "No evidence yet",
        "What speaks for or against the suspicion is gathered here.",
        Markup::default(),
    ));
    for kept in &file.evidence {
        table.row([
            about(kept),
            html! { (kept.evidence.text) },
            html! {
                (ui::moment(kept.added_at, &visit.zone))
                br; span.muted { (names.name_or_program(kept.added_by)) }
            },
        ]);
    }
    html! { (table) }
}

/// What a piece of evidence is, as a link where there is a page of it.
fn about(kept: &KeptEvidence) -> Markup {
    let (kind, reference) = (kept.evidence.kind.as_str(), kept.evidence.reference.as_str());
    let word = words(kind);
    let path = match kind {
        "decision" => Some(format!("/staff/security-events/{reference}")),
        "screening" => Some(format!("/staff/screenings/{reference}")),
        "finding" => {
            let alert = reference.split(':').next().unwrap_or_default();
            alert.parse::<AlertId>().ok().map(|alert| format!("/staff/aml/{alert}"))
        }
        _ => None,
    };
    html! {
        @match path {
            Some(path) => a href=(path) { (word) },
            None => (word),
        }
        br; (ui::identifier(reference))
    }
}

/// All that happened to a case, in its order.
fn happened(visit: &Visit, file: &CaseFile, names: &Names) -> Markup {
    let case = &file.case;
    let at = |at| ui::moment(at, &visit.zone);
    let mut events = vec![(case.opened_at, "Opened".to_owned(), None)];
    events.extend(file.evidence.iter().map(|one| {
        let title = format!("{} added", words(&one.evidence.kind));
        (one.added_at, title, Some(names.name_or_program(one.added_by)))
    }));
    events.extend(
        file.notes
            .iter()
            .map(|note| (note.written_at, names.name_or_program(note.written_by), Some(note.text.clone()))),
    );
    if let (Some(decided_at), Some(decision)) = (case.decided_at, case.decision) {
        let title = format!("Decided: {}", words(decision.code()));
        events.push((decided_at, title, Some(names.name_or_program(case.decided_by))));
    }
    events.sort_by_key(|(at, ..)| *at);
    let events: Vec<Event> =
        events.into_iter().map(|(when, title, note)| Event { at: at(when), title, note }).collect();
    ui::timeline(&events)
}

/// Other cases about the same person.
async fn similar(app: &App, visit: &Visit, file: &CaseFile) -> Result<Markup, Problem> {
    let Some(subject) = file.case.subject else { return Ok(Markup::default()) };
    let page = PageRequest::try_new(Some(SIMILAR_MAX), None)?;
    let query = CaseQuery { subject: Some(subject), ..CaseQuery::default() };
    let mut found = app.cases.list(&visit.actor, query, &page).await?.rows;
    found.retain(|case| case.id != file.case.id);
    if found.is_empty() {
        return Ok(Markup::default());
    }
    Ok(ui::card("Other cases about the same customer", table(app, visit, &found).await))
}

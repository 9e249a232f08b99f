//! What waits for a second person: what it would do, who asked, and the decision.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_access::Approval;
use florin_http::{App, Path, Problem, Query};
use florin_kernel::ApprovalId;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names::Names;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{page_of, sentence, words};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/approvals", get(list))
        .route("/staff/approvals/{id}", get(show))
        .route("/staff/approvals/{id}/approve", post(approve))
        .route("/staff/approvals/{id}/reject", post(reject))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    cursor: Option<String>,
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let waiting = wanted.state != "all";
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let before = page.cursor_as::<ApprovalId>()?;
    let found = app.approvals.list(&visit.actor, waiting, before, page.limit().saturating_add(1)).await?;
    let found = page.page(found, |approval| approval.id.to_string());
    let tab = |label: &str, state: &str, current: bool| {
        html! { a href={ "/staff/approvals?state=" (state) } aria-current=[current.then_some("page")] { (label) } }
    };
    let body = html! {
        h1 { "Approvals" }
        nav.tabs aria-label="Which" { (tab("Waiting", "waiting", waiting)) (tab("All", "all", !waiting)) }
        (table(&app, &visit, &found.rows).await)
        (ui::pager("/staff/approvals", &[("state", &wanted.state)], wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Approvals", &body))
}

/// Approvals, each with the way to decide it.
pub(super) async fn table(app: &App, visit: &Visit, approvals: &[Approval]) -> Markup {
    let names = names(app, visit, approvals).await;
    let columns =
        [Column::text("What"), Column::text("Asked by"), Column::text("Asked"), Column::text("State")];
    let mut table = Table::new("Approvals", columns).or_empty(ui::empty(
        "Nothing waits",
        "What needs a second person appears here as soon as somebody asks for it.",
        Markup::default(),
    ));
    for approval in approvals {
        table.row([
            html! { a href={ "/staff/approvals/" (approval.id) } { (what(approval)) } },
            html! { (names.name(approval.asked_by)) },
            ui::moment(approval.asked_at, &visit.zone),
            ui::status(approval.state.code()),
        ]);
    }
    html! { (table) }
}

/// What is asked for, in words: `user.change_roles` is shown as `User: change roles`.
fn what(approval: &Approval) -> String {
    let (noun, verb) = approval.held.kind.split_once('.').unwrap_or((&approval.held.kind, ""));
    sentence(&format!("{}: {}", noun.replace('_', " "), verb.replace('_', " ")))
}

/// The names of those who asked and decided.
async fn names(app: &App, visit: &Visit, approvals: &[Approval]) -> Names {
    let people = approvals.iter().flat_map(|approval| [Some(approval.asked_by), approval.decided_by]);
    Names::of(app, visit, people.flatten().collect()).await
}

async fn find(app: &App, visit: &Visit, id: ApprovalId) -> Result<Approval, Problem> {
    Ok(app.approvals.find(&visit.actor, id).await?)
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<ApprovalId>) -> Result<Response, Problem> {
    let approval = find(&app, &visit, id).await?;
    let names = names(&app, &visit, std::slice::from_ref(&approval)).await;
    let facts = Facts::new()
        .fact("What", what(&approval))
        .fact("About", html! { span.mono { (approval.held.subject) } })
        .fact("Asked by", names.name(approval.asked_by))
        .fact("Asked", ui::moment(approval.asked_at, &visit.zone))
        .fact("Lapses", ui::moment(approval.expires_at, &visit.zone))
        .fact("State", ui::status(approval.state.code()))
        .maybe("Decided by", approval.decided_by.map(|by| names.name(by)))
        .maybe("Decided", approval.decided_at.map(|at| ui::moment(at, &visit.zone)))
        .maybe("Note", approval.note.as_ref());
    let body = html! {
        h1 { (what(&approval)) }
        div.two {
            (ui::card("What would be done", details(&approval.held.payload)))
            (ui::card("The request", facts))
        }
        @if approval.state.code() == "waiting" { (decision(&visit, &approval)) }
    };
    Ok(visit.page(&what(&approval), &body))
}

fn decision(visit: &Visit, approval: &Approval) -> Markup {
    if approval.asked_by == visit.user {
        return html! { p.muted { "You asked for this yourself, so somebody else decides it." } };
    }
    let note = |form| {
        let field = Field::area("note", "Note").of_form(form).optional();
        html! { (field.hint("What the other person, and the audit trail, should know.")) }
    };
    html! {
        div.actions {
            (ui::confirm(visit, &format!("/staff/approvals/{}/approve", approval.id), "Approve",
                "It is carried out at once, in your name and that of whoever asked.", &note("approve")))
            (ui::confirm(visit, &format!("/staff/approvals/{}/reject", approval.id), "Reject",
                "Nothing is changed. Whoever asked sees your note.", &note("reject")))
        }
    }
}

/// What a command carries, as facts; what is nested is shown as it is.
fn details(payload: &Value) -> Markup {
    let Value::Object(members) = payload else { return html! { pre { (payload) } } };
    let facts = members.iter().fold(Facts::new(), |facts, (name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        facts.fact(words(name), value)
    });
    html! { (facts) }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    note: String,
}

impl Typed {
    fn note(&self) -> Option<&str> {
        Some(self.note.as_str()).filter(|note| !note.is_empty())
    }
}

async fn approve(
    State(app): State<App>,
    Path(id): Path<ApprovalId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let approval = app.approvals.approve(&form.visit.actor, id, form.typed.note()).await?;
    Ok(go_saying(&app, "/staff/approvals", &Flash::done(format!("Approved and done. {}.", what(&approval)))))
}

async fn reject(
    State(app): State<App>,
    Path(id): Path<ApprovalId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let approval = app.approvals.reject(&form.visit.actor, id, form.typed.note()).await?;
    Ok(go_saying(&app, "/staff/approvals", &Flash::done(format!("Rejected. {}.", what(&approval)))))
}

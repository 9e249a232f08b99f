//! The audit trail: searched, read record by record, proved, verified.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_audit::{Filter, Line, Record, Report, Scope, moment};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{Timestamp, Uuid};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table, Tone};
use crate::values::{fault, page_of, sentence};
use crate::visit::Visit;

const ROWS: u16 = 50;
/// How many records are verified at most while somebody waits; the command line verifies them all.
const VERIFIED_MAX: i64 = 2_000_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/audit", get(list))
        .route("/staff/audit/verify", post(verify))
        .route("/staff/audit/{id}/proof", get(proof))
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    user: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    resource: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    cursor: Option<String>,
}

fn identifier(text: &str, field: &'static str) -> Result<Option<Uuid>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| fault(field, "Enter a whole identifier"))
}

fn instant(text: &str, field: &'static str) -> Result<Option<i64>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    moment(text, field == "to").map(Some).map_err(|why| fault(field, sentence(&why)))
}

impl Wanted {
    fn filter(&self) -> Result<Filter, Problem> {
        Ok(Filter {
            user_id: identifier(&self.user, "user")?,
            action: Some(self.action.clone()).filter(|action| !action.is_empty()),
            resource_id: identifier(&self.resource, "resource")?,
            resource_kind: None,
            succeeded: match self.result.as_str() {
                "success" => Some(true),
                "failure" => Some(false),
                _ => None,
            },
            from_us: instant(&self.from, "from")?,
            to_us: instant(&self.to, "to")?,
        })
    }

    fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("user", &self.user),
            ("action", &self.action),
            ("resource", &self.resource),
            ("result", &self.result),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    /// Where the same records are read out as a file.
    fn file(&self, format: &str) -> String {
        let names = ["user_id", "action", "resource_id", "result", "from", "to"];
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let given = names.iter().zip(self.pairs()).filter(|(_, (_, value))| !value.is_empty());
        pairs.extend_pairs(given.map(|(name, (_, value))| (name, value)));
        pairs.append_pair("format", format);
        format!("/api/v1/audit-logs?{}", pairs.finish())
    }
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let filter = match wanted.filter() {
        Ok(filter) => filter,
        Err(problem) => {
            let body = html! { h1 { "Audit trail" } (ui::errors(Some(&problem))) (filter_form(&wanted, Some(&problem))) };
            return Ok(visit.form_page("Audit trail", Some(&problem), &body));
        }
    };
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let before = page.cursor_as::<i64>()?.unwrap_or(i64::MAX);
    let found = app.audit.search(&visit.actor, filter, before, page.limit()).await?;
    let next = found.next_before.map(|next| next.to_string());
    let body = html! {
        h1 { "Audit trail" }
        (filter_form(&wanted, None))
        (table(&visit, &found.records))
        (ui::pager("/staff/audit", &wanted.pairs(), wanted.cursor.as_deref(), next.as_deref()))
        div.actions {
            a.button href=(wanted.file("csv")) download { "As CSV" }
            a.button href=(wanted.file("jsonl")) download { "As JSON lines" }
            (ui::confirm(&visit, "/staff/audit/verify", "Verify the trail",
                "Every record and every seal is reckoned anew and compared. It takes some seconds.", &Markup::default()))
        }
    };
    Ok(visit.page("Audit trail", &body))
}

fn filter_form(wanted: &Wanted, problem: Option<&Problem>) -> Markup {
    let results = [("", "All"), ("success", "Done"), ("failure", "Refused or failed")];
    html! {
        form.filters method="get" action="/staff/audit" role="search" data-swap {
            div.row {
                (Field::text("action", "Action").value(&wanted.action).filter().hint("Such as session.login").faults(problem))
                (Field::text("user", "Person").value(&wanted.user).filter().hint("An identifier").faults(problem))
                (Field::text("resource", "About").value(&wanted.resource).filter().hint("An identifier").faults(problem))
            }
            div.row {
                (Field::select("result", "Result", results).value(&wanted.result).filter())
                (Field::date("from", "From").value(&wanted.from).filter().faults(problem))
                (Field::date("to", "To").value(&wanted.to).filter().faults(problem))
                button.primary type="submit" { "Show" }
            }
        }
    }
}

fn table(visit: &Visit, records: &[Record]) -> Markup {
    let columns = [
        Column::text("Action"),
        Column::text("When"),
        Column::text("Who"),
        Column::text("About"),
        Column::text("Result"),
        Column::text("Record"),
    ];
    let mut table = Table::new("Records", columns).or_empty(ui::empty(
        "No such record",
        "Ask for less: another day, or any action.",
        Markup::default(),
    ));
    for record in records {
        let line = Line::from(record);
        let at: Option<Timestamp> = line.at.parse().ok();
        let tone = if line.error.is_none() { Tone::Good } else { Tone::Bad };
        let who = line.user_id.as_deref().or(line.operator).unwrap_or(line.actor);
        table.row([
            html! { (line.action) },
            html! { @if let Some(at) = at { (ui::moment(at, &visit.zone)) } @else { (line.at) } },
            html! { (ui::identifier(who)) @if let Some(ip) = line.ip { br; span.muted { (ip) } } },
            html! { (line.resource_kind) @if let Some(id) = &line.resource_id { br; (ui::identifier(id)) } },
            html! { (ui::badge(tone, line.result)) @if let Some(error) = line.error { br; span.muted { (error) } } },
            html! {
                details {
                    summary { (line.seq) }
                    pre { (serde_json::to_string_pretty(&line.details).unwrap_or_default()) }
                    a href={ "/staff/audit/" (line.id) "/proof" } { "Proof" }
                }
            },
        ]);
    }
    html! { (table) }
}

async fn proof(State(app): State<App>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let proof = app.audit.proof(&visit.actor, id).await?;
    let text = serde_json::to_string_pretty(&proof).map_err(|error| Problem::internal(&error))?;
    let body = html! {
        h1 { "Proof of a record" }
        p { "That this record stands in the trail as it was written: its hash, the hashes on the way to the root, and the signed seal. "
            code { "florin audit check-proof" } " verifies it without this server." }
        pre #proof tabindex="0" role="region" aria-label="The proof" { (text) }
        div.actions { button type="button" data-copy="proof" hidden { "Copy" } a.button href="/staff/audit" { "Back" } }
    };
    Ok(visit.page("Proof of a record", &body))
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn verify(State(app): State<App>, form: Form<Nothing>) -> Result<Response, Problem> {
    let scope = Scope { from_us: None, to_us: None, anchors: Vec::new(), records_max: Some(VERIFIED_MAX) };
    let report = app.audit.verify(&form.visit.actor, &scope).await?;
    Ok(form.visit.page("The trail, verified", &verified(&report)))
}

fn verified(report: &Report) -> Markup {
    let facts = Facts::new()
        .fact("Records", report.records)
        .fact("Seals", report.seals)
        .fact("Not sealed yet", report.unsealed)
        .maybe("Newest seal", report.newest.as_ref().map(|seal| html! { span.mono { (seal.hash_text()) } }));
    html! {
        h1 { @if report.is_intact() { "The trail is intact" } @else { "The trail does not agree" } }
        (ui::card("What was looked at", facts))
        @if !report.faults.is_empty() {
            (ui::card("What is wrong", html! { ul { @for fault in &report.faults { li { (fault.text) } } } }))
        }
        div.actions { a.button href="/staff/audit" { "Back" } }
    }
}

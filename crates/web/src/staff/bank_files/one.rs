//! A file for a bank: its payments and how far each is, taking it along, and saying that the bank has it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem};
use florin_kernel::BankFileId;
use florin_payments::bank_files::{BankFile, BankFileDetail, Entry, FileState};
use florin_payments::rail::Flow;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::names::Names;
use super::{PATH, may_exchange, name, network_name};
use crate::exchange::go_saying;
use crate::files::file;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Table};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/payments/files/{id}", get(show))
        .route("/staff/payments/files/{id}/content", post(content))
        .route("/staff/payments/files/{id}/sent", post(sent))
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<BankFileId>) -> Result<Response, Problem> {
    let detail = app.bank_files.find(&visit.actor, id).await?;
    let names = Names::of(&app, &visit, detail.file.created_by.into_iter().collect()).await;
    let title = format!("File {}", name(&detail.file));
    let body = html! {
        h1 { (title) }
        div.two {
            (ui::card("Its payments", entries(&detail)))
            (ui::card("The file", facts(&visit, &detail.file, &names)))
        }
        @if may_exchange(&visit) { (actions(&visit, &detail.file)) }
        p { a href=(PATH) { "All files" } }
    };
    Ok(visit.page(&title, &body))
}

fn facts(visit: &Visit, file: &BankFile, names: &Names) -> Facts {
    Facts::new()
        .fact("State", ui::status(file.state.code()))
        .fact("Network", network_name(file.network))
        .fact("Draws", ui::money(file.debits))
        .fact("Pays", ui::money(file.credits))
        .fact("Meant to settle on", ui::date(file.effective_on))
        .fact("Gone through from", ui::date(file.settles_on))
        .fact("Made", ui::moment(file.created_at, &visit.zone))
        .fact("Made by", names.name_or_program(file.created_by))
        .maybe("At the bank since", file.sent_at.map(|at| ui::moment(at, &visit.zone)))
        .fact("SHA-256 of its content", html! { span.mono { (file.digest) } })
}

fn entries(detail: &BankFileDetail) -> Markup {
    let columns = [
        Column::text("Payment"),
        Column::text("Way"),
        Column::figures("Amount"),
        Column::text("Number for the bank"),
        Column::text("State"),
    ];
    let mut table = Table::new("Payments of the file", columns);
    for entry in &detail.entries {
        table.row([
            html! {
                a href={ "/staff/payments/" (entry.payment) } { (ui::identifier(&entry.payment.to_string())) }
                @if entry.is_refund { br; span.muted { "Given back" } }
            },
            html! { @if entry.flow == Flow::In { "Drawn" } @else { "Paid" } },
            ui::money(entry.amount),
            html! { @if let Some(trace) = entry.trace { span.mono { (trace) } } },
            state(entry),
        ]);
    }
    html! { (table) }
}

fn state(entry: &Entry) -> Markup {
    html! {
        (ui::status(entry.state.code()))
        @if let Some(reason) = &entry.reason { br; span.muted { "The bank's reason: " (reason) } }
    }
}

fn actions(visit: &Visit, file: &BankFile) -> Markup {
    let path = format!("{PATH}/{}", file.id);
    html! {
        div.actions {
            (ui::confirm(visit, &format!("{path}/content"), "Take the file along",
                "Account numbers stand in it. That you took it is written into the audit trail.", &Markup::default()))
            @if file.state == FileState::Created {
                (ui::confirm(visit, &format!("{path}/sent"), "The bank has it",
                    "From then on the days count: what is not returned by then counts as gone through.", &Markup::default()))
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn content(
    State(app): State<App>,
    Path(id): Path<BankFileId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    let (kept, text) = app.bank_files.content(&form.visit.actor, id).await?;
    let name = format!("{}-{:06}.txt", kept.network.code(), kept.number);
    file(text.expose().to_vec(), "text/plain; charset=us-ascii", &name)
}

async fn sent(
    State(app): State<App>,
    Path(id): Path<BankFileId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.bank_files.mark_sent(&form.visit.actor, id).await?;
    let said = Flash::done("It is noted that the bank has it. The days count from now on.");
    Ok(go_saying(&app, &format!("{PATH}/{id}"), &said))
}

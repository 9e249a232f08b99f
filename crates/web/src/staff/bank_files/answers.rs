//! What banks answer: a file of returns and notifications of change is taken in, and each line says what it did.

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use florin_http::{App, Path, Problem, Query, Uploads, codes};
use florin_kernel::{Action, Money, Uuid};
use florin_payments::bank_files::{AnswerLine, AnswerReport, LineKind, TakenAnswer, TakenDetail};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::names::Names;
use super::super::payments::tabs;
use super::{ROWS, may_exchange, network_name};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table, Tone};
use crate::values::{Paging, fault, sentence};
use crate::visit::Visit;

const PATH: &str = "/staff/payments/answers";
/// How large a bank's file may be, as the API takes it, with the rest of the form.
const UPLOAD: Uploads = Uploads {
    bytes_max: (8 << 20) + (16 << 10),
    action: Action::ExchangeBankFiles,
    kind: "bank_file_answer",
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show).post(take))
        .layer(Extension(UPLOAD))
        .route("/staff/payments/answers/{id}", get(one))
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    page(&app, &visit, &paging, None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    paging: &Paging,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let found = app.bank_files.answers(&visit.actor, &paging.of(ROWS)?).await?;
    let people = found.rows.iter().filter_map(|answer| answer.by).collect();
    let names = Names::of(app, visit, people).await;
    let body = html! {
        h1 { "Answers of banks" }
        (tabs(visit, PATH))
        (ui::errors(problem))
        @if may_exchange(visit) { (ui::card("Take an answer in", form(visit, problem))) }
        (table(visit, &found.rows, &names))
        (ui::pager(PATH, &[], paging.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.form_page("Answers of banks", problem, &body))
}

fn form(visit: &Visit, problem: Option<&Problem>) -> Markup {
    ui::upload_form(
        visit,
        PATH,
        &html! {
            (Field::file("file", "The bank's file").faults(problem)
                .hint("Returns and notifications of change: Nacha's file, or one by Standard 005, of 8 MiB at most. It is taken in whole or not at all; the same file once more changes nothing."))
            div.actions { button.primary type="submit" { "Take it in" } }
        },
    )
}

fn table(visit: &Visit, answers: &[TakenAnswer], names: &Names) -> Markup {
    let columns = [
        Column::text("Taken in"),
        Column::text("Network"),
        Column::text("By"),
        Column::figures("Lines"),
        Column::figures("To be carried out"),
    ];
    let mut table = Table::new("Answers of banks", columns).or_empty(ui::empty(
        "No answers",
        "What a bank sends back appears here with what each line of it did.",
        Markup::default(),
    ));
    for answer in answers {
        table.row([
            html! { a href={ (PATH) "/" (answer.id) } { (ui::moment(answer.at, &visit.zone)) } },
            html! { (network_name(answer.network)) },
            html! { (names.name_or_program(answer.by)) },
            html! { (answer.lines) },
            html! { (answer.pending) },
        ]);
    }
    html! { (table) }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn take(State(app): State<App>, form: Form<Nothing>) -> Result<Response, Problem> {
    match taken(&app, &form).await {
        Ok(report) => Ok(go_saying(&app, &format!("{PATH}/{}", report.id), &said(&report))),
        Err(problem) if problem.code() == codes::BANK_FILE_UNREADABLE.name => {
            let why = problem.told().map_or_else(|| "This is no file of a bank".to_owned(), sentence);
            page(&app, &form.visit, &Paging::default(), Some(&fault("file", why))).await
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => page(&app, &form.visit, &Paging::default(), Some(&problem)).await,
    }
}

async fn taken(app: &App, form: &Form<Nothing>) -> Result<AnswerReport, Problem> {
    let content = form.file("file", "the bank's file")?;
    let text = std::str::from_utf8(content).map_err(|_| fault("file", "The file is no text"))?;
    Ok(app.bank_files.take_answers(&form.visit.actor, text).await?)
}

fn said(report: &AnswerReport) -> Flash {
    let pending = report.lines.iter().filter(|line| line.effect == "pending").count();
    match (report.repeated, pending) {
        (_, 1..) => Flash::notice("Lines could not be carried out yet: take the same file in once more."),
        (true, 0) => Flash::notice("This file was taken in before; nothing is done twice."),
        (false, 0) => Flash::done("The file is taken in."),
    }
}

async fn one(State(app): State<App>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let detail = app.bank_files.answer(&visit.actor, id).await?;
    let names = Names::of(&app, &visit, detail.answer.by.into_iter().collect()).await;
    let facts = Facts::new()
        .fact("Network", network_name(detail.answer.network))
        .fact("Taken in", ui::moment(detail.answer.at, &visit.zone))
        .fact("By", names.name_or_program(detail.answer.by));
    let body = html! {
        h1 { "Answer of a bank" }
        (ui::card("The file", facts))
        (ui::card("What each line did", lines(&detail)))
        p { a href=(PATH) { "All answers" } }
    };
    Ok(visit.page("Answer of a bank", &body))
}

fn lines(detail: &TakenDetail) -> Markup {
    let columns = [
        Column::text("Line"),
        Column::text("Number of the payment"),
        Column::text("The bank's code"),
        Column::figures("Amount"),
        Column::text("What it did"),
    ];
    let mut table = Table::new("Lines", columns);
    let currency = detail.answer.network.currency();
    for line in &detail.lines {
        table.row([
            html! { (line.position) ": " @match line.kind { LineKind::Return => "return", LineKind::Change => "change" } },
            html! { span.mono { (line.named) } },
            html! { span.mono { (line.code) } },
            html! { @if let Some(minor) = line.minor { (ui::money(Money::new(minor, currency))) } },
            effect(line),
        ]);
    }
    html! { (table) }
}

/// What a line did, in words, and whether somebody must look at it.
fn effect(line: &AnswerLine) -> Markup {
    let (tone, words) = match line.effect.as_str() {
        "returned" => (Tone::Good, "The payment came back"),
        "returned_after_refund" => (Tone::Bad, "It came back after it had been given back"),
        "refund_failed" => (Tone::Warn, "The refund did not arrive"),
        "corrected" => (Tone::Good, "The account is corrected"),
        "flagged" => (Tone::Bad, "Somebody must look at it"),
        "recorded" => (Tone::Plain, "It was over already; it is noted"),
        "known" => (Tone::Plain, "It was known"),
        "unknown" => (Tone::Warn, "There is no such payment: nothing was done"),
        "mismatch" => (Tone::Warn, "The payment is another one: nothing was done"),
        "pending" => (Tone::Warn, "Not carried out yet"),
        other => (Tone::Plain, other),
    };
    html! {
        (ui::badge(tone, words))
        @if let Some(detail) = &line.detail { br; span.muted { (sentence(detail)) } }
    }
}

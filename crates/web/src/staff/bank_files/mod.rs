//! Files for banks: what was written into them and how far it is, and what banks answered.

mod answers;
mod one;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_db::idempotency::Frozen;
use florin_http::{App, Problem, Query};
use florin_kernel::Action;
use florin_payments::bank_files::{BankFile, BankNetwork, BuildRender};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::may;
use super::payments::tabs;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table};
use crate::values::{Paging, answered, fault};
use crate::visit::Visit;

const PATH: &str = "/staff/payments/files";
const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(build)).merge(answers::routes()).merge(one::routes())
}

/// What a network is called.
const fn network_name(network: BankNetwork) -> &'static str {
    match network {
        BankNetwork::Ach => "ACH, United States",
        BankNetwork::Eft => "EFT, Canada",
    }
}

fn may_exchange(visit: &Visit) -> bool {
    may(visit, Action::ExchangeBankFiles, "bank_file")
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    page(&app, &visit, &paging, &Typed::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    paging: &Paging,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let found = app.bank_files.list(&visit.actor, &paging.of(ROWS)?).await?;
    let body = html! {
        h1 { "Bank files" }
        (tabs(visit, PATH))
        (ui::errors(problem))
        @if may_exchange(visit) { (ui::card("Make a file", form(visit, typed, problem))) }
        (table(visit, &found.rows))
        (ui::pager(PATH, &[], paging.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.form_page("Bank files", problem, &body))
}

fn form(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let networks = BankNetwork::ALL.map(|network| (network.code(), network_name(network)));
    ui::post_form(
        visit,
        PATH,
        &html! {
            p.hint { "At the cut-off of each banking day a file is made by itself. Made now, it has all that waits." }
            div.row {
                (Field::select("network", "Network", networks).value(&typed.network).faults(problem))
                button type="submit" { "Make it now" }
            }
        },
    )
}

fn table(visit: &Visit, files: &[BankFile]) -> Markup {
    let columns = [
        Column::text("File"),
        Column::text("Made"),
        Column::text("Settles"),
        Column::figures("Payments"),
        Column::figures("Draws"),
        Column::figures("Pays"),
        Column::text("State"),
    ];
    let mut table = Table::new("Files for banks", columns).or_empty(ui::empty(
        "No files",
        "What is paid to and drawn on accounts elsewhere by files of banks appears here.",
        Markup::default(),
    ));
    for file in files {
        table.row([
            html! { a href={ (PATH) "/" (file.id) } { (name(file)) } },
            ui::moment(file.created_at, &visit.zone),
            ui::date(file.settles_on),
            html! { (file.entries) },
            ui::money(file.debits),
            ui::money(file.credits),
            ui::status(file.state.code()),
        ]);
    }
    html! { (table) }
}

/// What a file is called.
fn name(file: &BankFile) -> String {
    format!("{} {}", file.network.code().to_uppercase(), file.number)
}

#[derive(Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    network: String,
}

/// What is frozen with a file that was made.
#[derive(Serialize, Deserialize)]
struct Made {
    id: String,
    more: bool,
}

async fn build(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    match made(&app, &form).await {
        Ok(made) => {
            let said = if made.more {
                Flash::notice("The file is made. Payments wait that it had no room for: make another.")
            } else {
                Flash::done("The file is made. Take it to the bank, and say so here.")
            };
            Ok(go_saying(&app, &format!("{PATH}/{}", made.id), &said))
        }
        Err(problem) if matches!(problem.code(), "forbidden" | "step_up_required") => Err(problem),
        Err(problem) => page(&app, &form.visit, &Paging::default(), &form.typed, Some(&problem)).await,
    }
}

async fn made(app: &App, form: &Form<Typed>) -> Result<Made, Problem> {
    let network = BankNetwork::find(&form.typed.network);
    let network = network.ok_or_else(|| fault("network", "Choose a network"))?;
    let render: BuildRender = Arc::new(|built| {
        let made = Made { id: built.file.id.to_string(), more: built.more };
        Frozen { status: 201, body: serde_json::to_vec(&made).unwrap_or_default() }
    });
    let key = form.key("page POST /staff/payments/files")?;
    answered(app.bank_files.build(&form.visit.actor, key, network, render).await?)
}

//! Orders to a loan: typed, looked at once more, carried out.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_app::Change;
use florin_db::idempotency::Frozen;
use florin_http::{App, Path2, Problem, Query};
use florin_kernel::LoanId;
use florin_ledger::AccountView;
use florin_lending::{LoanSeen, Received, Rendered};
use maud::html;
use serde::{Deserialize, Serialize};

use super::kind_name;
use super::orders::{Command, Order, Typed, accounts_of, facts};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui;
use crate::values::{answered, given};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/loans/{id}/orders/{order}", get(show).post(send))
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path2(id, order): Path2<LoanId, String>,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let order = Order::parse(&order)?;
    let loan = app.loans.loan(&visit.actor, id).await?;
    let accounts = accounts_of(&app, &visit, &loan).await?;
    Ok(form_page(&visit, order, &loan, &accounts, &typed, None))
}

async fn send(
    State(app): State<App>,
    Path2(id, order): Path2<LoanId, String>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let order = Order::parse(&order)?;
    let visit = &form.visit;
    let loan = app.loans.loan(&visit.actor, id).await?;
    let accounts = accounts_of(&app, visit, &loan).await?;
    let again = |problem: Option<&Problem>| form_page(visit, order, &loan, &accounts, &form.typed, problem);
    let command = match order.command(&form.typed, loan.currency) {
        Ok(command) => command,
        Err(problem) => return Ok(again(Some(&problem))),
    };
    match form.step() {
        "confirm" => match carry_out(&app, &form, order, id, &command).await {
            Ok(said) => Ok(go_saying(&app, &format!("/staff/loans/{id}"), &said)),
            Err(problem) if matches!(problem.code(), "step_up_required" | "forbidden") => Err(problem),
            Err(problem) => Ok(again(Some(&at_fields(problem)))),
        },
        "edit" => Ok(again(None)),
        _ => Ok(check_page(visit, order, &loan, &accounts, &form.typed, &command)),
    }
}

/// What is frozen with an order: that it was carried out.
#[derive(Serialize, Deserialize)]
struct Done {}

fn done() -> Frozen {
    Frozen { status: 200, body: b"{}".to_vec() }
}

async fn carry_out(
    app: &App,
    form: &Form<Typed>,
    order: Order,
    id: LoanId,
    command: &Command,
) -> Result<Flash, Problem> {
    let (by, note) = (&form.visit.actor, given(&form.typed.note));
    let key = form.key(&format!("page POST {}", order.path(id)))?;
    let render: Rendered = Arc::new(|_: &LoanSeen| done());
    match command.clone() {
        Command::Disburse(to) => {
            answered::<Done>(app.loans.disburse(by, key, id, to, render).await?)?;
        }
        Command::TakeIn(taken) => {
            let render = Arc::new(|_: &Received| done());
            answered::<Done>(app.loans.take_in(by, key, id, taken, render).await?)?;
        }
        Command::Serve(served) => {
            answered::<Done>(app.loans.serve(by, key, id, served, note, render).await?)?;
        }
        // The payment itself is taken back once, whatever the form's key.
        Command::Reverse(payment, to) => {
            app.loans.reverse(by, id, payment, to, note).await?;
        }
        Command::Weighty(what) => {
            if let Change::Held(_) = app.loan_desk.decide(by, id, what, note).await? {
                return Ok(Flash::notice("A second person must approve it."));
            }
        }
    }
    Ok(Flash::done(order.done()))
}

/// The faults of the service at the fields of the form.
fn at_fields(problem: Problem) -> Problem {
    let faults = problem.errors().to_vec();
    faults.into_iter().fold(problem.without_errors(), |problem, fault| {
        let field = match fault.field.as_str() {
            "first_due_date" | "start_date" => "date".to_owned(),
            "term_months" => "instalments".to_owned(),
            "account_id" | "from_account_id" | "to_account_id" => "account".to_owned(),
            other => other.to_owned(),
        };
        problem.field(field, fault.code, fault.message)
    })
}

fn form_page(
    visit: &Visit,
    order: Order,
    loan: &LoanSeen,
    accounts: &[AccountView],
    typed: &Typed,
    problem: Option<&Problem>,
) -> Response {
    let body = html! {
        h1 { (order.label()) }
        (about(loan))
        (ui::errors(problem))
        (ui::post_form(visit, &order.path(loan.id), &html! {
            (order.fields(loan, accounts, typed, problem))
            div.actions {
                button.primary type="submit" { "Continue" }
                a.button href={ "/staff/loans/" (loan.id) } { "Back to the loan" }
            }
        }))
    };
    visit.form_page(order.label(), problem, &body)
}

fn about(loan: &LoanSeen) -> maud::Markup {
    let owed = loan.balances.as_ref().map(|now| florin_kernel::Money::new(now.owed.total(), loan.currency));
    html! {
        p {
            (kind_name(loan.kind)) " loan " (ui::identifier(&loan.id.to_string()))
            @if let Some(owed) = owed { ", " (ui::money(owed)) " owed" }
        }
    }
}

fn check_page(
    visit: &Visit,
    order: Order,
    loan: &LoanSeen,
    accounts: &[AccountView],
    typed: &Typed,
    command: &Command,
) -> Response {
    let pairs = [
        ("account", &typed.account),
        ("amount", &typed.amount),
        ("date", &typed.date),
        ("option", &typed.option),
        ("component", &typed.component),
        ("instalments", &typed.instalments),
        ("payment", &typed.payment),
        ("note", &typed.note),
    ];
    let carried = html! {
        @for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            input type="hidden" name=(name) value=(value);
        }
    };
    let action = order.path(loan.id);
    let body = html! {
        h1 { (order.label()) }
        (about(loan))
        (ui::card("Look at it once more", html! { p { (order.explained()) } (facts(command, accounts, typed)) }))
        div.actions {
            (ui::post_form(visit, &action, &html! {
                (ui::step("confirm")) (carried)
                button.primary type="submit" { (order.label()) }
            }))
            (ui::post_form(visit, &action, &html! { (ui::step("edit")) (carried) button type="submit" { "Change it" } }))
        }
    };
    visit.page(order.label(), &body)
}

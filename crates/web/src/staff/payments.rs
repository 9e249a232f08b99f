//! Payments as staff see them: found by their state, each with what happened to it; given back, and settled by two where nobody
//! can tell what became of them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_db::idempotency::Frozen;
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{Action, TransferId};
use florin_payments::{
    Asked, PaymentDetail, PaymentFilter, PaymentOrder, RefundOrder, RefundRender, SettleVerdict, Source,
    Status, Target,
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::cases::open_link;
use super::may;
use super::names::Names;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Event, Facts, Field, Table};
use crate::values::{amount, answered, fault, given, page_of, words};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/payments", get(list))
        .route("/staff/payments/{id}", get(show))
        .route("/staff/payments/{id}/refund", post(refund))
        .route("/staff/payments/{id}/settle", post(settle))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    status: String,
    #[serde(default)]
    cursor: Option<String>,
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let filter = PaymentFilter { status: Status::find(&wanted.status), ..PaymentFilter::default() };
    let found = app.payments.list(&visit.actor, filter, &page).await?;
    let names = Names::of(&app, &visit, found.rows.iter().map(|order| order.user).collect()).await;
    let all = std::iter::once((String::new(), "All".to_owned()));
    let states = all.chain(Status::ALL.map(|one| (one.code().to_owned(), words(one.code()))));
    let body = html! {
        h1 { "Payments" }
        (tabs(&visit, "/staff/payments"))
        form.row method="get" action="/staff/payments" data-swap {
            (Field::select("status", "State", states).value(&wanted.status).filter())
            button type="submit" { "Show" }
        }
        (table(&visit, &found.rows, &names))
        (ui::pager("/staff/payments", &[("status", &wanted.status)], wanted.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("Payments", &body))
}

/// The places around payments, for whoever may read what is exchanged with banks.
pub(super) fn tabs(visit: &Visit, here: &str) -> Markup {
    let places = [
        ("/staff/payments", "Payments"),
        ("/staff/payments/files", "Bank files"),
        ("/staff/payments/answers", "Answers of banks"),
    ];
    html! {
        @if may(visit, Action::ReadBankFiles, "bank_file") {
            nav.tabs aria-label="Payments desk" {
                @for (path, label) in places {
                    a href=(path) aria-current=[(path == here).then_some("page")] { (label) }
                }
            }
        }
    }
}

fn table(visit: &Visit, orders: &[PaymentOrder], names: &Names) -> Markup {
    let columns = [
        Column::text("Payment"),
        Column::text("Of"),
        Column::text("By"),
        Column::figures("Amount"),
        Column::text("When"),
        Column::text("State"),
    ];
    let mut table = Table::new("Payments", columns).or_empty(ui::empty(
        "No such payments",
        "What customers pay to payees, billers and loans appears here.",
        Markup::default(),
    ));
    for order in orders {
        table.row([
            html! { a href={ "/staff/payments/" (order.id) } { (ui::identifier(&order.id.to_string())) } },
            html! { (names.name(order.user)) },
            html! { (words(order.carrier.method())) },
            ui::money(order.amount),
            ui::moment(order.created_at, &visit.zone),
            ui::status(order.status.code()),
        ]);
    }
    html! { (table) }
}

#[derive(Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    amount: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    note: String,
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<TransferId>) -> Result<Response, Problem> {
    page(&app, &visit, id, &Typed::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    id: TransferId,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let detail = app.payments.find(&visit.actor, id).await?;
    let order = &detail.order;
    let sides = app.payments.names(order).await?;
    let people = detail.refunds.iter().filter_map(|one| one.requested_by).chain([order.user]);
    let names = Names::of(app, visit, people.collect()).await;
    let path = format!("/staff/payments/{id}");
    let body = html! {
        h1 { "Payment of " (ui::plain_money(order.amount)) }
        (ui::errors(problem))
        div.two {
            div.stack-wide {
                (ui::card("What happened", happened(visit, &detail)))
                (ui::card("Given back", refunds(visit, &detail, &names)))
            }
            (ui::card("The payment", facts(visit, order, (&sides.from, sides.to.as_deref()), &names)))
        }
        div.actions {
            @if may(visit, Action::WorkCases, "case") { (open_link(Some(order.user), Some(order.id))) }
            @if order.status == Status::Completed && may(visit, Action::RefundPayment, "payment") {
                (ui::confirm(visit, &format!("{path}/refund"), "Give it back",
                    "The money goes back the way it came. That cannot be undone.", &html! {
                        (Field::amount("amount", format!("Amount in {}", order.amount.currency().code())).value(&typed.amount).optional().hint("Left empty it is all that is left.").faults(problem))
                        (Field::text("reason", "Why").value(&typed.reason).optional().at_most(200).faults(problem))
                    }))
            }
            @if order.status == Status::Unknown && may(visit, Action::SettlePayment, "payment") {
                (ui::confirm(visit, &format!("{path}/settle"), "Say what became of it",
                    "The processor cannot tell. A second person must say the same before the money moves or is free again.", &html! {
                        (Field::radios("outcome", "It was", [("completed", "Carried out: the money is gone"), ("failed", "Not carried out: the money is free for its payer")]).value(&typed.outcome).faults(problem))
                        (Field::area("note", "Note").value(&typed.note).optional().at_most(200).faults(problem))
                    }))
            }
        }
    };
    Ok(visit.form_page("Payment", problem, &body))
}

fn facts(visit: &Visit, order: &PaymentOrder, (from, to): (&str, Option<&str>), names: &Names) -> Facts {
    let source = match order.source {
        Source::Account(id) => html! { a href={ "/staff/accounts/" (id) } { (from) } },
        Source::Method(_) => html! { (from) },
    };
    let target = match order.target {
        Target::Loan(id) => html! { a href={ "/staff/loans/" (id) } { "A loan" } },
        Target::Payee(..) | Target::Account => html! { (to.unwrap_or("An account")) },
    };
    let decided = order.risk.score;
    Facts::new()
        .fact("State", ui::status(order.status.code()))
        .maybe("Why", order.decline_code.as_ref().map(|code| words(code)))
        .fact("Of", html! { a href={ "/staff/customers/" (order.user) } { (names.name(order.user)) } })
        .fact("From", source)
        .fact("To", target)
        .fact("Amount", ui::money(order.amount))
        .fact("Fee", ui::money(order.fee))
        .fact("Given back", ui::money(order.refunded))
        .fact("By", words(order.carrier.method()))
        .maybe("Processor", order.processor.as_ref())
        .maybe("Their number for it", order.processor_id.as_ref())
        .maybe("Note", order.description.as_ref())
        .fact("Risk", html! { (decided) " of 1,000" })
        .maybe("Held", order.under_review.then_some("Until somebody has looked at it: see its case"))
        .fact("Asked for", ui::moment(order.created_at, &visit.zone))
        .maybe("Over", order.completed_at.map(|at| ui::moment(at, &visit.zone)))
        .fact("Identifier", html! { span.mono { (order.id) } })
}

fn happened(visit: &Visit, detail: &PaymentDetail) -> Markup {
    let events: Vec<Event> = detail
        .history
        .iter()
        .map(|change| Event {
            at: ui::moment(change.at, &visit.zone),
            title: words(change.status.code()),
            note: Some(match &change.detail {
                Some(more) => format!("{}: {more}", words(&change.cause)),
                None => words(&change.cause),
            }),
        })
        .collect();
    ui::timeline(&events)
}

fn refunds(visit: &Visit, detail: &PaymentDetail, names: &Names) -> Markup {
    let columns =
        [Column::text("When"), Column::figures("Amount"), Column::text("By"), Column::text("State")];
    let mut table = Table::new("Refunds", columns).or_empty(html! { p { "Nothing was given back." } });
    for refund in &detail.refunds {
        table.row([
            ui::moment(refund.created_at, &visit.zone),
            ui::money(refund.amount),
            html! {
                (names.name_or_program(refund.requested_by))
                @if let Some(reason) = &refund.reason { br; span.muted { (reason) } }
            },
            ui::status(refund.status.code()),
        ]);
    }
    html! { (table) }
}

/// What is frozen with a refund: that it was taken.
#[derive(Serialize, Deserialize)]
struct Done {}

async fn refund(
    State(app): State<App>,
    Path(id): Path<TransferId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let by = &form.visit.actor;
    let currency = app.payments.find(by, id).await?.order.amount.currency();
    let wanted = given(&form.typed.amount).map(|text| amount(&text, currency, "amount")).transpose();
    let done = match wanted {
        Ok(wanted) => {
            let order = RefundOrder {
                payment: id,
                amount: wanted.map(Asked::Money),
                reason: given(&form.typed.reason),
            };
            let key = form.key(&format!("page POST /staff/payments/{id}/refund"))?;
            let render: RefundRender = Arc::new(|_, _| Frozen { status: 201, body: b"{}".to_vec() });
            match app.payments.refund(by, key, order, render).await {
                Ok(answer) => answered::<Done>(answer).map(|_| Flash::done("It is being given back.")),
                Err(refused) => Err(refused.into()),
            }
        }
        Err(problem) => Err(problem),
    };
    finish(&app, &form, id, done).await
}

async fn settle(
    State(app): State<App>,
    Path(id): Path<TransferId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let done = match SettleVerdict::find(&form.typed.outcome) {
        Some(verdict) => {
            let asked = app.settling.ask(&form.visit.actor, id, verdict, given(&form.typed.note)).await;
            asked.map(|_| Flash::notice("A second person must approve it.")).map_err(Problem::from)
        }
        None => Err(fault("outcome", "Choose what became of it")),
    };
    finish(&app, &form, id, done).await
}

/// Back to the payment: with what was done, or with what was typed and what is wrong with it.
async fn finish(
    app: &App,
    form: &Form<Typed>,
    id: TransferId,
    done: Result<Flash, Problem>,
) -> Result<Response, Problem> {
    match done {
        Ok(said) => Ok(go_saying(app, &format!("/staff/payments/{id}"), &said)),
        Err(problem) if matches!(problem.code(), "forbidden" | "step_up_required" | "not_found") => {
            Err(problem)
        }
        Err(problem) => page(app, &form.visit, id, &form.typed, Some(&problem)).await,
    }
}

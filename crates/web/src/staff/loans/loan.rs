//! A loan as staff see it: where it stands, what was agreed, what is due, what happened, and what can be done.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem};
use florin_kernel::{Currency, LoanId, Money};
use florin_lending::{
    CardHappening, Component, Contract, Due, EventSeen, Happened, Happening, Instalment, LoanSeen, Origin,
    ScheduleSeen, Status,
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::may;
use super::super::names::Names;
use super::application::figures;
use super::kind_name;
use super::orders::Order;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Event, Facts, Table};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/loans/{id}", get(show)).route("/staff/loans/{id}/accept", post(accept))
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<LoanId>) -> Result<Response, Problem> {
    let loan = app.loans.loan(&visit.actor, id).await?;
    let schedule = match &loan.contract {
        Contract::Instalments(_) => Some(app.loans.schedule(&visit.actor, id).await?),
        Contract::Card(_) => None,
    };
    let (_, events) = app.loans.events(&visit.actor, id, false).await?;
    let names = Names::of(&app, &visit, events.iter().filter_map(|event| event.by).collect()).await;
    let title = format!("{} loan", kind_name(loan.kind));
    let body = html! {
        (ui::heading(&title, actions(&visit, &loan)))
        (stats(&loan))
        @if loan.status == Status::Offered { (offered(&visit, &loan)) }
        div.two {
            div.stack-wide {
                @if let Some(schedule) = &schedule { (due(&loan, schedule)) }
                (ui::card("What happened", happened(&visit, &loan, &events, &names)))
            }
            div.stack-wide {
                (ui::card("The loan", facts(&visit, &loan)))
                (ui::card("What was agreed", figures(&loan)))
                (ui::card("Papers", papers(&loan)))
                (ui::card("What can be done", services(&visit, &loan)))
            }
        }
    };
    Ok(visit.page(&title, &body))
}

fn money(loan: &LoanSeen, minor: i64) -> Markup {
    ui::money(Money::new(minor, loan.currency))
}

fn stats(loan: &LoanSeen) -> Markup {
    html! {
        div.grid.small {
            (ui::stat("State", ui::status(loan.status.code()), None))
            @if let Some(now) = &loan.balances {
                (ui::stat("Owed", money(loan, now.owed.total()), None))
                (ui::stat("Past due", money(loan, now.past_due.total()), Some(&days(now.days_past_due))))
                @if now.held_minor > 0 { (ui::stat("Held for the borrower", money(loan, now.held_minor), None)) }
                @if let Some(minor) = now.available_minor { (ui::stat("Can be drawn", money(loan, minor), None)) }
                @if let Some(day) = now.next_due_on { (ui::stat("Next due", ui::date(day), None)) }
            }
        }
    }
}

fn days(count: u64) -> String {
    match count {
        0 => "Current".to_owned(),
        1 => "For one day".to_owned(),
        many => format!("For {many} days"),
    }
}

/// Paying out comes first, once the offer was taken.
fn actions(visit: &Visit, loan: &LoanSeen) -> Markup {
    html! {
        @if Order::Disburse.is_for(loan) && may(visit, Order::Disburse.action(), "loan") {
            (ui::link_button(&Order::Disburse.path(loan.id), Order::Disburse.label(), true))
        }
        @if Order::TakeIn.is_for(loan) && may(visit, Order::TakeIn.action(), "loan") {
            (ui::link_button(&Order::TakeIn.path(loan.id), Order::TakeIn.label(), true))
        }
    }
}

fn offered(visit: &Visit, loan: &LoanSeen) -> Markup {
    html! {
        div.actions {
            (ui::confirm(visit, &format!("/staff/loans/{}/accept", loan.id), "Record that it was accepted",
                "The borrower has taken the offer, at the counter say, and has the disclosures in hand. It can be paid out then.",
                &Markup::default()))
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn accept(
    State(app): State<App>,
    Path(id): Path<LoanId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.loans.accept(&form.visit.actor, id).await?;
    Ok(go_saying(&app, &format!("/staff/loans/{id}"), &Flash::done("The offer is accepted.")))
}

fn facts(visit: &Visit, loan: &LoanSeen) -> Facts {
    let whose = match loan.origin {
        Origin::Own => "Ours",
        Origin::External => "Another lender's",
    };
    let at = |at| ui::moment(at, &visit.zone);
    Facts::new()
        .fact("Identifier", html! { span.mono { (loan.id) } })
        .fact("Whose it is", whose)
        .maybe("Lender", loan.lender.as_ref())
        .maybe("Their number for it", loan.account_number.as_ref())
        .fact("Product", html! { (loan.product.0) ", version " (loan.product.1) })
        .maybe(
            "Borrower",
            loan.borrower.map(|user| html! { a href={ "/staff/customers/" (user) } { "Open" } }),
        )
        .maybe(
            "Application",
            loan.application.map(|id| html! { a href={ "/staff/loans/applications/" (id) } { "Open" } }),
        )
        .fact("Made", at(loan.created_at))
        .maybe("Can be accepted until", loan.offer_ends_on.map(ui::date))
        .maybe("Accepted", loan.accepted_at.map(at))
        .maybe("Paid out", loan.paid_out_at.map(at))
        .maybe(
            "Paid out to",
            loan.paid_to.map(|id| html! { a href={ "/staff/accounts/" (id) } { "The account" } }),
        )
}

fn papers(loan: &LoanSeen) -> Markup {
    let base = format!("/api/v1/loans/{}", loan.id);
    let link = |path: &str, label: &str| html! { li { a href={ (base) (path) } { (label) } } };
    html! {
        ul {
            @if matches!(loan.contract, Contract::Instalments(_)) {
                @if loan.papers.is_some() { (link("/disclosure?format=pdf", "Disclosure (PDF)")) }
                (link("/schedule?format=pdf", "Schedule (PDF)"))
                (link("/schedule?format=csv", "Schedule (CSV)"))
                @if loan.status == Status::Active { (link("/payoff?format=pdf", "Payoff letter for today (PDF)")) }
            }
            @if loan.status.is_paid_out() { (link("/statement?format=pdf", "Statement (PDF)")) }
        }
    }
}

/// What this person can do with a loan as it stands.
fn services(visit: &Visit, loan: &LoanSeen) -> Markup {
    let offered: Vec<Order> = Order::ALL
        .into_iter()
        .filter(|order| order.is_listed() && order.is_for(loan) && may(visit, order.action(), "loan"))
        .collect();
    html! {
        @if offered.is_empty() { p.muted { "Nothing, as it stands." } }
        ul { @for order in offered { li { a href=(order.path(loan.id)) { (order.label()) } } } }
    }
}

/// What is due and will be, or before it is paid out what was agreed.
fn due(loan: &LoanSeen, schedule: &ScheduleSeen) -> Markup {
    html! {
        @if loan.status.is_paid_out() {
            (ui::card("What is due", outlook(loan, &schedule.outlook)))
        }
        section.card {
            h2 { "The schedule" }
            details open[!loan.status.is_paid_out()] {
                summary { "As it was agreed: " (schedule.original.len()) " instalments" }
                (agreed(loan, &schedule.original))
            }
        }
    }
}

fn outlook(loan: &LoanSeen, dues: &[Due]) -> Markup {
    let columns = [
        Column::text("Due"),
        Column::figures("Amount"),
        Column::figures("Principal"),
        Column::figures("Interest"),
        Column::figures("Fees"),
    ];
    let mut table =
        Table::new("What is open and to come", columns).or_empty(html! { p { "Nothing is due any more." } });
    for due in dues {
        let open = due.open;
        table.row([
            html! { (ui::date(due.due_on)) @if let Some(number) = due.number { " " span.muted { "no. " (number) } } },
            money(loan, open.total()),
            money(loan, open.of(Component::Principal)),
            money(loan, open.of(Component::Interest)),
            money(loan, open.of(Component::Fee).saturating_add(open.of(Component::Penalty))),
        ]);
    }
    html! { (table) }
}

fn agreed(loan: &LoanSeen, instalments: &[Instalment]) -> Markup {
    let columns = [
        Column::figures("Number"),
        Column::text("Due"),
        Column::figures("Payment"),
        Column::figures("Interest"),
        Column::figures("Principal"),
        Column::figures("Balance"),
    ];
    let mut table = Table::new("Instalments", columns);
    for one in instalments {
        table.row([
            html! { (one.number) },
            ui::date(one.due_on),
            money(loan, one.payment_minor()),
            money(loan, one.interest_minor),
            money(loan, one.principal_minor),
            money(loan, one.balance_minor),
        ]);
    }
    html! { (table) }
}

fn happened(visit: &Visit, loan: &LoanSeen, events: &[EventSeen], names: &Names) -> Markup {
    if events.is_empty() {
        return html! { p { "Nothing yet: payments and whatever else becomes of the loan appear here." } };
    }
    let told = events.iter().map(|event| Event {
        at: ui::date(event.on),
        title: sentence_of(loan.currency, event),
        note: note_of(event, names),
    });
    let can_reverse = Order::Reverse.is_for(loan) && may(visit, Order::Reverse.action(), "loan");
    let back: Vec<&EventSeen> =
        events.iter().filter(|event| event.what.paid_minor().is_some() && !event.reversed).collect();
    html! {
        (ui::timeline(&told.collect::<Vec<_>>()))
        @if can_reverse && !back.is_empty() {
            details {
                summary { "Take a payment back" }
                ul {
                    @for event in back {
                        li {
                            a href={ (Order::Reverse.path(loan.id)) "?payment=" (event.id) } {
                                (sentence_of(loan.currency, event)) ", " (ui::date(event.on))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn note_of(event: &EventSeen, names: &Names) -> Option<String> {
    let by = event.by.map(|by| names.name(by));
    let back = event.reversed.then(|| "taken back".to_owned());
    let parts: Vec<String> = by.into_iter().chain(back).chain(event.note.clone()).collect();
    (!parts.is_empty()).then(|| parts.join(". "))
}

/// What happened, in words: `Paid 313.36 USD`.
fn sentence_of(currency: Currency, event: &EventSeen) -> String {
    let (text, minor) = match event.what {
        Happened::Loan(what) => match what {
            Happening::RateChanged(rate) => return format!("The rate became {rate} %"),
            Happening::Rescheduled(how) => return format!("Rescheduled: {} instalments", how.instalments),
            Happening::ReAged => return "What was past due was put off to the end".to_owned(),
            Happening::WrittenOff => return "Written off".to_owned(),
            Happening::FeeCharged(minor) => ("Charged a fee of", minor),
            Happening::PenaltyCharged(minor) => ("Charged for default", minor),
            Happening::Paid(minor) => ("Paid", minor),
            Happening::PrincipalPaid(minor) => ("Paid on the principal", minor),
            Happening::Waived(_, minor) => ("Forgiven", minor),
            Happening::Refunded(minor) => ("Given back", minor),
        },
        Happened::Card(what) => match what {
            CardHappening::Purchased(minor) => ("Bought for", minor),
            CardHappening::CashDrawn(minor) => ("Drew cash", minor),
            CardHappening::FeeCharged(minor) => ("Charged a fee of", minor),
            CardHappening::Paid(minor) => ("Paid", minor),
        },
    };
    format!("{text} {}", ui::plain_money(Money::new(minor, currency)))
}

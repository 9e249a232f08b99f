//! `/loans/{id}`: what is owed of one loan, what comes, what paying it off costs, and its papers.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{Date, LoanId};
use florin_lending::{
    Contract, EventSeen, Happened, Happening, Kind, LoanSeen, Payoff, ScheduleSeen, Status,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::whole;
use super::{kind_name, money, offer};
use crate::exchange::go;
use crate::ui::{self, Bar, Column, Facts, Field, Table};
use crate::values::day;
use crate::visit::Visit;

/// How many of the latest payments are shown.
const PAYMENTS: usize = 25;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/loans/{id}", get(show))
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    /// The day that somebody thinks of paying the loan off.
    #[serde(default)]
    payoff: String,
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<LoanId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let loan = app.loans.loan(&visit.actor, id).await?;
    if loan.kind == Kind::CreditCard {
        return Ok(go(&format!("/cards/{id}")));
    }
    if loan.status == Status::Offered {
        return Ok(offer::page(&visit, &loan));
    }
    let schedule = app.loans.schedule(&visit.actor, id).await?;
    let (_, events) = app.loans.events(&visit.actor, id, true).await?;
    let is_open = loan.status == Status::Active;
    let payoff = if is_open { Some(payoff(&app, &visit, &loan, &asked).await) } else { None };
    let wrong = payoff.as_ref().and_then(|payoff| payoff.as_ref().err());
    let body = html! {
        (ui::heading(&kind_name(loan.kind), actions(&loan)))
        (ui::errors(wrong))
        (figures(&loan))
        div.two {
            (ui::card("What comes", outlook(&loan, &schedule)))
            div.stack {
                (ui::card("The loan", facts(&visit, &loan)))
                @if let Some(payoff) = &payoff { (ui::card("Paying it off", paying_off(&loan, payoff.as_ref().ok(), &asked, wrong))) }
                (ui::card("Papers", papers(&loan)))
            }
        }
        (ui::card("Payments", paid(&loan, &events)))
    };
    Ok(visit.form_page(&kind_name(loan.kind), wrong, &body))
}

async fn payoff(app: &App, visit: &Visit, loan: &LoanSeen, asked: &Asked) -> Result<Payoff, Problem> {
    let on = day(&asked.payoff, "payoff")?;
    let found = app.loans.payoff(&visit.actor, loan.id, on).await.map_err(Problem::from);
    found.map(|(_, payoff)| payoff).map_err(|problem| match problem.told() {
        Some(why) if on.is_some() => crate::values::fault("payoff", why.to_owned()),
        _ => problem,
    })
}

fn actions(loan: &LoanSeen) -> Markup {
    let pay = format!("/payments/new?to=loan:{}", loan.id);
    html! {
        @if loan.status == Status::Active {
            (ui::link_button(&pay, "Pay", true))
            (ui::link_button(&format!("{pay}&principal_only=true"), "Pay extra", false))
            (ui::link_button(&format!("/payments/scheduled/new?to=loan:{}&amount_kind=instalment_due", loan.id), "Pay by itself", false))
        }
    }
}

fn figures(loan: &LoanSeen) -> Markup {
    let Some(balances) = &loan.balances else { return Markup::default() };
    let next = balances.next_due_on.map(|day| format!("due on {}", day.strftime("%-d %b %Y")));
    let late = (balances.days_past_due > 0).then(|| format!("for {} days", balances.days_past_due));
    html! {
        div.grid.small {
            (ui::stat("Owed", ui::money(money(loan, balances.owed.total())), None))
            (ui::stat("Next instalment", ui::money(money(loan, balances.payment_minor)), next.as_deref()))
            @if let Some(late) = &late {
                (ui::stat("Overdue", ui::money(money(loan, balances.past_due.total())), Some(late)))
            }
        }
        @if let Contract::Instalments(contract) = &loan.contract {
            @let whole = contract.terms.principal.minor();
            @let back = whole.saturating_sub(balances.owed.principal).max(0);
            @let percent = i128::from(back) * 100 / i128::from(whole.max(1));
            (ui::progress(&format!("{percent} % of the principal is paid back"),
                u64::try_from(back).unwrap_or(0), u64::try_from(whole).unwrap_or(1)))
        }
    }
}

fn facts(visit: &Visit, loan: &LoanSeen) -> Facts {
    let (amount, rate, count) = match &loan.contract {
        Contract::Instalments(contract) => {
            let terms = &contract.terms;
            (terms.principal.minor(), terms.annual_rate.to_string(), Some(terms.instalments))
        }
        Contract::Card(card) => (card.terms.limit_minor, card.terms.purchase_rate.to_string(), None),
    };
    let papers = loan.papers.as_ref();
    let ends = loan.balances.as_ref().and_then(|balances| balances.matures_on);
    Facts::new()
        .fact("State", ui::status(loan.status.code()))
        .fact("Amount", ui::money(money(loan, amount)))
        .fact("Rate a year", format!("{rate} %"))
        .maybe("APR", papers.map(|papers| format!("{} %", papers.apr)))
        .maybe("Instalments", count)
        .maybe("Ends on", ends.map(ui::date))
        .maybe("Lender", loan.lender.as_ref())
        .maybe("Their number", loan.account_number.as_ref())
        .maybe("Paid out", loan.paid_out_at.map(|at| ui::day(at, &visit.zone)))
}

/// What is still to be paid: as a course, and as a table.
fn outlook(loan: &LoanSeen, schedule: &ScheduleSeen) -> Markup {
    if schedule.outlook.is_empty() {
        return ui::empty("Nothing is due", "When there is, each instalment is here.", Markup::default());
    }
    let mut left: i64 = schedule.outlook.iter().map(|due| due.open.principal).sum();
    let (mut points, mut rows) = (Vec::new(), Vec::new());
    for due in &schedule.outlook {
        left = left.saturating_sub(due.open.principal);
        let told = ui::plain_money(money(loan, left));
        points.push(Bar::new(due.due_on.strftime("%b %Y").to_string(), left, told));
        rows.push((due, left));
    }
    let columns = [
        Column::text("Due"),
        Column::figures("Instalment"),
        Column::figures("Interest"),
        Column::figures("Principal"),
        Column::figures("Left"),
    ];
    let mut table = Table::new("Instalments to come", columns);
    for (due, left) in rows {
        table.row([
            ui::date(due.due_on),
            ui::money(money(loan, due.open.total())),
            ui::money(money(loan, due.open.interest)),
            ui::money(money(loan, due.open.principal)),
            ui::money(money(loan, left)),
        ]);
    }
    html! {
        (ui::line("What is left of the principal", &points, |minor| whole(minor, loan.currency)))
        (table)
    }
}

fn paying_off(loan: &LoanSeen, payoff: Option<&Payoff>, asked: &Asked, wrong: Option<&Problem>) -> Markup {
    html! {
        @if let Some(payoff) = payoff {
            (Facts::new()
                .fact("All that is owed", ui::money(money(loan, payoff.total_minor)))
                .fact("On", ui::date(payoff.on))
                .fact("Each day later", ui::money(money(loan, payoff.per_diem_minor))))
        }
        form.stack method="get" action={ "/loans/" (loan.id) } {
            (Field::date("payoff", "On another day").value(&asked.payoff).optional().faults(wrong))
            div.actions {
                button type="submit" { "Reckon" }
                @if let Some(payoff) = payoff {
                    (ui::link_button(&letter(loan, payoff.on), "As a letter (PDF)", false))
                }
            }
        }
    }
}

fn letter(loan: &LoanSeen, on: Date) -> String {
    format!("/loans/{}/papers/payoff?on={on}", loan.id)
}

fn papers(loan: &LoanSeen) -> Markup {
    let path = |paper: &str, format: &str| format!("/loans/{}/papers/{paper}?format={format}", loan.id);
    html! {
        ul {
            @if loan.papers.is_some() { li { a href=(path("disclosure", "pdf")) { "What the loan costs (PDF)" } } }
            li { a href=(path("schedule", "pdf")) { "Schedule (PDF)" } }
            li { a href=(path("schedule", "csv")) { "Schedule (CSV)" } }
            @if loan.paid_out_at.is_some() { li { a href=(path("statement", "pdf")) { "Statement of this month (PDF)" } } }
        }
    }
}

fn paid(loan: &LoanSeen, events: &[EventSeen]) -> Markup {
    let columns = [
        Column::text("On"),
        Column::text("What"),
        Column::figures("Amount"),
        Column::figures("Interest"),
        Column::figures("Principal"),
    ];
    let mut table = Table::new("Latest payments", columns).or_empty(ui::empty(
        "No payments yet",
        "Each payment and what it was used for appears here.",
        Markup::default(),
    ));
    for event in events.iter().rev().take(PAYMENTS) {
        let (what, minor) = match &event.what {
            Happened::Loan(Happening::Paid(minor)) => ("Payment", *minor),
            Happened::Loan(Happening::PrincipalPaid(minor)) => ("Extra payment", *minor),
            Happened::Loan(Happening::Refunded(minor)) => ("Given back", *minor),
            _ => continue,
        };
        let settled = event.allocation.as_ref().map(|allocation| allocation.settled);
        table.row([
            ui::date(event.on),
            html! { (what) @if event.reversed { " " (ui::badge(ui::Tone::Plain, "taken back")) } },
            ui::money(money(loan, minor)),
            html! { @if let Some(settled) = settled { (ui::money(money(loan, settled.interest))) } },
            html! { @if let Some(settled) = settled { (ui::money(money(loan, settled.principal))) } },
        ]);
    }
    html! { (table) }
}

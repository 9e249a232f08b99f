//! What the overview tells besides figures: what comes next, and what somebody should look at.

use florin_http::{App, Problem};
use florin_kernel::{PageRequest, Timestamp};
use florin_lending::{Kind, LoanSeen};
use florin_payments::{ScheduleState, ScheduledPayment};
use maud::{Markup, html};

use super::loans::{kind_name, money, own_loans};
use super::payments::scheduled_amount;
use crate::ui::{self, Column, Table};
use crate::values::midnight;
use crate::visit::Visit;

/// How many dues are told.
const DUES: usize = 5;
/// Among how many scheduled payments they are looked for.
const SCHEDULES: u16 = 25;

/// What is due next: instalments of loans, and payments by a schedule.
///
/// # Errors
/// What the services say.
pub(super) async fn dues(app: &App, visit: &Visit) -> Result<Markup, Problem> {
    let page = PageRequest::try_new(Some(SCHEDULES), None)?;
    let active = Some(ScheduleState::Active);
    let schedules = app.scheduled.list(&visit.actor, None, active, &page).await?.rows;
    let loans = own_loans(app, &visit.actor).await?;
    let mut dues: Vec<(Timestamp, [Markup; 3])> = Vec::new();
    dues.extend(loans.iter().filter_map(|loan| of_loan(visit, loan)));
    dues.extend(schedules.iter().filter_map(|schedule| of_schedule(visit, schedule)));
    dues.sort_by_key(|(at, _)| *at);
    let columns = [Column::text("What"), Column::text("When"), Column::figures("Amount")];
    let mut table = Table::new("What comes next", columns).or_empty(ui::empty(
        "Nothing is due",
        "Instalments and scheduled payments appear here.",
        Markup::default(),
    ));
    for (_, row) in dues.into_iter().take(DUES) {
        table.row(row);
    }
    Ok(html! { (table) })
}

fn of_loan(visit: &Visit, loan: &LoanSeen) -> Option<(Timestamp, [Markup; 3])> {
    let balances = loan.balances.as_ref()?;
    let day = balances.next_due_on?;
    let place = if loan.kind == Kind::CreditCard { "cards" } else { "loans" };
    let row = [
        html! { a href={ "/" (place) "/" (loan.id) } { (kind_name(loan.kind)) }
        @if balances.days_past_due > 0 { " " (ui::status("overdue")) } },
        ui::date(day),
        ui::money(money(loan, balances.payment_minor)),
    ];
    Some((midnight(day, &visit.zone), row))
}

fn of_schedule(visit: &Visit, schedule: &ScheduledPayment) -> Option<(Timestamp, [Markup; 3])> {
    let (_, at) = schedule.upcoming(1).into_iter().next()?;
    let name = schedule.description.clone().unwrap_or_else(|| "Scheduled payment".to_owned());
    let row = [
        html! { a href={ "/payments/scheduled/" (schedule.id) } { (name) } },
        ui::day(at, &visit.zone),
        scheduled_amount(schedule),
    ];
    Some((at, row))
}

/// What somebody should look at: an address to confirm, no second factor, money that is held.
///
/// # Errors
/// What the services say.
pub(super) async fn alerts(app: &App, visit: &Visit, held: usize) -> Result<Markup, Problem> {
    let is_verified = app.identity.profile(&visit.actor, visit.user).await?.verified;
    let factors = app.identity.factors(&visit.actor).await?;
    let has_second = factors.totp || !factors.passkeys.is_empty();
    Ok(html! {
        @if !is_verified {
            div.alert.note {
                p { strong { "Your address is not confirmed yet. " } "Open the link in the mail that we sent you, or "
                    a href="/verify-email/again" { "have it sent again" } "." }
            }
        }
        @if held > 0 {
            div.alert.note {
                p { strong { (held) @if held == 1 { " transfer is " } @else { " transfers are " } "held. " }
                    "The money is reserved; see below what became of it." }
            }
        }
        @if !has_second {
            div.alert.note {
                p { strong { "Only a password protects your money. " } a href="/security/authenticator" { "Set up an authenticator app" }
                    " or a " a href="/security/passkeys/new" { "passkey" } "." }
            }
        }
    })
}

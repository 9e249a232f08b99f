//! One transfer, as a receipt: both sides, what became of it, and what it is told apart by.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem, codes};
use florin_kernel::{AccountId, Money, Timestamp, TransferId};
use florin_ledger::rules::{Flags, HoldState, Transfer};
use florin_ledger::{AccountView, TransferView};
use florin_payments::Payment;
use maud::html;

use super::{account_name, own_accounts};
use crate::ui::{self, Event, Facts};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/transfers/{id}", get(show))
}

async fn show(State(app): State<App>, visit: Visit, Path(id): Path<TransferId>) -> Result<Response, Problem> {
    let found = app.transfers.find(&visit.actor, id).await?;
    let (found, payment) = found.ok_or_else(|| Problem::of(codes::NOT_FOUND))?;
    let own = own_accounts(&app, &visit.actor).await?;
    let transfer = &found.transfer;
    let amount = Money::new(transfer.amount, transfer.currency);
    // What a payment moves bears its identifier, as the hold that came before does.
    let order = transfer.pending_id.unwrap_or(id);
    let order = app.payments.find(&visit.actor, order).await.ok().map(|detail| detail.order.id);
    let state = state(&found);
    let body = html! {
        (ui::heading(&format!("Transfer of {}", ui::plain_money(amount)), html! {
            @if let Some(order) = order { (ui::link_button(&format!("/payments/{order}"), "The payment", false)) }
            @if own.iter().any(|account| account.id == transfer.debit) {
                (ui::link_button(&again(transfer), "Transfer again", false))
            }
        }))
        div.two {
            (ui::card("Receipt", facts(&visit, &found, payment.as_ref(), &own)))
            (ui::card("What happened", ui::timeline(&events(&visit, &found, payment.as_ref(), state))))
        }
    };
    Ok(visit.page("Transfer", &body))
}

/// The form of a transfer with the same sides filled in.
fn again(transfer: &Transfer) -> String {
    format!("/transfer?from={}&to_other={}", transfer.debit, transfer.credit)
}

fn side(own: &[AccountView], id: AccountId, no: i64) -> String {
    let account = own.iter().find(|account| account.id == id);
    account.map_or_else(|| format!("Account {}", florin_payments::masked_number(no)), account_name)
}

/// What became of a transfer, by a stable name.
pub(super) fn state(found: &TransferView) -> &'static str {
    let flags = found.transfer.flags;
    match found.hold {
        Some(HoldState::Open) => "pending",
        Some(HoldState::Posted) => "posted",
        Some(HoldState::Voided) => "released",
        Some(HoldState::Expired) => "expired",
        None if flags.has_any(Flags::VOID.with(Flags::EXPIRE)) => "released",
        None => "completed",
    }
}

fn facts(visit: &Visit, found: &TransferView, payment: Option<&Payment>, own: &[AccountView]) -> Facts {
    let transfer = &found.transfer;
    let amount = Money::new(transfer.amount, transfer.currency);
    let reversed = (found.reversed > 0).then(|| ui::money(Money::new(found.reversed, transfer.currency)));
    let link = |id: TransferId| html! { a href={ "/transfers/" (id) } { "The earlier transfer" } };
    Facts::new()
        .fact("From", side(own, transfer.debit, transfer.debit_no))
        .fact("To", side(own, transfer.credit, transfer.credit_no))
        .fact("Amount", ui::money(amount))
        .maybe("Given back of it", reversed)
        .fact("State", ui::status(state(found)))
        .maybe("What for", payment.and_then(|payment| payment.description.as_ref()))
        .fact("Made", ui::moment(instant(transfer.at), &visit.zone))
        .fact("Counts for", ui::date(transfer.effective_date))
        .maybe("Carries out", transfer.pending_id.map(link))
        .maybe("Gives back", transfer.reverses.map(link))
        .fact(
            "Reference",
            html! { code #reference { (transfer.id) } " "
            button.quiet type="button" data-copy="reference" hidden { "Copy" } },
        )
}

fn instant(at_us: i64) -> Timestamp {
    Timestamp::from_microsecond(at_us).unwrap_or_default()
}

fn events(visit: &Visit, found: &TransferView, payment: Option<&Payment>, state: &str) -> Vec<Event> {
    let transfer = &found.transfer;
    let at = |at_us| ui::moment(instant(at_us), &visit.zone);
    let is_looked_at = payment.is_some_and(|payment| payment.decision == "review");
    let made =
        if transfer.flags.has(Flags::PENDING) { "The money was reserved" } else { "The money was moved" };
    let note = is_looked_at.then(|| "It is looked at before it goes on.".to_owned());
    let mut events = vec![Event { at: at(transfer.at), title: made.to_owned(), note }];
    let later = |title: &str, note: &str| Event {
        at: html! { "later" },
        title: title.to_owned(),
        note: (!note.is_empty()).then(|| note.to_owned()),
    };
    match state {
        "pending" => events.push(Event {
            at: transfer.expires_at.map_or_else(|| html! { "open" }, at),
            title: "Still reserved".to_owned(),
            note: transfer
                .expires_at
                .map(|_| "If nothing happens until then, the money is free again.".to_owned()),
        }),
        "posted" => events.push(later("The money was moved", "")),
        "released" if transfer.flags.has(Flags::PENDING) => {
            events.push(later("The money was released", "Nothing was moved."));
        }
        "expired" => events.push(later("The time was over", "The money is free again; nothing was moved.")),
        _ => {}
    }
    if found.reversed > 0 {
        let back = Money::new(found.reversed, transfer.currency);
        events.push(later("Given back", &ui::plain_money(back)));
    }
    events
}

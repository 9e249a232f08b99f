//! `/cards`: own credit cards: what is owed, what can be spent, the least to pay, and statements.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem, codes};
use florin_kernel::LoanId;
use florin_lending::{CardStatement, Contract, Kind, LoanSeen, Status};
use jiff::ToSpan as _;
use maud::{Markup, html};

use super::loans::{money, offer, own_loans};
use crate::ui::{self, Column, Facts, Table};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/cards", get(show)).route("/cards/{id}", get(one))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let loans = own_loans(&app, &visit.actor).await?;
    let cards: Vec<&LoanSeen> = loans.iter().filter(|loan| loan.kind == Kind::CreditCard).collect();
    let columns = [
        Column::text("Card"),
        Column::text("State"),
        Column::text("Pay until"),
        Column::figures("At least"),
        Column::figures("Owed"),
        Column::figures("To spend"),
    ];
    let apply = ui::link_button("/loans/apply?kind=credit-card", "Apply for a card", true);
    let mut table = Table::new("Your credit cards", columns).or_empty(ui::empty(
        "No credit card",
        "A card is applied for like a loan.",
        apply,
    ));
    for card in cards {
        let balances = card.balances.as_ref();
        table.row([
            html! { a href={ "/cards/" (card.id) } { (name(card)) } },
            ui::status(card.status.code()),
            html! { @if let Some(day) = balances.and_then(|balances| balances.next_due_on) { (ui::date(day)) } },
            html! { @if let Some(balances) = balances { (ui::money(money(card, balances.payment_minor))) } },
            html! { @if let Some(balances) = balances { (ui::money(money(card, balances.owed.total()))) } },
            html! { @if let Some(minor) = balances.and_then(|balances| balances.available_minor) { (ui::money(money(card, minor))) } },
        ]);
    }
    let body = html! { h1 { "Cards" } (table) };
    Ok(visit.page("Cards", &body))
}

fn name(card: &LoanSeen) -> String {
    match (&card.lender, &card.account_number) {
        (Some(lender), Some(number)) => format!("{lender} {number}"),
        (Some(lender), None) => lender.clone(),
        _ => "Credit card".to_owned(),
    }
}

async fn one(State(app): State<App>, visit: Visit, Path(id): Path<LoanId>) -> Result<Response, Problem> {
    let card = app.loans.loan(&visit.actor, id).await?;
    let Contract::Card(contract) = &card.contract else { return Err(Problem::of(codes::NOT_FOUND)) };
    if card.status == Status::Offered {
        return Ok(offer::page(&visit, &card));
    }
    let (_, statements) = app.loans.card_statements(&visit.actor, id).await?;
    let terms = &contract.terms;
    let facts = Facts::new()
        .fact("State", ui::status(card.status.code()))
        .fact("Limit", ui::money(money(&card, terms.limit_minor)))
        .fact("Rate a year, purchases", format!("{} %", terms.purchase_rate))
        .fact("Rate a year, cash", format!("{} %", terms.cash_rate))
        .maybe("Lender", card.lender.as_ref());
    let pay = format!("/payments/new?to=loan:{id}");
    let body = html! {
        (ui::heading(&name(&card), html! {
            @if card.status == Status::Active { (ui::link_button(&pay, "Pay", true)) }
        }))
        (figures(&card))
        (ui::card("Statements", statement_table(&card, &statements)))
        (ui::card("The card", facts))
    };
    Ok(visit.page("Credit card", &body))
}

fn figures(card: &LoanSeen) -> Markup {
    let Some(balances) = &card.balances else { return Markup::default() };
    let until = balances.next_due_on.map(|day| format!("until {}", day.strftime("%-d %b %Y")));
    html! {
        div.grid.small {
            (ui::stat("Owed", ui::money(money(card, balances.owed.total())), None))
            (ui::stat("At least to pay", ui::money(money(card, balances.payment_minor)), until.as_deref()))
            @if let Some(minor) = balances.available_minor { (ui::stat("To spend", ui::money(money(card, minor)), None)) }
        }
    }
}

fn statement_table(card: &LoanSeen, statements: &[CardStatement]) -> Markup {
    let columns = [
        Column::text("Closed on"),
        Column::text("Pay until"),
        Column::figures("Balance"),
        Column::figures("At least"),
        Column::text("File"),
    ];
    let mut table = Table::new("Statements", columns).or_empty(ui::empty(
        "No statement yet",
        "The first is made when the first cycle closes.",
        Markup::default(),
    ));
    for told in statements.iter().rev() {
        let first = told.closed_on.saturating_sub(i64::from(told.days).saturating_sub(1).days());
        let file = format!("/loans/{}/papers/statement?from={first}&to={}", card.id, told.closed_on);
        table.row([
            ui::date(told.closed_on),
            ui::date(told.due_on),
            ui::money(money(card, told.balance_minor)),
            ui::money(money(card, told.minimum_minor)),
            html! { a href=(file) { "Statement of " (told.closed_on.strftime("%-d %b %Y")) " (PDF)" } },
        ]);
    }
    html! { (table) }
}

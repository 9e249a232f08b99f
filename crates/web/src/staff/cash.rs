//! Cash at the counter: paid in and out, looked at once more before it is booked; and an account as staff see it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{AccountId, Action, Money, Timestamp};
use florin_ledger::rules::Side;
use florin_ledger::{AccountView, Control, Entry};
use florin_payments::{Asked, CashOrder, Direction};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::may;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::made::{Made, answer};
use crate::portal::{account_name, available, balance};
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{Paging, amount, settled};
use crate::visit::Visit;

const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/accounts/{id}", get(account))
        .route("/staff/accounts/{id}/freeze", post(freeze))
        .route("/staff/accounts/{id}/unfreeze", post(unfreeze))
        .route("/staff/accounts/{id}/close", post(close))
        .route("/staff/accounts/{id}/deposit", get(deposit_page).post(deposit))
        .route("/staff/accounts/{id}/withdraw", get(withdraw_page).post(withdraw))
}

async fn account(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<AccountId>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let (held, page) = app.accounts.entries(&visit.actor, id, &paging.of(ROWS)?).await??;
    let path = format!("/staff/accounts/{id}");
    let open = !held.account.closed;
    let actions = html! {
        @if open && may(&visit, Action::Deposit, "account") { (ui::link_button(&format!("{path}/deposit"), "Pay in", true)) }
        @if open && may(&visit, Action::Withdraw, "account") { (ui::link_button(&format!("{path}/withdraw"), "Pay out", false)) }
    };
    let body = html! {
        (ui::heading(&account_name(&held), actions))
        div.grid.small {
            (ui::stat("Balance", ui::money(balance(&held)), None))
            @if let Some(money) = available(&held) { (ui::stat("Available", ui::money(money), None)) }
            (ui::stat("State", ui::status(state(&held)), None))
        }
        (ui::card("Entries", entries(&visit, &held, &page.rows)))
        (ui::pager(&path, &[], paging.cursor.as_deref(), page.next_cursor.as_deref()))
        (ui::card("The account", facts(&visit, &held)))
        @if open && may(&visit, Action::ChangeAccount, "account") { (controls(&visit, &held)) }
    };
    Ok(visit.page(&account_name(&held), &body))
}

fn state(held: &AccountView) -> &'static str {
    if held.account.closed {
        "closed"
    } else if held.account.frozen_debit || held.account.frozen_credit {
        "frozen"
    } else {
        "active"
    }
}

fn facts(visit: &Visit, held: &AccountView) -> Facts {
    Facts::new()
        .fact("Identifier", html! { span.mono { (held.id) } })
        .maybe(
            "Customer",
            held.owner.map(|owner| html! { a href={ "/staff/customers/" (owner) } { "Open" } }),
        )
        .fact("Opened", ui::day(held.opened_at, &visit.zone))
}

fn entries(visit: &Visit, held: &AccountView, rows: &[Entry]) -> Markup {
    let columns = [
        Column::text("When"),
        Column::text("Transfer"),
        Column::figures("Amount"),
        Column::figures("Balance"),
    ];
    let mut table = Table::new("Entries", columns).or_empty(ui::empty(
        "Nothing booked yet",
        "The first deposit or transfer appears here.",
        Markup::default(),
    ));
    for entry in rows {
        let transfer = &entry.transfer;
        let minor = if entry.side == held.account.normal { transfer.amount } else { -transfer.amount };
        let sums = entry.balance();
        let own = match held.account.normal {
            Side::Credit => sums.credits_posted.saturating_sub(sums.debits_posted),
            Side::Debit => sums.debits_posted.saturating_sub(sums.credits_posted),
        };
        let at = Timestamp::from_microsecond(transfer.at).unwrap_or_default();
        table.row([
            ui::moment(at, &visit.zone),
            ui::identifier(&transfer.id.to_string()),
            ui::signed_money(Money::new(minor, transfer.currency)),
            ui::money(Money::new(own, transfer.currency)),
        ]);
    }
    html! { (table) }
}

fn controls(visit: &Visit, held: &AccountView) -> Markup {
    let path = format!("/staff/accounts/{}", held.id);
    let frozen = state(held) == "frozen";
    let none = Markup::default();
    html! {
        div.actions {
            @if frozen {
                (ui::confirm(visit, &format!("{path}/unfreeze"), "Unfreeze", "Money can come in and go out again.", &none))
            } @else {
                (ui::confirm(visit, &format!("{path}/freeze"), "Freeze", "Nothing comes in or goes out until it is unfrozen. The customer sees that it is frozen.", &none))
            }
            (ui::confirm(visit, &format!("{path}/close"), "Close", "An account that holds nothing can be closed. It cannot be opened again.", &none))
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn freeze(state: State<App>, id: Path<AccountId>, form: Form<Nothing>) -> Result<Response, Problem> {
    let controls = vec![Control::FreezeDebits(true), Control::FreezeCredits(true)];
    control(state, id, form, controls, "The account is frozen.").await
}

async fn unfreeze(state: State<App>, id: Path<AccountId>, form: Form<Nothing>) -> Result<Response, Problem> {
    let controls = vec![Control::FreezeDebits(false), Control::FreezeCredits(false)];
    control(state, id, form, controls, "The account is unfrozen.").await
}

async fn close(state: State<App>, id: Path<AccountId>, form: Form<Nothing>) -> Result<Response, Problem> {
    control(state, id, form, vec![Control::Close], "The account is closed.").await
}

async fn control(
    State(app): State<App>,
    Path(id): Path<AccountId>,
    form: Form<Nothing>,
    controls: Vec<Control>,
    said: &str,
) -> Result<Response, Problem> {
    app.accounts.control(&form.visit.actor, id, controls).await?;
    Ok(go_saying(&app, &format!("/staff/accounts/{id}"), &Flash::done(said)))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    amount: String,
    #[serde(default)]
    description: String,
}

/// What is told of cash that goes one way.
struct Way {
    direction: Direction,
    title: &'static str,
    verb: &'static str,
    path: &'static str,
    done: &'static str,
}

const IN: Way = Way {
    direction: Direction::In,
    title: "Pay in cash",
    verb: "Pay in",
    path: "deposit",
    done: "was paid in.",
};
const OUT: Way = Way {
    direction: Direction::Out,
    title: "Pay out cash",
    verb: "Pay out",
    path: "withdraw",
    done: "was paid out.",
};

async fn deposit_page(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<AccountId>,
) -> Result<Response, Problem> {
    let held = app.accounts.find(&visit.actor, id).await?;
    Ok(form_page(&visit, &held, &IN, &Typed::default(), None))
}

async fn withdraw_page(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<AccountId>,
) -> Result<Response, Problem> {
    let held = app.accounts.find(&visit.actor, id).await?;
    Ok(form_page(&visit, &held, &OUT, &Typed::default(), None))
}

async fn deposit(state: State<App>, id: Path<AccountId>, form: Form<Typed>) -> Result<Response, Problem> {
    cash(state, id, form, &IN).await
}

async fn withdraw(state: State<App>, id: Path<AccountId>, form: Form<Typed>) -> Result<Response, Problem> {
    cash(state, id, form, &OUT).await
}

async fn cash(
    State(app): State<App>,
    Path(id): Path<AccountId>,
    form: Form<Typed>,
    way: &Way,
) -> Result<Response, Problem> {
    let held = app.accounts.find(&form.visit.actor, id).await?;
    let money = match amount(&form.typed.amount, held.currency, "amount") {
        Ok(money) => money,
        Err(problem) => return Ok(form_page(&form.visit, &held, way, &form.typed, Some(&problem))),
    };
    match form.step() {
        "confirm" => match book(&app, &form, &held, way, money).await {
            Ok(made) => {
                let said = if made.held {
                    Flash::notice(format!(
                        "{} is reserved until somebody has looked at it.",
                        ui::plain_money(money)
                    ))
                } else {
                    Flash::done(format!("{} {}", ui::plain_money(money), way.done))
                };
                Ok(go_saying(&app, &format!("/staff/accounts/{id}"), &said))
            }
            Err(problem) if problem.code() == "step_up_required" => Err(problem),
            Err(problem) => Ok(form_page(&form.visit, &held, way, &form.typed, Some(&problem))),
        },
        "edit" => Ok(form_page(&form.visit, &held, way, &form.typed, None)),
        _ => Ok(check_page(&form.visit, &held, way, &form.typed, money)),
    }
}

async fn book(
    app: &App,
    form: &Form<Typed>,
    held: &AccountView,
    way: &Way,
    money: Money,
) -> Result<Made, Problem> {
    let order = CashOrder {
        account: held.id,
        direction: way.direction,
        amount: Asked::Money(money),
        description: Some(form.typed.description.clone()).filter(|text| !text.is_empty()),
    };
    let key = form.key(&format!("page POST /staff/accounts/{}/{}", held.id, way.path))?;
    let by = &form.visit.actor;
    settled(app.transfers.cash(by, Some(key), order, answer(by)).await?)
}

fn form_page(
    visit: &Visit,
    held: &AccountView,
    way: &Way,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Response {
    let body = html! {
        h1 { (way.title) }
        p { (account_name(held)) ", " (ui::money(balance(held))) }
        (ui::errors(problem))
        (ui::post_form(visit, &format!("/staff/accounts/{}/{}", held.id, way.path), &html! {
            (Field::amount("amount", format!("Amount in {}", held.currency.code())).value(&typed.amount).faults(problem))
            (Field::text("description", "Note").value(&typed.description).optional().at_most(200).faults(problem))
            div.actions { button.primary type="submit" { "Continue" } }
        }))
    };
    visit.form_page(way.title, problem, &body)
}

fn check_page(visit: &Visit, held: &AccountView, way: &Way, typed: &Typed, money: Money) -> Response {
    let action = format!("/staff/accounts/{}/{}", held.id, way.path);
    let carried = html! {
        input type="hidden" name="amount" value=(typed.amount);
        input type="hidden" name="description" value=(typed.description);
    };
    let facts = Facts::new()
        .fact("Account", account_name(held))
        .fact("Amount", ui::money(money))
        .maybe("Note", Some(&typed.description).filter(|text| !text.is_empty()));
    let body = html! {
        h1 { (way.title) }
        (ui::card("Count the cash, then confirm", facts))
        div.actions {
            (ui::post_form(visit, &action, &html! {
                (ui::step("confirm")) (carried)
                button.primary type="submit" { (way.verb) " " (ui::plain_money(money)) }
            }))
            (ui::post_form(visit, &action, &html! { (ui::step("edit")) (carried) button type="submit" { "Change it" } }))
        }
    };
    visit.page(way.title, &body)
}

//! Transferring money: what, a look at it, done. Where the amount asks for a fresh factor, it is proved on the way.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_kernel::{AccountId, Actor, Money, PageRequest, Timestamp};
use florin_ledger::AccountView;
use florin_payments::{Asked, Order, Payable};
use maud::html;
use serde::{Deserialize, Serialize};

use super::{account_name, available, balance, own_accounts};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::made::{Made, answer};
use crate::ui::{self, Facts, Field};
use crate::values::{amount, fault, parsed, required, settled};
use crate::visit::Visit;

/// How long a text may be, in characters.
const TEXT_MAX: u16 = 200;
/// How many payees are offered.
const PAYEES_MAX: u16 = 100;
/// How many of the latest transfers are looked at for one that is the same.
const LATEST: u16 = 25;
/// For how long the same transfer looks like one that was sent twice, in seconds.
const TWICE_SECONDS: i64 = 15 * 60;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/transfer", get(show).post(submit))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    to_other: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    description: String,
}

/// Between which accounts money can be transferred.
struct Sides {
    accounts: Vec<AccountView>,
    /// Payees with an account here.
    payees: Vec<(AccountId, String)>,
}

impl Sides {
    async fn of(app: &App, by: &Actor) -> Result<Self, Problem> {
        let page = PageRequest::try_new(Some(PAYEES_MAX), None)?;
        let payees = app.payees.list(by, None, &page).await?.rows.into_iter();
        let payees = payees.filter_map(|payee| match payee.payable {
            Payable::Account(account) => Some((account, payee.name)),
            Payable::Biller { .. } | Payable::Bank { .. } => None,
        });
        Ok(Self { accounts: own_accounts(app, by).await?, payees: payees.collect() })
    }

    /// What an account is called.
    fn name(&self, id: AccountId) -> String {
        let own = self.accounts.iter().find(|account| account.id == id).map(account_name);
        let payee = || self.payees.iter().find(|(account, _)| *account == id).map(|(_, name)| name.clone());
        own.or_else(payee).unwrap_or_else(|| format!("Account {id}"))
    }
}

async fn show(State(app): State<App>, visit: Visit, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    let sides = Sides::of(&app, &visit.actor).await?;
    Ok(form_page(&visit, &sides, &typed, None))
}

fn form_page(visit: &Visit, sides: &Sides, typed: &Typed, problem: Option<&Problem>) -> Response {
    let open = || sides.accounts.iter().filter(|account| !account.account.closed);
    let from = open().map(|account| {
        let spend = available(account).unwrap_or_else(|| balance(account));
        (account.id.to_string(), format!("{}: {}", account_name(account), ui::plain_money(spend)))
    });
    let to = open().map(|account| (account.id.to_string(), account_name(account)));
    let payees = sides.payees.iter().map(|(account, name)| (account.to_string(), name.clone()));
    let to = to.chain(payees).chain([(String::new(), "Another account".to_owned())]);
    let body = html! {
        h1 { "Transfer money" }
        (ui::errors(problem))
        @if sides.accounts.is_empty() {
            (ui::empty("No account yet", "Open an account first.", ui::link_button("/accounts/open", "Open an account", true)))
        } @else {
            (ui::post_form(visit, "/transfer", &html! {
                (Field::select("from", "From", from).value(&typed.from).faults(problem))
                (Field::select("to", "To", to).value(&typed.to).optional().faults(problem))
                (Field::text("to_other", "Another account").value(&typed.to_other).optional()
                    .hint("The account's identifier, as its owner sees it on the account's page.").faults(problem))
                (Field::amount("amount", "Amount").value(&typed.amount)
                    .hint("In the currency of the account it comes from.").faults(problem))
                (Field::text("description", "What for").value(&typed.description).optional().at_most(TEXT_MAX).faults(problem))
                div.actions { button.primary type="submit" { "Continue" } }
            }))
        }
    };
    visit.form_page("Transfer money", problem, &body)
}

/// What is to be transferred, once every field says something.
struct Wanted<'a> {
    from: &'a AccountView,
    to: AccountId,
    amount: Money,
}

fn wanted<'a>(typed: &Typed, accounts: &'a [AccountView]) -> Result<Wanted<'a>, Problem> {
    let chosen = required(&typed.from, "from", "the account to pay from")?;
    let from = accounts.iter().find(|account| account.id.to_string() == chosen);
    let from = from.ok_or_else(|| fault("from", "Choose one of your accounts"))?;
    let (text, field) = if typed.to.is_empty() { (&typed.to_other, "to_other") } else { (&typed.to, "to") };
    let to = parsed::<AccountId>(text, field, "the account to pay to")?;
    if to == from.id {
        return Err(fault(field, "Choose another account than the one it comes from"));
    }
    if typed.description.chars().count() > usize::from(TEXT_MAX) {
        return Err(fault("description", "Shorten it to 200 characters"));
    }
    Ok(Wanted { from, to, amount: amount(&typed.amount, from.currency, "amount")? })
}

async fn submit(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let visit = &form.visit;
    let sides = Sides::of(&app, &visit.actor).await?;
    let wanted = match wanted(&form.typed, &sides.accounts) {
        Ok(wanted) => wanted,
        Err(problem) => return Ok(form_page(visit, &sides, &form.typed, Some(&problem))),
    };
    match form.step() {
        "confirm" => match transfer(&app, &form, &wanted).await {
            Ok(made) => Ok(go_saying(&app, &format!("/transfers/{}", made.id), &said(&made, wanted.amount))),
            Err(problem) if problem.code() == "step_up_required" => Err(problem),
            Err(problem) => Ok(form_page(visit, &sides, &form.typed, Some(&problem))),
        },
        "edit" => Ok(form_page(visit, &sides, &form.typed, None)),
        _ => {
            let earlier = earlier(&app, visit, &wanted).await?;
            Ok(check_page(&form, &sides, &wanted, earlier))
        }
    }
}

/// When the same amount was sent to the same account a few minutes ago, if it was.
async fn earlier(app: &App, visit: &Visit, wanted: &Wanted<'_>) -> Result<Option<Timestamp>, Problem> {
    let page = PageRequest::try_new(Some(LATEST), None)?;
    let latest = app.transfers.list(&visit.actor, &page).await??.rows;
    let since = app.env.now().as_microsecond().saturating_sub(TWICE_SECONDS.saturating_mul(1_000_000));
    let same = latest.iter().map(|(found, _)| &found.transfer).find(|transfer| {
        let sides = transfer.debit == wanted.from.id && transfer.credit == wanted.to;
        sides && transfer.amount == wanted.amount.minor() && transfer.at >= since
    });
    Ok(same.and_then(|transfer| Timestamp::from_microsecond(transfer.at).ok()))
}

fn check_page(
    form: &Form<Typed>,
    sides: &Sides,
    wanted: &Wanted<'_>,
    earlier: Option<Timestamp>,
) -> Response {
    let (visit, carried) = (&form.visit, form.carried());
    let facts = Facts::new()
        .fact("From", account_name(wanted.from))
        .fact("To", sides.name(wanted.to))
        .fact("Amount", ui::money(wanted.amount))
        .fact("Fee", "None")
        .fact("Arrives", "At once")
        .maybe("What for", Some(&form.typed.description).filter(|text| !text.is_empty()));
    let body = html! {
        h1 { "Check the transfer" }
        @if let Some(at) = earlier {
            div.alert.note role="status" {
                p { strong { "Is this meant twice? " } "The same amount went to the same account on " (ui::moment(at, &visit.zone)) "." }
            }
        }
        (ui::card("You are about to send", facts))
        div.actions {
            (ui::post_form(visit, "/transfer", &html! {
                (ui::step("confirm")) (carried)
                button.primary type="submit" { "Send " (ui::plain_money(wanted.amount)) }
            }))
            (ui::post_form(visit, "/transfer", &html! {
                (ui::step("edit")) (carried)
                button type="submit" { "Change it" }
            }))
        }
    };
    visit.page("Check the transfer", &body)
}

/// What is said of a transfer that was made.
fn said(made: &Made, amount: Money) -> Flash {
    let amount = ui::plain_money(amount);
    if made.held {
        Flash::notice(format!("{amount} is reserved while we look at the transfer."))
    } else {
        Flash::done(format!("{amount} was sent."))
    }
}

async fn transfer(app: &App, form: &Form<Typed>, wanted: &Wanted<'_>) -> Result<Made, Problem> {
    let order = Order {
        id: None,
        from: wanted.from.id,
        to: wanted.to,
        amount: Asked::Money(wanted.amount),
        description: Some(form.typed.description.clone()).filter(|text| !text.is_empty()),
        pending: false,
        timeout_s: None,
    };
    let key = form.key("page POST /transfer")?;
    let by = &form.visit.actor;
    settled(app.transfers.create(by, Some(key), order, answer(by)).await?)
}

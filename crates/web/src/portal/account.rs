//! One account: what is on it, how its balance went, and its entries month by month.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{AccountId, Money, Timestamp};
use florin_ledger::AccountView;
use florin_payments::{Effect, Line, LineFilter};
use jiff::{SignedDuration, ToSpan as _};
use maud::{Markup, html};
use serde::Deserialize;

use super::{account_name, account_state, available, balance, held, own_accounts, whole};
use crate::ui::{self, Bar, Column, Facts, Field, Table};
use crate::values::{Paging, day, midnight};
use crate::visit::Visit;

/// How many entries a page shows.
const ROWS: u16 = 25;
/// How many weeks the chart looks back.
const WEEKS: i64 = 12;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/accounts/{id}", get(show))
}

/// What somebody looks for among the entries.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    side: String,
    #[serde(default)]
    cursor: Option<String>,
}

impl Asked {
    fn filter(&self, visit: &Visit) -> Result<LineFilter, Problem> {
        let from = day(&self.from, "from")?;
        let to = day(&self.to, "to")?;
        let after = to.map(|to| to.saturating_add(1.day()));
        Ok(LineFilter {
            text: Some(self.q.trim().chars().take(100).collect::<String>()).filter(|text| !text.is_empty()),
            from: from.map(|day| midnight(day, &visit.zone)),
            before: after.map(|day| midnight(day, &visit.zone)),
            is_credit: match self.side.as_str() {
                "in" => Some(true),
                "out" => Some(false),
                _ => None,
            },
        })
    }

    fn pairs(&self) -> [(&'static str, &str); 4] {
        [("q", &self.q), ("from", &self.from), ("to", &self.to), ("side", &self.side)]
    }

    fn is_plain(&self) -> bool {
        self.pairs().iter().all(|(_, value)| value.is_empty()) && self.cursor.is_none()
    }
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<AccountId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let own = own_accounts(&app, &visit.actor).await?;
    let wrong = asked.filter(&visit).err();
    let filter = asked.filter(&visit).unwrap_or_default();
    let page = Paging { cursor: asked.cursor.clone() }.of(ROWS)?;
    let (account, lines) = app.accounts.lines(&visit.actor, id, filter, &page).await??;
    let chart = if asked.is_plain() { Some(course(&app, &visit, &account).await?) } else { None };
    let house = &app.documents.institution().name;
    let path = format!("/accounts/{id}");
    let body = html! {
        (ui::heading(&account_name(&account), actions(&account)))
        (figures(&account))
        @if let Some(chart) = chart { (ui::card("Balance", chart)) }
        section.card #entries {
            h2 { "Entries" }
            (ui::errors(wrong.as_ref()))
            (search(&path, &asked, wrong.as_ref()))
            (months(&visit, &lines.rows, &own, house))
            @if lines.rows.is_empty() { (nothing(&path, &asked, lines.next_cursor.is_some())) }
            (ui::pager(&path, &asked.pairs(), asked.cursor.as_deref(), lines.next_cursor.as_deref()))
        }
        (ui::card("Details", facts(&visit, &account)))
    };
    Ok(visit.form_page(&account_name(&account), wrong.as_ref(), &body))
}

fn actions(account: &AccountView) -> Markup {
    html! {
        @if !account.account.closed {
            (ui::link_button(&format!("/transfer?from={}", account.id), "Transfer from here", true))
        }
        (ui::link_button(&format!("/statements?account={}", account.id), "Statements", false))
    }
}

fn figures(account: &AccountView) -> Markup {
    html! {
        div.grid.small {
            @if let Some(money) = available(account) { (ui::stat("Available", ui::money(money), None)) }
            (ui::stat("Booked", ui::money(balance(account)), None))
            (ui::stat("Held", ui::money(held(account)), Some("reserved for what is under way")))
        }
    }
}

fn facts(visit: &Visit, account: &AccountView) -> Facts {
    Facts::new()
        .fact("State", ui::status(account_state(account)))
        .fact("Number", florin_payments::masked_number(account.no))
        .fact(
            "Identifier",
            html! { code #account-id { (account.id) } " "
            button.quiet type="button" data-copy="account-id" hidden { "Copy" } },
        )
        .fact("Currency", account.currency.code())
        .fact("Opened", ui::day(account.opened_at, &visit.zone))
}

/// The balance at the end of each of the last weeks.
async fn course(app: &App, visit: &Visit, account: &AccountView) -> Result<Markup, Problem> {
    let weeks = weeks_until(app.env.now(), WEEKS);
    let course = app.accounts.course(&visit.actor, account.id, weeks.clone()).await?;
    let points = weeks.iter().zip(course).map(|(at, money)| {
        let day = at.to_zoned(visit.zone.clone()).strftime("%-d %b").to_string();
        Bar::new(day, money.minor(), ui::plain_money(money))
    });
    let points: Vec<Bar> = points.collect();
    let currency = account.currency;
    Ok(ui::line("The last twelve weeks", &points, |minor| whole(minor, currency)))
}

/// Now, and the same moment of each of so many weeks before, from the first.
pub(super) fn weeks_until(now: Timestamp, weeks: i64) -> Vec<Timestamp> {
    let before = |n: i64| now.checked_sub(SignedDuration::from_hours(n.saturating_mul(7 * 24))).ok();
    (0..=weeks).rev().filter_map(before).collect()
}

fn search(path: &str, asked: &Asked, wrong: Option<&Problem>) -> Markup {
    let sides = [("", "In and out"), ("in", "In"), ("out", "Out")];
    html! {
        form.row method="get" action=(path) role="search" data-swap {
            (Field::search("q", "What for, or whom").value(&asked.q))
            (Field::date("from", "From").value(&asked.from).faults(wrong).filter())
            (Field::date("to", "To").value(&asked.to).faults(wrong).filter())
            (Field::select("side", "Direction", sides).value(&asked.side).narrow())
            button type="submit" { "Search" }
            @if !asked.is_plain() { a.button.quiet href=(path) { "Clear" } }
        }
    }
}

fn nothing(path: &str, asked: &Asked, goes_on: bool) -> Markup {
    if goes_on {
        return ui::empty("Nothing among these", "There are older entries to look at.", Markup::default());
    }
    if asked.is_plain() {
        let hint = "What comes in and what is paid appears here.";
        return ui::empty("No entries yet", hint, ui::link_button("/transfer", "Transfer money", false));
    }
    ui::empty("Nothing found", "Look for something else.", ui::link_button(path, "All entries", false))
}

/// A table for each month, the latest first.
fn months(visit: &Visit, lines: &[Line], own: &[AccountView], house: &str) -> Markup {
    let month = |line: &Line| line.entry.at.to_zoned(visit.zone.clone()).strftime("%B %Y").to_string();
    html! {
        @for lines in lines.chunk_by(|a, b| month(a) == month(b)) {
            @if let Some(first) = lines.first() { (of_month(visit, &month(first), lines, own, house)) }
        }
    }
}

fn of_month(visit: &Visit, month: &str, lines: &[Line], own: &[AccountView], house: &str) -> Markup {
    let columns = [
        Column::text("What for"),
        Column::text("With"),
        Column::text("When"),
        Column::figures("Amount"),
        Column::figures("Balance after"),
    ];
    let mut table = Table::new(month, columns);
    for line in lines {
        table.row([
            html! { a href={ "/transfers/" (line.entry.transfer) } { (purpose(line)) } },
            html! { (with(line, own, house)) },
            ui::day(line.entry.at, &visit.zone),
            amount(line),
            ui::money(line.entry.balance),
        ]);
    }
    html! { (table) }
}

/// What an entry was for, in the payer's words or else in ours.
fn purpose(line: &Line) -> String {
    if let Some(text) = line.entry.description.as_ref().filter(|text| !text.trim().is_empty()) {
        return text.clone();
    }
    let word = match line.entry.kind.as_deref() {
        Some("deposit") => "Cash paid in",
        Some("withdrawal") => "Cash paid out",
        Some("reversal") => "Given back",
        Some("payment") => "Payment",
        Some("loan_payment") => "Payment of a loan",
        Some(_) => "Transfer",
        None => "Booking",
    };
    word.to_owned()
}

/// Who is on the other side.
fn with(line: &Line, own: &[AccountView], house: &str) -> String {
    if let Some(account) = own.iter().find(|account| account.id == line.other) {
        return account_name(account);
    }
    if let Some(payee) = &line.payee {
        return payee.clone();
    }
    match line.entry.kind.as_deref() {
        Some("deposit" | "withdrawal") => "At the counter".to_owned(),
        Some("loan_payment") | None => house.to_owned(),
        Some(_) => format!("Account {}", florin_payments::masked_number(line.entry.other_no)),
    }
}

fn amount(line: &Line) -> Markup {
    let money = line.entry.amount;
    let signed = if line.entry.is_credit {
        money
    } else {
        Money::new(money.minor().saturating_neg(), money.currency())
    };
    match line.effect {
        Effect::Moved => ui::signed_money(signed),
        Effect::Reserved => html! { (ui::status("reserved")) " " (ui::money(money)) },
        Effect::Released => html! { (ui::status("released")) " " (ui::money(money)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_end_now() {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let weeks = weeks_until(now, 2);
        let told: Vec<String> = weeks.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["2026-02-24T12:00:00Z", "2026-03-03T12:00:00Z", "2026-03-10T12:00:00Z"]);
    }
}

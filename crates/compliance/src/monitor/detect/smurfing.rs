//! Smurfing: several people pay in cash, and pass it on to one collector within days.
//!
//! The transfer may come shortly before the cash: whoever is paid for it advances it. Who pays in cash as a trade is no smurf.

use super::super::book::{Account, Book, Move};
use super::super::window::{DAY_US, count, percent, runs, score, total};
use super::super::{Kind, Role, Typology};
use super::{Draft, days, distinct, each_once, within};

/// Collectors whose payers each paid in about as much in cash.
pub fn find(book: &Book) -> Vec<Draft> {
    book.accounts.iter().flat_map(|account| collected(book, account)).collect()
}

fn collected(book: &Book, account: &Account) -> Vec<Draft> {
    let settings = &book.settings.smurfing;
    if count(account.ins.len()) < settings.people {
        return Vec::new();
    }
    let fed: Vec<Move> =
        account.ins.iter().copied().filter(|each| !cash_behind(book, each).is_empty()).collect();
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    runs(&fed, settings.days * DAY_US, cap, |window| {
        distinct(window.iter().map(|each| each.from)) >= settings.people
    })
    .into_iter()
    .map(|run| {
        let people = each_once(run.iter().map(|each| each.from));
        let counted = count(people.len());
        let mut moves = run.to_vec();
        moves.extend(run.iter().flat_map(|each| cash_behind(book, each)));
        let sum = total(run);
        let above_income = account.income.is_some_and(|income| sum > income.saturating_mul(2));
        let mut accounts = vec![(account.number, Role::Main)];
        accounts.extend(people.into_iter().map(|number| (number, Role::Source)));
        Draft {
            typology: Typology::Smurfing,
            accounts,
            moves,
            amount: sum,
            score: score(counted, settings.people, &[above_income]),
            explanation: format!(
                "{counted} customers paid in cash and passed {} on to one account in {}.",
                book.told(sum),
                days(run),
            ),
        }
    })
    .collect()
}

/// The deposits of cash that a transfer is made of; none where they do not come up to it, or the payer's trade is cash.
fn cash_behind(book: &Book, transfer: &Move) -> Vec<Move> {
    let settings = &book.settings.smurfing;
    let Some(payer) = book.account(transfer.from) else { return Vec::new() };
    if transfer.amount < settings.transfer_minor || payer.kind == Kind::CashBusiness {
        return Vec::new();
    }
    let lag = settings.lag_days * DAY_US;
    let around = within(&payer.cash_in, transfer.at.saturating_sub(lag), transfer.at.saturating_add(lag / 2));
    let large: Vec<Move> =
        around.iter().copied().filter(|each| each.amount >= percent(transfer.amount, 10)).collect();
    let sum = total(&large);
    let enough = sum >= percent(transfer.amount, settings.cash_percent);
    // Much more cash than the transfer is another story.
    if enough && sum <= transfer.amount.saturating_mul(2) { large } else { Vec::new() }
}

//! Structuring: cash paid in under the limit of reports, in pieces, over all accounts of a customer.
//!
//! A person hardly pays in thousands in cash: three times in a fortnight is more than their past explains. A business that takes
//! cash does, and is told only where its deposits crowd under the limit: more often than in its own past, and hardly any above.

use super::super::book::{Account, Book, Move};
use super::super::window::{DAY_US, beyond, count, day, expected, past, percent, runs, score, total};
use super::super::{Kind, Role, Typology};
use super::{Draft, days, each_once, span, within};

/// Customers whose deposits keep under the limit.
pub fn find(book: &Book) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for numbers in &book.customers {
        let accounts: Vec<&Account> = numbers.iter().filter_map(|number| book.account(*number)).collect();
        let mut cash: Vec<Move> =
            accounts.iter().flat_map(|account| account.cash_in.iter().copied()).collect();
        if count(cash.len()) < book.settings.structuring.deposits {
            continue;
        }
        cash.sort_by_key(|each| each.number);
        let business = accounts.iter().any(|account| account.kind == Kind::CashBusiness);
        let income = accounts.iter().filter_map(|account| account.income).max();
        drafts.extend(deposits(book, &cash, business, income));
    }
    drafts
}

fn deposits(book: &Book, cash: &[Move], business: bool, income: Option<i64>) -> Vec<Draft> {
    let settings = &book.settings.structuring;
    let near = percent(settings.limit_minor, settings.near_percent);
    let under: Vec<Move> = cash
        .iter()
        .copied()
        .filter(|each| each.amount >= near && each.amount < settings.limit_minor)
        .collect();
    let span_us = settings.days * DAY_US;
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    runs(&under, span_us, cap, |window| {
        count(window.len()) >= settings.deposits
            && total(window) > settings.limit_minor
            && avoids(book, cash, &under, window, business)
    })
    .into_iter()
    .filter(|run| spread(book, run))
    .map(|run| {
        let sum = total(run);
        let above_income = income.is_some_and(|income| sum > income.saturating_mul(2));
        let accounts = each_once(run.iter().map(|each| each.to));
        let several = accounts.len() > 1;
        Draft {
            typology: Typology::Structuring,
            accounts: accounts.into_iter().map(|number| (number, Role::Main)).collect(),
            moves: run.to_vec(),
            amount: sum,
            score: score(count(run.len()), settings.deposits, &[above_income, several]),
            explanation: format!(
                "{} deposits of cash in {}, {} in all, each below the {} from which on cash is reported{}.",
                run.len(),
                days(run),
                book.told(sum),
                book.told(settings.limit_minor),
                if several { ", over several accounts of one customer" } else { "" },
            ),
        }
    })
    .collect()
}

/// Whether the deposits are over several days; those of one day are reported together, and must come to much more than the limit.
fn spread(book: &Book, run: &[Move]) -> bool {
    let settings = &book.settings.structuring;
    let (first, last) = span(run);
    day(first) != day(last) || total(run) >= percent(settings.limit_minor, settings.one_day_percent)
}

/// Whether these deposits avoid the limit: they are beyond the customer's past; and a business has hardly any above it meanwhile,
/// and a past long enough to be held against.
fn avoids(book: &Book, cash: &[Move], under: &[Move], window: &[Move], business: bool) -> bool {
    let settings = &book.settings.structuring;
    let span_us = settings.days * DAY_US;
    let elsewhere = past(under, window, |each| each.number);
    if !beyond(count(window.len()), settings.deposits, expected(elsewhere, span_us, book.observed())) {
        return false;
    }
    let (first, last) = span(window);
    let near = percent(settings.limit_minor, settings.near_percent);
    let meanwhile = count(within(cash, first, last).iter().filter(|each| each.amount >= near).count());
    let under_it = count(window.len()) * 100 >= meanwhile * settings.under_percent;
    !business || (under_it && book.observed() >= span_us.saturating_mul(2))
}

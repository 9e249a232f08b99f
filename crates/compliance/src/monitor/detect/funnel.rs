//! Funnel accounts: cash is paid in many times, and leaves in cash, by wire or to an exchange.

use super::super::book::{Account, Book, Move};
use super::super::window::{DAY_US, beyond, count, day, expected, past, percent, runs, score, total};
use super::super::{Kind, Role, Typology};
use super::{Draft, days, span, within};

/// Accounts that cash runs through.
pub fn find(book: &Book) -> Vec<Draft> {
    book.accounts.iter().flat_map(|account| funnels(book, account)).collect()
}

fn funnels(book: &Book, account: &Account) -> Vec<Draft> {
    let settings = &book.settings.funnel;
    let paid_in: Vec<Move> =
        account.cash_in.iter().copied().filter(|each| each.amount >= settings.deposit_minor).collect();
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    let span_us = settings.days * DAY_US;
    // The takings of a trade that is not known yet are no funnel.
    let known = account.kind != Kind::CashBusiness || book.observed() >= span_us.saturating_mul(2);
    let beyond_past = |window: &[Move]| {
        let elsewhere = past(&paid_in, window, |each| each.number);
        beyond(count(window.len()), settings.deposits, expected(elsewhere, span_us, book.observed()))
    };
    runs(&paid_in, span_us, cap, |window| {
        known && count(window.len()) >= settings.deposits && beyond_past(window)
    })
    .into_iter()
    .filter_map(|run| {
        let (first, last) = span(run);
        let mut dates: Vec<i64> = run.iter().map(|each| day(each.at)).collect();
        dates.dedup();
        let left: Vec<Move> = within(&account.outside_out, first, last.saturating_add(2 * DAY_US))
            .iter()
            .copied()
            .filter(|each| each.is_final() && each.amount >= settings.deposit_minor)
            .collect();
        let (sum, out) = (total(run), total(&left));
        let passes = out >= percent(sum, settings.passed_percent) && left.len() > 1;
        (count(dates.len()) >= settings.on_days && passes).then(|| draft(book, account, run, &left))
    })
    .collect()
}

fn draft(book: &Book, account: &Account, run: &[Move], left: &[Move]) -> Draft {
    let (sum, out) = (total(run), total(left));
    let above_income = account.income.is_some_and(|income| sum > income.saturating_mul(2));
    Draft {
        typology: Typology::FunnelAccount,
        accounts: vec![(account.number, Role::Main)],
        moves: run.iter().chain(left).copied().collect(),
        amount: sum,
        score: score(count(run.len()), book.settings.funnel.deposits, &[above_income]),
        explanation: format!(
            "Cash was paid in {} times in {}, {} in all, and {} left in cash, by wire or to an exchange.",
            run.len(),
            days(run),
            book.told(sum),
            book.told(out),
        ),
    }
}

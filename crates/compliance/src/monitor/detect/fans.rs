//! Fans: many payers of one account, many payees of one.
//!
//! Only payments that stand out count, of pairs without a habit: what pays a shop, a salary or a rent does not. The number of
//! counterparties is held against what the account's own past leads one to expect.

use super::super::book::{Account, Book, Move};
use super::super::window::{DAY_US, beyond, expected, past, percent, runs, score, total};
use super::super::{Role, Typology};
use super::{Draft, days, distinct, each_once, span, within};

/// Fans of either direction.
pub fn find(book: &Book) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for account in &book.accounts {
        drafts.extend(fans(book, account, true));
        drafts.extend(fans(book, account, false));
    }
    drafts
}

fn fans(book: &Book, account: &Account, gathers: bool) -> Vec<Draft> {
    let settings = &book.settings.fans;
    let side = if gathers { &account.ins } else { &account.outs };
    let standing_out: Vec<Move> = side.iter().copied().filter(|each| each.salient).collect();
    let other = |each: &Move| if gathers { each.from } else { each.to };
    let span_us = settings.days * DAY_US;
    let wide = |window: &[Move]| distinct(window.iter().map(other)) >= settings.counterparties;

    runs(&standing_out, span_us, movements(book), |window| {
        if !wide(window) || total(window) < settings.sum_minor {
            return false;
        }
        let elsewhere = past(&standing_out, window, other);
        let expected = expected(elsewhere, span_us, book.observed());
        beyond(distinct(window.iter().map(other)), settings.counterparties, expected)
    })
    .into_iter()
    .map(|run| draft(book, account, run, gathers))
    .collect()
}

fn movements(book: &Book) -> usize {
    usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX)
}

/// The fan with what fed it or emptied it from outside, within the days of a window.
fn draft(book: &Book, account: &Account, run: &[Move], gathers: bool) -> Draft {
    let settings = &book.settings.fans;
    let (first, last) = span(run);
    let sum = total(run);
    let around = settings.days * DAY_US;
    let beyond_us = if gathers {
        within(&account.outside_out, first, last.saturating_add(around))
    } else {
        within(&account.outside_in, first.saturating_sub(around), last)
    };
    let large: Vec<Move> = beyond_us.iter().copied().filter(|each| each.amount >= percent(sum, 25)).collect();
    let passed = total(&large) >= percent(sum, 60);
    let others = each_once(run.iter().map(|each| if gathers { each.from } else { each.to }));
    let above_income = account.income.is_some_and(|income| sum > income.saturating_mul(2));

    let mut accounts = vec![(account.number, Role::Main)];
    let role = if gathers { Role::Source } else { Role::Sink };
    accounts.extend(others.iter().map(|other| (*other, role)));
    let mut moves = run.to_vec();
    if passed {
        moves.extend(&large);
    }
    let counted = super::super::window::count(others.len());
    let (verb, tail) = match (gathers, passed) {
        (true, true) => ("was paid by", ", and most of it left the institution soon after"),
        (true, false) => ("was paid by", ""),
        (false, true) => ("paid", ", after a large sum had come from outside"),
        (false, false) => ("paid", ""),
    };
    Draft {
        typology: if gathers { Typology::FanIn } else { Typology::FanOut },
        accounts,
        amount: sum,
        score: score(counted, settings.counterparties, &[passed, above_income]),
        explanation: format!(
            "The account {verb} {counted} others in {}, {} in all, with none of whom it had dealt like this{tail}.",
            days(run),
            book.told(sum),
        ),
        moves,
    }
}

//! High-risk geography: large sums to or from countries that call for it. Which these are is a setting.

use super::super::book::{Book, Move};
use super::super::window::{DAY_US, runs, score, total};
use super::super::{Role, Typology};
use super::{Draft, days};

/// Accounts that deal with such countries.
pub fn find(book: &Book) -> Vec<Draft> {
    let settings = &book.settings.geography;
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    let risky = |each: &&Move| each.abroad.is_some_and(|country| book.high_risk.contains(&country));
    let mut drafts = Vec::new();
    for account in &book.accounts {
        let mut moves: Vec<Move> =
            account.outside_in.iter().chain(&account.outside_out).filter(risky).copied().collect();
        moves.sort_by_key(|each| each.number);
        let found = runs(&moves, settings.days * DAY_US, cap, |window| total(window) >= settings.sum_minor);
        for run in found {
            let mut countries: Vec<&str> =
                run.iter().filter_map(|each| each.abroad.as_ref().map(super::super::Country::code)).collect();
            countries.sort_unstable();
            countries.dedup();
            let sum = total(run);
            drafts.push(Draft {
                typology: Typology::HighRiskGeography,
                accounts: vec![(account.number, Role::Main)],
                moves: run.to_vec(),
                amount: sum,
                score: score(sum, settings.sum_minor, &[]),
                explanation: format!(
                    "{} went to or came from {} in {}.",
                    book.told(sum),
                    countries.join(", "),
                    days(run),
                ),
            });
        }
    }
    drafts
}

//! Money that comes in and leaves within hours: rapid movement; at an account that was asleep; at a new one, a mule's.
//!
//! Each sum that comes in is matched with what leaves soon after: one payment of about the sum, or several that come up to it.
//! What a customer's past makes usual, or a business does every day, is not counted.

use super::super::book::{Account, Book, Move};
use super::super::window::{DAY_US, beyond, count, day, expected, past, percent, runs, score, total};
use super::super::{Kind, Role, Typology};
use super::{Draft, days, distinct, span, within};

/// Accounts that sums pass through.
pub fn find(book: &Book) -> Vec<Draft> {
    book.accounts.iter().flat_map(|account| passes(book, account)).collect()
}

/// A sum that came in, and what left for it.
struct Pass {
    came: Move,
    left: Vec<Move>,
}

fn passes(book: &Book, account: &Account) -> Vec<Draft> {
    let settings = &book.settings.through;
    let matched = matched(book, account);
    if count(matched.len()) < settings.passes {
        return Vec::new();
    }
    let came: Vec<Move> = matched.iter().map(|pass| pass.came).collect();
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    let mut drafts = Vec::new();
    let span_us = settings.days * DAY_US;
    let beyond_past = |window: &[Move]| {
        let least = settings.passes;
        let elsewhere = past(&came, window, |each| each.number);
        beyond(count(window.len()), least, expected(elsewhere, span_us, book.observed()))
    };
    for run in
        runs(&came, span_us, cap, |window| count(window.len()) >= settings.passes && beyond_past(window))
    {
        let typology = named(book, account, span(run).0);
        let weak = typology != Typology::RapidMovement;
        let strong: Vec<Move> =
            run.iter().copied().filter(|each| weak || each.amount >= settings.in_minor).collect();
        // A business is paid and pays all the time: once more often is needed to mean anything.
        let least = settings.passes + i64::from(account.kind.is_business() && !weak);
        if count(strong.len()) >= least {
            drafts.push(draft(book, account, typology, &strong, &matched));
        }
    }
    drafts
}

/// Which kind of passing through it is that begins then.
fn named(book: &Book, account: &Account, first: i64) -> Typology {
    let settings = &book.settings.through;
    if account.opened.is_some_and(|opened| first - opened <= settings.new_days * DAY_US) {
        return Typology::MuleNewAccount;
    }
    let today = day(first);
    let since = account.days.iter().rev().find(|active| **active < today).copied();
    let watched_from = book.moves.first().map_or(today, |first| day(first.at));
    let awake = since.unwrap_or(watched_from);
    if today - awake >= settings.asleep_days {
        Typology::DormantReactivation
    } else {
        Typology::RapidMovement
    }
}

/// Every sum in that is followed by about as much out, each movement out used once.
fn matched(book: &Book, account: &Account) -> Vec<Pass> {
    let settings = &book.settings.through;
    let mut came: Vec<Move> = account
        .outside_in
        .iter()
        .chain(&account.ins)
        .copied()
        .filter(|each| each.amount >= settings.weak_in_minor)
        .collect();
    came.sort_by_key(|each| each.number);
    let mut left: Vec<Move> = account
        .outside_out
        .iter()
        .filter(|each| account.kind == Kind::Person || each.is_final())
        .chain(&account.outs)
        .copied()
        .collect();
    left.sort_by_key(|each| each.number);

    let mut used = vec![false; left.len()];
    came.into_iter()
        .filter_map(|came| {
            let until = came.at.saturating_add(settings.hours.saturating_mul(3_600_000_000));
            let start = left.partition_point(|each| each.at < came.at);
            let end = left.partition_point(|each| each.at <= until).max(start);
            let chosen =
                chosen(settings.passed_percent, &came, left.get(start..end)?, used.get(start..end)?)?;
            let mut taken = Vec::with_capacity(chosen.len());
            for index in chosen {
                if let (Some(used), Some(each)) = (used.get_mut(start + index), left.get(start + index)) {
                    *used = true;
                    taken.push(*each);
                }
            }
            Some(Pass { came, left: taken })
        })
        .collect()
}

/// Which of the payments out are for a sum in: the one nearest to it, or the first few that come up to it.
fn chosen(passed_percent: i64, came: &Move, left: &[Move], used: &[bool]) -> Option<Vec<usize>> {
    let (least, most) = (percent(came.amount, passed_percent), percent(came.amount, 102));
    let free = || left.iter().zip(used).enumerate().filter(|(_, (_, used))| !**used);
    let one = free()
        .filter(|(_, (each, _))| (least..=most).contains(&each.amount))
        .min_by_key(|(index, (each, _))| ((came.amount - each.amount).abs(), *index));
    if let Some((index, _)) = one {
        return Some(vec![index]);
    }
    let mut sum: i64 = 0;
    let mut parts = Vec::new();
    // Parts of less than a tenth are daily life.
    for (index, (each, _)) in free().filter(|(_, (each, _))| each.amount >= came.amount / 10) {
        if sum.saturating_add(each.amount) <= most {
            sum = sum.saturating_add(each.amount);
            parts.push(index);
        }
        if sum >= least {
            return Some(parts);
        }
    }
    None
}

fn draft(book: &Book, account: &Account, typology: Typology, run: &[Move], matched: &[Pass]) -> Draft {
    let settings = &book.settings.through;
    let (first, last) = span(run);
    let mut moves = run.to_vec();
    for pass in matched.iter().filter(|pass| pass.came.at >= first && pass.came.at <= last) {
        if run.iter().any(|each| each.number == pass.came.number) {
            moves.extend(&pass.left);
        }
    }
    let (sum, passed) = (total(run), count(run.len()));
    let gone = total(moves.iter().filter(|each| each.from == account.number));
    // Whoever paid in may be a victim: what they paid is evidence, and they are not named.
    let all_in = within(&account.ins, first, last);
    let payers = distinct(all_in.iter().map(|each| each.from));
    let above_income = account.income.is_some_and(|income| sum > income.saturating_mul(2));
    let how = match typology {
        Typology::MuleNewAccount => "An account opened shortly before",
        Typology::DormantReactivation => "An account that had been asleep",
        _ => "The account",
    };
    Draft {
        typology,
        accounts: vec![(account.number, Role::Main)],
        amount: sum,
        score: score(passed, settings.passes, &[above_income, payers > 2]),
        explanation: format!(
            "{how} received {} in {passed} payments within {}, and each left within {} hours: {} in all.",
            book.told(sum),
            days(run),
            settings.hours,
            book.told(gone),
        ),
        moves,
    }
}

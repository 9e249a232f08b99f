//! Hubs: one source over many in the middle to one sink, and a hub that gathers and then scatters.

use foldhash::{HashMap, HashMapExt};

use super::super::book::{Account, Book, Move};
use super::super::window::{DAY_US, beyond, count, expected, float, past, percent, runs, score, total};
use super::super::{Role, Typology};
use super::{Draft, days, distinct, each_once, span, within};

/// Sources whose payees pass the money on to one and the same sink.
pub fn scatter_gather(book: &Book) -> Vec<Draft> {
    book.accounts.iter().flat_map(|source| scattered(book, source)).collect()
}

fn scattered(book: &Book, source: &Account) -> Vec<Draft> {
    let settings = &book.settings.scatter_gather;
    if distinct(source.outs.iter().map(|each| each.to)) < settings.middles {
        return Vec::new();
    }
    let lag = settings.lag_days * DAY_US;
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    let mut by_sink: HashMap<u32, Vec<(Move, Move)>> = HashMap::new();
    for sent in &source.outs {
        let Some(middle) = book.account(sent.to) else { continue };
        let soon = within(&middle.outs, sent.at.saturating_sub(lag / 8), sent.at.saturating_add(lag));
        for passed in soon.iter().take(cap) {
            let fits = passed.amount >= percent(sent.amount, settings.passed_percent)
                && passed.amount <= percent(sent.amount, 105);
            if fits && passed.to != source.number {
                by_sink.entry(passed.to).or_default().push((*sent, *passed));
            }
        }
    }
    by_sink.into_iter().flat_map(|(sink, paths)| gathered(book, source, sink, &paths)).collect()
}

fn gathered(book: &Book, source: &Account, sink: u32, paths: &[(Move, Move)]) -> Vec<Draft> {
    let settings = &book.settings.scatter_gather;
    let sent: Vec<Move> = paths.iter().map(|(sent, _)| *sent).collect();
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    runs(&sent, settings.days * DAY_US, cap, |window| {
        distinct(window.iter().map(|each| each.to)) >= settings.middles
    })
    .into_iter()
    .filter_map(|run| {
        let (first, last) = span(run);
        let mut moves: Vec<Move> = paths
            .iter()
            .filter(|(sent, _)| sent.at >= first && sent.at <= last)
            .flat_map(|(sent, passed)| [*sent, *passed])
            .collect();
        moves.sort_by_key(|each| each.number);
        moves.dedup_by_key(|each| each.number);
        let middles = each_once(run.iter().map(|each| each.to));
        let counted = count(middles.len());
        let sum = total(moves.iter().filter(|each| each.from == source.number));
        let mut accounts = vec![(source.number, Role::Source), (sink, Role::Sink)];
        accounts.extend(middles.into_iter().map(|number| (number, Role::Middle)));
        (sum >= settings.sum_minor).then(|| Draft {
            typology: Typology::ScatterGather,
            accounts,
            amount: sum,
            score: score(counted, settings.middles, &[]),
            explanation: format!(
                "One account paid {counted} others {} in all, and each passed its part on to one and the same account, \
                 in {}.",
                book.told(sum),
                days(&moves),
            ),
            moves,
        })
    })
    .collect()
}

/// Hubs that many pay, and that pay many others soon after.
pub fn gather_scatter(book: &Book) -> Vec<Draft> {
    book.accounts.iter().flat_map(|hub| gathers(book, hub)).collect()
}

fn gathers(book: &Book, hub: &Account) -> Vec<Draft> {
    let settings = &book.settings.gather_scatter;
    let mut moves: Vec<Move> = hub.ins.iter().chain(&hub.outs).copied().filter(|each| each.salient).collect();
    if count(moves.len()) < settings.together {
        return Vec::new();
    }
    moves.sort_by_key(|each| each.number);
    let cap = usize::try_from(book.settings.usual.window_movements).unwrap_or(usize::MAX);
    let span_us = settings.days * DAY_US;
    runs(&moves, span_us, cap, |window| {
        if count(window.len()) < settings.together || !turns(book, hub, window) {
            return false;
        }
        let elsewhere = past(&moves, window, |each| each.number);
        beyond(count(window.len()), settings.together, expected(elsewhere, span_us, book.observed()))
    })
    .into_iter()
    .map(|run| draft(book, hub, run))
    .collect()
}

/// Whether a window gathers and then scatters: enough of both, most of it passed on, and in before out on the whole.
fn turns(book: &Book, hub: &Account, window: &[Move]) -> bool {
    let settings = &book.settings.gather_scatter;
    let (ins, outs) = sides(hub, window);
    let sources = distinct(ins.iter().map(|each| each.from));
    let sinks = distinct(outs.iter().map(|each| each.to));
    let (came, went) = (total(&ins), total(&outs));
    sources >= settings.counterparties
        && sinks >= settings.counterparties
        && sources + sinks >= settings.together
        && went >= percent(came, settings.passed_percent)
        && went <= percent(came, 130)
        && mean_time(&ins) < mean_time(&outs)
}

fn sides(hub: &Account, window: &[Move]) -> (Vec<Move>, Vec<Move>) {
    window.iter().partition(|each| each.to == hub.number)
}

fn mean_time(moves: &[Move]) -> f64 {
    let first = span(moves).0;
    let since: i64 = moves.iter().fold(0, |sum: i64, each| sum.saturating_add(each.at - first));
    float(first) + float(since) / float(count(moves.len()).max(1))
}

fn draft(book: &Book, hub: &Account, run: &[Move]) -> Draft {
    let (ins, outs) = sides(hub, run);
    let sources = each_once(ins.iter().map(|each| each.from));
    let sinks = each_once(outs.iter().map(|each| each.to));
    let together = count(sources.len() + sinks.len());
    let came = total(&ins);
    let above_income = hub.income.is_some_and(|income| came > income.saturating_mul(2));
    let mut accounts = vec![(hub.number, Role::Main)];
    accounts.extend(sources.iter().map(|number| (*number, Role::Source)));
    accounts.extend(sinks.iter().map(|number| (*number, Role::Sink)));
    Draft {
        typology: Typology::GatherScatter,
        accounts,
        moves: run.to_vec(),
        amount: came,
        score: score(together, book.settings.gather_scatter.together, &[above_income]),
        explanation: format!(
            "{} others paid the account {}, which then paid {} to {} others, in {}.",
            sources.len(),
            book.told(came),
            book.told(total(&outs)),
            sinks.len(),
            days(run),
        ),
    }
}

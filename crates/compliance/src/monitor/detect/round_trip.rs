//! Round trips: money that comes back to where it started, hop by hop in the order of time, hardly less at each.
//!
//! A search in depth from each first hop. Accounts that nothing comes into or nothing leaves cannot be on a cycle, and are
//! stripped again and again first; each hop must fit the one before in time and sum; and each first hop has a budget of steps.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::super::book::{Book, Move};
use super::super::window::{DAY_US, count, percent, score};
use super::super::{Role, Typology};
use super::{Draft, days, within};

/// Cycles of the settings' length, each movement in one at most.
pub fn find(book: &Book) -> Vec<Draft> {
    let settings = &book.settings.round_trip;
    let search = Search { book, outs: stripped(book) };
    let mut firsts: Vec<Move> = search.outs.values().flatten().copied().collect();
    firsts.sort_by_key(|each| each.number);

    let mut used: HashSet<u32> = HashSet::new();
    let mut drafts = Vec::new();
    for first in firsts {
        if used.contains(&first.number) {
            continue;
        }
        let mut path = vec![first];
        let mut budget = settings.budget;
        if search.closes(&mut path, &used, &mut budget) {
            used.extend(path.iter().map(|each| each.number));
            drafts.push(draft(book, path));
        }
    }
    drafts
}

/// Payments that may lie on a cycle, by who pays.
fn stripped(book: &Book) -> HashMap<u32, Vec<Move>> {
    let least = book.settings.round_trip.hop_minor;
    let mut left: Vec<Move> = book
        .accounts
        .iter()
        .flat_map(|account| account.outs.iter().filter(|each| each.amount >= least))
        .copied()
        .collect();
    // Stripping only saves time: what is left after so many rounds the search can cope with.
    for _ in 0..64 {
        let paying: HashSet<u32> = left.iter().map(|each| each.from).collect();
        let paid: HashSet<u32> = left.iter().map(|each| each.to).collect();
        let before = left.len();
        left.retain(|each| paying.contains(&each.to) && paid.contains(&each.from));
        if left.len() == before {
            break;
        }
    }
    let mut outs: HashMap<u32, Vec<Move>> = HashMap::new();
    for each in left {
        outs.entry(each.from).or_default().push(each);
    }
    outs
}

struct Search<'a> {
    book: &'a Book,
    outs: HashMap<u32, Vec<Move>>,
}

impl Search<'_> {
    /// Lengthens the path until it comes back to its start; false when it cannot, or the budget is spent.
    fn closes(&self, path: &mut Vec<Move>, used: &HashSet<u32>, budget: &mut i64) -> bool {
        let settings = &self.book.settings.round_trip;
        let (Some(first), Some(last)) = (path.first().copied(), path.last().copied()) else { return false };
        let until = first.at.saturating_add(settings.days * DAY_US);
        let onward = self.outs.get(&last.to).map(Vec::as_slice).unwrap_or_default();
        for next in within(onward, last.at.saturating_add(1), until) {
            *budget -= 1;
            if *budget <= 0 {
                return false;
            }
            let fits = next.amount >= percent(last.amount, settings.step_min_percent)
                && next.amount <= percent(last.amount, settings.step_max_percent)
                && !used.contains(&next.number);
            if !fits {
                continue;
            }
            let hops = count(path.len()) + 1;
            path.push(*next);
            if next.to == first.from {
                if hops >= settings.hops_min {
                    return true;
                }
            } else if hops < settings.hops_max
                && !path.iter().any(|hop| hop.from == next.to)
                && self.closes(path, used, budget)
            {
                return true;
            }
            path.pop();
        }
        false
    }
}

fn draft(book: &Book, path: Vec<Move>) -> Draft {
    let hops = count(path.len());
    let sum = path.first().map_or(0, |first| first.amount);
    let back = path.last().map_or(0, |last| last.amount);
    let starter = path.first().and_then(|first| book.account(first.from));
    let above_income =
        starter.and_then(|account| account.income).is_some_and(|income| sum > income.saturating_mul(2));
    let salient = path.iter().all(|each| each.salient);
    let accounts = path.iter().enumerate();
    Draft {
        typology: Typology::RoundTrip,
        accounts: accounts
            .map(|(hop, each)| (each.from, if hop == 0 { Role::Main } else { Role::Middle }))
            .collect(),
        amount: sum,
        score: score(hops, book.settings.round_trip.hops_min, &[above_income, salient]),
        explanation: format!(
            "{} left the account and came back as {} over {hops} hops in {}.",
            book.told(sum),
            book.told(back),
            days(&path),
        ),
        moves: path,
    }
}

//! A slow fan-in: one and the same amount from many payers, each once, however far apart.
//!
//! No window sees it. It is what is left when a scheme is paid like a fee; a person has no fees, and a club's members pay again.

use foldhash::{HashMap, HashMapExt};

use super::super::book::{Book, Move, OUTSIDE};
use super::super::window::{count, score, total};
use super::super::{Channel, Role, Typology};
use super::{Draft, days, distinct, each_once};

/// Accounts of no business that at least `same_amount_payers` paid one amount, nine of ten of them once.
pub fn find(book: &Book) -> Vec<Draft> {
    let settings = &book.settings.fans;
    let least = book.settings.usual.plain_minor / 2;
    let mut paid: HashMap<(u32, i64), Vec<u32>> = HashMap::new();
    let inside = |each: &&Move| {
        each.from != OUTSIDE
            && each.to != OUTSIDE
            && each.amount >= least
            && each.channel != Some(Channel::Card)
            && book.account(each.to).is_some_and(|account| !account.kind.is_business())
    };
    for each in book.moves.iter().filter(inside) {
        paid.entry((each.to, each.amount)).or_default().push(each.number);
    }
    let mut drafts = Vec::new();
    for ((to, amount), numbers) in paid {
        if count(numbers.len()) < settings.same_amount_payers {
            continue;
        }
        let moves: Vec<Move> = numbers
            .iter()
            .filter_map(|number| book.moves.get(usize::try_from(*number).ok()?))
            .copied()
            .collect();
        let payers = distinct(moves.iter().map(|each| each.from));
        if payers < settings.same_amount_payers || count(moves.len()) * 10 > payers * 11 {
            continue;
        }
        let mut accounts = vec![(to, Role::Main)];
        accounts.extend(
            each_once(moves.iter().map(|each| each.from)).into_iter().map(|from| (from, Role::Source)),
        );
        drafts.push(Draft {
            typology: Typology::FanIn,
            accounts,
            amount: total(&moves),
            score: score(payers, settings.same_amount_payers, &[]),
            explanation: format!(
                "{payers} others paid the account exactly {} each, one after the other over {}, and none came back.",
                book.told(amount),
                days(&moves),
            ),
            moves,
        });
    }
    drafts
}

//! What is usual: habits of pairs, pay days, one's own accounts, what such payees are commonly paid.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::book::{Account, Move, OUTSIDE};
use super::settings::Usual;
use super::window::{DAY_US, count, day, float, percent};
use super::{Channel, Kind};

/// What a movement is, as far as its surroundings tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A habit, a pay day, between one's own accounts, by card, or small.
    Usual,
    /// None of these.
    Plain,
    /// Plain, and its amount stands out.
    Salient,
}

/// A mark for each movement. Movements with the outside are plain: their detectors look at all of them.
pub(super) fn marks(moves: &[Move], accounts: &[Account], usual: &Usual) -> Vec<Mark> {
    let owner = |number: u32| {
        usize::try_from(number).ok().and_then(|number| accounts.get(number)).map(|account| account.customer)
    };
    let kind = |number: u32| {
        usize::try_from(number).ok().and_then(|number| accounts.get(number)).map(|account| account.kind)
    };
    let between = |each: &Move| {
        each.from != OUTSIDE
            && each.to != OUTSIDE
            && owner(each.from) != owner(each.to)
            && !matches!(each.channel, Some(Channel::Card))
            && !(each.channel == Some(Channel::Payroll) && kind(each.from).is_some_and(Kind::is_business))
    };
    let habits = habits(moves.iter().filter(|each| between(each)), usual);
    let pay_days = pay_days(moves, &habits, usual);
    let common = |each: &Move| {
        habits.contains(&(each.from, each.to))
            || pay_days.get(&(each.from, day(each.at))).is_some_and(|day| {
                day.payees >= usual.pay_day_payees
                    && each.amount <= percent(day.most, usual.pay_day_reach_percent)
            })
    };
    let rare = |each: &Move| between(each) && !common(each);
    let levels = Levels::of(moves.iter().filter(|each| rare(each)), &kind, usual);
    moves
        .iter()
        .map(|each| {
            if each.from == OUTSIDE || each.to == OUTSIDE {
                Mark::Plain
            } else if !rare(each) || each.amount < usual.plain_minor {
                Mark::Usual
            } else if each.amount >= levels.level(each.to, kind(each.to)) {
                Mark::Salient
            } else {
                Mark::Plain
            }
        })
        .collect()
}

/// What is known of a pair's payments.
struct Pair {
    times: i64,
    first: i64,
    last: i64,
    least: i64,
    most: i64,
}

/// Pairs that pay again and again, for longer than schemes last; twice is enough for the same sum, such as a rent.
fn habits<'a>(moves: impl Iterator<Item = &'a Move>, usual: &Usual) -> HashSet<(u32, u32)> {
    let mut pairs: HashMap<(u32, u32), Pair> = HashMap::new();
    for each in moves {
        let sum = each.amount;
        pairs
            .entry((each.from, each.to))
            .and_modify(|pair| {
                pair.times += 1;
                pair.last = each.at;
                pair.least = pair.least.min(sum);
                pair.most = pair.most.max(sum);
            })
            .or_insert(Pair { times: 1, first: each.at, last: each.at, least: sum, most: sum });
    }
    let span = usual.recurring_days * DAY_US;
    let habit = |pair: &Pair| {
        let same = pair.times >= 2 && pair.most <= percent(pair.least, usual.same_sum_percent);
        (pair.times >= usual.recurring_count || same) && pair.last - pair.first >= span
    };
    pairs.into_iter().filter(|(_, pair)| habit(pair)).map(|(pair, _)| pair).collect()
}

/// What a payer paid to habitual payees on one day.
#[derive(Default)]
struct PayDay {
    payees: i64,
    most: i64,
}

fn pay_days(moves: &[Move], habits: &HashSet<(u32, u32)>, usual: &Usual) -> HashMap<(u32, i64), PayDay> {
    let mut days: HashMap<(u32, i64), PayDay> = HashMap::new();
    let paid = moves
        .iter()
        .filter(|each| each.amount >= usual.plain_minor && habits.contains(&(each.from, each.to)));
    for each in paid {
        let day = days.entry((each.from, day(each.at))).or_default();
        day.payees += 1;
        day.most = day.most.max(each.amount);
    }
    days
}

/// From which sum on a payment stands out: among the payee's peers, and for a business in its own past.
/// A person has no trade: many large payments to one are not made usual by being many.
struct Levels {
    persons: i64,
    businesses: i64,
    own: HashMap<u32, i64>,
}

impl Levels {
    fn of<'a>(
        moves: impl Iterator<Item = &'a Move>,
        kind: &impl Fn(u32) -> Option<Kind>,
        usual: &Usual,
    ) -> Self {
        let mut by_payee: HashMap<u32, Vec<i64>> = HashMap::new();
        let (mut persons, mut businesses) = (Vec::new(), Vec::new());
        for each in moves {
            if kind(each.to).is_some_and(Kind::is_business) {
                by_payee.entry(each.to).or_default().push(each.amount);
                businesses.push(each.amount);
            } else {
                persons.push(each.amount);
            }
        }
        let own = by_payee
            .into_iter()
            .filter(|(_, sums)| count(sums.len()) >= usual.own_past_count)
            .map(|(payee, mut sums)| (payee, stands_out(&mut sums, usual.stand_out_hundredths)))
            .collect();
        let among = |sums: &mut Vec<i64>| {
            stands_out(sums, usual.stand_out_hundredths)
                .clamp(usual.plain_minor, usual.stand_out_minor.max(usual.plain_minor))
        };
        Self { persons: among(&mut persons), businesses: among(&mut businesses), own }
    }

    fn level(&self, payee: u32, kind: Option<Kind>) -> i64 {
        let peers = if kind.is_some_and(Kind::is_business) { self.businesses } else { self.persons };
        self.own.get(&payee).map_or(peers, |own| peers.max(*own))
    }
}

/// The median times e to the given number of robust standard deviations of the logarithms (1.4826 × their median deviation).
///
/// A few very large sums, such as a scheme's, hardly change it. Zero for no sums.
fn stands_out(sums: &mut [i64], hundredths: i64) -> i64 {
    if sums.is_empty() {
        return 0;
    }
    let middle = sums.len() / 2;
    let median = float(*sums.select_nth_unstable(middle).1).ln();
    let mut deviations: Vec<f64> = sums.iter().map(|sum| (float(*sum).ln() - median).abs()).collect();
    let deviation = 1.4826 * *deviations.select_nth_unstable_by(middle, f64::total_cmp).1;
    let level = (median + deviation * float(hundredths) / 100.0).exp();
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 becomes its largest value")]
    let level = level as i64;
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_large_sums_do_not_move_what_stands_out() {
        let mut common: Vec<i64> = (0..200).map(|n| 5_000 + n * 50).collect();
        let before = stands_out(&mut common.clone(), 200);

        common.extend([900_000; 10]);
        let after = stands_out(&mut common, 200);

        assert!(before > 15_000 && after < before * 5 / 4, "{before} became {after}");
    }
}

//! Layers: a group that pays a group criss-cross (bipartite), and groups in a row (a stack).
//!
//! Two payers that pay two same payees within days are a *crossing*. Payers connected by crossings are one side, the payees that
//! at least two of them pay the other. A stack is two such patterns where the payees of the one pay in the other, later.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::super::book::{Book, Move};
use super::super::window::{DAY_US, count, score, total};
use super::super::{Role, Typology};
use super::{Draft, days, distinct, each_once, span};

/// Two sides, and what the one paid the other.
#[derive(Clone)]
struct Layer {
    payers: Vec<u32>,
    payees: Vec<u32>,
    moves: Vec<Move>,
}

/// Stacks, and layers that are in none.
pub fn find(book: &Book) -> Vec<Draft> {
    let layers = layers(book);
    let mut drafts = stacks(book, &layers);
    let large =
        |layer: &&Layer| count(layer.payers.len() + layer.payees.len()) >= book.settings.layers.together;
    drafts.extend(layers.iter().filter(large).map(|layer| bipartite(book, layer)));
    drafts
}

fn layers(book: &Book) -> Vec<Layer> {
    let crossings = crossings(book);
    let mut groups: Vec<Vec<Move>> = joined(&crossings);
    groups.retain(|moves| !moves.is_empty());
    groups.into_iter().filter_map(|moves| dense(book, moves)).collect()
}

/// Pairs of payers with two payees or more in common, and the payments to these.
fn crossings(book: &Book) -> Vec<((u32, u32), Vec<Move>)> {
    let settings = &book.settings.layers;
    let span_us = settings.days * DAY_US;
    let most = usize::try_from(settings.payers_max).unwrap_or(usize::MAX);
    let mut common: BTreeMap<(u32, u32), Vec<Move>> = BTreeMap::new();
    for payee in &book.accounts {
        let ins: Vec<&Move> = payee.ins.iter().filter(|each| each.salient).collect();
        for (index, later) in ins.iter().enumerate() {
            let near = ins.iter().take(index).rev().take(most);
            for earlier in near.take_while(|each| each.at >= later.at.saturating_sub(span_us)) {
                if earlier.from != later.from {
                    let pair = (earlier.from.min(later.from), earlier.from.max(later.from));
                    common.entry(pair).or_default().extend([**earlier, **later]);
                }
            }
        }
    }
    common
        .into_iter()
        .filter_map(|(pair, mut moves)| {
            moves.sort_by_key(|each| each.number);
            moves.dedup_by_key(|each| each.number);
            let (first, _) = span(&moves);
            moves.retain(|each| each.at <= first.saturating_add(span_us));
            (distinct(moves.iter().map(|each| each.to)) >= settings.side).then_some((pair, moves))
        })
        .collect()
}

/// Crossings that share payments are one group; each group's payments.
fn joined(crossings: &[((u32, u32), Vec<Move>)]) -> Vec<Vec<Move>> {
    let mut group_of: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<Move>> = Vec::new();
    for (_, moves) in crossings {
        let mut met: Vec<usize> =
            moves.iter().filter_map(|each| group_of.get(&each.number).copied()).collect();
        met.sort_unstable();
        met.dedup();
        let mut all = moves.clone();
        for group in met {
            all.extend(groups.get_mut(group).map(std::mem::take).unwrap_or_default());
        }
        all.sort_by_key(|each| each.number);
        all.dedup_by_key(|each| each.number);
        for each in &all {
            group_of.insert(each.number, groups.len());
        }
        groups.push(all);
    }
    groups
}

/// The group as a layer, if it is dense and large enough.
fn dense(book: &Book, mut moves: Vec<Move>) -> Option<Layer> {
    let settings = &book.settings.layers;
    let mut paid_by: HashMap<u32, Vec<u32>> = HashMap::new();
    for each in &moves {
        paid_by.entry(each.to).or_default().push(each.from);
    }
    moves.retain(|each| {
        paid_by.get(&each.to).is_some_and(|from| distinct(from.iter().copied()) >= settings.side)
    });
    let upper = each_once(moves.iter().map(|each| each.from));
    let lower = each_once(moves.iter().map(|each| each.to));
    let mut pairs: Vec<(u32, u32)> = moves.iter().map(|each| (each.from, each.to)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let (left, right) = (count(upper.len()), count(lower.len()));
    let holds = left >= settings.side
        && right >= settings.side
        && count(pairs.len()) * 100 >= left * right * settings.density_percent;
    holds.then_some(Layer { payers: upper, payees: lower, moves })
}

fn stacks(book: &Book, layers: &[Layer]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for upper in layers {
        for lower in layers {
            let shared = upper.payees.iter().filter(|number| lower.payers.contains(number)).count();
            let follows = span(&lower.moves).0 >= span(&upper.moves).0
                && span(&lower.moves).0
                    <= span(&upper.moves).1.saturating_add(book.settings.layers.days * DAY_US);
            if count(shared) >= book.settings.layers.side && follows {
                drafts.push(stack(book, upper, lower));
            }
        }
    }
    drafts
}

fn stack(book: &Book, upper: &Layer, lower: &Layer) -> Draft {
    let mut moves: Vec<Move> = upper.moves.iter().chain(&lower.moves).copied().collect();
    moves.sort_by_key(|each| each.number);
    moves.dedup_by_key(|each| each.number);
    let all = each_once(upper.payers.iter().chain(&upper.payees).chain(&lower.payees).copied());
    let role = |number: &u32| {
        if lower.payers.contains(number) {
            Role::Middle
        } else if upper.payers.contains(number) {
            Role::Source
        } else {
            Role::Sink
        }
    };
    let sum = total(&upper.moves);
    Draft {
        typology: Typology::Stack,
        amount: sum,
        score: score(count(all.len()), book.settings.layers.together, &[true]),
        explanation: format!(
            "{} moved through layers of {}, {} and {} accounts, each paying the next one criss-cross, in {}.",
            book.told(sum),
            upper.payers.len(),
            upper.payees.len(),
            lower.payees.len(),
            days(&moves),
        ),
        accounts: all.iter().map(|number| (*number, role(number))).collect(),
        moves,
    }
}

fn bipartite(book: &Book, layer: &Layer) -> Draft {
    let together = count(layer.payers.len() + layer.payees.len());
    let sum = total(&layer.moves);
    let mut accounts: Vec<(u32, Role)> = layer.payers.iter().map(|number| (*number, Role::Source)).collect();
    accounts.extend(
        layer
            .payees
            .iter()
            .filter(|number| !layer.payers.contains(number))
            .map(|number| (*number, Role::Sink)),
    );
    Draft {
        typology: Typology::Bipartite,
        accounts,
        amount: sum,
        score: score(together, book.settings.layers.together, &[]),
        explanation: format!(
            "{} accounts paid the same {} others criss-cross, {} in all, in {}.",
            layer.payers.len(),
            layer.payees.len(),
            book.told(sum),
            days(&layer.moves),
        ),
        moves: layer.moves.clone(),
    }
}

//! From pairs of words to one number.

use super::align::Link;
use super::like::float;
use super::weight::Weighed;
use super::{Comparison, Pair};
use crate::names::{Bearer, Role, Token};

/// How much the name that says less counts, for a person: parts of a person's name are often left out.
const FULLER_PERSON: f64 = 0.75;
/// The same for an organisation: a word more is often another company.
const FULLER_ORGANISATION: f64 = 0.12;
/// What a contradiction of full weight leaves of a score.
const CONTRADICTED: f64 = 0.33;
/// The most that one word in common is worth where both names could say more.
const ONE_WORD: f64 = 0.60;
/// The most that words which name nobody are worth.
const GENERIC_ALONE: f64 = 0.50;

/// One side of a comparison, added up.
struct Side {
    weight: f64,
    found: f64,
    alone: f64,
    names: usize,
    names_found: usize,
    distinction: f64,
}

/// What the pairs come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub score: f64,
    pub distinction: f64,
}

/// Weighs what was paired against what was not.
pub(crate) fn verdict(left: &Weighed, right: &Weighed, chosen: &[Link]) -> Verdict {
    let a = side(left, chosen, |link| link.left);
    let b = side(right, chosen, |link| link.right);
    Verdict { score: score(&a, &b, left.name.bearer), distinction: a.distinction.min(b.distinction) }
}

/// A verdict with its reasons.
pub(crate) fn explain(left: &Weighed, right: &Weighed, chosen: &[Link], verdict: Verdict) -> Comparison {
    let text = |tokens: &[Token], (start, len): (usize, usize)| {
        let row = tokens.get(start..start + len).unwrap_or_default();
        row.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    let pair = |link: &Link| Pair {
        left: text(&left.name.tokens, link.left),
        right: text(&right.name.tokens, link.right),
        likeness: link.likeness,
        how: link.how,
    };
    Comparison {
        score: verdict.score,
        pairs: chosen.iter().map(pair).collect(),
        left_alone: alone(left, chosen, |link| link.left),
        right_alone: alone(right, chosen, |link| link.right),
        distinction: verdict.distinction,
    }
}

fn covers((start, len): (usize, usize), at: usize) -> bool {
    (start..start + len).contains(&at)
}

fn side(name: &Weighed, chosen: &[Link], of: impl Fn(&Link) -> (usize, usize)) -> Side {
    let mut side = Side { weight: 0.0, found: 0.0, alone: 0.0, names: 0, names_found: 0, distinction: 0.0 };
    for (at, ((token, weight), rarity)) in
        name.name.tokens.iter().zip(name.weights.iter()).zip(name.rarities.iter()).enumerate()
    {
        let link = chosen.iter().find(|link| covers(of(link), at));
        let likeness = link.map_or(0.0, |link| link.likeness);
        side.weight += weight;
        side.found += weight * likeness;
        if names(token) {
            side.names += 1;
            side.names_found += usize::from(link.is_some());
            side.distinction += likeness * rarity;
        }
        if link.is_none() && !matches!(token.role, Role::Particle | Role::Title | Role::Form) {
            side.alone += weight;
        }
    }
    side
}

/// The most that two names can score when no tokens are paired but these, as bits, and those that are no words:
/// initials, particles, titles, legal forms.
pub(crate) fn most(left: &Weighed, right: &Weighed, paired: (u32, u32)) -> f64 {
    let initials =
        |name: &Weighed| name.name.tokens.iter().filter(|token| token.role == Role::Initial).count();
    let a = side_at_most(left, paired.0, initials(right));
    let b = side_at_most(right, paired.1, initials(left));
    score(&a, &b, left.name.bearer)
}

fn side_at_most(name: &Weighed, paired: u32, initials: usize) -> Side {
    let mut side =
        Side { weight: 0.0, found: 0.0, alone: 0.0, names: 0, names_found: initials, distinction: 0.0 };
    let (mut bits, mut heaviest) = (paired, 0.0_f64);
    for (token, weight) in name.name.tokens.iter().zip(name.weights.iter()) {
        let minor = matches!(token.role, Role::Initial | Role::Particle | Role::Title | Role::Form);
        let found = bits & 1 == 1;
        bits >>= 1;
        side.weight += weight;
        side.names += usize::from(names(token));
        side.names_found += usize::from(names(token) && found);
        if minor || found {
            side.found += weight;
        } else {
            side.alone += weight;
            heaviest = heaviest.max(*weight);
        }
    }
    // Each initial of the other name may stand for one word of this.
    let stood_for = (heaviest * float(initials)).min(side.alone);
    side.found += stood_for;
    side.alone -= stood_for;
    side
}

fn names(token: &Token) -> bool {
    matches!(token.role, Role::Name | Role::Family)
}

fn alone(name: &Weighed, chosen: &[Link], of: impl Fn(&Link) -> (usize, usize)) -> Vec<String> {
    let left_over = |at: &usize| !chosen.iter().any(|link| covers(of(link), *at));
    let tokens = name.name.tokens.iter().enumerate().filter(|(at, _)| left_over(at));
    tokens.map(|(_, token)| token.text.clone()).collect()
}

fn score(a: &Side, b: &Side, bearer: Bearer) -> f64 {
    if a.weight <= 0.0 || b.weight <= 0.0 {
        return 0.0;
    }
    let (a_share, b_share) = (a.found / a.weight, b.found / b.weight);
    let fuller = if bearer == Bearer::Person { FULLER_PERSON } else { FULLER_ORGANISATION };
    let share = fuller * a_share.max(b_share) + (1.0 - fuller) * a_share.min(b_share);
    let mut score = share * (1.0 - CONTRADICTED * a.alone.min(b.alone).min(1.0));
    let found = a.names_found.min(b.names_found);
    match bearer {
        Bearer::Person if found <= 1 && a.names.max(b.names) > 1 && a.alone + b.alone > 0.3 => {
            score = score.min(ONE_WORD);
        }
        Bearer::Organisation if found == 0 && a.names + b.names > 0 => score = score.min(GENERIC_ALONE),
        _ => {}
    }
    score.clamp(0.0, 1.0)
}

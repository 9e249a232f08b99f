//! What each word of a name weighs.

use std::borrow::Cow;

use super::like::float;
use crate::names::{Bearer, Parsed, Role, Token};

/// A name, and for each of its tokens how much it weighs and how rare it is.
#[derive(Clone, Debug)]
pub struct Weighed<'a> {
    /// The name.
    pub name: &'a Parsed,
    /// The weight of each token.
    pub weights: Cow<'a, [f64]>,
    /// The rarity of each token, 0 (everybody's) to 1 (one bearer's).
    pub rarities: Cow<'a, [f64]>,
}

impl<'a> Weighed<'a> {
    /// Weighs a name by rarities that are known.
    pub fn new(name: &'a Parsed, rarities: Vec<f64>) -> Self {
        let weight = |(token, rarity): (&Token, &f64)| weight(token, name.bearer, *rarity);
        let weights: Vec<f64> = name.tokens.iter().zip(&rarities).map(weight).collect();
        Self { weights: weights.into(), name, rarities: rarities.into() }
    }

    /// Weighs a name without knowing others: short words and well-known given names count as common.
    pub fn by_length(name: &'a Parsed) -> Self {
        Self::new(name, name.tokens.iter().map(rarity_unknown).collect())
    }
}

fn rarity_unknown(token: &Token) -> f64 {
    let short = (0.55 + 0.07 * float(token.text.len())).min(1.0);
    if token.same.is_some() { short.min(0.75) } else { short }
}

/// The weight of a token: its role's, and more the rarer it is.
pub fn weight(token: &Token, bearer: Bearer, rarity: f64) -> f64 {
    let role = match (token.role, bearer) {
        (Role::Family, _) => 1.2,
        (Role::Name, _) => 1.0,
        (Role::Number, Bearer::Person) => 0.3,
        (Role::Number, Bearer::Organisation) => 0.4,
        (Role::Initial, _) => 0.5,
        (Role::Generic, _) => 0.6,
        (Role::Form, _) => 0.1,
        (Role::Particle, _) => 0.06,
        (Role::Title, _) => 0.04,
    };
    role * (0.45 + 0.55 * rarity)
}

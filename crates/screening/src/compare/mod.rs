//! Two names weighed against each other.
//!
//! Their words are paired by `like` in whatever order they stand; words written together or apart are paired as well
//! (`unit`). Each word has a [`weight`]: family names and rare words weigh more, legal forms and particles hardly
//! anything. What stays unpaired on one side alone is an omission; what stays unpaired on both is a contradiction, and
//! costs much more ([`verdict`]).

mod align;
pub mod like;
pub mod unit;
pub mod verdict;
pub mod weight;

use serde::{Deserialize, Serialize};

use crate::entry::Kind;
use crate::names::{Bearer, Parsed};

pub(crate) use align::{Link, align};
use like::{How, like};
use unit::{Unit, units};
use weight::Weighed;

/// Two words, or rows of words, that were found to be one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Of the first name, in plain letters.
    pub left: String,
    /// Of the second name, in plain letters.
    pub right: String,
    /// How much they are alike, 0 to 1.
    pub likeness: f64,
    /// In what way.
    pub how: How,
}

/// What comparing two names comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How likely they name the same, 0 to 1; 1 for the same name.
    pub score: f64,
    /// Which words were paired.
    pub pairs: Vec<Pair>,
    /// Words of the first name that have no counterpart.
    pub left_alone: Vec<String>,
    /// Words of the second name that have no counterpart.
    pub right_alone: Vec<String>,
    /// How much of what the names say was found in both, by rarity; about 1 for each word that is rare.
    pub distinction: f64,
}

/// Compares two names of bearers of one kind, without knowing how rare their words are.
///
/// Symmetric; the order of words does not matter; a name compared with itself gives 1, an empty one gives 0.
pub fn compare(left: &str, right: &str, kind: Kind) -> Comparison {
    let bearer = Bearer::from(kind);
    compare_parsed(&Parsed::new(left, bearer), &Parsed::new(right, bearer))
}

/// Compares names that are taken apart already.
pub fn compare_parsed(left: &Parsed, right: &Parsed) -> Comparison {
    let left = Weighed::by_length(left);
    let right = Weighed::by_length(right);
    let links = links(&units(&left.name.tokens, 3), &units(&right.name.tokens, 3));
    let chosen = align(&left, &right, links);
    verdict::explain(&left, &right, &chosen, verdict::verdict(&left, &right, &chosen))
}

fn links(left: &[Unit], right: &[Unit]) -> Vec<Link> {
    let mut links = Vec::new();
    for a in left {
        for b in right {
            if a.len > 1 && b.len > 1 {
                continue;
            }
            if let Some((likeness, how)) = like(&a.word, &b.word) {
                links.push(Link::new(a, b, likeness, how));
            }
        }
    }
    links
}

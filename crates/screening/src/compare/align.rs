//! Which word of one name is which of the other: the likest pairs first, each word once.

use super::like::How;
use super::unit::Unit;
use super::weight::Weighed;
use crate::names::{Role, Token};

/// A pairing of words that could be: positions and numbers of tokens on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Link {
    pub left: (usize, usize),
    pub right: (usize, usize),
    pub likeness: f64,
    pub how: How,
}

impl Link {
    pub fn new(left: &Unit, right: &Unit, likeness: f64, how: How) -> Self {
        Self::between((left.start, left.len), (right.start, right.len), likeness, how)
    }

    /// Words written together are a little less sure than words that stand alone.
    pub fn between(left: (usize, usize), right: (usize, usize), likeness: f64, how: How) -> Self {
        let joined = left.1 + right.1 > 2;
        let (likeness, how) = if joined { (likeness * 0.97, How::Joined) } else { (likeness, how) };
        Self { left, right, likeness, how }
    }

    /// The better first, and among equals in an order that does not depend on which name is the first.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let place = |link: &Self| {
            (
                link.left.1.abs_diff(link.right.1),
                link.left.0 + link.right.0,
                link.left.0.abs_diff(link.right.0),
            )
        };
        other.likeness.total_cmp(&self.likeness).then_with(|| place(self).cmp(&place(other)))
    }
}

/// Chooses among the pairings, and adds those of words that are paired by what they are: particles, titles, legal
/// forms and initials.
pub(crate) fn align(left: &Weighed, right: &Weighed, mut links: Vec<Link>) -> Vec<Link> {
    let (a, b) = (&left.name.tokens, &right.name.tokens);
    let mut taken = (vec![false; a.len()], vec![false; b.len()]);
    links.sort_by(Link::order);
    let mut chosen = Vec::with_capacity(a.len().min(b.len()));
    take(&mut chosen, &mut taken, links);
    let mut rest = Vec::new();
    for (i, x) in a.iter().enumerate().filter(|(i, _)| !is_taken(&taken.0, *i)) {
        for (j, y) in b.iter().enumerate().filter(|(j, _)| !is_taken(&taken.1, *j)) {
            if let Some((likeness, how)) = minor(x, y) {
                rest.push(Link::between((i, 1), (j, 1), likeness, how));
            }
        }
    }
    rest.sort_by(Link::order);
    take(&mut chosen, &mut taken, rest);
    chosen
}

fn is_taken(taken: &[bool], at: usize) -> bool {
    taken.get(at).copied().unwrap_or(true)
}

fn take(chosen: &mut Vec<Link>, taken: &mut (Vec<bool>, Vec<bool>), links: Vec<Link>) {
    for link in links {
        let left = taken.0.get_mut(link.left.0..link.left.0 + link.left.1);
        let right = taken.1.get_mut(link.right.0..link.right.0 + link.right.1);
        if let (Some(left), Some(right)) = (left, right)
            && !left.contains(&true)
            && !right.contains(&true)
        {
            left.fill(true);
            right.fill(true);
            chosen.push(link);
        }
    }
}

/// The likeness of words that are not compared letter by letter.
fn minor(a: &Token, b: &Token) -> Option<(f64, How)> {
    let names = |token: &Token| matches!(token.role, Role::Name | Role::Family);
    match (a.role, b.role) {
        (Role::Form, Role::Form) if a.sound == b.sound => {
            Some((if a.text == b.text { 1.0 } else { 0.98 }, How::Sound))
        }
        _ if a.text == b.text => Some((1.0, How::Same)),
        (Role::Particle, Role::Particle) if kin(&a.text) == kin(&b.text) => Some((1.0, How::Sound)),
        (Role::Initial, _) if names(b) && initial(a, b) => Some((0.8, How::Initial)),
        (_, Role::Initial) if names(a) && initial(b, a) => Some((0.8, How::Initial)),
        _ => None,
    }
}

fn initial(letter: &Token, word: &Token) -> bool {
    word.text.starts_with(letter.text.as_str())
}

/// Particles that say the same.
fn kin(particle: &str) -> &str {
    match particle {
        "bin" | "ben" | "ibn" => "bin",
        "al" | "el" | "ul" | "ur" => "al",
        "abu" | "abou" | "aboo" => "abu",
        other => other,
    }
}

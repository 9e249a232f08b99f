//! What each feature contributes: Shapley values of a tree, exactly.
//!
//! A tree of depth d has at most d features on a path, so that the values are summed over leaves and the subsets of their
//! path by the polynomial of each (Lundberg et al., algorithm 2), in time of the order leaves × d².

use super::model::{DEPTH_MAX, Node, Tree};

/// A feature on the way to a node: with which share of rows one gets there without knowing it, and whether with it.
#[derive(Clone, Copy, Default)]
struct Step {
    feature: Option<u32>,
    without: f64,
    with: f64,
    /// The weight of the subsets of so many features.
    weight: f64,
}

/// The way to a node. A tree is at most [`DEPTH_MAX`] deep, and there is one step more for the beginning.
type Path = [Step; DEPTH_MAX + 2];

/// What a tree says of all rows that it was learned from, in the mean.
pub(super) fn expected(tree: &Tree) -> f64 {
    let root = tree.nodes.first().map_or(0.0, |root| root.cover);
    if root == 0.0 {
        return tree.nodes.first().map_or(0.0, |root| root.value);
    }
    let leaves = tree.nodes.iter().filter(|node| node.is_leaf());
    leaves.fold(0.0, |sum, leaf| sum + leaf.value * leaf.cover / root)
}

/// Adds what each feature contributes to what a tree says of a row.
pub(super) fn add(tree: &Tree, row: &[f64], contributions: &mut [f64]) {
    let walk = Walk { tree, row };
    let first = Step { feature: None, without: 1.0, with: 1.0, weight: 0.0 };
    walk.go(0, (Path::default(), 0), first, contributions);
}

struct Walk<'a> {
    tree: &'a Tree,
    row: &'a [f64],
}

impl Walk<'_> {
    fn go(&self, at: usize, (mut path, length): (Path, usize), step: Step, contributions: &mut [f64]) {
        extend(&mut path, length, step);
        let Some(node) = self.tree.nodes.get(at) else { return };
        if node.is_leaf() {
            leaf(node, &path, length, contributions);
            return;
        }
        let (first, second) = ((node.first as usize), (node.first as usize).saturating_add(1));
        let (hot, cold) = if node.takes_first(self.row) { (first, second) } else { (second, first) };
        // A feature that was asked about before stands on the way once.
        let (mut without, mut with, mut length) = (1.0, 1.0, length);
        let known =
            (1..=length).find(|step| path.get(*step).is_some_and(|step| step.feature == Some(node.feature)));
        if let Some(known) = known {
            if let Some(step) = path.get(known) {
                (without, with) = (step.without, step.with);
            }
            unwind(&mut path, length, known);
            length = length.saturating_sub(1);
        }
        let share = |child: usize| {
            let cover = self.tree.nodes.get(child).map_or(0.0, |child| child.cover);
            if node.cover > 0.0 { cover / node.cover } else { 0.5 }
        };
        let next = length.saturating_add(1);
        for (child, with) in [(hot, with), (cold, 0.0)] {
            let step =
                Step { feature: Some(node.feature), without: without * share(child), with, weight: 0.0 };
            self.go(child, (path, next), step, contributions);
        }
    }
}

/// A step at the end of a way of `length` steps: every subset with it and without it.
fn extend(path: &mut Path, length: usize, step: Step) {
    let weight = if length == 0 { 1.0 } else { 0.0 };
    if let Some(end) = path.get_mut(length) {
        *end = Step { weight, ..step };
    }
    let all = small(length.saturating_add(1));
    for at in (0..length).rev() {
        let below = path.get(at).map_or(0.0, |step| step.weight);
        if let Some(above) = path.get_mut(at.saturating_add(1)) {
            above.weight += step.with * below * small(at.saturating_add(1)) / all;
        }
        if let Some(this) = path.get_mut(at) {
            this.weight = step.without * below * small(length.saturating_sub(at)) / all;
        }
    }
}

/// The way without the step `known`.
fn unwind(path: &mut Path, length: usize, known: usize) {
    let step = path.get(known).copied().unwrap_or_default();
    let all = small(length.saturating_add(1));
    let mut next = path.get(length).map_or(0.0, |step| step.weight);
    for at in (0..length).rev() {
        let Some(this) = path.get_mut(at) else { return };
        if step.with == 0.0 {
            this.weight = this.weight * all / (step.without * small(length.saturating_sub(at)));
        } else {
            let weight = this.weight;
            this.weight = next * all / (small(at.saturating_add(1)) * step.with);
            next = weight - this.weight * step.without * small(length.saturating_sub(at)) / all;
        }
    }
    for at in known..length {
        let Some(after) = path.get(at.saturating_add(1)).copied() else { return };
        if let Some(this) = path.get_mut(at) {
            *this = Step { weight: this.weight, ..after };
        }
    }
}

/// What the steps of the way to a leaf contribute to it.
fn leaf(node: &Node, path: &Path, length: usize, contributions: &mut [f64]) {
    for at in 1..=length {
        let Some(step) = path.get(at).copied() else { return };
        let mut without_it = *path;
        unwind(&mut without_it, length, at);
        let weight = without_it.iter().take(length).fold(0.0, |sum, step| sum + step.weight);
        let slot = step.feature.and_then(|feature| contributions.get_mut(feature as usize));
        if let Some(contribution) = slot {
            *contribution += weight * (step.with - step.without) * node.value;
        }
    }
}

/// Lengths of ways are small: each is a float exactly.
fn small(n: usize) -> f64 {
    u32::try_from(n).map_or(0.0, f64::from)
}

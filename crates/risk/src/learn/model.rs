//! What was learned: trees, and what they say of a row.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::grow::sigmoid;
use super::shap;

/// The most questions from the root of a tree to a leaf.
pub(super) const DEPTH_MAX: usize = 16;

/// A node: a question, or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// Which feature is asked about.
    pub(super) feature: u32,
    /// Values up to this go to the first child.
    pub(super) edge: f64,
    /// Whether a missing value does.
    pub(super) missing_first: bool,
    /// The first child; the second follows it. Zero of an answer, for the root is nobody's child.
    pub(super) first: u32,
    /// What an answer adds to the score.
    pub(super) value: f64,
    /// How many rows came by when it was learned.
    pub(super) cover: f64,
}

impl Node {
    pub(super) const fn leaf(value: f64, cover: f64) -> Self {
        Self { feature: 0, edge: 0.0, missing_first: false, first: 0, value, cover }
    }

    pub(super) fn ask(&mut self, feature: usize, edge: f64, missing_first: bool, first: usize) {
        self.feature = u32::try_from(feature).unwrap_or(u32::MAX);
        self.edge = edge;
        self.missing_first = missing_first;
        self.first = u32::try_from(first).unwrap_or(u32::MAX);
    }

    pub(super) const fn is_leaf(&self) -> bool {
        self.first == 0
    }

    /// Whether a row goes to the first child.
    pub(super) fn takes_first(&self, row: &[f64]) -> bool {
        let value = row.get(self.feature as usize).copied().unwrap_or(f64::NAN);
        if value.is_nan() { self.missing_first } else { value <= self.edge }
    }
}

/// A tree; its root is the first node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        Self { nodes }
    }

    fn says(&self, row: &[f64]) -> f64 {
        let mut at = 0_usize;
        while let Some(node) = self.nodes.get(at) {
            if node.is_leaf() {
                return node.value;
            }
            at = (node.first as usize).saturating_add(usize::from(!node.takes_first(row)));
        }
        0.0
    }
}

/// A model: the odds that it begins with, and trees that move them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    names: Vec<String>,
    base: f64,
    trees: Vec<Tree>,
}

/// A model that was not made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the model's trees do not hold together")]
pub struct InvalidModel;

impl Model {
    pub(super) fn new(names: Vec<String>, base: f64, trees: Vec<Tree>) -> Self {
        Self { names, base, trees }
    }

    /// The features that it asks about, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The score of a row: the logarithm of the odds.
    pub fn score(&self, row: &[f64]) -> f64 {
        self.trees.iter().fold(self.base, |score, tree| score + tree.says(row))
    }

    /// The probability of yes.
    pub fn probability(&self, row: &[f64]) -> f64 {
        sigmoid(self.score(row))
    }

    /// What each feature contributes to the score of a row, and what is there without any: together they are the score
    /// (Lundberg, Erion, Lee: Consistent Individualized Feature Attribution for Tree Ensembles, 2018).
    pub fn contributions(&self, row: &[f64]) -> (f64, Vec<f64>) {
        let mut contributions = vec![0.0; self.names.len()];
        let mut without = self.base;
        for tree in &self.trees {
            without += shap::expected(tree);
            shap::add(tree, row, &mut contributions);
        }
        (without, contributions)
    }

    /// Refuses a model, read from somewhere, whose trees refer to nodes or features that there are not, go in circles, or
    /// hold what is no number.
    ///
    /// # Errors
    /// [`InvalidModel`].
    pub fn check(&self) -> Result<(), InvalidModel> {
        let features = self.names.len();
        let sound = |tree: &Tree| {
            let mut depths = vec![0_usize; tree.nodes.len()];
            let mut reached = usize::from(!tree.nodes.is_empty());
            for (at, node) in tree.nodes.iter().enumerate() {
                let finite = node.value.is_finite() && node.cover.is_finite() && node.cover >= 0.0;
                if !finite || node.edge.is_nan() {
                    return false;
                }
                if node.is_leaf() {
                    continue;
                }
                let (first, depth) = (node.first as usize, depths.get(at).copied().unwrap_or(0));
                // Children follow their parents, each in its own place: there is no circle.
                if first != reached || node.feature as usize >= features || depth >= DEPTH_MAX {
                    return false;
                }
                reached = reached.saturating_add(2);
                for child in [first, first.saturating_add(1)] {
                    match depths.get_mut(child) {
                        Some(of_child) => *of_child = depth.saturating_add(1),
                        None => return false,
                    }
                }
            }
            reached == tree.nodes.len() && reached > 0
        };
        if self.base.is_finite() && self.trees.iter().all(sound) { Ok(()) } else { Err(InvalidModel) }
    }
}

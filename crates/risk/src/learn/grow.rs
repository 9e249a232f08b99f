//! Growing trees, one after the other, each for what those before left over.

use super::bins::{Bins, cut};
use super::model::{Node, Tree};
use super::{Model, Table};

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How many.
    pub trees: u32,
    /// How many questions deep each is at most.
    pub depth: u32,
    /// How much of what a tree says is believed, from 0 to 1.
    pub rate: f64,
    /// How much leaves are drawn towards zero (L2).
    pub lambda: f64,
    /// The least weight of a leaf: the sum of p(1 − p) over its rows.
    pub leaf_weight_min: f64,
    /// The least that a split must gain.
    pub gain_min: f64,
    /// The most bins of a feature.
    pub bins_max: usize,
}

impl Default for Settings {
    /// A hundred trees, three deep, of a tenth each.
    fn default() -> Self {
        Self {
            trees: 100,
            depth: 3,
            rate: 0.1,
            lambda: 1.0,
            leaf_weight_min: 1.0,
            gain_min: 0.0,
            bins_max: super::BINS_MAX,
        }
    }
}

/// Learns from a table.
pub fn train(table: &Table, settings: &Settings) -> Model {
    let bins = cut(table, settings.bins_max);
    let yes = table.answers().iter().filter(|answer| **answer).count();
    let base = log_odds(yes, table.rows());
    let mut scores = vec![base; table.rows()];
    let mut trees = Vec::new();
    for _ in 0..settings.trees {
        let slopes: Vec<Slope> =
            scores.iter().zip(table.answers()).map(|(score, answer)| Slope::of(*score, *answer)).collect();
        let tree = Grower { bins: &bins, settings, slopes: &slopes }.grow(&mut scores);
        trees.push(tree);
    }
    Model::new(table.names().to_vec(), base, trees)
}

/// Of none or all there are none, so that both are kept away from infinity.
fn log_odds(yes: usize, rows: usize) -> f64 {
    let (yes, rows) = (count(yes) + 0.5, count(rows) + 1.0);
    (yes / (rows - yes)).ln()
}

/// Rows are at most 2³²: each of them is a float exactly.
fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

pub(super) fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// First and second derivative of the loss.
#[derive(Clone, Copy, Debug, Default)]
struct Slope {
    g: f64,
    h: f64,
}

impl Slope {
    fn of(score: f64, answer: bool) -> Self {
        let p = sigmoid(score);
        Self { g: p - f64::from(u8::from(answer)), h: p * (1.0 - p) }
    }

    fn plus(self, other: Self) -> Self {
        Self { g: self.g + other.g, h: self.h + other.h }
    }

    fn minus(self, other: Self) -> Self {
        Self { g: self.g - other.g, h: self.h - other.h }
    }

    fn worth(self, lambda: f64) -> f64 {
        self.g * self.g / (self.h + lambda)
    }
}

/// A split of a leaf's rows.
#[derive(Clone, Copy, Debug)]
struct Split {
    gain: f64,
    feature: usize,
    /// Rows in bins up to this one go left.
    last_left: usize,
    missing_left: bool,
}

/// A leaf that may be split, and its rows.
struct Leaf {
    node: usize,
    rows: Vec<u32>,
    sum: Slope,
}

struct Grower<'a> {
    bins: &'a [Bins],
    settings: &'a Settings,
    slopes: &'a [Slope],
}

impl Grower<'_> {
    /// Grows a tree, level by level, and adds what it says to the scores.
    fn grow(&self, scores: &mut [f64]) -> Tree {
        let rows: Vec<u32> = (0..u32::try_from(self.slopes.len()).unwrap_or(u32::MAX)).collect();
        let sum = self.sum(&rows);
        let mut nodes = vec![Node::leaf(0.0, count(rows.len()))];
        let mut open = vec![Leaf { node: 0, rows, sum }];
        for _ in 0..self.settings.depth {
            let mut next = Vec::new();
            for leaf in open {
                match self.best_split(&leaf) {
                    Some(split) => next.extend(self.split(&mut nodes, &leaf, split).into_iter().flatten()),
                    None => self.close(&mut nodes, &leaf, scores),
                }
            }
            open = next;
        }
        for leaf in &open {
            self.close(&mut nodes, leaf, scores);
        }
        Tree::new(nodes)
    }

    fn sum(&self, rows: &[u32]) -> Slope {
        rows.iter().fold(Slope::default(), |sum, row| sum.plus(self.slope(*row)))
    }

    fn slope(&self, row: u32) -> Slope {
        self.slopes.get(row as usize).copied().unwrap_or_default()
    }

    fn close(&self, nodes: &mut [Node], leaf: &Leaf, scores: &mut [f64]) {
        let value = -leaf.sum.g / (leaf.sum.h + self.settings.lambda) * self.settings.rate;
        if let Some(node) = nodes.get_mut(leaf.node) {
            node.value = value;
        }
        for row in &leaf.rows {
            if let Some(score) = scores.get_mut(*row as usize) {
                *score += value;
            }
        }
    }

    fn best_split(&self, leaf: &Leaf) -> Option<Split> {
        let mut best: Option<Split> = None;
        let mut histogram = Vec::new();
        for (feature, bins) in self.bins.iter().enumerate() {
            self.fill(&mut histogram, bins, &leaf.rows);
            let found = self.split_of(feature, &histogram, leaf.sum);
            // Of equal gains the first feature's counts, so that the order of features decides and nothing else.
            if found.is_some_and(|found| best.is_none_or(|best| found.gain > best.gain)) {
                best = found;
            }
        }
        best
    }

    fn fill(&self, histogram: &mut Vec<Slope>, bins: &Bins, rows: &[u32]) {
        histogram.clear();
        histogram.resize(bins.count(), Slope::default());
        for row in rows {
            let bin = bins.of_row.get(*row as usize).copied().unwrap_or(0);
            if let Some(sum) = histogram.get_mut(usize::from(bin)) {
                *sum = sum.plus(self.slope(*row));
            }
        }
    }

    fn split_of(&self, feature: usize, histogram: &[Slope], all: Slope) -> Option<Split> {
        let Settings { lambda, leaf_weight_min, gain_min, .. } = *self.settings;
        let (missing, present) = histogram.split_first()?;
        let worth = all.worth(lambda);
        let mut best: Option<Split> = None;
        let mut below = Slope::default();
        // The last bin has nothing above it.
        for (at, bin) in present.iter().enumerate().take(present.len().saturating_sub(1)) {
            below = below.plus(*bin);
            if bin.h == 0.0 {
                continue;
            }
            for missing_left in [false, true] {
                let left = if missing_left { below.plus(*missing) } else { below };
                let right = all.minus(left);
                if left.h < leaf_weight_min || right.h < leaf_weight_min {
                    continue;
                }
                let gain = (left.worth(lambda) + right.worth(lambda) - worth) / 2.0;
                if gain > gain_min && best.is_none_or(|best| gain > best.gain) {
                    best = Some(Split { gain, feature, last_left: at.saturating_add(1), missing_left });
                }
            }
        }
        best
    }

    fn split(&self, nodes: &mut Vec<Node>, leaf: &Leaf, split: Split) -> Option<[Leaf; 2]> {
        let bins = self.bins.get(split.feature)?;
        let goes_left = |row: &u32| match usize::from(bins.of_row.get(*row as usize).copied().unwrap_or(0)) {
            0 => split.missing_left,
            bin => bin <= split.last_left,
        };
        let (left, right): (Vec<u32>, Vec<u32>) = leaf.rows.iter().copied().partition(goes_left);
        let (left_sum, first) = (self.sum(&left), nodes.len());
        nodes.push(Node::leaf(0.0, count(left.len())));
        nodes.push(Node::leaf(0.0, count(right.len())));
        let edge = bins.edges.get(split.last_left.saturating_sub(1)).copied().unwrap_or(f64::INFINITY);
        let node = nodes.get_mut(leaf.node)?;
        node.ask(split.feature, edge, split.missing_left, first);
        let right_sum = leaf.sum.minus(left_sum);
        Some([
            Leaf { node: first, rows: left, sum: left_sum },
            Leaf { node: first.saturating_add(1), rows: right, sum: right_sum },
        ])
    }
}

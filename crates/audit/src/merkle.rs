//! Merkle trees as RFC 6962 and RFC 9162 have them: SHA-256, leaves and nodes told apart by their first byte.
//!
//! The tree over `n` leaves is built from the bottom: neighbours are paired, and one without a neighbour moves up as it
//! is, which gives the same root as the RFC's definition from the top.

use sha2::{Digest as _, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash of a leaf: `SHA-256(0x00 || data)`.
pub fn leaf_hash(data: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(data);
    hasher.finalize().into()
}

/// The hash of a node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The hash of the empty tree: `SHA-256("")`.
fn empty() -> Hash {
    Sha256::digest(b"").into()
}

/// The level above this one.
fn level_above(level: &[Hash]) -> Vec<Hash> {
    let pair = |pair: &[Hash]| match pair {
        [left, right] => Some(node_hash(left, right)),
        [alone] => Some(*alone),
        _ => None,
    };
    level.chunks(2).filter_map(pair).collect()
}

/// The root of the tree over these leaves' hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = level_above(&level);
    }
    level.first().copied().unwrap_or_else(empty)
}

/// The neighbours on the way from the leaf at `index` to the root; `None` when there is no such leaf.
pub fn inclusion_path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    leaves.get(index)?;
    let (mut level, mut index, mut path) = (leaves.to_vec(), index, Vec::new());
    while level.len() > 1 {
        path.extend(level.get(index ^ 1).copied());
        level = level_above(&level);
        index /= 2;
    }
    Some(path)
}

/// The root that a leaf's hash and its path lead to, by RFC 9162, 2.1.3.2; `None` when the path does not fit the tree.
pub fn root_from_inclusion(index: u64, size: u64, leaf: &Hash, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut hash) = (index, size.checked_sub(1)?, *leaf);
    for neighbour in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(neighbour, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, neighbour);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// The proof that the tree over the first `old` leaves is a beginning of the tree over all, by RFC 9162, 2.1.4.1; `None`
/// when there are not so many.
pub fn consistency_path(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    if old == 0 || old > leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    subproof(leaves, old, true, &mut path)?;
    Some(path)
}

fn subproof(leaves: &[Hash], old: usize, is_whole: bool, path: &mut Vec<Hash>) -> Option<()> {
    if old == leaves.len() {
        if !is_whole {
            path.push(root(leaves));
        }
        return Some(());
    }
    // The largest power of two below the number of leaves.
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at_checked(split)?;
    if old <= split {
        subproof(left, old, is_whole, path)?;
        path.push(root(right));
    } else {
        subproof(right, old.checked_sub(split)?, false, path)?;
        path.push(root(left));
    }
    Some(())
}

/// Whether the tree of `old` leaves and this root is a beginning of the tree of `new` leaves, by RFC 9162, 2.1.4.2.
pub fn is_consistent(old: u64, new: u64, old_root: &Hash, new_root: &Hash, path: &[Hash]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    // A beginning that is a whole subtree is not in its own proof.
    let mut steps = path.iter();
    let seed = if old.is_power_of_two() { Some(*old_root) } else { steps.next().copied() };
    let Some(seed) = seed else { return false };
    let shift = (old.wrapping_sub(1)).trailing_ones();
    let (mut at, mut last) = (old.wrapping_sub(1) >> shift, new.wrapping_sub(1) >> shift);
    let (mut old_hash, mut new_hash) = (seed, seed);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_hash = node_hash(step, &old_hash);
            new_hash = node_hash(step, &new_hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// A tree that grows, as the roots of its whole subtrees: enough to know the root after each leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// From the largest subtree, at the left, to the smallest.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The tree of `size` leaves whose whole subtrees have these roots; `None` when their number does not fit.
    pub fn of(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (u64::from(size.count_ones()) == peaks.len() as u64).then_some(Self { size, peaks })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the whole subtrees, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each one at the end of the size is a whole subtree that the new leaf completes to one of twice its size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let smallest = peaks.next().copied();
        smallest.map_or_else(empty, |smallest| peaks.fold(smallest, |right, left| node_hash(left, &right)))
    }
}

#[cfg(test)]
#[path = "merkle_tests.rs"]
mod tests;

//! Remembering accounts between batches (PostgreSQL).
//!
//! Reading and locking the accounts of a batch costs the database more than all it then writes. So the poster keeps
//! the accounts as its last commit left them, decides about those, and has the store compare: the statement that
//! writes the balances fails, and with it the whole transaction, where a row is not what the poster took it for. The
//! batch is then decided again about rows that are read and locked. Nothing depends on what is remembered being
//! right but speed.
//!
//! Where another process posts to the same accounts it is often wrong. Then batches lock what they read for a while,
//! and for longer each time: two processes with a hot account in common work as if nothing were remembered.

use crate::rules::WorkingSet;

/// So many accounts are remembered, some 70 MB of them; then all are forgotten.
const ACCOUNTS_MAX: usize = 262_144;
/// The longest time, in batches, that nothing is remembered.
const WARY_MAX: u32 = 1_024;
/// After so many batches in a row that were right, the next mistake counts like the first.
const CALM: u32 = 64;

/// Whether what is remembered is worth relying on.
#[derive(Debug)]
pub(crate) struct Memory {
    /// How many batches still lock what they read.
    wary: u32,
    /// How many the next mistake costs.
    penalty: u32,
    /// How many batches in a row were right.
    calm: u32,
    /// Whether the running batch relies on it.
    relied_on: bool,
}

impl Default for Memory {
    fn default() -> Self {
        // There is nothing to remember before the first batch.
        Self { wary: 1, penalty: 1, calm: 0, relied_on: false }
    }
}

impl Memory {
    /// Whether the batch that begins relies on what is remembered in `set`.
    pub(crate) fn begin(&mut self, set: &WorkingSet) -> bool {
        self.relied_on = self.wary == 0 && set.accounts_len() < ACCOUNTS_MAX;
        self.relied_on
    }

    /// Whether the running batch relies on it.
    pub(crate) fn is_relied_on(&self) -> bool {
        self.relied_on
    }

    /// The batch is durable.
    pub(crate) fn committed(&mut self) {
        if !self.relied_on {
            self.wary = self.wary.saturating_sub(1);
            return;
        }
        self.calm = self.calm.saturating_add(1);
        if self.calm >= CALM {
            self.penalty = 1;
        }
    }

    /// The batch was undone: what is in memory never happened.
    pub(crate) fn aborted(&mut self) {
        self.wary = self.wary.max(self.penalty);
        if self.relied_on {
            self.penalty = self.penalty.saturating_mul(2).min(WARY_MAX);
            self.calm = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many batches lock what they read after this mistake.
    fn wary_after_mistake(memory: &mut Memory, set: &WorkingSet) -> u32 {
        assert!(memory.begin(set));
        memory.aborted();
        let wary = std::iter::from_fn(|| (!memory.begin(set)).then(|| memory.committed()));
        u32::try_from(wary.count()).unwrap()
    }

    #[test]
    fn nothing_is_relied_on_before_the_first_batch() {
        let (mut memory, set) = (Memory::default(), WorkingSet::new(0));
        assert!(!memory.begin(&set));
        memory.committed();
        assert!(memory.begin(&set));
    }

    #[test]
    fn mistakes_in_a_row_cost_more_each_time_and_one_after_calm_costs_little() {
        let (mut memory, set) = (Memory::default(), WorkingSet::new(0));
        assert!(!memory.begin(&set));
        memory.committed();

        let costs: Vec<u32> = (0..12).map(|_| wary_after_mistake(&mut memory, &set)).collect();
        assert_eq!(costs, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_024]);

        for _ in 0..CALM {
            assert!(memory.begin(&set));
            memory.committed();
        }
        assert_eq!(wary_after_mistake(&mut memory, &set), 1);
    }
}

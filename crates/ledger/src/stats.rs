//! What is counted of events, for whoever watches the program.

use florin_kernel::meter::Count;

use crate::rules::{Event, Flags, Outcome};

/// The kinds of events that are told apart.
pub const KINDS: [&str; 4] = ["transfer", "pending", "post", "void"];

/// Events that this process decided since it started.
#[derive(Debug, Default)]
pub struct Stats {
    made: [Count; KINDS.len()],
    refused: [Count; KINDS.len()],
}

/// Events of one posting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    made: [u64; KINDS.len()],
    refused: [u64; KINDS.len()],
}

impl Tally {
    /// Of these events, what came of them.
    pub(crate) fn of(events: &[Event], outcomes: &[Outcome]) -> Self {
        let mut tally = Self::default();
        for (event, outcome) in events.iter().zip(outcomes) {
            let counts = if outcome.code.is_success() { &mut tally.made } else { &mut tally.refused };
            if let Some(count) = counts.get_mut(kind(event)) {
                *count = count.saturating_add(1);
            }
        }
        tally
    }
}

fn kind(event: &Event) -> usize {
    let is = |flag| event.flags.has(flag);
    if is(Flags::PENDING) {
        1
    } else if is(Flags::POST) {
        2
    } else {
        usize::from(is(Flags::VOID)).saturating_mul(3)
    }
}

impl Stats {
    /// By kind: how many were made, how many refused.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
        let counts = self.made.iter().zip(&self.refused);
        KINDS.into_iter().zip(counts).map(|(kind, (made, refused))| (kind, made.get(), refused.get()))
    }

    pub(crate) fn count(&self, tally: &Tally) {
        let made = self.made.iter().zip(tally.made);
        for (count, number) in made.chain(self.refused.iter().zip(tally.refused)).filter(|(_, n)| *n > 0) {
            count.many(number);
        }
    }
}

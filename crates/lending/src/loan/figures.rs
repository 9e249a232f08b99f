//! What a loan's books say: sums since it was paid out.

use serde::{Deserialize, Serialize};

use super::Parts;

/// Sums since the loan was paid out, in minor units. They only say what is true on one day; the difference between two
/// of them is what there is to post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// What was lent, and what interest, fees and penalties were earned: interest to the day, whether billed or not.
    pub earned: Parts,
    /// What payments settled.
    pub paid: Parts,
    /// What was forgiven.
    pub waived: Parts,
    /// What is no longer expected.
    pub written_off: Parts,
    /// What became principal: below zero for principal itself, so that the five add up to zero.
    pub capitalized: Parts,
    /// What the borrower paid in all.
    pub received: i64,
    /// What was paid and settles nothing yet: held for instalments to come, or owed back.
    pub held: i64,
    /// What was given back.
    pub refunded: i64,
    /// What was paid after the loan was written off.
    pub recovered: i64,
}

impl Figures {
    /// What the borrower owes: what the receivables' accounts hold.
    pub fn receivable(&self) -> Parts {
        self.earned.minus(self.paid).minus(self.waived).minus(self.written_off).minus(self.capitalized)
    }

    /// What changed since `earlier`: it may be below zero, where history was corrected.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            earned: self.earned.minus(earlier.earned),
            paid: self.paid.minus(earlier.paid),
            waived: self.waived.minus(earlier.waived),
            written_off: self.written_off.minus(earlier.written_off),
            capitalized: self.capitalized.minus(earlier.capitalized),
            received: self.received.saturating_sub(earlier.received),
            held: self.held.saturating_sub(earlier.held),
            refunded: self.refunded.saturating_sub(earlier.refunded),
            recovered: self.recovered.saturating_sub(earlier.recovered),
        }
    }

    /// Whether all that was received went somewhere: settled, held, recovered or given back.
    pub fn is_balanced(&self) -> bool {
        let went = [self.paid.total(), self.held, self.refunded, self.recovered];
        went.iter().fold(0_i64, |sum, part| sum.saturating_add(*part)) == self.received
            && self.capitalized.total() == 0
    }
}

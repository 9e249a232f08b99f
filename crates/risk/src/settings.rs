//! What an institution sets for itself.

use crate::rates::Rates;
use crate::windows::Dimension;
use florin_kernel::Currency;

/// How features are computed, and how much is remembered. A change of it changes what features mean, so that a memory is
/// built anew for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The reference currency, and rates to it.
    pub rates: Rates,
    /// The amount from which cash is reported, in minor units of the reference currency: who stays just under it, avoids it.
    pub reporting_limit_minor: i64,
    /// Up to which amount one is tiny, in minor units of the reference currency: a card is tested with those.
    pub small_minor: i64,
    /// After how many days without anything let through an account is dormant.
    pub dormant_days: u32,
    /// The most keys that are remembered of each dimension.
    pub keys_max: usize,
}

impl Settings {
    /// The usual: 10,000 are reported, 5 are tiny, dormant after 180 days, four million keys of each dimension.
    pub fn new(reference: Currency) -> Self {
        let major = 10_i64.pow(u32::from(reference.digits()));
        Self {
            rates: Rates::new(reference),
            reporting_limit_minor: 10_000 * major,
            small_minor: 5 * major,
            dormant_days: 180,
            keys_max: 4_000_000,
        }
    }

    /// Whether an amount is from 90 to 100 % of a limit, of its own or of the reporting limit.
    pub(crate) fn just_under(&self, amount: i64, limit: Option<i64>) -> bool {
        let under =
            |limit: i64| limit > 0 && amount <= limit && i128::from(amount) * 10 >= i128::from(limit) * 9;
        // What is reported at the limit itself does not avoid it.
        limit.is_some_and(under) || (amount < self.reporting_limit_minor && under(self.reporting_limit_minor))
    }

    pub(crate) fn cap(&self, _: Dimension) -> usize {
        self.keys_max
    }
}

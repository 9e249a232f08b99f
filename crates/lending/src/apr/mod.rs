//! Annual percentage rates: of Regulation Z (United States) and of the cost of borrowing (Canada).
//!
//! Both are roots of an equation, found in 64-bit fixed point to some seventeen digits and rounded once, when the rate
//! is said.

mod canada;
mod charges;
mod disclosure;
mod equation;
mod root;
mod unit_period;

use std::fmt;

use thiserror::Error;

pub use canada::{CostOfBorrowing, InterestPeriod, prepayment_refund_minor};
pub use charges::{Charge, ChargeKind};
pub use disclosure::Disclosure;
pub use equation::{Equation, FLOWS_MINOR_MAX, Flow};
pub use unit_period::{Span, UnitPeriod};

/// An annual percentage rate in parts per 10¹²: 9.69 % is 96,900,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Apr(u64);

/// Why there is no annual percentage rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoApr {
    /// Nothing is advanced, nothing is paid, or a sum is not above zero.
    #[error("an advance and a payment above zero are wanted")]
    NothingFlows,
    /// The borrower pays back less than was advanced.
    #[error("the payments are less than the advances")]
    BelowZero,
    /// Above 100 million per cent, or sums that do not fit.
    #[error("the rate is beyond what can be computed")]
    NotComputable,
}

impl Apr {
    pub(crate) const UNITS: u128 = 1_000_000_000_000;

    pub(crate) fn from_units(units: u128) -> Result<Self, NoApr> {
        u64::try_from(units).map(Self).map_err(|_| NoApr::NotComputable)
    }

    /// The parts per 10¹².
    pub const fn units(self) -> u64 {
        self.0
    }

    /// The percentage with this many decimals, ten at most, a half rounded upwards: `9.69`.
    pub fn percent(self, decimals: u8) -> String {
        let decimals = decimals.min(10);
        let scale = 10_u64.pow(u32::from(10 - decimals));
        let rounded = (self.0 / scale) + u64::from(self.0 % scale >= scale.div_ceil(2));
        if decimals == 0 {
            return rounded.to_string();
        }
        let one = 10_u64.pow(u32::from(decimals));
        format!("{}.{:0width$}", rounded / one, rounded % one, width = usize::from(decimals))
    }

    /// The percentage to the nearest eighth, as SOR/2021-181 s. 47(2)(a) allows: `10.125`.
    pub fn nearest_eighth(self) -> String {
        let eighth = 1_250_000_000;
        Self((self.0 + eighth / 2) / eighth * eighth).percent(3)
    }
}

/// The percentage with two decimals.
impl fmt::Display for Apr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.percent(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_said_with_as_many_decimals_as_are_wanted() {
        let apr = Apr(100_817_005_000);
        assert_eq!(apr.to_string(), "10.08");
        assert_eq!(apr.percent(4), "10.0817");
        assert_eq!(apr.percent(0), "10");
        assert_eq!(apr.percent(7), "10.0817005");
        assert_eq!(apr.nearest_eighth(), "10.125");
        assert_eq!(Apr(99_999_999_999).percent(3), "10.000");
        assert_eq!(Apr(0).to_string(), "0.00");
    }
}

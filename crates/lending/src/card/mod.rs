//! Revolving credit: cycles, statements, grace, interest by daily balances, minimum payments.
//!
//! As with loans, where a card stands is a pure function of its terms and of what happened.

mod cycle;
mod state;
mod terms;
mod warning;

pub use state::{CardEvent, CardHappening, CardState, CardStatement};
pub use terms::{BalanceMethod, CardTerms, CardTermsRefused, CashFee, MinimumPayment};
pub use warning::{MinimumWarning, Payoff36, RateBalance, Timing, Until, balance_for_canada};

/// What a balance is of, which decides its rate and its grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BalanceKind {
    /// Purchases, with fees and the interest on both.
    Purchases,
    /// Cash advances, with their interest.
    Cash,
}

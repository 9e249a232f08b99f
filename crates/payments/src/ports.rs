//! What payments ask of others.

use florin_db::{DbError, Tx};
use florin_kernel::{AccountId, Money, UserId};
use florin_ledger::rules::Code;

/// What a decision is made about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Who asks.
    pub user: Option<UserId>,
    /// Where the money comes from, if it comes from an account.
    pub from: Option<AccountId>,
    /// Where it goes, if it goes to an account.
    pub to: Option<AccountId>,
    /// How much.
    pub amount: Money,
}

/// The three decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may go through.
    Approve,
    /// It may, and somebody looks at it afterwards.
    Review,
    /// It may not.
    Decline,
}

impl Verdict {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Review => "review",
            Self::Decline => "decline",
        }
    }
}

/// A decision with its reasons, stored with the payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// From 0, nothing to fear, to 1000.
    pub score: u16,
    /// Stable codes of what contributed.
    pub reasons: Vec<&'static str>,
}

impl Decision {
    /// The refusal that the ledger is to answer, if it is one.
    pub(crate) fn policy(&self) -> Option<Code> {
        (self.verdict == Verdict::Decline).then_some(Code::DeclinedByRisk)
    }
}

/// Knows the institution's customers.
pub trait Customers: Send + Sync {
    /// Whether there is such a person.
    ///
    /// # Errors
    /// What the database says.
    fn is_known(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError>;
}

/// Decides about money before it moves. It must answer from memory, within microseconds.
pub trait RiskCheck: Send + Sync {
    /// The decision.
    fn assess(&self, assessment: &Assessment) -> Decision;
}

/// Declines single amounts above a limit that is the same for all, in major units of their currency.
#[derive(Clone, Copy, Debug)]
pub struct TransferLimit {
    /// The largest amount that passes, in major units.
    pub major_max: i64,
}

impl RiskCheck for TransferLimit {
    fn assess(&self, assessment: &Assessment) -> Decision {
        let limit = self.major_max.saturating_mul(assessment.amount.currency().minor_per_major());
        if assessment.amount.minor() > limit {
            Decision { verdict: Verdict::Decline, score: 1_000, reasons: vec!["amount_above_limit"] }
        } else {
            Decision { verdict: Verdict::Approve, score: 0, reasons: Vec::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Currency;

    use super::*;

    #[test]
    fn the_limit_counts_major_units_of_each_currency() {
        let limit = TransferLimit { major_max: 1_000 };
        let verdict = |minor, currency| {
            let amount = Money::new(minor, currency);
            limit.assess(&Assessment { user: None, from: None, to: None, amount }).verdict
        };

        assert_eq!(verdict(100_000, Currency::EUR), Verdict::Approve);
        assert_eq!(verdict(100_001, Currency::EUR), Verdict::Decline);
        assert_eq!(verdict(1_000, Currency::JPY), Verdict::Approve);
        assert_eq!(verdict(1_001, Currency::JPY), Verdict::Decline);
    }
}

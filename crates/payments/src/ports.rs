//! What payments ask of others.

use std::any::Any;
use std::sync::Arc;

use florin_db::{DbError, Reader, Tx};
use florin_kernel::{AccountId, Currency, Date, LoanId, Money, TransferId, UserId};
use florin_ledger::rules::Code;
use thiserror::Error;

use crate::rail::Answer;

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

    /// The people whose email begins so, `limit` at most.
    ///
    /// # Errors
    /// What the database says.
    fn by_email(&self, reader: &mut Reader<'_>, email: &str, limit: usize) -> Result<Vec<UserId>, DbError>;
}

/// A loan as whoever pays it must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayableLoan {
    /// The currency that it is owed in.
    pub currency: Currency,
    /// Who owes it.
    pub owner: UserId,
    /// Its kind, as paths have it: `credit-card`, `personal`, `mortgage`, `auto`.
    pub kind: String,
    /// Whether it takes payments.
    pub open: bool,
}

/// What is to be paid of a loan today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoanOwed {
    /// What is due; where nothing is, the next instalment.
    pub instalment: Money,
    /// What it takes to be done with it.
    pub payoff: Money,
}

/// Money for a loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanReceipt {
    /// The loan.
    pub loan: LoanId,
    /// The payment that it comes by, whose identifier names it when it is given back.
    pub payment: TransferId,
    /// The account of the ledger that holds the money.
    pub from: AccountId,
    /// How much.
    pub amount: Money,
    /// The day that it counts for; the business date when left out.
    pub on: Option<Date>,
    /// Whether it is to lower the principal alone.
    pub principal_only: bool,
    /// The only person whose loan and whose money may be touched.
    pub by: Option<UserId>,
}

/// What was done with money for a loan.
#[derive(Clone, Debug)]
pub struct LoanReceived {
    /// Fees and charges that it settled.
    pub fees: Money,
    /// Interest that it settled.
    pub interest: Money,
    /// Principal that it settled.
    pub principal: Money,
    /// Taxes and insurance that it settled.
    pub escrow: Money,
    /// What is above all that is owed, held for the borrower.
    pub held: Money,
    /// The loan after it, in the type of whoever keeps loans: for a face that knows it.
    pub loan: Arc<dyn Any + Send + Sync>,
}

/// Why a loan does not take money; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanRefused {
    /// A stable code.
    pub code: &'static str,
    /// The same for people.
    pub text: String,
}

/// Takes money for loans, and gives it back. Each call posts within the unit of work that it is made in.
pub trait LoanDesk: Send + Sync {
    /// The loan, if it is within reach.
    ///
    /// # Errors
    /// What the database says.
    fn find(
        &self,
        reader: &mut Reader<'_>,
        loan: LoanId,
        reach: Option<UserId>,
    ) -> Result<Option<PayableLoan>, DbError>;

    /// What is to be paid of the loan today; none where it takes no payments, or nobody can tell.
    ///
    /// # Errors
    /// What the database says.
    fn owed(&self, _: &mut Reader<'_>, _: LoanId) -> Result<Option<LoanOwed>, DbError> {
        Ok(None)
    }

    /// Keeps the loan as it is until the unit ends, so that what is owed of it is what it will take.
    ///
    /// # Errors
    /// What the database says.
    fn hold(&self, _: &mut Tx<'_>, _: LoanId) -> Result<(), DbError> {
        Ok(())
    }

    /// Takes the money out of its account and allocates it.
    ///
    /// # Errors
    /// What the database says; a refusal is the answer's own, and changes nothing.
    fn receive(
        &self,
        tx: &mut Tx<'_>,
        receipt: &LoanReceipt,
    ) -> Result<Result<LoanReceived, LoanRefused>, DbError>;

    /// Gives all that a payment brought back, into the account `to`.
    ///
    /// # Errors
    /// What the database says; a refusal is the answer's own, and changes nothing.
    fn give_back(
        &self,
        tx: &mut Tx<'_>,
        payment: TransferId,
        to: AccountId,
    ) -> Result<Result<(), LoanRefused>, DbError>;
}

/// What a processor tells of a card that it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFacts {
    /// Its network, by the processor's name of it.
    pub brand: String,
    /// Its last four digits.
    pub last_four: String,
    /// The month that it expires in, from 1 to 12.
    pub expires_month: i64,
    /// The year.
    pub expires_year: i64,
    /// What the processor knows its holder by, if it was given to one.
    pub customer: Option<String>,
}

/// A keeper that did not answer, or not in a way that can be read; the text holds no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the processor that keeps the card cannot be asked about it: {0}")]
pub struct KeeperSilent(pub String);

/// A processor that keeps cards, so that their numbers are never here.
pub trait CardKeeper: Send + Sync {
    /// The processor's name, which is that of its rail.
    fn name(&self) -> &'static str;

    /// What is known of the card; none where there is no such card that could be charged.
    fn describe<'a>(&'a self, reference: &'a str) -> Answer<'a, Result<Option<CardFacts>, KeeperSilent>>;
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

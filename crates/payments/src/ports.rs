//! What payments ask of others.

use std::any::Any;
use std::sync::Arc;

use florin_db::{DbError, Reader, Tx};
use florin_kernel::{AccountId, Currency, Date, LoanId, Money, PayeeId, TransferId, UserId};
use thiserror::Error;

use crate::checks::HolderName;
use crate::rail::Answer;

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

/// The holder of an account elsewhere whom somebody will pay.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    /// The payee.
    pub payee: PayeeId,
    /// Whose payee it is.
    pub user: UserId,
    /// What the holder is called.
    pub name: &'a str,
}

/// Looks whether somebody may be paid at all.
pub trait HolderCheck: Send + Sync {
    /// Looks for the holder, in memory and within milliseconds; none where there is nothing to write down.
    fn look(&self, holder: &Holder<'_>) -> Option<Arc<dyn HolderLook>>;
}

/// What was found of a holder.
pub trait HolderLook: Send + Sync {
    /// Writes it down in the unit of work that saves the payee.
    ///
    /// # Errors
    /// What the database says.
    fn write(&self, tx: &mut Tx<'_>) -> Result<(), DbError>;

    /// That unit is durable.
    fn settled(&self);
}

/// Whom somebody pays, to be looked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHolder {
    /// The payee.
    pub payee: PayeeId,
    /// Whose payee it is.
    pub user: UserId,
    /// What the holder is called.
    pub name: HolderName,
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

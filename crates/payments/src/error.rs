//! Refusals of payments that a caller could act on.

use florin_db::DbError;
use florin_db::card_tokens::CardError;
use florin_kernel::{AccountId, Currency, Date, Denied, MoneyError, PageError};
use florin_vault::VaultError;
use thiserror::Error;

use crate::checks::Fault;
use crate::orders::Status;
use crate::ports::{KeeperSilent, LoanRefused};
use crate::scheduled::ScheduleState;

/// Why a payment was not taken up at all; what the ledger refuses is an outcome, not an error.
#[derive(Debug, Error)]
pub enum Error {
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such account within the actor's reach.
    #[error("there is no account {0}")]
    AccountNotFound(AccountId),
    /// The amount does not fit its currency.
    #[error("the amount cannot be used")]
    Money(#[from] MoneyError),
    /// The amount's currency is not the account's.
    #[error("the account is in {account} and the amount in {given}")]
    CurrencyMismatch {
        /// The account's currency.
        account: Currency,
        /// The amount's.
        given: Currency,
    },
    /// An account holds money or open holds and cannot be closed.
    #[error("the account still holds money or reservations")]
    AccountNotEmpty,
    /// The account is closed.
    #[error("the account is closed")]
    AccountClosed,
    /// There is no such customer.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// The period still runs.
    #[error("the business day {0} is not over yet")]
    PeriodNotOver(Date),
    /// Fields of a form are wrong.
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    /// Such a page cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// There is no such payment within the actor's reach.
    #[error("there is no such payment")]
    PaymentNotFound,
    /// There is no such saved bank account or card within the actor's reach.
    #[error("there is no such payment method")]
    MethodNotFound,
    /// There is no such payee within the actor's reach.
    #[error("there is no such payee")]
    PayeeNotFound,
    /// There is no such biller, or it takes no payments any more.
    #[error("there is no such biller")]
    BillerNotFound,
    /// There is no such loan within the actor's reach.
    #[error("there is no such loan")]
    LoanNotFound,
    /// There is no such scheduled payment within the actor's reach.
    #[error("there is no such scheduled payment")]
    ScheduleNotFound,
    /// It does nothing any more, and nothing of it can be changed.
    #[error("the scheduled payment is {} and cannot be changed", .0.code())]
    ScheduleOver(ScheduleState),
    /// The same is saved already.
    #[error("{0} is saved already")]
    Duplicate(&'static str),
    /// Somebody else changed it in between.
    #[error("it was changed since it was read; it is of version {0} now")]
    Changed(i64),
    /// A payment that is under way is made with it.
    #[error("a payment that is under way is made with it")]
    InUse,
    /// The processor that keeps a card does not answer.
    #[error(transparent)]
    KeeperSilent(#[from] KeeperSilent),
    /// The card expired.
    #[error("the card has expired")]
    CardExpired,
    /// No processor takes such a payment.
    #[error("no processor takes such a payment")]
    Unsupported,
    /// It was submitted, or is over.
    #[error("the payment is {} and cannot be cancelled", .0.code())]
    NotCancellable(Status),
    /// There is no such file.
    #[error("there is no such file")]
    FileNotFound,
    /// Nothing waits for a file.
    #[error("nothing waits for a file of this network")]
    NothingQueued,
    /// A file cannot be written.
    #[error("the file cannot be written: {0}")]
    NotWritten(#[from] florin_rails::NotWritten),
    /// What a bank sent cannot be read; nothing of it counts.
    #[error("line {line}: {why}")]
    AnswerUnreadable {
        /// The line, from one.
        line: usize,
        /// What is wrong with it; it quotes no account numbers.
        why: String,
    },
    /// It is held until somebody looked at it.
    #[error("the transfer is held for review, and moves when that is over")]
    UnderReview,
    /// It is not held for review, or not any more.
    #[error("the payment does not wait for review")]
    NotUnderReview,
    /// It is one of the transfers that a payment or a loan is made of.
    #[error("the transfer is part of a payment or a loan, and is moved by that alone")]
    PartOfPayment,
    /// Nothing of it can be given back.
    #[error("{0}")]
    NotRefundable(&'static str),
    /// More than what is left of it.
    #[error("more would be given back than is left of the payment")]
    RefundTooLarge,
    /// It is not unknown what became of it.
    #[error("the payment is {} and needs nobody to say what became of it", .0.code())]
    NotUnknown(Status),
    /// The loan does not take it.
    #[error("{}", .0.text)]
    LoanRefused(LoanRefused),
    /// The ledger refused a part of what must be whole; nothing was done.
    #[error("the ledger refuses: {0}")]
    Refused(florin_ledger::rules::Code),
    /// A value cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// More was booked on an account than one statement holds.
    #[error("more than {0} entries were booked within the period: ask for a shorter one")]
    TooManyEntries(usize),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<CardError> for Error {
    fn from(error: CardError) -> Self {
        match error {
            CardError::NotFound => Self::MethodNotFound,
            CardError::Denied(denied) => Self::Denied(denied),
            CardError::Vault(source) => Self::Vault(source),
            CardError::Db(source) => Self::Db(source),
        }
    }
}

/// What is taken already, when that is why the database refused.
pub(crate) fn taken(error: Error, what: &'static str) -> Error {
    match &error {
        Error::Db(source) if source.unique_violation().is_some() => Error::Duplicate(what),
        _ => error,
    }
}

//! Refusals of payments that a caller could act on.

use florin_db::DbError;
use florin_kernel::{AccountId, Currency, Date, Denied, MoneyError};
use thiserror::Error;

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
    /// More was booked on an account than one statement holds.
    #[error("more than {0} entries were booked within the period: ask for a shorter one")]
    TooManyEntries(usize),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

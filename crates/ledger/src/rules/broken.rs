//! Invariants found broken: the program must stop rather than go on over wrong books.

use florin_kernel::{AccountId, Currency, TransferId};
use thiserror::Error;

/// An invariant that does not hold; nothing of the batch may be kept, and the process must stop.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Broken {
    /// What was debited is not what was credited.
    #[error("the debits and credits in {0} differ")]
    Conservation(Currency),
    /// A sum fell below zero, a posted sum shrank, or a sum left its range after it was found to fit.
    #[error("a sum of account {0} is impossible")]
    Sum(AccountId),
    /// A limit was passed by new use.
    #[error("account {0} passed its limit")]
    Limit(AccountId),
    /// An entry's number is not the one after the last.
    #[error("the version of account {0} does not follow")]
    Version(AccountId),
    /// A timestamp or sequence number does not increase.
    #[error("transfer {0} does not come after the one before")]
    Order(TransferId),
    /// A transfer was about to be created twice.
    #[error("transfer {0} would be created twice")]
    Duplicate(TransferId),
    /// A hold or a transfer to be reversed was loaded without its accounts.
    #[error("account {0} was not loaded")]
    NotLoaded(AccountId),
    /// A mark was used after it was given up.
    #[error("the mark is not of this batch or was given up")]
    Mark,
    /// A part of the working set that must be there is not.
    #[error("the working set is inconsistent")]
    WorkingSet,
}

//! What is refused, and what fails beneath it.

use florin_db::DbError;
use florin_kernel::{Denied, Fault, PageError};
use florin_vault::VaultError;
use thiserror::Error;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum Error {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Fields that cannot be taken, each once.
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    /// A page that cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// There is no such customer that whoever asks may know of.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// There is no such employee.
    #[error("there is no such employee")]
    EmployeeNotFound,
    /// The person who is to be hired is not known.
    #[error("there is no such person")]
    PersonNotFound,
    /// Somebody has this email already.
    #[error("this email has an account already")]
    EmailTaken,
    /// Another customer has this tax number; whose it is, is not told.
    #[error("this number belongs to a customer already")]
    TaxIdTaken,
    /// Somebody else changed it meanwhile.
    #[error("it was changed meanwhile, and is of version {present} now: read it again")]
    Changed {
        /// The version that there is.
        present: u32,
    },
    /// The person works here already.
    #[error("this person works here already")]
    AlreadyEmployed,
    /// The person may not sign in, for another reason than that they left.
    #[error("this person may not sign in: reinstate them first")]
    Suspended,
    /// The employee left.
    #[error("this employee left")]
    Left,
    /// Nobody decides about their own employment.
    #[error("nobody decides about their own employment")]
    OwnEmployment,
    /// A value cannot be sealed or opened.
    #[error("a value cannot be sealed or opened")]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

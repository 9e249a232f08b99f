//! What is refused, and what fails beneath it.

use florin_db::DbError;
use florin_kernel::{Denied, PageError};
use florin_vault::VaultError;
use thiserror::Error;

/// What is wrong with one field of a form; it never quotes what was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path of the field, such as `address.postal_code`.
    pub field: &'static str,
    /// A stable name of what is wrong.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { field, code, message: message.into() }
    }

    /// A value of another form than is wanted.
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::new(field, "invalid", message)
    }

    /// A value that must be there.
    pub(crate) fn missing(field: &'static str) -> Self {
        Self::new(field, "missing", "a value is wanted")
    }
}

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

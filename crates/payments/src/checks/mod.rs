//! What bank accounts, cards and names must be before anything is paid with them.

mod bank_account;
mod card;
mod holder;

pub use bank_account::{AccountType, BankAccount, BankAccountForm, BankCountry, BankPlace};
pub use card::{Brand, CardExpiry, CardForm, InvalidExpiry};
pub use florin_rails::{CanadianBranch, InvalidBranch, InvalidRouting, RoutingNumber};
pub use holder::{HolderName, InvalidName};

/// What is wrong with a field of a form. It never repeats what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path of the field.
    pub field: &'static str,
    /// A stable name of what is wrong.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(field: &'static str, code: &'static str, message: impl std::fmt::Display) -> Self {
        Self { field, code, message: message.to_string() }
    }
}

/// The value, or nothing and one more fault.
pub(crate) fn noted<T>(read: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

#[cfg(test)]
mod vectors;

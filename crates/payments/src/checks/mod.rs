//! What bank accounts, cards and names must be before anything is paid with them.

mod bank_account;
mod card;
mod holder;

pub use bank_account::{AccountType, BankAccount, BankAccountForm, BankCountry, BankPlace};
pub use card::{Brand, CardExpiry, CardForm, InvalidExpiry};
pub use florin_kernel::Fault;
pub use florin_rails::{CanadianBranch, InvalidBranch, InvalidRouting, RoutingNumber};
pub use holder::{HolderName, InvalidName};

/// The value, or nothing and one more fault.
pub(crate) fn noted<T>(read: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

#[cfg(test)]
mod vectors;

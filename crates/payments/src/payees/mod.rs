//! Whom people pay: enterprises that send bills, accounts here, and bank accounts elsewhere.

mod biller;
mod biller_desk;
mod desk;
mod payee;
mod store;

pub use biller::{Biller, BillerChange, NewBiller, ReferenceRule};
pub use biller_desk::Billers;
pub use desk::{PayeeChange, Payees};
pub use payee::{NewPayee, Payable, Payee};

pub(crate) use store::{any_payee, correct, find_biller, find_payee, is_payable, payee_of_order};

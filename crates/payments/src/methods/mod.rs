//! Bank accounts and cards elsewhere that people pay with.

mod desk;
mod kept;
mod store;

use florin_kernel::{PaymentMethodId, Timestamp, UserId};

use crate::checks::{BankAccountForm, CardForm};

pub use desk::PaymentMethods;

pub(crate) use store::{StoredMethod, correct, find, is_there, method_of_order};

/// What is behind a method, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodView {
    /// A bank account.
    Bank {
        /// Where it is: `US` or `CA`.
        country: &'static str,
        /// What kind of account it is.
        account_type: &'static str,
        /// Its bank, masked.
        masked_bank: String,
        /// Its number, masked: `****5678`.
        masked: String,
    },
    /// A card.
    Card {
        /// Its network.
        brand: String,
        /// Its number, masked: `424242******4242`.
        masked: String,
        /// The month that it expires in, from 1 to 12.
        expires_month: i8,
        /// The year.
        expires_year: i16,
        /// The processor that keeps it, if one does.
        kept_by: Option<String>,
    },
}

impl MethodView {
    /// The stable name of its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bank { .. } => "bank_account",
            Self::Card { .. } => "card",
        }
    }
}

/// A saved bank account or card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentMethod {
    /// The identifier.
    pub id: PaymentMethodId,
    /// Whose it is.
    pub user: UserId,
    /// Whose name is on it.
    pub holder: String,
    /// What may be shown of it.
    pub view: MethodView,
    /// When it was saved.
    pub created_at: Timestamp,
}

/// A card that a processor keeps, as a client gives it: its number was given to the processor and never here.
pub struct KeptCardForm {
    /// The processor, such as `stripe`.
    pub processor: String,
    /// What the processor knows the card by.
    pub reference: String,
    /// What the processor knows its holder by.
    pub customer: Option<String>,
    /// The name on it.
    pub holder: String,
}

/// A bank account or card to save.
pub enum NewMethod {
    /// A bank account.
    Bank(BankAccountForm),
    /// A card.
    Card(CardForm),
    /// A card that a processor keeps.
    Kept(KeptCardForm),
}

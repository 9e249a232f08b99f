//! Whom somebody pays.

use florin_kernel::{AccountId, BillerId, PayeeId, Timestamp, UserId};

use crate::checks::BankAccountForm;

/// What is behind a payee, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payable {
    /// A biller, and the payer's number with it.
    Biller {
        /// Which one.
        biller: BillerId,
        /// The last four characters of the number.
        masked: String,
    },
    /// An account here.
    Account(AccountId),
    /// A bank account elsewhere.
    Bank {
        /// Where it is: `US` or `CA`.
        country: &'static str,
        /// What kind of account it is.
        account_type: &'static str,
        /// Its bank, masked.
        masked_bank: String,
        /// Its number, masked.
        masked: String,
        /// Whose it is.
        holder: String,
    },
}

impl Payable {
    /// The stable name of its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Biller { .. } => "biller",
            Self::Account(_) => "account",
            Self::Bank { .. } => "bank_account",
        }
    }
}

/// Somebody to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payee {
    /// The identifier.
    pub id: PayeeId,
    /// Whose payee it is.
    pub user: UserId,
    /// What the payer calls it.
    pub name: String,
    /// What is behind it.
    pub payable: Payable,
    /// From 1; one more with each change.
    pub version: i64,
    /// When it was made known.
    pub created_at: Timestamp,
}

/// Somebody to make known.
pub enum NewPayee {
    /// A biller.
    Biller {
        /// What the payer calls it.
        name: String,
        /// Which one.
        biller: BillerId,
        /// The payer's number with it.
        reference: zeroize::Zeroizing<String>,
    },
    /// An account here.
    Account {
        /// What the payer calls it.
        name: String,
        /// Which one.
        account: AccountId,
    },
    /// A bank account elsewhere.
    Bank {
        /// What the payer calls it.
        name: String,
        /// The account.
        account: BankAccountForm,
    },
}

impl NewPayee {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Biller { name, .. } | Self::Account { name, .. } | Self::Bank { name, .. } => name,
        }
    }
}

//! Whose money is held: what screening found and nobody decided yet, or somebody confirmed.

use std::collections::HashSet;

use florin_kernel::{AccountId, PayeeId, UserId};

/// Whose money is held until somebody decides, as this process knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocked {
    /// Customers.
    pub customers: HashSet<UserId>,
    /// Their accounts.
    pub accounts: HashSet<AccountId>,
    /// Payees.
    pub payees: HashSet<PayeeId>,
}

impl Blocked {
    /// Whether nobody's is.
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty() && self.payees.is_empty()
    }

    /// Whether money of this customer, out of this account or to this payee is held.
    pub fn concerns(&self, user: Option<UserId>, from: Option<AccountId>, payee: Option<PayeeId>) -> bool {
        user.is_some_and(|user| self.customers.contains(&user))
            || from.is_some_and(|account| self.accounts.contains(&account))
            || payee.is_some_and(|payee| self.payees.contains(&payee))
    }
}

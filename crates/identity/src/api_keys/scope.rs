//! What keys may be used for.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use florin_kernel::{Action, Authority, Denied, Principal, Resource};
use thiserror::Error;

/// What a machine may do for a person. What is not here, it may not: what only a person may do, and what is to come.
const GRANTABLE: [Action; 15] = [
    Action::ReadProfile,
    Action::OpenAccount,
    Action::ReadAccount,
    Action::ChangeAccount,
    Action::Deposit,
    Action::Withdraw,
    Action::CreateTransfer,
    Action::ResolveTransfer,
    Action::ReverseTransfer,
    Action::ReadTransfer,
    Action::QuoteLoan,
    Action::ReadLedger,
    Action::ClosePeriod,
    Action::ReadAudit,
    Action::ReadOperations,
];

/// Text that is no scope.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no scope of an API key: one of {} is wanted", known())]
pub struct UnknownScope;

fn known() -> String {
    Scope::all().map(Scope::code).collect::<Vec<_>>().join(", ")
}

/// Something that a key may be used for: an action that needs no person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(Action);

impl Scope {
    /// Every scope there is.
    pub fn all() -> impl Iterator<Item = Self> {
        GRANTABLE.into_iter().map(Self)
    }

    /// The stable name: the action's.
    pub const fn code(self) -> &'static str {
        self.0.code()
    }

    pub(super) const fn action(self) -> Action {
        self.0
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::all().find(|scope| scope.code() == text).ok_or(UnknownScope)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The authority of a key: what its scopes name, as far as its owner may.
pub(super) struct Scoped {
    scopes: Vec<Scope>,
    owner: Arc<dyn Authority>,
}

impl Scoped {
    pub(super) fn new(scopes: Vec<Scope>, owner: Arc<dyn Authority>) -> Self {
        Self { scopes, owner }
    }
}

impl Authority for Scoped {
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
        if !self.scopes.iter().any(|scope| scope.action() == action) {
            return Err(Denied::Forbidden { action });
        }
        self.owner.decide(principal, action, resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Anything;

    impl Authority for Anything {
        fn decide(&self, _: &Principal, _: Action, _: &Resource) -> Result<(), Denied> {
            Ok(())
        }
    }

    #[test]
    fn scopes_read_back_and_what_only_a_person_may_do_is_none() {
        for scope in Scope::all() {
            assert_eq!(scope.code().parse(), Ok(scope));
        }
        let human = Action::ALL.iter().filter(|action| {
            let (noun, _) = action.code().split_once('.').unwrap();
            matches!(noun, "session" | "factor" | "api_key" | "password" | "federation")
                || matches!(
                    action.code(),
                    "user.change_roles" | "user.change" | "operations.operate" | "user.register"
                )
        });
        for action in human {
            assert!(action.code().parse::<Scope>().is_err(), "{action} must need a person");
        }
    }

    #[test]
    fn a_key_does_what_its_scopes_name_and_nothing_else_whoever_owns_it() {
        let scoped = Scoped::new(vec![Scope(Action::ReadAccount)], Arc::new(Anything));
        let resource = Resource::kind("account");

        for &action in Action::ALL {
            let answer = scoped.decide(&Principal::Anonymous, action, &resource);
            assert_eq!(answer.is_ok(), action == Action::ReadAccount, "{action}");
        }
    }
}

//! What policies are asked: everything that matters to a decision, and nothing else.

use florin_kernel::{Action, Department, Principal, Resource, Role};

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Roles(u16);

impl Roles {
    pub(crate) fn of(roles: &[Role]) -> Self {
        Self(roles.iter().fold(0, |bits, role| bits | Self::bit(*role)))
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.0 & Self::bit(*role) != 0)
    }

    const fn bit(role: Role) -> u16 {
        match role {
            Role::Customer => 1,
            Role::Teller => 1 << 1,
            Role::LoanOfficer => 1 << 2,
            Role::Manager => 1 << 3,
            Role::ComplianceOfficer => 1 << 4,
            Role::FraudAnalyst => 1 << 5,
            Role::Auditor => 1 << 6,
            Role::Support => 1 << 7,
            Role::Admin => 1 << 8,
        }
    }
}

/// Who asks, without saying which person it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing(pub(crate) Who);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Anonymous,
    System,
    User { roles: Roles, department: Option<Department>, verified: bool, mfa_due: bool },
}

impl Standing {
    /// Somebody who did not sign in.
    pub const ANONYMOUS: Self = Self(Who::Anonymous);
    /// The program itself.
    pub const SYSTEM: Self = Self(Who::System);

    /// A person with these roles, whose email is proved or not.
    pub fn user(roles: &[Role], verified: bool) -> Self {
        Self(Who::User { roles: Roles::of(roles), department: None, verified, mfa_due: false })
    }

    /// The same, who works in this department; nobody but a person does.
    #[must_use]
    pub fn in_department(self, department: Department) -> Self {
        match self.0 {
            Who::User { roles, verified, mfa_due, .. } => {
                Self(Who::User { roles, department: Some(department), verified, mfa_due })
            }
            Who::Anonymous | Who::System => self,
        }
    }

    /// The same, who must set up a second factor before anything else; nobody but a person is asked for one.
    #[must_use]
    pub fn owing_mfa(self) -> Self {
        match self.0 {
            Who::User { roles, department, verified, .. } => {
                Self(Who::User { roles, department, verified, mfa_due: true })
            }
            Who::Anonymous | Who::System => self,
        }
    }

    /// The same, as if a second factor were set up.
    pub(crate) fn once_enrolled(self) -> Self {
        match self.0 {
            Who::User { roles, department, verified, .. } => {
                Self(Who::User { roles, department, verified, mfa_due: false })
            }
            Who::Anonymous | Who::System => self,
        }
    }

    /// The same, as if the email were proved.
    pub(crate) fn once_verified(self) -> Self {
        match self.0 {
            Who::User { roles, department, mfa_due, .. } => {
                Self(Who::User { roles, department, verified: true, mfa_due })
            }
            Who::Anonymous | Who::System => self,
        }
    }
}

/// Whose the resource is, seen from who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// Nobody's, or it does not matter whose.
    Unowned,
    /// Their own.
    Own,
    /// Somebody else's.
    Others,
}

impl Ownership {
    /// Every ownership.
    pub const ALL: [Self; 3] = [Self::Unowned, Self::Own, Self::Others];

    fn of(principal: &Principal, resource: &Resource) -> Self {
        match (resource.owner, principal) {
            (None, _) => Self::Unowned,
            (Some(owner), principal) if principal.person() == Some(owner) => Self::Own,
            (Some(_), _) => Self::Others,
        }
    }
}

/// One question to the policies; equal questions have equal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// Who asks.
    pub standing: Standing,
    /// What they would do.
    pub action: Action,
    /// To what kind of thing.
    pub kind: &'static str,
    /// Whose it is.
    pub ownership: Ownership,
}

impl Question {
    /// What policies are asked when `principal` would do `action` to `resource`.
    pub fn new(principal: &Principal, action: Action, resource: &Resource) -> Self {
        let standing = match principal {
            Principal::Anonymous => Standing::ANONYMOUS,
            Principal::System(_) => Standing::SYSTEM,
            // Its scopes are held against it before this is asked.
            Principal::Client { roles, verified, .. } => Standing::user(roles, *verified),
            Principal::User { roles, department, verified, mfa_due, .. } => {
                let standing = Standing::user(roles, *verified);
                let standing = department.map_or(standing, |department| standing.in_department(department));
                if *mfa_due { standing.owing_mfa() } else { standing }
            }
        };
        Self { standing, action, kind: resource.kind, ownership: Ownership::of(principal, resource) }
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::{SessionId, UserId, Uuid};

    use super::*;

    #[test]
    fn a_set_of_roles_gives_back_each_role_once_in_order() {
        let roles = Roles::of(&[Role::Admin, Role::Customer, Role::Admin]);

        assert_eq!(roles.iter().collect::<Vec<_>>(), [Role::Customer, Role::Admin]);
        assert_eq!(Roles::of(&Role::ALL).iter().collect::<Vec<_>>(), Role::ALL);
    }

    #[test]
    fn what_belongs_to_somebody_is_ones_own_only_for_that_person() {
        let (me, other) = (UserId::from_uuid(Uuid::from_u128(1)), UserId::from_uuid(Uuid::from_u128(2)));
        let session = SessionId::from_uuid(Uuid::from_u128(3));
        let (roles, department) = (vec![], None);
        let person = Principal::User { user: me, session, roles, department, verified: true, mfa_due: false };
        let account = Resource::kind("account");

        assert_eq!(Ownership::of(&person, &account), Ownership::Unowned);
        assert_eq!(Ownership::of(&person, &account.owned_by(me)), Ownership::Own);
        assert_eq!(Ownership::of(&person, &account.owned_by(other)), Ownership::Others);
        assert_eq!(Ownership::of(&Principal::Anonymous, &account.owned_by(me)), Ownership::Others);
    }
}

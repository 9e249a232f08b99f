//! Who acts, what they were allowed, and from where.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;
use uuid::Uuid;

use crate::{Action, ApiKeyId, Department, SessionId, Timestamp, UserId};

/// What a person is in the institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A customer, who reaches only what is their own.
    Customer,
    /// A member of staff at the counter.
    Teller,
    /// A member of staff who decides about loans.
    LoanOfficer,
    /// A head of a department.
    Manager,
    /// Staff for regulation and reporting.
    ComplianceOfficer,
    /// Staff who work fraud cases.
    FraudAnalyst,
    /// A reader of everything, changing nothing.
    Auditor,
    /// Staff who help customers.
    Support,
    /// An administrator of the system.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 9] = [
        Self::Customer,
        Self::Teller,
        Self::LoanOfficer,
        Self::Manager,
        Self::ComplianceOfficer,
        Self::FraudAnalyst,
        Self::Auditor,
        Self::Support,
        Self::Admin,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Teller => "teller",
            Self::LoanOfficer => "loan_officer",
            Self::Manager => "manager",
            Self::ComplianceOfficer => "compliance_officer",
            Self::FraudAnalyst => "fraud_analyst",
            Self::Auditor => "auditor",
            Self::Support => "support",
            Self::Admin => "admin",
        }
    }

    /// Whether the role belongs to staff.
    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::Customer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.code() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|role| role.code()).collect();
            format!("no such role: one of {} is wanted", known.join(", "))
        })
    }
}

/// Who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Somebody who has not signed in.
    Anonymous,
    /// A person who has.
    User {
        /// The person.
        user: UserId,
        /// The sign-in.
        session: SessionId,
        /// Their roles, sorted and without repeats.
        roles: Vec<Role>,
        /// Where they work, if they do. A machine of theirs works nowhere.
        department: Option<Department>,
        /// Whether their email is proved.
        verified: bool,
        /// Whether one of their roles, or their department, asks for a second factor and they have none yet.
        mfa_due: bool,
    },
    /// A machine that acts for a person, with a key of theirs.
    Client {
        /// The key.
        key: ApiKeyId,
        /// Whose key it is.
        owner: UserId,
        /// The owner's roles, sorted and without repeats.
        roles: Vec<Role>,
        /// Whether the owner's email is proved.
        verified: bool,
    },
    /// The program itself, or an operator at the machine; the name says which part.
    System(Operator),
}

impl Principal {
    /// The person who acts, or for whom a machine does.
    pub fn person(&self) -> Option<UserId> {
        match *self {
            Self::User { user, .. } => Some(user),
            Self::Client { owner, .. } => Some(owner),
            Self::Anonymous | Self::System(_) => None,
        }
    }
}

/// A part of the program, or the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operator(pub &'static str);

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address, as far as trusted proxies tell.
    pub ip: Option<IpAddr>,
    /// What the client calls itself, cut to 256 bytes.
    pub user_agent: Option<Arc<str>>,
    /// The request's id.
    pub request_id: Option<Arc<str>>,
    /// What the client says its device is (`X-Device-Fingerprint`).
    pub device: Option<Arc<str>>,
    /// The country that a trusted proxy says it came from, as two capital letters (ISO 3166-1).
    pub country: Option<[u8; 2]>,
}

/// What is acted upon, as far as policies care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The noun: `account`, `transfer`, `user`, `ledger`.
    pub kind: &'static str,
    /// Which one, if it is one.
    pub id: Option<Uuid>,
    /// Whose it is, if it is somebody's.
    pub owner: Option<UserId>,
}

impl Resource {
    /// All of a kind, or one that does not exist yet.
    pub const fn kind(kind: &'static str) -> Self {
        Self { kind, id: None, owner: None }
    }

    /// One of a kind.
    pub const fn one(kind: &'static str, id: Uuid) -> Self {
        Self { kind, id: Some(id), owner: None }
    }

    /// The same, owned by `owner`.
    #[must_use]
    pub const fn owned_by(self, owner: UserId) -> Self {
        Self { owner: Some(owner), ..self }
    }
}

/// A refusal: the policy that refused is for the log, never for the client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Denied {
    /// Nobody is signed in.
    #[error("sign in first")]
    Unauthenticated,
    /// The person's email is not proved yet.
    #[error("the email address must be verified first")]
    EmailUnverified,
    /// One of the person's roles asks for a second factor, and they have none yet.
    #[error("a second factor must be set up first")]
    MfaEnrolmentRequired,
    /// It needs a factor that was proved within the last minutes.
    #[error("a fresh factor is required")]
    StepUpRequired,
    /// No policy allows it.
    #[error("{action} is not permitted")]
    Forbidden {
        /// What was tried.
        action: Action,
    },
}

/// What decides. `access` fulfils it with policies.
pub trait Authority: Send + Sync {
    /// Whether `principal` may do `action` to `resource`.
    ///
    /// # Errors
    /// The refusal.
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied>;
}

/// When somebody last proved who they are, as their access token tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proved {
    /// When they signed in.
    pub signed_in_at: Option<Timestamp>,
    /// When they proved a factor once more, for something sensitive.
    pub stepped_up_at: Option<Timestamp>,
}

/// How long a factor counts as fresh, in seconds: five minutes.
pub const FRESH_SECONDS: i64 = 300;

/// Whether `at` lies within the last [`FRESH_SECONDS`], seen from `now`.
fn is_fresh(at: Option<Timestamp>, now: Timestamp) -> bool {
    let age = at.map(|at| now.as_second().saturating_sub(at.as_second()));
    age.is_some_and(|age| (0..FRESH_SECONDS).contains(&age))
}

/// Somebody who does something, from somewhere, under an authority.
#[derive(Clone)]
pub struct Actor {
    principal: Arc<Principal>,
    origin: Origin,
    authority: Arc<dyn Authority>,
    proved: Proved,
    owes_factor: bool,
}

impl Actor {
    /// An actor whose permits `authority` decides.
    pub fn new(principal: Arc<Principal>, origin: Origin, authority: Arc<dyn Authority>) -> Self {
        Self { principal, origin, authority, proved: Proved::default(), owes_factor: false }
    }

    /// The same, who proved who they are at these times.
    #[must_use]
    pub fn having_proved(self, proved: Proved) -> Self {
        Self { proved, ..self }
    }

    /// The same, who must prove a factor once more before anything but reading, because the sign-in is used from
    /// elsewhere than it was begun.
    #[must_use]
    pub fn owing_a_factor(self, owes_factor: bool) -> Self {
        Self { owes_factor, ..self }
    }

    /// A part of the program, which is permitted everything and named in the trail.
    pub fn system(name: &'static str) -> Self {
        Self {
            principal: Arc::new(Principal::System(Operator(name))),
            origin: Origin::default(),
            authority: Arc::new(Unrestricted),
            proved: Proved::default(),
            owes_factor: false,
        }
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Where from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The person, when one is signed in, or a machine of theirs.
    pub fn user(&self) -> Option<UserId> {
        self.principal.person()
    }

    /// The sign-in, when there is one.
    pub fn session(&self) -> Option<SessionId> {
        match *self.principal {
            Principal::User { session, .. } => Some(session),
            Principal::Anonymous | Principal::Client { .. } | Principal::System(_) => None,
        }
    }

    /// The roles of the person.
    pub fn roles(&self) -> &[Role] {
        match &*self.principal {
            Principal::User { roles, .. } | Principal::Client { roles, .. } => roles,
            Principal::Anonymous | Principal::System(_) => &[],
        }
    }

    /// Where the person works, if they do.
    pub fn department(&self) -> Option<Department> {
        match *self.principal {
            Principal::User { department, .. } => department,
            Principal::Anonymous | Principal::Client { .. } | Principal::System(_) => None,
        }
    }

    /// Whether the actor has a role of staff, or is the program itself.
    pub fn is_staff(&self) -> bool {
        matches!(*self.principal, Principal::System(_)) || self.roles().iter().any(|role| role.is_staff())
    }

    /// Whether a factor was proved for something sensitive within the last [`FRESH_SECONDS`]; a sign-in is not enough.
    ///
    /// # Errors
    /// [`Denied::StepUpRequired`]. The program itself is never asked.
    pub fn must_have_stepped_up(&self, now: Timestamp) -> Result<(), Denied> {
        let system = matches!(*self.principal, Principal::System(_));
        let fresh = system || is_fresh(self.proved.stepped_up_at, now);
        if fresh { Ok(()) } else { Err(Denied::StepUpRequired) }
    }

    /// Whether a factor was proved within the last [`FRESH_SECONDS`], by signing in or by stepping up.
    ///
    /// # Errors
    /// [`Denied::StepUpRequired`]. The program itself is never asked.
    pub fn must_be_recent(&self, now: Timestamp) -> Result<(), Denied> {
        if is_fresh(self.proved.signed_in_at, now) { Ok(()) } else { self.must_have_stepped_up(now) }
    }

    /// Asks for permission to do `action` to `resource`.
    ///
    /// # Errors
    /// The refusal, when no policy allows it; [`Denied::StepUpRequired`] when one does and a factor is
    /// [owed](Actor::owing_a_factor) first.
    pub fn permit(&self, action: Action, resource: Resource) -> Result<Permit, Denied> {
        self.authority.decide(&self.principal, action, &resource)?;
        if self.owes_factor && !action.is_open_to_debtors() {
            return Err(Denied::StepUpRequired);
        }
        Ok(Permit { principal: Arc::clone(&self.principal), origin: self.origin.clone(), action, resource })
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("principal", &self.principal).finish_non_exhaustive()
    }
}

struct Unrestricted;

impl Authority for Unrestricted {
    fn decide(&self, _: &Principal, _: Action, _: &Resource) -> Result<(), Denied> {
        Ok(())
    }
}

/// A permission that was given: what a write is made with, and what its audit record is made from.
#[derive(Clone, Debug)]
pub struct Permit {
    principal: Arc<Principal>,
    origin: Origin,
    action: Action,
    resource: Resource,
}

impl Permit {
    /// Who may.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Where they are.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What they may do.
    pub fn action(&self) -> Action {
        self.action
    }

    /// To what.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The person, when it is one, or a machine of theirs.
    pub fn user(&self) -> Option<UserId> {
        self.principal.person()
    }

    /// The same permission, about the one resource that came of it (an account just opened, say).
    #[must_use]
    pub fn about(mut self, id: Uuid) -> Self {
        self.resource.id = Some(id);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Authority for Nobody {
        fn decide(&self, _: &Principal, action: Action, _: &Resource) -> Result<(), Denied> {
            Err(Denied::Forbidden { action })
        }
    }

    #[test]
    fn a_permit_is_what_the_authority_gives() {
        let stranger = Actor::new(Arc::new(Principal::Anonymous), Origin::default(), Arc::new(Nobody));
        let operator = Actor::system("test");

        let refused = stranger.permit(Action::ReadLedger, Resource::kind("ledger"));
        let given = operator.permit(Action::ReadLedger, Resource::kind("ledger")).unwrap();

        assert_eq!(refused.unwrap_err(), Denied::Forbidden { action: Action::ReadLedger });
        assert_eq!(given.action().code(), "ledger.read");
    }

    #[test]
    fn a_fresh_factor_is_five_minutes_old_at_most_and_a_sign_in_is_no_step_up() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let person = || Actor::new(Arc::new(Principal::Anonymous), Origin::default(), Arc::new(Nobody));
        let signed_in = person().having_proved(Proved { signed_in_at: Some(at(1_000)), stepped_up_at: None });
        let stepped_up =
            person().having_proved(Proved { signed_in_at: None, stepped_up_at: Some(at(1_000)) });

        assert_eq!(signed_in.must_be_recent(at(1_299)), Ok(()));
        assert_eq!(signed_in.must_be_recent(at(1_300)), Err(Denied::StepUpRequired));
        assert_eq!(signed_in.must_have_stepped_up(at(1_000)), Err(Denied::StepUpRequired));
        for check in [Actor::must_be_recent, Actor::must_have_stepped_up] {
            assert_eq!(check(&stepped_up, at(1_299)), Ok(()));
            assert_eq!(check(&stepped_up, at(1_300)), Err(Denied::StepUpRequired));
            assert_eq!(check(&stepped_up, at(999)), Err(Denied::StepUpRequired), "the clock went back");
            assert_eq!(check(&person(), at(1_000)), Err(Denied::StepUpRequired));
            assert_eq!(check(&Actor::system("test"), at(1_000)), Ok(()));
        }
    }

    #[test]
    fn whoever_owes_a_factor_may_read_and_step_up_and_leave_and_nothing_else() {
        let debtor = Actor::system("test").owing_a_factor(true);
        let ask = |action| debtor.permit(action, Resource::kind("thing")).map(drop);

        for open in
            [Action::ReadAccount, Action::ListUsers, Action::StepUp, Action::Logout, Action::EndSession]
        {
            assert_eq!(ask(open), Ok(()), "{open}");
        }
        for closed in [
            Action::CreateTransfer,
            Action::Withdraw,
            Action::ChangePassword,
            Action::RemoveFactor,
            Action::ChangeRoles,
        ] {
            assert_eq!(ask(closed), Err(Denied::StepUpRequired), "{closed}");
        }
        let forbidden = Actor::new(Arc::new(Principal::Anonymous), Origin::default(), Arc::new(Nobody))
            .owing_a_factor(true);
        let refused = forbidden.permit(Action::Withdraw, Resource::kind("account")).unwrap_err();
        assert_eq!(refused, Denied::Forbidden { action: Action::Withdraw }, "what is forbidden stays so");
    }

    #[test]
    fn roles_read_back_from_their_codes() {
        for role in Role::ALL {
            assert_eq!(role.code().parse::<Role>(), Ok(role));
        }
        assert!("root".parse::<Role>().unwrap_err().contains("teller"));
    }
}

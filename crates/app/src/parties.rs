//! What parties ask of others, fulfilled by identity and by the desk where a second person approves.

use std::sync::Arc;

use florin_access::Approvals;
use florin_compliance::screening::Subject;
use florin_db::{DbError, Reader, Tx};
use florin_identity::{Email, FullName, Identity, Invitee, Person};
use florin_kernel::{Action, Actor, Department, Env, Resource, Role, UserId};
use florin_parties::{Afterwards, Invitation, KnownPerson, People, RolesAsked, Staffing};

use crate::staff::{CHANGE_ROLES, held_roles};

/// The people of identity, as parties know them.
pub(crate) struct PeopleOfIdentity {
    pub(crate) identity: Arc<Identity>,
    pub(crate) env: Env,
}

fn known(person: Person) -> KnownPerson {
    let Person { profile, suspended, last_seen_at } = person;
    KnownPerson {
        full_name: profile.full_name.as_str().to_owned(),
        email: profile.email.as_str().to_owned(),
        roles: profile.roles,
        verified: profile.verified,
        suspended,
        last_seen_at,
    }
}

/// Text that was checked before, read again.
fn read<T: std::str::FromStr>(text: &str) -> Result<T, DbError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| DbError::Other(error.to_string()))
}

impl People for PeopleOfIdentity {
    fn fault_of_name(&self, name: &str) -> Option<String> {
        name.parse::<FullName>().err().map(|error| error.to_string())
    }

    fn fault_of_email(&self, email: &str) -> Option<String> {
        email.parse::<Email>().err().map(|error| error.to_string())
    }

    fn find(&self, reader: &mut Reader<'_>, user: UserId) -> Result<Option<KnownPerson>, DbError> {
        Ok(Identity::find_person(reader, user)?.map(known))
    }

    fn lock(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Option<KnownPerson>, DbError> {
        Ok(Identity::lock_person(tx, user)?.map(known))
    }

    fn search(&self, reader: &mut Reader<'_>, sought: &str, limit: usize) -> Result<Vec<UserId>, DbError> {
        Identity::find_customers(reader, sought, limit)
    }

    fn invite(&self, tx: &mut Tx<'_>, invitation: Invitation<'_>) -> Result<bool, DbError> {
        let invitee = Invitee {
            id: invitation.id,
            email: read(invitation.email)?,
            full_name: read(invitation.full_name)?,
        };
        self.identity.invite(tx, &invitee, invitation.roles, self.env.now())
    }

    fn rename(&self, tx: &mut Tx<'_>, user: UserId, full_name: &str) -> Result<(), DbError> {
        Identity::write_name(tx, user, &read(full_name)?, self.env.now())
    }

    fn changed(&self, tx: &mut Tx<'_>, user: UserId) -> Result<(), DbError> {
        florin_compliance::screening::look_at(tx, Subject::customer(user), self.env.now())
    }
}

/// Departments, sign-ins and roles, as an employment changes them.
pub(crate) struct StaffingDesk {
    pub(crate) identity: Arc<Identity>,
    pub(crate) env: Env,
    pub(crate) approvals: Approvals,
    pub(crate) four_eyes: bool,
}

impl Staffing for StaffingDesk {
    fn place(&self, tx: &mut Tx<'_>, user: UserId, department: Department) -> Result<Afterwards, DbError> {
        let sessions = Identity::write_department(tx, user, Some(department), self.env.now())?;
        let identity = Arc::clone(&self.identity);
        Ok(Box::new(move || identity.roles_changed(&sessions)))
    }

    fn suspend(&self, tx: &mut Tx<'_>, user: UserId, suspended: bool) -> Result<Afterwards, DbError> {
        let ended = Identity::write_suspended(tx, user, suspended, self.env.now())?.unwrap_or_default();
        let identity = Arc::clone(&self.identity);
        Ok(Box::new(move || identity.sign_ins_ended(&ended)))
    }

    fn dismiss(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Afterwards, DbError> {
        let now = self.env.now();
        Approvals::withdraw(tx, CHANGE_ROLES, user.uuid(), now)?;
        let ended = Identity::write_left(tx, user, now)?;
        let identity = Arc::clone(&self.identity);
        Ok(Box::new(move || identity.sign_ins_ended(&ended)))
    }

    fn ask_for_roles(
        &self,
        tx: &mut Tx<'_>,
        by: &Actor,
        user: UserId,
        roles: &[Role],
    ) -> Result<RolesAsked, DbError> {
        let now = self.env.now();
        let person = Identity::lock_person(tx, user)?;
        let mut roles: Vec<Role> = person
            .map(|person| person.profile.roles)
            .unwrap_or_default()
            .into_iter()
            .chain(roles.iter().copied())
            .collect();
        roles.sort_unstable();
        roles.dedup();
        let about = Resource::one("user", user.uuid()).owned_by(user);
        let alone = !self.four_eyes && by.permit(Action::ChangeRoles, about).is_ok();
        if let Some(asked_by) = by.user().filter(|_| !alone) {
            let id = self.approvals.hold(tx, &held_roles(user, &roles), asked_by, now)?;
            return Ok(RolesAsked::Held(id));
        }
        let sessions = Identity::write_roles(tx, user, &roles, now)?.unwrap_or_default();
        let identity = Arc::clone(&self.identity);
        Ok(RolesAsked::Given(Box::new(move || identity.roles_changed(&sessions))))
    }
}

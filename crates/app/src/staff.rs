//! Who may do what, as staff change it: roles by two persons, where the configuration asks for that.

use std::sync::Arc;

use florin_access::{Afterwards, ApprovalError, Approvals, Held, HeldCommand};
use florin_db::{Db, DbError, Tx};
use florin_identity::{Error as IdentityError, Identity};
use florin_kernel::{Action, Actor, ApprovalId, Resource, Role, Timestamp, UserId};
use serde_json::{Value, json};
use thiserror::Error;

/// The kind of a held change of roles.
pub(crate) const CHANGE_ROLES: &str = "user.change_roles";

/// Roles, and whether a second person is needed to change them.
#[derive(Clone)]
pub struct Staff {
    db: Db,
    identity: Arc<Identity>,
    approvals: Approvals,
    four_eyes: bool,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is made.
    Made,
    /// It waits for a second person.
    Held(ApprovalId),
}

/// Why roles are not changed.
#[derive(Debug, Error)]
pub enum StaffError {
    /// What identity refuses.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// What the desk for approvals refuses.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Staff {
    pub(crate) fn new(db: Db, identity: Arc<Identity>, approvals: Approvals, four_eyes: bool) -> Self {
        Self { db, identity, approvals, four_eyes }
    }

    /// Gives somebody these roles and no others, or asks a second person to.
    ///
    /// # Errors
    /// [`StaffError`].
    pub async fn change_roles(&self, by: &Actor, user: UserId, roles: &[Role]) -> Result<Change, StaffError> {
        let permit = self.identity.may_change_roles(by, user)?;
        by.must_be_recent(self.db.env().now()).map_err(IdentityError::from)?;
        let mut roles = roles.to_vec();
        roles.sort_unstable();
        roles.dedup();
        let Some(asked_by) = by.user().filter(|_| self.four_eyes) else {
            self.identity.set_roles(by, user, &roles).await?;
            return Ok(Change::Made);
        };
        let (env, identity, approvals) =
            (self.db.env().clone(), Arc::clone(&self.identity), self.approvals.clone());
        let held = held_roles(user, &roles);
        let id = self
            .db
            .write(permit, move |tx| {
                if !identity.is_known(tx, user)? {
                    return Err(IdentityError::UserNotFound(user).into());
                }
                Ok::<_, StaffError>(approvals.hold(tx, &held, asked_by, env.now())?)
            })
            .await?;
        Ok(Change::Held(id))
    }
}

/// A change of roles that waits: the person has these and no others once it is approved.
pub(crate) fn held_roles(user: UserId, roles: &[Role]) -> Held {
    let payload = json!({ "roles": roles.iter().map(|role| role.code()).collect::<Vec<_>>() });
    Held { kind: CHANGE_ROLES.to_owned(), subject: user.uuid(), payload }
}

/// Changes roles once a second person agreed.
pub(crate) struct ChangeRoles(pub(crate) Arc<Identity>);

impl HeldCommand for ChangeRoles {
    fn kind(&self) -> &'static str {
        CHANGE_ROLES
    }

    fn action(&self) -> Action {
        Action::ChangeRoles
    }

    fn resource(&self, held: &Held) -> Resource {
        Resource::one("user", held.subject).owned_by(UserId::from_uuid(held.subject))
    }

    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        held: &Held,
        now: Timestamp,
    ) -> Result<Result<Afterwards, String>, DbError> {
        let user = UserId::from_uuid(held.subject);
        let Some(roles) = roles_of(&held.payload) else {
            return Ok(Err("the request names a role that there is not".to_owned()));
        };
        let Some(sessions) = Identity::write_roles(tx, user, &roles, now)? else {
            return Ok(Err(format!("there is no user {user}")));
        };
        tx.about(held.subject);
        let identity = Arc::clone(&self.0);
        Ok(Ok(Box::new(move || identity.roles_changed(&sessions))))
    }
}

fn roles_of(payload: &Value) -> Option<Vec<Role>> {
    let codes = payload.get("roles")?.as_array()?;
    codes.iter().map(|code| code.as_str()?.parse().ok()).collect()
}

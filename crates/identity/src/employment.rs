//! What an employment changes in who somebody is: their department, and whether they may sign in.
//!
//! Each is written in a unit of work of whoever keeps the employment, and what it changed is told to this process after
//! the commit: [`Identity::roles_changed`] where sign-ins are worth something else, [`Identity::sign_ins_ended`] where
//! they are worth nothing any more.

use florin_db::{DbError, Reader, Tx, params};
use florin_kernel::{Department, Role, SessionId, Timestamp, UserId};

use crate::people::{Person, person};
use crate::store::{self, Because};
use crate::{Email, FullName, Identity};

impl Identity {
    /// Somebody as staff see them, in a read of another crate's that was permitted.
    ///
    /// # Errors
    /// What the database says.
    pub fn find_person(reader: &mut Reader<'_>, user: UserId) -> Result<Option<Person>, DbError> {
        person(reader, user)
    }

    /// The same in a unit of work, locked until it ends.
    ///
    /// # Errors
    /// What the database says.
    pub fn lock_person(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Person>, DbError> {
        store::lock_user(tx, user)?;
        person(tx, user)
    }

    /// Whose address this is, in a unit of work of another crate's that writes to it.
    ///
    /// # Errors
    /// What the database says.
    pub fn owner_of(tx: &mut Tx<'_>, email: &Email) -> Result<Option<UserId>, DbError> {
        store::user_by_key(tx, email.key())
    }

    /// Gives somebody another name.
    ///
    /// # Errors
    /// What the database says.
    pub fn write_name(tx: &mut Tx<'_>, user: UserId, name: &FullName, now: Timestamp) -> Result<(), DbError> {
        let Some(mut profile) = store::profile(tx, user)? else { return Ok(()) };
        profile.full_name = name.clone();
        store::update_name(tx, &profile, now)
    }

    /// The people after `after` in the order of their identifiers, `limit` at most, with what they are called.
    ///
    /// # Errors
    /// What the database says.
    pub fn names_after(
        reader: &mut Reader<'_>,
        after: UserId,
        limit: usize,
    ) -> Result<Vec<(UserId, String)>, DbError> {
        store::names_after(reader, after, limit)
    }

    /// Puts somebody into a department, or into none; the sign-ins that [`Identity::roles_changed`] is to be told of.
    ///
    /// # Errors
    /// What the database says.
    pub fn write_department(
        tx: &mut Tx<'_>,
        user: UserId,
        department: Option<Department>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, DbError> {
        tx.execute(
            "UPDATE identity_user SET department = $2 WHERE id = $1",
            &params![user.uuid(), department.map(Department::code)],
        )?;
        store::live_sessions(tx, user, now, 0)
    }

    /// Keeps somebody from signing in, or lets them again; the sign-ins that ended by it, of which
    /// [`Identity::sign_ins_ended`] is to be told, or `None` when there is no such person.
    ///
    /// # Errors
    /// What the database says.
    pub fn write_suspended(
        tx: &mut Tx<'_>,
        user: UserId,
        suspended: bool,
        now: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, DbError> {
        if !store::lock_user(tx, user)? {
            return Ok(None);
        }
        let status = if suspended { "suspended" } else { "active" };
        tx.execute("UPDATE identity_user SET status = $2 WHERE id = $1", &params![user.uuid(), status])?;
        tx.note("status", &status);
        if !suspended {
            return Ok(Some(Vec::new()));
        }
        end_all(tx, user, Because::Suspended, now).map(Some)
    }

    /// Takes all roles of staff and the department away from somebody who left, and ends their sign-ins. Whoever is a
    /// customer besides stays one; nobody else can sign in any more. The sign-ins that ended.
    ///
    /// # Errors
    /// What the database says.
    pub fn write_left(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<Vec<SessionId>, DbError> {
        let Some(found) = Self::lock_person(tx, user)? else { return Ok(Vec::new()) };
        let roles: Vec<Role> = found.profile.roles.into_iter().filter(|role| !role.is_staff()).collect();
        Self::write_roles(tx, user, &roles, now)?;
        Self::write_department(tx, user, None, now)?;
        if roles.is_empty() {
            return Ok(Self::write_suspended(tx, user, true, now)?.unwrap_or_default());
        }
        end_all(tx, user, Because::Ended, now)
    }

    /// To be called after the commit of what ended these sign-ins: none of their tokens is taken from here on, and no
    /// API key is before its owner was looked at again.
    pub fn sign_ins_ended(&self, sessions: &[SessionId]) {
        self.ended(sessions);
    }
}

fn end_all(
    tx: &mut Tx<'_>,
    user: UserId,
    because: Because,
    now: Timestamp,
) -> Result<Vec<SessionId>, DbError> {
    let sessions = store::live_sessions(tx, user, now, 0)?;
    for &session in &sessions {
        store::revoke(tx, session, because, now)?;
    }
    Ok(sessions)
}

/// The department that a column names.
pub(crate) fn department(code: Option<String>) -> Result<Option<Department>, DbError> {
    let department = code.map(|code| code.parse()).transpose();
    department.map_err(|_| DbError::Corrupt("identity_user.department is not what was written".to_owned()))
}

//! People as staff see them: who there is, what roles they have, and whether they may sign in.

use florin_db::{DbError, Tx, params};
use florin_kernel::{
    Action, Actor, Denied, Department, Permit, Resource, Role, SessionId, Timestamp, UserId, Uuid,
};

use crate::store::{self, Source};
use crate::{Error, Identity, Profile};

/// Somebody as staff see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What is known of them.
    pub profile: Profile,
    /// Whether they may not sign in.
    pub suspended: bool,
    /// When a sign-in of theirs was used last.
    pub last_seen_at: Option<Timestamp>,
}

/// Which people are wanted.
#[derive(Clone, Debug, Default)]
pub struct PeopleQuery {
    /// Part of their name, or how their email begins.
    pub search: Option<String>,
    /// A role that they have.
    pub role: Option<Role>,
    /// The department that they work in.
    pub department: Option<Department>,
    /// Those after this one alone.
    pub after: Option<UserId>,
    /// How many at most.
    pub limit: usize,
}

impl Identity {
    /// People in the order in which they became known.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn people(&self, by: &Actor, query: PeopleQuery) -> Result<Vec<Person>, Error> {
        by.permit(Action::ListUsers, Resource::kind("user"))?;
        self.db
            .read(move |reader| {
                let found = reader.rows(
                    "SELECT u.id FROM identity_user u
                     WHERE u.id > $1 AND (u.email_key LIKE $2 ESCAPE '!' OR LOWER(u.full_name) LIKE $3 ESCAPE '!')
                       AND ($4 = '' OR EXISTS (SELECT 1 FROM identity_user_role r WHERE r.user_id = u.id AND r.role = $4))
                       AND ($6 = '' OR u.department = $6)
                     ORDER BY u.id LIMIT $5",
                    &params![
                        query.after.map_or(Uuid::nil(), UserId::uuid),
                        pattern("", query.search.as_deref()),
                        pattern("%", query.search.as_deref()),
                        query.role.map_or("", Role::code),
                        i64::try_from(query.limit).unwrap_or(i64::MAX),
                        query.department.map_or("", Department::code),
                    ],
                )?;
                let mut people = Vec::with_capacity(found.len());
                for row in &found {
                    people.extend(person(reader, UserId::from_uuid(row.get(0)?))?);
                }
                Ok::<_, Error>(people)
            })
            .await
    }

    /// Permits whoever asks to change somebody else's roles.
    ///
    /// # Errors
    /// [`Error::OwnStanding`] for one's own, [`Error::Denied`].
    pub fn may_change_roles(&self, by: &Actor, user: UserId) -> Result<Permit, Error> {
        not_oneself(by, user)?;
        Ok(by.permit(Action::ChangeRoles, Resource::one("user", user.uuid()).owned_by(user))?)
    }

    /// Gives somebody these roles and no others, in a unit of work that was permitted; the sign-ins that
    /// [`Identity::roles_changed`] is to be told of after the commit, or `None` when there is no such person.
    ///
    /// # Errors
    /// What the database says.
    pub fn write_roles(
        tx: &mut Tx<'_>,
        user: UserId,
        roles: &[Role],
        now: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, DbError> {
        store::lock_user(tx, user)?;
        let Some(before) = store::profile(tx, user)? else { return Ok(None) };
        let codes = crate::registration::codes;
        tx.note_change("roles", Some(&codes(&before.roles)), Some(&codes(roles)));
        store::replace_roles(tx, user, roles)?;
        store::live_sessions(tx, user, now, 0).map(Some)
    }

    /// To be called after the commit of [`Identity::write_roles`]: the new roles count from the next request on.
    pub fn roles_changed(&self, sessions: &[SessionId]) {
        self.changed(sessions);
    }

    /// Keeps somebody from signing in; every sign-in and API key of theirs is worth nothing from the next request on.
    ///
    /// # Errors
    /// [`Error::OwnStanding`] for oneself, [`Error::UserNotFound`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.person.suspend", skip_all, fields(user.id = %user))]
    pub async fn suspend(&self, by: &Actor, user: UserId) -> Result<(), Error> {
        self.set_suspended(by, user, true).await
    }

    /// Lets somebody sign in again.
    ///
    /// # Errors
    /// As [`Identity::suspend`].
    #[tracing::instrument(name = "identity.person.reinstate", skip_all, fields(user.id = %user))]
    pub async fn reinstate(&self, by: &Actor, user: UserId) -> Result<(), Error> {
        self.set_suspended(by, user, false).await
    }

    async fn set_suspended(&self, by: &Actor, user: UserId, suspended: bool) -> Result<(), Error> {
        not_oneself(by, user)?;
        let permit = by.permit(Action::SuspendUser, Resource::one("user", user.uuid()).owned_by(user))?;
        let env = self.env.clone();
        let ended = self
            .db
            .write(permit, move |tx| {
                let ended = Self::write_suspended(tx, user, suspended, env.now())?;
                ended.ok_or(Error::UserNotFound(user))
            })
            .await?;
        self.ended(&ended);
        Ok(())
    }
}

/// One person as staff see them.
pub(crate) fn person(source: &mut dyn Source, user: UserId) -> Result<Option<Person>, DbError> {
    let row = source.one(
        "SELECT u.status, (SELECT MAX(s.last_seen_at_us) FROM identity_session s WHERE s.user_id = u.id)
         FROM identity_user u WHERE u.id = $1",
        &params![user.uuid()],
    )?;
    let (Some(row), Some(profile)) = (row, store::profile(source, user)?) else { return Ok(None) };
    let suspended = row.get::<String>(0)? == "suspended";
    Ok(Some(Person { profile, suspended, last_seen_at: row.get(1)? }))
}

/// Nobody decides about their own standing, and no machine about anybody's.
fn not_oneself(by: &Actor, user: UserId) -> Result<(), Error> {
    match by.principal().person() {
        Some(me) if me == user => Err(Error::OwnStanding),
        Some(_) if by.session().is_none() => Err(Denied::Forbidden { action: Action::ChangeRoles }.into()),
        _ => Ok(()),
    }
}

/// A pattern of `LIKE` for text that contains what is searched, or begins with it.
fn pattern(before: &str, search: Option<&str>) -> String {
    let mut pattern = before.to_owned();
    for c in search.unwrap_or_default().trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_is_taken_as_it_is() {
        assert_eq!(pattern("%", Some(" 100%_Ada! ")), "%100!%!_ada!!%");
        assert_eq!(pattern("", None), "%");
    }
}

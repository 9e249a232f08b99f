//! What is known of people, and what they may do.

use florin_kernel::{Action, Actor, Resource, Role, UserId};

use crate::{ChangeProfile, Error, Identity, Profile, store};

impl Identity {
    /// Whether there is such a person, as this unit of work sees it.
    ///
    /// # Errors
    /// What the database says.
    pub fn is_known(&self, tx: &mut florin_db::Tx<'_>, user: UserId) -> Result<bool, florin_db::DbError> {
        store::is_known(tx, user)
    }

    /// Whether anybody could let others in: an active person who is an administrator.
    ///
    /// # Errors
    /// [`Error::Db`] when that cannot be told.
    pub async fn has_admin(&self) -> Result<bool, Error> {
        self.db.read(|reader| store::has_admin(reader).map_err(Error::from)).await
    }

    /// The profile of `user`, for whoever may read it.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::UserNotFound`].
    pub async fn profile(&self, by: &Actor, user: UserId) -> Result<Profile, Error> {
        by.permit(Action::ReadProfile, of(user))?;
        let found = self.db.read(move |reader| store::profile(reader, user).map_err(Error::from)).await?;
        found.ok_or(Error::UserNotFound(user))
    }

    /// Changes what a request names of a profile, and leaves the rest.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::UserNotFound`].
    #[tracing::instrument(name = "identity.profile.change", skip_all, fields(user.id = %user))]
    pub async fn change_profile(
        &self,
        by: &Actor,
        user: UserId,
        change: ChangeProfile,
    ) -> Result<Profile, Error> {
        let permit = by.permit(Action::ChangeProfile, of(user))?;
        let (phones, env) = (self.phones.clone(), self.env.clone());
        self.db
            .write(permit, move |tx| {
                store::lock_user(tx, user)?;
                let mut profile = store::profile(tx, user)?.ok_or(Error::UserNotFound(user))?;
                let mut changed = Vec::new();
                if let Some(full_name) = &change.full_name {
                    profile.full_name = full_name.clone();
                    store::update_name(tx, &profile, env.now())?;
                    changed.push("full_name");
                }
                if let Some(phone) = &change.phone {
                    let sealed = phones.seal(user, phone.as_ref())?;
                    store::update_phone(tx, user, sealed.as_ref())?;
                    profile.phone = sealed.map(|phone| phone.masked);
                    changed.push("phone");
                }
                tx.note("changed", &changed.join(" "));
                Ok(profile)
            })
            .await
    }

    /// Gives a person these roles and no others; their next request has them.
    ///
    /// # Errors
    /// [`Error::Denied`], also for one's own roles; [`Error::UserNotFound`].
    #[tracing::instrument(name = "identity.roles.set", skip_all, fields(user.id = %user))]
    pub async fn set_roles(&self, by: &Actor, user: UserId, roles: &[Role]) -> Result<Profile, Error> {
        let permit = by.permit(Action::ChangeRoles, of(user))?;
        let mut roles = roles.to_vec();
        roles.sort_unstable();
        roles.dedup();
        let env = self.env.clone();
        let (profile, sessions) = self
            .db
            .write(permit, move |tx| {
                let written = Self::write_roles(tx, user, &roles, env.now())?;
                let sessions = written.ok_or(Error::UserNotFound(user))?;
                let profile = store::profile(tx, user)?.ok_or(Error::UserNotFound(user))?;
                Ok::<_, Error>((profile, sessions))
            })
            .await?;
        self.changed(&sessions);
        Ok(profile)
    }
}

fn of(user: UserId) -> Resource {
    Resource::one("user", user.uuid()).owned_by(user)
}

//! Listing and ending sign-ins, listing and forgetting devices.

use florin_kernel::{Action, Actor, Denied, DeviceId, Principal, Resource, SessionId, UserId};

use super::{Device, PastSignIn, SignIn, recognised, store};
use crate::store::Because;
use crate::{Error, Identity};

/// How many sign-ins somebody looks back at.
const HISTORY_MAX: i64 = 50;

impl Identity {
    /// The sign-ins of whoever asks that have not ended, the newest first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn sign_ins(&self, by: &Actor) -> Result<Vec<SignIn>, Error> {
        let me = person(by, Action::ReadSessions)?;
        by.permit(Action::ReadSessions, Resource::kind("session").owned_by(me))?;
        let (current, now, limits) = (by.session(), self.env.now(), self.settings.browser.of(by.roles()));
        self.db
            .read(move |reader| store::sign_ins(reader, me, current, limits, now).map_err(Error::from))
            .await
    }

    /// The latest 50 sign-ins of whoever asks, ended ones too, the newest first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn sign_in_history(&self, by: &Actor) -> Result<Vec<PastSignIn>, Error> {
        let me = person(by, Action::ReadSessions)?;
        by.permit(Action::ReadSessions, Resource::kind("session").owned_by(me))?;
        self.db.read(move |reader| store::history(reader, me, HISTORY_MAX).map_err(Error::from)).await
    }

    /// The sign-ins of somebody that have not ended, the newest first.
    ///
    /// # Errors
    /// [`Error::UserNotFound`], [`Error::Denied`].
    pub async fn sign_ins_of(&self, by: &Actor, user: UserId) -> Result<Vec<SignIn>, Error> {
        person(by, Action::ReadSessions)?;
        by.permit(Action::ReadSessions, Resource::kind("session").owned_by(user))?;
        let (current, now, browsers) = (by.session(), self.env.now(), self.settings.browser);
        self.db
            .read(move |reader| {
                let owner = crate::store::profile(reader, user)?.ok_or(Error::UserNotFound(user))?;
                Ok(store::sign_ins(reader, user, current, browsers.of(&owner.roles), now)?)
            })
            .await
    }

    /// Ends a sign-in: none of its tokens is taken from the next request on.
    ///
    /// # Errors
    /// [`Error::SignInNotFound`], also for somebody else's unless a policy allows that; [`Error::Denied`].
    #[tracing::instrument(name = "identity.session.end", skip_all, fields(session.id = %session))]
    pub async fn end_sign_in(&self, by: &Actor, session: SessionId) -> Result<(), Error> {
        person(by, Action::EndSession)?;
        let now = self.env.now();
        let owner =
            self.db.read(move |reader| store::owner_of_live(reader, session, now).map_err(Error::from));
        let owner = owner.await?.ok_or(Error::SignInNotFound)?;
        let resource = Resource::one("session", session.uuid()).owned_by(owner);
        let permit = by.permit(Action::EndSession, resource).map_err(|denied| match denied {
            Denied::Forbidden { .. } => Error::SignInNotFound,
            other => other.into(),
        })?;
        self.db
            .write(permit, move |tx| {
                crate::store::revoke(tx, session, Because::Ended, now).map_err(Error::from)
            })
            .await?;
        self.ended(&[session]);
        Ok(())
    }

    /// The devices that whoever asks signed in from, those seen last first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn devices(&self, by: &Actor) -> Result<Vec<Device>, Error> {
        let me = person(by, Action::ReadDevices)?;
        by.permit(Action::ReadDevices, Resource::kind("device").owned_by(me))?;
        let here = recognised(by.origin());
        self.db.read(move |reader| store::devices(reader, me, here).map_err(Error::from)).await
    }

    /// Forgets a device of whoever asks: the sign-ins bound to it end, and the next from it is told like one from a
    /// new device.
    ///
    /// # Errors
    /// [`Error::DeviceNotFound`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.device.forget", skip_all, fields(device.id = %device))]
    pub async fn forget_device(&self, by: &Actor, device: DeviceId) -> Result<(), Error> {
        let me = person(by, Action::ForgetDevice)?;
        let resource = Resource::one("device", device.uuid()).owned_by(me);
        let permit = by.permit(Action::ForgetDevice, resource)?;
        let env = self.env.clone();
        let ended = self
            .db
            .write(permit, move |tx| {
                crate::store::lock_user(tx, me)?;
                let hash = store::forget(tx, me, device)?.ok_or(Error::DeviceNotFound)?;
                let now = env.now();
                let bound = store::bound_to(tx, me, &hash, now)?;
                for &session in &bound {
                    crate::store::revoke(tx, session, Because::Ended, now)?;
                }
                tx.note("sessions", &bound.len());
                Ok::<_, Error>(bound)
            })
            .await?;
        self.ended(&ended);
        Ok(())
    }
}

/// The person who asks: what a machine does is no sign-in.
pub(super) fn person(by: &Actor, action: Action) -> Result<UserId, Error> {
    match by.principal() {
        Principal::User { user, .. } => Ok(*user),
        Principal::Client { .. } => Err(Denied::Forbidden { action }.into()),
        Principal::Anonymous | Principal::System(_) => Err(Denied::Unauthenticated.into()),
    }
}

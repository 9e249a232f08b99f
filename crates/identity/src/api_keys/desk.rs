//! Making, listing and revoking keys.

use florin_kernel::{Action, Actor, ApiKeyId, Denied, Principal, Resource, Timestamp, UserId};

use super::token::NewToken;
use super::{
    ApiKey, ApiKeyQuery, ApiKeyUsage, DAYS_MAX, IssuedApiKey, KEYS_MAX, NAME_CHARS_MAX, NETWORKS_MAX,
    NewApiKey, OwnedApiKey, UnusableKey, store,
};
use crate::{Error, Identity};

impl Identity {
    /// Makes a key of whoever asks; the answer has its secret, which nobody will see again.
    ///
    /// # Errors
    /// [`Error::Denied`], also when nothing was proved within the last minutes; [`Error::UnusableApiKey`],
    /// [`Error::ApiKeysTooMany`].
    #[tracing::instrument(name = "identity.api_key.create", skip_all)]
    pub async fn create_api_key(&self, by: &Actor, wanted: NewApiKey) -> Result<IssuedApiKey, Error> {
        let owner = person(by)?;
        let permit = by.permit(Action::CreateApiKey, of(owner))?;
        let now = self.env.now();
        by.must_be_recent(now)?;
        let wanted = checked(by, owner, wanted, now)?;
        let token = NewToken::generate()?;
        let key = ApiKey::made(ApiKeyId::from_uuid(self.env.new_uuid()), &wanted, token.shown, now);
        let (letters, hash) = (std::sync::Arc::clone(&self.letters), token.hash);
        let made = key.clone();
        self.db
            .write(permit.about(key.id.uuid()), move |tx| {
                if !crate::store::lock_user(tx, owner)? {
                    return Err(Error::UserNotFound(owner));
                }
                let usable = store::of_user(tx, owner)?.iter().filter(|key| key.expires_at > now).count();
                if usable >= KEYS_MAX {
                    return Err(Error::ApiKeysTooMany);
                }
                store::insert(tx, owner, &made, hash)?;
                let profile = crate::store::profile(tx, owner)?.ok_or(Error::UserNotFound(owner))?;
                letters.api_key_made(tx, &profile.email, &profile.full_name, &made.name)?;
                tx.note("prefix", &made.prefix);
                tx.note(
                    "scopes",
                    &made.scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" "),
                );
                tx.note("expires_at", &made.expires_at);
                Ok(())
            })
            .await?;
        Ok(IssuedApiKey { key, secret: token.secret })
    }

    /// The keys of whoever asks that were not revoked, the newest first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn api_keys(&self, by: &Actor) -> Result<Vec<ApiKey>, Error> {
        let owner = person(by)?;
        by.permit(Action::ReadApiKeys, of(owner))?;
        self.db.read(move |reader| store::of_user(reader, owner).map_err(Error::from)).await
    }

    /// The keys of everybody that were not revoked, the newest first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn everybodys_api_keys(
        &self,
        by: &Actor,
        query: ApiKeyQuery,
    ) -> Result<Vec<OwnedApiKey>, Error> {
        person(by)?;
        let about = Resource::kind("api_key");
        by.permit(Action::ReadApiKeys, query.owner.map_or(about, of))?;
        self.db.read(move |reader| store::of_everybody(reader, query).map_err(Error::from)).await
    }

    /// The keys of whoever asks, the newest first, and what each has left of its quotas.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn api_key_usage(&self, by: &Actor) -> Result<Vec<ApiKeyUsage>, Error> {
        let keys = self.api_keys(by).await?;
        let mut usage = Vec::with_capacity(keys.len());
        for key in keys {
            let (left_this_minute, left_today) = self.left(&key).await;
            usage.push(ApiKeyUsage { key, left_this_minute, left_today });
        }
        Ok(usage)
    }

    /// Revokes a key: no request is taken with it any more.
    ///
    /// # Errors
    /// [`Error::ApiKeyNotFound`], also for somebody else's unless a policy allows that; [`Error::Denied`].
    #[tracing::instrument(name = "identity.api_key.revoke", skip_all, fields(api_key.id = %key))]
    pub async fn revoke_api_key(&self, by: &Actor, key: ApiKeyId) -> Result<(), Error> {
        let me = person(by)?;
        by.permit(Action::RevokeApiKey, of(me))?;
        let owner = self.db.read(move |reader| store::owner(reader, key).map_err(Error::from)).await?;
        let owner = owner.ok_or(Error::ApiKeyNotFound)?;
        let resource = Resource::one("api_key", key.uuid()).owned_by(owner);
        let permit = by.permit(Action::RevokeApiKey, resource).map_err(|denied| match denied {
            Denied::Forbidden { .. } => Error::ApiKeyNotFound,
            other => other.into(),
        })?;
        let env = self.env.clone();
        self.db
            .write(permit, move |tx| {
                if store::revoke(tx, key, env.now())? { Ok(()) } else { Err(Error::ApiKeyNotFound) }
            })
            .await?;
        self.key_revoked(key);
        Ok(())
    }
}

/// The person who asks: a machine has no keys of its own.
fn person(by: &Actor) -> Result<UserId, Error> {
    match by.principal() {
        Principal::User { user, .. } => Ok(*user),
        Principal::Client { .. } => Err(Denied::Forbidden { action: Action::CreateApiKey }.into()),
        Principal::Anonymous | Principal::System(_) => Err(Denied::Unauthenticated.into()),
    }
}

fn of(owner: UserId) -> Resource {
    Resource::kind("api_key").owned_by(owner)
}

fn checked(by: &Actor, owner: UserId, mut wanted: NewApiKey, now: Timestamp) -> Result<NewApiKey, Error> {
    let name = wanted.name.trim();
    let life_s = wanted.expires_at.as_second().saturating_sub(now.as_second());
    let quota = [wanted.quota.per_minute, wanted.quota.per_day];
    let wrong =
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            UnusableKey::Name
        } else if wanted.scopes.is_empty() {
            UnusableKey::NoScope
        } else if wanted.expires_at <= now || life_s > DAYS_MAX * 86_400 {
            UnusableKey::Expiry
        } else if wanted.networks.len() > NETWORKS_MAX {
            UnusableKey::Networks
        } else if quota.contains(&Some(0)) {
            UnusableKey::Quota
        } else if let Some(beyond) = wanted.scopes.iter().find(|scope| !may(by, owner, scope.action())) {
            UnusableKey::BeyondOwner(beyond.code())
        } else {
            wanted.name = name.to_owned();
            wanted.scopes.sort_unstable();
            wanted.scopes.dedup();
            return Ok(wanted);
        };
    Err(Error::UnusableApiKey(wrong))
}

/// Whether somebody may do this to anything: their own, others', or what is nobody's.
fn may(by: &Actor, owner: UserId, action: Action) -> bool {
    let kind = action.code().split_once('.').map_or(action.code(), |(noun, _)| noun);
    let nobody = UserId::from_uuid(florin_kernel::Uuid::nil());
    let resources =
        [Resource::kind(kind).owned_by(owner), Resource::kind(kind).owned_by(nobody), Resource::kind(kind)];
    resources.into_iter().any(|resource| by.permit(action, resource).is_ok())
}

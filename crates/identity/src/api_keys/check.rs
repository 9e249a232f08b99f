//! The question asked for every request that comes with a key.

use std::sync::Arc;
use std::time::Duration;

use florin_kernel::{Actor, ApiKeyId, Denied, Origin, Principal, SessionId, Timestamp};

use super::memory::Known;
use super::scope::Scoped;
use super::{ApiKey, KeyRefusal, store, token};
use crate::identity::later;
use crate::{Error, Identity};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);
/// How long instances remember a revocation for each other, in seconds; the longest pause between readings is a minute.
const REVOKED_SECONDS: i64 = 120;

/// Where the requests of a key are counted.
fn counter(window: &str, key: ApiKeyId) -> String {
    format!("api-key:{window}:{key}")
}

impl Identity {
    /// Who acts with this key, from where; counts the use.
    pub(crate) async fn authenticate_key(&self, text: &str, origin: Origin) -> Result<Actor, Error> {
        let hash = token::recognise(text).map_err(Error::InvalidApiKey)?;
        let now = self.env.now();
        let recheck_us = i64::from(self.settings.recheck_seconds).saturating_mul(1_000_000);
        let known = match self.keys.fresh(&hash, now, recheck_us) {
            Some(known) => known,
            None => self.read_key(hash, now).await?,
        };
        if known.expires_at <= now || self.revocations.revoked(SessionId::from_uuid(known.id.uuid())) {
            return Err(Error::InvalidApiKey(KeyRefusal::Unknown));
        }
        let here = origin.ip.is_some_and(|ip| known.networks.iter().any(|network| network.contains(ip)));
        if !known.networks.is_empty() && !here {
            tracing::warn!(api_key.id = %known.id, "an API key was used from a network that it is not bound to");
            return Err(Error::InvalidApiKey(KeyRefusal::Elsewhere));
        }
        self.charge(&known).await?;
        self.keys.used(known.id, now, origin.ip);
        Ok(Actor::new(Arc::clone(&known.principal), origin, Arc::clone(&known.authority)))
    }

    /// Notes how keys were used since this was last called; to be called every few seconds, and at the end.
    ///
    /// # Errors
    /// [`Error::Db`]; what could not be noted will be the next time.
    pub async fn note_key_uses(&self) -> Result<(), Error> {
        let usage = self.keys.take_usage();
        if usage.is_empty() {
            return Ok(());
        }
        let noted = usage.clone();
        let done: Result<(), Error> = self
            .db
            .housekeeping(move |tx| {
                for (key, usage) in &noted {
                    store::add_uses(tx, *key, usage.uses, usage.last_at, usage.last_ip)?;
                }
                Ok(())
            })
            .await;
        if done.is_err() {
            self.keys.give_back(usage);
        }
        done
    }

    async fn read_key(&self, hash: [u8; 32], now: Timestamp) -> Result<Arc<Known>, Error> {
        let epoch = self.keys.epoch();
        let found = self.db.read(move |reader| store::standing(reader, hash).map_err(Error::from)).await?;
        let found = found.ok_or(Error::InvalidApiKey(KeyRefusal::Unknown))?;
        // No way around a second factor that a role or a department asks for.
        if crate::factors::is_due(&self.settings.factors, &found.roles, found.department, found.mfa) {
            return Err(Denied::MfaEnrolmentRequired.into());
        }
        let store::Standing { id, owner, roles, verified, scopes, networks, quota, expires_at, .. } = found;
        let known = Arc::new(Known {
            id,
            principal: Arc::new(Principal::Client { key: id, owner, roles, verified }),
            authority: Arc::new(Scoped::new(scopes, Arc::clone(&self.authority))),
            networks,
            quota,
            expires_at,
            read_at: now,
        });
        self.keys.put(hash, Arc::clone(&known), epoch);
        Ok(known)
    }

    /// What of its quotas a key has left: this minute, and today; `None` where it has none.
    pub(crate) async fn left(&self, key: &ApiKey) -> (Option<u32>, Option<u32>) {
        let mut left = [None; 2];
        for ((limit, name), left) in
            [(key.quota.per_minute, "minute"), (key.quota.per_day, "day")].into_iter().zip(&mut left)
        {
            let Some(limit) = limit else { continue };
            let used = self.volatile.count(&counter(name, key.id)).await;
            *left = Some(limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)));
        }
        let [minute, day] = left;
        (minute, day)
    }

    /// Counts a request against the key's quota.
    async fn charge(&self, known: &Known) -> Result<(), Error> {
        let limits = [(known.quota.per_minute, MINUTE, "minute"), (known.quota.per_day, DAY, "day")];
        for (limit, window, name) in limits {
            let Some(limit) = limit else { continue };
            let count = self.volatile.hit(&counter(name, known.id), window).await;
            if count.hits > u64::from(limit) {
                let wait =
                    count.resets_in.as_secs().saturating_add(u64::from(count.resets_in.subsec_nanos() > 0));
                return Err(Error::QuotaUsedUp { seconds: wait.max(1) });
            }
        }
        Ok(())
    }

    /// To be called after a commit that revoked a key: from here on it is not taken.
    pub(super) fn key_revoked(&self, key: florin_kernel::ApiKeyId) {
        let now = self.env.now();
        self.revocations.revoke(SessionId::from_uuid(key.uuid()), later(now, REVOKED_SECONDS), now);
        self.keys.forget();
    }
}

//! Queries about keys, and rows into values and back.

use std::net::IpAddr;
use std::str::FromStr;

use florin_db::{DbError, Row, Tx, params};
use florin_kernel::{ApiKeyId, Department, Role, Timestamp, UserId, Uuid};

use super::{ApiKey, ApiKeyQuery, NewApiKey, OwnedApiKey, Quota};
use crate::store::{Source, profile};

const COLUMNS_OF_USER: &str =
    "SELECT id, name, prefix, scopes, networks, per_minute, per_day, created_at_us, expires_at_us, last_used_at_us, uses
     FROM identity_api_key WHERE user_id = $1 AND revoked_at_us IS NULL ORDER BY created_at_us DESC, id DESC";

/// The keys of a person that were not revoked, the newest first.
pub(super) fn of_user(source: &mut dyn Source, user: UserId) -> Result<Vec<ApiKey>, DbError> {
    source.all(COLUMNS_OF_USER, &params![user.uuid()])?.iter().map(key).collect()
}

/// The keys of everybody, or of one, that were not revoked; identifiers rise with time.
pub(super) fn of_everybody(source: &mut dyn Source, query: ApiKeyQuery) -> Result<Vec<OwnedApiKey>, DbError> {
    let rows = source.all(
        "SELECT k.id, k.name, k.prefix, k.scopes, k.networks, k.per_minute, k.per_day, k.created_at_us, k.expires_at_us,
                k.last_used_at_us, k.uses, u.id, u.full_name
         FROM identity_api_key k JOIN identity_user u ON u.id = k.user_id
         WHERE k.revoked_at_us IS NULL AND k.id < $1 AND k.user_id >= $2 AND k.user_id <= $3
         ORDER BY k.id DESC LIMIT $4",
        &params![
            query.before.map_or(Uuid::max(), ApiKeyId::uuid),
            query.owner.map_or(Uuid::nil(), UserId::uuid),
            query.owner.map_or(Uuid::max(), UserId::uuid),
            i64::try_from(query.limit).unwrap_or(i64::MAX),
        ],
    )?;
    let owned = |row: &Row| {
        Ok(OwnedApiKey { key: key(row)?, owner: UserId::from_uuid(row.get(11)?), owner_name: row.get(12)? })
    };
    rows.iter().map(owned).collect()
}

fn key(row: &Row) -> Result<ApiKey, DbError> {
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(row.get(0)?),
        name: row.get(1)?,
        prefix: row.get(2)?,
        scopes: words(&row.get::<String>(3)?, "scopes")?,
        networks: words(&row.get::<String>(4)?, "networks")?,
        quota: Quota { per_minute: row.get(5)?, per_day: row.get(6)? },
        created_at: row.get(7)?,
        expires_at: row.get(8)?,
        last_used_at: row.get(9)?,
        uses: row.get(10)?,
    })
}

fn words<T: FromStr>(text: &str, column: &str) -> Result<Vec<T>, DbError> {
    let corrupt = || DbError::Corrupt(format!("identity_api_key.{column} is not what was written"));
    text.split_ascii_whitespace().map(|word| word.parse().map_err(|_| corrupt())).collect()
}

fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Writes a key.
pub(super) fn insert(tx: &mut Tx<'_>, user: UserId, key: &ApiKey, hash: [u8; 32]) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO identity_api_key (id, user_id, name, prefix, key_hash, scopes, networks, per_minute, per_day,
                                       created_at_us, expires_at_us, uses)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)",
        &params![
            key.id.uuid(),
            user.uuid(),
            key.name.as_str(),
            key.prefix.as_str(),
            hash,
            joined(&key.scopes),
            joined(&key.networks),
            key.quota.per_minute,
            key.quota.per_day,
            key.created_at,
            key.expires_at,
        ],
    )?;
    Ok(())
}

/// Whose key it is; none when there is no such key, or it was revoked.
pub(super) fn owner(source: &mut dyn Source, key: ApiKeyId) -> Result<Option<UserId>, DbError> {
    let row = source.one(
        "SELECT user_id FROM identity_api_key WHERE id = $1 AND revoked_at_us IS NULL",
        &params![key.uuid()],
    )?;
    row.map(|row| row.get(0).map(UserId::from_uuid)).transpose()
}

/// Revokes a key; false when that was done before.
pub(super) fn revoke(tx: &mut Tx<'_>, key: ApiKeyId, now: Timestamp) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE identity_api_key SET revoked_at_us = $2 WHERE id = $1 AND revoked_at_us IS NULL",
        &params![key.uuid(), now],
    )?;
    Ok(changed == 1)
}

/// A key as a request needs it.
pub(super) struct Standing {
    pub id: ApiKeyId,
    pub owner: UserId,
    pub scopes: Vec<super::Scope>,
    pub networks: Vec<super::Network>,
    pub quota: Quota,
    pub expires_at: Timestamp,
    pub roles: Vec<Role>,
    /// Where the owner works.
    pub department: Option<Department>,
    pub verified: bool,
    /// Whether the owner has a second factor.
    pub mfa: bool,
}

/// What the key with this hash is worth now; none when it was revoked or its owner may not sign in.
pub(super) fn standing(source: &mut dyn Source, hash: [u8; 32]) -> Result<Option<Standing>, DbError> {
    let row = source.one(
        "SELECT k.id, k.user_id, k.scopes, k.networks, k.per_minute, k.per_day, k.expires_at_us
         FROM identity_api_key k JOIN identity_user u ON u.id = k.user_id
         WHERE k.key_hash = $1 AND k.revoked_at_us IS NULL AND u.status = 'active'",
        &params![hash],
    )?;
    let Some(row) = row else { return Ok(None) };
    let owner = UserId::from_uuid(row.get(1)?);
    let Some(profile) = profile(source, owner)? else { return Ok(None) };
    Ok(Some(Standing {
        id: ApiKeyId::from_uuid(row.get(0)?),
        owner,
        scopes: words(&row.get::<String>(2)?, "scopes")?,
        networks: words(&row.get::<String>(3)?, "networks")?,
        quota: Quota { per_minute: row.get(4)?, per_day: row.get(5)? },
        expires_at: row.get(6)?,
        roles: profile.roles,
        department: profile.department,
        verified: profile.verified,
        mfa: crate::factors::is_on(source, owner)?,
    }))
}

/// Notes that a key was used so often, last at this time and from there.
pub(super) fn add_uses(
    tx: &mut Tx<'_>,
    key: ApiKeyId,
    uses: u64,
    at: Timestamp,
    ip: Option<IpAddr>,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_api_key SET uses = uses + $2,
             last_used_ip = CASE WHEN last_used_at_us > $3 THEN last_used_ip ELSE $4 END,
             last_used_at_us = CASE WHEN last_used_at_us > $3 THEN last_used_at_us ELSE $3 END
         WHERE id = $1",
        &params![key.uuid(), i64::try_from(uses).unwrap_or(i64::MAX), at, ip],
    )?;
    Ok(())
}

impl ApiKey {
    /// A key as it is first written.
    pub(super) fn made(id: ApiKeyId, wanted: &NewApiKey, prefix: String, now: Timestamp) -> Self {
        let NewApiKey { name, scopes, networks, quota, expires_at } = wanted.clone();
        Self {
            id,
            name,
            prefix,
            scopes,
            networks,
            quota,
            created_at: now,
            expires_at,
            last_used_at: None,
            uses: 0,
        }
    }
}

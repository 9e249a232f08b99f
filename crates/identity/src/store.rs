//! Queries, and rows into values and back.

use florin_db::{DbError, Reader, Row, Tx, Value, params};
use florin_kernel::{Department, Origin, Role, SessionId, Timestamp, UserId, Uuid};

use crate::drift::Place;
use crate::phones::SealedPhone;
use crate::{Email, FullName, Profile, directory, employment};

/// Either of what can be read from.
pub(crate) trait Source {
    fn all(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError>;

    fn one(&mut self, sql: &'static str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.all(sql, params)?.into_iter().next())
    }
}

impl Source for Reader<'_> {
    fn all(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.rows(sql, params)
    }
}

impl Source for Tx<'_> {
    fn all(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.rows(sql, params)
    }
}

/// A person as they are first written.
pub(crate) struct NewUser<'a> {
    pub id: UserId,
    pub email: &'a Email,
    pub full_name: &'a FullName,
    pub phone: Option<&'a SealedPhone>,
    pub password_hash: &'a str,
    pub verified_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// Writes a person with roles; false when the email is taken.
pub(crate) fn insert_user(tx: &mut Tx<'_>, user: &NewUser<'_>, roles: &[Role]) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO identity_user (id, email, email_key, full_name, phone, phone_masked, password_hash, status, verified_at_us, created_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $9) ON CONFLICT (email_key) DO NOTHING",
        &params![
            user.id.uuid(),
            user.email.as_str(),
            user.email.key(),
            user.full_name.as_str(),
            user.phone.map(|phone| phone.sealed.as_str()),
            user.phone.map(|phone| phone.masked.as_str()),
            user.password_hash,
            user.verified_at,
            user.created_at,
        ],
    )?;
    if inserted == 0 {
        return Ok(false);
    }
    directory::write(tx, user.id, user.email, user.full_name)?;
    insert_roles(tx, user.id, roles)?;
    is_called(tx, user.id, user.created_at)?;
    Ok(true)
}

/// Has whoever looks for people on lists do so: this one is known, or called something else, from now on.
fn is_called(tx: &mut Tx<'_>, user: UserId, at: Timestamp) -> Result<(), DbError> {
    florin_jobs::enqueue(tx, crate::SCREEN_SUBJECT, &format!("customer {user}"), at)
}

fn insert_roles(tx: &mut Tx<'_>, user: UserId, roles: &[Role]) -> Result<(), DbError> {
    for role in roles {
        tx.execute(
            "INSERT INTO identity_user_role (user_id, role) VALUES ($1, $2) ON CONFLICT (user_id, role) DO NOTHING",
            &params![user.uuid(), role.code()],
        )?;
    }
    Ok(())
}

/// Gives a person these roles and no others.
pub(crate) fn replace_roles(tx: &mut Tx<'_>, user: UserId, roles: &[Role]) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_user_role WHERE user_id = $1", &params![user.uuid()])?;
    insert_roles(tx, user, roles)
}

/// The roles of a person, sorted.
fn roles(source: &mut dyn Source, user: UserId) -> Result<Vec<Role>, DbError> {
    let rows = source.all("SELECT role FROM identity_user_role WHERE user_id = $1", &params![user.uuid()])?;
    let mut roles = rows.iter().map(|row| role(&row.get::<String>(0)?)).collect::<Result<Vec<_>, _>>()?;
    roles.sort_unstable();
    Ok(roles)
}

fn role(code: &str) -> Result<Role, DbError> {
    code.parse().map_err(|_| corrupt("identity_user_role.role"))
}

fn corrupt(column: &str) -> DbError {
    DbError::Corrupt(format!("{column} is not what was written"))
}

/// The person with this email, as it is compared.
pub(crate) fn user_by_key(source: &mut dyn Source, key: &str) -> Result<Option<UserId>, DbError> {
    let row = source.one("SELECT id FROM identity_user WHERE email_key = $1", &params![key])?;
    row.map(|row| row.get(0).map(UserId::from_uuid)).transpose()
}

/// Locks a person until the unit ends; false when there is none.
pub(crate) fn lock_user(tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
    Ok(tx.row("SELECT id FROM identity_user WHERE id = $1 FOR UPDATE", &params![user.uuid()])?.is_some())
}

/// What is known of a person.
pub(crate) fn profile(source: &mut dyn Source, user: UserId) -> Result<Option<Profile>, DbError> {
    let row = source.one(
        "SELECT email, full_name, phone_masked, verified_at_us, created_at_us,
                (EXISTS (SELECT 1 FROM identity_totp t WHERE t.user_id = u.id AND t.enabled_at_us IS NOT NULL)
                 OR EXISTS (SELECT 1 FROM identity_passkey p WHERE p.user_id = u.id)), department
         FROM identity_user u WHERE u.id = $1",
        &params![user.uuid()],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Profile {
        id: user,
        email: row.get::<String>(0)?.parse().map_err(|_| corrupt("identity_user.email"))?,
        full_name: row.get::<String>(1)?.parse().map_err(|_| corrupt("identity_user.full_name"))?,
        phone: row.get(2)?,
        roles: roles(source, user)?,
        department: employment::department(row.get(6)?)?,
        verified: row.get::<Option<Timestamp>>(3)?.is_some(),
        mfa: row.get(5)?,
        created_at: row.get(4)?,
    }))
}

/// Writes somebody's telephone, or that there is none.
pub(crate) fn update_phone(
    tx: &mut Tx<'_>,
    user: UserId,
    phone: Option<&SealedPhone>,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_user SET phone = $2, phone_masked = $3 WHERE id = $1",
        &params![
            user.uuid(),
            phone.map(|phone| phone.sealed.as_str()),
            phone.map(|phone| phone.masked.as_str())
        ],
    )?;
    Ok(())
}

/// Somebody's telephone as it is kept.
pub(crate) fn sealed_phone(source: &mut dyn Source, user: UserId) -> Result<Option<String>, DbError> {
    let row = source.one("SELECT phone FROM identity_user WHERE id = $1", &params![user.uuid()])?;
    Ok(row.map(|row| row.get::<Option<String>>(0)).transpose()?.flatten())
}

/// Writes what somebody is called.
pub(crate) fn update_name(tx: &mut Tx<'_>, profile: &Profile, at: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_user SET full_name = $2 WHERE id = $1",
        &params![profile.id.uuid(), profile.full_name.as_str()],
    )?;
    directory::write(tx, profile.id, &profile.email, &profile.full_name)?;
    is_called(tx, profile.id, at)
}

/// The people after `after` in the order of their identifiers, with what they are called.
pub(crate) fn names_after(
    reader: &mut Reader<'_>,
    after: UserId,
    limit: usize,
) -> Result<Vec<(UserId, String)>, DbError> {
    let rows = reader.rows(
        "SELECT id, full_name FROM identity_user WHERE id > $1 ORDER BY id LIMIT $2",
        &params![after.uuid(), i64::try_from(limit).unwrap_or(i64::MAX)],
    )?;
    rows.iter().map(|row| Ok((UserId::from_uuid(row.get(0)?), row.get(1)?))).collect()
}

/// What a sign-in is decided by.
pub(crate) struct Credentials {
    pub user: UserId,
    pub password_hash: String,
    pub active: bool,
}

fn credentials_of(row: &Row) -> Result<Credentials, DbError> {
    let active = row.get::<String>(2)? == "active";
    Ok(Credentials { user: UserId::from_uuid(row.get(0)?), password_hash: row.get(1)?, active })
}

/// The credentials of the person with this email.
pub(crate) fn credentials(reader: &mut Reader<'_>, key: &str) -> Result<Option<Credentials>, DbError> {
    let row = reader
        .row("SELECT id, password_hash, status FROM identity_user WHERE email_key = $1", &params![key])?;
    row.as_ref().map(credentials_of).transpose()
}

/// The credentials of a person.
pub(crate) fn credentials_of_user(
    reader: &mut Reader<'_>,
    user: UserId,
) -> Result<Option<Credentials>, DbError> {
    let row = reader
        .row("SELECT id, password_hash, status FROM identity_user WHERE id = $1", &params![user.uuid()])?;
    row.as_ref().map(credentials_of).transpose()
}

/// The credentials of a person, locked until the unit ends.
pub(crate) fn lock_credentials(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Credentials>, DbError> {
    let row = tx.row(
        "SELECT id, password_hash, status FROM identity_user WHERE id = $1 FOR UPDATE",
        &params![user.uuid()],
    )?;
    row.as_ref().map(credentials_of).transpose()
}

/// Puts a new hash of the same password in the place of the old one, unless that changed meanwhile.
pub(crate) fn replace_hash(tx: &mut Tx<'_>, user: UserId, old: &str, new: &str) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_user SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        &params![user.uuid(), old, new],
    )?;
    Ok(())
}

/// Writes a proof of an email address, by its hash; those before it prove nothing any more.
pub(crate) fn insert_verification(
    tx: &mut Tx<'_>,
    user: UserId,
    hash: [u8; 32],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_verification SET used_at_us = $2 WHERE user_id = $1 AND used_at_us IS NULL",
        &params![user.uuid(), now],
    )?;
    tx.execute(
        "INSERT INTO identity_verification (token_hash, user_id, created_at_us, expires_at_us) VALUES ($1, $2, $3, $4)",
        &params![hash, user.uuid(), now, expires_at],
    )?;
    Ok(())
}

/// Uses a proof up; the person whose address it proves, if it is good.
pub(crate) fn use_verification(
    tx: &mut Tx<'_>,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<UserId>, DbError> {
    let row = tx.row(
        "UPDATE identity_verification SET used_at_us = $2
         WHERE token_hash = $1 AND used_at_us IS NULL AND expires_at_us > $2 RETURNING user_id",
        &params![hash, now],
    )?;
    row.map(|row| row.get(0).map(UserId::from_uuid)).transpose()
}

/// When the last proof for a person's address was written.
pub(crate) fn last_verification_at(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Timestamp>, DbError> {
    let row = tx.row(
        "SELECT created_at_us FROM identity_verification WHERE user_id = $1 ORDER BY created_at_us DESC LIMIT 1",
        &params![user.uuid()],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// Notes that a person's address is proved.
pub(crate) fn set_verified(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_user SET verified_at_us = $2 WHERE id = $1 AND verified_at_us IS NULL",
        &params![user.uuid(), now],
    )?;
    Ok(())
}

/// A sign-in as it is first written.
pub(crate) struct NewSession<'a> {
    pub id: SessionId,
    pub user: UserId,
    pub amr: &'a str,
    pub origin: &'a Origin,
    /// The only device that its tokens are taken from.
    pub device: Option<[u8; 32]>,
    pub now: Timestamp,
    pub expires_at: Timestamp,
    pub refresh_seed: [u8; 32],
    pub refresh_hash: [u8; 32],
    /// The SHA-256 of the cookie's secret, where a browser keeps it.
    pub cookie_hash: Option<[u8; 32]>,
    pub place: &'a Place,
}

/// Writes a sign-in, at its first generation.
pub(crate) fn insert_session(tx: &mut Tx<'_>, session: &NewSession<'_>) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO identity_session (id, user_id, amr, ip, user_agent, created_at_us, last_seen_at_us, expires_at_us,
                                       refresh_seed, refresh_generation, refresh_hash, refreshed_at_us, device_hash,
                                       cookie_hash, place_agent, place_network, place_country)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, 0, $9, $6, $10, $11, $12, $13, $14)",
        &params![
            session.id.uuid(),
            session.user.uuid(),
            session.amr,
            session.origin.ip,
            session.origin.user_agent.as_deref(),
            session.now,
            session.expires_at,
            session.refresh_seed,
            session.refresh_hash,
            session.device.map(Vec::from),
            session.cookie_hash.map(Vec::from),
            session.place.agent.as_str(),
            session.place.network.as_deref(),
            session.place.country.as_deref(),
        ],
    )?;
    Ok(())
}

/// A sign-in as refreshing needs it.
pub(crate) struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub amr: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked: bool,
    pub refresh_seed: Vec<u8>,
    pub refresh_generation: u32,
    pub refresh_hash: Vec<u8>,
    pub refreshed_at: Timestamp,
    pub device_hash: Option<Vec<u8>>,
}

/// Locks a sign-in until the unit ends.
pub(crate) fn lock_session(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Session>, DbError> {
    let row = tx.row(
        "SELECT user_id, amr, created_at_us, expires_at_us, revoked_at_us, refresh_seed, refresh_generation, refresh_hash,
                refreshed_at_us, device_hash FROM identity_session WHERE id = $1 FOR UPDATE",
        &params![id.uuid()],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Session {
        id,
        user: UserId::from_uuid(row.get(0)?),
        amr: row.get(1)?,
        created_at: row.get(2)?,
        expires_at: row.get(3)?,
        revoked: row.get::<Option<i64>>(4)?.is_some(),
        refresh_seed: row.get(5)?,
        refresh_generation: row.get(6)?,
        refresh_hash: row.get(7)?,
        refreshed_at: row.get(8)?,
        device_hash: row.get(9)?,
    }))
}

/// Moves a sign-in to its next generation; false when somebody else did.
pub(crate) fn rotate(
    tx: &mut Tx<'_>,
    session: &Session,
    next: u32,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE identity_session SET refresh_generation = $3, refresh_hash = $4, refreshed_at_us = $5, last_seen_at_us = $5
         WHERE id = $1 AND refresh_generation = $2 AND revoked_at_us IS NULL",
        &params![session.id.uuid(), session.refresh_generation, next, hash, now],
    )?;
    Ok(changed == 1)
}

/// Why a sign-in ended before its time.
#[derive(Clone, Copy)]
pub(crate) enum Because {
    Logout,
    LogoutAll,
    RefreshReused,
    TooMany,
    /// A second factor was added or taken away elsewhere.
    FactorChanged,
    PasswordChanged,
    /// Whose it was may not sign in any more.
    Suspended,
    /// Its owner, or somebody who may, ended it from outside.
    Ended,
    /// A token of it was shown from another device than its own.
    DeviceMismatch,
}

impl Because {
    const fn code(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutAll => "logout_all",
            Self::RefreshReused => "refresh_reused",
            Self::TooMany => "too_many",
            Self::PasswordChanged => "password_changed",
            Self::FactorChanged => "factor_changed",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::DeviceMismatch => "device_mismatch",
        }
    }
}

/// Ends a sign-in that has not ended.
pub(crate) fn revoke(
    tx: &mut Tx<'_>,
    session: SessionId,
    because: Because,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_session SET revoked_at_us = $2, revoked_because = $3 WHERE id = $1 AND revoked_at_us IS NULL",
        &params![session.uuid(), now, because.code()],
    )?;
    Ok(())
}

/// The sign-ins of a person that have not ended, the newest first, without the first `skip`.
pub(crate) fn live_sessions(
    tx: &mut Tx<'_>,
    user: UserId,
    now: Timestamp,
    skip: u32,
) -> Result<Vec<SessionId>, DbError> {
    let rows = tx.rows(
        "SELECT id FROM identity_session WHERE user_id = $1 AND revoked_at_us IS NULL AND expires_at_us > $2
         ORDER BY created_at_us DESC, id DESC LIMIT 1000 OFFSET $3",
        &params![user.uuid(), now, skip],
    )?;
    rows.iter().map(|row| row.get::<Uuid>(0).map(SessionId::from_uuid)).collect()
}

/// A sign-in as a request needs it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column of its own, and none follows from another"
)]
pub(crate) struct Standing {
    pub user: UserId,
    pub roles: Vec<Role>,
    pub department: Option<Department>,
    pub verified: bool,
    pub mfa: bool,
    pub active: bool,
    pub revoked: bool,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub device_hash: Option<Vec<u8>>,
    pub cookie_hash: Option<Vec<u8>>,
    /// When a factor was proved once more in the browser that keeps it.
    pub proved_at: Option<Timestamp>,
    pub place: Place,
    pub drifted: bool,
}

/// What a sign-in is worth now.
pub(crate) fn standing(reader: &mut Reader<'_>, session: SessionId) -> Result<Option<Standing>, DbError> {
    let rows = reader.rows(
        "SELECT s.user_id, s.expires_at_us, s.revoked_at_us, u.status, u.verified_at_us, r.role,
                (EXISTS (SELECT 1 FROM identity_totp t WHERE t.user_id = u.id AND t.enabled_at_us IS NOT NULL)
                 OR EXISTS (SELECT 1 FROM identity_passkey p WHERE p.user_id = u.id)), s.device_hash,
                s.created_at_us, s.last_seen_at_us, s.cookie_hash, s.proved_at_us, s.place_agent, s.place_network,
                s.place_country, s.drifted_at_us, u.department
         FROM identity_session s JOIN identity_user u ON u.id = s.user_id
         LEFT JOIN identity_user_role r ON r.user_id = u.id WHERE s.id = $1",
        &params![session.uuid()],
    )?;
    let Some(row) = rows.first() else { return Ok(None) };
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(code) = row.get::<Option<String>>(5)? {
            roles.push(role(&code)?);
        }
    }
    roles.sort_unstable();
    Ok(Some(Standing {
        user: UserId::from_uuid(row.get(0)?),
        roles,
        department: employment::department(row.get(16)?)?,
        verified: row.get::<Option<i64>>(4)?.is_some(),
        mfa: row.get(6)?,
        active: row.get::<String>(3)? == "active",
        revoked: row.get::<Option<i64>>(2)?.is_some(),
        expires_at: row.get(1)?,
        device_hash: row.get(7)?,
        created_at: row.get(8)?,
        last_seen_at: row.get(9)?,
        cookie_hash: row.get(10)?,
        proved_at: row.get(11)?,
        place: Place { agent: row.get(12)?, network: row.get(13)?, country: row.get(14)? },
        drifted: row.get::<Option<i64>>(15)?.is_some(),
    }))
}

/// Whether there is such a person.
pub(crate) fn is_known(tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
    Ok(tx.row("SELECT 1 FROM identity_user WHERE id = $1", &params![user.uuid()])?.is_some())
}

/// Whether there is an active administrator.
pub(crate) fn has_admin(source: &mut dyn Source) -> Result<bool, DbError> {
    let found = source.one(
        "SELECT u.id FROM identity_user u JOIN identity_user_role r ON r.user_id = u.id
         WHERE r.role = 'admin' AND u.status = 'active' LIMIT 1",
        &[],
    )?;
    Ok(found.is_some())
}

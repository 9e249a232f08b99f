//! What is counted of sign-ins, and who there is, for whoever watches the program. It holds nothing about anybody.

use std::collections::VecDeque;

use florin_db::{DbError, Reader, params};
use florin_kernel::Timestamp;
use florin_kernel::meter::Count;
use parking_lot::Mutex;

use crate::Identity;

/// Over which time what failed is looked at, in microseconds: ten minutes.
const WINDOW_US: i64 = 600_000_000;
/// How many failures of the window are remembered at most; beyond them the oldest are forgotten.
const REMEMBERED_MAX: usize = 4_096;

/// Tries of this process since it started.
#[derive(Debug, Default)]
pub struct Stats {
    /// Sign-ins that were begun.
    pub begun: Count,
    /// Refused because the password was wrong, the email unknown, or the account closed to tries.
    pub password: Count,
    /// Accounts that were closed to tries because too many failed.
    pub lockouts: Count,
    /// Refused because the second factor was wrong.
    pub second_factor: Count,
    /// Refused because a refresh token was worth nothing.
    pub refresh_token: Count,
    /// Refused because a sign-in was used from another device than its own.
    pub device: Count,
    /// Refused because an access token was worth nothing.
    pub access_token: Count,
    addresses: Mutex<VecDeque<Seen>>,
}

/// What was counted of an address when a try from there failed.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at_us: i64,
    address: u64,
    emails: u64,
}

impl Stats {
    /// Notes that a try failed from an address, where so many emails failed by now.
    pub(crate) fn failed_from(&self, at: Timestamp, address: u64, emails: u64) {
        let mut seen = self.addresses.lock();
        seen.push_back(Seen { at_us: at.as_microsecond(), address, emails });
        if seen.len() > REMEMBERED_MAX {
            seen.pop_front();
        }
    }

    /// From how many addresses tries failed lately, and at how many emails at most from one of them.
    pub fn addresses(&self, now: Timestamp) -> (u64, u64) {
        let from_us = now.as_microsecond().saturating_sub(WINDOW_US);
        let mut seen = self.addresses.lock();
        seen.retain(|one| one.at_us >= from_us);
        let mut addresses: Vec<u64> = seen.iter().map(|one| one.address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let most = seen.iter().map(|one| one.emails).max().unwrap_or(0);
        (u64::try_from(addresses.len()).unwrap_or(u64::MAX), most)
    }
}

/// Who there is, and what is closed to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Sign-ins that are neither ended nor over.
    pub sessions: i64,
    /// Accounts that are closed to tries.
    pub locked: i64,
    /// The most failures against one account lately.
    pub worst_account: i64,
    /// Active staff.
    pub staff: i64,
    /// Those of them who have a second factor.
    pub staff_with_factor: i64,
    /// Active customers.
    pub customers: i64,
    /// Those of them who have a second factor.
    pub customers_with_factor: i64,
}

impl Identity {
    /// What is counted of tries to sign in.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Who there is now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn census(&self) -> Result<Census, DbError> {
        let now = self.env.now();
        self.db.read(move |reader| census(reader, now)).await
    }
}

fn census(reader: &mut Reader<'_>, now: Timestamp) -> Result<Census, DbError> {
    const SESSIONS: &str =
        "SELECT COUNT(*) FROM identity_session WHERE revoked_at_us IS NULL AND expires_at_us > $1";
    const LOCKED: &str = "SELECT COUNT(DISTINCT subject) FROM identity_lockout WHERE closed_until_us > $1";
    const WORST: &str = "SELECT MAX(failures) FROM identity_lockout WHERE last_failed_at_us > $1";
    const PEOPLE: &str = "SELECT p.staff, COUNT(*), CAST(SUM(p.factor) AS BIGINT) FROM (
            SELECT CASE WHEN u.department IS NOT NULL OR EXISTS (
                    SELECT 1 FROM identity_user_role r WHERE r.user_id = u.id AND r.role <> 'customer')
                THEN 1 ELSE 0 END AS staff,
                CASE WHEN EXISTS (SELECT 1 FROM identity_totp t WHERE t.user_id = u.id AND t.enabled_at_us IS NOT NULL)
                    OR EXISTS (SELECT 1 FROM identity_passkey k WHERE k.user_id = u.id)
                THEN 1 ELSE 0 END AS factor
            FROM identity_user u WHERE u.status = 'active') p GROUP BY p.staff ORDER BY p.staff";
    let mut one = |sql, at: Timestamp| -> Result<i64, DbError> {
        let row = reader.row(sql, &params![at])?;
        let number: Option<i64> = row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten();
        Ok(number.unwrap_or(0))
    };
    let lately = Timestamp::from_microsecond(now.as_microsecond().saturating_sub(WINDOW_US)).unwrap_or(now);
    let mut census = Census {
        sessions: one(SESSIONS, now)?,
        locked: one(LOCKED, now)?,
        worst_account: one(WORST, lately)?,
        ..Census::default()
    };
    for row in reader.rows(PEOPLE, &[])? {
        let (number, with_factor) = (row.get(1)?, row.get(2)?);
        if row.get::<i64>(0)? == 0 {
            (census.customers, census.customers_with_factor) = (number, with_factor);
        } else {
            (census.staff, census.staff_with_factor) = (number, with_factor);
        }
    }
    Ok(census)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_and_forgotten_after_ten_minutes() {
        let stats = Stats::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        stats.failed_from(at(0), 1, 7);
        stats.failed_from(at(300), 2, 1);
        stats.failed_from(at(301), 2, 2);

        assert_eq!(stats.addresses(at(400)), (2, 7));
        assert_eq!(stats.addresses(at(700)), (1, 2));
        assert_eq!(stats.addresses(at(2_000)), (0, 0));
    }
}

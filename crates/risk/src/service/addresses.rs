//! Addresses that too many sign-ins failed from.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use florin_db::{DbError, params};
use florin_kernel::{Action, Actor, Resource, Timestamp, Uuid};
use jiff::SignedDuration;

use super::rebuild::first_of;
use super::{Error, Evidence, Risk};

/// Within how many seconds failures are counted together: five minutes.
const WITHIN_US: i64 = 5 * 60 * 1_000_000;
/// From how many on an address is suspicious.
const FAILURES: usize = 5;
/// Over how many hours is looked back.
const HOURS: i64 = 24;
/// How many failures are looked at, the latest.
const LATEST: i64 = 20_000;

/// An address that sign-ins failed from, five or more within five minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspiciousAddress {
    /// The address.
    pub ip: IpAddr,
    /// How many failed from there in the last day.
    pub failures: u64,
    /// The most within five minutes.
    pub burst: u64,
    /// At how many people's sign-ins, those aside that nobody has.
    pub users: u64,
    /// The first of them.
    pub first_at: Timestamp,
    /// The last.
    pub last_at: Timestamp,
}

impl Risk {
    /// The addresses that five or more sign-ins failed from within five minutes, in the last day; the worst first.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn suspicious_addresses(&self, by: &Actor) -> Result<Vec<SuspiciousAddress>, Error> {
        by.permit(Action::ReadRiskEvents, Resource::kind("risk_event"))?;
        let now = self.db().env().now();
        let since = now.checked_sub(SignedDuration::from_hours(HOURS)).unwrap_or(Timestamp::UNIX_EPOCH);
        let rows = self
            .db()
            .read(move |r| {
                r.rows(
                    "SELECT evidence FROM risk_decision WHERE outcome = 'failed_login' AND id >= $1 ORDER BY id DESC LIMIT $2",
                    &params![first_of(since), LATEST],
                )
            })
            .await
            .map_err(|error: DbError| error)?;
        let mut failures: BTreeMap<IpAddr, (Vec<i64>, BTreeSet<Uuid>)> = BTreeMap::new();
        for row in rows {
            let evidence = Evidence::from_bytes(&row.get::<Vec<u8>>(0)?)?;
            let Some(ip) = evidence.attempt.ip else { continue };
            let of_ip = failures.entry(ip).or_default();
            of_ip.0.push(evidence.attempt.at_us);
            of_ip.1.extend(evidence.attempt.user.map(|user| Uuid::from_u128(user.bits())));
        }
        let found =
            failures.into_iter().filter_map(|(ip, (times, users))| suspicious(ip, times, users.len()));
        let mut found: Vec<SuspiciousAddress> = found.collect();
        found.sort_by(|a, b| b.burst.cmp(&a.burst).then(b.failures.cmp(&a.failures)).then(a.ip.cmp(&b.ip)));
        Ok(found)
    }
}

fn suspicious(ip: IpAddr, mut times: Vec<i64>, users: usize) -> Option<SuspiciousAddress> {
    times.sort_unstable();
    let burst = most_within(&times);
    if burst < FAILURES {
        return None;
    }
    let at = |us: &i64| Timestamp::from_microsecond(*us).ok();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Some(SuspiciousAddress {
        ip,
        failures: count(times.len()),
        burst: count(burst),
        users: count(users),
        first_at: times.first().and_then(at)?,
        last_at: times.last().and_then(at)?,
    })
}

/// The most times that lie within five minutes of each other.
fn most_within(sorted: &[i64]) -> usize {
    let window = |first: usize| {
        let until = sorted.get(first).map_or(0, |at| at.saturating_add(WITHIN_US));
        sorted.partition_point(|at| *at <= until).saturating_sub(first)
    };
    (0..sorted.len()).map(window).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_within_five_minutes_wherever_those_begin() {
        let minutes = |all: &[i64]| all.iter().map(|minute| minute * 60_000_000).collect::<Vec<_>>();
        assert_eq!(most_within(&minutes(&[0, 4, 6, 7, 8, 9, 20])), 5);
        assert_eq!(most_within(&minutes(&[0, 10, 20])), 1);
        assert_eq!(most_within(&[]), 0);
    }
}

//! When it is too much: pure rules about counts and times.

use std::net::IpAddr;

use florin_kernel::Timestamp;

use super::Scope;
use crate::identity::later;

/// So many failures from one address cost nothing yet, or as many as close an account: people mistype.
const FREE_FAILURES: u32 = 5;
/// After how long without a failure it is as if there had been none, in seconds: a day.
pub(super) const FORGOTTEN_SECONDS: i64 = 24 * 60 * 60;

/// When an account is closed to guesses, and when an address is blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// How many failures within the window close the account; 0 for never.
    pub failures_max: u32,
    /// The window, in seconds.
    pub window_seconds: u32,
    /// For how long it is closed, in seconds; also the longest that one address waits between tries.
    pub lock_seconds: u32,
    /// Whether the answer tells that it is closed; otherwise it is the answer to a wrong password.
    pub reveal: bool,
    /// How many failures of one address, at whatever accounts, block it; 0 for never.
    pub ip_failures_max: u32,
    /// Within how long, in seconds.
    pub ip_window_seconds: u32,
    /// For how long it is blocked, in seconds.
    pub ip_block_seconds: u32,
    /// Addresses that are never blocked.
    pub ip_exempt: Vec<IpAddr>,
}

impl Default for Lockout {
    /// Five failures in 15 minutes close an account for 30, without telling; no address is blocked.
    fn default() -> Self {
        Self {
            failures_max: 5,
            window_seconds: 15 * 60,
            lock_seconds: 30 * 60,
            reveal: false,
            ip_failures_max: 0,
            ip_window_seconds: 5 * 60,
            ip_block_seconds: 30 * 60,
            ip_exempt: Vec::new(),
        }
    }
}

impl Lockout {
    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let a_day = 1..=86_400;
        let times = [self.window_seconds, self.lock_seconds, self.ip_window_seconds, self.ip_block_seconds];
        if self.failures_max > 100 {
            Some("an account is locked after 100 failures at most")
        } else if !times.iter().all(|seconds| a_day.contains(seconds)) {
            Some("windows and locks are of a second at least and a day at most")
        } else {
            None
        }
    }

    /// The count after one more failure, and whether that closed the account.
    pub(super) fn failed(&self, scope: Scope, before: Option<Count>, now: Timestamp) -> (Count, bool) {
        match scope {
            Scope::Address(_) => (self.delayed(before, now), false),
            Scope::Strangers | Scope::Device(_) | Scope::SignedIn => self.locked(before, now),
        }
    }

    fn locked(&self, before: Option<Count>, now: Timestamp) -> (Count, bool) {
        let going_on = before.filter(|count| count.closed_until.is_none_or(|until| until > now));
        let mut count = going_on.unwrap_or_default();
        count.failures = count.failures.saturating_add(1);
        count.last = now;
        if count.closed_until.is_some() {
            return (count, false);
        }
        let window = later(now, -i64::from(self.window_seconds));
        count.recent.retain(|at| *at > window);
        count.recent.push(now);
        let closes =
            usize::try_from(self.failures_max).is_ok_and(|most| most > 0 && count.recent.len() >= most);
        if closes {
            count.recent.clear();
            count.closed_until = Some(later(now, self.lock_seconds.into()));
        } else if self.failures_max == 0 {
            count.recent.clear();
        }
        (count, closes)
    }

    fn delayed(&self, before: Option<Count>, now: Timestamp) -> Count {
        let remembered = before.filter(|count| later(count.last, FORGOTTEN_SECONDS) > now);
        let mut count = remembered.unwrap_or_default();
        if count.closed_at(now).is_some() {
            return count;
        }
        count.failures = count.failures.saturating_add(1);
        count.last = now;
        let doublings = count.failures.saturating_sub(self.failures_max.max(FREE_FAILURES));
        let seconds = 1_u32.checked_shl(doublings).filter(|seconds| *seconds > 0).unwrap_or(u32::MAX);
        let seconds = seconds.min(self.lock_seconds);
        count.closed_until = (doublings > 0).then(|| later(now, seconds.into()));
        count
    }
}

/// The failures under one scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// All since the last success or the end of the last lock.
    pub failures: u32,
    /// When those were that may be within the window, the oldest first.
    pub recent: Vec<Timestamp>,
    /// When the last was.
    pub last: Timestamp,
    /// Until when nothing is checked.
    pub closed_until: Option<Timestamp>,
}

impl Count {
    /// Until when nothing is checked, if so at `now`.
    pub(super) fn closed_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.closed_until.filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Scope = Scope::Address([0; 32]);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    /// The count after failures at these seconds, and at which of them the account was closed.
    fn after(lockout: &Lockout, scope: Scope, seconds: &[i64]) -> (Count, Vec<i64>) {
        let (mut count, mut closed) = (None, Vec::new());
        for &second in seconds {
            let (next, now) = lockout.failed(scope, count, at(second));
            count = Some(next);
            if now {
                closed.push(second);
            }
        }
        (count.unwrap_or_default(), closed)
    }

    #[test]
    fn the_fifth_failure_within_the_window_closes_and_one_outside_of_it_does_not() {
        let lockout = Lockout::default();

        let (count, closed) = after(&lockout, Scope::Strangers, &[0, 1, 2, 3, 899]);
        assert_eq!((closed, count.closed_until), (vec![899], Some(at(899 + 1_800))));

        let (count, closed) = after(&lockout, Scope::Strangers, &[0, 1, 2, 3, 900]);
        assert_eq!((closed, count.closed_until, count.failures), (vec![], None, 5));

        let (_, closed) = after(&lockout, Scope::Strangers, &[0, 600, 700, 800, 901, 902]);
        assert_eq!(closed, [902], "the window slides");
    }

    #[test]
    fn failures_while_it_is_closed_are_counted_and_make_it_no_longer() {
        let seconds: Vec<i64> = (0..50).collect();

        let (count, closed) = after(&Lockout::default(), Scope::Strangers, &seconds);

        assert_eq!((count.failures, closed), (50, vec![4]));
        assert_eq!(count.closed_until, Some(at(4 + 1_800)));
        assert_eq!(count.closed_at(at(1_803)), Some(at(1_804)));
        assert_eq!(count.closed_at(at(1_804)), None, "it opens by itself");
    }

    #[test]
    fn after_a_lock_counting_begins_anew() {
        let mut seconds = vec![0, 1, 2, 3, 4, 1_804, 1_805, 1_806, 1_807];
        let (count, closed) = after(&Lockout::default(), Scope::Strangers, &seconds);
        assert_eq!((count.failures, closed), (4, vec![4]));

        seconds.push(1_808);
        assert_eq!(after(&Lockout::default(), Scope::Strangers, &seconds).1, [4, 1_808]);
    }

    #[test]
    fn an_address_waits_twice_as_long_after_each_failure_up_to_the_lock() {
        let lockout = Lockout::default();
        let (mut count, mut now, mut waits) = (None, 0, Vec::new());
        for _ in 0..16 {
            let (next, closes) = lockout.failed(ADDRESS, count, at(now));
            assert!(!closes, "nobody is written to for a delay");
            let until = next.closed_until.map_or(0, |until| until.as_second() - at(now).as_second());
            waits.push(until);
            now += until;
            count = Some(next);
        }

        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_800]);
        let (hasty, _) = lockout.failed(ADDRESS, count.clone(), at(now - 1));
        assert_eq!(Some(hasty), count, "a try within the delay changes nothing");
        let (forgotten, _) = lockout.failed(ADDRESS, count, at(now + 86_400));
        assert_eq!((forgotten.failures, forgotten.closed_until), (1, None));
    }

    #[test]
    fn no_number_of_failures_overflows() {
        let many = Count { failures: u32::MAX, last: at(0), ..Count::default() };

        let (delayed, _) = Lockout::default().failed(ADDRESS, Some(many.clone()), at(1));
        let (locked, _) = Lockout::default().failed(Scope::SignedIn, Some(many), at(1));

        assert_eq!(delayed.closed_until, Some(at(1_801)));
        assert_eq!(locked.failures, u32::MAX);
    }

    #[test]
    fn zero_failures_never_close_an_account_and_keep_nothing() {
        let lockout = Lockout { failures_max: 0, ..Lockout::default() };

        let (count, closed) = after(&lockout, Scope::Strangers, &[0, 1, 2, 3, 4, 5, 6]);

        assert_eq!((count.failures, count.recent, closed), (7, vec![], vec![]));
    }

    #[test]
    fn reckless_settings_are_none() {
        let usual = Lockout::default();
        assert_eq!(usual.fault(), None);
        for lockout in [
            Lockout { failures_max: 101, ..usual.clone() },
            Lockout { lock_seconds: 0, ..usual.clone() },
            Lockout { window_seconds: 0, ..usual.clone() },
            Lockout { ip_block_seconds: 86_401, ..usual.clone() },
        ] {
            assert!(lockout.fault().is_some(), "{lockout:?}");
        }
    }
}

//! Limits over sliding windows: how many a key may do in a while.
//!
//! A window counts in halves of its own length: what happened since it was begun, and what happened in the length
//! before that, of which as much still counts as the window still reaches back over. A key that was idle begins anew,
//! so that its first hits count down one by one. It is two numbers for a key instead of a log of all its hits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// How many; one at least.
    pub limit: u32,
    /// In how long; a second at least.
    pub length: Duration,
}

/// What became of a hit under a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Whether it is let through. Those that are not do not count.
    pub admitted: bool,
    /// The window that leaves the least.
    pub window: Window,
    /// How many more it lets through now.
    pub remaining: u32,
    /// How long until the count begins anew.
    pub resets_in: Duration,
    /// How long until one is let through; zero when one was.
    pub retry_in: Duration,
}

/// A text that says no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no limit: so many in so long is wanted, as in `100/min`, `5/h`, `200/day` or `10/5min`")]
pub struct InvalidWindow(String);

impl FromStr for Window {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        let invalid = || InvalidWindow(text.to_owned());
        let (limit, length) = text.trim().split_once('/').ok_or_else(invalid)?;
        let unit_at = length.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
        let (many, unit) = length.split_at(unit_at);
        let many: u64 = if many.is_empty() { 1 } else { many.parse().map_err(|_| invalid())? };
        let seconds: u64 = match unit {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            "day" => 86_400,
            _ => return Err(invalid()),
        };
        let seconds =
            seconds.checked_mul(many).filter(|s| (1..=31 * 86_400).contains(s)).ok_or_else(invalid)?;
        let limit = limit.parse().ok().filter(|limit| (1..=1_000_000).contains(limit)).ok_or_else(invalid)?;
        Ok(Self { limit, length: Duration::from_secs(seconds) })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.length.as_secs();
        let units = [("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
        let fits = units.into_iter().find(|(_, unit)| seconds.checked_rem(*unit) == Some(0));
        let (unit, size) = fits.unwrap_or(("s", 1));
        match seconds.checked_div(size).unwrap_or(seconds) {
            1 => write!(f, "{}/{unit}", self.limit),
            many => write!(f, "{}/{many}{unit}", self.limit),
        }
    }
}

/// Where a window of a key stands; all times in microseconds of one clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    begun_us: u64,
    current: u32,
    previous: u32,
}

impl Tally {
    pub(crate) const fn begun_at(now_us: u64) -> Self {
        Self { begun_us: now_us, current: 0, previous: 0 }
    }

    /// How much it counted, in both halves.
    pub(crate) fn hits(self) -> u64 {
        u64::from(self.current).saturating_add(self.previous.into())
    }

    /// As it stands now.
    fn at(self, now_us: u64, length_us: u64) -> Self {
        // A clock that went back takes nothing away.
        match now_us.saturating_sub(self.begun_us).checked_div(length_us) {
            Some(0) => self,
            Some(1) => {
                Self { begun_us: self.begun_us.saturating_add(length_us), current: 0, previous: self.current }
            }
            _ => Self::begun_at(now_us),
        }
    }

    /// How much of `previous` still counts, rounded up.
    fn carried(self, now_us: u64, length_us: u64) -> u32 {
        let left = length_us.saturating_sub(now_us.saturating_sub(self.begun_us));
        let carried =
            u128::from(self.previous).saturating_mul(u128::from(left)).div_ceil(u128::from(length_us.max(1)));
        u32::try_from(carried).unwrap_or(u32::MAX)
    }
}

/// Judges one hit on a key by its tallies, one for each window, and counts it if all of them let it through.
pub(crate) fn judge(tallies: &mut [Tally], windows: &[Window], now_us: u64) -> Option<Admission> {
    let found = tightest(tallies.iter_mut().zip(windows).map(|(tally, window)| {
        let length_us = micros(window.length);
        *tally = tally.at(now_us, length_us);
        let used = tally.current.saturating_add(tally.carried(now_us, length_us));
        let resets_us = tally.begun_us.saturating_add(length_us).saturating_sub(now_us);
        let wait_us = if used < window.limit { 0 } else { wait_us(*tally, *window, now_us) };
        admission(*window, used.into(), resets_us, wait_us)
    }));
    if found.is_some_and(|found| found.admitted) {
        for tally in tallies {
            tally.current = tally.current.saturating_add(1);
        }
    }
    found
}

/// What one window says of a hit, by what it has used before it.
pub(crate) fn admission(window: Window, used: u64, resets_us: u64, wait_us: u64) -> Admission {
    let used = u32::try_from(used).unwrap_or(u32::MAX);
    Admission {
        admitted: used < window.limit,
        window,
        remaining: window.limit.saturating_sub(used).saturating_sub(1),
        resets_in: Duration::from_micros(resets_us),
        retry_in: Duration::from_micros(wait_us),
    }
}

/// What decides among all windows: the longest refusal, or what leaves least.
pub(crate) fn tightest(found: impl Iterator<Item = Admission>) -> Option<Admission> {
    found.min_by_key(|one| (one.admitted, std::cmp::Reverse(one.retry_in), one.remaining))
}

/// How many microseconds until `tally` lets one through that was refused.
fn wait_us(tally: Tally, window: Window, now_us: u64) -> u64 {
    let length_us = micros(window.length);
    let elapsed = now_us.saturating_sub(tally.begun_us);
    let room = u64::from(window.limit.saturating_sub(1));
    // The time within a window from which at most `room` of `carried` still count.
    let falls_to = |carried: u32, room: u64| {
        let kept = u128::from(length_us).saturating_mul(u128::from(room));
        let kept = kept.checked_div(u128::from(carried)).unwrap_or(0);
        length_us.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX))
    };
    let current = u64::from(tally.current);
    let us = if current > room {
        length_us.saturating_sub(elapsed).saturating_add(falls_to(tally.current, room))
    } else {
        falls_to(tally.previous, room.saturating_sub(current)).saturating_sub(elapsed)
    };
    us.max(1)
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn window(text: &str) -> Window {
        text.parse().unwrap()
    }

    #[test]
    fn limits_are_written_as_people_say_them() {
        assert_eq!(window("100/min"), Window { limit: 100, length: Duration::from_mins(1) });
        assert_eq!(window("10/5min"), Window { limit: 10, length: Duration::from_mins(5) });
        for text in ["5/h", "200/day", "10/5min", "1/90s", "3/2day"] {
            assert_eq!(window(text).to_string(), text);
        }
        for wrong in
            ["", "5", "5/", "/min", "0/min", "-1/min", "5/0min", "5/min/h", "5/week", "5 / min", "1/32day"]
        {
            assert!(wrong.parse::<Window>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_idle_keys_hits_count_down_one_by_one_and_then_are_refused() {
        let windows = [window("5/min")];
        let mut tallies = [Tally::begun_at(0)];

        let left: Vec<u32> = (0..5).map(|n| judge(&mut tallies, &windows, n).unwrap().remaining).collect();
        let refused = judge(&mut tallies, &windows, 5).unwrap();

        assert_eq!(left, [4, 3, 2, 1, 0]);
        assert!(!refused.admitted);
        assert_eq!((refused.remaining, refused.resets_in), (0, Duration::from_micros(60 * SECOND - 5)));
    }

    #[test]
    fn whoever_waits_as_long_as_they_are_told_is_let_through_and_not_before() {
        for text in ["1/min", "5/min", "10/5min", "100/min", "7/h"] {
            let windows = [window(text)];
            let mut tallies = [Tally::begun_at(0)];
            let mut now = 0;
            for round in 0..50_u64 {
                let told = judge(&mut tallies, &windows, now).unwrap();
                if told.admitted {
                    now += 1 + round * 77_777;
                    continue;
                }
                let wait = micros(told.retry_in);
                let mut early = tallies;
                assert!(!judge(&mut early, &windows, now + wait - 1).unwrap().admitted, "{text} {round}");
                now += wait;
                assert!(judge(&mut tallies, &windows, now).unwrap().admitted, "{text} {round}");
            }
        }
    }

    #[test]
    fn no_stretch_as_long_as_the_window_holds_many_more_than_the_limit() {
        let windows = [window("20/10s")];
        let mut tallies = [Tally::begun_at(0)];
        let mut admitted = Vec::new();
        let mut now = 0;
        for step in 0..40_000_u64 {
            now += (step * 7_919) % 40_000;
            if judge(&mut tallies, &windows, now).unwrap().admitted {
                admitted.push(now);
            }
        }
        let most = admitted
            .iter()
            .map(|&from| admitted.iter().filter(|&&at| (from..from + 10 * SECOND).contains(&at)).count());
        let most = most.max().unwrap();
        // What a burst at a window's end leaves out is let through evenly, so that a stretch may hold a few more.
        assert!((20..=30).contains(&most), "{most}");
    }

    #[test]
    fn the_tightest_window_decides_and_a_refusal_counts_in_none() {
        let windows = [window("2/min"), window("3/h")];
        let mut tallies = [Tally::begun_at(0); 2];
        let mut at = |seconds: u64| judge(&mut tallies, &windows, seconds * SECOND).unwrap();

        assert!(at(0).admitted && at(1).admitted);
        let by_minute = at(2);
        assert_eq!((by_minute.admitted, by_minute.window), (false, windows[0]));
        let third = at(200);
        assert_eq!((third.admitted, third.window, third.remaining), (true, windows[1], 0));
        let by_hour = at(201);
        assert_eq!((by_hour.admitted, by_hour.window), (false, windows[1]));
        assert!(by_hour.retry_in > Duration::from_mins(50));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_back() {
        let windows = [window("1/min")];
        let mut tallies = [Tally::begun_at(90 * SECOND)];

        assert!(judge(&mut tallies, &windows, 90 * SECOND).unwrap().admitted);
        assert!(!judge(&mut tallies, &windows, 30 * SECOND).unwrap().admitted);
    }
}

//! How many wrong codes are borne: decided purely, from what was counted.

use florin_kernel::Timestamp;

use crate::identity::later;

/// So many wrong codes within [`WINDOW_SECONDS`] close the way.
pub(super) const WRONG_MAX: u32 = 10;
/// The time within which wrong codes are counted together, in seconds.
const WINDOW_SECONDS: i64 = 60 * 60;
/// How long the way is then closed, in seconds.
const CLOSED_SECONDS: i64 = 30 * 60;
/// So many wrong codes in a row close it until something else is proved (NIST SP 800-63B-4, 3.2.2).
pub(super) const IN_A_ROW_MAX: u32 = 100;

/// What is known of a person's wrong codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    /// When the first of those counted together came.
    pub since: Timestamp,
    /// How many were counted together.
    pub wrong: u32,
    /// How many came without a right one in between.
    pub wrong_in_a_row: u32,
    /// Until when no code is looked at.
    pub closed_until: Option<Timestamp>,
}

impl Guard {
    /// Nothing is known.
    pub(super) fn open(now: Timestamp) -> Self {
        Self { since: now, wrong: 0, wrong_in_a_row: 0, closed_until: None }
    }

    /// Whether codes are not looked at.
    pub(super) fn is_closed(&self, now: Timestamp) -> bool {
        self.wrong_in_a_row >= IN_A_ROW_MAX || self.closed_until.is_some_and(|until| until > now)
    }

    /// The same after one more wrong code, and whether that closed the way.
    pub(super) fn after_wrong(self, now: Timestamp) -> (Self, bool) {
        let anew =
            later(self.since, WINDOW_SECONDS) <= now || self.since > now || self.closed_until.is_some();
        let (since, before) = if anew { (now, 0) } else { (self.since, self.wrong) };
        let wrong = before.saturating_add(1);
        let wrong_in_a_row = self.wrong_in_a_row.saturating_add(1);
        let closes = wrong >= WRONG_MAX || wrong_in_a_row >= IN_A_ROW_MAX;
        let closed_until = closes.then(|| later(now, CLOSED_SECONDS));
        (Self { since, wrong, wrong_in_a_row, closed_until }, closes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    /// The state after wrong codes at these seconds.
    fn after(seconds: impl IntoIterator<Item = i64>) -> Guard {
        seconds.into_iter().fold(Guard::open(at(0)), |guard, second| guard.after_wrong(at(second)).0)
    }

    #[test]
    fn ten_wrong_codes_within_an_hour_close_the_way_for_half_an_hour() {
        assert!(!after(0..9).is_closed(at(9)));
        let closed = after(0..10);

        assert!(closed.is_closed(at(9)) && closed.is_closed(at(9 + 1_799)));
        assert!(!closed.is_closed(at(9 + 1_800)));
        let (again, shuts) = closed.after_wrong(at(2_000));
        assert!(!shuts && again.wrong == 1, "counting begins anew");
    }

    #[test]
    fn wrong_codes_that_are_far_apart_close_nothing_until_there_are_a_hundred() {
        let slow = after((0..99).map(|n| n * 3_600));
        assert!(!slow.is_closed(at(99 * 3_600)));

        let (closed, shuts) = slow.after_wrong(at(99 * 3_600));

        assert!(shuts && closed.is_closed(at(1_000_000_000)));
    }

    #[test]
    fn a_clock_that_went_back_frees_nobody() {
        let guard = after([100, 100, 100]);

        assert_eq!(guard.after_wrong(at(50)).0.wrong_in_a_row, 4);
    }
}

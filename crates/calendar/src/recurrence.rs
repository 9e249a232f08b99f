//! What comes round again: on which days, at what time, and until when.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use thiserror::Error;

use crate::{Calendar, Convention, Frequency};

/// The most occurrences: daily for more than a century.
pub const OCCURRENCES_MAX: u32 = 40_000;

/// How often something comes round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rhythm {
    /// On one day alone.
    Once,
    /// Every day; with a calendar that closes, every open day.
    Daily,
    /// As often as instalments fall due. A day that a month does not have is its last.
    Every(Frequency),
    /// On the last day of each month.
    LastDay,
}

/// When it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// When somebody ends it.
    Never,
    /// After so many occurrences.
    After(u32),
    /// With the last occurrence that is meant for this day or one before it.
    On(Date),
}

/// Something that comes round again. Occurrences are numbered from zero, and the number decides all about one: whoever
/// computes it, and when, gets the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    rhythm: Rhythm,
    first: Date,
    at: Time,
    zone: TimeZone,
    calendar: Calendar,
    convention: Convention,
    end: End,
}

/// Why something cannot come round like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidRecurrence {
    /// There is no such time zone.
    #[error("there is no such time zone: a name such as America/New_York is wanted")]
    Zone,
    /// No occurrence at all, or more than [`OCCURRENCES_MAX`].
    #[error("1 to 40000 occurrences are wanted")]
    Count,
    /// The end lies before the first day.
    #[error("the last day is before the first")]
    EndsBeforeItBegins,
    /// The first day lies outside of what can be reckoned with.
    #[error("the first day is too far away")]
    FirstDay,
}

impl Recurrence {
    /// Something that comes round from `first` on, at a time of the day in an IANA time zone. A day on which banks are closed
    /// goes where `convention` moves it; of a daily rhythm it is left out.
    ///
    /// # Errors
    /// [`InvalidRecurrence`].
    pub fn new(
        rhythm: Rhythm,
        first: Date,
        (at, zone): (Time, &str),
        (calendar, convention): (Calendar, Convention),
        end: End,
    ) -> Result<Self, InvalidRecurrence> {
        let zone = TimeZone::get(zone).map_err(|_| InvalidRecurrence::Zone)?;
        match end {
            End::After(count) if !(1..=OCCURRENCES_MAX).contains(&count) => {
                return Err(InvalidRecurrence::Count);
            }
            End::On(last) if last < first => return Err(InvalidRecurrence::EndsBeforeItBegins),
            End::Never | End::After(_) | End::On(_) => {}
        }
        if !(1970..=9_000).contains(&first.year()) {
            return Err(InvalidRecurrence::FirstDay);
        }
        Ok(Self { rhythm, first, at, zone, calendar, convention, end })
    }

    /// The day that the occurrence `n` is meant for, before any adjustment; none after the end.
    pub fn meant_for(&self, n: u32) -> Option<Date> {
        let ended = match self.end {
            End::After(count) => n >= count,
            End::Never | End::On(_) => n >= OCCURRENCES_MAX,
        };
        if ended {
            return None;
        }
        let nth = i32::try_from(n).ok()?;
        let day = match self.rhythm {
            Rhythm::Once => (n == 0).then_some(self.first),
            Rhythm::Daily => self.nth_open_day(n),
            Rhythm::Every(frequency) => frequency.nth(self.first, nth),
            Rhythm::LastDay => {
                let month = self.first.first_of_month().checked_add(nth.months()).ok()?;
                Some(month.last_of_month())
            }
        };
        day.filter(|day| !matches!(self.end, End::On(last) if *day > last))
    }

    /// The day of the occurrence `n`, banks being open; none after the end.
    pub fn day(&self, n: u32) -> Option<Date> {
        let meant = self.meant_for(n)?;
        Some(if self.rhythm == Rhythm::Daily { meant } else { self.calendar.adjust(meant, self.convention) })
    }

    /// The instant of the occurrence `n`; none after the end. Where clocks are put forward over it, it is as much later;
    /// where they are put back it is the first of the two.
    pub fn instant(&self, n: u32) -> Option<Timestamp> {
        let day = self.day(n)?;
        day.to_datetime(self.at).to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }

    /// The number of the first occurrence after `now`; none when there is none any more.
    pub fn first_after(&self, now: Timestamp) -> Option<u32> {
        // Instants only rise, so that the first later one is found by halving.
        let (mut low, mut high) = (0_u32, OCCURRENCES_MAX);
        while low < high {
            let middle = low.midpoint(high);
            match self.instant(middle) {
                Some(instant) if instant <= now => low = middle.saturating_add(1),
                _ => high = middle,
            }
        }
        self.instant(low).map(|_| low)
    }

    fn nth_open_day(&self, n: u32) -> Option<Date> {
        if self.calendar == Calendar::EveryDay || self.convention == Convention::Unadjusted {
            return self.first.checked_add(i64::from(n).days()).ok();
        }
        let mut day = self.calendar.adjust(self.first, Convention::Following);
        for _ in 0..n {
            day = self.calendar.adjust(day.tomorrow().ok()?, Convention::Following);
        }
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;

    const ZONES: [&str; 4] = ["America/New_York", "America/Toronto", "UTC", "Australia/Lord_Howe"];
    const RHYTHMS: [Rhythm; 7] = [
        Rhythm::Daily,
        Rhythm::Every(Frequency::Weekly),
        Rhythm::Every(Frequency::BiWeekly),
        Rhythm::Every(Frequency::SemiMonthly),
        Rhythm::Every(Frequency::Monthly),
        Rhythm::Every(Frequency::Yearly),
        Rhythm::LastDay,
    ];

    fn plain(rhythm: Rhythm, first: Date, end: End) -> Recurrence {
        let open = (Calendar::EveryDay, Convention::Unadjusted);
        Recurrence::new(rhythm, first, (time(9, 0, 0, 0), "America/New_York"), open, end).unwrap()
    }

    fn days(recurrence: &Recurrence) -> Vec<Date> {
        (0..40).map_while(|n| recurrence.day(n)).collect()
    }

    #[test]
    fn the_last_days_of_months_are_their_last_days() {
        let last = plain(Rhythm::LastDay, date(2028, 1, 15), End::After(3));
        assert_eq!(days(&last), [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)]);
    }

    #[test]
    fn once_is_once_and_an_end_is_an_end() {
        assert_eq!(days(&plain(Rhythm::Once, date(2026, 1, 5), End::Never)), [date(2026, 1, 5)]);
        let weekly = Rhythm::Every(Frequency::Weekly);
        assert_eq!(days(&plain(weekly, date(2026, 1, 5), End::On(date(2026, 1, 18)))).len(), 2);
        assert_eq!(days(&plain(weekly, date(2026, 1, 5), End::On(date(2026, 1, 19)))).len(), 3);
    }

    #[test]
    fn a_closed_day_moves_and_the_next_is_where_it_would_have_been() {
        let monthly = Recurrence::new(
            Rhythm::Every(Frequency::Monthly),
            date(2026, 7, 4),
            (time(9, 0, 0, 0), "America/New_York"),
            (Calendar::FederalReserve, Convention::Following),
            End::After(3),
        );
        // The fourth of July is a Saturday, of August a Tuesday, of September a Friday.
        assert_eq!(days(&monthly.unwrap()), [date(2026, 7, 6), date(2026, 8, 4), date(2026, 9, 4)]);
    }

    #[test]
    fn daily_leaves_closed_days_out() {
        let daily = Recurrence::new(
            Rhythm::Daily,
            date(2026, 12, 24),
            (time(9, 0, 0, 0), "America/New_York"),
            (Calendar::FederalReserve, Convention::Following),
            End::After(4),
        );
        assert_eq!(
            days(&daily.unwrap()),
            [date(2026, 12, 24), date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 30)]
        );
    }

    #[test]
    fn where_clocks_are_put_forward_or_back_the_time_is_the_nearest_there_is() {
        let at = |first: Date| {
            let open = (Calendar::EveryDay, Convention::Unadjusted);
            let zone = (time(2, 30, 0, 0), "America/New_York");
            let daily = Recurrence::new(Rhythm::Daily, first, zone, open, End::After(2)).unwrap();
            [daily.instant(0).unwrap(), daily.instant(1).unwrap()].map(|instant| instant.to_string())
        };
        // On the 8th of March 2026 there is no half past two: it is half past three.
        assert_eq!(at(date(2026, 3, 7)), ["2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z"]);
        assert_eq!(at(date(2026, 3, 9))[0], "2026-03-09T06:30:00Z");
        // On the 1st of November half past one comes twice: the first of them.
        let open = (Calendar::EveryDay, Convention::Unadjusted);
        let zone = (time(1, 30, 0, 0), "America/New_York");
        let twice = Recurrence::new(Rhythm::Once, date(2026, 11, 1), zone, open, End::Never).unwrap();
        assert_eq!(twice.instant(0).unwrap().to_string(), "2026-11-01T05:30:00Z");
    }

    #[test]
    fn what_cannot_come_round_is_refused() {
        let make = |zone, first, end| {
            let open = (Calendar::EveryDay, Convention::Unadjusted);
            Recurrence::new(Rhythm::Daily, first, (time(9, 0, 0, 0), zone), open, end).map(drop)
        };
        let first = date(2026, 1, 5);
        assert_eq!(make("Mars/Olympus", first, End::Never), Err(InvalidRecurrence::Zone));
        assert_eq!(make("UTC", first, End::After(0)), Err(InvalidRecurrence::Count));
        assert_eq!(make("UTC", first, End::After(40_001)), Err(InvalidRecurrence::Count));
        assert_eq!(make("UTC", first, End::On(date(2026, 1, 4))), Err(InvalidRecurrence::EndsBeforeItBegins));
        assert_eq!(make("UTC", date(9999, 1, 1), End::Never), Err(InvalidRecurrence::FirstDay));
        assert_eq!(make("UTC", first, End::On(first)), Ok(()));
    }

    proptest! {
        #[test]
        fn instants_only_rise_and_the_next_is_found(
            day in 0_i32..9_000, rhythm in 0..RHYTHMS.len(), zone in 0..ZONES.len(), hour in 0_i8..24, calendar in 0_usize..3,
            convention in 0_usize..4, n in 0_u32..200,
        ) {
            let calendar = [Calendar::EveryDay, Calendar::FederalReserve, Calendar::Canada][calendar];
            let convention = [
                Convention::Following, Convention::Preceding, Convention::ModifiedFollowing, Convention::ModifiedPreceding,
            ][convention];
            let first = date(2000, 1, 1).checked_add(day.days()).unwrap();
            let recurrence = Recurrence::new(
                RHYTHMS[rhythm], first, (time(hour, 30, 0, 0), ZONES[zone]), (calendar, convention), End::Never,
            ).unwrap();
            let (this, next) = (recurrence.instant(n).unwrap(), recurrence.instant(n + 1).unwrap());

            prop_assert!(this < next);
            prop_assert_eq!(recurrence.first_after(this), Some(n + 1));
            prop_assert!(calendar.is_open(recurrence.day(n).unwrap()));
            prop_assert_eq!(recurrence.meant_for(n).is_some(), true);
        }
    }
}

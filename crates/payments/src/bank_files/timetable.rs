//! When a file's payments are to settle, and when they count as settled.

use florin_calendar::{Calendar, Convention};
use florin_kernel::{Date, Timestamp};
use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// How long after the cut-off a file still counts for the day, in seconds: making it takes a moment.
const GRACE_SECONDS: i64 = 30 * 60;

/// The days of one network.
#[derive(Clone, Debug)]
pub struct Timetable {
    /// The time zone of the bank.
    pub zone: TimeZone,
    /// Until when a day's payments are taken.
    pub cut_off: Time,
    /// On which days banks work.
    pub calendar: Calendar,
    /// How many banking days after the day of the file its payments are to settle.
    pub effective_days: u8,
    /// How many banking days after that what was not returned counts as gone through.
    pub settle_days: u8,
}

fn seconds_of_day(time: Time) -> i64 {
    i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second())
}

impl Timetable {
    /// The day in the bank's time zone.
    pub fn today(&self, now: Timestamp) -> Date {
        now.to_zoned(self.zone.clone()).date()
    }

    /// Whether banks work on the day that it is there.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.calendar.is_open(self.today(now))
    }

    /// The banking day on which the payments of a file that is made now are meant to settle. What is made on a closed day or
    /// more than half an hour after the cut-off belongs to the next banking day.
    pub fn effective_on(&self, now: Timestamp) -> Date {
        let local = now.to_zoned(self.zone.clone());
        let late = seconds_of_day(local.time()) > seconds_of_day(self.cut_off).saturating_add(GRACE_SECONDS);
        let day = if late || !self.calendar.is_open(local.date()) {
            self.after(local.date(), 1)
        } else {
            local.date()
        };
        self.after(day, self.effective_days)
    }

    /// The day from which on what was not returned counts as gone through.
    pub fn settles_on(&self, effective_on: Date) -> Date {
        self.after(effective_on, self.settle_days)
    }

    /// The banking day so many after `day`.
    fn after(&self, day: Date, days: u8) -> Date {
        let next = |day: Date| {
            let tomorrow = day.checked_add(1.day()).unwrap_or(day);
            self.calendar.adjust(tomorrow, Convention::Following)
        };
        (0..days).fold(day, |day, _| next(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Timetable {
        Timetable {
            zone: TimeZone::get("America/New_York").unwrap(),
            cut_off: Time::constant(17, 0, 0, 0),
            calendar: Calendar::FederalReserve,
            effective_days: 1,
            settle_days: 2,
        }
    }

    #[test]
    fn weekends_holidays_and_the_cut_off_move_the_effective_date() {
        let table = table();
        for (now, effective) in [
            // Tuesday before and after the cut-off, and within the grace of half an hour.
            ("2026-11-24T16:00:00-05:00", "2026-11-25"),
            ("2026-11-24T17:30:00-05:00", "2026-11-25"),
            ("2026-11-24T17:30:01-05:00", "2026-11-27"),
            // Thanksgiving is on Thursday.
            ("2026-11-25T12:00:00-05:00", "2026-11-27"),
            ("2026-11-26T12:00:00-05:00", "2026-11-30"),
            // Friday, Saturday.
            ("2026-11-27T12:00:00-05:00", "2026-11-30"),
            ("2026-11-28T12:00:00-05:00", "2026-12-01"),
            // The day is that of New York.
            ("2026-12-02T02:00:00Z", "2026-12-03"),
        ] {
            assert_eq!(table.effective_on(now.parse().unwrap()).to_string(), effective, "{now}");
        }
        assert_eq!(table.settles_on("2026-11-25".parse().unwrap()).to_string(), "2026-11-30");
    }

    #[test]
    fn a_cut_off_at_midnights_edge_does_not_overflow() {
        let table = Timetable { cut_off: Time::constant(23, 59, 0, 0), ..table() };
        assert_eq!(
            table.effective_on("2026-11-24T23:59:59-05:00".parse().unwrap()).to_string(),
            "2026-11-25"
        );
    }
}

//! When a scheduled payment is made: a recurrence as it is written down.

use florin_calendar::{Calendar, Convention, End, Frequency, InvalidRecurrence, Recurrence, Rhythm};
use florin_kernel::{Date, Timestamp};
use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::checks::Fault;

/// How often, by the names that bodies and rows have.
const RHYTHMS: [(&str, Rhythm); 10] = [
    ("once", Rhythm::Once),
    ("daily", Rhythm::Daily),
    ("weekly", Rhythm::Every(Frequency::Weekly)),
    ("bi_weekly", Rhythm::Every(Frequency::BiWeekly)),
    ("semi_monthly", Rhythm::Every(Frequency::SemiMonthly)),
    ("monthly", Rhythm::Every(Frequency::Monthly)),
    ("last_day", Rhythm::LastDay),
    ("quarterly", Rhythm::Every(Frequency::Quarterly)),
    ("half_yearly", Rhythm::Every(Frequency::HalfYearly)),
    ("yearly", Rhythm::Every(Frequency::Yearly)),
];

/// Whose holidays count.
const CALENDARS: [(&str, Calendar); 4] = [
    ("none", Calendar::EveryDay),
    ("weekdays", Calendar::Weekdays),
    ("us_fed", Calendar::FederalReserve),
    ("canada", Calendar::Canada),
];

/// Where a payment goes that would be made on a closed day.
const CONVENTIONS: [(&str, Convention); 5] = [
    ("unadjusted", Convention::Unadjusted),
    ("following", Convention::Following),
    ("modified_following", Convention::ModifiedFollowing),
    ("preceding", Convention::Preceding),
    ("modified_preceding", Convention::ModifiedPreceding),
];

/// When a payment is to be made, as somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhenForm {
    /// How often: `once`, `daily`, `weekly`, `bi_weekly`, `semi_monthly`, `monthly`, `last_day`, `quarterly`,
    /// `half_yearly` or `yearly`.
    pub rhythm: String,
    /// The first day, `2026-01-31`.
    pub first_on: String,
    /// The time of the day, `09:30`; nine in the morning when left out.
    pub at: Option<String>,
    /// The IANA time zone that it is a time in.
    pub zone: String,
    /// Whose holidays count: `none`, `weekdays`, `us_fed` or `canada`; none when left out.
    pub calendar: Option<String>,
    /// Where a closed day moves: `following` when left out.
    pub convention: Option<String>,
    /// How often at most.
    pub end_after: Option<u32>,
    /// The last day.
    pub end_on: Option<String>,
}

/// When a payment is made. What it says was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// How often.
    pub rhythm: &'static str,
    /// The first day.
    pub first_on: Date,
    /// The time of the day.
    pub at: Time,
    /// The time zone of that.
    pub zone: String,
    /// Whose holidays count.
    pub calendar: &'static str,
    /// Where a closed day moves.
    pub convention: &'static str,
    /// How often at most.
    pub end_after: Option<u32>,
    /// The last day that an occurrence may be meant for.
    pub end_on: Option<Date>,
    recurrence: Recurrence,
}

fn find<T: Copy>(known: &[(&'static str, T)], name: &str) -> Option<(&'static str, T)> {
    known.iter().find(|(code, _)| *code == name).copied()
}

fn chosen<T: Copy>(
    field: &'static str,
    known: &[(&'static str, T)],
    name: &str,
) -> Result<(&'static str, T), Fault> {
    find(known, name).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(code, _)| *code).collect();
        Fault::new(field, "unknown", format!("one of {} is wanted", names.join(", ")))
    })
}

fn day(field: &'static str, text: &str) -> Result<Date, Fault> {
    let hint = "a day is wanted, such as 2026-01-31";
    // The calendar also reads instants and bracketed zones; a day is ten characters.
    let read = if text.len() == 10 { text.parse().ok() } else { None };
    read.ok_or_else(|| Fault::new(field, "malformed", hint))
}

fn time(text: &str) -> Result<Time, Fault> {
    let refused = || Fault::new("time_of_day", "malformed", "a time of the day is wanted, such as 09:30");
    let (hour, minute) =
        text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2).ok_or_else(refused)?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(refused)?;
    Time::new(hour, minute, 0, 0).map_err(|_| refused())
}

fn end(after: Option<u32>, on: Option<Date>) -> End {
    match (after, on) {
        (Some(count), _) => End::After(count),
        (None, Some(day)) => End::On(day),
        (None, None) => End::Never,
    }
}

fn fault_of(error: InvalidRecurrence) -> Fault {
    let (field, code) = match error {
        InvalidRecurrence::Zone => ("time_zone", "unknown"),
        InvalidRecurrence::Count => ("end_after", "out_of_range"),
        InvalidRecurrence::EndsBeforeItBegins => ("end_on", "before_first"),
        InvalidRecurrence::FirstDay => ("first_on", "out_of_range"),
    };
    Fault::new(field, code, error)
}

impl When {
    /// Reads a form; all that is wrong with it is told at once.
    pub(crate) fn read(form: &WhenForm, now: Timestamp) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut noted = |fault| faults.push(fault);
        let rhythm = chosen("rhythm", &RHYTHMS, &form.rhythm).map_err(&mut noted).ok();
        let first_on = day("first_on", &form.first_on).map_err(&mut noted).ok();
        let at = time(form.at.as_deref().unwrap_or("09:00")).map_err(&mut noted).ok();
        let calendar = form.calendar.as_deref().unwrap_or("none");
        let calendar = chosen("calendar", &CALENDARS, calendar).map_err(&mut noted).ok();
        let convention = form.convention.as_deref().unwrap_or("following");
        let convention = chosen("convention", &CONVENTIONS, convention).map_err(&mut noted).ok();
        let end_on = form.end_on.as_deref().map(|text| day("end_on", text)).transpose();
        let end_on = end_on.map_err(&mut noted).ok();
        if form.end_after.is_some() && form.end_on.is_some() {
            noted(Fault::new("end_after", "exclusive", "one of end_after and end_on is wanted"));
        }
        let zone = TimeZone::get(&form.zone).map_err(|_| fault_of(InvalidRecurrence::Zone));
        zone.map_err(&mut noted).ok();
        let (Some(rhythm), Some(first_on), Some(at), Some(calendar), Some(convention), Some(end_on), true) =
            (rhythm, first_on, at, calendar, convention, end_on, faults.is_empty())
        else {
            return Err(faults);
        };
        let when =
            Self::of(rhythm, first_on, (at, &form.zone), (calendar, convention), (form.end_after, end_on));
        let when = when.map_err(|error| vec![fault_of(error)])?;
        match when.instant(0) {
            Some(first) if first > now => Ok(when),
            Some(_) => Err(vec![Fault::new("first_on", "past", "the first payment must lie ahead")]),
            None => Err(vec![Fault::new("end_on", "never", "no payment would ever be made")]),
        }
    }

    fn of(
        rhythm: (&'static str, Rhythm),
        first_on: Date,
        (at, zone): (Time, &str),
        (calendar, convention): ((&'static str, Calendar), (&'static str, Convention)),
        (end_after, end_on): (Option<u32>, Option<Date>),
    ) -> Result<Self, InvalidRecurrence> {
        let end = end(end_after, end_on);
        let recurrence = Recurrence::new(rhythm.1, first_on, (at, zone), (calendar.1, convention.1), end)?;
        Ok(Self {
            rhythm: rhythm.0,
            first_on,
            at,
            zone: zone.to_owned(),
            calendar: calendar.0,
            convention: convention.0,
            end_after,
            end_on,
            recurrence,
        })
    }

    /// What a row has; none where that is not what was written.
    pub(crate) fn stored(
        (rhythm, first_on): (&str, Date),
        (at, zone): (&str, &str),
        (calendar, convention): (&str, &str),
        ends: (Option<u32>, Option<Date>),
    ) -> Option<Self> {
        let days = (find(&CALENDARS, calendar)?, find(&CONVENTIONS, convention)?);
        Self::of(find(&RHYTHMS, rhythm)?, first_on, (time(at).ok()?, zone), days, ends).ok()
    }

    /// The same with another end.
    pub(crate) fn ending(&self, after: Option<u32>, on: Option<Date>) -> Result<Self, Fault> {
        let corrupt = || Fault::new("end_on", "invalid", "it cannot end like that");
        let (rhythm, calendar) = (find(&RHYTHMS, self.rhythm), find(&CALENDARS, self.calendar));
        let convention = find(&CONVENTIONS, self.convention);
        let (Some(rhythm), Some(calendar), Some(convention)) = (rhythm, calendar, convention) else {
            return Err(corrupt());
        };
        Self::of(rhythm, self.first_on, (self.at, &self.zone), (calendar, convention), (after, on))
            .map_err(fault_of)
    }

    /// Reads a last day as somebody gives it.
    pub(crate) fn last_day(text: &str) -> Result<Date, Fault> {
        day("end_on", text)
    }

    /// The time of the day, as it is written.
    pub fn time_of_day(&self) -> String {
        format!("{:02}:{:02}", self.at.hour(), self.at.minute())
    }

    /// The instant of the occurrence `n`, which are numbered from zero; none after the end.
    pub fn instant(&self, n: u32) -> Option<Timestamp> {
        self.recurrence.instant(n)
    }

    /// The number of the first occurrence after `now`; none when there is none any more.
    pub fn first_after(&self, now: Timestamp) -> Option<u32> {
        self.recurrence.first_after(now)
    }

    /// So many days before the occurrence `n`, at the same time of the day.
    pub(crate) fn before(&self, n: u32, days: i64) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let due = self.instant(n)?.to_zoned(zone);
        due.checked_sub(days.days()).ok().map(|zoned| zoned.timestamp())
    }

    /// The next occurrences from the number `n` on, `count` at most.
    pub fn upcoming(&self, n: u32, count: u32) -> Vec<(u32, Timestamp)> {
        (n..n.saturating_add(count)).map_while(|n| self.instant(n).map(|at| (n, at))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(rhythm: &str, first_on: &str) -> WhenForm {
        WhenForm {
            rhythm: rhythm.to_owned(),
            first_on: first_on.to_owned(),
            at: Some("02:30".to_owned()),
            zone: "America/New_York".to_owned(),
            calendar: None,
            convention: None,
            end_after: None,
            end_on: None,
        }
    }

    fn now() -> Timestamp {
        "2026-01-01T12:00:00Z".parse().unwrap()
    }

    fn codes(form: &WhenForm) -> Vec<(&'static str, &'static str)> {
        When::read(form, now()).unwrap_err().iter().map(|fault| (fault.field, fault.code)).collect()
    }

    #[test]
    fn what_is_read_is_what_is_stored() {
        for (rhythm, _) in RHYTHMS {
            for ends in [(None, None), (Some(3), None), (None, Some("2027-01-31"))] {
                let asked = WhenForm {
                    calendar: Some("canada".to_owned()),
                    end_after: ends.0,
                    end_on: ends.1.map(str::to_owned),
                    ..form(rhythm, "2026-01-31")
                };
                let when = When::read(&asked, now()).unwrap();
                let stored = When::stored(
                    (when.rhythm, when.first_on),
                    (&when.time_of_day(), &when.zone),
                    (when.calendar, when.convention),
                    (when.end_after, when.end_on),
                );
                assert_eq!(stored, Some(when), "{rhythm}");
            }
        }
    }

    #[test]
    fn the_thirty_first_and_the_hour_that_is_not_there() {
        let monthly = When::read(&form("monthly", "2026-01-31"), now()).unwrap();
        let upcoming: Vec<String> = monthly.upcoming(0, 3).iter().map(|(_, at)| at.to_string()).collect();
        assert_eq!(upcoming, ["2026-01-31T07:30:00Z", "2026-02-28T07:30:00Z", "2026-03-31T06:30:00Z"]);
        let daily = When::read(&form("daily", "2026-03-08"), now()).unwrap();
        // Half past two is half past three; a day before it there is a half past two.
        assert_eq!(daily.instant(0).unwrap().to_string(), "2026-03-08T07:30:00Z");
        assert_eq!(daily.before(0, 1).unwrap().to_string(), "2026-03-07T08:30:00Z");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let wrong = WhenForm {
            at: Some("25:00".to_owned()),
            zone: "Mars/Olympus".to_owned(),
            calendar: Some("moon".to_owned()),
            convention: Some("sideways".to_owned()),
            end_after: Some(2),
            end_on: Some("tomorrow".to_owned()),
            ..form("fortnightly", "2026-02-30")
        };
        assert_eq!(
            codes(&wrong),
            [
                ("rhythm", "unknown"),
                ("first_on", "malformed"),
                ("time_of_day", "malformed"),
                ("calendar", "unknown"),
                ("convention", "unknown"),
                ("end_on", "malformed"),
                ("end_after", "exclusive"),
                ("time_zone", "unknown"),
            ]
        );
    }

    #[test]
    fn what_lies_behind_or_ends_before_it_begins_is_refused() {
        assert_eq!(codes(&form("once", "2026-01-01")), [("first_on", "past")]);
        assert_eq!(codes(&form("once", "2025-12-31T10:00Z")), [("first_on", "malformed")]);
        let ends = |after, on: Option<&str>| WhenForm {
            end_after: after,
            end_on: on.map(str::to_owned),
            ..form("daily", "2026-02-01")
        };
        assert_eq!(codes(&ends(Some(0), None)), [("end_after", "out_of_range")]);
        assert_eq!(codes(&ends(None, Some("2026-01-31"))), [("end_on", "before_first")]);
        assert!(When::read(&ends(None, Some("2026-02-01")), now()).is_ok());
        // The last day of February lies after the last day of all.
        let never = WhenForm { end_on: Some("2026-02-20".to_owned()), ..form("last_day", "2026-02-10") };
        assert_eq!(codes(&never), [("end_on", "never")]);
    }
}

//! On which days banks are open: holidays as rules, and where a due date goes that falls on a closed day.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// Whose bank holidays count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// Every day is open, weekends too.
    #[default]
    EveryDay,
    /// Closed on weekends alone.
    Weekdays,
    /// The Federal Reserve's holidays: one on a Sunday moves to Monday, one on a Saturday does not move.
    FederalReserve,
    /// The days on which Canadian banks settle nothing: one on a weekend moves to the next open day.
    Canada,
}

/// Where a date goes that falls on a closed day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// Nowhere.
    #[default]
    Unadjusted,
    /// To the next open day.
    Following,
    /// To the next open day, but to the one before where that is in another month.
    ModifiedFollowing,
    /// To the open day before.
    Preceding,
    /// To the open day before, but to the next where that is in another month.
    ModifiedPreceding,
}

impl Calendar {
    /// Whether banks are open on this day.
    pub fn is_open(self, day: Date) -> bool {
        match self {
            Self::EveryDay => true,
            Self::Weekdays => !is_weekend(day),
            Self::FederalReserve => !is_weekend(day) && !is_federal_holiday(day),
            Self::Canada => !is_weekend(day) && !is_canadian_holiday(day),
        }
    }

    /// The day itself when it is open, and where `convention` moves it otherwise. At the ends of the calendar of
    /// the years −9999 to 9999 it stays.
    pub fn adjust(self, day: Date, convention: Convention) -> Date {
        if convention == Convention::Unadjusted || self.is_open(day) {
            return day;
        }
        let (later, earlier) = (self.next_open(day, 1), self.next_open(day, -1));
        match convention {
            Convention::Unadjusted => day,
            Convention::Following => later,
            Convention::Preceding => earlier,
            Convention::ModifiedFollowing => {
                if later.month() == day.month() {
                    later
                } else {
                    earlier
                }
            }
            Convention::ModifiedPreceding => {
                if earlier.month() == day.month() {
                    earlier
                } else {
                    later
                }
            }
        }
    }

    /// The first open day after `day`, or before it with a step of −1.
    fn next_open(self, day: Date, step: i64) -> Date {
        let mut moved = day;
        // No rule closes more than six days in a row.
        for _ in 0..14 {
            let Ok(next) = moved.checked_add(step.days()) else { return day };
            moved = next;
            if self.is_open(moved) {
                return moved;
            }
        }
        day
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether `day` is the `nth` of its weekdays in the month, and that weekday.
fn is_nth(day: Date, nth: i8, weekday: Weekday) -> bool {
    day.weekday() == weekday && (day.day() - 1) / 7 + 1 == nth
}

/// Federal Reserve: 12 U.S.C. and 5 U.S.C. 6103, the nineteenth of June since 2022, Martin Luther King since 1986.
fn is_federal_holiday(day: Date) -> bool {
    let monday = day.weekday() == Weekday::Monday;
    // On the day, or on the Monday after a Sunday.
    let on = |date: i8| day.day() == date || (monday && day.day() == date + 1);
    match day.month() {
        1 => on(1) || (day.year() >= 1986 && is_nth(day, 3, Weekday::Monday)),
        2 => is_nth(day, 3, Weekday::Monday),
        5 => monday && day.day() > 24,
        6 => day.year() >= 2022 && on(19),
        7 => on(4),
        9 => is_nth(day, 1, Weekday::Monday),
        10 => is_nth(day, 2, Weekday::Monday),
        11 => on(11) || is_nth(day, 4, Weekday::Thursday),
        12 => on(25),
        _ => false,
    }
}

/// Canadian banks: the national holidays, with Family Day since 2008 and the August holiday, on which transfers do not
/// settle though not all provinces keep them; Truth and Reconciliation since 2021.
fn is_canadian_holiday(day: Date) -> bool {
    let monday = day.weekday() == Weekday::Monday;
    let tuesday = day.weekday() == Weekday::Tuesday;
    // On the day, or on the Monday after a weekend.
    let on = |date: i8| day.day() == date || (monday && (day.day() == date + 1 || day.day() == date + 2));
    match day.month() {
        1 | 7 => on(1),
        2 => day.year() >= 2008 && is_nth(day, 3, Weekday::Monday),
        3 | 4 => is_good_friday(day),
        5 => monday && (18..=24).contains(&day.day()),
        8 | 9 if is_nth(day, 1, Weekday::Monday) => true,
        9 => day.year() >= 2021 && day.day() == 30,
        10 => is_nth(day, 2, Weekday::Monday) || is_moved_reconciliation(day),
        11 => on(11),
        // Christmas and Boxing Day together: what falls on a weekend moves behind both.
        12 => matches!(day.day(), 25 | 26) || (matches!(day.day(), 27 | 28) && (monday || tuesday)),
        _ => false,
    }
}

/// The Monday at the start of October to which a thirtieth of September on a weekend moves.
fn is_moved_reconciliation(day: Date) -> bool {
    day.year() >= 2021 && day.month() == 10 && day.weekday() == Weekday::Monday && day.day() <= 2
}

fn is_good_friday(day: Date) -> bool {
    easter(day.year()).is_some_and(|easter| easter.checked_sub(2.days()).is_ok_and(|friday| friday == day))
}

/// Easter Sunday of the Gregorian calendar, by Gauss's way with the corrections of the centuries (Knuth, The Art of Computer
/// Programming, 1.3.2, exercise 14).
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let golden = year.rem_euclid(19) + 1;
    let century = year.div_euclid(100) + 1;
    let dropped_leap_years = 3 * century / 4 - 12;
    let moon = (8 * century + 5) / 25 - 5;
    let sunday = 5 * year / 4 - dropped_leap_years - 10;
    let mut epact = (11 * golden + 20 + moon - dropped_leap_years).rem_euclid(30);
    if epact == 24 || (epact == 25 && golden > 11) {
        epact += 1;
    }
    let mut full_moon = 44 - epact;
    if full_moon < 21 {
        full_moon += 30;
    }
    let day = full_moon + 7 - (sunday + full_moon).rem_euclid(7);
    let (month, day) = if day > 31 { (4, day - 31) } else { (3, day) };
    Date::new(i16::try_from(year).ok()?, month, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    const PUBLISHED: &str = include_str!("../tests/vectors/holidays.txt");

    #[test]
    fn the_rules_give_the_published_holidays_of_forty_years() {
        for line in PUBLISHED.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let calendar = match words.next().unwrap() {
                "fed" => Calendar::FederalReserve,
                _ => Calendar::Canada,
            };
            let year: i16 = words.next().unwrap().parse().unwrap();
            let published: BTreeSet<Date> =
                words.map(|day| format!("{year}-{day}").parse().unwrap()).collect();

            let ours: BTreeSet<Date> = date(year, 1, 1)
                .series(1.day())
                .take_while(|day| day.year() == year)
                .filter(|day| !is_weekend(*day) && !calendar.is_open(*day))
                .collect();

            assert_eq!(ours, published, "{calendar:?} {year}");
        }
    }

    #[test]
    fn a_closed_day_moves_as_the_convention_says() {
        let fed = Calendar::FederalReserve;
        // Saturday the 31st, and the Monday after it is open.
        let saturday = date(2026, 1, 31);
        assert_eq!(fed.adjust(saturday, Convention::Unadjusted), saturday);
        assert_eq!(fed.adjust(saturday, Convention::Following), date(2026, 2, 2));
        assert_eq!(fed.adjust(saturday, Convention::ModifiedFollowing), date(2026, 1, 30));
        assert_eq!(fed.adjust(saturday, Convention::Preceding), date(2026, 1, 30));
        // Sunday the 1st: the day before is in another month.
        let sunday = date(2026, 2, 1);
        assert_eq!(fed.adjust(sunday, Convention::ModifiedPreceding), date(2026, 2, 2));
        assert_eq!(fed.adjust(sunday, Convention::Preceding), date(2026, 1, 30));
        assert_eq!(fed.adjust(date(2026, 2, 2), Convention::Following), date(2026, 2, 2));
        assert_eq!(Calendar::EveryDay.adjust(sunday, Convention::Following), sunday);
    }

    #[test]
    fn the_ends_of_time_do_not_move() {
        assert_eq!(Calendar::Weekdays.adjust(Date::MAX, Convention::Following).year(), 9999);
        assert_eq!(Calendar::Weekdays.adjust(Date::MIN, Convention::Preceding).year(), -9999);
    }
}

//! The periods of a schedule: due days, and the part of a year between them.

use jiff::civil::Date;

use crate::{DayCount, Refused, Terms};

/// From one due day to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: Date,
    pub(crate) due_on: Date,
    /// The part of a year, over the day count's denominator.
    pub(crate) fraction: u64,
}

/// Every period of these terms, in order.
pub(crate) fn periods(terms: &Terms) -> Result<Vec<Period>, Refused> {
    let even = terms.day_count.has_even_months();
    let regular = terms.day_count.denominator() / u64::from(terms.frequency.per_year());
    let mut periods = Vec::with_capacity(usize::from(terms.instalments));
    let mut from = terms.started_on;
    for n in 0..u32::from(terms.instalments) {
        let unadjusted = terms.due_day(n).ok_or(Refused::DueDays)?;
        let due_on = terms.calendar.adjust(unadjusted, terms.convention);
        if due_on <= from {
            return Err(Refused::DueDays);
        }
        let fraction = match (even, n) {
            (false, _) => terms.day_count.fraction(from, due_on),
            (true, 0) => first_fraction(terms, regular).ok_or(Refused::DueDays)?,
            (true, _) => regular,
        };
        periods.push(Period { from, due_on, fraction });
        from = due_on;
    }
    Ok(periods)
}

/// With even months, the first period is as many whole periods as fit, counted back from its end, and the days before.
fn first_fraction(terms: &Terms, regular: u64) -> Option<u64> {
    if terms.begins_regularly() {
        return Some(regular);
    }
    let mut whole = 0_u64;
    let mut begins = terms.first_due_on;
    loop {
        let earlier = terms.frequency.nth(terms.first_due_on, -(i32::try_from(whole).ok()? + 1))?;
        if earlier < terms.started_on {
            break;
        }
        begins = earlier;
        whole += 1;
    }
    let days = terms.day_count.fraction(terms.started_on, begins);
    whole.checked_mul(regular)?.checked_add(days.min(regular))
}

/// The part of a year that has passed by `day` in a period: nothing before it, all of it from its due day on.
pub(crate) fn fraction_until(day_count: DayCount, period: &Period, day: Date) -> u64 {
    if day >= period.due_on {
        return period.fraction;
    }
    day_count.fraction(period.from, day).min(period.fraction)
}

//! Terms and sums to test with.

use florin_kernel::{Amount, Currency, Date, Money};
use florin_lending::{
    Amortization, Calendar, Compounding, Convention, DayCount, Frequency, PaymentRule, Rate, Rounding, Terms,
};
use serde_json::Value;

pub fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

pub fn amount(minor: i64) -> Amount {
    Amount::new(usd(minor)).unwrap()
}

pub fn date(year: i16, month: i8, day: i8) -> Date {
    Date::constant(year, month, day)
}

pub fn percent(text: &str) -> Rate {
    Rate::parse_percent(text).unwrap()
}

/// A monthly loan from the 1st of January 2026 in equal instalments, 30/360.
pub fn terms(principal_minor: i64, rate: &str, instalments: u16) -> Terms {
    Terms {
        principal: amount(principal_minor),
        annual_rate: percent(rate),
        compounding: Compounding::EachPeriod,
        day_count: DayCount::Thirty360Us,
        frequency: Frequency::Monthly,
        instalments,
        interest_only: 0,
        amortization: Amortization::Level,
        payment: PaymentRule::Computed,
        escrow_minor: 0,
        started_on: date(2026, 1, 1),
        first_due_on: date(2026, 2, 1),
        calendar: Calendar::EveryDay,
        convention: Convention::Unadjusted,
        rounding: Rounding::HalfUp,
    }
}

/// Cents of a decimal text or number such as `313.36` or `5000`.
pub fn cents(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Money::parse_lenient(&text, Currency::USD).unwrap().minor()
}

/// The rate of a decimal fraction such as `0.065`.
pub fn fraction(value: &Value) -> Rate {
    let text = value.as_str().unwrap();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    Rate::from_ppb(format!("{whole}{decimals:0<9}").parse().unwrap()).unwrap()
}

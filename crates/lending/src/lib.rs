//! Lending.
mod calendar;
mod day_count;
mod fixed;
mod frequency;
mod rate;
mod rounding;

pub use calendar::{Calendar, Convention};
pub use day_count::{DayCount, actual_days};
pub use frequency::Frequency;
pub use rate::{Compounding, Rate, RateError, SimpleRate};
pub use rounding::Rounding;
mod meter;
mod schedule;
mod terms;
pub use schedule::{Instalment, Schedule};
pub use terms::{Amortization, FIRST_PERIOD_DAYS_MAX, INSTALMENTS_MAX, PRINCIPAL_MINOR_MAX, PaymentRule, Refused, Terms};
mod apr;
pub use apr::{
    Apr, Charge, ChargeKind, CostOfBorrowing, Disclosure, Equation, FLOWS_MINOR_MAX, Flow, InterestPeriod, NoApr, Span,
    UnitPeriod, prepayment_refund_minor,
};
mod loan;
pub use loan::*;

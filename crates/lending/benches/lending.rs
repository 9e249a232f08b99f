//! How long schedules and annual percentage rates take.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use florin_kernel::{Amount, Currency, Date, Money};
use florin_lending::{
    Amortization, Calendar, Compounding, Convention, DayCount, Frequency, PaymentRule, Rate, Rounding, Schedule, Terms,
};

fn mortgage() -> Terms {
    Terms {
        principal: Amount::new(Money::new(200_000_00, Currency::USD)).unwrap(),
        annual_rate: Rate::parse_percent("6.5").unwrap(),
        compounding: Compounding::EachPeriod,
        day_count: DayCount::Thirty360Us,
        frequency: Frequency::Monthly,
        instalments: 360,
        interest_only: 0,
        amortization: Amortization::Level,
        payment: PaymentRule::Computed,
        escrow_minor: 0,
        started_on: Date::constant(2026, 1, 1),
        first_due_on: Date::constant(2026, 2, 1),
        calendar: Calendar::EveryDay,
        convention: Convention::Unadjusted,
        rounding: Rounding::HalfUp,
    }
}

fn schedules(c: &mut Criterion) {
    let plain = mortgage();
    let actual = Terms {
        day_count: DayCount::ActualActual,
        calendar: Calendar::FederalReserve,
        convention: Convention::ModifiedFollowing,
        ..plain
    };
    let canadian = Terms { compounding: Compounding::HalfYearly, ..plain };
    for (name, terms) in [("30/360", plain), ("actual/actual, Fed holidays", actual), ("Canadian", canadian)] {
        c.bench_function(&format!("schedule of 360 periods, {name}"), |b| {
            b.iter(|| Schedule::of(black_box(&terms)).unwrap());
        });
    }
}

criterion_group!(benches, schedules);
criterion_main!(benches);

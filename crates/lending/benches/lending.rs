//! How long schedules, annual percentage rates and a day of accrual take.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark may fail loudly")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use florin_kernel::{Amount, Currency, Date, Money, Uuid};
use florin_lending::{
    Amortization, Calendar, Charge, ChargeKind, Compounding, Convention, DayCount, Disclosure, Event,
    Frequency, Happening, Loan, LoanEventId, PaymentRule, Rate, Rounding, Schedule, Servicing, Terms,
};

fn mortgage() -> Terms {
    Terms {
        principal: Amount::new(Money::new(20_000_000, Currency::USD)).unwrap(),
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
    for (name, terms) in [("30/360", plain), ("actual/actual, Fed holidays", actual), ("Canadian", canadian)]
    {
        c.bench_function(&format!("schedule of 360 periods, {name}"), |b| {
            b.iter(|| Schedule::of(black_box(&terms)).unwrap());
        });
    }
}

fn annual_percentage_rates(c: &mut Criterion) {
    let odd = Terms { first_due_on: Date::constant(2026, 2, 17), ..mortgage() };
    let points = [Charge { kind: ChargeKind::Origination, minor: 250_000 }];
    for (name, terms) in [("regular", mortgage()), ("odd first period", odd)] {
        let schedule = Schedule::of(&terms).unwrap();
        c.bench_function(&format!("APR of 360 payments, {name}"), |b| {
            b.iter(|| Disclosure::of(black_box(&terms), &schedule, &points, true).unwrap());
        });
    }
}

fn loans(c: &mut Criterion) {
    let terms = Terms { day_count: DayCount::Actual365, ..mortgage() };
    let mut loan = Loan::pay_out(terms, Servicing::default()).unwrap();
    let mut day = loan.state().on();
    c.bench_function("a day of accrual, one loan", |b| {
        b.iter(|| {
            day = day.tomorrow().unwrap();
            if day.year() > 2050 {
                loan = Loan::pay_out(terms, Servicing::default()).unwrap();
                day = loan.state().on();
            }
            loan.go_on_to(day).unwrap()
        });
    });

    let mut loan = Loan::pay_out(terms, Servicing::default()).unwrap();
    loan.go_on_to(Date::constant(2036, 1, 15)).unwrap();
    let schedule = Schedule::of(&terms).unwrap();
    for (n, instalment) in (1..).zip(&schedule.instalments()[..119]) {
        let id = LoanEventId::from_uuid(Uuid::from_u128(n));
        let what = Happening::Paid(instalment.payment_minor());
        loan.record(Event { id, on: instalment.due_on, what }).unwrap();
    }
    c.bench_function("a payment back-dated into ten years of payments, and taken back", |b| {
        let late = Event {
            id: LoanEventId::from_uuid(Uuid::from_u128(1_000)),
            on: Date::constant(2030, 6, 15),
            what: Happening::Paid(10_000),
        };
        b.iter(|| {
            let mut loan = loan.clone();
            loan.record(late).unwrap();
            loan.reverse(late.id).unwrap()
        });
    });
}

criterion_group!(benches, schedules, annual_percentage_rates, loans);
criterion_main!(benches);

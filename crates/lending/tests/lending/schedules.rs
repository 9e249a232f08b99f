//! Schedules of every kind, and the terms that have none.

use florin_kernel::Money;
use florin_lending::{
    Amortization, Calendar, Compounding, Convention, DayCount, Frequency, PaymentRule, Rate, Refused,
    Schedule, Terms,
};
use proptest::prelude::*;

use crate::support::{amount, date, terms, usd};

#[test]
fn equal_parts_of_the_principal_bear_less_interest_each_month() {
    let terms = Terms { amortization: Amortization::EqualPrincipal, ..terms(1_000_00, "12", 3) };

    let schedule = Schedule::of(&terms).unwrap();

    let rows: Vec<_> = schedule.instalments().iter().map(|i| (i.principal_minor, i.interest_minor)).collect();
    assert_eq!(rows, [(333_33, 10_00), (333_33, 6_67), (333_34, 3_33)]);
}

#[test]
fn interest_alone_leaves_the_principal_for_the_last_instalment() {
    let terms = Terms { amortization: Amortization::InterestOnly, ..terms(1_000_00, "12", 3) };

    let schedule = Schedule::of(&terms).unwrap();

    let rows: Vec<_> = schedule.instalments().iter().map(|i| (i.principal_minor, i.interest_minor)).collect();
    assert_eq!(rows, [(0, 10_00), (0, 10_00), (1_000_00, 10_00)]);
}

#[test]
fn instalments_for_interest_alone_come_before_the_level_ones() {
    let plain = Schedule::of(&terms(1_000_00, "12", 12)).unwrap();
    let late = Schedule::of(&Terms { interest_only: 6, ..terms(1_000_00, "12", 18) }).unwrap();

    assert_eq!(late.payment_minor(), plain.payment_minor());
    assert!(late.instalments()[..6].iter().all(|i| (i.interest_minor, i.principal_minor) == (10_00, 0)));
    assert_eq!(
        late.instalments().last().unwrap().payment_minor(),
        plain.instalments().last().unwrap().payment_minor()
    );
}

#[test]
fn a_balloon_is_due_with_the_last_instalment() {
    // (10,000 × 1.01^12 − 4,000) × 0.01 / (1.01^12 − 1) = 573.093
    let terms = Terms { amortization: Amortization::Balloon(usd(4_000_00)), ..terms(10_000_00, "12", 12) };

    let schedule = Schedule::of(&terms).unwrap();

    assert_eq!(schedule.payment_minor(), 573_09);
    let last = schedule.instalments().last().unwrap();
    assert!((last.payment_minor() - 4_000_00 - 573_09).abs() <= 12, "{last:?}");
}

#[test]
fn a_term_of_five_years_may_be_amortized_over_twenty_five() {
    let terms = Terms {
        compounding: Compounding::HalfYearly,
        amortization: Amortization::Over(300),
        ..terms(500_000_00, "5", 60)
    };

    let schedule = Schedule::of(&terms).unwrap();

    assert_eq!(schedule.payment_minor(), 2_908_02);
    let last = schedule.instalments().last().unwrap();
    // What is left after the sixtieth payment of the vector, and that payment.
    assert_eq!(last.payment_minor(), 442_537_91 + 2_908_02);
}

#[test]
fn accelerated_payments_are_half_the_monthly_one_and_end_earlier() {
    let terms = Terms {
        compounding: Compounding::HalfYearly,
        frequency: Frequency::BiWeekly,
        payment: PaymentRule::Accelerated,
        first_due_on: date(2026, 1, 15),
        ..terms(500_000_00, "5", 650)
    };

    let schedule = Schedule::of(&terms).unwrap();

    assert_eq!(schedule.payment_minor(), 1_454_01);
    assert!((550..580).contains(&schedule.instalments().len()), "{}", schedule.instalments().len());
    let weekly =
        Terms { frequency: Frequency::Weekly, first_due_on: date(2026, 1, 8), instalments: 1_300, ..terms };
    assert_eq!(Schedule::of(&weekly).unwrap().payment_minor(), 727_01);
}

#[test]
fn a_long_first_period_bears_its_days_and_the_payment_makes_up_for_them() {
    let plain = Schedule::of(&terms(10_000_00, "8", 36)).unwrap();
    let late = Terms { first_due_on: date(2026, 2, 16), ..terms(10_000_00, "8", 36) };

    let schedule = Schedule::of(&late).unwrap();

    // A month and fifteen days by 30/360: 100.00.
    assert_eq!(schedule.instalments()[0].interest_minor, 100_00);
    assert!(schedule.payment_minor() > plain.payment_minor());
    let drift = schedule.payment_minor() - schedule.instalments().last().unwrap().payment_minor();
    assert!(drift.abs() < 50, "the last instalment differs by rounding alone: {drift}");
}

#[test]
fn a_short_first_period_bears_less() {
    let early = Terms { started_on: date(2026, 1, 17), ..terms(10_000_00, "9", 12) };

    // Fourteen days by 30/360.
    assert_eq!(Schedule::of(&early).unwrap().instalments()[0].interest_minor, 35_00);
}

#[test]
fn due_days_move_off_holidays_and_actual_interest_with_them() {
    let terms = Terms {
        day_count: DayCount::Actual365,
        calendar: Calendar::FederalReserve,
        convention: Convention::Following,
        first_due_on: date(2026, 2, 14),
        ..terms(10_000_00, "8", 3)
    };

    let due: Vec<_> = Schedule::of(&terms).unwrap().instalments().iter().map(|i| i.due_on).collect();

    // A Saturday before Presidents' Day, a Saturday, a Tuesday.
    assert_eq!(due, [date(2026, 2, 17), date(2026, 3, 16), date(2026, 4, 14)]);
}

#[test]
fn a_loan_of_the_last_of_a_month_is_due_on_last_days() {
    let terms =
        Terms { started_on: date(2026, 1, 31), first_due_on: date(2026, 2, 28), ..terms(10_000_00, "8", 36) };

    let schedule = Schedule::of(&terms).unwrap();

    let due: Vec<_> = schedule.instalments()[..3].iter().map(|i| i.due_on).collect();
    assert_eq!(due, [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]);
    assert_eq!(schedule.payment_minor(), 313_36, "each is a whole month");
}

#[test]
fn a_loan_without_interest_is_repaid_in_equal_parts_of_what_there_is() {
    let schedule = Schedule::of(&terms(1_000_00, "0", 3)).unwrap();

    let paid: Vec<_> = schedule.instalments().iter().map(florin_lending::Instalment::payment_minor).collect();
    assert_eq!(paid, [333_33, 333_33, 333_34]);
}

fn refused(terms: &Terms) -> Refused {
    Schedule::of(terms).unwrap_err()
}

#[test]
fn terms_that_contradict_themselves_are_refused_with_the_reason() {
    let good = terms(10_000_00, "8", 36);
    let start = date(2026, 1, 1);

    assert_eq!(refused(&Terms { instalments: 0, ..good }), Refused::Instalments);
    assert_eq!(refused(&Terms { instalments: 2_601, ..good }), Refused::Instalments);
    assert_eq!(refused(&Terms { interest_only: 36, ..good }), Refused::InterestOnlyThroughout);
    assert_eq!(refused(&Terms { principal: amount(10_000_000_000_001), ..good }), Refused::PrincipalTooLarge);
    assert_eq!(
        refused(&Terms { first_due_on: start, ..good }),
        Refused::FirstDueBeforeStart { started_on: start, first_due_on: start },
    );
    assert_eq!(refused(&Terms { first_due_on: date(2032, 1, 1), ..good }), Refused::FirstPeriodTooLong);
    assert_eq!(
        refused(&Terms { amortization: Amortization::Over(35), ..good }),
        Refused::AmortizationTooShort
    );
    assert_eq!(refused(&Terms { payment: PaymentRule::Accelerated, ..good }), Refused::NotAccelerable);
    assert_eq!(
        refused(&Terms { amortization: Amortization::Balloon(usd(20_000_00)), ..good }),
        Refused::BalloonTooLarge,
    );
    let euro = Money::new(1, florin_kernel::Currency::EUR);
    assert_eq!(refused(&Terms { amortization: Amortization::Balloon(euro), ..good }), Refused::Currency);
    assert_eq!(refused(&Terms { escrow_minor: -1, ..good }), Refused::Escrow);
    let late = Terms { started_on: date(9999, 1, 1), first_due_on: date(9999, 2, 1), ..good };
    assert_eq!(refused(&late), Refused::DueDays);
}

#[test]
fn terms_that_never_repay_the_loan_are_refused_with_the_payment() {
    let agreed = |minor| Terms { payment: PaymentRule::Agreed(amount(minor)), ..terms(10_000_00, "12", 120) };

    assert_eq!(refused(&agreed(100_00)), Refused::NeverAmortizes { payment: usd(100_00) });
    assert_eq!(refused(&agreed(50_00)), Refused::NeverAmortizes { payment: usd(50_00) });
    assert!(matches!(refused(&agreed(101_00)), Refused::DoesNotPayOff { .. }));
    assert!(Schedule::of(&agreed(143_47)).is_ok());
    // So dear and so long that a cent of rounding never leaves the principal smaller.
    let dear = terms(10_000_00, "400", 360);
    assert!(matches!(refused(&dear), Refused::NeverAmortizes { .. }));
    // A payment below half a cent.
    assert!(matches!(refused(&terms(100, "1", 360)), Refused::NeverAmortizes { .. }));
}

pub fn any_terms() -> impl Strategy<Value = Terms> {
    let sums = (1_i64..5_000_000_00, 0_u64..400_000_000, 1_u16..400, 0_u16..24);
    let kinds = (0..5_usize, 0..5_usize, 0..7_usize, 0..3_usize, 0..4_usize, 0..5_usize);
    let days = (0_i32..4_000, 1_i32..120, 0_u16..200, 0_i64..100);
    (sums, kinds, days).prop_map(|((principal, rate, instalments, interest_only), kinds, days)| {
        let (day_count, amortization, frequency, compounding, calendar, convention) = kinds;
        let (start, first, longer, balloon_percent) = days;
        let started_on = date(2020, 1, 1).checked_add(jiff::Span::new().days(start)).unwrap();
        Terms {
            principal: amount(principal),
            annual_rate: Rate::from_ppb(rate).unwrap(),
            compounding: [Compounding::EachPeriod, Compounding::HalfYearly, Compounding::Yearly][compounding],
            day_count: [
                DayCount::Thirty360Us,
                DayCount::Thirty360European,
                DayCount::Actual365,
                DayCount::Actual360,
                DayCount::ActualActual,
            ][day_count],
            frequency: [
                Frequency::Weekly,
                Frequency::BiWeekly,
                Frequency::SemiMonthly,
                Frequency::Monthly,
                Frequency::Quarterly,
                Frequency::HalfYearly,
                Frequency::Yearly,
            ][frequency],
            interest_only: interest_only.min(instalments - 1),
            amortization: [
                Amortization::Level,
                Amortization::EqualPrincipal,
                Amortization::InterestOnly,
                Amortization::Balloon(usd(principal / 100 * balloon_percent)),
                Amortization::Over(instalments + longer),
            ][amortization],
            started_on,
            first_due_on: started_on.checked_add(jiff::Span::new().days(first)).unwrap(),
            calendar: [Calendar::EveryDay, Calendar::Weekdays, Calendar::FederalReserve, Calendar::Canada]
                [calendar],
            convention: [
                Convention::Unadjusted,
                Convention::Following,
                Convention::ModifiedFollowing,
                Convention::Preceding,
                Convention::ModifiedPreceding,
            ][convention],
            ..terms(1, "0", instalments)
        }
    })
}

proptest! {
    #[test]
    fn every_schedule_adds_up_to_the_minor_unit(terms in any_terms()) {
        let schedule = match Schedule::of(&terms) {
            Ok(schedule) => schedule,
            Err(
                Refused::NeverAmortizes { .. } | Refused::DoesNotPayOff { .. } | Refused::DueDays
            ) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
        };

        let mut balance = terms.principal.minor();
        let mut from = terms.started_on;
        for instalment in schedule.instalments() {
            prop_assert!(instalment.interest_minor >= 0 && instalment.principal_minor >= 0);
            balance -= instalment.principal_minor;
            prop_assert_eq!(instalment.balance_minor, balance);
            prop_assert_eq!(instalment.from, from);
            prop_assert!(instalment.due_on > from);
            from = instalment.due_on;
        }
        prop_assert_eq!(balance, 0);
        prop_assert_eq!(
            schedule.total_of_payments().minor(),
            terms.principal.minor() + schedule.total_interest().minor(),
        );
    }

    #[test]
    fn a_computed_payment_leaves_only_rounding_for_the_last_instalment(
        principal in 1_000_00_i64..1_000_000_00, rate in 0_u64..150_000_000, instalments in 2_u16..360,
    ) {
        let terms = Terms { annual_rate: Rate::from_ppb(rate).unwrap(), ..terms(principal, "0", instalments) };

        let schedule = Schedule::of(&terms).unwrap();

        // Each payment is off by half a cent at most, and so is each period's interest, compounded to the end.
        let last = schedule.instalments().last().unwrap().payment_minor();
        let drift = (schedule.payment_minor() - last).abs();
        let growth = 1 + i64::try_from(rate).unwrap() * i64::from(instalments) / 12 / 300_000_000;
        prop_assert!(drift <= i64::from(instalments) * (1 << growth), "{drift}");
    }
}

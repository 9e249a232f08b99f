//! Loans from payout to payoff: payments on time, late, early, back-dated and reversed.

use florin_kernel::Uuid;
use florin_lending::{
    AfterPrepayment, Component, DayCount, Event, Excess, Figures, Happening, LateAmount, LateFee, Loan,
    LoanEventId, NotRecorded, Parts, Rescheduling, Schedule, Servicing, Standing, Terms,
};

use crate::support::{date, percent, terms};

pub fn id(n: u128) -> LoanEventId {
    LoanEventId::from_uuid(Uuid::from_u128(n))
}

pub fn event(n: u128, on: florin_kernel::Date, what: Happening) -> Event {
    Event { id: id(n), on, what }
}

/// Twelve months at 12 %, 1,000.00: instalments of 88.85.
fn small(servicing: Servicing) -> Loan {
    Loan::pay_out(terms(1_000_00, "12", 12), servicing).unwrap()
}

fn late_fee() -> Servicing {
    Servicing {
        late_fee: Some(LateFee { grace_days: 10, amount: LateAmount::Flat(25_00) }),
        ..Servicing::default()
    }
}

#[test]
fn paid_on_time_a_loan_follows_its_schedule_to_the_end() {
    for servicing in [
        Servicing::default(),
        Servicing { excess: Excess::Hold, ..late_fee() },
        Servicing { overdue_bears_interest: false, excess: Excess::Curtail, ..late_fee() },
    ] {
        let mut loan = small(servicing);
        let schedule = Schedule::of(loan.terms()).unwrap();
        for (n, instalment) in (1..).zip(schedule.instalments()) {
            loan.go_on_to(instalment.due_on).unwrap();
            let due = loan.state().dues()[0];
            assert_eq!(due.open.interest, instalment.interest_minor);
            assert_eq!(due.open.principal, instalment.principal_minor);

            loan.record(event(n, instalment.due_on, Happening::Paid(instalment.payment_minor()))).unwrap();

            assert_eq!(loan.state().undue_minor(), instalment.balance_minor);
            assert!(loan.state().dues().is_empty());
        }
        assert_eq!(loan.state().standing(), Standing::PaidOff);
        assert_eq!(loan.state().next_due_on(), None);
        assert_eq!(loan.state().figures().earned.interest, schedule.total_interest().minor());
        assert_eq!(loan.go_on_to(date(2030, 1, 1)), Ok(Figures::default()));
    }
}

#[test]
fn each_day_earns_its_interest_and_the_month_adds_up() {
    let terms = Terms { day_count: DayCount::Actual365, ..terms(1_000_00, "12", 12) };
    let mut loan = Loan::pay_out(terms, Servicing::default()).unwrap();

    let earned: Vec<i64> =
        (2..=31).map(|day| loan.go_on_to(date(2026, 1, day)).unwrap().earned.interest).collect();

    // 1,000 × 12 % / 365 is 32.88 cents a day.
    assert_eq!(&earned[..4], [33, 33, 33, 33]);
    assert_eq!(earned.iter().sum::<i64>(), 9_86);
    assert_eq!(loan.state().owed(), Parts { principal: 1_000_00, interest: 9_86, ..Parts::default() });
}

#[test]
fn a_late_payment_costs_the_fee_and_the_interest_of_its_days() {
    let mut loan = small(late_fee());
    loan.go_on_to(date(2026, 2, 11)).unwrap();
    assert_eq!(loan.state().owed().penalty, 0, "the tenth day of grace still counts");
    assert_eq!(loan.delinquency().days, 10);
    assert_eq!(loan.delinquency().bucket, 1);

    let posted = loan.go_on_to(date(2026, 2, 12)).unwrap();

    assert_eq!(posted.earned.penalty, 25_00);
    let due = loan.state().dues()[0];
    assert_eq!(due.open, Parts { penalty: 25_00, interest: 10_00, principal: 78_85, ..Parts::default() });
    let paid = loan.record(event(1, date(2026, 2, 12), Happening::Paid(113_85))).unwrap();
    assert_eq!(paid.paid, due.open);
    // Eleven days by 30/360 on the whole principal, then on what is left.
    assert_eq!(loan.state().owed().interest, 3_67);
    assert_eq!(loan.delinquency().bucket, 0);
}

#[test]
fn a_payment_back_dated_into_the_grace_takes_the_late_fee_back() {
    let mut loan = small(late_fee());
    loan.go_on_to(date(2026, 2, 20)).unwrap();
    assert_eq!(loan.state().owed().penalty, 25_00);

    let posted = loan.record(event(1, date(2026, 2, 1), Happening::Paid(88_85))).unwrap();

    assert_eq!(posted.earned.penalty, -25_00);
    assert_eq!(posted.paid, Parts { interest: 10_00, principal: 78_85, ..Parts::default() });
    // Nineteen days on 921.15 instead of 1,000.
    assert_eq!(loan.state().owed().interest, 5_83);
    assert_eq!(posted.earned.interest, 5_83 - 6_33);

    let back = loan.reverse(id(1)).unwrap();

    assert_eq!(back.earned.penalty, 25_00);
    assert_eq!(back.received, -88_85);
    assert_eq!(loan.state().owed().total(), 1_000_00 + 25_00 + 10_00 + 6_33);
    assert_eq!(loan.reverse(id(1)), Err(NotRecorded::Reversed(id(1))));
    assert_eq!(loan.reverse(id(2)), Err(NotRecorded::UnknownPayment(id(2))));
}

#[test]
fn paying_a_few_days_early_settles_the_coming_instalment() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 1, 22)).unwrap();
    loan.record(event(1, date(2026, 1, 22), Happening::Paid(88_85))).unwrap();

    loan.go_on_to(date(2026, 2, 1)).unwrap();

    assert!(loan.state().dues().is_empty(), "{:?}", loan.state().dues());
    loan.go_on_to(date(2026, 3, 1)).unwrap();
    assert_eq!(loan.state().dues()[0].open.total(), 88_85, "and the next one is due whole");
}

#[test]
fn paying_ahead_counts_towards_several_instalments() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 1, 2)).unwrap();
    loan.record(event(1, date(2026, 1, 2), Happening::Paid(200_00))).unwrap();

    let due = |loan: &mut Loan, month| -> i64 {
        loan.go_on_to(date(2026, month, 1)).unwrap();
        loan.state().dues().iter().map(|due| due.open.total()).sum()
    };

    assert_eq!(due(&mut loan, 2), 0);
    assert_eq!(due(&mut loan, 3), 0);
    assert_eq!(due(&mut loan, 4), 3 * 88_85 - 200_00);
}

#[test]
fn a_curtailment_leaves_the_next_instalment_whole_and_the_term_shorter() {
    let mut loan = small(Servicing { excess: Excess::Curtail, ..Servicing::default() });
    loan.go_on_to(date(2026, 2, 1)).unwrap();
    loan.record(event(1, date(2026, 2, 1), Happening::Paid(588_85))).unwrap();

    loan.go_on_to(date(2026, 3, 1)).unwrap();

    assert_eq!(loan.state().dues()[0].open, Parts { interest: 4_21, principal: 84_64, ..Parts::default() });
    let outlook = loan.outlook().unwrap();
    assert_eq!(outlook.len(), 5, "{outlook:?}");
    assert_eq!(outlook.iter().map(|due| due.open.principal).sum::<i64>(), 421_15);
}

#[test]
fn a_curtailment_may_make_the_instalments_smaller_instead() {
    let servicing = Servicing {
        excess: Excess::Curtail,
        after_prepayment: AfterPrepayment::LowerPayment,
        ..Servicing::default()
    };
    let mut loan = small(servicing);
    loan.go_on_to(date(2026, 2, 1)).unwrap();
    loan.record(event(1, date(2026, 2, 1), Happening::Paid(588_85))).unwrap();

    // 421.15 over eleven months at one per cent.
    assert_eq!(loan.state().payment_minor(), 40_62);
    assert_eq!(loan.outlook().unwrap().len(), 11);
}

#[test]
fn what_is_held_pays_instalments_as_they_fall_due() {
    let mut loan = small(Servicing { excess: Excess::Hold, ..Servicing::default() });
    loan.record(event(1, date(2026, 1, 1), Happening::Paid(100_00))).unwrap();
    assert_eq!(loan.state().owed().principal, 1_000_00);

    let posted = loan.go_on_to(date(2026, 2, 1)).unwrap();

    assert_eq!((posted.paid.total(), posted.held), (88_85, -88_85));
    assert_eq!(loan.state().figures().held, 11_15);
}

#[test]
fn a_payoff_quote_paid_on_its_day_ends_the_loan() {
    for excess in [Excess::Ahead, Excess::Curtail, Excess::Hold] {
        let mut loan = small(Servicing { excess, ..late_fee() });
        loan.go_on_to(date(2026, 2, 1)).unwrap();

        let payoff = loan.payoff(date(2026, 2, 16)).unwrap();

        // The instalment, the rest of the principal, and half a month's interest on all principal, overdue included; 25.00 late.
        assert_eq!(payoff.total_minor, 1_000_00 + 10_00 + 5_00 + 25_00);
        assert_eq!(payoff.per_diem_minor, 33);
        loan.go_on_to(payoff.on).unwrap();
        loan.record(event(1, payoff.on, Happening::Paid(payoff.total_minor))).unwrap();
        assert_eq!(loan.state().standing(), Standing::PaidOff);
        assert_eq!(loan.state().figures().held, 0);
        assert_eq!(loan.payoff(date(2027, 1, 1)).unwrap().total_minor, 0);
    }
}

#[test]
fn what_is_paid_above_the_payoff_is_held_until_it_is_given_back() {
    let mut loan = small(Servicing::default());
    loan.record(event(1, date(2026, 1, 1), Happening::Paid(1_200_00))).unwrap();
    assert_eq!(loan.state().standing(), Standing::PaidOff);
    assert_eq!(loan.state().figures().held, 200_00);

    loan.record(event(2, date(2026, 1, 1), Happening::Refunded(500_00))).unwrap();

    assert_eq!(loan.state().figures().held, 0);
    assert_eq!(loan.state().figures().refunded, 200_00);
}

#[test]
fn extra_principal_goes_to_principal_though_an_instalment_is_due() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 2, 1)).unwrap();

    let posted = loan.record(event(1, date(2026, 2, 1), Happening::PrincipalPaid(100_00))).unwrap();

    assert_eq!(posted.paid, Parts { principal: 100_00, ..Parts::default() });
    assert_eq!(loan.state().dues()[0].open.total(), 88_85);
    let rest = loan.record(event(2, date(2026, 2, 1), Happening::PrincipalPaid(900_00))).unwrap();
    // What is not due yet, and of the instalment its interest and what is left.
    assert_eq!(rest.paid, Parts { principal: 821_15 + 68_85, interest: 10_00, ..Parts::default() });
}

#[test]
fn fees_are_charged_and_forgiven() {
    let mut loan = small(Servicing::default());
    loan.record(event(1, date(2026, 1, 1), Happening::FeeCharged(15_00))).unwrap();
    loan.record(event(2, date(2026, 1, 1), Happening::PenaltyCharged(20_00))).unwrap();

    let posted =
        loan.record(event(3, date(2026, 1, 1), Happening::Waived(Component::Penalty, 99_00))).unwrap();

    assert_eq!(posted.waived, Parts { penalty: 20_00, ..Parts::default() });
    assert_eq!(loan.state().owed(), Parts { fee: 15_00, principal: 1_000_00, ..Parts::default() });
}

#[test]
fn a_new_rate_makes_the_instalments_level_anew() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 2, 1)).unwrap();
    loan.record(event(1, date(2026, 2, 1), Happening::Paid(88_85))).unwrap();

    loan.record(event(2, date(2026, 2, 1), Happening::RateChanged(percent("6")))).unwrap();

    // 921.15 over eleven months at half a per cent. The rate comes before the payment of its day, so on 921.15 either way.
    assert_eq!(loan.state().payment_minor(), 86_27);
    loan.go_on_to(date(2026, 3, 1)).unwrap();
    assert_eq!(loan.state().dues()[0].open.interest, 4_61);
}

#[test]
fn rescheduling_leaves_what_is_due_or_makes_it_principal() {
    let how = |capitalize| Rescheduling { instalments: 24, first_due_on: date(2026, 4, 1), capitalize };
    for (capitalize, principal, due) in [(false, 921_15, 88_85), (true, 1_010_00, 0)] {
        let mut loan = small(Servicing::default());
        loan.go_on_to(date(2026, 2, 1)).unwrap();

        let posted =
            loan.record(event(1, date(2026, 2, 1), Happening::Rescheduled(how(capitalize)))).unwrap();

        assert_eq!(posted.capitalized.principal, 921_15 - principal + if capitalize { 78_85 } else { 0 });
        assert_eq!(loan.state().undue_minor(), principal);
        assert_eq!(loan.state().dues().iter().map(|due| due.open.total()).sum::<i64>(), due);
        assert_eq!(loan.state().matures_on(), Some(date(2028, 3, 1)));
        assert_eq!(loan.state().next_due_on(), Some(date(2026, 4, 1)));
    }
}

#[test]
fn a_re_aged_loan_is_current_again() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 3, 15)).unwrap();
    assert_eq!(loan.delinquency().bucket, 2);

    loan.record(event(1, date(2026, 3, 15), Happening::ReAged)).unwrap();

    assert_eq!(loan.delinquency().days, 0);
    assert_eq!(loan.state().dues()[0].due_on, date(2027, 1, 1));
}

#[test]
fn after_a_write_off_what_is_paid_is_a_recovery() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 7, 1)).unwrap();
    let owed = loan.state().owed();

    let posted = loan.record(event(1, date(2026, 7, 1), Happening::WrittenOff)).unwrap();

    assert_eq!(posted.written_off, owed);
    assert_eq!(loan.state().owed(), Parts::default());
    assert_eq!(loan.state().standing(), Standing::WrittenOff(date(2026, 7, 1)));
    loan.go_on_to(date(2027, 7, 1)).unwrap();
    let recovered = loan.record(event(2, date(2027, 7, 1), Happening::Paid(50_00))).unwrap();
    assert_eq!(recovered, Figures { received: 50_00, recovered: 50_00, ..Figures::default() });
}

#[test]
fn after_maturity_interest_goes_on_with_what_is_overdue() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2027, 1, 1)).unwrap();
    let owed = loan.state().owed();
    assert_eq!(owed.principal, 1_000_00);

    let posted = loan.go_on_to(date(2027, 3, 1)).unwrap();

    assert_eq!(posted.earned.interest, 20_00);
    assert_eq!(loan.delinquency().bucket, 7);
}

#[test]
fn overdue_principal_without_interest_earns_nothing_late() {
    let mut loan = small(Servicing { overdue_bears_interest: false, ..Servicing::default() });
    let schedule = Schedule::of(loan.terms()).unwrap();

    loan.go_on_to(date(2028, 1, 1)).unwrap();

    assert_eq!(loan.state().owed().interest, schedule.total_interest().minor());
}

#[test]
fn what_cannot_have_happened_is_not_recorded() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 1, 10)).unwrap();
    let before = loan.state().clone();
    let paid = |n, day, minor| event(n, date(2026, 1, day), Happening::Paid(minor));

    let early = Event { on: date(2025, 12, 31), ..paid(1, 1, 1) };
    assert!(matches!(loan.record(early), Err(NotRecorded::BeforePayout { .. })));
    assert!(matches!(loan.record(paid(1, 11, 1)), Err(NotRecorded::InTheFuture { .. })));
    assert_eq!(loan.record(paid(1, 10, 0)), Err(NotRecorded::Sum));
    assert_eq!(loan.record(paid(1, 10, -5)), Err(NotRecorded::Sum));
    assert_eq!(loan.record(paid(1, 10, i64::MAX)), Err(NotRecorded::Sum));
    let past = Rescheduling { instalments: 12, first_due_on: date(2026, 1, 10), capitalize: true };
    let rescheduled = event(1, date(2026, 1, 10), Happening::Rescheduled(past));
    assert!(matches!(loan.record(rescheduled), Err(NotRecorded::Rescheduling(_))));
    assert_eq!(loan.state(), &before);

    loan.record(paid(1, 10, 5)).unwrap();
    assert_eq!(loan.record(paid(1, 9, 7)), Err(NotRecorded::Known(id(1))));
}

#[test]
fn the_past_can_be_asked_for() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 2, 10)).unwrap();
    loan.record(event(1, date(2026, 2, 10), Happening::Paid(88_85))).unwrap();

    assert_eq!(loan.state_on(date(2026, 2, 9)).unwrap().dues().len(), 1);
    assert_eq!(loan.state_on(date(2026, 2, 10)).unwrap().dues().len(), 0);
    assert_eq!(loan.state_on(date(2025, 1, 1)).unwrap().owed().principal, 1_000_00);
}

#[test]
fn what_is_charged_on_a_day_is_settled_by_a_payment_of_that_day_whichever_became_known_first() {
    let mut loan = small(Servicing::default());
    loan.record(event(1, date(2026, 1, 1), Happening::Paid(15_00))).unwrap();
    assert_eq!(loan.state().figures().paid.principal, 15_00);

    let posted = loan.record(event(2, date(2026, 1, 1), Happening::FeeCharged(15_00))).unwrap();

    assert_eq!(posted.paid, Parts { fee: 15_00, principal: -15_00, ..Parts::default() });
}

#[test]
fn a_new_rate_within_a_period_counts_for_what_is_left_of_it() {
    let mut loan = small(Servicing::default());
    loan.go_on_to(date(2026, 1, 16)).unwrap();

    loan.record(event(1, date(2026, 1, 16), Happening::RateChanged(percent("24")))).unwrap();

    // Half a month at two per cent and eleven whole ones repay the principal: 1,010 / (1 + Σ 1.02⁻ⁿ).
    assert_eq!(loan.state().payment_minor(), 93_63);
    loan.go_on_to(date(2026, 2, 1)).unwrap();
    assert_eq!(loan.state().dues()[0].open.interest, 5_00 + 10_00);
}

//! Random loans and random histories: nothing is lost, and the order in which events become known does not matter.

use florin_lending::{
    AfterPrepayment, Component, Direction, Event, Excess, Happening, LateAmount, LateFee, Loan, NotRecorded,
    Order, Rate, Rescheduling, Schedule, Servicing, Terms,
};
use jiff::Span;
use proptest::prelude::*;

use crate::loans::event;
use crate::schedules::any_terms;
use crate::support::amount;

fn any_servicing() -> impl Strategy<Value = Servicing> {
    let rules = (0..3_usize, any::<bool>(), any::<bool>(), any::<bool>());
    let late = prop::option::of((
        0_u16..20,
        prop_oneof![
            (0_i64..50_00).prop_map(LateAmount::Flat),
            (0_u32..100_000, 0_i64..10_00, 10_00_i64..40_00).prop_map(|(ppm, least_minor, most_minor)| {
                LateAmount::Share { ppm, least_minor, most_minor }
            }),
        ],
    ));
    (rules, late, Just(Component::ALL.to_vec()).prop_shuffle()).prop_map(|(rules, late, components)| {
        let (excess, lower, by_component, overdue_bears_interest) = rules;
        let direction = if by_component { Direction::ByComponent } else { Direction::ByInstalment };
        Servicing {
            order: Order::of_components(components.try_into().unwrap(), direction).unwrap(),
            excess: [Excess::Ahead, Excess::Curtail, Excess::Hold][excess],
            after_prepayment: if lower {
                AfterPrepayment::LowerPayment
            } else {
                AfterPrepayment::ShorterTerm
            },
            overdue_bears_interest,
            late_fee: late.map(|(grace_days, amount)| LateFee { grace_days, amount }),
            ..Servicing::default()
        }
    })
}

/// Happenings by days since the payout.
fn any_history() -> impl Strategy<Value = Vec<(i64, Happening)>> {
    let what = prop_oneof![
        8 => (1_i64..3_000_00).prop_map(Happening::Paid),
        1 => (1_i64..1_000_00).prop_map(Happening::PrincipalPaid),
        1 => (1_i64..50_00).prop_map(Happening::FeeCharged),
        1 => (1_i64..50_00).prop_map(Happening::PenaltyCharged),
        1 => (0..5_usize, 1_i64..50_00).prop_map(|(c, minor)| Happening::Waived(Component::ALL[c], minor)),
        1 => (1_i64..500_00).prop_map(Happening::Refunded),
        1 => (0_u64..300_000_000).prop_map(|ppb| Happening::RateChanged(Rate::from_ppb(ppb).unwrap())),
        1 => Just(Happening::ReAged),
        1 => Just(Happening::WrittenOff),
        1 => (1_u16..60, any::<bool>()).prop_map(|(instalments, capitalize)| {
            // The day is put right where the event's own day is known.
            Happening::Rescheduled(Rescheduling { instalments, first_due_on: jiff::civil::Date::MIN, capitalize })
        }),
    ];
    prop::collection::vec((0_i64..900, what), 0..14)
}

fn dated(terms: &Terms, history: &[(i64, Happening)]) -> Vec<Event> {
    let dated = |(n, (days, what)): (u128, &(i64, Happening))| {
        let on = terms.started_on.checked_add(Span::new().days(*days)).unwrap();
        let what = match *what {
            Happening::Rescheduled(how) => {
                let first_due_on = on.checked_add(Span::new().days(20 + i64::from(how.instalments))).unwrap();
                Happening::Rescheduled(Rescheduling { first_due_on, ..how })
            }
            other => other,
        };
        event(n, on, what)
    };
    (1..).zip(history).map(dated).collect()
}

/// A loan of at most 10,000.00 whose schedule can be computed.
fn any_loan() -> impl Strategy<Value = Loan> {
    (any_terms(), any_servicing(), 1_00_i64..10_000_00, 0_i64..50_00).prop_filter_map(
        "terms that have a schedule",
        |(terms, servicing, principal, escrow_minor)| {
            let terms = Terms { principal: amount(principal), escrow_minor, ..terms };
            Loan::pay_out(terms, servicing).ok()
        },
    )
}

/// What holds on every day of every loan.
fn assert_sound(loan: &Loan) -> Result<(), TestCaseError> {
    let figures = loan.state().figures();
    prop_assert_eq!(
        figures.receivable(),
        loan.state().owed(),
        "receivables are what was earned less what was settled"
    );
    prop_assert!(figures.is_balanced(), "{:?}", figures);
    prop_assert!(figures.held >= 0 && loan.state().undue_minor() >= 0);
    for component in Component::ALL {
        prop_assert!(loan.state().owed().of(component) >= 0, "{:?}", loan.state().owed());
    }
    Ok(())
}

/// The days on which something becomes known, and what: each event when it happens, or some time after.
fn record_all(loan: &mut Loan, events: &[Event]) -> Result<(), TestCaseError> {
    for event in events {
        loan.record(*event).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        assert_sound(loan)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_order_in_which_events_become_known_ends_in_the_same_state(
        loan in any_loan(), history in any_history(), seed in any::<u64>(),
    ) {
        let mut events = dated(loan.terms(), &history);
        let last = loan.terms().started_on.checked_add(Span::new().days(1_000)).unwrap();
        let mut late = loan.clone();
        let mut early = loan.clone();

        // As they happen, day by day.
        events.sort_by_key(|event| event.on);
        for event in &events {
            early.go_on_to(event.on).unwrap();
            record_all(&mut early, std::slice::from_ref(event))?;
        }
        early.go_on_to(last).unwrap();
        // All at the end, in some other order.
        late.go_on_to(last).unwrap();
        events.sort_by_key(|event| event.id.uuid().as_u128().wrapping_mul(u128::from(seed | 1)) % 1_009);
        record_all(&mut late, &events)?;

        prop_assert_eq!(early.state(), late.state());
        prop_assert_eq!(early.events(), late.events());
    }

    #[test]
    fn what_is_posted_adds_up_to_where_the_loan_stands(loan in any_loan(), history in any_history()) {
        let mut loan = loan;
        let events = dated(loan.terms(), &history);
        let mut posted = loan.state().figures();
        let mut post = |more: florin_lending::Figures| {
            posted = more.since(&florin_lending::Figures::default().since(&posted));
            posted
        };
        let last = loan.terms().started_on.checked_add(Span::new().days(950)).unwrap();
        post(loan.go_on_to(last).unwrap());
        for event in &events {
            post(loan.record(*event).unwrap());
        }
        for event in events.iter().filter(|event| event.what.is_payment()).step_by(2) {
            post(loan.reverse(event.id).unwrap());
            assert_sound(&loan)?;
        }

        prop_assert_eq!(post(florin_lending::Figures::default()), loan.state().figures());
    }

    #[test]
    fn a_reversed_payment_leaves_the_loan_as_if_it_had_never_been_made(
        loan in any_loan(), history in any_history(), minor in 1_i64..5_000_00, days in 0_i64..900,
    ) {
        let mut with = loan.clone();
        let mut without = loan;
        let last = with.terms().started_on.checked_add(Span::new().days(950)).unwrap();
        let events = dated(with.terms(), &history);
        for loan in [&mut with, &mut without] {
            loan.go_on_to(last).unwrap();
            record_all(loan, &events)?;
        }
        let on = with.terms().started_on.checked_add(Span::new().days(days)).unwrap();
        let payment = event(1_000, on, Happening::Paid(minor));

        let there = with.record(payment).unwrap();
        let back = with.reverse(payment.id).unwrap();

        prop_assert_eq!(with.state(), without.state());
        prop_assert_eq!(florin_lending::Figures::default().since(&there), back);
    }

    #[test]
    fn a_payoff_quote_ends_the_loan_on_its_day(loan in any_loan(), history in any_history(), days in 0_i64..400) {
        let mut loan = loan;
        let business_day = loan.terms().started_on.checked_add(Span::new().days(900)).unwrap();
        loan.go_on_to(business_day).unwrap();
        let events = dated(loan.terms(), &history);
        record_all(&mut loan, &events)?;
        let day = business_day.checked_add(Span::new().days(days)).unwrap();

        let payoff = loan.payoff(day).unwrap();
        loan.go_on_to(day).unwrap();
        if payoff.total_minor > 0 {
            loan.record(event(1_000, day, Happening::Paid(payoff.total_minor))).unwrap();
        }

        let owed = loan.state().owed().total();
        prop_assert!(owed == 0 || owed <= loan.state().figures().held, "{:?}", loan.state());
        assert_sound(&loan)?;
    }

    #[test]
    fn paid_on_time_every_loan_follows_its_schedule(loan in any_loan()) {
        let mut loan = loan;
        let schedule = Schedule::of(loan.terms()).unwrap();

        let outlook = loan.outlook().unwrap();

        let planned: Vec<_> = schedule
            .instalments()
            .iter()
            .filter(|i| i.payment_minor() + i.escrow_minor > 0)
            .map(|i| (i.due_on, i.interest_minor, i.principal_minor, i.escrow_minor))
            .collect();
        let seen: Vec<_> =
            outlook.iter().map(|due| (due.due_on, due.open.interest, due.open.principal, due.open.escrow)).collect();
        prop_assert_eq!(seen, planned);
        loan.go_on_to(loan.terms().first_due_on).unwrap();
        assert_sound(&loan)?;
    }

    #[test]
    fn no_event_is_refused_but_for_its_day_or_its_sum(loan in any_loan(), history in any_history()) {
        let mut loan = loan;
        let days = Span::new().days(450);
        loan.go_on_to(loan.terms().started_on.checked_add(days).unwrap()).unwrap();
        for event in dated(loan.terms(), &history) {
            let recorded = loan.record(event);
            let future = event.on > loan.state().on();
            prop_assert_eq!(matches!(recorded, Err(NotRecorded::InTheFuture { .. })), future);
            prop_assert_eq!(recorded.is_ok(), !future);
        }
    }
}

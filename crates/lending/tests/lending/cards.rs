//! Credit cards: cycles, grace, interest, minimum payments and their warning.

use florin_kernel::{Currency, Date, Uuid};
use florin_lending::{
    BalanceMethod, Calendar, CardEvent, CardHappening, CardState, CardTerms, CardTermsRefused, CashFee,
    LateAmount, LateFee, LoanEventId, MinimumPayment, MinimumWarning, Rate, RateBalance, Rounding, Timing,
    Until, balance_for_canada,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{cents, date, fraction, percent};

/// Cycles close on the last day of March and 21 days before the 21st of other months.
fn card() -> CardTerms {
    CardTerms {
        currency: Currency::USD,
        limit_minor: 5_000_00,
        purchase_rate: percent("18.25"),
        cash_rate: percent("19.99"),
        method: BalanceMethod::AverageDaily,
        due_day: 21,
        days_to_pay: 21,
        calendar: Calendar::EveryDay,
        minimum: MinimumPayment { ppm: 20_000, least_minor: 20_00, plus_costs: false },
        cash_fee: None,
        late_fee: None,
        rounding: Rounding::HalfUp,
    }
}

fn events(list: &[(Date, CardHappening)]) -> Vec<CardEvent> {
    let event = |(n, (on, what)): (u128, &(Date, CardHappening))| CardEvent {
        id: LoanEventId::from_uuid(Uuid::from_u128(n)),
        on: *on,
        what: *what,
    };
    (1..).zip(list).map(event).collect()
}

const OPENED: Date = Date::constant(2026, 3, 31);

fn on(day: Date, list: &[(Date, CardHappening)]) -> CardState {
    CardState::of(&card(), OPENED, &events(list), day).unwrap()
}

use CardHappening::{CashDrawn, FeeCharged, Paid, Purchased};

#[test]
fn the_average_daily_balance_and_its_interest_are_as_published() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/credit-card.json")).unwrap();
    let published = &vectors["average_daily_balance"];
    // 500.00 for ten days, 700.00 for ten, 400.00 for ten.
    let list = [
        (OPENED, CashDrawn(500_00)),
        (date(2026, 4, 10), CashDrawn(200_00)),
        (date(2026, 4, 20), Paid(300_00)),
    ];
    for method in [BalanceMethod::AverageDaily, BalanceMethod::Daily] {
        let terms = CardTerms { method, cash_rate: fraction(&published["apr"]), ..card() };

        let state = CardState::of(&terms, OPENED, &events(&list), date(2026, 4, 30)).unwrap();

        let statement = state.statements()[0];
        assert_eq!(statement.days, 30);
        assert_eq!(statement.average_cash_minor, cents(&published["adb"]));
        assert_eq!(statement.interest_cash_minor, cents(&published["interest_daily_365"]));
        assert_eq!(statement.balance_minor, 408_76);
        assert_eq!(statement.due_on, date(2026, 5, 21));
    }
}

#[test]
fn who_pays_whole_and_in_time_pays_no_interest_on_purchases() {
    let list = [
        (date(2026, 4, 5), Purchased(365_00)),
        (date(2026, 5, 21), Paid(365_00)),
        (date(2026, 5, 22), Purchased(10_00)),
    ];

    let state = on(date(2026, 5, 31), &list);

    let interest: Vec<i64> = state.statements().iter().map(|s| s.interest_purchases_minor).collect();
    assert_eq!(interest, [0, 0]);
    assert_eq!(state.balance_minor(), 10_00);
}

#[test]
fn who_pays_nothing_pays_interest_on_the_cycle_and_not_on_the_one_before() {
    let list = [(date(2026, 4, 5), Purchased(365_00)), (date(2026, 5, 10), Purchased(100_00))];

    let state = on(date(2026, 5, 31), &list);

    // From the 30th of April to the 31st of May, 365.00 for 31 days and 100.00 for 21, at 0.05 % a day.
    let statement = state.statements()[1];
    assert_eq!(statement.days, 31);
    assert_eq!(statement.average_purchases_minor, 432_74);
    assert_eq!(statement.interest_purchases_minor, 6_71);
}

#[test]
fn what_was_paid_in_time_of_a_balance_with_grace_bears_nothing() {
    let paid = |day: Date, minor| {
        let list = [(date(2026, 4, 5), Purchased(365_00)), (day, Paid(minor))];
        on(date(2026, 5, 31), &list).statements()[1].average_purchases_minor
    };

    assert_eq!(paid(date(2026, 5, 20), 265_00), 100_00);
    // A day too late, it counts until then: 22 days.
    assert_eq!(paid(date(2026, 5, 22), 265_00), 288_06);
}

#[test]
fn grace_comes_back_and_interest_trails_until_the_payment() {
    let list = [
        (date(2026, 4, 5), Purchased(365_00)),
        // Nothing is paid in May, the statement of May whole on the 10th of June.
        (date(2026, 6, 10), Paid(370_66)),
        (date(2026, 6, 11), Purchased(50_00)),
    ];

    let state = on(date(2026, 7, 31), &list);

    let statements = state.statements();
    assert_eq!(statements[1].balance_minor, 370_66);
    // Ten of 30 days on 370.66, and nothing on the new purchase.
    assert_eq!(statements[2].average_purchases_minor, 123_55);
    assert_eq!(statements[2].interest_purchases_minor, 1_85);
    assert_eq!(statements[2].balance_minor, 51_85);
}

#[test]
fn cash_bears_interest_from_its_day_and_its_fee_is_a_purchase() {
    let terms = CardTerms { cash_fee: Some(CashFee { ppm: 50_000, least_minor: 10_00 }), ..card() };

    let state =
        CardState::of(&terms, OPENED, &events(&[(OPENED, CashDrawn(300_00))]), date(2026, 4, 30)).unwrap();

    let statement = state.statements()[0];
    assert_eq!((statement.fees_minor, statement.purchases_minor), (15_00, 15_00));
    assert_eq!(statement.interest_cash_minor, 4_93);
}

#[test]
fn the_minimum_goes_to_the_lower_rate_and_the_rest_to_the_higher() {
    let list = [(OPENED, Purchased(500_00)), (OPENED, CashDrawn(500_00))];
    let state = |paid| {
        let list = [&list[..], &[(date(2026, 5, 1), Paid(paid))]].concat();
        let closed = on(date(2026, 5, 31), &list);
        (closed.statements()[1].purchases_minor - closed.statements()[1].interest_purchases_minor, closed)
    };

    // 2 % of 1,008.22.
    assert_eq!(state(1).1.statements()[0].minimum_minor, 20_16);
    assert_eq!(state(20_16).0, 500_00 - 20_16);
    assert_eq!(state(520_16).0, 500_00 - 20_16);
    assert_eq!(state(528_38).0, 500_00 - 20_16);
    assert_eq!(state(529_38).0, 500_00 - 21_16);
}

#[test]
fn a_missed_minimum_costs_the_late_fee_and_is_asked_for_again() {
    let terms =
        CardTerms { late_fee: Some(LateFee { grace_days: 0, amount: LateAmount::Flat(30_00) }), ..card() };
    let list = [(date(2026, 4, 5), Purchased(365_00))];
    let state = |day| CardState::of(&terms, OPENED, &events(&list), day).unwrap();

    assert_eq!(state(date(2026, 5, 21)).balance_minor(), 365_00);
    // Never more than the payment that was missed.
    assert_eq!(state(date(2026, 5, 22)).balance_minor(), 385_00);
    let statement = state(date(2026, 5, 31)).statements()[1];
    assert_eq!(statement.fees_minor, 20_00);
    assert_eq!(statement.minimum_minor, 40_00);
}

#[test]
fn a_payment_on_the_next_open_day_is_on_time() {
    let terms = CardTerms { calendar: Calendar::FederalReserve, ..card() };
    let list = [(date(2026, 5, 1), Purchased(365_00)), (date(2026, 6, 22), Paid(365_00))];

    let state = CardState::of(&terms, OPENED, &events(&list), date(2026, 6, 30)).unwrap();

    // The 21st of June is a Sunday.
    assert_eq!(state.statements()[1].due_on, date(2026, 6, 22));
    assert_eq!(state.statements()[2].interest_purchases_minor, 0);
}

#[test]
fn what_is_paid_too_much_is_credit_and_pays_what_is_bought_next() {
    let state =
        on(date(2026, 4, 10), &[(date(2026, 4, 1), Paid(50_00)), (date(2026, 4, 2), Purchased(80_00))]);
    assert_eq!((state.balance_minor(), state.credit_minor()), (30_00, 0));

    let state = on(date(2026, 4, 1), &[(date(2026, 4, 1), Paid(50_00))]);
    assert_eq!(state.available_minor(&card()), 5_050_00);
    let state = on(date(2026, 4, 1), &[(date(2026, 4, 1), Purchased(6_000_00))]);
    assert_eq!(state.available_minor(&card()), 0);
}

#[test]
fn terms_without_a_cycle_are_refused() {
    let refused = |terms: CardTerms| CardState::of(&terms, OPENED, &[], OPENED).unwrap_err();
    assert_eq!(refused(CardTerms { due_day: 29, ..card() }), CardTermsRefused::DueDay);
    assert_eq!(refused(CardTerms { due_day: 0, ..card() }), CardTermsRefused::DueDay);
    assert_eq!(refused(CardTerms { days_to_pay: 20, ..card() }), CardTermsRefused::DaysToPay);
    assert_eq!(refused(CardTerms { days_to_pay: 25, ..card() }), CardTermsRefused::DaysToPay);
    assert_eq!(refused(CardTerms { limit_minor: -1, ..card() }), CardTermsRefused::Sum);
}

#[test]
fn the_minimum_payment_warning_is_as_published() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/credit-card.json")).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let balance =
            RateBalance { minor: cents(&case["balance"]), rate: fraction(&case["apr"]), promotion: None };
        let minimum =
            MinimumPayment { ppm: 20_000, least_minor: cents(&case["min_floor"]), plus_costs: false };
        for (name, timing) in
            [("pay_then_accrue", Timing::PayThenAccrue), ("accrue_then_pay", Timing::AccrueThenPay)]
        {
            let warning = MinimumWarning::of(&[balance], &minimum, timing).unwrap();

            assert_eq!(u64::from(warning.months), case[name]["months"].as_u64().unwrap(), "{name}");
            assert_eq!(warning.total_minor, cents(&case[name]["total"]), "{name}");
            let within_36 = warning.within_36.unwrap();
            assert_eq!(within_36.payment_minor, cents(&case["payment_36"]));
            assert_eq!(within_36.total_minor, cents(&case["total_36"]));
            assert_eq!(within_36.savings_minor, warning.total_minor - within_36.total_minor);
        }
    }
}

#[test]
fn the_sample_of_appendix_m2_is_reproduced() {
    let balance = |minor, rate, promotion| RateBalance { minor, rate: percent(rate), promotion };
    let balances = [
        balance(500_00, "17", Some((Rate::ZERO, 6))),
        balance(250_00, "17", None),
        balance(250_00, "21", None),
    ];

    let warning = MinimumWarning::of(&balances, &card().minimum, Timing::PayThenAccrue).unwrap();

    let within_36 = warning.within_36.unwrap();
    assert_eq!((within_36.payment_minor, within_36.total_minor), (35_45, 1_276_20));
    assert_eq!(warning.until(), Until::Years((warning.months + 6) / 12));
}

#[test]
fn a_minimum_that_does_not_cover_the_interest_never_repays() {
    let balance = RateBalance { minor: 10_000_00, rate: percent("36"), promotion: None };
    assert_eq!(MinimumWarning::of(&[balance], &card().minimum, Timing::AccrueThenPay), None);

    let with_costs = MinimumPayment { plus_costs: true, ..card().minimum };
    assert!(MinimumWarning::of(&[balance], &with_costs, Timing::AccrueThenPay).is_some());
    let none = MinimumWarning::of(&[], &card().minimum, Timing::AccrueThenPay).unwrap();
    assert_eq!((none.months, none.within_36, none.until()), (0, None, Until::Months(0)));
}

#[test]
fn canada_estimates_from_the_next_hundred() {
    assert_eq!(balance_for_canada(1_234_56, 100), 1_300_00);
    assert_eq!(balance_for_canada(1_300_00, 100), 1_300_00);
    assert_eq!(balance_for_canada(-5, 100), 0);
}

fn any_history() -> impl Strategy<Value = Vec<(Date, CardHappening)>> {
    let what = prop_oneof![
        3 => (1_i64..400_00).prop_map(Purchased),
        1 => (1_i64..400_00).prop_map(CashDrawn),
        1 => (1_i64..40_00).prop_map(FeeCharged),
        3 => (1_i64..600_00).prop_map(Paid),
    ];
    let dated = (0_i64..300, what)
        .prop_map(|(days, what)| (OPENED.checked_add(jiff::Span::new().days(days)).unwrap(), what));
    prop::collection::vec(dated, 0..25)
}

proptest! {
    #[test]
    fn every_minor_unit_of_a_card_is_accounted_for(list in any_history(), rotate in 0_usize..25) {
        let terms = CardTerms {
            late_fee: Some(LateFee { grace_days: 0, amount: LateAmount::Flat(30_00) }),
            ..card()
        };
        let mut known = events(&list);
        let day = date(2027, 3, 31);
        let state = CardState::of(&terms, OPENED, &known, day).unwrap();

        let drawn: i64 = list.iter().map(|(_, what)| match what {
            Purchased(minor) | CashDrawn(minor) => *minor,
            FeeCharged(_) => 0,
            Paid(minor) => -minor,
        }).sum();
        let costs: i64 = state.statements().iter()
            .map(|s| s.interest_purchases_minor + s.interest_cash_minor + s.fees_minor).sum();
        prop_assert_eq!(state.balance_minor() - state.credit_minor(), drawn + costs);
        prop_assert!(state.statements().iter().all(|s| s.minimum_minor <= s.balance_minor && s.balance_minor >= 0));

        let turned = rotate % known.len().max(1);
        known.rotate_left(turned);
        prop_assert_eq!(CardState::of(&terms, OPENED, &known, day).unwrap(), state);
    }
}

proptest! {
    #[test]
    fn the_figures_of_any_history_are_its_balance(
        history in prop::collection::vec((0_i64..200, 0_u8..4, 1_i64..90_000), 0..30),
        late_fee in any::<bool>(),
    ) {
        let fee = LateFee { grace_days: 0, amount: LateAmount::Flat(29_00) };
        let cash_fee = Some(CashFee { ppm: 50_000, least_minor: 10_00 });
        let terms = CardTerms { late_fee: late_fee.then_some(fee), cash_fee, ..card() };
        let list: Vec<(Date, CardHappening)> = history
            .iter()
            .map(|(days, what, minor)| {
                let day = OPENED.checked_add(jiff::Span::new().days(*days)).unwrap();
                let happening = match what {
                    0 => CashDrawn(*minor),
                    1 => Purchased(*minor),
                    2 => FeeCharged(*minor),
                    _ => Paid(*minor),
                };
                (day, happening)
            })
            .collect();
        for day in [40, 100, 200, 260] {
            let day = OPENED.checked_add(jiff::Span::new().days(day)).unwrap();
            let state = CardState::of(&terms, OPENED, &events(&list), day).unwrap();
            let figures = state.figures();
            prop_assert_eq!(figures.receivable().total(), state.balance_minor());
            prop_assert_eq!(figures.held, state.credit_minor());
            prop_assert!(figures.is_balanced());
            prop_assert!(florin_lending::Component::ALL.iter().all(|one| figures.receivable().of(*one) >= 0));
        }
    }
}

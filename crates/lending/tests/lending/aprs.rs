//! Annual percentage rates against Appendix J's worked examples and the Canadian formula.

use florin_kernel::Date;
use florin_lending::{
    Charge, ChargeKind, Compounding, CostOfBorrowing, Disclosure, Equation, Flow, InterestPeriod, Schedule,
    Span, Terms, UnitPeriod,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{cents, date, terms};

fn appendix_j() -> Vec<Value> {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/apr-appendix-j.json")).unwrap();
    vectors["cases"].as_array().unwrap().clone()
}

fn ratio(value: &Value) -> (u32, u32) {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (part, of) = text.split_once('/').unwrap_or((&text, "1"));
    (part.parse().unwrap(), of.parse().unwrap())
}

fn flows(list: &Value) -> Vec<Flow> {
    let flow = |flow: &Value| {
        let (part, of) = ratio(&flow["f"]);
        let whole = u32::try_from(flow["t"].as_u64().unwrap()).unwrap();
        Flow { minor: cents(&flow["amount"]), at: Span { whole, part, of } }
    };
    list.as_array().unwrap().iter().map(flow).collect()
}

fn equation(case: &Value) -> Equation {
    Equation {
        per_year: ratio(&case["unit_periods_per_year"]),
        advances: flows(&case["advances"]),
        payments: flows(&case["payments"]),
    }
}

#[test]
fn every_worked_example_of_appendix_j_is_reproduced() {
    let cases = appendix_j();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let apr = equation(&case).apr().unwrap();

        assert_eq!(apr.percent(2), case["apr_percent"].as_str().unwrap(), "{}", case["id"]);
        assert_eq!(apr.percent(6), case["apr_6dp"].as_str().unwrap(), "{}", case["id"]);
    }
}

/// The flows of a worked example whose days are given here, counted by the rules.
fn counted(unit: UnitPeriod, from: Date, due: &[Date], minor: i64, advanced: i64) -> Equation {
    let flow = |minor, day| Flow { minor, at: unit.between(from, day) };
    Equation {
        per_year: unit.per_year(),
        advances: vec![flow(advanced, from)],
        payments: due.iter().map(|day| flow(minor, *day)).collect(),
    }
}

#[test]
fn counting_the_days_of_the_examples_gives_their_periods() {
    use florin_lending::Frequency::{Monthly, SemiMonthly, Weekly};
    let due = |frequency: florin_lending::Frequency, first, n| -> Vec<Date> {
        (0..n).map(|n| frequency.nth(first, n).unwrap()).collect()
    };
    let cases = [
        (
            "J-c1-i",
            counted(
                UnitPeriod::of(Monthly),
                date(1978, 1, 10),
                &due(Monthly, date(1978, 2, 10), 24),
                230_00,
                5_000_00,
            ),
        ),
        (
            "J-c1-ii",
            counted(
                UnitPeriod::of(Monthly),
                date(1978, 2, 10),
                &due(Monthly, date(1978, 4, 1), 36),
                200_00,
                6_000_00,
            ),
        ),
        (
            "J-c1-iii",
            counted(
                UnitPeriod::of(SemiMonthly),
                date(1978, 2, 23),
                &due(SemiMonthly, date(1978, 3, 1), 24),
                219_17,
                5_000_00,
            ),
        ),
        (
            "J-c1-v",
            counted(
                UnitPeriod::of(Weekly),
                date(1978, 3, 20),
                &due(Weekly, date(1978, 4, 21), 30),
                17_60,
                500_00,
            ),
        ),
        ("J-c6-i", counted(UnitPeriod::Weeks(4), date(1978, 1, 25), &skipped(), 100_00, 2_135_00)),
    ];
    for (id, ours) in cases {
        let case = appendix_j().into_iter().find(|case| case["id"] == id).unwrap();
        let published = equation(&case);
        let at = |equation: &Equation| -> Vec<(u32, u32, u32)> {
            // A fraction of nothing is none, whatever it is of.
            equation
                .payments
                .iter()
                .map(|f| (f.at.whole, f.at.part, if f.at.part == 0 { 0 } else { f.at.of }))
                .collect()
        };
        assert_eq!(at(&ours), at(&published), "{id}");
        assert_eq!(ours.apr().unwrap().percent(6), case["apr_6dp"].as_str().unwrap(), "{id}");
    }
}

/// Every four weeks; where two would fall into one month, the second and all that follow are two weeks later.
fn skipped() -> Vec<Date> {
    let mut due = vec![date(1978, 2, 20)];
    while due.len() < 24 {
        let last = *due.last().unwrap();
        let next = last.checked_add(jiff::Span::new().days(28)).unwrap();
        let later = next.checked_add(jiff::Span::new().days(14)).unwrap();
        due.push(if next.month() == last.month() { later } else { next });
    }
    due
}

#[test]
fn a_prepaid_fee_is_disclosed_as_part_of_the_finance_charge() {
    let terms = terms(10_000_00, "8", 36);
    let schedule = Schedule::of(&terms).unwrap();
    let fee = Charge { kind: ChargeKind::Origination, minor: 200_00 };
    let registration = Charge { kind: ChargeKind::Registration, minor: 50_00 };

    let disclosure = Disclosure::of(&terms, &schedule, &[fee, registration], false).unwrap();

    assert_eq!(disclosure.apr.percent(2), "9.38");
    assert_eq!(disclosure.apr.percent(6), "9.377954");
    assert_eq!(disclosure.finance_charge.minor(), 1_481_13);
    assert_eq!(disclosure.amount_financed.minor(), 9_800_00);
    assert_eq!(disclosure.total_of_payments.minor(), 11_281_13);
    assert_eq!(disclosure.paid_out.minor(), 9_750_00);
}

#[test]
fn a_single_payment_is_disclosed_over_its_term() {
    let terms =
        Terms { started_on: date(1978, 7, 15), first_due_on: date(1979, 1, 15), ..terms(1_000_00, "8.8", 1) };

    let schedule = Schedule::of(&terms).unwrap();

    assert_eq!(Disclosure::of(&terms, &schedule, &[], false).unwrap().apr.percent(2), "8.80");
}

#[test]
fn real_estate_leaves_appraisals_out_of_the_finance_charge() {
    let terms = terms(10_000_00, "8", 36);
    let schedule = Schedule::of(&terms).unwrap();
    let appraisal = [Charge { kind: ChargeKind::Appraisal, minor: 300_00 }];

    let financed =
        |real_estate| Disclosure::of(&terms, &schedule, &appraisal, real_estate).unwrap().amount_financed;

    assert_eq!(financed(true).minor(), 10_000_00);
    assert_eq!(financed(false).minor(), 9_700_00);
}

#[test]
fn the_canadian_cost_of_borrowing_is_as_published() {
    let terms = terms(10_000_00, "8", 36);
    let schedule = Schedule::of(&terms).unwrap();
    let fee = [Charge { kind: ChargeKind::Origination, minor: 300_00 }];

    let cost = CostOfBorrowing::of_loan(&terms, &schedule, &fee).unwrap();

    assert_eq!(cost.apr.percent(4), "10.0817");
    assert_eq!(cost.apr.nearest_eighth(), "10.125");
    assert_eq!(cost.cost_minor, 1_581_13);
    assert_eq!(cost.term_hundredths, 300);
    assert_eq!(cost.average_principal_minor, 5_227_71);
    assert_eq!(CostOfBorrowing::of_loan(&terms, &schedule, &[]).unwrap().apr.percent(2), "8.00");
}

#[test]
fn the_average_principal_of_section_47_is_that_of_the_balances() {
    // Section 47 to the letter: each payment goes first to the cost that has accrued at the rate that was found.
    let terms = terms(10_000_00, "8", 36);
    let schedule = Schedule::of(&terms).unwrap();
    let fee = [Charge { kind: ChargeKind::Origination, minor: 300_00 }];
    let cost = CostOfBorrowing::of_loan(&terms, &schedule, &fee).unwrap();

    let units = 1_000_000_i128;
    let (mut principal, mut sum) = (9_700_00 * units, 0);
    for instalment in schedule.instalments() {
        sum += principal;
        let accrued = principal * i128::from(cost.apr.units()) / 12 / 1_000_000_000_000;
        principal -= i128::from(instalment.payment_minor()) * units - accrued;
    }

    let average = sum / 36;
    assert!((average - 522_770_617_100).abs() < 100, "5,227.706171: {average}");
    assert!(principal.abs() < 1_000, "repaid: {principal}");
}

#[test]
fn one_repayment_after_a_year_costs_the_year() {
    let payments = [(InterestPeriod { whole: 12, days: 0 }, 5_300_00)];

    let cost = CostOfBorrowing::of(4_750_00, 12, &payments).unwrap();

    assert_eq!(cost.apr.percent(4), "11.5789");
    assert_eq!(
        (cost.cost_minor, cost.average_principal_minor, cost.term_hundredths),
        (550_00, 4_750_00, 100)
    );
}

#[test]
fn a_canadian_mortgage_without_charges_costs_its_stated_rate() {
    let terms = Terms { compounding: Compounding::HalfYearly, ..terms(500_000_00, "5", 300) };
    let schedule = Schedule::of(&terms).unwrap();

    assert_eq!(CostOfBorrowing::of_loan(&terms, &schedule, &[]).unwrap().apr.percent(2), "5.00");
}

proptest! {
    #[test]
    fn a_loan_without_charges_has_its_rate_as_annual_percentage_rate(
        principal in 10_000_00_i64..1_000_000_00, ppb in 1_000_000_u64..200_000_000, instalments in 2_u16..360,
    ) {
        let rate = florin_lending::Rate::from_ppb(ppb).unwrap();
        let terms = Terms { annual_rate: rate, ..terms(principal, "0", instalments) };
        let schedule = Schedule::of(&terms).unwrap();

        let apr = Disclosure::of(&terms, &schedule, &[], false).unwrap().apr;

        // Within what rounding to cents can do to it.
        prop_assert!(apr.units().abs_diff(ppb * 1_000) < 60_000_000, "{} {}", apr.percent(7), rate);
    }
}

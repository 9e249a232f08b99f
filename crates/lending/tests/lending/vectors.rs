//! The published vectors: amortization, Canadian mortgages, day counts.

use florin_kernel::Date;
use florin_lending::{Compounding, DayCount, Frequency, Schedule, Terms};
use serde_json::Value;

use crate::support::{cents, date, fraction, percent, terms};

fn cases(text: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(text).unwrap();
    vectors["cases"].as_array().unwrap().clone()
}

/// Checks a row of number, payment, interest, principal and balance.
fn assert_row(schedule: &Schedule, row: &Value) {
    let number = usize::try_from(row[0].as_u64().unwrap()).unwrap();
    let instalment = schedule.instalments()[number - 1];
    let ours = [
        instalment.payment_minor(),
        instalment.interest_minor,
        instalment.principal_minor,
        instalment.balance_minor,
    ];
    assert_eq!(ours, [1, 2, 3, 4].map(|column| cents(&row[column])), "instalment {number}");
}

#[test]
fn american_loans_amortize_as_published() {
    for case in cases(include_str!("../vectors/amortization-us.json")) {
        let months = u16::try_from(case["months"].as_u64().unwrap()).unwrap();
        let terms = Terms { annual_rate: fraction(&case["annual_rate"]), ..terms(1, "0", months) };
        let terms = Terms { principal: crate::support::amount(cents(&case["principal"])), ..terms };

        let schedule = Schedule::of(&terms).unwrap();

        assert_eq!(schedule.payment_minor(), cents(&case["payment"]));
        for row in ["first", "second", "middle", "last"] {
            assert_row(&schedule, &case[row]);
        }
        assert_eq!(schedule.instalments().len(), usize::from(months));
        assert_eq!(schedule.total_interest().minor(), cents(&case["total_interest"]));
        assert_eq!(schedule.total_of_payments().minor(), cents(&case["total_of_payments"]));
    }
}

#[test]
fn canadian_mortgages_compound_half_yearly_as_published() {
    for case in cases(include_str!("../vectors/mortgage-canada.json")) {
        let per_year = case["payments_per_year"].as_u64().unwrap();
        let years = case["amortization_years"].as_u64().unwrap();
        let frequency = if per_year == 12 { Frequency::Monthly } else { Frequency::BiWeekly };
        let first_due_on = frequency.nth(date(2026, 1, 1), 1).unwrap();
        let terms = Terms {
            principal: crate::support::amount(cents(&case["principal"])),
            annual_rate: fraction(&case["annual_rate"]),
            compounding: Compounding::HalfYearly,
            frequency,
            first_due_on,
            ..terms(1, "0", u16::try_from(years * per_year).unwrap())
        };

        let schedule = Schedule::of(&terms).unwrap();

        assert_eq!(schedule.payment_minor(), cents(&case["payment"]));
        for row in ["first", "second", "after_5_years", "last"] {
            assert_row(&schedule, &case[row]);
        }
        assert_eq!(schedule.total_interest().minor(), cents(&case["total_interest"]));
        // A year's rate over the payments of a year is the published rate of a period, to its fifteen digits.
        let period = terms.annual_rate.simple(terms.compounding, frequency.per_year()).unwrap().units();
        let published: u128 =
            case["periodic_rate"].as_str().unwrap().trim_start_matches("0.").parse().unwrap();
        assert!((period / u128::from(per_year) / 1_000).abs_diff(published) <= 1);
    }
}

/// The fraction of a year in billionths, rounded.
fn billionths(count: DayCount, from: Date, to: Date) -> u64 {
    let of = count.denominator();
    (count.fraction(from, to) * 1_000_000_000 + of / 2) / of
}

#[test]
fn day_counts_are_the_published_ones() {
    for case in cases(include_str!("../vectors/daycount.json")) {
        let day = |name: &str| case[name].as_str().unwrap().parse::<Date>().unwrap();
        let (from, to) = (day("start"), day("end"));
        for (name, count) in [
            ("act_360", DayCount::Actual360),
            ("act_365f", DayCount::Actual365),
            ("act_act_isda", DayCount::ActualActual),
            ("thirty_360_us", DayCount::Thirty360Us),
            ("thirty_e_360", DayCount::Thirty360European),
        ] {
            let published: u64 = case[name].as_str().unwrap().replace('.', "").parse().unwrap();
            assert_eq!(billionths(count, from, to), published, "{name} {from} {to}");
        }
    }
}

#[test]
fn day_counts_agree_with_another_library_on_awkward_days() {
    let lines = include_str!("../vectors/daycount-random.txt").lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let (from, to): (Date, Date) = (words[0].parse().unwrap(), words[1].parse().unwrap());
        let published: Vec<u64> = words[2..].iter().map(|word| word.parse().unwrap()).collect();

        let ours = [
            DayCount::Thirty360Us.days(from, to),
            DayCount::Thirty360European.days(from, to),
            billionths(DayCount::ActualActual, from, to),
        ];

        assert_eq!(ours[..2], published[..2], "{line}");
        assert!(ours[2].abs_diff(published[2]) <= 1, "{line}: {}", ours[2]);
    }
}

#[test]
fn simple_interest_of_forty_five_days_is_as_published() {
    for (count, interest) in
        [(DayCount::Actual365, 89_38), (DayCount::Actual360, 90_63), (DayCount::Thirty360Us, 92_64)]
    {
        let terms = Terms {
            day_count: count,
            annual_rate: percent("7.25"),
            started_on: date(2026, 1, 15),
            first_due_on: date(2026, 3, 1),
            ..terms(10_000_00, "0", 1)
        };

        assert_eq!(Schedule::of(&terms).unwrap().total_interest().minor(), interest, "{count:?}");
    }
}

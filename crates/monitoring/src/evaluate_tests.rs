//! Tests of deciding: invariants over made-up readings in time.

use proptest::prelude::*;

use super::*;
use crate::Reading;
use crate::catalogue::metric;

const START: i64 = 1_790_000_000;
const STEP: i64 = 15;

fn rules(lines: &str) -> Rules {
    let text = format!(
        "[[rule]]\nname = \"x\"\nseverity = \"warning\"\nsummary = \"s\"\nrunbook = \"r\"\n{lines}\n"
    );
    Rules::parse("test.toml", &text).unwrap()
}

fn at(step: usize) -> Timestamp {
    Timestamp::from_second(START + STEP * i64::try_from(step).unwrap()).unwrap()
}

/// Whether the rule fires after each of these values of a gauge.
fn fires(rules: &Rules, values: &[i64]) -> Vec<bool> {
    let (mut evaluator, mut history) = (Evaluator::default(), History::default());
    let step = |(step, value): (usize, &i64)| {
        history.add(at(step), vec![Reading::of(&metric::WRITE_WAITING, Number::whole(*value))], 0);
        !evaluator.evaluate(rules, &history).is_empty()
    };
    values.iter().enumerate().map(step).collect()
}

#[test]
fn what_does_not_last_fires_not() {
    let rules = rules("value = 'florin_db_write_waiting'\nabove = 5\nfor = \"30s\"");

    assert_eq!(fires(&rules, &[9, 9, 1, 9, 9, 9, 9]), [false, false, false, false, false, true, true]);
    assert_eq!(fires(&rules, &[5, 5, 5, 5]), [false; 4]);
}

#[test]
fn what_fires_goes_on_until_it_is_clear() {
    let rules = rules("value = 'florin_db_write_waiting'\nabove = 5\nclear = 2");

    assert_eq!(fires(&rules, &[6, 4, 3, 2, 4, 6]), [true, true, true, false, false, true]);
}

#[test]
fn below_is_the_mirror_of_above() {
    let rules = rules("value = 'florin_db_write_waiting'\nbelow = 5\nclear = 8");

    assert_eq!(fires(&rules, &[5, 4, 7, 8, 7]), [false, true, true, false, false]);
}

#[test]
fn instances_are_told_apart_by_the_labels_of_the_rule_alone() {
    let by = rules("value = 'florin_jobs_dead'\nabove = 2\nby = [\"queue\"]");
    let all = rules("value = 'florin_jobs_dead'\nabove = 2");
    let mut history = History::default();
    let dead = |queue, number: i64| Reading::by(&metric::JOBS_DEAD, queue, Number::whole(number));
    history.add(at(0), vec![dead("mail.send", 2), dead("other", 3)], 0);

    let firing = Evaluator::default().evaluate(&by, &history);
    assert_eq!(firing.len(), 1);
    assert_eq!((firing[0].instance.as_str(), firing[0].value), ("other", Number::whole(3)));
    assert_eq!(Evaluator::default().evaluate(&all, &history)[0].value, Number::whole(5));
}

#[test]
fn a_ratio_of_few_things_is_none() {
    let rules = rules(
        "ratio = { of = 'florin_http_requests{status_class=\"5xx\"}', to = 'florin_http_requests', over = \"1m\", at_least = 20 }\nabove = \"0.5\"",
    );
    let rule = rules.find("x").unwrap();
    let mut history = History::default();
    let moment = |good: i64, bad: i64| {
        let of = |class, number: i64| Reading::by(&metric::REQUESTS, class, Number::whole(number));
        vec![of("2xx", good), of("5xx", bad)]
    };

    history.add(at(0), moment(100, 0), 60_000_000);
    assert!(measure(rule, &history).is_empty(), "one moment tells no rise");
    history.add(at(1), moment(100, 19), 60_000_000);
    assert!(measure(rule, &history).is_empty());
    history.add(at(2), moment(105, 20), 60_000_000);
    assert_eq!(measure(rule, &history).get("").unwrap().to_string(), "0.8");
}

#[test]
fn times_are_compared_with_the_last_moment() {
    let mut history = History::default();
    let ends = Number::whole(START + 100);
    history.add(at(0), vec![Reading::of(&metric::CERTIFICATE, ends), Reading::of(&metric::BACKUP, ends)], 0);

    let until = rules("until = 'florin_certificate_expiry_timestamp_seconds'\nbelow = 1");
    let age = rules("age = 'florin_backup_last_success_timestamp_seconds'\nabove = 1");

    assert_eq!(measure(until.find("x").unwrap(), &history).get(""), Some(&Number::whole(100)));
    assert_eq!(measure(age.find("x").unwrap(), &history).get(""), Some(&Number::whole(-100)));
}

#[test]
fn what_fired_before_a_restart_fires_at_once_and_clears_as_before() {
    let rules = rules("value = 'florin_db_write_waiting'\nabove = 5\nclear = 2\nfor = \"1h\"");
    let mut history = History::default();
    history.add(at(0), vec![Reading::of(&metric::WRITE_WAITING, Number::whole(4))], 0);

    let mut resumed = Evaluator::resuming([("x".to_owned(), String::new())], at(0));
    assert_eq!(resumed.evaluate(&rules, &history).len(), 1);
    assert!(Evaluator::default().evaluate(&rules, &history).is_empty());
}

#[test]
fn the_usual_rules_are_readable_and_tell_of_no_healthy_program() {
    let rules = Rules::usual().unwrap_or_else(|faults| panic!("{faults}"));
    assert!(rules.len() >= 20);
    let (mut evaluator, mut history) = (Evaluator::default(), History::default());
    for step in 0..300 {
        let count = |metric, label, number: i64| Reading::by(metric, label, Number::whole(number));
        let healthy = vec![
            count(&metric::REQUESTS, "2xx", i64::try_from(step).unwrap() * 500),
            count(&metric::REQUESTS, "5xx", i64::try_from(step).unwrap()),
            count(&metric::COMPONENT, "database", 1),
            count(&metric::JOBS_DEAD, "mail.send", 0),
            Reading::of(&metric::IMBALANCE, Number::ZERO),
            Reading::of(&metric::DISK_FREE, Number::whole(40)),
            Reading::of(&metric::DISK_SIZE, Number::whole(100)),
        ];
        history.add(at(step), healthy, micros(rules.span()));
        assert_eq!(evaluator.evaluate(&rules, &history), []);
    }
}

proptest! {
    #[test]
    fn nothing_fires_that_was_not_beyond_the_bound_for_as_long_as_the_rule_says(
        values in prop::collection::vec(0_i64..10, 1..80),
        lasts in 0_usize..6,
        clear in 0_i64..=5,
    ) {
        let seconds = lasts * 15;
        let rules = rules(&format!(
            "value = 'florin_db_write_waiting'\nabove = 5\nclear = {clear}\nfor = \"{seconds}s\""
        ));

        let fired = fires(&rules, &values);

        for (step, fires) in fired.iter().enumerate() {
            let began = fired[..step].iter().rposition(|fired| !fired).map_or(0, |quiet| quiet + 1);
            if *fires {
                // From the beginning of the fire backwards it was beyond the bound all along; since then, not clear.
                let first = began.saturating_sub(lasts);
                prop_assert!(values[first..=began].iter().all(|value| *value > 5), "{values:?} {fired:?}");
                prop_assert!(values[began..=step].iter().all(|value| *value > clear));
            } else if step >= lasts {
                prop_assert!(values[step - lasts..=step].iter().any(|value| *value <= 5));
            }
        }
    }

    #[test]
    fn the_order_of_readings_does_not_matter(
        numbers in prop::collection::vec((0_usize..4, 0_i64..10), 0..20),
        turn in 0_usize..20,
    ) {
        let queues = ["a", "b", "c", "d"];
        let rules = rules("value = 'florin_jobs_dead'\nabove = 5\nby = [\"queue\"]");
        let readings: Vec<Reading> = numbers
            .iter()
            .map(|(queue, number)| Reading::by(&metric::JOBS_DEAD, queues[*queue], Number::whole(*number)))
            .collect();
        let mut turned = readings.clone();
        turned.rotate_left(if readings.is_empty() { 0 } else { turn % readings.len() });

        let firing = |readings| {
            let mut history = History::default();
            history.add(at(0), readings, 0);
            Evaluator::default().evaluate(&rules, &history)
        };
        prop_assert_eq!(firing(readings), firing(turned));
    }

    #[test]
    fn a_rate_is_the_rise_over_the_time_however_counters_begin(
        rises in prop::collection::vec(0_i64..100, 1..30),
        begun in 0_i64..1_000,
    ) {
        let rules = rules("increase = { of = 'florin_auth_lockouts', over = \"1h\" }\nabove = 0");
        let mut history = History::default();
        let mut total = begun;
        history.add(at(0), vec![Reading::of(&metric::LOCKOUTS, Number::whole(total))], 3_600_000_000);
        for (step, rise) in rises.iter().enumerate() {
            total += rise;
            let reading = Reading::of(&metric::LOCKOUTS, Number::whole(total));
            history.add(at(step + 1), vec![reading], 3_600_000_000);
        }

        let measured = measure(rules.find("x").unwrap(), &history);
        prop_assert_eq!(measured.get(""), Some(&Number::whole(rises.iter().sum::<i64>())));
    }
}

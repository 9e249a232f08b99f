//! Curves over thresholds, and the areas under them.

/// How many are above a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// The threshold: scores of this and above are above it.
    pub threshold: f64,
    /// Those of them that were fraud.
    pub hits: u64,
    /// Those that were not.
    pub false_alarms: u64,
}

/// For each score that occurs, from the highest down, how many are above it.
pub fn curve(scores: &[f64], answers: &[bool]) -> Vec<Counts> {
    let mut ranked: Vec<(f64, bool)> = scores.iter().copied().zip(answers.iter().copied()).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut points: Vec<Counts> = Vec::new();
    let (mut hits, mut false_alarms) = (0_u64, 0_u64);
    for (score, answer) in ranked {
        if answer {
            hits = hits.saturating_add(1);
        } else {
            false_alarms = false_alarms.saturating_add(1);
        }
        match points.last_mut().filter(|last| last.threshold.total_cmp(&score).is_eq()) {
            Some(last) => (last.hits, last.false_alarms) = (hits, false_alarms),
            None => points.push(Counts { threshold: score, hits, false_alarms }),
        }
    }
    points
}

/// The area under the curve of recall over the false alarms: the probability that a fraud has a higher score than
/// something genuine, equal ones counted half. `NaN` unless there are both.
pub fn auc_roc(scores: &[f64], answers: &[bool]) -> f64 {
    let points = curve(scores, answers);
    let Some(all) = points.last().filter(|all| all.hits > 0 && all.false_alarms > 0) else { return f64::NAN };
    let (mut area, mut before) = (0.0, (0_u64, 0_u64));
    for point in &points {
        let width = float(point.false_alarms.saturating_sub(before.1));
        area += width * (float(point.hits) + float(before.0)) / 2.0;
        before = (point.hits, point.false_alarms);
    }
    area / (float(all.hits) * float(all.false_alarms))
}

/// The mean of the precision at each fraud that is found, going down the scores; equal scores are found at once (as by the
/// step function of recall, not by straight lines). `NaN` without any fraud.
pub fn average_precision(scores: &[f64], answers: &[bool]) -> f64 {
    let points = curve(scores, answers);
    let Some(all) = points.last().filter(|all| all.hits > 0) else { return f64::NAN };
    let (mut sum, mut before) = (0.0, 0_u64);
    for point in &points {
        let precision = float(point.hits) / float(point.hits.saturating_add(point.false_alarms));
        sum += float(point.hits.saturating_sub(before)) * precision;
        before = point.hits;
    }
    sum / float(all.hits)
}

/// Counts stay far below 2⁵³.
fn float(n: u64) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_perfect_order_has_both_areas_whole() {
        let (scores, answers) = ([0.9, 0.8, 0.3, 0.1], [true, true, false, false]);
        assert_eq!((auc_roc(&scores, &answers), average_precision(&scores, &answers)), (1.0, 1.0));
        let reversed = [false, false, true, true];
        assert_eq!(auc_roc(&scores, &reversed), 0.0);
        assert_eq!(average_precision(&scores, &reversed), f64::midpoint(1.0 / 3.0, 2.0 / 4.0));
    }

    #[test]
    fn equal_scores_are_worth_a_half() {
        let (scores, answers) = ([0.5; 4], [true, false, false, false]);
        assert_eq!((auc_roc(&scores, &answers), average_precision(&scores, &answers)), (0.5, 0.25));
    }

    #[test]
    fn the_worked_example_of_the_textbooks() {
        let (scores, answers) = ([0.1, 0.4, 0.35, 0.8], [false, false, true, true]);
        assert_eq!(auc_roc(&scores, &answers), 0.75);
        assert!((average_precision(&scores, &answers) - 0.833_333).abs() < 1e-6);
    }

    #[test]
    fn without_both_answers_there_is_nothing_to_tell() {
        assert!(auc_roc(&[0.5], &[true]).is_nan() && auc_roc(&[0.5], &[false]).is_nan());
        assert!(average_precision(&[0.5], &[false]).is_nan() && average_precision(&[], &[]).is_nan());
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_pairs_in_the_right_order(
            rows in prop::collection::vec((0_u8..6, any::<bool>()), 2..40),
        ) {
            let scores: Vec<f64> = rows.iter().map(|(score, _)| f64::from(*score)).collect();
            let answers: Vec<bool> = rows.iter().map(|(_, answer)| *answer).collect();
            let (mut right, mut pairs) = (0.0, 0.0);
            for (score, _) in rows.iter().filter(|(_, answer)| *answer) {
                for (other, _) in rows.iter().filter(|(_, answer)| !*answer) {
                    pairs += 1.0;
                    right += match score.cmp(other) {
                        std::cmp::Ordering::Greater => 1.0,
                        std::cmp::Ordering::Equal => 0.5,
                        std::cmp::Ordering::Less => 0.0,
                    };
                }
            }
            let area = auc_roc(&scores, &answers);
            let fits = if pairs == 0.0 { area.is_nan() } else { (area - right / pairs).abs() < 1e-9 };
            prop_assert!(fits);
        }
    }
}

//! Trees on made-up questions whose answers are known.

use florin_risk::learn::{Model, Settings, Table, train};
use florin_risk::measure::auc_roc;
use proptest::prelude::*;

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 40) as u32) / f64::from(1_u32 << 24)
    }
}

fn table(rows: usize, features: usize, missing: f64, answer: impl Fn(&[f64]) -> bool) -> Table {
    let mut chance = Chance(7);
    let mut columns = vec![Vec::new(); features];
    let mut answers = Vec::new();
    for _ in 0..rows {
        let row: Vec<f64> =
            (0..features).map(|_| if chance.next() < missing { f64::NAN } else { chance.next() }).collect();
        answers.push(answer(&row));
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let names = (0..features).map(|n| format!("f{n}")).collect();
    Table::new(names, columns, answers).unwrap()
}

fn scores(model: &Model, table: &Table) -> Vec<f64> {
    (0..table.rows()).map(|row| model.score(&table.row(row))).collect()
}

#[test]
fn two_features_that_only_tell_together_are_found() {
    let table = table(4_000, 4, 0.0, |row| (row[1] > 0.5) != (row[2] > 0.5));
    let settings = Settings { trees: 60, depth: 3, ..Settings::default() };

    let model = train(&table, &settings);

    assert!(auc_roc(&scores(&model, &table), table.answers()) > 0.99);
    assert_eq!(train(&table, &settings), model, "the same rows give the same trees");
}

#[test]
fn what_is_missing_tells_too() {
    let table = table(4_000, 2, 0.3, |row| row[0].is_nan());
    let model = train(&table, &Settings { trees: 20, ..Settings::default() });
    assert!(auc_roc(&scores(&model, &table), table.answers()) > 0.999);
}

#[test]
fn probabilities_are_calibrated_where_features_tell_nothing() {
    let mut chance = Chance(3);
    let column: Vec<f64> = (0..1_000).map(|_| chance.next()).collect();
    let answers = (0..1_000).map(|n| n % 10 == 0).collect();
    let table = Table::new(vec!["noise".to_owned()], vec![column], answers).unwrap();
    let model = train(&table, &Settings { trees: 5, leaf_weight_min: 50.0, ..Settings::default() });
    assert!((model.probability(&[0.5]) - 0.1).abs() < 0.01);
}

#[test]
fn a_model_is_the_same_after_it_was_written_down() {
    let table = table(500, 3, 0.1, |row| row[0] > 0.3);
    let model = train(&table, &Settings::default());
    let read: Model = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
    assert_eq!(read.check(), Ok(()));
    assert_eq!(scores(&read, &table), scores(&model, &table), "bit by bit");
}

#[test]
fn a_model_that_was_tampered_with_is_refused() {
    let table = table(500, 3, 0.1, |row| row[0] > 0.3);
    let written = serde_json::to_value(train(&table, &Settings::default())).unwrap();
    for (pointer, value) in [
        ("/trees/0/nodes/0/first", serde_json::json!(2)),
        ("/trees/0/nodes/0/first", serde_json::json!(999)),
        ("/trees/0/nodes/0/feature", serde_json::json!(3)),
        ("/trees/0/nodes", serde_json::json!([])),
    ] {
        let mut forged = written.clone();
        *forged.pointer_mut(pointer).unwrap() = value;
        let model: Model = serde_json::from_value(forged).unwrap();
        assert!(model.check().is_err(), "{pointer}");
    }
}

#[test]
fn tables_must_be_even() {
    let name = || vec!["a".to_owned()];
    assert!(Table::new(name(), vec![vec![1.0, 2.0]], vec![true]).is_err());
    assert!(Table::new(vec![], vec![vec![1.0]], vec![true]).is_err());
    assert!(Table::new(name(), vec![vec![]], vec![]).is_err());
}

/// Shapley's values by their definition: the mean over all orders in which features become known, where what is not known
/// is averaged over the rows that came by.
fn by_definition(model: &serde_json::Value, row: &[f64]) -> Vec<f64> {
    let features = row.len();
    let mut values = vec![0.0; features];
    for subset in 0_u32..1 << features {
        let known = subset.count_ones() as usize;
        for (feature, value) in
            values.iter_mut().enumerate().filter(|(feature, _)| subset >> feature & 1 == 0)
        {
            let weight = factorial(known) * factorial(features - known - 1) / factorial(features);
            *value += weight * (worth(model, row, subset | 1 << feature) - worth(model, row, subset));
        }
    }
    values
}

fn factorial(n: usize) -> f64 {
    (1..=n).map(|n| f64::from(u32::try_from(n).unwrap())).product()
}

fn worth(model: &serde_json::Value, row: &[f64], known: u32) -> f64 {
    let trees = model["trees"].as_array().unwrap();
    trees.iter().map(|tree| walk(tree["nodes"].as_array().unwrap(), 0, row, known)).sum()
}

fn walk(nodes: &[serde_json::Value], at: usize, row: &[f64], known: u32) -> f64 {
    let node = nodes.get(at).unwrap();
    let index = |name: &str| usize::try_from(node[name].as_u64().unwrap()).unwrap();
    let first = index("first");
    if first == 0 {
        return node["value"].as_f64().unwrap();
    }
    let feature = index("feature");
    if known >> feature & 1 == 1 {
        let value = row.get(feature).copied().unwrap();
        let goes_first = if value.is_nan() {
            node["missing_first"].as_bool().unwrap()
        } else {
            value <= node["edge"].as_f64().unwrap()
        };
        return walk(nodes, first + usize::from(!goes_first), row, known);
    }
    let cover = |at: usize| nodes.get(at).unwrap()["cover"].as_f64().unwrap();
    [first, first + 1].iter().map(|child| walk(nodes, *child, row, known) * cover(*child) / cover(at)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn contributions_are_shapleys_values_and_add_up_to_the_score(
        seed in 0_u64..1_000, depth in 1_u32..6, a in 0.0_f64..1.0, b in 0.0_f64..1.0, is_missing in any::<bool>(),
    ) {
        let limit = f64::from(u32::try_from(seed).unwrap()) / 1_000.0;
        let table = table(300, 4, 0.1, |row| row[0] + row[1] * row[2] > limit || row[3].is_nan());
        let settings = Settings { trees: 4, depth, rate: 0.5, leaf_weight_min: 0.1, ..Settings::default() };
        let model = train(&table, &settings);
        let row = [a, b, if is_missing { f64::NAN } else { a * b }, 1.0 - b];

        let (without, contributions) = model.contributions(&row);

        let sum = without + contributions.iter().sum::<f64>();
        prop_assert!((sum - model.score(&row)).abs() < 1e-9, "{sum} is not {}", model.score(&row));
        let defined = by_definition(&serde_json::to_value(&model).unwrap(), &row);
        for (ours, theirs) in contributions.iter().zip(&defined) {
            prop_assert!((ours - theirs).abs() < 1e-9, "{contributions:?} is not {defined:?}");
        }
    }
}

//! Cutting features into bins.

use super::Table;

/// The most bins of a feature, the one for missing values aside.
pub const BINS_MAX: usize = 65_000;

/// A feature's bins: bin 0 is for what is missing; the bin `b` above it holds values up to `edges[b - 1]`, and the last all
/// beyond the last edge.
pub(super) struct Bins {
    pub(super) edges: Vec<f64>,
    /// The bin of each row.
    pub(super) of_row: Vec<u16>,
}

impl Bins {
    /// How many bins there are, that of missing values counted.
    pub(super) fn count(&self) -> usize {
        self.edges.len().saturating_add(2)
    }
}

/// The bins of every feature of a table, at most so many each.
pub(super) fn cut(table: &Table, bins_max: usize) -> Vec<Bins> {
    let bins_max = bins_max.clamp(2, BINS_MAX);
    table.columns().iter().map(|column| cut_column(column, bins_max)).collect()
}

fn cut_column(column: &[f64], bins_max: usize) -> Bins {
    let mut values: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
    values.sort_unstable_by(f64::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup_by(|a, b| a == b);
    let edges = if distinct.len() <= bins_max { between(&distinct) } else { quantiles(&values, bins_max) };
    let of_row = column.iter().map(|value| bin_of(&edges, *value)).collect();
    Bins { edges, of_row }
}

/// Half way between neighbours.
fn between(distinct: &[f64]) -> Vec<f64> {
    distinct
        .windows(2)
        .filter_map(|pair| <[f64; 2]>::try_from(pair).ok())
        .map(|[a, b]| half_way(a, b))
        .collect()
}

fn half_way(a: f64, b: f64) -> f64 {
    let middle = a / 2.0 + b / 2.0;
    // Where rounding reaches the upper neighbour the lower one is the edge: values up to an edge are below it.
    if middle < b { middle } else { a }
}

fn quantiles(sorted: &[f64], bins: usize) -> Vec<f64> {
    let mut edges: Vec<f64> = (1..bins)
        .filter_map(|nth| {
            let at = sorted.len().saturating_mul(nth).checked_div(bins)?;
            Some(half_way(*sorted.get(at.saturating_sub(1))?, *sorted.get(at)?))
        })
        .collect();
    edges.dedup_by(|a, b| a == b);
    edges
}

fn bin_of(edges: &[f64], value: f64) -> u16 {
    if value.is_nan() {
        return 0;
    }
    let below = edges.partition_point(|edge| *edge < value);
    u16::try_from(below.saturating_add(1)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(column: &[f64], bins_max: usize) -> Bins {
        cut_column(column, bins_max)
    }

    #[test]
    fn few_values_have_a_bin_each_and_missing_ones_their_own() {
        let bins = bins(&[3.0, 1.0, f64::NAN, 2.0, 1.0], 10);
        assert_eq!(bins.edges, [1.5, 2.5]);
        assert_eq!(bins.of_row, [3, 1, 0, 2, 1]);
        assert_eq!(bins.count(), 4);
    }

    #[test]
    fn many_values_share_bins_of_equal_size() {
        let column: Vec<f64> = (0..1_000).map(f64::from).collect();
        let bins = bins(&column, 4);
        assert_eq!(bins.edges, [249.5, 499.5, 749.5]);
        for bin in 1..=4 {
            assert_eq!(bins.of_row.iter().filter(|of| **of == bin).count(), 250);
        }
    }

    #[test]
    fn neighbours_that_nothing_lies_between_are_told_apart() {
        let next = 1.0_f64.next_up();
        let bins = bins(&[1.0, next], 10);
        assert_eq!(bins.of_row, [1, 2]);
    }

    #[test]
    fn a_column_of_one_value_has_one_bin() {
        assert!(bins(&[5.0; 3], 10).edges.is_empty());
        assert_eq!(bins(&[f64::NAN; 3], 10).of_row, [0, 0, 0]);
    }
}

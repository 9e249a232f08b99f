//! Features: what is known of an attempt in numbers.
//!
//! One static table, [`FEATURES`], says of each its name, its family, what it is counted in, how it is told to people, and
//! how it is computed. A vector of them is [`Features`].

mod facts;
mod habits;
mod macros;
mod text;
mod vector;
mod velocity;

use serde::{Deserialize, Serialize};

pub(crate) use facts::{Around, Facts};
pub(crate) use text::{sentence, told};
pub use vector::{Features, InvalidFeatures};

/// The kind of evidence that a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// How often.
    Velocity,
    /// How much.
    Amount,
    /// Where it is spent.
    Merchant,
    /// Where it comes from.
    Geography,
    /// What it comes from.
    Device,
    /// What lists say.
    List,
    /// How it differs from what the person does otherwise.
    Behaviour,
    /// When.
    Time,
}

/// What a feature is counted in. Rules compare like with like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number: a count, a ratio, kilometres, an hour of the day.
    Number,
    /// Minor units of the reference currency.
    Money,
    /// Seconds.
    Time,
    /// One or zero.
    Truth,
}

/// A feature.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its name in rules and models.
    pub name: &'static str,
    /// Which kind of evidence it is.
    pub family: Family,
    /// What it is counted in.
    pub unit: Unit,
    /// How it is told to people; `{}` stands for its value.
    pub text: &'static str,
    /// How it is computed.
    pub(crate) of: fn(&Facts<'_>) -> f64,
}

/// Which table of features this is. Any change of a feature's meaning or place is another version.
pub const FEATURES_VERSION: u32 = 1;

const PARTS: [&[Feature]; 2] = [&velocity::ALL, &habits::ALL];

/// Every feature, in the order of vectors.
pub static FEATURES: [Feature; macros::total(&PARTS)] = macros::join(&PARTS);

/// The place of a feature in vectors, by its name.
pub fn find(name: &str) -> Option<usize> {
    FEATURES.iter().position(|feature| feature.name == name)
}

impl Features {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        Self::new(FEATURES.iter().map(|feature| (feature.of)(facts)).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{FEATURES, Features, Unit};
    use proptest::prelude::*;

    #[test]
    fn names_are_unique_and_can_be_written_in_rules() {
        let names: HashSet<&str> = FEATURES.iter().map(|feature| feature.name).collect();

        assert_eq!(names.len(), FEATURES.len());
        let plain =
            |name: &str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_'));
        assert!(names.iter().all(|name| plain(name)));
    }

    #[test]
    fn what_is_true_or_not_is_told_without_its_value() {
        for feature in &FEATURES {
            assert_eq!(feature.unit == Unit::Truth, !feature.text.contains("{}"), "{}", feature.name);
        }
    }

    #[test]
    fn small_values_take_few_bytes() {
        let length = |value: f64| Features::new(vec![value]).to_bytes().len();

        assert_eq!([0.0, 239.0, 240.0, 3_055.0, 3_056.0, 16_777_215.0].map(length), [1, 1, 2, 2, 4, 4]);
        assert_eq!([f64::NAN, -0.0, 0.5, 16_777_216.0, -1.0].map(length), [1, 9, 9, 9, 9]);
        let runs = [vec![0.0; 300], vec![f64::NAN; 70], vec![5.0]].concat();
        assert_eq!(Features::new(runs.clone()).to_bytes().len(), 7);
        assert_eq!(
            Features::from_bytes(&Features::new(runs.clone()).to_bytes()).unwrap(),
            Features::new(runs)
        );
        assert!([&[255, 1][..], &[251], &[252, 0]].iter().all(|bytes| Features::from_bytes(bytes).is_err()));
    }

    proptest! {
        #[test]
        fn a_vector_comes_back_bit_for_bit(bits in prop::collection::vec(any::<u64>(), 0..40), small in prop::collection::vec(0..20_000_u32, 0..40)) {
            let values = bits.into_iter().map(f64::from_bits).chain(small.into_iter().map(f64::from)).collect();
            let features = Features::new(values);

            prop_assert_eq!(Features::from_bytes(&features.to_bytes()).unwrap(), features);
        }
    }
}

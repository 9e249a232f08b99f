//! Card payments: what is known of one when it is made, as features.
//!
//! Whether a payment was fraud is known some days after it only ([`LABEL_DELAY_DAYS`]); no feature looks at what was not known
//! then.

mod customer;
mod features;
mod place;
mod state;
mod terminal;

pub use features::{BASIC, FEATURES, History};
pub use place::Place;

/// How many days after a payment it is known whether it was fraud.
pub const LABEL_DELAY_DAYS: i64 = 7;
/// The seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// A payment by card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its number.
    pub id: u64,
    /// When it was made, in seconds since 1970 where it was made.
    pub at: i64,
    /// Whose card it was.
    pub customer: u64,
    /// Where it was.
    pub terminal: u64,
    /// How much, in minor units.
    pub minor: i64,
    /// In which place, where that is known.
    pub place: Option<Place>,
    /// Whether it turned out to be fraud.
    pub fraud: bool,
}

/// Counts and cents as floats: far below 2⁵³.
pub(crate) fn float(n: i64) -> f64 {
    i32::try_from(n).map_or_else(|_| wide(n), f64::from)
}

fn wide(n: i64) -> f64 {
    let (high, low) = (n >> 31, n & 0x7fff_ffff);
    let part = |n: i64| i32::try_from(n).map_or(f64::NAN, f64::from);
    part(high) * 2_147_483_648.0 + part(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_floats_exactly() {
        for n in [0, 1, -1, 2_147_483_647, 2_147_483_648, -2_147_483_649, 1 << 50, -(1 << 50) - 3] {
            assert_eq!(format!("{:.0}", float(n)), n.to_string());
        }
    }
}

//! Where a fraction of a minor unit goes: the one place that rounds.

use serde::{Deserialize, Serialize};

/// How a fraction of a minor unit is rounded. Sums here are never below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest unit, a half upwards: what schedules of the trade do.
    #[default]
    HalfUp,
    /// To the nearest unit, a half to the even one.
    HalfEven,
    /// Down, in the borrower's favour.
    Down,
    /// Up.
    Up,
}

impl Rounding {
    /// `numerator` / `denominator` as a whole number; `None` when the denominator is zero.
    pub const fn divide(self, numerator: u128, denominator: u128) -> Option<u128> {
        let (Some(whole), Some(rest)) =
            (numerator.checked_div(denominator), numerator.checked_rem(denominator))
        else {
            return None;
        };
        // What is missing to the next whole is compared with the rest, since twice the rest might not fit.
        let missing = denominator - rest;
        let up = match self {
            Self::HalfUp => rest >= missing,
            Self::HalfEven => rest > missing || (rest == missing && whole % 2 == 1),
            Self::Down => false,
            Self::Up => rest > 0,
        };
        if up { whole.checked_add(1) } else { Some(whole) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_rounds_as_its_name_says() {
        let rounded = |mode: Rounding| [4, 5, 6, 15, 20].map(|n| mode.divide(n, 10).unwrap());

        assert_eq!(rounded(Rounding::HalfUp), [0, 1, 1, 2, 2]);
        assert_eq!(rounded(Rounding::HalfEven), [0, 0, 1, 2, 2]);
        assert_eq!(rounded(Rounding::Down), [0, 0, 0, 1, 2]);
        assert_eq!(rounded(Rounding::Up), [1, 1, 1, 2, 2]);
        assert_eq!(Rounding::HalfUp.divide(1, 0), None);
        assert_eq!(Rounding::HalfUp.divide(u128::MAX, u128::MAX), Some(1));
    }
}

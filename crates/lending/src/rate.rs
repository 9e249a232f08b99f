//! Interest rates: parts per billion a year, how often they compound, and what they are as a simple rate.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::fixed::Fixed;

/// A yearly interest rate in parts per billion: 8 % is 80,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Rate(u64);

/// Why a rate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RateError {
    /// Text that is not a percentage such as `8.25`.
    #[error("a percentage such as 8.25 is wanted, with at most seven decimals and neither sign nor spaces")]
    Malformed,
    /// More than [`Rate::MAX`].
    #[error("a rate is at most 1000 %")]
    TooHigh,
}

/// How often the quoted rate compounds within a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compounding {
    /// With each payment: the quoted rate is the nominal one, and a period bears its fraction of it. The usual way in
    /// the United States, and of loans and variable-rate mortgages in Canada.
    #[default]
    EachPeriod,
    /// Half-yearly, not in advance: fixed-rate mortgages in Canada (Interest Act, R.S.C. 1985, c. I-15, s. 6).
    HalfYearly,
    /// Yearly, not in advance: the other rate that s. 6 lets a mortgage state.
    Yearly,
}

/// Units of a [`SimpleRate`] in one: 10¹⁸.
pub const SIMPLE_UNITS: u128 = 1_000_000_000_000_000_000;

/// A yearly rate without compounding, in units of 10⁻¹⁸: interest is balance × rate × fraction of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimpleRate(u128);

impl Rate {
    /// No interest.
    pub const ZERO: Self = Self(0);
    /// 1000 % a year.
    pub const MAX: Self = Self(10_000_000_000);

    /// A rate of `parts` per billion a year.
    ///
    /// # Errors
    /// [`RateError::TooHigh`] above [`Rate::MAX`].
    pub const fn from_ppb(parts: u64) -> Result<Self, RateError> {
        if parts > Self::MAX.0 { Err(RateError::TooHigh) } else { Ok(Self(parts)) }
    }

    /// Reads a percentage: `8.25` is 8.25 % a year.
    ///
    /// # Errors
    /// [`RateError::Malformed`], [`RateError::TooHigh`].
    pub fn parse_percent(text: &str) -> Result<Self, RateError> {
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return Err(RateError::Malformed),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || decimals.len() > 7 || !digits(whole) || !digits(decimals) {
            return Err(RateError::Malformed);
        }
        if whole.len() > 4 {
            return Err(RateError::TooHigh);
        }
        let parts = format!("{whole}{decimals:0<7}").parse().map_err(|_| RateError::Malformed)?;
        Self::from_ppb(parts)
    }

    /// The parts per billion.
    pub const fn ppb(self) -> u64 {
        self.0
    }

    /// Whether it bears no interest.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This rate, compounding so, as a simple rate over periods of which a year has `per_year`.
    ///
    /// A period's rate is `i = (1 + r/m)^(m/p) − 1` for m compoundings and p payments a year, and the simple rate is
    /// `p × i`, so that one p-th of a year bears exactly `i`. `None` when `per_year` is zero.
    pub fn simple(self, compounding: Compounding, per_year: u32) -> Option<SimpleRate> {
        let times = match compounding {
            Compounding::EachPeriod => {
                return Some(SimpleRate(u128::from(self.0) * (SIMPLE_UNITS / BILLION)));
            }
            Compounding::HalfYearly => 2,
            Compounding::Yearly => 1,
        };
        if self.is_zero() {
            return Some(SimpleRate(0));
        }
        let one_more = Fixed::ONE.plus(Fixed::ratio(u128::from(self.0), BILLION * u128::from(times))?)?;
        let common = gcd(times, per_year);
        let growth = one_more.power(times / common)?.root(per_year / common)?;
        let period = growth.minus(Fixed::ONE)?;
        // 2⁻⁹⁶ to 10⁻¹⁸, to the nearest: the fraction of the product's 96 bits is what is rounded.
        let scaled =
            crate::fixed::times(period.bits(), SIMPLE_UNITS << 32)?.checked_mul(u128::from(per_year))?;
        Some(SimpleRate((scaled + (1 << 31)) >> 32))
    }
}

const BILLION: u128 = 1_000_000_000;

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl SimpleRate {
    /// The units of 10⁻¹⁸ a year.
    pub const fn units(self) -> u128 {
        self.0
    }

    /// What one becomes within `fraction` / `of` of a year.
    pub(crate) fn growth(self, fraction: u64, of: u64) -> Option<Fixed> {
        let grown = self.0.checked_mul(u128::from(fraction))?;
        Fixed::ONE.plus(Fixed::ratio(grown, SIMPLE_UNITS.checked_mul(u128::from(of))?)?)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        Self::parse_percent(&text)
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

/// A percentage without trailing zeros: `8.25`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / 10_000_000, self.0 % 10_000_000);
        if decimals == 0 {
            return write!(f, "{whole}");
        }
        let decimals = format!("{decimals:07}");
        write!(f, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_percentage_reads_as_parts_per_billion() {
        assert_eq!(Rate::parse_percent("8.25").map(Rate::ppb), Ok(82_500_000));
        assert_eq!(Rate::parse_percent("0").map(Rate::ppb), Ok(0));
        assert_eq!(Rate::parse_percent("1000"), Ok(Rate::MAX));
        assert_eq!(Rate::parse_percent("1000.0000001"), Err(RateError::TooHigh));
        assert_eq!(Rate::parse_percent("99999999999999999999"), Err(RateError::TooHigh));
        for text in ["", ".5", "5.", "-1", "+1", "1e2", "8,25", " 8", "8.25%", "0.00000001", "٨"] {
            assert_eq!(Rate::parse_percent(text), Err(RateError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_nominal_rate_is_its_own_simple_rate() {
        let rate = Rate::parse_percent("6.5").unwrap();
        assert_eq!(rate.simple(Compounding::EachPeriod, 12).unwrap().units(), 65_000_000_000_000_000);
    }

    #[test]
    fn five_percent_half_yearly_is_the_published_monthly_rate() {
        let rate = Rate::parse_percent("5").unwrap();
        let simple = rate.simple(Compounding::HalfYearly, 12).unwrap();
        assert_eq!(simple.units() / 12, 4_123_915_465_144_271);
        assert_eq!(rate.simple(Compounding::HalfYearly, 2).unwrap().units(), 50_000_000_000_000_000);
        assert_eq!(rate.simple(Compounding::HalfYearly, 1).unwrap().units(), 50_625_000_000_000_000);
        assert_eq!(rate.simple(Compounding::Yearly, 1).unwrap().units(), 50_000_000_000_000_000);
        assert_eq!(rate.simple(Compounding::HalfYearly, 0), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(ppb in 0..=10_000_000_000_u64) {
            let rate = Rate::from_ppb(ppb).unwrap();
            prop_assert_eq!(Rate::parse_percent(&rate.to_string()), Ok(rate));
        }

        #[test]
        fn every_rate_has_a_simple_rate_at_every_frequency(ppb in 0..=10_000_000_000_u64, index in 0..8_usize) {
            let rate = Rate::from_ppb(ppb).unwrap();
            let per_year = [1, 2, 4, 12, 13, 24, 26, 52][index];
            let nominal = rate.simple(Compounding::EachPeriod, per_year).unwrap();
            let half_yearly = rate.simple(Compounding::HalfYearly, per_year).unwrap();
            // Compounding less often than one pays costs less than the nominal rate, and more often costs more.
            prop_assert_eq!(half_yearly <= nominal, per_year >= 2 || ppb == 0);
        }
    }
}

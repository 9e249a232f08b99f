//! What the institution charges for payments.

use std::str::FromStr;

use florin_kernel::Money;
use thiserror::Error;

use super::record::Carrier;
use crate::rail::{Flow, MeansKind};

/// Parts of a major unit that a flat charge is counted in.
const FLAT_SCALE: i128 = 10_000;
/// Parts of the whole that a rate is counted in: hundredths of a percent.
const RATE_SCALE: i128 = 10_000;

/// A charge: so much, and such a part of the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fee {
    /// In ten-thousandths of a major unit.
    flat: u32,
    /// In hundredths of a percent.
    rate: u32,
}

/// Text that is no charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a charge is wanted: an amount such as 0.30, a rate such as 2.9%, or both as in 0.30 + 2.9%")]
pub struct InvalidFee;

impl FromStr for Fee {
    type Err = InvalidFee;

    fn from_str(text: &str) -> Result<Self, InvalidFee> {
        let mut fee = Self::default();
        for part in text.split('+').map(str::trim) {
            match part.strip_suffix('%') {
                Some(rate) => fee.rate = decimal(rate, 2)?,
                None => fee.flat = decimal(part, 4)?,
            }
        }
        if fee.rate > 10_000 { Err(InvalidFee) } else { Ok(fee) }
    }
}

/// A decimal with at most so many places, as a whole number of the last of them.
fn decimal(text: &str, places: usize) -> Result<u32, InvalidFee> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 4 || part.len() > places || !digits(whole) || !digits(part) {
        return Err(InvalidFee);
    }
    format!("{whole}{part:0<places$}").parse().map_err(|_| InvalidFee)
}

impl Fee {
    /// The charge for an amount, in minor units of its currency; halves are rounded up, once, at the end.
    fn of(self, amount: Money) -> i64 {
        let per_major = i128::from(amount.currency().minor_per_major());
        let flat = i128::from(self.flat).saturating_mul(per_major).saturating_mul(RATE_SCALE);
        let part = i128::from(amount.minor()).saturating_mul(self.rate.into()).saturating_mul(FLAT_SCALE);
        let scale = FLAT_SCALE.saturating_mul(RATE_SCALE);
        let rounded = flat.saturating_add(part).saturating_add(scale.div_euclid(2)).div_euclid(scale);
        i64::try_from(rounded).unwrap_or(i64::MAX)
    }
}

/// The charges of an installation, by what carries a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// For payments within the books.
    pub internal: Fee,
    /// For payments to bank accounts elsewhere.
    pub bank_out: Fee,
    /// For payments from bank accounts elsewhere.
    pub bank_in: Fee,
    /// For payments by card.
    pub card: Fee,
}

impl Fees {
    /// The charge for a payment.
    pub(crate) fn of(&self, carrier: Carrier, amount: Money) -> Money {
        let fee = match carrier {
            Carrier::Internal => self.internal,
            Carrier::Rail(_, MeansKind::Card | MeansKind::Kept(_)) => self.card,
            Carrier::Rail(Flow::In, MeansKind::BankAccount) => self.bank_in,
            Carrier::Rail(Flow::Out, MeansKind::BankAccount) => self.bank_out,
        };
        Money::new(fee.of(amount), amount.currency())
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Currency;

    use super::*;

    fn charge(text: &str, minor: i64, currency: Currency) -> i64 {
        text.parse::<Fee>().unwrap().of(Money::new(minor, currency))
    }

    #[test]
    fn charges_are_rounded_once_to_the_minor_unit() {
        assert_eq!(charge("0", 10_000, Currency::USD), 0);
        assert_eq!(charge("0.30", 10_000, Currency::USD), 30);
        assert_eq!(charge("0.30 + 2.9%", 10_000, Currency::USD), 320);
        assert_eq!(charge("2.9%", 50, Currency::USD), 1, "1.45 is rounded down");
        assert_eq!(charge("2.9% + 0.0005", 50, Currency::USD), 2, "1.50 is rounded up");
        assert_eq!(charge("0.30", 1_000, Currency::JPY), 0);
        assert_eq!(charge("100%", i64::MAX, Currency::USD), i64::MAX);
    }

    #[test]
    fn what_is_no_charge_is_refused() {
        for text in ["", "a", "-1", "1,5", "2.999%", "100.01%", "0.30 +", "12345", "0.00001", "%"] {
            assert_eq!(text.parse::<Fee>(), Err(InvalidFee), "{text}");
        }
    }
}

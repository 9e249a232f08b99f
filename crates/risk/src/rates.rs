//! One currency to compare amounts in.

use std::collections::BTreeMap;

use florin_kernel::Currency;

/// How many parts a rate of one to one has.
const WHOLE: i128 = 1_000_000;

/// What a major unit of each currency is worth in the reference currency, in millionths. Rates need not be of today: they
/// make amounts comparable, and buy nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    reference: Currency,
    parts: BTreeMap<Currency, u32>,
}

impl Rates {
    /// Everything one to one.
    pub fn new(reference: Currency) -> Self {
        Self { reference, parts: BTreeMap::new() }
    }

    /// With one major unit of a currency worth so many millionths of a major unit of the reference currency.
    #[must_use]
    pub fn with(mut self, currency: Currency, millionths: u32) -> Self {
        self.parts.insert(currency, millionths);
        self
    }

    /// The reference currency.
    pub const fn reference(&self) -> Currency {
        self.reference
    }

    /// An amount in minor units of the reference currency, half a unit rounded up, negative amounts as zero, and those
    /// that do not fit as the greatest there is.
    pub fn convert(&self, minor: i64, currency: Currency) -> i64 {
        let minor = minor.max(0);
        if currency == self.reference {
            return minor;
        }
        let rate = self.parts.get(&currency).map_or(WHOLE, |parts| i128::from(*parts));
        let up = 10_i128.pow(u32::from(self.reference.digits()));
        let down = 10_i128.pow(u32::from(currency.digits())) * WHOLE;
        // 2⁶³ × 2³² × 10⁴ is below 2¹²⁷.
        let scaled = i128::from(minor) * rate * up;
        i64::try_from((scaled + down / 2) / down).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Currency;

    use super::Rates;

    #[test]
    fn amounts_are_scaled_by_digits_and_rate() {
        let rates = Rates::new(Currency::USD).with(Currency::EUR, 1_100_000).with(Currency::JPY, 6_700);

        assert_eq!(rates.convert(10_00, Currency::USD), 10_00);
        assert_eq!(rates.convert(10_00, Currency::EUR), 11_00);
        assert_eq!(rates.convert(10_000, Currency::JPY), 67_00);
        assert_eq!(rates.convert(1_000, Currency::BHD), 1_00, "one to one where no rate is given");
        assert_eq!(rates.convert(-5, Currency::USD), 0);
        assert_eq!(rates.convert(i64::MAX, Currency::EUR), i64::MAX);
    }
}

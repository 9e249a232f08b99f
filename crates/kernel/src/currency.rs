//! Currencies: the whole of ISO 4217 that has a minor unit.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::iso4217::{Entry, LIST};

/// A currency of ISO 4217, with its minor unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(u8);

/// Text that names no currency of ISO 4217 list one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no such currency: a code of ISO 4217 in capitals is wanted, such as USD, EUR or JPY")]
pub struct UnknownCurrency;

impl Currency {
    /// The euro, two digits.
    pub const EUR: Self = Self::known("EUR");
    /// The United States dollar, two digits.
    pub const USD: Self = Self::known("USD");
    /// The Canadian dollar, two digits.
    pub const CAD: Self = Self::known("CAD");
    /// The yen, no digits.
    pub const JPY: Self = Self::known("JPY");
    /// The Bahraini dinar, three digits.
    pub const BHD: Self = Self::known("BHD");

    const fn known(code: &str) -> Self {
        let wanted = code.as_bytes();
        let mut index = 0_u8;
        while (index as usize) < LIST.len() {
            #[expect(clippy::indexing_slicing, reason = "bounded by the loop; evaluated by the compiler")]
            let listed = LIST[index as usize].code.as_bytes();
            #[expect(
                clippy::indexing_slicing,
                reason = "codes have three letters; evaluated by the compiler"
            )]
            if listed[0] == wanted[0] && listed[1] == wanted[1] && listed[2] == wanted[2] {
                return Self(index);
            }
            index = index.saturating_add(1);
        }
        Self(u8::MAX)
    }

    fn entry(self) -> &'static Entry {
        #[expect(clippy::indexing_slicing, reason = "a Currency is made only from an index of the list")]
        &LIST[usize::from(self.0)]
    }

    /// The currency of this alphabetic code, in capitals.
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        let index = LIST.binary_search_by(|entry| entry.code.cmp(code)).map_err(|_| UnknownCurrency)?;
        u8::try_from(index).map(Self).map_err(|_| UnknownCurrency)
    }

    /// The currency of this numeric code, such as 978 for the euro.
    pub fn from_numeric(numeric: u16) -> Result<Self, UnknownCurrency> {
        let index = LIST.iter().position(|entry| entry.numeric == numeric).ok_or(UnknownCurrency)?;
        u8::try_from(index).map(Self).map_err(|_| UnknownCurrency)
    }

    /// Every currency, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        (0_u8..).zip(LIST.iter()).map(|(index, _)| Self(index))
    }

    /// The alphabetic code, three capitals.
    pub fn code(self) -> &'static str {
        self.entry().code
    }

    /// The numeric code.
    pub fn numeric(self) -> u16 {
        self.entry().numeric
    }

    /// How many decimal digits the minor unit has: 2 for cents, 0 for the yen.
    pub fn digits(self) -> u8 {
        self.entry().digits
    }

    /// The English name.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// How many minor units make one major unit: 100 for the euro.
    pub fn minor_per_major(self) -> i64 {
        10_i64.saturating_pow(u32::from(self.digits()))
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_unique() {
        assert!(LIST.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn every_currency_is_found_by_both_its_codes() {
        for currency in Currency::all() {
            assert_eq!(Currency::parse(currency.code()), Ok(currency));
            assert_eq!(Currency::from_numeric(currency.numeric()), Ok(currency));
            assert!(currency.digits() <= 4, "{currency} has {} digits", currency.digits());
        }
    }

    #[test]
    fn minor_units_are_those_of_the_standard() {
        let cases = [("EUR", 978, 2), ("JPY", 392, 0), ("BHD", 48, 3), ("CLF", 990, 4), ("ISK", 352, 0)];
        for (code, numeric, digits) in cases {
            let currency = Currency::parse(code).unwrap();
            assert_eq!((currency.numeric(), currency.digits()), (numeric, digits), "{code}");
        }
        assert_eq!(Currency::EUR.code(), "EUR");
        assert_eq!(Currency::BHD.code(), "BHD");
    }

    #[test]
    fn what_is_not_a_currency_is_refused() {
        // ISO 4217 has codes for "no currency" (XXX) and for metals (XAU) too; neither is money here.
        for code in ["", "eur", "EU", "EURO", "XXX", "XAU", "ABC", "€"] {
            assert_eq!(Currency::parse(code), Err(UnknownCurrency), "{code}");
        }
    }
}

//! Money: integer minor units of one currency, and nothing rounded behind anybody's back.

use std::fmt;

use thiserror::Error;

use crate::Currency;

/// A sum of money in minor units; it may be zero or below.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Money above zero: what a transfer moves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount(Money);

/// Why a sum was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Two currencies met in one sum.
    #[error("{0} and {1} cannot be added or compared")]
    CurrencyMismatch(Currency, Currency),
    /// The result does not fit 64 bits of minor units.
    #[error("the sum is too large")]
    Overflow,
    /// Zero or below where an amount is wanted.
    #[error("the amount must be above zero")]
    NotPositive,
    /// Text that is not a decimal number such as `1234.56`.
    #[error("a decimal number such as 12.34 is wanted, with a point, and neither sign, spaces nor exponent")]
    Malformed,
    /// The text has more or fewer decimals than the currency.
    #[error("{currency} amounts have exactly {wanted} decimals")]
    Precision {
        /// The currency of the amount.
        currency: Currency,
        /// How many decimals it has.
        wanted: u8,
    },
}

impl Money {
    /// `minor` minor units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The count of minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum; refused when currencies differ or the result does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The difference; refused when currencies differ or the result does not fit.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The smaller of two sums of one currency.
    pub fn min(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(Self { minor: self.minor.min(other.minor), ..self })
    }

    /// The total of many sums of one currency; `None` of them is zero of `currency`.
    pub fn total(currency: Currency, parts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        let mut total = 0_i128;
        for part in parts {
            Self::zero(currency).same_currency(part)?;
            total = total.checked_add(i128::from(part.minor)).ok_or(MoneyError::Overflow)?;
        }
        let minor = i64::try_from(total).map_err(|_| MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }

    /// Reads an unsigned decimal with exactly the currency's digits, such as `1234.56` for the euro.
    ///
    /// # Errors
    /// [`MoneyError::Malformed`] when it is no such number, [`MoneyError::Precision`] when it has other
    /// than the currency's digits, [`MoneyError::Overflow`] past 2⁶³−1 minor units.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency.digits();
        let given = scan(text)?;
        if given.decimals != usize::from(digits) {
            return Err(MoneyError::Precision { currency, wanted: digits });
        }
        Self::from_decimal(given, currency)
    }

    /// Reads an unsigned decimal with at most the currency's digits: what JSON numbers look like.
    ///
    /// # Errors
    /// As [`Money::parse`], but fewer decimals are taken as zeros.
    pub fn parse_lenient(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let given = scan(text)?;
        if given.decimals > usize::from(currency.digits()) {
            return Err(MoneyError::Precision { currency, wanted: currency.digits() });
        }
        Self::from_decimal(given, currency)
    }

    fn from_decimal(given: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let missing = u32::from(currency.digits())
            .saturating_sub(u32::try_from(given.decimals).map_err(|_| MoneyError::Overflow)?);
        let scale = 10_i64.checked_pow(missing).ok_or(MoneyError::Overflow)?;
        let minor = given.unscaled.checked_mul(scale).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency, other.currency))
        }
    }

    /// The decimal figure alone, with exactly the currency's digits: `-0.05`.
    pub fn decimal(self) -> String {
        let digits = usize::from(self.currency.digits());
        let sign = if self.minor < 0 { "-" } else { "" };
        let figure = self.minor.unsigned_abs();
        let scale = self.currency.minor_per_major().unsigned_abs();
        match (figure.checked_div(scale), figure.checked_rem(scale)) {
            (Some(major), Some(minor)) if digits > 0 => format!("{sign}{major}.{minor:0digits$}"),
            _ => format!("{sign}{figure}"),
        }
    }

    /// The decimal figure for people to read, its thousands apart, with the minus sign of typography: `−1,234.56`.
    pub fn grouped(self) -> String {
        let decimal = self.decimal();
        let (sign, unsigned) =
            decimal.strip_prefix('-').map_or(("", decimal.as_str()), |rest| ("\u{2212}", rest));
        match unsigned.split_once('.') {
            Some((major, minor)) => format!("{sign}{}.{minor}", thousands(major)),
            None => format!("{sign}{}", thousands(unsigned)),
        }
    }
}

/// Digits with commas between their thousands.
pub fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len().saturating_mul(4).div_euclid(3).saturating_add(1));
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An unsigned decimal as it was written.
#[derive(Clone, Copy)]
struct Decimal {
    unscaled: i64,
    decimals: usize,
}

fn scan(text: &str) -> Result<Decimal, MoneyError> {
    let (major, minor) = match text.split_once('.') {
        Some((_, "")) => return Err(MoneyError::Malformed),
        Some(parts) => parts,
        None => (text, ""),
    };
    let leading_zero = major.len() > 1 && major.starts_with('0');
    if major.is_empty() || leading_zero || !major.bytes().chain(minor.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(MoneyError::Malformed);
    }
    let mut unscaled = 0_i64;
    for byte in major.bytes().chain(minor.bytes()) {
        let digit = i64::from(byte.saturating_sub(b'0'));
        unscaled = unscaled.checked_mul(10).and_then(|n| n.checked_add(digit)).ok_or(MoneyError::Overflow)?;
    }
    Ok(Decimal { unscaled, decimals: minor.len() })
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Amount {
    /// `money` as an amount; refused unless it is above zero.
    pub fn new(money: Money) -> Result<Self, MoneyError> {
        if money.minor > 0 { Ok(Self(money)) } else { Err(MoneyError::NotPositive) }
    }

    /// The money.
    pub const fn money(self) -> Money {
        self.0
    }

    /// The count of minor units, above zero.
    pub const fn minor(self) -> i64 {
        self.0.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.0.currency
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn people_read_money_with_its_thousands_apart() {
        let told = [0, -5, 99_999, 100_000, -123_456_789].map(|minor| eur(minor).grouped());
        assert_eq!(told, ["0.00", "\u{2212}0.05", "999.99", "1,000.00", "\u{2212}1,234,567.89"]);
        assert_eq!(Money::new(1_234_567, Currency::JPY).grouped(), "1,234,567");
        assert_eq!(thousands("1000"), "1,000");
    }

    #[test]
    fn the_written_digits_must_be_the_currencys() {
        let precise = |currency| MoneyError::Precision { currency, wanted: Currency::digits(currency) };
        assert_eq!(Money::parse("12.34", Currency::EUR), Ok(eur(1234)));
        assert_eq!(Money::parse("12.3", Currency::EUR), Err(precise(Currency::EUR)));
        assert_eq!(Money::parse("12.345", Currency::EUR), Err(precise(Currency::EUR)));
        assert_eq!(Money::parse("12", Currency::JPY), Ok(Money::new(12, Currency::JPY)));
        assert_eq!(Money::parse("12.00", Currency::JPY), Err(precise(Currency::JPY)));
        assert_eq!(Money::parse_lenient("12.3", Currency::EUR), Ok(eur(1230)));
        assert_eq!(Money::parse_lenient("12.345", Currency::EUR), Err(precise(Currency::EUR)));
    }

    #[test]
    fn what_is_no_plain_decimal_is_malformed() {
        for text in
            ["", ".", "1.", ".50", "-1.00", "+1.00", "1e3", " 1.00", "1,00", "01.00", "1.0.0", "١.00", "NaN"]
        {
            assert_eq!(Money::parse(text, Currency::EUR), Err(MoneyError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn the_largest_sum_is_read_and_one_more_is_refused() {
        assert_eq!(Money::parse("92233720368547758.07", Currency::EUR), Ok(eur(i64::MAX)));
        assert_eq!(Money::parse("92233720368547758.08", Currency::EUR), Err(MoneyError::Overflow));
    }

    #[test]
    fn sums_refuse_overflow_and_other_currencies() {
        let yen = Money::new(1, Currency::JPY);
        assert_eq!(eur(i64::MAX).plus(eur(1)), Err(MoneyError::Overflow));
        assert_eq!(eur(i64::MIN).minus(eur(1)), Err(MoneyError::Overflow));
        assert_eq!(eur(1).plus(yen), Err(MoneyError::CurrencyMismatch(Currency::EUR, Currency::JPY)));
        assert_eq!(Amount::new(eur(0)), Err(MoneyError::NotPositive));
    }

    #[test]
    fn a_total_may_pass_through_what_a_sum_cannot() {
        let parts = [eur(i64::MAX), eur(1), eur(-2)];
        assert_eq!(Money::total(Currency::EUR, parts), Ok(eur(i64::MAX - 1)));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(minor in 0..i64::MAX, index in 0..165_usize) {
            let currency = Currency::all().nth(index).unwrap();
            let money = Money::new(minor, currency);

            prop_assert_eq!(Money::parse(&money.decimal(), currency), Ok(money));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = Money::parse(&text, Currency::EUR);
            let _ = Money::parse_lenient(&text, Currency::BHD);
        }

        #[test]
        fn minus_undoes_plus(a in any::<i64>(), b in any::<i64>()) {
            if let Ok(sum) = eur(a).plus(eur(b)) {
                prop_assert_eq!(sum.minus(eur(b)), Ok(eur(a)));
            }
        }
    }
}

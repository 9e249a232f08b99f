//! Amounts as Stripe counts them.

use florin_kernel::{Currency, Money};
use thiserror::Error;

/// An amount in Stripe's minor units, with its currency in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub minor: i64,
    /// Of what.
    pub currency: String,
}

/// Why Stripe cannot move an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotPayable {
    /// Not above zero, or beyond eight digits.
    #[error("the amount is above zero and has at most eight digits")]
    Size,
    /// A fraction that the currency has and its cards do not.
    #[error("the amount's last digit must be zero in this currency")]
    Fraction,
}

/// Currencies without a minor unit that Stripe counts in hundredths all the same.
const HUNDREDTHS: [&str; 2] = ["ISK", "UGX"];
/// The most that Stripe takes at once, in its minor units.
const MINOR_MAX: i64 = 99_999_999;

impl Amount {
    /// The amount as Stripe counts it: in the currency's minor unit, but for those that it counts in hundredths; of
    /// three decimals the last must be zero.
    ///
    /// # Errors
    /// [`NotPayable`].
    pub fn of(money: Money) -> Result<Self, NotPayable> {
        let code = money.currency().to_string();
        let factor = if HUNDREDTHS.contains(&code.as_str()) { 100 } else { 1 };
        let minor = money.minor().checked_mul(factor).ok_or(NotPayable::Size)?;
        if !(1..=MINOR_MAX).contains(&minor) {
            return Err(NotPayable::Size);
        }
        if money.currency().minor_per_major() == 1_000 && minor % 10 != 0 {
            return Err(NotPayable::Fraction);
        }
        Ok(Self { minor, currency: code.to_ascii_lowercase() })
    }

    /// The amount that Stripe counts so; `None` for a currency that there is not, or a fraction that it has not.
    pub fn money(&self) -> Option<Money> {
        let currency = Currency::parse(&self.currency.to_ascii_uppercase()).ok()?;
        let code = currency.to_string();
        let divisor = if HUNDREDTHS.contains(&code.as_str()) { 100 } else { 1 };
        let whole = self.minor.checked_rem(divisor) == Some(0);
        whole.then(|| self.minor.checked_div(divisor)).flatten().map(|minor| Money::new(minor, currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_is_counted_as_stripe_counts_it() {
        for (code, minor, wanted) in [
            ("USD", 1_050, Ok(1_050)),
            ("JPY", 500, Ok(500)),
            ("ISK", 500, Ok(50_000)),
            ("UGX", 1, Ok(100)),
            ("BHD", 1_230, Ok(1_230)),
            ("BHD", 1_234, Err(NotPayable::Fraction)),
            ("USD", 0, Err(NotPayable::Size)),
            ("USD", -5, Err(NotPayable::Size)),
            ("USD", 99_999_999, Ok(99_999_999)),
            ("USD", 100_000_000, Err(NotPayable::Size)),
            ("ISK", i64::MAX, Err(NotPayable::Size)),
        ] {
            let money = Money::new(minor, Currency::parse(code).unwrap());
            let amount = Amount::of(money);
            assert_eq!(amount.clone().map(|amount| amount.minor), wanted, "{code} {minor}");
            if let Ok(amount) = amount {
                assert_eq!(amount.money(), Some(money), "{code} {minor}");
            }
        }
        let amount = |minor, currency: &str| Amount { minor, currency: currency.to_owned() };
        assert_eq!(amount(50, "isk").money(), None);
        assert_eq!(amount(50, "xyz").money(), None);
    }
}

//! Cards: brands, and until when they can be used.

use std::fmt;

use florin_kernel::Date;
use florin_vault::Pan;
use thiserror::Error;

use super::{Fault, HolderName, noted};

/// How many years ahead a card can expire at most.
const YEARS_MAX: i16 = 20;

/// Which network a card belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// American Express.
    Amex,
    /// Discover.
    Discover,
    /// Diners Club.
    Diners,
    /// JCB.
    Jcb,
    /// `UnionPay`.
    UnionPay,
    /// Another.
    Other,
}

impl Brand {
    const ALL: [Self; 8] = [
        Self::Visa,
        Self::Mastercard,
        Self::Amex,
        Self::Discover,
        Self::Diners,
        Self::Jcb,
        Self::UnionPay,
        Self::Other,
    ];

    /// The brand of a number, by the ranges that ISO/IEC 7812 issuers publish.
    pub fn of(pan: &Pan) -> Self {
        let digits = pan.expose();
        let first = |count: usize| digits.get(..count).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
        match (first(1), first(2), first(3), first(4)) {
            (4, ..) => Self::Visa,
            (_, 34 | 37, ..) => Self::Amex,
            (_, 36 | 38 | 39, ..) | (_, _, 300..=305, _) => Self::Diners,
            (_, 51..=55, ..) | (.., 2221..=2720) => Self::Mastercard,
            (.., 3528..=3589) => Self::Jcb,
            (_, 65, ..) | (_, _, 644..=649, _) | (.., 6011) => Self::Discover,
            (_, 62, ..) => Self::UnionPay,
            _ => Self::Other,
        }
    }

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Visa => "visa",
            Self::Mastercard => "mastercard",
            Self::Amex => "amex",
            Self::Discover => "discover",
            Self::Diners => "diners",
            Self::Jcb => "jcb",
            Self::UnionPay => "unionpay",
            Self::Other => "other",
        }
    }

    /// The brand of this name.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|brand| brand.code() == code)
    }
}

/// The month at whose end a card expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CardExpiry {
    year: i16,
    month: i8,
}

/// A month that no card expires in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidExpiry {
    /// There is no such month.
    #[error("a month from 1 to 12 and a year of four digits are wanted")]
    Form,
    /// The card can be used no more.
    #[error("the card has expired")]
    Over,
    /// It is further away than any card is good for.
    #[error("no card is good for so long")]
    TooFar,
}

impl InvalidExpiry {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "malformed",
            Self::Over => "expired",
            Self::TooFar => "too_far",
        }
    }
}

impl CardExpiry {
    /// The month, as a row has it.
    ///
    /// # Errors
    /// [`InvalidExpiry::Form`].
    pub fn try_new(month: i64, year: i64) -> Result<Self, InvalidExpiry> {
        let month = i8::try_from(month).ok().filter(|month| (1..=12).contains(month));
        let year = i16::try_from(year).ok().filter(|year| (2000..=9999).contains(year));
        match (month, year) {
            (Some(month), Some(year)) => Ok(Self { year, month }),
            _ => Err(InvalidExpiry::Form),
        }
    }

    /// Whether a card that expires then can be saved on `today`.
    ///
    /// # Errors
    /// [`InvalidExpiry`].
    pub fn check(self, today: Date) -> Result<Self, InvalidExpiry> {
        if self.is_over(today) {
            return Err(InvalidExpiry::Over);
        }
        if self.year > today.year().saturating_add(YEARS_MAX) {
            return Err(InvalidExpiry::TooFar);
        }
        Ok(self)
    }

    /// Whether its month ended before `today`.
    pub fn is_over(self, today: Date) -> bool {
        (self.year, self.month) < (today.year(), today.month())
    }

    /// From 1 to 12.
    pub const fn month(self) -> i8 {
        self.month
    }

    /// Four digits.
    pub const fn year(self) -> i16 {
        self.year
    }
}

impl fmt::Display for CardExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:04}", self.month, self.year)
    }
}

/// A card as a client gives it.
pub struct CardForm {
    /// Its number.
    pub number: zeroize::Zeroizing<String>,
    /// The month that it expires in, 1 to 12.
    pub month: i64,
    /// The year, of four digits.
    pub year: i64,
    /// The name on it.
    pub holder: String,
}

impl CardForm {
    /// The card, when all of it can be.
    ///
    /// # Errors
    /// Every fault.
    pub fn read(&self, today: Date) -> Result<(Pan, CardExpiry, HolderName), Vec<Fault>> {
        let mut faults = Vec::new();
        let pan = self.number.parse::<Pan>().map_err(|why| Fault::new("number", "invalid", why));
        let expiry = CardExpiry::try_new(self.month, self.year).and_then(|expiry| expiry.check(today));
        let expiry = expiry.map_err(|why| Fault::new("expiry_month", why.code(), why));
        let holder = self.holder.parse().map_err(|why| Fault::new("holder_name", "invalid", why));
        let read = (noted(pan, &mut faults), noted(expiry, &mut faults), noted(holder, &mut faults));
        match read {
            (Some(pan), Some(expiry), Some(holder)) => Ok((pan, expiry, holder)),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_are_told_by_their_first_digits() {
        for (number, brand) in [
            ("4242424242424242", Brand::Visa),
            ("5555555555554444", Brand::Mastercard),
            ("2223003122003222", Brand::Mastercard),
            ("378282246310005", Brand::Amex),
            ("6011111111111117", Brand::Discover),
            ("3056930009020004", Brand::Diners),
            ("3566002020360505", Brand::Jcb),
            ("6200000000000005", Brand::UnionPay),
        ] {
            assert_eq!(Brand::of(&number.parse().unwrap()), brand, "{number}");
            assert_eq!(Brand::find(brand.code()), Some(brand));
        }
    }

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        let today: Date = "2026-11-21".parse().unwrap();
        let read = |month, year| CardExpiry::try_new(month, year).and_then(|expiry| expiry.check(today));

        assert_eq!(read(11, 2026).map(|expiry| expiry.to_string()), Ok("11/2026".to_owned()));
        assert_eq!(read(10, 2026), Err(InvalidExpiry::Over));
        assert_eq!(read(13, 2027), Err(InvalidExpiry::Form));
        assert_eq!(read(1, 27), Err(InvalidExpiry::Form));
        assert_eq!(read(1, 2047), Err(InvalidExpiry::TooFar));
    }
}

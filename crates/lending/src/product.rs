//! Products: what is offered, as versioned data. A loan keeps the version that it was made from.

use std::fmt;
use std::str::FromStr;

use florin_kernel::{Amount, Currency};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Amortization, Calendar, CardTerms, Compounding, Convention, DayCount, Frequency, PaymentRule, Rate,
    Refused, Rounding, Schedule, Servicing, Terms,
};

/// What a loan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Revolving credit by card.
    CreditCard,
    /// Unsecured, for whatever the borrower wants.
    Personal,
    /// Secured by real property.
    Mortgage,
    /// Secured by a vehicle.
    Auto,
}

/// Text that names no kind of loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a kind of loan is credit-card, personal, mortgage or auto")]
pub struct UnknownKind;

impl Kind {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::CreditCard, Self::Personal, Self::Mortgage, Self::Auto];

    /// The name in paths and records: `credit-card`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CreditCard => "credit-card",
            Self::Personal => "personal",
            Self::Mortgage => "mortgage",
            Self::Auto => "auto",
        }
    }

    /// Whether real property secures it, which decides what counts as a finance charge.
    pub const fn is_secured_by_real_estate(self) -> bool {
        matches!(self, Self::Mortgage)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.code() == text).ok_or(UnknownKind)
    }
}

/// One version of a product. It never changes once it is in use; a change is the next version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductVersion {
    /// The product's code: small letters, digits and hyphens.
    pub code: String,
    /// Its number, from one, without gaps.
    pub version: u32,
    /// From which day loans are made from it.
    pub from: Date,
    /// What it is for.
    pub kind: Kind,
    /// What is offered.
    pub offer: Offer,
}

/// What a product offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A loan in instalments.
    Instalments(Box<InstalmentOffer>),
    /// A card; its limit is the highest that is granted.
    Card(Box<CardTerms>),
}

/// A loan in instalments, within bounds. All bounds include their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalmentOffer {
    /// The currency.
    pub currency: Currency,
    /// The least and the most that is lent, in minor units.
    pub principal_minor: (i64, i64),
    /// The lowest and the highest rate.
    pub annual_rate: (Rate, Rate),
    /// The fewest and the most instalments.
    pub instalments: (u16, u16),
    /// How often the rate compounds.
    pub compounding: Compounding,
    /// How days count.
    pub day_count: DayCount,
    /// How often instalments fall due.
    pub frequency: Frequency,
    /// How the principal is repaid.
    pub amortization: Amortization,
    /// Who says how much an instalment is.
    pub payment: PaymentRule,
    /// How many instalments at the beginning are for interest alone.
    pub interest_only: u16,
    /// Whose holidays count.
    pub calendar: Calendar,
    /// Where a due day on a closed day goes.
    pub convention: Convention,
    /// How interest becomes whole minor units.
    pub rounding: Rounding,
    /// How its loans are serviced.
    pub servicing: Servicing,
}

/// What a borrower asks for within an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How much.
    pub principal: Amount,
    /// At which rate.
    pub annual_rate: Rate,
    /// In how many instalments.
    pub instalments: u16,
    /// From which day.
    pub started_on: Date,
    /// When the first instalment is due; a period after the start when it is not said.
    pub first_due_on: Option<Date>,
    /// The escrow of an instalment, in minor units.
    pub escrow_minor: i64,
}

/// Why something is not offered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotOffered {
    /// Another currency.
    #[error("the product is in {0}")]
    Currency(Currency),
    /// Too little or too much.
    #[error("the product lends {0} to {1} minor units")]
    Principal(i64, i64),
    /// Too low or too high a rate.
    #[error("the product's rates are {0} to {1} %")]
    Rate(Rate, Rate),
    /// Too few or too many instalments.
    #[error("the product has {0} to {1} instalments")]
    Instalments(u16, u16),
    /// No schedule follows from it.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl InstalmentOffer {
    /// The terms, with their schedule, of what a borrower asks for.
    ///
    /// # Errors
    /// [`NotOffered`].
    pub fn terms(&self, wish: &Wish) -> Result<(Terms, Schedule), NotOffered> {
        if wish.principal.currency() != self.currency {
            return Err(NotOffered::Currency(self.currency));
        }
        let within = self.principal_minor;
        if !(within.0..=within.1).contains(&wish.principal.minor()) {
            return Err(NotOffered::Principal(within.0, within.1));
        }
        if !(self.annual_rate.0..=self.annual_rate.1).contains(&wish.annual_rate) {
            return Err(NotOffered::Rate(self.annual_rate.0, self.annual_rate.1));
        }
        if !(self.instalments.0..=self.instalments.1).contains(&wish.instalments) {
            return Err(NotOffered::Instalments(self.instalments.0, self.instalments.1));
        }
        let first = wish.first_due_on.or_else(|| self.frequency.nth(wish.started_on, 1));
        let terms = Terms {
            principal: wish.principal,
            annual_rate: wish.annual_rate,
            compounding: self.compounding,
            day_count: self.day_count,
            frequency: self.frequency,
            instalments: wish.instalments,
            interest_only: self.interest_only,
            amortization: self.amortization,
            payment: self.payment,
            escrow_minor: wish.escrow_minor,
            started_on: wish.started_on,
            first_due_on: first.ok_or(Refused::DueDays)?,
            calendar: self.calendar,
            convention: self.convention,
            rounding: self.rounding,
        };
        let schedule = Schedule::of(&terms)?;
        Ok((terms, schedule))
    }
}

/// Every version of every product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    versions: Vec<ProductVersion>,
}

/// Why versions make no catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidCatalogue {
    /// A code that is empty, longer than 40 characters or has others than small letters, digits and hyphens.
    #[error("`{0}` is no product's code: small letters, digits and hyphens, 40 at most")]
    Code(String),
    /// A version that is missing, twice there, or offered from a day before the one ahead of it.
    #[error("the versions of `{0}` are not 1, 2, 3 … with rising days")]
    Versions(String),
    /// A card among other kinds, or another offer under the kind of cards.
    #[error("what `{0}` offers is not of its kind")]
    Kind(String),
    /// Terms of a card that no cycle can follow from, or bounds the wrong way round.
    #[error("what `{0}` offers cannot be granted")]
    Offer(String),
}

impl Catalogue {
    /// These versions, in any order.
    ///
    /// # Errors
    /// [`InvalidCatalogue`].
    pub fn new(mut versions: Vec<ProductVersion>) -> Result<Self, InvalidCatalogue> {
        versions.sort_by(|a, b| (&a.code, a.version).cmp(&(&b.code, b.version)));
        for version in &versions {
            version.check()?;
        }
        let mut before: Option<&ProductVersion> = None;
        for version in &versions {
            let earlier = before.filter(|before| before.code == version.code);
            let expected = earlier.map_or(1, |earlier| earlier.version.saturating_add(1));
            if version.version != expected || earlier.is_some_and(|earlier| earlier.from >= version.from) {
                return Err(InvalidCatalogue::Versions(version.code.clone()));
            }
            before = Some(version);
        }
        Ok(Self { versions })
    }

    /// The version of a product from which loans are made on `day`.
    pub fn on(&self, code: &str, day: Date) -> Option<&ProductVersion> {
        self.versions.iter().rev().find(|version| version.code == code && version.from <= day)
    }

    /// A version of a product, whenever it was offered.
    pub fn version(&self, code: &str, version: u32) -> Option<&ProductVersion> {
        self.versions.iter().find(|known| known.code == code && known.version == version)
    }

    /// Every version, by code and number.
    pub fn versions(&self) -> &[ProductVersion] {
        &self.versions
    }
}

impl ProductVersion {
    fn check(&self) -> Result<(), InvalidCatalogue> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.code.is_empty() || self.code.len() > 40 || !self.code.bytes().all(letter) {
            return Err(InvalidCatalogue::Code(self.code.clone()));
        }
        let granted = match (&self.offer, self.kind) {
            (Offer::Card(terms), Kind::CreditCard) => terms.check().is_ok(),
            (Offer::Instalments(offer), Kind::Personal | Kind::Mortgage | Kind::Auto) => {
                offer.principal_minor.0 > 0
                    && offer.principal_minor.0 <= offer.principal_minor.1
                    && offer.annual_rate.0 <= offer.annual_rate.1
                    && offer.instalments.0 <= offer.instalments.1
            }
            _ => return Err(InvalidCatalogue::Kind(self.code.clone())),
        };
        if granted { Ok(()) } else { Err(InvalidCatalogue::Offer(self.code.clone())) }
    }
}

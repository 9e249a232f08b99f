//! What monitoring is told: movements, and what is known of accounts.

use florin_kernel::{AccountId, Currency, UserId};

florin_kernel::ids! {
    /// Identifies a movement: the identifier of the transfer that it is.
    MovementId,
}

/// A country by its two capital letters (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The country of a code of two capital letters; `None` for anything else. Whether there is such a country is not asked.
    pub fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

/// By which way money moved. Whether it came in or went out, `from` and `to` of the movement tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Notes and coins.
    Cash,
    /// A wire: single, final, often abroad.
    Wire,
    /// A clearing house's batch: salaries, bills, collections.
    Ach,
    /// Within this institution.
    Transfer,
    /// A card payment or its refund.
    Card,
    /// Wages, said to be such by the payer.
    Payroll,
    /// To or from an exchange of virtual assets.
    Crypto,
    /// Anything else.
    Other,
}

impl Channel {
    /// Whether what goes out by it is hard to bring back and may be turned to cash elsewhere.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Cash | Self::Wire | Self::Crypto)
    }
}

/// One movement of money, as it is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Its identifier: evidence names it.
    pub id: MovementId,
    /// When it was booked, in microseconds since 1970 in UTC.
    pub at_us: i64,
    /// Whose account it leaves; `None` for outside of the institution.
    pub from: Option<AccountId>,
    /// Whose account it reaches; `None` for outside of the institution.
    pub to: Option<AccountId>,
    /// Where the other side is, where it is outside and known.
    pub abroad: Option<Country>,
    /// How much, in minor units of `currency`; above zero.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: Currency,
    /// By which way.
    pub channel: Channel,
}

/// What kind of customer holds an account. A kind is what the customer declared: it makes peers, it excuses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A natural person.
    Person,
    /// A business that is not known to take cash.
    Business,
    /// A business that takes cash: shops, restaurants, car washes.
    CashBusiness,
    /// Not known.
    Unknown,
}

impl Kind {
    /// Whether it is a business of either kind.
    pub fn is_business(self) -> bool {
        matches!(self, Self::Business | Self::CashBusiness)
    }
}

/// What is known of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// The account.
    pub account: AccountId,
    /// Whose it is: accounts of one customer are looked at together.
    pub customer: UserId,
    /// What kind of customer.
    pub kind: Kind,
    /// Where the customer lives or is registered.
    pub country: Option<Country>,
    /// Declared income in a month, in minor units of the monitor's currency; `None` where nothing was declared.
    pub income_minor: Option<i64>,
    /// When the account was opened, in microseconds since 1970 in UTC.
    pub opened_at_us: i64,
}

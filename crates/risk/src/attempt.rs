//! What somebody attempts, with the time of it: all that a decision knows besides what happened before.

use std::fmt;
use std::net::IpAddr;

use florin_kernel::{Currency, Uuid};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Somebody or something that attempts have in common: a person, an account, a card, a device.
///
/// A UUID where there is one. Of anything else (an email address, a merchant's name) a digest, so that the engine never
/// holds the thing itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(Uuid);

impl Token {
    /// A token of something that has no UUID, apart for each `purpose`: the first half of its SHA-256.
    ///
    /// What can be guessed, such as an email address, is better digested with a key by whoever has one.
    pub fn digest(purpose: &str, content: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(u64::try_from(purpose.len()).unwrap_or(u64::MAX).to_be_bytes())
            .chain_update(purpose)
            .chain_update(content)
            .finalize();
        let half = digest.iter().take(16).fold(0_u128, |half, byte| (half << 8) | u128::from(*byte));
        Self(Uuid::from_u128(half))
    }

    /// The token of a device, by what the client says it is.
    pub fn of_device(fingerprint: &str) -> Self {
        Self::digest("device", fingerprint.as_bytes())
    }

    /// The token of an email address, whichever way its letters are written.
    pub fn of_email(address: &str) -> Self {
        Self::digest("email", address.trim().to_lowercase().as_bytes())
    }

    /// The token of a merchant, by its name or number, whichever way its letters are written.
    pub fn of_merchant(name: &str) -> Self {
        Self::digest("merchant", name.trim().to_lowercase().as_bytes())
    }

    /// The token of a terminal, by its number.
    pub fn of_terminal(number: &str) -> Self {
        Self::digest("terminal", number.trim().as_bytes())
    }

    /// All 128 bits.
    pub const fn bits(self) -> u128 {
        self.0.as_u128()
    }

    /// A token of these 128 bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self(Uuid::from_u128(bits))
    }
}

impl From<Uuid> for Token {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.0)
    }
}

/// A country: the two capitals of ISO 3166.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// Text that is not the code of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a country is two capitals, such as CA or US")]
pub struct InvalidCountry;

impl Country {
    /// The country of this code: two letters from A to Z. Whether there is such a country is not asked.
    ///
    /// # Errors
    /// [`InvalidCountry`].
    pub fn parse(code: &str) -> Result<Self, InvalidCountry> {
        match code.as_bytes() {
            &[first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => Ok(Self([first, second])),
            _ => Err(InvalidCountry),
        }
    }

    /// Whether there is such a country.
    pub fn exists(self) -> bool {
        crate::profile::knows(self)
    }

    /// The country of these letters, if they are capitals.
    pub(crate) fn from_letters(letters: [u8; 2]) -> Option<Self> {
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// Its two letters.
    pub const fn letters(self) -> [u8; 2] {
        self.0
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0;
        write!(f, "{}{}", char::from(first), char::from(second))
    }
}

impl TryFrom<String> for Country {
    type Error = InvalidCountry;
    fn try_from(code: String) -> Result<Self, InvalidCountry> {
        Self::parse(&code)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

/// A place on earth, in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// North of the equator, at most 90,000,000 either way.
    #[serde(rename = "lat")]
    pub latitude_udeg: i32,
    /// East of Greenwich, at most 180,000,000 either way.
    #[serde(rename = "lon")]
    pub longitude_udeg: i32,
}

/// What is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Money to another account here.
    Transfer,
    /// Money to somebody elsewhere.
    Payment,
    /// Cash out.
    Withdrawal,
    /// Cash or anything else in.
    Deposit,
    /// A card is presented.
    CardAuthorization,
    /// Somebody signs in.
    Login,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Transfer,
        Self::Payment,
        Self::Withdrawal,
        Self::Deposit,
        Self::CardAuthorization,
        Self::Login,
    ];

    /// Its name, as in JSON and in rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Payment => "payment",
            Self::Withdrawal => "withdrawal",
            Self::Deposit => "deposit",
            Self::CardAuthorization => "card_authorization",
            Self::Login => "login",
        }
    }

    /// Whether money leaves.
    pub const fn moves_money_out(self) -> bool {
        matches!(self, Self::Transfer | Self::Payment | Self::Withdrawal | Self::CardAuthorization)
    }
}

/// One attempt. Whatever is not known is none, and features of it are missing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// Its identifier: that of the transfer, payment, authorisation or sign-in it is about. Learned once.
    pub id: Uuid,
    /// What is attempted.
    pub kind: Kind,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// How much, in minor units; zero where there is no money in it. Never negative.
    #[serde(default)]
    pub amount_minor: i64,
    /// Of which currency.
    #[serde(with = "code")]
    pub currency: Currency,
    /// Who attempts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Token>,
    /// The account that pays, or that is paid into by a deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Token>,
    /// Who is paid: a payee, a bank account elsewhere, or an account here, by the token that it pays with itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Token>,
    /// The card that is presented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Token>,
    /// The merchant it is presented to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<Token>,
    /// The terminal it is presented at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<Token>,
    /// The email address that is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Token>,
    /// The device it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Token>,
    /// The address it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// The country it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The place it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was available in the account before, in minor units of the same currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_minor: Option<i64>,
    /// The limit that applies to it, in minor units of the same currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_minor: Option<i64>,
    /// When the account was opened, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_opened_at_us: Option<i64>,
    /// Since when the person is known here, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_known_since_us: Option<i64>,
}

impl Attempt {
    /// An attempt of which nothing else is known.
    pub fn new(id: Uuid, kind: Kind, at_us: i64, amount_minor: i64, currency: Currency) -> Self {
        Self {
            id,
            kind,
            at_us,
            amount_minor,
            currency,
            user: None,
            account: None,
            counterparty: None,
            card: None,
            merchant: None,
            terminal: None,
            email: None,
            device: None,
            ip: None,
            country: None,
            place: None,
            available_minor: None,
            limit_minor: None,
            account_opened_at_us: None,
            user_known_since_us: None,
        }
    }

    /// Whose behaviour this is: the person's, or where none is known the account's or the card's.
    pub fn subject(&self) -> Option<Token> {
        self.user.or(self.account).or(self.card)
    }
}

/// Who, where and how much is nobody's business who reads a log.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("at_us", &self.at_us)
            .finish_non_exhaustive()
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was let through; what it used (payee, device, country) is known from now on.
    Approved,
    /// It waits for a person; its money counts, and what it used is not yet known.
    Held,
    /// It was refused; its money does not count.
    Declined,
    /// A sign-in whose password or second factor was wrong.
    FailedLogin,
}

impl Outcome {
    /// Its name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Held => "held",
            Self::Declined => "declined",
            Self::FailedLogin => "failed_login",
        }
    }
}

/// A currency as its three letters.
mod code {
    use florin_kernel::Currency;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(currency: &Currency, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(currency.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
        Currency::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

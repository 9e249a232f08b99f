//! The statement of an account.

use florin_kernel::{Amount, Date, Money, MoneyError, Timestamp};
use serde::Serialize;

use super::{Institution, Party, Period};
use crate::json;

/// What an account is, in the words of the formats of the trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// For everyday payments.
    Checking,
    /// For savings.
    Savings,
    /// An account of the institution itself.
    Internal,
}

/// By which day entries belong to a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// By the day of booking: a statement of a past period never changes.
    #[default]
    Booking,
}

/// What an entry did to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It came in.
    Credit,
    /// It went out.
    Debit,
}

/// The statement of an account over a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountStatement {
    /// Who keeps the account.
    pub institution: Institution,
    /// Whose it is.
    pub holder: Party,
    /// The account's number, masked.
    pub number: String,
    /// What programs know the account by; 34 characters at most, and the same on every statement.
    pub account_key: String,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The days that it is about.
    pub period: Period,
    /// By which day entries belong to it.
    pub basis: Basis,
    /// When it was drawn up.
    pub drawn_at: Timestamp,
    /// What was on the account before the first day.
    #[serde(serialize_with = "json::money")]
    pub opening: Money,
    /// What was on it after the last.
    #[serde(serialize_with = "json::money")]
    pub closing: Money,
    /// What happened, in the order of booking.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What tells it from every other entry of the account; 36 characters at most.
    pub id: String,
    /// The day of booking.
    pub booked_on: Date,
    /// The day that it counts for.
    pub value_on: Date,
    /// What it was for.
    pub description: String,
    /// Who stands on the other side, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<String>,
    /// What it did to the account.
    pub direction: Direction,
    /// How much.
    #[serde(serialize_with = "json::amount")]
    pub amount: Amount,
    /// What was on the account after it.
    #[serde(serialize_with = "json::money")]
    pub balance: Money,
}

impl AccountStatement {
    /// All that came in, and how many entries that were.
    ///
    /// # Errors
    /// [`MoneyError`] where the sum does not fit.
    pub fn credits(&self) -> Result<(Money, usize), MoneyError> {
        self.total(Direction::Credit)
    }

    /// All that went out, and how many entries that were.
    ///
    /// # Errors
    /// [`MoneyError`] where the sum does not fit.
    pub fn debits(&self) -> Result<(Money, usize), MoneyError> {
        self.total(Direction::Debit)
    }

    fn total(&self, direction: Direction) -> Result<(Money, usize), MoneyError> {
        let of_it = || self.entries.iter().filter(move |entry| entry.direction == direction);
        let sum = Money::total(self.opening.currency(), of_it().map(|entry| entry.amount.money()))?;
        Ok((sum, of_it().count()))
    }
}

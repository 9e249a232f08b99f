//! What a file holds.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};

use crate::{AccountNumber, RoutingNumber};

/// A file between an originator's bank and the operator of the clearing house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Between whom, and when.
    pub header: Header,
    /// The batches, in order.
    pub batches: Vec<Batch>,
}

/// Between whom a file is sent, and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// To whom.
    pub destination: RoutingNumber,
    /// From whom: ten characters, as the bank assigned them.
    pub origin: String,
    /// When it was made, to the minute.
    pub created_at: DateTime,
    /// Tells the files of one day apart: `A` to `Z`, `0` to `9`.
    pub modifier: char,
    /// To whom, by name; 23 characters.
    pub destination_name: String,
    /// From whom, by name; 23 characters.
    pub origin_name: String,
    /// What the originator wants to find it by; 8 characters.
    pub reference: String,
}

/// What the entries of a batch may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Debits and credits.
    Mixed,
    /// Credits alone.
    Credits,
    /// Debits alone.
    Debits,
}

impl Service {
    pub(super) const fn code(self) -> u64 {
        match self {
            Self::Mixed => 200,
            Self::Credits => 220,
            Self::Debits => 225,
        }
    }

    pub(super) const fn of(code: u64) -> Option<Self> {
        match code {
            200 => Some(Self::Mixed),
            220 => Some(Self::Credits),
            225 => Some(Self::Debits),
            _ => None,
        }
    }

    /// Whether a batch of this service may hold such an entry.
    pub(super) const fn allows(self, is_debit: bool) -> bool {
        match self {
            Self::Mixed => true,
            Self::Credits => !is_debit,
            Self::Debits => is_debit,
        }
    }
}

/// The standard entry class of a batch: how its payments were authorised, and the layout of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Prearranged with a consumer.
    Ppd,
    /// Between enterprises.
    Ccd,
    /// Between enterprises, with as much text as they want.
    Ctx,
    /// Authorised by a consumer over the internet.
    Web,
    /// Authorised by a consumer by telephone.
    Tel,
    /// Notifications of change.
    Cor,
    /// Cheques that were made electronic where they arrived.
    Arc,
    /// Cheques that were made electronic in a back office.
    Boc,
    /// Cheques that were made electronic where something was bought.
    Pop,
    /// Cheques that came back and are presented again.
    Rck,
}

impl Class {
    const ALL: [(Self, &'static str); 10] = [
        (Self::Ppd, "PPD"),
        (Self::Ccd, "CCD"),
        (Self::Ctx, "CTX"),
        (Self::Web, "WEB"),
        (Self::Tel, "TEL"),
        (Self::Cor, "COR"),
        (Self::Arc, "ARC"),
        (Self::Boc, "BOC"),
        (Self::Pop, "POP"),
        (Self::Rck, "RCK"),
    ];

    /// The three letters.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(class, _)| *class == self).map_or("", |(_, code)| code)
    }
}

impl FromStr for Class {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(_, code)| *code == text);
        found.map(|(class, _)| *class).ok_or("entries of this class are not read here")
    }
}

/// Payments of one originator, for one purpose and one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Debits, credits, or both.
    pub service: Service,
    /// The originator, as receivers see it; 16 characters.
    pub company_name: String,
    /// Whatever the originator wants; 20 characters.
    pub discretionary: String,
    /// The originator, as its bank knows it; 10 characters.
    pub company_id: String,
    /// How the payments were authorised.
    pub class: Class,
    /// What they are for, as receivers see it; 10 characters.
    pub description: String,
    /// A date for receivers, in words; 6 characters.
    pub descriptive_date: String,
    /// The banking day on which they are meant to settle; none in corrections.
    pub effective_on: Option<Date>,
    /// The day of the year on which they settled, as the operator writes it.
    pub settled_on_day: Option<u16>,
    /// The originator's bank.
    pub originating_bank: RoutingNumber,
    /// The batch's number within the file.
    pub number: u32,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// What an entry does to an account, by its two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransactionCode(u8);

impl TransactionCode {
    /// Pays into a checking account.
    pub const CHECKING_CREDIT: Self = Self(22);
    /// Draws on a checking account.
    pub const CHECKING_DEBIT: Self = Self(27);
    /// Pays into a savings account.
    pub const SAVINGS_CREDIT: Self = Self(32);
    /// Draws on a savings account.
    pub const SAVINGS_DEBIT: Self = Self(37);

    /// The code of these digits, if there is one.
    pub const fn of(digits: u8) -> Option<Self> {
        match digits {
            21..=24 | 26..=29 | 31..=34 | 36..=39 | 41..=44 | 46..=49 | 51..=56 => Some(Self(digits)),
            _ => None,
        }
    }

    /// The digits.
    pub const fn digits(self) -> u8 {
        self.0
    }

    /// Whether it draws on the account, or speaks of an entry that did.
    pub const fn is_debit(self) -> bool {
        self.0 % 10 >= 5
    }

    /// Whether it sends an entry back, or corrects one.
    pub const fn is_answer(self) -> bool {
        matches!(self.0 % 10, 1 | 6)
    }

    /// Whether it tries an account without moving money.
    pub const fn is_prenote(self) -> bool {
        matches!(self.0, 23 | 28 | 33 | 38 | 43 | 48 | 53)
    }
}

impl fmt::Display for TransactionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A payment, or the answer to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub code: TransactionCode,
    /// The receiver's bank.
    pub receiving_bank: RoutingNumber,
    /// The receiver's account.
    pub account: AccountNumber,
    /// How much, in cents; at most 10 digits.
    pub cents: u64,
    /// What the originator knows the receiver or the payment by; 15 characters.
    pub id: String,
    /// The receiver; 22 characters, 16 in CTX.
    pub name: String,
    /// Two characters: `S` or `R` for payments by WEB and TEL, single or recurring.
    pub discretionary: String,
    /// The trace number: the originating bank's eight digits and seven more, rising in a batch.
    pub trace: u64,
    /// What follows it.
    pub addenda: Vec<Addendum>,
}

/// What follows an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addendum {
    /// Text about the payment; 80 characters.
    Info(String),
    /// The receiver's bank sends the payment back.
    Return {
        /// `R01` and so on.
        reason: String,
        /// The trace number of the payment.
        original_trace: u64,
        /// When the receiver died, where that is the reason.
        died_on: Option<Date>,
        /// The bank that the payment was sent to, by eight digits.
        original_bank: String,
        /// Whatever the bank has to say.
        information: String,
        /// The return's own trace number.
        trace: u64,
    },
    /// The receiver's bank says what is to be written instead.
    Change {
        /// `C01` and so on.
        code: String,
        /// The trace number of the payment.
        original_trace: u64,
        /// The bank that the payment was sent to, by eight digits.
        original_bank: String,
        /// What is to be written instead, by the code's layout. It may hold an account number.
        corrected: Masked,
        /// The notification's own trace number.
        trace: u64,
    },
}

impl Addendum {
    /// A notification of change, whose corrected data follow the layout of its code.
    pub fn change(code: &str, original_trace: u64, original_bank: &str, corrected: &str, trace: u64) -> Self {
        Self::Change {
            code: code.to_owned(),
            original_trace,
            original_bank: original_bank.to_owned(),
            corrected: Masked(corrected.to_owned()),
            trace,
        }
    }
}

/// Text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Masked(pub(super) String);

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(masked)")
    }
}

/// Counts, hash and totals: of a batch, and of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    /// Entries and addenda.
    pub(super) records: u64,
    /// The eight digits of all receivers' banks, added up; ten digits of it count.
    pub(super) hash: u64,
    pub(super) debit_cents: u64,
    pub(super) credit_cents: u64,
}

impl Control {
    pub(super) fn of(batch: &Batch) -> Self {
        let mut control = Self::default();
        for entry in &batch.entries {
            let bank: u64 = entry.receiving_bank.without_check_digit().parse().unwrap_or(0);
            let (debit, credit) = if entry.code.is_debit() { (entry.cents, 0) } else { (0, entry.cents) };
            control = control.plus(Self {
                records: u64::try_from(entry.addenda.len()).unwrap_or(0).saturating_add(1),
                hash: bank,
                debit_cents: debit,
                credit_cents: credit,
            });
        }
        control
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            records: self.records.saturating_add(other.records),
            hash: self.hash.saturating_add(other.hash),
            debit_cents: self.debit_cents.saturating_add(other.debit_cents),
            credit_cents: self.credit_cents.saturating_add(other.credit_cents),
        }
    }

    /// The ten low digits of the hash.
    pub(super) const fn hash_digits(self) -> u64 {
        self.hash % 10_000_000_000
    }
}

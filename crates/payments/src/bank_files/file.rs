//! A file, and what is written into it.

use florin_kernel::{BankFileId, Date, Money, Timestamp, UserId};
use florin_rails::NotWritten;
use jiff::tz::TimeZone;

use super::entries::Entry;
use super::settings::{BankFileSettings, BankNetwork, Format};
use crate::checks::BankAccount;
use crate::rail::Flow;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It was written, and lies here.
    Created,
    /// It is at the bank.
    Sent,
    /// What was not returned counts as gone through.
    Settled,
}

impl FileState {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Sent => "sent",
            Self::Settled => "settled",
        }
    }

    pub(super) fn find(code: &str) -> Option<Self> {
        [Self::Created, Self::Sent, Self::Settled].into_iter().find(|state| state.code() == code)
    }
}

/// A file of payments, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFile {
    /// The identifier.
    pub id: BankFileId,
    /// The network that it is for.
    pub network: BankNetwork,
    /// Its running number within the network.
    pub number: i64,
    /// How far it is.
    pub state: FileState,
    /// The day on which its payments are meant to settle.
    pub effective_on: Date,
    /// The day from which on they count as gone through, once it was sent.
    pub settles_on: Date,
    /// How many payments it has.
    pub entries: i64,
    /// What it draws on accounts elsewhere.
    pub debits: Money,
    /// What it pays into them.
    pub credits: Money,
    /// The SHA-256 of its content, in hexadecimal: what the bank got can be compared with it.
    pub digest: String,
    /// Who had it made; the schedule is nobody.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody said that the bank has it.
    pub sent_at: Option<Timestamp>,
}

/// A file with its payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFileDetail {
    /// The file.
    pub file: BankFile,
    /// Its payments, in order.
    pub entries: Vec<Entry>,
}

/// What a file is made with.
pub(super) struct Making {
    /// Its running number within the network.
    pub(super) number: i64,
    /// How many files were made on this day before it.
    pub(super) of_day: i64,
    pub(super) effective_on: Date,
    pub(super) zone: TimeZone,
}

/// A payment to be written.
pub(super) struct Line {
    pub(super) flow: Flow,
    pub(super) minor: i64,
    pub(super) account: BankAccount,
    /// The number by which the bank's answer names it.
    pub(super) trace: i64,
    /// The number by which the payer's bank may name it.
    pub(super) reference: String,
}

impl BankFileSettings {
    /// The text of a file.
    pub(super) fn write(
        &self,
        making: &Making,
        lines: &[Line],
        now: Timestamp,
    ) -> Result<String, NotWritten> {
        match &self.format {
            Format::Ach(ach) => ach.write(making, lines, now),
            Format::Eft(eft) => eft.write(making, lines, now),
        }
    }

    /// The number by which the bank's answer names the payment of this running number.
    pub(super) fn trace(&self, running: i64) -> i64 {
        match &self.format {
            Format::Ach(ach) => ach.trace(running),
            Format::Eft(_) => running,
        }
    }

    /// Whether a payment can be written at all, so that one that cannot never keeps the others waiting.
    pub(super) fn check(&self, flow: Flow, amount: Money, account: &BankAccount) -> Result<(), NotWritten> {
        let making = Making {
            number: 1,
            of_day: 0,
            effective_on: Date::constant(2026, 1, 2),
            zone: self.timetable.zone.clone(),
        };
        let line = Line {
            flow,
            minor: amount.minor(),
            account: account.clone(),
            trace: self.trace(1),
            reference: "1".to_owned(),
        };
        self.write(&making, &[line], Timestamp::UNIX_EPOCH).map(drop)
    }
}

//! What banks answer: returns and notifications of change.

use jiff::civil::Date;
use thiserror::Error;

use crate::{AccountNumber, RoutingNumber};

use super::{Addendum, File, TransactionCode};

/// An answer to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It comes back.
    Return(Return),
    /// It went through, and the next is to be written otherwise.
    Change(Change),
}

/// A payment that comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// The trace number of the payment.
    pub original_trace: u64,
    /// `R01` and so on.
    pub reason: String,
    /// How much comes back, in cents.
    pub cents: u64,
    /// Whether the payment drew on the receiver's account.
    pub was_debit: bool,
    /// When the receiver died, where that is the reason.
    pub died_on: Option<Date>,
    /// The return's own trace number.
    pub trace: u64,
}

/// What is to be written otherwise next time, within six banking days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The trace number of the payment.
    pub original_trace: u64,
    /// `C01` and so on.
    pub code: String,
    /// What is to be written instead.
    pub correction: Correction,
    /// The notification's own trace number.
    pub trace: u64,
}

/// What is to be written instead; whatever is none stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// The bank.
    pub bank: Option<RoutingNumber>,
    /// The account.
    pub account: Option<AccountNumber>,
    /// The kind of account.
    pub code: Option<TransactionCode>,
    /// The receiver's name.
    pub name: Option<String>,
    /// What the receiver is known by.
    pub id: Option<String>,
}

/// Corrected data that do not follow the layout of their code; they are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the corrected data cannot be read")]
pub struct InvalidCorrection;

impl File {
    /// Every answer in the file, in order; entries that are payments themselves are none.
    ///
    /// # Errors
    /// The trace number of a notification whose corrected data cannot be read, and why.
    pub fn answers(&self) -> Result<Vec<Answer>, (u64, InvalidCorrection)> {
        let mut answers = Vec::new();
        for entry in self.batches.iter().flat_map(|batch| &batch.entries) {
            for addendum in &entry.addenda {
                match addendum {
                    Addendum::Info(_) => {}
                    Addendum::Return { reason, original_trace, died_on, trace, .. } => {
                        answers.push(Answer::Return(Return {
                            original_trace: *original_trace,
                            reason: reason.clone(),
                            cents: entry.cents,
                            was_debit: entry.code.is_debit(),
                            died_on: *died_on,
                            trace: *trace,
                        }));
                    }
                    Addendum::Change { code, original_trace, corrected, trace, .. } => {
                        let correction =
                            Correction::of(code, &corrected.0).map_err(|error| (*original_trace, error))?;
                        answers.push(Answer::Change(Change {
                            original_trace: *original_trace,
                            code: code.clone(),
                            correction,
                            trace: *trace,
                        }));
                    }
                }
            }
        }
        Ok(answers)
    }
}

impl Correction {
    /// The corrected data by the layout of its code: an account at 1 to 17 (C01, C06), a bank at 1 to 9 (C02, C03, C07),
    /// a transaction code behind them.
    fn of(code: &str, data: &str) -> Result<Self, InvalidCorrection> {
        let part = |from: usize, to: usize| {
            data.get(from.saturating_sub(1)..to.min(data.len())).unwrap_or_default().trim()
        };
        let kind = |from: usize| {
            let digits = part(from, from.saturating_add(1)).parse().ok();
            digits.and_then(TransactionCode::of).ok_or(InvalidCorrection).map(Some)
        };
        let bank = |from, to| part(from, to).parse().map(Some).map_err(|_| InvalidCorrection);
        let account = |from, to| part(from, to).parse().map(Some).map_err(|_| InvalidCorrection);
        let none = Self::default();
        Ok(match code {
            "C01" => Self { account: account(1, 17)?, ..none },
            "C02" => Self { bank: bank(1, 9)?, ..none },
            "C03" => Self { bank: bank(1, 9)?, account: account(13, 29)?, ..none },
            "C04" => Self { name: Some(part(1, 22).to_owned()), ..none },
            "C05" => Self { code: kind(1)?, ..none },
            "C06" => Self { account: account(1, 17)?, code: kind(21)?, ..none },
            "C07" => Self { bank: bank(1, 9)?, account: account(10, 26)?, code: kind(27)?, ..none },
            "C09" => Self { id: Some(part(1, 22).to_owned()), ..none },
            _ => none,
        })
    }
}

/// What a return's reason says, in words.
pub fn reason_text(reason: &str) -> &'static str {
    REASONS.iter().find(|(code, _)| *code == reason).map_or("another reason", |(_, text)| text)
}

const REASONS: &[(&str, &str)] = &[
    ("R01", "insufficient funds"),
    ("R02", "the account is closed"),
    ("R03", "there is no such account"),
    ("R04", "the account number is invalid"),
    ("R05", "an enterprise's debit of a consumer's account"),
    ("R06", "returned as the originating bank asked"),
    ("R07", "the authorisation was revoked"),
    ("R08", "the payment was stopped"),
    ("R09", "funds that are not collected"),
    ("R10", "the originator is not known or not authorised"),
    ("R11", "not in accordance with the authorisation"),
    ("R12", "the branch was sold to another bank"),
    ("R14", "the representative payee died or cannot act"),
    ("R15", "the account's holder died"),
    ("R16", "the account is frozen"),
    ("R17", "the entry's fields were refused"),
    ("R20", "the account takes no such payments"),
    ("R21", "the company's identification is invalid"),
    ("R22", "the individual's identification is invalid"),
    ("R23", "the receiver refused the credit"),
    ("R24", "a duplicate"),
    ("R25", "an error in the addenda"),
    ("R26", "a mandatory field is missing"),
    ("R27", "an error in the trace number"),
    ("R28", "the routing number's check digit is wrong"),
    ("R29", "the enterprise did not authorise it"),
    ("R31", "a return that the originating bank permitted"),
    ("R34", "the bank takes part in a limited way"),
];

//! What a file holds.

use jiff::civil::Date;

use crate::{AccountNumber, CanadianBranch};

/// A file between an originator and its direct clearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Between whom, and when.
    pub header: Header,
    /// The payments, in order; those of one kind next to each other share records.
    pub payments: Vec<Payment>,
}

/// Between whom a file is sent, and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The originator, by ten characters that its direct clearer assigned.
    pub originator: String,
    /// The file's number, 1 to 9999: one more with each file.
    pub number: u16,
    /// When it was made.
    pub created_on: Date,
    /// The data centre that it is for: five digits.
    pub centre: u32,
    /// Its currency.
    pub currency: Currency,
}

/// The currency of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Currency {
    /// Canadian dollars.
    Cad,
    /// United States dollars.
    Usd,
}

impl Currency {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Cad => "CAD",
            Self::Usd => "USD",
        }
    }
}

/// Which way a payment goes, and whether it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Pays into an account.
    Credit,
    /// Draws on an account.
    Debit,
    /// Takes a credit back that was a mistake.
    CreditReversal,
    /// Takes a debit back that was a mistake.
    DebitReversal,
    /// A credit comes back.
    ReturnedCredit,
    /// A debit comes back.
    ReturnedDebit,
}

impl Kind {
    const ALL: [(Self, char); 6] = [
        (Self::Credit, 'C'),
        (Self::Debit, 'D'),
        (Self::CreditReversal, 'E'),
        (Self::DebitReversal, 'F'),
        (Self::ReturnedCredit, 'I'),
        (Self::ReturnedDebit, 'J'),
    ];

    pub(super) fn letter(self) -> char {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(' ', |(_, letter)| *letter)
    }

    pub(super) fn of(letter: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| letter.starts_with(*known)).map(|(kind, _)| *kind)
    }

    /// Whether it says what became of a payment.
    pub const fn is_return(self) -> bool {
        matches!(self, Self::ReturnedCredit | Self::ReturnedDebit)
    }
}

/// A payment, its reversal or its return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Which way it goes.
    pub kind: Kind,
    /// What it is for, of three digits: 430 bills, 350 loans, 370 mortgages, 450 all else. Of a return: why.
    pub code: u16,
    /// How much, in cents; above zero, at most 10 digits.
    pub cents: u64,
    /// When the funds are there, or drawn.
    pub on: Date,
    /// The bank of whoever is paid or pays.
    pub bank: CanadianBranch,
    /// Their account, of at most twelve characters.
    pub account: AccountNumber,
    /// The clearing system's number of the payment; zero until it is assigned.
    pub trace: String,
    /// Of a return: what the payment was for.
    pub original_code: u16,
    /// The originator, in 15 characters.
    pub short_name: String,
    /// Whoever is paid or pays, in 30 characters.
    pub name: String,
    /// The originator, in 30 characters.
    pub long_name: String,
    /// The originator, as the direct clearer knows it; 10 characters.
    pub user_id: String,
    /// What the originator finds the payment by; 19 characters.
    pub reference: String,
    /// Where returns go.
    pub returns_bank: Option<CanadianBranch>,
    /// To which account.
    pub returns_account: String,
    /// Whatever the originator wants; 15 characters.
    pub sundry: String,
    /// Of a return or reversal: the clearing system's number of the payment.
    pub original_trace: String,
}

/// Values and counts of the trailer: debits, credits, reversals of credits and of debits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals(pub(super) [(u64, u64); 4]);

impl Totals {
    pub(super) const NAMES: [&str; 4] = ["debits", "credits", "reversals of credits", "reversals of debits"];

    pub(super) fn of(payments: &[Payment]) -> Self {
        let mut totals = Self::default();
        for payment in payments {
            let [debits, credits, credit_reversals, debit_reversals] = &mut totals.0;
            let (value, count) = match payment.kind {
                Kind::Debit | Kind::ReturnedDebit => debits,
                Kind::Credit | Kind::ReturnedCredit => credits,
                Kind::CreditReversal => credit_reversals,
                Kind::DebitReversal => debit_reversals,
            };
            *value = value.saturating_add(payment.cents);
            *count = count.saturating_add(1);
        }
        totals
    }
}

/// What a return's code says, in words (Standard 007).
pub fn return_text(code: u16) -> &'static str {
    RETURNS.iter().find(|(known, _)| *known == code).map_or("another reason", |(_, text)| text)
}

const RETURNS: &[(u16, &str)] = &[
    (900, "refused by the checks of the clearing system"),
    (901, "insufficient funds"),
    (902, "the account cannot be found"),
    (903, "the payment was stopped or recalled"),
    (905, "the account is closed"),
    (907, "the account allows no debits"),
    (908, "the funds are not cleared"),
    (909, "the account is in another currency"),
    (910, "the account's holder died"),
    (911, "the account is frozen"),
    (912, "the account number is invalid"),
    (914, "the name is not the account's"),
    (915, "there is no agreement"),
    (916, "not in accordance with a personal agreement"),
    (917, "the personal agreement was revoked"),
    (918, "a personal agreement's notice was not given"),
    (919, "not in accordance with a business agreement"),
    (920, "the business agreement was revoked"),
    (921, "a business agreement's notice was not given"),
    (922, "returned as the customer asked"),
    (990, "the institution is in default"),
];

//! The model: what documents say, and nothing of how they look.

mod account;
mod adverse;
mod card;
mod disclosure;
mod estimate;
mod loan;
mod payoff;
mod receipt;
mod schedule;

use std::fmt;

use florin_kernel::{Currency, Date};
use serde::Serialize;

pub use account::{AccountKind, AccountStatement, Basis, Direction, Entry};
pub use adverse::{AdverseAction, Creditor, ReportingAgency, ScoreDisclosure};
pub use card::{CardStatement, CardTransaction, Fee, MinimumOnly, MinimumWarning, ThirtySixMonths};
pub use disclosure::{CostOfBorrowing, Itemised, LendingDisclosure, PaymentStream};
pub use estimate::{Comparisons, LoanEstimate, ProjectedPayment, SectionOfCosts};
pub use loan::{LoanStatement, LoanTransaction, Parts};
pub use payoff::PayoffLetter;
pub use receipt::PaymentReceipt;
pub use schedule::{Instalment, ScheduleDocument};

use crate::{Error, Paper};

/// Who issues a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Institution {
    /// Its name.
    pub name: String,
    /// Its address, a line each.
    pub address: Vec<String>,
    /// Its number among banks: of its routing in the United States, or institution and transit in Canada; nine
    /// digits at most. Empty where it has none.
    pub bank_id: String,
}

/// To whom a document goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// The name.
    pub name: String,
    /// The address, a line each; it may be unknown.
    pub address: Vec<String>,
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// The period; refused when it ends before it begins.
    ///
    /// # Errors
    /// [`Error::Period`].
    pub fn new(from: Date, to: Date) -> Result<Self, Error> {
        if from <= to { Ok(Self { from, to }) } else { Err(Error::Period) }
    }

    /// The first day.
    pub const fn from(self) -> Date {
        self.from
    }

    /// The last day.
    pub const fn to(self) -> Date {
        self.to
    }

    /// Whether a day lies within it.
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// A rate in thousandths of a per cent: 9.38 % is 9,380.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

impl Percent {
    /// So many thousandths of a per cent.
    pub const fn thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// How many thousandths of a per cent it is.
    pub const fn as_thousandths(self) -> i64 {
        self.0
    }

    fn written(self, least: usize) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let all = self.0.unsigned_abs();
        let decimals = format!("{:03}", all % 1_000);
        let mut decimals = decimals.as_str();
        while decimals.len() > least
            && let Some(shorter) = decimals.strip_suffix('0')
        {
            decimals = shorter;
        }
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{decimals}", all / 1_000)
    }

    /// The figure with at most three decimals and no zeros at the end, as forms for mortgages want it: `6.5`.
    pub fn trimmed(self) -> String {
        self.written(0)
    }
}

impl fmt::Display for Percent {
    /// The figure with two or three decimals: `9.38`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(2))
    }
}

impl Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A document of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "document", rename_all = "snake_case")]
pub enum Document {
    /// What happened on an account.
    AccountStatement(Box<AccountStatement>),
    /// What happened on a loan, and what is due.
    LoanStatement(Box<LoanStatement>),
    /// What happened on a credit card, and what is due.
    CardStatement(Box<CardStatement>),
    /// Every instalment of a loan.
    Schedule(Box<ScheduleDocument>),
    /// What credit costs, by Regulation Z or by the law of Canada.
    LendingDisclosure(Box<LendingDisclosure>),
    /// What a mortgage will cost, as its applicant is told.
    LoanEstimate(Box<LoanEstimate>),
    /// Why credit is not given.
    AdverseAction(Box<AdverseAction>),
    /// That a payment was made.
    PaymentReceipt(Box<PaymentReceipt>),
    /// What it takes to be done with a loan.
    PayoffLetter(Box<PayoffLetter>),
}

impl Document {
    /// What it is called within a sentence.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AccountStatement(_) => "statement of account",
            Self::LoanStatement(_) => "loan statement",
            Self::CardStatement(_) => "card statement",
            Self::Schedule(_) => "schedule",
            Self::LendingDisclosure(_) => "disclosure",
            Self::LoanEstimate(_) => "loan estimate",
            Self::AdverseAction(_) => "notice",
            Self::PaymentReceipt(_) => "receipt",
            Self::PayoffLetter(_) => "payoff statement",
        }
    }

    /// The currency of its sums; none of a notice without any.
    pub fn currency(&self) -> Option<Currency> {
        match self {
            Self::AccountStatement(it) => Some(it.opening.currency()),
            Self::LoanStatement(it) => Some(it.opening_principal.currency()),
            Self::CardStatement(it) => Some(it.new_balance.currency()),
            Self::Schedule(it) => Some(it.principal.currency()),
            Self::LendingDisclosure(it) => Some(it.amount_financed.currency()),
            Self::LoanEstimate(it) => Some(it.loan_amount.currency()),
            Self::AdverseAction(_) => None,
            Self::PaymentReceipt(it) => Some(it.amount.currency()),
            Self::PayoffLetter(it) => Some(it.total.currency()),
        }
    }

    /// Letter for dollars of the United States and Canada and for notices under American law, A4 for the rest.
    pub fn usual_paper(&self) -> Paper {
        match self.currency() {
            None | Some(Currency::USD | Currency::CAD) => Paper::Letter,
            Some(_) => Paper::A4,
        }
    }

    /// The name of its file without an ending: small letters, digits and hyphens.
    pub(crate) fn file_stem(&self) -> String {
        let (kind, about, from, to) = match self {
            Self::AccountStatement(it) => ("statement", &it.number, it.period.from, Some(it.period.to)),
            Self::LoanStatement(it) => ("loan-statement", &it.number, it.period.from, Some(it.period.to)),
            Self::CardStatement(it) => ("card-statement", &it.number, it.period.from, Some(it.period.to)),
            Self::Schedule(it) => ("schedule", &it.reference, it.issued_on, None),
            Self::LendingDisclosure(it) => ("disclosure", &it.reference, it.issued_on, None),
            Self::LoanEstimate(it) => ("loan-estimate", &it.reference, it.issued_on, None),
            Self::AdverseAction(it) => ("notice", &it.reference, it.issued_on, None),
            Self::PaymentReceipt(it) => ("receipt", &it.reference, it.paid_on, None),
            Self::PayoffLetter(it) => ("payoff", &it.number, it.issued_on, Some(it.good_through)),
        };
        let mut stem = kind.to_owned();
        for part in [slug(about), from.to_string(), to.map(|day| day.to_string()).unwrap_or_default()] {
            if !part.is_empty() {
                stem.push('-');
                stem.push_str(&part);
            }
        }
        stem
    }
}

/// Small letters and digits alone, with a hyphen for everything between; 40 at most.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 40 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_written_as_forms_want_them() {
        let written = |thousandths| {
            let percent = Percent::thousandths(thousandths);
            (percent.to_string(), percent.trimmed())
        };
        assert_eq!(written(9_380), ("9.38".into(), "9.38".into()));
        assert_eq!(written(6_500), ("6.50".into(), "6.5".into()));
        assert_eq!(written(7_000), ("7.00".into(), "7".into()));
        assert_eq!(written(10_125), ("10.125".into(), "10.125".into()));
        assert_eq!(written(-50), ("-0.05".into(), "-0.05".into()));
    }

    #[test]
    fn names_of_files_hold_nothing_that_a_file_system_or_a_header_minds() {
        assert_eq!(slug("****0042"), "0042");
        assert_eq!(slug("../../etc/\"passwd\"\r\n"), "etc-passwd");
        assert_eq!(slug("Ünïcode"), "n-code");
        assert!(slug(&"a".repeat(500)).len() <= 40);
    }

    #[test]
    fn a_period_ends_no_earlier_than_it_begins() {
        let (first, last) = (Date::constant(2026, 1, 1), Date::constant(2026, 1, 31));
        assert_eq!(Period::new(last, first), Err(Error::Period));
        let period = Period::new(first, last).unwrap();
        assert!(period.contains(first) && period.contains(last));
        assert!(!period.contains(Date::constant(2026, 2, 1)));
    }
}

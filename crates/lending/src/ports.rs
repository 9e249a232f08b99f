//! What lending asks of others: who borrowers are, and how likely they are to repay.

use florin_db::{DbError, Reader, Tx};
use florin_kernel::{Money, UserId};
use zeroize::Zeroizing;

use crate::Kind;

/// Which number a person pays taxes under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxNumber {
    /// A Social Security Number (USA).
    Ssn,
    /// A Social Insurance Number (Canada).
    Sin,
}

impl TaxNumber {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ssn => "ssn",
            Self::Sin => "sin",
        }
    }

    pub(crate) fn parse(code: &str) -> Option<Self> {
        [Self::Ssn, Self::Sin].into_iter().find(|kind| kind.code() == code)
    }

    /// A number with all but its last group hidden: `***-**-6789`, `***-***-286`.
    pub(crate) fn masked(self, digits: &str) -> String {
        let (hidden, shown) = match self {
            Self::Ssn => ("***-**-", 4),
            Self::Sin => ("***-***-", 3),
        };
        let from = digits.len().saturating_sub(shown);
        format!("{hidden}{}", digits.get(from..).unwrap_or_default())
    }
}

/// Knows the institution's customers, and what their numbers look like.
pub trait Borrowers: Send + Sync {
    /// What is wrong with an email, if it cannot be one.
    fn fault_of_email(&self, email: &str) -> Option<String>;

    /// A telephone number in the form of E.164, if it is one.
    fn phone(&self, text: &str) -> Option<Zeroizing<String>>;

    /// The nine digits of a tax number that can have been issued.
    fn tax_number(&self, kind: TaxNumber, text: &str) -> Option<Zeroizing<String>>;

    /// The customer with this email, if there is one.
    ///
    /// # Errors
    /// What the database says.
    fn by_email(&self, reader: &mut Reader<'_>, email: &str) -> Result<Option<UserId>, DbError>;

    /// Whether there is such a person.
    ///
    /// # Errors
    /// What the database says.
    fn is_known(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError>;
}

/// What an applicant is judged by. It has neither name nor age nor anything else that 12 CFR 1002.6 forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What the loan is for.
    pub kind: Kind,
    /// How much is asked for.
    pub amount: Money,
    /// What its instalments come to in a month, in minor units.
    pub monthly_payment_minor: i64,
    /// What the applicant earns in a year, in minor units, if they said so.
    pub annual_income_minor: Option<i64>,
    /// What they pay for other debts in a month, in minor units.
    pub monthly_debts_minor: i64,
    /// For how many months they have had their employment, if they said so.
    pub employment_months: Option<u32>,
    /// How many loans they had here.
    pub loans_here: i64,
    /// How many of these were written off or ninety days past due.
    pub bad_loans_here: i64,
}

/// Judges applicants.
pub trait Score: Send + Sync {
    /// The score, and each check with its outcome.
    fn judge(&self, profile: &Profile) -> Judgement;
}

/// What a judge says. It advises: officers decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// From 0, no hope, to 1000.
    pub score: u16,
    /// Each check.
    pub checks: Vec<Check>,
}

/// One check of an application.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Check {
    /// Its stable name: `income`, `debt_to_income`, `employment`, `history`.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The adverse-action reason that it stands for, where it did not pass.
    pub reason: Option<Reason>,
    /// What it measured, for officers: `debt to income 41.2 %, 43 % at most`.
    pub detail: String,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing stands against it.
    Pass,
    /// An officer should look.
    Refer,
    /// It speaks for refusing.
    Fail,
}

impl Outcome {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Refer => "refer",
            Self::Fail => "fail",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)+) => {
        /// A principal reason for adverse action, in the words of the sample form C-1 of Regulation B
        /// (12 CFR 1002, appendix C).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $name,)+
        }

        impl Reason {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// What the applicant is told.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

reasons! {
    /// The application lacks something.
    IncompleteApplication = "incomplete_application", "Credit application incomplete";
    /// Too little income for what was asked for.
    InsufficientIncome = "insufficient_income", "Income insufficient for amount of credit requested";
    /// Too many obligations for the income.
    ExcessiveObligations = "excessive_obligations", "Excessive obligations in relation to income";
    /// The income could not be verified.
    UnverifiableIncome = "unverifiable_income", "Unable to verify income";
    /// Employed for too short a time.
    ShortEmployment = "short_employment", "Length of employment";
    /// Irregular employment.
    IrregularEmployment = "irregular_employment", "Temporary or irregular employment";
    /// Bad experience of this institution.
    PoorHistoryHere = "poor_history_here", "Poor credit performance with us";
    /// Bad experience of others.
    DelinquentElsewhere = "delinquent_elsewhere", "Delinquent past or present credit obligations with others";
    /// No credit file.
    NoCreditFile = "no_credit_file", "No credit file";
    /// Too little in the credit file.
    InsufficientCreditFile = "insufficient_credit_file", "Insufficient number of credit references provided";
    /// The collateral is not worth enough.
    InsufficientCollateral = "insufficient_collateral", "Value or type of collateral not sufficient";
    /// The identity could not be verified.
    UnverifiableIdentity = "unverifiable_identity", "Unable to verify identity";
    /// Not granted to anybody on these terms.
    TermsNotGranted = "terms_not_granted", "We do not grant credit to any applicant on the terms and conditions you have requested";
}

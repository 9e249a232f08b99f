//! Applications: what is asked for, by whom, and what became of it.

use florin_kernel::{Currency, LoanId, Money, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ports::{Borrowers, Check, TaxNumber};
use crate::sealing::Personal;
use crate::{ApplicationId, Error, Kind, Rate, TERM_MONTHS_MAX};
use florin_kernel::Fault;

/// The least and the most that is applied for, in major units.
const AMOUNT_MAJOR: (i64, i64) = (1_000, 1_000_000);
/// How many characters a name has.
const NAME_CHARS: (usize, usize) = (2, 100);
/// The most that an income or debts come to, in major units: more is a slip.
const INCOME_MAJOR_MAX: i64 = 1_000_000_000;
/// The most months of an employment: sixty years.
const EMPLOYMENT_MONTHS_MAX: u32 = 720;

/// An application as it is filled in.
#[derive(Clone)]
pub struct Apply {
    /// For whom, where staff fill it in and know; the customer with the email otherwise.
    pub customer: Option<UserId>,
    /// What the applicant is called.
    pub customer_name: String,
    /// How much they ask for.
    pub amount: Money,
    /// Their tax number, and which it is.
    pub tax_id: (TaxNumber, Zeroizing<String>),
    /// Where mail reaches them.
    pub email: String,
    /// Their telephone, in the form of E.164.
    pub phone: String,
    /// What the loan is for; personal when left out.
    pub kind: Option<Kind>,
    /// For how many months; as is usual when left out.
    pub term_months: Option<u16>,
    /// What they earn in a year.
    pub annual_income: Option<Money>,
    /// What they pay for other debts in a month.
    pub monthly_debts: Option<Money>,
    /// For how many months they have had their employment.
    pub employment_months: Option<u32>,
}

impl std::fmt::Debug for Apply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Apply(…)")
    }
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationStatus {
    /// It waits for officers.
    Submitted,
    /// It was granted: there is an offer.
    Approved,
    /// It was refused: there is a notice.
    Rejected,
    /// The applicant took it back.
    Withdrawn,
}

impl ApplicationStatus {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Submitted, Self::Approved, Self::Rejected, Self::Withdrawn];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == text)
    }
}

/// The terms that officers grant; what is left out is as it was asked for, at the product's list rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedTerms {
    /// How much, in minor units.
    pub amount_minor: Option<i64>,
    /// At which rate.
    pub annual_rate: Option<Rate>,
    /// For how many months.
    pub term_months: Option<u16>,
}

/// What an officer decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionSeen {
    /// Who.
    pub officer: UserId,
    /// Whether they agreed.
    pub approved: bool,
    /// To which terms.
    pub terms: Option<GrantedTerms>,
    /// What they noted.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// An application as it may be seen: what is personal is masked.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its identifier.
    pub id: ApplicationId,
    /// Whose it is; nobody's while no customer has its email.
    pub applicant: Option<UserId>,
    /// What the loan is for.
    pub kind: Kind,
    /// How much is asked for.
    pub amount: Money,
    /// For how many months.
    pub term_months: u16,
    /// What the applicant earns in a year.
    pub annual_income: Option<Money>,
    /// What they pay for other debts in a month.
    pub monthly_debts: Option<Money>,
    /// For how many months they have had their employment.
    pub employment_months: Option<u32>,
    /// What they are called.
    pub customer_name: String,
    /// Which tax number they have.
    pub tax_number: TaxNumber,
    /// The same, masked.
    pub tax_id: String,
    /// Their email, masked.
    pub email: String,
    /// Their telephone, masked.
    pub phone: String,
    /// Where it stands.
    pub status: ApplicationStatus,
    /// The adverse-action notice of a refusal, as JSON.
    pub notice: Option<String>,
    /// The loan that was made of it.
    pub loan: Option<LoanId>,
    /// What officers see besides.
    pub for_officers: Option<ForOfficers>,
    /// When it was filled in.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Whether officers asked something that waits for an answer.
    pub asked: bool,
}

/// What an applicant is not shown.
#[derive(Clone, Debug)]
pub struct ForOfficers {
    /// From 0 to 1000.
    pub score: u16,
    /// Each check.
    pub checks: Vec<Check>,
    /// What officers decided.
    pub decisions: Vec<DecisionSeen>,
}

/// An application whose fields can each be taken.
pub(crate) struct Checked {
    pub personal: Personal,
    pub name: String,
    pub kind: Kind,
}

impl Apply {
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub(crate) fn check(&self, borrowers: &dyn Borrowers) -> Result<Checked, Error> {
        let mut faults = Vec::new();
        let name = self.customer_name.trim();
        if !(NAME_CHARS.0..=NAME_CHARS.1).contains(&name.chars().count())
            || name.chars().any(char::is_control)
        {
            faults.push(Fault::new("customer_name", "invalid", "2 to 100 characters are wanted"));
        }
        faults.extend(self.fault_of_amount());
        let email = self.email.trim();
        faults.extend(borrowers.fault_of_email(email).map(|why| Fault::new("email", "invalid", why)));
        let phone = borrowers.phone(&self.phone);
        if phone.is_none() {
            let why = "a phone number such as +14155550123 is wanted: a plus sign and 8 to 15 digits";
            faults.push(Fault::new("phone", "invalid", why));
        }
        let (tax_number, text) = &self.tax_id;
        let digits = borrowers.tax_number(*tax_number, text);
        if digits.is_none() {
            faults.push(Fault::new(tax_number.code(), "invalid", wanted(*tax_number)));
        }
        faults.extend(self.faults_of_means());
        let kind = self.kind.unwrap_or(Kind::Personal);
        match (digits, phone) {
            (Some(tax_digits), Some(phone)) if faults.is_empty() => {
                let email = Zeroizing::new(email.to_owned());
                let personal = Personal { tax_number: *tax_number, tax_digits, email, phone };
                Ok(Checked { personal, name: name.to_owned(), kind })
            }
            _ => Err(Error::Invalid(faults)),
        }
    }

    fn fault_of_amount(&self) -> Option<Fault> {
        let per_major = self.amount.currency().minor_per_major();
        let within = AMOUNT_MAJOR.0.saturating_mul(per_major)..=AMOUNT_MAJOR.1.saturating_mul(per_major);
        let fits = within.contains(&self.amount.minor());
        (!fits).then(|| Fault::new("loan_amount", "out_of_range", "1,000 to 1,000,000 can be applied for"))
    }

    fn faults_of_means(&self) -> Vec<Fault> {
        let currency: Currency = self.amount.currency();
        let most = INCOME_MAJOR_MAX.saturating_mul(currency.minor_per_major());
        let mut faults = Vec::new();
        for (field, sum) in [("annual_income", self.annual_income), ("monthly_debts", self.monthly_debts)] {
            let Some(sum) = sum else { continue };
            if sum.currency() != currency {
                faults.push(Fault::new(field, "currency_mismatch", format!("the loan is in {currency}")));
            } else if !(0..=most).contains(&sum.minor()) {
                faults.push(Fault::new(field, "out_of_range", "zero to 1,000,000,000 is wanted"));
            }
        }
        if self.term_months.is_some_and(|months| !(1..=TERM_MONTHS_MAX).contains(&months)) {
            faults.push(Fault::new("term_months", "out_of_range", "1 to 600 months are wanted"));
        }
        if self.employment_months.is_some_and(|months| months > EMPLOYMENT_MONTHS_MAX) {
            faults.push(Fault::new("employment_months", "out_of_range", "0 to 720 months are wanted"));
        }
        faults
    }
}

const fn wanted(kind: TaxNumber) -> &'static str {
    match kind {
        TaxNumber::Ssn => {
            "a Social Security Number is wanted, such as 000-00-0000 or nine digits, that can have been issued"
        }
        TaxNumber::Sin => {
            "a Social Insurance Number is wanted, such as 000-000-000 or nine digits, with its check digit"
        }
    }
}

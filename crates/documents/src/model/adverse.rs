//! The notice of adverse action of 12 CFR 1002.9 (ECOA) and 15 U.S.C. 1681m (FCRA).

use florin_kernel::Date;
use serde::Serialize;

use super::{Institution, Party};

/// Why credit is not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdverseAction {
    /// The creditor.
    pub institution: Institution,
    /// Who applied.
    pub applicant: Party,
    /// The application's number.
    pub reference: String,
    /// The day of the notice.
    pub issued_on: Date,
    /// When the application was received.
    pub applied_on: Date,
    /// What was applied for, in words: `a personal loan of $20,000.00`.
    pub applied_for: String,
    /// The principal reasons, one to four.
    pub reasons: Vec<String>,
    /// The creditor's particulars.
    pub creditor: Creditor,
    /// The agency whose report counted; none where none did.
    pub agency: Option<ReportingAgency>,
    /// The score that counted; none where none did.
    pub score: Option<ScoreDisclosure>,
}

/// What the notice tells of the creditor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Creditor {
    /// Where to call or write with questions.
    pub contact: String,
    /// The federal agency that supervises the creditor, with its address, on one line; empty for credit that the law of the
    /// United States does not reach.
    pub supervisor: String,
}

/// A consumer reporting agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportingAgency {
    /// Its name.
    pub name: String,
    /// Its address, a line each.
    pub address: Vec<String>,
    /// Its telephone number, free of charge.
    pub phone: String,
}

/// A credit score (15 U.S.C. 1681m(a)(2)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScoreDisclosure {
    /// The score.
    pub score: u16,
    /// The lowest that there is.
    pub lowest: u16,
    /// The highest that there is.
    pub highest: u16,
    /// The day on which it was made.
    pub made_on: Date,
    /// Who made it.
    pub source: String,
    /// What weighed on it, in order: one to four, or five when inquiries are among them.
    pub factors: Vec<String>,
}

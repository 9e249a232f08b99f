//! Which charges are part of the cost of credit.

use serde::{Deserialize, Serialize};

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// Origination, administration, points: what the lender charges for lending.
    Origination,
    /// An application fee that all applicants are charged, granted or not.
    Application,
    /// A broker, paid by the lender out of what is borrowed.
    Broker,
    /// Insurance on the loan that the lender asks for.
    RequiredInsurance,
    /// Insurance that the borrower chooses.
    OptionalInsurance,
    /// Insurance of the lender against default on a mortgage.
    MortgageInsurance,
    /// An appraisal, inspection or survey that the lender asks for.
    Appraisal,
    /// Insurance against defects in title.
    TitleInsurance,
    /// A lawyer or notary whom the lender asks for.
    RequiredLawyer,
    /// Registration of the security with a public office.
    Registration,
    /// The release of the security.
    Discharge,
}

/// A charge at the beginning of a loan, taken out of what is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What it is for.
    pub kind: ChargeKind,
    /// In minor units of the loan's currency, above zero.
    pub minor: i64,
}

impl ChargeKind {
    /// Whether it is a finance charge by Regulation Z, 12 CFR 1026.4; `real_estate` is whether real property secures
    /// the loan, for which (c)(7) leaves out what is bona fide and reasonable in amount.
    pub const fn is_finance_charge(self, real_estate: bool) -> bool {
        match self {
            Self::Origination | Self::Broker | Self::RequiredInsurance | Self::MortgageInsurance => true,
            Self::Appraisal | Self::TitleInsurance | Self::RequiredLawyer => !real_estate,
            // (c)(1), (d) and (e)(1).
            Self::Application | Self::OptionalInsurance | Self::Registration | Self::Discharge => false,
        }
    }

    /// Whether it is a cost of borrowing by SOR/2021-181, s. 48.
    pub const fn is_cost_of_borrowing(self) -> bool {
        match self {
            Self::Origination
            | Self::Application
            | Self::Broker
            | Self::RequiredInsurance
            | Self::Appraisal
            | Self::RequiredLawyer => true,
            // Subsection (2): (a), (h), (f), (c), (j).
            Self::OptionalInsurance
            | Self::MortgageInsurance
            | Self::TitleInsurance
            | Self::Registration
            | Self::Discharge => false,
        }
    }
}

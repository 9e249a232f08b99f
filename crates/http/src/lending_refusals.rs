//! Where refusals of lending become answers.

use florin_lending::{NoApr, NotQuoted, Refused};

use crate::{Problem, codes};

impl From<NotQuoted> for Problem {
    fn from(error: NotQuoted) -> Self {
        let (field, code) = match &error {
            NotQuoted::Denied(denied) => return denied.clone().into(),
            NotQuoted::Revolving => ("kind", "revolving"),
            NotQuoted::Term => ("term_months", "out_of_range"),
            NotQuoted::Amortization => ("amortization_months", "not_level"),
            NotQuoted::Refused(refused) => place(refused),
            NotQuoted::NoApr(NoApr::NothingFlows | NoApr::BelowZero) => ("charges", "too_large"),
            NotQuoted::NoApr(NoApr::NotComputable) => ("annual_rate", "not_computable"),
        };
        Self::of(codes::VALIDATION_FAILED).field(field, code, error.to_string())
    }
}

/// The field that terms were refused for, and a stable name of why.
fn place(refused: &Refused) -> (&'static str, &'static str) {
    match refused {
        Refused::PrincipalTooLarge => ("loan_amount", "too_large"),
        Refused::Currency => ("loan_amount.currency", "currency_mismatch"),
        Refused::Instalments | Refused::InterestOnlyThroughout => ("term_months", "out_of_range"),
        Refused::AmortizationTooShort => ("amortization_months", "out_of_range"),
        Refused::FirstDueBeforeStart { .. } => ("first_due_date", "before_start"),
        Refused::FirstPeriodTooLong => ("first_due_date", "too_late"),
        Refused::DueDays => ("start_date", "out_of_range"),
        Refused::NotAccelerable => ("frequency", "not_accelerable"),
        Refused::BalloonTooLarge => ("balloon", "too_large"),
        Refused::Escrow => ("escrow", "out_of_range"),
        Refused::NeverAmortizes { .. } => ("annual_rate", "never_amortizes"),
        Refused::DoesNotPayOff { .. } => ("annual_rate", "does_not_pay_off"),
        Refused::NotComputable => ("annual_rate", "not_computable"),
    }
}

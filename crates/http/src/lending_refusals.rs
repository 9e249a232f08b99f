//! Where refusals of lending become answers.

use florin_lending::{Error, NoApr, NotOffered, NotQuoted, NotRecorded, Refused};

use crate::refusals::{LEDGER_REFUSED, outcome_code, unusable_amount};
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

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denied) => denied.into(),
            Error::Invalid(faults) => {
                faults.into_iter().fold(Self::of(codes::VALIDATION_FAILED), |problem, fault| {
                    problem.field(fault.field, fault.code, fault.message)
                })
            }
            Error::Page(source) => source.into(),
            Error::Money(source) => unusable_amount(source),
            Error::CurrencyMismatch(_) => Self::of(codes::CURRENCY_MISMATCH).because(&error),
            Error::LoanNotFound
            | Error::ApplicationNotFound
            | Error::QuestionNotFound
            | Error::PaymentNotFound
            | Error::AccountNotFound
            | Error::CustomerNotFound => Self::of(codes::NOT_FOUND).because(&error),
            Error::Decided
            | Error::Answered
            | Error::DecidedByYou
            | Error::TermsDiffer
            | Error::Standing(_)
            | Error::OfferEnded(_)
            | Error::CostsMore { .. }
            | Error::External
            | Error::Card
            | Error::NotACard
            | Error::Nothing(_) => Self::of(codes::CONFLICT).because(&error),
            Error::OverLimit(_) => Self::of(codes::INSUFFICIENT_FUNDS).because(&error),
            Error::NoProduct(_) => wrong("currency", "not_offered", &error),
            Error::NotOffered(source) => not_offered(&source),
            Error::Refused(refused) => {
                let (field, code) = place(&refused);
                wrong(field, code, &refused)
            }
            Error::NoApr(source) => wrong("charges", "too_large", &source),
            Error::NotRecorded(source) => not_recorded(&source),
            Error::Ledger(outcome) => {
                let (status, code) = outcome_code(outcome);
                let title = crate::codes::Code::find(code).map_or(LEDGER_REFUSED, |known| known.title);
                let status = axum::http::StatusCode::from_u16(status);
                let status = status.unwrap_or(axum::http::StatusCode::CONFLICT);
                Self::new(status, code, title).detail(outcome.doc())
            }
            Error::Vault(_) => Self::internal(&error),
            Error::Db(source) => source.into(),
        }
    }
}

fn wrong(field: &str, code: &'static str, error: &dyn std::error::Error) -> Problem {
    Problem::of(codes::VALIDATION_FAILED).field(field, code, error.to_string())
}

fn not_offered(error: &NotOffered) -> Problem {
    let (field, code) = match error {
        NotOffered::Currency(_) => ("loan_amount.currency", "currency_mismatch"),
        NotOffered::Principal(..) => ("loan_amount", "out_of_range"),
        NotOffered::Rate(..) => ("annual_rate", "out_of_range"),
        NotOffered::Instalments(..) => ("term_months", "out_of_range"),
        NotOffered::Refused(refused) => place(refused),
    };
    wrong(field, code, error)
}

fn not_recorded(error: &NotRecorded) -> Problem {
    match error {
        NotRecorded::BeforePayout { .. } => wrong("date", "before_payout", error),
        NotRecorded::InTheFuture { .. } => wrong("date", "in_the_future", error),
        NotRecorded::Sum => wrong("amount", "out_of_range", error),
        NotRecorded::Rescheduling(source) => {
            let (field, code) = match source {
                Refused::Instalments | Refused::InterestOnlyThroughout => ("instalments", "out_of_range"),
                other => place(other),
            };
            wrong(field, code, source)
        }
        NotRecorded::UnknownPayment(_) => Problem::of(codes::NOT_FOUND).because(error),
        NotRecorded::Known(_)
        | NotRecorded::Reversed(_)
        | NotRecorded::TooMany
        | NotRecorded::NotComputable => Problem::of(codes::CONFLICT).because(error),
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

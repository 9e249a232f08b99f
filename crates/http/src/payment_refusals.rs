//! Where refusals of payments become answers.

use florin_payments::rail::WebhookRefused;
use florin_payments::{Error as PaymentError, LoanRefused};

use crate::codes::{self, Code};
use crate::refusals::outcome_code;
use crate::{Problem, unusable_amount};

/// What is refused of accounts, payments, payees, billers and saved methods.
pub(crate) fn of_payment(error: PaymentError) -> Problem {
    match &error {
        PaymentError::Invalid(faults) => {
            faults.iter().fold(Problem::of(codes::VALIDATION_FAILED), |problem, fault| {
                problem.field(fault.field, fault.code, &fault.message)
            })
        }
        PaymentError::PaymentNotFound
        | PaymentError::MethodNotFound
        | PaymentError::PayeeNotFound
        | PaymentError::BillerNotFound
        | PaymentError::LoanNotFound
        | PaymentError::ScheduleNotFound
        | PaymentError::AccountNotFound(_)
        | PaymentError::FileNotFound
        | PaymentError::CustomerNotFound => Problem::of(codes::NOT_FOUND).because(&error),
        PaymentError::Duplicate(_) => Problem::of(codes::ALREADY_SAVED).because(&error),
        PaymentError::Changed(_) | PaymentError::InUse | PaymentError::AccountNotEmpty => {
            Problem::of(codes::CONFLICT).because(&error)
        }
        PaymentError::ScheduleOver(_) => Problem::of(codes::SCHEDULE_OVER).because(&error),
        PaymentError::NothingQueued => Problem::of(codes::BANK_FILE_EMPTY),
        PaymentError::AnswerUnreadable { .. } => Problem::of(codes::BANK_FILE_UNREADABLE).because(&error),
        PaymentError::KeeperSilent(_) => Problem::of(codes::PROVIDER_UNAVAILABLE).because(&error),
        PaymentError::CardExpired => Problem::of(codes::CARD_EXPIRED),
        PaymentError::Unsupported => Problem::of(codes::PAYMENT_UNSUPPORTED),
        PaymentError::NotCancellable(_) => Problem::of(codes::PAYMENT_NOT_CANCELLABLE).because(&error),
        PaymentError::NotRefundable(_) => Problem::of(codes::PAYMENT_NOT_REFUNDABLE).because(&error),
        PaymentError::RefundTooLarge => Problem::of(codes::REFUND_TOO_LARGE),
        PaymentError::NotUnknown(_) => Problem::of(codes::PAYMENT_NOT_UNKNOWN).because(&error),
        PaymentError::UnderReview => Problem::of(codes::UNDER_REVIEW),
        PaymentError::NotUnderReview => Problem::of(codes::NOT_UNDER_REVIEW),
        PaymentError::PartOfPayment => Problem::of(codes::PART_OF_PAYMENT),
        PaymentError::LoanRefused(refused) => loan_problem(refused),
        PaymentError::Refused(outcome) => {
            let (status, name) = outcome_code(*outcome);
            let status = axum::http::StatusCode::from_u16(status).unwrap_or(axum::http::StatusCode::CONFLICT);
            let title = Code::find(name).map_or(crate::refusals::LEDGER_REFUSED, |known| known.title);
            Problem::new(status, name, title).detail(outcome.doc())
        }
        PaymentError::PeriodNotOver(_) => {
            Problem::of(codes::VALIDATION_FAILED).field("through", "not_over", error.to_string())
        }
        PaymentError::CurrencyMismatch { .. } => Problem::of(codes::CURRENCY_MISMATCH).because(&error),
        PaymentError::TooManyEntries(_) => Problem::of(codes::STATEMENT_TOO_LARGE).because(&error),
        PaymentError::AccountClosed => Problem::of(codes::ACCOUNT_CLOSED),
        PaymentError::Vault(_) | PaymentError::NotWritten(_) => Problem::internal(&error),
        PaymentError::Denied(_) | PaymentError::Money(_) | PaymentError::Page(_) | PaymentError::Db(_) => {
            match error {
                PaymentError::Denied(denied) => denied.into(),
                PaymentError::Money(source) => unusable_amount(source),
                PaymentError::Page(source) => source.into(),
                PaymentError::Db(source) => source.into(),
                other => Problem::internal(&other),
            }
        }
    }
}

/// What a loan refuses: by its own code where that is one of the table.
pub fn loan_problem(refused: &LoanRefused) -> Problem {
    let code = Code::find(refused.code).unwrap_or(codes::LOAN_REFUSED);
    let problem = Problem::of(code);
    if refused.text.is_empty() { problem } else { problem.detail(&refused.text) }
}

/// What a processor is told whose event is not taken.
pub fn webhook_problem(refused: WebhookRefused) -> Problem {
    match refused {
        WebhookRefused::UnknownProcessor => Problem::of(codes::NOT_FOUND),
        WebhookRefused::Signature => Problem::of(codes::WEBHOOK_REFUSED),
        WebhookRefused::Malformed => Problem::of(codes::INVALID_REQUEST).because(&refused),
    }
}

impl From<florin_app::SettleError> for Problem {
    fn from(error: florin_app::SettleError) -> Self {
        use florin_app::SettleError as Settle;
        match error {
            Settle::Payment(source) => source.into(),
            Settle::Approval(source) => source.into(),
            Settle::NoPerson => Self::of(codes::FORBIDDEN).because(&error),
            Settle::Db(source) => source.into(),
        }
    }
}

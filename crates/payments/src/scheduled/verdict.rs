//! What follows from what came of an occurrence. Pure.

use florin_db::DbError;
use florin_kernel::{Denied, ScheduledPaymentId, Timestamp, TransferId, Uuid};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::{Retries, RunState};
use crate::error::Error;

/// After how many failures in a row a schedule is paused.
pub(crate) const FAILURES_MAX: usize = 3;

/// What may be over when it is tried again: the money is not there yet, an account is frozen, too much was moved of late;
/// and what processors and banks return for that (R01 insufficient funds, R09 uncollected funds, NSF 901).
const MAY_PASS: [&str; 10] = [
    "insufficient_funds",
    "debit_account_frozen",
    "credit_account_frozen",
    "velocity_exceeded",
    "exceeds_ceiling",
    "processing_error",
    "try_again_later",
    "R01",
    "R09",
    "901",
];

/// Whether a refusal may be over when it is tried again.
pub(crate) fn may_pass(reason: &str) -> bool {
    MAY_PASS.contains(&reason)
}

/// What becomes of an occurrence that was refused for the `attempts`th time.
pub(crate) fn after_refusal(
    reason: &str,
    attempts: i64,
    retries: Retries,
    now: Timestamp,
) -> (RunState, Option<Timestamp>) {
    if !may_pass(reason) || attempts > retries.times {
        return (RunState::Failed, None);
    }
    let wait = SignedDuration::from_hours(retries.hours.max(1));
    (RunState::Retrying, Some(now.checked_add(wait).unwrap_or(Timestamp::MAX)))
}

/// Why an occurrence cannot be planned, by a stable name; what is not the schedule's own fault is given back.
pub(crate) fn reason_of(error: Error) -> Result<&'static str, DbError> {
    Ok(match error {
        Error::Db(DbError::Corrupt(what)) => {
            tracing::error!(what, "a scheduled payment cannot be planned");
            "internal_error"
        }
        Error::Db(error) => return Err(error),
        Error::AccountNotFound(_) | Error::CustomerNotFound => "account_not_found",
        Error::MethodNotFound => "payment_method_removed",
        Error::PayeeNotFound => "payee_removed",
        Error::BillerNotFound => "biller_inactive",
        Error::LoanNotFound => "loan_not_found",
        Error::LoanRefused(refused) => refused.code,
        Error::CardExpired => "card_expired",
        Error::Unsupported => "payment_unsupported",
        Error::CurrencyMismatch { .. } => "currency_mismatch",
        Error::Money(_) => "amount_unusable",
        Error::Denied(denied) => reason_of_denial(&denied),
        other => {
            tracing::error!(error = %other, "a scheduled payment cannot be planned");
            "internal_error"
        }
    })
}

/// Why somebody may not pay any more, by a stable name.
pub fn reason_of_denial(denied: &Denied) -> &'static str {
    match denied {
        Denied::EmailUnverified => "email_unverified",
        Denied::MfaEnrolmentRequired => "mfa_enrolment_required",
        Denied::Unauthenticated | Denied::StepUpRequired | Denied::Forbidden { .. } => "payer_not_permitted",
    }
}

/// The identifier of the payment that an occurrence makes at its `attempt`th time: it follows from them, so that there can
/// be one alone. `at` is when that was due.
pub(crate) fn payment_id(schedule: ScheduledPaymentId, n: u32, attempt: i64, at: Timestamp) -> TransferId {
    let mut hash = Sha256::new();
    hash.update(b"florin scheduled payment\0");
    hash.update(schedule.uuid().as_bytes());
    hash.update(n.to_be_bytes());
    hash.update(attempt.to_be_bytes());
    let digest = hash.finalize();
    // A UUIDv7 (RFC 9562, 5.7): the time in milliseconds, the version, and 74 bits of the hash in the place of chance.
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0).to_be_bytes();
    let mut bytes = [0_u8; 16];
    let source = millis.into_iter().skip(2).chain(digest);
    for (slot, byte) in bytes.iter_mut().zip(source) {
        *slot = byte;
    }
    if let Some(byte) = bytes.get_mut(6) {
        *byte = (*byte & 0x0f) | 0x70;
    }
    if let Some(byte) = bytes.get_mut(8) {
        *byte = (*byte & 0x3f) | 0x80;
    }
    TransferId::from_uuid(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> ScheduledPaymentId {
        ScheduledPaymentId::from_uuid(Uuid::from_u128(7))
    }

    #[test]
    fn what_may_pass_is_tried_so_often_and_what_may_not_never() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let retries = Retries { times: 2, hours: 24 };
        let after = |reason, attempts| after_refusal(reason, attempts, retries, now);
        let tomorrow = Timestamp::from_second(1_790_086_400).unwrap();

        assert_eq!(after("insufficient_funds", 1), (RunState::Retrying, Some(tomorrow)));
        assert_eq!(after("insufficient_funds", 2), (RunState::Retrying, Some(tomorrow)));
        assert_eq!(after("insufficient_funds", 3), (RunState::Failed, None));
        assert_eq!(after("payee_removed", 1), (RunState::Failed, None));
    }

    #[test]
    fn a_payment_has_one_identifier_that_sorts_by_when_it_was_due() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let id = |n, attempt, second| payment_id(schedule(), n, attempt, at(second)).uuid();

        assert_eq!(id(0, 1, 1_790_000_000), id(0, 1, 1_790_000_000));
        assert_ne!(id(0, 1, 1_790_000_000), id(0, 2, 1_790_000_000));
        assert_ne!(id(0, 1, 1_790_000_000), id(1, 1, 1_790_000_000));
        assert!(id(0, 1, 1_790_000_000) < id(0, 1, 1_790_000_001));
        assert_eq!(id(0, 1, 1_790_000_000).get_version_num(), 7);
    }
}

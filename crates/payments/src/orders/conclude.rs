//! What is done about what became of a payment, however it was learned.

use florin_db::Tx;
use florin_jobs::outbox;
use florin_kernel::{Money, Timestamp, TransferId};
use florin_ledger::rules::Code;
use florin_ledger::{chart, internal_account};
use jiff::SignedDuration;

use super::create::topic;
use super::legs::{self, Leg, Path, Role, Step};
use super::record::{Carrier, PaymentOrder, Source, Target};
use super::{Payments, Status, store};
use crate::error::Error;
use crate::ports::LoanReceipt;
use crate::rail::{Flow, Submitted};

/// The first time that is waited before a processor is asked, in seconds; it doubles with each.
const LOOK_SECONDS: i64 = 60;
/// The longest, in seconds: six hours.
const LOOK_SECONDS_MAX: i64 = 6 * 60 * 60;

/// What brings a change about when a processor was asked.
pub(super) const LOOKED_UP: &str = "look_up";

/// When a processor is asked next, after so many times.
pub(super) fn next_look(now: Timestamp, looks: i64) -> Timestamp {
    let doublings = u32::try_from(looks.clamp(0, 16)).unwrap_or(16);
    let seconds =
        LOOK_SECONDS.saturating_mul(1_i64.checked_shl(doublings).unwrap_or(1)).min(LOOK_SECONDS_MAX);
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// What was learned of a payment.
#[derive(Clone, Debug)]
pub(crate) enum Learned {
    /// What the processor says.
    Said(Submitted),
    /// It was returned after it went through.
    Returned { code: String, text: String },
    /// Something that moves no money here and is to be known.
    Noted { topic: &'static str, text: String },
}

impl Payments {
    /// Carries out what was learned of a payment that this unit has locked; false when it changes nothing, because it was
    /// known, or comes too late.
    pub(crate) fn conclude(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        learned: &Learned,
        cause: &str,
    ) -> Result<bool, Error> {
        tx.about(order.id.uuid());
        tx.note("cause", &cause);
        match learned {
            Learned::Said(Submitted::Succeeded { processor_id, fee }) => {
                self.succeed(tx, order, processor_id, *fee, cause)
            }
            Learned::Said(Submitted::Declined { code, text }) if order.status.is_open() => {
                self.fail(tx, order, code, text, cause)?;
                Ok(true)
            }
            Learned::Said(Submitted::Processing { processor_id }) => {
                self.wait(tx, order, Status::Processing, Some(processor_id), cause, None)
            }
            Learned::Said(Submitted::Unknown { why }) => {
                self.wait(tx, order, Status::Unknown, None, cause, Some(why))
            }
            Learned::Returned { code, text } if order.status == Status::Completed => {
                self.undo(tx, order, code, text)?;
                Ok(true)
            }
            // The word that it had gone through was never heard: its money is still reserved.
            Learned::Returned { code, text } if order.status.is_open() => {
                self.fail(tx, order, code, text, cause)?;
                Ok(true)
            }
            Learned::Noted { topic, text } => {
                let now = self.db.env().now();
                tracing::warn!(payment.id = %order.id, topic, "a processor tells something to be looked at");
                store::save(tx, order, topic.trim_start_matches("payment."), Some(text), now)?;
                outbox::publish(tx, topic, order.id.uuid(), now.as_microsecond())?;
                Ok(true)
            }
            Learned::Said(Submitted::Declined { .. }) | Learned::Returned { .. } => Ok(false),
        }
    }

    fn succeed(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        processor_id: &str,
        fee: Option<Money>,
        cause: &str,
    ) -> Result<bool, Error> {
        if !order.status.is_open() {
            if matches!(order.status, Status::Failed | Status::Cancelled) {
                // Two said that it did not, or its return was told first. A person must look at it.
                tracing::error!(payment.id = %order.id, status = order.status.code(), "a payment that is over went through");
            }
            return Ok(false);
        }
        let now = self.db.env().now();
        let (env, currency) = (self.db.env(), order.amount.currency());
        let holds = legs::of(tx, order.id, &[Step::Hold])?;
        let mut wanted: Vec<Leg> = holds.iter().map(|hold| Leg::post(env, hold, currency)).collect();
        let fee = fee.filter(|fee| fee.currency() == currency && fee.minor() > 0);
        wanted.extend(fee.map(|fee| self.processor_fee(order, fee)));
        order.processor_id = Some(processor_id.to_owned());
        order.processed_at = order.processed_at.or(Some(now));
        match legs::post(&self.ledger, env, tx, order.id, &wanted)? {
            Ok(made) => legs::keep(tx, order.id, &made)?,
            Err(code) => return self.postpone(tx, order, code),
        }
        order.processor_fee = fee;
        order.status = Status::Completed;
        order.decline_code = None;
        order.look_at = None;
        order.completed_at = Some(now);
        let detail = self.allocate(tx, order)?;
        self.save(tx, order, cause, detail.as_deref())?;
        Ok(true)
    }

    /// The processor keeps its charge of what it owes, or asks for it on top of what it is owed.
    fn processor_fee(&self, order: &PaymentOrder, fee: Money) -> Leg {
        let currency = fee.currency();
        let line = match order.carrier {
            Carrier::Rail(Flow::Out, _) => chart::CLEARING,
            Carrier::Rail(Flow::In, _) | Carrier::Internal => chart::DUE_FROM_PROCESSORS,
        };
        let path = Path {
            debit: internal_account(chart::PROCESSING_EXPENSE, currency),
            credit: internal_account(line, currency),
            amount: fee.minor(),
            currency,
        };
        Leg::moves(Role::ProcessorFee, TransferId::from_uuid(self.db.env().new_uuid()), path, None)
    }

    /// An account is frozen: the hold stays, and it is tried again when it may not be any more.
    fn postpone(&self, tx: &mut Tx<'_>, order: &mut PaymentOrder, code: Code) -> Result<bool, Error> {
        let now = self.db.env().now();
        tracing::warn!(payment.id = %order.id, code = code.as_str(), "what went through cannot be posted yet");
        order.look_at = Some(next_look(now, order.looks));
        order.looks = order.looks.saturating_add(1);
        store::save(tx, order, "posting_refused", Some(code.as_str()), now)?;
        tx.outcome_failed(code.as_str());
        Ok(true)
    }

    /// Gives what came in for a loan to the loan. Where it takes nothing any more the money stays in suspense, and the
    /// history says so.
    fn allocate(&self, tx: &mut Tx<'_>, order: &mut PaymentOrder) -> Result<Option<String>, Error> {
        let (Source::Method(_), Target::Loan(loan)) = (order.source, order.target) else { return Ok(None) };
        let receipt = LoanReceipt {
            loan,
            payment: order.id,
            from: internal_account(chart::SUSPENSE, order.amount.currency()),
            amount: order.amount,
            on: None,
            principal_only: order.principal_only,
            by: None,
        };
        match self.loans.receive(tx, &receipt)? {
            Ok(_) => {
                order.allocated = true;
                Ok(None)
            }
            Err(refused) => {
                tracing::error!(payment.id = %order.id, loan.id = %loan, code = refused.code, "money for a loan stays in suspense");
                Ok(Some(format!("in_suspense: {}", refused.code)))
            }
        }
    }

    /// Releases what was reserved.
    pub(super) fn release(&self, tx: &mut Tx<'_>, order: &PaymentOrder) -> Result<(), Error> {
        let (env, currency) = (self.db.env(), order.amount.currency());
        let holds = legs::of(tx, order.id, &[Step::Hold])?;
        let wanted: Vec<Leg> = holds.iter().map(|hold| Leg::void(env, hold, currency)).collect();
        let made = legs::post(&self.ledger, env, tx, order.id, &wanted)?.map_err(Error::Refused)?;
        Ok(legs::keep(tx, order.id, &made)?)
    }

    pub(super) fn fail(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        code: &str,
        text: &str,
        cause: &str,
    ) -> Result<(), Error> {
        self.release(tx, order)?;
        order.status = Status::Failed;
        order.decline_code = Some(code.to_owned());
        order.look_at = None;
        order.completed_at = Some(self.db.env().now());
        self.save(tx, order, cause, Some(&format!("{code}: {text}")))
    }

    /// Nothing is known for good: the money stays reserved, and the processor is asked again later.
    fn wait(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        status: Status,
        processor_id: Option<&String>,
        cause: &str,
        why: Option<&str>,
    ) -> Result<bool, Error> {
        if !order.status.is_open() {
            return Ok(false);
        }
        let now = self.db.env().now();
        order.look_at = Some(next_look(now, order.looks));
        order.looks = order.looks.saturating_add(1);
        order.processor_id = processor_id.cloned().or_else(|| order.processor_id.take());
        order.processed_at = order.processed_at.or(Some(now));
        if order.status == status {
            // That it is still under way is no news; that nobody can tell once more is.
            if status == Status::Processing && cause == LOOKED_UP {
                store::put_off(tx, order)?;
            } else {
                store::save(tx, order, cause, why, now)?;
            }
            return Ok(true);
        }
        order.status = status;
        self.save(tx, order, cause, why)?;
        Ok(true)
    }

    /// Saves a payment in a new state, and tells of it.
    pub(super) fn save(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        cause: &str,
        detail: Option<&str>,
    ) -> Result<(), Error> {
        let now = self.db.env().now();
        tx.note("status", &order.status.code());
        store::save(tx, order, cause, detail, now)?;
        if matches!(order.status, Status::Failed | Status::Cancelled) {
            crate::scheduled::follow::payment_ended(tx, order.id, now)?;
        }
        outbox::publish(tx, topic(order.status), order.id.uuid(), now.as_microsecond())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_six_hours() {
        let now = Timestamp::UNIX_EPOCH;
        let waits: Vec<i64> =
            [0, 1, 2, 8, 9, 100, i64::MAX].map(|looks| next_look(now, looks).as_second()).to_vec();
        assert_eq!(waits, [60, 120, 240, 15_360, 21_600, 21_600, 21_600]);
    }
}

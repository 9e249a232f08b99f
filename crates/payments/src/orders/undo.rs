//! Returns: what went through and came back.

use florin_db::Tx;
use florin_kernel::{AccountId, TransferId};
use florin_ledger::{chart, internal_account};

use super::conclude::Learned;
use super::legs::{self, Leg, Made, Path, Role, Step};
use super::record::{Carrier, PaymentOrder};
use super::refund_store::{self, RefundStatus};
use super::{Payments, Status, store};
use crate::error::Error;
use crate::rail::Flow;

/// What a bank's return did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BankReturn {
    /// The payment failed, or was taken back.
    TakenBack,
    /// It had been given back, whole or in part, and the bank took all of it once more: suspense stands in for that.
    AfterRefund,
    /// A refund did not arrive.
    RefundFailed,
    /// The payment was over already.
    Nothing,
}

impl Payments {
    /// Carries out that a bank sent the whole of a payment back, whatever was refunded of it: what the payer was given is
    /// not taken from their account a second time but from suspense, and is the institution's to collect.
    pub(crate) fn returned_by_bank(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        code: &str,
        text: &str,
    ) -> Result<BankReturn, Error> {
        let refunded = order.refunded.minor();
        match order.status {
            Status::Failed | Status::Cancelled => return Ok(BankReturn::Nothing),
            Status::Refunded => {
                let now = self.db.env().now();
                for fee in legs::of(tx, order.id, &[Step::Post])?.iter().filter(|leg| leg.role == Role::Fee) {
                    self.take_back(tx, order, fee, fee.amount)?;
                }
                store::save(tx, order, "returned_after_refund", Some(&format!("{code}: {text}")), now)?;
            }
            _ => {
                let learned = Learned::Returned { code: code.to_owned(), text: text.to_owned() };
                self.conclude(tx, order, &learned, "returned")?;
            }
        }
        if refunded == 0 {
            return Ok(BankReturn::TakenBack);
        }
        tracing::error!(payment.id = %order.id, "a bank took back what had been refunded: suspense stands in");
        self.shortfall(tx, order, chart::SUSPENSE, chart::DUE_FROM_PROCESSORS, refunded)?;
        Ok(BankReturn::AfterRefund)
    }

    /// Carries out that a bank sent a refund back: the money is here again, and the payer has not got it.
    pub(crate) fn refund_returned_by_bank(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        refund: TransferId,
        code: &str,
        text: &str,
    ) -> Result<BankReturn, Error> {
        let said = crate::rail::Submitted::Declined { code: code.to_owned(), text: text.to_owned() };
        if self.conclude_refund(tx, order.id, refund, &said, "returned")? {
            return Ok(BankReturn::RefundFailed);
        }
        let found =
            refund_store::find_in(tx, refund)?.filter(|refund| refund.status == RefundStatus::Completed);
        let Some(found) = found else { return Ok(BankReturn::Nothing) };
        tracing::error!(payment.id = %order.id, "a refund came back after it had gone through: it lies in suspense");
        let now = self.db.env().now();
        store::save(tx, order, "refund_returned", Some(&format!("{code}: {text}")), now)?;
        self.shortfall(tx, order, chart::DUE_FROM_PROCESSORS, chart::SUSPENSE, found.amount.minor())?;
        Ok(BankReturn::RefundFailed)
    }

    /// Moves an amount between two lines of the institution's own.
    fn shortfall(
        &self,
        tx: &mut Tx<'_>,
        order: &PaymentOrder,
        debit: u16,
        credit: u16,
        amount: i64,
    ) -> Result<(), Error> {
        let currency = order.amount.currency();
        let (debit, credit) = (internal_account(debit, currency), internal_account(credit, currency));
        let path = Path { debit, credit, amount, currency };
        let id = TransferId::from_uuid(self.db.env().new_uuid());
        let legs = [Leg::moves(Role::Shortfall, id, path, None)];
        let made = legs::post(&self.ledger, self.db.env(), tx, order.id, &legs)?.map_err(Error::Refused)?;
        Ok(legs::keep(tx, order.id, &made)?)
    }

    /// Gives back all that is left of a payment that was returned. What cannot be taken back where it went, because it
    /// was spent or the account is closed or frozen, comes out of suspense: the institution has to collect it.
    pub(super) fn undo(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        code: &str,
        text: &str,
    ) -> Result<(), Error> {
        let mut detail = format!("{code}: {text}");
        let left = order.left();
        let due = internal_account(chart::DUE_FROM_PROCESSORS, order.amount.currency());
        for moved in legs::of(tx, order.id, &[Step::Move, Step::Post])? {
            let whole = match moved.role {
                Role::Principal if order.allocated && left > 0 => {
                    self.give_back(tx, order, due)?;
                    true
                }
                Role::Principal if left > 0 => self.take_back(tx, order, &moved, left)?,
                Role::Fee => self.take_back(tx, order, &moved, moved.amount)?,
                // What the processor charged it keeps.
                Role::Principal | Role::ProcessorFee | Role::Shortfall | Role::Refund => true,
            };
            if !whole {
                detail.push_str("; shortfall");
            }
        }
        order.status = Status::Failed;
        order.decline_code = Some(code.to_owned());
        order.look_at = None;
        self.save(tx, order, "returned", Some(&detail))
    }

    /// Has a loan give back what a payment brought, into this account.
    pub(super) fn give_back(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        to: AccountId,
    ) -> Result<(), Error> {
        self.loans.give_back(tx, order.id, to)?.map_err(Error::LoanRefused)?;
        order.allocated = false;
        Ok(())
    }

    /// Reverses so much of a transfer; false when suspense had to stand in.
    fn take_back(
        &self,
        tx: &mut Tx<'_>,
        order: &PaymentOrder,
        moved: &Made,
        amount: i64,
    ) -> Result<bool, Error> {
        let (env, currency) = (self.db.env(), order.amount.currency());
        let reversal = [Leg::reverse(env, moved, amount, currency)];
        if let Ok(made) = legs::post(&self.ledger, env, tx, order.id, &reversal)? {
            legs::keep(tx, order.id, &made)?;
            return Ok(true);
        }
        let line = |line| internal_account(line, currency);
        let (debit, credit) = match (order.carrier, moved.role) {
            (Carrier::Rail(Flow::Out, _), Role::Fee) => (line(chart::FEE_INCOME), line(chart::SUSPENSE)),
            (Carrier::Rail(Flow::Out, _), _) => (line(chart::CLEARING), line(chart::SUSPENSE)),
            (Carrier::Rail(Flow::In, _) | Carrier::Internal, _) => {
                (line(chart::SUSPENSE), line(chart::DUE_FROM_PROCESSORS))
            }
        };
        tracing::error!(payment.id = %order.id, "a returned payment cannot be taken back where it went: suspense stands in");
        let path = Path { debit, credit, amount, currency };
        let id = TransferId::from_uuid(env.new_uuid());
        let shortfall = [Leg::moves(Role::Shortfall, id, path, None)];
        let made = legs::post(&self.ledger, env, tx, order.id, &shortfall)?.map_err(Error::Refused)?;
        legs::keep(tx, order.id, &made)?;
        Ok(false)
    }
}

//! Returns: what went through and came back.

use florin_db::Tx;
use florin_kernel::{AccountId, TransferId};
use florin_ledger::{chart, internal_account};

use super::legs::{self, Leg, Made, Path, Role, Step};
use super::record::{Carrier, PaymentOrder};
use super::{Payments, Status};
use crate::error::Error;
use crate::rail::Flow;

impl Payments {
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

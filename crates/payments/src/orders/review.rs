//! Payments that wait until somebody looked at them.

use florin_db::Tx;
use florin_kernel::{Action, Actor, Resource, TransferId};

use super::legs::{self, Leg, Role, Step};
use super::plan::Plan;
use super::record::{Carrier, PaymentOrder, Source};
use super::submit::SUBMIT;
use super::{Payments, Status, store};
use crate::error::Error;
use crate::orders::create::{Posted, Refusal};
use crate::ports::LoanReceipt;
use crate::risk::{AfterCommit, Decision, ReviewVerdict};

impl Payments {
    /// Reserves what a payment comes to, until somebody looked at it.
    pub(crate) fn hold_for_review(
        &self,
        tx: &mut Tx<'_>,
        plan: &Plan,
    ) -> Result<Result<Posted, Refusal>, Error> {
        let made = legs::post(&self.ledger, self.db.env(), tx, plan.id, &self.holds(plan))?;
        Ok(made.map(|made| Posted { status: Status::Pending, made, loan: None }).map_err(Refusal::Ledger))
    }

    /// The holds that reserve what a payment comes to.
    pub(crate) fn holds(&self, plan: &Plan) -> Vec<Leg> {
        let mut wanted = vec![Leg::hold(Role::Principal, plan.id, plan.principal(), plan.reach)];
        if let Some(charge) = plan.charge() {
            let id = TransferId::from_uuid(self.db.env().new_uuid());
            wanted.push(Leg::hold(Role::Fee, id, charge, plan.reach));
        }
        wanted
    }

    /// Lets a payment that waits for review go its way, or refuses it.
    ///
    /// # Errors
    /// [`Error::PaymentNotFound`], [`Error::NotUnderReview`], [`Error::Denied`], or what the database says. That a frozen
    /// account or a loan refuses a payment that was released makes it fail, which is no error.
    #[tracing::instrument(name = "payments.payment.review", skip_all, fields(payment.id = %id))]
    pub async fn decide_review(
        &self,
        by: &Actor,
        id: TransferId,
        verdict: ReviewVerdict,
    ) -> Result<PaymentOrder, Error> {
        by.permit(Action::DecideRisk, Resource::kind("payment"))?;
        let found = self.db.read(move |r| store::find(r, id)).await?.ok_or(Error::PaymentNotFound)?;
        let permit =
            by.permit(Action::DecideRisk, Resource::one("payment", id.uuid()).owned_by(found.user))?;
        let (this, by) = (self.clone(), by.user());
        let after = AfterCommit::default();
        let told = after.clone();
        let order = self
            .db
            .write(permit, move |tx| {
                after.begin();
                let mut order = store::lock(tx, id)?.ok_or(Error::PaymentNotFound)?;
                if !order.under_review || order.status != Status::Pending {
                    return Err(Error::NotUnderReview);
                }
                order.under_review = false;
                tx.about(id.uuid());
                let record = this.risk.review(&mut tx.reader(), id, verdict, by)?;
                let (reviewed, now_us) = (Decision::reviewed(record), this.db.env().now().as_microsecond());
                after.write(tx, &reviewed, reviewed.fate(None), now_us)?;
                match verdict {
                    ReviewVerdict::Refuse => {
                        this.fail(tx, &mut order, "declined_by_risk", "refused after review", "reviewed")?;
                    }
                    ReviewVerdict::Release => this.go_on(tx, &mut order)?,
                }
                Ok(order)
            })
            .await?;
        told.tell();
        self.wake.notify_one();
        Ok(order)
    }

    /// A payment goes on as if nobody had looked at it.
    fn go_on(&self, tx: &mut Tx<'_>, order: &mut PaymentOrder) -> Result<(), Error> {
        let now = self.db.env().now();
        if let Carrier::Rail(..) = order.carrier {
            florin_jobs::enqueue(tx, SUBMIT, &order.id.to_string(), now)?;
            return self.save(tx, order, "released", None);
        }
        let refused = match (order.source, order.loan()) {
            (Source::Account(account), Some(_)) => {
                self.release(tx, order)?;
                self.pay_loan_after_review(tx, order, account)?
            }
            _ => self.post_holds(tx, order)?,
        };
        order.completed_at = Some(now);
        if let Some(code) = refused {
            order.status = Status::Failed;
            order.decline_code = Some(code.to_owned());
            tx.outcome_failed(code);
        } else {
            order.status = Status::Completed;
        }
        self.save(tx, order, "released", refused)
    }

    /// Moves what is reserved; where an account does not let it, releases it. The refusal, if it is one.
    fn post_holds(&self, tx: &mut Tx<'_>, order: &PaymentOrder) -> Result<Option<&'static str>, Error> {
        let (env, currency) = (self.db.env(), order.amount.currency());
        let holds = legs::of(tx, order.id, &[Step::Hold])?;
        let wanted: Vec<Leg> = holds.iter().map(|hold| Leg::post(env, hold, currency)).collect();
        match legs::post(&self.ledger, env, tx, order.id, &wanted)? {
            Ok(made) => {
                legs::keep(tx, order.id, &made)?;
                Ok(None)
            }
            Err(code) => {
                self.release(tx, order)?;
                Ok(Some(code.as_str()))
            }
        }
    }

    /// Pays a loan with what was reserved until now, and the charge for it.
    fn pay_loan_after_review(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        account: florin_kernel::AccountId,
    ) -> Result<Option<&'static str>, Error> {
        let Some(loan) = order.loan() else { return Err(Error::LoanNotFound) };
        let receipt = LoanReceipt {
            loan,
            payment: order.id,
            from: account,
            amount: order.amount,
            on: None,
            principal_only: order.principal_only,
            by: Some(order.user),
        };
        if let Err(refused) = self.loans.receive(tx, &receipt)? {
            return Ok(Some(refused.code));
        }
        order.allocated = true;
        if order.fee.minor() > 0 {
            let currency = order.fee.currency();
            let credit = florin_ledger::internal_account(florin_ledger::chart::FEE_INCOME, currency);
            let path = legs::Path { debit: account, credit, amount: order.fee.minor(), currency };
            let id = TransferId::from_uuid(self.db.env().new_uuid());
            let wanted = [Leg::moves(Role::Fee, id, path, Some(order.user))];
            let made =
                legs::post(&self.ledger, self.db.env(), tx, order.id, &wanted)?.map_err(Error::Refused)?;
            legs::keep(tx, order.id, &made)?;
        }
        Ok(None)
    }
}

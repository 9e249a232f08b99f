//! Taking a payment up: the decision, the money, the record and the answer in one commit.

use std::sync::Arc;

use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_db::{DbError, Tx};
use florin_jobs::outbox;
use florin_kernel::{AccountId, Action, Actor, Currency, Money, Origin, Resource, Timestamp, Uuid};
use florin_ledger::rules::Code;

use super::legs::{self, Leg, Made, Role};
use super::plan::{CreatePayment, Plan};
use super::record::{Assessed, Carrier, PaymentOrder, Source, Target};
use super::submit::SUBMIT;
use super::{Payments, Status, store};
use crate::error::Error;
use crate::ports::{LoanReceipt, LoanReceived, LoanRefused};
use crate::risk::{AfterCommit, Assessment, Decision, Moving};
use crate::transfers::own_or_any;

/// Why a payment failed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The ledger, or the decision about risk, says no.
    Ledger(Code),
    /// The loan does not take it.
    Loan(LoanRefused),
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Ledger(code) => code.as_str(),
            Self::Loan(refused) => refused.code,
        }
    }
}

/// A payment that was taken up, to be shown to whoever asked for it.
pub struct Taken<'a> {
    /// Its record; failed, where it was refused.
    pub order: &'a PaymentOrder,
    /// Why it was refused.
    pub refusal: Option<&'a Refusal>,
    /// What a loan did with it, where that is known.
    pub loan: Option<&'a LoanReceived>,
}

/// Makes the answer that is frozen in the commit.
pub type Render = Arc<dyn Fn(&Taken<'_>) -> Frozen + Send + Sync>;

/// What was posted for a payment.
pub(crate) struct Posted {
    pub(crate) status: Status,
    pub(crate) made: Vec<Made>,
    pub(crate) loan: Option<LoanReceived>,
}

impl Payments {
    /// Takes a payment up. Within the books it is complete; otherwise its money is reserved and it waits to be submitted.
    /// A refusal of the ledger, of a loan or of risk is recorded and answered as well.
    ///
    /// A request sent again with the same key is answered as it was at first.
    ///
    /// # Errors
    /// [`Error`] when the request cannot be taken up; nothing was changed then.
    #[tracing::instrument(name = "payments.payment.create", skip_all)]
    pub async fn create(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        request: CreatePayment,
        render: Render,
    ) -> Result<Answer, Error> {
        let permit = by.permit(Action::CreatePayment, own_or_any(by, "payment"))?;
        if let Some(answer) = self.db.answered(key).await? {
            return Ok(answer);
        }
        let plan = self.plan(by, request).await?;
        by.permit(Action::CreatePayment, Resource::kind("payment").owned_by(plan.user))?;
        self.step_up.check(by, [plan.amount, plan.fee], self.db.env().now())?;
        let decision = self.decide(&plan, by.origin());
        self.open_lines(&plan.lines(), plan.amount.currency()).await?;
        let (this, permit) = (self.clone(), permit.about(plan.id.uuid()));
        let after = AfterCommit::default();
        let told = after.clone();
        let answer = self.db.write_once(permit, key, move |tx| {
            after.begin();
            this.take(tx, &plan, (&decision, &after), &key, &render)
        });
        let answer = answer.await?;
        told.tell();
        self.wake.notify_one();
        Ok(answer)
    }

    fn take(
        &self,
        tx: &mut Tx<'_>,
        plan: &Plan,
        (decision, after): (&Decision, &AfterCommit),
        key: &IdempotencyKey,
        render: &Render,
    ) -> Result<Frozen, Error> {
        plan.still_stands(tx)?;
        let now = self.db.env().now();
        let mut order = opened(plan, decision, Some(key.key), now);
        tx.about(order.id.uuid());
        let posted = match decision.policy() {
            Some(code) => Err(Refusal::Ledger(code)),
            None if decision.holds() => self.hold_for_review(tx, plan)?,
            None => self.post(tx, plan)?,
        };
        let (refusal, loan, made) = match posted {
            Ok(posted) => {
                order.status = posted.status;
                order.under_review = decision.holds();
                order.allocated = posted.loan.is_some();
                (None, posted.loan, posted.made)
            }
            Err(refusal) => {
                refuse(&mut order, &refusal);
                tx.outcome_failed(refusal.code());
                (Some(refusal), None, Vec::new())
            }
        };
        order.completed_at = (!order.status.is_open()).then_some(now);
        store::insert(tx, &order, "created")?;
        let fate = decision.fate(refusal.as_ref().map(Refusal::code));
        after.write(tx, decision, fate, now.as_microsecond())?;
        legs::keep(tx, order.id, &made)?;
        outbox::publish(tx, topic(order.status), order.id.uuid(), now.as_microsecond())?;
        if order.status == Status::Pending && !order.under_review {
            florin_jobs::enqueue(tx, SUBMIT, &order.id.to_string(), now)?;
        }
        Ok(render(&Taken { order: &order, refusal: refusal.as_ref(), loan: loan.as_ref() }))
    }

    /// The decision about a payment, before its money moves.
    pub(crate) fn decide(&self, plan: &Plan, origin: &Origin) -> Decision {
        self.risk.assess(&Assessment {
            id: plan.id,
            moving: Moving::Payment,
            at: self.db.env().now(),
            user: Some(plan.user),
            from: matches!(plan.source, Source::Account(_)).then_some(plan.debit),
            to: plan.credited,
            payee: match plan.target {
                Target::Payee(payee, _) => Some(payee),
                Target::Account | Target::Loan(_) => None,
            },
            amount: plan.amount,
            available: plan.available,
            origin,
        })
    }

    /// Whether all the institution's own accounts of these lines are known to be open.
    pub(crate) fn are_open(&self, lines: &[u16], currency: Currency) -> bool {
        let open = self.open.read();
        lines.iter().all(|line| open.contains(&(*line, currency)))
    }

    /// Posts what a payment comes to. What is refused changes nothing; an error may leave a loan paid, and must undo the unit.
    pub(crate) fn post(&self, tx: &mut Tx<'_>, plan: &Plan) -> Result<Result<Posted, Refusal>, Error> {
        if plan.is_loan_by_account() {
            return self.pay_loan(tx, plan);
        }
        let (status, wanted) = self.legs(plan);
        let made = legs::post(&self.ledger, self.db.env(), tx, plan.id, &wanted)?;
        Ok(made.map(|made| Posted { status, made, loan: None }).map_err(Refusal::Ledger))
    }

    /// The transfers that a payment is to be made of, and the state that it has once they are posted.
    pub(crate) fn legs(&self, plan: &Plan) -> (Status, Vec<Leg>) {
        let (leg, status): (fn(_, _, _, _) -> Leg, _) = match plan.carrier {
            Carrier::Internal => (Leg::moves, Status::Completed),
            Carrier::Rail(..) => (Leg::hold, Status::Pending),
        };
        let mut wanted = vec![leg(Role::Principal, plan.id, plan.principal(), plan.reach)];
        if let Some(charge) = plan.charge() {
            let id = florin_kernel::TransferId::from_uuid(self.db.env().new_uuid());
            wanted.push(leg(Role::Fee, id, charge, plan.reach));
        }
        (status, wanted)
    }

    /// From an account into a loan: all of it is this commit.
    fn pay_loan(&self, tx: &mut Tx<'_>, plan: &Plan) -> Result<Result<Posted, Refusal>, Error> {
        let Target::Loan(loan) = plan.target else { return Err(Error::LoanNotFound) };
        let receipt = LoanReceipt {
            loan,
            payment: plan.id,
            from: plan.debit,
            amount: plan.amount,
            on: None,
            principal_only: plan.principal_only,
            by: plan.reach,
        };
        let received = match self.loans.receive(tx, &receipt)? {
            Ok(received) => received,
            Err(refused) => return Ok(Err(Refusal::Loan(refused))),
        };
        let mut made = Vec::new();
        if let Some(charge) = plan.charge() {
            let id = florin_kernel::TransferId::from_uuid(self.db.env().new_uuid());
            let wanted = [Leg::moves(Role::Fee, id, charge, plan.reach)];
            // The loan has the money already: without the charge none of it is done.
            made = legs::post(&self.ledger, self.db.env(), tx, plan.id, &wanted)?.map_err(Error::Refused)?;
        }
        Ok(Ok(Posted { status: Status::Completed, made, loan: Some(received) }))
    }

    /// Opens the institution's own accounts of these lines, where they are not open yet.
    pub(crate) async fn open_lines(&self, lines: &[u16], currency: Currency) -> Result<(), Error> {
        for line in lines.iter().copied() {
            if self.open.read().contains(&(line, currency)) {
                continue;
            }
            let ledger = self.ledger.clone();
            let id = florin_ledger::internal_account(line, currency);
            let found = self.db.read(move |r| ledger.account(r, id)).await?;
            if found.is_none() {
                let permit =
                    Actor::system("payments").permit(Action::OpenAccount, Resource::kind("account"))?;
                let ledger = self.ledger.clone();
                let opened: Result<AccountId, DbError> = self
                    .db
                    .write(permit.about(id.uuid()), move |tx| ledger.ensure_internal(tx, line, currency))
                    .await;
                match opened {
                    // Another opened it at the same time.
                    Err(error) if error.unique_violation().is_some() => {}
                    opened => drop(opened?),
                }
            }
            self.open.write().push((line, currency));
        }
        Ok(())
    }
}

/// The payment failed at once.
pub(crate) fn refuse(order: &mut PaymentOrder, refusal: &Refusal) {
    order.status = Status::Failed;
    order.decline_code = Some(refusal.code().to_owned());
}

/// The record of a payment that is taken up.
pub(crate) fn opened(plan: &Plan, decision: &Decision, key: Option<Uuid>, now: Timestamp) -> PaymentOrder {
    PaymentOrder {
        id: plan.id,
        user: plan.user,
        created_by: plan.created_by,
        idempotency: key,
        source: plan.source,
        target: plan.target,
        credited: plan.credited,
        principal_only: plan.principal_only,
        amount: plan.amount,
        fee: plan.fee,
        carrier: plan.carrier,
        method_masked: plan.method_masked.clone(),
        description: plan.description.clone(),
        status: Status::Pending,
        refunded: Money::zero(plan.amount.currency()),
        processor: plan.processor.map(str::to_owned),
        processor_id: None,
        processor_fee: None,
        decline_code: None,
        risk: Assessed {
            decision: decision.verdict.code().to_owned(),
            score: decision.score.into(),
            reasons: decision.reasons.iter().map(|reason| reason.clone().into_owned()).collect(),
        },
        allocated: false,
        under_review: false,
        looks: 0,
        look_at: None,
        created_at: now,
        processed_at: None,
        completed_at: None,
        reconciled_at: None,
        version: 1,
    }
}

/// The outbox topic of a payment that came into this state.
pub(crate) const fn topic(status: Status) -> &'static str {
    match status {
        Status::Pending => "payment.created",
        Status::Processing => "payment.processing",
        Status::Completed => "payment.completed",
        Status::Failed => "payment.failed",
        Status::Unknown => "payment.unknown",
        Status::Refunded => "payment.refunded",
        Status::Cancelled => "payment.cancelled",
    }
}

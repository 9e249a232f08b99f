//! Occurrences worked off: claimed, decided, paid and written down in one unit of work.

use std::collections::HashMap;

use florin_db::audit::{self, AuditRecord, Outcome};
use florin_db::{DbError, Tx};
use florin_jobs::outbox;
use florin_kernel::{Currency, Money, Origin, Permit, ScheduledPaymentId, Timestamp, UserId};
use florin_ledger::rules::Code;
use parking_lot::Mutex;

use super::claim::{self, Item, Notes};
use super::ports::{ScheduleNews, What};
use super::schedule::Lane;
use super::verdict::{self, FAILURES_MAX};
use super::{Run, RunState, Scheduled, Sum, store};
use crate::orders::create::{Posted, opened, refuse, topic};
use crate::orders::legs::{self, Leg};
use crate::orders::plan::Plan;
use crate::orders::submit::SUBMIT;
use crate::orders::{NewOrders, PaymentOrder, Refusal, Status};
use crate::risk::{AfterCommit, Decision};

/// Why a unit of work came to nothing and was undone.
#[derive(Debug)]
pub(super) enum Halt {
    /// Nothing is due.
    Nothing,
    /// Accounts of the institution's own must be opened first.
    Lines(Vec<u16>, Currency),
    /// A loan had taken the money when the ledger refused the charge for it.
    Refused(ScheduledPaymentId, u32, Code),
    /// The database.
    Db(DbError),
}

impl From<DbError> for Halt {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// What is worked off in one unit.
pub(super) struct Batch {
    pub(super) lane: Lane,
    pub(super) limit: usize,
    /// An occurrence that is known to be refused.
    pub(super) refused: Option<(ScheduledPaymentId, u32, Code)>,
}

/// What an occurrence comes to before any money moves.
enum Step {
    Skip(&'static str),
    Refuse(&'static str),
    Pay(Box<Plan>, Box<Decision>),
}

/// What came of an occurrence.
struct Done {
    item: Item,
    result: Result<(), Refused>,
    order: Option<PaymentOrder>,
    decision: Option<Decision>,
    made: Vec<legs::Made>,
}

enum Refused {
    Skipped(&'static str),
    Failed(&'static str),
}

impl Scheduled {
    /// Works off what is due, so many at most; says how many there were.
    pub(super) fn work(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit,
        batch: &Batch,
        in_hand: &Mutex<Option<ScheduledPaymentId>>,
        after: &AfterCommit,
    ) -> Result<usize, Halt> {
        after.begin();
        let now = self.db.env().now();
        let mut noted = |id| *in_hand.lock() = Some(id);
        let items = claim::due(tx, batch.lane, now, batch.limit, &mut noted)?;
        if items.is_empty() {
            return Err(Halt::Nothing);
        }
        let count = items.len();
        let mut known = HashMap::new();
        let mut steps = Vec::with_capacity(count);
        for item in items {
            noted(item.schedule.id);
            let step = self.step(tx, &item, now, &mut known)?;
            if let Step::Pay(plan, _) = &step {
                let (lines, currency) = (plan.lines(), plan.amount.currency());
                if !self.payments.are_open(&lines, currency) {
                    return Err(Halt::Lines(lines, currency));
                }
            }
            steps.push((item, step));
        }
        let done = self.pay(tx, steps, batch, now)?;
        self.write_down(tx, permit, done, after, now)?;
        tx.note("occurrences", &count);
        Ok(count)
    }

    /// What an occurrence comes to: everything is asked as if the payer did it themselves now, but for a fresh factor.
    fn step(
        &self,
        tx: &mut Tx<'_>,
        item: &Item,
        now: Timestamp,
        known: &mut HashMap<UserId, Result<(), &'static str>>,
    ) -> Result<Step, DbError> {
        let schedule = &item.schedule;
        if item.is_first() && self.missed.is_left_out(item.due, now) {
            return Ok(Step::Skip("missed"));
        }
        let standing = if let Some(standing) = known.get(&schedule.user) {
            *standing
        } else {
            let standing = self.payers.may_pay(tx, schedule.user)?;
            known.insert(schedule.user, standing);
            standing
        };
        if let Err(reason) = standing {
            return Ok(Step::Refuse(reason));
        }
        let amount = match self.amount(tx, item)? {
            Ok(amount) => amount,
            Err(step) => return Ok(step),
        };
        let id = verdict::payment_id(schedule.id, item.n, item.attempt, item.at);
        let (payer, request) = (Some(schedule.user), schedule.request(amount));
        let planned = self.payments.plan_in(&mut tx.reader(), id, None, payer, &request);
        let planned = planned.and_then(|plan| plan.still_stands(tx).map(|()| plan));
        match planned {
            Ok(plan) => {
                let decision = self.payments.decide(&plan, &Origin::default());
                Ok(Step::Pay(Box::new(plan), Box::new(decision)))
            }
            Err(error) => verdict::reason_of(error).map(Step::Refuse),
        }
    }

    fn amount(&self, tx: &mut Tx<'_>, item: &Item) -> Result<Result<Money, Step>, DbError> {
        let schedule = &item.schedule;
        let (payoff, loan) = match (schedule.sum, schedule.loan()) {
            (Sum::Fixed(money), _) => return Ok(Ok(money)),
            (sum, Some(loan)) => (sum == Sum::Payoff, loan),
            (Sum::InstalmentDue | Sum::Payoff, None) => return Ok(Err(Step::Refuse("loan_not_found"))),
        };
        self.payments.loans.hold(tx, loan)?;
        let owed = match self.payments.loans.owed(&mut tx.reader(), loan) {
            Ok(owed) => owed,
            Err(DbError::Corrupt(what)) => {
                tracing::error!(loan.id = %loan, what, "what is owed of a loan cannot be told");
                return Ok(Err(Step::Refuse("internal_error")));
            }
            Err(error) => return Err(error),
        };
        Ok(match owed {
            None => Err(Step::Refuse("loan_refused")),
            Some(owed) => {
                let amount = if payoff { owed.payoff } else { owed.instalment };
                if amount.minor() > 0 { Ok(amount) } else { Err(Step::Skip("nothing_due")) }
            }
        })
    }

    /// Moves the money of all that may be paid: where they are many, by one posting.
    fn pay(
        &self,
        tx: &mut Tx<'_>,
        steps: Vec<(Item, Step)>,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Vec<Done>, Halt> {
        let mut posted = match batch.lane {
            Lane::Together => self.post_together(tx, &steps)?,
            Lane::Alone => Vec::new(),
        }
        .into_iter();
        let mut done = Vec::with_capacity(steps.len());
        for (item, step) in steps {
            let (plan, decision) = match step {
                Step::Skip(reason) => {
                    done.push(Done {
                        item,
                        result: Err(Refused::Skipped(reason)),
                        order: None,
                        decision: None,
                        made: Vec::new(),
                    });
                    continue;
                }
                Step::Refuse(reason) => {
                    done.push(Done {
                        item,
                        result: Err(Refused::Failed(reason)),
                        order: None,
                        decision: None,
                        made: Vec::new(),
                    });
                    continue;
                }
                Step::Pay(plan, decision) => (plan, decision),
            };
            let forced = batch.refused.filter(|(id, n, _)| (*id, *n) == (item.schedule.id, item.n));
            let result = match (decision.policy(), forced) {
                (Some(code), _) | (None, Some((_, _, code))) => Err(Refusal::Ledger(code)),
                (None, None) if batch.lane == Lane::Together => posted
                    .next()
                    .ok_or_else(|| DbError::Other("a posting has fewer outcomes than payments".to_owned()))?,
                (None, None) => self.post_alone(tx, &item, &plan, &decision)?,
            };
            done.push(settled(item, &plan, *decision, result, now));
        }
        Ok(done)
    }

    fn post_together(
        &self,
        tx: &mut Tx<'_>,
        steps: &[(Item, Step)],
    ) -> Result<Vec<Result<Posted, Refusal>>, DbError> {
        let wanted: Vec<(&Plan, Status, Vec<Leg>)> = steps
            .iter()
            .filter_map(|(_, step)| match step {
                Step::Pay(plan, decision) if decision.policy().is_none() => {
                    let (status, legs) = if decision.holds() {
                        (Status::Pending, self.payments.holds(plan))
                    } else {
                        self.payments.legs(plan)
                    };
                    Some((plan.as_ref(), status, legs))
                }
                Step::Pay(..) | Step::Skip(_) | Step::Refuse(_) => None,
            })
            .collect();
        let groups: Vec<_> = wanted.iter().map(|(plan, _, legs)| (plan.id, legs.as_slice())).collect();
        let outcomes = legs::post_many(&self.payments.ledger, self.db.env(), tx, &groups)?;
        let posted = wanted.iter().zip(outcomes).map(|((_, status, _), outcome)| {
            let posted = outcome.map(|made| Posted { status: *status, made, loan: None });
            posted.map_err(Refusal::Ledger)
        });
        Ok(posted.collect())
    }

    fn post_alone(
        &self,
        tx: &mut Tx<'_>,
        item: &Item,
        plan: &Plan,
        decision: &Decision,
    ) -> Result<Result<Posted, Refusal>, Halt> {
        let posted = if decision.holds() {
            self.payments.hold_for_review(tx, plan)
        } else {
            self.payments.post(tx, plan)
        };
        match posted {
            Ok(posted) => Ok(posted),
            Err(crate::Error::Refused(code)) => Err(Halt::Refused(item.schedule.id, item.n, code)),
            Err(crate::Error::Db(error)) => Err(Halt::Db(error)),
            Err(other) => Err(Halt::Db(DbError::Other(other.to_string()))),
        }
    }

    /// Payments with their transfers, history, events, jobs and audit records; runs, and where the schedules stand; and
    /// letters.
    fn write_down(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit,
        done: Vec<Done>,
        after: &AfterCommit,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let now_us = now.as_microsecond();
        let (mut orders, mut moved, mut told) = (NewOrders::default(), legs::bulk(), outbox::bulk());
        let (mut notes, mut records, mut letters) = (Notes::new(), Vec::new(), Vec::new());
        for Done { mut item, result, order, decision, made } in done {
            if let Some(decision) = &decision {
                let refused = match &result {
                    Err(Refused::Skipped(code) | Refused::Failed(code)) => Some(*code),
                    Ok(()) => None,
                };
                after.write(tx, decision, decision.fate(refused), now_us)?;
            }
            let run = run_of(&item, &result, order.as_ref(), now);
            if let Some(order) = &order {
                orders.add(order, "scheduled");
                legs::add(&mut moved, order.id, &made);
                outbox::add(&mut told, topic(order.status), order.id.uuid(), now_us);
                if order.status == Status::Pending && !order.under_review {
                    florin_jobs::enqueue(tx, SUBMIT, &order.id.to_string(), now)?;
                }
            }
            records.push(record(permit, &item, &run, order.as_ref()));
            if item.is_first() {
                item.schedule.go_on_to(item.n.saturating_add(1));
                notes.go_on(&item.schedule, now);
            }
            if is_told_of(&item, &run) {
                letters.push((item.clone(), run.clone(), order));
            }
            notes.add(&item, run);
        }
        orders.write(tx)?;
        tx.bulk(moved)?;
        tx.bulk(told)?;
        notes.write(tx)?;
        tx.bulk(audit::bulk_of(now_us, records))?;
        letters.into_iter().try_for_each(|(item, run, order)| {
            let amount = order.map(|order| order.amount);
            self.tell_of_run(tx, &item.schedule, &run, amount, now)
        })
    }

    /// Writes to the payer of what came of an occurrence, and stops a schedule whose last ones all failed.
    pub(super) fn tell_of_run(
        &self,
        tx: &mut Tx<'_>,
        schedule: &super::ScheduledPayment,
        run: &Run,
        amount: Option<Money>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let reason = run.reason.as_deref().unwrap_or_default();
        let what = match (run.state, run.retry_at) {
            (RunState::Made, _) => What::Made,
            (RunState::Retrying, Some(at)) => What::Delayed(reason, at),
            (RunState::Failed | RunState::Retrying | RunState::Skipped, _) => What::Failed(reason),
        };
        let news = ScheduleNews {
            what,
            description: schedule.description.as_deref().unwrap_or_default(),
            amount: amount.or(schedule.sum.fixed()),
            due_at: run.due_at,
            zone: &schedule.when.zone,
        };
        self.payers.tell(tx, schedule.user, &news)?;
        if run.state == RunState::Failed
            && store::all_failed(tx, schedule.id, schedule.count_from, FAILURES_MAX)?
            && store::pause(tx, schedule.id, reason, now)?
        {
            store::give_up_retries(tx, schedule.id, "schedule_paused", now)?;
            self.payers.tell(tx, schedule.user, &ScheduleNews { what: What::Paused(reason), ..news })?;
        }
        Ok(())
    }
}

/// Of what failed the payer is always told; of what was made where they want to know.
fn is_told_of(item: &Item, run: &Run) -> bool {
    match run.state {
        RunState::Failed | RunState::Retrying => true,
        RunState::Made => item.schedule.notices.when_made,
        RunState::Skipped => false,
    }
}

fn settled(
    item: Item,
    plan: &Plan,
    decision: Decision,
    result: Result<Posted, Refusal>,
    now: Timestamp,
) -> Done {
    let mut order = opened(plan, &decision, None, now);
    let (result, made) = match result {
        Ok(posted) => {
            order.status = posted.status;
            order.under_review = decision.holds();
            order.allocated = posted.loan.is_some();
            (Ok(()), posted.made)
        }
        Err(refusal) => {
            refuse(&mut order, &refusal);
            (Err(Refused::Failed(refusal.code())), Vec::new())
        }
    };
    order.completed_at = (!order.status.is_open()).then_some(now);
    Done { item, result, order: Some(order), decision: Some(decision), made }
}

fn run_of(item: &Item, result: &Result<(), Refused>, order: Option<&PaymentOrder>, now: Timestamp) -> Run {
    let (state, retry_at, reason) = match result {
        Ok(()) => (RunState::Made, None, None),
        Err(Refused::Skipped(reason)) => (RunState::Skipped, None, Some(*reason)),
        Err(Refused::Failed(reason)) => {
            let retries = item.schedule.retries;
            let (state, again) = verdict::after_refusal(reason, item.attempt, retries, now);
            (state, again, Some(*reason))
        }
    };
    Run {
        n: item.n,
        state,
        attempts: if state == RunState::Skipped { item.attempt.saturating_sub(1) } else { item.attempt },
        payment: order.map(|order| order.id),
        reason: reason.map(str::to_owned),
        due_at: item.due,
        retry_at,
        changed_at: now,
    }
}

/// The evidence of an occurrence: what the scheduler did, for whom.
fn record(permit: &Permit, item: &Item, run: &Run, order: Option<&PaymentOrder>) -> AuditRecord {
    let mut record = AuditRecord::of(permit);
    if let Some(order) = order {
        record.resource_id = Some(order.id.uuid());
    } else {
        record.resource_kind = "scheduled_payment";
        record.resource_id = Some(item.schedule.id.uuid());
    }
    record.user_id = Some(item.schedule.user.uuid());
    record.details.push(("scheduled_payment", item.schedule.id.to_string()));
    record.details.push(("occurrence", run.n.to_string()));
    record.details.push(("attempt", item.attempt.to_string()));
    if let Some(reason) = &run.reason {
        record.details.push(("reason", reason.clone()));
        record.outcome = Outcome::Failure(run.state.code());
    }
    record
}
